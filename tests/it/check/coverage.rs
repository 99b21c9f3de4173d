//! What of the contract a history shows, and what it never shows.

use std::collections::BTreeSet;

use http::Method;
use jobdeck::{
    cassette::Cassette,
    exchange::{Body, Exchange, Outcome, Request, Response},
    oracle::{self, Coverage, Failure, History, Kind},
};
use proptest::prelude::*;
use regex::Regex;
use serde_json::{Value, json};

use crate::deck::{files, jobdeck, output, project};

fn covered(exchanges: &[Exchange]) -> Coverage {
    let history = History::observed(exchanges);
    Coverage::of(&history, &oracle::judge(&history))
}

/// The points of a kind that were seen, with what they are of.
fn seen(coverage: &Coverage, kind: Kind) -> BTreeSet<String> {
    let parts = coverage.parts(kind);
    parts.flat_map(|part| part.seen().map(move |(name, _)| format!("{} {name}", part.of))).collect()
}

/// The points that single exchanges show: what rules they exercise depends on what is around them.
fn shown(coverage: &Coverage) -> BTreeSet<(Kind, String)> {
    let kinds = Kind::ALL.into_iter().filter(|kind| *kind != Kind::Rule);
    kinds
        .flat_map(|kind| seen(coverage, kind).into_iter().map(move |point| (kind, point)))
        .collect()
}

fn recorded() -> Vec<Exchange> {
    let all = files(&project().join("cassettes"));
    let cassettes = all.iter().filter(|path| path.extension().is_some_and(|end| end == "json"));
    cassettes.flat_map(|path| Cassette::load(path).unwrap().exchanges).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn parts_cover_together_what_the_whole_covers(choice in prop::collection::vec(0..3_u8, 200)) {
        let all = recorded();
        let part = |number| -> Vec<Exchange> {
            let chosen = all.iter().zip(choice.iter().cycle()).filter(|(_, of)| **of == number);
            chosen.map(|(exchange, _)| exchange.clone()).collect()
        };
        let parts = [part(0), part(1)];
        let both = shown(&covered(&parts.concat()));
        let each: Vec<_> = parts.iter().map(|part| shown(&covered(part))).collect();
        prop_assert_eq!(&each[0] | &each[1], both.clone());
        let twice = [parts.concat(), parts.concat()].concat();
        prop_assert_eq!(shown(&covered(&twice)), both);
    }
}

/// What somebody asks, and what is answered.
fn exchange(method: Method, path: &str, body: &Value, status: u16, answer: &Value) -> Exchange {
    let mut request = Request::new(method, format!("/api/2.0/jobs/{path}"));
    if !body.is_null() {
        request.body = Body::Whole(body.to_string().into());
    }
    Exchange {
        seq: 1,
        connection: 1,
        at_us: 0,
        first_byte_us: None,
        took_us: 5,
        request,
        response: Some(Response::json(status, answer.to_string())),
        redacted: Vec::new(),
        outcome: Outcome::Complete,
        weather: None,
    }
}

fn points(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn what_is_sent_counts_whatever_became_of_it_and_what_is_shown_as_documented_only() {
    let settings = json!({
        "name": null, "no_field": 1, "schedule": {"pause_status": "PAUSED", "timezone_id": "UTC"},
        "libraries": [{"jar": "dbfs:/a.jar"}, {"whl": "dbfs:/a.whl"}],
    });
    let no = json!({"error_code": "NO_CLUSTER", "message": "no"});
    let run = json!({
        "run_id": 1, "of_a_later_version": true,
        "state": {"life_cycle_state": "RUNNING", "result_state": "NEVER_HEARD_OF"},
    });
    let exchanges = [
        exchange(Method::POST, "create", &settings, 400, &no),
        exchange(Method::GET, "runs/get?run_id=1", &Value::Null, 200, &run),
    ];
    let coverage = covered(&exchanges);
    assert_eq!(seen(&coverage, Kind::Endpoint), points(&[" create", " runs-get"]));
    let outcomes = points(&["create refused (4xx)", "runs-get carried out"]);
    assert_eq!(seen(&coverage, Kind::Outcome), outcomes);
    let sent = points(&[
        "create libraries",
        "create libraries.jar",
        "create libraries.whl",
        "create schedule",
        "create schedule.pause_status",
        "create schedule.timezone_id",
        "runs-get run_id",
    ]);
    assert_eq!(seen(&coverage, Kind::Sent), sent);
    assert_eq!(seen(&coverage, Kind::WordSent), points(&["PauseStatus PAUSED"]));
    assert_eq!(seen(&coverage, Kind::State), points(&["RunLifeCycleState RUNNING"]));
    let shown = points(&[
        "runs-get run_id",
        "runs-get state",
        "runs-get state.life_cycle_state",
        "runs-get state.result_state",
    ]);
    assert_eq!(seen(&coverage, Kind::Shown), shown);
    assert!(seen(&coverage, Kind::Rule).contains("http schema/error-envelope"));
    // A list counts as often as it is there, and what is in its entries as often as that is.
    let create = coverage.parts(Kind::Sent).find(|part| part.of == "create").unwrap();
    assert_eq!(create.seen().find(|(name, _)| *name == "libraries"), Some(("libraries", 1)));
    // What lies within what was never sent is not named by itself.
    let unseen: BTreeSet<_> = create.unseen().collect();
    assert!(unseen.contains("new_cluster") && unseen.contains("schedule.quartz_cron_expression"));
    assert!(!unseen.iter().any(|name| name.starts_with("new_cluster.")), "{unseen:?}");
}

#[test]
fn what_was_not_carried_out_is_told_by_status_and_code() {
    let refused =
        |status, answer: Value| exchange(Method::GET, "list", &Value::Null, status, &answer);
    let lost =
        Exchange { response: None, outcome: Outcome::UpstreamFailed, ..refused(200, Value::Null) };
    let exchanges = [
        refused(400, json!({"error_code": "NO"})),
        refused(400, json!({"error_code": "NO"})),
        refused(403, json!({"error_code": 403})),
        refused(503, json!({"error_code": "Come back\u{1b}[2J later."})),
        refused(503, json!("no object")),
        refused(429, json!({"error_code": "X".repeat(65)})),
        lost,
    ];
    let coverage = covered(&exchanges);
    let failures: Vec<_> = coverage
        .failures()
        .map(|(Failure { status, code }, times)| (*status, code.as_deref(), times))
        .collect();
    let expected = [
        (None, None, 1),
        (Some(400), Some("NO"), 2),
        (Some(403), Some("403"), 1),
        (Some(429), None, 1),
        (Some(503), None, 2),
    ];
    assert_eq!(failures, expected);
}

#[test]
fn the_command_tells_what_a_recording_never_shows() {
    let mut check = jobdeck(["check", "--cassette", "cassettes/quickstart.json"]);
    check.args(["--report", "coverage"]).current_dir(project());
    let done = output(&mut check);
    assert_eq!(done.status.code(), Some(0));
    let told = String::from_utf8(done.stdout).unwrap();
    let (told, rules) = told.split_once("\nrules, never seen\n").unwrap();
    assert!(rules.contains("  runs-cancel "), "{rules}");
    // How many rules that are is another matter with each oracle that is added.
    let told = Regex::new(r"  rules +\d+ of \d+\n").unwrap().replace(told, "");
    insta::assert_snapshot!("coverage", told);
}
