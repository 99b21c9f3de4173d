//! A run: what it is to do, how far it is, and how the service shows it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    script::{self, Script},
    settings::{self, Object, TASKS},
};
use crate::contract::{LifeCycleState, ResultState};

/// The user who creates everything here.
pub(super) const CREATOR: &str = "someone@jobdeck.invalid";
/// The longest name of a run, in bytes (document, line 1195).
const NAME_BYTES_MAX: usize = 4096;

/// One attempt to do what a request asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Run {
    pub(super) id: i64,
    pub(super) job_id: i64,
    /// Its number among the runs of the job, from 1.
    pub(super) number_in_job: i64,
    /// The first attempt: this run itself, or the one of which it is a retry.
    pub(super) original_attempt_run_id: i64,
    /// How many attempts there were before it.
    pub(super) attempt_number: i64,
    pub(super) assignment: Arc<Assignment>,
    /// How long it may take; none for ever.
    pub(super) timeout_ms: Option<i64>,
    pub(super) start_ms: i64,
    /// When it no longer waited for a place; later than its start if it was queued.
    pub(super) begin_ms: i64,
    /// The run of another job that its task has started.
    pub(super) other_run_id: Option<i64>,
    pub(super) stage: Stage,
}

/// What a run is to do: all that its attempts have in common.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Assignment {
    pub(super) run_type: RunType,
    pub(super) trigger: Trigger,
    pub(super) name: String,
    /// The task, such as `{"notebook_task": {…}}`.
    pub(super) task: Object,
    /// The cluster that was asked for, with its libraries.
    pub(super) cluster_spec: Object,
    /// The parameters of the run-now, as sent.
    pub(super) parameters: Option<Object>,
    pub(super) script: Script,
    pub(super) retries: Retries,
}

/// How a run came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum RunType {
    Job,
    Submit,
}

/// What fires the first attempt.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Trigger {
    /// Somebody asked for it.
    OneTime,
    /// This schedule, as the job has it.
    Periodic { schedule: Value },
    /// The task of a run of another job.
    RunJobTask,
}

/// When there is another attempt.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Retries {
    /// How many attempts may follow the first; -1 for any number.
    pub(super) max: i64,
    /// The least time from the start of an attempt to that of the next.
    pub(super) interval_min_ms: i64,
    pub(super) on_timeout: bool,
}

/// How far a run is. What began when is kept, so that the durations add up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Stage {
    /// It waits until fewer runs than this limit are active.
    Queued { limit: i64 },
    /// The cluster is being prepared.
    Pending,
    /// The task runs.
    Running { from_ms: i64 },
    /// The cluster is cleaned up. Without `ran_from_ms`, the task never began.
    Terminating { ran_from_ms: Option<i64>, from_ms: i64, result: ResultState },
    /// All is over, well or in an internal error.
    Terminated { ran_from_ms: Option<i64>, cleaned_from_ms: i64, end_ms: i64, result: ResultState },
    /// It never began, as so many runs of the job as may be were active.
    Skipped { limit: i64 },
}

impl RunType {
    pub(super) const ALL: [Self; 2] = [Self::Job, Self::Submit];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Job => "JOB_RUN",
            Self::Submit => "SUBMIT_RUN",
        }
    }
}

impl Assignment {
    /// What a run of a job with these settings is to do, given the parameters of its run-now.
    pub(super) fn of_job(given: &Object, trigger: Trigger, parameters: Option<Object>) -> Self {
        let integer = |name: &str| given.get(name).and_then(Value::as_i64).unwrap_or(0);
        let retries = Retries {
            max: integer("max_retries"),
            interval_min_ms: integer("min_retry_interval_millis"),
            on_timeout: given.get("retry_on_timeout").and_then(Value::as_bool).unwrap_or(false),
        };
        let name = settings::name(given);
        Self { trigger, ..Self::new(RunType::Job, name, given, parameters, retries) }
    }

    /// What a submitted run is to do.
    pub(super) fn of_submit(given: &Object) -> Self {
        let name = given.get("run_name").and_then(Value::as_str).unwrap_or("Untitled");
        Self::new(RunType::Submit, name, given, None, Retries::default())
    }

    fn new(
        run_type: RunType,
        name: &str,
        given: &Object,
        parameters: Option<Object>,
        retries: Retries,
    ) -> Self {
        let pick = |names: &[&str]| -> Object {
            let entries = names.iter().filter_map(|name| given.get_key_value(*name));
            entries.map(|(name, value)| (name.clone(), value.clone())).collect()
        };
        let task = pick(&TASKS);
        let script = script::of(&task, parameters.as_ref());
        let mut cluster_spec = pick(&["existing_cluster_id", "new_cluster", "libraries"]);
        settings::settle_driver(&mut cluster_spec);
        // A job's name has no limit, a run's has.
        let name = script::cut(name, NAME_BYTES_MAX).to_owned();
        let trigger = Trigger::OneTime;
        Self { run_type, trigger, name, task, cluster_spec, parameters, script, retries }
    }

    /// The job that the task runs, as the client knows it, if it runs one.
    pub(super) fn other_job_id(&self) -> Option<i64> {
        let job_id = self.task.get("run_job_task")?.get("job_id")?;
        job_id.as_i64().or_else(|| job_id.as_str()?.parse().ok())
    }
}

impl Run {
    pub(super) fn state(&self) -> LifeCycleState {
        match self.stage {
            Stage::Queued { .. } => LifeCycleState::Queued,
            Stage::Pending => LifeCycleState::Pending,
            Stage::Running { .. } => LifeCycleState::Running,
            Stage::Terminating { .. } => LifeCycleState::Terminating,
            Stage::Terminated { result: ResultState::Failed, .. }
                if self.assignment.script.breaks_off =>
            {
                LifeCycleState::InternalError
            }
            Stage::Terminated { .. } => LifeCycleState::Terminated,
            Stage::Skipped { .. } => LifeCycleState::Skipped,
        }
    }

    pub(super) fn is_active(&self) -> bool {
        !self.state().is_terminal()
    }

    /// When it ended, if it has.
    pub(super) fn end_ms(&self) -> Option<i64> {
        match self.stage {
            Stage::Queued { .. }
            | Stage::Pending
            | Stage::Running { .. }
            | Stage::Terminating { .. } => None,
            Stage::Terminated { end_ms, .. } => Some(end_ms),
            Stage::Skipped { .. } => Some(self.start_ms),
        }
    }

    /// The result as far as it is told: while the run is terminating, only that of a task that began
    /// (document, lines 1259 to 1261).
    pub(super) fn result(&self) -> Option<ResultState> {
        match self.stage {
            Stage::Queued { .. }
            | Stage::Pending
            | Stage::Running { .. }
            | Stage::Terminating { ran_from_ms: None, .. }
            | Stage::Skipped { .. } => None,
            Stage::Terminating { result, .. } | Stage::Terminated { result, .. } => Some(result),
        }
    }

    /// The run as runs/get shows it.
    pub(super) fn shown(&self) -> Value {
        let Self { id: run_id, job_id, assignment, .. } = self;
        let [setup_ms, execution_ms, cleanup_ms] = self.durations_ms();
        let schedule = match (self.attempt_number, &assignment.trigger) {
            (0, Trigger::Periodic { schedule }) => Some(schedule),
            _ => None,
        };
        let mut shown = json!({
            "job_id": job_id,
            "run_id": run_id,
            "creator_user_name": CREATOR,
            "number_in_job": self.number_in_job,
            "original_attempt_run_id": self.original_attempt_run_id,
            "state": self.state_shown(),
            "schedule": schedule,
            "task": assignment.task,
            "cluster_spec": assignment.cluster_spec,
            "cluster_instance": self.cluster_instance(),
            "overriding_parameters": assignment.parameters,
            "start_time": self.start_ms,
            "setup_duration": setup_ms,
            "execution_duration": execution_ms,
            "cleanup_duration": cleanup_ms,
            "end_time": self.end_ms().unwrap_or(0),
            "trigger": self.trigger(),
            "run_name": assignment.name,
            "run_page_url":
                format!("https://workspace.jobdeck.invalid/?o=0#job/{job_id}/run/{run_id}"),
            "run_type": assignment.run_type.name(),
            "attempt_number": self.attempt_number,
        });
        // What there is not is absent.
        if let Value::Object(shown) = &mut shown {
            shown.retain(|_, value| !value.is_null());
        }
        shown
    }

    /// What fired it.
    pub(super) fn trigger(&self) -> &'static str {
        match (self.attempt_number, &self.assignment.trigger) {
            (1.., _) => "RETRY",
            // The document has no word for the task of another run.
            (_, Trigger::OneTime | Trigger::RunJobTask) => "ONE_TIME",
            (_, Trigger::Periodic { .. }) => "PERIODIC",
        }
    }

    fn state_shown(&self) -> Value {
        let stopped = |result| matches!(result, ResultState::Canceled | ResultState::TimedOut);
        let (message, stopped) = match self.stage {
            Stage::Queued { limit } => {
                let message = format!("Queued until fewer than {limit} runs are active");
                (message, false)
            }
            Stage::Pending => ("Waiting for the cluster".to_owned(), false),
            Stage::Running { .. } => ("The task is running".to_owned(), false),
            Stage::Terminating { result, .. } => {
                ("Cleaning up the cluster".to_owned(), stopped(result))
            }
            Stage::Terminated { result, .. } => (self.farewell(result).into(), stopped(result)),
            Stage::Skipped { limit } => {
                let message = format!(
                    "Skipping this run because the limit of {limit} maximum concurrent runs has been \
                     reached."
                );
                (message, false)
            }
        };
        let mut state = json!({"life_cycle_state": self.state().name()});
        if let Some(result) = self.result() {
            state["result_state"] = result.name().into();
        }
        state["user_cancelled_or_timedout"] = stopped.into();
        state["state_message"] = message.into();
        state
    }

    fn farewell(&self, result: ResultState) -> &str {
        match result {
            ResultState::Failed if self.assignment.other_job_id().is_some() => {
                "The other job could not be run with success"
            }
            ResultState::Success | ResultState::Failed => &self.assignment.script.message,
            ResultState::TimedOut => "The run took longer than its timeout",
            ResultState::Canceled => "The run was cancelled",
        }
    }

    /// The cluster, as far as there is one: an existing one at once, a new one when the task begins; the
    /// Spark context when the task begins (document, lines 877 to 882).
    fn cluster_instance(&self) -> Option<Value> {
        let began = match self.stage {
            Stage::Queued { .. } | Stage::Pending => false,
            Stage::Running { .. } => true,
            Stage::Terminating { ran_from_ms, .. } | Stage::Terminated { ran_from_ms, .. } => {
                ran_from_ms.is_some()
            }
            Stage::Skipped { .. } => return None,
        };
        let spec = &self.assignment.cluster_spec;
        let cluster_id = match spec.get("existing_cluster_id") {
            // An empty id is as good as none, and an absent one is never shown empty.
            Some(existing) if *existing == "" => return None,
            Some(existing) => existing.clone(),
            None if began && spec.contains_key("new_cluster") => {
                format!("0101-000000-run{}", self.id).into()
            }
            None => return None,
        };
        let mut cluster = json!({"cluster_id": cluster_id});
        if began {
            cluster["spark_context_id"] = spark_context_id(self.id).into();
        }
        Some(cluster)
    }

    /// Setup, execution and clean-up, as far as they are over.
    fn durations_ms(&self) -> [i64; 3] {
        let start_ms = self.start_ms;
        let before = |ran_from_ms: Option<i64>, end_ms: i64| match ran_from_ms {
            Some(ran_from_ms) => [ran_from_ms - start_ms, end_ms - ran_from_ms],
            None => [end_ms - start_ms, 0],
        };
        match self.stage {
            Stage::Queued { .. } | Stage::Pending | Stage::Skipped { .. } => [0; 3],
            Stage::Running { from_ms } => [from_ms - start_ms, 0, 0],
            Stage::Terminating { ran_from_ms, from_ms, .. } => {
                let [setup, execution] = before(ran_from_ms, from_ms);
                [setup, execution, 0]
            }
            Stage::Terminated { ran_from_ms, cleaned_from_ms, end_ms, .. } => {
                let [setup, execution] = before(ran_from_ms, cleaned_from_ms);
                [setup, execution, end_ms - cleaned_from_ms]
            }
        }
    }
}

/// Nineteen digits as text, as the real service has them.
fn spark_context_id(run_id: i64) -> String {
    format!("1{:018}", run_id % 1_000_000_000_000_000_000)
}
