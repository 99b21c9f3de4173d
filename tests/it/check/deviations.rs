//! Rules that a target is known to break.

use std::{fs, path::Path};

use jobdeck::{
    check::{Deviations, Options, Outcome, Standing, Summary, Verdict},
    contract::rules::Level,
    serve::{self, Fault, Workspace},
};

use super::{EPOCH_US, broken, checked, options, wrong};

const RULE: &str = "delete/idempotency/already-removed-noop";

/// Checks its rule on a workspace with a fault, or a sound one, and with a list of deviations.
fn outcome(fault: Option<&str>, known: Deviations) -> Outcome {
    let mut options = options(&[RULE], 1);
    options.selection.deviations = known;
    let workspace = match fault {
        Some(name) => wrong(Fault::parse(name).unwrap()),
        None => Workspace::new(serve::Options::default()),
    };
    checked(workspace, &Options { proofs_max: 3, ..options })
}

/// A list of one entry, for whatever is there instead unless it says more.
fn list(more: &str) -> Deviations {
    let more = if more.contains("got") { more.to_owned() } else { format!("got = \"*\"\n{more}") };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("known.toml");
    let text = format!("[[deviation]]\nrule = \"{RULE}\"\nreason = \"ticket 12\"\n{more}\n");
    fs::write(&file, text).unwrap();
    Deviations::load(&file, EPOCH_US).unwrap()
}

const REFUSED: Option<&str> = Some("delete-again-refused");

#[test]
fn a_known_deviation_fails_nothing_and_is_told() {
    let databricks = Deviations::load(Path::new("databricks"), EPOCH_US).unwrap();
    for known in [list(""), list("got = \"a refusal (4*\""), databricks] {
        let outcome = outcome(REFUSED, known);
        assert_eq!(broken(&outcome, Level::Must), [""; 0]);
        assert!(matches!(outcome.verdicts[0].1, Verdict::Deviates(_)), "{:?}", outcome.verdicts);
        assert_eq!(outcome.deviations[0].1, Standing::Seen);
        assert_eq!(outcome.summary(), Summary::Partial);
    }
}

#[track_caller]
fn check_stale(fault: Option<&str>, known: Deviations, why: &str, summary: Summary) {
    let outcome = outcome(fault, known);
    let Standing::Stale(told) = &outcome.deviations[0].1 else {
        panic!("{:?}", outcome.deviations)
    };
    assert!(told.contains(why), "{told}");
    assert_eq!(outcome.summary(), summary);
}

#[test]
fn one_that_is_not_so_any_more_is_stale() {
    check_stale(None, list(""), "the rule holds", Summary::Partial);
    let otherwise = list("got = \"a failure (500)*\"");
    check_stale(REFUSED, otherwise, "in another way: a refusal (4", Summary::Broken);
    check_stale(REFUSED, list("expires = \"2026-01-01\""), "expired", Summary::Broken);
    let later = outcome(REFUSED, list("expires = \"2027-01-01\""));
    assert_eq!(later.deviations[0].1, Standing::Seen);
}

#[test]
fn one_whose_rule_is_not_exercised_is_neither() {
    let mut options = options(&["create/limit/12000-saved-jobs", RULE], 1);
    let known =
        "[[deviation]]\nrule = \"create/limit/12000-saved-jobs\"\ngot = \"*\"\nreason = \"x\"\n";
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.toml"), known).unwrap();
    options.selection.deviations = Deviations::load(&folder.path().join("a.toml"), 0).unwrap();
    let outcome = checked(Workspace::new(serve::Options::default()), &options);
    assert_eq!(outcome.deviations[0].1, Standing::Unseen);
}
