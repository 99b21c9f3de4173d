//! A pair of exchanges, field by field.

use std::collections::{BTreeSet, HashMap, VecDeque};

use http::Method;
use serde_json::{Value, json};

use super::{
    alignment::{Alignment, Kind},
    blank::{self, Meaning, Names},
    report::Change,
    subject::Subject,
};
use crate::{
    cassette::redact::placeholders,
    contract::{Role, Secret, Shape},
    json::Pointer,
};

/// Where two exchanges differ that belong together, as pointers into the exchange. What their names stand for
/// is learned on the way.
pub(super) fn compare(
    old: &Subject<'_>,
    new: &Subject<'_>,
    volatile: &[String],
    alignment: &mut Alignment,
) -> Vec<Change> {
    let request = Pointer::root().join("request");
    let (arguments, body) = match old.endpoint {
        None => (request.clone(), request.join("body")),
        Some(endpoint) if endpoint.signature().method == Method::GET => {
            (request.join("query"), request.join("query"))
        }
        Some(_) => (request.join("body"), request.join("body")),
    };
    let made_up = volatile.iter().map(|pointer| format!("{}{pointer}", body.as_str())).collect();
    let mut walk = Walk { alignment, made_up, found: Vec::new() };
    walk.values(&arguments, Meaning::of(old.request_shape()), &old.arguments, &new.arguments);

    let response = Pointer::root().join("response");
    let [one, other] = [old, new].map(|subject| subject.status().map(Value::from));
    walk.either(&response.join("status"), Meaning::default(), one.as_ref(), other.as_ref());
    let [one, other] = [old, new].map(content_type);
    let place = response.join("headers").join("content-type");
    walk.either(&place, Meaning::default(), one.as_ref(), other.as_ref());
    let place = response.join("body");
    let meaning = Meaning::of(old.answer_shape());
    match (&old.answer, &new.answer) {
        // Between an answer and a refusal all is different, and no field tells more than the whole.
        (Some(one), Some(other)) if old.is_success() != new.is_success() => {
            walk.differs(&place, one, other);
        }
        (one, other) => walk.either(&place, meaning, one.as_ref(), other.as_ref()),
    }
    let [one, other] = [old, new].map(|subject| json!(subject.exchange.outcome.name()));
    walk.values(&Pointer::root().join("outcome"), Meaning::default(), &one, &other);
    walk.found
}

fn content_type(subject: &Subject<'_>) -> Option<Value> {
    let response = subject.exchange.response.as_ref()?;
    Some(response.headers.get("content-type")?.to_ascii_lowercase().into())
}

struct Walk<'a> {
    alignment: &'a mut Alignment,
    /// Where values stand that a client makes up.
    made_up: Vec<String>,
    found: Vec<Change>,
}

impl Walk<'_> {
    fn either(&mut self, at: &Pointer, meaning: Meaning, old: Option<&Value>, new: Option<&Value>) {
        match (old, new) {
            (Some(old), Some(new)) => self.values(at, meaning, old, new),
            (None, None) => {}
            (old, new) => self.found.push(Change {
                pointer: at.as_str().to_owned(),
                old: old.cloned(),
                new: new.cloned(),
            }),
        }
    }

    fn values(&mut self, at: &Pointer, meaning: Meaning, old: &Value, new: &Value) {
        match (old, new) {
            (Value::Object(one), Value::Object(other)) => {
                for (key, value) in one {
                    self.either(&at.join(key), meaning.member(key), Some(value), other.get(key));
                }
                for (key, value) in other.iter().filter(|(key, _)| !one.contains_key(*key)) {
                    self.either(&at.join(key), meaning.member(key), None, Some(value));
                }
            }
            (Value::Array(one), Value::Array(other)) => match identity(meaning) {
                Some(identity) => self.things(at, meaning.entry(), identity, one, other),
                None => {
                    for index in 0..one.len().max(other.len()) {
                        let meaning = meaning.entry();
                        self.either(&at.join(index), meaning, one.get(index), other.get(index));
                    }
                }
            },
            (old, new) if self.is_same(at, meaning, old, new) => {}
            (old, new) => self.differs(at, old, new),
        }
    }

    fn differs(&mut self, at: &Pointer, old: &Value, new: &Value) {
        self.found.push(Change {
            pointer: at.as_str().to_owned(),
            old: Some(old.clone()),
            new: Some(new.clone()),
        });
    }

    /// Lists of jobs or runs: an entry is found again by its id, or else by what it says.
    fn things(
        &mut self,
        at: &Pointer,
        meaning: Meaning,
        (name, kind): (&str, Kind),
        old: &[Value],
        new: &[Value],
    ) {
        let mut ids = HashMap::<String, VecDeque<usize>>::new();
        for (index, value) in new.iter().enumerate() {
            if let Some(id) = id(value, name) {
                ids.entry(id).or_default().push_back(index);
            }
        }
        let (mut pairs, mut alone, mut left) = (Vec::new(), Vec::new(), BTreeSet::new());
        left.extend(0..new.len());
        for (index, value) in old.iter().enumerate() {
            let bound = id(value, name).and_then(|id| self.alignment.new_of(kind, &id));
            match bound.map(|bound| ids.get_mut(bound).and_then(VecDeque::pop_front)) {
                Some(Some(place)) => {
                    left.remove(&place);
                    pairs.push((index, place));
                }
                // Known, and not there any more.
                Some(None) => alone.push((index, None)),
                None => alone.push((index, Some(blank::part(meaning, value, Names::Blank)))),
            }
        }
        // Of what nothing is known yet, that is the same which says the same.
        let mut alike = HashMap::<String, VecDeque<usize>>::new();
        for place in &left {
            let is_known =
                id(&new[*place], name).is_some_and(|id| self.alignment.old_of(kind, &id).is_some());
            if !is_known {
                let text = blank::part(meaning, &new[*place], Names::Blank);
                alike.entry(text).or_default().push_back(*place);
            }
        }
        alone.retain(|(index, text)| {
            let like = text.as_ref().and_then(|text| alike.get_mut(text)?.pop_front());
            pairs.extend(like.map(|place| (*index, place)));
            like.is_none_or(|place| !left.remove(&place))
        });
        if alone.len() == left.len() {
            pairs.extend(alone.drain(..).map(|(index, _)| index).zip(std::mem::take(&mut left)));
        }
        pairs.sort_unstable();
        for (one, other) in pairs {
            self.values(&at.join(one), meaning, &old[one], &new[other]);
        }
        for (index, _) in alone {
            self.either(&at.join(index), meaning, Some(&old[index]), None);
        }
        for index in left {
            self.either(&at.join(index), meaning, None, Some(&new[index]));
        }
    }

    /// Whether two scalars, or values of different types, say the same.
    fn is_same(&mut self, at: &Pointer, meaning: Meaning, old: &Value, new: &Value) -> bool {
        match (old, new) {
            (Value::Number(one), Value::Number(other)) => match meaning.role {
                Some(Role::Duration | Role::Count) => true,
                Some(Role::Time) => (one.as_i64() == Some(0)) == (other.as_i64() == Some(0)),
                role => match role.and_then(kind_of) {
                    Some(kind) => self.alignment.bind(kind, &one.to_string(), &other.to_string()),
                    None => one == other,
                },
            },
            (Value::String(one), Value::String(other)) => {
                self.is_same_text(at, meaning, one, other)
            }
            (old, new) => old == new,
        }
    }

    fn is_same_text(&mut self, at: &Pointer, meaning: Meaning, old: &str, new: &str) -> bool {
        if let Some(kind) = meaning.role.and_then(kind_of) {
            return self.alignment.bind(kind, old, new);
        }
        if self.made_up.iter().any(|place| place == at.as_str()) {
            return self.alignment.bind(Kind::MadeUp, old, new);
        }
        match (meaning.role, meaning.secret) {
            (_, Some(Secret::Identity)) => self.alignment.bind(Kind::User, old, new),
            (_, Some(Secret::WorkspaceUrl)) => {
                self.is_same_message(below_host(old), below_host(new))
            }
            (Some(Role::Message), _) => self.is_same_message(old, new),
            _ => {
                old == new
                    || self.alignment.is_same(Kind::MadeUp, old, new)
                    || self.is_same_but_placeholders(old, new)
            }
        }
    }

    /// Whether texts differ in nothing but the ids that they name.
    fn is_same_message(&mut self, old: &str, new: &str) -> bool {
        let (old, new) = (parts(old), parts(new));
        old.len() == new.len()
            && old.iter().zip(&new).all(|(one, other)| {
                one == other
                    || (one.starts_with(|c: char| c.is_ascii_digit())
                        && [Kind::Job, Kind::Run]
                            .into_iter()
                            .any(|kind| self.alignment.is_same(kind, one, other)))
                    || self.is_same_but_placeholders(one, other)
            })
    }

    /// Whether texts differ in nothing but the placeholders that redaction put there.
    fn is_same_but_placeholders(&mut self, old: &str, new: &str) -> bool {
        let (one, other) = (placeholders(old), placeholders(new));
        if one.is_empty() || one.len() != other.len() {
            return false;
        }
        let (mut kept_old, mut kept_new) = (0, 0);
        for (one, other) in one.iter().zip(&other) {
            if old[kept_old..one.start] != new[kept_new..other.start] {
                return false;
            }
            (kept_old, kept_new) = (one.end, other.end);
        }
        old[kept_old..] == new[kept_new..]
            && one.into_iter().zip(other).all(|(one, other)| {
                let (one, other) = (&old[one], &new[other]);
                let kind = if one.starts_with("user-") { Kind::User } else { Kind::Placeholder };
                word(one) == word(other) && self.alignment.bind(kind, one, other)
            })
    }
}

/// The kind of names that values of a role are.
fn kind_of(role: Role) -> Option<Kind> {
    match role {
        Role::JobId => Some(Kind::Job),
        Role::RunId => Some(Kind::Run),
        Role::ServiceId => Some(Kind::Service),
        Role::Token => Some(Kind::MadeUp),
        Role::Time | Role::Duration | Role::Count | Role::Message => None,
    }
}

/// What tells the entries of a list apart, if they are jobs or runs.
fn identity(meaning: Meaning) -> Option<(&'static str, Kind)> {
    let Some(Shape::List(Shape::Structure(structure))) = meaning.shape else { return None };
    let has =
        |name: &str, role| structure.field(name).is_some_and(|field| field.role == Some(role));
    if has("run_id", Role::RunId) {
        Some(("run_id", Kind::Run))
    } else if has("job_id", Role::JobId) {
        Some(("job_id", Kind::Job))
    } else {
        None
    }
}

fn id(value: &Value, name: &str) -> Option<String> {
    match value.get(name)? {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

/// A URL without its host and the number of its workspace, which are others in another workspace.
fn below_host(url: &str) -> &str {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = path.find(['/', '?', '#']).map_or("", |at| &path[at..]);
    path.find('#').map_or(path, |at| &path[at..])
}

/// A text, cut before and behind each number.
fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let turns =
            letters.peek().is_none_or(|(_, next)| next.is_ascii_digit() != letter.is_ascii_digit());
        if turns {
            let end = at + letter.len_utf8();
            parts.push(&text[start..end]);
            start = end;
        }
    }
    parts
}

/// The word of a placeholder, which tells what it stands for.
fn word(placeholder: &str) -> &str {
    placeholder.split(|letter: char| letter.is_ascii_digit()).next().unwrap_or_default()
}
