//! A request as the contract reads it: which endpoint it calls, with which arguments.
//!
//! The real service is lenient about how arguments are written, and its clients rely on it. All of that
//! leniency is here, so that whoever reads a [`Call`] sees one form: ids as numbers, parameters of a GET
//! from query or body alike, parameter maps as objects, absent instead of null. What cannot be read in
//! its documented type is left as it came; `validate` tells about it.

use http::Method;
use serde_json::{Map, Value};

use crate::{
    contract::{Endpoint, Shape, Structure},
    exchange::Request,
    json::{Whole, whole},
};

/// A request to one of the endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The parameters of a GET, or the fields of a body.
    pub arguments: Map<String, Value>,
}

impl Call {
    /// An argument that is a whole number of 64 bits.
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.arguments.get(name)?.as_i64()
    }

    /// An argument that is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.arguments.get(name)?.as_str()
    }
}

/// Why a request is no call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Its path is not that of an endpoint.
    #[error("no endpoint has this path")]
    NoEndpoint,
    /// Its path is that of an endpoint, its method is not.
    #[error("this endpoint takes {}", .0.signature().method)]
    WrongMethod(Endpoint),
    /// Its body is not JSON.
    #[error("the body is no JSON: {0}")]
    NotJson(String),
    /// Its body is JSON, but not an object.
    #[error("the body is no JSON object")]
    NotAnObject,
}

/// Reads a request.
pub fn read(request: &Request) -> Result<Call, Unreadable> {
    let endpoint = Endpoint::at(request.path()).ok_or(Unreadable::NoEndpoint)?;
    let signature = endpoint.signature();
    if request.method != signature.method {
        return Err(Unreadable::WrongMethod(endpoint));
    }
    let mut arguments = body(request.body.bytes())?;
    settle_fields(signature.request, &mut arguments);
    if request.method == Method::GET {
        let query = form_urlencoded::parse(request.query().unwrap_or_default().as_bytes());
        for (name, text) in query {
            let shape = signature.request.field(&name).map(|field| &field.shape);
            let value = shape.map_or_else(|| Value::from(&*text), |shape| typed(shape, &text));
            arguments.insert(name.into_owned(), value);
        }
    }
    Ok(Call { endpoint, arguments })
}

fn body(bytes: &[u8]) -> Result<Map<String, Value>, Unreadable> {
    if bytes.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(Unreadable::NotAnObject),
        Err(error) => Err(Unreadable::NotJson(error.to_string())),
    }
}

/// A parameter of a query in its documented type.
fn typed(shape: &Shape, text: &str) -> Value {
    match shape {
        Shape::Boolean if ["true", "1"].iter().any(|word| text.eq_ignore_ascii_case(word)) => {
            true.into()
        }
        Shape::Boolean if ["false", "0"].iter().any(|word| text.eq_ignore_ascii_case(word)) => {
            false.into()
        }
        Shape::Int32 | Shape::Int64 => {
            text.parse::<i64>().map_or_else(|_| text.into(), Value::from)
        }
        _ => text.into(),
    }
}

/// Brings a value into the one form of its shape.
pub fn settle(shape: &Shape, value: &mut Value) {
    match (shape, &mut *value) {
        (Shape::Int32 | Shape::Int64, Value::String(text)) => {
            if let Ok(number) = text.parse::<i64>() {
                *value = number.into();
            }
        }
        (Shape::Int32 | Shape::Int64, Value::Number(number)) => {
            if let Whole::Within(number) = whole(number) {
                *value = number.into();
            }
        }
        (Shape::Structure(inner) | Shape::Patch(inner), Value::Object(map)) => {
            settle_fields(inner, map);
        }
        (Shape::List(inner), Value::Array(items)) => {
            for item in items {
                settle(inner, item);
            }
        }
        (Shape::Map(_), Value::Array(pairs)) => {
            if let Some(map) = pairs.iter().map(pair).collect::<Option<Map<_, _>>>() {
                *value = map.into();
            }
        }
        _ => {}
    }
}

fn settle_fields(structure: &Structure, map: &mut Map<String, Value>) {
    map.retain(|name, value| !value.is_null() || structure.field(name).is_none());
    for (name, value) in map {
        if let Some(field) = structure.field(name) {
            settle(&field.shape, value);
        }
    }
}

/// `{"key": …, "value": …}`, the other way of writing one entry of a map.
fn pair(value: &Value) -> Option<(String, Value)> {
    let map = value.as_object().filter(|map| map.len() == 2)?;
    Some((map.get("key")?.as_str()?.to_owned(), map.get("value")?.clone()))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::json;

    use super::*;
    use crate::exchange::Body;

    #[track_caller]
    fn check(method: Method, target: &str, body: &str, expected: &Result<Value, Unreadable>) {
        let mut request = Request::new(method, target);
        request.body = Body::Whole(Bytes::copy_from_slice(body.as_bytes()));
        assert_eq!(&read(&request).map(|call| Value::Object(call.arguments)), expected);
    }

    #[test]
    fn arguments_of_a_get_come_from_query_and_body() {
        let expected = json!({"run_id": 452});
        check(Method::GET, "/api/2.0/jobs/runs/get?run_id=452", "", &Ok(expected.clone()));
        check(Method::GET, "/api/2.0/jobs/runs/get", r#"{"run_id":"452"}"#, &Ok(expected.clone()));
        check(Method::GET, "/api/2.1/jobs/runs/get?run_id=452", r#"{"run_id":7}"#, &Ok(expected));
        check(
            Method::GET,
            "/api/2.0/jobs/runs/list?active_only=True&offset=0&expand_tasks=false&run_type=JOB%5FRUN",
            "",
            &Ok(
                json!({"active_only": true, "offset": 0, "expand_tasks": "false", "run_type": "JOB_RUN"}),
            ),
        );
    }

    #[test]
    fn bodies_are_brought_into_one_form() {
        check(
            Method::POST,
            "/api/2.0/jobs/run-now",
            r#"{"job_id":"1","jar_params":null,"notebook_params":[{"key":"a","value":"b"}],"else":null}"#,
            &Ok(json!({"job_id": 1, "notebook_params": {"a": "b"}, "else": null})),
        );
        check(
            Method::POST,
            "/api/2.0/jobs/update",
            r#"{"job_id":1.0,"new_settings":{"timeout_seconds":6e1,"notebook_task":{"base_parameters":[]}}}"#,
            &Ok(json!({
                "job_id": 1,
                "new_settings": {"timeout_seconds": 60, "notebook_task": {"base_parameters": {}}}
            })),
        );
        check(
            Method::POST,
            "/api/2.0/jobs/run-now",
            r#"{"job_id":"x"}"#,
            &Ok(json!({"job_id": "x"})),
        );
        check(Method::POST, "/api/2.0/jobs/run-now", "", &Ok(json!({})));
    }

    #[test]
    fn what_is_no_call_is_named() {
        check(Method::GET, "/api/2.0/jobs/nope", "", &Err(Unreadable::NoEndpoint));
        check(
            Method::GET,
            "/api/2.0/jobs/create",
            "",
            &Err(Unreadable::WrongMethod(Endpoint::Create)),
        );
        check(Method::POST, "/api/2.0/jobs/create", "[1]", &Err(Unreadable::NotAnObject));
        assert!(matches!(
            read(&Request {
                body: Body::Whole(Bytes::from_static(b"{\"a\":")),
                ..Request::new(Method::POST, "/api/2.0/jobs/create")
            }),
            Err(Unreadable::NotJson(_))
        ));
    }
}
