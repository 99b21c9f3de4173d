//! Calls that overlap.
//!
//! Two calls race where both look before either has entered what it found. A workspace answers one call
//! after the other, so a race is staged: what a call enters counts a while later, and the answer to the
//! call is held back for as long. So only calls that overlap see it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Behaviour::{self, *};
use crate::{
    call::{self, Call},
    contract::Endpoint::*,
    exchange::Request,
    serve::{
        Workspace,
        jobs::{self, Job, job_id},
        listing::run_id,
        refusal::Refusal,
        run::Run,
    },
};

type Answer = Result<Value, Refusal>;

impl Workspace {
    /// How long it takes until what a call entered counts, outside.
    pub(super) fn window_us(&self) -> u64 {
        self.options.race_ms.saturating_mul(1000)
    }

    /// How long the answer to a request is held back, for those that race with it.
    pub(in crate::serve) fn race_us(&self, request: &Request) -> u64 {
        if self.options.faults.is_empty() {
            return 0;
        }
        let Ok(call) = call::read(request) else { return 0 };
        let has_token = call.text("idempotency_token").is_some_and(|token| !token.is_empty());
        let racing: &[Behaviour] = match call.endpoint {
            Create => &[CreateRace, ListLosesAmidWrites],
            Delete => &[ListLosesAmidWrites],
            Reset => &[ResetTorn, ResetsCancelOut],
            RunNow if has_token => &[NumberRace, TokenRace, TokensMixedUp],
            RunNow => &[NumberRace],
            RunsSubmit if has_token => &[SubmitTokenRace, SubmitTokensMixedUp],
            RunsDelete => &[DeletedRunComesBack],
            _ => &[],
        };
        if racing.iter().any(|race| self.has(*race)) { self.window_us() } else { 0 }
    }

    /// What is answered to a reset, or to a read of a job, that overlaps with a reset.
    pub(super) fn forestall_amid_resets(
        &mut self,
        behaviour: Behaviour,
        call: &Call,
    ) -> Option<Answer> {
        let (now_us, until_us) = self.window();
        let job_id = job_id(call);
        let job = self.state.jobs.saved.entries().get(&job_id)?.clone();
        let resets_us = &mut self.state.memory.resets_us;
        let amid = resets_us.get_mut(&job_id).filter(|(_, until_us)| now_us < *until_us);
        match (behaviour, call.endpoint, amid) {
            (ResetTorn, Get, Some((before, _))) => {
                let mut torn = (*before.settings).clone();
                torn.extend(
                    job.settings.get_key_value("name").map(|(k, v)| (k.clone(), v.clone())),
                );
                let torn = Job { settings: Arc::new(torn), ..job };
                Some(Ok(jobs::shown(job_id, &torn)))
            }
            (ResetsCancelOut, Reset, Some((before, known_us))) => {
                *known_us = until_us;
                let settings = Arc::clone(&before.settings);
                self.state.jobs.saved.insert(job_id, Job { settings, ..job });
                Some(Ok(json!({})))
            }
            (ResetTorn | ResetsCancelOut, Reset, _) => {
                resets_us.insert(job_id, (job, until_us));
                None
            }
            _ => None,
        }
    }

    /// What is answered to a read of a run that was read while it was deleted.
    pub(super) fn forestall_amid_delete(&mut self, call: &Call) -> Option<Answer> {
        let (now_us, until_us) = self.window();
        let run_id = run_id(call);
        let memory = &mut self.state.memory;
        match (call.endpoint, self.state.runs.find(run_id)) {
            (RunsDelete, Ok(run)) if !run.is_active() => {
                memory.run_deletes_us.insert(run_id, until_us);
                memory.deleted_runs.insert(run_id, run.clone());
                None
            }
            (RunsGet, Err(_)) if memory.run_deletes_us.get(&run_id) > Some(&now_us) => {
                memory.read_runs.insert(run_id);
                None
            }
            (RunsGet, Err(_)) if memory.read_runs.contains(&run_id) => {
                memory.deleted_runs.get(&run_id).map(|run| Ok(Run::shown(run)))
            }
            _ => None,
        }
    }

    /// Changes a list of jobs that overlaps with a create or delete.
    pub(super) fn misreport_amid_writes(&mut self, call: &Call, answer: &mut Value) {
        let (now_us, until_us) = self.window();
        let amid_us = &mut self.state.memory.listed_amid_us;
        match (call.endpoint, answer.get_mut("jobs").and_then(Value::as_array_mut)) {
            (Create | Delete, _) => *amid_us = until_us,
            (List, Some(jobs)) if now_us < *amid_us && !jobs.is_empty() => drop(jobs.remove(0)),
            _ => {}
        }
    }

    /// What time it is outside, and until when a call that comes now overlaps with others.
    fn window(&self) -> (u64, u64) {
        let now_us = self.timeline.outside_us();
        (now_us, now_us.saturating_add(self.window_us()))
    }
}
