//! Jobs that are made, looked at and removed.

use serde_json::{Value, json};

use super::{Aim, Going, Probe, Session, scenario};
use crate::contract::{
    Endpoint::{Delete, List, Reset, RunNow, RunsList, Update},
    rules::Need,
};

pub(super) const PROBES: &[Probe] = &[
    scenario(
        "a job is made",
        &[
            "create/schema/response-job-id",
            "create/consistency/get-after-create",
            "create/consistency/distinct-ids",
            "create/consistency/created-time",
            "create/consistency/settings-echo",
            "get/schema/response",
            "get/consistency/repeatable",
            "get/schema/creator-absent-not-null",
            "list/schema/response",
            "list/consistency/equals-get",
        ],
        &[Need::Cluster],
        made,
    ),
    scenario(
        "many jobs are listed",
        &["list/consistency/contains-all-created"],
        &[Need::Cluster],
        many,
    ),
    scenario(
        "a job is removed",
        &[
            "delete/consistency/get-fails-after",
            "delete/consistency/run-history-gone",
            "delete/consistency/others-untouched",
            "delete/idempotency/already-removed-noop",
            "delete/error/run-now-after",
            "delete/error/reset-update-after",
            "list/consistency/excludes-deleted",
        ],
        &[Need::Cluster],
        removed,
    ),
];

fn made(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let settings = session.settings(None);
    let first = session.create(settings.clone())?;
    session.get(first)?;
    // The same once more is another job.
    let second = session.create(settings)?;
    session.get(second)?;
    session.call(List, json!({}))?;
    session.get(first)?;
    session.get(second)?;
    let name = session.name("renamed");
    session.call(Update, json!({"job_id": first, "new_settings": {"name": name}}))?;
    session.get(first)?;
    session.call(List, json!({}))?;
    session.get(first)?;
    Ok(())
}

fn many(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    for _ in 0..25 {
        session.idle_job(json!({}))?;
    }
    session.call(List, json!({}))?;
    Ok(())
}

fn removed(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let sibling = session.idle_job(json!({}))?;
    let job = session.idle_job(json!({}))?;
    let run = session.start(job)?;
    session.skipped(run)?;
    session.get_run(run)?;
    session.list_runs(job)?;
    session.get(sibling)?;
    session.call(Delete, json!({"job_id": job}))?;
    session.get(job)?;
    session.get_run(run)?;
    session.call(RunsList, json!({"job_id": job}))?;
    session.call(List, json!({}))?;
    session.get(sibling)?;
    session.call(Delete, json!({"job_id": job}))?;
    session.call(RunNow, json!({"job_id": job}))?;
    let settings = Value::Object(session.settings(None));
    session.call(Reset, json!({"job_id": job, "new_settings": settings}))?;
    let name = session.name("renamed");
    session.call(Update, json!({"job_id": job, "new_settings": {"name": name}}))?;
    session.get(job)?;
    Ok(())
}
