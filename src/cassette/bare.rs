//! A document without the white space between its tokens: what a seal is over, so that line ends and indentation
//! may change, and what is read.

use std::ops::Range;

use bytes::Bytes;

use super::{document::NESTING_MAX, seal::Digest};
use crate::json::string_end;

/// A document without white space between its tokens.
pub(super) struct Bare {
    /// Its text, which is UTF-8.
    pub(super) text: Bytes,
    /// The digest of it without its member `seal`.
    pub(super) sha256: String,
}

impl Bare {
    /// That of a text, or the offset at which the text nests too deep.
    pub(super) fn of(text: &str) -> Result<Self, usize> {
        let mut bare = Vec::with_capacity(text.len());
        let mut seal = Sealed::default();
        let mut depth = 0_usize;
        for run in runs(text.as_bytes()) {
            let (run, bytes) = (run.place, run.bytes);
            if joins(bare.last(), bytes.first()) {
                bare.push(b' ');
            }
            let mut at = 0;
            while let Some(&byte) = bytes.get(at) {
                let here = bare.len() + at;
                match byte {
                    b'"' => {
                        let end = string_end(bytes, at);
                        if depth == 1 && &bytes[at..end] == b"\"seal\"" {
                            let behind = &text.as_bytes()[run.start + end..];
                            seal.named(here, behind);
                        }
                        at = end;
                        continue;
                    }
                    b'{' | b'[' => {
                        depth += 1;
                        if depth > NESTING_MAX {
                            return Err(run.start + at);
                        }
                    }
                    b'}' | b']' => {
                        if depth == 1 {
                            seal.end(here);
                        }
                        depth = depth.saturating_sub(1);
                    }
                    b',' if depth == 1 => seal.comma(here),
                    _ => {}
                }
                at += 1;
            }
            bare.extend_from_slice(bytes);
        }
        let mut digest = Digest::default();
        let mut from = 0;
        for Range { start, end } in seal.places {
            digest.update(&bare[from..start]);
            from = end;
        }
        digest.update(&bare[from..]);
        Ok(Self { sha256: digest.finish(), text: bare.into() })
    }
}

/// The offset in a text of what stands at an offset of its bare form.
pub(super) fn place(text: &str, offset: usize) -> usize {
    let mut passed = 0;
    let mut last = None;
    for Run { place, bytes } in runs(text.as_bytes()) {
        passed += usize::from(joins(last, bytes.first()));
        if offset < passed + bytes.len() {
            return place.start + offset.saturating_sub(passed);
        }
        passed += bytes.len();
        last = bytes.last();
    }
    text.len()
}

/// A part of a text in which white space stands within strings only.
struct Run<'a> {
    place: Range<usize>,
    bytes: &'a [u8],
}

fn runs(bytes: &[u8]) -> impl Iterator<Item = Run<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let space = bytes[at..].iter().take_while(|byte| is_space(**byte)).count();
        let start = at + space;
        at = start;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'"' => at = string_end(bytes, at),
                byte if is_space(byte) => break,
                _ => at += 1,
            }
        }
        (start < at).then(|| Run { place: start..at, bytes: &bytes[start..at] })
    })
}

/// White space of JSON (RFC 8259 §2).
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Whether two words would become one without white space between them, which they are not.
fn joins(before: Option<&u8>, behind: Option<&u8>) -> bool {
    let is_word = |byte: &u8| !matches!(byte, b'"' | b'{' | b'[' | b'}' | b']' | b',' | b':');
    before.is_some_and(is_word) && behind.is_some_and(is_word)
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
    /// `"seal"` stands at a place, and this behind it in the text.
    fn named(&mut self, here: usize, behind: &[u8]) {
        let is_key = behind.iter().find(|byte| !is_space(**byte)) == Some(&b':');
        if is_key && self.open.is_none() {
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
        let found = Bare::of(text).unwrap();
        assert_eq!(std::str::from_utf8(&found.text).unwrap(), bare);
        let mut digest = Digest::default();
        digest.update(sealed.as_bytes());
        assert_eq!(found.sha256, digest.finish(), "{text}");
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

    #[test]
    fn words_that_are_apart_stay_apart() {
        check("[1 2, tr\nue]", "[1 2,tr ue]", "[1 2,tr ue]");
    }

    #[test]
    fn a_place_in_the_bare_form_is_found_in_the_text() {
        let text = "{ \"a b\" : [1,\n 2 3 ],\r\n\t\"c\": null }\n";
        let bare = Bare::of(text).unwrap().text;
        for (at, byte) in bare.iter().enumerate().filter(|(_, byte)| **byte != b' ') {
            assert_eq!(text.as_bytes()[place(text, at)], *byte, "{at}");
        }
        assert_eq!(place(text, bare.len()), text.len());
    }

    proptest::proptest! {
        #[test]
        fn any_layout_of_a_value_has_the_same_bare_form(value in any_value()) {
            let compact = value.to_string();
            let pretty = serde_json::to_string_pretty(&value).unwrap();
            proptest::prop_assert_eq!(&Bare::of(&pretty).unwrap().text, compact.as_bytes());
            proptest::prop_assert_eq!(&Bare::of(&compact).unwrap().text, compact.as_bytes());
        }
    }
}
