//! One value just inside each rule and one just outside.

#![expect(clippy::too_many_lines, reason = "a list is as long as what it lists")]
#![expect(clippy::needless_pass_by_value, reason = "`json!` makes values")]

use serde_json::{Map, Value, json};

use crate::{contract::Endpoint, json::Pointer};

/// A request that keeps all rules, and one that breaks exactly one of them, once.
pub(super) struct Case {
    pub(super) endpoint: Endpoint,
    pub(super) sound: Value,
    pub(super) broken: Value,
    pub(super) rule: &'static str,
    pub(super) pointer: String,
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is no object"),
    }
}

pub(super) fn merged(base: Value, change: Value) -> Value {
    let mut base = object(base);
    for (name, value) in object(change) {
        if value.is_null() {
            base.shift_remove(&name);
        } else {
            base.insert(name, value);
        }
    }
    base.into()
}

/// A job on an existing cluster, with changes; null takes a field away.
pub(super) fn job(change: Value) -> Value {
    merged(json!({"existing_cluster_id": "c", "notebook_task": {"notebook_path": "/n"}}), change)
}

/// A job with another task.
fn task(name: &str, task: Value) -> Value {
    job(json!({"notebook_task": null, name: task}))
}

/// A job on a new cluster, with changes of the cluster.
pub(super) fn cluster(change: Value) -> Value {
    let cluster = json!({"spark_version": "v", "node_type_id": "t", "num_workers": 1});
    job(json!({"existing_cluster_id": null, "new_cluster": merged(cluster, change)}))
}

/// Parameters whose `{"NAME":VALUE}` has this many bytes.
fn parameters(name: &str, bytes: usize) -> Value {
    let around = name.len() + r#"{"":[""]}"#.len();
    json!({"job_id": 1, name: ["x".repeat(bytes - around)]})
}

/// All cases.
pub(super) fn all() -> Vec<Case> {
    [
        arguments(),
        settings(),
        tasks(),
        clusters(),
        libraries(),
        run_now(),
        runs_submit(),
        runs_list(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn case(
    endpoint: Endpoint,
    rule: &'static str,
    pointer: &str,
    sound: Value,
    broken: Value,
) -> Case {
    Case { endpoint, sound, broken, rule, pointer: pointer.to_owned() }
}

/// Types and presence of what the endpoints take.
fn arguments() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |endpoint, rule, pointer: &str, sound, broken| {
        cases.push(case(endpoint, rule, pointer, sound, broken));
    };
    for (endpoint, name, missing, wrong) in [
        (Endpoint::Delete, "job_id", "delete/schema/job-id-required", None),
        (Endpoint::Get, "job_id", "get/schema/job-id-required", Some("get/error/non-integer")),
        (Endpoint::RunNow, "job_id", "run-now/error/missing-job-id", None),
        (
            Endpoint::RunsGet,
            "run_id",
            "runs-get/schema/run-id-required",
            Some("runs-get/error/non-integer"),
        ),
        (Endpoint::RunsExport, "run_id", "runs-export/schema/run-id-required", None),
        (
            Endpoint::RunsCancel,
            "run_id",
            "runs-cancel/schema/run-id-required",
            Some("runs-cancel/error/invalid-400"),
        ),
        (
            Endpoint::RunsCancelAll,
            "job_id",
            "runs-cancel-all/schema/job-id-required",
            Some("runs-cancel-all/error/invalid-400"),
        ),
        (
            Endpoint::RunsGetOutput,
            "run_id",
            "runs-get-output/schema/run-id-required",
            Some("runs-get-output/error/invalid-400"),
        ),
        (Endpoint::RunsDelete, "run_id", "runs-delete/error/missing-run-id", None),
    ] {
        let pointer = if name == "job_id" { "/job_id" } else { "/run_id" };
        add(endpoint, missing, pointer, json!({name: i64::MAX}), json!({}));
        add(endpoint, wrong.unwrap_or(missing), pointer, json!({name: 1}), json!({name: "abc"}));
        add(endpoint, wrong.unwrap_or(missing), pointer, json!({name: -1}), json!({name: 1.5}));
    }
    for (endpoint, required) in [
        (Endpoint::Reset, "reset/schema/job-id-required"),
        (Endpoint::Update, "update/schema/job-id-required"),
    ] {
        let whole = json!({"job_id": 1, "new_settings": job(json!({}))});
        add(endpoint, required, "/job_id", whole.clone(), json!({"new_settings": job(json!({}))}));
        add(
            endpoint,
            "settings/error/validation-parity",
            "/new_settings/timeout_seconds",
            whole,
            json!({"job_id": 1, "new_settings": job(json!({"timeout_seconds": 1_u64 << 31}))}),
        );
    }
    add(
        Endpoint::Reset,
        "reset/schema/new-settings-required",
        "/new_settings",
        json!({"job_id": 1, "new_settings": job(json!({}))}),
        json!({"job_id": 1}),
    );
    add(
        Endpoint::Update,
        "update/schema/fields-to-remove-optional",
        "/fields_to_remove/1",
        json!({"job_id": 1, "fields_to_remove": []}),
        json!({"job_id": 1, "fields_to_remove": ["libraries", 2]}),
    );
    add(
        Endpoint::Update,
        "create/error/both-clusters",
        "/new_settings",
        json!({"job_id": 1, "new_settings": {"new_cluster": cluster(json!({}))["new_cluster"]}}),
        json!({"job_id": 1, "new_settings": cluster(json!({}))
            .as_object()
            .map(|map| merged(map.clone().into(), json!({"existing_cluster_id": "c"})))}),
    );
    add(
        Endpoint::RunsExport,
        "runs-export/schema/views-enum",
        "/views_to_export",
        json!({"run_id": 1, "views_to_export": "DASHBOARDS"}),
        json!({"run_id": 1, "views_to_export": "code"}),
    );
    cases
}

/// What a job is.
fn settings() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut create = |rule, pointer: &str, sound, broken| {
        cases.push(case(Endpoint::Create, rule, pointer, sound, broken));
    };
    create("create/error/wrong-type", "/name", job(json!({"name": ""})), job(json!({"name": 1})));
    create("create/error/wrong-type", "/libraries", job(json!({})), job(json!({"libraries": {}})));
    create(
        "create/limit/int32-range",
        "/max_retries",
        job(json!({"max_retries": i32::MAX})),
        job(json!({"max_retries": 1_u64 << 31})),
    );
    create(
        "create/error/no-cluster",
        "/",
        job(json!({})),
        job(json!({"existing_cluster_id": null})),
    );
    create(
        "create/error/no-cluster",
        "/",
        merged(
            task("pipeline_task", json!({"pipeline_id": "p"})),
            json!({"existing_cluster_id": null}),
        ),
        merged(
            task("spark_python_task", json!({"python_file": "p"})),
            json!({"existing_cluster_id": null}),
        ),
    );
    create(
        "create/error/both-clusters",
        "/",
        cluster(json!({})),
        merged(cluster(json!({})), json!({"existing_cluster_id": "c"})),
    );
    create("create/error/no-task", "/", job(json!({})), job(json!({"notebook_task": null})));
    create(
        "create/error/notebook-and-jar",
        "/",
        job(json!({})),
        job(json!({"spark_jar_task": {"main_class_name": "M"}})),
    );
    create(
        "create/error/two-task-types",
        "/",
        job(json!({})),
        job(json!({"pipeline_task": {"pipeline_id": "p"}})),
    );
    create(
        "create/error/two-task-types",
        "/",
        task("spark_jar_task", json!({"main_class_name": "M"})),
        merged(
            task("spark_jar_task", json!({"main_class_name": "M"})),
            json!({"run_job_task": {"job_id": 1}}),
        ),
    );
    for (rule, name, inside, outside) in [
        ("create/error/max-retries-below-minus-one", "/max_retries", -1, -2),
        ("create/error/negative-retry-interval", "/min_retry_interval_millis", 0, -1),
        ("create/error/negative-timeout", "/timeout_seconds", 0, -1),
        ("create/error/max-concurrent-negative", "/max_concurrent_runs", 0, -1),
        ("create/limit/max-concurrent-over-1000", "/max_concurrent_runs", 1000, 1001),
    ] {
        let (field, inside, outside) = (&name[1..], json!(inside), json!(outside));
        create(rule, name, job(json!({field: inside})), job(json!({field: outside})));
    }
    let schedule = json!({"quartz_cron_expression": "0 0 0 * * ?", "timezone_id": "UTC"});
    let with_schedule = |change| job(json!({"schedule": merged(schedule.clone(), change)}));
    create(
        "settings/schema/cron-required",
        "/schedule/quartz_cron_expression",
        with_schedule(json!({})),
        with_schedule(json!({"quartz_cron_expression": null})),
    );
    create(
        "settings/schema/timezone-required",
        "/schedule/timezone_id",
        with_schedule(json!({"pause_status": "PAUSED"})),
        with_schedule(json!({"timezone_id": null})),
    );
    create(
        "settings/schema/pause-status-enum",
        "/schedule/pause_status",
        with_schedule(json!({"pause_status": "UNPAUSED"})),
        with_schedule(json!({"pause_status": "paused"})),
    );
    for name in ["on_start", "on_success", "on_failure"] {
        create(
            "settings/error/email-non-ascii",
            &format!("/email_notifications/{name}/1"),
            job(json!({"email_notifications": {name: ["a@b", "c@d"]}})),
            job(json!({"email_notifications": {name: ["a@b", "ć@d"]}})),
        );
    }
    create(
        "settings/schema/email-fields",
        "/email_notifications",
        job(json!({"email_notifications": {"on_duration_warning_threshold_exceeded": ["ć@d"]}})),
        job(json!({"email_notifications": []})),
    );
    let webhooks = |count| vec![json!({"id": "w"}); count];
    for name in ["on_start", "on_success", "on_failure", "on_duration_warning_threshold_exceeded"] {
        create(
            "settings/limit/webhook-max-3",
            &format!("/webhook_notifications/{name}"),
            job(json!({"webhook_notifications": {name: webhooks(3)}})),
            job(json!({"webhook_notifications": {name: webhooks(4)}})),
        );
    }
    create(
        "settings/schema/webhook-id-required",
        "/webhook_notifications/on_start/0/id",
        job(json!({"webhook_notifications": {"on_start": [{"id": ""}]}})),
        job(json!({"webhook_notifications": {"on_start": [{}]}})),
    );
    create(
        "settings/schema/notification-settings-echo",
        "/notification_settings",
        job(json!({"notification_settings": {"alert_on_last_attempt": true}})),
        job(json!({"notification_settings": "all"})),
    );
    let health = |metric, operator, value| {
        let rule = json!({"metric": metric, "operator": operator, "value": value});
        job(json!({"health": {"rules": [rule]}}))
    };
    let sound = health("RUN_DURATION_SECONDS", "GREATER_THAN", json!(1));
    create(
        "settings/schema/health-metric-enum",
        "/health/rules/0/metric",
        sound.clone(),
        health("RUN_COST", "GREATER_THAN", json!(1)),
    );
    create(
        "settings/schema/health-operator-enum",
        "/health/rules/0/operator",
        sound.clone(),
        health("RUN_DURATION_SECONDS", "LESS_THAN", json!(1)),
    );
    create(
        "settings/schema/health-value-int",
        "/health/rules/0/value",
        sound,
        health("RUN_DURATION_SECONDS", "GREATER_THAN", json!("x")),
    );
    cases
}

/// What it does.
fn tasks() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut create = |rule, pointer: &str, sound, broken| {
        cases.push(case(Endpoint::Create, rule, pointer, sound, broken));
    };
    create(
        "task/schema/notebook-path-required",
        "/notebook_task/notebook_path",
        job(json!({})),
        job(json!({"notebook_task": {}})),
    );
    create(
        "task/error/notebook-path-absolute",
        "/notebook_task/notebook_path",
        job(json!({"notebook_task": {"notebook_path": "/"}})),
        job(json!({"notebook_task": {"notebook_path": "Users/x"}})),
    );
    let notebook = |parameters| {
        job(json!({"notebook_task": {"notebook_path": "/n", "base_parameters": parameters}}))
    };
    create(
        "task/schema/base-parameters-map",
        "/notebook_task/base_parameters",
        notebook(json!({"a": "b"})),
        notebook(json!(["a"])),
    );
    create(
        "task/schema/base-parameters-map",
        "/notebook_task/base_parameters/a",
        notebook(json!({"a": "1"})),
        notebook(json!({"a": 1})),
    );
    create(
        "task/error/base-parameters-non-ascii",
        "/notebook_task/base_parameters/a",
        notebook(json!({"a": "~"})),
        notebook(json!({"a": "é"})),
    );
    create(
        "task/error/base-parameters-non-ascii",
        "/notebook_task/base_parameters/é",
        notebook(json!({"~": "a"})),
        notebook(json!({"é": "a"})),
    );
    create(
        "task/schema/python-file-required",
        "/spark_python_task/python_file",
        task("spark_python_task", json!({"python_file": "f"})),
        task("spark_python_task", json!({})),
    );
    create(
        "task/schema/jar-main-class",
        "/spark_jar_task/main_class_name",
        task("spark_jar_task", json!({"main_class_name": "M"})),
        task("spark_jar_task", json!({"jar_uri": "dbfs:/x"})),
    );
    create(
        "task/schema/jar-uri-deprecated",
        "/spark_jar_task/jar_uri",
        task("spark_jar_task", json!({"main_class_name": "M", "jar_uri": ""})),
        task("spark_jar_task", json!({"main_class_name": "M", "jar_uri": false})),
    );
    create(
        "task/schema/pipeline-id",
        "/pipeline_task/pipeline_id",
        task("pipeline_task", json!({"pipeline_id": "p"})),
        task("pipeline_task", json!({})),
    );
    create(
        "task/schema/run-job-id-required",
        "/run_job_task/job_id",
        task("run_job_task", json!({"job_id": 932_035_899_730_845_i64})),
        task("run_job_task", json!({})),
    );
    let submit = |change| {
        let task = json!({"notebook_task": null, "spark_submit_task": {"parameters": ["a"]}});
        merged(merged(cluster(json!({})), task), change)
    };
    create(
        "task/error/spark-submit-existing-cluster",
        "/",
        submit(json!({})),
        submit(json!({"new_cluster": null, "existing_cluster_id": "c"})),
    );
    create(
        "task/error/spark-submit-libraries",
        "/",
        submit(json!({"libraries": []})),
        submit(json!({"libraries": [{"jar": "dbfs:/x"}]})),
    );
    create(
        "task/error/spark-submit-spark-conf",
        "/",
        merged(
            submit(json!({})),
            json!({"new_cluster": cluster(json!({"spark_conf": {}}))["new_cluster"]}),
        ),
        merged(
            submit(json!({})),
            json!({"new_cluster": cluster(json!({"spark_conf": {"a": "b"}}))["new_cluster"]}),
        ),
    );
    create(
        "task/error/spark-submit-reserved-args",
        "/spark_submit_task/parameters",
        submit(json!({"spark_submit_task": {"parameters": ["--class", "master"]}})),
        submit(json!({"spark_submit_task": {"parameters": ["--master", "local"]}})),
    );
    create(
        "task/error/spark-submit-reserved-args",
        "/spark_submit_task/parameters",
        submit(json!({"spark_submit_task": {"parameters": ["--masters=a", "x=--master"]}})),
        submit(json!({"spark_submit_task": {"parameters": ["--master=local"]}})),
    );
    cases
}

/// What it runs on.
fn clusters() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut change = |rule, pointer: &str, inside, outside| {
        let (sound, broken) = (cluster(inside), cluster(outside));
        cases.push(case(Endpoint::Create, rule, pointer, sound, broken));
    };
    change(
        "cluster/schema/spark-version-required",
        "/new_cluster/spark_version",
        json!({}),
        json!({"spark_version": null}),
    );
    for inside in ["node_type_id", "instance_pool_id", "policy_id"] {
        change(
            "cluster/schema/node-type-or-pool",
            "/new_cluster",
            merged(json!({"node_type_id": null}), json!({inside: "x"})),
            json!({"node_type_id": null}),
        );
    }
    change("cluster/error/size-missing", "/new_cluster", json!({}), json!({"num_workers": null}));
    let scaled = |min, max| json!({"num_workers": null, "autoscale": {"min_workers": min, "max_workers": max}});
    change(
        "cluster/error/size-both",
        "/new_cluster",
        scaled(1, 2),
        json!({"autoscale": {"min_workers": 1, "max_workers": 2}}),
    );
    change(
        "cluster/error/autoscale-equal",
        "/new_cluster/autoscale/max_workers",
        scaled(1, 2),
        scaled(2, 2),
    );
    change(
        "cluster/error/autoscale-reversed",
        "/new_cluster/autoscale/max_workers",
        scaled(1, 2),
        scaled(2, 1),
    );
    change(
        "cluster/error/negative-workers",
        "/new_cluster/num_workers",
        json!({"num_workers": 0}),
        json!({"num_workers": -1}),
    );
    change(
        "cluster/error/driver-pool-needs-pool",
        "/new_cluster/instance_pool_id",
        json!({"driver_instance_pool_id": "d", "instance_pool_id": "p"}),
        json!({"driver_instance_pool_id": "d"}),
    );
    let tags = |count: usize| {
        let tags: Map<_, _> = (0..count).map(|n| (format!("t{n}"), json!("v"))).collect();
        json!({"custom_tags": tags})
    };
    change("cluster/limit/tags-45", "/new_cluster/custom_tags", tags(45), tags(46));
    change(
        "cluster/limit/tag-key-length",
        "/new_cluster/custom_tags/",
        json!({"custom_tags": {"é".repeat(512): "v", "k": "v"}}),
        json!({"custom_tags": {"": "v"}}),
    );
    change(
        "cluster/limit/tag-value-256",
        "/new_cluster/custom_tags/k",
        json!({"custom_tags": {"k": "é".repeat(256)}}),
        json!({"custom_tags": {"k": "é".repeat(257)}}),
    );
    for key in ["azure-x", "microsoft", "windows1"] {
        change(
            "cluster/error/tag-key-prefix",
            &format!("/new_cluster/custom_tags/{key}"),
            json!({"custom_tags": {"my-azure": "v"}}),
            json!({"custom_tags": {key: "v"}}),
        );
    }
    change(
        "cluster/schema/spark-conf-scalar-values",
        "/new_cluster/spark_conf/a",
        json!({"spark_conf": {"spark.speculation": true, "spark.streaming.ui.retainedBatches": 5}}),
        json!({"spark_conf": {"a": []}}),
    );
    change(
        "cluster/error/env-vars-non-ascii",
        "/new_cluster/spark_env_vars/A",
        json!({"spark_env_vars": {"A": "a"}}),
        json!({"spark_env_vars": {"A": "é"}}),
    );
    change(
        "cluster/error/first-on-demand-positive",
        "/new_cluster/azure_attributes/first_on_demand",
        json!({"azure_attributes": {"first_on_demand": 1}}),
        json!({"azure_attributes": {"first_on_demand": 0}}),
    );
    change(
        "cluster/schema/availability-enum",
        "/new_cluster/azure_attributes/availability",
        json!({"azure_attributes": {"availability": "SPOT_AZURE"}}),
        json!({"azure_attributes": {"availability": "SPOT"}}),
    );
    change(
        "cluster/schema/spot-bid-default",
        "/new_cluster/azure_attributes/spot_bid_max_price",
        json!({"azure_attributes": {"spot_bid_max_price": -1.0}}),
        json!({"azure_attributes": {"spot_bid_max_price": "dear"}}),
    );
    for name in ["workspace", "dbfs", "abfss", "file"] {
        change(
            "cluster/error/init-script-destination",
            &format!("/new_cluster/init_scripts/0/{name}/destination"),
            json!({"init_scripts": [{name: {"destination": "x"}}]}),
            json!({"init_scripts": [{name: {}}]}),
        );
    }
    change(
        "cluster/schema/init-scripts-order",
        "/new_cluster/init_scripts",
        json!({"init_scripts": []}),
        json!({"init_scripts": {}}),
    );
    change(
        "cluster/error/log-conf-destination",
        "/new_cluster/cluster_log_conf/dbfs/destination",
        json!({"cluster_log_conf": {"dbfs": {"destination": "dbfs:/x"}}}),
        json!({"cluster_log_conf": {"dbfs": {}}}),
    );
    change(
        "cluster/error/log-conf-one-destination",
        "/new_cluster/cluster_log_conf",
        json!({"cluster_log_conf": {"s3": {"destination": "s3://x"}}}),
        json!({"cluster_log_conf": {
            "dbfs": {"destination": "dbfs:/x"},
            "s3": {"destination": "s3://x"},
        }}),
    );
    for character in "<>%*&+?\\/".chars() {
        let pointer = Pointer::root().join("new_cluster").join("custom_tags");
        change(
            "cluster/error/tag-key-chars",
            pointer.join(format!("a{character}")).as_str(),
            json!({"custom_tags": {"a-_.:=@ #": "v"}}),
            json!({"custom_tags": {format!("a{character}"): "v"}}),
        );
    }

    cases
}

/// What is installed there.
fn libraries() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut create = |rule, pointer: &str, sound, broken| {
        cases.push(case(Endpoint::Create, rule, pointer, sound, broken));
    };
    let libraries = |library| job(json!({"libraries": [library]}));
    create(
        "library/schema/one-of",
        "/libraries/0",
        libraries(json!({"jar": "dbfs:/x"})),
        libraries(json!({})),
    );
    create(
        "library/schema/one-of",
        "/libraries/0",
        libraries(json!({"egg": "dbfs:/x"})),
        libraries(json!({"jar": "dbfs:/x", "whl": "dbfs:/x"})),
    );
    for (rule, kind, name) in [
        ("library/schema/pypi-package-required", "pypi", "package"),
        ("library/schema/maven-coordinates-required", "maven", "coordinates"),
        ("library/schema/cran-package-required", "cran", "package"),
    ] {
        create(
            rule,
            &format!("/libraries/0/{kind}/{name}"),
            libraries(json!({kind: {name: "x"}})),
            libraries(json!({kind: {"repo": "x"}})),
        );
    }
    cases
}

/// What a run is given.
fn run_now() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut run_now = |rule, pointer: &str, sound, broken| {
        cases.push(case(Endpoint::RunNow, rule, pointer, sound, broken));
    };
    run_now(
        "run-now/error/params-type",
        "/jar_params",
        json!({"job_id": 1, "jar_params": []}),
        json!({"job_id": 1, "jar_params": {}}),
    );
    run_now(
        "run-now/error/jar-and-notebook",
        "/",
        json!({"job_id": 1, "jar_params": [], "notebook_params": {"a": "b"}}),
        json!({"job_id": 1, "jar_params": ["a"], "notebook_params": {"a": "b"}}),
    );
    run_now(
        "run-now/error/one-kind-of-params",
        "/",
        json!({"job_id": 1, "python_params": ["a"], "spark_submit_params": ["a"]}),
        json!({"job_id": 1, "python_params": ["a"], "jar_params": ["a"]}),
    );
    for (rule, name) in [
        ("run-now/limit/jar-params-10000", "jar_params"),
        ("run-now/limit/python-params-10000", "python_params"),
        ("run-now/limit/spark-submit-params-10000", "spark_submit_params"),
    ] {
        run_now(rule, &format!("/{name}"), parameters(name, 10_000), parameters(name, 10_001));
    }
    run_now(
        "run-now/limit/jar-params-10000",
        "/jar_params",
        // Nineteen bytes stand around it, and each character is two.
        json!({"job_id": 1, "jar_params": ["é".repeat(4990)]}),
        json!({"job_id": 1, "jar_params": ["é".repeat(4991)]}),
    );
    let named = |bytes: usize| json!({"job_id": 1, "notebook_params": {"k": "v".repeat(bytes - r#"{"notebook_params":{"k":""}}"#.len())}});
    run_now(
        "run-now/limit/notebook-params-10000",
        "/notebook_params",
        named(10_000),
        named(10_001),
    );
    run_now(
        "run-now/error/notebook-params-non-ascii",
        "/notebook_params/é",
        json!({"job_id": 1, "notebook_params": {"e": "a"}}),
        json!({"job_id": 1, "notebook_params": {"é": "a"}}),
    );
    for (rule, name) in [
        ("run-now/error/python-params-non-ascii", "python_params"),
        ("run-now/error/spark-submit-params-non-ascii", "spark_submit_params"),
    ] {
        run_now(
            rule,
            &format!("/{name}/1"),
            json!({"job_id": 1, name: ["a", "e"]}),
            json!({"job_id": 1, name: ["a", "é"]}),
        );
    }
    run_now(
        "run-now/idempotency/token-65",
        "/idempotency_token",
        json!({"job_id": 1, "idempotency_token": "é".repeat(64)}),
        json!({"job_id": 1, "idempotency_token": "t".repeat(65)}),
    );
    cases
}

/// A run without a job.
fn runs_submit() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut submit = |rule, pointer: &str, sound, broken| {
        cases.push(case(Endpoint::RunsSubmit, rule, pointer, sound, broken));
    };
    submit(
        "settings/error/validation-parity",
        "/run_name",
        job(json!({"run_name": "n"})),
        job(json!({"run_name": []})),
    );
    submit(
        "runs-submit/limit/run-name-4096",
        "/run_name",
        job(json!({"run_name": "é".repeat(2048)})),
        job(json!({"run_name": format!("{}x", "é".repeat(2048))})),
    );
    submit(
        "runs-submit/idempotency/token-65",
        "/idempotency_token",
        job(json!({"idempotency_token": "t".repeat(64)})),
        job(json!({"idempotency_token": "t".repeat(65)})),
    );
    submit(
        "runs-submit/error/no-cluster",
        "/",
        job(json!({})),
        job(json!({"existing_cluster_id": null})),
    );
    submit("runs-submit/error/no-task", "/", job(json!({})), job(json!({"notebook_task": null})));
    submit(
        "runs-submit/error/notebook-and-jar",
        "/",
        job(json!({})),
        job(json!({"spark_jar_task": {"main_class_name": "M"}})),
    );
    cases
}

/// A list of runs.
fn runs_list() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut list = |rule, pointer: &str, sound, broken| {
        cases.push(case(Endpoint::RunsList, rule, pointer, sound, broken));
    };
    list(
        "runs-list/error/bad-bool",
        "/active_only",
        json!({"active_only": true}),
        json!({"active_only": "maybe"}),
    );
    list("runs-list/error/unknown-job", "/job_id", json!({}), json!({"job_id": "abc"}));
    list(
        "runs-list/pagination/offset-negative",
        "/offset",
        json!({"offset": 0}),
        json!({"offset": -1}),
    );
    list(
        "runs-list/pagination/limit-negative",
        "/limit",
        json!({"limit": 0}),
        json!({"limit": -1}),
    );
    list(
        "runs-list/pagination/limit-too-big",
        "/limit",
        json!({"limit": 1000}),
        json!({"limit": 1001}),
    );
    list(
        "runs-list/error/run-type-invalid",
        "/run_type",
        json!({"run_type": "SUBMIT_RUN"}),
        json!({"run_type": "NOPE"}),
    );
    list(
        "runs-list/error/active-and-completed",
        "/",
        json!({"active_only": true, "completed_only": false}),
        json!({"active_only": true, "completed_only": true}),
    );
    cases
}
