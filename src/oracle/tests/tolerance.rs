//! What a correct server may do, and what traffic may look like, without a rule being broken.

#![expect(clippy::needless_pass_by_value, reason = "values are written where they are used")]

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use super::super::{History, Surroundings, judge};
use crate::{
    contract::rules::{self, Level},
    exchange::{Body, Exchange, Outcome, Request, Response},
};

/// How long each exchange takes, in microseconds; as long passes until the next one.
const TOOK_US: u64 = 1000;

/// What somebody says, and what is answered: `GET runs/get?run_id=1`, or a POST with its body.
fn said(ask: &str, body: Value, status: u16, answer: Value) -> Exchange {
    let (method, path) = ask.split_once(' ').unwrap();
    let mut request =
        Request::new(method.parse::<Method>().unwrap(), format!("/api/2.0/jobs/{path}"));
    request.headers.push("authorization", "Bearer a-token");
    if method != "GET" {
        request.body = Body::Whole(Bytes::from(body.to_string()));
    }
    Exchange {
        seq: 0,
        connection: 1,
        at_us: 0,
        first_byte_us: None,
        took_us: TOOK_US,
        request,
        response: Some(Response::json(status, answer.to_string())),
        redacted: Vec::new(),
        outcome: Outcome::Complete,
        weather: None,
    }
}

fn get(path: &str, status: u16, answer: Value) -> Exchange {
    said(&format!("GET {path}"), Value::Null, status, answer)
}

fn post(path: &str, body: Value, status: u16, answer: Value) -> Exchange {
    said(&format!("POST {path}"), body, status, answer)
}

/// No whole answer came.
fn lost(exchange: Exchange) -> Exchange {
    Exchange { response: None, outcome: Outcome::UpstreamFailed, ..exchange }
}

fn refusal() -> Value {
    json!({"error_code": "INVALID_PARAMETER_VALUE", "message": "no"})
}

/// A run of job 7, with more or other fields.
fn run(id: i64, state: &str, more: Value) -> Value {
    let mut run = json!({
        "job_id": 7, "run_id": id, "number_in_job": 1, "original_attempt_run_id": id,
        "state": {"life_cycle_state": state}, "start_time": 1_795_000_000_000_i64,
        "trigger": "ONE_TIME", "run_type": "JOB_RUN",
    });
    if state == "TERMINATED" {
        run["state"]["result_state"] = "FAILED".into();
        run["end_time"] = 1_795_000_001_000_i64.into();
    }
    for (name, value) in more.as_object().unwrap() {
        run[name] = value.clone();
    }
    run
}

/// One after the other.
fn in_order(exchanges: Vec<Exchange>) -> Vec<Exchange> {
    let timed = (1..).zip(exchanges).map(|(seq, exchange)| Exchange {
        seq,
        at_us: seq * 2 * TOOK_US,
        ..exchange
    });
    timed.collect()
}

/// The documented rules that are broken.
fn broken(history: &History) -> Vec<&'static str> {
    let tally = judge(history);
    let is_documented = |rule: &str| rules::find(rule).unwrap().level < Level::Observed;
    let broken = tally.iter().filter(|(rule, record)| record.broken > 0 && is_documented(rule));
    broken.map(|(rule, _)| rule).collect()
}

/// What is broken where somebody else's traffic is looked at, of which there may be more.
#[track_caller]
fn check_observed(exchanges: Vec<Exchange>, expected: &[&str]) {
    assert_eq!(broken(&History::observed(&in_order(exchanges))), expected);
}

/// What is broken where nobody else touches what is looked at.
#[track_caller]
fn check_own(exchanges: Vec<Exchange>, expected: &[&str]) {
    let own = Some("own".to_owned());
    let mut history = History::new(Surroundings { own, ..Surroundings::default() });
    for exchange in in_order(exchanges) {
        history.push(exchange, None, 1);
    }
    assert_eq!(broken(&history), expected);
}

fn created() -> Exchange {
    post("create", json!({"name": "own-a", "max_concurrent_runs": 1}), 200, json!({"job_id": 7}))
}

#[test]
fn a_body_that_was_not_kept_says_nothing() {
    let omitted = || Body::Omitted { bytes: 40_000_000, sha256: "0".repeat(64) };
    let mut list = get("list", 200, Value::Null);
    list.response.as_mut().unwrap().body = omitted();
    let mut start = post("run-now", Value::Null, 200, json!({"run_id": 1, "number_in_job": 1}));
    start.request.body = omitted();
    let mut cancel = post("runs/cancel", Value::Null, 200, json!({}));
    cancel.request.body = omitted();
    check_observed(vec![list, start, cancel], &[]);
}

#[test]
fn a_body_in_a_coding_is_read_or_says_nothing() {
    let coded = |coding: &str, bytes: Vec<u8>| {
        let mut list = get("list", 200, Value::Null);
        let response = list.response.as_mut().unwrap();
        response.headers.push("content-encoding", coding);
        response.body = Body::Whole(Bytes::from(bytes));
        list
    };
    let twice = crate::exchange::gzip(br#"{"jobs": [{"job_id": "x"}]}"#);
    check_observed(vec![coded("br", vec![11, 2, 128])], &[]);
    check_observed(
        vec![coded("gzip", twice)],
        &["get/schema/response", "http/schema/documented-types"],
    );
}

#[test]
fn what_stands_for_a_secret_has_no_length() {
    let long = "x".repeat(10_050);
    let start = || {
        post(
            "run-now",
            json!({"job_id": 7, "jar_params": [long]}),
            200,
            json!({"run_id": 1, "number_in_job": 1}),
        )
    };
    check_observed(vec![start()], &["run-now/limit/jar-params-10000"]);
    let redacted = vec!["/request/body/jar_params/0".to_owned()];
    check_observed(vec![Exchange { redacted, ..start() }], &[]);
}

#[test]
fn a_gateway_that_fails_says_nothing_of_the_request() {
    let cancel = |status| post("runs/cancel", json!({"run_id": "one"}), status, json!({}));
    for status in [502, 503, 504] {
        check_observed(vec![cancel(status)], &[]);
    }
    let rules = ["http/error/no-5xx-for-bad-input", "runs-cancel/error/invalid-400"];
    check_observed(vec![cancel(500)], &rules);
}

#[test]
fn what_somebody_else_may_have_done_is_held_against_nobody() {
    let ended = || get("runs/get?run_id=1", 200, run(1, "TERMINATED", json!({})));
    let start = || {
        post(
            "run-now",
            json!({"job_id": 7, "idempotency_token": "t"}),
            200,
            json!({"run_id": 1, "number_in_job": 1}),
        )
    };
    let edited = json!({"job_id": 7, "settings": {"name": "edited", "timeout_seconds": 60}});
    let rows: [(Vec<Exchange>, &[&str]); 7] = [
        (
            vec![created(), get("get?job_id=7", 200, edited)],
            &[
                "create/consistency/settings-echo",
                "create/schema/default-timeout",
                "get/schema/response",
            ],
        ),
        (
            vec![created(), get("get?job_id=7", 400, refusal())],
            &["create/consistency/get-after-create"],
        ),
        (vec![created(), get("list", 200, json!({}))], &["list/consistency/contains-all-created"]),
        (
            vec![created(), start(), get("runs/get?run_id=1", 400, refusal())],
            &["run-now/consistency/run-visible"],
        ),
        (
            vec![created(), start(), get("runs/list?job_id=7", 200, json!({}))],
            &["runs-list/consistency/includes-new-run", "runs-list/pagination/has-more-true"],
        ),
        (
            vec![ended(), post("runs/cancel", json!({"run_id": 1}), 400, refusal())],
            &["runs-cancel/idempotency/terminal-noop"],
        ),
        (
            vec![ended(), post("runs/delete", json!({"run_id": 1}), 400, refusal())],
            &["runs-delete/lifecycle/non-active-deleted"],
        ),
    ];
    for (exchanges, own) in rows {
        let schema: Vec<_> =
            own.iter().copied().filter(|rule| rule.contains("/schema/response")).collect();
        check_observed(exchanges.clone(), &schema);
        check_own(exchanges, own);
    }
}

#[test]
fn a_token_that_somebody_sent_before_gives_the_run_of_then() {
    let start = |token: Value, number| {
        let mut sent = json!({"job_id": 7, "notebook_params": {"a": "2"}});
        if !token.is_null() {
            sent["idempotency_token"] = token;
        }
        post("run-now", sent, 200, json!({"run_id": number, "number_in_job": number}))
    };
    let other = json!({"job_id": 8, "overriding_parameters": {"notebook_params": {"a": "1"}}});
    let old = get("runs/get?run_id=1", 200, run(1, "RUNNING", other));
    check_observed(vec![start(Value::Null, 2), start("t".into(), 1), old], &[]);
    let lost_first =
        lost(post("run-now", json!({"job_id": 7, "idempotency_token": "t"}), 200, json!({})));
    let shown = get("runs/get?run_id=1", 200, run(1, "RUNNING", json!({})));
    check_own(vec![lost_first.clone(), start("t".into(), 1), shown.clone()], &[]);
    let of_other_job = get("runs/get?run_id=1", 200, run(1, "RUNNING", json!({"job_id": 8})));
    check_own(vec![lost_first, start("t".into(), 1), of_other_job], &[]);
    check_own(vec![start("t".into(), 1), shown], &["run-now/consistency/overriding-parameters"]);
}

#[test]
fn a_token_is_refused_where_its_run_may_be_deleted_or_its_request_is_wrong() {
    let start = |more: Value, status, answer| {
        let mut sent = json!({"job_id": 7, "idempotency_token": "t"});
        for (name, value) in more.as_object().unwrap() {
            sent[name] = value.clone();
        }
        post("run-now", sent, status, answer)
    };
    let first = || start(json!({}), 200, json!({"run_id": 1, "number_in_job": 1}));
    let refused = || start(json!({}), 400, refusal());
    check_observed(vec![first(), refused()], &[]);
    check_own(vec![first(), refused()], &["run-now/idempotency/same-token-same-run"]);
    check_own(vec![first(), start(json!({"jar_params": "no list"}), 400, refusal())], &[]);
    let second = start(json!({}), 200, json!({"run_id": 2, "number_in_job": 2}));
    check_observed(vec![first(), second], &["run-now/idempotency/same-token-same-run"]);
}

#[test]
fn the_first_run_of_a_job_may_be_one_whose_answer_was_lost() {
    let start = |number: i64| {
        post(
            "run-now",
            json!({"job_id": 7}),
            200,
            json!({"run_id": number, "number_in_job": number}),
        )
    };
    check_own(vec![created(), start(2)], &["run/consistency/number-starts-at-1"]);
    check_own(vec![created(), lost(start(1)), start(2)], &[]);
}

#[test]
fn a_page_that_is_not_the_last_lacks_what_is_on_the_next() {
    let start =
        post("run-now", json!({"job_id": 7}), 200, json!({"run_id": 1, "number_in_job": 1}));
    let list = |more: bool| {
        let later = run(2, "PENDING", json!({"number_in_job": 2}));
        get("runs/list?limit=0", 200, json!({"runs": [later], "has_more": more}))
    };
    check_own(vec![start.clone(), list(true)], &[]);
    check_own(vec![start, list(false)], &["runs-list/consistency/all-jobs"]);
    let jobs = |more: bool| get("list", 200, json!({"jobs": [], "has_more": more}));
    check_own(vec![created(), jobs(true)], &[]);
    check_own(vec![created(), jobs(false)], &["list/consistency/contains-all-created"]);
}

#[test]
fn two_lists_are_compared_only_if_nothing_started_between_them() {
    let list = |flags: &str, ids: &[i64]| {
        let skipped = |id: &i64| run(*id, "SKIPPED", json!({"number_in_job": id}));
        let runs: Vec<_> = ids.iter().map(skipped).collect();
        get(&format!("runs/list?job_id=7{flags}"), 200, json!({"runs": runs, "has_more": false}))
    };
    let both = "&active_only=false&completed_only=false";
    let start =
        post("run-now", json!({"job_id": 7}), 200, json!({"run_id": 2, "number_in_job": 2}));
    check_own(vec![list("", &[1]), start, list(both, &[2, 1])], &[]);
    check_own(vec![list("", &[1]), list(both, &[2, 1])], &["runs-list/consistency/both-false"]);
}

#[test]
fn attempts_that_nobody_looked_at_leave_no_gap() {
    let start =
        post("run-now", json!({"job_id": 7}), 200, json!({"run_id": 1, "number_in_job": 1}));
    let retry = |id, number| {
        let more = json!({
            "attempt_number": number, "original_attempt_run_id": 1, "trigger": "RETRY",
            "number_in_job": id,
        });
        run(id, "RUNNING", more)
    };
    let first = || get("runs/get?run_id=1", 200, run(1, "TERMINATED", json!({})));
    let third = || get("runs/get?run_id=3", 200, retry(3, 2));
    check_observed(vec![start.clone(), first(), third()], &[]);
    let rule = "run/lifecycle/retry-attempt-numbers";
    let same = get("runs/get?run_id=2", 200, retry(2, 2));
    check_observed(vec![start.clone(), first(), same, third()], &[rule]);
    let all = json!({"runs": [retry(3, 2), run(1, "TERMINATED", json!({}))], "has_more": false});
    check_own(vec![start, get("runs/list?job_id=7", 200, all)], &[rule]);
}

#[test]
fn numbers_beyond_all_measure_are_judged_like_others() {
    let start =
        post("run-now", json!({"job_id": 7}), 200, json!({"run_id": 1, "number_in_job": 1}));
    let wild = json!({
        "start_time": i64::MIN, "end_time": i64::MAX, "setup_duration": i64::MAX,
        "execution_duration": i64::MAX, "cleanup_duration": i64::MIN, "number_in_job": 1,
        "attempt_number": i64::MAX,
    });
    let get_it = get("runs/get?run_id=1", 200, run(1, "TERMINATED", wild.clone()));
    let mut other = run(2, "TERMINATED", wild);
    other["original_attempt_run_id"] = 1.into();
    let list = get(
        "runs/list?job_id=7&offset=9223372036854775807&limit=9223372036854775807",
        200,
        json!({"runs": [other, 5, null, []], "has_more": "yes"}),
    );
    for own in [false, true] {
        let exchanges = in_order(vec![created(), start.clone(), get_it.clone(), list.clone()]);
        let mut history = History::observed(&exchanges);
        history.surroundings.own = own.then(|| "own".to_owned());
        history.surroundings.epoch_us = Some(u64::MAX);
        assert!(broken(&history).contains(&"run/consistency/durations-sum"));
    }
}

#[test]
fn what_the_document_leaves_open_is_open() {
    // A retry of a run that a schedule started may show the schedule.
    let schedule = json!({"quartz_cron_expression": "0 0 0 * * ?", "timezone_id": "UTC"});
    let retry = json!({
        "trigger": "RETRY", "schedule": schedule, "attempt_number": 1, "original_attempt_run_id": 1,
    });
    check_observed(vec![get("runs/get?run_id=2", 200, run(2, "RUNNING", retry))], &[]);
    // What is not documented may change while a cancel does nothing.
    let look =
        |views| get("runs/get?run_id=1", 200, run(1, "TERMINATED", json!({"page_views": views})));
    let cancel = post("runs/cancel", json!({"run_id": 1}), 200, json!({}));
    check_observed(vec![look(1), cancel.clone(), look(2)], &[]);
    let other = get("runs/get?run_id=1", 200, run(1, "TERMINATED", json!({"run_name": "new"})));
    check_observed(vec![look(1), cancel, other], &["runs-cancel/idempotency/terminal-noop"]);
    // The creator of a job is left out once that user is removed.
    let job = |creator: Value| {
        let mut job = json!({"job_id": 7, "settings": {}, "created_time": 1_795_000_000_000_i64});
        if !creator.is_null() {
            job["creator_user_name"] = creator;
        }
        get("get?job_id=7", 200, job)
    };
    let reset =
        post("reset", json!({"job_id": 7, "new_settings": {"name": "own-a"}}), 200, json!({}));
    check_observed(vec![created(), job("a".into()), reset, job(Value::Null)], &[]);
}

#[test]
fn a_long_recording_is_judged_in_good_time() {
    let start = |number: u64| {
        post(
            "run-now",
            json!({"job_id": 7}),
            200,
            json!({"run_id": number, "number_in_job": number}),
        )
    };
    let look = || get("runs/get?run_id=1", 200, run(1, "RUNNING", json!({})));
    let list = || get("runs/list?job_id=7", 200, json!({"runs": [run(1, "RUNNING", json!({}))]}));
    let exchanges = (1..10_000).flat_map(|number| [start(number), look(), list()]).collect();
    let started = std::time::Instant::now();
    check_observed(exchanges, &[]);
    // Without an index it is minutes; this is far from both.
    assert!(started.elapsed() < std::time::Duration::from_secs(20), "{:?}", started.elapsed());
}

#[test]
fn what_was_deleted_is_listed_no_more() {
    let delete = post("runs/delete", json!({"run_id": 1}), 200, json!({}));
    let shown = json!({"runs": [run(1, "TERMINATED", json!({}))], "has_more": false});
    let list = |runs: &Value| get("runs/list?job_id=7", 200, runs.clone());
    check_observed(
        vec![list(&shown), delete.clone(), list(&json!({})), list(&shown)],
        &["runs-list/consistency/excludes-deleted"],
    );
    check_observed(vec![list(&shown), delete, list(&json!({}))], &[]);
    let removed = post("delete", json!({"job_id": 7}), 200, json!({}));
    check_observed(
        vec![list(&shown), removed.clone(), list(&shown)],
        &["delete/consistency/run-history-gone"],
    );
    let jobs = get(
        "list",
        200,
        json!({"jobs": [{"job_id": 7, "settings": {}, "created_time": 1_795_000_000_000_i64}]}),
    );
    check_observed(vec![removed, jobs], &["list/consistency/excludes-deleted"]);
}
