//! Values without what is another each time, as one text for each meaning: equal texts are alike.

use serde_json::{Map, Value, json};

use crate::{
    cassette::redact::placeholders,
    contract::{Role, Secret, Shape},
    json::canonical,
};

/// What becomes of ids, tokens, users and placeholders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// They stay, as within one recording they tell things apart.
    Keep,
    /// They go, as another recording has others.
    Blank,
}

/// What the contract says about a value.
#[derive(Clone, Copy, Default)]
pub(super) struct Meaning {
    pub(super) shape: Option<Shape>,
    pub(super) role: Option<Role>,
    pub(super) secret: Option<Secret>,
}

impl Meaning {
    /// That of a whole body or of all arguments.
    pub(super) fn of(shape: Option<Shape>) -> Self {
        Self { shape, ..Self::default() }
    }

    /// That of a member of an object.
    pub(super) fn member(self, key: &str) -> Self {
        let field = match self.shape {
            Some(Shape::Structure(structure) | Shape::Patch(structure)) => structure.field(key),
            // The form of errors.
            None if key == "message" => {
                return Self { role: Some(Role::Message), ..Self::default() };
            }
            _ => None,
        };
        field.map_or_else(Self::default, |field| Self {
            shape: Some(field.shape),
            role: field.role,
            secret: field.secret,
        })
    }

    /// That of an entry of a list.
    pub(super) fn entry(self) -> Self {
        let shape = match self.shape {
            Some(Shape::List(inner)) => Some(*inner),
            _ => None,
        };
        Self { shape, ..self }
    }
}

/// A value as a text without times, and with or without names.
pub(super) fn text(shape: Option<Shape>, value: &Value, names: Names) -> String {
    canonical(&blanked(Meaning::of(shape), value, names))
}

/// The same for a part whose meaning is known.
pub(super) fn part(meaning: Meaning, value: &Value, names: Names) -> String {
    canonical(&blanked(meaning, value, names))
}

fn blanked(meaning: Meaning, value: &Value, names: Names) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), blanked(meaning.member(key), value, names)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items
            .iter()
            .map(|item| blanked(meaning.entry(), item, names))
            .collect::<Vec<_>>()
            .into(),
        Value::Number(number) => match meaning.role {
            Some(Role::Duration | Role::Count) => json!("number"),
            Some(Role::Time) if number.as_i64() != Some(0) => json!("time"),
            Some(Role::JobId | Role::RunId | Role::ServiceId) if names == Names::Blank => {
                json!("number")
            }
            _ => value.clone(),
        },
        Value::String(_) if names == Names::Keep => value.clone(),
        Value::String(text) => match (meaning.role, meaning.secret) {
            (Some(Role::JobId | Role::RunId | Role::ServiceId | Role::Token), _)
            | (_, Some(Secret::Identity | Secret::WorkspaceUrl)) => json!("name"),
            (Some(Role::Message), _) => without_numbers(&without_placeholders(text)).into(),
            _ => without_placeholders(text).into(),
        },
        Value::Null | Value::Bool(_) => value.clone(),
    }
}

fn without_placeholders(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut kept = 0;
    for place in placeholders(text) {
        out.push_str(&text[kept..place.start]);
        out.push_str("name");
        kept = place.end;
    }
    out.push_str(&text[kept..]);
    out
}

fn without_numbers(text: &str) -> String {
    let parts = text.split(|letter: char| letter.is_ascii_digit());
    let words: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    words.join("0")
}
