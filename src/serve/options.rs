//! What can be set about a workspace.

use std::fmt;

use super::{Clock, Fault, Ids, Manner, Variant};

/// What can be set about a workspace.
#[derive(Clone, PartialEq, Eq)]
pub struct Options {
    /// The one token that is accepted; without one any credential is, but not none.
    pub token: Option<String>,
    /// Whom it follows where document and service differ.
    pub manner: Manner,
    /// How time passes.
    pub clock: Clock,
    /// What ids look like.
    pub ids: Ids,
    /// How long the phases of a run last.
    pub phases: Phases,
    /// How much there may be of what.
    pub limits: Limits,
    /// In which ways it is wrong on purpose.
    pub faults: Vec<Fault>,
    /// How long it takes until what a call entered counts, where a fault has calls race: milliseconds of the clock
    /// outside.
    pub race_ms: u64,
    /// In which ways it is different, and right all the same.
    pub variants: Vec<Variant>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            token: None,
            manner: Manner::default(),
            clock: Clock::default(),
            ids: Ids::default(),
            phases: Phases::default(),
            limits: Limits::default(),
            faults: Vec::new(),
            race_ms: 20,
            variants: Vec::new(),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { token, manner, clock, ids, phases, limits, faults, race_ms, variants } = self;
        f.debug_struct("Options")
            .field("token", &token.as_ref().map(|_| "(hidden)"))
            .field("manner", manner)
            .field("clock", clock)
            .field("ids", ids)
            .field("phases", phases)
            .field("limits", limits)
            .field("faults", faults)
            .field("race_ms", race_ms)
            .field("variants", variants)
            .finish()
    }
}

/// How long the phases of a run last, in milliseconds of the workspace's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phases {
    /// From the start until its task begins.
    pub pending_ms: u64,
    /// How long a task runs that does not say so itself.
    pub running_ms: u64,
    /// From the end of its task until the run has ended.
    pub terminating_ms: u64,
}

impl Default for Phases {
    fn default() -> Self {
        Self { pending_ms: 200, running_ms: 500, terminating_ms: 200 }
    }
}

/// How much there may be of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Active runs (document, line 332).
    pub concurrent_runs: usize,
    /// Saved jobs (line 334).
    pub saved_jobs: usize,
    /// Jobs created within an hour, submitted runs included (line 333).
    pub creations_per_hour: usize,
    /// Things that happen in one advance of a manual clock; it stops where there are more.
    pub events_at_once: usize,
    /// Runs that have ended and are kept. The document keeps them for 60 days, however many; a job that
    /// is retried for ever would fill the memory before.
    pub ended_runs: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrent_runs: 1000,
            saved_jobs: 12_000,
            creations_per_hour: 10_000,
            events_at_once: 500_000,
            ended_runs: 250_000,
        }
    }
}
