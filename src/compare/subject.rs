//! An exchange as it is compared: what it asks about which thing, and what was answered.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::blank::{self, Names};
use crate::{
    call,
    cassette::{Cassette, show},
    contract::{Endpoint, LifeCycleState, Shape, Thing},
    exchange::{Body, Exchange, Outcome, Request, Response},
    json::canonical,
};

/// The likeness of two exchanges that differ in nothing but names and times.
pub(super) const ALIKE: u32 = 16;

/// The paths that every deck answers on its own.
const DISCOVERY: &str = "/.well-known/databricks-config";

/// An exchange, read.
pub(super) struct Subject<'a> {
    pub(super) exchange: &'a Exchange,
    /// The endpoint, if the contract can read the request.
    pub(super) endpoint: Option<Endpoint>,
    /// The path without its query; that of an endpoint is the same in every version of the API.
    pub(super) path: String,
    /// The arguments of a call; else `query` and `body`.
    pub(super) arguments: Value,
    /// The body of the answer: JSON as it is, other text as a string, bytes by their digest.
    pub(super) answer: Option<Value>,
    /// The job that the request names.
    pub(super) job: Option<String>,
    /// The run that the request names.
    pub(super) run: Option<String>,
    /// The states of the runs that the answer shows.
    states: Vec<String>,
    /// The question without names.
    asked: String,
    /// The answer without names and times.
    answered: String,
}

/// Reads the exchanges of a recording, without what the deck itself answered.
pub(super) fn read(cassette: &Cassette) -> Vec<Subject<'_>> {
    let counts = |exchange: &&Exchange| {
        exchange.outcome != Outcome::Deck && exchange.request.path() != DISCOVERY
    };
    cassette.exchanges.iter().filter(counts).map(Subject::read).collect()
}

impl<'a> Subject<'a> {
    fn read(exchange: &'a Exchange) -> Self {
        let request = &exchange.request;
        let (endpoint, path, arguments) = match call::read(request) {
            Ok(call) => {
                let path = format!("/api/2.0/{}", call.endpoint.signature().path);
                (Some(call.endpoint), path, call.arguments.into())
            }
            Err(_) => (None, request.path().to_owned(), plain(request)),
        };
        let answer = exchange.response.as_ref().and_then(|response| content(&response.body));
        let mut subject = Self {
            exchange,
            endpoint,
            path,
            job: id(&arguments, "job_id"),
            run: id(&arguments, "run_id"),
            arguments,
            states: answer.as_ref().map(states).unwrap_or_default(),
            answer,
            asked: String::new(),
            answered: String::new(),
        };
        subject.asked = blank::text(subject.request_shape(), &subject.arguments, Names::Blank);
        subject.answered = subject.answer_text(Names::Blank);
        subject
    }

    /// The shape of the arguments, if the contract knows it.
    pub(super) fn request_shape(&self) -> Option<Shape> {
        self.endpoint.map(|endpoint| Shape::Structure(endpoint.signature().request))
    }

    /// The shape of the answer, if the contract knows it.
    pub(super) fn answer_shape(&self) -> Option<Shape> {
        let is_success = self.is_success();
        self.endpoint
            .filter(|_| is_success)
            .map(|endpoint| Shape::Structure(endpoint.signature().response))
    }

    /// Whether the answer is a success, as far as it came.
    pub(super) fn is_success(&self) -> bool {
        self.exchange.response.as_ref().is_some_and(Response::is_success)
    }

    pub(super) fn status(&self) -> Option<u16> {
        self.exchange.response.as_ref().map(|response| response.status)
    }

    /// Whether it does nothing but to ask.
    pub(super) fn is_read(&self) -> bool {
        match self.endpoint {
            Some(endpoint) => !endpoint.effect().is_write(),
            None => self.exchange.request.method.is_safe(),
        }
    }

    /// Whether it asks for a list, which every write may change.
    pub(super) fn is_list(&self) -> bool {
        let lists = [Thing::JobList, Thing::RunList];
        self.endpoint
            .is_some_and(|endpoint| endpoint.effect().reads.iter().any(|t| lists.contains(t)))
    }

    /// The thing that a success made, if it names it: a job's or a run's id.
    pub(super) fn made(&self, name: &str) -> Option<String> {
        let answer = self.answer.as_ref().filter(|_| self.is_success())?;
        id(answer, name)
    }

    /// The question with the names in it: equal for the same question within one recording.
    pub(super) fn question(&self) -> String {
        canonical(&self.arguments)
    }

    /// What was answered, without times; names stay or go.
    pub(super) fn answer_text(&self, names: Names) -> String {
        let body = self.answer.as_ref();
        let body = body.map(|body| blank::text(self.answer_shape(), body, names));
        let (status, outcome) = (self.status(), self.exchange.outcome.name());
        format!("{status:?} {outcome} {}", body.unwrap_or_default())
    }

    /// How much two exchanges about the same thing are alike; 0 if they are no pair.
    pub(super) fn likeness(&self, other: &Subject<'_>) -> u32 {
        let passing = self.is_passing() || other.is_passing();
        if passing && self.states != other.states {
            // A run that goes on is another at each look.
            return 0;
        }
        let same_question = self.asked == other.asked;
        let same_answer = self.answered == other.answered;
        let same_status = self.status() == other.status();
        let same_stage = self.states == other.states;
        if same_question && same_answer {
            return ALIKE;
        }
        // What makes a thing of the same name is most likely about the same thing.
        let same_name = ["name", "run_name"].into_iter().any(|key| {
            let name = self.arguments.get(key);
            name.is_some() && name == other.arguments.get(key)
        });
        let question = if same_question { 6 } else { 4 * u32::from(same_name) };
        let answer = 3 * u32::from(same_answer);
        1 + question + answer + 2 * u32::from(same_status) + 2 * u32::from(same_stage)
    }

    /// Whether it shows a run on its way, in a state that every run passes: when somebody looks decides whether
    /// that is seen.
    pub(super) fn is_passing(&self) -> bool {
        use LifeCycleState::{Pending, Running, Terminating};
        let life_cycle =
            |state: &String| state.split(' ').next().and_then(LifeCycleState::from_name);
        // Every run passes these; one that waits in a queue is news.
        let passes =
            |state: &String| matches!(life_cycle(state), Some(Pending | Running | Terminating));
        let has_ended = |state: &String| life_cycle(state).is_some_and(LifeCycleState::is_terminal);
        self.is_read()
            && self.is_success()
            && self.states.iter().any(passes)
            && self.states.iter().all(|state| passes(state) || has_ended(state))
    }

    /// How people call it: `GET jobs/runs/get, run 452`.
    pub(super) fn name(&self) -> String {
        let path = self.path.strip_prefix("/api/2.0/").unwrap_or(&self.path);
        let method = &self.exchange.request.method;
        let thing = match (&self.run, &self.job) {
            (Some(run), _) => format!(", run {run}"),
            (None, Some(job)) => format!(", job {job}"),
            (None, None) => String::new(),
        };
        format!("{method} {path}{thing}")
    }

    /// Status and answer in a few words: `200 RUNNING`.
    pub(super) fn answer_in_words(&self) -> String {
        let status = self.status().map_or_else(|| "no answer".to_owned(), |s| s.to_string());
        let words = show::summary(self.exchange);
        if words.is_empty() { status } else { format!("{status} {words}") }
    }
}

/// An id, as a number or as text.
fn id(value: &Value, name: &str) -> Option<String> {
    match value.get(name)? {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

/// What stands for the arguments of a request that is no call.
fn plain(request: &Request) -> Value {
    let mut arguments = Map::new();
    let query = request.query().filter(|query| !query.is_empty());
    if let Some(query) = query {
        let mut parameters = Map::new();
        for (name, text) in form_urlencoded::parse(query.as_bytes()) {
            let values = parameters.entry(name).or_insert_with(|| json!([]));
            if let Value::Array(values) = values {
                values.push((*text).into());
            }
        }
        arguments.insert("query".to_owned(), parameters.into());
    }
    if let Some(body) = content(&request.body) {
        arguments.insert("body".to_owned(), body);
    }
    arguments.into()
}

fn content(body: &Body) -> Option<Value> {
    match body {
        Body::Omitted { bytes, sha256 } => Some(json!({"bytes": bytes, "sha256": sha256})),
        Body::Whole(bytes) if bytes.is_empty() => None,
        Body::Whole(bytes) => Some(match std::str::from_utf8(bytes) {
            Ok(text) => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
            Err(_) => json!({"bytes": bytes.len(), "sha256": sha256(bytes)}),
        }),
    }
}

/// The states that an answer shows, each as `LIFE_CYCLE RESULT`.
fn states(answer: &Value) -> Vec<String> {
    let own = answer.get("state").or_else(|| answer.pointer("/metadata/state"));
    let listed = answer.get("runs").and_then(Value::as_array);
    let listed = listed.into_iter().flatten().filter_map(|run| run.get("state"));
    own.into_iter()
        .chain(listed)
        .filter_map(|state| {
            let life_cycle = state.get("life_cycle_state")?.as_str()?;
            let result = state.get("result_state").and_then(Value::as_str).unwrap_or_default();
            Some(format!("{life_cycle} {result}"))
        })
        .collect()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Text into memory cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
