//! Writes exchanges and documents: compact lines for the journal, and the layout that people read.
//!
//! Both have the same tokens, so the digest of a document can be taken from the compact lines.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    Cassette, body,
    document::{Header, Seal, VERSION},
    memo::{Key, Memo},
    redact::Outlines,
    seal::Digest,
};
use crate::{
    exchange::{Body, Exchange, Headers},
    json::{Layout, Outline, plain_bytes, string_end, value_end},
};

/// A sealed document.
pub(super) fn document(cassette: &Cassette) -> String {
    let header = Header {
        jobdeck: VERSION,
        mode: super::Mode::All,
        recorded: cassette.recorded.clone(),
        upstream: cassette.upstream.clone(),
        redaction: cassette.redaction.clone(),
        volatile: cassette.volatile.clone(),
        from_sha256: None,
        process: 0,
    };
    let mut text = String::new();
    let mut document = Document::open(&header, &mut text);
    let mut line = Vec::new();
    for exchange in &cassette.exchanges {
        line.clear();
        self::line(exchange, &mut line);
        document.exchange(&String::from_utf8_lossy(&line), &mut text);
    }
    document.close(&mut text);
    text
}

/// A document that is written exchange by exchange.
pub(super) struct Document {
    digest: Digest,
    exchanges: usize,
}

impl Document {
    /// Writes what stands before the exchanges.
    pub(super) fn open(header: &Header, out: &mut String) -> Self {
        let mut bare = String::from("{");
        out.push('{');
        let mut member = |key: &str, value: String| {
            out.extend(["\n  \"", key, "\": ", &Layout::Spaced.apply(&value), ","]);
            bare.extend(["\"", key, "\":", &value, ","]);
        };
        member("jobdeck", VERSION.to_string());
        member("recorded", quoted(&header.recorded));
        member("upstream", quoted(&header.upstream));
        let rules: Vec<_> = header.redaction.rules.iter().map(|rule| quoted(rule)).collect();
        let policy = quoted(&header.redaction.policy);
        let redaction = format!("{{\"policy\":{policy},\"rules\":[{}]}}", rules.join(","));
        member("redaction", redaction);
        if !header.volatile.is_empty() {
            let pointers: Vec<_> = header.volatile.iter().map(|pointer| quoted(pointer)).collect();
            member("volatile", format!("[{}]", pointers.join(",")));
        }
        out.push_str("\n  \"exchanges\": [");
        bare.push_str("\"exchanges\":[");
        let mut digest = Digest::default();
        digest.update(bare.as_bytes());
        Self { digest, exchanges: 0 }
    }

    /// Writes one exchange from its compact line, which must have come from [`line`].
    pub(super) fn exchange(&mut self, line: &str, out: &mut String) {
        if self.exchanges > 0 {
            out.push(',');
            self.digest.update(b",");
        }
        self.exchanges += 1;
        self.digest.update(line.as_bytes());
        lay_out(line, out);
    }

    /// Writes the end with the seal, and tells it.
    pub(super) fn close(mut self, out: &mut String) -> Seal {
        self.digest.update(b"]}");
        let seal = Seal { exchanges: self.exchanges, sha256: self.digest.finish() };
        out.push_str(if self.exchanges > 0 { "\n  ],\n" } else { "],\n" });
        let count = seal.exchanges.to_string();
        out.extend(["  \"seal\": {\"exchanges\": ", &count, ", \"sha256\": \"", &seal.sha256]);
        out.push_str(
            "\"}
}
",
        );
        seal
    }
}

/// Lays out the compact line of an exchange as it stands in a document, behind a line feed.
pub(super) fn lay_out(line: &str, out: &mut String) {
    out.push_str("\n    {\n      ");
    for (key, value) in members(line) {
        match key {
            "\"seq\"" => member(key, value, out),
            "\"request\"" | "\"response\"" => {
                out.push_str(",\n      ");
                out.push_str(key);
                out.push_str(": {\n        ");
                message(value, out);
            }
            "\"redacted\"" | "\"outcome\"" => {
                out.push_str(",\n      ");
                out.push_str(key);
                out.push_str(": ");
                Layout::Spaced.append(value, 0, out);
            }
            _ => {
                out.push_str(", ");
                member(key, value, out);
            }
        }
    }
    out.push_str("\n    }");
}

fn message(object: &str, out: &mut String) {
    for (key, value) in members(object) {
        match key {
            "\"headers\"" => {
                out.push_str("\"headers\": [");
                for (index, header) in items(value).enumerate() {
                    out.push_str(if index == 0 { "\n          " } else { ",\n          " });
                    Layout::Spaced.append(header, 0, out);
                }
                out.push_str(if value == "[]" { "]" } else { "\n        ]" });
            }
            "\"body\"" => {
                out.push_str(",\n        \"body\": ");
                Layout::Indented { width: 2, newline: false }.append(value, 8, out);
            }
            _ => {
                member(key, value, out);
                out.push_str(if key == "\"method\"" { ", " } else { ",\n        " });
            }
        }
    }
    out.push_str("\n      }");
}

fn member(key: &str, value: &str, out: &mut String) {
    out.push_str(key);
    out.push_str(": ");
    out.push_str(value);
}

/// The members of a compact object, each with its key as it is written.
fn members(object: &str) -> impl Iterator<Item = (&str, &str)> {
    let bytes = object.as_bytes();
    let mut at = 1;
    std::iter::from_fn(move || {
        let key_end = string_end(bytes, at);
        let start = key_end + 1;
        let end = value_end(bytes, start);
        let member = (object.get(at..key_end)?, object.get(start..end)?);
        at = end + 1;
        Some(member).filter(|(key, _)| !key.is_empty())
    })
}

/// The items of a compact list.
fn items(list: &str) -> impl Iterator<Item = &str> {
    let bytes = list.as_bytes();
    let mut at = 1;
    std::iter::from_fn(move || {
        let end = value_end(bytes, at);
        let item = list.get(at..end).filter(|item| item.starts_with('['))?;
        at = end + 1;
        Some(item)
    })
}

/// Writes an exchange as one line of compact JSON, without a line feed.
pub(super) fn line(exchange: &Exchange, out: &mut Vec<u8>) {
    Lines::default().line(exchange, out);
}

/// Writes lines as [`line`] does, and knows again the bodies that come again. By default it knows none.
#[derive(Default)]
pub(super) struct Lines {
    bodies: Memo<Vec<u8>>,
}

impl Lines {
    /// One that remembers the bodies of late.
    pub(super) fn remembering() -> Self {
        Self { bodies: Memo::new(256) }
    }

    pub(super) fn line(&mut self, exchange: &Exchange, out: &mut Vec<u8>) {
        self.line_with_outlines(exchange, Outlines::default(), out);
    }

    /// The same with the outlines of bodies that are known.
    pub(super) fn line_with_outlines(
        &mut self,
        exchange: &Exchange,
        outlines: Outlines,
        out: &mut Vec<u8>,
    ) {
        line_with(exchange, outlines, out, |body, outline, out| self.body(body, outline, out));
    }

    fn body(&mut self, body: &Body, outline: Option<Outline>, out: &mut Vec<u8>) {
        let is_compact = outline.is_some_and(|outline| !outline.is_spaced);
        let bytes = match body {
            Body::Whole(bytes) if !is_compact => bytes,
            _ => return body::write(body, outline, out),
        };
        let key: Key<'_> = [bytes, b"", b""];
        let place = self.bodies.place(key);
        if let Some(written) = place.and_then(|place| self.bodies.find(place, key)) {
            return out.extend_from_slice(written);
        }
        let start = out.len();
        body::write(body, outline, out);
        if let Some(place) = place {
            self.bodies.put(place, key, || out[start..].to_vec());
        }
    }
}

fn line_with(
    exchange: &Exchange,
    outlines: Outlines,
    out: &mut Vec<u8>,
    mut body: impl FnMut(&Body, Option<Outline>, &mut Vec<u8>),
) {
    number("{\"seq\":", exchange.seq, out);
    number(",\"connection\":", exchange.connection, out);
    number(",\"at_us\":", exchange.at_us, out);
    if let Some(first_byte_us) = exchange.first_byte_us {
        number(",\"first_byte_us\":", first_byte_us, out);
    }
    number(",\"took_us\":", exchange.took_us, out);
    out.extend_from_slice(b",\"request\":{\"method\":");
    string(exchange.request.method.as_str(), out);
    out.extend_from_slice(b",\"target\":");
    string(&exchange.request.target, out);
    out.push(b',');
    content(&exchange.request.headers, &exchange.request.body, out, |content, out| {
        body(content, outlines.request, out);
    });
    if let Some(response) = &exchange.response {
        number(",\"response\":{\"status\":", u64::from(response.status), out);
        out.push(b',');
        content(&response.headers, &response.body, out, |content, out| {
            body(content, outlines.response, out);
        });
    }
    if !exchange.redacted.is_empty() {
        out.extend_from_slice(b",\"redacted\":[");
        for (index, pointer) in exchange.redacted.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            string(pointer, out);
        }
        out.push(b']');
    }
    out.extend_from_slice(b",\"outcome\":");
    string(exchange.outcome.name(), out);
    out.push(b'}');
}

fn content(
    headers: &Headers,
    body: &Body,
    out: &mut Vec<u8>,
    write_body: impl FnOnce(&Body, &mut Vec<u8>),
) {
    out.extend_from_slice(b"\"headers\":[");
    for (index, (name, value)) in headers.iter().enumerate() {
        // No name of a field holds what would have to be escaped (RFC 9110 §5.1).
        out.extend_from_slice(if index == 0 { b"[\"" } else { b",[\"" });
        out.extend_from_slice(name.as_str().as_bytes());
        out.extend_from_slice(b"\",");
        if value.as_bytes().is_ascii() && is_plain(value.as_bytes()) {
            // Nearly all are.
            quote(value.as_bytes(), out);
        } else if let Ok(text) = std::str::from_utf8(value.as_bytes()) {
            string(text, out);
        } else {
            out.extend_from_slice(b"{\"base64\":\"");
            out.extend_from_slice(STANDARD.encode(value.as_bytes()).as_bytes());
            out.extend_from_slice(b"\"}");
        }
        out.push(b']');
    }
    out.push(b']');
    if !matches!(body, Body::Whole(bytes) if bytes.is_empty()) {
        out.extend_from_slice(b",\"body\":");
        write_body(body, out);
    }
    out.push(b'}');
}

fn number(key: &str, value: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(key.as_bytes());
    // Every line has five, and the library's way to write one takes longer.
    let mut digits = [b'0'; 20];
    let mut left = value;
    let mut first = digits.len();
    for digit in digits.iter_mut().rev() {
        // Below ten.
        *digit += (left % 10) as u8;
        left /= 10;
        first -= 1;
        if left == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[first..]);
}

/// Writes a JSON string.
pub(super) fn string(text: &str, out: &mut Vec<u8>) {
    if is_plain(text.as_bytes()) {
        quote(text.as_bytes(), out);
    } else {
        // Text into memory cannot fail.
        let _ = serde_json::to_writer(out, text);
    }
}

/// Whether a text stands in a JSON string as it is.
fn is_plain(text: &[u8]) -> bool {
    plain_bytes(text, 0) == text.len()
}

fn quote(text: &[u8], out: &mut Vec<u8>) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    out.extend_from_slice(text);
    out.push(b'"');
}

fn quoted(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len() + 2);
    string(text, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}
