//! Runs that are cancelled, and the room that a job has for others.

use std::time::Duration;

use serde_json::json;

use super::{Aim, Going, Probe, Session, scenario};
use crate::contract::{
    Endpoint::{Delete, Reset, RunNow, RunsCancel, RunsCancelAll, RunsDelete, RunsList},
    rules::Need,
};

pub(super) const PROBES: &[Probe] = &[
    scenario(
        "a run that is cancelled",
        &[
            "runs-cancel/lifecycle/eventually-terminated",
            "runs-cancel/lifecycle/result-canceled",
            "runs-cancel/idempotency/double-cancel",
            "runs-cancel/consistency/others-untouched",
            "runs-delete/lifecycle/cancel-then-delete",
            "run/schema/cancelled-flag",
        ],
        &[Need::Cluster, Need::SlowTask],
        cancelled,
    )
    .computing(),
    scenario(
        "a pending run that is cancelled",
        &["runs-cancel/lifecycle/pending-run"],
        &[Need::Cluster, Need::SlowTask],
        pending,
    )
    .computing(),
    scenario(
        "cancels of what has ended",
        &[
            "runs-cancel/idempotency/terminal-noop",
            "runs-cancel-all/consistency/completed-untouched",
            "runs-cancel-all/idempotency/no-active",
        ],
        &[Need::Cluster],
        ended,
    ),
    scenario(
        "all runs of a job are cancelled",
        &[
            "runs-cancel-all/lifecycle/cancels-all-active",
            "runs-cancel-all/lifecycle/new-runs-allowed",
            "runs-cancel-all/consistency/other-jobs-untouched",
        ],
        &[Need::Cluster, Need::SlowTask],
        all,
    )
    .computing(),
    scenario(
        "a job with an active run is removed",
        &["delete/lifecycle/active-runs-terminated"],
        &[Need::Cluster, Need::SlowTask],
        removed,
    )
    .computing(),
    scenario(
        "a job that has as many runs as it may",
        &[
            "run-now/lifecycle/skipped-when-full",
            "run-now/lifecycle/slot-freed",
            "create/schema/default-max-concurrent",
            "run-now/lifecycle/skipped-immediately",
        ],
        &[Need::Cluster, Need::SlowTask],
        full,
    )
    .computing(),
    scenario(
        "a job that may have fewer runs than it has",
        &["reset/lifecycle/lower-concurrency-keeps-active", "run-now/lifecycle/skipped-when-full"],
        &[Need::Cluster, Need::SlowTask],
        lowered,
    )
    .computing(),
];

fn cancelled(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let slow = session.profile().task.slow.as_ref();
    let job = session.job(slow, json!({"max_concurrent_runs": 3}))?;
    let runs = [session.start(job)?, session.start(job)?];
    for run in runs {
        session.begun(run)?;
    }
    session.call(RunsCancel, json!({"run_id": runs[0]}))?;
    session.call(RunsCancel, json!({"run_id": runs[0]}))?;
    session.stopped(runs[0])?;
    session.get_run(runs[1])?;
    session.call(RunsDelete, json!({"run_id": runs[0]}))?;
    session.get_run(runs[0])?;
    Ok(())
}

fn pending(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let slow = session.profile().task.slow.as_ref();
    let job = session.job(slow, json!({}))?;
    let run = session.start(job)?;
    session.get_run(run)?;
    session.call(RunsCancel, json!({"run_id": run}))?;
    session.stopped(run)?;
    Ok(())
}

fn ended(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let job = session.idle_job(json!({}))?;
    session.call(RunsCancelAll, json!({"job_id": job}))?;
    let run = session.start(job)?;
    session.skipped(run)?;
    session.get_run(run)?;
    session.call(RunsCancel, json!({"run_id": run}))?;
    session.get_run(run)?;
    session.call(RunsCancelAll, json!({"job_id": job}))?;
    session.get_run(run)?;
    if let (Some(ok), true) = (&session.profile().task.ok, session.profile().runs_execute) {
        if !session.bench.is_harmless() {
            return Ok(());
        }
        let job = session.job(Some(ok), json!({}))?;
        let run = session.start(job)?;
        session.settle(run)?;
        session.get_run(run)?;
        session.wait(Duration::from_millis(20))?;
        session.call(RunsCancel, json!({"run_id": run}))?;
        session.get_run(run)?;
        session.call(RunsCancelAll, json!({"job_id": job}))?;
        session.get_run(run)?;
    }
    Ok(())
}

fn all(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let slow = session.profile().task.slow.as_ref();
    let job = session.job(slow, json!({"max_concurrent_runs": 5}))?;
    let other = session.job(slow, json!({}))?;
    let mut runs = Vec::new();
    for _ in 0..3 {
        runs.push(session.start(job)?);
    }
    let of_other = session.start(other)?;
    for run in runs.iter().chain([&of_other]) {
        session.begun(*run)?;
    }
    session.call(RunsCancelAll, json!({"job_id": job}))?;
    session.must("runs-cancel-all/lifecycle/new-runs-allowed", RunNow, json!({"job_id": job}))?;
    for run in runs {
        session.stopped(run)?;
    }
    session.get_run(of_other)?;
    Ok(())
}

fn removed(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let slow = session.profile().task.slow.as_ref();
    let job = session.job(slow, json!({}))?;
    let run = session.start(job)?;
    session.begun(run)?;
    session.call(Delete, json!({"job_id": job}))?;
    session.stopped(run)?;
    Ok(())
}

fn full(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let slow = session.profile().task.slow.as_ref();
    // By default a job may have one run.
    for more in [json!({}), json!({"max_concurrent_runs": 2})] {
        session.next_case();
        let limit =
            more.get("max_concurrent_runs").and_then(serde_json::Value::as_i64).unwrap_or(1);
        let job = session.job(slow, more)?;
        let mut runs = Vec::new();
        for _ in 0..limit {
            let run = session.start(job)?;
            session.begun(run)?;
            runs.push(run);
        }
        let beyond = session.start(job)?;
        session.skipped(beyond)?;
        for run in &runs {
            session.get_run(*run)?;
        }
        for run in runs {
            session.call(RunsCancel, json!({"run_id": run}))?;
            session.stopped(run)?;
        }
        let next = session.start(job)?;
        session.begun(next)?;
        session.call(RunsList, json!({"job_id": job}))?;
    }
    Ok(())
}

fn lowered(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let slow = session.profile().task.slow.as_ref();
    let job = session.job(slow, json!({"max_concurrent_runs": 3}))?;
    let mut runs = Vec::new();
    for _ in 0..3 {
        let run = session.start(job)?;
        session.begun(run)?;
        runs.push(run);
    }
    let mut settings = session.settings(slow);
    settings.insert("max_concurrent_runs".to_owned(), 2.into());
    session.call(Reset, json!({"job_id": job, "new_settings": settings}))?;
    for run in &runs {
        session.get_run(*run)?;
    }
    let beyond = session.start(job)?;
    session.skipped(beyond)?;
    for run in &runs {
        session.get_run(*run)?;
    }
    Ok(())
}
