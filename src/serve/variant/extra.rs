//! A field that the document does not have, in every object of a success. Maps have no fields, and get none.

use serde_json::{Map, Value, json};

use crate::contract::{Endpoint, Shape, Structure};

/// Adds it to the success of this endpoint.
pub(super) fn add(endpoint: Endpoint, answer: &mut Value) {
    if let Value::Object(map) = answer {
        add_to(endpoint.signature().response, map);
    }
}

fn add_to(structure: &Structure, map: &mut Map<String, Value>) {
    for field in structure.fields {
        if let Some(value) = map.get_mut(field.name) {
            add_within(&field.shape, value);
        }
    }
    map.insert("jobdeck_extra".to_owned(), json!({"version": 3, "notes": ["new", null]}));
}

fn add_within(shape: &Shape, value: &mut Value) {
    match (shape, value) {
        (Shape::Structure(structure) | Shape::Patch(structure), Value::Object(map)) => {
            add_to(structure, map);
        }
        (Shape::List(inner), Value::Array(items)) => {
            for item in items {
                add_within(inner, item);
            }
        }
        _ => {}
    }
}
