//! Histories made by hand: what is broken, and what only looks so.

use http::Method;
use serde_json::{Value, json};

use super::super::{History, Surroundings, judge};
use crate::{
    contract::rules::{self, Level},
    exchange::{Body, Exchange, Outcome, Request, Response},
};

/// One exchange: from when to when, what was asked, what was answered (a status of 0 is no answer).
pub(super) type Row = (u64, u64, &'static str, Value, u16, Value);

pub(super) fn exchange((at_us, end_us, call, asked, status, answer): &Row) -> Exchange {
    let (method, path) = call.split_once(' ').unwrap();
    let method: Method = method.parse().unwrap();
    let target = format!("/api/2.0/jobs/{path}");
    let mut request = Request::new(method, target);
    request.headers.push("authorization", "Bearer x");
    if !asked.is_null() {
        request.body = Body::Whole(asked.to_string().into());
    }
    let response = (*status > 0).then(|| Response::json(*status, answer.to_string()));
    let outcome = if response.is_some() { Outcome::Complete } else { Outcome::UpstreamFailed };
    Exchange {
        seq: *at_us,
        connection: 1,
        at_us: *at_us,
        first_byte_us: None,
        took_us: end_us - at_us,
        request,
        response,
        redacted: Vec::new(),
        outcome,
        weather: None,
    }
}

/// The broken rules of traffic that is somebody's own, or was made to be judged.
pub(super) fn broken(rows: &[Row], is_own: bool) -> Vec<&'static str> {
    let own = is_own.then(|| "own".to_owned());
    let mut history = History::new(Surroundings { own, ..Surroundings::default() });
    for row in rows {
        history.push(exchange(row), None, 1);
    }
    let tally = judge(&history);
    let broken = tally.iter().filter(|(_, record)| record.broken > 0).map(|(rule, _)| rule);
    // What only the real service is known for is beside the point of these tests.
    broken.filter(|rule| rules::find(rule).unwrap().level < Level::Observed).collect()
}

#[track_caller]
pub(super) fn check(rows: &[Row], expected: &[&str]) {
    assert_eq!(broken(rows, false), expected);
}

#[track_caller]
pub(super) fn check_own(rows: &[Row], expected: &[&str]) {
    assert_eq!(broken(rows, true), expected);
}

/// What runs/get answers of run 7.
fn run(state: &str, result: Option<&str>) -> Value {
    let ended = ["TERMINATED", "INTERNAL_ERROR"].contains(&state);
    let mut run = json!({
        "run_id": 7, "job_id": 3, "number_in_job": 1, "start_time": 1_700_000_000_000_i64,
        "end_time": if ended { 1_700_000_009_000_i64 } else { 0 },
        "state": {"life_cycle_state": state, "state_message": ""},
    });
    if let Some(result) = result {
        run["state"]["result_state"] = result.into();
    }
    run
}

fn get_run(at: u64, end: u64, state: &str, result: Option<&str>) -> Row {
    (at, end, "GET runs/get?run_id=7", Value::Null, 200, run(state, result))
}

#[test]
fn states_are_in_order_only_as_far_as_answers_came_before_calls() {
    let back = [get_run(10, 20, "RUNNING", None), get_run(30, 40, "PENDING", None)];
    check(&back, &["run/lifecycle/allowed-transitions"]);
    // The two overlap: either may have been first.
    let beside = [get_run(10, 35, "RUNNING", None), get_run(30, 40, "PENDING", None)];
    check(&beside, &[]);
    let missed = [get_run(10, 20, "PENDING", None), get_run(30, 40, "TERMINATED", Some("SUCCESS"))];
    check(&missed, &[]);
    let woken = [get_run(10, 20, "TERMINATED", Some("SUCCESS")), get_run(30, 40, "RUNNING", None)];
    check(&woken, &["run/lifecycle/terminal-is-final"]);
    let skipped = [get_run(10, 20, "RUNNING", None), get_run(30, 40, "SKIPPED", None)];
    check(&skipped, &["run/lifecycle/skipped-only-before-running"]);
}

#[test]
fn results_come_with_their_states_and_stay() {
    check(&[get_run(10, 20, "RUNNING", Some("SUCCESS"))], &["run/lifecycle/no-result-before-end"]);
    check(&[get_run(10, 20, "TERMINATED", None)], &["run/lifecycle/result-when-terminated"]);
    let changed = [
        get_run(10, 20, "TERMINATING", Some("SUCCESS")),
        get_run(30, 40, "TERMINATED", Some("FAILED")),
    ];
    check(&changed, &["run/lifecycle/result-never-changes", "run/lifecycle/result-terminating"]);
    check(&[get_run(10, 20, "INTERNAL_ERROR", None)], &[]);
    check(&[get_run(10, 20, "INTERNAL_ERROR", Some("FAILED"))], &[]);
}

fn settings(name: &str) -> Value {
    json!({
        "name": name, "existing_cluster_id": "c", "max_concurrent_runs": 0,
        "notebook_task": {"notebook_path": "/a"},
    })
}

fn create(at: u64, end: u64) -> Row {
    (at, end, "POST create", settings("own-a"), 200, json!({"job_id": 3}))
}

fn get_job(at: u64, end: u64, name: &str) -> Row {
    let job =
        json!({"job_id": 3, "created_time": 1_700_000_000_000_i64, "settings": settings(name)});
    (at, end, "GET get?job_id=3", Value::Null, 200, job)
}

fn rename(at: u64, end: u64, name: &str, status: u16) -> Row {
    let update = json!({"job_id": 3, "new_settings": {"name": name}});
    (at, end, "POST update", update, status, json!({}))
}

#[test]
fn settings_are_judged_in_quiet_times_only() {
    check(&[create(10, 20), get_job(30, 40, "own-a")], &[]);
    // Of somebody's own job nobody knows who else has a hand in it.
    check(&[create(10, 20), get_job(30, 40, "own-b")], &[]);
    check_own(&[create(10, 20), get_job(30, 40, "own-b")], &["create/consistency/settings-echo"]);
    // While an update is under way, either name may be seen.
    let during = [create(10, 20), rename(30, 60, "own-b", 200), get_job(40, 50, "own-a")];
    check_own(&during, &[]);
    let after = [create(10, 20), rename(30, 60, "own-b", 200), get_job(70, 80, "own-a")];
    check_own(&after, &["get/consistency/sees-own-write"]);
}

#[test]
fn what_may_have_happened_proves_nothing() {
    for status in [0, 500, 503] {
        let lost = [create(10, 20), rename(30, 40, "own-b", status), get_job(50, 60, "own-b")];
        check_own(&lost, &[]);
        let lost = [create(10, 20), rename(30, 40, "own-b", status), get_job(50, 60, "own-a")];
        check_own(&lost, &[]);
    }
    // A refusal for now is none of what was asked.
    let postponed = [create(10, 20), rename(30, 40, "own-b", 429), get_job(50, 60, "own-a")];
    check_own(&postponed, &[]);
}

fn start(at: u64, end: u64, token: &str, run_id: i64) -> Row {
    let started = json!({"run_id": run_id, "number_in_job": run_id - 6});
    (at, end, "POST run-now", json!({"job_id": 3, "idempotency_token": token}), 200, started)
}

#[test]
fn a_token_is_written_once() {
    check(&[start(10, 20, "t", 7), start(30, 40, "t", 7)], &[]);
    check(
        &[start(10, 20, "t", 7), start(30, 40, "t", 8)],
        &["run-now/idempotency/same-token-same-run"],
    );
    check(
        &[start(10, 35, "t", 7), start(30, 40, "t", 8)],
        &["run-now/concurrency/same-token-parallel"],
    );
    check(
        &[start(10, 20, "t", 7), start(30, 40, "u", 7)],
        &["run-now/idempotency/different-token-different-run"],
    );
}

fn delete_run(at: u64, end: u64) -> Row {
    (at, end, "POST runs/delete", json!({"run_id": 7}), 200, json!({}))
}

#[test]
fn the_token_of_a_deleted_run_starts_nothing() {
    let rows = |last| [start(10, 20, "t", 7), delete_run(30, 40), last];
    check(&rows(start(50, 60, "t", 8)), &["run-now/idempotency/deleted-run-error"]);
    let refused = json!({"error_code": "INVALID_PARAMETER_VALUE", "message": "deleted"});
    let asked = json!({"job_id": 3, "idempotency_token": "t"});
    check(&rows((50, 60, "POST run-now", asked, 400, refused)), &[]);
    // While it is being deleted, the run may still be the answer.
    check(&rows(start(35, 60, "t", 7)), &[]);
    check(&rows(start(35, 60, "t", 8)), &["x/concurrency/delete-run-vs-token"]);
}

fn list(at: u64, end: u64, ids: &[i64]) -> Row {
    let runs: Vec<Value> = ids
        .iter()
        .map(|id| {
            let mut run = run("SKIPPED", None);
            run["run_id"] = (*id).into();
            run["number_in_job"] = (*id - 6).into();
            run
        })
        .collect();
    let body = json!({"runs": runs, "has_more": false});
    (at, end, "GET runs/list?job_id=3", Value::Null, 200, body)
}

#[test]
fn a_list_lacks_nothing_that_is_certainly_there() {
    check_own(
        &[start(10, 20, "t", 7), list(30, 40, &[])],
        &["runs-list/consistency/includes-new-run"],
    );
    check_own(&[start(10, 35, "t", 7), list(30, 40, &[])], &[]);
    check_own(&[start(10, 20, "t", 7), delete_run(25, 45), list(30, 40, &[])], &[]);
    // Somebody else may have started it.
    check(&[create(1, 2), list(30, 40, &[9])], &[]);
}

#[test]
fn what_others_could_have_done_is_judged_among_own_things_only() {
    let refused = json!({"error_code": "INVALID_PARAMETER_VALUE", "message": "no"});
    let asked = json!({"job_id": 3, "jar_params": "no list"});
    let rows = [
        create(1, 2),
        list(3, 4, &[]),
        start(5, 6, "t", 7),
        (10, 20, "POST run-now", asked, 400, refused),
        list(30, 40, &[7, 9]),
    ];
    assert!(broken(&rows, false).is_empty());
    let found = broken(&rows, true);
    assert!(found.contains(&"run-now/error/rejected-creates-no-run"), "{found:?}");
    let clean = [&rows[..4], &[list(30, 40, &[7])]].concat();
    check_own(&clean, &[]);
}

#[test]
fn a_refused_submit_says_something_only_where_sound_ones_may_be_taken() {
    let submit = |at: u64, name: &str| -> Row {
        let run = json!({
            "run_name": name, "existing_cluster_id": "c", "notebook_task": {"notebook_path": "/a"},
        });
        let refusal = json!({"error_code": "INVALID_PARAMETER_VALUE", "message": "no"});
        (at, at + 1, "POST runs/submit", run, 400, refusal)
    };
    let is_judged = |rows: &[Row]| {
        let mut history = History::new(Surroundings::default());
        for row in rows {
            history.push(exchange(row), None, 1);
        }
        let tally = judge(&history);
        let mut records = tally.iter();
        records
            .any(|(rule, record)| rule == "runs-submit/limit/run-name-4096" && record.exercised > 0)
    };
    let long = submit(30, &"a".repeat(4097));
    assert!(!is_judged(std::slice::from_ref(&long)));
    assert!(is_judged(&[create(10, 20), long.clone()]));
    assert!(!is_judged(&[create(10, 20), long, submit(50, "own-b")]));
}
