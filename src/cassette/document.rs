//! The format of a cassette, version 1.
//!
//! ```json
//! {
//!   "jobdeck": 1,
//!   "recorded": "2026-11-23T10:00:00Z",
//!   "upstream": "https://host-1.jobdeck.invalid",
//!   "redaction": {"policy": "default@1", "rules": ["credential-headers", "databricks-token"]},
//!   "volatile": ["/run_name"],
//!   "exchanges": [ … ],
//!   "seal": {"exchanges": 1, "sha256": "…"}
//! }
//! ```
//!
//! - An **exchange** has `seq`, `connection`, `at_us`, `first_byte_us` (if an answer began), `took_us`,
//!   `request`, `response` (if an answer began), `redacted` (if anything was) and `outcome`.
//! - **Times** are microseconds from the start of the recording. A recording may have kept less of them
//!   ([`Times`](super::Times)): they always say which exchange was over before which other came.
//! - A **header** is a pair of name and value, in order, repeats kept. A value that is not UTF-8 is
//!   `{"base64": "…"}`.
//! - A **body** (absent if empty) is one of `{"json": …}`, `{"text": "…"}`, `{"base64": "…"}` and
//!   `{"omitted": {"bytes": 1, "sha256": "…"}}`. The tokens of `json` are those of the recorded body,
//!   digits and escapes as written, repeated keys kept; `style` says how white space lay between them:
//!   absent (none), `spaced`, `indent-2`, `indent-4-newline` and so on. A JSON text laid out in any other
//!   way is `text`. No style speaks of `\u` escapes: they are part of the tokens.
//! - The **seal** counts the exchanges and holds the SHA-256 of the document without `seal` and without
//!   white space outside strings: line ends and indentation may change, contents may not.
//! - An **unknown key** is an error with its line, so that a slip in a hand edit is told. What a later
//!   version adds makes it version 2, and readers refuse versions that they do not know by name.
//!
//! Secrets are taken out of every exchange before it is written, but what shows itself to be one only later
//! (it stands in a credential's place after it passed elsewhere) is taken out of the earlier exchanges when
//! the recording is sealed. Until then it may stand in the journal in plain, and so it may in a recording
//! that was killed and recovered.
//!
//! While a recording runs, `NAME.json.partial` holds one line for the recording ([`Header`]) and one for
//! each exchange, in the order in which they ended.

use std::{borrow::Cow, fmt};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::value::RawValue;

use super::{Redaction, body::BodyText};

/// The version that is written, and the newest that is read.
pub(super) const VERSION: u64 = 1;

/// The longest file that is read, and so the longest that a recording becomes.
pub(super) const FILE_BYTES_MAX: u64 = 8 << 30;
/// The longest journal: laid out to be read, its lines grow, and what is left must do for that.
pub(super) const JOURNAL_BYTES_MAX: u64 = FILE_BYTES_MAX / 2;
/// The longest line of a journal, and so the longest exchange.
pub(super) const LINE_BYTES_MAX: u64 = 1 << 30;
/// The largest number of an exchange: what every JSON reader keeps exactly (RFC 8259 §6).
pub(super) const SEQ_MAX: u64 = (1 << 53) - 1;
/// The most exchanges of one cassette.
pub(super) const EXCHANGES_MAX: usize = 4_000_000;
/// The deepest nesting of a document, and so of a JSON body in it.
pub(super) const NESTING_MAX: usize = 128;
/// The deepest nesting of a body that is written as JSON.
pub(super) const BODY_NESTING_MAX: usize = 100;
/// The most headers of one message.
pub(super) const HEADERS_MAX: usize = 1000;
/// The longest header value.
pub(super) const HEADER_BYTES_MAX: usize = 1 << 20;

/// The document around the exchanges.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a cassette")]
pub(super) struct DocumentText<'a> {
    pub(super) jobdeck: u64,
    pub(super) recorded: String,
    pub(super) upstream: String,
    pub(super) redaction: Redaction,
    #[serde(default)]
    pub(super) volatile: Vec<String>,
    #[serde(borrow)]
    pub(super) exchanges: &'a RawValue,
    pub(super) seal: Option<Seal>,
}

impl DocumentText<'_> {
    /// The document around them.
    pub(super) fn without_exchanges(self) -> DocumentText<'static> {
        DocumentText { exchanges: RawValue::NULL, ..self }
    }
}

/// The seal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a seal")]
pub(super) struct Seal {
    pub(super) exchanges: usize,
    pub(super) sha256: String,
}

/// The first line of a journal.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "the first line of a journal")]
pub(super) struct Header {
    pub(super) jobdeck: u64,
    pub(super) mode: super::Mode,
    pub(super) recorded: String,
    pub(super) upstream: String,
    pub(super) redaction: Redaction,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) volatile: Vec<String>,
    /// The digest of the cassette that stood there when the recording started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) from_sha256: Option<String>,
    /// The process that writes it.
    pub(super) process: u32,
}

/// An exchange as it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an exchange")]
pub(super) struct ExchangeText<'a> {
    /// As text, because its address tells the line of a repeated number.
    #[serde(borrow)]
    pub(super) seq: &'a RawValue,
    pub(super) connection: u64,
    pub(super) at_us: u64,
    pub(super) first_byte_us: Option<u64>,
    pub(super) took_us: u64,
    pub(super) request: RequestText<'a>,
    pub(super) response: Option<ResponseText<'a>>,
    #[serde(default)]
    pub(super) redacted: Vec<String>,
    #[serde(borrow)]
    pub(super) outcome: Cow<'a, str>,
}

/// A request as it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a request")]
pub(super) struct RequestText<'a> {
    #[serde(borrow)]
    pub(super) method: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) target: Cow<'a, str>,
    /// Pairs of [`HeaderText`], as text, because most messages have the same ones.
    #[serde(borrow)]
    pub(super) headers: &'a RawValue,
    #[serde(borrow, default)]
    pub(super) body: BodyText<'a>,
}

/// A response as it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a response")]
pub(super) struct ResponseText<'a> {
    pub(super) status: u16,
    /// As those of a request.
    #[serde(borrow)]
    pub(super) headers: &'a RawValue,
    #[serde(borrow, default)]
    pub(super) body: BodyText<'a>,
}

/// A header's name or value as it is read.
pub(super) struct HeaderText<'a>(pub(super) Cow<'a, [u8]>);

impl<'de: 'a, 'a> Deserialize<'de> for HeaderText<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = HeaderText<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or {\"base64\": \"…\"}")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(HeaderText(Cow::Borrowed(text.as_bytes())))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(HeaderText(Cow::Owned(text.as_bytes().to_vec())))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let entry = map.next_entry::<String, String>()?;
                let Some((_, text)) = entry.filter(|(key, _)| key == "base64") else {
                    return Err(de::Error::custom("the one key of a header's object is `base64`"));
                };
                if map.next_key::<String>()?.is_some() {
                    return Err(de::Error::custom("the one key of a header's object is `base64`"));
                }
                STANDARD
                    .decode(text)
                    .map(|bytes| HeaderText(Cow::Owned(bytes)))
                    .map_err(de::Error::custom)
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}
