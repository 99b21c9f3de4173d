//! The jobs and runs that an answer shows, wherever they stand in it.

use serde_json::{Map, Value};

use crate::contract::Endpoint;

/// The runs in a success of this endpoint.
pub(super) fn runs(endpoint: Endpoint, answer: &mut Value) -> Vec<&mut Map<String, Value>> {
    match endpoint {
        Endpoint::RunsGet => answer.as_object_mut().into_iter().collect(),
        Endpoint::RunsList => within(answer, "runs"),
        Endpoint::RunsGetOutput => {
            answer.get_mut("metadata").and_then(Value::as_object_mut).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The jobs in a success of this endpoint.
pub(super) fn jobs(endpoint: Endpoint, answer: &mut Value) -> Vec<&mut Map<String, Value>> {
    match endpoint {
        Endpoint::Get => answer.as_object_mut().into_iter().collect(),
        Endpoint::List => within(answer, "jobs"),
        _ => Vec::new(),
    }
}

fn within<'a>(answer: &'a mut Value, name: &str) -> Vec<&'a mut Map<String, Value>> {
    let list = answer.get_mut(name).and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_object_mut).collect()
}

/// Makes seconds of the milliseconds of a field.
pub(super) fn in_seconds(shown: &mut Map<String, Value>, name: &str) {
    if let Some(ms) = shown.get(name).and_then(Value::as_i64) {
        shown.insert(name.to_owned(), (ms / 1000).into());
    }
}
