//! What was there, as a phrase that is short and never shows a secret.

use serde_json::Value;

/// Whether a value may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// It may.
    Open,
    /// It stands where a secret may be.
    Hidden,
}

/// The longest part of a text that is shown, in characters.
const SHOWN_CHARS_MAX: usize = 60;

/// A value.
pub(super) fn value(value: &Value, shown: Shown) -> String {
    match (value, shown) {
        (Value::Null, _) => "null".to_owned(),
        (Value::Array(items), _) => format!("an array of {}", items.len()),
        (Value::Object(map), _) => format!("an object of {}", map.len()),
        (Value::Bool(_), Shown::Hidden) => "a boolean that is not shown".to_owned(),
        (Value::Number(_), Shown::Hidden) => "a number that is not shown".to_owned(),
        (Value::String(_), Shown::Hidden) => "a string that is not shown".to_owned(),
        (Value::Bool(flag), Shown::Open) => flag.to_string(),
        (Value::Number(number), Shown::Open) => cut(&number.to_string()),
        (Value::String(text), Shown::Open) => cut(&format!("{text:?}")),
    }
}

/// A text.
pub(super) fn text(text: &str, shown: Shown) -> String {
    match shown {
        Shown::Open => cut(&format!("{text:?}")),
        Shown::Hidden => "a string that is not shown".to_owned(),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}… ({} characters)", &text[..end], text.chars().count()),
        None => text.to_owned(),
    }
}
