//! The desk beside the workspace.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use crate::{
    admin::Admin,
    exchange::{Body, Handler, Request},
    serve::{ADVANCE_MS_MAX, Clock, Options, Workspace},
};

const NOW_US: u64 = 5_000_000;

/// What the desk of a workspace with such a clock answers to these requests.
#[track_caller]
fn check(clock: Clock, steps: &[(&str, &str, u16, Value)]) {
    let options = Options { clock, ..Options::default() };
    let workspace = Arc::new(Mutex::new(Workspace::new(options)));
    let mut admin = Admin::new(Arc::clone(&workspace));
    for (line, body, status, expected) in steps {
        let (method, path) = line.split_once(' ').unwrap();
        let mut request = Request::new(method.parse().unwrap(), path);
        request.body = Body::Whole(Bytes::copy_from_slice(body.as_bytes()));
        let response = admin.answer(&request, NOW_US).response;
        let answer: Value = serde_json::from_slice(response.body.bytes()).unwrap();
        let seen = if *status == 200 { &answer } else { &answer["error_code"] };
        assert_eq!((response.status, seen), (*status, expected), "{line} {body}");
    }
}

fn at(now_ms: i64) -> Value {
    json!({"now_ms": now_ms, "jobs": 0, "runs": 0, "active_runs": 0, "tokens": 0})
}

#[test]
fn it_tells_how_the_workspace_is() {
    let up = json!({"status": "up"});
    check(Clock::Real, &[("GET /health", "", 200, up), ("GET /status", "", 200, at(5000))]);
}

#[test]
fn a_manual_clock_is_moved_and_set_back() {
    let start = 1_704_067_200_000;
    check(
        Clock::Manual,
        &[
            ("POST /advance", r#"{"ms": 1500}"#, 200, at(start + 1500)),
            ("POST /advance", r#"{"ms": 0}"#, 200, at(start + 1500)),
            ("POST /reset", "", 200, at(start)),
        ],
    );
}

#[test]
fn what_makes_no_sense_is_refused() {
    let invalid = json!("INVALID_PARAMETER_VALUE");
    let too_far = format!(r#"{{"ms": {}}}"#, ADVANCE_MS_MAX + 1);
    for body in ["", "5", "{}", r#"{"ms": -1}"#, r#"{"ms": 1, "s": 1}"#, &too_far] {
        check(Clock::Manual, &[("POST /advance", body, 400, invalid.clone())]);
    }
    check(Clock::Real, &[("POST /advance", r#"{"ms": 1}"#, 400, invalid.clone())]);
    check(Clock::Fast(9), &[("POST /advance", r#"{"ms": 1}"#, 400, invalid)]);
    for line in ["GET /advance", "POST /status", "POST /", "GET /api/2.0/jobs/list"] {
        check(Clock::Manual, &[(line, "", 404, json!("ENDPOINT_NOT_FOUND"))]);
    }
}

#[test]
fn what_was_created_is_forgotten_by_a_reset() {
    let workspace = Arc::new(Mutex::new(Workspace::new(Options::default())));
    let mut create = Request::new(Method::POST, "/api/2.0/jobs/runs/submit");
    create.headers.push("authorization", "Bearer x");
    create.body = Body::Whole(Bytes::from_static(
        br#"{"pipeline_task":{"pipeline_id":"p"},"idempotency_token":"t"}"#,
    ));
    let ask = |request: &Request| workspace.lock().unwrap().answer(request, NOW_US);
    let first = ask(&create);
    let mut admin = Admin::new(Arc::clone(&workspace));
    let status = |admin: &mut Admin<Workspace>, line: (Method, &str)| {
        let answer = admin.answer(&Request::new(line.0, line.1), NOW_US).response;
        serde_json::from_slice::<Value>(answer.body.bytes()).unwrap()
    };
    let full = json!({"now_ms": 5000, "jobs": 0, "runs": 1, "active_runs": 1, "tokens": 1});
    assert_eq!(status(&mut admin, (Method::GET, "/status")), full);
    assert_eq!(status(&mut admin, (Method::POST, "/reset")), at(5000));
    assert_eq!(ask(&create), first, "it begins as at first");
}
