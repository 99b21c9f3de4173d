//! The passage of time: what is due by now happens, in order. A workspace catches up before it answers, so
//! that it needs no ticks.

use std::sync::Arc;

use super::{
    Workspace,
    agenda::{Event, Retry},
    places::Place,
    run::{Assignment, Run, Stage, Trigger},
    schedule::Schedule,
    settings,
};
use crate::contract::ResultState;

/// How long a run is kept after its end (document, line 492).
const KEPT_MS: i64 = 60 * 24 * 60 * 60 * 1000;

/// An attempt that is about to start.
pub(super) struct Start {
    pub(super) job_id: i64,
    pub(super) number_in_job: i64,
    /// Of which attempt it is a retry, and how many attempts there were; none for a first attempt.
    pub(super) retry_of: Option<(i64, i64)>,
    pub(super) assignment: Arc<Assignment>,
    pub(super) timeout_ms: Option<i64>,
    pub(super) token: Option<String>,
    pub(super) place: Place,
}

impl Workspace {
    /// Lets everything happen that is due by now.
    pub(super) fn catch_up(&mut self) {
        self.catch_up_within(usize::MAX);
    }

    /// Lets everything happen that is due by now, or as much of it as is due until that many things have
    /// happened: then this gives the time at which it stopped, and nothing is due until that time any more.
    pub(super) fn catch_up_within(&mut self, events_max: usize) -> Option<i64> {
        let now_ms = self.timeline.now_ms();
        let (mut events, mut until_ms) = (0_usize, now_ms);
        while let Some((due_ms, event)) = self.state.agenda.next_due(until_ms) {
            match event {
                Event::Step { run_id } => self.step(run_id, due_ms),
                Event::Fire { job_id } => self.fire(job_id, due_ms),
                Event::Retry(retry) => self.retry(retry, due_ms),
            }
            events += 1;
            if events == events_max {
                until_ms = due_ms;
            }
        }
        self.forget(until_ms);
        (until_ms < now_ms).then_some(until_ms)
    }

    /// Starts an attempt.
    pub(super) fn start(&mut self, mut start: Start, at_ms: i64) -> i64 {
        self.misassign(&mut start);
        self.hasten(&mut start);
        let run_id = self.state.runs.issue();
        let (original_attempt_run_id, attempt_number) = start.retry_of.unwrap_or((run_id, 0));
        let stage = self.first_stage(run_id, start.place);
        if let Stage::Queued { .. } = stage {
            self.state.queues.enter(start.job_id, run_id);
        }
        if let Some(token) = start.token {
            self.enter_token(token, run_id);
        }
        let run = Run {
            id: run_id,
            job_id: start.job_id,
            number_in_job: start.number_in_job,
            original_attempt_run_id,
            attempt_number,
            assignment: start.assignment,
            timeout_ms: start.timeout_ms,
            start_ms: at_ms,
            begin_ms: at_ms,
            other_run_id: None,
            stage,
        };
        self.state.agenda.plan_step(run_id, self.due_ms(&run));
        self.state.runs.insert(run);
        self.follow_attempt(original_attempt_run_id, run_id);
        if let Stage::Skipped { .. } = stage {
            self.report_end(original_attempt_run_id, false, at_ms);
        }
        self.forget(at_ms);
        run_id
    }

    /// The number of the next run of a job, if the job is there.
    pub(super) fn next_number(&mut self, job_id: i64) -> Option<i64> {
        let number = self.state.jobs.next_number(job_id)?;
        Some(self.misnumber(job_id, number))
    }

    /// Cancels an active run: its task is over at once, and it ends when all is cleaned up.
    pub(super) fn cancel(&mut self, run_id: i64) {
        self.cancel_at(run_id, self.timeline.now_ms());
    }

    pub(super) fn cancel_at(&mut self, run_id: i64, at_ms: i64) {
        let Ok(run) = self.state.runs.find(run_id) else { return };
        let (job_id, original_run_id) = (run.job_id, run.original_attempt_run_id);
        let was_queued = matches!(run.stage, Stage::Queued { .. });
        self.alter(run_id, at_ms, |run| run.stop(at_ms, ResultState::Canceled));
        if was_queued {
            self.state.queues.leave(job_id, run_id);
            self.report_end(original_run_id, false, at_ms);
        }
        self.abandon_other(run_id, at_ms);
    }

    /// Gives an active run another timeout, counted from its start.
    pub(super) fn set_timeout(&mut self, run_id: i64, timeout_ms: Option<i64>) {
        self.alter(run_id, self.timeline.now_ms(), |run| run.timeout_ms = timeout_ms);
        // A deadline that is past takes effect now, not before the request that set it.
        self.catch_up();
    }

    /// Changes a run from outside, and plans its next step anew.
    pub(super) fn alter(&mut self, run_id: i64, at_ms: i64, change: impl FnOnce(&mut Run)) {
        self.state.runs.change(run_id, change);
        if let Ok(run) = self.state.runs.find(run_id) {
            let due_ms = self.due_ms(run).map(|due_ms| due_ms.max(at_ms));
            self.state.agenda.plan_step(run_id, due_ms);
        }
    }

    /// Removes a run with its job: it is never seen again, but one that is active takes its time to end.
    pub(super) fn remove_with_job(&mut self, run_id: i64) {
        self.cancel(run_id);
        let Some(run) = self.state.runs.remove(run_id) else { return };
        if let Some(due_ms) = self.due_ms(&run) {
            self.state.departing.insert(run_id, due_ms);
        }
        self.report_end(run.original_attempt_run_id, false, self.timeline.now_ms());
    }

    /// Plans when the schedule of a job fires first after a time, if it has one that does.
    pub(super) fn plan_fire(&mut self, job_id: i64, after_ms: i64) {
        let job = self.state.jobs.find(job_id).ok();
        let settings = job.map(|job| Arc::clone(&job.settings));
        let schedule = settings.and_then(|settings| {
            Schedule::of(&self.misread_schedule(job_id, &settings)).ok().flatten()
        });
        let after_ms = self.after_pace_in_reality(job_id, after_ms);
        let due_ms = schedule.and_then(|schedule| schedule.next_ms(after_ms));
        self.state.agenda.plan_fire(job_id, due_ms);
    }

    /// Starts a run of a job as its schedule says. Nobody can be told that there is no place for it in
    /// the workspace, so that it is skipped then too.
    fn fire(&mut self, job_id: i64, at_ms: i64) {
        let Some(settings) = self.settings_that_fire(job_id) else { return };
        let number_in_job = self.next_number(job_id).unwrap_or(1);
        let place = self.place_of_scheduled(self.place_unasked(job_id, &settings));
        let schedule = settings::shown(&settings).remove("schedule").unwrap_or_default();
        let start = Start {
            job_id,
            number_in_job,
            retry_of: None,
            assignment: Arc::new(Assignment::of_job(
                &settings,
                Trigger::Periodic { schedule },
                None,
            )),
            timeout_ms: settings::timeout_ms(&settings),
            token: None,
            place,
        };
        self.start(start, at_ms);
        self.plan_fire(job_id, at_ms);
    }

    fn step(&mut self, run_id: i64, at_ms: i64) {
        if self.state.departing.remove(&run_id).is_some() {
            return self.promote_others(at_ms);
        }
        let (phases, skipped_by) = (self.options.phases, self.late_skip(run_id));
        self.state.runs.change(run_id, |run| match skipped_by {
            Some(limit) => run.stage = Stage::Skipped { limit },
            None => run.step(at_ms, &phases),
        });
        let Ok(run) = self.state.runs.find(run_id) else { return };
        self.state.agenda.plan_step(run_id, self.due_ms(run));
        let (job_id, stage) = (run.job_id, run.stage);
        let original_run_id = run.original_attempt_run_id;
        if let Some(due_ms) = self.retried_ms(run) {
            let retry = Retry {
                due_ms,
                job_id: run.job_id,
                original_attempt_run_id: run.original_attempt_run_id,
                attempt_number: run.attempt_number + 1,
                assignment: Arc::clone(&run.assignment),
            };
            self.state.agenda.plan_retry(retry);
        } else if let Some(end_ms) = run.end_ms() {
            let succeeded = run.result() == Some(ResultState::Success);
            self.report_end(original_run_id, succeeded, end_ms);
        }
        match stage {
            Stage::Running { .. } => self.run_other_job(run_id, at_ms),
            Stage::Terminating { .. } => self.abandon_other(run_id, at_ms),
            Stage::Terminated { .. } | Stage::Skipped { .. } => self.promote(job_id, at_ms),
            Stage::Queued { .. } | Stage::Pending => {}
        }
        self.forget(at_ms);
    }

    /// Starts another attempt, unless the job is gone. It does what the first attempt did, under the
    /// timeout and the limit of concurrent runs that the job has now.
    fn retry(&mut self, retry: Retry, at_ms: i64) {
        let job = self.state.jobs.find(retry.job_id).ok();
        let settings = job.map(|job| Arc::clone(&job.settings));
        let Some(settings) = settings.or_else(|| self.settings_without_job()) else {
            return self.report_end(retry.original_attempt_run_id, false, at_ms);
        };
        let number_in_job = self.next_number(retry.job_id).unwrap_or(retry.attempt_number + 1);
        let start = Start {
            job_id: retry.job_id,
            number_in_job,
            retry_of: Some((retry.original_attempt_run_id, retry.attempt_number)),
            assignment: retry.assignment,
            timeout_ms: settings::timeout_ms(&settings),
            token: None,
            place: self.place_unasked(retry.job_id, &settings),
        };
        self.start(start, at_ms);
    }

    fn forget(&mut self, now_ms: i64) {
        let (until_ms, count_max) =
            (now_ms.saturating_sub(self.kept_ms(KEPT_MS)), self.options.limits.ended_runs);
        while let Some(run_id) = self.state.runs.forgettable(until_ms, count_max) {
            self.state.runs.remove(run_id);
        }
    }
}
