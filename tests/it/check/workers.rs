//! Several workers check a target that is slow to answer: sooner, and with the same verdicts.

use std::fs;

use jobdeck::serve::Fault;
use serde_json::Value;

use super::network::served;
use crate::{
    deck::{Deck, jobdeck, output},
    http,
};

const LATENCY_MS: u64 = 20;
const WORKERS: &str = "8";

#[test]
fn many_workers_take_less_time_than_the_answers_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let weather = folder.path().join("slow.toml");
    let slow = format!("[[weather]]\npath = \"*\"\nevery = 1\nlatency_ms = {LATENCY_MS}\n");
    fs::write(&weather, slow).unwrap();
    let workspace = Deck::start(["serve", "--weather", weather.to_str().unwrap()]);
    let mut check = jobdeck(["check", &workspace.url, "--workers", WORKERS, "--level", "should"]);
    for rules in ["get/*", "delete/*", "list/*", "update/*", "x/*", "run-now/idempotency/*"] {
        check.args(["--rules", rules]);
    }
    let done = output(check.args(["--report", "json=-"]).current_dir(folder.path()));
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(done.status.code(), Some(0), "{report:#}");
    let held = report["counts"]["must"]["held"].as_u64().unwrap();
    assert!(held >= 30, "only {held} rules held");
    let number = |name: &str| report[name].as_u64().unwrap();
    let (took_ms, requests) = (number("took_ms"), number("requests"));
    assert!(took_ms < requests * LATENCY_MS, "{requests} requests in {took_ms} ms");
    let left = http::call(&workspace.url, "GET", "/api/2.0/jobs/list", "");
    assert_eq!(left.1, "{}", "nothing is left on the target");
    let files: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files, [weather], "no journal is left");
}

#[test]
fn what_many_workers_find_is_proved_like_what_one_finds() {
    let rule = "run-now/idempotency/deleted-run-error";
    let server = served(Fault::parse("token-after-delete").unwrap());
    let folder = tempfile::tempdir().unwrap();
    let mut check = jobdeck(["check", &server.url(), "--workers", WORKERS, "--report", "json=-"]);
    check.args(["--rules", rule, "--rules", "get/*", "--rules", "delete/*"]);
    let done = output(check.current_dir(folder.path()));
    server.stop();
    assert_eq!(done.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&done.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let [finding] = &findings[..] else { panic!("{findings:#?}") };
    assert_eq!(finding["rule"], rule);
    assert_eq!(finding["again"]["seen"], 3, "{finding:#}");
    assert_eq!(finding["probe"], "the token of a deleted run");
    assert_eq!(finding["steps"].as_array().unwrap().len(), 4, "{finding:#}");
}
