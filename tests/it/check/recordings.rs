//! Recordings are judged by the same oracles, and nothing is sent.

use std::{fs, path::Path};

use jobdeck::cassette;

use crate::deck::{Deck, files, jobdeck, output, project};

/// Judges a cassette; gives the exit code and what was printed.
fn judged(path: &Path) -> (Option<i32>, String) {
    let done = output(jobdeck(["check", "--cassette"]).arg(path));
    (done.status.code(), String::from_utf8(done.stdout).unwrap())
}

#[test]
fn the_recordings_of_the_project_keep_the_contract() {
    let all = files(&project().join("cassettes"));
    for path in all.iter().filter(|path| path.extension().is_some_and(|end| end == "json")) {
        let (code, text) = judged(path);
        assert_eq!(code, Some(0), "{}: {text}", path.display());
        assert!(text.contains(" held, 0 broken"), "{text}");
    }
}

#[test]
fn a_run_that_goes_backwards_in_a_recording_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("edited.json");
    let text = fs::read_to_string(project().join("cassettes/quickstart.json")).unwrap();
    // The last state that was recorded of the run before its end becomes one that it had left.
    let last = text.rfind("\"life_cycle_state\": \"TERMINATING\"").unwrap();
    let edited = text[last..].replacen("TERMINATING", "PENDING", 1);
    let edited = format!("{}{edited}", &text[..last]);
    fs::write(&path, &edited).unwrap();
    cassette::reseal(&path).unwrap();
    let (code, text) = judged(&path);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("run/lifecycle/allowed-transitions"), "{text}");
    assert!(text.contains("got       PENDING at /state/life_cycle_state"), "{text}");
}

#[test]
fn a_recording_without_anything_to_judge_has_passed_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty.json");
    let mut empty = cassette::Cassette::load(&project().join("cassettes/quickstart.json")).unwrap();
    empty.exchanges.clear();
    empty.save(&path).unwrap();
    assert_eq!(judged(&path).0, Some(4));
}

#[test]
fn a_recorder_judges_what_passed() {
    for (fault, code, word) in [
        (None, 0, "verdict: partial"),
        (Some("created-time-in-seconds"), 1, "create/consistency/created-time"),
    ] {
        let serve = ["serve"].into_iter().chain(fault.into_iter().flat_map(|f| ["--fault", f]));
        let workspace = Deck::start(serve);
        let folder = tempfile::tempdir().unwrap();
        let cassette = folder.path().join("c.json");
        let cassette = cassette.to_str().unwrap();
        let recorder = Deck::start(["record", cassette, "--upstream", &workspace.url, "--check"]);
        let job = r#"{"name": "a", "existing_cluster_id": "c", "notebook_task": {"notebook_path": "/a"}}"#;
        crate::http::call(&recorder.url, "POST", "/api/2.0/jobs/create", job);
        crate::http::call(&recorder.url, "GET", "/api/2.0/jobs/get?job_id=1", "");
        let ended = recorder.stop();
        assert_eq!(ended.code, Some(code), "{}", ended.stderr);
        assert!(ended.stderr.contains(word), "{}", ended.stderr);
    }
}
