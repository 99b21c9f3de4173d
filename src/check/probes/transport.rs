//! Who may come in, and what is no call.

use serde_json::{Value, json};

use super::{Aim, Going, Probe, Session, scenario};
use crate::{
    check::{
        program::{Ask, Credential, Form, Writing},
        session::object,
    },
    contract::{
        Endpoint::{
            self, Create, Delete, Get, List, Reset, RunNow, RunsCancel, RunsCancelAll, RunsDelete,
            RunsGet, RunsGetOutput, RunsList, RunsSubmit, Update,
        },
        rules::{Need, Safety},
    },
    oracle::{Expect, Mark},
};

const NO_CREDENTIAL: &str = "http/error/unauthenticated-rejected";
const NO_EFFECT: &str = "http/error/unauthenticated-no-effect";
const WRONG_TOKEN: &str = "http/error/bad-token-rejected";
const TOO_LONG: &str = "http/limit/request-10mb";
const LONG: &str = "http/limit/request-under-10mb";

/// The documented limit of a request, in bytes.
const REQUEST_BYTES_MAX: usize = 10 * 1024 * 1024;

pub(super) const PROBES: &[Probe] = &[
    scenario(
        "requests without a credential",
        &[NO_CREDENTIAL, NO_EFFECT],
        &[Need::Credentials],
        unauthenticated,
    ),
    scenario("requests with a wrong token", &[WRONG_TOKEN], &[Need::Credentials], wrong_token),
    scenario(
        "wrong methods",
        &["http/error/wrong-method", "http/error/wrong-method-no-effect"],
        &[],
        wrong_method,
    ),
    scenario(
        "what is no call",
        &["http/error/malformed-json", "http/error/body-not-object", "http/error/unknown-endpoint"],
        &[],
        no_call,
    )
    .reading(),
    Probe {
        safety: Safety::Volume,
        ..scenario("long requests", &[TOO_LONG, LONG], &[Need::Load], long)
    },
];

/// What every write could be done to: a job that starts nothing, and an ended run of it.
pub(super) fn ground(session: &mut Session<'_, '_>) -> Going<(i64, i64)> {
    let job = session.idle_job(json!({}))?;
    let run = session.start(job)?;
    session.skipped(run)?;
    Ok((job, run))
}

/// Every write, to things of one's own.
fn writes(session: &mut Session<'_, '_>, job: i64, run: i64) -> Vec<(Endpoint, Value)> {
    let mut settings = session.settings(None);
    settings.insert("max_concurrent_runs".to_owned(), 0.into());
    let other = session.name("renamed");
    let submission = session.submission(None, json!({}));
    let mut writes = vec![
        (Create, settings.clone().into()),
        (Reset, json!({"job_id": job, "new_settings": settings})),
        (Update, json!({"job_id": job, "new_settings": {"name": other}})),
        (RunNow, json!({"job_id": job})),
        (RunsSubmit, submission.into()),
        (RunsCancel, json!({"run_id": run})),
        (RunsCancelAll, json!({"job_id": job})),
        (RunsDelete, json!({"run_id": run})),
        (Delete, json!({"job_id": job})),
    ];
    // A wrong server may take it, and starts what costs money.
    if !session.bench.permits(Safety::Compute) {
        writes.retain(|(endpoint, _)| *endpoint != RunsSubmit);
    }
    writes
}

fn look(session: &mut Session<'_, '_>, job: i64, run: i64) -> Going<()> {
    session.get(job)?;
    session.get_run(run)?;
    session.list_runs(job)?;
    session.call(List, json!({}))?;
    session.call(RunsList, json!({"run_type": "SUBMIT_RUN", "limit": 0})).map(drop)
}

fn unauthenticated(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let (job, run) = ground(session)?;
    session.call(RunsGetOutput, json!({"run_id": run}))?;
    let reads = [
        (List, json!({})),
        (Get, json!({"job_id": job})),
        (RunsList, json!({"job_id": job})),
        (RunsGet, json!({"run_id": run})),
        (RunsGetOutput, json!({"run_id": run})),
    ];
    for (endpoint, arguments) in reads {
        session.send(Form::new(endpoint, object(arguments)).with(Credential::None))?;
    }
    look(session, job, run)?;
    for (endpoint, arguments) in writes(session, job, run) {
        session.send(Form::new(endpoint, object(arguments)).with(Credential::None))?;
        look(session, job, run)?;
        if !session.is_done(session.history.entries().len() - 5) {
            // The job is gone: there is nothing more to lose.
            break;
        }
    }
    Ok(())
}

fn wrong_token(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    // A target that takes any credential takes a wrong one as well: then there is none.
    let probe = Form::new(List, object(json!({}))).with(Credential::Wrong);
    let first = session.send(probe)?;
    if session.is_done(first) {
        let why = "the target takes any credential".to_owned();
        session.inconclusive.push((WRONG_TOKEN, why));
        return Ok(());
    }
    let (job, run) = ground(session)?;
    let mut all = vec![(List, json!({})), (Get, json!({"job_id": job}))];
    all.extend(writes(session, job, run));
    for (endpoint, arguments) in all {
        let form = Form::new(endpoint, object(arguments)).with(Credential::Wrong);
        session.send(form.marked(WRONG_TOKEN, Expect::Refused))?;
    }
    Ok(())
}

fn wrong_method(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let (job, run) = ground(session)?;
    look(session, job, run)?;
    for (endpoint, arguments) in writes(session, job, run) {
        for method in ["GET", "PUT", "DELETE"] {
            let form = Form::new(endpoint, object(arguments.clone()));
            session.send(form.written(Writing::Method(method.to_owned())))?;
        }
        look(session, job, run)?;
        if !session.is_done(session.history.entries().len() - 5) {
            break;
        }
    }
    for (endpoint, arguments) in
        [(List, json!({})), (Get, json!({"job_id": job})), (RunsGet, json!({"run_id": run}))]
    {
        let form = Form::new(endpoint, object(arguments));
        session.send(form.written(Writing::Method("POST".to_owned())))?;
    }
    Ok(())
}

fn no_call(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    session.call(List, json!({}))?;
    let raw = |method: &str, path: &str, body: &str| Form {
        ask: Ask::Raw {
            method: method.to_owned(),
            target: format!("/api/2.0/jobs/{path}"),
            body: body.to_owned(),
        },
        credential: Credential::Own,
        mark: None::<Mark>,
    };
    for body in ["{\"job_id\": ", "{\"job_id\": 1,}", "job_id=1", "{'job_id': 1}"] {
        session.send(raw("POST", "runs/cancel", body))?;
    }
    for body in ["[]", "\"text\"", "1", "[{\"job_id\": 1}]"] {
        session.send(raw("POST", "runs/cancel", body))?;
    }
    for (method, path) in
        [("GET", "jobdeck-nope"), ("POST", "jobdeck-nope"), ("GET", "runs/jobdeck-nope")]
    {
        session.send(raw(method, path, ""))?;
    }
    Ok(())
}

fn long(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let job = session.idle_job(json!({}))?;
    session.start(job)?;
    let form = || Form::new(RunNow, object(json!({"job_id": job})));
    let padded = |bytes| Writing::Padded(bytes);
    session.send(form().written(padded(9 * 1024 * 1024)).marked(LONG, Expect::Done))?;
    session.list_runs(job)?;
    session.send(form().written(padded(REQUEST_BYTES_MAX)).marked(TOO_LONG, Expect::Refused))?;
    session.list_runs(job)?;
    Ok(())
}
