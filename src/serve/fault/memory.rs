//! What only a faulty workspace remembers.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::serve::{
    Workspace,
    jobs::Job,
    run::{Assignment, Run},
};

/// What only a faulty workspace remembers. It is empty in a sound one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::serve) struct Memory {
    /// Jobs that were deleted, with the time.
    pub(super) deleted_jobs: BTreeMap<i64, (Job, i64)>,
    /// The names with which jobs were created.
    pub(super) first_names: BTreeMap<i64, Value>,
    /// What runs show instead of what they do, since their job was reset.
    pub(super) rewritten: BTreeMap<i64, Arc<Assignment>>,
    /// When runs are said to have ended, since a cancel-all came.
    pub(super) moved_ends_ms: BTreeMap<i64, i64>,
    /// Runs that are pending until they are skipped, with the limit because of which they are.
    pub(super) late_skips: BTreeMap<i64, i64>,
    /// Jobs as they were before they were changed, with the time.
    pub(super) changed_jobs: BTreeMap<i64, (Job, i64)>,
    /// Jobs that have no run any more, since a cancel-all came.
    pub(super) blocked_jobs: BTreeSet<i64>,
    /// Runs that were deleted.
    pub(super) deleted_runs: BTreeMap<i64, Run>,
    /// How often jobs were read.
    pub(super) reads_of_jobs: BTreeMap<i64, i64>,
    /// Runs that were read.
    pub(super) read_runs: BTreeSet<i64>,
    /// The tokens that were answered before.
    pub(super) answered_tokens: BTreeSet<String>,
    /// The runs whose output was read after their end.
    pub(super) read_outputs: BTreeSet<i64>,
    /// The latest run that a token started, by its job (0 for none), and until when (outside) it stands for others.
    pub(super) latest_started: BTreeMap<i64, (i64, u64)>,
    /// The latest job that was created, and until when (outside) it stands for others.
    pub(super) latest_created: Option<(i64, u64)>,
    /// Jobs as they were before a reset, and until when (outside) others overlap with it.
    pub(super) resets_us: BTreeMap<i64, (Job, u64)>,
    /// Until when (outside) a list of jobs overlaps with a create or delete.
    pub(super) listed_amid_us: u64,
    /// Until when (outside) reads overlap with the delete of a run.
    pub(super) run_deletes_us: BTreeMap<i64, u64>,
    /// How many runs jobs had when a list of them was read from its beginning.
    pub(super) walks: BTreeMap<i64, usize>,
    /// The tokens of calls that were refused.
    pub(super) spoilt_tokens: BTreeSet<String>,
    /// From when on (outside) tokens are known to belong to a run.
    pub(super) tokens_known_us: BTreeMap<String, u64>,
    /// From when on (outside) the numbers of the runs of a job count.
    pub(super) numbers_known_us: BTreeMap<i64, Vec<u64>>,
    /// Runs that were cancelled while they were active.
    pub(super) cancelled_runs: BTreeSet<i64>,
    /// Runs that were seen terminating with SUCCESS.
    pub(super) seen_succeeding: BTreeSet<i64>,
    /// When runs were first seen TERMINATED.
    pub(super) seen_ended_ms: BTreeMap<i64, i64>,
    /// The schedules by which jobs fire whatever becomes of them.
    pub(super) kept_schedules: BTreeMap<i64, Value>,
}

impl Workspace {
    /// What it remembers to be wrong about, if it is wrong at all.
    pub(in crate::serve) fn remembered(&self) -> Option<&Memory> {
        (!self.options.faults.is_empty()).then_some(&self.state.memory)
    }

    /// Goes on with what it remembered before. One that is not wrong any more has nothing to remember.
    pub(in crate::serve) fn recall(&mut self, memory: Memory) {
        if !self.options.faults.is_empty() {
            self.state.memory = memory;
        }
    }
}
