//! Ids that were never given.

use serde_json::{Value, json};

use super::{Aim, Going, Probe, Session, scenario, transport};
use crate::{
    check::{chance, program::Form, session::object},
    contract::Endpoint::{
        self, Delete, Get, Reset, RunNow, RunsCancel, RunsCancelAll, RunsDelete, RunsExport,
        RunsGet, RunsGetOutput, Update,
    },
    oracle::Expect::{self, Invalid, Refused, Settled},
};

/// What each endpoint does about an id that was never given. Those that read come first: only what they do
/// not know is named to the others.
const JOBS: [(Endpoint, &str, Expect); 6] = [
    (Get, "get/error/unknown-job", Refused),
    (Reset, "reset/error/unknown-job", Refused),
    (Update, "update/error/unknown-job", Refused),
    (RunNow, "run-now/error/unknown-job", Refused),
    (RunsCancelAll, "runs-cancel-all/error/unknown-job-400", Invalid),
    (Delete, "delete/error/never-existed", Settled),
];
const RUNS: [(Endpoint, &str, Expect); 5] = [
    (RunsGet, "runs-get/error/unknown-run", Refused),
    (RunsGetOutput, "runs-get-output/error/unknown-run-400", Invalid),
    (RunsExport, "runs-export/error/unknown-run", Refused),
    (RunsCancel, "runs-cancel/error/unknown-run-400", Invalid),
    (RunsDelete, "runs-delete/error/unknown-run", Settled),
];

pub(super) const PROBES: &[Probe] = &[
    scenario(
        "jobs that never existed",
        &[
            "get/error/unknown-job",
            "reset/error/unknown-job",
            "update/error/unknown-job",
            "run-now/error/unknown-job",
            "runs-cancel-all/error/unknown-job-400",
            "delete/error/never-existed",
        ],
        &[],
        jobs,
    ),
    scenario(
        "runs that never existed",
        &[
            "runs-get/error/unknown-run",
            "runs-get-output/error/unknown-run-400",
            "runs-export/error/unknown-run",
            "runs-cancel/error/unknown-run-400",
            "runs-delete/error/unknown-run",
        ],
        &[],
        runs,
    ),
];

/// An id from the top of all, where no server gives any soon.
fn id(aim: &Aim<'_>, place: &str) -> i64 {
    i64::MAX - i64::from(chance::stamp(aim.seed, place))
}

fn jobs(session: &mut Session<'_, '_>, aim: &Aim<'_>) -> Going<()> {
    let (job, run) = transport::ground(session)?;
    session.get(job)?;
    let settings = session.get(job)?;
    let settings = session.body(settings).get("settings").cloned().unwrap_or_default();
    let unknown = id(aim, "an unknown job");
    let arguments = |endpoint, job_id: i64| match endpoint {
        Reset => json!({"job_id": job_id, "new_settings": settings}),
        Update => json!({"job_id": job_id, "new_settings": {"timeout_seconds": 60}}),
        _ => json!({"job_id": job_id}),
    };
    name_each(session, &JOBS, &|endpoint| arguments(endpoint, unknown))?;
    // A refusal means something where what is there is taken.
    session.call(RunsDelete, json!({"run_id": run}))?;
    for (endpoint, ..) in JOBS {
        session.call(endpoint, arguments(endpoint, job))?;
    }
    Ok(())
}

fn runs(session: &mut Session<'_, '_>, aim: &Aim<'_>) -> Going<()> {
    let (_, run) = transport::ground(session)?;
    let unknown = id(aim, "an unknown run");
    name_each(session, &RUNS, &|_| json!({"run_id": unknown}))?;
    for (endpoint, ..) in RUNS {
        session.call(endpoint, json!({"run_id": run}))?;
    }
    Ok(())
}

/// Names an unknown thing to each endpoint, unless the first knows it.
fn name_each(
    session: &mut Session<'_, '_>,
    endpoints: &[(Endpoint, &'static str, Expect)],
    arguments: &dyn Fn(Endpoint) -> Value,
) -> Going<()> {
    for (index, (endpoint, rule, expect)) in endpoints.iter().enumerate() {
        let form = Form::new(*endpoint, object(arguments(*endpoint)));
        let read = session.send(form.marked(rule, *expect))?;
        if index == 0 && session.is_done(read) {
            break;
        }
    }
    Ok(())
}
