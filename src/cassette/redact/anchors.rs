//! Short words, one of which stands in every needle. To look for these alone takes a fraction of the time
//! that it takes to look for the needles, and most strings hold none.

use aho_corasick::packed;
use memchr::memchr3_iter;

use super::rules::Needle;

/// How long the part of a needle is that is looked for in every case: each letter doubles the ways to
/// write it.
const PART_BYTES: usize = 3;

/// The signs one of which stands in most needles.
const SIGNS: [u8; 3] = [b'=', b'@', b'%'];

/// Finds anchors.
pub(super) struct Anchors {
    words: packed::Searcher,
}

impl Anchors {
    /// Those of all these needles; none if this machine has no fast way to look for them.
    pub(super) fn of(needles: &[Needle]) -> Option<Self> {
        let mut words: Vec<Vec<u8>> = Vec::new();
        for Needle { word, any_case, .. } in needles {
            let bytes = word.as_bytes();
            if bytes.iter().any(|byte| SIGNS.contains(byte)) {
                continue;
            }
            if *any_case {
                words.extend(cases(part(bytes)?));
            } else {
                words.push(bytes.to_vec());
            }
        }
        words.sort_unstable();
        words.dedup();
        packed::Searcher::new(words).map(|words| Self { words })
    }

    /// Where anchors begin in a text, in order.
    pub(super) fn starts(&self, text: &str) -> Vec<usize> {
        let [first, second, third] = SIGNS;
        let mut starts: Vec<_> = memchr3_iter(first, second, third, text.as_bytes()).collect();
        starts.extend(self.words.find_iter(text).map(|found| found.start()));
        starts.sort_unstable();
        starts
    }
}

/// The part of a word with the fewest letters; none of a word that is too short.
fn part(word: &[u8]) -> Option<&[u8]> {
    let letters = |part: &&[u8]| part.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    word.windows(PART_BYTES).min_by_key(letters)
}

/// A word in every mixture of cases.
fn cases(word: &[u8]) -> Vec<Vec<u8>> {
    word.iter().fold(vec![Vec::new()], |starts, byte| {
        let mut ways = vec![byte.to_ascii_lowercase(), byte.to_ascii_uppercase()];
        ways.dedup();
        let longer = |start: &Vec<u8>| {
            let start = start.clone();
            ways.clone().into_iter().map(move |way| [&start[..], &[way]].concat())
        };
        starts.iter().flat_map(longer).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cassette::redact::rules;

    #[test]
    fn an_anchor_stands_in_every_needle_in_every_case_that_counts() {
        let mut needles = rules::text_needles();
        needles.push(Needle { word: "adb-1.example".to_owned(), bit: 1, any_case: true });
        let anchors = Anchors::of(&needles).expect("a machine that can look for them");
        for Needle { word, any_case, .. } in needles {
            let mut ways = vec![word.clone()];
            if any_case {
                ways.extend([word.to_ascii_uppercase(), word.to_ascii_lowercase()]);
                ways.push(word.char_indices().map(|(at, letter)| mixed(at, letter)).collect());
            }
            for way in ways {
                assert!(!anchors.starts(&format!("\"a {way} b\"")).is_empty(), "{way}");
            }
        }
        assert!(anchors.starts("\"a_plain_word\":\"TERMINATED\",\"n\":1").is_empty());
    }

    fn mixed(at: usize, letter: char) -> char {
        if at.is_multiple_of(2) { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
    }
}
