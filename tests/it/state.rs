//! A workspace with a state file that is killed: whatever a client was told is there when it comes back.

use std::{
    path::Path,
    process::Command,
    sync::{Mutex, mpsc},
    thread,
};

use serde_json::Value;

use crate::{
    deck::{Deck, jobdeck, output},
    http::{call, send},
};

const TOKEN: &str = "authorization: Bearer x\r\n";
const JOB: &str =
    r#"{"existing_cluster_id":"c","notebook_task":{"notebook_path":"/n"},"max_concurrent_runs":0}"#;

fn serve(state: &Path) -> Deck {
    Deck::start(["serve".as_ref(), "--state".as_ref(), state.as_os_str()])
}

/// The answer to a POST, if it came whole.
fn post(url: &str, path: &str, body: &str) -> Option<Value> {
    let (_, answer) = send(url, "POST", &format!("/api/2.0/jobs/{path}"), TOKEN, body).ok()?;
    serde_json::from_str(&answer).ok()
}

/// Has four clients make jobs and runs, and kills the deck in the midst of that. Gives the ids of the jobs and
/// runs that they were told of.
fn kill_under_load(deck: Deck) -> Vec<(i64, i64)> {
    let url = deck.url.clone();
    let told = Mutex::new(Vec::new());
    let (enough, is_enough) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(created) = post(&url, "create", JOB) {
                    let job_id = created["job_id"].as_i64().unwrap();
                    let Some(run) = post(&url, "run-now", &created.to_string()) else { return };
                    let mut told = told.lock().unwrap();
                    told.push((job_id, run["run_id"].as_i64().unwrap()));
                    if told.len() == 40 {
                        enough.send(()).unwrap();
                    }
                }
            });
        }
        is_enough.recv().unwrap();
        deck.kill();
    });
    told.into_inner().unwrap()
}

#[test]
fn what_clients_were_told_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let mut told = Vec::new();
    for _ in 0..3 {
        told.extend(kill_under_load(serve(&state)));
    }
    let deck = serve(&state);
    for (job_id, run_id) in &told {
        let (_, run) =
            call(&deck.url, "GET", &format!("/api/2.0/jobs/runs/get?run_id={run_id}"), "");
        let run: Value = serde_json::from_str(&run).unwrap();
        assert_eq!(run["job_id"].as_i64(), Some(*job_id), "{run}");
        assert_eq!(run["state"]["life_cycle_state"], "SKIPPED");
        let (status, _) = call(&deck.url, "GET", &format!("/api/2.0/jobs/get?job_id={job_id}"), "");
        assert_eq!(status, 200);
    }
    // No id is given twice.
    let created = post(&deck.url, "create", JOB).unwrap()["job_id"].as_i64().unwrap();
    assert!(told.iter().all(|(job_id, _)| *job_id < created));
}

#[test]
fn a_state_that_is_in_use_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let deck = serve(&state);
    let second = output(jobdeck(["serve", "--listen", "127.0.0.1:0", "--state"]).arg(&state));
    assert_eq!(second.status.code(), Some(4));
    let told = String::from_utf8(second.stderr).unwrap();
    assert!(told.contains("another process has it open"), "{told}");
    assert_eq!(deck.stop().code, Some(0));
}

#[test]
fn a_state_that_cannot_be_written_ends_the_answers_loudly() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    // In blocks of 512 bytes; the signal that comes with it is ignored, so that the write fails.
    let limited = "trap '' XFSZ; ulimit -f 6000; exec \"$0\" \"$@\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", limited]);
    let command = jobdeck(["serve".as_ref(), "--state".as_ref(), state.as_os_str()]);
    shell.arg(command.get_program()).args(command.get_args());
    let deck = Deck::start_with(shell);
    let job = JOB.replace("/n", &format!("/{}", "n".repeat(100_000)));
    let mut told = Vec::new();
    let refused = loop {
        match call(&deck.url, "POST", "/api/2.0/jobs/create", &job) {
            (200, created) => told.push(created),
            (status, refusal) => break (status, refusal),
        }
        assert!(told.len() < 1000, "the file never ends");
    };
    assert_eq!(refused.0, 500);
    assert!(refused.1.contains("The workspace cannot be kept: failed to write the state"));
    // It is no accident: what is told from then on would be forgotten.
    assert_eq!(call(&deck.url, "GET", "/api/2.0/jobs/list", "").0, 500);
    assert_eq!(deck.stop().code, Some(4));

    let deck = serve(&state);
    let (_, jobs) = call(&deck.url, "GET", "/api/2.0/jobs/list", "");
    let jobs: Value = serde_json::from_str(&jobs).unwrap();
    assert_eq!(jobs["jobs"].as_array().map_or(0, Vec::len), told.len());
    assert!(told.len() > 5, "too few to tell: {}", told.len());
}
