//! What is to happen when. What is due at the same time happens in an order that follows from what it is, so
//! that a workspace that was put away and taken out again goes on as if nothing had been.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{rows::Rows, run::Assignment};

/// The future of a workspace.
#[derive(Clone, Debug, Default)]
pub(super) struct Agenda {
    entries: BTreeSet<(i64, Entry)>,
    /// When the next step of a run is, so that it can be moved.
    steps: BTreeMap<i64, i64>,
    /// When the schedule of a job fires next.
    fires: BTreeMap<i64, i64>,
    /// The attempts that are to start, by the first attempt of the run.
    pub(super) retries: Rows<i64, Retry>,
    /// No schedule fires and no retry starts before: the workspace was away until then.
    open_ms: i64,
}

/// What happens first at a time stands first: what ends makes place for what starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Entry {
    Step { run_id: i64 },
    Retry { original_attempt_run_id: i64 },
    Fire { job_id: i64 },
}

/// Something that is to happen.
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// The next step in the life of a run.
    Step {
        /// The run.
        run_id: i64,
    },
    /// Another attempt.
    Retry(Retry),
    /// The schedule of a job fires.
    Fire {
        /// The job.
        job_id: i64,
    },
}

/// Another attempt that is to start.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Retry {
    pub(super) due_ms: i64,
    pub(super) job_id: i64,
    pub(super) original_attempt_run_id: i64,
    pub(super) attempt_number: i64,
    pub(super) assignment: Arc<Assignment>,
}

impl Agenda {
    /// Plans the one next step of a run; an earlier plan for it is dropped.
    pub(super) fn plan_step(&mut self, run_id: i64, due_ms: Option<i64>) {
        plan(&mut self.entries, &mut self.steps, run_id, Entry::Step { run_id }, due_ms);
    }

    /// Plans the one next time at which the schedule of a job fires; an earlier plan for it is dropped.
    pub(super) fn plan_fire(&mut self, job_id: i64, due_ms: Option<i64>) {
        let due_ms = due_ms.map(|due_ms| due_ms.max(self.open_ms));
        plan(&mut self.entries, &mut self.fires, job_id, Entry::Fire { job_id }, due_ms);
    }

    /// When the schedule of a job fires next, if it does.
    pub(super) fn next_fire_ms(&self, job_id: i64) -> Option<i64> {
        self.fires.get(&job_id).copied()
    }

    /// Plans the next attempt of a run, of which there is one at most.
    pub(super) fn plan_retry(&mut self, mut retry: Retry) {
        retry.due_ms = retry.due_ms.max(self.open_ms);
        let original_attempt_run_id = retry.original_attempt_run_id;
        self.entries.insert((retry.due_ms, Entry::Retry { original_attempt_run_id }));
        self.retries.insert(original_attempt_run_id, retry);
    }

    /// The workspace is back at a time, after it was away. Schedules and retries that fell due meanwhile come now,
    /// and of the times that a schedule missed one: its next is planned only when it fires. So it is with the
    /// service, and so a minute's schedule does not make up for a year.
    pub(super) fn open(&mut self, open_ms: i64) {
        self.open_ms = open_ms;
        let missed = |(due_ms, entry): &(i64, Entry)| match entry {
            Entry::Fire { job_id } if *due_ms < open_ms => Some(*job_id),
            _ => None,
        };
        let missed: Vec<_> = self.entries.iter().filter_map(missed).collect();
        for job_id in missed {
            self.plan_fire(job_id, Some(open_ms));
        }
        let late: Vec<_> =
            self.retries.entries().values().filter(|r| r.due_ms < open_ms).cloned().collect();
        for retry in late {
            let original_attempt_run_id = retry.original_attempt_run_id;
            self.entries.remove(&(retry.due_ms, Entry::Retry { original_attempt_run_id }));
            self.plan_retry(retry);
        }
    }

    /// Takes out what is due first, if anything is due by `now_ms`, with the time at which it is.
    pub(super) fn next_due(&mut self, now_ms: i64) -> Option<(i64, Event)> {
        let (due_ms, entry) = *self.entries.first().filter(|(due_ms, _)| *due_ms <= now_ms)?;
        self.entries.remove(&(due_ms, entry));
        let event = match entry {
            Entry::Step { run_id } => {
                self.steps.remove(&run_id);
                Event::Step { run_id }
            }
            Entry::Fire { job_id } => {
                self.fires.remove(&job_id);
                Event::Fire { job_id }
            }
            Entry::Retry { original_attempt_run_id } => {
                Event::Retry(self.retries.remove(&original_attempt_run_id)?)
            }
        };
        Some((due_ms, event))
    }
}

fn plan(
    entries: &mut BTreeSet<(i64, Entry)>,
    plans: &mut BTreeMap<i64, i64>,
    id: i64,
    entry: Entry,
    due_ms: Option<i64>,
) {
    if let Some(before_ms) = plans.remove(&id) {
        entries.remove(&(before_ms, entry));
    }
    if let Some(due_ms) = due_ms {
        entries.insert((due_ms, entry));
        plans.insert(id, due_ms);
    }
}
