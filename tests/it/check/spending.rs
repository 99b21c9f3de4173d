//! How much of the contract is checked, how fast, and what is told of the rest.

use std::{collections::BTreeSet, fs, num::NonZeroU32, path::Path, time::Duration};

use jobdeck::{
    check::{Budget, Embedded, End, Options, Outcome, Shard, Summary, Target as _, Verdict, check},
    contract::rules::Level,
    serve::{self, Fault, Workspace},
};

use super::{EPOCH_US, broken, checked, network::served, options};
use crate::deck::{Deck, jobdeck, output};

fn sound() -> Workspace {
    Workspace::new(serve::Options::default())
}

fn held(outcome: &Outcome) -> BTreeSet<&'static str> {
    let held = outcome.verdicts.iter().filter(|(_, verdict)| matches!(verdict, Verdict::Held(_)));
    held.map(|(rule, _)| rule.id).collect()
}

#[track_caller]
fn check_spent(budget: Budget, what: &str) {
    let options = Options { budget, ..options(&[], 1) };
    let mut target = Embedded::new(sound(), EPOCH_US);
    let outcome = check(&mut target, &options, &mut |_| {}).unwrap();
    assert!(matches!(outcome.ended, Some(End::Spent(spent)) if spent == what));
    assert_eq!(outcome.summary(), Summary::Partial);
    assert_eq!(outcome.left_behind, [""; 0], "what was made is removed all the same");
    assert_eq!(broken(&outcome, Level::Must), [""; 0]);
    let left_out = outcome.count(Level::Must, |verdict| *verdict == Verdict::LeftOut);
    let held = held(&outcome).len();
    assert!(left_out > 50 && held > 50, "{left_out} left out, {held} held");
}

#[test]
fn what_there_is_no_time_or_request_for_is_left_out_and_told() {
    check_spent(Budget { requests_max: Some(1500), ..Budget::default() }, "requests");
    let time_max = Some(Duration::from_secs(3));
    check_spent(Budget { time_max, ..Budget::default() }, "time");
}

#[test]
fn requests_come_no_faster_than_they_may() {
    let rate = NonZeroU32::new(10);
    let options =
        Options { budget: Budget { rate, ..Budget::default() }, ..options(&["get/*"], 1) };
    let mut target = Embedded::new(sound(), EPOCH_US);
    let outcome = check(&mut target, &options, &mut |_| {}).unwrap();
    assert!(outcome.requests > 20);
    assert!(target.now_us() / 100_000 >= outcome.requests - 1, "{} requests", outcome.requests);
}

#[test]
fn parts_come_to_the_whole() {
    let whole = checked(sound(), &options(&["get/*", "delete/*", "runs-list/*"], 1));
    let mut parts = BTreeSet::new();
    for shard in ["1/3", "2/3", "3/3"] {
        let mut options = options(&["get/*", "delete/*", "runs-list/*"], 1);
        options.selection = options.selection.within(shard.parse::<Shard>().unwrap());
        let part = held(&checked(sound(), &options));
        assert!(!part.is_empty() && part.is_disjoint(&parts), "{part:?}");
        parts.extend(part);
    }
    assert_eq!(parts, held(&whole));
}

/// Does the steps of a kept finding again; gives the exit code and the last line.
fn again(url: &str, folder: &Path, more: &[&str]) -> (Option<i32>, String) {
    let rule = "run-now-idempotency-deleted-run-error";
    let steps = format!("jobdeck-failures/{rule}.steps.json");
    let mut rerun = jobdeck(["check", url, "--rerun", &steps]);
    let done = output(rerun.args(more).current_dir(folder));
    let stdout = String::from_utf8_lossy(&done.stdout).into_owned();
    (done.status.code(), stdout.lines().last().unwrap_or_default().to_owned())
}

#[test]
fn a_finding_that_is_done_again_is_fixed_or_still_there_or_nobody_can_tell() {
    const RULE: &str = "run-now/idempotency/deleted-run-error";
    let folder = tempfile::tempdir().unwrap();
    let server = served(Fault::parse("token-after-delete").unwrap());
    let mut first = jobdeck(["check", &server.url(), "--seed", "1", "--rules", RULE]);
    let done = output(first.current_dir(folder.path()));
    assert_eq!(done.status.code(), Some(1));
    assert!(fs::exists(folder.path().join("jobdeck-failures")).unwrap());
    let said = |word: &str| format!("{word}  {RULE}");
    let still = again(&server.url(), folder.path(), &[]);
    assert_eq!(still, (Some(1), said("STILL FAILS")));
    server.stop();
    let sound = Deck::start(["serve", "--token", "right"]);
    let fixed = again(&sound.url, folder.path(), &["--token", "right"]);
    assert_eq!(fixed, (Some(0), said("FIXED")));
    let unknown = again(&sound.url, folder.path(), &["--token", "other"]);
    assert_eq!(unknown, (Some(4), said("CANNOT TELL")));
}
