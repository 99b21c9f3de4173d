//! What is to happen when. What is due at the same time happens in the order in which it was planned.

use std::{collections::BTreeMap, sync::Arc};

use super::run::Assignment;

/// The future of a workspace.
#[derive(Clone, Debug, Default)]
pub(super) struct Agenda {
    entries: BTreeMap<(i64, u64), Event>,
    /// When the next step of a run is, so that it can be moved.
    steps: BTreeMap<i64, (i64, u64)>,
    /// When the schedule of a job fires next.
    fires: BTreeMap<i64, (i64, u64)>,
    planned: u64,
}

/// Something that is to happen.
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// The next step in the life of a run.
    Step {
        /// The run.
        run_id: i64,
    },
    /// The schedule of a job fires.
    Fire {
        /// The job.
        job_id: i64,
    },
    /// Another attempt.
    Retry(Retry),
}

/// Another attempt that is to start.
#[derive(Clone, Debug)]
pub(super) struct Retry {
    pub(super) job_id: i64,
    pub(super) original_attempt_run_id: i64,
    pub(super) attempt_number: i64,
    pub(super) assignment: Arc<Assignment>,
}

impl Agenda {
    /// Plans the one next step of a run; an earlier plan for it is dropped.
    pub(super) fn plan_step(&mut self, run_id: i64, due_ms: Option<i64>) {
        if let Some(key) = self.steps.remove(&run_id) {
            self.entries.remove(&key);
        }
        if let Some(due_ms) = due_ms {
            let key = self.plan(due_ms, Event::Step { run_id });
            self.steps.insert(run_id, key);
        }
    }

    /// Plans the one next time at which the schedule of a job fires; an earlier plan for it is dropped.
    pub(super) fn plan_fire(&mut self, job_id: i64, due_ms: Option<i64>) {
        if let Some(key) = self.fires.remove(&job_id) {
            self.entries.remove(&key);
        }
        if let Some(due_ms) = due_ms {
            let key = self.plan(due_ms, Event::Fire { job_id });
            self.fires.insert(job_id, key);
        }
    }

    pub(super) fn plan_retry(&mut self, due_ms: i64, retry: Retry) {
        self.plan(due_ms, Event::Retry(retry));
    }

    fn plan(&mut self, due_ms: i64, event: Event) -> (i64, u64) {
        self.planned += 1;
        let key = (due_ms, self.planned);
        self.entries.insert(key, event);
        key
    }

    /// Takes out what is due first, if anything is due by `now_ms`, with the time at which it is.
    pub(super) fn next_due(&mut self, now_ms: i64) -> Option<(i64, Event)> {
        let first = self.entries.first_entry().filter(|entry| entry.key().0 <= now_ms)?;
        let ((due_ms, _), event) = first.remove_entry();
        match event {
            Event::Step { run_id } => drop(self.steps.remove(&run_id)),
            Event::Fire { job_id } => drop(self.fires.remove(&job_id)),
            Event::Retry(_) => {}
        }
        Some((due_ms, event))
    }
}
