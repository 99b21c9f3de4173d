//! Which requests are the same question, and what options change.

use super::*;
use crate::cassette::{Policy, Redactor};

fn post(target: &str, body: &str) -> Request {
    let mut request = Request::new(Method::POST, target);
    request.body = Body::Whole(body.to_owned().into());
    request
}

fn tape(exchanges: Vec<(Request, Response)>) -> Recording {
    let exchanges = (1..)
        .zip(exchanges)
        .map(|(seq, (request, response))| {
            exchange(seq, request, Some(response), seq * 10, seq * 10 + 5)
        })
        .collect();
    Recording { exchanges, ..Recording::default() }
}

fn started(run: i64) -> Response {
    Response::json(200, format!(r#"{{"run_id":{run}}}"#))
}

fn with_token(mut request: Request, token: &str) -> Request {
    request.headers.push("authorization", &format!("Bearer {token}"));
    request
}

fn answer(replayer: &mut Replayer, request: &Request) -> String {
    words(&replayer.answer(request, 0).response)
}

#[test]
fn tokens_match_up_to_renaming() {
    let run_now = |token: &str, job: i64| {
        post(
            "/api/2.0/jobs/run-now",
            &format!(r#"{{"job_id":{job},"idempotency_token":"{token}"}}"#),
        )
    };
    let recording = tape(vec![(run_now("t1", 1), started(11)), (run_now("t2", 1), started(12))]);
    let mut replayer = Replayer::new(recording, Options::default());
    assert_eq!(answer(&mut replayer, &run_now("live-a", 1)), "11");
    assert_eq!(answer(&mut replayer, &run_now("live-b", 1)), "12");
    assert_eq!(answer(&mut replayer, &run_now("live-a", 1)), "11");
    assert_eq!(answer(&mut replayer, &run_now("live-b", 1)), "12");
    assert_eq!(answer(&mut replayer, &run_now("live-c", 1)), "MISS exhausted");
    assert_eq!(answer(&mut replayer, &run_now("live-a", 2)), "MISS unknown id");
}

#[test]
fn volatile_values_are_given_back() {
    let create = |name: &str| {
        post("/api/2.0/jobs/create", &format!(r#"{{"name":"{name}","max_retries":1}}"#))
    };
    let get = Request::new(Method::GET, "/api/2.0/jobs/get?job_id=1");
    let body = r#"{"job_id":1, "settings":{"name":"etl-1","notes":"etl-1!"}}"#;
    let mut recording = tape(vec![
        (create("etl-1"), Response::json(200, r#"{"job_id":1}"#)),
        (get.clone(), Response::json(200, body)),
    ]);
    recording.volatile = vec!["/name".into()];
    let mut replayer = Replayer::new(recording.clone(), Options::default());
    assert_eq!(answer(&mut replayer, &create("etl-\u{e9}")), "1");
    let given = replayer.answer(&get, 0).response;
    assert_eq!(
        std::str::from_utf8(given.body.bytes()).unwrap(),
        body.replacen("etl-1", "etl-\u{e9}", 1)
    );
    // The one recorded name is taken, and what a client makes up is no difference.
    assert_eq!(answer(&mut replayer, &create("another")), "MISS exhausted");
    let mut retried = create("another");
    retried.body = Body::Whole(r#"{"name":"another","max_retries":2}"#.into());
    assert_eq!(answer(&mut replayer, &retried), "MISS never recorded");
    let receipt = replayer.receipt();
    assert_eq!(receipt.misses[1].nearest.as_ref().unwrap().differs, ["/max_retries"]);

    recording.volatile.clear();
    let mut replayer = Replayer::new(recording, Options::default());
    assert_eq!(answer(&mut replayer, &create("etl-2")), "MISS never recorded");
    let nearest = &replayer.receipt().misses[0];
    assert_eq!(nearest.flag.as_deref(), Some("--volatile /name"));
}

#[test]
fn a_placeholder_stands_for_any_text_but_always_the_same() {
    let create = |name: &str, user: &str| {
        let body = json!({"name": name, "email_notifications": {"on_start": [user]}});
        post("/api/2.0/jobs/create", &body.to_string())
    };
    let user = "user-1@jobdeck.invalid";
    let mut recording = tape(vec![
        (create("a", user), Response::json(200, r#"{"job_id":1}"#)),
        (create("b", user), Response::json(200, r#"{"job_id":2}"#)),
        (create("user-2@jobdeck.invalid", "x"), Response::json(200, r#"{"job_id":3}"#)),
    ]);
    for exchange in &mut recording.exchanges[..2] {
        exchange.redacted = vec![
            "/request/headers/authorization".into(),
            "/request/body/email_notifications/on_start/0".into(),
        ];
    }
    let mut replayer = Replayer::new(recording, Options::default());
    assert_eq!(answer(&mut replayer, &create("b", "me@corp.example")), "2");
    assert_eq!(answer(&mut replayer, &create("a", "you@corp.example")), "MISS never recorded");
    assert_eq!(answer(&mut replayer, &create("a", "me@corp.example")), "1");
    // Where redaction touched nothing, a text that looks like a placeholder is none.
    assert_eq!(answer(&mut replayer, &create("me@corp.example", "x")), "MISS never recorded");
    assert_eq!(answer(&mut replayer, &create("user-2@jobdeck.invalid", "x")), "3");
}

/// Whether a request gets the answer to one that was recorded with these places redacted.
#[track_caller]
fn check_redacted(expected: bool, recorded: &Request, redacted: &[&str], live: &Request) {
    let mut recording = tape(vec![(recorded.clone(), Response::json(200, r#""given""#))]);
    recording.exchanges[0].redacted = redacted.iter().map(|place| (*place).to_owned()).collect();
    let given = answer(&mut Replayer::new(recording, Options::default()), live);
    assert_eq!(given == r#""given""#, expected, "{given}\n{recorded:?}\n{live:?}");
}

#[test]
fn forms_and_texts_may_hold_placeholders() {
    let form = |text: &str| {
        let mut request = post("/oidc/v1/token", text);
        request.headers.push("content-type", "application/x-www-form-urlencoded");
        request
    };
    let body = &["/request/body"];
    let recorded = form("grant_type=client_credentials&client_secret=token-2");
    let other_order = "client_secret=s%2F%26x&grant_type=client_credentials";
    check_redacted(true, &recorded, body, &form(other_order));
    check_redacted(false, &recorded, body, &form("grant_type=other&client_secret=s"));
    let more = "grant_type=client_credentials&client_secret=s&scope=all";
    check_redacted(false, &recorded, body, &form(more));
    check_redacted(false, &recorded, &["/request/target"], &form(other_order));
    let said = |who: &str| post("/say", &format!("it was {who}, they say"));
    let recorded = said("user-1@jobdeck.invalid");
    check_redacted(true, &recorded, body, &said("me@corp.example"));
}

#[test]
fn whatever_redaction_takes_out_of_a_request_is_matched_again() {
    let token = "dapi0123456789abcdef0123456789abcdef";
    let form = |text: &str| {
        let mut request = post("/oidc/v1/token", text);
        request.headers.push("content-type", "application/x-www-form-urlencoded");
        request
    };
    let get = |target: &str| Request::new(Method::GET, target);
    let requests = [
        form("grant_type=client_credentials&client_secret=dose0123%2Babcdef%2F&scope=all-apis"),
        form("client_assertion=eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2ln&user=me%40corp.example"),
        get("/api/2.0/preview/scim/v2/Users/me@corp.example?o=6051921418418893"),
        get("/api/2.0/preview/scim/v2/Users?filter=userName%20eq%20%22me%40corp.example%22"),
        get(&format!("/files/{token}/a?sig=abc%2Bdef&access_token={token}")),
        get("/api/2.0/jobs/runs/get?run_id=1&o=6051921418418893"),
        post(
            "/api/2.0/jobs/create",
            r#"{"name":"for me@corp.example","new_cluster":{"spark_env_vars":[{"key":"DB_PASSWORD","value":"hunter2hunter2"}]},
                "email_notifications":{"on_start":["me@corp.example","you@corp.example"]}}"#,
        ),
        post("/api/2.0/secrets/put", r#"{"scope":"s","key":"k","string_value":"hunter2"}"#),
        post("/log", &format!("GET https://adb-1.azuredatabricks.net/?o=605192141 {token} failed")),
    ];
    let mut redactor = Redactor::new(Policy::default(), "https://adb-1.azuredatabricks.net");
    for live in requests {
        let answer_ = Response::json(200, r#""given""#);
        let redacted = redactor.redact(exchange(1, live.clone(), Some(answer_), 0, 1)).exchange;
        assert_ne!(redacted.request, live);
        let recording = Recording { exchanges: vec![redacted.clone()], ..Recording::default() };
        let given = answer(&mut Replayer::new(recording, Options::default()), &live);
        assert_eq!(given, r#""given""#, "{live:?}\n{redacted:?}");
    }
}

#[test]
fn placeholders_stand_in_lists_of_pairs() {
    let run_now = |params: Value| {
        let body = json!({"job_id": 1, "notebook_params": params});
        post("/api/2.0/jobs/run-now", &body.to_string())
    };
    let recorded = run_now(json!([{"key": "a/b", "value": "token-1"}]));
    let redacted = &["/request/body/notebook_params/0/value"];
    check_redacted(true, &recorded, redacted, &run_now(json!([{"key": "a/b", "value": "dapi"}])));
    check_redacted(true, &recorded, redacted, &run_now(json!({"a/b": "dapi"})));
    check_redacted(false, &recorded, redacted, &run_now(json!({"a": "dapi"})));
}

#[test]
fn placeholders_stand_in_any_part_of_a_target() {
    let get = |target: &str| Request::new(Method::GET, target);
    for (recorded, live, other) in [
        ("/x?o=000000000000001", "/x?o=6051921418418893", "/x?p=6051921418418893"),
        ("/x?a=000001&o=000002", "/x?a=000001&o=6051921", "/x?a=000003&o=6051921"),
        ("/x?q=by+token-1&r=1", "/x?r=1&q=by+me", "/x?r=1&q=to+me"),
        ("/u/user-1@jobdeck.invalid", "/u/me@corp.example", "/v/me@corp.example"),
        ("/u/user-1%40jobdeck.invalid/y", "/u/me%40corp.example/y", "/u/me%40corp.example/z"),
        ("/u/a:token-1?r=1", "/u/a:dapi?r=1", "/u/a:dapi?r=2"),
        ("/u/token-1?q=token-2", "/u/a?q=b", "/u/a/b?q=b"),
        ("/u/token-1?q=token-1", "/u/a?q=a", "/u/a?q=b"),
        (
            "/api/2.0/jobs/list?o=000001&access_token=token-1",
            "/api/2.0/jobs/list?o=6051921&access_token=dapi",
            "/api/2.0/jobs/list?access_token=dapi",
        ),
    ] {
        check_redacted(true, &get(recorded), &["/request/target"], &get(live));
        check_redacted(false, &get(recorded), &["/request/target"], &get(other));
        check_redacted(false, &get(recorded), &[], &get(live));
    }
}

#[test]
fn only_the_redacted_place_is_a_variable() {
    let say = |outer: &str, inner: &str| {
        let body = json!({"name": outer, "a": {"name": inner}});
        post("/say", &body.to_string())
    };
    let redacted = &["/request/body/a/name"];
    check_redacted(true, &say("nightly", "token-1"), redacted, &say("nightly", "dapi"));
    check_redacted(false, &say("nightly", "token-1"), redacted, &say("weekly", "dapi"));
    check_redacted(false, &say("token-1", "token-2"), redacted, &say("weekly", "dapi"));
    // Whoever edits a cassette by hand may have put a fixed text there.
    check_redacted(false, &say("nightly", "fixed"), redacted, &say("nightly", "dapi"));
}

#[test]
fn a_refusal_is_given_only_to_the_credential_that_got_it() {
    let list = || Request::new(Method::GET, "/api/2.0/jobs/list");
    let jobs = |status| match status {
        200 => Response::json(200, r#"{"jobs":[]}"#),
        status => Response::error(status, "403", "no"),
    };
    let recording = tape(vec![
        (list(), jobs(401)),
        (with_token(list(), "token-1"), jobs(200)),
        (with_token(list(), "token-2"), jobs(403)),
    ]);
    let mut replayer = Replayer::new(recording, Options::default());
    assert_eq!(answer(&mut replayer, &with_token(list(), "good")), "");
    assert_eq!(answer(&mut replayer, &with_token(list(), "good")), "");
    assert_eq!(answer(&mut replayer, &list()), "!401");
    assert_eq!(answer(&mut replayer, &with_token(list(), "bad")), "!403");
    assert_eq!(answer(&mut replayer, &with_token(list(), "bad")), "!403");
    assert_eq!(answer(&mut replayer, &with_token(list(), "good")), "");
}

#[test]
fn each_token_may_have_a_position_of_its_own() {
    let recording = recording(&[
        (0, 1, "run-now 1", "11"),
        (2, 3, "get 11", "PENDING"),
        (4, 5, "get 11", "TERMINATED"),
    ]);
    let options = Options { sessions: Sessions::PerToken, ..Options::default() };
    let mut replayer = Replayer::new(recording.clone(), options);
    for token in ["one", "two"] {
        for (question, expected) in
            [("run-now 1", "11"), ("get 11", "PENDING"), ("get 11", "TERMINATED")]
        {
            let request = with_token(request(question), token);
            assert_eq!(answer(&mut replayer, &request), expected, "{token}");
        }
    }
    assert_eq!(replayer.status()["sessions"], 2);
    replayer.reset();
    assert_eq!(answer(&mut replayer, &with_token(request("get 11"), "one")), "MISS gap");
}

#[test]
fn equal_states_are_one_poll_by_state() {
    let polled: &[Line] = &[
        (0, 1, "run-now 1", "11"),
        (2, 3, "get 11", "PENDING"),
        (4, 5, "get 11", "PENDING"),
        (6, 7, "get 11", "RUNNING"),
        (8, 9, "get 11", "RUNNING"),
        (10, 11, "get 11", "TERMINATED"),
    ];
    let options = Options { polls: Polls::ByState, ..Options::default() };
    check_with(
        polled,
        options,
        0,
        "run-now 1 -> 11
         get 11 -> PENDING
         get 11 -> RUNNING
         get 11 -> TERMINATED",
    );
}

#[test]
fn other_paths_have_rows_without_causality() {
    let get = || Request::new(Method::GET, "/api/2.0/clusters/get?cluster_id=c&x=1");
    let recording = tape(vec![
        (get(), Response::json(200, r#""first""#)),
        (get(), Response::json(200, r#""second""#)),
        (post("/api/2.0/clusters/start", "{}"), Response::json(200, "{}")),
    ]);
    let options = Options { ignore_query: vec!["trace".into()], ..Options::default() };
    let mut replayer = Replayer::new(recording, options);
    let turned = Request::new(Method::GET, "/api/2.0/clusters/get?x=1&trace=7&cluster_id=c");
    assert_eq!(answer(&mut replayer, &turned), r#""first""#);
    assert_eq!(answer(&mut replayer, &get()), r#""second""#);
    assert_eq!(answer(&mut replayer, &get()), r#""second""#);
    let other = Request::new(Method::GET, "/api/2.0/clusters/get?x=1&y=2&cluster_id=c");
    assert_eq!(answer(&mut replayer, &other), "MISS never recorded");
    assert_eq!(replayer.receipt().misses[0].flag, None, "the value is a list");
}

#[test]
fn answers_are_the_recorded_bytes() {
    let mut response = Response::json(200, "{\"job_id\": 1,\n \"settings\": {\"x\": 1.0}}");
    response.headers.push("x-twice", "a");
    response.headers.push("x-twice", "b");
    let mut framed = response.clone();
    framed.headers.push("transfer-encoding", "chunked");
    framed.headers.push("connection", "close");
    let mut exchange = exchange(1, request("job 1"), Some(framed), 0, 2_000);
    exchange.connection = 7;
    let recording = Recording { exchanges: vec![exchange], ..Recording::default() };
    for (latency, delay_us) in [
        (Latency::None, 0),
        (Latency::Recorded, 2_000),
        (Latency::Scale(0.5), 1_000),
        (Latency::Scale(-1.0), 3_600_000_000),
    ] {
        let options = Options { latency, ..Options::default() };
        let reply = Replayer::new(recording.clone(), options).answer(&request("job 1"), 0);
        assert_eq!(reply, Reply { response: response.clone(), delay_us });
    }
}

#[test]
fn what_the_deck_answered_itself_is_never_served() {
    let mut recording = recording(&[(0, 1, "jobs", "1")]);
    recording.exchanges[0].outcome = Outcome::Deck;
    let mut replayer = Replayer::new(recording, Options::default());
    assert_eq!(ask(&mut replayer, "jobs"), "MISS never recorded");
}

#[test]
fn discovery_is_no_miss() {
    let mut replayer = Replayer::new(recording(&[]), Options::default());
    assert_eq!(ask(&mut replayer, "/.well-known/databricks-config"), "!404");
    assert_eq!(replayer.receipt().verdict(true), Verdict::Clean);
}

#[test]
fn a_cancel_of_all_stops_the_runs_that_were_active() {
    check(
        &[
            (0, 1, "run-now 1 a", "11"),
            (2, 3, "run-now 1 b", "12"),
            (4, 5, "get 11", "TERMINATED"),
            (6, 7, "get 12", "RUNNING"),
            (8, 9, "cancel-all 1", "{}"),
            (10, 11, "get 12", "TERMINATED"),
        ],
        0,
        "run-now 1 a -> 11
         run-now 1 b -> 12
         get 12 -> RUNNING
         get 12 -> RUNNING
         cancel-all 1 -> {}
         get 12 -> TERMINATED
         get 11 -> TERMINATED",
    );
}

#[test]
fn a_timeout_set_later_changes_active_runs() {
    check(
        &[
            (0, 1, "create 1", "1"),
            (2, 3, "run-now 1", "11"),
            (4, 5, "get 11", "RUNNING"),
            (6, 7, "timeout 1", "{}"),
            (8, 9, "get 11", "TERMINATED"),
        ],
        0,
        "create 1 -> 1
         run-now 1 -> 11
         get 11 -> RUNNING
         get 11 -> RUNNING
         timeout 1 -> {}
         get 11 -> TERMINATED",
    );
}

#[test]
fn a_list_of_active_runs_may_lack_those_that_ended() {
    check(
        &[
            (0, 1, "run-now 1 a", "11"),
            (2, 3, "get 11", "TERMINATED"),
            (4, 5, "run-now 1 b", "12"),
            (6, 7, "active 1", "12:RUNNING"),
            (8, 9, "run-now 1 c", "13"),
            (10, 11, "active 1", "12:RUNNING 13:RUNNING"),
        ],
        2,
        "run-now 1 c -> 13
         active 1 -> 12:RUNNING 13:RUNNING
         run-now 1 a -> 11
         get 11 -> TERMINATED
         active 1 -> 12:RUNNING 13:RUNNING",
    );
}

#[test]
fn an_inconsistent_service_does_not_stop_the_replay() {
    check(
        &[
            (0, 1, "run-now 1", "11"),
            (2, 3, "get 11", "TERMINATED"),
            (4, 5, "runs 1", "11:RUNNING"),
        ],
        0,
        "run-now 1 -> 11
         get 11 -> TERMINATED
         runs 1 -> 11:RUNNING
         get 11 -> TERMINATED",
    );
}
