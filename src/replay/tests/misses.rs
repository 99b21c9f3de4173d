//! What people read: misses, notes, warnings and the receipt.

use std::fmt::Write as _;

use super::*;

/// Asks everything, and tells the misses, notes and warnings.
fn told(lines: &[Line], options: Options, questions: &[&str]) -> String {
    let mut replayer = Replayer::new(recording(lines), options);
    let mut text = replayer.warnings().join("\n");
    for question in questions {
        let response = replayer.answer(&request(question), 0).response;
        if words(&response).starts_with("MISS") {
            assert_eq!(response.status, 424);
            let body: Value = serde_json::from_slice(response.body.bytes()).unwrap();
            write!(text, "\n{question}: {}", body["message"].as_str().unwrap()).unwrap();
        }
        for note in replayer.take_notes() {
            write!(text, "\n{question}: note: {note}").unwrap();
        }
    }
    text
}

const LIFE: &[Line] = &[
    (0, 1, "create 1", "1"),
    (2, 3, "job 1", "s"),
    (4, 5, "update 1 u", "{}"),
    (6, 7, "run-now 1 a", "11"),
    (8, 9, "get 11", "RUNNING"),
    (10, 11, "cancel 11", "{}"),
    (12, 13, "get 11", "TERMINATED"),
    (14, 15, "create 2", "2"),
    (16, 17, "delete 2", "lost"),
    (18, 19, "submit 7", "17"),
    (20, 21, "get 17", "RUNNING"),
];

#[test]
fn each_kind_of_miss_says_why() {
    let all = [
        "get 99",
        "job 2",
        "create 1x",
        "create 3",
        "/api/2.0/clusters/list",
        "get 11",
        "create 1",
        "create 1",
        "update 1 u",
        "job 1",
        "delete 2",
        "run-now 1 unavailable",
    ];
    insta::assert_snapshot!(told(LIFE, Options::default(), &all));
}

#[test]
fn a_row_without_a_lasting_answer_is_not_exhausted() {
    let lines: &[Line] =
        &[(0, 1, "create 1", "1"), (2, 3, "update 1 u", "{}"), (4, 5, "job 1", "!503")];
    insta::assert_snapshot!(told(lines, Options::default(), &["create 1", "job 1"]));
}

#[test]
fn a_repeated_answer_is_noted_once_and_may_be_bounded() {
    let questions = [
        "create 1",
        "update 1 u",
        "run-now 1 a",
        "get 11",
        "get 11",
        "get 11",
        "get 11",
        "submit 7",
        "get 17",
        "get 17",
    ];
    let options = Options { max_repeats: Some(2), ..Options::default() };
    insta::assert_snapshot!(told(LIFE, options, &questions));
}

#[test]
fn a_volatile_pointer_at_nothing_is_warned_of() {
    let mut recording = recording(&[(0, 1, "create 1", "1")]);
    recording.volatile = vec!["/name".into(), "name".into()];
    let volatile = vec!["/name".into(), "/nme".into()];
    let options = Options { volatile, ..Options::default() };
    assert_eq!(
        Replayer::new(recording, options).warnings(),
        [
            "the volatile pointer `/nme` changes nothing: no recorded request has a value there",
            "the volatile pointer `name` changes nothing: a JSON pointer begins with `/`",
        ]
    );
}

#[test]
fn strict_refuses_what_is_only_close() {
    let lines: &[Line] = &[(0, 1, "create 1", "1"), (2, 3, "create 2", "2"), (4, 5, "jobs", "1 2")];
    let options = Options { strict: true, ..Options::default() };
    insta::assert_snapshot!(told(lines, options, &["create 2", "jobs"]));
}

#[test]
fn a_miss_quotes_no_credential_and_no_words_that_clients_retry() {
    let lines: &[Line] = &[(0, 1, "/x?access_token=a&q=b", "{}"), (2, 3, "create 1", "1")];
    let mut replayer = Replayer::new(recording(lines), Options::default());
    let mut message = |question: &str| {
        ask(&mut replayer, question);
        replayer.receipt().misses.last().unwrap().message.clone()
    };
    for question in ["/x?access_token=dapi123&q=b", "/x?access_token=a&q=dapi123"] {
        assert!(!message(question).contains("dapi123"));
    }
    assert!(message("create 1 Timeouts").contains("(asked \"job-1Timeouts\", recorded \"job-1\")"));
    let unquoted = message("create 1 Unavailable");
    assert!(unquoted.contains("differs in `/name`."), "{unquoted}");
}

#[test]
fn a_token_that_is_there_on_one_side_alone_is_a_difference() {
    for (recorded, asked, side) in [
        ("run-now 1 token=t", "run-now 1", "recorded only"),
        ("run-now 1", "run-now 1 token=t", "asked only"),
    ] {
        let mut replayer = Replayer::new(recording(&[(0, 1, recorded, "11")]), Options::default());
        let miss = replayer.attempt(&request(asked), 0).unwrap_err();
        assert_eq!(miss.kind, Kind::NeverRecorded);
        let told = format!("`/idempotency_token` ({side})");
        assert!(miss.message.contains(&told), "{}", miss.message);
        assert_eq!(miss.flag, None);
    }
}

/// Asks for the second where the first was recorded, and tells how the difference is told.
#[track_caller]
fn check_told(recorded: &str, asked: &str, expected: &str) {
    let create = |body: &str| {
        let mut request = Request::new(Method::POST, "/api/2.0/jobs/create");
        request.body = Body::Whole(body.to_owned().into());
        request
    };
    let answer = Response::json(200, r#"{"job_id":1}"#);
    let exchanges = vec![exchange(1, create(recorded), Some(answer), 0, 1)];
    let recording = Recording { exchanges, ..Recording::default() };
    let mut replayer = Replayer::new(recording, Options::default());
    let miss = replayer.attempt(&create(asked), 0).unwrap_err();
    let told = miss.message.split("which differs in ").nth(1).unwrap();
    assert_eq!(told.split(". ").next().unwrap().trim_end_matches('.'), expected);
}

#[test]
fn only_what_the_contract_knows_to_be_harmless_is_quoted() {
    check_told(r#"{"name":"a"}"#, r#"{"name":"b"}"#, r#"`/name` (asked "b", recorded "a")"#);
    check_told(
        r#"{"max_retries":1}"#,
        r#"{"max_retries":2}"#,
        "`/max_retries` (asked 2, recorded 1)",
    );
    let library =
        |repo: &str| format!(r#"{{"libraries":[{{"pypi":{{"package":"p","repo":"{repo}"}}}}]}}"#);
    check_told(
        &library("r"),
        &library("s"),
        r#"`/libraries/0/pypi/repo` (asked "s", recorded "r")"#,
    );
    let url = "https://me:pw@pypi.example";
    check_told(&library("r"), &library(url), "`/libraries/0/pypi/repo`");
    let cluster = |inner: &str| format!(r#"{{"new_cluster":{{{inner}}}}}"#);
    for (text, place) in [
        (
            r#"{"notebook_task":{"base_parameters":{"db_pass":"?"}}}"#.to_owned(),
            "notebook_task/base_parameters/db_pass",
        ),
        (r#"{"spark_jar_task":{"parameters":["?"]}}"#.to_owned(), "spark_jar_task/parameters/0"),
        (
            r#"{"email_notifications":{"on_start":["?"]}}"#.to_owned(),
            "email_notifications/on_start/0",
        ),
        (cluster(r#""spark_conf":{"x":"?"}"#), "new_cluster/spark_conf/x"),
        (cluster(r#""spark_env_vars":{"X":"?"}"#), "new_cluster/spark_env_vars/X"),
        (r#"{"undocumented":"?"}"#.to_owned(), "undocumented"),
    ] {
        check_told(&text.replace('?', "a"), &text.replace('?', "S3cret!"), &format!("`/{place}`"));
    }
    // A word of no list may be anything.
    let availability =
        |word: &str| cluster(&format!(r#""azure_attributes":{{"availability":"{word}"}}"#));
    let place = "`/new_cluster/azure_attributes/availability`";
    check_told(
        &availability("SPOT_AZURE"),
        &availability("SPOT_WITH_FALLBACK_AZURE"),
        &format!(r#"{place} (asked "SPOT_WITH_FALLBACK_AZURE", recorded "SPOT_AZURE")"#),
    );
    check_told(&availability("SPOT_AZURE"), &availability("S3cret!"), place);
}

#[test]
fn what_a_placeholder_stands_for_is_no_difference() {
    let form = |text: &str| {
        let mut request = Request::new(Method::POST, "/oidc/v1/token");
        request.headers.push("content-type", "application/x-www-form-urlencoded");
        request.body = Body::Whole(text.to_owned().into());
        request
    };
    let answer = Some(Response::json(200, "{}"));
    let mut exchange = exchange(1, form("scope=a&client_secret=token-1"), answer, 0, 1);
    exchange.redacted = vec!["/request/body".into()];
    let recording = Recording { exchanges: vec![exchange], ..Recording::default() };
    let mut replayer = Replayer::new(recording, Options::default());
    let miss = replayer.attempt(&form("scope=b&client_secret=S3cret!"), 0).unwrap_err();
    assert_eq!(miss.nearest.unwrap().differs, ["/form/scope/0"]);
    assert!(!miss.message.contains("S3cret!"), "{}", miss.message);
}

#[test]
fn the_receipt_tells_what_was_proved() {
    let mut replayer = Replayer::new(recording(LIFE), Options::default());
    for question in
        ["create 2", "jobs", "create 1", "update 1 u", "run-now 1 a", "get 11", "submit 7"]
    {
        ask(&mut replayer, question);
    }
    let receipt = replayer.receipt();
    assert_eq!(receipt.verdict(false), Verdict::Failed);
    insta::assert_snapshot!(receipt);
    insta::assert_snapshot!(serde_json::to_string_pretty(&receipt).unwrap());
}

#[test]
fn misses_always_fail_and_the_rest_only_if_strict() {
    let whole: Vec<Line> = LIFE.iter().copied().filter(|line| line.3 != "lost").collect();
    let verdicts_of = |lines: &[Line], questions: &[&str]| {
        let mut replayer = Replayer::new(recording(lines), Options::default());
        for question in questions {
            ask(&mut replayer, question);
        }
        let receipt = replayer.receipt();
        [receipt.verdict(false), receipt.verdict(true)]
    };
    let verdicts = |questions: &[&str]| verdicts_of(&whole, questions);
    assert_eq!(verdicts(&["create 1"]), [Verdict::Clean, Verdict::Failed]);
    assert_eq!(verdicts(&["jobs"]), [Verdict::Failed, Verdict::Failed]);
    let all = [
        "create 1",
        "job 1",
        "update 1 u",
        "run-now 1 a",
        "get 11",
        "cancel 11",
        "get 11",
        "create 2",
        "submit 7",
        "get 17",
    ];
    assert_eq!(verdicts(&all), [Verdict::Clean, Verdict::Clean]);
    // A question is unused if it was never asked, even one that would have had no answer.
    assert_eq!(verdicts_of(LIFE, &all), [Verdict::Clean, Verdict::Failed]);
}

#[test]
fn the_administration_tells_and_resets() {
    let replayer = std::sync::Arc::new(std::sync::Mutex::new(Replayer::new(
        recording(LIFE),
        Options::default(),
    )));
    let mut admin = crate::admin::Admin::new(std::sync::Arc::clone(&replayer));
    let ask_admin = |admin: &mut crate::admin::Admin<Replayer>, method, path: &str| {
        let response = admin.answer(&Request::new(method, path), 0).response;
        format!("{} {}", response.status, std::str::from_utf8(response.body.bytes()).unwrap())
    };
    ask(&mut replayer.lock().unwrap(), "create 1");
    assert_eq!(ask_admin(&mut admin, Method::GET, "/health"), r#"200 {"status":"up"}"#);
    assert_eq!(
        ask_admin(&mut admin, Method::GET, "/status"),
        r#"200 {"served":1,"approximate":0,"missed":0,"workspace":0,"sessions":1,"cassettes":1,"exchanges":11}"#
    );
    assert!(ask_admin(&mut admin, Method::POST, "/reset").contains(r#""sessions":0"#));
    assert!(ask_admin(&mut admin, Method::POST, "/advance").starts_with("400"));
    assert!(ask_admin(&mut admin, Method::GET, "/reset").starts_with("404"));
    assert!(ask_admin(&mut admin, Method::GET, "/else").starts_with("404"));
    assert_eq!(ask(&mut replayer.lock().unwrap(), "create 1"), "1");
}

#[test]
fn an_attempt_that_fails_stands_in_no_receipt() {
    let mut replayer = Replayer::new(recording(LIFE), Options::default());
    assert_eq!(replayer.attempt(&request("get 99"), 0).unwrap_err().kind, Kind::UnknownId);
    assert_eq!(words(&replayer.attempt(&request("create 1"), 0).unwrap().response), "1");
    assert_eq!(replayer.receipt().missed, 0);
    assert_eq!(replayer.receipt().served, 1);
}

#[test]
fn a_token_whose_recorded_one_is_taken_is_told_so() {
    let tape = &[(0, 1, "create 1", "1"), (2, 3, "run-now 1 token=a", "11")];
    let mut replayer = Replayer::new(recording(tape), Options::default());
    for question in ["create 1", "run-now 1 token=x"] {
        ask(&mut replayer, question);
    }
    let miss = replayer.attempt(&request("run-now 1 token=y"), 0).unwrap_err();
    assert_eq!((miss.kind, &miss.flag), (Kind::Exhausted, &None));
    assert!(miss.message.contains("belong to others already"), "{}", miss.message);
}
