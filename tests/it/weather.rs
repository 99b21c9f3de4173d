//! Scripted weather from the command line.

use std::{fs, path::PathBuf};

use serde_json::Value;

use crate::{
    deck::{Deck, jobdeck, output},
    http::{call, send},
};

const SUBMIT: &str = "/api/2.0/jobs/runs/submit";
const TASK: &str = r#"{"existing_cluster_id":"a","notebook_task":{"notebook_path":"/jobdeck/succeed"},"idempotency_token":"t1"}"#;
const AFTER: &str = r#"
[[weather]]
path = "jobs/runs/submit"
on = [1]
do = "unavailable-after"
[[weather]]
path = "jobs/list"
on = [2]
do = "throttle"
retry_after_s = 1
"#;

fn script(folder: &tempfile::TempDir, text: &str) -> PathBuf {
    let path = folder.path().join("weather.toml");
    fs::write(&path, text).unwrap();
    path
}

/// What a client gets that tries a submit until it has an answer, and then lists jobs twice.
fn statuses(url: &str) -> Vec<u16> {
    let mut statuses = Vec::new();
    loop {
        let (status, body) = call(url, "POST", SUBMIT, TASK);
        statuses.push(status);
        if status == 200 {
            assert!(body.contains("run_id"), "{body}");
            break;
        }
    }
    statuses.extend([0, 1].map(|_| call(url, "GET", "/api/2.0/jobs/list", "").0));
    statuses
}

/// A deck counts the weather of such a client while it runs and tells it at its end. Gives all that it told.
#[track_caller]
fn assert_struck(deck: Deck) -> String {
    let (status, numbers) = call(&deck.admin(), "GET", "/metrics", "");
    assert_eq!(status, 200);
    for (kind, count) in [("throttle", 1), ("unavailable-after", 1), ("cut", 0)] {
        let sample = format!("jobdeck_weather_total{{kind=\"{kind}\"}} {count}\n");
        assert!(numbers.contains(&sample), "{sample} in {numbers}");
    }
    let ended = deck.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let told = "jobdeck: struck by weather: throttle 1, unavailable-after 1\n";
    assert!(ended.stderr.contains(told), "{}", ended.stderr);
    ended.stderr
}

#[test]
fn all_decks_have_the_same_weather_and_a_recording_keeps_what_the_workspace_did() {
    let folder = tempfile::tempdir().unwrap();
    let script = script(&folder, AFTER);
    let weather = ["--weather", script.to_str().unwrap(), "--admin", "127.0.0.1:0"];
    let cassette = folder.path().join("x.json");
    let cassette = cassette.to_str().unwrap();
    let rough = [503, 200, 200, 429];

    let workspace = Deck::start(["serve"].iter().chain(&weather));
    assert_eq!(statuses(&workspace.url), rough);
    assert_struck(workspace);

    let record = ["record", cassette, "--upstream", "workspace", "-v"];
    let deck = Deck::start(record.iter().chain(&weather));
    assert_eq!(statuses(&deck.url), rough);
    let stderr = assert_struck(deck);
    let told: Vec<_> = stderr.lines().filter(|line| line.contains("/api/2.0/")).collect();
    assert!(told[0].ends_with(" complete weather:unavailable-after"), "{}", told[0]);
    assert!(told[1].ends_with(" complete") && told[2].ends_with(" complete"), "{told:?}");
    assert!(told[3].ends_with(" deck weather:throttle"), "{}", told[3]);
    let sealed: Value = serde_json::from_slice(&fs::read(cassette).unwrap()).unwrap();
    let kept: Vec<_> = sealed["exchanges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|exchange| (exchange["response"]["status"].as_u64(), exchange["outcome"].as_str()))
        .collect();
    let complete = (Some(200), Some("complete"));
    assert_eq!(kept, [complete, complete, complete, (Some(429), Some("deck"))]);
    let changed = &sealed["exchanges"][0]["redacted"];
    assert!(changed.as_array().unwrap().contains(&"/response".into()), "{changed}");

    // The real answers, the first of them at once.
    let replay = Deck::start(["replay", cassette]);
    assert_eq!(statuses(&replay.url), [200, 200, 200]);
    assert_eq!(replay.stop().code, Some(0));
    // And the trouble again, where it is asked for.
    let replay = Deck::start(["replay", cassette].iter().chain(&weather));
    assert_eq!(statuses(&replay.url), rough);
    assert_struck(replay);
}

#[test]
fn what_weather_stops_is_no_write() {
    let folder = tempfile::tempdir().unwrap();
    let script =
        script(&folder, "[[weather]]\npath = \"jobs/runs/*\"\non = [1]\ndo = \"drop-before\"");
    let deck = Deck::start(["serve", "--weather", script.to_str().unwrap()]);
    assert!(send(&deck.url, "POST", SUBMIT, "authorization: Bearer x\r\n", TASK).is_err());
    let (_, listed) = call(&deck.url, "GET", "/api/2.0/jobs/runs/list", "");
    assert!(!listed.contains("run_id"), "{listed}");
}

#[test]
fn a_script_that_makes_no_sense_is_a_usage_error_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let script = script(&folder, "\n[[weather]]\npath = \"*\"\ndo = \"rain\"\n");
    let refused = output(&mut jobdeck(["serve", "--weather", script.to_str().unwrap()]));
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("line 4") && said.contains("`throttle`"), "{said}");
    let absent = output(&mut jobdeck(["serve", "--weather", "/no/such/file"]));
    assert_eq!(absent.status.code(), Some(2));
}

#[test]
fn a_recording_of_weather_alone_replaces_nothing_and_blames_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let script = script(&folder, "[[weather]]\npath = \"*\"\ndo = \"unavailable-before\"");
    let cassette = folder.path().join("x.json");
    fs::write(&cassette, "an older cassette").unwrap();
    let record = ["record", cassette.to_str().unwrap(), "--upstream", "workspace"];
    let deck = Deck::start(record.iter().chain(&["--weather", script.to_str().unwrap()]));
    assert_eq!(call(&deck.url, "GET", "/api/2.0/jobs/list", "").0, 503);
    let ended = deck.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("was asked nothing"), "{}", ended.stderr);
    assert_eq!(fs::read_to_string(&cassette).unwrap(), "an older cassette");
}
