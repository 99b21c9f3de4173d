//! The fields of an archive (HAR 1.2) that say something here, and those that are our own.
//!
//! Written are all that the format demands; read is what is there, because programs leave out much.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Number, value::RawValue};

use crate::cassette::Redaction;

/// A value that some programs write as `null` where there is none.
fn even_null<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// A string, or the text of what some programs write in place of one.
fn words_of_any<'de: 'a, 'a, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Cow<'a, str>>, D::Error> {
    let raw = Option::<&RawValue>::deserialize(deserializer)?;
    Ok(raw.map(|raw| match serde_json::from_str::<String>(raw.get()) {
        Ok(text) => text.into(),
        Err(_) => raw.get().into(),
    }))
}

#[derive(Serialize, Deserialize)]
#[serde(expecting = "an archive: {\"log\": …}")]
pub(super) struct File<'a> {
    #[serde(borrow)]
    pub(super) log: Log<'a>,
}

#[derive(Serialize, Deserialize)]
#[serde(expecting = "the log of an archive: {\"entries\": […]}")]
pub(super) struct Log<'a> {
    #[serde(borrow, default)]
    pub(super) version: Cow<'a, str>,
    #[serde(skip_deserializing)]
    pub(super) creator: Option<Creator>,
    #[serde(borrow)]
    pub(super) entries: Vec<Entry<'a>>,
    #[serde(borrow, default, rename = "_jobdeck", skip_serializing_if = "Option::is_none")]
    pub(super) own: Option<OwnLog<'a>>,
}

#[derive(Serialize)]
pub(super) struct Creator {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
}

/// What a cassette says about itself.
#[derive(Serialize, Deserialize)]
pub(super) struct OwnLog<'a> {
    #[serde(borrow)]
    pub(super) recorded: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) upstream: Cow<'a, str>,
    pub(super) redaction: Cow<'a, Redaction>,
    #[serde(default)]
    pub(super) volatile: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry<'a> {
    #[serde(borrow, default)]
    pub(super) started_date_time: Option<Cow<'a, str>>,
    /// Milliseconds.
    #[serde(default)]
    pub(super) time: Option<f64>,
    #[serde(borrow)]
    pub(super) request: Request<'a>,
    #[serde(borrow, default)]
    pub(super) response: Option<Response<'a>>,
    #[serde(skip_deserializing)]
    pub(super) cache: Empty,
    #[serde(default)]
    pub(super) timings: Option<Timings>,
    #[serde(
        borrow,
        default,
        deserialize_with = "words_of_any",
        skip_serializing_if = "Option::is_none"
    )]
    pub(super) connection: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "_jobdeck", skip_serializing_if = "Option::is_none")]
    pub(super) own: Option<OwnEntry<'a>>,
}

/// `{}`.
#[derive(Default, Serialize)]
pub(super) struct Empty {}

/// What an exchange is beside its messages.
#[derive(Serialize, Deserialize)]
pub(super) struct OwnEntry<'a> {
    pub(super) seq: u64,
    pub(super) connection: u64,
    pub(super) at_us: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) first_byte_us: Option<u64>,
    pub(super) took_us: u64,
    #[serde(borrow)]
    pub(super) target: Cow<'a, str>,
    /// Whether an answer began.
    pub(super) answered: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) redacted: Vec<String>,
    #[serde(borrow)]
    pub(super) outcome: Cow<'a, str>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request<'a> {
    #[serde(borrow)]
    pub(super) method: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) url: Cow<'a, str>,
    #[serde(skip_deserializing)]
    pub(super) http_version: &'static str,
    #[serde(skip_deserializing)]
    pub(super) cookies: [(); 0],
    #[serde(borrow, default, deserialize_with = "even_null")]
    pub(super) headers: Vec<Header<'a>>,
    #[serde(skip_deserializing)]
    pub(super) query_string: Vec<Pair<'a>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) post_data: Option<PostData<'a>>,
    #[serde(skip_deserializing)]
    pub(super) headers_size: i64,
    #[serde(skip_deserializing)]
    pub(super) body_size: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Response<'a> {
    #[serde(default)]
    pub(super) status: i64,
    #[serde(borrow, default)]
    pub(super) status_text: Option<Cow<'a, str>>,
    #[serde(skip_deserializing)]
    pub(super) http_version: &'static str,
    #[serde(skip_deserializing)]
    pub(super) cookies: [(); 0],
    #[serde(borrow, default, deserialize_with = "even_null")]
    pub(super) headers: Vec<Header<'a>>,
    #[serde(borrow, default)]
    pub(super) content: Option<Content<'a>>,
    #[serde(skip_deserializing, rename = "redirectURL")]
    pub(super) redirect_url: String,
    #[serde(skip_deserializing)]
    pub(super) headers_size: i64,
    #[serde(skip_deserializing)]
    pub(super) body_size: i64,
    /// Why there is no answer, as Chrome and mitmproxy tell it.
    #[serde(borrow, default, rename = "_error", skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<Cow<'a, str>>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Header<'a> {
    #[serde(borrow)]
    pub(super) name: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) value: Cow<'a, str>,
    /// The value, if it is not UTF-8.
    #[serde(borrow, default, rename = "_jobdeckBase64", skip_serializing_if = "Option::is_none")]
    pub(super) own_base64: Option<Cow<'a, str>>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct Pair<'a> {
    #[serde(borrow)]
    pub(super) name: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) value: Cow<'a, str>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostData<'a> {
    #[serde(borrow, default)]
    pub(super) mime_type: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) text: Option<Cow<'a, str>>,
    /// Not of the format, but used.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) encoding: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) params: Option<Vec<Pair<'a>>>,
    /// The bytes, where they are no text or the text is another form of them.
    #[serde(default, rename = "_jobdeckBase64", skip_serializing_if = "Option::is_none")]
    pub(super) own_base64: Option<Cow<'a, str>>,
    /// What is known of a body that was not kept.
    #[serde(default, rename = "_jobdeckOmitted", skip_serializing_if = "Option::is_none")]
    pub(super) own_omitted: Option<Omitted>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Content<'a> {
    #[serde(default)]
    pub(super) size: Option<Number>,
    #[serde(borrow, default)]
    pub(super) mime_type: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) encoding: Option<Cow<'a, str>>,
    /// The bytes, where they are no text or the text is another form of them.
    #[serde(default, rename = "_jobdeckBase64", skip_serializing_if = "Option::is_none")]
    pub(super) own_base64: Option<Cow<'a, str>>,
    /// What is known of a body that was not kept.
    #[serde(default, rename = "_jobdeckOmitted", skip_serializing_if = "Option::is_none")]
    pub(super) own_omitted: Option<Omitted>,
}

/// A body that was not kept.
#[derive(Serialize, Deserialize)]
pub(super) struct Omitted {
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

/// Milliseconds; -1 for what does not apply.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Timings {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) blocked: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dns: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) connect: Option<f64>,
    pub(super) send: Option<f64>,
    pub(super) wait: Option<f64>,
    pub(super) receive: Option<f64>,
}
