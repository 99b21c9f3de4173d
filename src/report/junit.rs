//! The report as `JUnit` XML, which CI servers show: a test case for each rule.

use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{
    proof::{Kept, Proof},
    text::reason,
};
use crate::{
    check::{Outcome, Verdict},
    error::{Error, Kind, Result},
};

/// The whole report. A rule that is broken below the level that counts is a success with a word about it.
pub fn junit(outcome: &Outcome, proofs: &[(Proof<'_>, Option<Kept>)]) -> Result<String> {
    let mut suites: BTreeMap<&str, TestSuite> = BTreeMap::new();
    for (rule, verdict) in &outcome.verdicts {
        let (class, name) = rule.id.rsplit_once('/').unwrap_or(("", rule.id));
        let area = class.split('/').next().unwrap_or_default();
        let counts = rule.level <= outcome.level;
        let proof = proofs.iter().find(|(proof, _)| proof.found.rule.id == rule.id);
        let told = proof.map_or_else(String::new, |(proof, _)| told(proof));
        let status = match verdict {
            Verdict::Broken { .. } if counts => {
                let mut failure = TestCaseStatus::non_success(NonSuccessKind::Failure);
                failure.set_type(rule.level.name()).set_message(rule.statement);
                failure.set_description(told.clone());
                failure
            }
            Verdict::Held(_) | Verdict::Broken { .. } => TestCaseStatus::success(),
            other => {
                let mut skipped = TestCaseStatus::skipped();
                skipped.set_message(reason(other).unwrap_or_else(|| other.name().to_owned()));
                skipped
            }
        };
        let mut case = TestCase::new(name, status);
        case.set_classname(class.replace('/', "."));
        if matches!(verdict, Verdict::Broken { .. }) && !counts {
            case.set_system_out(format!("broken ({})\n{told}", rule.level.name()));
        }
        suites.entry(area).or_insert_with(|| TestSuite::new(area)).add_test_case(case);
    }
    let mut report = Report::new(format!("jobdeck check of {}", outcome.target));
    report.set_time(Duration::from_millis(
        u64::try_from(outcome.took.as_millis()).unwrap_or(u64::MAX),
    ));
    report.add_test_suites(suites.into_values());
    report.to_string().map_err(|cause| {
        Error::new(Kind::Environment, "failed to write the JUnit report").because(cause)
    })
}

fn told(proof: &Proof<'_>) -> String {
    let mut text = format!("expected {}\ngot {}\n", proof.expected, proof.got);
    for line in proof.story() {
        let _ = writeln!(text, "{:>4}  {}  ->  {}", line.number, line.request, line.answer);
    }
    text
}
