//! Whether a text is JSON (RFC 8259), and what its shape is, found out in one pass that keeps nothing.

use super::plain_bytes;

/// What is to be known of a JSON text before it is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outline {
    /// How deep its brackets nest.
    pub nesting: usize,
    /// Whether white space stands outside its strings.
    pub is_spaced: bool,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    /// A value, or the end of the list that has just begun.
    ValueOrEnd,
    Key,
    /// A key, or the end of the object that has just begun.
    KeyOrEnd,
    Colon,
    /// A comma or the end of what is open, or the end of the text.
    CommaOrEnd,
}

impl Outline {
    /// The outline of a text; none if it is no JSON.
    pub fn of(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (mut nesting, mut is_spaced) = (0, false);
        // The closing brackets of what is open.
        let mut open: Vec<u8> = Vec::new();
        let mut next = Next::Value;
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let is_value = matches!(next, Next::Value | Next::ValueOrEnd);
            match byte {
                b'"' => {
                    let end = checked_string_end(bytes, at)?;
                    next = match next {
                        Next::Key | Next::KeyOrEnd => Next::Colon,
                        _ if is_value => Next::CommaOrEnd,
                        _ => return None,
                    };
                    at = end;
                    continue;
                }
                b':' if next == Next::Colon => next = Next::Value,
                b',' if next == Next::CommaOrEnd => {
                    next = if *open.last()? == b'}' { Next::Key } else { Next::Value };
                }
                b'{' if is_value => {
                    open.push(b'}');
                    next = Next::KeyOrEnd;
                }
                b'[' if is_value => {
                    open.push(b']');
                    next = Next::ValueOrEnd;
                }
                b'}' | b']' => {
                    let may_end = match next {
                        Next::CommaOrEnd => true,
                        Next::KeyOrEnd => byte == b'}',
                        Next::ValueOrEnd => byte == b']',
                        Next::Value | Next::Key | Next::Colon => false,
                    };
                    if !may_end || open.pop()? != byte {
                        return None;
                    }
                    next = Next::CommaOrEnd;
                }
                b' ' | b'\t' | b'\n' | b'\r' => is_spaced = true,
                b'-' | b'0'..=b'9' if is_value => {
                    at = number_end(bytes, at)?;
                    next = Next::CommaOrEnd;
                    continue;
                }
                _ if is_value => {
                    let word = ["true", "false", "null"]
                        .into_iter()
                        .find(|word| bytes[at..].starts_with(word.as_bytes()))?;
                    at += word.len();
                    next = Next::CommaOrEnd;
                    continue;
                }
                _ => return None,
            }
            nesting = nesting.max(open.len());
            at += 1;
        }
        let is_whole = next == Next::CommaOrEnd && open.is_empty();
        is_whole.then_some(Self { nesting, is_spaced })
    }
}

/// Where a string ends that begins at `start`; none if it is none.
fn checked_string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += plain_bytes(bytes, at);
        match *bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => {
                at += match *bytes.get(at + 1)? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
                    b'u' if bytes.get(at + 2..at + 6)?.iter().all(u8::is_ascii_hexdigit) => 6,
                    _ => return None,
                };
            }
            _ => return None,
        }
    }
}

/// Where a number ends that begins at `start`; none if it is none.
fn number_end(bytes: &[u8], start: usize) -> Option<usize> {
    let digits = |from: usize| {
        let count = bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        (count > 0).then_some(from + count)
    };
    let first = start + usize::from(bytes[start] == b'-');
    let mut at = digits(first)?;
    if bytes[first] == b'0' && at > first + 1 {
        return None;
    }
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        at = digits(at)?;
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::de::IgnoredAny;

    use super::*;
    use crate::json::{Layout, tests::any_value};

    #[track_caller]
    fn check(text: &str, expected: Option<(usize, bool)>) {
        let found = Outline::of(text).map(|outline| (outline.nesting, outline.is_spaced));
        assert_eq!(found, expected, "{text:?}");
        assert_eq!(serde_json::from_str::<IgnoredAny>(text).is_ok(), expected.is_some());
    }

    #[test]
    fn tells_the_shape_of_what_is_json() {
        check("null", Some((0, false)));
        check(r#"{"a ":[1,{}],"b":"\u00e9\ud800\\"}"#, Some((3, false)));
        check(" [ ] ", Some((1, true)));
        check("-0.5e-10", Some((0, false)));
        check(&format!("{}{}", "[".repeat(300), "]".repeat(300)), Some((300, false)));
    }

    #[test]
    fn takes_nothing_else_for_json() {
        for text in [
            "",
            " ",
            "nul",
            "nulls",
            "01",
            "-",
            "1.",
            ".5",
            "1e",
            "+1",
            "1 2",
            "[1,]",
            "[,1]",
            "{,}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            r"{1:2}",
            "[1}",
            "{]",
            "[",
            "]",
            "}",
            "\"",
            "\"\\\"",
            "\"\\x\"",
            "\"\\u00g0\"",
            "\"\\u00\"",
            "\"a\nb\"",
            "{\"a\":1}x",
            "[1:2]",
            "{\"a\",1}",
            "'a'",
        ] {
            check(text, None);
        }
    }

    proptest! {
        #[test]
        fn agrees_with_serde_on_what_is_json(
            value in any_value(), spaced: bool, at: prop::sample::Index, byte in 0..128_u8,
        ) {
            let layout = if spaced { Layout::Spaced } else { Layout::Compact };
            let text = layout.apply(&value.to_string());
            prop_assert_eq!(Outline::of(&text).is_some(), true);
            let mut bytes = text.into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if let Ok(text) = std::str::from_utf8(&bytes) {
                let is_json = serde_json::from_str::<IgnoredAny>(text).is_ok();
                prop_assert_eq!(Outline::of(text).is_some(), is_json, "{}", text);
            }
        }
    }
}
