//! What is counted of exchanges as they end: a few additions each, and nobody waits for anybody.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::{
    admin::{Histogram, StatusClasses},
    exchange::{Exchange, Outcome},
    net::UNREACHABLE_STATUS,
};

/// How many exchanges ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    outcomes: [u64; Outcome::NAMES.len()],
    /// How many the deck answered because it could not reach the upstream.
    unreached: u64,
}

impl Counts {
    /// How many ended so.
    pub fn of(&self, outcome: Outcome) -> u64 {
        self.named()
            .zip(Outcome::NAMES)
            .find(|(_, (own, _))| *own == outcome)
            .map_or(0, |((_, count), _)| count)
    }

    /// Each outcome, by its word, with how many ended so.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Outcome::NAMES.iter().zip(self.outcomes).map(|((_, name), count)| (*name, count))
    }

    /// Whether the upstream was asked something, and answered nothing whole. What the deck held back by itself
    /// (refused writes, weather) is none of the upstream's.
    pub fn is_unanswered(&self) -> bool {
        let asked = self.total() - self.of(Outcome::Deck) + self.unreached;
        asked > 0 && self.is_without_answers()
    }

    /// Whether there were exchanges, and no whole answer of the upstream among them, for whatever reason.
    pub fn is_without_answers(&self) -> bool {
        self.total() > 0 && self.of(Outcome::Complete) == 0
    }

    /// How many there were.
    pub fn total(&self) -> u64 {
        self.outcomes.iter().sum()
    }
}

/// What is told of an exchange before it is given away to be kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    outcome: Outcome,
    status: Option<u16>,
    took_us: u64,
}

impl End {
    /// How an exchange ended.
    pub(super) fn of(exchange: &Exchange) -> Self {
        Self {
            outcome: exchange.outcome,
            status: exchange.response.as_ref().map(|response| response.status),
            took_us: exchange.took_us,
        }
    }
}

/// The counts of a recording that runs.
#[derive(Debug, Default)]
pub(super) struct Tally {
    outcomes: [AtomicU64; Outcome::NAMES.len()],
    unreached: AtomicU64,
    classes: [AtomicU64; StatusClasses::NAMES.len()],
    took: Histogram,
}

impl Tally {
    /// Counts an exchange.
    pub(super) fn count(&self, end: End) {
        let End { outcome, status, took_us } = end;
        if let Some(at) = Outcome::NAMES.iter().position(|(own, _)| *own == outcome) {
            self.outcomes[at].fetch_add(1, Ordering::Relaxed);
        }
        if outcome == Outcome::Deck && status == Some(UNREACHABLE_STATUS) {
            self.unreached.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(at) = status.and_then(StatusClasses::place) {
            self.classes[at].fetch_add(1, Ordering::Relaxed);
        }
        self.took.count(took_us);
    }

    /// How the exchanges have ended so far.
    pub(super) fn counts(&self) -> Counts {
        Counts {
            outcomes: std::array::from_fn(|at| self.outcomes[at].load(Ordering::Relaxed)),
            unreached: self.unreached.load(Ordering::Relaxed),
        }
    }

    /// Which statuses clients have got so far.
    pub(super) fn classes(&self) -> StatusClasses {
        StatusClasses::new(std::array::from_fn(|at| self.classes[at].load(Ordering::Relaxed)))
    }

    /// How long the exchanges took.
    pub(super) fn took(&self) -> &Histogram {
        &self.took
    }
}
