//! Valid requests that a faulty workspace refuses.

use serde_json::Value;

use super::Behaviour::{self, *};
use crate::{
    call::Call,
    contract::Endpoint::*,
    serve::{
        Workspace,
        jobs::{self, job_id},
        listing::run_id,
        refusal::Refusal,
        run::Stage,
        runs::Filter,
    },
};

/// The longest token that is taken where those of the greatest length are not.
const TOKEN_CHARS_TAKEN: usize = 63;

impl Workspace {
    /// The refusal of a call that should be taken, where it is refused.
    pub(super) fn decline(&self, call: &Call) -> Option<Refusal> {
        let declined = self.behaviours().into_iter().any(|behaviour| match call.endpoint {
            Create | RunsSubmit => declines_settings(behaviour, call),
            RunNow => self.declines_start(behaviour, call),
            Reset | Update => declines_change(behaviour, call),
            RunsCancel | RunsCancelAll | RunsDelete => self.declines_end(behaviour, call),
            _ => false,
        });
        declined.then(|| Refusal::invalid("This workspace does not do that."))
    }

    fn declines_start(&self, behaviour: Behaviour, call: &Call) -> bool {
        match behaviour {
            TokenOf64Refused => has_long_token(call),
            CancelAllBlocks => self.state.memory.blocked_jobs.contains(&job_id(call)),
            _ => false,
        }
    }

    fn declines_end(&self, behaviour: Behaviour, call: &Call) -> bool {
        let stage = self.state.runs.find(run_id(call)).ok().map(|run| run.stage);
        match (behaviour, call.endpoint) {
            (CancelAgainRefused, RunsCancel) => matches!(stage, Some(Stage::Terminating { .. })),
            (CancelledRunKept, RunsDelete) => matches!(
                stage,
                Some(Stage::Terminated { result: crate::contract::ResultState::Canceled, .. })
            ),
            (CancelAllOfNothingRefused, RunsCancelAll) => {
                let job_id = Some(job_id(call));
                let active = Filter { job_id, active: Some(true), ..Filter::default() };
                self.state.runs.count(active) == 0
            }
            _ => false,
        }
    }
}

fn declines_change(behaviour: Behaviour, call: &Call) -> bool {
    let new = jobs::new_settings(call);
    match (behaviour, call.endpoint) {
        (ResetOfScheduleRefused, Reset) => new.contains_key("schedule"),
        (UpdateSetsOrRemoves, Update) => {
            !new.is_empty() && call.arguments.contains_key("fields_to_remove")
        }
        _ => false,
    }
}

fn declines_settings(behaviour: Behaviour, call: &Call) -> bool {
    let arguments = &call.arguments;
    let number = |name: &str| call.integer(name);
    let schedule = |name: &str| {
        let schedule = arguments.get("schedule").and_then(|schedule| schedule.get(name));
        schedule.and_then(Value::as_str).unwrap_or_default()
    };
    let libraries = || arguments.get("libraries").map(Value::to_string).unwrap_or_default();
    let named = |names: &[&str]| names.iter().any(|name| arguments.contains_key(*name));
    match (behaviour, call.endpoint) {
        (ConcurrencyZeroRefused, Create) => number("max_concurrent_runs") == Some(0),
        (Concurrency1000Refused, Create) => number("max_concurrent_runs") == Some(1000),
        (EndlessRetriesRefused, Create) => number("max_retries") == Some(-1),
        (PipelineNeedsCluster, Create) => {
            named(&["pipeline_task"]) && !named(&["new_cluster", "existing_cluster_id"])
        }
        (CronSpecialsRefused, Create) => {
            schedule("quartz_cron_expression").contains(['L', 'W', '#'])
        }
        (ZoneWithSlashRefused, Create) => schedule("timezone_id").contains('/'),
        (ThirdWebhookRefused, Create) => {
            arguments.get("webhook_notifications").and_then(Value::as_object).is_some_and(
                |events| events.values().any(|all| all.as_array().is_some_and(|all| all.len() > 2)),
            )
        }
        (RetryOnTimeoutRefused, Create) => named(&["retry_on_timeout"]),
        (AutoscaleRefused, Create) => {
            arguments.get("new_cluster").is_some_and(|cluster| cluster.get("autoscale").is_some())
        }
        (AbfssLibraryRefused, Create) => libraries().contains("abfss:"),
        (PypiRepoRefused, Create) => libraries().contains("\"repo\""),
        (SubmitWithWebhooksRefused, RunsSubmit) => named(&["webhook_notifications"]),
        (SubmitTokenOf64Refused, RunsSubmit) => has_long_token(call),
        _ => false,
    }
}

fn has_long_token(call: &Call) -> bool {
    call.text("idempotency_token").is_some_and(|token| token.chars().count() > TOKEN_CHARS_TAKEN)
}
