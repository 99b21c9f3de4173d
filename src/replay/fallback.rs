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

/// A handler with an account of what it answered.
pub(super) struct Fallback {
    handler: Box<dyn Handler>,
    pub(super) answered: u64,
    /// By request and status.
    answers: BTreeMap<(String, u16), u64>,
}

impl Fallback {
    pub(super) fn new(handler: Box<dyn Handler>) -> Self {
        Self { handler, answered: 0, answers: BTreeMap::new() }
    }

    pub(super) fn answer(&mut self, request: &Request, question: &Question, now_us: u64) -> Reply {
        let reply = self.handler.answer(request, now_us);
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
