//! `jobdeck replay` with several cassettes, and a replay within a test.

use std::{fs, path::Path};

use jobdeck::replay::{Options, Server, Verdict};
use serde_json::Value;

use crate::{
    deck::{Deck, jobdeck, output, project},
    http::send,
};

const CREATE: &str = r#"{"name": "nightly", "existing_cluster_id": "1201-my-cluster", "notebook_task": {"notebook_path": "/jobdeck/exit/42 rows"}}"#;

/// A folder with two cassettes, `quickstart` and `team/deep`, and files beside them that are none.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let quickstart = fs::read_to_string(project().join("cassettes/quickstart.json")).unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("team")).unwrap();
    fs::write(at("quickstart.json"), &quickstart).unwrap();
    fs::write(at("team/deep.json"), &quickstart).unwrap();
    fs::write(at(".hidden.json"), "no cassette").unwrap();
    fs::write(at("with space.json"), "no cassette").unwrap();
    fs::write(at("notes.txt"), "no cassette").unwrap();
    folder
}

/// Asks for the job of the cassettes to be made, with more headers.
fn create(deck: &Deck, headers: &str) -> u16 {
    let (status, _) = send(&deck.url, "POST", "/api/2.0/jobs/create", headers, CREATE).unwrap();
    status
}

#[test]
fn requests_choose_a_cassette_of_a_folder() {
    let folder = folder();
    let receipt = folder.path().join("receipt");
    let path = folder.path().to_str().unwrap();
    let deck = Deck::start([
        "replay",
        path,
        "--receipt",
        receipt.to_str().unwrap(),
        "--admin",
        "127.0.0.1:0",
    ]);
    let admin = deck.admin();
    assert_eq!(create(&deck, "x-jobdeck-cassette: team/deep\r\n"), 200);
    assert_eq!(create(&deck, "x-jobdeck-cassette: team/../team/deep\r\n"), 424);
    assert_eq!(create(&deck, "authorization: Bearer cassette:quickstart\r\n"), 200);
    assert_eq!(create(&deck, "authorization: Bearer cassette:quickstart\r\n"), 424);
    assert_eq!(create(&deck, ""), 424);
    // One that is inserted begins anew.
    for name in ["quickstart", "team/deep", "team%2Fdeep"] {
        let insert = send(&admin, "POST", &format!("/cassette/{name}"), "", "").unwrap();
        assert_eq!(insert.0, 200, "{name}: {}", insert.1);
        assert_eq!(create(&deck, ""), 200);
    }
    for name in ["", "deep", "../receipt", "quickstart.json", "%2e%2e"] {
        let insert = send(&admin, "POST", &format!("/cassette/{name}"), "", "").unwrap();
        assert_eq!(insert.0, 400, "{name}: {}", insert.1);
    }
    let ended = deck.stop();
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let receipt: Value = serde_json::from_slice(&fs::read(receipt).unwrap()).unwrap();
    let names: Vec<_> =
        receipt["cassettes"].as_array().unwrap().iter().map(|c| &c["name"]).collect();
    assert_eq!(names, ["quickstart", "team/deep"]);
    assert_eq!((&receipt["served"], &receipt["missed"]), (&5.into(), &3.into()));
}

/// What a replay of these says that cannot begin.
#[track_caller]
fn refused(paths: &[&Path], code: i32) -> String {
    let replay = output(jobdeck(["replay", "--listen", "127.0.0.1:0"]).args(paths));
    let said = String::from_utf8(replay.stderr).unwrap();
    assert_eq!(replay.status.code(), Some(code), "{said}");
    said
}

#[test]
fn a_folder_that_cannot_be_replayed_is_refused() {
    let folder = folder();
    let quickstart = project().join("cassettes/quickstart.json");
    let said = refused(&[folder.path(), &quickstart], 2);
    assert!(said.contains("give one folder alone, or files"), "{said}");
    fs::write(folder.path().join("team/broken.json"), "{\"jobdeck\": 1").unwrap();
    let said = refused(&[folder.path()], 3);
    assert!(said.contains("team/broken.json:1"), "{said}");
    let empty = tempfile::tempdir().unwrap();
    let said = refused(&[empty.path()], 3);
    assert!(said.contains("there is no cassette in it"), "{said}");
    refused(&[&quickstart, &folder.path().join("absent.json")], 3);
}

#[test]
fn one_cassette_lies_on_the_other() {
    let quickstart = project().join("cassettes/quickstart.json");
    let quickstart = quickstart.to_str().unwrap();
    let deck = Deck::start(["replay", quickstart, quickstart]);
    assert_eq!([create(&deck, ""), create(&deck, ""), create(&deck, "")], [200, 200, 424]);
    let ended = deck.stop();
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("make things with the same ids"), "{}", ended.stderr);
}

#[test]
fn the_workspace_answers_what_was_not_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let receipt = folder.path().join("receipt.json");
    let quickstart = project().join("cassettes/quickstart.json");
    let deck = Deck::start([
        "replay",
        quickstart.to_str().unwrap(),
        "--on-miss",
        "workspace",
        "--receipt",
        receipt.to_str().unwrap(),
    ]);
    let token = "authorization: Bearer x\r\n";
    let ask = |method: &str, path: &str, body: &str| {
        let path = format!("/api/2.0/jobs/{path}");
        let (status, answer) = send(&deck.url, method, &path, token, body).unwrap();
        assert_eq!(status, 200, "{method} {path}: {answer}");
        answer
    };
    ask("POST", "create", CREATE);
    // It knows the job of the cassette, and the one that it makes is another.
    assert!(ask("GET", "get?job_id=1", "").contains("nightly"));
    ask("POST", "update", r#"{"job_id": 1, "new_settings": {"name": "weekly"}}"#);
    assert!(ask("GET", "get?job_id=1", "").contains("weekly"));
    let other = CREATE.replace("nightly", "other");
    assert_eq!(ask("POST", "create", &other), r#"{"job_id":2}"#);
    // The run that the cassette ends is over for the workspace too.
    assert!(ask("GET", "runs/list?job_id=1", "").contains("TERMINATED"));
    let ended = deck.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let receipt: Value = serde_json::from_slice(&fs::read(receipt).unwrap()).unwrap();
    assert_eq!((&receipt["served"], &receipt["missed"]), (&1.into(), &0.into()));
    let answered = receipt["workspace"].as_array().unwrap();
    assert_eq!(answered.iter().map(|told| told["times"].as_u64().unwrap()).sum::<u64>(), 5);
}

#[tokio::test]
async fn a_test_under_a_runtime_has_its_own_replay() {
    let quickstart = project().join("cassettes/quickstart.json");
    let server = Server::start(&quickstart).unwrap();
    let create = send(&server.url(), "POST", "/api/2.0/jobs/create", "", CREATE).unwrap();
    assert_eq!(create.0, 200);
    let outcome = server.finish().unwrap();
    outcome.assert_clean();
    assert_eq!((outcome.receipt.served, outcome.receipt.missed), (1, 0));

    // One that is only dropped panics about nothing, whatever it came to.
    let dropped = Server::start(&quickstart).unwrap();
    send(&dropped.url(), "GET", "/nowhere", "", "").unwrap();
    drop(dropped);
    let strict =
        Server::start_with(&quickstart, Options { strict: true, ..Options::default() }).unwrap();
    assert_eq!(strict.finish().unwrap().verdict, Verdict::Failed);
    let absent = Server::start(project().join("cassettes/absent.json")).unwrap_err();
    assert!(absent.to_string().contains("no such file"), "{absent}");
}
