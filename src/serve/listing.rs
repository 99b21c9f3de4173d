//! What is read of runs and done to them by id: list, get, cancel, cancel-all and delete.

use serde_json::{Value, json};

use super::{
    Workspace,
    jobs::job_id,
    refusal::Refusal,
    run::{Run, RunType},
    runs::Filter,
};
use crate::call::Call;

/// How many runs a list has that asks for no number (document, line 551).
const LIMIT_DEFAULT: usize = 20;
/// How many runs a list has at most.
const LIMIT_MAX: usize = 1000;

impl Workspace {
    pub(super) fn list_runs(&self, call: &Call) -> Value {
        let flag = |name: &str| call.arguments.get(name).and_then(Value::as_bool) == Some(true);
        let asked = call.text("run_type");
        let filter = Filter {
            job_id: call.integer("job_id"),
            run_type: RunType::ALL.into_iter().find(|run_type| Some(run_type.name()) == asked),
            active: match (flag("active_only"), flag("completed_only")) {
                (true, _) => Some(true),
                (false, true) => Some(false),
                (false, false) => None,
            },
        };
        // Validation lets no other word pass than those of the contract; of one type there is no run.
        if asked.is_some() && filter.run_type.is_none() {
            return json!({"has_more": false});
        }
        let number = |name: &str| call.integer(name).and_then(|n| usize::try_from(n).ok());
        let offset = number("offset").unwrap_or(0);
        let limit = match number("limit") {
            None => LIMIT_DEFAULT,
            Some(0) => LIMIT_MAX,
            Some(limit) => limit.min(LIMIT_MAX),
        };
        let mut runs = self.listed(filter, offset);
        let page: Vec<_> = runs.by_ref().take(limit).map(Run::shown).collect();
        let has_more = runs.next().is_some();
        // The service leaves an empty list out.
        if page.is_empty() {
            json!({"has_more": has_more})
        } else {
            json!({"runs": page, "has_more": has_more})
        }
    }

    pub(super) fn get_run(&self, call: &Call) -> Result<Value, Refusal> {
        self.state.runs.find(run_id(call)).map(Run::shown)
    }

    pub(super) fn cancel_run(&mut self, call: &Call) -> Result<Value, Refusal> {
        let run_id = run_id(call);
        self.state.runs.find(run_id)?;
        self.cancel(run_id);
        Ok(json!({}))
    }

    pub(super) fn cancel_all_runs(&mut self, call: &Call) -> Result<Value, Refusal> {
        let job_id = job_id(call);
        self.state.jobs.find(job_id)?;
        let active = Filter { job_id: Some(job_id), active: Some(true), ..Filter::default() };
        for run_id in self.state.runs.ids_matching(active) {
            self.cancel(run_id);
        }
        Ok(json!({}))
    }

    pub(super) fn delete_run(&mut self, call: &Call) -> Result<Value, Refusal> {
        let run_id = run_id(call);
        if self.state.runs.find(run_id)?.is_active() {
            let message = format!("Run {run_id} is active. Cancel it, or wait until it has ended.");
            return Err(Refusal::state(message));
        }
        self.state.runs.remove(run_id);
        Ok(json!({}))
    }
}

/// The run that a call names; validation demands one.
pub(super) fn run_id(call: &Call) -> i64 {
    call.integer("run_id").unwrap_or(0)
}
