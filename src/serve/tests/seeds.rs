//! What a workspace knows of a recording that it has adopted.

use super::*;
use crate::{
    exchange::{Exchange, Outcome},
    serve::Seed,
};

/// Calls a workspace, and keeps what passes.
struct Recorder {
    desk: Desk,
    kept: Vec<Exchange>,
}

impl Recorder {
    fn ok(&mut self, endpoint: Endpoint, arguments: Value) -> Value {
        let request = request(endpoint, &arguments);
        let response = self.desk.0.answer(&request, 0).response;
        assert_eq!(response.status, 200, "{endpoint:?} {arguments}");
        let body = body(&response);
        let seq = self.kept.len() as u64 + 1;
        let outcome = Outcome::Complete;
        self.kept.push(Exchange {
            seq,
            request,
            response: Some(response),
            outcome,
            ..Exchange::empty()
        });
        body
    }
}

/// A workspace that has adopted the life of two jobs, a submitted run and a run that was not seen to end.
fn adopted() -> (Desk, Recorder) {
    let mut recorder = Recorder { desk: Desk::new(), kept: Vec::new() };
    let job = json!({"name": "nightly", "existing_cluster_id": "1-a", "max_retries": 0,
        "notebook_task": {"notebook_path": "/jobdeck/fail", "base_parameters": {"a": "1"}}});
    recorder.ok(Create, job.clone());
    recorder.ok(RunNow, json!({"job_id": 1, "notebook_params": {"b": "2"}}));
    recorder.ok(RunsGet, json!({"run_id": 1_000_001}));
    recorder.desk.pass(WHOLE_MS);
    recorder.ok(RunsGetOutput, json!({"run_id": 1_000_001}));
    recorder.ok(Create, job);
    recorder.ok(Update, json!({"job_id": 2, "new_settings": {"name": "weekly"}}));
    recorder.ok(
        RunsSubmit,
        json!({"run_name": "once", "existing_cluster_id": "1-a",
        "notebook_task": {"notebook_path": "/jobdeck/exit/done"}}),
    );
    recorder.ok(RunNow, json!({"job_id": 2}));
    recorder.ok(RunsList, json!({}));
    let mut desk = Desk::new();
    desk.0.adopt(Seed::of(&recorder.kept), 0);
    (desk, recorder)
}

#[test]
fn jobs_and_ended_runs_are_as_they_were_seen() {
    let (mut desk, mut recorder) = adopted();
    let without_times = |mut body: Value| {
        for name in ["created_time", "start_time", "end_time"] {
            body.as_object_mut().unwrap().remove(name);
        }
        body
    };
    for (endpoint, arguments) in [
        (Get, json!({"job_id": 1})),
        (Get, json!({"job_id": 2})),
        (RunsGet, json!({"run_id": 1_000_001})),
    ] {
        let expected = recorder.ok(endpoint, arguments.clone());
        assert_eq!(without_times(desk.ok(endpoint, arguments)), without_times(expected));
    }
}

#[test]
fn runs_that_were_not_seen_to_end_go_on() {
    let (mut desk, _) = adopted();
    let state = |desk: &mut Desk, run_id: i64| {
        desk.ok(RunsGet, json!({"run_id": run_id}))["state"]["life_cycle_state"].clone()
    };
    assert_eq!([state(&mut desk, 1_000_002), state(&mut desk, 1_000_003)], ["PENDING", "PENDING"]);
    desk.pass(WHOLE_MS);
    assert_eq!(state(&mut desk, 1_000_003), "TERMINATED");
    let output = desk.ok(RunsGetOutput, json!({"run_id": 1_000_002}));
    assert_eq!(output["notebook_output"]["result"], "done");
}

#[test]
fn what_was_not_seen_to_begin_begins_now() {
    let (_, recorder) = adopted();
    let mut desk = Desk::new();
    desk.pass(86_400_000);
    desk.0.adopt(Seed::of(&recorder.kept), 0);
    let job = json!({"existing_cluster_id": "1-a", "notebook_task": {"notebook_path": "/x"}});
    let made = desk.ok(Create, job);
    let created = |desk: &mut Desk, job_id: &Value| {
        desk.ok(Get, json!({"job_id": job_id}))["created_time"].clone()
    };
    assert_eq!(created(&mut desk, &json!(2)), created(&mut desk, &made["job_id"]));
}

#[test]
fn what_is_made_afterwards_is_something_else() {
    let (mut desk, _) = adopted();
    let job = json!({"existing_cluster_id": "1-a", "notebook_task": {"notebook_path": "/x"}});
    // The third id was the submitted run's.
    assert_eq!(desk.ok(Create, job)["job_id"], 4);
    let run = desk.ok(RunNow, json!({"job_id": 1}));
    assert_eq!(run, json!({"run_id": 1_000_004, "number_in_job": 2}));
}

#[test]
fn an_id_that_was_only_named_is_nobody_else_s() {
    let named = |endpoint, arguments: Value, status| Exchange {
        request: request(endpoint, &arguments),
        response: Some(Response::json(status, "{}")),
        outcome: Outcome::Complete,
        ..Exchange::empty()
    };
    let seen = [
        named(Delete, json!({"job_id": 9}), 200),
        named(RunsCancel, json!({"run_id": 1_000_050}), 400),
    ];
    let mut desk = Desk::new();
    desk.0.adopt(Seed::of(&seen), 0);
    let job = json!({"existing_cluster_id": "1-a", "notebook_task": {"notebook_path": "/x"}});
    assert_eq!(desk.ok(Create, job)["job_id"], 10);
    assert_eq!(desk.ok(RunNow, json!({"job_id": 10}))["run_id"], 1_000_051);
}

#[test]
fn no_recorded_id_is_too_great() {
    let get = request(RunsGet, &json!({"run_id": i64::MAX}));
    let shown = json!({"run_id": i64::MAX, "job_id": i64::MAX,
        "state": {"life_cycle_state": "TERMINATED"}, "start_time": i64::MAX, "setup_duration": i64::MAX,
        "end_time": i64::MIN, "attempt_number": i64::MAX, "number_in_job": i64::MAX});
    let response = Some(Response::json(200, shown.to_string()));
    let outcome = Outcome::Complete;
    let seen = Exchange { request: get, response, outcome, ..Exchange::empty() };
    let mut desk = Desk::new();
    desk.0.adopt(Seed::of([&seen]), 0);
    assert_eq!(desk.ok(RunsGet, json!({"run_id": i64::MAX}))["run_id"], i64::MAX);
    let job = json!({"existing_cluster_id": "1-a", "notebook_task": {"notebook_path": "/x"}});
    let job_id = desk.ok(Create, job)["job_id"].clone();
    assert!(desk.ok(RunNow, json!({"job_id": job_id}))["run_id"].as_i64().unwrap() > 0);
}
