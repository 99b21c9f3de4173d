//! Saved jobs.

use super::*;

#[test]
fn a_new_job_is_there_at_once_in_get_and_list() {
    let mut desk = Desk::new();
    let first = desk.job("/n", json!({"name": "a"}));
    desk.pass(1);
    let second = desk.job("/n", json!({"name": "a"}));
    assert_eq!((first, second), (1, 2));
    let (one, two) = (desk.ok(Get, json!({"job_id": 1})), desk.ok(Get, json!({"job_id": 2})));
    assert_eq!(one["created_time"].as_i64().unwrap() + 1, two["created_time"].as_i64().unwrap());
    assert_eq!(one["creator_user_name"], "someone@jobdeck.invalid");
    assert_eq!(desk.ok(List, json!({})), json!({"jobs": [one, two]}));
}

#[test]
fn settings_are_shown_as_sent_with_defaults() {
    let mut desk = Desk::new();
    let sent = json!({
        "name": "Nightly", "max_retries": 2, "libraries": [{"jar": "dbfs:/a.jar"}],
        "schedule": {"quartz_cron_expression": "0 15 22 * * ?", "timezone_id": "UTC"},
        "unknown": true
    });
    let job_id = desk.job("/n", sent);
    let expected = json!({
        "existing_cluster_id": "c", "notebook_task": {"notebook_path": "/n"},
        "name": "Nightly", "max_retries": 2, "libraries": [{"jar": "dbfs:/a.jar"}],
        "schedule": {
            "quartz_cron_expression": "0 15 22 * * ?", "timezone_id": "UTC",
            "pause_status": "UNPAUSED"
        },
        "email_notifications": {}, "timeout_seconds": 0, "max_concurrent_runs": 1,
        "min_retry_interval_millis": 0, "retry_on_timeout": false
    });
    assert_eq!(desk.settings(job_id), expected);
}

#[test]
fn tags_on_a_legacy_node_type_are_refused_and_change_nothing() {
    let mut desk = Desk::new();
    let with = |cluster: Value| {
        let mut whole = json!({"spark_version": "7", "num_workers": 1});
        whole.as_object_mut().unwrap().extend(cluster.as_object().unwrap().clone());
        json!({"new_cluster": whole, "notebook_task": {"notebook_path": "/n"}})
    };
    let job_id =
        desk.ok(Create, with(json!({"node_type_id": "memory-optimized"})))["job_id"].clone();
    let before = desk.ok(Get, json!({"job_id": job_id}));
    for tagged in [
        json!({"node_type_id": "memory-optimized", "custom_tags": {"team": "a"}}),
        json!({"node_type_id": "n", "driver_node_type_id": "compute-optimized", "custom_tags": {"team": "a"}}),
    ] {
        let settings = with(tagged);
        let new = json!({"job_id": job_id, "new_settings": settings});
        for (endpoint, arguments) in [
            (Create, settings.clone()),
            (Reset, new.clone()),
            (Update, new),
            (RunsSubmit, settings),
        ] {
            let message = desk.refused(endpoint, arguments);
            assert!(
                message.starts_with("Custom tags are not supported on the legacy"),
                "{message}"
            );
        }
    }
    assert_eq!(desk.ok(List, json!({})), json!({"jobs": [before]}));
    desk.ok(Create, with(json!({"node_type_id": "memory-optimized", "custom_tags": {}})));
    assert_eq!(desk.runs(json!({})), [json!(null); 0]);
}

#[test]
fn numbers_stay_as_they_were_written() {
    let mut desk = Desk::new();
    let text = r#"{"spot_bid_max_price":-1.0,"first_on_demand":1}"#;
    let job_id = desk.job(
        "/n",
        json!({
            "existing_cluster_id": null,
            "new_cluster": {
                "spark_version": "7", "node_type_id": "n", "num_workers": 1,
                "azure_attributes": serde_json::from_str::<Value>(text).unwrap()
            }
        }),
    );
    let shown = desk.settings(job_id)["new_cluster"]["azure_attributes"].to_string();
    assert_eq!(shown, text);
}

#[test]
fn a_reset_replaces_everything_but_the_identity() {
    let mut desk = Desk::new();
    let job_id = desk.job("/n", json!({"name": "old", "max_retries": 1, "timeout_seconds": 9}));
    let run_id = desk.run_now(job_id);
    let before = desk.ok(Get, json!({"job_id": job_id}));
    desk.pass(WHOLE_MS);
    let new = json!({
        "existing_cluster_id": "d", "spark_python_task": {"python_file": "dbfs:/p"}, "nope": 1
    });
    assert_eq!(desk.ok(Reset, json!({"job_id": job_id, "new_settings": new})), json!({}));
    let after = desk.ok(Get, json!({"job_id": job_id}));
    for kept in ["job_id", "created_time", "creator_user_name"] {
        assert_eq!(before[kept], after[kept]);
    }
    let expected = json!({
        "existing_cluster_id": "d", "spark_python_task": {"python_file": "dbfs:/p"},
        "name": "Untitled", "email_notifications": {}, "timeout_seconds": 0,
        "max_concurrent_runs": 1
    });
    assert_eq!(after["settings"], expected);
    assert_eq!(desk.run(run_id)["task"], json!({"notebook_task": {"notebook_path": "/n"}}));
    assert_eq!(desk.ok(RunNow, json!({"job_id": job_id}))["number_in_job"], 2);
}

#[test]
fn a_reset_needs_settings_and_valid_ones() {
    let mut desk = Desk::new();
    let job_id = desk.job("/n", json!({}));
    let before = desk.settings(job_id);
    desk.refused(Reset, json!({"job_id": job_id}));
    desk.refused(Reset, json!({"job_id": job_id, "new_settings": {"name": "x"}}));
    assert_eq!(desk.settings(job_id), before);
}

/// What becomes of a job's settings by an update.
#[track_caller]
fn check(before: Value, update: Value, expected: Result<Value, &str>) {
    let mut desk = Desk::new();
    let job_id = desk.job("/n", before);
    let before = desk.settings(job_id);
    let mut arguments = update;
    arguments["job_id"] = job_id.into();
    match expected {
        Ok(expected) => {
            desk.ok(Update, arguments);
            let mut whole = json!({
                "existing_cluster_id": "c", "notebook_task": {"notebook_path": "/n"},
                "name": "Untitled", "email_notifications": {}, "timeout_seconds": 0,
                "max_concurrent_runs": 1
            });
            for (name, value) in expected.as_object().unwrap() {
                match value {
                    Value::Null => whole.as_object_mut().unwrap().remove(name),
                    value => whole.as_object_mut().unwrap().insert(name.clone(), value.clone()),
                };
            }
            assert_eq!(desk.settings(job_id), whole);
        }
        Err(words) => {
            let message = desk.refused(Update, arguments);
            assert!(message.contains(words), "{message}");
            assert_eq!(desk.settings(job_id), before, "a refused update changes nothing");
        }
    }
}

#[test]
fn an_update_changes_what_it_names() {
    let emails = json!({"email_notifications": {"on_start": ["a@b.c"], "on_failure": ["a@b.c"]}});
    check(emails.clone(), json!({}), Ok(emails.clone()));
    check(emails.clone(), json!({"new_settings": {"email_notications": {}}}), Ok(emails.clone()));
    check(
        emails,
        json!({"new_settings": {"email_notifications": {"on_start": ["d@e.f"]}}}),
        Ok(json!({"email_notifications": {"on_start": ["d@e.f"]}})),
    );
    check(
        json!({"name": "a", "max_concurrent_runs": 5, "libraries": [{"jar": "dbfs:/a"}]}),
        json!({"fields_to_remove": ["name", "max_concurrent_runs", "libraries", "unknown"]}),
        Ok(json!({})),
    );
    check(
        json!({}),
        json!({"new_settings": {"spark_python_task": {"python_file": "dbfs:/p"}}}),
        Ok(json!({"notebook_task": null, "spark_python_task": {"python_file": "dbfs:/p"}})),
    );
}

#[test]
fn an_update_that_would_leave_an_invalid_job_is_refused_as_a_whole() {
    check(
        json!({}),
        json!({"new_settings": {"name": "new"}, "fields_to_remove": ["notebook_task"]}),
        Err("notebook_task"),
    );
    check(
        json!({}),
        json!({"fields_to_remove": ["existing_cluster_id"]}),
        Err("Either new_cluster or existing_cluster_id must be specified."),
    );
    check(
        json!({}),
        json!({"new_settings": {"spark_submit_task": {"parameters": ["--class"]}}}),
        Err("existing_cluster_id"),
    );
    check(
        json!({}),
        json!({"new_settings": {"name": "new", "max_concurrent_runs": 1001}}),
        Err("max_concurrent_runs"),
    );
    check(
        json!({"email_notifications": {"on_start": ["a@b.c"]}}),
        json!({"fields_to_remove": ["email_notifications/on_start"]}),
        Err("email_notifications/on_start"),
    );
}

#[test]
fn a_removed_job_is_gone_with_its_history() {
    let mut desk = Desk::new();
    let job_id = desk.job("/n", json!({"max_concurrent_runs": 2}));
    let ended = desk.run_now(job_id);
    desk.pass(WHOLE_MS);
    let active = desk.run_now(job_id);
    let other = desk.job("/n", json!({}));
    assert_eq!(desk.ok(Delete, json!({"job_id": job_id})), json!({}));
    desk.refused(Get, json!({"job_id": job_id}));
    desk.refused(RunNow, json!({"job_id": job_id}));
    desk.refused(Update, json!({"job_id": job_id}));
    for run_id in [ended, active] {
        desk.refused(RunsGet, json!({"run_id": run_id}));
        desk.refused(RunsGetOutput, json!({"run_id": run_id}));
    }
    assert_eq!(desk.runs(json!({"job_id": job_id})), Vec::<Value>::new());
    assert_eq!(desk.runs(json!({})), Vec::<Value>::new());
    assert_eq!(desk.ok(List, json!({}))["jobs"][0]["job_id"], other);
    assert_eq!(desk.ok(Delete, json!({"job_id": job_id})), json!({}), "removed already");
    desk.refused(Delete, json!({}));
}

#[test]
fn active_runs_of_a_removed_job_end_unseen() {
    let mut desk = Desk::new();
    let job_id = desk.job("/jobdeck/sleep/1000000", json!({}));
    desk.run_now(job_id);
    desk.pass(PENDING_MS);
    desk.ok(Delete, json!({"job_id": job_id}));
    assert_eq!(desk.0.status()["active_runs"], 1);
    assert_eq!(desk.0.status()["runs"], 0);
    desk.pass(TERMINATING_MS);
    assert_eq!(desk.0.status()["active_runs"], 0);
}

#[test]
fn a_removed_job_is_not_retried() {
    let mut desk = Desk::new();
    let settings = json!({"max_retries": -1, "min_retry_interval_millis": 60_000});
    let job_id = desk.job("/jobdeck/fail", settings);
    desk.run_now(job_id);
    desk.pass(WHOLE_MS);
    desk.ok(Delete, json!({"job_id": job_id}));
    desk.pass(120_000);
    assert_eq!(desk.0.status()["runs"], 0);
}

#[test]
fn there_are_only_so_many_jobs_and_creations() {
    let limits = Limits { saved_jobs: 2, creations_per_hour: 3, ..Limits::default() };
    let mut desk = Desk::limited(limits);
    let job = json!({"existing_cluster_id": "c", "notebook_task": {"notebook_path": "/n"}});
    desk.ok(Create, job.clone());
    desk.ok(Create, job.clone());
    let (status, refusal) = desk.call(Create, &job);
    assert_eq!((status, &refusal["error_code"]), (400, &json!("QUOTA_EXCEEDED")));
    desk.ok(Delete, json!({"job_id": 1}));
    desk.pass(1000);
    desk.ok(RunsSubmit, job.clone());
    let full = |(status, refusal): (u16, Value)| {
        assert_eq!((status, &refusal["error_code"]), (400, &json!("INVALID_STATE")));
        let message = "There were already 3 jobs created in past 3600 seconds, exceeding rate limit: \
                       3 job creations per 3600 seconds.";
        assert_eq!(refusal["message"], message);
    };
    full(desk.call(RunsSubmit, &job));
    full(desk.call(Create, &job));
    desk.pass(3_599_000);
    desk.ok(Create, job);
}

#[test]
fn a_job_has_a_hundred_tasks_at_most() {
    let mut desk = Desk::new();
    let tasks = |count: usize| -> Value {
        (0..count).map(|number| json!({"task_key": format!("task_{number}")})).collect()
    };
    let job_id = desk.job("/n", json!({"tasks": tasks(100)}));
    let one_more = json!({"job_id": job_id, "new_settings": {"tasks": [{"task_key": "more"}]}});
    let told = "The job has 101 tasks; at most 100 are allowed.";
    assert_eq!(desk.refused(Update, one_more), told);
    let mut settings = desk.settings(job_id);
    settings["tasks"] = tasks(101);
    assert_eq!(desk.refused(Create, settings.clone()), told);
    let reset = json!({"job_id": job_id, "new_settings": settings});
    assert_eq!(desk.refused(Reset, reset), told);
    assert_eq!(desk.settings(job_id)["tasks"], tasks(100));
}

#[test]
fn health_rules_are_kept_and_shown() {
    let mut desk = Desk::new();
    let rule = json!({"metric": "RUN_DURATION_SECONDS", "operator": "GREATER_THAN", "value": 3600});
    let health = json!({"rules": [rule]});
    let job_id = desk.job("/n", json!({}));
    desk.ok(Update, json!({"job_id": job_id, "new_settings": {"health": health}}));
    assert_eq!(desk.settings(job_id)["health"], health);
}
