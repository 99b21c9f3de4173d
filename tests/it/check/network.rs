//! The command against servers on the network: exit codes, reports, interrupts, kills.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex, mpsc},
    thread,
};

use jobdeck::{
    net::{Server, ServerOptions},
    serve::{Fault, Workspace},
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::{
    faults::{SLOW, is_seen_alone, setting},
    wrong,
};
use crate::{
    deck::{Deck, jobdeck, output},
    http,
};

/// Serves a workspace that is wrong.
pub(super) fn served(fault: Fault) -> Server {
    on_a_port(wrong(fault))
}

fn on_a_port(workspace: Workspace) -> Server {
    Server::start(Arc::new(Mutex::new(workspace)), ServerOptions::on_a_free_port()).unwrap()
}

/// Checks a served fault for its rule, by the command; gives the exit code and the broken rules of the report.
fn found(fault: Fault, folder: &Path) -> (Option<i32>, Vec<String>) {
    let (workspace, options) = setting(fault, &[]);
    let server = on_a_port(workspace);
    let report = folder.join(format!("{}.json", fault.name().replace([':', '/'], "-")));
    let mut check = jobdeck(["check", &server.url(), "--seed", "1", "--level", "observed"]);
    check.args(["--rules", fault.rule()]).current_dir(folder);
    check.args(options.allowed.load.then_some(["--allow", "load"]).into_iter().flatten());
    check.args(options.profile.token.iter().flat_map(|token| ["--token", token]));
    check.arg("--report").arg(format!("json={}", report.display()));
    let done = output(&mut check);
    server.stop();
    let text = fs::read_to_string(report).unwrap_or_default();
    let report: Value = serde_json::from_str(&text).unwrap_or_default();
    let findings = report["findings"].as_array().cloned().unwrap_or_default();
    let rule = |finding: &Value| finding["rule"].as_str().unwrap_or_default().to_owned();
    (done.status.code(), findings.iter().map(rule).collect())
}

#[track_caller]
fn check_found(faults: impl Iterator<Item = Fault>) {
    let folder = tempfile::tempdir().unwrap();
    let missed = faults.filter_map(|fault| {
        let got = found(fault, folder.path());
        let expected = (Some(1), vec![fault.rule().to_owned()]);
        (got != expected).then(|| format!("{}: {got:?}", fault.name()))
    });
    let missed: Vec<_> = missed.collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn a_served_fault_ends_the_command_with_1_and_stands_in_the_report() {
    let names = [
        "create-drops-setting",
        "delete-again-refused",
        "token-race",
        "number-race",
        "submit-token-race",
        "reset-torn",
        "limit-one-more",
        "get-null-creator",
        "export-all-by-default",
        "unauthenticated-served",
        "wrong-token-served",
        "long-body-taken",
        "body-of-1-mb-refused",
        "unchecked:create/limit/max-concurrent-over-1000",
    ];
    check_found(names.into_iter().map(|name| Fault::parse(name).unwrap()));
}

#[test]
#[ignore = "several minutes of waiting; .ci/run asks for it"]
fn every_served_fault_does() {
    const AT_ONCE: usize = 6;
    let (sender, faults) = mpsc::channel();
    let shown = |fault: &Fault| is_seen_alone(*fault) && !SLOW.contains(&&*fault.name());
    for fault in Fault::all().chain(Fault::unchecked()).filter(shown) {
        sender.send(fault).unwrap();
    }
    drop(sender);
    let faults = Mutex::new(faults);
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| check_found(std::iter::from_fn(|| faults.lock().unwrap().recv().ok())));
        }
    });
}

#[test]
#[ignore = "two minutes of waiting; .ci/run asks for it"]
fn schedules_are_waited_for_where_the_profile_says_that_they_fire() {
    let folder = tempfile::tempdir().unwrap();
    let profile = folder.path().join("profile.toml");
    let text =
        "cluster = { existing_cluster_id = \"c\" }\nruns_execute = true\nschedules_fire = true\n";
    fs::write(&profile, text).unwrap();
    let found = |fault: Fault| {
        let server = served(fault);
        let mut check = jobdeck(["check", &server.url(), "--rules", fault.rule(), "--level"]);
        check.args(["should", "--profile"]).arg(&profile).current_dir(folder.path());
        let done = output(check.args(["--failures", &fault.name()]));
        let text = String::from_utf8(done.stdout).unwrap();
        let is_told = text.contains("BROKEN") && text.contains(fault.rule());
        assert!(done.status.code() == Some(1) && is_told, "{fault}: {text}");
    };
    thread::scope(|scope| {
        let seen = |name: &&&str| !["schedule-ignores-zone", "runs-kept-forever"].contains(*name);
        for name in SLOW.iter().filter(seen) {
            scope.spawn(|| found(Fault::parse(name).unwrap()));
        }
    });
}

#[test]
fn a_sound_server_ends_the_command_with_0() {
    let workspace = Deck::start(["serve", "--token", "the-one-token-that-is-right"]);
    let folder = tempfile::tempdir().unwrap();
    let mut check = jobdeck(["check", &workspace.url, "--token", "the-one-token-that-is-right"]);
    check.args([
        "--rules",
        "create/*",
        "--rules",
        "runs-list/*",
        "--rules",
        "run-now/idempotency/*",
    ]);
    let done = output(check.current_dir(folder.path()));
    let text = String::from_utf8(done.stdout).unwrap();
    assert_eq!(done.status.code(), Some(0), "{text}");
    assert!(text.contains("must      ") && text.contains(" held, 0 broken"), "{text}");
    let left = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 0, "no journal and no findings are left");
    let (_, jobs) = http::send(
        &workspace.url,
        "GET",
        "/api/2.0/jobs/list",
        "authorization: Bearer the-one-token-that-is-right\r\n",
        "",
    )
    .unwrap();
    assert_eq!(jobs, "{}", "nothing is left on the target");
}

#[track_caller]
fn check_code(arguments: &[&str], code: i32, word: &str) {
    let folder = tempfile::tempdir().unwrap();
    let done = output(jobdeck(arguments).current_dir(folder.path()));
    let told = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(code), "{arguments:?}: {told}");
    assert!(told.contains(word), "{arguments:?}: {told}");
    assert!(!told.contains("panicked"), "{told}");
}

#[test]
fn what_cannot_be_checked_is_told_in_a_line() {
    let strict = Deck::start(["serve", "--token", "the-one-token-that-is-right"]);
    check_code(&["check", &strict.url], 4, "GET jobs/list gives 403");
    check_code(&["check", "http://127.0.0.1:9"], 4, "Connection refused");
    check_code(&["check", "nonsense"], 2, "failed to use the upstream `nonsense`");
    check_code(&["check", "--rules", "nope/*"], 2, "failed to find rules `nope/*`");
    check_code(&["check", "--report", "xml=a"], 2, "text, json, junit");
    check_code(&["check", "--cassette", "absent.json"], 3, "no such file");
    check_code(&["check", "--rerun", "absent.json"], 2, "failed to read the steps");
    check_code(
        &["check", &strict.url, "--profile", "absent.toml"],
        2,
        "failed to read the profile",
    );
    check_code(&["check", &strict.url, "--cleanup", "absent"], 2, "failed to read the journal");
}

/// Starts a long check, and waits until it has made something.
fn underway(url: &str, folder: &Path) -> std::process::Child {
    let mut check = jobdeck(["check", url, "--rules", "run/*", "--rules", "runs-cancel*"]);
    let child = check.current_dir(folder).spawn().unwrap();
    let has_made = || {
        let journal = fs::read_dir(folder).unwrap().find_map(|entry| {
            let path = entry.unwrap().path();
            path.extension().is_some_and(|end| end == "journal").then_some(path)
        });
        let text = journal.map(|path| fs::read_to_string(path).unwrap_or_default());
        text.is_some_and(|text| text.matches("made-job").count() > 3)
    };
    while !has_made() {
        thread::yield_now();
    }
    child
}

fn jobs(url: &str) -> String {
    http::call(url, "GET", "/api/2.0/jobs/list", "").1
}

/// A job of somebody else, which is none of the check's business.
fn create_foreign_job(url: &str) {
    let job =
        r#"{"name": "a", "existing_cluster_id": "c", "notebook_task": {"notebook_path": "/a"}}"#;
    assert_eq!(http::call(url, "POST", "/api/2.0/jobs/create", job).0, 200);
}

/// Cleans up by a journal, with the command.
fn cleaned_up(url: &str, journal: &Path) -> std::process::Output {
    output(jobdeck(["check", url, "--cleanup"]).arg(journal))
}

#[test]
fn an_interrupt_leaves_nothing_behind() {
    let workspace = Deck::start(["serve"]);
    let folder = tempfile::tempdir().unwrap();
    let mut check = underway(&workspace.url, folder.path());
    kill_process(Pid::from_child(&check), Signal::INT).unwrap();
    assert_eq!(check.wait().unwrap().code(), Some(4));
    assert_eq!(jobs(&workspace.url), "{}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn what_a_kill_leaves_behind_is_removed_by_the_journal() {
    let workspace = Deck::start(["serve"]);
    let folder = tempfile::tempdir().unwrap();
    create_foreign_job(&workspace.url);
    let mut check = underway(&workspace.url, folder.path());
    check.kill().unwrap();
    check.wait().unwrap();
    assert!(jobs(&workspace.url).contains("jobdeck-"), "the kill came too late to show anything");
    let journal = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let done = cleaned_up(&workspace.url, &journal);
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    let left = jobs(&workspace.url);
    assert!(!left.contains("jobdeck-") && left.contains("\"name\":\"a\""), "{left}");
    assert!(!journal.exists());
}

#[test]
fn what_a_journal_names_is_removed_only_under_the_name_of_its_check() {
    let workspace = Deck::start(["serve"]);
    let folder = tempfile::tempdir().unwrap();
    create_foreign_job(&workspace.url);
    // The journal of a check of the server that stood here before.
    let start = format!(r#"{{"start":{{"target":"{}","prefix":"jobdeck-1"}}}}"#, workspace.url);
    let journal = folder.path().join("old.journal");
    fs::write(&journal, format!("{start}\n{{\"made-job\":1}}\n{{\"made-run\":9}}\n")).unwrap();
    let done = cleaned_up(&workspace.url, &journal);
    assert_eq!(done.status.code(), Some(4), "{done:?}");
    let text = String::from_utf8(done.stdout).unwrap();
    assert_eq!(text, "0 things removed\nstill there: job 1 by the name of `a`\n");
    assert!(jobs(&workspace.url).contains("\"name\":\"a\""));
    assert!(journal.exists());
}

#[test]
fn what_was_found_is_told_even_where_it_cannot_be_kept() {
    let server = served(Fault::parse("zero-concurrency-runs").unwrap());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a-file");
    fs::write(&file, "").unwrap();
    let mut check =
        jobdeck(["check", &server.url(), "--rules", "run-now/lifecycle/skipped-when-zero"]);
    let done = output(check.arg("--failures").arg(file.join("kept")).current_dir(folder.path()));
    assert_eq!(done.status.code(), Some(1), "{done:?}");
    assert!(String::from_utf8_lossy(&done.stdout).contains("BROKEN"), "{done:?}");
    assert!(String::from_utf8_lossy(&done.stderr).contains("failed to keep a finding"), "{done:?}");
}
