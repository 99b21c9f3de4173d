//! The white space of a JSON text, taken away and put back.
//!
//! A recorded body is kept as JSON so that it can be read and diffed, and must come back byte for byte.
//! Tokens are never touched (a string keeps its escapes, a number its digits, an object its repeated
//! keys), so a text is its tokens plus one of the layouts that programs use.

use serde::de::IgnoredAny;

use super::string_end;

/// How a JSON text is laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// No white space at all.
    #[default]
    Compact,
    /// One line with `", "` and `": "`, as Python writes.
    Spaced,
    /// A line for each entry.
    Indented {
        /// The spaces of one level.
        width: u8,
        /// Whether a line feed follows the text.
        newline: bool,
    },
}

/// The widest indentation that counts as one.
const WIDTH_MAX: usize = 16;

impl Layout {
    /// The layout that, applied to the bare tokens, gives exactly this text; none if it is no JSON or is
    /// laid out in another way.
    pub fn of(text: &str) -> Option<Self> {
        serde_json::from_str::<IgnoredAny>(text).ok()?;
        let bare = Self::Compact.apply(text);
        let layout = if bare.len() == text.len() {
            Self::Compact
        } else if let Some(rest) = text.strip_prefix(['{', '[']).and_then(|t| t.strip_prefix('\n'))
        {
            let width = rest.bytes().take_while(|b| *b == b' ').take(WIDTH_MAX + 1).count();
            let width =
                u8::try_from(width).ok().filter(|w| (1..=WIDTH_MAX).contains(&usize::from(*w)))?;
            Self::Indented { width, newline: text.ends_with('\n') }
        } else {
            Self::Spaced
        };
        (layout.apply(&bare) == text).then_some(layout)
    }

    /// The tokens of a JSON text in this layout. The text must be JSON.
    pub fn apply(self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + text.len() / 8);
        self.append(text, 0, &mut out);
        out
    }

    /// Adds the tokens of a JSON text in this layout to `out`, each of its lines but the first indented by
    /// `margin` spaces more. The text must be JSON.
    pub fn append(self, text: &str, margin: usize, out: &mut String) {
        let bytes = text.as_bytes();
        let (mut depth, mut at, mut opened) = (0, 0, false);
        // What stands together is copied together.
        let mut copied = 0;
        while let Some(&first) = bytes.get(at) {
            let end = match first {
                b' ' | b'\t' | b'\n' | b'\r' => {
                    out.push_str(&text[copied..at]);
                    at += 1;
                    copied = at;
                    continue;
                }
                b'"' => string_end(bytes, at),
                b'{' | b'}' | b'[' | b']' | b',' | b':' => at + 1,
                _ => {
                    let is_end = |byte: &u8| {
                        matches!(byte, b',' | b']' | b'}' | b':' | b' ' | b'\t' | b'\n' | b'\r')
                    };
                    bytes[at..].iter().position(is_end).map_or(bytes.len(), |length| at + length)
                }
            };
            let closes = matches!(first, b'}' | b']');
            if closes {
                depth -= 1;
            }
            // An empty list or object stays together.
            if let Self::Indented { width, .. } = self
                && closes != opened
            {
                out.push_str(&text[copied..at]);
                line(margin + depth * usize::from(width), out);
                copied = at;
            }
            opened = matches!(first, b'{' | b'[');
            if opened {
                depth += 1;
            }
            match (first, self) {
                (b',', Self::Indented { width, .. }) => {
                    out.push_str(&text[copied..end]);
                    line(margin + depth * usize::from(width), out);
                    copied = end;
                }
                (b',', Self::Spaced) | (b':', Self::Spaced | Self::Indented { .. }) => {
                    out.push_str(&text[copied..end]);
                    out.push(' ');
                    copied = end;
                }
                _ => {}
            }
            at = end;
        }
        out.push_str(&text[copied..]);
        if let Self::Indented { newline: true, .. } = self {
            out.push('\n');
        }
    }
}

/// Begins a line that is indented by so many spaces.
fn line(spaces: usize, out: &mut String) {
    const LINE: &str = "\n                                                                ";
    let first = spaces.min(LINE.len() - 1);
    out.push_str(&LINE[..=first]);
    let mut left = spaces - first;
    while left > 0 {
        let part = left.min(LINE.len() - 1);
        out.push_str(&LINE[1..=part]);
        left -= part;
    }
}

#[cfg(test)]
mod tests {
    use super::Layout;

    #[track_caller]
    fn check(text: &str, layout: Option<Layout>) {
        assert_eq!(Layout::of(text), layout, "{text:?}");
        if let Some(layout) = layout {
            assert_eq!(layout.apply(&Layout::Compact.apply(text)), text);
        }
    }

    #[test]
    fn knows_the_layouts_of_programs() {
        check(r#"{"a":[1,2.50,{}],"a":"x, y: \" \u00e9"}"#, Some(Layout::Compact));
        check(r#"{"a": [1, {}], "b": []}"#, Some(Layout::Spaced));
        check(
            "{\n  \"a\": [\n    1,\n    {}\n  ]\n}",
            Some(Layout::Indented { width: 2, newline: false }),
        );
        check("[\n    -1e5\n]\n", Some(Layout::Indented { width: 4, newline: true }));
        check("\"only a string\"", Some(Layout::Compact));
        check("12", Some(Layout::Compact));
    }

    #[test]
    fn leaves_alone_what_it_could_not_restore() {
        check(r#"{"a":1, "b":2}"#, None);
        check("{ }", None);
        check("{\"a\":1}\n", None);
        check("{\n\t\"a\": 1\n}", None);
        check("", None);
        check("nope", None);
        check(r#"{"a":"\"#, None);
    }

    proptest::proptest! {
        #[test]
        fn every_layout_of_every_value_comes_back(
            value in crate::json::tests::any_value(),
            width in 1_u8..=16,
            newline: bool,
        ) {
            let bare = value.to_string();
            for layout in [Layout::Compact, Layout::Spaced, Layout::Indented { width, newline }] {
                let text = layout.apply(&bare);
                proptest::prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(&text).unwrap(), &value);
                // A line feed behind a lone token is nobody's layout.
                let lone = value.as_array().is_none_or(Vec::is_empty)
                    && value.as_object().is_none_or(serde_json::Map::is_empty);
                match Layout::of(&text) {
                    Some(found) => proptest::prop_assert_eq!(found.apply(&bare), text),
                    None => proptest::prop_assert!(newline && lone, "{text:?}"),
                }
            }
        }
    }
}
