//! The command line: what it says, and the code it ends with.

use std::{fs, net::TcpListener, path::Path};

use regex::Regex;
use serde_json::Value;

use crate::{
    clients::installed::has,
    deck::{jobdeck, output, project},
};

const QUICKSTART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/cassettes/quickstart.json");

/// What a command prints and ends with, without what differs between machines.
fn transcript(arguments: &[&str], folder: &Path) -> String {
    let output = output(&mut jobdeck(arguments));
    let port = Regex::new(r"127\.0\.0\.1:\d+").unwrap();
    let line = Regex::new(r"\.json:\d+`").unwrap();
    let shown = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).replace(folder.to_str().unwrap(), "FOLDER");
        text.trim_end().to_owned()
    };
    let mut parts = vec![format!("exit code {}\n", output.status.code().unwrap())];
    if !output.stdout.is_empty() {
        parts.push(format!("--- stdout\n{}\n", shown(&output.stdout)));
    }
    if !output.stderr.is_empty() {
        let stderr = shown(&output.stderr);
        let stderr = line.replace_all(&stderr, ".json:LINE`");
        parts.push(format!("--- stderr\n{}\n", port.replace_all(&stderr, "127.0.0.1:PORT")));
    }
    parts.concat()
}

#[test]
fn help_reads_well() {
    let here = project();
    let verbs = ["", "record", "replay", "serve", "check", "cassette", "contract", "demo"];
    let scripts = ["completions", "man"];
    let cassette = [
        "cassette show",
        "cassette recover",
        "cassette diff",
        "cassette redact",
        "cassette import",
        "cassette export",
        "cassette merge",
        "cassette prune",
    ];
    for page in verbs.into_iter().chain(scripts).chain(cassette) {
        let arguments: Vec<_> = page.split_whitespace().chain(["--help"]).collect();
        insta::assert_snapshot!(
            format!("help {page}").trim().replace(' ', "-"),
            transcript(&arguments, &here)
        );
    }
}

#[test]
fn a_wrong_world_is_told_in_one_line_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let file = |name: &str, text: &str| {
        fs::write(folder.join(name), text).unwrap();
        folder.join(name).to_str().unwrap().to_owned()
    };
    let sealed = fs::read_to_string(project().join("cassettes/quickstart.json")).unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().to_string();
    let absent = folder.join("absent.json");
    let absent = absent.to_str().unwrap();
    let unwritable = folder.join("no/such/folder/x.json");
    let unwritable = unwritable.to_str().unwrap();

    let edited = file("edited.json", &sealed.replacen("/jobdeck/exit", "/jobdeck/exot", 1));
    let cut = file("cut.json", &sealed[..sealed.len() / 2]);
    let newer = file("newer.json", &sealed.replacen("\"jobdeck\": 1", "\"jobdeck\": 99", 1));
    let merged =
        file("merged.json", &format!("<<<<<<< ours\n{sealed}=======\n{sealed}>>>>>>> theirs\n"));
    let other = file("other.json", "{\"log\": {\"version\": \"1.2\"}}\n");

    let cases: [(&str, Vec<&str>); 18] = [
        ("absent-cassette", vec!["replay", absent]),
        ("edited-cassette", vec!["replay", &edited]),
        ("cut-cassette", vec!["cassette", "verify", &cut]),
        ("newer-cassette", vec!["replay", &newer]),
        ("conflict-markers", vec!["cassette", "verify", &merged]),
        ("something-else", vec!["replay", &other]),
        ("port-in-use", vec!["serve", "--listen", &port]),
        ("unwritable", vec!["record", unwritable, "--upstream", "workspace"]),
        ("no-upstream", vec!["record", "x.json"]),
        ("bad-upstream", vec!["record", absent, "--upstream", "ftp://example.com"]),
        ("nothing-to-recover", vec!["cassette", "recover", absent]),
        ("absent-command", vec!["serve", "--listen", "127.0.0.1:0", "--", "/no/such/program"]),
        ("manual-clock-alone", vec!["serve", "--clock", "manual"]),
        ("no-pointer", vec!["replay", &edited, "--volatile", "run_name"]),
        ("unwritable-receipt", vec!["replay", QUICKSTART, "--receipt", unwritable]),
        ("unknown-fault", vec!["serve", "--fault", "token-ignore"]),
        ("unknown-rule", vec!["contract", "explain", "run/lifecycle/nope"]),
        (
            "no-token-in-environment",
            vec![
                "record",
                absent,
                "--upstream",
                "http://127.0.0.1:9",
                "--upstream-token-env",
                "JOBDECK_NO_SUCH_VARIABLE",
            ],
        ),
    ];
    for (name, arguments) in cases {
        insta::assert_snapshot!(name, transcript(&arguments, folder));
    }
}

/// The exit code of a deck that runs a script.
fn code(arguments: &[&str], script: &str) -> i32 {
    let mut command = jobdeck(arguments);
    command.args(["--listen", "127.0.0.1:0", "--", "sh", "-c", script]);
    output(&mut command).status.code().unwrap()
}

#[test]
fn a_command_gives_its_own_exit_code() {
    assert_eq!(code(&["serve"], "exit 7"), 7);
    assert_eq!(code(&["serve"], "test -n \"$DATABRICKS_HOST\""), 0);
    assert_eq!(code(&["serve"], "kill -9 $$"), 128 + 9);
}

#[test]
fn what_a_failed_command_left_is_kept_apart() {
    if !has("curl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    let record = ["record", cassette.to_str().unwrap(), "--upstream", "workspace"];
    let get = "curl -sS -H 'authorization: Bearer x' $DATABRICKS_HOST/api/2.0/jobs/list";
    assert_eq!(code(&record, &format!("{get}; exit 3")), 3);
    assert!(!cassette.exists());
    assert!(folder.path().join("x.failed.json").exists());
    assert_eq!(code(&record, get), 0);
    assert!(cassette.exists());
}

#[test]
fn the_contract_can_be_asked() {
    let here = project();
    let explained = transcript(&["contract", "explain", "run/lifecycle/terminal-is-final"], &here);
    insta::assert_snapshot!("contract-explain", explained);
    let rules = transcript(&["contract", "rules", "runs-cancel/*"], &here);
    insta::assert_snapshot!("contract-rules", rules);
    let all = output(&mut jobdeck(["contract", "rules"]));
    assert_eq!(String::from_utf8_lossy(&all.stdout).lines().count(), 420);
    let openapi = output(&mut jobdeck(["contract", "openapi"]));
    let openapi: Value = serde_json::from_slice(&openapi.stdout).unwrap();
    assert_eq!(openapi["openapi"], "3.1.0");
}

#[test]
fn the_faults_are_listed() {
    insta::assert_snapshot!("list-faults", transcript(&["serve", "--list-faults"], &project()));
}

#[test]
fn faults_are_listed_for_programs_as_for_people() {
    let text = output(&mut jobdeck(["serve", "--list-faults=text"])).stdout;
    let json = output(&mut jobdeck(["serve", "--list-faults=json"])).stdout;
    let listed: Value = serde_json::from_slice(&json).unwrap();
    let faults = listed["faults"].as_array().unwrap();
    let text = String::from_utf8(text).unwrap();
    assert_eq!(text.lines().count(), faults.len());
    for (line, fault) in text.lines().zip(faults) {
        let column = |name: &str| fault[name].as_str().unwrap();
        let words: Vec<_> = line.split_whitespace().collect();
        assert_eq!(words[..2], [column("name"), column("rule")]);
        assert!(line.ends_with(column("about")));
        let unchecked = column("name").starts_with("unchecked:");
        assert_eq!(column("kind"), if unchecked { "unchecked" } else { "behaviour" });
    }
    let behavioural = faults.iter().filter(|fault| fault["kind"] == "behaviour");
    assert!(behavioural.count() >= 80);
}
