//! What a request asks, in one form for all ways of asking it.
//!
//! Nothing here knows an answer, a user agent, a date or a credential.

use std::{collections::BTreeMap, fmt::Write as _};

use http::Method;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::{
    call,
    contract::{DefaultValue, Endpoint, Role, Shape, Structure},
    exchange::{Body, Request},
    json::{Pointer, canonical},
};

/// A request without what does not count.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) method: Method,
    /// The path; jobs paths as under `/api/2.0/`.
    pub(super) path: String,
    /// The endpoint, if the contract can read the request.
    pub(super) endpoint: Option<Endpoint>,
    /// The arguments of a call; else `query` and what stands for the body.
    pub(super) arguments: Value,
}

impl Question {
    /// Reads a request. Parameters of a query that are named in `ignored` do not count.
    pub(super) fn read(request: &Request, ignored: &[String]) -> Self {
        match call::read(request) {
            Ok(mut call) => {
                if request.method == Method::GET {
                    call.arguments.retain(|name, _| !ignored.contains(name));
                }
                let signature = call.endpoint.signature();
                drop_defaults(signature.request, &mut call.arguments);
                Self {
                    method: request.method.clone(),
                    path: format!("/api/2.0/{}", signature.path),
                    endpoint: Some(call.endpoint),
                    arguments: call.arguments.into(),
                }
            }
            Err(_) => Self {
                method: request.method.clone(),
                path: plain_path(request.path()),
                endpoint: None,
                arguments: plain_arguments(request, ignored),
            },
        }
    }

    /// One text for each question.
    pub(super) fn key(&self) -> String {
        self.key_with(&self.arguments)
    }

    /// The text of the same question with other arguments.
    pub(super) fn key_with(&self, arguments: &Value) -> String {
        format!("{} {} {}", self.method, self.path, canonical(arguments))
    }

    /// Method and path with these segments of it blanked.
    pub(super) fn blanked_path(&self, segments: &[usize]) -> String {
        let blanked = |(at, text)| if segments.contains(&at) { BLANK } else { text };
        let path: Vec<&str> = self.path.split('/').enumerate().map(blanked).collect();
        format!("{} {}", self.method, path.join("/"))
    }

    /// The text of the question on a [blanked path](Self::blanked_path) with the values at these places
    /// blanked.
    pub(super) fn skeleton<'a>(
        &self,
        path: &str,
        places: impl IntoIterator<Item = &'a str>,
    ) -> String {
        let mut arguments = self.arguments.clone();
        for place in places {
            if let Some(value) = arguments.pointer_mut(place) {
                *value = json!(BLANK);
            }
        }
        format!("{path} {}", canonical(&arguments))
    }

    /// How people call it: `POST jobs/create`.
    pub(super) fn short(&self) -> String {
        let path = self.path.strip_prefix("/api/2.0/").unwrap_or(&self.path);
        format!("{} {path}", self.method)
    }

    /// An argument that is a whole number.
    pub(super) fn integer(&self, name: &str) -> Option<i64> {
        self.arguments.get(name)?.as_i64()
    }

    /// Whether an argument is `true`.
    pub(super) fn is_true(&self, name: &str) -> bool {
        self.arguments.get(name) == Some(&Value::Bool(true))
    }

    /// The idempotency token, if it has one.
    pub(super) fn token(&self) -> Option<&str> {
        self.arguments.get(token_field(self.endpoint?)?)?.as_str()
    }

    /// Where values stand that clients make up: the token, and what `volatile` points at. Each place
    /// comes with the class of its name: 0 for tokens, then one for each pointer.
    pub(super) fn made_up(&self, volatile: &[String]) -> Vec<(usize, String)> {
        let token = self.endpoint.and_then(token_field).map(|name| (0, format!("/{name}")));
        let pointed = volatile.iter().enumerate().map(|(i, at)| (i + 1, self.pointed(at)));
        let mut places: Vec<(usize, String)> = Vec::new();
        for (class, place) in token.into_iter().chain(pointed) {
            let known = places.iter().any(|(_, known)| *known == place);
            if !known && self.arguments.pointer(&place).is_some() {
                places.push((class, place));
            }
        }
        places
    }

    /// Whether a volatile pointer points at anything here.
    pub(super) fn strikes(&self, volatile: &str) -> bool {
        self.arguments.pointer(&self.pointed(volatile)).is_some()
    }

    /// The place in the arguments that a volatile pointer names.
    fn pointed(&self, volatile: &str) -> String {
        let body = if self.endpoint.is_some() { "" } else { "/body" };
        format!("{body}{volatile}")
    }

    /// Every string in the arguments with its place.
    pub(super) fn strings(&self) -> Vec<(Pointer, &str)> {
        let mut found = Vec::new();
        strings(&Pointer::root(), &self.arguments, &mut found);
        found
    }
}

/// What stands for a value that does not count. A request that holds it itself is compared with the
/// recorded one all the same.
const BLANK: &str = "\u{0}blank";

fn token_field(endpoint: Endpoint) -> Option<&'static str> {
    let fields = endpoint.signature().request.fields;
    fields.iter().find(|field| field.role == Some(Role::Token)).map(|field| field.name)
}

fn strings<'a>(at: &Pointer, value: &'a Value, found: &mut Vec<(Pointer, &'a str)>) {
    match value {
        Value::String(text) => found.push((at.clone(), text)),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                strings(&at.join(index), item, found);
            }
        }
        Value::Object(map) => {
            for (key, value) in map {
                strings(&at.join(key), value, found);
            }
        }
        _ => {}
    }
}

/// Takes away what says the same as its absence. In a [`Shape::Patch`] absence means "as before", so
/// everything in one counts.
fn drop_defaults(structure: &Structure, map: &mut Map<String, Value>) {
    map.retain(|name, value| {
        let Some(field) = structure.field(name) else { return true };
        drop_within(&field.shape, value);
        !field.default.is_some_and(|default| is_default(default, value))
    });
}

fn drop_within(shape: &Shape, value: &mut Value) {
    match (shape, value) {
        (Shape::Structure(inner), Value::Object(map)) => drop_defaults(inner, map),
        (Shape::List(inner), Value::Array(items)) => {
            for item in items {
                drop_within(inner, item);
            }
        }
        _ => {}
    }
}

fn is_default(default: DefaultValue, value: &Value) -> bool {
    match default {
        DefaultValue::Boolean(default) => value.as_bool() == Some(default),
        DefaultValue::Integer(default) => value.as_i64() == Some(default),
        DefaultValue::String(default) => value.as_str() == Some(default),
        DefaultValue::EmptyList => value.as_array().is_some_and(Vec::is_empty),
        DefaultValue::EmptyObject => value.as_object().is_some_and(Map::is_empty),
    }
}

fn plain_path(path: &str) -> String {
    ["/api/2.1/jobs/", "/api/2.2/jobs/"]
        .iter()
        .find_map(|prefix| path.strip_prefix(prefix))
        .map_or_else(|| path.to_owned(), |rest| format!("/api/2.0/jobs/{rest}"))
}

fn plain_arguments(request: &Request, ignored: &[String]) -> Value {
    let mut query = parameters(request.query().unwrap_or_default().as_bytes());
    query.retain(|name, _| !ignored.contains(name));
    let mut arguments = Map::new();
    if !query.is_empty() {
        arguments.insert("query".into(), query.into());
    }
    match &request.body {
        Body::Whole(bytes) if bytes.is_empty() => {}
        Body::Whole(bytes) => {
            let (name, value) = match serde_json::from_slice::<Value>(bytes) {
                Ok(value) => ("body", value),
                Err(_) if is_form(request) => ("form", parameters(bytes).into()),
                Err(_) => std::str::from_utf8(bytes)
                    .map_or_else(|_| ("bytes", digest(bytes).into()), |text| ("text", text.into())),
            };
            arguments.insert(name.into(), value);
        }
        Body::Omitted { sha256, .. } => {
            arguments.insert("bytes".into(), sha256.as_str().into());
        }
    }
    arguments.into()
}

/// What a query or form says, whatever the order of its names.
fn parameters(text: &[u8]) -> Map<String, Value> {
    let mut values = BTreeMap::<String, Vec<Value>>::new();
    for (name, value) in form_urlencoded::parse(text) {
        values.entry(name.into_owned()).or_default().push(value.into());
    }
    values.into_iter().map(|(name, values)| (name, values.into())).collect()
}

fn is_form(request: &Request) -> bool {
    let kind = request.headers.get("content-type");
    kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}

/// The same question with its body told by digest alone, as a recording tells a body that was too long
/// to keep.
pub(super) fn with_body_omitted(request: &Request) -> Request {
    let bytes = request.body.bytes();
    let body = Body::Omitted { bytes: bytes.len() as u64, sha256: digest(bytes) };
    Request { body, ..request.clone() }
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn request(method: Method, target: &str, body: &str) -> Request {
        let mut request = Request::new(method, target);
        request.body = Body::Whole(Bytes::copy_from_slice(body.as_bytes()));
        request
    }

    fn key(line: &str) -> String {
        let mut words = line.splitn(3, ' ');
        let method = words.next().unwrap().parse().unwrap();
        let target = words.next().unwrap();
        Question::read(&request(method, target, words.next().unwrap_or("")), &["noise".into()])
            .key()
    }

    #[track_caller]
    fn check(same: bool, left: &str, right: &str) {
        assert_eq!(key(left) == key(right), same, "{}\n{}", key(left), key(right));
    }

    #[test]
    fn the_same_question_in_other_words() {
        let get = "GET /api/2.0/jobs/runs/get?run_id=5";
        check(true, get, "GET /api/2.1/jobs/runs/get?run_id=5");
        check(true, get, "GET /api/2.0/jobs/runs/get {\"run_id\": \"5\"}");
        check(true, get, "GET /api/2.0/jobs/runs/get?noise=1&run_id=5");
        check(
            true,
            "GET /api/2.0/jobs/runs/list?job_id=1&limit=20",
            "GET /api/2.0/jobs/runs/list?offset=0&active_only=false&job_id=1",
        );
        check(
            true,
            r#"POST /api/2.0/jobs/run-now {"job_id":1,"notebook_params":{"k":"v"}}"#,
            r#"POST /api/2.0/jobs/run-now {"notebook_params":[{"key":"k","value":"v"}],"job_id":"1"}"#,
        );
        check(
            true,
            r#"POST /api/2.0/jobs/create {"name":"Untitled","max_concurrent_runs":1,"email_notifications":{"on_start":[]}}"#,
            "POST /api/2.0/jobs/create {}",
        );
        check(
            true,
            "GET /api/2.0/clusters/list?b=2&a=1",
            "GET /api/2.0/clusters/list?a=1&b=2&noise=x",
        );
        check(true, r#"POST /x {"a":1,"b":2}"#, r#"POST /x {"b": 2, "a": 1}"#);
    }

    #[test]
    fn another_question() {
        check(
            false,
            "GET /api/2.0/jobs/runs/get?run_id=9007199254740993",
            "GET /api/2.0/jobs/runs/get?run_id=9007199254740992",
        );
        check(false, r#"POST /x {"a":1}"#, r#"POST /x {"a":1.0}"#);
        check(false, r#"POST /x "a""#, "POST /x a");
        // What a patch does not name stays as it was, so a default there says something.
        check(
            false,
            r#"POST /api/2.0/jobs/update {"job_id":1,"new_settings":{"timeout_seconds":0}}"#,
            r#"POST /api/2.0/jobs/update {"job_id":1,"new_settings":{}}"#,
        );
        check(false, "GET /x", "HEAD /x");
    }

    #[test]
    fn an_omitted_body_is_known_by_its_digest() {
        let long = Request {
            body: Body::Whole(Bytes::from_static(b"\xff\xfe")),
            ..Request::new(Method::POST, "/x")
        };
        let omitted = with_body_omitted(&long);
        assert_eq!(Question::read(&long, &[]).key(), Question::read(&omitted, &[]).key());
    }
}
