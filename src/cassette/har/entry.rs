//! An entry of an archive as an exchange, whichever program wrote it.

use std::{borrow::Cow, collections::HashMap};

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderName, HeaderValue, Method};
use jiff::Timestamp;

use super::format::{self, Content, Entry, Omitted, OwnEntry, PostData, Timings};
use crate::{
    exchange::{Body, Exchange, Headers, Outcome, Request, Response},
    json::{Whole, whole},
};

/// An exchange whose place in time is not settled yet.
pub(super) struct Taken<'a> {
    pub(super) exchange: Exchange,
    pub(super) own: Option<OwnEntry<'a>>,
    pub(super) started: Option<Timestamp>,
}

/// What is learned on the way through an archive.
#[derive(Default)]
pub(super) struct Reading {
    connections: HashMap<Option<String>, u64>,
    /// How many bodies are told of and not there.
    pub(super) missing_bodies: usize,
    /// How many headers are left out.
    pub(super) impossible_headers: usize,
}

impl Reading {
    /// Reads an entry; the error says what is wrong with it.
    pub(super) fn entry<'a>(
        &mut self,
        entry: Entry<'a>,
        target: &str,
    ) -> Result<Taken<'a>, String> {
        let own = entry.own;
        let method = Method::from_bytes(entry.request.method.as_bytes())
            .map_err(|_| "its method is none".to_owned())?;
        let is_ours = own.is_some();
        let mut headers = self.headers(&entry.request.headers, is_ours)?;
        let body = match entry.request.post_data {
            Some(data) => post_data(data)?,
            None => Body::empty(),
        };
        if !is_ours {
            without_coding(&mut headers, &body);
        }
        let request = Request {
            method,
            target: own.as_ref().map_or_else(|| target.to_owned(), |own| own.target.to_string()),
            headers,
            body,
        };
        let (response, error) = match entry.response {
            Some(response) => self.response(response, own.as_ref())?,
            None => (None, None),
        };
        let started = entry.started_date_time.as_deref().and_then(|text| text.parse().ok());
        let exchange = if let Some(own) = &own {
            let outcome = Outcome::from_name(&own.outcome)
                .ok_or_else(|| format!("`{}` is no outcome", own.outcome.escape_debug()))?;
            Exchange {
                seq: own.seq,
                connection: own.connection,
                at_us: own.at_us,
                first_byte_us: own.first_byte_us,
                took_us: own.took_us,
                request,
                response,
                redacted: own.redacted.clone(),
                outcome,
                weather: None,
            }
        } else {
            let (first_byte_us, took_us) = times(entry.time, entry.timings);
            let connections = self.connections.len() as u64;
            let connection = entry.connection.map(Cow::into_owned);
            Exchange {
                seq: 0,
                connection: *self.connections.entry(connection).or_insert(connections + 1),
                at_us: 0,
                first_byte_us: response.is_some().then_some(first_byte_us),
                took_us,
                request,
                outcome: match (&response, error) {
                    (Some(_), _) => Outcome::Complete,
                    (None, Some(error)) if is_abort(&error) => Outcome::ClientAborted,
                    (None, _) => Outcome::UpstreamFailed,
                },
                response,
                redacted: Vec::new(),
                weather: None,
            }
        };
        Ok(Taken { exchange, own, started })
    }

    /// The answer, if one began, and why there is none.
    fn response(
        &mut self,
        response: format::Response<'_>,
        own: Option<&OwnEntry<'_>>,
    ) -> Result<(Option<Response>, Option<String>), String> {
        let error = response.error.map(Cow::into_owned);
        // Without an answer, an archive says 0 or less.
        if own.map_or(response.status <= 0, |own| !own.answered) {
            return Ok((None, error));
        }
        let status = u16::try_from(response.status)
            .map_err(|_| format!("`{}` is no status", response.status))?;
        let mut headers = self.headers(&response.headers, own.is_some())?;
        let body = match response.content {
            Some(content) => self.content(content)?,
            None => Body::empty(),
        };
        if own.is_none() {
            without_coding(&mut headers, &body);
        }
        Ok((Some(Response { status, headers, body }), error))
    }

    fn content(&mut self, content: Content<'_>) -> Result<Body, String> {
        if let Some(body) = own_body(content.own_base64.as_deref(), content.own_omitted)? {
            return Ok(body);
        }
        match content.text {
            Some(text) => bytes_of(&text, content.encoding.as_deref()),
            None => match content.size.as_ref().map(whole) {
                Some(Whole::Within(size @ 1..)) => {
                    self.missing_bodies += 1;
                    let bytes = size.unsigned_abs();
                    Ok(Body::Omitted { bytes, sha256: String::new() })
                }
                _ => Ok(Body::empty()),
            },
        }
    }

    /// The headers of a message. Those of other programs may be of HTTP/2, of the hop to a proxy, or joined.
    fn headers(&mut self, list: &[format::Header<'_>], is_ours: bool) -> Result<Headers, String> {
        const HOP: [&str; 7] = [
            "connection",
            "keep-alive",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
        ];
        let mut headers = Headers::default();
        for header in list {
            let name = header.name.trim().to_ascii_lowercase();
            if name.starts_with(':') || (!is_ours && HOP.contains(&&*name)) {
                continue;
            }
            let bytes = match &header.own_base64 {
                Some(text) => STANDARD.decode(&**text).map_err(|error| error.to_string())?,
                None => header.value.as_bytes().to_vec(),
            };
            // Chrome joins repeated fields with line feeds.
            for value in bytes.split(|byte| *byte == b'\n') {
                let value = if is_ours { value } else { value.trim_ascii() };
                match (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value)) {
                    (Ok(name), Ok(value)) => headers.append(name, value),
                    _ => self.impossible_headers += 1,
                }
            }
        }
        Ok(headers)
    }
}

fn post_data(data: PostData<'_>) -> Result<Body, String> {
    if let Some(body) = own_body(data.own_base64.as_deref(), data.own_omitted)? {
        return Ok(body);
    }
    match (data.text, data.params) {
        (Some(text), params) if !text.is_empty() || params.as_ref().is_none_or(Vec::is_empty) => {
            bytes_of(&text, data.encoding.as_deref())
        }
        (_, Some(params)) => {
            let mut form = form_urlencoded::Serializer::new(String::new());
            for pair in &params {
                form.append_pair(&pair.name, &pair.value);
            }
            Ok(Body::Whole(form.finish().into()))
        }
        _ => Ok(Body::empty()),
    }
}

/// What our own fields say of a body.
fn own_body(base64: Option<&str>, omitted: Option<Omitted>) -> Result<Option<Body>, String> {
    if let Some(Omitted { bytes, sha256 }) = omitted {
        return Ok(Some(Body::Omitted { bytes, sha256 }));
    }
    base64.map(|text| bytes_of(text, Some("base64"))).transpose()
}

/// The bytes of a body that is written as text, or in base64.
fn bytes_of(text: &str, encoding: Option<&str>) -> Result<Body, String> {
    match encoding {
        Some(encoding) if encoding.eq_ignore_ascii_case("base64") => {
            let bare: String =
                text.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
            STANDARD
                .decode(bare)
                .map(|bytes| Body::Whole(bytes.into()))
                .map_err(|error| format!("a body is not in base64: {error}"))
        }
        _ => Ok(Body::Whole(text.to_owned().into())),
    }
}

/// Takes the coding away that a body has no more. A body that is still in it keeps it, and redaction
/// decodes it.
fn without_coding(headers: &mut Headers, body: &Body) {
    let is_gzip = body.bytes().starts_with(b"\x1f\x8b");
    if headers.get("content-encoding").is_some() && !is_gzip {
        headers.remove("content-encoding");
        headers.remove("content-length");
    }
}

/// Whether the client gave up, in the words of Chrome and Firefox.
fn is_abort(error: &str) -> bool {
    let error = error.to_ascii_lowercase();
    ["abort", "cancel", "client-aborted"].iter().any(|word| error.contains(word))
}

/// When the answer began and when all was over, in microseconds from the start.
fn times(time: Option<f64>, timings: Option<Timings>) -> (u64, u64) {
    let Some(timings) = timings else {
        let took_us = time.map_or(0, microseconds);
        return (took_us, took_us);
    };
    let before = [timings.blocked, timings.dns, timings.connect, timings.send, timings.wait];
    let wait_us = before.into_iter().flatten().map(microseconds).sum::<u64>();
    let receive_us = timings.receive.map_or(0, microseconds);
    let took_us = time.map_or(wait_us + receive_us, microseconds);
    (wait_us.min(took_us), took_us)
}

/// Microseconds of so many milliseconds; none of what does not apply.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what is negative or no number counts as 0, and casts of floats end at the greatest"
)]
fn microseconds(milliseconds: f64) -> u64 {
    const YEAR_US: u64 = 31_536_000_000_000;
    ((milliseconds.max(0.0) * 1000.0).round() as u64).min(YEAR_US)
}
