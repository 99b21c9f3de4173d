//! The life of a run: what happens to it when. Pure functions of its stage and the time.

use super::{
    Phases,
    clock::millis,
    run::{Run, Stage},
};
use crate::contract::ResultState;

/// The least time from the start of an attempt to that of the next, so that a job that is retried for ever
/// and takes no time does not stop the clock.
const RETRY_PACE_MS: i64 = 100;

impl Run {
    /// When something happens to it next, if anything does.
    pub(super) fn due_ms(&self, phases: &Phases) -> Option<i64> {
        let deadline_ms = self.deadline_ms();
        let or_deadline = |due_ms: Option<i64>| due_ms.into_iter().chain(deadline_ms).min();
        match self.stage {
            Stage::Pending => {
                or_deadline(Some(self.begin_ms.saturating_add(millis(phases.pending_ms))))
            }
            Stage::Running { from_ms } => or_deadline(self.completes_ms(from_ms, phases)),
            Stage::Terminating { from_ms, .. } => {
                Some(from_ms.saturating_add(millis(phases.terminating_ms)))
            }
            Stage::Queued { .. } | Stage::Terminated { .. } | Stage::Skipped { .. } => None,
        }
    }

    /// What was due happens.
    pub(super) fn step(&mut self, at_ms: i64, phases: &Phases) {
        let late = self.deadline_ms().is_some_and(|deadline_ms| deadline_ms <= at_ms);
        match self.stage {
            Stage::Pending if late => self.stop(at_ms, ResultState::TimedOut),
            Stage::Pending => self.stage = Stage::Running { from_ms: at_ms },
            Stage::Running { from_ms } => {
                let completes_ms = self.completes_ms(from_ms, phases);
                let completed = completes_ms.is_some_and(|completes_ms| completes_ms <= at_ms);
                let result = self.assignment.script.result;
                self.stop(at_ms, if completed { result } else { ResultState::TimedOut });
            }
            Stage::Terminating { ran_from_ms, from_ms, result } => {
                self.stage = Stage::Terminated {
                    ran_from_ms,
                    cleaned_from_ms: from_ms,
                    end_ms: at_ms,
                    result,
                };
            }
            Stage::Queued { .. } | Stage::Terminated { .. } | Stage::Skipped { .. } => {}
        }
    }

    /// Its task is over, or never begins. Nothing happens to one whose task is over already.
    pub(super) fn stop(&mut self, at_ms: i64, result: ResultState) {
        let ran_from_ms = match self.stage {
            // There is nothing to clean up, and nothing that it waited for.
            Stage::Queued { .. } => {
                self.begin_ms = at_ms;
                self.stage = Stage::Terminated {
                    ran_from_ms: None,
                    cleaned_from_ms: at_ms,
                    end_ms: at_ms,
                    result,
                };
                return;
            }
            Stage::Pending => None,
            Stage::Running { from_ms } => Some(from_ms),
            Stage::Terminating { .. } | Stage::Terminated { .. } | Stage::Skipped { .. } => return,
        };
        self.stage = Stage::Terminating { ran_from_ms, from_ms: at_ms, result };
    }

    /// When the next attempt starts, if this one has ended and there is to be another.
    pub(super) fn retried_ms(&self) -> Option<i64> {
        let Stage::Terminated { end_ms, result, .. } = self.stage else { return None };
        let retries = self.assignment.retries;
        let unsuccessful = match result {
            ResultState::Failed => true,
            ResultState::TimedOut => retries.on_timeout,
            ResultState::Success | ResultState::Canceled => false,
        };
        let left = retries.max == -1 || self.attempt_number < retries.max;
        let pace_ms = retries.interval_min_ms.max(RETRY_PACE_MS);
        (unsuccessful && left).then(|| end_ms.max(self.start_ms.saturating_add(pace_ms)))
    }

    fn deadline_ms(&self) -> Option<i64> {
        self.timeout_ms.map(|timeout_ms| self.begin_ms.saturating_add(timeout_ms))
    }

    /// When its task is over, unless that is for the run of another job to say.
    fn completes_ms(&self, from_ms: i64, phases: &Phases) -> Option<i64> {
        let running_ms = self.assignment.script.running_ms.unwrap_or(millis(phases.running_ms));
        let alone = self.assignment.other_job_id().is_none();
        alone.then(|| from_ms.saturating_add(running_ms))
    }
}
