//! The contract tester: silent on the sound workspace and on every correct one that differs, loud on each that
//! is wrong.

mod coverage;
mod deviations;
mod faults;
mod findings;
mod network;
mod recordings;
mod reports;
mod safety;
mod silence;
mod spending;
mod workers;

use jobdeck::{
    check::{self, Embedded, Options, Outcome, Profile, Selection, Verdict},
    contract::rules::Level,
    exchange::Handler,
    serve::{self, Fault, Variant, Workspace},
};

/// The time of day at which checks in this process begin.
pub(crate) const EPOCH_US: u64 = 1_795_000_000_000_000;

/// How a check in this process is done: without doing findings again, which takes longer than to find them.
pub(crate) fn options(globs: &[&str], seed: u64) -> Options {
    let globs: Vec<String> = globs.iter().map(|glob| (*glob).to_owned()).collect();
    let selection = Selection::new(&globs, Level::Must).unwrap();
    Options { proofs_max: 0, ..Options::new(Profile::of_reference(), selection, seed) }
}

/// Checks a handler in this process.
#[track_caller]
pub(crate) fn checked(handler: impl Handler, options: &Options) -> Outcome {
    let mut target = Embedded::new(handler, EPOCH_US);
    check::check(&mut target, options, &mut |_| {}).unwrap()
}

/// A workspace that is wrong.
pub(crate) fn wrong(fault: Fault) -> Workspace {
    Workspace::new(serve::Options { faults: vec![fault], ..serve::Options::default() })
}

/// A workspace that differs.
pub(crate) fn different(variant: Variant) -> Workspace {
    Workspace::new(serve::Options { variants: vec![variant], ..serve::Options::default() })
}

/// The broken rules of a level, in the order of the catalogue.
pub(crate) fn broken(outcome: &Outcome, level: Level) -> Vec<&'static str> {
    let broken = outcome
        .verdicts
        .iter()
        .filter(|(rule, verdict)| rule.level == level && matches!(verdict, Verdict::Broken { .. }));
    broken.map(|(rule, _)| rule.id).collect()
}

/// What is told of the findings of an outcome, for a test that failed.
pub(crate) fn told(outcome: &Outcome) -> String {
    let findings = outcome.findings.iter();
    findings.map(|found| found.violation.finding.to_string()).collect::<Vec<_>>().join("\n")
}
