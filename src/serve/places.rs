//! Places for runs: how many may be active at once, in a job and in the workspace, and which wait for one.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Workspace,
    refusal::Refusal,
    run::Stage,
    runs::Filter,
    settings::{self, Object},
};

/// What becomes of a new run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It begins.
    Free,
    /// It is skipped because of this limit.
    Skipped { limit: i64 },
    /// It waits because of this limit.
    Queued { limit: i64 },
}

/// The runs that wait for a place, by job; the earliest goes first.
#[derive(Clone, Debug, Default)]
pub(super) struct Queues {
    by_job: BTreeMap<i64, BTreeSet<i64>>,
    waiting: usize,
}

impl Queues {
    pub(super) fn enter(&mut self, job_id: i64, run_id: i64) {
        if self.by_job.entry(job_id).or_default().insert(run_id) {
            self.waiting += 1;
        }
    }

    /// Takes out a run, if it waits.
    pub(super) fn leave(&mut self, job_id: i64, run_id: i64) {
        let Some(queue) = self.by_job.get_mut(&job_id) else { return };
        if queue.remove(&run_id) {
            self.waiting -= 1;
        }
        if queue.is_empty() {
            self.by_job.remove(&job_id);
        }
    }

    fn first(&self, job_id: i64) -> Option<i64> {
        self.by_job.get(&job_id)?.first().copied()
    }

    fn waiting_of(&self, job_id: i64) -> usize {
        self.by_job.get(&job_id).map_or(0, BTreeSet::len)
    }
}

impl Workspace {
    /// What becomes of a new run of a job with these settings. It is refused where the workspace has no
    /// place for it and the job does not queue. A run that is skipped takes no place.
    pub(super) fn place(&self, job_id: i64, settings: &Object) -> Result<Place, Refusal> {
        self.place_in_truth(job_id, settings).map(|place| self.misplace(place))
    }

    fn place_in_truth(&self, job_id: i64, settings: &Object) -> Result<Place, Refusal> {
        let queues = settings::queues(settings);
        match self.full_because_of(job_id, settings) {
            Some(limit @ 1..) if queues => return Ok(Place::Queued { limit }),
            Some(limit) => return Ok(Place::Skipped { limit }),
            None => {}
        }
        match self.check_free_place() {
            Err(_) if queues => Ok(Place::Queued { limit: self.limit_of_workspace() }),
            checked => checked.map(|()| Place::Free),
        }
    }

    /// The same for a run that nobody asked for, so that nobody can be told of a refusal: it is skipped.
    pub(super) fn place_unasked(&self, job_id: i64, settings: &Object) -> Place {
        let limit = self.limit_of_workspace();
        self.place(job_id, settings).unwrap_or(Place::Skipped { limit })
    }

    fn limit_of_workspace(&self) -> i64 {
        i64::try_from(self.options.limits.concurrent_runs).unwrap_or(i64::MAX)
    }

    /// The limit of concurrent runs of a job, if it is reached.
    fn full_because_of(&self, job_id: i64, settings: &Object) -> Option<i64> {
        let limit = settings::max_concurrent_runs(settings);
        let of_job = Filter { job_id: Some(job_id), active: Some(true), ..Filter::default() };
        let active = self.state.runs.count(of_job) - self.state.queues.waiting_of(job_id);
        let (active, places) = self.miscount(job_id, active, limit);
        let free = usize::try_from(places).is_ok_and(|places| active < places);
        (!free).then_some(limit)
    }

    /// How many runs are active and do not wait for a place, those of removed jobs included.
    pub(super) fn active_runs(&self) -> usize {
        let visible = Filter { active: Some(true), ..Filter::default() };
        self.state.runs.count(visible) + self.state.departing.entries().len()
            - self.state.queues.waiting
    }

    /// Refuses a run for which the workspace has no place.
    pub(super) fn check_free_place(&self) -> Result<(), Refusal> {
        let (active, limit) = (self.active_runs(), self.options.limits.concurrent_runs);
        if active < limit { Ok(()) } else { Err(Refusal::too_many_runs(active, limit)) }
    }

    /// There is one run less of a job, or there may be more.
    pub(super) fn promote(&mut self, job_id: i64, at_ms: i64) {
        self.promote_of(job_id, at_ms);
        self.promote_others(at_ms);
    }

    /// There is one run less in the workspace.
    pub(super) fn promote_others(&mut self, at_ms: i64) {
        // Where it was not full before, nobody waited for that.
        if self.active_runs() + 1 == self.options.limits.concurrent_runs {
            let jobs: Vec<_> = self.state.queues.by_job.keys().copied().collect();
            for job_id in jobs {
                self.promote_of(job_id, at_ms);
            }
        }
    }

    fn promote_of(&mut self, job_id: i64, at_ms: i64) {
        let mut goes_on = false;
        while let Some(run_id) = self.state.queues.first(job_id) {
            let Ok(job) = self.state.jobs.find(job_id) else { return };
            if !goes_on && self.place(job_id, &job.settings) != Ok(Place::Free) {
                return;
            }
            goes_on = self.empties_queues_at_once();
            self.state.queues.leave(job_id, run_id);
            self.alter(run_id, at_ms, |run| {
                run.begin_ms = at_ms;
                run.stage = Stage::Pending;
            });
        }
    }
}
