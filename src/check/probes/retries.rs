//! Attempts: runs that fail or time out, and what follows.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Aim, Going, Probe, Session, scenario};
use crate::{
    check::profile::Fragment,
    contract::{
        Endpoint::{RunsCancel, RunsList},
        rules::Need,
    },
};

/// The least time from the start of one attempt to that of the next, in milliseconds.
const INTERVAL_MS: u64 = 1500;
/// How often a list is looked at while attempts are waited for.
const LOOK: Duration = Duration::from_millis(200);

pub(super) const PROBES: &[Probe] = &[
    scenario(
        "a run that fails is tried again",
        &[
            "run/lifecycle/retry-created",
            "run/lifecycle/retry-attempt-numbers",
            "run/lifecycle/retry-max-attempt",
            "run/lifecycle/retry-trigger",
            "run/lifecycle/retry-min-interval",
        ],
        &[Need::Cluster, Need::FailingTask, Need::Executor],
        failing,
    )
    .computing(),
    scenario(
        "a run that succeeds is not tried again",
        &["run/lifecycle/retry-stops-on-success"],
        &[Need::Cluster, Need::SucceedingTask, Need::Executor],
        succeeding,
    )
    .computing(),
    scenario(
        "a run that fails is not tried again by default",
        &["create/schema/default-retries", "runs-submit/lifecycle/no-retry"],
        &[Need::Cluster, Need::FailingTask],
        default,
    )
    .computing(),
    scenario(
        "runs that time out are tried again if that is asked for",
        &["run/lifecycle/no-retry-on-timeout-default", "run/lifecycle/retry-on-timeout"],
        &[Need::Cluster, Need::SlowTask, Need::Executor],
        timing_out,
    )
    .computing(),
    scenario("a cancelled run is not tried again", &["run/lifecycle/no-retry-after-cancel"], &[Need::Cluster, Need::SlowTask], cancelled)
        .computing(),
];

/// Starts a run of a job with these settings, and looks until there can be no further attempt.
fn tried(
    session: &mut Session<'_, '_>,
    task: Option<&Fragment>,
    more: Value,
    attempts: usize,
) -> Going<()> {
    session.next_case();
    let interval_ms = more.get("min_retry_interval_millis").and_then(Value::as_u64).unwrap_or(0);
    let job = session.job(task, more)?;
    session.start(job)?;
    let settle = session.history.surroundings.deadlines.settle;
    let patience = settle + Duration::from_millis(interval_ms);
    let mut looks = 0;
    // First until all attempts that are asked for have ended …
    loop {
        let runs = attempts_of(session, job)?;
        let ended = runs.iter().filter(|(_, ended)| *ended).count();
        if ended >= attempts || LOOK * looks > patience * u32::try_from(attempts).unwrap_or(1) {
            break;
        }
        session.wait(LOOK)?;
        looks += 1;
    }
    for (run, _) in attempts_of(session, job)? {
        session.get_run(run)?;
    }
    // … and then once more, when there can be none that is still to come.
    session.wait(patience)?;
    session.wait(LOOK)?;
    for (run, _) in attempts_of(session, job)? {
        session.get_run(run)?;
    }
    Ok(())
}

/// The runs of a job that a list shows, and whether each has ended.
fn attempts_of(session: &mut Session<'_, '_>, job: i64) -> Going<Vec<(i64, bool)>> {
    let list = session.call(RunsList, json!({"job_id": job}))?;
    let body = session.body(list);
    let runs = body.get("runs").and_then(Value::as_array).into_iter().flatten();
    let run = |run: &Value| {
        let state = run.pointer("/state/life_cycle_state").and_then(Value::as_str)?;
        let ended = ["TERMINATED", "SKIPPED", "INTERNAL_ERROR"].contains(&state);
        Some((run.get("run_id")?.as_i64()?, ended))
    };
    Ok(runs.filter_map(run).collect())
}

fn failing(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let task = session.profile().task.fail.as_ref();
    let more = json!({"max_retries": 2, "min_retry_interval_millis": INTERVAL_MS});
    tried(session, task, more, 3)
}

fn succeeding(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let task = session.profile().task.ok.as_ref();
    tried(session, task, json!({"max_retries": 2}), 1)
}

fn default(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let task = session.profile().task.fail.as_ref();
    tried(session, task, json!({}), 1)?;
    let run = session.submit(task, json!({}))?;
    session.settle(run)?;
    session.wait(session.history.surroundings.deadlines.settle)?;
    session.call(RunsList, json!({"run_type": "SUBMIT_RUN"}))?;
    session.get_run(run)?;
    Ok(())
}

fn timing_out(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let task = session.profile().task.slow.as_ref();
    tried(session, task, json!({"max_retries": 1, "timeout_seconds": 1}), 1)?;
    let more = json!({"max_retries": 1, "timeout_seconds": 1, "retry_on_timeout": true});
    tried(session, task, more, 2)
}

fn cancelled(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let task = session.profile().task.slow.as_ref();
    let job = session.job(task, json!({"max_retries": 1}))?;
    let run = session.start(job)?;
    session.begun(run)?;
    session.call(RunsCancel, json!({"run_id": run}))?;
    session.stopped(run)?;
    session.wait(session.history.surroundings.deadlines.settle)?;
    session.wait(LOOK)?;
    session.call(RunsList, json!({"job_id": job}))?;
    Ok(())
}
