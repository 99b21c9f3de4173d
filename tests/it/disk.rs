//! Recorders on disks that do not take what they write.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

use crate::{
    deck::{Deck, jobdeck, output},
    http::call,
};

const LIST: &str = "/api/2.0/jobs/list";

/// Asks until the recorder can keep no more, and holds what it says and leaves against what it answered.
#[track_caller]
fn check_full(deck: Deck, cassette: &Path, cause: &str) {
    let older = fs::read(cassette).unwrap();
    let big = format!(r#"{{"name":"{}"}}"#, "x".repeat(4000));
    let mut answered = 0;
    let refused = loop {
        match call(&deck.url, "POST", "/api/2.0/jobs/create", &big) {
            (507, answer) => break answer,
            _ => answered += 1,
        }
        assert!(answered < 10_000, "the disk never fills");
    };
    assert!(refused.contains("JOBDECK_RECORDING_FAILED"), "{refused}");
    // It is no accident: nothing passes any more.
    assert_eq!(call(&deck.url, "GET", LIST, "").0, 507);
    let ended = deck.stop();
    assert_eq!(ended.code, Some(4), "{}", ended.stderr);
    assert!(ended.stderr.contains(cause), "{}", ended.stderr);
    assert!(ended.stderr.contains("cassette recover"), "{}", ended.stderr);
    assert_eq!(fs::read(cassette).unwrap(), older);
}

/// A small recording at this place.
fn older(cassette: &Path) {
    let deck = Deck::start(["record", cassette.to_str().unwrap(), "--upstream", "workspace"]);
    call(&deck.url, "GET", LIST, "");
    assert_eq!(deck.stop().code, Some(0));
}

#[test]
fn a_file_that_may_not_grow_ends_the_recording_loudly() {
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    older(&cassette);
    // In blocks of 512 bytes; the signal that comes with it is ignored, so that the write fails.
    let limited = "trap '' XFSZ; ulimit -f 512; exec \"$0\" \"$@\"";
    let mut shell = Command::new("sh");
    shell.args(["-c", limited]);
    let record = jobdeck(["record", cassette.to_str().unwrap(), "--upstream", "workspace"]);
    shell.arg(record.get_program()).args(record.get_args());
    check_full(Deck::start_with(shell), &cassette, "File too large");
    let recovered = output(jobdeck(["cassette", "recover"]).arg(&cassette));
    assert!(recovered.status.success(), "{recovered:?}");
    let sealed = fs::read(folder.path().join("x.recovered.json")).unwrap();
    let sealed: Value = serde_json::from_slice(&sealed).unwrap();
    assert!(sealed["exchanges"].as_array().unwrap().len() > 10);
}

/// A small disk in memory, as long as this lives.
struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    /// None where one may not be mounted; said aloud.
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    fn mount(at: &'a Path) -> Option<Self> {
        let done =
            output(Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "tmpfs"]).arg(at));
        if !done.status.success() {
            eprintln!("skipped, for want of a disk: {}", String::from_utf8_lossy(&done.stderr));
        }
        done.status.success().then_some(Self(at))
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

#[test]
#[ignore = "mounts a disk; .ci/run asks for it"]
fn a_full_disk_ends_the_recording_loudly() {
    let folder = tempfile::tempdir().unwrap();
    let Some(_disk) = Disk::mount(folder.path()) else { return };
    let cassette = folder.path().join("x.json");
    older(&cassette);
    let record = jobdeck(["record", cassette.to_str().unwrap(), "--upstream", "workspace"]);
    check_full(Deck::start_with(record), &cassette, "No space left on device");
}

#[test]
fn a_place_that_takes_no_file_is_told_at_the_start() {
    // Where not even root may make one.
    let record = ["record", "/sys/x.json", "--upstream", "workspace", "--listen", "127.0.0.1:0"];
    let refused = output(&mut jobdeck(record));
    assert_eq!(refused.status.code(), Some(4), "{refused:?}");
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("/sys/x.json.partial") && said.contains("hint:"), "{said}");
}
