//! Settings: their defaults, and what reset and update make of them.

use serde_json::{Value, json};

use super::{Aim, Going, Probe, Session, scenario};
use crate::{
    check::session::object,
    contract::{
        Endpoint::{self, Reset, Update},
        rules::Need,
    },
};

pub(super) const PROBES: &[Probe] = &[
    scenario(
        "the defaults of a job",
        &[
            "create/schema/default-name",
            "create/schema/default-libraries",
            "create/schema/default-email",
            "create/schema/default-timeout",
            "create/schema/default-retry-on-timeout",
            "create/schema/default-no-schedule",
        ],
        &[Need::Cluster],
        defaults,
    ),
    scenario(
        "a reset replaces everything",
        &[
            "reset/consistency/full-replace",
            "reset/consistency/get-equals-new",
            "reset/consistency/identity-kept",
            "reset/consistency/run-history-kept",
            "reset/idempotency/twice",
            "settings/consistency/email-omitted-is-empty",
        ],
        &[Need::Cluster],
        reset,
    ),
    scenario(
        "an update changes what it names",
        &[
            "update/consistency/unnamed-fields-kept",
            "update/consistency/fields-to-remove",
            "update/consistency/removed-name-default",
            "update/consistency/noop",
            "update/idempotency/twice",
            "update/consistency/identity-kept",
            "get/consistency/sees-own-write",
        ],
        &[Need::Cluster],
        update,
    ),
    scenario(
        "an update replaces objects as a whole",
        &[
            "update/consistency/struct-replaced-not-merged",
            "settings/consistency/email-omitted-is-empty",
        ],
        &[Need::Cluster],
        objects,
    ),
    scenario(
        "an update removes nothing within a setting",
        &["update/error/remove-nested"],
        &[Need::Cluster],
        nested,
    ),
    scenario(
        "a run keeps what it was made of",
        &["reset/lifecycle/other-fields-future-only", "update/lifecycle/other-fields-future-only"],
        &[Need::Cluster],
        kept,
    ),
];

fn defaults(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let mut settings = session.settings(None);
    settings.remove("name");
    let job = session.create(settings)?;
    session.get(job)?;
    Ok(())
}

/// One value for each setting that a job without runs can have. They tell nobody and start nothing.
fn full(session: &mut Session<'_, '_>) -> Value {
    let mut full = json!({
        "max_concurrent_runs": 0,
        "timeout_seconds": 3600,
        "max_retries": 2,
        "min_retry_interval_millis": 5000,
        "retry_on_timeout": true,
        "libraries": [{"pypi": {"package": "simplejson"}}],
        "notification_settings": {"no_alert_for_skipped_runs": true, "alert_on_last_attempt": true},
        "schedule": {
            "quartz_cron_expression": "0 15 22 * * ?", "timezone_id": "UTC", "pause_status": "PAUSED",
        },
        "health": {"rules": [
            {"metric": "RUN_DURATION_SECONDS", "operator": "GREATER_THAN", "value": 10},
        ]},
    });
    if session.bench.is_harmless() {
        full["email_notifications"] = json!({
            "on_start": ["a@jobdeck.invalid"], "on_failure": ["b@jobdeck.invalid"],
        });
    }
    full
}

fn reset(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let full = full(session);
    let job = session.idle_job(full.clone())?;
    for _ in 0..2 {
        let run = session.start(job)?;
        session.skipped(run)?;
    }
    session.get(job)?;
    session.list_runs(job)?;
    let mut bare = session.settings(None);
    bare.insert("max_concurrent_runs".to_owned(), 0.into());
    for _ in 0..2 {
        session.call(Reset, json!({"job_id": job, "new_settings": bare}))?;
        session.get(job)?;
    }
    session.list_runs(job)?;
    // And field by field, each alone beside the rest.
    for (name, value) in object(full) {
        let mut settings = bare.clone();
        settings.insert(name, value);
        session.call(Reset, json!({"job_id": job, "new_settings": settings}))?;
        session.get(job)?;
    }
    if session.bench.is_harmless() {
        let mut settings = bare;
        for emails in [
            json!({"on_start": ["a@jobdeck.invalid"], "on_success": ["b@jobdeck.invalid"]}),
            json!({"on_failure": ["c@jobdeck.invalid"]}),
        ] {
            settings.insert("email_notifications".to_owned(), emails);
            session.call(Reset, json!({"job_id": job, "new_settings": settings}))?;
            session.get(job)?;
        }
    }
    Ok(())
}

/// Updates a job and looks at it.
fn changed(session: &mut Session<'_, '_>, job: i64, new: Value, removed: &[&str]) -> Going<()> {
    let mut arguments = json!({"job_id": job});
    if !new.is_null() {
        arguments["new_settings"] = new;
    }
    if !removed.is_empty() {
        arguments["fields_to_remove"] = json!(removed);
    }
    session.call(Update, arguments)?;
    session.get(job).map(drop)
}

fn update(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let full = full(session);
    let job = session.idle_job(full.clone())?;
    session.get(job)?;
    for (name, value) in [
        ("name", session.name("renamed").into()),
        ("timeout_seconds", json!(7200)),
        ("max_retries", json!(3)),
        ("min_retry_interval_millis", json!(6000)),
        ("retry_on_timeout", json!(false)),
        ("max_concurrent_runs", json!(1)),
    ] {
        changed(session, job, json!({name: value}), &[])?;
    }
    for _ in 0..2 {
        changed(session, job, json!({"timeout_seconds": 1800}), &[])?;
    }
    changed(session, job, Value::Null, &[])?;
    changed(session, job, json!({}), &[])?;
    let names: Vec<String> =
        object(full).keys().filter(|name| *name != "max_concurrent_runs").cloned().collect();
    for name in names {
        changed(session, job, Value::Null, &[&name])?;
    }
    changed(session, job, Value::Null, &["name", "max_concurrent_runs"])?;
    Ok(())
}

fn objects(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let job = session.idle_job(json!({
        "notification_settings": {"no_alert_for_skipped_runs": true, "alert_on_last_attempt": true},
        "schedule": {
            "quartz_cron_expression": "0 15 22 * * ?", "timezone_id": "UTC", "pause_status": "PAUSED",
        },
    }))?;
    session.get(job)?;
    let notifications = json!({"no_alert_for_canceled_runs": true});
    changed(session, job, json!({"notification_settings": notifications}), &[])?;
    // It is never that year while this check runs.
    let schedule = json!({"quartz_cron_expression": "0 0 0 1 1 ? 2099", "timezone_id": "UTC"});
    changed(session, job, json!({"schedule": schedule}), &[])?;
    if session.bench.is_harmless() {
        let both = json!({"on_start": ["a@jobdeck.invalid"], "on_failure": ["b@jobdeck.invalid"]});
        changed(session, job, json!({"email_notifications": both}), &[])?;
        let one = json!({"on_success": ["c@jobdeck.invalid"]});
        changed(session, job, json!({"email_notifications": one}), &[])?;
    }
    if let Some(cluster) = session.profile().new_cluster.clone() {
        session.next_case();
        let mut tagged = cluster.clone();
        tagged.insert("custom_tags".to_owned(), json!({"a": "1"}));
        let mut settings = session.settings(None);
        settings.retain(|name, _| name != "existing_cluster_id");
        settings.insert("new_cluster".to_owned(), tagged.into());
        settings.insert("max_concurrent_runs".to_owned(), 0.into());
        let job = session.create(settings)?;
        session.get(job)?;
        changed(session, job, json!({"new_cluster": cluster}), &[])?;
    }
    Ok(())
}

fn nested(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    for path in [
        "schedule.pause_status",
        "schedule/pause_status",
        "notification_settings.alert_on_last_attempt",
    ] {
        session.next_case();
        let job = session.idle_job(json!({
            "schedule": {
                "quartz_cron_expression": "0 0 0 1 1 ? 2099", "timezone_id": "UTC",
                "pause_status": "PAUSED",
            },
            "notification_settings": {"alert_on_last_attempt": true},
        }))?;
        session.get(job)?;
        changed(session, job, Value::Null, &[path])?;
    }
    Ok(())
}

fn kept(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let job = session.idle_job(json!({"libraries": [{"pypi": {"package": "simplejson"}}]}))?;
    let run = session.start(job)?;
    session.skipped(run)?;
    session.get_run(run)?;
    let other = json!({
        "name": session.name("renamed"), "max_concurrent_runs": 0,
        "notebook_task": {"notebook_path": "/Shared/jobdeck-check-other"},
    });
    let mut settings = session.settings(None);
    settings.retain(|name, _| !name.ends_with("_task"));
    settings.extend(object(other.clone()));
    session.call(Reset, json!({"job_id": job, "new_settings": settings}))?;
    session.get_run(run)?;
    session.list_runs(job)?;
    let new = json!({
        "name": session.name("again"),
        "notebook_task": {"notebook_path": "/Shared/jobdeck-check-third"},
    });
    session.call(Update, json!({"job_id": job, "new_settings": new}))?;
    session.get_run(run)?;
    session.call(Endpoint::Get, json!({"job_id": job}))?;
    Ok(())
}
