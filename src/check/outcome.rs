//! What a check came to: a verdict for each rule, and the proof of each broken one.

use std::time::Duration;

use crate::{
    contract::rules::{Level, Need, Rule, Safety},
    error::Error,
    exchange::Exchange,
    oracle::Violation,
};

use super::program::Program;

/// What a check came to.
#[derive(Debug)]
pub struct Outcome {
    /// What was checked.
    pub target: String,
    /// What all chance came from, if there was any.
    pub seed: Option<u64>,
    /// Up to which level a broken rule makes the check fail.
    pub level: Level,
    /// What became of each rule that was asked for, in the order of the catalogue.
    pub verdicts: Vec<(&'static Rule, Verdict)>,
    /// The proof of each broken rule, in the same order.
    pub findings: Vec<Found>,
    /// Probes that could not go on, and why.
    pub broken_off: Vec<(&'static str, String)>,
    /// How many requests were sent, or recorded.
    pub requests: u64,
    /// How long it took, by the target's time.
    pub took: Duration,
    /// What ended it early, if something did.
    pub ended: Option<End>,
    /// Jobs and runs that could not be removed again.
    pub left_behind: Vec<String>,
}

/// What ended a check before its time.
#[derive(Debug)]
pub enum End {
    /// Somebody asked for it.
    Interrupted,
    /// The target no longer answered, or the journal could not be written.
    Failed(Error),
}

/// What became of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It held, so many times, wherever it could have been broken.
    Held(u64),
    /// It was broken so many times of so many.
    Broken {
        /// How often it was broken.
        broken: u64,
        /// How often it could have been.
        exercised: u64,
    },
    /// Its precondition never came about.
    NotExercised,
    /// Its precondition came about, but not so that it could be told whether it held.
    Inconclusive(String),
    /// The target lacks what it takes.
    Lacking(Vec<Need>),
    /// It does more to the target than is allowed.
    NotAllowed(Safety),
    /// Nobody judges it yet.
    NotImplemented,
}

/// A broken rule with its proof.
#[derive(Clone, Debug)]
pub struct Found {
    /// The rule.
    pub rule: &'static Rule,
    /// What was expected and what was there.
    pub violation: Violation,
    /// How often it was seen again, of how many times it was tried; none where nothing can be tried.
    pub again: Option<(u32, u32)>,
    /// The smallest steps that show it.
    pub program: Option<Program>,
    /// The exchanges that show it, the smallest that were found.
    pub exchanges: Vec<Exchange>,
    /// The probe that came upon it.
    pub probe: Option<&'static str>,
}

/// What a whole check says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Summary {
    /// Every rule that was asked for held.
    Held,
    /// No rule was broken, but not all could be shown to hold.
    Partial,
    /// A rule was broken.
    Broken,
    /// None of the rules that count was exercised: nothing was checked.
    Nothing,
}

impl Outcome {
    /// What it says as a whole.
    pub fn summary(&self) -> Summary {
        let is_broken = |verdict: &Verdict| matches!(verdict, Verdict::Broken { .. });
        let counts = |rule: &Rule| rule.level <= self.level;
        // Who asks for rules of another level only asks whether these are shown.
        let any_counts = self.verdicts.iter().any(|(rule, _)| counts(rule));
        let of_level = || self.verdicts.iter().filter(|(rule, _)| counts(rule) || !any_counts);
        if self.verdicts.iter().any(|(rule, verdict)| counts(rule) && is_broken(verdict)) {
            return Summary::Broken;
        }
        let shown = |verdict: &Verdict| matches!(verdict, Verdict::Held(_)) || is_broken(verdict);
        if !of_level().any(|(_, verdict)| shown(verdict)) {
            Summary::Nothing
        } else if self.ended.is_none() && of_level().all(|(_, verdict)| shown(verdict)) {
            Summary::Held
        } else {
            Summary::Partial
        }
    }

    /// How many rules of a level have a verdict of which this is true.
    pub fn count(&self, level: Level, is_one: impl Fn(&Verdict) -> bool) -> usize {
        let of_level = self.verdicts.iter().filter(|(rule, _)| rule.level == level);
        of_level.filter(|(_, verdict)| is_one(verdict)).count()
    }
}

impl Summary {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Partial => "partial",
            Self::Broken => "broken",
            Self::Nothing => "nothing",
        }
    }
}

impl Verdict {
    /// The word for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Held(_) => "held",
            Self::Broken { .. } => "broken",
            Self::NotExercised => "not exercised",
            Self::Inconclusive(_) => "inconclusive",
            Self::Lacking(_) => "skipped: the target lacks what it takes",
            Self::NotAllowed(_) => "skipped: not allowed",
            Self::NotImplemented => "not implemented",
        }
    }
}
