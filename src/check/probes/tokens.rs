//! Idempotency tokens, one request after the other.

use serde_json::{Map, Value, json};

use super::{Aim, Going, Probe, Session, scenario};
use crate::{
    check::{
        program::{Act, Form},
        session::object,
    },
    contract::{
        Endpoint::{RunNow, RunsCancel, RunsDelete, RunsList, RunsSubmit},
        rules::Need,
    },
    oracle::Expect,
};

pub(super) const PROBES: &[Probe] = &[
    scenario(
        "tokens of a job that may have no run",
        &[
            "run-now/idempotency/same-token-same-run",
            "run-now/idempotency/same-number-in-job",
            "run-now/idempotency/no-second-run",
            "run-now/idempotency/skipped-run-keeps-token",
            "run-now/idempotency/different-body-same-run",
            "run-now/idempotency/different-token-different-run",
            "run-now/idempotency/rejected-does-not-consume",
            "run-now/idempotency/token-other-job",
        ],
        &[Need::Cluster],
        of_job,
    ),
    scenario(
        "the token of a deleted run",
        &["run-now/idempotency/deleted-run-error"],
        &[Need::Cluster],
        deleted,
    ),
    scenario(
        "an answer that is lost",
        &["run-now/idempotency/lost-response"],
        &[Need::Cluster],
        lost,
    ),
    scenario(
        "the token of a run that has ended",
        &["run-now/idempotency/after-terminal"],
        &[Need::Cluster, Need::SucceedingTask],
        ended,
    )
    .computing(),
    scenario(
        "tokens of submitted runs",
        &[
            "runs-submit/idempotency/same-token-same-run",
            "runs-submit/idempotency/no-second-run",
            "runs-submit/idempotency/different-body-same-run",
            "runs-submit/idempotency/different-token-different-run",
            "runs-submit/idempotency/rejected-does-not-consume",
        ],
        &[Need::Cluster],
        submitted,
    )
    .computing(),
    scenario(
        "the token of a submitted run that has ended, and is deleted",
        &["runs-submit/idempotency/after-terminal", "runs-submit/idempotency/deleted-run-error"],
        &[Need::Cluster, Need::SucceedingTask],
        submitted_ended,
    )
    .computing(),
    scenario(
        "an answer to a submit that is lost",
        &["runs-submit/idempotency/lost-response"],
        &[Need::Cluster],
        submit_lost,
    )
    .computing(),
];

fn of_job(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let job = session.idle_job(json!({}))?;
    let token = session.name("token");
    let again = json!({"job_id": job, "idempotency_token": token});
    session.list_runs(job)?;
    session.call(RunNow, again.clone())?;
    let second = session.call(RunNow, again.clone())?;
    session.list_runs(job)?;
    let run = session.given(second, "run_id")?;
    session.skipped(run)?;
    session.call(RunNow, again)?;
    let other_body =
        json!({"job_id": job, "idempotency_token": token, "notebook_params": {"a": "1"}});
    session.call(RunNow, other_body)?;
    session.list_runs(job)?;
    // Two tokens as long as may be that differ in the last letter only.
    let stem = format!("{:-<63}", session.name("token"));
    for last in ["a", "b"] {
        let long = format!("{stem}{last}");
        session.call(RunNow, json!({"job_id": job, "idempotency_token": long}))?;
    }
    let fresh = session.name("token");
    session.call(
        RunNow,
        json!({"job_id": job, "idempotency_token": fresh, "jar_params": "no list"}),
    )?;
    let valid = json!({"job_id": job, "idempotency_token": fresh});
    session.must("run-now/idempotency/rejected-does-not-consume", RunNow, valid)?;
    let other = session.idle_job(json!({}))?;
    session.call(RunNow, json!({"job_id": other, "idempotency_token": token}))?;
    Ok(())
}

fn deleted(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let job = session.idle_job(json!({}))?;
    let token = session.name("token");
    let again = json!({"job_id": job, "idempotency_token": token});
    let started = session.call(RunNow, again.clone())?;
    let run = session.given(started, "run_id")?;
    session.skipped(run)?;
    session.call(RunsDelete, json!({"run_id": run}))?;
    session.get_run(run)?;
    session.call(RunNow, again)?;
    session.list_runs(job)?;
    Ok(())
}

fn lost(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let job = session.idle_job(json!({}))?;
    let token = session.name("token");
    let again = json!({"job_id": job, "idempotency_token": token});
    session.perform(Act::Abandon(Form::new(RunNow, object(again.clone()))))?;
    session.call(RunNow, again.clone())?;
    session.call(RunNow, again)?;
    session.list_runs(job)?;
    Ok(())
}

fn ended(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let job = session.job(session.profile().task.ok.as_ref(), json!({"max_concurrent_runs": 3}))?;
    let token = session.name("token");
    let again = json!({"job_id": job, "idempotency_token": token});
    let started = session.call(RunNow, again.clone())?;
    let run = session.given(started, "run_id")?;
    session.settle(run)?;
    session.call(RunNow, again)?;
    session.list_runs(job)?;
    Ok(())
}

fn list_submitted(session: &mut Session<'_, '_>) -> Going<()> {
    session.call(RunsList, json!({"run_type": "SUBMIT_RUN", "limit": 0})).map(drop)
}

fn with_token(session: &mut Session<'_, '_>) -> (Map<String, Value>, String) {
    let token = session.name("token");
    let task = session.profile().task.ok.as_ref();
    let arguments = session.submission(task, json!({"idempotency_token": token}));
    (arguments, token)
}

fn submitted(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let (arguments, token) = with_token(session);
    session.call(RunsSubmit, arguments.clone().into())?;
    session.call(RunsSubmit, arguments.clone().into())?;
    list_submitted(session)?;
    let mut other_body = arguments;
    other_body.insert("timeout_seconds".to_owned(), 3600.into());
    session.call(RunsSubmit, other_body.into())?;
    list_submitted(session)?;
    let stem = format!("{:-<63}", session.name("token"));
    let task = session.profile().task.ok.as_ref();
    for last in ["a", "b"] {
        let long = json!({"idempotency_token": format!("{stem}{last}")});
        session.submit(task, long)?;
    }
    let fresh = format!("{token}-fresh");
    let broken =
        session.submission(task, json!({"idempotency_token": fresh, "libraries": "no list"}));
    session.call(RunsSubmit, broken.into())?;
    let valid = session.submission(task, json!({"idempotency_token": fresh}));
    let rule = "runs-submit/idempotency/rejected-does-not-consume";
    session.send(Form::new(RunsSubmit, valid).marked(rule, Expect::Done))?;
    Ok(())
}

fn submitted_ended(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let (arguments, _) = with_token(session);
    let started = session.call(RunsSubmit, arguments.clone().into())?;
    let run = session.given(started, "run_id")?;
    session.settle(run)?;
    session.call(RunsSubmit, arguments.clone().into())?;
    session.call(RunsDelete, json!({"run_id": run}))?;
    session.get_run(run)?;
    session.call(RunsSubmit, arguments.into())?;
    list_submitted(session)
}

fn submit_lost(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let (arguments, _) = with_token(session);
    session.perform(Act::Abandon(Form::new(RunsSubmit, arguments.clone())))?;
    let started = session.call(RunsSubmit, arguments.clone().into())?;
    session.call(RunsSubmit, arguments.into())?;
    list_submitted(session)?;
    if session.is_done(started) {
        let run = session.given(started, "run_id")?;
        session.call(RunsCancel, json!({"run_id": run}))?;
    }
    Ok(())
}
