//! Each fault of the reference workspace is reported by the rule that it breaks, and by no other than what
//! follows from it.

mod follows;

use std::collections::BTreeSet;

use jobdeck::{
    check::{self, Options},
    contract::rules::{self, Level},
    serve::{self, Fault, Workspace},
};

use self::follows::FOLLOWS;
use super::{broken, checked, options, told, wrong};

/// The faults that are checked in full at every run of the tests: some of each endpoint and kind. The others
/// are by `cargo test -- --ignored`.
const ALWAYS_IN_FULL: &[&str] = &[
    "create-deduplicates",
    "create-drops-setting",
    "created-time-in-seconds",
    "created-id-as-text",
    "list-omits-latest",
    "get-null-creator",
    "delete-again-refused",
    "delete-lags",
    "reset-merges",
    "update-forgets-others",
    "update-removes-nested",
    "token-ignored",
    "token-forgotten-at-end",
    "token-race",
    "number-race",
    "concurrency-one-too-many",
    "submit-token-after-delete",
    "concurrency-zero-refused",
    "limit-one-more",
    "has-more-always",
    "offset-off-by-one",
    "completed-shows-active",
    "result-early",
    "result-flips",
    "state-goes-back",
    "ended-run-wakes",
    "end-time-early",
    "retry-one-too-many",
    "export-all-by-default",
    "cancel-ignored",
    "cancel-all-jobs",
    "output-and-error",
    "delete-active-run",
    "unauthenticated-writes",
];

/// The faults that no check shows, each with the reason. Beside a sound workspace they are shown in the tests of `serve`.
const UNSEEN: &[(&str, &str)] = &[
    ("removed-schedule-fires", "what becomes of a schedule that is taken away is not judged"),
    ("schedule-ignores-limit", "no check waits for a schedule at its limit"),
    ("schedule-follows-job", "whether a run goes on showing its schedule is not judged"),
    ("schedule-on-retry", "a retry may show the schedule or not"),
    ("queue-empties-at-once", "the document has nothing to ask for a queue by"),
    ("queued-takes-place", "the document has nothing to ask for a queue by"),
    ("begun-run-queues", "the document has nothing to ask for a queue by"),
    ("queued-cancel-ignored", "the document has nothing to ask for a queue by"),
    ("cancel-all-forgets-queued", "the document has nothing to ask for a queue by"),
    ("retry-after-lost", "no check asks for more than a workspace does"),
];

/// The faults that a check of their rule alone does not bring about; a whole one does.
const SEEN_IN_FULL: &[&str] = &["deleted-id-reused", "failure-shows-skipped", "job-id-as-text"];

/// The faults that take so long to show that a server is not waited for unless its profile says so.
pub(super) const SLOW: [&str; 8] = [
    "paused-schedule-fires",
    "schedule-never-fires",
    "schedule-ignores-zone",
    "schedule-lost",
    "delete-leaves-schedule",
    "later-pause-ignored",
    "later-resume-ignored",
    "runs-kept-forever",
];

/// A workspace with a fault, and how a check is done in which the fault can show.
pub(super) fn setting(fault: Fault, globs: &[&str]) -> (Workspace, Options) {
    let mut options = options(globs, 1);
    options.allowed.load = fault.rule().starts_with("http/limit/request-");
    if fault.name() != "wrong-token-served" {
        return (wrong(fault), options);
    }
    let token = Some("the-token".to_owned());
    options.profile.token.clone_from(&token);
    let faults = vec![fault];
    (Workspace::new(serve::Options { faults, token, ..serve::Options::default() }), options)
}

fn is_unseen(fault: Fault) -> bool {
    UNSEEN.iter().any(|(name, _)| *name == fault.name())
}

/// Checks faulty workspaces in full, and holds what is found against what is to be found.
#[track_caller]
fn check_in_full(faults: impl Iterator<Item = Fault>) {
    let wrong: Vec<String> = faults.filter_map(mistake).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What is found that should not be, or the other way about.
fn mistake(fault: Fault) -> Option<String> {
    let name = fault.name();
    let follows = FOLLOWS.iter().find(|(own, _)| *own == name).map_or(&[][..], |(_, rules)| rules);
    let (workspace, options) = setting(fault, &[]);
    let outcome = checked(workspace, &options);
    let is_found = outcome.findings.iter().any(|found| found.rule.id == fault.rule());
    let mut others = broken(&outcome, Level::Must);
    others.retain(|rule| *rule != fault.rule());
    let is_right = is_found && others == follows;
    let found = if is_found { "found" } else { "not found" };
    (!is_right).then(|| format!("(\"{name}\", &{others:?}), {found}\n{}", told(&outcome)))
}

fn in_full() -> impl Iterator<Item = Fault> {
    Fault::all().filter(|fault| ALWAYS_IN_FULL.contains(&&*fault.name()))
}

#[test]
fn a_fault_is_found_and_nothing_else() {
    check_in_full(in_full().step_by(2));
}

#[test]
fn another_fault_is_found_and_nothing_else() {
    check_in_full(in_full().skip(1).step_by(2));
}

fn every() -> impl Iterator<Item = Fault> {
    Fault::all().chain(Fault::unchecked())
}

/// Those that a whole check shows.
fn seen() -> impl Iterator<Item = Fault> {
    every().filter(|fault| !is_unseen(*fault))
}

// In two halves, so that two processors have something to do.
#[test]
#[ignore = "minutes; .ci/run asks for it"]
fn every_fault_is_found_and_nothing_else() {
    check_in_full(seen().step_by(2));
}

#[test]
#[ignore = "minutes; .ci/run asks for it"]
fn every_other_fault_is_found_and_nothing_else() {
    check_in_full(seen().skip(1).step_by(2));
}

/// Whether a check of its rule alone shows a fault.
pub(super) fn is_seen_alone(fault: Fault) -> bool {
    !is_unseen(fault) && !SEEN_IN_FULL.contains(&&*fault.name())
}

/// Checks faulty workspaces for their rule alone.
#[track_caller]
fn check_rules(faults: impl Iterator<Item = Fault>) {
    let missed = faults.filter(|fault| is_seen_alone(*fault)).filter_map(|fault| {
        let (workspace, options) = setting(fault, &[fault.rule()]);
        let outcome = checked(workspace, &options);
        let rules: Vec<_> = outcome.findings.iter().map(|found| found.rule.id).collect();
        (rules != [fault.rule()])
            .then(|| format!("{}: {rules:?} {:?}", fault.name(), outcome.verdicts))
    });
    let missed: Vec<_> = missed.collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn each_fault_is_found_by_its_rule_alone() {
    check_rules(Fault::all());
}

#[test]
fn each_check_of_requests_that_is_left_out_is_found() {
    check_rules(Fault::unchecked());
}

#[test]
fn every_rule_that_is_judged_has_a_fault() {
    let follow = FOLLOWS.iter().flat_map(|(_, rules)| rules.iter().copied());
    let broken: BTreeSet<_> = every().map(Fault::rule).chain(follow).collect();
    let judged = rules::all().filter(|rule| check::implemented().contains(rule.id));
    let without: Vec<_> =
        judged.map(|rule| rule.id).filter(|rule| !broken.contains(rule)).collect();
    assert_eq!(without, [""; 0]);
}

#[test]
fn the_lists_here_name_faults_that_are_there() {
    let names: Vec<_> = every().map(|fault| fault.name().into_owned()).collect();
    let unseen = UNSEEN.iter().map(|(name, _)| name);
    let follow = FOLLOWS.iter().map(|(name, _)| name);
    let listed = follow.chain(ALWAYS_IN_FULL).chain(unseen).chain(SEEN_IN_FULL).chain(&SLOW);
    for name in listed {
        assert!(names.iter().any(|known| known == name), "{name}");
    }
}
