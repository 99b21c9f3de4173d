//! Runs that are started: of a job that may have none, so that each ends at once and costs nothing, and
//! submitted ones.

use serde_json::json;

use super::{Aim, Going, Probe, Session, scenario};
use crate::contract::{
    Endpoint::{Get, RunNow, RunsGetOutput, RunsList},
    rules::Need,
};

pub(super) const PROBES: &[Probe] = &[
    scenario(
        "runs of a job that may have none",
        &[
            "run-now/schema/response",
            "run-now/schema/run-name",
            "run-now/lifecycle/skipped-message",
            "runs-get/schema/response",
            "runs-get-output/schema/response",
            "runs-get-output/schema/output-xor-error",
            "runs-get-output/schema/error-string",
            "run/schema/life-cycle-always",
            "run/schema/life-cycle-enum",
            "run/schema/trigger-enum",
            "run/schema/run-type-enum",
            "run/schema/run-page-url",
            "run/schema/state-message-string",
            "run/schema/run-duration-multitask-only",
            "run/lifecycle/skipped-only-before-running",
            "run/consistency/immutable-identity",
            "run/consistency/durations-non-negative",
            "run/consistency/cluster-spec-includes-libraries",
            "settings/schema/schedule-on-run",
            "run-now/consistency/run-visible",
            "run-now/consistency/run-id-unique",
            "run-now/consistency/number-matches-get",
            "run/consistency/number-starts-at-1",
            "run-now/consistency/number-strictly-increases",
            "run-now/schema/trigger-one-time",
            "run-now/schema/run-type-job-run",
            "run-now/lifecycle/skipped-when-zero",
            "run-now/lifecycle/skipped-immediately",
            "run-now/lifecycle/never-queued",
            "run/consistency/original-attempt-self",
            "run/consistency/attempt-number-zero",
            "run/consistency/start-time-window",
            "task/consistency/task-echo-on-run",
            "run-now/idempotency/no-token-not-deduplicated",
            "x/consistency/three-views-agree",
            "runs-get-output/consistency/metadata-equals-get",
            "runs-list/consistency/equals-get",
        ],
        &[Need::Cluster],
        skipped,
    ),
    scenario(
        "parameters of a run",
        &[
            "run-now/consistency/overriding-parameters",
            "run-now/consistency/no-override-absent",
            "run-now/consistency/params-not-persisted",
        ],
        &[Need::Cluster],
        parameters,
    ),
    scenario(
        "submitted runs",
        &[
            "runs-submit/schema/response",
            "runs-submit/consistency/run-visible",
            "runs-submit/schema/default-name",
            "runs-submit/consistency/run-name-echo",
            "runs-submit/schema/run-type-submit-run",
            "runs-submit/schema/trigger-one-time",
            "runs-submit/consistency/cluster-spec",
            "runs-submit/concurrency/unlimited-by-job",
            "list/consistency/excludes-one-time-runs",
        ],
        &[Need::Cluster],
        submitted,
    )
    .computing(),
];

fn skipped(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let first = session.idle_job(json!({"libraries": [{"pypi": {"package": "simplejson"}}]}))?;
    let second = session.idle_job(json!({}))?;
    for job in [first, second, first, first] {
        let run = session.start(job)?;
        session.get_run(run)?;
        session.skipped(run)?;
        session.call(RunsList, json!({"job_id": job}))?;
        session.call(RunsGetOutput, json!({"run_id": run}))?;
        session.get_run(run)?;
    }
    Ok(())
}

fn parameters(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let rows = [
        (
            json!({"notebook_task": {"notebook_path": "/Shared/a", "base_parameters": {"a": "1"}}}),
            json!({"notebook_params": {"a": "2", "b": "3"}}),
        ),
        (
            json!({"spark_python_task": {"python_file": "dbfs:/a.py", "parameters": ["x"]}}),
            json!({"python_params": ["john doe", "35"]}),
        ),
        (
            json!({"spark_jar_task": {"main_class_name": "com.example.Main"}}),
            json!({"jar_params": ["john doe", "", "35"]}),
        ),
    ];
    for (task, parameters) in rows {
        session.next_case();
        let mut settings = session.settings(None);
        settings.retain(|name, _| !name.ends_with("_task"));
        settings.extend(crate::check::session::object(task));
        settings.insert("max_concurrent_runs".to_owned(), 0.into());
        let job = session.create(settings)?;
        session.get(job)?;
        let run = session.start_with(job, parameters)?;
        session.get_run(run)?;
        session.call(Get, json!({"job_id": job}))?;
        let plain = session.call(RunNow, json!({"job_id": job}))?;
        let plain = session.given(plain, "run_id")?;
        session.get_run(plain)?;
    }
    Ok(())
}

fn submitted(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let task = session.profile().task.ok.as_ref();
    let libraries = json!({"libraries": [{"pypi": {"package": "simplejson"}}]});
    let name = session.name("né-運行");
    let mut runs =
        vec![session.submit(task, libraries)?, session.submit(task, json!({"run_name": name}))?];
    let mut nameless = session.submission(task, json!({}));
    nameless.remove("run_name");
    let started = session.call(crate::contract::Endpoint::RunsSubmit, nameless.into())?;
    runs.push(session.given(started, "run_id")?);
    for run in &runs {
        session.get_run(*run)?;
    }
    session.call(RunsList, json!({"run_type": "SUBMIT_RUN"}))?;
    session.call(crate::contract::Endpoint::List, json!({}))?;
    if session.profile().runs_execute {
        for run in runs {
            session.settle(run)?;
        }
    }
    Ok(())
}
