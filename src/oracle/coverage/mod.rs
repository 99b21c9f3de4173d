//! What of the contract a history has shown, and what it never showed.
//!
//! Only what the document has is counted: what a request holds is *sent*, whatever became of it, and what the
//! body of a success holds is *shown*. A rule was exercised where an oracle found that it could have been
//! broken.

mod chart;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use self::chart::{Fields, Node, Place, chart};
use super::{
    Tally,
    history::{Answer, Entry, History},
};

/// What a point of the contract is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An endpoint.
    Endpoint,
    /// What can become of a request to an endpoint.
    Outcome,
    /// A field of a request.
    Sent,
    /// A field of an answer.
    Shown,
    /// A word of a documented list, in a request.
    WordSent,
    /// A word of a documented list, in an answer.
    WordShown,
    /// Where a run stands, or what became of it.
    State,
    /// A rule.
    Rule,
}

/// What of the contract a history has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// How often each point was seen, by its group.
    counts: Vec<Vec<u64>>,
    failures: BTreeMap<Failure, u64>,
}

/// How a request was not carried out: the status, and the code of the body if it looks like one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failure {
    /// The status; none where no whole answer came.
    pub status: Option<u16>,
    /// The code, such as `INVALID_PARAMETER_VALUE`.
    pub code: Option<String>,
}

/// Points that are told together: the fields of one request, the words of one list.
#[derive(Clone, Copy, Debug)]
pub struct Part<'c> {
    /// What they are.
    pub kind: Kind,
    /// What they are of: an endpoint, a list of words, an area of rules; nothing for the endpoints themselves.
    pub of: &'static str,
    points: &'static [chart::Point],
    counts: &'c [u64],
}

impl Kind {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 8] = [
        Self::Endpoint,
        Self::Outcome,
        Self::Sent,
        Self::Shown,
        Self::WordSent,
        Self::WordShown,
        Self::State,
        Self::Rule,
    ];

    /// What several of them are called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Endpoint => "endpoints",
            Self::Outcome => "outcomes",
            Self::Sent => "fields sent",
            Self::Shown => "fields shown",
            Self::WordSent => "words sent",
            Self::WordShown => "words shown",
            Self::State => "states of runs",
            Self::Rule => "rules",
        }
    }
}

impl Coverage {
    /// What a history shows, of which the oracles have counted this.
    pub fn of(history: &History, tally: &Tally) -> Self {
        let chart = chart();
        let mut coverage = Self {
            counts: chart.groups.iter().map(|group| vec![0; group.points.len()]).collect(),
            failures: BTreeMap::new(),
        };
        for entry in history.entries() {
            coverage.note(entry);
        }
        for (rule, record) in tally.iter() {
            if let Some(place) = chart.rules.get(rule) {
                coverage.count(*place, record.exercised);
            }
        }
        coverage
    }

    /// The points of a kind, in parts.
    pub fn parts(&self, kind: Kind) -> impl Iterator<Item = Part<'_>> {
        let groups = chart().groups.iter().zip(&self.counts);
        groups.filter(move |(group, _)| group.kind == kind).map(move |(group, counts)| Part {
            kind,
            of: group.of,
            points: &group.points,
            counts,
        })
    }

    /// How many points of a kind were seen, and how many there are.
    pub fn total(&self, kind: Kind) -> (usize, usize) {
        let parts = self.parts(kind).map(|part| (part.seen().count(), part.points.len()));
        parts.fold((0, 0), |(seen, all), (more, of)| (seen + more, all + of))
    }

    /// How requests were not carried out, and how often.
    pub fn failures(&self) -> impl Iterator<Item = (&Failure, u64)> {
        self.failures.iter().map(|(failure, count)| (failure, *count))
    }

    fn note(&mut self, entry: &Entry) {
        if let Some(failure) = Failure::of(entry) {
            *self.failures.entry(failure).or_default() += 1;
        }
        let chart = chart();
        let Some(endpoint) = entry.endpoint() else { return };
        let number = endpoint as usize;
        self.count(Place { group: chart.endpoints, number }, 1);
        if let Some(outcome) = outcome(&entry.answer) {
            self.count(Place { group: chart.outcomes[number], number: outcome }, 1);
        }
        if let Some(arguments) = entry.arguments() {
            self.fields(&chart.requests[number], arguments);
        }
        if let Some(body) = entry.done().and_then(Value::as_object) {
            self.fields(&chart.answers[number], body);
        }
    }

    fn fields(&mut self, fields: &Fields, map: &Map<String, Value>) {
        for (name, node) in fields {
            if let Some(value) = map.get(*name) {
                self.count(node.place, 1);
                self.value(node, value);
            }
        }
    }

    fn value(&mut self, node: &Node, value: &Value) {
        match value {
            Value::Object(map) => self.fields(&node.fields, map),
            Value::Array(items) => items.iter().for_each(|item| self.value(node, item)),
            Value::String(text) => {
                let Some(words) = &node.words else { return };
                if let Some(number) = words.words.iter().position(|word| word == text) {
                    self.count(Place { group: words.group, number }, 1);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn count(&mut self, place: Place, times: u64) {
        self.counts[place.group][place.number] += times;
    }
}

impl<'c> Part<'c> {
    /// The points that were seen, and how often.
    pub fn seen(&self) -> impl Iterator<Item = (&'static str, u64)> + use<'c> {
        let points = self.points.iter().zip(self.counts).filter(|(_, count)| **count > 0);
        points.map(|(point, count)| (&*point.name, *count))
    }

    /// How many there are, seen or not.
    pub fn count(&self) -> usize {
        self.points.len()
    }

    /// The points that were never seen. What lies within one that was not seen is not named by itself.
    pub fn unseen(&self) -> impl Iterator<Item = &'static str> + use<'c> {
        let (points, counts) = (self.points, self.counts);
        let roots = points.iter().zip(counts).filter(move |(point, count)| {
            **count == 0 && point.parent.is_none_or(|parent| counts[parent] > 0)
        });
        roots.map(|(point, _)| &*point.name)
    }
}

impl Failure {
    /// The longest text that is taken for a code, in bytes.
    const CODE_MAX: usize = 64;

    fn of(entry: &Entry) -> Option<Self> {
        let response = match (&entry.exchange.response, &entry.answer) {
            (Some(response), _) if response.status >= 400 => response,
            (_, Answer::Unknown(_)) => return Some(Self { status: None, code: None }),
            _ => return None,
        };
        let body: Option<Map<String, Value>> = serde_json::from_slice(response.body.bytes()).ok();
        let code = match body.as_ref().and_then(|body| body.get("error_code")) {
            Some(Value::Number(number)) => Some(number.to_string()),
            Some(Value::String(text)) => Some(text.clone()),
            _ => None,
        };
        let code = code.filter(|code| is_code(code));
        Some(Self { status: Some(response.status), code })
    }
}

/// Whether a text is the name of an error, and no sentence.
fn is_code(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    !text.is_empty() && text.len() <= Failure::CODE_MAX && text.bytes().all(plain)
}

/// What became of a request, by its place among [`chart::OUTCOMES`].
fn outcome(answer: &Answer) -> Option<usize> {
    match answer {
        Answer::Done(_) => Some(0),
        Answer::Refused(_) => Some(1),
        Answer::Denied(_) => Some(2),
        Answer::Postponed | Answer::Unknown(_) => None,
    }
}
