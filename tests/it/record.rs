//! Recordings made from the command line: what is in them, and what never is.

use std::{
    fs,
    path::{Path, PathBuf},
};

use jobdeck::{cassette::Cassette, record, replay, serve};
use serde_json::Value;

use crate::{
    deck::{Deck, files, jobdeck, output},
    http::{call, send},
};

const LIST: &str = "/api/2.0/jobs/list";

#[track_caller]
fn assert_nowhere(folder: &Path, secrets: &[&str]) {
    for file in files(folder) {
        let text = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} stands in {}", file.display());
        }
    }
}

#[test]
fn what_the_command_line_names_is_redacted_too() {
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    let deck = Deck::start([
        "record",
        cassette.to_str().unwrap(),
        "--upstream",
        "workspace",
        "--redact-header",
        "X-Ticket",
        "--redact-json",
        "pin",
        "--redact-regex",
        "order-[0-9]+",
    ]);
    let headers = "authorization: Bearer client-token-0123456789\r\nx-ticket: ticket-of-mine\r\n";
    let body = r#"{"pin": "pin-of-mine", "name": "about order-4711", "job_id": 1}"#;
    send(&deck.url, "POST", "/api/2.0/jobs/delete", headers, body).unwrap();
    assert_eq!(deck.stop().code, Some(0));
    let secrets = ["client-token-0123456789", "ticket-of-mine", "pin-of-mine", "order-4711"];
    assert_nowhere(folder.path(), &secrets);

    // What is redacted still matches whoever sends the real values.
    let deck = Deck::start(["replay", cassette.to_str().unwrap()]);
    let answer = send(&deck.url, "POST", "/api/2.0/jobs/delete", headers, body).unwrap();
    assert_eq!(answer.0, 400, "{}", answer.1);
    assert!(answer.1.contains("does not exist"), "{}", answer.1);
    assert_eq!(deck.stop().code, Some(0));
}

#[test]
fn a_deck_that_holds_the_workspaces_token_asks_for_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    let workspace = Deck::start(["serve", "--token", "workspace-token-0123"]);
    let mut command = jobdeck(["record", cassette.to_str().unwrap(), "--upstream", &workspace.url]);
    command.args(["--upstream-token-env", "WORKSPACE_TOKEN", "--token", "deck-token-0123456"]);
    command.env("WORKSPACE_TOKEN", "workspace-token-0123");
    let deck = Deck::start_with(command);
    let status = |token: &str| {
        let header = format!("authorization: Bearer {token}\r\n");
        send(&deck.url, "GET", LIST, &header, "").unwrap().0
    };
    assert_eq!(status("deck-token-0123456"), 200);
    // `token:deck-token-0123456`, as curl sends it for a netrc file.
    let basic = "authorization: basic dG9rZW46ZGVjay10b2tlbi0wMTIzNDU2\r\n";
    assert_eq!(send(&deck.url, "GET", LIST, basic, "").unwrap().0, 200);
    assert_eq!(status("workspace-token-0123"), 401);
    assert_eq!(status("guessed"), 401);
    let ended = deck.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(!ended.stderr.contains("workspace-token"), "{}", ended.stderr);
    let secrets =
        ["workspace-token-0123", "deck-token-0123456", "dG9rZW46ZGVjay10b2tlbi0wMTIzNDU2"];
    assert_nowhere(folder.path(), &secrets);
    // Strangers are turned away, not recorded.
    let sealed: Value = serde_json::from_slice(&fs::read(&cassette).unwrap()).unwrap();
    assert_eq!(sealed["exchanges"].as_array().unwrap().len(), 2);
}

#[test]
fn the_workspaces_token_is_not_lent_beyond_this_machine() {
    let mut command = jobdeck(["record", "x.json", "--upstream", "http://127.0.0.1:9"]);
    command.args(["--upstream-token-env", "WORKSPACE_TOKEN", "--listen", "0.0.0.0:0"]);
    let refused = output(command.env("WORKSPACE_TOKEN", "workspace-token-0123"));
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("--token") && !said.contains("workspace-token"), "{said}");
}

#[test]
fn an_upstream_that_is_not_there_is_told_and_nothing_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    fs::write(&cassette, "an older cassette").unwrap();
    // Nobody listens on the port of a listener that is gone.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let deck = Deck::start([
        "record",
        cassette.to_str().unwrap(),
        "--upstream",
        &format!("http://{gone}"),
    ]);
    let (status, answer) = send(&deck.url, "GET", LIST, "authorization: Bearer x\r\n", "").unwrap();
    assert_eq!(status, 502);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert!(answer["message"].as_str().unwrap().contains("upstream"), "{answer}");
    let ended = deck.stop();
    assert_eq!(ended.code, Some(4), "{}", ended.stderr);
    assert!(ended.stderr.contains("no whole answer"), "{}", ended.stderr);
    assert_eq!(fs::read_to_string(&cassette).unwrap(), "an older cassette");
    assert!(folder.path().join("x.failed.json").exists());
}

#[test]
fn a_run_that_never_ends_in_the_recording_is_named_at_its_end_and_by_the_replay() {
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    let workspace = Deck::start(["serve", "--pending-ms", "600000"]);
    let record = ["record", cassette.to_str().unwrap(), "--upstream", &workspace.url];
    let deck = Deck::start(record);
    let submit =
        r#"{"existing_cluster_id":"a","notebook_task":{"notebook_path":"/jobdeck/succeed"}}"#;
    let (_, run) = call(&deck.url, "POST", "/api/2.0/jobs/runs/submit", submit);
    let run: Value = serde_json::from_str(&run).unwrap();
    let run = run["run_id"].as_i64().unwrap();
    for _ in 0..2 {
        call(&deck.url, "GET", &format!("/api/2.0/jobs/runs/get?run_id={run}"), "");
    }
    let ended = deck.stop();
    let says = format!("warning: run {run} never ends in this recording: PENDING from exchange 2");
    assert_eq!(ended.code, Some(0));
    assert!(ended.stderr.contains(&says), "{}", ended.stderr);
    let replay = Deck::start(["replay", cassette.to_str().unwrap()]);
    let ended = replay.stop();
    assert!(ended.stderr.contains(&says), "{}", ended.stderr);
}

/// Records one job that is made and asked for; gives how that ended, compared with an older recording.
fn compared(cassette: &Path, older: &Path, name: &str, fault: &[&str]) -> (Option<i32>, String) {
    let workspace = Deck::start([&["serve"], fault].concat());
    let record = ["record", cassette.to_str().unwrap(), "--upstream", &workspace.url];
    let against: &[&str] =
        if older.exists() { &["--against", older.to_str().unwrap()] } else { &[] };
    let deck = Deck::start([&record, against].concat());
    let job = format!(
        r#"{{"name":"{name}","existing_cluster_id":"1201-my-cluster","notebook_task":{{"notebook_path":"/a"}}}}"#
    );
    call(&deck.url, "POST", "/api/2.0/jobs/create", &job);
    call(&deck.url, "GET", "/api/2.0/jobs/get?job_id=1", "");
    let ended = deck.stop();
    (ended.code, ended.stderr)
}

#[test]
fn a_recording_tells_what_is_otherwise_than_in_an_older_one() {
    let folder = tempfile::tempdir().unwrap();
    let (older, newer) = (folder.path().join("older.json"), folder.path().join("newer.json"));
    assert_eq!(compared(&older, &older, "nightly", &[]).0, Some(0));
    let (code, said) = compared(&newer, &older, "nightly", &[]);
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = compared(&newer, &older, "nightly", &["--fault", "created-time-in-seconds"]);
    assert_eq!(code, Some(0), "times are set aside: {said}");
    let (code, said) = compared(&newer, &older, "nightly", &["--fault", "get-null-creator"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("creator_user_name"), "{said}");
    // The cassette that is replaced may be the older one.
    let (code, said) = compared(&older, &older, "weekly", &[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("weekly"), "{said}");
    let ended = output(&mut jobdeck([
        "record",
        "x.json",
        "--upstream",
        "workspace",
        "--against",
        "/nowhere.json",
    ]));
    assert_eq!(ended.status.code(), Some(3), "{ended:?}");
}

/// The times of a recording of a job's life, and whether a replay of it gives the same statuses.
fn times(kept: &str) -> Vec<(u64, u64)> {
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    let script = |url: &str| {
        let mut answers = Vec::new();
        let job =
            r#"{"existing_cluster_id":"a","notebook_task":{"notebook_path":"/jobdeck/succeed"}}"#;
        answers.push(call(url, "POST", "/api/2.0/jobs/create", job));
        answers.push(call(url, "GET", "/api/2.0/jobs/get?job_id=1", ""));
        let update = r#"{"job_id":1,"new_settings":{"name":"new"}}"#;
        answers.push(call(url, "POST", "/api/2.0/jobs/update", update));
        answers.push(call(url, "GET", "/api/2.0/jobs/get?job_id=1", ""));
        answers.push(call(url, "POST", "/api/2.0/jobs/delete", r#"{"job_id":1}"#));
        answers.push(call(url, "GET", "/api/2.0/jobs/get?job_id=1", ""));
        answers
    };
    let record = ["record", cassette.to_str().unwrap(), "--upstream", "workspace", "--times", kept];
    let deck = Deck::start(record);
    let recorded = script(&deck.url);
    assert_eq!(deck.stop().code, Some(0));
    let replay = Deck::start(["replay", cassette.to_str().unwrap(), "--strict"]);
    assert_eq!(script(&replay.url), recorded, "--times {kept}");
    assert_eq!(replay.stop().code, Some(0));
    let check = ["check", "--cassette", cassette.to_str().unwrap()];
    assert_eq!(output(&mut jobdeck(check)).status.code(), Some(0), "--times {kept}");
    let sealed: Value = serde_json::from_slice(&fs::read(&cassette).unwrap()).unwrap();
    let number = |exchange: &Value, key: &str| exchange[key].as_u64().unwrap();
    let exchanges = sealed["exchanges"].as_array().unwrap().iter();
    exchanges.map(|each| (number(each, "at_us"), number(each, "took_us"))).collect()
}

#[test]
fn a_recording_replays_whatever_is_kept_of_its_times() {
    assert_eq!(times("none"), (0..6).map(|n| (2 * n + 1, 1)).collect::<Vec<_>>());
    // Few numbers lie within one millisecond, and those only say the order.
    assert!(times("round").iter().all(|(at, took)| at % 1000 < 20 && (at + took) % 1000 < 20));
    assert_eq!(times("keep").len(), 6);
}

#[test]
fn a_profile_gives_the_workspace_and_the_token_that_the_deck_holds() {
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    let workspace = Deck::start(["serve", "--token", "dapi-profile-token-0123"]);
    let config = folder.path().join("cfg");
    let host = &workspace.url;
    let text = format!(
        "[DEFAULT]\nhost = http://127.0.0.1:9\ntoken = dapi-other\n[ci]\nhost = {host}/\ntoken = dapi-profile-token-0123\n"
    );
    fs::write(&config, text).unwrap();
    let record = |more: &[&str]| {
        let arguments = ["record", cassette.to_str().unwrap(), "--upstream-profile"];
        let mut command = jobdeck(arguments.iter().chain(more));
        command.env("DATABRICKS_CONFIG_FILE", &config);
        command
    };
    let deck = Deck::start_with(record(&["ci", "--token", "deck-token-0123456"]));
    let status = |token: &str| {
        let header = format!("authorization: Bearer {token}\r\n");
        send(&deck.url, "GET", LIST, &header, "").unwrap().0
    };
    assert_eq!(status("deck-token-0123456"), 200);
    assert_eq!(status("dapi-profile-token-0123"), 401);
    let ended = deck.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(!ended.stderr.contains("profile-token"), "{}", ended.stderr);
    fs::remove_file(&config).unwrap();
    assert_nowhere(folder.path(), &["profile-token", "deck-token-0123456"]);

    fs::write(&config, "[ci]\nhost = https://a.example\n[bare]\ntoken = dapi-bare\n").unwrap();
    for (more, expected) in [
        (&["ci"][..], "there is no `token` in [ci]"),
        (&["bare"], "there is no `host` in [bare]"),
        (&["nope"], "it has bare, ci"),
        (&["ci", "--upstream-token-env", "X"], "cannot be used with"),
    ] {
        let refused = output(&mut record(more));
        assert_eq!(refused.status.code(), Some(2), "{refused:?}");
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(said.contains(expected) && !said.contains("dapi"), "{said}");
    }
}

/// A recorder in a test's own process, in front of a workspace there, and where the cassette shall lie.
fn in_process(folder: &Path) -> (serve::Server, record::Server, PathBuf) {
    let cassette = folder.join("x.json");
    let workspace = serve::Server::start(serve::Options::default()).unwrap();
    let recorder = record::Server::start(&cassette, workspace.url()).unwrap();
    (workspace, recorder, cassette)
}

#[tokio::test]
async fn a_test_in_rust_records_under_a_runtime_and_then_replays() {
    let folder = tempfile::tempdir().unwrap();
    let (_workspace, recorder, cassette) = in_process(folder.path());
    let listed = call(&recorder.url(), "GET", LIST, "");
    let outcome = recorder.finish().unwrap();
    outcome.assert_clean();
    assert_eq!(outcome.recording.finished.path.as_deref(), Some(&*cassette));
    let replay = replay::Server::start(&cassette).unwrap();
    assert_eq!(call(&replay.url(), "GET", LIST, ""), listed);
    replay.finish().unwrap().assert_clean();
}

#[test]
fn a_test_in_rust_that_fails_replaces_no_cassette() {
    let folder = tempfile::tempdir().unwrap();
    let failed = std::panic::catch_unwind(|| {
        let (_workspace, recorder, cassette) = in_process(folder.path());
        fs::write(cassette, "an older cassette").unwrap();
        assert_eq!(call(&recorder.url(), "GET", LIST, "").0, 200);
        // Not by `panic!`, which would print.
        std::panic::resume_unwind(Box::new("the test fails"));
    });
    assert!(failed.is_err());
    let cassette = folder.path().join("x.json");
    assert_eq!(fs::read_to_string(cassette).unwrap(), "an older cassette");
    let kept = Cassette::load(&folder.path().join("x.failed.json")).unwrap();
    assert_eq!(kept.exchanges.len(), 1);
    assert_eq!(files(folder.path()).len(), 2);
}

#[test]
fn a_test_in_rust_is_told_that_nothing_answered() {
    let folder = tempfile::tempdir().unwrap();
    let (workspace, recorder, _) = in_process(folder.path());
    workspace.finish().unwrap();
    assert_eq!(call(&recorder.url(), "GET", LIST, "").0, 502);
    let outcome = recorder.finish().unwrap();
    assert_eq!(outcome.verdict, record::Verdict::Unanswered);
    assert!(std::panic::catch_unwind(|| outcome.assert_clean()).is_err());
}
