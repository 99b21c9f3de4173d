//! Runs as a faulty workspace shows them.

use serde_json::{Map, Value, json};

use super::{
    Behaviour::{self, *},
    misheard::minutely,
};
use crate::{
    contract::{LifeCycleState, ResultState},
    serve::{
        Workspace, answers,
        run::{Run, RunType, Stage, Trigger},
        settings,
    },
};

/// How long a running run shows one state before it shows the other.
const TURN_MS: i64 = 100;
/// How long after it was seen TERMINATED a run wakes.
const REST_MS: i64 = 20;

impl Workspace {
    /// Changes a run as it is shown to what a faulty workspace shows instead.
    pub(super) fn distort_run(&mut self, behaviour: Behaviour, shown: &mut Map<String, Value>) {
        let run_id = shown.get("run_id").and_then(Value::as_i64).unwrap_or(0);
        let Ok(run) = self.state.runs.find(run_id).cloned() else { return };
        self.distort_state(behaviour, &run, shown);
        self.distort_times(behaviour, &run, shown);
        self.distort_rest(behaviour, &run, shown);
    }

    fn distort_state(&mut self, behaviour: Behaviour, run: &Run, shown: &mut Map<String, Value>) {
        let now_ms = self.timeline.now_ms();
        let memory = &mut self.state.memory;
        match (behaviour, run.stage) {
            (ResultEarly, Stage::Running { .. }) => {
                set_result(shown, run.assignment.script.result.name());
            }
            (ResultMissing, _) => {
                if let Some(Value::Object(state)) = shown.get_mut("state") {
                    state.shift_remove("result_state");
                }
            }
            (ResultFlips, Stage::Terminating { result: ResultState::Success, .. }) => {
                memory.seen_succeeding.insert(run.id);
            }
            (ResultFlips, Stage::Terminated { .. }) if memory.seen_succeeding.contains(&run.id) => {
                set_result(shown, ResultState::Failed.name());
            }
            (StateGoesBack, Stage::Running { from_ms })
                if (now_ms - from_ms) / TURN_MS % 2 == 1 =>
            {
                set_state(shown, LifeCycleState::Pending);
            }
            (BegunRunQueues, Stage::Running { from_ms })
                if run.begin_ms > run.start_ms && (now_ms - from_ms) / TURN_MS % 2 == 1 =>
            {
                set_state(shown, LifeCycleState::Queued);
            }
            (EndedRunWakes, Stage::Terminated { .. }) => {
                let seen_ms = *memory.seen_ended_ms.entry(run.id).or_insert(now_ms);
                if now_ms >= seen_ms + REST_MS {
                    set_state(shown, LifeCycleState::Terminating);
                    shown.insert("end_time".to_owned(), json!(0));
                }
            }
            (ResultSpelledOtherwise, _) => match run.result() {
                Some(ResultState::Success) => set_result(shown, "SUCCESSFUL"),
                Some(ResultState::TimedOut) => set_result(shown, "TIMED_OUT"),
                Some(ResultState::Failed | ResultState::Canceled) | None => {}
            },
            (FailureShowsSkipped, Stage::Terminated { result: ResultState::Failed, .. }) => {
                set_state(shown, LifeCycleState::Skipped);
                if let Some(Value::Object(state)) = shown.get_mut("state") {
                    state.shift_remove("result_state");
                }
            }
            (CancelledResultFlips, Stage::Terminated { result, .. })
                if memory.cancelled_runs.contains(&run.id)
                    && memory.seen_ended_ms.insert(run.id, now_ms).is_some() =>
            {
                let canceled = result == ResultState::Canceled;
                let other = if canceled { ResultState::Success } else { ResultState::Canceled };
                set_result(shown, other.name());
            }
            (SkippedWithoutReason, Stage::Skipped { .. }) => {
                shown["state"]["state_message"] = "".into();
            }
            (MessageAsNumber, _) => shown["state"]["state_message"] = 0.into(),
            (CancelledFlagFalse, _) => shown["state"]["user_cancelled_or_timedout"] = false.into(),
            (CancelEndsFailed, _) if run.result() == Some(ResultState::Canceled) => {
                set_result(shown, ResultState::Failed.name());
                shown["state"]["user_cancelled_or_timedout"] = false.into();
            }
            _ => {}
        }
    }

    fn distort_times(&self, behaviour: Behaviour, run: &Run, shown: &mut Map<String, Value>) {
        let end_ms = match behaviour {
            EndTimeEarly if run.is_active() => self.timeline.now_ms(),
            EndTimeMissing if !run.is_active() => 0,
            CancelAllRewritesEnded => match self.state.memory.moved_ends_ms.get(&run.id) {
                Some(moved_ms) => *moved_ms,
                None => return,
            },
            DurationsTooLong if !run.is_active() => {
                let lasted_ms =
                    shown.get("execution_duration").and_then(Value::as_i64).unwrap_or(0);
                shown.insert("execution_duration".to_owned(), (lasted_ms + 3_600_000).into());
                return;
            }
            StartTimeInSeconds => return answers::in_seconds(shown, "start_time"),
            _ => return,
        };
        shown.insert("end_time".to_owned(), end_ms.into());
    }

    fn distort_rest(&self, behaviour: Behaviour, run: &Run, shown: &mut Map<String, Value>) {
        let is_retry = run.attempt_number > 0;
        let is_of_job = run.assignment.run_type == RunType::Job && !is_retry;
        let is_asked_for = is_of_job && matches!(run.assignment.trigger, Trigger::OneTime);
        let is_terminated = matches!(run.stage, Stage::Terminated { .. });
        let (name, value): (_, Value) = match behaviour {
            OverridesLost => {
                shown.shift_remove("overriding_parameters");
                return;
            }
            ClusterSpecWithoutLibraries => {
                if let Some(Value::Object(spec)) = shown.get_mut("cluster_spec") {
                    spec.shift_remove("libraries");
                }
                return;
            }
            ScheduleLost => {
                shown.shift_remove("schedule");
                return;
            }
            ScheduleOnEveryRun => ("schedule", minutely()),
            ScheduleOnRetry if is_retry => match &run.assignment.trigger {
                Trigger::Periodic { schedule } => ("schedule", schedule.clone()),
                Trigger::OneTime | Trigger::RunJobTask => return,
            },
            ScheduleFollowsJob if shown.contains_key("schedule") => {
                let job = self.state.jobs.find(run.job_id).ok();
                let now =
                    job.and_then(|job| settings::shown(&job.settings).shift_remove("schedule"));
                match now {
                    Some(now) => ("schedule", now),
                    None => return,
                }
            }
            OverridesMadeUp if run.assignment.parameters.is_none() => {
                ("overriding_parameters", json!({"notebook_params": {"made": "up"}}))
            }
            RunNowTriggerPeriodic if is_asked_for => ("trigger", "PERIODIC".into()),
            TriggerSpelledOtherwise if is_asked_for => ("trigger", "MANUAL".into()),
            RunNowTypeWorkflow if is_of_job => ("run_type", "WORKFLOW_RUN".into()),
            RunTypeSpelledOtherwise => ("run_type", "JOB".into()),
            ClusterSpecForgotten if is_terminated => ("cluster_spec", json!({})),
            SetupNegative => ("setup_duration", (-1).into()),
            RunDurationShown => ("run_duration", 1000.into()),
            RunNameTooLong => ("run_name", "n".repeat(5000).into()),
            RunPageRelative => ("run_page_url", "#job/run".into()),
            AttemptsFromOne => ("attempt_number", (run.attempt_number + 1).into()),
            ResetRewritesRuns => {
                if let Some(rewritten) = self.state.memory.rewritten.get(&run.id) {
                    shown.insert("task".to_owned(), rewritten.task.clone().into());
                    shown.insert("cluster_spec".to_owned(), rewritten.cluster_spec.clone().into());
                }
                return;
            }
            ClusterOfRunMoves | EmptyInsteadOfAbsent | ContextNeverShown => {
                return distort_cluster(behaviour, run, shown);
            }
            SubmitTriggerPeriodic if run.assignment.run_type == RunType::Submit => {
                ("trigger", "PERIODIC".into())
            }
            RetryTriggerOneTime if is_retry => ("trigger", "ONE_TIME".into()),
            OriginalAttemptZero if !is_retry => ("original_attempt_run_id", 0.into()),
            RetryAttemptStuck if is_retry => ("attempt_number", 1.into()),
            _ => return,
        };
        shown.insert(name.to_owned(), value);
    }
}

fn distort_cluster(behaviour: Behaviour, run: &Run, shown: &mut Map<String, Value>) {
    let over = matches!(run.stage, Stage::Terminating { .. } | Stage::Terminated { .. });
    let skipped = matches!(run.stage, Stage::Skipped { .. });
    match (behaviour, shown.get_mut("cluster_instance")) {
        (ClusterOfRunMoves, Some(Value::Object(cluster))) if over => {
            if let Some(id) = cluster.get("cluster_id").and_then(Value::as_str) {
                let moved = format!("{id}-moved");
                cluster.insert("cluster_id".to_owned(), moved.into());
            }
        }
        (ContextNeverShown, Some(Value::Object(cluster))) => {
            cluster.shift_remove("spark_context_id");
        }
        (EmptyInsteadOfAbsent, Some(Value::Object(cluster))) => {
            cluster.entry("spark_context_id").or_insert("".into());
        }
        (EmptyInsteadOfAbsent, None) if !skipped => {
            let cluster = json!({"cluster_id": "", "spark_context_id": ""});
            shown.insert("cluster_instance".to_owned(), cluster);
        }
        _ => {}
    }
}

fn set_state(shown: &mut Map<String, Value>, state: LifeCycleState) {
    shown["state"]["life_cycle_state"] = state.name().into();
}

fn set_result(shown: &mut Map<String, Value>, result: &str) {
    shown["state"]["result_state"] = result.into();
}
