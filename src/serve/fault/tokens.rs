//! Tokens and numbers: which run a token belongs to, and which number a run gets.
//!
//! Two calls race where both look before either has entered what it found. A workspace answers one call
//! after the other, so a race is staged: what a call enters counts a while later, and the answer to the
//! call is held back for as long. So only calls that overlap see it.

use super::Behaviour::*;
use crate::{
    call,
    contract::Endpoint::{self, RunNow, RunsSubmit},
    exchange::Request,
    serve::{
        Workspace,
        run::{Run, Stage},
    },
};

/// How long it takes until what a call entered counts.
const RACE_US: u64 = 20_000;

impl Workspace {
    /// Whether a call starts a new run although its token started this one; none if that is deleted.
    pub(in crate::serve) fn forgets_token(
        &self,
        endpoint: Endpoint,
        token: &str,
        run: Option<&Run>,
    ) -> bool {
        let [at_end, after_delete, race] = match endpoint {
            RunNow => [TokenForgottenAtEnd, TokenAfterDelete, TokenRace],
            _ => [SubmitTokenForgottenAtEnd, SubmitTokenAfterDelete, SubmitTokenRace],
        };
        let kept = match run.map(|run| run.stage) {
            None => !self.has(after_delete),
            Some(Stage::Terminated { .. }) => !self.has(at_end),
            Some(Stage::Skipped { .. }) => {
                endpoint != RunNow || !self.has(TokenForgottenWhenSkipped)
            }
            Some(_) => true,
        };
        let known_us = self.state.memory.tokens_known_us.get(token);
        let known = known_us.is_none_or(|known_us| *known_us <= self.timeline.outside_us());
        !kept || (self.has(race) && !known)
    }

    /// Enters the run that a token started.
    pub(in crate::serve) fn enter_token(&mut self, token: String, run_id: i64) {
        if self.has(TokenRace) || self.has(SubmitTokenRace) {
            let known_us = self.timeline.outside_us().saturating_add(RACE_US);
            self.state.memory.tokens_known_us.entry(token.clone()).or_insert(known_us);
            // Of several that raced for it, the first has it in the end.
            if !self.state.tokens.entries().contains_key(&token) {
                self.state.tokens.insert(token, run_id);
            }
        } else {
            self.state.tokens.insert(token, run_id);
        }
    }

    /// The number that a run of a job gets instead of the one that is next.
    pub(in crate::serve) fn misnumber(&mut self, job_id: i64, number: i64) -> i64 {
        if self.has(NumberFromZero) {
            return number - 1;
        }
        if self.has(NumberStandsStill) && number % 2 == 0 {
            return number - 1;
        }
        if self.has(NumberRace) {
            let now_us = self.timeline.outside_us();
            let unknown_us = self.state.memory.numbers_known_us.entry(job_id).or_default();
            unknown_us.retain(|known_us| *known_us > now_us);
            let overlooked = i64::try_from(unknown_us.len()).unwrap_or(0);
            unknown_us.push(now_us.saturating_add(RACE_US));
            return number - overlooked;
        }
        number
    }

    /// How long the answer to a request is held back, for those that race with it.
    pub(in crate::serve) fn race_us(&self, request: &Request) -> u64 {
        let races = [TokenRace, SubmitTokenRace, NumberRace];
        if !races.into_iter().any(|race| self.has(race)) {
            return 0;
        }
        let Ok(call) = call::read(request) else { return 0 };
        let has_token = call.text("idempotency_token").is_some_and(|token| !token.is_empty());
        let races = match call.endpoint {
            RunNow => self.has(NumberRace) || (self.has(TokenRace) && has_token),
            RunsSubmit => self.has(SubmitTokenRace) && has_token,
            _ => false,
        };
        if races { RACE_US } else { 0 }
    }
}
