//! A cassette as an archive.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};

use super::format::{
    Content, Creator, Empty, Entry, File, Header, Log, Omitted, OwnEntry, OwnLog, Pair, PostData,
    Request, Response, Timings,
};
use crate::{
    cassette::Cassette,
    error::{Error, Kind, Result},
    exchange::{Body, Exchange, Headers, Outcome, decoded},
};

/// The text of an archive of a cassette.
pub fn export(cassette: &Cassette) -> Result<String> {
    let file = File {
        log: Log {
            version: Cow::Borrowed("1.2"),
            creator: Some(Creator { name: "jobdeck", version: env!("CARGO_PKG_VERSION") }),
            entries: cassette.exchanges.iter().map(|exchange| entry(cassette, exchange)).collect(),
            own: Some(OwnLog {
                recorded: Cow::Borrowed(&cassette.recorded),
                upstream: Cow::Borrowed(&cassette.upstream),
                redaction: Cow::Borrowed(&cassette.redaction),
                volatile: cassette.volatile.clone(),
            }),
        },
    };
    serde_json::to_string_pretty(&file)
        .map(|text| text + "\n")
        .map_err(|cause| Error::new(Kind::Environment, "failed to write a HAR").because(cause))
}

fn entry<'a>(cassette: &Cassette, exchange: &'a Exchange) -> Entry<'a> {
    let request = &exchange.request;
    let slash = if request.target.starts_with('/') { "" } else { "/" };
    let url = format!("{}{slash}{}", cassette.upstream.trim_end_matches('/'), request.target);
    let query = form_urlencoded::parse(request.query().unwrap_or_default().as_bytes());
    let wait_us = exchange.first_byte_us.unwrap_or(exchange.took_us).min(exchange.took_us);
    Entry {
        started_date_time: Some(started(cassette, exchange).into()),
        time: Some(milliseconds(exchange.took_us)),
        request: Request {
            method: Cow::Borrowed(request.method.as_str()),
            url: url.into(),
            http_version: "HTTP/1.1",
            cookies: [],
            headers: headers(&request.headers),
            query_string: query.map(|(name, value)| Pair { name, value }).collect(),
            post_data: post_data(&request.headers, &request.body),
            headers_size: -1,
            body_size: size(&request.body),
        },
        response: Some(response(exchange)),
        cache: Empty {},
        timings: Some(Timings {
            send: Some(0.0),
            wait: Some(milliseconds(wait_us)),
            receive: Some(milliseconds(exchange.took_us - wait_us)),
            ..Timings::default()
        }),
        connection: Some(exchange.connection.to_string().into()),
        own: Some(OwnEntry {
            seq: exchange.seq,
            connection: exchange.connection,
            at_us: exchange.at_us,
            first_byte_us: exchange.first_byte_us,
            took_us: exchange.took_us,
            target: Cow::Borrowed(&request.target),
            answered: exchange.response.is_some(),
            redacted: exchange.redacted.clone(),
            outcome: Cow::Borrowed(exchange.outcome.name()),
        }),
    }
}

fn response(exchange: &Exchange) -> Response<'_> {
    let answer = exchange.response.as_ref();
    let status = answer.map_or(0, |response| response.status);
    let reason = http::StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason());
    let location = answer.and_then(|response| response.headers.get("location"));
    Response {
        status: status.into(),
        status_text: Some(Cow::Borrowed(reason.unwrap_or_default())),
        http_version: "HTTP/1.1",
        cookies: [],
        headers: answer.map(|response| headers(&response.headers)).unwrap_or_default(),
        content: Some(answer.map_or_else(
            || Content {
                size: Some(0.into()),
                mime_type: Some(Cow::Borrowed("")),
                ..Content::default()
            },
            |response| content(&response.headers, &response.body),
        )),
        redirect_url: location.unwrap_or_default().to_owned(),
        headers_size: -1,
        body_size: answer.map_or(-1, |response| size(&response.body)),
        error: (exchange.outcome != Outcome::Complete)
            .then(|| Cow::Borrowed(exchange.outcome.name())),
    }
}

fn headers(headers: &Headers) -> Vec<Header<'_>> {
    headers
        .iter()
        .map(|(name, value)| {
            let bytes = value.as_bytes();
            let own_base64 = std::str::from_utf8(bytes).is_err();
            Header {
                name: Cow::Borrowed(name.as_str()),
                value: String::from_utf8_lossy(bytes),
                own_base64: own_base64.then(|| STANDARD.encode(bytes).into()),
            }
        })
        .collect()
}

/// What a request sends; its text is all that the format has for it.
fn post_data<'a>(headers: &'a Headers, body: &'a Body) -> Option<PostData<'a>> {
    let mime_type = Some(Cow::Borrowed(headers.get("content-type").unwrap_or_default()));
    if *body == Body::empty() {
        return None;
    }
    let bytes = body.bytes();
    let is_text = std::str::from_utf8(bytes).is_ok();
    Some(PostData {
        mime_type,
        text: Some(String::from_utf8_lossy(bytes)),
        encoding: None,
        params: None,
        own_base64: (!is_text).then(|| STANDARD.encode(bytes).into()),
        own_omitted: omitted(body),
    })
}

fn content<'a>(headers: &'a Headers, body: &'a Body) -> Content<'a> {
    let kind = headers.get("content-type").unwrap_or_default();
    let mut content = Content {
        size: None,
        mime_type: Some(Cow::Borrowed(kind)),
        text: None,
        encoding: None,
        own_base64: None,
        own_omitted: omitted(body),
    };
    let bytes = body.bytes();
    // An archive holds what the bytes mean without their coding.
    let plain = decoded(headers, bytes).unwrap_or(Cow::Borrowed(bytes));
    if headers.get("content-encoding").is_some() && !bytes.is_empty() {
        content.own_base64 = Some(STANDARD.encode(bytes).into());
    }
    content.size = Some(match body {
        Body::Whole(_) => plain.len().into(),
        Body::Omitted { bytes, .. } => (*bytes).into(),
    });
    match std::str::from_utf8(&plain) {
        Ok("") => {}
        // Others than JSON are taken for the old encoding of the web where they do not say.
        Ok(text) if text.is_ascii() || says_utf8(kind) => {
            content.text = Some(text.to_owned().into());
        }
        _ => {
            content.text = Some(STANDARD.encode(&plain).into());
            content.encoding = Some(Cow::Borrowed("base64"));
        }
    }
    content
}

fn says_utf8(content_type: &str) -> bool {
    let kind = content_type.to_ascii_lowercase();
    kind.starts_with("application/json") || kind.contains("charset=utf-8")
}

fn omitted(body: &Body) -> Option<Omitted> {
    match body {
        Body::Omitted { bytes, sha256 } => Some(Omitted { bytes: *bytes, sha256: sha256.clone() }),
        Body::Whole(_) => None,
    }
}

fn size(body: &Body) -> i64 {
    let bytes = match body {
        Body::Whole(bytes) => bytes.len() as u64,
        Body::Omitted { bytes, .. } => *bytes,
    };
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// The time of day at which an exchange began.
fn started(cassette: &Cassette, exchange: &Exchange) -> String {
    // A cassette that was edited by hand may say anything; what it said stands in our own fields.
    let start: Timestamp = cassette.recorded.parse().unwrap_or(Timestamp::UNIX_EPOCH);
    let since = SignedDuration::from_micros(i64::try_from(exchange.at_us).unwrap_or(i64::MAX));
    let time = start.checked_add(since).unwrap_or(Timestamp::MAX);
    format!("{time:.6}")
}

#[expect(clippy::cast_precision_loss, reason = "the exact time stands in a field of our own")]
fn milliseconds(us: u64) -> f64 {
    us as f64 / 1000.0
}
