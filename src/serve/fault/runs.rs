//! What a faulty workspace decides about runs: places, timeouts, skips and retries.

use std::sync::Arc;

use serde_json::Value;

use super::Behaviour::*;
use crate::{
    contract::{Endpoint, ResultState},
    serve::{
        Workspace,
        clock::millis,
        places::Place,
        run::{Run, RunType, Stage},
        runs::Filter,
        schedule::Schedule,
        script,
        settings::Object,
        simulation::Start,
    },
};

/// How many pending phases a skip takes that comes late.
const LATE_SKIP_PHASES: i64 = 40;
/// How long after its attempt's start a retry comes that is to come at once.
const UNASKED_WAIT_MS: i64 = 8000;
/// From how long after its start on a run stands in lists that lag.
const LIST_LAG_MS: i64 = 50;

impl Workspace {
    /// How many runs of a job count as active, and how many may be, given what holds in truth.
    pub(in crate::serve) fn miscount(
        &self,
        job_id: i64,
        active: usize,
        limit: i64,
    ) -> (usize, i64) {
        let of_job = Filter { job_id: Some(job_id), ..Filter::default() };
        if self.has(SlotNeverFreed) {
            let runs = self.state.runs.matching(of_job, 0);
            let skipped = |run: &&Run| matches!(run.stage, Stage::Skipped { .. });
            return (runs.filter(|run| !skipped(run)).count(), limit);
        }
        if self.has(QueuedTakesPlace) {
            let all = Filter { active: Some(true), ..of_job };
            return (self.state.runs.count(all), limit);
        }
        if self.has(SkipsLate) {
            // What is going to be skipped takes no place.
            let runs = self.state.runs.matching(Filter { active: Some(true), ..of_job }, 0);
            let late_skips = &self.state.memory.late_skips;
            return (runs.filter(|run| !late_skips.contains_key(&run.id)).count(), limit);
        }
        match limit {
            0 if self.has(ZeroConcurrencyRuns) => (active, i64::MAX),
            1.. if self.has(ConcurrencyOneTooMany) => (active, limit + 1),
            2.. if self.has(ConcurrencyOneTooFew) => (active, limit - 1),
            _ => (active, limit),
        }
    }

    /// What becomes of a new run, given what becomes of it in truth.
    pub(in crate::serve) fn misplace(&self, place: Place) -> Place {
        match place {
            Place::Skipped { limit } if self.has(QueuesUnasked) => Place::Queued { limit },
            place => place,
        }
    }

    /// What becomes of a submitted run for which there is a place.
    pub(in crate::serve) fn place_of_submitted(&self) -> Place {
        let active =
            Filter { run_type: Some(RunType::Submit), active: Some(true), ..Filter::default() };
        if self.has(SubmitSkippedByOthers) && self.state.runs.count(active) > 0 {
            return Place::Skipped { limit: 1 };
        }
        Place::Free
    }

    /// The settings under which a run without a job is retried, if it is.
    pub(in crate::serve) fn settings_without_job(&self) -> Option<Arc<Object>> {
        self.has(SubmitRetried).then(Arc::default)
    }

    /// A job is deleted, and with it its schedule.
    pub(in crate::serve) fn end_schedule(&mut self, job_id: i64) {
        if !self.has(DeleteLeavesSchedule) {
            self.state.agenda.plan_fire(job_id, None);
        }
    }

    /// Plans when the schedules of deleted jobs fire that are to fire once more and have not yet.
    pub(in crate::serve) fn plan_fires_of_deleted(&mut self) {
        if !self.has(DeleteLeavesSchedule) {
            return;
        }
        let now_ms = self.timeline.now_ms();
        for (job_id, (job, deleted_ms)) in &self.state.memory.deleted_jobs {
            let schedule = Schedule::of(&job.settings).ok().flatten();
            let due_ms = schedule.and_then(|schedule| schedule.next_ms(*deleted_ms));
            self.state.agenda.plan_fire(*job_id, due_ms.filter(|due_ms| *due_ms > now_ms));
        }
    }

    /// The settings of a job whose schedule fires.
    pub(in crate::serve) fn settings_that_fire(&self, job_id: i64) -> Option<Arc<Object>> {
        let saved = self.state.jobs.find(job_id).ok();
        let deleted = self.state.memory.deleted_jobs.get(&job_id);
        let deleted = deleted.filter(|_| self.has(DeleteLeavesSchedule)).map(|(job, _)| job);
        saved.or(deleted).map(|job| Arc::clone(&job.settings))
    }

    /// How long a run is kept after its end.
    pub(in crate::serve) fn kept_ms(&self, kept_ms: i64) -> i64 {
        if self.has(RunsKeptForever) { i64::MAX / 2 } else { kept_ms }
    }

    /// What becomes of a run that a schedule starts, given what becomes of it in truth.
    pub(in crate::serve) fn place_of_scheduled(&self, place: Place) -> Place {
        match place {
            Place::Skipped { limit: 1.. } if self.has(ScheduleIgnoresLimit) => Place::Free,
            place => place,
        }
    }

    /// Whether all runs that wait begin with the first.
    pub(in crate::serve) fn empties_queues_at_once(&self) -> bool {
        self.has(QueueEmptiesAtOnce)
    }

    /// Changes what a new run is to do.
    pub(in crate::serve) fn misassign(&self, start: &mut Start) {
        let submitted = start.assignment.run_type == RunType::Submit;
        if self.has(if submitted { SubmitTimeoutIgnored } else { TimeoutIgnored }) {
            start.timeout_ms = None;
        }
        if self.has(FailureSucceeds) && start.assignment.script.result == ResultState::Failed {
            Arc::make_mut(&mut start.assignment).script.result = ResultState::Success;
        }
        if submitted && self.has(SubmitRetried) {
            Arc::make_mut(&mut start.assignment).retries.max = 1;
        }
        if self.has(SubmitRunType) {
            Arc::make_mut(&mut start.assignment).run_type = RunType::Job;
        }
        if self.has(BaseParametersWin) {
            let assignment = Arc::make_mut(&mut start.assignment);
            let weaker = assignment.parameters.as_ref().map(|sent| weaker(sent, &assignment.task));
            assignment.script = script::of(&assignment.task, weaker.as_ref());
        }
    }

    /// How far a new run is.
    pub(in crate::serve) fn first_stage(&mut self, run_id: i64, place: Place) -> Stage {
        match place {
            Place::Skipped { limit } if self.has(SkipsLate) => {
                self.state.memory.late_skips.insert(run_id, limit);
                Stage::Pending
            }
            Place::Skipped { limit } => Stage::Skipped { limit },
            Place::Queued { limit } => Stage::Queued { limit },
            Place::Free => Stage::Pending,
        }
    }

    /// The limit because of which a run is skipped now, if that was put off until now.
    pub(in crate::serve) fn late_skip(&mut self, run_id: i64) -> Option<i64> {
        let limit = self.state.memory.late_skips.remove(&run_id)?;
        let pending = self.state.runs.find(run_id).is_ok_and(|run| run.stage == Stage::Pending);
        pending.then_some(limit)
    }

    /// When something happens next to a run.
    pub(in crate::serve) fn due_ms(&self, run: &Run) -> Option<i64> {
        let phases = &self.options.phases;
        if run.stage == Stage::Pending && self.state.memory.late_skips.contains_key(&run.id) {
            let wait_ms = millis(phases.pending_ms).saturating_mul(LATE_SKIP_PHASES);
            return Some(run.start_ms.saturating_add(wait_ms));
        }
        run.due_ms(phases)
    }

    /// When a run that has ended is retried, if it is.
    pub(in crate::serve) fn retried_ms(&self, run: &Run) -> Option<i64> {
        if self.options.faults.is_empty() {
            return run.retried_ms();
        }
        if self.has(RetryMissing) {
            return None;
        }
        let mut seen = run.clone();
        if let Stage::Terminated { result, .. } = &mut seen.stage
            && *result == ResultState::Success
            && self.has(RetryAfterSuccess)
        {
            *result = ResultState::Failed;
        }
        if let Stage::Terminated { result, .. } = &mut seen.stage
            && *result == ResultState::Canceled
            && self.has(RetryAfterCancel)
        {
            *result = ResultState::Failed;
        }
        let mut retries = run.assignment.retries;
        if self.has(RetryOneTooMany) && retries.max > 0 {
            retries.max += 1;
        }
        if self.has(RetryWaitsUnasked) && retries.interval_min_ms == 0 {
            retries.interval_min_ms = UNASKED_WAIT_MS;
        }
        if self.has(RetryTooSoon) {
            retries.interval_min_ms = 0;
        }
        if self.has(RetryOnTimeoutAlways) || self.has(RetryOnTimeoutNever) {
            retries.on_timeout = self.has(RetryOnTimeoutAlways);
        }
        Arc::make_mut(&mut seen.assignment).retries = retries;
        seen.retried_ms()
    }

    /// Whether a timeout that this endpoint sets holds for active runs too.
    pub(in crate::serve) fn reaches_active_runs(&self, endpoint: Endpoint) -> bool {
        !self.has(match endpoint {
            Endpoint::Reset => ResetIgnoresTimeoutOfActive,
            _ => UpdateIgnoresTimeoutOfActive,
        })
    }

    /// The runs that a list shows, without the first `offset` of them.
    pub(in crate::serve) fn listed(
        &self,
        filter: Filter,
        offset: usize,
    ) -> Box<dyn Iterator<Item = &Run> + '_> {
        let now_ms = self.timeline.now_ms();
        let lag_ms = if self.has(ListLags) { LIST_LAG_MS } else { 0 };
        if !self.has(ListAscending) && lag_ms == 0 {
            return Box::new(self.state.runs.matching(filter, offset));
        }
        let shown = |run: &&Run| run.start_ms + lag_ms <= now_ms;
        let mut runs: Vec<_> = self.state.runs.matching(filter, 0).filter(shown).collect();
        if self.has(ListAscending) {
            runs.reverse();
        }
        Box::new(runs.into_iter().skip(offset))
    }
}

/// The parameters of a run-now without those that the task gives too.
fn weaker(sent: &Object, task: &Object) -> Object {
    let mut weaker = sent.clone();
    let base = task.get("notebook_task").and_then(|notebook| notebook.get("base_parameters"));
    if let (Some(Value::Object(base)), Some(Value::Object(sent))) =
        (base, weaker.get_mut("notebook_params"))
    {
        sent.retain(|name, _| !base.contains_key(name));
    }
    weaker
}
