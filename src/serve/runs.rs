//! All runs that are visible, found by id and in every order that runs/list can ask for.
//!
//! Ids are given in the order of start times, so that descending ids are descending start times.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    jobs::ADOPTED_ID_MAX,
    refusal::Refusal,
    rows::Rows,
    run::{Run, RunType},
};

/// The first run; far from the ids of jobs, which begin at 1, so that one is not mistaken for the other.
const FIRST_RUN_ID: i64 = 1_000_001;

/// The runs.
#[derive(Clone, Debug, Default)]
pub(super) struct Runs {
    by_id: Rows<i64, Run>,
    by_filter: BTreeMap<Filter, BTreeSet<i64>>,
    /// Those that have ended, the earliest end first.
    ended: BTreeSet<(i64, i64)>,
    issued: i64,
}

/// What runs/list can ask for; none is what it does not ask about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Filter {
    pub(super) job_id: Option<i64>,
    pub(super) run_type: Option<RunType>,
    pub(super) active: Option<bool>,
}

impl Runs {
    /// An id for a new run.
    pub(super) fn issue(&mut self) -> i64 {
        self.issued += 1;
        FIRST_RUN_ID + self.issued - 1
    }

    /// Whether there was ever such a run.
    pub(super) fn was_issued(&self, run_id: i64) -> bool {
        (FIRST_RUN_ID..FIRST_RUN_ID + self.issued).contains(&run_id)
    }

    /// Gives the id away once more, if it is the latest.
    pub(super) fn take_back(&mut self, run_id: i64) {
        if self.was_issued(run_id) && !self.was_issued(run_id + 1) {
            self.issued -= 1;
        }
    }

    /// Gives the id away to no other run, nor one below it.
    pub(super) fn know(&mut self, run_id: i64) {
        let issued = run_id.min(ADOPTED_ID_MAX).saturating_sub(FIRST_RUN_ID - 1);
        self.issued = self.issued.max(issued);
    }

    pub(super) fn issued(&self) -> i64 {
        self.issued
    }

    /// Goes on after so many ids.
    pub(super) fn resume(&mut self, issued: i64) {
        self.issued = issued;
    }

    /// All runs by id, with what changed of them.
    pub(super) fn rows(&self) -> &Rows<i64, Run> {
        &self.by_id
    }

    pub(super) fn forget_changes(&mut self) {
        self.by_id.forget_changes();
    }

    pub(super) fn find(&self, run_id: i64) -> Result<&Run, Refusal> {
        self.by_id.entries().get(&run_id).ok_or_else(|| Refusal::no_run(run_id))
    }

    pub(super) fn insert(&mut self, run: Run) {
        self.enter(Filter::all_of(&run), run.id);
        self.ended.extend(run.end_ms().map(|end_ms| (end_ms, run.id)));
        self.by_id.insert(run.id, run);
    }

    /// Changes an active run, if it is there, and tells how it is now. One that has ended stays as it is.
    pub(super) fn change(&mut self, run_id: i64, change: impl FnOnce(&mut Run)) -> Option<&Run> {
        self.by_id.entries().get(&run_id).filter(|run| run.is_active())?;
        let run = self.by_id.get_mut(&run_id)?;
        let before = Filter::all_of(run);
        change(run);
        if let Some(end_ms) = run.end_ms() {
            let after = Filter::all_of(run);
            self.leave(before, run_id);
            self.enter(after, run_id);
            self.ended.insert((end_ms, run_id));
        }
        self.by_id.entries().get(&run_id)
    }

    pub(super) fn remove(&mut self, run_id: i64) -> Option<Run> {
        let run = self.by_id.remove(&run_id)?;
        self.leave(Filter::all_of(&run), run_id);
        if let Some(end_ms) = run.end_ms() {
            self.ended.remove(&(end_ms, run_id));
        }
        Some(run)
    }

    fn enter(&mut self, filters: impl Iterator<Item = Filter>, run_id: i64) {
        for filter in filters {
            self.by_filter.entry(filter).or_default().insert(run_id);
        }
    }

    fn leave(&mut self, filters: impl Iterator<Item = Filter>, run_id: i64) {
        for filter in filters {
            if let Some(ids) = self.by_filter.get_mut(&filter) {
                ids.remove(&run_id);
                // A job that is gone leaves nothing behind.
                if ids.is_empty() {
                    self.by_filter.remove(&filter);
                }
            }
        }
    }

    /// The runs that match, the latest first, without the first `offset` of them.
    pub(super) fn matching(&self, filter: Filter, offset: usize) -> impl Iterator<Item = &Run> {
        let ids = self.by_filter.get(&filter).into_iter().flatten();
        ids.rev().skip(offset).filter_map(|run_id| self.by_id.entries().get(run_id))
    }

    /// The ids of the runs that match, the earliest first.
    pub(super) fn ids_matching(&self, filter: Filter) -> Vec<i64> {
        self.by_filter.get(&filter).into_iter().flatten().copied().collect()
    }

    pub(super) fn count(&self, filter: Filter) -> usize {
        self.by_filter.get(&filter).map_or(0, BTreeSet::len)
    }

    /// The run whose time to be forgotten has come: one that ended by `until_ms`, or the one that ended
    /// first if more than `count_max` have ended.
    pub(super) fn forgettable(&self, until_ms: i64, count_max: usize) -> Option<i64> {
        let (end_ms, run_id) = self.ended.first()?;
        (*end_ms <= until_ms || self.ended.len() > count_max).then_some(*run_id)
    }
}

impl Filter {
    /// Every filter that a run matches.
    fn all_of(run: &Run) -> impl Iterator<Item = Self> + use<> {
        let job_ids = [None, Some(run.job_id)];
        let run_types = [None, Some(run.assignment.run_type)];
        let activities = [None, Some(run.is_active())];
        job_ids.into_iter().flat_map(move |job_id| {
            run_types.into_iter().flat_map(move |run_type| {
                activities.into_iter().map(move |active| Self { job_id, run_type, active })
            })
        })
    }
}
