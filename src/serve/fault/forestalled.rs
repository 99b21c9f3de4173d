//! What a faulty workspace answers in place of an operation, and what it does beside one.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Behaviour::{self, *};
use crate::{
    call::Call,
    contract::{Endpoint::*, structures::JOB_SETTINGS},
    serve::{
        Workspace,
        jobs::{self, Job, job_id},
        launch,
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
        if let Some(refusal) = self.decline(call) {
            return Some(Err(refusal));
        }
        self.behaviours().into_iter().find_map(|behaviour| match call.endpoint {
            Create | Get | Delete | Reset | Update => self.forestall_on_job(behaviour, call),
            RunNow | RunsSubmit => self.forestall_start(behaviour, call),
            RunsGet | RunsDelete if behaviour == DeletedRunComesBack => {
                self.forestall_amid_delete(call)
            }
            RunsCancel | RunsDelete | RunsExport | RunsGetOutput => {
                self.forestall_on_run(behaviour, call)
            }
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
            (CreateRace, Create) => self.forestall_create(),
            (ResetTorn | ResetsCancelOut, _) => self.forestall_amid_resets(behaviour, call),
            (UnknownRemovalFails | RequiredRemoved, Update) => {
                self.forestall_removal(behaviour, job_id, call)
            }
            (DeleteLags, Get) => {
                let (job, deleted_ms) = self.state.memory.deleted_jobs.get(&job_id)?;
                let lasts = now_ms < deleted_ms + DELETE_LAG_MS;
                lasts.then(|| Ok(jobs::shown(job_id, job)))
            }
            (DeleteAgainRefused, Delete) => job.is_none().then(|| Err(Refusal::no_job(job_id))),
            (
                DeleteLags | ListShowsDeleted | DeletedJobRevives | DeletedJobRuns
                | DeleteLeavesSchedule,
                Delete,
            ) => {
                let deleted = (job?.clone(), now_ms);
                self.state.memory.deleted_jobs.insert(job_id, deleted);
                None
            }
            (ResetRenewsCreatedTime, Reset) | (UpdateRenewsCreatedTime, Update) => {
                job?.created_ms = now_ms;
                None
            }
            (ResetRemovesRun, Reset) => {
                let ended =
                    Filter { job_id: Some(job_id), active: Some(false), ..Filter::default() };
                let ended = self.state.runs.ids_matching(ended);
                if let [earliest, _, ..] = ended[..] {
                    self.state.runs.remove(earliest);
                }
                None
            }
            (ResetAgainActs, Reset) => {
                let again = *job?.settings == jobs::new_settings(call);
                self.forget_name_if(again, job_id)
            }
            (UpdateAgainActs, Update) => {
                let (job, new) = (job?, jobs::new_settings(call));
                let after = settings::updated(&job.settings, &new, &[]);
                let again = !new.is_empty() && after.is_ok_and(|after| after == *job.settings);
                self.forget_name_if(again, job_id)
            }
            (UpdateOfNothingActs, Update) => {
                let nothing = jobs::new_settings(call).is_empty()
                    && !call.arguments.contains_key("fields_to_remove");
                self.forget_name_if(nothing, job_id)
            }
            (ChangesLag, Reset | Update) => {
                let before = (job?.clone(), now_ms);
                self.state.memory.changed_jobs.insert(job_id, before);
                None
            }
            (ChangesLag, Get) => {
                let created_ms = job?.created_ms;
                let (before, changed_ms) = self.state.memory.changed_jobs.get(&job_id)?;
                let lasts = now_ms < changed_ms + DELETE_LAG_MS;
                let before = Job { created_ms, ..before.clone() };
                lasts.then(|| Ok(jobs::shown(job_id, &before)))
            }
            (DeleteChangesOthers, Delete) => {
                job?;
                let older = self.state.jobs.saved.entries().range(..job_id).next_back();
                if let Some(older) = older.map(|(older, _)| *older) {
                    self.forget_name(older);
                }
                None
            }
            (DeletedJobRevives, Reset | Update) if job.is_none() => {
                let (deleted, _) = self.state.memory.deleted_jobs.remove(&job_id)?;
                self.state.jobs.saved.insert(job_id, deleted);
                None
            }
            (LoweringCancels, Reset | Update) => {
                job?;
                self.cancel_beyond(
                    job_id,
                    jobs::new_settings(call).get("max_concurrent_runs")?.as_i64()?,
                );
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

    fn forestall_removal(
        &mut self,
        behaviour: Behaviour,
        job_id: i64,
        call: &Call,
    ) -> Option<Answer> {
        let names: Vec<&str> = removed(call).collect();
        if behaviour == UnknownRemovalFails {
            let fails = names.into_iter().any(is_unknown);
            return fails.then(|| Err(Refusal::unexplained()));
        }
        names.iter().any(|name| is_required(name)).then(|| {
            self.change_settings(job_id, |settings| {
                settings.retain(|name, _| !names.contains(&&**name));
            });
            Ok(json!({}))
        })
    }

    /// Takes a job its name in place of an operation, if it is to be.
    fn forget_name_if(&mut self, forgets: bool, job_id: i64) -> Option<Answer> {
        forgets.then(|| {
            self.forget_name(job_id);
            Ok(json!({}))
        })
    }

    /// Cancels the latest active runs of a job until no more are active than that.
    fn cancel_beyond(&mut self, job_id: i64, limit: i64) {
        let active = Filter { job_id: Some(job_id), active: Some(true), ..Filter::default() };
        let active = self.state.runs.ids_matching(active);
        for run_id in active.into_iter().skip(usize::try_from(limit).unwrap_or(0)) {
            self.cancel(run_id);
        }
    }

    /// Every run of a job shows from now on what these settings say.
    fn rewrite_runs(&mut self, job_id: i64, settings: &Object) {
        let assignment = Arc::new(Assignment::of_job(settings, Trigger::OneTime, None));
        let of_job = Filter { job_id: Some(job_id), ..Filter::default() };
        let runs = self.state.runs.ids_matching(of_job).into_iter();
        self.state.memory.rewritten.extend(runs.map(|run_id| (run_id, Arc::clone(&assignment))));
    }

    fn forestall_start(&mut self, behaviour: Behaviour, call: &Call) -> Option<Answer> {
        let job_id = job_id(call);
        match (behaviour, call.endpoint) {
            (TokenConsumedByRefusal, RunNow) | (SubmitTokenConsumedByRefusal, RunsSubmit) => {
                self.forestall_spoilt(call)
            }
            (TokensMixedUp, RunNow) | (SubmitTokensMixedUp, RunsSubmit) => {
                self.forestall_mixed(call)
            }
            (DeletedJobRuns, RunNow) if self.state.jobs.find(job_id).is_err() => {
                self.state.memory.deleted_jobs.get(&job_id)?;
                let run_id = self.state.runs.issue();
                Some(Ok(json!({"run_id": run_id, "number_in_job": 1})))
            }
            (UnsuitedParametersFail, RunNow) if self.gives_unsuited(call) => {
                Some(Err(Refusal::unexplained()))
            }
            (ParametersPersist, RunNow) => {
                let parameters = call.arguments.get("notebook_params")?.clone();
                self.change_settings(job_id, |settings| {
                    if let Some(Value::Object(task)) = settings.get_mut("notebook_task") {
                        task.insert("base_parameters".to_owned(), parameters);
                    }
                });
                None
            }
            (RunNowDeduplicates, RunNow) if !call.arguments.contains_key("idempotency_token") => {
                let of_job = Filter { job_id: Some(job_id), ..Filter::default() };
                let latest = self.state.runs.matching(of_job, 0).next()?;
                let asked = launch::parameters(call);
                (latest.assignment.parameters == asked).then(|| {
                    Ok(json!({"run_id": latest.id, "number_in_job": latest.number_in_job}))
                })
            }
            _ => None,
        }
    }

    /// Whether a call gives parameters that the task of its job does not take.
    fn gives_unsuited(&self, call: &Call) -> bool {
        let Ok(job) = self.state.jobs.find(job_id(call)) else { return false };
        let suited = |name: &str| match name {
            "notebook_params" => job.settings.contains_key("notebook_task"),
            "jar_params" => job.settings.contains_key("spark_jar_task"),
            "python_params" => job.settings.contains_key("spark_python_task"),
            _ => job.settings.contains_key("spark_submit_task"),
        };
        launch::parameters(call).is_some_and(|sent| !sent.keys().all(|name| suited(name)))
    }

    fn forestall_spoilt(&self, call: &Call) -> Option<Answer> {
        let token = call.text("idempotency_token")?;
        self.state.memory.spoilt_tokens.contains(token).then(|| {
            Err(Refusal::invalid("The idempotency token was used by a request that was refused."))
        })
    }

    fn forestall_on_run(&mut self, behaviour: Behaviour, call: &Call) -> Option<Answer> {
        let run_id = run_id(call);
        let Ok(run) = self.state.runs.find(run_id) else {
            let deleted = self.state.memory.deleted_runs.get(&run_id)?;
            let read = (behaviour, call.endpoint) == (DeletedOutputKept, RunsGetOutput);
            return read.then(|| Ok(output::shown(deleted)));
        };
        let (active, pending) = (run.is_active(), run.stage == Stage::Pending);
        let queued = matches!(run.stage, Stage::Queued { .. });
        let is_notebook = output::notebook_path(run).is_some();
        let done = Some(Ok(json!({})));
        match (behaviour, call.endpoint) {
            (CancelIgnored, RunsCancel) => done,
            (CancelOnlyRunning, RunsCancel) => done.filter(|_| pending),
            (QueuedCancelIgnored, RunsCancel) => done.filter(|_| queued),
            (CancelEndedRefused, RunsCancel) if !active => {
                Some(Err(Refusal::state(format!("Run {run_id} has ended."))))
            }
            (CancelCancelsOthers, RunsCancel) => {
                let of_job =
                    Filter { job_id: Some(run.job_id), active: Some(true), ..Filter::default() };
                for other in self.state.runs.ids_matching(of_job) {
                    self.cancel(other);
                }
                None
            }
            (CancelledResultFlips, RunsCancel) if active => {
                self.state.memory.cancelled_runs.insert(run_id);
                None
            }
            (DeleteRunHidesJob, RunsDelete) if !active => {
                let job_id = run.job_id;
                self.state.jobs.saved.remove(&job_id);
                None
            }
            (DeletedNumberReused, RunsDelete) if !active => {
                let (job_id, number) = (run.job_id, run.number_in_job);
                let job = self.state.jobs.saved.get_mut(&job_id)?;
                if job.runs_started == number {
                    job.runs_started = number - 2;
                }
                None
            }
            (DeletedIdReused, RunsDelete) if !active => {
                self.state.runs.take_back(run_id);
                None
            }
            (DeletedOutputKept | DeletedRunListed, RunsDelete) if !active => {
                self.state.memory.deleted_runs.insert(run_id, run.clone());
                None
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
            CancelAllForgetsQueued => {
                for run_id in runs(Some(job_id), true) {
                    let run = self.state.runs.find(run_id);
                    if run.is_ok_and(|run| !matches!(run.stage, Stage::Queued { .. })) {
                        self.cancel(run_id);
                    }
                }
                Some(Ok(json!({})))
            }
            CancelAllBlocks => {
                self.state.memory.blocked_jobs.insert(job_id);
                None
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

/// The settings that an update removes.
fn removed(call: &Call) -> impl Iterator<Item = &str> {
    let removed = call.arguments.get("fields_to_remove").and_then(Value::as_array);
    removed.into_iter().flatten().filter_map(Value::as_str)
}

fn is_unknown(path: &str) -> bool {
    let name = path.split(['.', '/']).next().unwrap_or_default();
    JOB_SETTINGS.field(name).is_none()
}

fn is_required(name: &str) -> bool {
    settings::TASKS.contains(&name) || ["existing_cluster_id", "new_cluster"].contains(&name)
}
