//! What the oracles found, rule by rule: how often a rule could have been broken, and where it was.

use std::collections::BTreeMap;

use super::history::Entry;
use crate::{finding::Finding, json::Pointer};

/// How many violations of one rule are kept; more are counted.
const KEPT_MAX: usize = 20;

/// What was found of every rule that was exercised.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    records: BTreeMap<&'static str, Record>,
}

/// What was found of one rule.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// How often its precondition occurred.
    pub exercised: u64,
    /// How often it did not hold.
    pub broken: u64,
    /// Where it did not hold, the first few times.
    pub violations: Vec<Violation>,
}

/// A rule that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule, the place in the answer, what was expected and what was there.
    pub finding: Finding,
    /// The exchanges that prove it, by their place in the history; it shows in the last one.
    pub evidence: Vec<usize>,
}

/// What proves a violation, while it is told.
#[derive(Debug)]
pub(super) struct Proof {
    evidence: Vec<usize>,
    pointer: Pointer,
    expected: String,
    got: String,
}

impl Proof {
    /// The exchanges, the last of which shows it.
    pub(super) fn new(evidence: &[&Entry]) -> Self {
        let evidence = evidence.iter().map(|entry| entry.index).collect();
        let (expected, got) = Default::default();
        Self { evidence, pointer: Pointer::root(), expected, got }
    }

    /// The place in the answer.
    pub(super) fn at(mut self, pointer: Pointer) -> Self {
        self.pointer = pointer;
        self
    }

    /// What the rule asks for, as a phrase.
    pub(super) fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = expected.into();
        self
    }

    /// What was there, as a phrase.
    pub(super) fn got(mut self, got: impl Into<String>) -> Self {
        self.got = got.into();
        self
    }
}

impl Tally {
    /// The precondition of a rule occurred; without `proof` it held.
    pub(super) fn judge(&mut self, rule: &'static str, holds: bool, proof: impl FnOnce() -> Proof) {
        if holds {
            self.held(rule);
        } else {
            self.broken(rule, proof());
        }
    }

    /// A rule held where it could have been broken.
    pub(super) fn held(&mut self, rule: &'static str) {
        self.records.entry(rule).or_default().exercised += 1;
    }

    /// A rule was broken.
    pub(super) fn broken(&mut self, rule: &'static str, proof: Proof) {
        let Proof { evidence, pointer, expected, got } = proof;
        self.found(Finding { rule, pointer, expected, got }, evidence);
    }

    /// A rule was broken, as a finding tells.
    pub(super) fn found(&mut self, finding: Finding, evidence: Vec<usize>) {
        let record = self.records.entry(finding.rule).or_default();
        record.exercised += 1;
        record.broken += 1;
        if record.violations.len() < KEPT_MAX {
            record.violations.push(Violation { finding, evidence });
        }
    }

    /// What was found of a rule; nothing if its precondition never occurred.
    pub fn get(&self, rule: &str) -> Option<&Record> {
        self.records.get(rule)
    }

    /// What was found of every rule that was exercised, by its id.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Record)> {
        self.records.iter().map(|(rule, record)| (*rule, record))
    }
}
