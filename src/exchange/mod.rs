//! What passed over the wire, as plain values: the currency of every other module.
//!
//! Nothing here reads a clock, a socket or a file. Bodies are shared, never copied.

mod credential;
mod encoding;
mod handler;
mod headers;

pub use credential::token;
pub use encoding::{decoded, gzip};
pub use handler::{Handler, Reply};
pub use headers::Headers;

use bytes::Bytes;
use http::Method;

/// A request, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The request target in origin form: path and query, as written.
    pub target: String,
    /// The headers, as [`Headers`] orders them, without those of a single hop (RFC 9110 §7.6.1).
    pub headers: Headers,
    /// The body with its transfer coding removed.
    pub body: Body,
}

impl Request {
    /// A request without headers or body.
    pub fn new(method: Method, target: impl Into<String>) -> Self {
        Self { method, target: target.into(), headers: Headers::default(), body: Body::empty() }
    }

    /// The target up to its query.
    pub fn path(&self) -> &str {
        self.target.split_once('?').map_or(&*self.target, |(path, _)| path)
    }

    /// The target behind its first `?`, if it has one.
    pub fn query(&self) -> Option<&str> {
        self.target.split_once('?').map(|(_, query)| query)
    }
}

/// A response, as it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers, as [`Headers`] orders them, without those of a single hop (RFC 9110 §7.6.1).
    pub headers: Headers,
    /// The body with its transfer coding removed.
    pub body: Body,
}

impl Response {
    /// A response that carries a JSON text.
    pub fn json(status: u16, body: impl Into<Bytes>) -> Self {
        let mut headers = Headers::default();
        headers.push("content-type", "application/json");
        Self { status, headers, body: Body::Whole(body.into()) }
    }

    /// An error in the form of the real service: `{"error_code": …, "message": …}`.
    pub fn error(status: u16, error_code: &str, message: &str) -> Self {
        let body = serde_json::json!({"error_code": error_code, "message": message});
        Self::json(status, body.to_string())
    }

    /// Whether the status tells of success (2xx).
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// The body of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Every byte of it; empty if there was none.
    Whole(Bytes),
    /// It passed, but was too long to keep.
    Omitted {
        /// How long it was.
        bytes: u64,
        /// The SHA-256 of it, in lower-case hexadecimal; empty if nobody knows it.
        sha256: String,
    },
}

impl Body {
    /// No body.
    pub const fn empty() -> Self {
        Self::Whole(Bytes::new())
    }

    /// The bytes at hand; none of an omitted body.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Whole(bytes) => bytes,
            Self::Omitted { .. } => &[],
        }
    }
}

/// One request with what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The order of arrival, from 1.
    pub seq: u64,
    /// The client connection that carried it, from 1.
    pub connection: u64,
    /// When the request came, in microseconds from the start of the recording.
    pub at_us: u64,
    /// From `at_us` to the first byte of the response, in microseconds.
    pub first_byte_us: Option<u64>,
    /// From `at_us` to the end of the exchange, in microseconds.
    pub took_us: u64,
    /// What was asked.
    pub request: Request,
    /// What was answered, if an answer began.
    pub response: Option<Response>,
    /// Where a secret stood, as JSON pointers into the exchange.
    pub redacted: Vec<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// What scripted weather did to it, by its name in the script. No cassette keeps this.
    pub weather: Option<&'static str>,
}

impl Exchange {
    /// When it was over, in microseconds from the start of the recording.
    pub fn end_us(&self) -> u64 {
        self.at_us.saturating_add(self.took_us)
    }
}

#[cfg(test)]
impl Exchange {
    /// One in which nothing was asked for, and nothing came: for tests, which set what they are about.
    pub(crate) fn empty() -> Self {
        Self {
            seq: 1,
            connection: 1,
            at_us: 0,
            first_byte_us: None,
            took_us: 0,
            request: Request::new(Method::GET, "/"),
            response: None,
            redacted: Vec::new(),
            outcome: Outcome::Complete,
            weather: None,
        }
    }
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The whole answer was at hand; that the client's machine took it is not said.
    Complete,
    /// The client left before the end.
    ClientAborted,
    /// The upstream could not be reached, or broke off.
    UpstreamFailed,
    /// The upstream was too slow.
    UpstreamTimeout,
    /// The deck itself answered: never served again, never judged.
    Deck,
}

impl Outcome {
    /// Every outcome with the word that stands for it in a cassette.
    pub const NAMES: [(Self, &'static str); 5] = [
        (Self::Complete, "complete"),
        (Self::ClientAborted, "client-aborted"),
        (Self::UpstreamFailed, "upstream-failed"),
        (Self::UpstreamTimeout, "upstream-timeout"),
        (Self::Deck, "deck"),
    ];

    /// The word that stands for it in a cassette.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(outcome, _)| *outcome == self).map_or("", |(_, name)| name)
    }

    /// The outcome that a word stands for.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, word)| *word == name).map(|(outcome, _)| *outcome)
    }
}
