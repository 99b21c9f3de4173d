//! runs/list in parts, of a job whose 25 runs were all skipped.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Aim, Going, Probe, Session, scenario};
use crate::contract::{Endpoint::RunsList, rules::Need};

/// How many runs the job has: more than a list shows that asks for no number.
const RUNS: usize = 25;

pub(super) const PROBES: &[Probe] = &[
    scenario(
        "pages of runs",
        &[
            "runs-list/schema/response",
            "runs-list/pagination/order-desc",
            "runs-list/pagination/default-limit-20",
            "runs-list/pagination/limit-at-most",
            "runs-list/pagination/limit-exact",
            "runs-list/pagination/limit-0-is-max",
            "runs-list/pagination/offset",
            "runs-list/pagination/offset-past-end",
            "runs-list/pagination/has-more-true",
            "runs-list/pagination/has-more-false",
            "runs-list/pagination/partition",
            "runs-list/consistency/includes-new-run",
        ],
        &[Need::Cluster],
        pages,
    ),
    scenario(
        "filters of runs",
        &[
            "runs-list/consistency/job-filter",
            "runs-list/consistency/both-false",
            "runs-list/consistency/completed-only",
            "runs-list/consistency/active-completed-complement",
            "runs-list/consistency/all-jobs",
            "runs-list/consistency/run-type-filter",
            "runs-list/consistency/sixty-days",
            "runs-list/error/unknown-job",
        ],
        &[Need::Cluster],
        filters,
    ),
    scenario(
        "runs that come while others are listed",
        &["runs-list/pagination/append-during-walk"],
        &[Need::Cluster],
        appended,
    ),
];

fn list(session: &mut Session<'_, '_>, job: i64, more: Value) -> Going<usize> {
    let mut asked = json!({"job_id": job});
    for (name, value) in crate::check::session::object(more) {
        asked[name] = value;
    }
    session.call(RunsList, asked)
}

fn pages(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let job = session.idle_job(json!({}))?;
    let mut last = 0;
    for _ in 0..RUNS {
        last = session.start(job)?;
        // So that their starts differ.
        session.wait(Duration::from_millis(2))?;
    }
    session.skipped(last)?;
    // First what few runs would show as well, so that what is wrong with it is told by few.
    for limit in [1, 7, 19, 25, 100, 0] {
        list(session, job, json!({"limit": limit}))?;
    }
    list(session, job, json!({}))?;
    for offset in [1, 3, 20, 24, 25, 40] {
        list(session, job, json!({"offset": offset}))?;
        list(session, job, json!({"offset": offset, "limit": 4}))?;
    }
    for offset in [0, 7, 14, 21] {
        list(session, job, json!({"offset": offset, "limit": 7}))?;
    }
    Ok(())
}

fn filters(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let jobs = [session.idle_job(json!({}))?, session.idle_job(json!({}))?];
    for _ in 0..3 {
        for job in jobs {
            let run = session.start(job)?;
            session.skipped(run)?;
        }
    }
    for job in jobs {
        list(session, job, json!({}))?;
        list(session, job, json!({"active_only": true}))?;
        list(session, job, json!({"completed_only": true}))?;
        list(session, job, json!({}))?;
        list(session, job, json!({"active_only": false, "completed_only": false}))?;
        for run_type in ["JOB_RUN", "SUBMIT_RUN", "WORKFLOW_RUN"] {
            list(session, job, json!({"run_type": run_type}))?;
        }
    }
    session.call(RunsList, json!({}))?;
    session.call(RunsList, json!({"completed_only": true}))?;
    session.call(RunsList, json!({"run_type": "JOB_RUN", "limit": 10}))?;
    // A number at the end of all numbers, which no job is given soon.
    session.call(RunsList, json!({"job_id": i64::MAX - 4711}))?;
    Ok(())
}

fn appended(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let job = session.idle_job(json!({}))?;
    for _ in 0..7 {
        session.start(job)?;
        session.wait(Duration::from_millis(2))?;
    }
    let mut offset = 0;
    // Each page comes after one more run: more pages than these would be no walk.
    for _ in 0..6 {
        let page = list(session, job, json!({"offset": offset, "limit": 3}))?;
        let body = session.body(page);
        if body.get("has_more") != Some(&true.into()) {
            break;
        }
        offset += body.get("runs").and_then(Value::as_array).map_or(0, Vec::len);
        session.start(job)?;
    }
    Ok(())
}
