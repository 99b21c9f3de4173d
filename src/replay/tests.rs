//! What a client sees, as tables of questions and answers. Recordings are written in the same words.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use super::*;
use crate::exchange::{Body, Headers, Outcome};

/// A recorded exchange: from when to when, question, answer. `!503` is a bare status.
type Line = (u64, u64, &'static str, &'static str);

/// The request that a question in words stands for.
pub(super) fn request(words: &str) -> Request {
    let mut parts = words.split(' ');
    let verb = parts.next().unwrap();
    let id: i64 = parts.next().and_then(|word| word.parse().ok()).unwrap_or(0);
    let rest = parts.next().unwrap_or("");
    let post = |path: &str, body: Value| {
        let mut request = Request::new(Method::POST, format!("/api/2.0/jobs/{path}"));
        request.body = Body::Whole(body.to_string().into());
        request
    };
    let get = |target: String| Request::new(Method::GET, format!("/api/2.0/jobs/{target}"));
    match verb {
        "create" => post("create", json!({"name": format!("job-{id}{rest}")})),
        "run-now" if rest.starts_with("token=") => {
            post("run-now", json!({"job_id": id, "idempotency_token": rest[6..]}))
        }
        "run-now" => post("run-now", json!({"job_id": id, "notebook_params": {"w": rest}})),
        "submit" => post("runs/submit", json!({"run_name": format!("run-{id}")})),
        "update" => post("update", json!({"job_id": id, "new_settings": {"name": rest}})),
        "reset" => post("reset", json!({"job_id": id, "new_settings": {"name": rest}})),
        "timeout" => post("update", json!({"job_id": id, "new_settings": {"timeout_seconds": 9}})),
        "delete" => post("delete", json!({"job_id": id})),
        "cancel" => post("runs/cancel", json!({"run_id": id})),
        "cancel-all" => post("runs/cancel-all", json!({"job_id": id})),
        "delete-run" => post("runs/delete", json!({"run_id": id})),
        "job" => get(format!("get?job_id={id}")),
        "jobs" => get("list".into()),
        "get" => get(format!("runs/get?run_id={id}")),
        "output" => get(format!("runs/get-output?run_id={id}")),
        "runs" => get(format!("runs/list?job_id={id}")),
        "active" => get(format!("runs/list?job_id={id}&active_only=true")),
        other => Request::new(Method::GET, other),
    }
}

fn state(word: &str) -> Value {
    match word {
        "TERMINATED" => {
            json!({"life_cycle_state": word, "result_state": "SUCCESS", "state_message": ""})
        }
        _ => json!({"life_cycle_state": word, "state_message": ""}),
    }
}

fn response(words: &str, answer: &str) -> Response {
    if let Some(status) = answer.strip_prefix('!') {
        return Response::error(status.parse().unwrap(), "CODE", "no");
    }
    let mut parts = words.split(' ');
    let verb = parts.next().unwrap();
    let id: i64 = parts.next().and_then(|word| word.parse().ok()).unwrap_or(0);
    let number = || answer.parse::<i64>().unwrap();
    let run = |id: i64, word: &str| json!({"run_id": id, "state": state(word)});
    let body = match verb {
        "create" => json!({"job_id": number()}),
        "run-now" | "submit" => json!({"run_id": number(), "number_in_job": 1}),
        "get" => run(id, answer),
        "output" => json!({"metadata": run(id, answer)}),
        "job" => json!({"job_id": id, "settings": {"name": answer}}),
        "jobs" => {
            let ids = answer.split_terminator(' ');
            json!({"jobs": ids.map(|id| json!({"job_id": id.parse::<i64>().unwrap()})).collect::<Vec<_>>()})
        }
        "runs" | "active" => {
            let runs = answer.split_terminator(' ').map(|run_| {
                let (id, word) = run_.split_once(':').unwrap();
                run(id.parse().unwrap(), word)
            });
            json!({"runs": runs.collect::<Vec<_>>()})
        }
        _ => serde_json::from_str(answer).unwrap_or_else(|_| json!(answer)),
    };
    Response::json(200, body.to_string())
}

/// An answer in words.
fn words(response: &Response) -> String {
    let body: Value = serde_json::from_slice(response.body.bytes()).unwrap_or_default();
    let state = |run: &Value| run["state"]["life_cycle_state"].as_str().map(str::to_owned);
    let list = |name: &str, word: &dyn Fn(&Value) -> String| {
        body[name].as_array().map(|all| all.iter().map(word).collect::<Vec<_>>().join(" "))
    };
    if body["error_code"] == "JOBDECK_MISS" {
        let message = body["message"].as_str().unwrap();
        let kind = message.split(['(', ')']).nth(1).unwrap();
        return format!("MISS {kind}");
    }
    if !response.is_success() {
        return format!("!{}", response.status);
    }
    list("jobs", &|job| job["job_id"].to_string())
        .or_else(|| list("runs", &|run| format!("{}:{}", run["run_id"], state(run).unwrap())))
        .or_else(|| state(&body))
        .or_else(|| state(&body["metadata"]))
        .or_else(|| body["settings"]["name"].as_str().map(str::to_owned))
        .or_else(|| body["run_id"].as_i64().map(|id| id.to_string()))
        .or_else(|| body["job_id"].as_i64().map(|id| id.to_string()))
        .unwrap_or_else(|| body.to_string())
}

fn exchange(
    seq: u64,
    request: Request,
    response: Option<Response>,
    at_us: u64,
    end_us: u64,
) -> Exchange {
    Exchange {
        seq,
        connection: 1,
        at_us,
        first_byte_us: None,
        took_us: end_us - at_us,
        request,
        outcome: if response.is_some() { Outcome::Complete } else { Outcome::UpstreamFailed },
        response,
        redacted: Vec::new(),
    }
}

pub(super) fn recording(lines: &[Line]) -> Recording {
    let exchanges = (1..)
        .zip(lines)
        .map(|(seq, (at, end, question, answer))| {
            let answer = (*answer != "lost").then(|| response(question, answer));
            exchange(seq, request(question), answer, *at, *end)
        })
        .collect();
    Recording { exchanges, volatile: Vec::new(), sha256: "0a1b".into() }
}

fn ask(replayer: &mut Replayer, question: &str) -> String {
    words(&replayer.answer(&request(question), 0).response)
}

/// Asks each question and expects the answer behind `->`; then compares how many were approximate.
#[track_caller]
fn check(lines: &[Line], approximate: u64, table: &str) {
    check_with(lines, Options::default(), approximate, table);
}

#[track_caller]
fn check_with(lines: &[Line], options: Options, approximate: u64, table: &str) {
    let mut replayer = Replayer::new(recording(lines), options);
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (question, expected) = line.split_once(" -> ").unwrap();
        assert_eq!(
            ask(&mut replayer, question),
            expected,
            "{line}\n{:#?}",
            replayer.receipt().misses
        );
    }
    let given: u64 = replayer.receipt().approximate.iter().map(|given| given.times).sum();
    assert_eq!(given, approximate, "approximate answers");
}

const TWO_RUNS: &[Line] = &[
    (0, 1, "run-now 1 a", "11"),
    (2, 3, "run-now 1 b", "12"),
    (4, 5, "get 11", "PENDING"),
    (6, 7, "get 12", "PENDING"),
    (8, 9, "get 11", "RUNNING"),
    (10, 11, "get 12", "RUNNING"),
    (12, 13, "cancel 11", "{}"),
    (14, 15, "get 11", "TERMINATING"),
    (16, 17, "get 11", "TERMINATED"),
    (18, 19, "get 12", "TERMINATED"),
];

#[test]
fn runs_move_apart_from_each_other_in_any_rhythm() {
    check(
        TWO_RUNS,
        0,
        "run-now 1 a -> 11
         run-now 1 b -> 12
         get 11 -> PENDING
         get 11 -> RUNNING
         get 11 -> RUNNING
         get 11 -> RUNNING
         get 12 -> PENDING
         get 12 -> RUNNING
         get 12 -> TERMINATED
         get 12 -> TERMINATED
         cancel 11 -> {}
         get 11 -> TERMINATING
         get 11 -> TERMINATED
         get 11 -> TERMINATED
         get 12 -> TERMINATED",
    );
}

#[test]
fn the_second_run_may_be_started_first() {
    check(
        TWO_RUNS,
        0,
        "run-now 1 b -> 12
         get 12 -> PENDING
         get 12 -> RUNNING
         get 12 -> TERMINATED
         run-now 1 a -> 11
         get 11 -> PENDING",
    );
}

#[test]
fn a_run_does_not_change_its_job() {
    check(
        &[
            (0, 1, "create 1", "1"),
            (2, 3, "job 1", "s1"),
            (4, 5, "run-now 1", "11"),
            (6, 7, "get 11", "TERMINATED"),
        ],
        0,
        "create 1 -> 1
         run-now 1 -> 11
         job 1 -> s1
         get 11 -> TERMINATED
         job 1 -> s1",
    );
}

#[test]
fn cancel_of_an_ended_run_changes_nothing() {
    check(
        &[
            (0, 1, "run-now 1", "11"),
            (2, 3, "get 11", "RUNNING"),
            (4, 5, "get 11", "TERMINATED"),
            (6, 7, "cancel 11", "{}"),
        ],
        0,
        "run-now 1 -> 11
         get 11 -> RUNNING
         get 11 -> TERMINATED
         cancel 11 -> {}
         get 11 -> TERMINATED
         cancel 11 -> {}",
    );
}

#[test]
fn all_questions_about_a_run_move_together() {
    check(
        &[
            (0, 1, "run-now 1", "11"),
            (2, 3, "get 11", "PENDING"),
            (4, 5, "output 11", "RUNNING"),
            (6, 7, "get 11", "RUNNING"),
            (8, 9, "output 11", "TERMINATED"),
            (10, 11, "get 11", "TERMINATED"),
        ],
        0,
        "run-now 1 -> 11
         output 11 -> RUNNING
         output 11 -> TERMINATED
         get 11 -> TERMINATED
         output 11 -> TERMINATED",
    );
}

#[test]
fn one_test_of_a_suite_runs_alone() {
    check(
        &[
            (0, 1, "create 1", "1"),
            (2, 3, "create 2", "2"),
            (4, 5, "jobs", "1 2"),
            (6, 7, "run-now 2", "12"),
            (8, 9, "get 12", "TERMINATED"),
        ],
        1,
        "create 2 -> 2
         jobs -> 1 2
         run-now 2 -> 12
         get 12 -> TERMINATED",
    );
}

const GROWING_LIST: &[Line] =
    &[(0, 1, "create 1", "1"), (2, 3, "jobs", "1"), (4, 5, "create 2", "2"), (6, 7, "jobs", "1 2")];

#[test]
fn a_list_never_lacks_what_was_made() {
    check(
        GROWING_LIST,
        1,
        "create 2 -> 2
         jobs -> 1 2
         create 1 -> 1
         jobs -> 1 2",
    );
}

#[test]
fn lists_grow_as_recorded() {
    check(
        GROWING_LIST,
        1,
        "jobs -> 1
         create 1 -> 1
         jobs -> 1
         jobs -> 1
         create 2 -> 2
         jobs -> 1 2",
    );
}

const DELETED: &[Line] = &[
    (0, 1, "create 1", "1"),
    (2, 3, "run-now 1", "11"),
    (4, 5, "get 11", "RUNNING"),
    (6, 7, "delete 1", "{}"),
    (8, 9, "get 11", "!400"),
];

#[test]
fn a_delete_removes_the_runs() {
    check(
        DELETED,
        0,
        "create 1 -> 1
         run-now 1 -> 11
         get 11 -> RUNNING
         get 11 -> RUNNING
         delete 1 -> {}
         get 11 -> !400
         get 11 -> !400
         delete 1 -> {}",
    );
}

#[test]
fn without_the_delete_the_run_stays() {
    check(
        DELETED,
        0,
        "create 1 -> 1
         run-now 1 -> 11
         get 11 -> RUNNING
         get 11 -> RUNNING
         get 11 -> RUNNING",
    );
}

const RETRIED: &[Line] = &[
    (0, 1, "run-now 1 token=t", "!503"),
    (2, 3, "run-now 1 token=t", "11"),
    (4, 5, "get 11", "TERMINATED"),
];

#[test]
fn after_a_failure_nothing_is_assumed() {
    check(
        RETRIED,
        0,
        "run-now 1 token=t -> !503
         run-now 1 token=t -> 11
         get 11 -> TERMINATED
         run-now 1 token=t -> 11",
    );
    let skip = Options { transients: Transients::Skip, ..Options::default() };
    check_with(RETRIED, skip, 0, "run-now 1 token=t -> 11\n get 11 -> TERMINATED");
}

#[test]
fn a_refusal_that_no_longer_holds_is_passed_over() {
    check(
        &[
            (0, 1, "run-now 1", "11"),
            (2, 3, "delete-run 11", "!400"),
            (4, 5, "cancel 11", "{}"),
            (6, 7, "get 11", "TERMINATED"),
            (8, 9, "delete-run 11", "{}"),
        ],
        0,
        "run-now 1 -> 11
         cancel 11 -> {}
         get 11 -> TERMINATED
         delete-run 11 -> {}",
    );
}

#[test]
fn an_overlapping_read_that_shows_the_effect_came_after_the_write() {
    check(
        &[
            (0, 1, "run-now 1", "11"),
            (50, 51, "get 11", "RUNNING"),
            (100, 140, "get 11", "TERMINATING"),
            (101, 110, "cancel 11", "{}"),
            (150, 151, "get 11", "TERMINATED"),
        ],
        0,
        "run-now 1 -> 11
         get 11 -> RUNNING
         get 11 -> RUNNING
         get 11 -> RUNNING
         cancel 11 -> {}
         get 11 -> TERMINATING
         get 11 -> TERMINATED",
    );
}

#[test]
fn an_overlapping_read_that_shows_no_effect_may_have_come_before() {
    check(
        &[
            (0, 1, "run-now 1", "11"),
            (50, 51, "get 11", "RUNNING"),
            (100, 140, "get 11", "RUNNING"),
            (101, 110, "cancel 11", "{}"),
            (150, 151, "get 11", "TERMINATED"),
        ],
        0,
        "run-now 1 -> 11
         get 11 -> RUNNING
         get 11 -> RUNNING
         get 11 -> RUNNING
         cancel 11 -> {}
         get 11 -> TERMINATED
         get 11 -> TERMINATED",
    );
}

#[test]
fn tests_that_reset_a_shared_job_run_in_any_order() {
    check(
        &[
            (0, 1, "reset 1 a", "{}"),
            (2, 3, "run-now 1 a", "11"),
            (4, 5, "get 11", "TERMINATED"),
            (6, 7, "job 1", "sa"),
            (8, 9, "reset 1 b", "{}"),
            (10, 11, "run-now 1 b", "12"),
            (12, 13, "get 12", "TERMINATED"),
            (14, 15, "job 1", "sb"),
        ],
        0,
        "reset 1 b -> {}
         run-now 1 b -> 12
         get 12 -> TERMINATED
         job 1 -> sb
         reset 1 a -> {}
         run-now 1 a -> 11
         get 11 -> TERMINATED
         job 1 -> sa",
    );
}

const UPDATED: &[Line] =
    &[(0, 1, "create 1", "1"), (2, 3, "job 1", "s"), (4, 5, "update 1 u", "{}")];

#[test]
fn no_answer_from_before_a_replayed_write() {
    check(
        UPDATED,
        0,
        "create 1 -> 1
         update 1 u -> {}
         job 1 -> MISS gap",
    );
}

#[test]
fn a_list_moves_with_the_runs_in_it() {
    check(
        &[
            (0, 1, "run-now 1", "11"),
            (2, 3, "runs 1", "11:PENDING"),
            (4, 5, "get 11", "PENDING"),
            (6, 7, "get 11", "TERMINATED"),
            (8, 9, "runs 1", "11:TERMINATED"),
        ],
        0,
        "run-now 1 -> 11
         get 11 -> PENDING
         get 11 -> TERMINATED
         runs 1 -> 11:TERMINATED
         runs 1 -> 11:TERMINATED",
    );
}

#[test]
fn overlapping_updates_come_in_any_order() {
    check(
        &[
            (0, 1, "create 1", "1"),
            (10, 14, "update 1 x", "{}"),
            (11, 15, "update 1 y", "{}"),
            (20, 21, "job 1", "xy"),
        ],
        0,
        "create 1 -> 1
         update 1 y -> {}
         update 1 x -> {}
         job 1 -> xy",
    );
}
