//! Comparisons of recordings that differ in known ways.

use http::Method;
use serde_json::{Value, json};

use super::compare;
use crate::{
    cassette::{Cassette, Redaction},
    exchange::{Body, Exchange, Handler as _, Outcome, Request, Response},
    serve::{self, Workspace},
};

/// A recording of these questions and answers, one after the other.
fn recording(passed: impl IntoIterator<Item = (Request, Response)>) -> Cassette {
    let exchange = |(seq, (request, response)): (u64, (Request, Response))| Exchange {
        seq,
        connection: 1,
        at_us: seq * 1000,
        first_byte_us: Some(400),
        took_us: 500 + seq,
        request,
        response: Some(response),
        redacted: Vec::new(),
        outcome: Outcome::Complete,
        weather: None,
    };
    Cassette {
        recorded: "2026-11-23T10:00:00Z".to_owned(),
        upstream: "https://host-1.jobdeck.invalid".to_owned(),
        redaction: Redaction { policy: "default@1".to_owned(), rules: Vec::new() },
        volatile: Vec::new(),
        exchanges: (1..).zip(passed).map(exchange).collect(),
        sha256: String::new(),
    }
}

fn request(method: Method, path: &str, body: Option<Value>) -> Request {
    let mut request = Request::new(method, format!("/api/2.0/jobs/{path}"));
    if let Some(body) = body {
        request.body = Body::Whole(body.to_string().into());
    }
    request
}

#[expect(clippy::needless_pass_by_value, reason = "a value made for the call")]
fn get(path: &str, answer: Value) -> (Request, Response) {
    (request(Method::GET, path, None), Response::json(200, answer.to_string()))
}

#[expect(clippy::needless_pass_by_value, reason = "values made for the call")]
fn post(path: &str, body: Value, answer: Value) -> (Request, Response) {
    (request(Method::POST, path, Some(body)), Response::json(200, answer.to_string()))
}

fn state(run: i64, life_cycle: &str, result: Option<&str>) -> (Request, Response) {
    let mut state = json!({"life_cycle_state": life_cycle, "state_message": ""});
    if let Some(result) = result {
        state["result_state"] = result.into();
    }
    get(&format!("runs/get?run_id={run}"), json!({"run_id": run, "state": state}))
}

/// A run from its start to its end, in the states that somebody happened to see.
fn run(job: i64, run: i64, seen: &[&str]) -> Vec<(Request, Response)> {
    let mut passed = vec![post("run-now", json!({"job_id": job}), json!({"run_id": run}))];
    passed.extend(seen.iter().map(|seen| {
        let (life_cycle, result) =
            seen.split_once(' ').map_or((*seen, None), |(l, r)| (l, Some(r)));
        state(run, life_cycle, result)
    }));
    passed
}

#[track_caller]
fn check(
    old: impl IntoIterator<Item = (Request, Response)>,
    new: impl IntoIterator<Item = (Request, Response)>,
) -> String {
    let (old, new) = (recording(old), recording(new));
    for cassette in [&old, &new] {
        let itself = compare(cassette, cassette);
        assert!(itself.is_same(), "{itself}");
    }
    let comparison = compare(&old, &new);
    let back = compare(&new, &old);
    assert_eq!(comparison.is_same(), back.is_same(), "{back}");
    comparison.to_string()
}

/// What a client sees of a workspace in which others made so many jobs before, from a time on.
fn lived(strangers: u64, start_us: u64, wait_us: u64) -> Vec<(Request, Response)> {
    let mut workspace = Workspace::new(serve::Options::default());
    let mut now_us = start_us;
    let mut passed = Vec::new();
    let mut ask = |method: Method, path: &str, body: Option<Value>, now_us: u64| -> Value {
        let mut request = request(method, path, body);
        request.headers.push("authorization", "Bearer x");
        let response = workspace.answer(&request, now_us).response;
        let answer = serde_json::from_slice(response.body.bytes()).unwrap();
        passed.push((request, response));
        answer
    };
    let job = |name: &str| {
        Some(json!({
            "name": name,
            "existing_cluster_id": "1201-my-cluster",
            "notebook_task": {"notebook_path": "/jobdeck/exit/done"},
        }))
    };
    for _ in 0..strangers {
        ask(Method::POST, "create", job("stranger"), now_us);
        let runs = json!({"job_id": 1});
        ask(Method::POST, "run-now", Some(runs), now_us);
    }
    let from = 2 * usize::try_from(strangers).unwrap();
    for name in ["first", "second"] {
        let made = ask(Method::POST, "create", job(name), now_us);
        let token = format!("{name}-{start_us}");
        let start = json!({"job_id": made["job_id"], "idempotency_token": token});
        let started = ask(Method::POST, "run-now", Some(start), now_us);
        let id = started["run_id"].clone();
        loop {
            now_us += wait_us;
            let run = ask(Method::GET, &format!("runs/get?run_id={id}"), None, now_us);
            if run["state"]["life_cycle_state"] == "TERMINATED" {
                break;
            }
        }
        ask(Method::GET, &format!("runs/get-output?run_id={id}"), None, now_us);
        ask(Method::GET, &format!("runs/list?job_id={}", made["job_id"]), None, now_us);
        ask(Method::POST, "delete", Some(json!({"job_id": made["job_id"]})), now_us);
        ask(Method::GET, &format!("get?job_id={}", made["job_id"]), None, now_us);
    }
    passed.split_off(from)
}

#[test]
fn the_same_made_twice_differs_in_nothing() {
    let old = lived(0, 1_700_000_000_000_000, 100_000);
    for (strangers, start_us, wait_us) in [
        (0, 1_700_000_000_000_000, 100_000),
        (3, 1_800_000_000_123_000, 100_000),
        (1, 1_900_000_000_000_000, 33_000),
        (7, 1_000_000, 700_000),
    ] {
        let told = check(old.clone(), lived(strangers, start_us, wait_us));
        assert!(told.starts_with("0 changed, 0 gone, 0 new, "), "{told}");
    }
}

#[test]
fn fields_are_told_with_their_places() {
    let old = get(
        "get?job_id=1",
        json!({"job_id": 1, "created_time": 5, "settings": {"name": "a", "max_retries": 0, "tags": {"x": "y"}}}),
    );
    let mut new = get(
        "get?job_id=7",
        json!({"job_id": 7, "created_time": 9, "settings": {"name": "a", "max_retries": 1, "format": "SINGLE_TASK"}}),
    );
    new.1.headers.remove("content-type");
    new.1.headers.push("content-type", "application/json; charset=utf-8");
    insta::assert_snapshot!(check([old], [new]), @r#"
    changed: GET jobs/get, job 1 (exchange 1, now 1)
      ~ /response/headers/content-type: "application/json" -> "application/json; charset=utf-8"
      ~ /response/body/settings/max_retries: 0 -> 1
      - /response/body/settings/tags: {"x":"y"}
      + /response/body/settings/format: "SINGLE_TASK"
    1 changed, 0 gone, 0 new, 0 the same
    "#);
}

#[test]
fn a_run_that_ends_otherwise_is_told_and_how_often_it_was_polled_is_not() {
    let old = run(1, 10, &["PENDING", "RUNNING", "RUNNING", "TERMINATED SUCCESS"]);
    let new =
        run(4, 90, &["PENDING", "PENDING", "RUNNING", "TERMINATED FAILED", "TERMINATED FAILED"]);
    insta::assert_snapshot!(check(old, new), @r#"
    changed: GET jobs/runs/get, run 10 (exchange 5, now 5)
      ~ /response/body/state/result_state: "SUCCESS" -> "FAILED"
    1 changed, 0 gone, 0 new, 3 the same
    "#);
}

#[test]
fn passing_states_are_seen_or_not_but_unknown_ones_are_news() {
    let old = run(1, 10, &["PENDING", "RUNNING", "TERMINATED SUCCESS"]);
    let unseen = run(4, 90, &["TERMINATING SUCCESS", "TERMINATED SUCCESS"]);
    insta::assert_snapshot!(check(old.clone(), unseen), @"0 changed, 0 gone, 0 new, 2 the same; 3 answers showed a run on its way that the other did not see");
    let queued = run(4, 90, &["QUEUED", "RUNNING", "TERMINATED SUCCESS"]);
    insta::assert_snapshot!(check(old.clone(), queued), @"
    new: GET jobs/runs/get, run 90 (exchange 2): 200 QUEUED
    0 changed, 0 gone, 1 new, 3 the same; 1 answer showed a run on its way that the other did not see
    ");
    let endless = run(4, 90, &["PENDING", "RUNNING"]);
    insta::assert_snapshot!(check(old, endless), @"
    gone: GET jobs/runs/get, run 10 (exchange 4): 200 TERMINATED SUCCESS
    0 changed, 1 gone, 0 new, 3 the same
    ");
}

#[test]
fn a_refusal_in_place_of_an_answer_is_told_as_a_whole() {
    let old = get("get?job_id=1", json!({"job_id": 1, "settings": {"name": "a"}}));
    let refused = Response::error(403, "PERMISSION_DENIED", "\u{1b}[2Jno");
    let new = (request(Method::GET, "get?job_id=1", None), refused);
    insta::assert_snapshot!(check([old], [new]), @r#"
    changed: GET jobs/get, job 1 (exchange 1, now 1)
      ~ /response/status: 200 -> 403
      ~ /response/body: {"job_id":1,"settings":{"name":"a"}} -> {"error_code":"PERMISSION_DENIED","message":"\u001b[2Jno"}
    1 changed, 0 gone, 0 new, 0 the same
    "#);
}

#[test]
fn what_has_no_partner_is_told() {
    let settings = json!({"name": "a"});
    let old = [
        post("create", settings.clone(), json!({"job_id": 1})),
        post("create", json!({"name": "b"}), json!({"job_id": 2})),
        post("delete", json!({"job_id": 1}), json!({})),
    ];
    let new = [
        post("create", json!({"name": "b"}), json!({"job_id": 8})),
        get("list", json!({"jobs": []})),
    ];
    insta::assert_snapshot!(check(old, new), @"
    gone: POST jobs/create (exchange 1): 200 job 1
    gone: POST jobs/delete, job 1 (exchange 3): 200
    new: GET jobs/list (exchange 2): 200 0 jobs
    0 changed, 2 gone, 1 new, 1 the same
    ");
}

#[test]
fn what_the_client_asks_otherwise_is_told_too() {
    let old = [
        post("create", json!({"name": "a", "max_retries": 1}), json!({"job_id": 1})),
        post("run-now", json!({"job_id": 1, "idempotency_token": "t1"}), json!({"run_id": 5})),
        post("run-now", json!({"job_id": 1, "idempotency_token": "t1"}), json!({"run_id": 5})),
    ];
    let new = [
        post("create", json!({"name": "a", "max_retries": "2"}), json!({"job_id": 3})),
        post("run-now", json!({"job_id": 3, "idempotency_token": "u1"}), json!({"run_id": 6})),
        post("run-now", json!({"job_id": 3, "idempotency_token": "u2"}), json!({"run_id": 7})),
    ];
    insta::assert_snapshot!(check(old, new), @r#"
    changed: POST jobs/create (exchange 1, now 1)
      ~ /request/body/max_retries: 1 -> 2
    changed: POST jobs/run-now, job 1 (exchange 3, now 3)
      ~ /request/body/idempotency_token: "t1" -> "u2"
      ~ /response/body/run_id: 5 -> 7
    2 changed, 0 gone, 0 new, 1 the same
    "#);
}

#[test]
fn ids_in_messages_and_urls_are_ids() {
    let passed = |job: i64, run: i64, word: &str| {
        let missing = format!("Job {job} {word}.");
        [
            post("create", json!({"name": "a"}), json!({"job_id": job})),
            post("run-now", json!({"job_id": job}), json!({"run_id": run})),
            get(
                &format!("runs/get?run_id={run}"),
                json!({"run_id": run, "run_page_url": format!("https://h{job}.x/?o=12{run}#job/{job}/run/{run}")}),
            ),
            (
                request(Method::GET, &format!("get?job_id={job}"), None),
                Response::error(400, "INVALID_PARAMETER_VALUE", &missing),
            ),
        ]
    };
    assert_eq!(
        check(passed(1, 20, "does not exist"), passed(31, 4, "does not exist")),
        "0 changed, 0 gone, 0 new, 4 the same"
    );
    insta::assert_snapshot!(check(passed(1, 20, "does not exist"), passed(31, 4, "is gone")), @r#"
    changed: GET jobs/get, job 1 (exchange 4, now 4)
      ~ /response/body/message: "Job 1 does not exist." -> "Job 31 is gone."
    1 changed, 0 gone, 0 new, 3 the same
    "#);
}

#[test]
fn things_in_lists_are_found_again_by_what_they_are() {
    let job =
        |id: i64, name: &str| json!({"job_id": id, "settings": {"name": name}, "created_time": id});
    let create = |id: i64| post("create", json!({"name": "mine"}), json!({"job_id": id}));
    let old = [create(3), get("list", json!({"jobs": [job(1, "x"), job(2, "y"), job(3, "mine")]}))];
    let new = [
        create(13),
        get("list", json!({"jobs": [job(13, "mine"), job(12, "y"), job(11, "x"), job(14, "z")]})),
    ];
    insta::assert_snapshot!(check(old, new), @r#"
    changed: GET jobs/list (exchange 2, now 2)
      + /response/body/jobs/3: {"job_id":14,"settings":{"name":"z"},"created_time":14}
    1 changed, 0 gone, 0 new, 1 the same
    "#);
}

#[test]
fn a_list_that_names_a_thing_twice_is_the_same_as_itself() {
    let job = |id: i64, name: &str| json!({"job_id": id, "settings": {"name": name}});
    let list = || get("list", json!({"jobs": [job(1, "x"), job(1, "y"), job(2, "x")]}));
    let create = || post("create", json!({"name": "x"}), json!({"job_id": 1}));
    assert_eq!(
        check([create(), list()], [create(), list()]),
        "0 changed, 0 gone, 0 new, 2 the same"
    );
}

#[test]
fn an_answer_that_a_write_did_not_change_is_compared_on_its_own() {
    let job = |id: i64, name: &str| {
        get(&format!("get?job_id={id}"), json!({"job_id": id, "settings": {"name": name}}))
    };
    let update =
        |id: i64| post("update", json!({"job_id": id, "new_settings": {"name": "b"}}), json!({}));
    let old = [job(1, "a"), job(1, "a"), update(1), job(1, "b")];
    let new = [job(1, "a"), update(1), job(1, "a")];
    insta::assert_snapshot!(check(old, new), @r#"
    changed: GET jobs/get, job 1 (exchange 4, now 3)
      ~ /response/body/settings/name: "b" -> "a"
    1 changed, 0 gone, 0 new, 2 the same
    "#);
}

#[test]
fn what_is_no_call_is_compared_as_text() {
    let other = |target: &str, status: u16, body: &'static [u8]| {
        let mut response = Response::json(status, body);
        response.headers.remove("content-type");
        (Request::new(Method::GET, target), response)
    };
    let old =
        [other("/a?x=1", 200, b"one"), other("/b", 200, b"\xff"), other("/c?x=1", 200, b"{}")];
    let new =
        [other("/a?x=1", 200, b"two"), other("/b", 503, b"\xfe"), other("/c?x=2", 200, b"{}")];
    insta::assert_snapshot!(check(old, new), @r#"
    changed: GET /a (exchange 1, now 1)
      ~ /response/body: "one" -> "two"
    changed: GET /b (exchange 2, now 2)
      ~ /response/status: 200 -> 503
      ~ /response/body: {"bytes":1,"sha256":"a8100ae6aa1940d0b663bb31cd466142ebbdbd5187131b92d93818987832eb89"} -> {"bytes":1,"sha256":"aa687b58b0e73e2e383f8c500d75b591e188efe0168b3ffbcd3771caaa6dd4c7"}
    changed: GET /c (exchange 3, now 3)
      ~ /request/query/x/0: "1" -> "2"
    3 changed, 0 gone, 0 new, 0 the same
    "#);
}

#[test]
fn values_that_clients_make_up_are_names() {
    let passed = |name: &str, job: i64| {
        let job_of = json!({"job_id": job, "settings": {"name": name}});
        [
            post("create", json!({"name": name}), json!({"job_id": job})),
            get(&format!("get?job_id={job}"), job_of),
        ]
    };
    let (mut old, new) = (recording(passed("test-1a", 1)), recording(passed("test-2b", 2)));
    assert_eq!(compare(&old, &new).changed.len(), 2);
    old.volatile.push("/name".to_owned());
    assert!(compare(&old, &new).is_same(), "{}", compare(&old, &new));
}

#[test]
fn placeholders_are_names() {
    let passed = |user: &str, creator: &str| {
        [get(
            "get?job_id=1",
            json!({"job_id": 1, "creator_user_name": creator, "settings": {"name": format!("for {user}")}}),
        )]
    };
    let same = "0 changed, 0 gone, 0 new, 1 the same";
    let (one, two) = ("user-1@jobdeck.invalid", "user-2@jobdeck.invalid");
    assert_eq!(check(passed(one, one), passed(two, two)), same);
    assert_ne!(check(passed(one, one), passed(two, one)), same);
    assert_ne!(check(passed(one, one), passed("nobody", one)), same);
}

#[test]
fn programs_read_it_as_json() {
    let old = [get("get?job_id=1", json!({"job_id": 1, "settings": {"name": "a"}}))];
    let new = [get("get?job_id=1", json!({"job_id": 1, "settings": {}, "format": null}))];
    let told = serde_json::to_string_pretty(&compare(&recording(old), &recording(new))).unwrap();
    insta::assert_snapshot!(told, @r#"
    {
      "same": 0,
      "changed": [
        {
          "request": "GET jobs/get, job 1",
          "old": 1,
          "new": 1,
          "fields": [
            {
              "pointer": "/response/body/settings/name",
              "change": "removed",
              "old": "a"
            },
            {
              "pointer": "/response/body/format",
              "change": "added",
              "new": null
            }
          ]
        }
      ],
      "only_old": [],
      "only_new": [],
      "passing": 0
    }
    "#);
}
