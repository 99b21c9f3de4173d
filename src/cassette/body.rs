//! A body in a cassette: JSON that can be read and diffed where the bytes can be had back from it, else
//! text, else base64.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::document::BODY_NESTING_MAX;
use crate::{
    exchange::Body,
    json::{Layout, Outline},
};

/// A body as it is read.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BodyText<'a> {
    #[serde(borrow, default, deserialize_with = "even_null")]
    json: Option<&'a RawValue>,
    #[serde(borrow)]
    style: Option<Cow<'a, str>>,
    #[serde(borrow)]
    text: Option<Cow<'a, str>>,
    #[serde(borrow)]
    base64: Option<Cow<'a, str>>,
    omitted: Option<Omitted>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Omitted {
    bytes: u64,
    sha256: String,
}

/// A body that is JSON's `null` is there, unlike the `null` of an `Option`.
fn even_null<'de: 'a, 'a, D>(deserializer: D) -> Result<Option<&'a RawValue>, D::Error>
where
    D: Deserializer<'de>,
{
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// The text from which bodies are read.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    /// A line, which goes when it is read.
    Line,
    /// A bare document, of which bodies are parts.
    Bare(&'a Bytes),
}

impl Source<'_> {
    fn json(self, json: &str, layout: Layout) -> Bytes {
        match (self, layout) {
            (Self::Bare(whole), Layout::Compact) => whole.slice_ref(json.as_bytes()),
            _ => layout.apply(json).into(),
        }
    }

    fn text(self, text: Cow<'_, str>) -> Bytes {
        match (self, text) {
            (Self::Bare(whole), Cow::Borrowed(text)) => whole.slice_ref(text.as_bytes()),
            (_, text) => text.into_owned().into(),
        }
    }
}

impl BodyText<'_> {
    /// The body; the error says what is wrong with its object.
    pub(super) fn read(self, source: Source<'_>) -> Result<Body, String> {
        let layout = match &self.style {
            None => Layout::Compact,
            Some(_) if self.json.is_none() => {
                return Err("`style` goes with `json` only".to_owned());
            }
            Some(name) => {
                layout_of(name).ok_or_else(|| format!("there is no style `{name}` of a body"))?
            }
        };
        match (self.json, self.text, self.base64, self.omitted) {
            (None, None, None, None) => Ok(Body::empty()),
            (Some(json), None, None, None) => Ok(Body::Whole(source.json(json.get(), layout))),
            (None, Some(text), None, None) => Ok(Body::Whole(source.text(text))),
            (None, None, Some(text), None) => STANDARD
                .decode(&*text)
                .map(|bytes| Body::Whole(bytes.into()))
                .map_err(|error| format!("`base64` of a body: {error}")),
            (None, None, None, Some(Omitted { bytes, sha256 })) => {
                Ok(Body::Omitted { bytes, sha256 })
            }
            _ => Err("a body is one of `json`, `text`, `base64` and `omitted`".to_owned()),
        }
    }
}

/// Writes a body's object as compact JSON. Not for an empty body, which has none. Its outline need not be
/// known.
pub(super) fn write(body: &Body, outline: Option<Outline>, out: &mut Vec<u8>) {
    match body {
        Body::Omitted { bytes, sha256 } => {
            out.extend_from_slice(b"{\"omitted\":{\"bytes\":");
            out.extend_from_slice(bytes.to_string().as_bytes());
            out.extend_from_slice(b",\"sha256\":");
            super::write::string(sha256, out);
            out.extend_from_slice(b"}}");
        }
        Body::Whole(bytes) => match std::str::from_utf8(bytes) {
            Err(_) => {
                out.extend_from_slice(b"{\"base64\":\"");
                out.extend_from_slice(STANDARD.encode(bytes).as_bytes());
                out.extend_from_slice(b"\"}");
            }
            Ok(text) => match readable(text, outline) {
                None => {
                    out.extend_from_slice(b"{\"text\":");
                    super::write::string(text, out);
                    out.push(b'}');
                }
                Some(Layout::Compact) => {
                    out.extend_from_slice(b"{\"json\":");
                    out.extend_from_slice(bytes);
                    out.push(b'}');
                }
                Some(layout) => {
                    out.extend_from_slice(b"{\"json\":");
                    out.extend_from_slice(Layout::Compact.apply(text).as_bytes());
                    out.extend_from_slice(b",\"style\":\"");
                    out.extend_from_slice(style_of(layout).as_bytes());
                    out.extend_from_slice(b"\"}");
                }
            },
        },
    }
}

/// The layout of a text that can stand in a cassette as JSON.
fn readable(text: &str, outline: Option<Outline>) -> Option<Layout> {
    let outline = outline.or_else(|| Outline::of(text))?;
    // Indenting a deep text again costs the square of its depth.
    if outline.nesting > BODY_NESTING_MAX {
        return None;
    }
    // The most frequent layout needs no second text to compare with.
    if outline.is_spaced { Layout::of(text) } else { Some(Layout::Compact) }
}

fn style_of(layout: Layout) -> String {
    match layout {
        Layout::Compact => "compact".to_owned(),
        Layout::Spaced => "spaced".to_owned(),
        Layout::Indented { width, newline: false } => format!("indent-{width}"),
        Layout::Indented { width, newline: true } => format!("indent-{width}-newline"),
    }
}

fn layout_of(name: &str) -> Option<Layout> {
    let (width, newline) = match name {
        "compact" => return Some(Layout::Compact),
        "spaced" => return Some(Layout::Spaced),
        _ => {
            let rest = name.strip_prefix("indent-")?;
            rest.strip_suffix("-newline").map_or((rest, false), |width| (width, true))
        }
    };
    let width = width.parse().ok().filter(|width| (1..=16).contains(width))?;
    Some(Layout::Indented { width, newline })
}
