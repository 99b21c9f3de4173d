//! The drivers: each brings something about, for the oracles to judge. None of them judges.
//!
//! A probe names the rules that it has in view, what it needs of the target, and what it does to it; whether
//! it runs follows from these. It may say of a request what a rule asks of its answer (a mark); all else the
//! oracles see for themselves.

mod accepted;
mod broken;
mod documented;
mod implied;
mod jobs;
mod life;
mod output;
mod paging;
mod races;
mod retries;
mod sequences;
mod settings;
mod starts;
mod stops;
mod tokens;
mod transport;
mod unknown;
mod valid;
mod waits;

use super::session::{Going, Session};
use crate::contract::{
    Endpoint, request_rules,
    rules::{Need, Safety},
};

/// A driver.
pub(super) struct Probe {
    /// What it is called in reports.
    pub(super) name: &'static str,
    /// The phase that it belongs to.
    pub(super) phase: Phase,
    /// The rules that it has in view.
    pub(super) rules: Rules,
    /// What it cannot do without.
    pub(super) needs: &'static [Need],
    /// What it does to the target.
    pub(super) safety: Safety,
    pub(super) run: fn(&mut Session<'_, '_>, &Aim<'_>) -> Going<()>,
}

/// The rules that a probe has in view.
pub(super) enum Rules {
    /// These.
    Listed(&'static [&'static str]),
    /// Those that a request to an endpoint can break, and others beside them.
    OfRequests(Endpoint, &'static [&'static str]),
    /// Whatever comes up.
    Any,
}

impl Rules {
    pub(super) fn all(&self) -> Vec<&'static str> {
        match self {
            Self::Listed(rules) => rules.to_vec(),
            Self::OfRequests(endpoint, others) => {
                request_rules(*endpoint).into_iter().chain(others.iter().copied()).collect()
            }
            Self::Any => Vec::new(),
        }
    }

    /// The endpoint whose requests it is all about, if there is one.
    pub(super) fn endpoint(&self) -> Option<Endpoint> {
        match self {
            Self::OfRequests(endpoint, _) => Some(*endpoint),
            Self::Listed(_) | Self::Any => None,
        }
    }
}

/// The phases of a check, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// The document's own examples.
    Examples,
    /// What has to be taken, at its boundaries.
    Boundaries,
    /// Valid requests that were made up.
    Valid,
    /// Requests that are broken in one way.
    Broken,
    /// Short stories, one for a few rules each.
    Scenarios,
    /// Long stories that were made up.
    Sequences,
    /// Requests at the same time.
    Concurrency,
    /// What takes long to show.
    Waits,
}

impl Phase {
    /// What it is called.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Examples => "examples",
            Self::Boundaries => "boundaries",
            Self::Valid => "valid requests",
            Self::Broken => "broken requests",
            Self::Scenarios => "scenarios",
            Self::Sequences => "sequences",
            Self::Concurrency => "concurrency",
            Self::Waits => "waits",
        }
    }
}

/// What a run of a probe is for.
pub(super) struct Aim<'a> {
    /// Whether a rule is to be shown.
    pub(super) wants: &'a dyn Fn(&str) -> bool,
    /// What all chance of this check comes from.
    pub(super) seed: u64,
}

/// All of them, in the order in which they run.
pub(super) fn all() -> Vec<&'static Probe> {
    let mut probes: Vec<&'static Probe> = [
        documented::PROBES,
        accepted::PROBES,
        valid::PROBES,
        broken::PROBES,
        transport::PROBES,
        unknown::PROBES,
        jobs::PROBES,
        settings::PROBES,
        implied::PROBES,
        starts::PROBES,
        tokens::PROBES,
        paging::PROBES,
        life::PROBES,
        stops::PROBES,
        retries::PROBES,
        output::PROBES,
        sequences::PROBES,
        races::PROBES,
        waits::PROBES,
    ]
    .into_iter()
    .flatten()
    .collect();
    probes.sort_by_key(|probe| probe.phase);
    probes
}

/// A scenario that makes only objects of its own, and starts nothing.
const fn scenario(
    name: &'static str,
    rules: &'static [&'static str],
    needs: &'static [Need],
    run: fn(&mut Session<'_, '_>, &Aim<'_>) -> Going<()>,
) -> Probe {
    let (phase, safety) = (Phase::Scenarios, Safety::OwnObjects);
    Probe { name, phase, rules: Rules::Listed(rules), needs, safety, run }
}

impl Probe {
    /// The same, putting the target to work.
    const fn computing(mut self) -> Self {
        self.safety = Safety::Compute;
        self
    }

    /// The same, that only reads.
    const fn reading(mut self) -> Self {
        self.safety = Safety::ReadOnly;
        self
    }

    /// The same in another phase.
    const fn in_phase(mut self, phase: Phase) -> Self {
        self.phase = phase;
        self
    }
}
