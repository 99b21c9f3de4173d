//! What a faulty workspace answers where a request is to be refused, and what a refused one leaves behind.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Behaviour::*;
use crate::{
    call::{Call, Unreadable},
    contract::Endpoint::*,
    serve::{
        Workspace,
        jobs::{Job, job_id},
        listing::run_id,
        refusal::{Code, Refusal},
    },
};

impl Workspace {
    /// What is answered to a request that is no call, if not that it is none.
    pub(in crate::serve) fn take_for_call(&self, reason: &Unreadable) -> Option<Value> {
        let taken = match reason {
            Unreadable::NoEndpoint => UnknownPathServed,
            Unreadable::WrongMethod(_) => WrongMethodServed,
            Unreadable::NotJson(_) => NoJsonServed,
            Unreadable::NotAnObject => NoObjectServed,
        };
        self.has(taken).then(|| json!({}))
    }

    /// What is answered to a call that names a job or run which there never was.
    pub(in crate::serve) fn answer_unknown(
        &self,
        call: &Call,
        refusal: Refusal,
    ) -> Result<Value, Refusal> {
        let (job_id, run_id) = (job_id(call), run_id(call));
        let was_there = self.state.jobs.was_issued(job_id) || self.state.runs.was_issued(run_id);
        if refusal.code != Code::Unknown || was_there {
            return Err(refusal);
        }
        let answer = match call.endpoint {
            Get if self.has(UnknownJobShown) => {
                json!({"job_id": job_id, "settings": {"name": "Untitled"}, "created_time": 0})
            }
            Reset if self.has(UnknownJobReset) => json!({}),
            Update if self.has(UnknownJobUpdated) => json!({}),
            RunNow if self.has(UnknownJobStarted) => json!({"run_id": job_id, "number_in_job": 1}),
            RunsGet if self.has(UnknownRunShown) => {
                let state = json!({"life_cycle_state": "PENDING", "state_message": ""});
                json!({"run_id": run_id, "job_id": 1, "number_in_job": 1, "state": state})
            }
            RunsExport if self.has(UnknownRunExported) => json!({"views": []}),
            Delete if self.has(UnknownJobDeleteFails) => return Err(Refusal::unexplained()),
            RunsDelete if self.has(UnknownRunDeleteFails) => return Err(Refusal::unexplained()),
            RunsGetOutput if self.has(UnknownRunOutputFails) => {
                return Err(Refusal::unexplained());
            }
            RunsCancel if self.has(UnknownRunCancel404) => {
                return Err(Refusal { status: 404, ..refusal });
            }
            RunsCancelAll if self.has(UnknownJobCancelAll404) => {
                return Err(Refusal { status: 404, ..refusal });
            }
            _ => return Err(refusal),
        };
        Ok(answer)
    }

    /// A call was refused: whatever that leaves behind.
    pub(in crate::serve) fn remember_refusal(&mut self, call: &Call) {
        self.spoil_token(call);
        match call.endpoint {
            Create if self.has(RefusedCreateSaves) => self.save_refused(call),
            Reset if self.has(RefusedResetActs) => self.forget_name(job_id(call)),
            Update if self.has(RefusedUpdateActs) => self.forget_name(job_id(call)),
            RunNow if self.has(RefusedRunNowStarts) => {
                let job_id = json!({"job_id": job_id(call)});
                self.start_refused(call, &job_id);
            }
            RunsSubmit if self.has(RefusedSubmitStarts) => {
                let task =
                    json!({"existing_cluster_id": "c", "notebook_task": {"notebook_path": "/n"}});
                self.start_refused(call, &task);
            }
            _ => {}
        }
    }

    fn spoil_token(&mut self, call: &Call) {
        let spoils = match call.endpoint {
            RunNow => self.has(TokenConsumedByRefusal),
            RunsSubmit => self.has(SubmitTokenConsumedByRefusal),
            _ => false,
        };
        let token = call.text("idempotency_token").filter(|token| spoils && !token.is_empty());
        if let Some(token) = token
            && !self.state.tokens.entries().contains_key(token)
        {
            self.state.memory.spoilt_tokens.insert(token.to_owned());
        }
    }

    /// Saves a job of the name that a refused create gives it.
    fn save_refused(&mut self, call: &Call) {
        let name = call.arguments.get_key_value("name").filter(|(_, name)| name.is_string());
        let settings =
            name.map(|(field, name)| (field.clone(), name.clone())).into_iter().collect();
        let created_ms = self.timeline.now_ms();
        if let Ok(job_id) = self.issue_job() {
            let job = Job { settings: Arc::new(settings), created_ms, runs_started: 0 };
            self.state.jobs.saved.insert(job_id, job);
        }
    }

    /// Starts a run with these arguments and the name that a refused call gives it. Nobody hears what came of it.
    fn start_refused(&mut self, call: &Call, arguments: &Value) {
        let mut arguments = arguments.as_object().cloned().unwrap_or_default();
        let name = call.arguments.get_key_value("run_name").filter(|(_, name)| name.is_string());
        arguments.extend(name.map(|(field, name)| (field.clone(), name.clone())));
        let call = Call { endpoint: call.endpoint, arguments };
        let _ = if call.endpoint == RunNow { self.run_now(&call) } else { self.submit_run(&call) };
    }

    /// Takes a job its name.
    pub(super) fn forget_name(&mut self, job_id: i64) {
        self.change_settings(job_id, |settings| drop(settings.shift_remove("name")));
    }

    /// Changes the settings of a job, if it is there.
    pub(super) fn change_settings(
        &mut self,
        job_id: i64,
        change: impl FnOnce(&mut Map<String, Value>),
    ) {
        if let Some(job) = self.state.jobs.saved.get_mut(&job_id) {
            change(Arc::make_mut(&mut job.settings));
        }
    }
}
