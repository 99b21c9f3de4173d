//! Runs that run another job (`run_job_task`): a run of that job begins with the task, and its end, with all
//! its retries, is the end of the task.

use std::sync::Arc;

use super::{
    Workspace,
    places::Place,
    run::{Assignment, Stage, Trigger},
    settings,
    simulation::Start,
};
use crate::contract::ResultState;

/// A run that waits for one of another job.
#[derive(Clone, Copy, Debug)]
pub(super) struct Errand {
    /// The run that waits.
    pub(super) run_id: i64,
    /// The latest attempt of the other.
    pub(super) attempt_run_id: i64,
}

impl Workspace {
    /// Starts the other job of a run whose task has begun, if it has one.
    pub(super) fn run_other_job(&mut self, run_id: i64, at_ms: i64) {
        let Ok(run) = self.state.runs.find(run_id) else { return };
        let Some(id) = run.assignment.other_job_id() else { return };
        match self.start_other(self.options.ids.number(id), at_ms) {
            Some(other_run_id) => {
                let errand = Errand { run_id, attempt_run_id: other_run_id };
                self.state.errands.insert(other_run_id, errand);
                self.state.runs.change(run_id, |run| run.other_run_id = Some(other_run_id));
            }
            None => self.alter(run_id, at_ms, |run| run.stop(at_ms, ResultState::Failed)),
        }
    }

    /// A run of the other job, if there is such a job and it takes one more.
    fn start_other(&mut self, job_id: i64, at_ms: i64) -> Option<i64> {
        let settings = Arc::clone(&self.state.jobs.find(job_id).ok()?.settings);
        let place = self.place_unasked(job_id, &settings);
        let start = Start {
            job_id,
            number_in_job: self.next_number(job_id)?,
            retry_of: None,
            assignment: Arc::new(Assignment::of_job(&settings, Trigger::RunJobTask, None)),
            timeout_ms: settings::timeout_ms(&settings),
            token: None,
            place,
        };
        let run_id = self.start(start, at_ms);
        (!matches!(place, Place::Skipped { .. })).then_some(run_id)
    }

    /// Another attempt of a run has started, for which some run may wait.
    pub(super) fn follow_attempt(&mut self, original_run_id: i64, attempt_run_id: i64) {
        if let Some(errand) = self.state.errands.get_mut(&original_run_id) {
            errand.attempt_run_id = attempt_run_id;
        }
    }

    /// There will be no further attempt of a run: the task that waits for it is over too.
    pub(super) fn report_end(&mut self, original_run_id: i64, succeeded: bool, at_ms: i64) {
        let Some(errand) = self.state.errands.remove(&original_run_id) else { return };
        let result = if succeeded { ResultState::Success } else { ResultState::Failed };
        self.alter(errand.run_id, at_ms, |run| run.stop(at_ms, result));
    }

    /// A run was stopped: the one that it waits for is cancelled.
    pub(super) fn abandon_other(&mut self, run_id: i64, at_ms: i64) {
        let Ok(run) = self.state.runs.find(run_id) else { return };
        let Some(other) = run.other_run_id.filter(|_| !matches!(run.stage, Stage::Running { .. }))
        else {
            return;
        };
        if let Some(errand) = self.state.errands.remove(&other) {
            self.cancel_at(errand.attempt_run_id, at_ms);
        }
    }
}
