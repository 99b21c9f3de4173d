//! What a faulty workspace answers in place of an operation, and what it does beside one.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Behaviour::{self, *};
use crate::{
    call::Call,
    contract::Endpoint::*,
    serve::{
        Workspace,
        jobs::{self, job_id},
        listing::run_id,
        output,
        refusal::Refusal,
        run::{Assignment, Run, Stage, Trigger},
        runs::Filter,
        settings::{self, Object},
    },
};

/// How long jobs/get goes on showing a job that was deleted.
const DELETE_LAG_MS: i64 = 50;

type Answer = Result<Value, Refusal>;

impl Workspace {
    /// What is answered without the operation being carried out, if it is not.
    pub(in crate::serve) fn forestall(&mut self, call: &Call) -> Option<Answer> {
        self.behaviours().into_iter().find_map(|behaviour| match call.endpoint {
            Create | Get | Delete | Reset => self.forestall_on_job(behaviour, call),
            RunNow if behaviour == TokenConsumedByRefusal => self.forestall_spoilt(call),
            RunsCancel | RunsDelete | RunsExport => self.forestall_on_run(behaviour, call),
            RunsCancelAll => self.forestall_cancel_all(behaviour, job_id(call)),
            _ => None,
        })
    }

    fn forestall_on_job(&mut self, behaviour: Behaviour, call: &Call) -> Option<Answer> {
        let (job_id, now_ms) = (job_id(call), self.timeline.now_ms());
        let job = self.state.jobs.saved.get_mut(&job_id);
        match (behaviour, call.endpoint) {
            (CreateDeduplicates, Create) => {
                let new = settings::known(call.endpoint.signature().request, &call.arguments);
                let mut saved = self.state.jobs.saved.entries().iter();
                let (same, _) = saved.find(|(_, job)| *job.settings == new)?;
                Some(Ok(json!({"job_id": same})))
            }
            (DeleteLags, Get) => {
                let (job, deleted_ms) = self.state.memory.deleted_jobs.get(&job_id)?;
                let lasts = now_ms < deleted_ms + DELETE_LAG_MS;
                lasts.then(|| Ok(jobs::shown(job_id, job)))
            }
            (DeleteAgainRefused, Delete) => job.is_none().then(|| Err(Refusal::no_job(job_id))),
            (DeleteLags | ListShowsDeleted, Delete) => {
                let deleted = (job?.clone(), now_ms);
                self.state.memory.deleted_jobs.insert(job_id, deleted);
                None
            }
            (ResetRenewsCreatedTime, Reset) => {
                job?.created_ms = now_ms;
                None
            }
            (ResetRewritesRuns, Reset) => {
                job?;
                self.rewrite_runs(job_id, &jobs::new_settings(call));
                None
            }
            _ => None,
        }
    }

    /// Every run of a job shows from now on what these settings say.
    fn rewrite_runs(&mut self, job_id: i64, settings: &Object) {
        let assignment = Arc::new(Assignment::of_job(settings, Trigger::OneTime, None));
        let of_job = Filter { job_id: Some(job_id), ..Filter::default() };
        let runs = self.state.runs.ids_matching(of_job).into_iter();
        self.state.memory.rewritten.extend(runs.map(|run_id| (run_id, Arc::clone(&assignment))));
    }

    fn forestall_spoilt(&self, call: &Call) -> Option<Answer> {
        let token = call.text("idempotency_token")?;
        self.state.memory.spoilt_tokens.contains(token).then(|| {
            Err(Refusal::invalid("The idempotency token was used by a request that was refused."))
        })
    }

    /// A call was refused: whatever that leaves behind.
    pub(in crate::serve) fn remember_refusal(&mut self, call: &Call) {
        let token = call.text("idempotency_token").filter(|token| !token.is_empty());
        let (RunNow, true, Some(token)) = (call.endpoint, self.has(TokenConsumedByRefusal), token)
        else {
            return;
        };
        if !self.state.tokens.entries().contains_key(token) {
            self.state.memory.spoilt_tokens.insert(token.to_owned());
        }
    }

    fn forestall_on_run(&mut self, behaviour: Behaviour, call: &Call) -> Option<Answer> {
        let run_id = run_id(call);
        let run = self.state.runs.find(run_id).ok()?;
        let (active, pending) = (run.is_active(), run.stage == Stage::Pending);
        let is_notebook = output::notebook_path(run).is_some();
        let done = Some(Ok(json!({})));
        match (behaviour, call.endpoint) {
            (CancelIgnored, RunsCancel) => done,
            (CancelOnlyRunning, RunsCancel) => done.filter(|_| pending),
            (CancelEndedRefused, RunsCancel) if !active => {
                Some(Err(Refusal::state(format!("Run {run_id} has ended."))))
            }
            (DeleteActiveRun, RunsDelete) if active => {
                self.state.runs.remove(run_id);
                done
            }
            (DeleteActiveCancels, RunsDelete) => {
                self.cancel(run_id);
                None
            }
            (DeleteRunForgets, RunsDelete) if !active => done,
            (ExportAnyTask, RunsExport) if !is_notebook => Some(Ok(json!({"views": []}))),
            _ => None,
        }
    }

    fn forestall_cancel_all(&mut self, behaviour: Behaviour, job_id: i64) -> Option<Answer> {
        self.state.jobs.find(job_id).ok()?;
        let runs = |job_id, active| {
            let filter = Filter { job_id, active: Some(active), ..Filter::default() };
            self.state.runs.ids_matching(filter)
        };
        match behaviour {
            CancelAllForgetsOne => {
                let active = runs(Some(job_id), true);
                let forgotten = usize::from(active.len() > 1);
                for run_id in active.into_iter().skip(forgotten) {
                    self.cancel(run_id);
                }
                Some(Ok(json!({})))
            }
            CancelAllJobs => {
                for run_id in runs(None, true) {
                    self.cancel(run_id);
                }
                None
            }
            CancelAllRewritesEnded => {
                let now_ms = self.timeline.now_ms();
                let ended = runs(Some(job_id), false).into_iter();
                self.state.memory.moved_ends_ms.extend(ended.map(|run_id| (run_id, now_ms)));
                None
            }
            _ => None,
        }
    }

    /// Whether a run stays where it is and goes on when its job is deleted.
    pub(in crate::serve) fn outlives_its_job(&self, run_id: i64) -> bool {
        let active = self.state.runs.find(run_id).is_ok_and(Run::is_active);
        self.has(if active { DeleteLeavesRunsRunning } else { DeleteKeepsHistory })
    }
}
