//! What a deck tells while it runs: lines, objects, and numbers for a collector.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{BufRead as _, BufReader},
    process::Stdio,
};

use regex::Regex;
use serde_json::Value;

use crate::{
    deck::{Deck, jobdeck, output},
    http::{call, send},
};

const LIST: &str = "/api/2.0/jobs/list";
const JOB: &str = r#"{"name":"nightly","existing_cluster_id":"1201-my-cluster","notebook_task":{"notebook_path":"/jobdeck/succeed"}}"#;

/// A deck with an admin listener, and the base URL of that one.
fn watched(arguments: &[&str]) -> (Deck, String) {
    let deck = Deck::start(arguments.iter().copied().chain(["--admin", "127.0.0.1:0"]));
    let admin = deck.admin();
    (deck, admin)
}

/// The samples of a text in the exposition format 0.0.4. Strict: every family has its help and type before its
/// samples, no series stands twice, and histograms add up.
#[track_caller]
fn samples(text: &str) -> BTreeMap<String, f64> {
    let help = Regex::new(r"^# HELP ([a-z_]+) .+$").unwrap();
    let kind = Regex::new(r"^# TYPE ([a-z_]+) (counter|gauge|histogram)$").unwrap();
    let label = r#"[a-z_]+="(?:[^"\\\n]|\\[\\"n])*""#;
    let sample = format!(r"^([a-z_]+)(\{{{label}(?:,{label})*\}})? ([0-9.]+)$");
    let sample = Regex::new(&sample).unwrap();
    assert!(text.ends_with('\n'), "the last line ends");
    let (mut helped, mut typed) = (None, None);
    let (mut families, mut found) = (BTreeSet::new(), BTreeMap::new());
    for line in text.lines() {
        if let Some(parts) = help.captures(line) {
            helped = Some(parts[1].to_owned());
            assert!(families.insert(parts[1].to_owned()), "{line}: twice");
        } else if let Some(parts) = kind.captures(line) {
            assert_eq!(helped.as_deref(), Some(&parts[1]), "{line}");
            let is_counter = &parts[2] == "counter";
            assert_eq!(is_counter, parts[1].ends_with("_total"), "{line}");
            typed = Some((parts[1].to_owned(), parts[2].to_owned()));
        } else {
            let parts = sample.captures(line).unwrap_or_else(|| panic!("no sample: {line}"));
            let (family, kind) = typed.clone().unwrap();
            let rest = parts[1].strip_prefix(&*family).unwrap_or_else(|| panic!("{line}"));
            let suffixes: &[&str] =
                if kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
            assert!(suffixes.contains(&rest), "{line}");
            let series =
                format!("{}{}", &parts[1], parts.get(2).map_or("", |labels| labels.as_str()));
            assert!(found.insert(series, parts[3].parse().unwrap()).is_none(), "{line}: twice");
        }
    }
    found
}

#[track_caller]
fn numbers(admin: &str) -> BTreeMap<String, f64> {
    let (status, text) = call(admin, "GET", "/metrics", "");
    assert_eq!(status, 200, "{text}");
    samples(&text)
}

#[track_caller]
fn assert_numbers(admin: &str, expected: &[(&str, f64)]) {
    let numbers = numbers(admin);
    for (series, value) in expected {
        assert_eq!(numbers.get(*series), Some(value), "{series} of {numbers:?}");
    }
}

#[test]
fn a_recorder_can_be_asked_from_beside() {
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    let cassette = cassette.to_str().unwrap();
    let arguments = ["record", cassette, "--upstream", "workspace", "--allow-write", "none"];
    let (deck, admin) = watched(&arguments);
    assert_eq!(call(&deck.url, "GET", LIST, "").0, 200);
    assert_eq!(call(&deck.url, "GET", "/api/2.0/jobs/get?job_id=7", "").0, 400);
    assert_eq!(call(&deck.url, "POST", "/api/2.0/jobs/create", JOB).0, 403);

    assert_eq!(call(&admin, "GET", "/health", ""), (200, r#"{"status":"up"}"#.to_owned()));
    let status: Value = serde_json::from_str(&call(&admin, "GET", "/status", "").1).unwrap();
    assert_eq!(status["url"], deck.url.as_str());
    assert_eq!(status["cassette"], cassette);
    assert_eq!(status["exchanges"]["complete"], 2);
    assert_eq!(status["exchanges"]["deck"], 1);
    assert_eq!(status["refused_writes"], 1);
    assert_numbers(
        &admin,
        &[
            (r#"jobdeck_exchanges_total{outcome="complete"}"#, 2.0),
            (r#"jobdeck_exchanges_total{outcome="deck"}"#, 1.0),
            (r#"jobdeck_responses_total{class="2xx"}"#, 1.0),
            (r#"jobdeck_responses_total{class="4xx"}"#, 2.0),
            ("jobdeck_refused_writes_total", 1.0),
            (r#"jobdeck_exchange_seconds_bucket{le="+Inf"}"#, 3.0),
            ("jobdeck_exchange_seconds_count", 3.0),
            ("jobdeck_recording_failed", 0.0),
        ],
    );
    let (status, answer) = call(&admin, "POST", "/reset", "");
    assert!(status == 400 && answer.contains("keeps what has passed"), "{answer}");
    assert_eq!(call(&admin, "POST", "/advance", r#"{"ms": 1}"#).0, 400);
    assert_eq!(deck.stop().code, Some(0));
}

#[test]
fn a_replay_and_a_workspace_have_numbers_too() {
    let quickstart = concat!(env!("CARGO_MANIFEST_DIR"), "/cassettes/quickstart.json");
    let (replay, admin) = watched(&["replay", quickstart]);
    assert_eq!(call(&replay.url, "GET", "/api/2.0/jobs/get?job_id=404404", "").0, 424);
    assert_numbers(
        &admin,
        &[
            ("jobdeck_served_total", 0.0),
            ("jobdeck_missed_total", 1.0),
            (r#"jobdeck_responses_total{class="4xx"}"#, 1.0),
        ],
    );
    let (workspace, admin) = watched(&["serve", "--clock", "manual"]);
    assert_eq!(call(&workspace.url, "POST", "/api/2.0/jobs/create", JOB).0, 200);
    assert_eq!(call(&workspace.url, "POST", "/api/2.0/jobs/run-now", r#"{"job_id":1}"#).0, 200);
    let active = [
        ("jobdeck_jobs", 1.0),
        ("jobdeck_runs", 1.0),
        ("jobdeck_active_runs", 1.0),
        (r#"jobdeck_responses_total{class="2xx"}"#, 2.0),
    ];
    assert_numbers(&admin, &active);
    call(&admin, "POST", "/advance", r#"{"ms": 3600000}"#);
    assert_numbers(&admin, &[("jobdeck_runs", 1.0), ("jobdeck_active_runs", 0.0)]);
}

#[test]
fn a_command_finds_the_listener_beside_its_deck() {
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    let quickstart = concat!(env!("CARGO_MANIFEST_DIR"), "/cassettes/quickstart.json");
    let record = ["record", cassette.to_str().unwrap(), "--upstream", "workspace"];
    for verb in [&record[..], &["replay", quickstart], &["serve"]] {
        let listening = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
        let command = ["--", "sh", "-c", "echo $JOBDECK_ADMIN_URL"];
        let output = output(&mut jobdeck(verb.iter().chain(&listening).chain(&command)));
        let stderr = String::from_utf8_lossy(&output.stderr);
        let told = stderr.lines().find_map(|line| line.strip_prefix("jobdeck: admin on "));
        let found = String::from_utf8_lossy(&output.stdout);
        assert_eq!(told, Some(found.trim()), "{verb:?}: {stderr}");
    }
}

/// What a recording tells on stderr of some requests with secrets in them.
fn told(more: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    let arguments = ["record", cassette.to_str().unwrap(), "--upstream", "workspace"];
    let deck = Deck::start(arguments.iter().chain(more));
    // A token that passes elsewhere before it is known to be one.
    let early = "/api/2.0/jobs/list?limit=5&page_token=client-token-0123456789";
    send(&deck.url, "GET", early, "", "").unwrap();
    call(&deck.url, "GET", "/api/2.0/jobs/get?job_id=1", "");
    let late = "/hooks/dapi0123456789abcdef0123456789abcdef/x?u=someone%40example.com";
    send(&deck.url, "GET", late, "cookie: session=0123456789abcdef\r\n", "").unwrap();
    let ended = deck.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for secret in ["client-token", "dapi", "someone", "0123456789abcdef"] {
        assert!(!ended.stderr.contains(secret), "{secret} in {}", ended.stderr);
    }
    ended.stderr
}

#[test]
fn every_exchange_is_told_in_a_line_without_its_secrets() {
    let stderr = told(&["-v"]);
    let took = Regex::new(r"[0-9]+\.[0-9]ms [0-9]+B").unwrap();
    let lines: Vec<_> = stderr.lines().filter(|line| took.is_match(line)).collect();
    let lines = took.replace_all(&lines.join("\n"), "TIME BYTES").into_owned();
    insta::assert_snapshot!(lines, @r##"
        1 GET /api/2.0/jobs/list?limit=5&page_token=… 401 TIME BYTES complete
        2 GET /api/2.0/jobs/get?job_id=1 400 TIME BYTES complete
        3 GET /hooks/token-3/x?u=user-1%40jobdeck.invalid 404 TIME BYTES complete
        "##);
    assert!(!told(&[]).contains("complete"), "nobody asked");
}

#[test]
fn a_collector_gets_one_object_a_line() {
    let stderr = told(&["--log", "json"]);
    let objects: Vec<Value> =
        stderr.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let of =
        |kind: &str| objects.iter().filter(|object| object["kind"] == kind).collect::<Vec<_>>();
    assert_eq!(of("exchange").len(), 3, "{stderr}");
    let first = of("exchange")[0];
    let keys: Vec<_> = first.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = ["time", "kind", "seq", "method", "target", "status", "ms", "bytes", "outcome"];
    assert_eq!(keys, expected);
    assert_eq!((&first["seq"], &first["method"]), (&1.into(), &"GET".into()));
    let note = of("note")[0]["message"].as_str().unwrap();
    assert!(note.starts_with("3 exchanges in"), "{note}");
    assert_eq!(objects.len(), of("exchange").len() + of("note").len());
}

#[test]
fn an_error_is_an_object_too() {
    let folder = tempfile::tempdir().unwrap();
    let absent = folder.path().join("absent.json");
    let output = output(&mut jobdeck(["replay", absent.to_str().unwrap(), "--log", "json"]));
    assert_eq!(output.status.code(), Some(3));
    let object: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(object["kind"], "error");
    assert!(object["message"].as_str().unwrap().contains("absent.json"), "{object}");
}

#[test]
fn a_reader_that_does_not_read_holds_up_no_recording() {
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    let mut command =
        jobdeck(["record", cassette.to_str().unwrap(), "--upstream", "workspace", "-v"]);
    command.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut url).unwrap();
    // More than a pipe holds, and nobody reads a byte of it.
    let padding = "x=1&".repeat(250);
    for _ in 0..200 {
        let target = format!("{LIST}?{padding}");
        assert_eq!(call(url.trim(), "GET", &target, "").0, 200);
    }
    // Only whoever waits for its end has to read, or close.
    drop(child.stderr.take());
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let sealed: Value = serde_json::from_slice(&fs::read(&cassette).unwrap()).unwrap();
    assert_eq!(sealed["exchanges"].as_array().unwrap().len(), 200);
}
