//! A document without the white space between its tokens: what a seal is over, so that line ends and indentation
//! may change, and what is read.

use std::{
    io::{self, Read},
    ops::Range,
};

use bytes::Bytes;

use super::{
    document::{EXCHANGES_MAX, NESTING_MAX},
    seal::Digest,
};
use crate::json::plain_bytes;

/// How much of a text is looked at in one go: what a processor keeps near.
const PIECE_BYTES: usize = 64 * 1024;
/// What some editors put before a text (Unicode §2.6), which is no part of it.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A document without white space between its tokens.
pub(super) struct Bare {
    /// Its text.
    pub(super) text: Bytes,
    /// How many bytes it had before.
    pub(super) bytes: u64,
    /// Where the items of its member `exchanges` stand, if that is there once and is a list of no more than may be.
    pub(super) exchanges: Option<Items>,
    /// Where its member `seal` stands.
    seal: Vec<Range<usize>>,
}

/// Where the items of a list stand.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Items {
    /// Where the list begins.
    start: usize,
    /// Where each item ends: at a comma, or the last where the list does.
    ends: Vec<usize>,
}

impl Items {
    /// The list, with its brackets.
    pub(super) fn list(&self) -> Range<usize> {
        self.start..self.ends.last().map_or(self.start, |end| end + 1)
    }

    /// Each item; of an empty list one without text.
    pub(super) fn ranges(&self) -> Vec<Range<usize>> {
        let starts = std::iter::once(self.start).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(before, end)| before + 1..*end).collect()
    }
}

/// Why a text has no bare form.
#[derive(Debug)]
pub(super) enum Refused {
    /// It cannot be read.
    Unread(io::Error),
    /// It nests too deep at this offset.
    TooDeep(usize),
}

impl Bare {
    /// That of a text, of about so many bytes if that is known. The text itself is never in memory as a whole.
    pub(super) fn of(mut text: impl Read, bytes_hint: usize) -> Result<Self, Refused> {
        let mut baring = Baring { bare: Vec::with_capacity(bytes_hint), ..Baring::default() };
        let mut piece = vec![0; PIECE_BYTES];
        let mut filled = 0;
        let mut bytes = 0;
        loop {
            match text.read(&mut piece[filled..]) {
                Ok(read) if read > 0 && filled + read < PIECE_BYTES => filled += read,
                Ok(read) => {
                    let whole = &piece[..filled + read];
                    let text = if bytes == 0 { without_mark(whole) } else { whole };
                    baring.feed(text).map_err(Refused::TooDeep)?;
                    bytes += whole.len() as u64;
                    if read == 0 {
                        break;
                    }
                    filled = 0;
                }
                Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
                Err(cause) => return Err(Refused::Unread(cause)),
            }
        }
        let exchanges = match baring.exchanges {
            Listed::Whole(items) => Some(items),
            Listed::No | Listed::Named | Listed::Open(_) | Listed::Odd => None,
        };
        Ok(Self { text: baring.bare.into(), bytes, exchanges, seal: baring.seal.places })
    }

    /// The digest of it without its member `seal`.
    pub(super) fn sha256(&self) -> String {
        let mut digest = Digest::default();
        let mut from = 0;
        for Range { start, end } in &self.seal {
            digest.update(&self.text[from..*start]);
            from = *end;
        }
        digest.update(&self.text[from..]);
        digest.finish()
    }
}

/// A text without the mark that may stand before it.
pub(super) fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// The offset in a text of what stands at an offset of its bare form.
pub(super) fn place(text: &[u8], offset: usize) -> usize {
    let mut baring = Baring::default();
    let reaches = |byte: &u8| {
        // What nests too deep has no place behind that.
        baring.feed(std::slice::from_ref(byte)).is_err() || baring.bare.len() > offset
    };
    text.iter().position(reaches).unwrap_or(text.len())
}

/// Takes the white space out of a text that comes in pieces.
#[derive(Default)]
struct Baring {
    bare: Vec<u8>,
    /// How much of the text came before the piece that is looked at.
    passed: usize,
    depth: usize,
    /// Where the string began in the bare form that goes on.
    string: Option<usize>,
    /// Whether a backslash stands before the next byte of it.
    escaped: bool,
    /// Whether white space stood before the next byte.
    apart: bool,
    /// The name of a member of the document, if it is the last token.
    named: Option<Named>,
    exchanges: Listed,
    seal: Sealed,
}

/// The name of a member, and where it stands.
#[derive(Clone, Copy)]
enum Named {
    Exchanges,
    Seal(usize),
}

/// What of the member `exchanges` has been seen.
#[derive(Default)]
enum Listed {
    #[default]
    No,
    /// Its value comes.
    Named,
    /// Its list goes on.
    Open(Items),
    Whole(Items),
    /// It is there once more, is no list, or too long a one.
    Odd,
}

impl Baring {
    /// Goes on with a piece; the error is the offset in the text at which it nests too deep.
    fn feed(&mut self, piece: &[u8]) -> Result<(), usize> {
        let mut at = 0;
        while at < piece.len() {
            if self.string.is_none() {
                let space = space(&piece[at..]);
                at += space;
                self.apart |= space > 0;
            }
            let Some(&first) = piece.get(at) else { break };
            if self.apart && joins(self.bare.last(), first) {
                self.bare.push(b' ');
            }
            self.apart = false;
            let end = self.run(piece, at)?;
            self.bare.extend_from_slice(&piece[at..end]);
            at = end;
        }
        self.passed += piece.len();
        Ok(())
    }

    /// Looks at a byte outside strings, at most in a list or an object of the document.
    fn outer(&mut self, byte: u8, here: usize) {
        let name = self.named.take();
        let is_first = self.depth == 1;
        match (byte, is_first) {
            (b':', true) => match name {
                Some(Named::Seal(begun)) => self.seal.named(begun),
                Some(Named::Exchanges) => self.exchanges.named(),
                None => {}
            },
            (b',', true) => self.seal.comma(here),
            (b'}' | b']', true) => self.seal.end(here),
            (b',', false) => self.exchanges.item(here),
            (b'}' | b']', false) => self.exchanges.end(here),
            (_, true) => self.exchanges.begin(byte, here),
            _ => {}
        }
    }

    /// Where the part of a piece ends that begins at `start` and has white space in its strings only.
    fn run(&mut self, piece: &[u8], start: usize) -> Result<usize, usize> {
        let before = self.bare.len();
        let mut at = start;
        while let Some(&byte) = piece.get(at) {
            if let Some(begun) = self.string {
                if self.escaped {
                    self.escaped = false;
                    at += 1;
                    continue;
                }
                at += plain_bytes(piece, at);
                let Some(&special) = piece.get(at) else { break };
                at += 1;
                self.escaped = special == b'\\';
                if special == b'"' {
                    self.string = None;
                    if self.depth == 1 {
                        let text = self.bare[begun.min(before)..]
                            .iter()
                            .chain(&piece[start + begun.saturating_sub(before)..at]);
                        self.named = named(begun, text);
                    }
                }
                continue;
            }
            if is_space(byte) {
                break;
            }
            if self.depth <= 2 {
                self.outer(byte, before + at - start);
            }
            match byte {
                b'"' => self.string = Some(before + at - start),
                b'{' | b'[' => {
                    self.depth += 1;
                    if self.depth > NESTING_MAX {
                        return Err(self.passed + at);
                    }
                }
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            at += 1;
        }
        Ok(at)
    }
}

/// The member of a document that a string names.
fn named<'a>(begun: usize, text: impl Iterator<Item = &'a u8> + Clone) -> Option<Named> {
    if text.clone().eq(b"\"seal\"") {
        return Some(Named::Seal(begun));
    }
    text.eq(b"\"exchanges\"").then_some(Named::Exchanges)
}

/// White space of JSON (RFC 8259 §2).
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// How much white space a text begins with.
fn space(text: &[u8]) -> usize {
    // A line begins with as many blanks as it is deep.
    let (words, _) = text.get(1..).unwrap_or_default().as_chunks::<8>();
    let blank = match text {
        [b'\n', ..] => 1 + 8 * words.iter().take_while(|word| **word == [b' '; 8]).count(),
        _ => 0,
    };
    blank + text[blank..].iter().take_while(|byte| is_space(**byte)).count()
}

/// Whether two words would become one without white space between them, which they are not.
fn joins(before: Option<&u8>, behind: u8) -> bool {
    let is_word = |byte: &u8| !matches!(byte, b'"' | b'{' | b'[' | b'}' | b']' | b',' | b':');
    before.is_some_and(is_word) && is_word(&behind)
}

impl Listed {
    fn named(&mut self) {
        *self = match self {
            Self::No => Self::Named,
            Self::Named | Self::Open(_) | Self::Whole(_) | Self::Odd => Self::Odd,
        };
    }

    /// A value of a member begins.
    fn begin(&mut self, byte: u8, here: usize) {
        if let Self::Named = self {
            *self = match byte {
                b'[' => Self::Open(Items { start: here, ends: Vec::new() }),
                _ => Self::Odd,
            };
        }
    }

    fn item(&mut self, here: usize) {
        if let Self::Open(items) = self {
            items.ends.push(here);
            if items.ends.len() > EXCHANGES_MAX {
                *self = Self::Odd;
            }
        }
    }

    fn end(&mut self, here: usize) {
        self.item(here);
        if let Self::Open(items) = self {
            *self = Self::Whole(std::mem::take(items));
        }
    }
}

/// Where the seal stands in a bare document, with the comma that would otherwise be left over.
#[derive(Default)]
struct Sealed {
    places: Vec<Range<usize>>,
    /// The last comma between members, if a member that is no seal stands before it.
    comma: Option<usize>,
    /// From where on the seal is cut out that is being read.
    open: Option<usize>,
}

impl Sealed {
    /// `"seal"` stands at a place as the name of a member.
    fn named(&mut self, here: usize) {
        if self.open.is_none() {
            self.open = Some(self.comma.unwrap_or(here));
        }
    }

    fn comma(&mut self, here: usize) {
        match (self.open.take(), self.comma) {
            // A seal that comes first takes the comma behind it along.
            (Some(from), None) => self.places.push(from..here + 1),
            (Some(from), Some(_)) => {
                self.places.push(from..here);
                self.comma = Some(here);
            }
            (None, _) => self.comma = Some(here),
        }
    }

    fn end(&mut self, here: usize) {
        if let Some(from) = self.open.take() {
            self.places.push(from..here);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::tests::any_value;

    #[track_caller]
    fn check(text: &str, bare: &str, sealed: &str) {
        let found = Bare::of(text.as_bytes(), 0).unwrap();
        assert_eq!(std::str::from_utf8(&found.text).unwrap(), bare);
        let mut digest = Digest::default();
        digest.update(sealed.as_bytes());
        assert_eq!(found.sha256(), digest.finish(), "{text}");
        // The same in single bytes.
        let mut baring = Baring::default();
        text.as_bytes().chunks(1).for_each(|piece| baring.feed(piece).unwrap());
        assert_eq!((&*baring.bare, baring.seal.places), (&*found.text, found.seal), "{text}");
    }

    #[test]
    fn white_space_goes_and_the_seal_does_not_count() {
        check(
            "{ \"a b\" : [1,\n 2 ],\r\n\t\"seal\": {\"x\": 1} }\n",
            r#"{"a b":[1,2],"seal":{"x":1}}"#,
            r#"{"a b":[1,2]}"#,
        );
        check(r#"{"seal" : [1, 2], "b": 1}"#, r#"{"seal":[1,2],"b":1}"#, r#"{"b":1}"#);
        check(r#"{"a":1, "seal":2, "b": 3}"#, r#"{"a":1,"seal":2,"b":3}"#, r#"{"a":1,"b":3}"#);
        check(r#"{"seal":1}"#, r#"{"seal":1}"#, "{}");
        check(r#"{"a":"seal"}"#, r#"{"a":"seal"}"#, r#"{"a":"seal"}"#);
        check(
            r#"{"a":{"seal":1,"b":2}}"#,
            r#"{"a":{"seal":1,"b":2}}"#,
            r#"{"a":{"seal":1,"b":2}}"#,
        );
    }

    #[track_caller]
    fn check_exchanges(text: &str, expected: Option<&[&str]>) {
        let found = Bare::of(text.as_bytes(), 0).unwrap();
        let items = found.exchanges.as_ref().map(|items| {
            let list = &found.text[items.list()];
            assert!(list.starts_with(b"[") && list.ends_with(b"]"), "{text}");
            let items = items.ranges().into_iter();
            items.map(|item| std::str::from_utf8(&found.text[item]).unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(items.as_deref(), expected, "{text}");
    }

    #[test]
    fn exchanges_stand_between_their_commas() {
        check_exchanges(
            "{ \"a\": [7], \"exchanges\" : [ {\"b\": [1, 2]}, \"],\\\"\", [ ] ], \"c\": [8, 9] }",
            Some(&["{\"b\":[1,2]}", "\"],\\\"\"", "[]"]),
        );
        check_exchanges(r#"{"exchanges": [ ]}"#, Some(&[""]));
        // Not there, deeper down, a value, no list, there twice, without an end.
        check_exchanges(r#"{"a": [1]}"#, None);
        check_exchanges(r#"{"a": {"exchanges": [1]}}"#, None);
        check_exchanges(r#"["exchanges", [1]]"#, None);
        check_exchanges(r#"{"exchanges": {"a": 1, "b": 2}, "c": [1]}"#, None);
        check_exchanges(r#"{"exchanges": [1], "exchanges": [2]}"#, None);
        check_exchanges(r#"{"exchanges": [1, 2"#, None);
        let many = format!("{{\"exchanges\": [{}]}}", ",".repeat(EXCHANGES_MAX));
        assert!(Bare::of(many.as_bytes(), 0).unwrap().exchanges.is_none());
    }

    #[test]
    fn words_that_are_apart_stay_apart() {
        check("[1 2, tr\nue]", "[1 2,tr ue]", "[1 2,tr ue]");
    }

    #[test]
    fn a_place_in_the_bare_form_is_found_in_the_text() {
        let text = b"{ \"a\\\"b\" : [1,\n 2 3 ],\r\n\t\"c\": null }\n";
        let bare = Bare::of(&text[..], 0).unwrap().text;
        for (at, byte) in bare.iter().enumerate().filter(|(_, byte)| **byte != b' ') {
            assert_eq!(text[place(text, at)], *byte, "{at}");
        }
        assert_eq!(place(text, bare.len()), text.len());
    }

    proptest::proptest! {
        #[test]
        fn any_layout_of_a_value_has_the_same_bare_form(value in any_value()) {
            let compact = value.to_string();
            let pretty = serde_json::to_string_pretty(&value).unwrap();
            for text in [&compact, &pretty] {
                let bare = Bare::of(text.as_bytes(), 0).unwrap();
                proptest::prop_assert_eq!(&bare.text, compact.as_bytes());
            }
        }
    }
}
