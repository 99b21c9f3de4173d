//! The document's own examples, as curl sends them.

use serde_json::{Value, json};

use super::{Aim, Going, Phase, Probe, Session, scenario};
use crate::{
    check::{
        program::{Form, Writing},
        session::object,
    },
    contract::{
        Endpoint::{
            self, Create, Delete, Get, Reset, RunNow, RunsCancelAll, RunsGet, RunsGetOutput,
            RunsList, Update,
        },
        rules::Need,
    },
    oracle::Expect,
};

const CURL: &str = "http/schema/curl-data-content-type";
const QUERY: &str = "http/schema/get-query-params";
const CREATE_EXAMPLE: &str = "create/consistency/documented-example";
const RESET_EXAMPLE: &str = "reset/consistency/documented-example";
const UPDATE_EXAMPLE: &str = "update/consistency/documented-example";

pub(super) const PROBES: &[Probe] = &[
    scenario("create example", &[CREATE_EXAMPLE, CURL], &[Need::NewCluster], create)
        .in_phase(Phase::Examples),
    scenario(
        "reset example",
        &[RESET_EXAMPLE, "reset/consistency/get-equals-new"],
        &[Need::NewCluster],
        reset,
    )
    .in_phase(Phase::Examples),
    scenario(
        "update example",
        &[UPDATE_EXAMPLE, "update/consistency/fields-to-remove"],
        &[Need::Cluster, Need::NewCluster],
        update,
    )
    .in_phase(Phase::Examples),
    scenario("calls as curl sends them", &[CURL, QUERY], &[Need::Cluster], curl)
        .in_phase(Phase::Examples),
];

/// The job of the document's first example, on the target's own cluster, and paused.
fn example(session: &mut Session<'_, '_>) -> Value {
    let mut settings = json!({
        "name": session.name("Nightly model training"),
        "new_cluster": session.profile().new_cluster,
        "libraries": [
            {"jar": "dbfs:/my-jar.jar"},
            {"maven": {"coordinates": "org.jsoup:jsoup:1.7.2"}},
        ],
        "timeout_seconds": 3600,
        "max_retries": 1,
        "schedule": {
            "quartz_cron_expression": "0 15 22 * * ?",
            "timezone_id": "America/Los_Angeles",
            "pause_status": "PAUSED",
        },
        "spark_jar_task": {"main_class_name": "com.databricks.ComputeModels"},
    });
    if session.bench.is_harmless() {
        settings["email_notifications"] =
            json!({"on_start": [], "on_success": [], "on_failure": []});
    }
    settings
}

fn create(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let arguments = example(session);
    let form = Form::new(Create, object(arguments))
        .marked(CREATE_EXAMPLE, Expect::Done)
        .written(Writing::AsForm);
    let made = session.send(form)?;
    let job = session.given(made, "job_id")?;
    session.get(job)?;
    Ok(())
}

/// Makes one job identical to another.
fn reset(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let first = example(session);
    let first = session.create(object(first))?;
    let second = session.idle_job(json!({}))?;
    let shown = session.get(first)?;
    let settings = session.body(shown)["settings"].clone();
    session.must(RESET_EXAMPLE, Reset, json!({"job_id": second, "new_settings": settings}))?;
    session.get(second)?;
    Ok(())
}

fn update(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let mut settings = object(example(session));
    settings.remove("spark_jar_task");
    settings.insert("notebook_task".to_owned(), json!({"notebook_path": "/Shared/jobdeck-check"}));
    let job = session.create(settings)?;
    session.get(job)?;
    let new = json!({
        "existing_cluster_id": session.profile().cluster.get("existing_cluster_id")
            .cloned().unwrap_or_else(|| "1201-my-cluster".into()),
    });
    let arguments = json!({"job_id": job, "new_settings": new, "fields_to_remove": ["libraries"]});
    session.must(UPDATE_EXAMPLE, Update, arguments)?;
    session.get(job)?;
    Ok(())
}

/// Every endpoint that needs no run of its own, with data as curl sends them and queries as documented.
fn curl(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    // What is taken as JSON is not refused as a form for what it says.
    session.idle_job(json!({}))?;
    let settings = session.settings(None);
    let mut settings = Value::Object(settings);
    settings["max_concurrent_runs"] = json!(0);
    let made = as_form(session, Create, settings)?;
    let job = session.given(made, "job_id")?;
    session.must(QUERY, Get, json!({"job_id": job}))?;
    let started = as_form(session, RunNow, json!({"job_id": job}))?;
    let run = session.given(started, "run_id")?;
    session.must(QUERY, RunsGet, json!({"run_id": run}))?;
    session.must(QUERY, RunsGetOutput, json!({"run_id": run}))?;
    session.must(
        QUERY,
        RunsList,
        json!({"job_id": job, "completed_only": true, "offset": 0, "limit": 5}),
    )?;
    let name = session.name("renamed");
    as_form(session, Update, json!({"job_id": job, "new_settings": {"name": name}}))?;
    let mut settings = Value::Object(session.settings(None));
    settings["max_concurrent_runs"] = json!(0);
    as_form(session, Reset, json!({"job_id": job, "new_settings": settings}))?;
    as_form(session, RunsCancelAll, json!({"job_id": job}))?;
    as_form(session, Delete, json!({"job_id": job}))?;
    Ok(())
}

fn as_form(session: &mut Session<'_, '_>, endpoint: Endpoint, arguments: Value) -> Going<usize> {
    let form = Form::new(endpoint, object(arguments)).marked(CURL, Expect::Done);
    session.send(form.written(Writing::AsForm))
}
