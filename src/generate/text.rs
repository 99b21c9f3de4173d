//! Texts within limits, and beyond one of them.

use proptest::{
    collection,
    prelude::*,
    sample::{self, Index},
};

use super::bounds::Bounds;
use crate::contract::{Bound, is_one_of};

/// What texts are made of. The first letters are what they shrink to; among the others are those that
/// JSON, URLs and shells treat in their own ways.
const LETTERS: &str = "abcxyzABZ019-_. /\\:;=@#$%&*+?!'\"`|~^<>()[]{},\t\n";
/// One letter each of two, three and four bytes.
const WIDE_LETTERS: &str = "é漢😀";
/// How long a text is that does not fill its limit, in characters.
const CHARS_USUAL: usize = 12;

/// Texts within limits. Where there are examples, not every text would do, and only they are taken, but
/// for what is free behind a documented start.
pub(super) fn text(bounds: Bounds, examples: &'static [&'static str]) -> BoxedStrategy<String> {
    (usual(bounds, examples), is_full(bounds.chars_max.min(bounds.bytes_max)))
        .prop_map(move |(text, full)| if full { filled(text, &bounds) } else { text })
        .boxed()
}

/// Whether a limit is to be met exactly: sometimes, where there is one.
pub(super) fn is_full(most: usize) -> BoxedStrategy<bool> {
    if most == usize::MAX { Just(false).boxed() } else { proptest::bool::weighted(0.1).boxed() }
}

/// Texts that are as long as people make them.
fn usual(bounds: Bounds, examples: &'static [&'static str]) -> BoxedStrategy<String> {
    if examples.is_empty() {
        free(bounds)
    } else if bounds.starts_with_any.is_empty() {
        sample::select(examples).prop_map(str::to_owned).boxed()
    } else {
        prop_oneof![sample::select(examples).prop_map(str::to_owned), free(bounds)].boxed()
    }
}

/// Texts of any form.
fn free(bounds: Bounds) -> BoxedStrategy<String> {
    let letters = if bounds.ascii { "" } else { WIDE_LETTERS };
    let letters: Vec<char> = LETTERS
        .chars()
        .chain(letters.chars())
        .filter(|letter| !bounds.has_none.contains(*letter))
        .collect();
    let most = CHARS_USUAL.min(bounds.chars_max).max(bounds.chars_min);
    let rest = collection::vec(sample::select(letters), bounds.chars_min..=most);
    (start(&bounds), rest)
        .prop_map(move |(start, rest)| {
            let mut text = start;
            text.extend(rest);
            within(text, &bounds)
        })
        .boxed()
}

/// What a text starts with: what it must, or something that only looks like what it must not.
fn start(bounds: &Bounds) -> BoxedStrategy<String> {
    if !bounds.starts_with_any.is_empty() {
        return sample::select(bounds.starts_with_any).prop_map(str::to_owned).boxed();
    }
    let nearly: Vec<_> = bounds
        .starts_with_none
        .iter()
        .chain(bounds.entries_none)
        .flat_map(|word| [without_last(word), format!("-{word}")])
        .collect();
    if nearly.is_empty() {
        Just(String::new()).boxed()
    } else {
        prop_oneof![3 => Just(String::new()), 1 => sample::select(nearly)].boxed()
    }
}

fn without_last(word: &str) -> String {
    let mut word = word.to_owned();
    word.pop();
    word
}

/// The text, changed as little as its limits ask.
fn within(mut text: String, bounds: &Bounds) -> String {
    if bounds.starts_with_none.iter().any(|word| text.starts_with(word)) {
        text.insert(0, 'x');
    }
    if is_one_of(&text, bounds.entries_none) {
        text.insert(0, 'x');
    }
    while text.chars().count() > bounds.chars_max || text.len() > bounds.bytes_max {
        text.pop();
    }
    text
}

/// The text, made just as long as it may be.
fn filled(mut text: String, bounds: &Bounds) -> String {
    let chars = bounds.chars_max.saturating_sub(text.chars().count());
    let bytes = bounds.bytes_max.saturating_sub(text.len());
    text.extend(std::iter::repeat_n('x', chars.min(bytes)));
    text
}

/// Texts beyond one bound and within all others. None are beyond a bound that does not speak of texts.
pub(super) fn beyond(
    bound: Bound,
    bounds: Bounds,
    examples: &'static [&'static str],
) -> Option<BoxedStrategy<String>> {
    let text = usual(bounds, examples);
    let strategy = match bound {
        Bound::CharsMin(least) => collection::vec(Just('x'), 0..least)
            .prop_map(|letters| letters.into_iter().collect())
            .boxed(),
        Bound::CharsMax(most) => {
            let over = prop_oneof![Just(most + 1), most + 1..=2 * most + 1];
            (text, over)
                .prop_map(|(text, over)| filled(text, &Bounds { chars_max: over, ..Bounds::NONE }))
                .boxed()
        }
        // Filled by letters of two bytes, the text has not too many characters, only too many bytes.
        Bound::BytesMax(most) => (text, sample::select(vec!["x", "é"]), 0..=most)
            .prop_map(move |(mut text, letter, more)| {
                let bytes = (most + 1 + more).saturating_sub(text.len());
                text.push_str(&letter.repeat(bytes.div_ceil(letter.len())));
                text
            })
            .boxed(),
        Bound::Ascii => inserted(text, WIDE_LETTERS, bounds),
        Bound::HasNone(characters) => inserted(text, characters, bounds),
        Bound::StartsWithAny(starts) => {
            let bounds = Bounds { starts_with_any: &[], starts_with_none: starts, ..bounds };
            free(Bounds { chars_min: 1, ..bounds })
        }
        Bound::StartsWithNone(starts) => (sample::select(starts), text)
            .prop_map(move |(start, text)| {
                let rest = Bounds { starts_with_none: &[], ..bounds };
                within(format!("{start}{text}"), &rest)
            })
            .boxed(),
        Bound::Minimum(_)
        | Bound::Maximum(_)
        | Bound::EntriesMax(_)
        | Bound::JsonBytesMax(_)
        | Bound::EntriesNone(_) => return None,
    };
    Some(strategy)
}

/// Texts with one of the letters somewhere behind what they have to start with.
fn inserted(
    text: BoxedStrategy<String>,
    letters: &'static str,
    bounds: Bounds,
) -> BoxedStrategy<String> {
    let letters: Vec<char> = letters.chars().collect();
    (text, sample::select(letters), any::<Index>())
        .prop_map(move |(mut text, letter, place)| {
            let start = bounds.starts_with_any.iter().find(|start| text.starts_with(**start));
            let least = start.map_or(0, |start| start.len());
            let places: Vec<usize> =
                (least..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
            text.insert(places[place.index(places.len())], letter);
            text
        })
        .boxed()
}
