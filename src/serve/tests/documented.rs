//! The document's own examples, rebuilt from its text, as `curl` sends them.

use super::*;

fn create_example() -> Value {
    json!({
        "name": "Nightly model training",
        "new_cluster": {
            "spark_version": "7.3.x-scala2.12",
            "node_type_id": "Standard_D3_v2",
            "num_workers": 10
        },
        "libraries": [
            {"jar": "dbfs:/my-jar.jar"},
            {"maven": {"coordinates": "org.jsoup:jsoup:1.7.2"}}
        ],
        "timeout_seconds": 3600,
        "max_retries": 1,
        "schedule": {
            "quartz_cron_expression": "0 15 22 * * ?",
            "timezone_id": "America/Los_Angeles"
        },
        "spark_jar_task": {"main_class_name": "com.databricks.ComputeModels"}
    })
}

#[test]
fn create_and_run_a_jar() {
    let mut desk = Desk::new();
    assert_eq!(desk.ok(Create, create_example()), json!({"job_id": 1}));
    let mut expected = create_example();
    expected["schedule"]["pause_status"] = json!("UNPAUSED");
    expected["new_cluster"]["driver_node_type_id"] = json!("Standard_D3_v2");
    let settings = desk.settings(1);
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&settings[name], value, "{name}");
    }
    let run_now = json!({"job_id": 1, "jar_params": ["john doe", "35"]});
    let run_id = desk.ok(RunNow, run_now)["run_id"].as_i64().unwrap();
    let run = desk.run(run_id);
    assert_eq!(run["overriding_parameters"], json!({"jar_params": ["john doe", "35"]}));
    assert_eq!(run["cluster_spec"]["libraries"], expected["libraries"]);
    assert_eq!(run["cluster_spec"]["new_cluster"], expected["new_cluster"]);
    assert_eq!(run["task"], json!({"spark_jar_task": expected["spark_jar_task"]}));
}

#[test]
fn reset_one_job_to_the_settings_of_another() {
    let mut desk = Desk::new();
    desk.ok(Create, create_example());
    let other = desk.job("/n", json!({"max_concurrent_runs": 7}));
    let new_settings = desk.settings(1);
    desk.ok(Reset, json!({"job_id": other, "new_settings": new_settings}));
    assert_eq!(desk.settings(other), desk.settings(1));
}

#[test]
fn update_a_job_to_an_existing_cluster_without_libraries() {
    let mut desk = Desk::new();
    desk.ok(Create, create_example());
    let emails = json!({"on_start": ["someone@example.com"], "on_success": [], "on_failure": []});
    let update = json!({
        "job_id": 1,
        "new_settings": {
            "existing_cluster_id": "1201-my-cluster", "email_notifications": emails
        },
        "fields_to_remove": ["libraries"]
    });
    desk.ok(Update, update);
    let mut expected = create_example();
    let settings = expected.as_object_mut().unwrap();
    settings.remove("libraries");
    settings.remove("new_cluster");
    settings.insert("existing_cluster_id".to_owned(), json!("1201-my-cluster"));
    settings.insert("email_notifications".to_owned(), emails);
    settings.insert("max_concurrent_runs".to_owned(), json!(1));
    settings.insert("min_retry_interval_millis".to_owned(), json!(0));
    settings.insert("retry_on_timeout".to_owned(), json!(false));
    settings["schedule"]["pause_status"] = json!("UNPAUSED");
    assert_eq!(desk.settings(1), expected);
}

#[test]
fn run_a_notebook_with_parameters() {
    let mut desk = Desk::new();
    let job_id = desk.job("/jobdeck/parameters", json!({}));
    let parameters = json!({"name": "john doe", "age": "35"});
    let run_now = json!({"job_id": job_id, "notebook_params": parameters});
    let run_id = desk.ok(RunNow, run_now)["run_id"].clone();
    desk.pass(WHOLE_MS);
    let output = desk.ok(RunsGetOutput, json!({"run_id": run_id}));
    let result = output["notebook_output"]["result"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(result).unwrap(), parameters);
}

#[test]
fn submit_a_one_time_run() {
    let mut desk = Desk::new();
    let mut submit = create_example();
    for other in ["name", "max_retries", "schedule", "timeout_seconds"] {
        submit.as_object_mut().unwrap().remove(other);
    }
    submit["run_name"] = json!("my spark task");
    let run_id = desk.ok(RunsSubmit, submit)["run_id"].as_i64().unwrap();
    assert_eq!(desk.run(run_id)["run_name"], "my spark task");
}

#[test]
fn spark_configurations_and_submits_of_the_document() {
    let mut desk = Desk::new();
    let mut job = create_example();
    let texts = json!({"spark.speculation": true, "spark.streaming.ui.retainedBatches": 5});
    job["new_cluster"]["spark_conf"] = texts.clone();
    let job_id = desk.ok(Create, job)["job_id"].as_i64().unwrap();
    assert_eq!(desk.settings(job_id)["new_cluster"]["spark_conf"], texts);
    let mut job = create_example();
    let settings = job.as_object_mut().unwrap();
    settings.remove("spark_jar_task");
    settings.remove("libraries");
    let parameters =
        json!(["--class", "org.apache.spark.examples.SparkPi", "dbfs:/path/to/examples.jar", "10"]);
    settings.insert("spark_submit_task".to_owned(), json!({"parameters": parameters}));
    let job_id = desk.ok(Create, job)["job_id"].as_i64().unwrap();
    desk.ok(RunNow, json!({"job_id": job_id, "spark_submit_params": parameters}));
}
