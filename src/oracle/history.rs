//! What passed, as the oracles read it.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::{
    call::{self, Call, Unreadable},
    contract::Endpoint,
    exchange::{self, Body, Exchange, Headers, Outcome, Request, Response},
    json::Pointer,
};

/// The only version of the API that is judged.
const JUDGED: &str = "/api/2.0/";

/// Exchanges in the order in which they were called, with what is known around them.
#[derive(Clone, Debug, Default)]
pub struct History {
    entries: Vec<Entry>,
    /// What is known beside the exchanges.
    pub surroundings: Surroundings,
}

/// What is known beside the exchanges.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// What the names of all things start with that were made to be judged, if they were: nobody else
    /// starts, changes or removes those. Without it the traffic is somebody's own, and there may be more of
    /// it than is seen here.
    pub own: Option<String>,
    /// Whether, where it is somebody's own traffic, nobody else touches what it touches.
    pub is_alone: bool,
    /// The time of day on the server's clock at which the exchanges start counting, in microseconds since
    /// 1970, if that is known.
    pub epoch_us: Option<u64>,
    /// Tasks of which it is known how they end.
    pub tasks: Vec<KnownTask>,
    /// How long the server may take for what it does on its own.
    pub deadlines: Deadlines,
}

/// A task of which it is known how it ends.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownTask {
    /// The task, such as `{"notebook_task": {…}}`. Settings that hold all of it have this task.
    pub task: Map<String, Value>,
    /// How it ends.
    pub ending: Ending,
}

/// How a task ends.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// It succeeds, and returns nothing.
    Succeeds,
    /// It fails.
    Fails,
    /// A cell of its notebook writes more than it may.
    Overflows,
    /// It stays active for at least so long.
    Stays(Duration),
    /// A notebook that succeeds and returns this text.
    Returns(String),
    /// A notebook that succeeds and returns its parameters as a JSON object, with these defaults.
    ReturnsParameters(Map<String, Value>),
}

/// How long a server may take for what it does on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// Until a run that is to be skipped is `SKIPPED`.
    pub skip: Duration,
    /// Until a run that was cancelled, or timed out, has ended.
    pub cancel: Duration,
    /// Until a run of a task that takes no time has ended, and until a retry, or the run of a schedule, has
    /// started.
    pub settle: Duration,
}

impl Default for Deadlines {
    /// What nobody would wait longer for on the real service.
    fn default() -> Self {
        Self {
            skip: Duration::from_secs(60),
            cancel: Duration::from_secs(600),
            settle: Duration::from_secs(1800),
        }
    }
}

/// One exchange as it is judged.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its place in the history.
    pub index: usize,
    /// The exchange.
    pub exchange: Exchange,
    /// The request as the contract reads it.
    pub call: Result<Call, Unreadable>,
    /// What came of it.
    pub answer: Answer,
    /// What it was sent for, if it was sent to be judged.
    pub mark: Option<Mark>,
    /// Which case of a check it belongs to; 0 for what belongs to none.
    pub case: u32,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It was carried out, and this is the body: null if there was none, text if it was no JSON.
    Done(Value),
    /// It was refused for what it asks (4xx).
    Refused(u16),
    /// It was refused for who asks (401, 403).
    Denied(u16),
    /// It was refused for now (429): it may be sent again.
    Postponed,
    /// Whether it was carried out is not known: no whole answer came, or one that tells of a failure.
    Unknown(Option<u16>),
}

/// What a request was sent for, where it takes more to know that than the request itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The rule that it is to show.
    pub rule: &'static str,
    /// What the rule asks for.
    pub expect: Expect,
}

/// What a rule asks of the answer to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// It is carried out: all about it is valid, and what it names is there.
    Done,
    /// It is refused (4xx).
    Refused,
    /// It is refused with 400.
    Invalid,
    /// It is carried out or refused: the server does not fail at it.
    Settled,
}

impl Expect {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Done, Self::Refused, Self::Invalid, Self::Settled];

    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Invalid => "invalid",
            Self::Settled => "settled",
        }
    }
}

/// Which body a secret stood in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Redacted {
    /// That of the request.
    Request,
    /// That of the response.
    Response,
}

impl History {
    /// An empty history.
    pub fn new(surroundings: Surroundings) -> Self {
        Self { entries: Vec::new(), surroundings }
    }

    /// What was recorded of somebody's own traffic.
    pub fn observed(exchanges: &[Exchange]) -> Self {
        let mut history = Self::default();
        let mut exchanges: Vec<_> =
            exchanges.iter().filter(|exchange| exchange.outcome != Outcome::Deck).collect();
        exchanges.sort_by_key(|exchange| (exchange.at_us, exchange.seq));
        for exchange in exchanges {
            history.push(exchange.clone(), None, 0);
        }
        history
    }

    /// Adds an exchange that was called no earlier than all others.
    pub fn push(&mut self, exchange: Exchange, mark: Option<Mark>, case: u32) {
        let Request { headers, body, .. } = &exchange.request;
        let call = if !exchange.request.path().starts_with(JUDGED) {
            Err(Unreadable::NoEndpoint)
        } else if is_hidden(headers, body) {
            Err(Unreadable::NotJson("it is not at hand as it was sent".to_owned()))
        } else {
            call::read(&exchange.request)
        };
        let answer = Answer::of(&exchange);
        let index = self.entries.len();
        self.entries.push(Entry { index, exchange, call, answer, mark, case });
    }

    /// Adds an exchange with an endpoint that the server does not have: nothing is promised about it.
    pub fn push_missing(&mut self, exchange: Exchange, case: u32) {
        let index = self.entries.len();
        let status = exchange.response.as_ref().map(|response| response.status);
        let (call, answer) = (Err(Unreadable::NoEndpoint), Answer::Unknown(status));
        self.entries.push(Entry { index, exchange, call, answer, mark: None, case });
    }

    /// Those from one on, as a history of their own.
    #[must_use]
    pub fn since(&self, from: usize) -> Self {
        let entries = self.entries[from..].iter().cloned();
        let entries = entries.enumerate().map(|(index, entry)| Entry { index, ..entry }).collect();
        Self { entries, surroundings: self.surroundings.clone() }
    }

    /// All of them.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether nobody touches what it tells of but those whose requests it holds.
    pub fn is_own(&self) -> bool {
        self.surroundings.own.is_some() || self.surroundings.is_alone
    }
}

impl Answer {
    fn of(exchange: &Exchange) -> Self {
        let Some(response) = &exchange.response else { return Self::Unknown(None) };
        match response.status {
            _ if exchange.outcome != Outcome::Complete => Self::Unknown(Some(response.status)),
            200..300 if is_hidden(&response.headers, &response.body) => {
                Self::Unknown(Some(response.status))
            }
            200..300 => Self::Done(body(response)),
            401 | 403 => Self::Denied(response.status),
            429 => Self::Postponed,
            // The request did not come whole.
            408 => Self::Unknown(Some(408)),
            status @ 400..500 => Self::Refused(status),
            status => Self::Unknown(Some(status)),
        }
    }
}

/// Whether what a body says is not at hand: it was too long to keep, or is in a coding that nobody took away.
fn is_hidden(headers: &Headers, body: &Body) -> bool {
    match body {
        Body::Omitted { .. } => true,
        Body::Whole(bytes) => !bytes.is_empty() && exchange::decoded(headers, bytes).is_none(),
    }
}

/// The body as JSON: null if there is none, text if it is no JSON.
fn body(response: &Response) -> Value {
    let bytes = exchange::decoded(&response.headers, response.body.bytes()).unwrap_or_default();
    if bytes.trim_ascii().is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(&bytes)
        .unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned().into())
}

impl Entry {
    /// The request.
    pub fn request(&self) -> &Request {
        &self.exchange.request
    }

    /// The endpoint that it calls, if its request can be read.
    pub fn endpoint(&self) -> Option<Endpoint> {
        self.call.as_ref().ok().map(|call| call.endpoint)
    }

    /// The endpoint that has its path, by whatever method it is called.
    pub fn named_endpoint(&self) -> Option<Endpoint> {
        match &self.call {
            Ok(call) => Some(call.endpoint),
            Err(Unreadable::WrongMethod(endpoint)) => Some(*endpoint),
            Err(_) => None,
        }
    }

    /// The arguments, if its request can be read.
    pub fn arguments(&self) -> Option<&Map<String, Value>> {
        self.call.as_ref().ok().map(|call| &call.arguments)
    }

    /// An argument that is a whole number.
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.call.as_ref().ok()?.integer(name)
    }

    /// An argument that is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.call.as_ref().ok()?.text(name)
    }

    /// The body of a success.
    pub fn done(&self) -> Option<&Value> {
        match &self.answer {
            Answer::Done(body) => Some(body),
            Answer::Refused(_) | Answer::Denied(_) | Answer::Postponed | Answer::Unknown(_) => None,
        }
    }

    /// Whether it was refused for what it asks.
    pub fn is_refused(&self) -> bool {
        matches!(self.answer, Answer::Refused(_))
    }

    /// Whether it may have been carried out.
    pub fn may_be_done(&self) -> bool {
        matches!(self.answer, Answer::Done(_) | Answer::Unknown(_))
    }

    /// When it was called.
    pub fn call_us(&self) -> u64 {
        self.exchange.at_us
    }

    /// When the answer was whole.
    pub fn return_us(&self) -> u64 {
        self.exchange.end_us()
    }

    /// Whether its answer was there before the other was called: what it did, the other must see. One of
    /// which nobody knows when it took effect is before none.
    pub fn is_before(&self, other: &Self) -> bool {
        self.return_us() < other.call_us() && !matches!(self.answer, Answer::Unknown(_))
    }

    /// Whether neither is before the other.
    pub fn overlaps(&self, other: &Self) -> bool {
        !self.is_before(other) && !other.is_before(self)
    }

    /// Whether something else stands at a place of a body, or around or within it, than was sent, as a
    /// recording has no secrets. Where it is the whole body, that is still there.
    pub(super) fn is_redacted(&self, side: Redacted, at: &Pointer) -> bool {
        if *at == Pointer::root() {
            return false;
        }
        let (body, target) = match side {
            Redacted::Request => ("/request/body", Some("/request/target")),
            Redacted::Response => ("/response/body", None),
        };
        let place = format!("{body}{}", at.as_str());
        self.exchange.redacted.iter().any(|redacted| {
            Some(&**redacted) == target
                || redacted.starts_with(body)
                    && (redacted.starts_with(&place) || place.starts_with(&**redacted))
        })
    }

    /// What came of it, in a few words: `200 {"job_id":1}`.
    pub fn outcome(&self) -> String {
        match &self.answer {
            Answer::Done(body) => {
                let status =
                    self.exchange.response.as_ref().map_or(200, |response| response.status);
                format!("{status} {}", super::cut(&body.to_string()))
            }
            Answer::Refused(status) | Answer::Denied(status) => format!("a refusal ({status})"),
            Answer::Postponed => "429".to_owned(),
            Answer::Unknown(Some(status)) => format!("a failure ({status})"),
            Answer::Unknown(None) => "no whole answer".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;

    #[track_caller]
    fn check(status: u16, outcome: Outcome, expected: &Answer) {
        let exchange = Exchange {
            seq: 1,
            connection: 1,
            at_us: 0,
            first_byte_us: None,
            took_us: 5,
            request: Request::new(Method::GET, "/api/2.0/jobs/list"),
            response: Some(Response::json(status, "{}")),
            redacted: Vec::new(),
            outcome,
            weather: None,
        };
        assert_eq!(&Answer::of(&exchange), expected);
    }

    #[test]
    fn a_status_says_whether_a_request_was_carried_out() {
        check(200, Outcome::Complete, &Answer::Done(serde_json::json!({})));
        check(200, Outcome::UpstreamFailed, &Answer::Unknown(Some(200)));
        check(400, Outcome::Complete, &Answer::Refused(400));
        check(403, Outcome::Complete, &Answer::Denied(403));
        check(429, Outcome::Complete, &Answer::Postponed);
        check(503, Outcome::Complete, &Answer::Unknown(Some(503)));
        check(302, Outcome::Complete, &Answer::Unknown(Some(302)));
    }

    #[test]
    fn what_the_deck_answers_and_other_versions_of_the_api_are_not_judged() {
        let mut exchange = Exchange {
            seq: 1,
            connection: 1,
            at_us: 0,
            first_byte_us: None,
            took_us: 5,
            request: Request::new(Method::GET, "/api/2.1/jobs/list"),
            response: Some(Response::json(200, "{}")),
            redacted: Vec::new(),
            outcome: Outcome::Complete,
            weather: None,
        };
        let history = History::observed(std::slice::from_ref(&exchange));
        assert_eq!(history.entries()[0].call, Err(Unreadable::NoEndpoint));
        exchange.outcome = Outcome::Deck;
        assert!(History::observed(&[exchange]).entries().is_empty());
    }
}
