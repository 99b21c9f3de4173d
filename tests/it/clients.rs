//! Real clients against the deck: what they get from the workspace, through a recorder, and from the
//! cassette with the workspace gone.

pub(crate) mod installed;
mod others;
mod waiting;

use std::{fs, path::Path, process::Command};

use regex::Regex;

use crate::deck::{Deck, files, jobdeck, output, project};
use installed::{DATABRICKS_CLI, has};

/// What the 15-endpoint script prints against a deck.
#[track_caller]
fn all_endpoints(python: &Path, url: &str, polls: u32) -> String {
    let script = project().join("tests/clients/all_endpoints.py");
    said(Command::new(python.join("bin/python")).arg(script).args([url, &polls.to_string()]))
}

#[track_caller]
fn said(command: &mut Command) -> String {
    let output = output(command);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

/// The same without what differs between two workspaces: the clock and the port.
fn timeless(text: &str) -> String {
    let times =
        Regex::new(r#"("(?:created_time|start_time|end_time|\w+_duration)": )\d+"#).unwrap();
    let ports = Regex::new(r"127\.0\.0\.1:\d+").unwrap();
    ports.replace_all(&times.replace_all(text, "${1}0"), "127.0.0.1:0").into_owned()
}

/// Holds two outputs against each other, and shows the first line that differs.
#[track_caller]
fn assert_same(seen: &str, expected: &str, told: &str) {
    for (number, (seen, expected)) in seen.lines().zip(expected.lines()).enumerate() {
        assert_eq!(seen, expected, "in line {}; {told}", number + 1);
    }
    assert_eq!(seen.lines().count(), expected.lines().count(), "{told}");
}

#[test]
fn all_endpoints_give_the_same_from_workspace_recorder_and_cassette() {
    let Some(python) = DATABRICKS_CLI.folder() else { return };
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("all.json");

    let workspace = Deck::start(["serve"]);
    let served = all_endpoints(python, &workspace.url, 1);
    workspace.stop();

    let workspace = Deck::start(["serve"]);
    let deck = Deck::start([
        "record".as_ref(),
        cassette.as_os_str(),
        "--upstream".as_ref(),
        workspace.url.as_ref(),
    ]);
    let recorded = all_endpoints(python, &deck.url, 1);
    assert_eq!(deck.stop().code, Some(0));
    workspace.stop();
    assert_same(&timeless(&recorded), &timeless(&served), "");

    for polls in [1, 5] {
        let deck = Deck::start(["replay".as_ref(), cassette.as_os_str(), "--strict".as_ref()]);
        let played = all_endpoints(python, &deck.url, polls);
        let ended = deck.stop();
        assert_same(&played, &recorded, &ended.stderr);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }

    for file in files(folder.path()) {
        let text = fs::read_to_string(&file).unwrap();
        assert!(
            !text.contains("client-token-0123456789"),
            "the token stands in {}",
            file.display()
        );
    }
}

/// The databricks command, run by the deck as its COMMAND.
fn databricks_cli(python: &Path, arguments: &[&str]) -> Command {
    let path = std::env::var("PATH").unwrap_or_default();
    let home = python.join("home");
    fs::create_dir_all(&home).unwrap();
    let mut command = jobdeck(arguments);
    command
        .args(["--as-http-proxy", "--listen", "127.0.0.1:0", "--", "sh"])
        .arg(project().join("tests/clients/databricks_cli.sh"))
        .env("PATH", format!("{}:{path}", python.join("bin").display()))
        .env("HOME", home)
        .env("DATABRICKS_TOKEN", "client-token-0123456789");
    command
}

#[test]
fn the_databricks_command_gives_the_same_from_recorder_and_cassette() {
    let Some(python) = DATABRICKS_CLI.folder() else { return };
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("cli.json");
    let cassette = cassette.to_str().unwrap();
    let recorded =
        said(&mut databricks_cli(python, &["record", cassette, "--upstream", "workspace"]));
    let played = said(&mut databricks_cli(python, &["replay", cassette]));
    assert_same(&played, &recorded, "");
    // Twelve commands, of which only the last names a job that is gone.
    let codes: Vec<_> =
        recorded.lines().filter_map(|line| line.strip_prefix("exit code ")).collect();
    assert_eq!(codes, ["0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "1"], "{recorded}");
}

#[test]
fn the_documented_examples_give_the_same_from_recorder_and_cassette() {
    if !has("curl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("examples.json");
    let examples = |deck: &Deck| {
        said(
            Command::new("sh")
                .arg(project().join("tests/clients/documented_examples.sh"))
                .arg(&deck.url),
        )
    };
    let deck = Deck::start([
        "record".as_ref(),
        cassette.as_os_str(),
        "--upstream".as_ref(),
        "workspace".as_ref(),
    ]);
    let recorded = examples(&deck);
    assert_eq!(deck.stop().code, Some(0));
    let deck = Deck::start(["replay".as_ref(), cassette.as_os_str(), "--strict".as_ref()]);
    let played = examples(&deck);
    let ended = deck.stop();
    assert_same(&played, &recorded, &ended.stderr);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let statuses: Vec<_> = recorded.lines().filter_map(|line| line.strip_prefix("< ")).collect();
    let expected =
        "200 200 200 200 200 200 200 200 200 200 200 400 400 400 200 400 400 404 200 200";
    assert_eq!(statuses.join(" "), expected, "{recorded}");
}

/// A cassette that comes with the project.
fn committed(name: &str) -> String {
    project().join("cassettes").join(name).to_str().unwrap().to_owned()
}

#[test]
fn clients_of_today_are_served_from_the_committed_cassettes() {
    if has("curl") {
        let deck = Deck::start(["replay", &committed("documented-examples.json"), "--strict"]);
        let script = project().join("tests/clients/documented_examples.sh");
        said(Command::new("sh").arg(script).arg(&deck.url));
        let ended = deck.stop();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }

    let Some(python) = DATABRICKS_CLI.folder() else { return };
    let deck = Deck::start(["replay", &committed("all-endpoints.json"), "--strict"]);
    let played = all_endpoints(python, &deck.url, 3);
    assert!(played.ends_with("delete {}\n"), "{played}");
    let ended = deck.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);

    let played = said(&mut databricks_cli(python, &["replay", &committed("databricks-cli.json")]));
    assert_eq!(played.matches("exit code 0").count(), 11, "{played}");
}
