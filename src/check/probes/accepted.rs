//! What has to be taken: every value that the document allows by name, and every limit met exactly.

use serde_json::{Map, Value, json};

use super::{Aim, Going, Phase, Probe, Session, scenario};
use crate::{
    check::session::object,
    contract::{
        Endpoint::{Create, RunNow, RunsSubmit, Update},
        rules::Need,
    },
};

pub(super) const PROBES: &[Probe] = &[
    scenario(
        "settings at their limits",
        &[
            "create/limit/max-concurrent-1000",
            "create/schema/max-concurrent-0",
            "create/schema/max-retries-minus-one",
            "settings/schema/cron-valid-accepted",
            "settings/schema/timezone-valid",
            "settings/schema/pause-status-enum",
            "settings/schema/email-fields",
            "settings/schema/notification-settings-echo",
            "settings/schema/health-metric-enum",
            "settings/schema/health-operator-enum",
            "settings/schema/every-field-accepted",
            "task/schema/jar-uri-deprecated",
            "library/schema/uri-schemes",
            "library/schema/documented-variants",
        ],
        &[Need::Cluster],
        settings,
    )
    .in_phase(Phase::Boundaries),
    scenario(
        "a pipeline without a cluster",
        &["create/schema/pipeline-without-cluster"],
        &[Need::Pipeline],
        pipeline,
    )
    .in_phase(Phase::Boundaries),
    scenario(
        "three webhooks",
        &["settings/schema/webhook-3-accepted"],
        &[Need::Cluster, Need::Destinations],
        webhooks,
    )
    .in_phase(Phase::Boundaries),
    scenario(
        "clusters at their limits",
        &[
            "cluster/schema/autoscale-valid",
            "cluster/limit/tags-45",
            "cluster/limit/tag-key-length",
            "cluster/limit/tag-value-256",
            "cluster/schema/availability-enum",
            "cluster/schema/spot-bid-default",
            "cluster/schema/spark-conf-scalar-values",
        ],
        &[Need::NewCluster],
        clusters,
    )
    .in_phase(Phase::Boundaries),
    scenario(
        "parameters at their limits",
        &[
            "run-now/limit/jar-params-10000",
            "run-now/limit/notebook-params-10000",
            "run-now/limit/python-params-10000",
            "run-now/idempotency/token-64",
        ],
        &[Need::Cluster],
        parameters,
    )
    .in_phase(Phase::Boundaries),
    scenario(
        "spark-submit parameters at their limit",
        &["run-now/limit/spark-submit-params-10000"],
        &[Need::NewCluster],
        spark_submit,
    )
    .in_phase(Phase::Boundaries),
    scenario(
        "updates without removals",
        &["update/schema/fields-to-remove-optional"],
        &[Need::Cluster],
        update,
    )
    .in_phase(Phase::Boundaries),
    scenario(
        "submits at their limits",
        &[
            "runs-submit/idempotency/token-64",
            "runs-submit/limit/run-name-4096",
            "runs-submit/schema/every-field-accepted",
        ],
        &[Need::Cluster],
        submits,
    )
    .in_phase(Phase::Boundaries)
    .computing(),
];

/// Creates a job with these settings beside the usual ones, looks at it and removes it again.
fn taken(
    session: &mut Session<'_, '_>,
    aim: &Aim<'_>,
    rule: &'static str,
    more: Value,
) -> Going<()> {
    if !(aim.wants)(rule) {
        return Ok(());
    }
    session.next_case();
    let mut settings = session.settings(None);
    settings.insert("max_concurrent_runs".to_owned(), 0.into());
    replace(&mut settings, object(more));
    let made = session.must(rule, Create, settings.into())?;
    if session.is_done(made) {
        let job = session.given(made, "job_id")?;
        session.get(job)?;
        session.call(crate::contract::Endpoint::Delete, json!({"job_id": job}))?;
    }
    Ok(())
}

/// Puts settings in place; a task or a cluster takes the place of the one there.
fn replace(settings: &mut Map<String, Value>, more: Map<String, Value>) {
    let is_task = |name: &str| name.ends_with("_task");
    let is_cluster = |name: &str| ["existing_cluster_id", "new_cluster"].contains(&name);
    for is_one in [&is_task as &dyn Fn(&str) -> bool, &is_cluster] {
        if more.keys().any(|name| is_one(name)) {
            settings.retain(|name, _| !is_one(name));
        }
    }
    settings.extend(more);
}

fn settings(session: &mut Session<'_, '_>, aim: &Aim<'_>) -> Going<()> {
    const FIELD: &str = "settings/schema/every-field-accepted";
    taken(session, aim, "create/limit/max-concurrent-1000", json!({"max_concurrent_runs": 1000}))?;
    taken(session, aim, "create/schema/max-concurrent-0", json!({"max_concurrent_runs": 0}))?;
    taken(session, aim, "create/schema/max-retries-minus-one", json!({"max_retries": -1}))?;
    let schedule = |cron: &str, zone: &str, status: &str| {
        json!({"schedule": {
            "quartz_cron_expression": cron, "timezone_id": zone, "pause_status": status,
        }})
    };
    for cron in [
        "0 15 22 * * ?",
        "0 0/30 6-20 ? * MON-FRI",
        "0 0 12 L * ?",
        "0 0 12 LW * ?",
        "0 0 12 15W * ?",
        "0 15 10 ? * 6#3",
        "0 15 10 ? * 6L",
        "0 15 10 ? * 6L 2099-2105",
        "0 0,30 8-17/2 1,15 JAN-JUN/2 ?",
    ] {
        taken(
            session,
            aim,
            "settings/schema/cron-valid-accepted",
            schedule(cron, "UTC", "PAUSED"),
        )?;
    }
    for zone in ["America/Los_Angeles", "UTC", "Europe/London"] {
        let schedule = schedule("0 15 22 * * ?", zone, "PAUSED");
        taken(session, aim, "settings/schema/timezone-valid", schedule)?;
    }
    for status in ["PAUSED", "UNPAUSED"] {
        // It is never that year while this check runs.
        let schedule = schedule("0 0 0 1 1 ? 2099", "UTC", status);
        taken(session, aim, "settings/schema/pause-status-enum", schedule)?;
    }
    if session.bench.is_harmless() {
        let one = ["a@jobdeck.invalid"];
        let emails = json!({"email_notifications": {
            "on_start": one, "on_success": one, "on_failure": ["b@jobdeck.invalid", "c@jobdeck.invalid"],
            "on_duration_warning_threshold_exceeded": one, "no_alert_for_skipped_runs": true,
        }});
        taken(session, aim, "settings/schema/email-fields", emails)?;
    }
    let notifications = json!({"notification_settings": {
        "no_alert_for_skipped_runs": true, "no_alert_for_canceled_runs": true, "alert_on_last_attempt": true,
    }});
    taken(session, aim, "settings/schema/notification-settings-echo", notifications)?;
    for rule in ["settings/schema/health-metric-enum", "settings/schema/health-operator-enum"] {
        let health = json!({"health": {"rules": [
            {"metric": "RUN_DURATION_SECONDS", "operator": "GREATER_THAN", "value": 10},
        ]}});
        taken(session, aim, rule, health)?;
    }
    for field in [
        json!({"timeout_seconds": 86_400}),
        json!({"max_retries": 10}),
        json!({"max_retries": 1, "min_retry_interval_millis": 60_000}),
        json!({"max_retries": 1, "retry_on_timeout": true}),
        json!({"libraries": [{"pypi": {"package": "simplejson==3.8.0"}}]}),
        json!({"notebook_task": {
            "notebook_path": "/Shared/jobdeck-check", "revision_timestamp": 1_700_000_000_000_i64,
            "base_parameters": {"a": "1", "b": ""},
        }}),
        json!({"spark_jar_task": {"main_class_name": "com.example.Main", "parameters": ["a", ""]}}),
        json!({"spark_python_task": {"python_file": "dbfs:/a.py", "parameters": ["--flag"]}}),
    ] {
        taken(session, aim, FIELD, field)?;
    }
    let jar = json!({"spark_jar_task": {"main_class_name": "com.example.Main", "jar_uri": "dbfs:/a.jar"}});
    taken(session, aim, "task/schema/jar-uri-deprecated", jar)?;
    libraries(session, aim)
}

fn libraries(session: &mut Session<'_, '_>, aim: &Aim<'_>) -> Going<()> {
    for kind in ["jar", "egg", "whl"] {
        for uri in
            ["dbfs:/my/a-library", "abfss://container@account.dfs.core.windows.net/a-library"]
        {
            let library = json!({"libraries": [{kind: format!("{uri}.{kind}")}]});
            taken(session, aim, "library/schema/uri-schemes", library)?;
        }
    }
    for library in [
        json!({"pypi": {"package": "simplejson", "repo": "https://pypi.example.com/simple"}}),
        json!({"pypi": {"package": "simplejson==3.8.0"}}),
        json!({"maven": {"coordinates": "org.jsoup:jsoup:1.7.2"}}),
        json!({"maven": {
            "coordinates": "org.jsoup:jsoup:1.7.2", "repo": "https://repo.example.com/maven2",
            "exclusions": ["slf4j:slf4j", "*:hadoop-client"],
        }}),
        json!({"cran": {"package": "ggplot2", "repo": "https://cran.example.com"}}),
    ] {
        taken(session, aim, "library/schema/documented-variants", json!({"libraries": [library]}))?;
    }
    Ok(())
}

fn pipeline(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let settings = json!({
        "name": session.name("pipeline"), "max_concurrent_runs": 0,
        "pipeline_task": {"pipeline_id": session.profile().pipeline_id},
    });
    let made = session.must("create/schema/pipeline-without-cluster", Create, settings)?;
    if session.is_done(made) {
        let job = session.given(made, "job_id")?;
        session.get(job)?;
    }
    Ok(())
}

fn webhooks(session: &mut Session<'_, '_>, aim: &Aim<'_>) -> Going<()> {
    let three: Vec<Value> =
        session.profile().destinations.iter().take(3).map(|id| json!({"id": id})).collect();
    for event in ["on_start", "on_success", "on_failure", "on_duration_warning_threshold_exceeded"]
    {
        let webhooks = json!({"webhook_notifications": {event: three}});
        taken(session, aim, "settings/schema/webhook-3-accepted", webhooks)?;
    }
    Ok(())
}

fn clusters(session: &mut Session<'_, '_>, aim: &Aim<'_>) -> Going<()> {
    let cluster = |session: &Session<'_, '_>, more: Value| {
        let mut cluster = session.profile().new_cluster.clone().unwrap_or_default();
        let more = object(more);
        if more.contains_key("autoscale") {
            cluster.remove("num_workers");
        }
        cluster.extend(more);
        json!({"new_cluster": cluster})
    };
    let tags = |count: usize| -> Map<String, Value> {
        (0..count).map(|number| (format!("tag{number}"), Value::from("x"))).collect()
    };
    let long = ["k".to_owned(), "k".repeat(512)];
    let rows = [
        (
            "cluster/schema/autoscale-valid",
            json!({"autoscale": {"min_workers": 1, "max_workers": 2}}),
        ),
        ("cluster/limit/tags-45", json!({"custom_tags": tags(45)})),
        ("cluster/limit/tag-key-length", json!({"custom_tags": {&*long[0]: "x"}})),
        ("cluster/limit/tag-key-length", json!({"custom_tags": {&*long[1]: "x"}})),
        ("cluster/limit/tag-value-256", json!({"custom_tags": {"k": "é".repeat(256)}})),
        (
            "cluster/schema/spark-conf-scalar-values",
            json!({"spark_conf": {"spark.speculation": true, "spark.streaming.ui.retainedBatches": 5}}),
        ),
        (
            "cluster/schema/spot-bid-default",
            json!({"azure_attributes": {"spot_bid_max_price": -1}}),
        ),
        (
            "cluster/schema/spot-bid-default",
            json!({"azure_attributes": {"spot_bid_max_price": 0.5}}),
        ),
    ];
    for (rule, more) in rows {
        let settings = cluster(session, more);
        taken(session, aim, rule, settings)?;
    }
    for word in crate::contract::structures::AZURE_AVAILABILITY.words {
        let more = json!({"azure_attributes": {"availability": word, "first_on_demand": 1}});
        let settings = cluster(session, more);
        taken(session, aim, "cluster/schema/availability-enum", settings)?;
    }
    Ok(())
}

/// A text that makes `{"NAME":["…"]}` just 10,000 bytes long.
fn filling(name: &str, frame: &str) -> String {
    "x".repeat(10_000 - frame.len() - name.len())
}

fn parameters(session: &mut Session<'_, '_>, aim: &Aim<'_>) -> Going<()> {
    let jar = json!({"spark_jar_task": {"main_class_name": "com.example.Main"}});
    let python = json!({"spark_python_task": {"python_file": "dbfs:/a.py"}});
    let notebook = json!({"notebook_task": {"notebook_path": "/Shared/jobdeck-check"}});
    let list = |name: &str| json!({name: [filling(name, r#"{"":[""]}"#)]});
    let map = json!({"notebook_params": {"k": filling("notebook_params", r#"{"":{"k":""}}"#)}});
    let rows = [
        ("run-now/limit/jar-params-10000", &jar, list("jar_params")),
        ("run-now/limit/python-params-10000", &python, list("python_params")),
        ("run-now/limit/notebook-params-10000", &notebook, map),
    ];
    for (rule, task, more) in rows {
        if (aim.wants)(rule) {
            started(session, rule, task.clone(), more)?;
        }
    }
    let rule = "run-now/idempotency/token-64";
    if (aim.wants)(rule) {
        session.next_case();
        let token = format!("{:-<64}", session.name("t"));
        started(session, rule, notebook, json!({"idempotency_token": token}))?;
    }
    Ok(())
}

fn started(
    session: &mut Session<'_, '_>,
    rule: &'static str,
    task: Value,
    more: Value,
) -> Going<()> {
    let mut settings = session.settings(None);
    replace(&mut settings, object(task));
    settings.insert("max_concurrent_runs".to_owned(), 0.into());
    let job = session.create(settings)?;
    // The endpoint works for this job: what is refused after that is refused for its parameters.
    session.start(job)?;
    let mut arguments = json!({"job_id": job});
    for (name, value) in object(more) {
        arguments[name] = value;
    }
    session.must(rule, RunNow, arguments)?;
    session.call(crate::contract::Endpoint::Delete, json!({"job_id": job}))?;
    Ok(())
}

fn spark_submit(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let cluster = session.profile().new_cluster.clone();
    let task = json!({
        "spark_submit_task": {"parameters": ["--class", "org.example.Main", "dbfs:/a.jar"]},
        "new_cluster": cluster,
    });
    let name = "spark_submit_params";
    let more = json!({name: [filling(name, r#"{"":[""]}"#)]});
    started(session, "run-now/limit/spark-submit-params-10000", task, more)
}

fn update(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let job = session.idle_job(json!({}))?;
    let new = json!({"name": session.name("renamed")});
    let rule = "update/schema/fields-to-remove-optional";
    session.must(rule, Update, json!({"job_id": job, "new_settings": new}))?;
    session.get(job)?;
    Ok(())
}

fn submits(session: &mut Session<'_, '_>, aim: &Aim<'_>) -> Going<()> {
    let token = format!("{:-<64}", session.name("t"));
    let long = {
        let start = session.name("é");
        let room = 4096 - start.len();
        format!("{start}{}{}", "é".repeat(room / 2), "x".repeat(room % 2))
    };
    let field = "runs-submit/schema/every-field-accepted";
    let task = session.profile().task.ok.as_ref();
    // A server that takes no submit at all does not refuse one for its limits.
    let plain = session.submission(task, json!({}));
    let started = session.must(field, RunsSubmit, plain.into())?;
    session.given(started, "run_id")?;
    let rows = [
        ("runs-submit/idempotency/token-64", json!({"idempotency_token": token})),
        ("runs-submit/limit/run-name-4096", json!({"run_name": long})),
        (field, json!({"timeout_seconds": 86_400})),
        (field, json!({"libraries": [{"jar": "dbfs:/a.jar"}]})),
        (field, json!({"notification_settings": {"no_alert_for_skipped_runs": true}})),
        (field, json!({"webhook_notifications": {"on_start": []}})),
    ];
    for (rule, more) in rows.into_iter().filter(|(rule, _)| (aim.wants)(rule)) {
        let arguments = session.submission(task, more);
        let started = session.must(rule, RunsSubmit, arguments.into())?;
        if session.is_done(started) {
            let run = session.given(started, "run_id")?;
            session.get_run(run)?;
        }
    }
    Ok(())
}
