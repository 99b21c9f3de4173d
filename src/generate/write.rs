//! Arguments as requests: one of the ways in which clients write them, all of which mean the same.

use bytes::Bytes;
use proptest::{prelude::*, sample};
use serde_json::{Map, Number, Value, json};

use crate::{
    contract::{Endpoint, Field, Shape, Structure},
    exchange::{Body, Request},
    json::Layout,
};

/// A way of writing requests; the plainest unless told otherwise.
#[derive(Clone, Debug, Default)]
pub struct Style {
    place: Place,
    numbers: Numbers,
    maps: Maps,
    absent: Absent,
    letters: Letters,
    layout: Layout,
    /// How far the keys of every object are turned round.
    turn: usize,
}

/// Where the parameters of a GET stand.
#[derive(Clone, Copy, Debug, Default)]
enum Place {
    #[default]
    Query,
    /// In the query, with `True` and `False` as Python writes them.
    QueryOfPython,
    Body,
}

/// How whole numbers are written in JSON.
#[derive(Clone, Copy, Debug, Default)]
enum Numbers {
    #[default]
    Plain,
    Text,
    /// With `.0`.
    Fraction,
}

/// How parameter maps are written.
#[derive(Clone, Copy, Debug, Default)]
enum Maps {
    #[default]
    Object,
    /// As a list of `{"key": …, "value": …}`.
    Pairs,
}

/// How an absent field is written.
#[derive(Clone, Copy, Debug, Default)]
enum Absent {
    #[default]
    LeftOut,
    Null,
}

/// How letters beyond ASCII are written in JSON.
#[derive(Clone, Copy, Debug, Default)]
enum Letters {
    #[default]
    Plain,
    /// As `\u` and four digits.
    Escaped,
}

/// All ways of writing requests. They shrink to the plainest.
pub fn style() -> BoxedStrategy<Style> {
    (
        sample::select(vec![Place::Query, Place::QueryOfPython, Place::Body]),
        sample::select(vec![Numbers::Plain, Numbers::Text, Numbers::Fraction]),
        sample::select(vec![Maps::Object, Maps::Pairs]),
        sample::select(vec![Absent::LeftOut, Absent::Null]),
        sample::select(vec![Letters::Plain, Letters::Escaped]),
        prop_oneof![
            Just(Layout::Compact),
            Just(Layout::Spaced),
            (1..=8_u8, proptest::bool::ANY)
                .prop_map(|(width, newline)| Layout::Indented { width, newline }),
        ],
        0..8_usize,
    )
        .prop_map(|(place, numbers, maps, absent, letters, layout, turn)| Style {
            place,
            numbers,
            maps,
            absent,
            letters,
            layout,
            turn,
        })
        .boxed()
}

/// The request that calls an endpoint with these arguments, written in this way. What a query has no
/// words for stands in the body.
pub fn write(endpoint: Endpoint, arguments: &Map<String, Value>, style: &Style) -> Request {
    let signature = endpoint.signature();
    let mut target = format!("/api/2.0/{}", signature.path);
    let mut arguments = style.turned(arguments);
    if signature.method == http::Method::GET && !matches!(style.place, Place::Body) {
        let mut query = form_urlencoded::Serializer::new(String::new());
        arguments.retain(|name, value| {
            match style.parameter(signature.request.field(name), value) {
                Some(text) => {
                    query.append_pair(name, &text);
                    false
                }
                None => true,
            }
        });
        let query = query.finish();
        if !query.is_empty() {
            target = format!("{target}?{query}");
        }
        if arguments.is_empty() {
            return Request::new(signature.method.clone(), target);
        }
    }
    let body = Value::Object(style.fields(signature.request, &arguments)).to_string();
    let body = style.layout.apply(&style.spelled(&body));
    let mut request = Request::new(signature.method.clone(), target);
    request.headers.push("content-type", "application/json");
    request.body = Body::Whole(Bytes::from(body));
    request
}

impl Style {
    /// A value as a parameter of a query, if it is read from there as the same.
    fn parameter(&self, field: Option<&Field>, value: &Value) -> Option<String> {
        match (field.map(|field| field.shape), value) {
            (Some(Shape::Boolean), Value::Bool(flag)) => Some(match (flag, self.place) {
                (true, Place::QueryOfPython) => "True".to_owned(),
                (false, Place::QueryOfPython) => "False".to_owned(),
                (_, Place::Query | Place::Body) => flag.to_string(),
            }),
            (Some(Shape::Int32 | Shape::Int64), Value::Number(number)) if number.is_i64() => {
                Some(number.to_string())
            }
            (_, Value::String(text)) => Some(text.clone()),
            _ => None,
        }
    }

    fn value(&self, shape: Shape, value: &Value) -> Value {
        match (shape, value) {
            (Shape::Int32 | Shape::Int64, Value::Number(number)) if number.is_i64() => {
                self.number(number)
            }
            (Shape::Structure(structure) | Shape::Patch(structure), Value::Object(map)) => {
                self.fields(structure, map).into()
            }
            (Shape::List(inner), Value::Array(items)) => {
                items.iter().map(|item| self.value(*inner, item)).collect()
            }
            (Shape::Map(_), Value::Object(map)) => match self.maps {
                Maps::Object => self.turned(map).into(),
                Maps::Pairs => self
                    .turned(map)
                    .into_iter()
                    .map(|(key, value)| json!({"key": key, "value": value}))
                    .collect(),
            },
            _ => value.clone(),
        }
    }

    fn fields(&self, structure: &Structure, map: &Map<String, Value>) -> Map<String, Value> {
        let shape = |name: &str| structure.field(name).map(|field| field.shape);
        let mut written: Map<_, _> = map
            .iter()
            .map(|(name, value)| {
                let value = shape(name).map_or(value.clone(), |shape| self.value(shape, value));
                (name.clone(), value)
            })
            .collect();
        if matches!(self.absent, Absent::Null) {
            for field in structure.fields {
                written.entry(field.name).or_insert(Value::Null);
            }
        }
        self.turned(&written)
    }

    fn number(&self, number: &Number) -> Value {
        match self.numbers {
            Numbers::Plain => number.clone().into(),
            Numbers::Text => number.to_string().into(),
            // The text of a whole number with a fraction is one of JSON too.
            Numbers::Fraction => {
                format!("{number}.0").parse::<Number>().map_or(Value::Null, Value::from)
            }
        }
    }

    fn turned(&self, map: &Map<String, Value>) -> Map<String, Value> {
        let by = self.turn % map.len().max(1);
        let entries = map.iter().skip(by).chain(map.iter().take(by));
        entries.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// The text of a JSON value with its letters as they are to be written.
    fn spelled(&self, text: &str) -> String {
        match self.letters {
            Letters::Plain => text.to_owned(),
            Letters::Escaped => {
                let mut units = [0; 2];
                let mut escaped = String::with_capacity(text.len());
                for letter in text.chars() {
                    if letter.is_ascii() {
                        escaped.push(letter);
                    } else {
                        let units = letter.encode_utf16(&mut units).iter();
                        escaped.extend(units.map(|unit| format!("\\u{unit:04x}")));
                    }
                }
                escaped
            }
        }
    }
}
