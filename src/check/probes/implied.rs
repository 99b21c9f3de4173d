//! What the document implies and does not say: schedules that mean nothing, settings that cannot be spared,
//! parameters that no task takes.

use serde_json::{Value, json};

use super::{Aim, Going, Probe, Session, scenario};
use crate::{
    check::{program::Form, session::object},
    contract::{
        Endpoint::{Create, RunNow, Update},
        rules::Need,
    },
    oracle::Expect::{Refused, Settled},
};

const CRON: &str = "settings/error/cron-invalid";
const UNIX: &str = "settings/error/cron-unix-five-fields";
const TIME_ZONE: &str = "settings/error/timezone-invalid";
const UNKNOWN: &str = "update/consistency/remove-unknown";
const NEEDED: &str = "update/error/remove-required";
const UNSUITED: &str = "run-now/error/params-wrong-task-type";

/// A moment that is never while this check runs.
const NEVER: &str = "0 0 0 1 1 ? 2099";

pub(super) const PROBES: &[Probe] = &[
    scenario("schedules that mean nothing", &[CRON, UNIX, TIME_ZONE], &[Need::Cluster], schedules),
    scenario(
        "a schedule that says nothing of pausing",
        &["settings/schema/pause-status-default"],
        &[Need::Cluster],
        unpaused,
    ),
    scenario(
        "a cluster that says nothing of its driver",
        &["cluster/consistency/driver-node-default"],
        &[Need::NewCluster],
        driver,
    ),
    scenario(
        "removals of what is not there, and of what cannot be spared",
        &[UNKNOWN, NEEDED],
        &[Need::Cluster],
        removals,
    ),
    scenario("parameters of another kind of task", &[UNSUITED], &[Need::Cluster], unsuited),
];

fn schedules(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    // A refusal means something where what is right is taken.
    session.idle_job(json!({}))?;
    for (rule, cron, time_zone) in [
        (CRON, "nonsense", "UTC"),
        (CRON, "0 60 12 * * ?", "UTC"),
        (CRON, "0 0 12 ? NOMONTH ?", "UTC"),
        (UNIX, "0 2 * * *", "UTC"),
        (TIME_ZONE, NEVER, "Mars/Olympus"),
    ] {
        let mut settings = session.settings(None);
        settings.extend(object(json!({
            "max_concurrent_runs": 0,
            "schedule": {
                "quartz_cron_expression": cron, "timezone_id": time_zone, "pause_status": "PAUSED",
            },
        })));
        session.send(Form::new(Create, settings).marked(rule, Refused))?;
    }
    Ok(())
}

fn unpaused(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let schedule = json!({"quartz_cron_expression": NEVER, "timezone_id": "UTC"});
    let job = session.idle_job(json!({"schedule": schedule}))?;
    session.get(job).map(drop)
}

fn driver(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let Some(mut cluster) = session.profile().new_cluster.clone() else { return Ok(()) };
    cluster.remove("driver_node_type_id");
    let mut settings = session.settings(None);
    settings.remove("existing_cluster_id");
    settings.insert("new_cluster".to_owned(), cluster.into());
    settings.insert("max_concurrent_runs".to_owned(), 0.into());
    let job = session.create(settings)?;
    session.get(job).map(drop)
}

fn removals(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let job = session.idle_job(json!({"timeout_seconds": 60}))?;
    let remove = |names: &[String]| object(json!({"job_id": job, "fields_to_remove": names}));
    session.call(Update, remove(&["timeout_seconds".to_owned()]).into())?;
    let settings = session.profile().settings(None);
    let (tasks, clusters): (Vec<String>, Vec<String>) =
        settings.into_iter().map(|(name, _)| name).partition(|name| name.ends_with("_task"));
    let unknown = vec!["no_such_setting".to_owned()];
    for (rule, expect, names) in
        [(UNKNOWN, Settled, unknown), (NEEDED, Refused, tasks), (NEEDED, Refused, clusters)]
    {
        session.get(job)?;
        session.send(Form::new(Update, remove(&names)).marked(rule, expect))?;
    }
    session.get(job).map(drop)
}

/// A notebook takes no parameters of a JAR: they are refused, or nothing comes of them.
fn unsuited(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let job = session.idle_job(json!({}))?;
    session.start(job)?;
    let is_notebook = session.profile().settings(None).contains_key("notebook_task");
    let parameters: Value = if is_notebook {
        json!({"job_id": job, "jar_params": ["a"]})
    } else {
        json!({"job_id": job, "notebook_params": {"a": "b"}})
    };
    session.send(Form::new(RunNow, object(parameters)).marked(UNSUITED, Settled)).map(drop)
}
