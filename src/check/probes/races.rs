//! Requests at the same time.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Aim, Going, Phase, Probe, Session, scenario};
use crate::{
    check::{program::Form, session::object},
    contract::{
        Endpoint::{
            self, Create, Delete, Get, List, Reset, RunNow, RunsCancel, RunsDelete, RunsGet,
            RunsList, RunsSubmit, Update,
        },
        rules::Need,
    },
};

/// How many requests go out together.
const TOGETHER: usize = 16;
/// How often a race is run.
const ROUNDS: usize = 3;

pub(super) const PROBES: &[Probe] = &[
    scenario(
        "one token at the same time",
        &["run-now/concurrency/same-token-parallel", "run-now/idempotency/no-second-run"],
        &[Need::Cluster],
        one_token,
    )
    .in_phase(Phase::Concurrency),
    scenario(
        "many tokens at the same time",
        &["run-now/concurrency/distinct-tokens-parallel", "run-now/concurrency/numbers-unique"],
        &[Need::Cluster],
        many_tokens,
    )
    .in_phase(Phase::Concurrency),
    scenario(
        "one token of submits at the same time",
        &[
            "runs-submit/concurrency/same-token-parallel",
            "runs-submit/concurrency/distinct-tokens-parallel",
        ],
        &[Need::Cluster],
        submits,
    )
    .in_phase(Phase::Concurrency)
    .computing(),
    scenario(
        "creates at the same time",
        &["x/concurrency/create-parallel"],
        &[Need::Cluster],
        creates,
    )
    .in_phase(Phase::Concurrency),
    scenario(
        "deletes at the same time",
        &["x/concurrency/delete-vs-delete", "x/concurrency/delete-vs-run-now"],
        &[Need::Cluster],
        deletes,
    )
    .in_phase(Phase::Concurrency),
    scenario(
        "a delete of a run and its token at the same time",
        &["x/concurrency/delete-run-vs-token"],
        &[Need::Cluster],
        token_and_delete,
    )
    .in_phase(Phase::Concurrency),
    scenario(
        "resets and reads at the same time",
        &["x/concurrency/reset-atomic", "x/concurrency/reset-last-writer"],
        &[Need::Cluster],
        resets,
    )
    .in_phase(Phase::Concurrency),
    scenario(
        "updates and reads at the same time",
        &["get/consistency/sees-own-write"],
        &[Need::Cluster],
        updates,
    )
    .in_phase(Phase::Concurrency),
    scenario(
        "a delete of a run and reads of it at the same time",
        &["x/concurrency/runs-delete-vs-get"],
        &[Need::Cluster],
        delete_and_reads,
    )
    .in_phase(Phase::Concurrency),
    scenario(
        "lists while jobs and runs come and go",
        &["x/concurrency/list-during-writes"],
        &[Need::Cluster],
        lists,
    )
    .in_phase(Phase::Concurrency),
    scenario(
        "more starts than may run at the same time",
        &["run-now/concurrency/at-most-k-active", "run-now/concurrency/fills-k"],
        &[Need::Cluster, Need::SlowTask],
        at_most,
    )
    .in_phase(Phase::Concurrency)
    .computing(),
    scenario(
        "a cancel and an end at the same time",
        &["x/concurrency/cancel-vs-complete"],
        &[Need::Cluster, Need::SucceedingTask],
        cancel_and_end,
    )
    .in_phase(Phase::Concurrency)
    .computing(),
];

fn forms(endpoint: Endpoint, all: impl Iterator<Item = Value>) -> Vec<Form> {
    all.map(|arguments| Form::new(endpoint, object(arguments))).collect()
}

fn one_token(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    for _ in 0..ROUNDS {
        session.next_case();
        let job = session.idle_job(json!({}))?;
        session.list_runs(job)?;
        let token = session.name("token");
        let start = json!({"job_id": job, "idempotency_token": token});
        session.together(forms(RunNow, std::iter::repeat_n(start, TOGETHER)))?;
        session.list_runs(job)?;
    }
    Ok(())
}

fn many_tokens(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    for _ in 0..ROUNDS {
        session.next_case();
        let job = session.idle_job(json!({}))?;
        let starts: Vec<_> = (0..TOGETHER)
            .map(|_| json!({"job_id": job, "idempotency_token": session.name("token")}))
            .collect();
        session.together(forms(RunNow, starts.into_iter()))?;
        session.list_runs(job)?;
    }
    Ok(())
}

fn submits(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let task = session.profile().task.ok.as_ref();
    let token = session.name("token");
    let same = session.submission(task, json!({"idempotency_token": token}));
    session.together(forms(RunsSubmit, std::iter::repeat_n(Value::Object(same), TOGETHER)))?;
    session.call(RunsList, json!({"run_type": "SUBMIT_RUN", "limit": 0}))?;
    let several: Vec<_> = (0..4)
        .map(|_| {
            let token = session.name("token");
            Value::Object(session.submission(task, json!({"idempotency_token": token})))
        })
        .collect();
    session.together(forms(RunsSubmit, several.into_iter()))?;
    Ok(())
}

fn creates(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let settings: Vec<_> = (0..TOGETHER)
        .map(|_| {
            let mut settings = session.settings(None);
            settings.insert("max_concurrent_runs".to_owned(), 0.into());
            Value::Object(settings)
        })
        .collect();
    session.together(forms(Create, settings.into_iter()))?;
    session.call(List, json!({}))?;
    Ok(())
}

fn deletes(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    for _ in 0..ROUNDS {
        session.next_case();
        let job = session.idle_job(json!({}))?;
        let delete = json!({"job_id": job});
        session.together(forms(Delete, std::iter::repeat_n(delete, 4)))?;
        session.get(job)?;
        let job = session.idle_job(json!({}))?;
        let mut both = forms(RunNow, std::iter::repeat_n(json!({"job_id": job}), 4));
        both.insert(2, Form::new(Delete, object(json!({"job_id": job}))));
        session.together(both)?;
        session.call(RunNow, json!({"job_id": job}))?;
        session.get(job)?;
    }
    Ok(())
}

fn token_and_delete(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    for _ in 0..ROUNDS {
        session.next_case();
        let job = session.idle_job(json!({}))?;
        let token = session.name("token");
        let start = json!({"job_id": job, "idempotency_token": token});
        let started = session.call(RunNow, start.clone())?;
        let run = session.given(started, "run_id")?;
        session.skipped(run)?;
        let mut both = forms(RunNow, std::iter::repeat_n(start, 6));
        both.insert(3, Form::new(RunsDelete, object(json!({"run_id": run}))));
        session.together(both)?;
        session.list_runs(job)?;
    }
    Ok(())
}

/// Settings that no other write has, in more than one field.
fn unlike(session: &mut Session<'_, '_>, number: usize) -> Value {
    let mut settings = session.settings(None);
    settings.extend(object(json!({
        "max_concurrent_runs": 0, "timeout_seconds": 3600 + number, "max_retries": number + 1,
        "min_retry_interval_millis": 1000 + number,
    })));
    Value::Object(settings)
}

/// Resets of a job, each with a read beside it.
fn resets(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    for _ in 0..ROUNDS {
        session.next_case();
        let settings = unlike(session, 0);
        let job = session.create(object(settings))?;
        for burst in 0..2 {
            let mut all = Vec::new();
            for number in 1..=TOGETHER / 4 {
                let new = unlike(session, burst * TOGETHER + number);
                all.push(Form::new(Reset, object(json!({"job_id": job, "new_settings": new}))));
                all.push(Form::new(Get, object(json!({"job_id": job}))));
            }
            session.together(all)?;
            session.get(job)?;
            session.get(job)?;
        }
    }
    Ok(())
}

/// Updates of a job at the same time, which leave it to nobody what comes of them; then one that comes after.
fn updates(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    for _ in 0..ROUNDS {
        session.next_case();
        let settings = unlike(session, 0);
        let job = session.create(object(settings))?;
        let mut all = Vec::new();
        for number in 1..=TOGETHER / 4 {
            let new = json!({"name": session.name("renamed"), "timeout_seconds": 7200 + number});
            all.push(Form::new(Update, object(json!({"job_id": job, "new_settings": new}))));
            all.push(Form::new(Get, object(json!({"job_id": job}))));
        }
        session.together(all)?;
        session.get(job)?;
        let last = json!({"name": session.name("last"), "timeout_seconds": 600});
        session.call(Update, json!({"job_id": job, "new_settings": last}))?;
        session.get(job)?;
    }
    Ok(())
}

fn delete_and_reads(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    for _ in 0..ROUNDS {
        session.next_case();
        let job = session.idle_job(json!({}))?;
        let run = session.start(job)?;
        session.skipped(run)?;
        let read = json!({"run_id": run});
        let mut all = forms(RunsGet, std::iter::repeat_n(read.clone(), TOGETHER / 2));
        all.insert(2, Form::new(RunsDelete, object(read)));
        session.together(all)?;
        session.get_run(run)?;
        session.get_run(run)?;
    }
    Ok(())
}

/// Lists of jobs while some are made and one is removed, and of runs while some are started and one is deleted.
fn lists(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    for _ in 0..ROUNDS {
        session.next_case();
        let job = session.idle_job(json!({}))?;
        let gone = session.idle_job(json!({}))?;
        let run = session.start(job)?;
        session.skipped(run)?;
        session.start(job)?;
        let mut all = vec![Form::new(Delete, object(json!({"job_id": gone})))];
        for _ in 0..3 {
            let mut settings = session.settings(None);
            settings.insert("max_concurrent_runs".to_owned(), 0.into());
            all.push(Form::new(List, object(json!({}))));
            all.push(Form::new(Create, settings));
        }
        session.together(all)?;
        let mut all = vec![Form::new(RunsDelete, object(json!({"run_id": run})))];
        for _ in 0..3 {
            all.push(Form::new(RunsList, object(json!({"job_id": job}))));
            all.push(Form::new(RunNow, object(json!({"job_id": job}))));
        }
        session.together(all)?;
        session.list_runs(job)?;
    }
    Ok(())
}

fn at_most(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let slow = session.profile().task.slow.as_ref();
    let job = session.job(slow, json!({"max_concurrent_runs": 2}))?;
    let start = json!({"job_id": job});
    let started = session.together(forms(RunNow, std::iter::repeat_n(start, 6)))?;
    let mut runs = Vec::new();
    for index in started {
        if session.is_done(index) {
            runs.push(session.given(index, "run_id")?);
        }
    }
    for run in &runs {
        session.begun(*run)?;
    }
    for run in runs {
        session.get_run(run)?;
    }
    session.list_runs(job)?;
    Ok(())
}

/// Cancels at several times around the end of a task that takes no time, each of another run.
fn cancel_and_end(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let ok = session.profile().task.ok.as_ref();
    let mut runs = Vec::new();
    for _ in 0..6 {
        let job = session.job(ok, json!({}))?;
        runs.push(session.start(job)?);
    }
    for run in &runs {
        let read = || Form::new(RunsGet, object(json!({"run_id": run})));
        let cancel = Form::new(RunsCancel, object(json!({"run_id": run})));
        session.get_run(*run)?;
        session.together(vec![cancel, read(), read()])?;
        session.wait(Duration::from_millis(170))?;
    }
    for run in runs {
        session.settle(run)?;
        session.get_run(run)?;
    }
    Ok(())
}
