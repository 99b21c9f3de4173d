//! What a recorder does with a cassette that is there already.

use std::{fs, path::Path};

use serde_json::Value;

use crate::{
    deck::{Deck, Ended},
    http::call,
};

const CREATE: &str = "/api/2.0/jobs/create";
const LIST: &str = "/api/2.0/jobs/list";
const JOB: &str =
    r#"{"existing_cluster_id":"1201-my-cluster","notebook_task":{"notebook_path":"/a"}}"#;

fn record(cassette: &Path, upstream: &str, mode: &str) -> Deck {
    Deck::start(["record", cassette.to_str().unwrap(), "--upstream", upstream, "--mode", mode])
}

fn exchanges(cassette: &Path) -> Vec<Value> {
    let sealed: Value = serde_json::from_slice(&fs::read(cassette).unwrap()).unwrap();
    sealed["exchanges"].as_array().unwrap().clone()
}

#[track_caller]
fn assert_ended(ended: &Ended, code: i32, said: &str) {
    assert_eq!(ended.code, Some(code), "{}", ended.stderr);
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
}

#[test]
fn once_records_once_and_then_needs_no_workspace() {
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    let workspace = Deck::start(["serve"]);
    let deck = record(&cassette, &workspace.url, "once");
    assert_eq!(call(&deck.url, "POST", CREATE, JOB), (200, r#"{"job_id":1}"#.to_owned()));
    assert_ended(&deck.stop(), 0, "1 exchanges in");
    let recorded = fs::read(&cassette).unwrap();
    let upstream = workspace.url.clone();
    drop(workspace);

    let deck = record(&cassette, &upstream, "once");
    assert_eq!(call(&deck.url, "POST", CREATE, JOB), (200, r#"{"job_id":1}"#.to_owned()));
    assert_ended(&deck.stop(), 0, "nothing is recorded");
    let deck = record(&cassette, &upstream, "once");
    let (status, missed) = call(&deck.url, "GET", LIST, "");
    assert_eq!(status, 424, "{missed}");
    assert_ended(&deck.stop(), 1, "missed");
    assert_eq!(fs::read(&cassette).unwrap(), recorded);
}

#[test]
fn new_episodes_are_added_to_those_that_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    let workspace = Deck::start(["serve"]);
    let deck = record(&cassette, &workspace.url, "new-episodes");
    call(&deck.url, "POST", CREATE, JOB);
    call(&deck.url, "GET", "/api/2.0/jobs/get?job_id=1", "");
    assert_ended(&deck.stop(), 0, "2 exchanges in");
    // Another job there, that the cassette knows nothing of.
    call(&workspace.url, "POST", CREATE, JOB);

    let deck = record(&cassette, &workspace.url, "new-episodes");
    let (_, created) = call(&deck.url, "POST", CREATE, JOB);
    assert_eq!(created, r#"{"job_id":1}"#, "from the cassette: the workspace would make a third");
    assert_eq!(call(&deck.url, "GET", "/api/2.0/jobs/get?job_id=1", "").0, 200);
    assert_eq!(call(&deck.url, "GET", "/api/2.0/jobs/get?job_id=2", "").0, 200);
    assert_eq!(call(&deck.url, "GET", "/.well-known/databricks-config", "").0, 404);
    let other = JOB.replace("/a", "/other");
    assert_eq!(call(&deck.url, "POST", CREATE, &other).1, r#"{"job_id":3}"#);
    let said = "the cassette answered 2 requests, 3 were for the workspace, missed 0";
    assert_ended(&deck.stop(), 0, said);
    let all = exchanges(&cassette);
    let targets: Vec<_> =
        all.iter().map(|one| one["request"]["target"].as_str().unwrap()).collect();
    let expected = [
        CREATE,
        "/api/2.0/jobs/get?job_id=1",
        "/api/2.0/jobs/get?job_id=2",
        "/.well-known/databricks-config",
        CREATE,
    ];
    assert_eq!(targets, expected);
    let seqs: Vec<_> = all.iter().map(|one| one["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, [1, 2, 3, 4, 5]);
    let path = &all[4]["request"]["body"]["json"]["notebook_task"]["notebook_path"];
    assert_eq!(path, "/other");
    let times: Vec<_> = all.iter().map(|one| one["at_us"].as_u64().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn nobody_else_is_asked_about_what_the_cassette_made() {
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    let workspace = Deck::start(["serve"]);
    let deck = record(&cassette, &workspace.url, "all");
    call(&deck.url, "POST", CREATE, JOB);
    assert_ended(&deck.stop(), 0, "1 exchanges in");
    let recorded = fs::read(&cassette).unwrap();

    let deck = record(&cassette, &workspace.url, "new-episodes");
    call(&deck.url, "POST", CREATE, JOB);
    let (status, missed) = call(&deck.url, "POST", "/api/2.0/jobs/delete", r#"{"job_id":1}"#);
    assert_eq!(status, 424, "{missed}");
    assert_ended(&deck.stop(), 1, "missed: POST jobs/delete");
    assert_eq!(call(&workspace.url, "GET", "/api/2.0/jobs/get?job_id=1", "").0, 200);
    assert_eq!(fs::read(&cassette).unwrap(), recorded, "nothing new, nothing written");
}

#[test]
fn a_damaged_cassette_is_not_added_to() {
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    fs::write(&cassette, "{}").unwrap();
    for mode in ["once", "new-episodes"] {
        let record =
            ["record", cassette.to_str().unwrap(), "--upstream", "workspace", "--mode", mode];
        let refused = crate::deck::output(&mut crate::deck::jobdeck(record));
        assert_eq!(refused.status.code(), Some(3), "{refused:?}");
    }
}

#[test]
fn what_weather_stops_has_not_moved_the_cassette() {
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    let weather = folder.path().join("weather.toml");
    let script = "[[weather]]\npath = \"jobs/create\"\non = [1]\ndo = \"unavailable-before\"\n";
    fs::write(&weather, script).unwrap();
    let workspace = Deck::start(["serve"]);
    let deck = record(&cassette, &workspace.url, "all");
    call(&deck.url, "POST", CREATE, JOB);
    assert_ended(&deck.stop(), 0, "1 exchanges in");

    let arguments = ["record", cassette.to_str().unwrap(), "--upstream", &workspace.url];
    let rough = ["--mode", "new-episodes", "--weather", weather.to_str().unwrap()];
    let deck = Deck::start([&arguments[..], &rough].concat());
    assert_eq!(call(&deck.url, "POST", CREATE, JOB).0, 503);
    assert_eq!(call(&deck.url, "POST", CREATE, JOB).1, r#"{"job_id":1}"#);
    assert_ended(&deck.stop(), 0, "the cassette answered 1 requests");
}
