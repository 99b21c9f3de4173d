//! What a recorder lets pass, and how long it waits, as the command line says.

use std::{
    fs,
    io::Read as _,
    net::{TcpListener, TcpStream},
    path::Path,
    time::Instant,
};

use jobdeck::net::Limits;
use serde_json::Value;

use crate::{
    deck::{Deck, Ended, jobdeck, output},
    http::{call, raw},
};

const CREATE: &str = "/api/2.0/jobs/create";
const LIST: &str = "/api/2.0/jobs/list";
const JOB: &str = r#"{"name":"nightly","existing_cluster_id":"1201-my-cluster","notebook_task":{"notebook_path":"/jobdeck/succeed"}}"#;

fn record(cassette: &Path, upstream: &str, more: &[&str]) -> Deck {
    let arguments = ["record", cassette.to_str().unwrap(), "--upstream", upstream];
    Deck::start(arguments.iter().chain(more))
}

fn exchanges(cassette: &Path) -> Vec<Value> {
    let sealed: Value = serde_json::from_slice(&fs::read(cassette).unwrap()).unwrap();
    sealed["exchanges"].as_array().unwrap().clone()
}

#[track_caller]
fn assert_said(ended: &Ended, code: i32, text: &str) {
    assert_eq!(ended.code, Some(code), "{}", ended.stderr);
    assert!(ended.stderr.contains(text), "{}", ended.stderr);
}

#[test]
fn writes_that_are_not_allowed_never_reach_the_workspace_and_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    let workspace = Deck::start(["serve"]);
    let deck = record(&cassette, &workspace.url, &["--allow-write", "jobs/reset,jobs/runs/*"]);
    let (status, answer) = call(&deck.url, "POST", CREATE, JOB);
    assert_eq!(status, 403);
    assert!(answer.contains("--allow-write") && answer.contains("PERMISSION_DENIED"), "{answer}");
    for path in ["/api/2.1/jobs/%63reate", "//api/2.0/jobs/create", "/api/2.0/jobs/runs/../create"]
    {
        assert_eq!(call(&deck.url, "POST", path, JOB).0, 403, "{path}");
    }
    // Allowed, and so refused by the workspace itself.
    assert_eq!(call(&deck.url, "POST", "/api/2.0/jobs/runs/cancel", r#"{"run_id": 1}"#).0, 400);
    let (status, listed) = call(&deck.url, "GET", LIST, "");
    assert_eq!((status, listed.contains("nightly")), (200, false), "{listed}");
    assert_said(&deck.stop(), 0, "refused by --allow-write: jobs/create 4");

    let exchanges = exchanges(&cassette);
    let outcomes: Vec<_> = exchanges.iter().map(|exchange| &exchange["outcome"]).collect();
    assert_eq!(outcomes, ["deck", "deck", "deck", "deck", "complete", "complete"]);
    assert_eq!(exchanges[0]["request"]["body"]["json"]["name"], "nightly");

    // A refusal is never served: it is no answer of the workspace.
    let replay = Deck::start(["replay", cassette.to_str().unwrap()]);
    assert_eq!(call(&replay.url, "POST", CREATE, JOB).0, 424);
}

#[test]
fn a_recording_of_refusals_alone_replaces_nothing_and_blames_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    fs::write(&cassette, "an older cassette").unwrap();
    let deck = record(&cassette, "workspace", &["--allow-write", "none"]);
    assert_eq!(call(&deck.url, "POST", CREATE, JOB).0, 403);
    let ended = deck.stop();
    assert_said(&ended, 0, "refused by --allow-write: jobs/create 1");
    assert!(!ended.stderr.contains("no whole answer"), "{}", ended.stderr);
    assert!(ended.stderr.contains("x.json is as it was"), "{}", ended.stderr);
    assert_eq!(fs::read_to_string(&cassette).unwrap(), "an older cassette");
}

#[test]
fn without_a_word_all_writes_pass() {
    let folder = tempfile::tempdir().unwrap();
    let deck = record(&folder.path().join("x.json"), "workspace", &[]);
    assert_eq!(call(&deck.url, "POST", CREATE, JOB).0, 200);
    let ended = deck.stop();
    assert_eq!(ended.code, Some(0));
    assert!(!ended.stderr.contains("refused by"), "{}", ended.stderr);
}

#[test]
fn a_slip_in_a_pattern_is_a_usage_error() {
    let arguments = ["record", "x.json", "--upstream", "workspace", "--allow-write", "jobs/creat"];
    let refused = output(&mut jobdeck(arguments));
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("jobs/creat`") && said.contains("jobs/runs/submit"), "{said}");
}

/// The status line of what a deck answers to these bytes, or nothing if it hangs up.
fn first_line(deck: &Deck, bytes: &str) -> String {
    let answer = raw(&deck.url, bytes.as_bytes()).unwrap_or_default();
    String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
}

/// Does something for which nobody waits as long as they would without limits.
#[track_caller]
fn promptly<T>(something: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let done = something();
    let default = Limits::default().head_timeout.min(Limits::default().body_timeout);
    assert!(started.elapsed() < default / 2, "after {:?}", started.elapsed());
    done
}

#[test]
fn clients_are_held_to_the_limits_of_the_command_line() {
    let limits = ["--max-head", "1KiB", "--head-timeout", "50ms", "--body-timeout", "50ms"];
    let folder = tempfile::tempdir().unwrap();
    let decks = [
        Deck::start(["serve"].iter().chain(&limits)),
        record(&folder.path().join("x.json"), "workspace", &limits),
    ];
    for deck in &decks {
        let long =
            format!("GET {LIST} HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "x".repeat(2000));
        assert!(first_line(deck, &long).contains("431"), "{}", deck.url);
        // A head that never ends, and a body that never comes.
        let head = format!("GET {LIST} HTTP/1.1\r\nhost: localhost\r\n");
        assert!(!promptly(|| first_line(deck, &head)).contains("200"));
        let body =
            format!("POST {CREATE} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n{{");
        assert!(promptly(|| first_line(deck, &body)).contains("408"));
    }
}

#[test]
fn connections_beyond_the_limit_wait() {
    let deck = Deck::start(["serve", "--max-connections", "1", "--head-timeout", "200ms"]);
    let mut first = TcpStream::connect(("127.0.0.1", deck.port())).unwrap();
    assert_eq!(promptly(|| call(&deck.url, "GET", LIST, "")).0, 200);
    // It was answered once the first had been given up for its silence.
    first.set_nonblocking(true).unwrap();
    assert_eq!(first.read(&mut [0]).ok(), Some(0));
}

#[test]
fn the_workspace_is_held_to_the_limits_of_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    // Takes connections, and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let upstream = format!("http://{}", silent.local_addr().unwrap());
    let cassette = folder.path().join("x.json");
    let deck = record(&cassette, &upstream, &["--response-timeout", "50ms"]);
    assert_eq!(call(&deck.url, "GET", LIST, "").0, 504);
    assert_said(&deck.stop(), 4, "1 of them upstream-timeout");
}
