//! One exchange in a line, for whoever watches a recording.

use std::fmt;

use serde::Serialize;

use crate::{
    cassette::redact::placeholders,
    contract::Endpoint,
    exchange::{Body, Exchange},
};

/// From so many characters on, a value that stood in a credential's place is hunted wherever else it stands,
/// also where it passed before that was known. In a line, which cannot be taken back, whatever is so long and
/// might be one is left out.
const HUNTED_CHARACTERS_MIN: usize = 12;

/// The longest part of a path that passes for a word.
const WORD_BYTES_MAX: usize = 24;

/// What stands for what is left out.
const LEFT_OUT: &str = "…";

/// An exchange in a line. As JSON it has the keys of its fields.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// The order of arrival, from 1.
    pub seq: u64,
    /// The method.
    pub method: String,
    /// Path and query as they are kept, and without whatever else in them might prove to be a secret: values
    /// of 12 characters and more that are neither a number nor a placeholder, and parts of paths that the
    /// contract does not know unless they look like words.
    pub target: String,
    /// The status of the answer as it is kept; none if no answer began.
    pub status: Option<u16>,
    /// From the arrival of the request to the end of the exchange, in milliseconds.
    pub ms: f64,
    /// The length of the body of the answer.
    pub bytes: u64,
    /// How it ended, as the cassette has it.
    pub outcome: &'static str,
    /// What weather did to it, by its name in the script.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weather: Option<&'static str>,
}

impl Line {
    /// The line of an exchange whose secrets have been taken out.
    pub fn of(exchange: &Exchange) -> Self {
        let bytes = match exchange.response.as_ref().map(|response| &response.body) {
            None => 0,
            Some(Body::Whole(bytes)) => bytes.len() as u64,
            Some(Body::Omitted { bytes, .. }) => *bytes,
        };
        Self {
            seq: exchange.seq,
            method: exchange.request.method.to_string(),
            target: shown(&exchange.request.target),
            status: exchange.response.as_ref().map(|response| response.status),
            ms: milliseconds(exchange.took_us),
            bytes,
            outcome: exchange.outcome.name(),
            weather: exchange.weather,
        }
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seq, method, target, ms, bytes, outcome, .. } = self;
        write!(f, "{seq} {method} {target} ")?;
        match self.status {
            Some(status) => write!(f, "{status}")?,
            None => f.write_str("-")?,
        }
        write!(f, " {ms:.1}ms {bytes}B {outcome}")?;
        match self.weather {
            Some(weather) => write!(f, " weather:{weather}"),
            None => Ok(()),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "no exchange takes three hundred years")]
fn milliseconds(us: u64) -> f64 {
    us as f64 / 1000.0
}

fn shown(target: &str) -> String {
    let (path, query) = target.split_once('?').map_or((target, None), |(p, q)| (p, Some(q)));
    let mut shown = if Endpoint::at(path).is_some() {
        path.to_owned()
    } else {
        path.split('/').map(word).collect::<Vec<_>>().join("/")
    };
    if let Some(query) = query {
        let parameters = query.split('&').map(|parameter| match parameter.split_once('=') {
            Some((name, text)) => format!("{}={}", word(name), value(text)),
            None => word(parameter).to_owned(),
        });
        shown.push('?');
        shown.push_str(&parameters.collect::<Vec<_>>().join("&"));
    }
    if shown.contains(char::is_control) {
        // Nothing that a client sends reaches a terminal as a command.
        return shown.escape_debug().to_string();
    }
    shown
}

/// A part of a path, or the name of a parameter.
fn word(text: &str) -> &str {
    let is_word = |c: char| c.is_ascii_lowercase() || matches!(c, '-' | '_' | '.');
    if text.len() < WORD_BYTES_MAX && text.chars().all(is_word) { text } else { value(text) }
}

fn value(text: &str) -> &str {
    let is_short = text.chars().count() < HUNTED_CHARACTERS_MIN;
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    if is_short || is_number || is_placeholder(text) { text } else { LEFT_OUT }
}

/// Whether a text is one placeholder, also as the host of a URL.
fn is_placeholder(text: &str) -> bool {
    let place = placeholders(text).pop().unwrap_or_default();
    let before = text[..place.start].to_ascii_lowercase();
    let after = &text[place.end..];
    let is_scheme =
        ["", "https://", "http://", "https%3a%2f%2f", "http%3a%2f%2f"].contains(&&*before);
    !place.is_empty() && is_scheme && matches!(after, "" | "/")
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;
    use crate::exchange::{Outcome, Request, Response};

    #[track_caller]
    fn check(target: &str, expected: &str) {
        assert_eq!(shown(target), expected);
    }

    #[test]
    fn a_line_tells_what_passed() {
        let mut exchange = Exchange {
            seq: 7,
            took_us: 31_540,
            request: Request::new(Method::GET, "/api/2.0/jobs/runs/get?run_id=452"),
            response: Some(Response::json(200, "{}")),
            ..Exchange::empty()
        };
        let line = Line::of(&exchange);
        let text = "7 GET /api/2.0/jobs/runs/get?run_id=452 200 31.5ms 2B complete";
        assert_eq!(line.to_string(), text);
        assert_eq!(
            serde_json::to_string(&line).expect("JSON"),
            r#"{"seq":7,"method":"GET","target":"/api/2.0/jobs/runs/get?run_id=452","status":200,"ms":31.54,"bytes":2,"outcome":"complete"}"#
        );
        exchange.response = None;
        exchange.outcome = Outcome::UpstreamFailed;
        assert!(Line::of(&exchange).to_string().ends_with(" - 31.5ms 0B upstream-failed"));
        exchange.weather = Some("latency");
        let line = Line::of(&exchange);
        assert!(line.to_string().ends_with(" upstream-failed weather:latency"), "{line}");
        let json = serde_json::to_string(&line).expect("JSON");
        assert!(json.ends_with(r#""outcome":"upstream-failed","weather":"latency"}"#), "{json}");
    }

    #[test]
    fn what_could_prove_to_be_a_secret_is_left_out() {
        check(
            "/api/2.0/jobs/runs/get-output?run_id=9223372036854775807",
            "/api/2.0/jobs/runs/get-output?run_id=9223372036854775807",
        );
        check(
            "/api/2.0/jobs/list?name=nightly&page_token=CAEQ0123456789",
            "/api/2.0/jobs/list?name=nightly&page_token=…",
        );
        check("/api/2.0/instance-pools/list", "/api/2.0/instance-pools/list");
        check("/hooks/T0123456789AB/list?0123456789abcdef", "/hooks/…/list?…");
        check("/oauth/abcdefghijklmnopqrstuvwxyzabcdef", "/oauth/…");
        check("/x?u=SECRETSECRETSECRET.jobdeck.invalid", "/x?u=…");
        check(
            "/x?u=https%3A%2F%2Fhost-1.jobdeck.invalid",
            "/x?u=https%3A%2F%2Fhost-1.jobdeck.invalid",
        );
        check(
            "/oidc?next=https://host-1.jobdeck.invalid&u=user-1%40jobdeck.invalid&t=token-1",
            "/oidc?next=https://host-1.jobdeck.invalid&u=user-1%40jobdeck.invalid&t=token-1",
        );
        check("/a?b=\u{9b}31m", "/a?b=\\u{9b}31m");
    }
}
