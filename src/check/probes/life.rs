//! Runs that are put to work, from their start to their end.

use std::time::Duration;

use serde_json::json;

use super::{Aim, Going, Probe, Session, scenario};
use crate::contract::{
    Endpoint::{Reset, RunsDelete, RunsGetOutput, RunsList, Update},
    rules::Need,
};

pub(super) const PROBES: &[Probe] = &[
    scenario(
        "a run that succeeds",
        &[
            "run/lifecycle/success",
            "run/schema/result-enum",
            "run/schema/absent-not-empty",
            "run/lifecycle/allowed-transitions",
            "run/lifecycle/terminal-is-final",
            "run/lifecycle/no-result-before-end",
            "run/lifecycle/result-when-terminated",
            "run/lifecycle/result-never-changes",
            "run/lifecycle/result-terminating",
            "run/consistency/end-time-zero-while-active",
            "run/consistency/end-time-set-when-terminal",
            "run/consistency/cluster-spec-snapshot",
            "run/consistency/durations-sum",
            "run/schema/cluster-id-for-existing",
            "run/schema/cluster-instance-appears-once",
            "run/schema/spark-context-when-running",
            "x/consistency/three-views-agree",
        ],
        &[Need::Cluster, Need::SucceedingTask],
        succeeds,
    )
    .computing(),
    scenario(
        "a run on a new cluster",
        &["run/schema/cluster-instance-appears-once", "runs-submit/consistency/cluster-spec"],
        &[Need::NewCluster, Need::SucceedingTask],
        on_new_cluster,
    )
    .computing(),
    scenario(
        "a run that fails",
        &["run/lifecycle/failed"],
        &[Need::Cluster, Need::FailingTask],
        fails,
    )
    .computing(),
    scenario(
        "a cell that writes too much",
        &["run/limit/cell-output-8mb"],
        &[Need::Cluster, Need::BigCellTask],
        overflows,
    )
    .computing(),
    scenario(
        "runs that time out",
        &["run/lifecycle/timedout", "runs-submit/lifecycle/timeout", "run/schema/cancelled-flag"],
        &[Need::Cluster, Need::SlowTask, Need::Executor],
        times_out,
    )
    .computing(),
    scenario(
        "a timeout for an active run",
        &[
            "reset/lifecycle/timeout-applies-to-active",
            "update/lifecycle/timeout-applies-to-active",
        ],
        &[Need::Cluster, Need::SlowTask, Need::Executor],
        new_timeout,
    )
    .computing(),
    scenario(
        "lists of active runs",
        &[
            "runs-list/consistency/active-only",
            "runs-list/consistency/active-completed-complement",
            "runs-list/consistency/completed-only",
        ],
        &[Need::Cluster, Need::SlowTask],
        active,
    )
    .computing(),
    scenario(
        "runs that are deleted",
        &[
            "runs-delete/lifecycle/non-active-deleted",
            "runs-delete/consistency/output-export-gone",
            "runs-delete/consistency/job-kept",
            "runs-delete/consistency/number-not-reused",
            "runs-list/consistency/excludes-deleted",
        ],
        &[Need::Cluster],
        deleted,
    ),
    scenario(
        "an active run that is to be deleted",
        &["runs-delete/error/active", "runs-delete/error/active-no-effect"],
        &[Need::Cluster, Need::SlowTask],
        deleted_active,
    )
    .computing(),
];

/// All three views of a run, between two looks.
fn views(session: &mut Session<'_, '_>, job: i64, run: i64) -> Going<()> {
    session.get_run(run)?;
    session.call(RunsList, json!({"job_id": job}))?;
    session.call(RunsGetOutput, json!({"run_id": run}))?;
    session.get_run(run).map(drop)
}

fn succeeds(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let job = session.job(session.profile().task.ok.as_ref(), json!({"max_concurrent_runs": 2}))?;
    let run = session.start(job)?;
    views(session, job, run)?;
    session.settle(run)?;
    views(session, job, run)?;
    // An end is an end: nothing changes any more.
    session.wait(Duration::from_millis(100))?;
    views(session, job, run)
}

fn on_new_cluster(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let task = session.profile().task.ok.as_ref();
    let mut arguments = session.submission(task, json!({}));
    arguments.remove("existing_cluster_id");
    arguments.insert("new_cluster".to_owned(), json!(session.profile().new_cluster));
    let started = session.call(crate::contract::Endpoint::RunsSubmit, arguments.into())?;
    let run = session.given(started, "run_id")?;
    session.settle(run)?;
    session.get_run(run)?;
    Ok(())
}

fn fails(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let job = session.job(session.profile().task.fail.as_ref(), json!({}))?;
    let run = session.start(job)?;
    session.settle(run)?;
    views(session, job, run)
}

fn overflows(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let run = session.submit(session.profile().task.big_cell.as_ref(), json!({}))?;
    session.settle(run)?;
    Ok(())
}

fn times_out(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let slow = session.profile().task.slow.as_ref();
    let job = session.job(slow, json!({"timeout_seconds": 1}))?;
    let runs = [session.start(job)?, session.submit(slow, json!({"timeout_seconds": 1}))?];
    for run in runs {
        session.timed_out(run)?;
        session.get_run(run)?;
    }
    Ok(())
}

fn new_timeout(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let slow = session.profile().task.slow.as_ref();
    let first = session.job(slow, json!({}))?;
    let second = session.job(slow, json!({}))?;
    let runs = [session.start(first)?, session.start(second)?];
    for run in runs {
        session.begun(run)?;
    }
    let mut settings = session.settings(slow);
    settings.insert("timeout_seconds".to_owned(), 1.into());
    session.call(Reset, json!({"job_id": first, "new_settings": settings}))?;
    session.call(Update, json!({"job_id": second, "new_settings": {"timeout_seconds": 1}}))?;
    for run in runs {
        session.timed_out(run)?;
    }
    Ok(())
}

fn active(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let slow = session.profile().task.slow.as_ref();
    let job = session.job(slow, json!({"max_concurrent_runs": 1}))?;
    let run = session.start(job)?;
    session.begun(run)?;
    // The job has its one run: this one is skipped.
    let second = session.start(job)?;
    session.skipped(second)?;
    for filter in
        [json!({}), json!({"active_only": true}), json!({"completed_only": true}), json!({})]
    {
        let mut asked = json!({"job_id": job});
        for (name, value) in crate::check::session::object(filter) {
            asked[name] = value;
        }
        session.call(RunsList, asked)?;
    }
    session.call(RunsList, json!({"active_only": true}))?;
    views(session, job, run)
}

fn deleted(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let job = session.idle_job(json!({}))?;
    let mut runs = Vec::new();
    for _ in 0..3 {
        let run = session.start(job)?;
        session.skipped(run)?;
        runs.push(run);
    }
    let Some(last) = runs.last().copied() else { return Ok(()) };
    session.call(RunsDelete, json!({"run_id": last}))?;
    session.get_run(last)?;
    session.list_runs(job)?;
    session.call(RunsGetOutput, json!({"run_id": last}))?;
    session.get(job)?;
    let next = session.start(job)?;
    session.get_run(next)?;
    session.list_runs(job)?;
    Ok(())
}

fn deleted_active(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let slow = session.profile().task.slow.as_ref();
    let job = session.job(slow, json!({}))?;
    let run = session.start(job)?;
    session.begun(run)?;
    session.call(RunsDelete, json!({"run_id": run}))?;
    session.get_run(run)?;
    session.wait(Duration::from_secs(1))?;
    session.get_run(run)?;
    Ok(())
}
