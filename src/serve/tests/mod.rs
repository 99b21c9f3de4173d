//! What a workspace does, seen from outside. The clock belongs to the test.

#![allow(clippy::needless_pass_by_value, reason = "a `json!` stands in the place of the argument")]

mod admin;
mod documented;
mod faults;
mod jobs;
mod kept;
mod laws;
mod life;
mod lists;
mod output;
mod queues;
mod real;
mod run_job;
mod runs;
mod sandbox;
mod schedules;
mod seeds;
mod tokens;
mod transport;
mod trial;
mod variants;

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use super::{BODY_BYTES_MAX, Clock, Ids, Limits, Manner, Options, Phases, Workspace};
use crate::{
    contract::Endpoint::{self, *},
    exchange::{Body, Handler, Request, Response},
    validate,
};

const PENDING_MS: u64 = 1000;
const RUNNING_MS: u64 = 2000;
const TERMINATING_MS: u64 = 500;
const WHOLE_MS: u64 = PENDING_MS + RUNNING_MS + TERMINATING_MS;

/// A workspace with a manual clock, and someone who calls it.
struct Desk(Workspace);

impl Desk {
    fn new() -> Self {
        Self::limited(Limits::default())
    }

    fn limited(limits: Limits) -> Self {
        Self::of(Options { limits, ..Options::default() })
    }

    fn of(options: Options) -> Self {
        let phases = Phases {
            pending_ms: PENDING_MS,
            running_ms: RUNNING_MS,
            terminating_ms: TERMINATING_MS,
        };
        Self(Workspace::new(Options { clock: Clock::Manual, phases, ..options }))
    }

    /// Lets time pass.
    fn pass(&mut self, ms: u64) {
        self.0.advance(ms).unwrap();
    }

    /// Calls an endpoint. Every success is held against the contract.
    #[track_caller]
    fn call(&mut self, endpoint: Endpoint, arguments: &Value) -> (u16, Value) {
        let response = self.0.answer(&request(endpoint, arguments), 0).response;
        let body = body(&response);
        if response.status == 200 {
            assert_eq!(validate::response(endpoint, &body), [], "{endpoint:?} {arguments} {body}");
        } else {
            assert!(body["message"].is_string() && !body["error_code"].is_null(), "{body}");
        }
        (response.status, body)
    }

    /// The answer of a call that succeeds.
    #[track_caller]
    fn ok(&mut self, endpoint: Endpoint, arguments: Value) -> Value {
        let (status, body) = self.call(endpoint, &arguments);
        assert_eq!(status, 200, "{endpoint:?} {arguments} {body}");
        body
    }

    /// The message of a call that is refused as an invalid parameter.
    #[track_caller]
    fn refused(&mut self, endpoint: Endpoint, arguments: Value) -> String {
        let (status, body) = self.call(endpoint, &arguments);
        assert_eq!(
            (status, &body["error_code"]),
            (400, &json!("INVALID_PARAMETER_VALUE")),
            "{body}"
        );
        body["message"].as_str().unwrap().to_owned()
    }

    /// A new job that runs a notebook, with more settings.
    #[track_caller]
    fn job(&mut self, path: &str, more: Value) -> i64 {
        let mut settings =
            json!({"existing_cluster_id": "c", "notebook_task": {"notebook_path": path}});
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.ok(Create, settings)["job_id"].as_i64().unwrap()
    }

    /// A new run of a job.
    #[track_caller]
    fn run_now(&mut self, job_id: i64) -> i64 {
        self.ok(RunNow, json!({"job_id": job_id}))["run_id"].as_i64().unwrap()
    }

    /// A run as runs/get shows it.
    #[track_caller]
    fn run(&mut self, run_id: i64) -> Value {
        self.ok(RunsGet, json!({"run_id": run_id}))
    }

    /// The state of a run in one word: its result, or its life cycle state if it has none.
    #[track_caller]
    fn state(&mut self, run_id: i64) -> String {
        let state = self.run(run_id)["state"].clone();
        let life = state["life_cycle_state"].as_str().unwrap().to_owned();
        match state["result_state"].as_str() {
            Some(result) => format!("{life} {result}"),
            None => life,
        }
    }

    /// The runs that a list shows.
    #[track_caller]
    fn runs(&mut self, arguments: Value) -> Vec<Value> {
        let list = self.ok(RunsList, arguments);
        list["runs"].as_array().cloned().unwrap_or_default()
    }

    /// The settings of a job.
    #[track_caller]
    fn settings(&mut self, job_id: i64) -> Value {
        self.ok(Get, json!({"job_id": job_id}))["settings"].clone()
    }
}

fn request(endpoint: Endpoint, arguments: &Value) -> Request {
    let signature = endpoint.signature();
    let mut request =
        Request::new(signature.method.clone(), format!("/api/2.0/{}", signature.path));
    request.headers.push("authorization", "Bearer x");
    if signature.method == Method::GET {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in arguments.as_object().unwrap() {
            query.append_pair(name, &value.as_str().map_or(value.to_string(), str::to_owned));
        }
        request.target = format!("{}?{}", request.target, query.finish());
    } else {
        request.body = Body::Whole(Bytes::from(arguments.to_string()));
    }
    request
}

fn body(response: &Response) -> Value {
    assert_eq!(response.headers.get("content-type"), Some("application/json"));
    serde_json::from_slice(response.body.bytes()).unwrap()
}
