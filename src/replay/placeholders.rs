//! What redaction took out of recorded requests: a placeholder stands for any live text in its place.
//!
//! A text is one only where the cassette says that redaction put it: elsewhere a client wrote it.

use std::collections::BTreeSet;

use http::Method;
use serde_json::Value;

use super::question::Question;
use crate::{
    cassette::redact::{is_organization, placeholders},
    exchange::Exchange,
    json::{Difference, Pointer},
};

/// The strings of a recorded question in which redaction put placeholders.
#[derive(Clone, Debug, Default)]
pub(super) struct Placeholders {
    /// Those in the path, by the number of the segment.
    pub(super) segments: Vec<(usize, Pattern)>,
    /// Those in the arguments, by place.
    pub(super) arguments: Vec<(String, Pattern)>,
}

impl Placeholders {
    /// Those of the question that an exchange asks.
    pub(super) fn of(question: &Question, exchange: &Exchange) -> Self {
        let inner: Vec<&str> =
            exchange.redacted.iter().filter_map(|place| place.strip_prefix("/request/")).collect();
        // A target, and a body that is no JSON, has no inner places: any part of it may have been taken.
        let target = inner.contains(&"target");
        let body = inner.contains(&"body");
        let taken = taken(question, exchange, &inner);
        let mut found = Self::default();
        if target && question.endpoint.is_none() {
            let segments = question.path.split('/').enumerate();
            found.segments =
                segments.filter_map(|(at, text)| Some((at, Pattern::read(text)?))).collect();
        }
        if !target && !body && taken.is_empty() {
            return found;
        }
        for (place, text) in question.strings() {
            let place = place.as_str();
            // The parameters of a GET that the contract reads come from either.
            let from_either = question.endpoint.is_some() && question.method == Method::GET;
            let from_query = from_either || place.starts_with("/query/");
            let from_body = from_either || !from_query;
            if (target && from_query) || (body && from_body) || taken.contains(place) {
                let pattern = if is_workspace(place) && is_organization(text) {
                    Some(Pattern::whole(text))
                } else {
                    Pattern::read(text)
                };
                found.arguments.extend(pattern.map(|pattern| (place.to_owned(), pattern)));
            }
        }
        found
    }

    /// Whether a live value differs from the recorded one only in what a placeholder stands for.
    pub(super) fn admit(&self, difference: &Difference) -> bool {
        let Some(live) = difference.left.as_ref().and_then(Value::as_str) else { return false };
        self.arguments.iter().any(|(place, pattern)| {
            place == difference.pointer.as_str() && pattern.matches(live).is_some()
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.segments.is_empty() && self.arguments.is_empty()
    }
}

/// The places in the arguments of the strings that were taken out of a JSON body.
fn taken(question: &Question, exchange: &Exchange, redacted: &[&str]) -> BTreeSet<String> {
    let places: Vec<&str> = redacted
        .iter()
        .filter_map(|place| place.strip_prefix("body"))
        .filter(|place| place.starts_with('/'))
        .collect();
    if places.is_empty() || question.endpoint.is_none() {
        return places.into_iter().map(|place| format!("/body{place}")).collect();
    }
    let body = serde_json::from_slice(exchange.request.body.bytes()).unwrap_or_default();
    places.into_iter().filter_map(|place| settled(&body, &question.arguments, place)).collect()
}

/// Where in the arguments of a call a value of its body stands: a list of pairs is a map there.
fn settled(body: &Value, arguments: &Value, place: &str) -> Option<String> {
    let (mut written, mut read) = (body, arguments);
    let mut so_far = String::new();
    let mut steps = place.split('/').skip(1);
    while let Some(step) = steps.next() {
        let step = format!("/{step}");
        let is_pair = written.is_array() && read.is_object();
        written = written.pointer(&step)?;
        if is_pair {
            let key = Pointer::root().join(written.get("key")?.as_str()?);
            let is_value = steps.next() == Some("value") && steps.next().is_none();
            return is_value.then(|| so_far + key.as_str());
        }
        read = read.pointer(&step)?;
        so_far.push_str(&step);
    }
    Some(so_far)
}

/// Whether a parameter is the number of a workspace.
fn is_workspace(place: &str) -> bool {
    place == "/o" || place.starts_with("/query/o/") || place.starts_with("/form/o/")
}

/// A recorded string with placeholders in it: each stands for any live text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Placeholder(String),
}

impl Pattern {
    /// Reads a string of which redaction took a part; none if it holds no placeholder.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut pieces = Vec::new();
        let mut end = 0;
        for place in placeholders(text) {
            if end < place.start {
                pieces.push(Piece::Text(text[end..place.start].to_owned()));
            }
            end = place.end;
            pieces.push(Piece::Placeholder(text[place].to_owned()));
        }
        if pieces.is_empty() {
            return None;
        }
        if end < text.len() {
            pieces.push(Piece::Text(text[end..].to_owned()));
        }
        Some(Self(pieces))
    }

    /// A string that is one placeholder.
    fn whole(text: &str) -> Self {
        Self(vec![Piece::Placeholder(text.to_owned())])
    }

    /// What each placeholder stands for if the pattern is to be this live text: the shortest texts from
    /// the left, as far as the end allows.
    pub(super) fn matches<'a>(&'a self, live: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
        let mut bound: Vec<(&str, &str)> = Vec::new();
        let mut rest = live;
        for (at, piece) in self.0.iter().enumerate() {
            match piece {
                Piece::Text(text) => rest = rest.strip_prefix(text.as_str())?,
                Piece::Placeholder(name) => {
                    let first = rest.chars().next()?.len_utf8();
                    let length = match &self.0[at + 1..] {
                        [] => rest.len(),
                        [Piece::Text(last)] => rest[first..].strip_suffix(&**last)?.len() + first,
                        [Piece::Text(next), ..] => first + rest[first..].find(next.as_str())?,
                        [Piece::Placeholder(_), ..] => first,
                    };
                    let (value, after) = rest.split_at(length);
                    if bound.iter().any(|(known, other)| *known == name && *other != value) {
                        return None;
                    }
                    bound.push((name, value));
                    rest = after;
                }
            }
        }
        rest.is_empty().then_some(bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(recorded: &str, live: &str, expected: Option<&[(&str, &str)]>) {
        let pattern = Pattern::read(recorded).unwrap();
        assert_eq!(pattern.matches(live).as_deref(), expected, "{pattern:?}");
    }

    #[test]
    fn placeholders_stand_for_any_text() {
        check("token-1", "dapi123", Some(&[("token-1", "dapi123")]));
        check(
            "to:user-1@jobdeck.invalid;",
            "to:me@corp.example;",
            Some(&[("user-1@jobdeck.invalid", "me@corp.example")]),
        );
        check(
            "https://host-1.jobdeck.invalid/?o=7",
            "https://adb.example/?o=7",
            Some(&[("host-1.jobdeck.invalid", "adb.example")]),
        );
        check("https://host-1.jobdeck.invalid/a", "https://adb.example/b", None);
        check("key=token-1&again=token-1", "key=a&again=b", None);
        check("/?o=000001#", "/?o=867530#", Some(&[("000001", "867530")]));
        check("to:token-1;", "to:a;b;", Some(&[("token-1", "a;b")]));
        check("token-1;", ";", None);
        check("token-1", "", None);
        assert_eq!(Pattern::read("hidden"), None);
    }
}
