//! Tokens and numbers: which run a token belongs to, and which number a run gets.

use serde_json::{Value, json};

use super::Behaviour::*;
use crate::{
    call::Call,
    contract::Endpoint::{self, Create, RunNow, RunsSubmit},
    serve::{
        Workspace,
        refusal::Refusal,
        run::{Run, Stage},
    },
};

type Answer = Result<Value, Refusal>;

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
            let known_us = self.timeline.outside_us().saturating_add(self.window_us());
            self.state.memory.tokens_known_us.entry(token.clone()).or_insert(known_us);
            // Of several that raced for it, the first has it in the end.
            if !self.state.tokens.entries().contains_key(&token) {
                self.state.tokens.insert(token, run_id);
            }
        } else {
            self.state.tokens.insert(token, run_id);
        }
    }

    /// The answer to a call with a token that is taken for the one of another call that overlaps.
    pub(super) fn forestall_mixed(&self, call: &Call) -> Option<Answer> {
        call.text("idempotency_token").filter(|token| !token.is_empty())?;
        let of = call.integer("job_id").unwrap_or(0);
        let (run_id, until_us) = self.state.memory.latest_started.get(&of)?;
        let run = self.state.runs.find(*run_id).ok()?;
        let overlaps = self.timeline.outside_us() < *until_us;
        overlaps.then(|| {
            Ok(match call.endpoint {
                RunNow => json!({"run_id": run_id, "number_in_job": run.number_in_job}),
                _ => json!({"run_id": run_id}),
            })
        })
    }

    /// Remembers what calls that overlap with this one find in place of what they ask for.
    pub(super) fn remember_latest(&mut self, call: &Call, answer: &Value) {
        let until_us = self.timeline.outside_us().saturating_add(self.window_us());
        match call.endpoint {
            RunNow | RunsSubmit => {
                let of = call.integer("job_id").unwrap_or(0);
                if let Some(run_id) = answer["run_id"].as_i64() {
                    let latest = &mut self.state.memory.latest_started;
                    if latest.get(&of).is_none_or(|(latest, _)| *latest != run_id) {
                        latest.insert(of, (run_id, until_us));
                    }
                }
            }
            Create => {
                if let Some(job_id) = answer["job_id"].as_i64()
                    && self.state.memory.latest_created.is_none_or(|(latest, _)| latest != job_id)
                {
                    self.state.memory.latest_created = Some((job_id, until_us));
                }
            }
            _ => {}
        }
    }

    /// The answer to a create that overlaps with another.
    pub(super) fn forestall_create(&self) -> Option<Answer> {
        let (job_id, until_us) = self.state.memory.latest_created?;
        (self.timeline.outside_us() < until_us).then(|| Ok(json!({"job_id": job_id})))
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
            let (now_us, window_us) = (self.timeline.outside_us(), self.window_us());
            let unknown_us = self.state.memory.numbers_known_us.entry(job_id).or_default();
            unknown_us.retain(|known_us| *known_us > now_us);
            let overlooked = i64::try_from(unknown_us.len()).unwrap_or(0);
            unknown_us.push(now_us.saturating_add(window_us));
            return number - overlooked;
        }
        number
    }
}
