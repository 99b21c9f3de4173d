//! Bounds of one value, and of the keys and values of a map.

use std::fmt::Display;

use serde_json::Value;

use super::{
    Judge, Place,
    describe::{self, Shown},
};
use crate::{
    contract::{Bound, Limit, MapShape, Shape, is_one_of},
    json::{Whole, whole},
};

impl Judge {
    /// Judges the value of a field that has its documented type.
    pub(super) fn limit(&mut self, limit: &Limit, name: &str, value: &Value, at: &Place) {
        let got = match (limit.bound, value) {
            (Bound::Ascii, Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.limit(limit, name, item, &at.join(index));
                }
                None
            }
            (Bound::Ascii, Value::Object(map)) => {
                for (key, value) in map {
                    let at = at.join(key);
                    if !key.is_ascii() {
                        let got = describe::text(key, Shown::Open);
                        self.find(limit.rule, &at, &limit.bound, got);
                    }
                    self.limit(limit, name, value, &at);
                }
                None
            }
            (bound, Value::Number(number)) => match whole(number) {
                Whole::Within(number) => beyond_number(bound, number),
                // The type of the field has been judged: this is a number that may have a fraction.
                Whole::Beyond | Whole::Broken => None,
            },
            (bound, Value::String(text)) => beyond_text(bound, text, at.shown),
            (Bound::EntriesMax(most), Value::Array(items)) => count(items.len(), most, "entries"),
            (Bound::EntriesMax(most), Value::Object(map)) => count(map.len(), most, "entries"),
            (Bound::JsonBytesMax(most), Value::Array(_) | Value::Object(_)) => {
                count(json_bytes(name, value), most, "bytes")
            }
            (Bound::EntriesNone(texts), Value::Array(items)) => items
                .iter()
                .find_map(|item| item.as_str().filter(|text| is_one_of(text, texts)))
                .map(|text| describe::text(text, at.shown)),
            (_, Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) => None,
        };
        if let Some(got) = got {
            self.find(limit.rule, at, &limit.bound, got);
        }
    }

    /// Judges one entry of a map.
    pub(super) fn entry(&mut self, shape: &MapShape, key: &str, value: &Value, at: &Place) {
        let sound = match value {
            Value::String(_) => true,
            Value::Number(_) | Value::Bool(_) => shape.scalars,
            Value::Null | Value::Array(_) | Value::Object(_) => false,
        };
        if !sound {
            let expected: &dyn Display =
                if shape.scalars { &"a string, number or boolean" } else { &Shape::String };
            self.find(at.type_rule, at, expected, describe::value(value, at.shown));
        }
        if !at.binding {
            return;
        }
        for limit in shape.keys {
            if let Some(got) = beyond_text(limit.bound, key, Shown::Open) {
                self.find(limit.rule, at, &format_args!("as a key {}", limit.bound), got);
            }
        }
        for limit in shape.values {
            let got = value.as_str().and_then(|text| beyond_text(limit.bound, text, at.shown));
            if let Some(got) = got {
                self.find(limit.rule, at, &limit.bound, got);
            }
        }
    }
}

/// What a number is instead, if it is beyond a bound.
fn beyond_number(bound: Bound, number: i64) -> Option<String> {
    let beyond = match bound {
        Bound::Minimum(least) => number < least,
        Bound::Maximum(most) => number > most,
        Bound::CharsMin(_)
        | Bound::CharsMax(_)
        | Bound::BytesMax(_)
        | Bound::EntriesMax(_)
        | Bound::JsonBytesMax(_)
        | Bound::Ascii
        | Bound::StartsWithAny(_)
        | Bound::StartsWithNone(_)
        | Bound::HasNone(_)
        | Bound::EntriesNone(_) => false,
    };
    beyond.then(|| number.to_string())
}

/// What a text is instead, if it is beyond a bound.
fn beyond_text(bound: Bound, text: &str, shown: Shown) -> Option<String> {
    match bound {
        Bound::CharsMin(least) => {
            let chars = text.chars().count();
            (chars < least).then(|| format!("{chars} characters"))
        }
        Bound::CharsMax(most) => count(text.chars().count(), most, "characters"),
        Bound::BytesMax(most) => count(text.len(), most, "bytes"),
        Bound::Ascii => (!text.is_ascii()).then(|| describe::text(text, shown)),
        Bound::StartsWithAny(starts) => {
            let fits = starts.iter().any(|start| text.starts_with(start));
            (!fits).then(|| describe::text(text, shown))
        }
        Bound::StartsWithNone(starts) => {
            let fits = !starts.iter().any(|start| text.starts_with(start));
            (!fits).then(|| describe::text(text, shown))
        }
        Bound::HasNone(characters) => {
            text.contains(|c| characters.contains(c)).then(|| describe::text(text, shown))
        }
        Bound::Minimum(_)
        | Bound::Maximum(_)
        | Bound::EntriesMax(_)
        | Bound::JsonBytesMax(_)
        | Bound::EntriesNone(_) => None,
    }
}

fn count(count: usize, most: usize, unit: &str) -> Option<String> {
    (count > most).then(|| format!("{count} {unit}"))
}

/// The length of `{"NAME":VALUE}`, which is how the document counts parameters.
fn json_bytes(name: &str, value: &Value) -> usize {
    r#"{"":}"#.len() + name.len() + value.to_string().len()
}
