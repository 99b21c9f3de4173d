//! The placeholders of one recording, and the hunt for secrets outside the place where they were found.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap, HashSet},
    ops::Range,
    sync::LazyLock,
};

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind, packed};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use regex::{Regex, bytes};

use super::hunted::{is_hunted, is_hunted_cookie};
use crate::cassette::{Cassette, write};

/// The top-level domain that can never exist (RFC 2606 §2), under the project's name.
pub(super) const DOMAIN: &str = "jobdeck.invalid";

/// How many secrets are hunted.
const HUNTED_MAX: usize = 20_000;
/// The most words that are searched by a table of every state and byte.
const DFA_WORDS_MAX: usize = 256;

/// What a placeholder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A credential: `token-1`.
    Token,
    /// A user: `user-1`, or `user-1@jobdeck.invalid` for an e-mail address.
    User,
    /// A host: `host-1.jobdeck.invalid`.
    Host,
    /// The number of a workspace: as many digits, with zeros before it.
    Organization,
}

/// The placeholders given so far. The same secret always has the same one.
#[derive(Default)]
pub(super) struct Names {
    given: HashMap<(Kind, String), u64>,
    last: BTreeMap<Kind, u64>,
    hunted: usize,
    /// The secrets that are hunted.
    known: HashSet<String>,
    overflow: Overflow,
    tiers: Vec<Tier>,
}

/// Whether there were too many secrets to hunt them all.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Overflow {
    #[default]
    None,
    Untold,
    Told,
}

/// Secrets that are hunted together. Each tier is more than twice as large as the next, so that a new
/// secret costs little however many there are.
struct Tier {
    words: Vec<(String, String)>,
    searcher: AhoCorasick,
    /// Only tells whether there is one, and much faster, if there are few words and this machine can.
    quick: Option<packed::Searcher>,
}

impl Names {
    /// The placeholder for a secret.
    pub(super) fn give(&mut self, kind: Kind, secret: &str) -> String {
        let key = match kind {
            Kind::Host => secret.to_ascii_lowercase(),
            _ => secret.to_owned(),
        };
        let number = *self.given.entry((kind, key)).or_insert_with(|| {
            let last = self.last.entry(kind).or_default();
            *last += 1;
            *last
        });
        match kind {
            Kind::Token => format!("token-{number}"),
            Kind::User if secret.contains('@') => format!("user-{number}@{DOMAIN}"),
            Kind::User => format!("user-{number}"),
            Kind::Host => format!("host-{number}.{DOMAIN}"),
            Kind::Organization => format!("{number:0width$}", width = secret.len()),
        }
    }

    /// The placeholder for a credential, which is hunted everywhere from now on if that makes sense.
    pub(super) fn give_hunted(&mut self, secret: &str) -> String {
        let placeholder = self.give(Kind::Token, secret);
        self.hunt_once(secret, &placeholder, is_hunted);
        placeholder
    }

    /// The placeholder for the value of a cookie, which is hunted only if it looks like a credential.
    pub(super) fn give_cookie(&mut self, value: &str) -> String {
        let placeholder = self.give(Kind::Token, value);
        self.hunt_once(value, &placeholder, is_hunted_cookie);
        placeholder
    }

    /// Whether a secret could not be hunted because there are too many; told once.
    pub(super) fn take_overflow(&mut self) -> bool {
        let untold = self.overflow == Overflow::Untold;
        if untold {
            self.overflow = Overflow::Told;
        }
        untold
    }

    fn hunt_once(&mut self, secret: &str, placeholder: &str, is_hunted: impl Fn(&str) -> bool) {
        if self.known.contains(secret) || !is_hunted(secret) {
            return;
        }
        if self.hunted >= HUNTED_MAX {
            if self.overflow == Overflow::None {
                self.overflow = Overflow::Untold;
            }
            return;
        }
        self.known.insert(secret.to_owned());
        self.hunted += 1;
        self.hunt(forms(secret, placeholder));
    }

    /// How many secrets are hunted.
    pub(super) fn hunted(&self) -> usize {
        self.hunted
    }

    /// Numbers from now on follow those of a placeholder that stands in the cassette already.
    pub(super) fn skip(&mut self, kind: Kind, number: u64) {
        let last = self.last.entry(kind).or_default();
        *last = number.max(*last);
    }

    /// The same for all placeholders that stand in a cassette.
    pub(super) fn skip_those_of(&mut self, cassette: &Cassette) {
        let numbered = Regex::new("(?:token|user|host)-[0-9]+");
        // That of a workspace is a number with zeros before it, where the number of one stands.
        let organization = Regex::new(r#"(?:[?&]o=|"x-databricks-org-id",")(0[0-9]{5,})"#);
        let (Ok(numbered), Ok(organization)) = (numbered, organization) else { return };
        let mut skip = |text: &str| {
            let words = numbered.find_iter(text).filter_map(|found| placeholder(found.as_str()));
            let numbers = organization.captures_iter(text).filter_map(|found| {
                found[1].parse().ok().map(|number| (Kind::Organization, number))
            });
            for (kind, number) in words.chain(numbers) {
                // A number from afar is no placeholder of ours, and would leave none behind it.
                self.skip(kind, number.min(1 << 40));
            }
        };
        skip(&cassette.upstream);
        let mut line = Vec::new();
        for exchange in &cassette.exchanges {
            line.clear();
            write::line(exchange, &mut line);
            skip(&String::from_utf8_lossy(&line));
            let headers = &exchange.request.headers;
            for value in headers.all("authorization").chain(headers.all("proxy-authorization")) {
                // In basic authentication they stand encoded.
                let pair = value.split_once(' ').and_then(|(_, pair)| STANDARD.decode(pair).ok());
                skip(&String::from_utf8_lossy(&pair.unwrap_or_default()));
            }
        }
    }

    /// The last number that is taken.
    pub(super) fn last(&self, kind: Kind) -> u64 {
        self.last.get(&kind).copied().unwrap_or(0)
    }

    fn hunt(&mut self, mut words: Vec<(String, String)>) {
        while self.tiers.last().is_some_and(|tier| tier.words.len() <= 2 * words.len()) {
            words.extend(self.tiers.pop().into_iter().flat_map(|tier| tier.words));
        }
        let searcher = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            // The rare bytes of a secret are no rare bytes of a body: to look for those first costs more.
            .prefilter(false)
            // The fastest, but its table grows to many megabytes.
            .kind((words.len() <= DFA_WORDS_MAX).then_some(AhoCorasickKind::DFA))
            .build(words.iter().map(|(secret, _)| secret));
        // It fails beyond billions of bytes only, which the limits above rule out.
        if let Ok(searcher) = searcher {
            let quick = packed::Searcher::new(words.iter().map(|(secret, _)| secret));
            self.tiers.push(Tier { words, searcher, quick });
        }
    }

    /// Whether a text holds a hunted secret.
    pub(super) fn strikes(&self, text: &[u8]) -> bool {
        self.tiers.iter().any(|tier| match &tier.quick {
            Some(quick) => quick.find(text).is_some(),
            None => tier.searcher.is_match(text),
        })
    }

    /// The text with the hunted secrets replaced; none if it holds none. Of those that begin at one place
    /// the longest is taken, whichever tier it is in: a shorter one would leave its rest.
    pub(super) fn replace(&self, text: &str) -> Option<String> {
        let next = |tier: &Tier, from: usize| {
            tier.searcher
                .find(Input::new(text).span(from..text.len()))
                .map(|found| (found.start(), found.end(), found.pattern().as_usize()))
        };
        let mut ahead: Vec<_> =
            self.tiers.iter().filter_map(|tier| next(tier, 0).map(|found| (tier, found))).collect();
        if ahead.is_empty() {
            return None;
        }
        let mut out = String::with_capacity(text.len());
        let mut kept = 0;
        while let Some((tier, (start, end, word))) =
            ahead.iter().copied().min_by_key(|(_, (start, end, _))| (*start, Reverse(*end)))
        {
            out.push_str(&text[kept..start]);
            out.push_str(&tier.words[word].1);
            kept = end;
            ahead.retain_mut(|(tier, found)| {
                if found.0 >= kept {
                    return true;
                }
                next(tier, kept).is_some_and(|new| {
                    *found = new;
                    true
                })
            });
        }
        out.push_str(&text[kept..]);
        Some(out)
    }
}

/// The ways in which a secret may be written elsewhere, each with what to write instead.
fn forms(secret: &str, placeholder: &str) -> Vec<(String, String)> {
    let mut forms = vec![(secret.to_owned(), placeholder.to_owned())];
    let mut add = |form: String, placeholder: &str| {
        if form.len() >= 8 && forms.iter().all(|(known, _)| *known != form) {
            forms.push((form, placeholder.to_owned()));
        }
    };
    let url: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    add(lower_escapes(&url), placeholder);
    add(url.replace('+', "%20"), placeholder);
    add(url, placeholder);
    let json = serde_json::Value::from(secret).to_string();
    add(json.trim_matches('"').replace('/', "\\/"), placeholder);
    add(json[1..json.len() - 1].to_owned(), placeholder);
    // Base64 of a text that holds the secret shows its whole groups of three bytes, from one of three
    // starts; other groups of three keep what surrounds them readable.
    let padded = format!("{placeholder:-<width$}", width = placeholder.len().div_ceil(3) * 3);
    let instead = STANDARD_NO_PAD.encode(padded);
    for start in 0..3 {
        let bytes = &secret.as_bytes()[start..];
        let whole = STANDARD_NO_PAD.encode(&bytes[..bytes.len() / 3 * 3]);
        add(whole.replace('+', "-").replace('/', "_"), &instead);
        add(whole, &instead);
    }
    forms
}

/// The same with lower-case percent escapes, as some clients write them.
fn lower_escapes(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    let mut escape = 0;
    for letter in url.chars() {
        match letter {
            '%' => escape = 2,
            _ if escape > 0 => {
                escape -= 1;
                out.push(letter.to_ascii_lowercase());
                continue;
            }
            _ => {}
        }
        out.push(letter);
    }
    out
}

/// Whether a user or a host names nobody: it is a placeholder, or under the domain of placeholders, as all
/// names of the reference workspace are.
pub(super) fn is_nobody(text: &str) -> bool {
    let inside = text.strip_suffix(DOMAIN).is_some_and(|rest| rest.ends_with(['@', '.']));
    inside || placeholder(text).is_some()
}

/// What kind of placeholder a text is, and its number.
pub(super) fn placeholder(text: &str) -> Option<(Kind, u64)> {
    let text = text
        .strip_suffix("@jobdeck.invalid")
        .or(text.strip_suffix(".jobdeck.invalid"))
        .unwrap_or(text);
    let (word, number) = text.rsplit_once('-')?;
    let kind = match word {
        "token" => Kind::Token,
        "user" => Kind::User,
        "host" => Kind::Host,
        _ => return None,
    };
    let plain = !number.starts_with('0') && number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse().ok().filter(|_| plain).map(|number| (kind, number))
}

/// Where placeholders stand in a text of which redaction took something, from left to right. A word that
/// merely ends in the name of one (`mytoken-1`) holds none; one in base64 that holds one is taken whole.
pub fn placeholders(text: &str) -> Vec<Range<usize>> {
    static FORM: LazyLock<Regex> = LazyLock::new(|| {
        // It is a constant, and compiled by a test.
        Regex::new(concat!(
            r"(?:^|%[0-9A-Fa-f]{2}|[^A-Za-z0-9])",
            r"(?<all>(?<word>(?:token|user|host)-[0-9]+)(?:(?:@|%40|\.)jobdeck\.invalid)?)",
            r"|[?&]o=(?<number>[0-9]+)",
        ))
        .expect("the form of placeholders compiles")
    });
    let found = |captures: regex::Captures<'_>| {
        if let Some(number) = captures.name("number") {
            return is_organization(number.as_str()).then(|| number.range());
        }
        placeholder(captures.name("word")?.as_str())?;
        captures.name("all").map(|all| all.range())
    };
    let plain: Vec<_> = FORM.captures_iter(text).filter_map(found).collect();
    let overlaps = |word: &Range<usize>| {
        plain.iter().any(|place| place.start < word.end && word.start < place.end)
    };
    let mut places: Vec<_> = in_base64(text).filter(|word| !overlaps(word)).collect();
    places.extend(plain);
    places.sort_unstable_by_key(|place| place.start);
    places
}

/// The words in base64 that hold the placeholder of a credential.
fn in_base64(text: &str) -> impl Iterator<Item = Range<usize>> {
    static WORD: LazyLock<Regex> = LazyLock::new(|| {
        // It is a constant, and compiled by a test.
        Regex::new("[A-Za-z0-9+/_-]{8,}").expect("the form of words in base64 compiles")
    });
    static HELD: LazyLock<bytes::Regex> =
        LazyLock::new(|| bytes::Regex::new("token-[0-9]+").expect("the form of tokens compiles"));
    let holds = |word: &str| {
        let word = word.replace('-', "+").replace('_', "/");
        // Where it begins is not told from a path before it.
        (0..4).any(|start| {
            let groups = &word[start..start + (word.len() - start) / 4 * 4];
            STANDARD_NO_PAD.decode(groups).is_ok_and(|held| HELD.is_match(&held))
        })
    };
    WORD.find_iter(text).filter(move |word| holds(word.as_str())).map(|word| word.range())
}

/// Whether a text is the placeholder for the number of a workspace. No such number begins with a zero.
pub fn is_organization(text: &str) -> bool {
    text.len() >= 6 && text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<&str> = placeholders(text).into_iter().map(|place| &text[place]).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn placeholders_are_found_within_a_text() {
        check("token-1", &["token-1"]);
        check("a=token-1&b=user-20", &["token-1", "user-20"]);
        check("/Users/user-1@jobdeck.invalid/x", &["user-1@jobdeck.invalid"]);
        check("%2Fuser-1%40jobdeck.invalid", &["user-1%40jobdeck.invalid"]);
        check(
            "https://host-1.jobdeck.invalid/?o=0000001#job/000001",
            &["host-1.jobdeck.invalid", "0000001"],
        );
    }

    #[test]
    fn a_word_in_base64_that_holds_a_placeholder_is_taken_whole() {
        let mut names = Names::default();
        names.give_hunted("correct-horse-battery");
        for plain in
            ["correct-horse-battery", "x:correct-horse-battery", "no:correct-horse-battery;"]
        {
            let text = format!("{} token-7", STANDARD_NO_PAD.encode(plain));
            let redacted = names.replace(&text).expect("the secret is found");
            let word = redacted.split(' ').next().expect("a word");
            check(&redacted, &[word, "token-7"]);
        }
        check("dGhlcmUgaXMgbm9uZQ", &[]);
    }

    #[test]
    fn what_only_looks_like_a_placeholder_is_none() {
        for text in ["", "token-", "token-01", "token-x", "mytoken-1", "?o=1000000", "?o=00001"] {
            check(text, &[]);
        }
    }

    #[test]
    fn that_there_are_too_many_secrets_is_told_once() {
        let mut names = Names { hunted: HUNTED_MAX - 1, ..Names::default() };
        names.give_hunted("house-of-cards-1");
        assert!(!names.take_overflow());
        for secret in ["house-of-cards-2", "house-of-cards-3"] {
            names.give_hunted(secret);
        }
        assert!(names.take_overflow());
        names.give_hunted("house-of-cards-4");
        assert!(!names.take_overflow());
    }
}
