//! The recorded request that comes nearest to one that was not recorded, and how the two differ, in words
//! that quote no value that may be a secret.

use serde_json::Value;

use super::{
    question::Question,
    tape::{RowId, Tape},
};
use crate::{
    contract::{Endpoint, Field, Shape, Structure},
    json::{Difference, diff},
};

/// How many recorded questions are compared with one that was not recorded.
const COMPARED_MAX: usize = 1_000;
/// The longest value that is quoted, in characters.
const QUOTED_CHARS_MAX: usize = 60;

/// The recorded question on the same path that differs least, with where it differs.
pub(super) fn nearest(tape: &Tape, question: &Question) -> Option<(RowId, Vec<Difference>)> {
    tape.paths(question)
        .filter_map(|path| tape.by_path.get(&path))
        .flatten()
        .take(COMPARED_MAX)
        .map(|row| {
            let recorded = &tape.rows[*row as usize];
            let mut differences = diff(&question.arguments, &recorded.question.arguments);
            differences.retain(|difference| !recorded.placeholders.admit(difference));
            (*row, differences)
        })
        .min_by_key(|(_, differences)| differences.len())
}

/// The flag that would make a question the same as its nearest, if one differing string is all.
pub(super) fn flag(question: &Question, differences: &[Difference]) -> Option<String> {
    let [Difference { pointer, left, right }] = differences else { return None };
    let both = [left, right];
    if !both.iter().all(|value| value.as_ref().is_none_or(Value::is_string)) {
        return None;
    }
    let place = pointer.as_str();
    let query = match question.endpoint {
        Some(_) if question.method == http::Method::GET => place.strip_prefix('/'),
        Some(_) => None,
        None => place.strip_prefix("/query/").map(|name| name.split('/').next().unwrap_or(name)),
    };
    if let Some(name) = query {
        let name = name.replace("~1", "/").replace("~0", "~");
        return Some(format!("--ignore-query {name}"));
    }
    let body = if question.endpoint.is_some() { Some(place) } else { place.strip_prefix("/body") };
    let changed = both.iter().all(|value| value.is_some());
    body.filter(|place| changed && !place.is_empty()).map(|place| format!("--volatile {place}"))
}

/// A difference in words.
pub(super) fn told(endpoint: Option<Endpoint>, difference: &Difference, quoting: bool) -> String {
    let place = &difference.pointer;
    let quoted = |value: &Option<Value>| quotable(endpoint, place.as_str(), value.as_ref()?);
    let values = match (&difference.left, &difference.right) {
        (Some(_), None) => " (asked only)".to_owned(),
        (None, Some(_)) => " (recorded only)".to_owned(),
        (left, right) => match quoted(left).zip(quoted(right)).filter(|_| quoting) {
            Some((left, right)) => format!(" (asked {left}, recorded {right})"),
            None => String::new(),
        },
    };
    format!("`{place}`{values}")
}

/// A value of a request that may be told to whoever sent it, and to whoever reads the receipt: a number,
/// `true` or `false`, a documented word, or the short text of a field that holds plain text by contract.
fn quotable(endpoint: Option<Endpoint>, place: &str, value: &Value) -> Option<String> {
    let may_be_told = match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => match field(endpoint?.signature().request, place)? {
            Field { shape: Shape::Choice(choice), .. } => choice.words.contains(&&**text),
            // A URL may hold a password or a signature.
            field => is_plain_text(field) && !text.contains("://"),
        },
        Value::Array(_) | Value::Object(_) => false,
    };
    let text = value.to_string();
    (may_be_told && text.chars().count() <= QUOTED_CHARS_MAX).then_some(text)
}

fn is_plain_text(field: &Field) -> bool {
    matches!(field.shape, Shape::String)
        && field.is_documented()
        && field.secret.is_none()
        && field.role.is_none()
}

/// The field of which a place holds the value, or an entry; none for what stands within a map.
fn field(structure: &'static Structure, place: &str) -> Option<&'static Field> {
    let mut structure = structure;
    let mut steps = place.split('/').skip(1).peekable();
    loop {
        let field = structure.field(steps.next()?)?;
        let mut shape = &field.shape;
        while let Shape::List(inner) = shape {
            steps.next()?;
            shape = inner;
        }
        match (shape.structure(), steps.peek()) {
            (Some(inner), Some(_)) => structure = inner,
            (None, None) => return Some(field),
            (None, Some(_)) | (Some(_), None) => return None,
        }
    }
}
