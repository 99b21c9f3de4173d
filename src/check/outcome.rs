//! What a check came to: a verdict for each rule, and the proof of each broken one.

use std::time::Duration;

use crate::{
    contract::{
        Endpoint,
        rules::{Level, Need, Rule, Safety},
    },
    error::Error,
    exchange::Exchange,
    oracle::{Coverage, Violation},
};

use super::{
    deviations::{Deviation, Standing},
    program::Program,
};

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
    /// What of the contract was seen.
    pub coverage: Coverage,
    /// What became of the known deviations whose rules were asked for.
    pub deviations: Vec<(Deviation, Standing)>,
    /// Below which path the endpoints of the target stand.
    pub base_path: String,
    /// Whether it did the steps of a kept finding again, and no more.
    pub is_rerun: bool,
    /// The endpoints that the target does not have, with the status by which it said so.
    pub unsupported: Vec<(Endpoint, u16)>,
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
    /// There was no more of this to spend: requests or time.
    Spent(&'static str),
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
    /// It was broken, but only as it is known to be, for this reason.
    Deviates(String),
    /// The check ended before its turn came.
    LeftOut,
    /// Its precondition never came about.
    NotExercised,
    /// Its precondition came about, but not so that it could be told whether it held.
    Inconclusive(String),
    /// It is about an endpoint that the target does not have.
    Unsupported(Endpoint),
    /// The target lacks what it takes.
    Lacking(Vec<Need>),
    /// It does more to the target than is allowed.
    NotAllowed(Safety),
    /// No oracle and no probe judges it, and the report says so rather than let it pass: it takes volume, a second
    /// principal, a legacy node type or a later version, or the document only implies it.
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
    /// How often steps were done again, to see it again and to cut it down.
    pub replays: u32,
    /// The smallest steps that show it.
    pub program: Option<Program>,
    /// The exchanges that show it, the smallest that were found.
    pub exchanges: Vec<Exchange>,
    /// The probe that came upon it.
    pub probe: Option<&'static str>,
}

/// What the steps of a kept finding say when they are done again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// The rule holds.
    Fixed,
    /// The rule is broken.
    StillFails,
    /// It did not come so far that the rule could be broken.
    CannotTell,
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
        let exercised =
            |verdict: &Verdict| shown(verdict) || matches!(verdict, Verdict::Deviates(_));
        let is_stale = |(_, standing): &(_, Standing)| matches!(standing, Standing::Stale(_));
        let is_whole = self.ended.is_none() && !self.deviations.iter().any(is_stale);
        if !of_level().any(|(_, verdict)| exercised(verdict)) {
            Summary::Nothing
        } else if is_whole && of_level().all(|(_, verdict)| shown(verdict)) {
            Summary::Held
        } else {
            Summary::Partial
        }
    }

    /// What became of a kept finding whose steps were done again; none of any other check.
    pub fn again(&self) -> Option<Again> {
        if !self.is_rerun {
            return None;
        }
        Some(match &self.verdicts[..] {
            [(_, Verdict::Broken { .. } | Verdict::Deviates(_))] => Again::StillFails,
            [(_, Verdict::Held(_))] if self.ended.is_none() => Again::Fixed,
            _ => Again::CannotTell,
        })
    }

    /// How many rules of a level have a verdict of which this is true.
    pub fn count(&self, level: Level, is_one: impl Fn(&Verdict) -> bool) -> usize {
        let of_level = self.verdicts.iter().filter(|(rule, _)| rule.level == level);
        of_level.filter(|(_, verdict)| is_one(verdict)).count()
    }
}

impl Again {
    /// The words for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fixed => "FIXED",
            Self::StillFails => "STILL FAILS",
            Self::CannotTell => "CANNOT TELL",
        }
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
            Self::Deviates(_) => "known deviation",
            Self::LeftOut => "left out",
            Self::NotExercised => "not exercised",
            Self::Inconclusive(_) => "inconclusive",
            Self::Unsupported(_) => "unsupported",
            Self::Lacking(_) => "skipped: the target lacks what it takes",
            Self::NotAllowed(_) => "skipped: not allowed",
            Self::NotImplemented => "not implemented",
        }
    }
}
