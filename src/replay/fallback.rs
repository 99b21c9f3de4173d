//! What answers where no cassette does. It is never counted as recorded.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use super::question::Question;
use crate::exchange::{Handler, Reply, Request};

/// How many different answers are kept; the rest are counted.
const IMPROVISED_MAX: usize = 1_000;

/// Answers that no cassette gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Improvised {
    /// Method and path.
    pub request: String,
    /// The status of the answers.
    pub status: u16,
    /// How many there were.
    pub times: u64,
}

/// Makes who answers in the place of the cassettes from a place on, at a time in microseconds since 1970.
type Make = Box<dyn Fn(usize, u64) -> Box<dyn Handler> + Send>;

/// Where those come from who answer, and the account of what all of them answered.
pub(super) struct Fallback {
    make: Make,
    pub(super) answered: u64,
    /// By request and status.
    answers: BTreeMap<(String, u16), u64>,
}

/// Who answers one client where the cassettes do not; made when first asked.
#[derive(Default)]
pub(super) struct StandIn(Option<Box<dyn Handler>>);

impl Fallback {
    pub(super) fn new(make: Make) -> Self {
        Self { make, answered: 0, answers: BTreeMap::new() }
    }

    /// What a client's stand-in for the cassettes from a place on answers.
    pub(super) fn answer(
        &mut self,
        stand_in: &mut StandIn,
        first_place: usize,
        request: &Request,
        question: &Question,
        now_us: u64,
    ) -> Reply {
        let handler = stand_in.0.get_or_insert_with(|| (self.make)(first_place, now_us));
        let reply = handler.answer(request, now_us);
        self.answered += 1;
        let answer = (question.short(), reply.response.status);
        if self.answers.len() < IMPROVISED_MAX || self.answers.contains_key(&answer) {
            *self.answers.entry(answer).or_default() += 1;
        }
        reply
    }

    /// The different answers that it gave.
    pub(super) fn improvised(&self) -> Vec<Improvised> {
        let told = |((request, status), times): (&(String, u16), &u64)| Improvised {
            request: request.clone(),
            status: *status,
            times: *times,
        };
        self.answers.iter().map(told).collect()
    }
}

impl fmt::Debug for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fallback").field("answered", &self.answered).finish_non_exhaustive()
    }
}

impl fmt::Debug for StandIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StandIn").field(&self.0.is_some()).finish()
    }
}
