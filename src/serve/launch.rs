//! Runs that are asked for: run-now and runs/submit.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    Workspace,
    jobs::{check_tags, job_id},
    refusal::Refusal,
    run::{Assignment, Run, Trigger},
    settings::{self, Object},
    simulation::Start,
};
use crate::{call::Call, contract::Endpoint};

/// The parameters that a run-now can give.
const PARAMETERS: [&str; 4] =
    ["jar_params", "notebook_params", "python_params", "spark_submit_params"];

impl Workspace {
    pub(super) fn run_now(&mut self, call: &Call) -> Result<Value, Refusal> {
        let token = token(call);
        if let Some(run) = self.run_of(call.endpoint, token)? {
            return Ok(json!({"run_id": run.id, "number_in_job": run.number_in_job}));
        }
        let job_id = job_id(call);
        let settings = Arc::clone(&self.state.jobs.find(job_id)?.settings);
        let place = self.place(job_id, &settings)?;
        let number_in_job = self.next_number(job_id).ok_or_else(|| Refusal::no_job(job_id))?;
        let start = Start {
            job_id,
            number_in_job,
            retry_of: None,
            assignment: Arc::new(Assignment::of_job(&settings, Trigger::OneTime, parameters(call))),
            timeout_ms: settings::timeout_ms(&settings),
            token: token.map(str::to_owned),
            place,
        };
        let run_id = self.start(start, self.timeline.now_ms());
        Ok(json!({"run_id": run_id, "number_in_job": number_in_job}))
    }

    pub(super) fn submit_run(&mut self, call: &Call) -> Result<Value, Refusal> {
        let token = token(call);
        if let Some(run) = self.run_of(call.endpoint, token)? {
            return Ok(json!({"run_id": run.id}));
        }
        let given = settings::known(call.endpoint.signature().request, &call.arguments);
        check_tags(&given)?;
        self.check_free_place()?;
        let place = self.place_of_submitted();
        // It stands in no list of jobs, but its run has one, as those of the service have.
        let job_id = self.issue_job()?;
        let start = Start {
            job_id,
            number_in_job: 1,
            retry_of: None,
            assignment: Arc::new(Assignment::of_submit(&given)),
            timeout_ms: settings::timeout_ms(&given),
            token: token.map(str::to_owned),
            place,
        };
        let run_id = self.start(start, self.timeline.now_ms());
        Ok(json!({"run_id": run_id}))
    }

    /// The run that a token started before; the rest of the request does not count then. A token belongs
    /// to its run for ever, also when the run is gone (document, lines 386 and 471).
    fn run_of(&self, endpoint: Endpoint, token: Option<&str>) -> Result<Option<&Run>, Refusal> {
        let known = token.and_then(|token| self.state.tokens.entries().get_key_value(token));
        let Some((token, run_id)) = known else { return Ok(None) };
        let found = self.state.runs.find(*run_id);
        if self.forgets_token(endpoint, token, found.as_ref().ok().copied()) {
            return Ok(None);
        }
        found.map(Some).map_err(|_| {
            let message =
                format!("The idempotency token belongs to run {run_id}, which has been deleted.");
            Refusal::invalid(message)
        })
    }
}

/// The idempotency token; an empty one is none.
fn token(call: &Call) -> Option<&str> {
    call.text("idempotency_token").filter(|token| !token.is_empty())
}

/// The parameters as sent, if there are any.
pub(super) fn parameters(call: &Call) -> Option<Object> {
    let sent = PARAMETERS.iter().filter_map(|name| call.arguments.get_key_value(*name));
    let sent: Object = sent.map(|(name, value)| (name.clone(), value.clone())).collect();
    (!sent.is_empty()).then_some(sent)
}
