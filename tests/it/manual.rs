//! Completions in a shell, and the pages of the manual.

use std::{
    fs,
    io::Write as _,
    process::{Command, Stdio},
};

use crate::{
    clients::installed::has,
    deck::{files, jobdeck, output},
};

/// What is printed by a command that succeeds.
#[track_caller]
fn printed(arguments: &[&str]) -> String {
    let output = output(&mut jobdeck(arguments));
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What bash offers for the last of these words.
#[track_caller]
fn completed(words: &[&str]) -> Vec<String> {
    let last = words.len() - 1;
    let script = format!(
        r#"set -eu
        source <("$0" completions bash)
        COMP_WORDS=({}) COMP_CWORD={last}
        _jobdeck jobdeck '{}' '{}'
        printf '%s\n' "${{COMPREPLY[@]}}""#,
        words.join(" "),
        words[last],
        words[last - 1],
    );
    let output = output(Command::new("bash").args(["-c", &script, env!("CARGO_BIN_EXE_jobdeck")]));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_verbs_options_and_values() {
    assert_eq!(completed(&["jobdeck", "rep"]), ["replay"]);
    assert_eq!(completed(&["jobdeck", "cassette", "re"]), ["recover", "redact"]);
    assert_eq!(completed(&["jobdeck", "replay", "--st"]), ["--strict"]);
    assert_eq!(completed(&["jobdeck", "record", "--mode", "n"]), ["new-episodes"]);
}

#[test]
fn every_shell_has_a_script() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = printed(&["completions", shell]);
        assert!(script.contains("receipt"), "{shell}: {script}");
    }
}

/// The words of a page as a terminal shows them. Whatever roff complains about is a failure.
#[track_caller]
fn shown(page: &str) -> String {
    let mut groff = Command::new("groff");
    groff.args(["-man", "-ww", "-Tascii", "-P-cbou"]).stdin(Stdio::piped());
    let mut groff = groff.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    groff.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let output = groff.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{page}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_manual_has_a_page_for_every_verb() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man1");
    printed(&["man", "--output", pages.to_str().unwrap()]);
    let names: Vec<_> = files(&pages)
        .iter()
        .map(|page| page.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    for name in ["jobdeck.1", "jobdeck-record.1", "jobdeck-cassette.1", "jobdeck-cassette-show.1"] {
        assert!(names.iter().any(|found| found == name), "{name} is not in {names:?}");
    }
    let read = |name| fs::read_to_string(pages.join(name)).unwrap();
    assert_eq!(printed(&["man"]), read("jobdeck.1"));
    assert_eq!(printed(&["man", "replay"]), read("jobdeck-replay.1"));
    assert_eq!(printed(&["man", "cassette", "show"]), read("jobdeck-cassette-show.1"));
    if has("groff") {
        for page in files(&pages) {
            let page = fs::read_to_string(page).unwrap();
            assert!(shown(&page).contains("SYNOPSIS"), "{page}");
        }
        let replay = shown(&read("jobdeck-replay.1"));
        assert!(replay.contains("jobdeck replay [--strict]"), "{replay}");
    }
}

#[test]
fn a_page_that_is_not_there_is_told() {
    let output = output(&mut jobdeck(["man", "cassette", "shwo"]));
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stderr), @r"
    error: failed to find the manual page of `cassette shwo`: `jobdeck cassette` has no verb `shwo`
    hint: `jobdeck --help` lists the verbs
    ");
}
