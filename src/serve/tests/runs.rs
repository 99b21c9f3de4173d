//! Runs that are asked for, and their removal.

use super::*;

#[test]
fn parameters_of_a_run_are_shown_as_sent_and_change_nothing_else() {
    let mut desk = Desk::new();
    let job_id = desk.job("/n", json!({}));
    let before = desk.settings(job_id);
    let arguments = json!({"job_id": job_id, "notebook_params": {"b": "1", "a": "2"}});
    let run_id = desk.ok(RunNow, arguments)["run_id"].as_i64().unwrap();
    let shown = desk.run(run_id)["overriding_parameters"].to_string();
    assert_eq!(shown, r#"{"notebook_params":{"b":"1","a":"2"}}"#);
    assert_eq!(desk.settings(job_id), before);
    desk.pass(WHOLE_MS);
    let bare = desk.run_now(job_id);
    assert_eq!(desk.run(bare).get("overriding_parameters"), None);
}

#[test]
fn a_refused_run_leaves_no_trace() {
    let mut desk = Desk::new();
    let job_id = desk.job("/n", json!({}));
    for more in [
        json!({"jar_params": ["a"], "notebook_params": {"a": "b"}}),
        json!({"notebook_params": {"ключ": "b"}}),
        json!({"python_params": ["漢"]}),
        json!({"jar_params": ["x".repeat(9982)]}),
        json!({"idempotency_token": "x".repeat(65)}),
    ] {
        let mut arguments = more;
        arguments["job_id"] = job_id.into();
        desk.refused(RunNow, arguments);
    }
    assert_eq!(desk.runs(json!({})), Vec::<Value>::new());
    desk.ok(RunNow, json!({"job_id": job_id, "jar_params": ["x".repeat(9981)]}));
}

#[test]
fn a_submitted_run_is_no_job() {
    let mut desk = Desk::new();
    let submit = json!({
        "run_name": "ein Lauf – 漢", "libraries": [{"jar": "dbfs:/a.jar"}],
        "existing_cluster_id": "c", "notebook_task": {"notebook_path": "/n"}, "timeout_seconds": 2
    });
    let answer = desk.ok(RunsSubmit, submit.clone());
    let run_id = answer["run_id"].as_i64().unwrap();
    assert_eq!(answer, json!({"run_id": run_id}));
    let run = desk.run(run_id);
    assert_eq!(run["run_name"], "ein Lauf – 漢");
    assert_eq!((&run["run_type"], &run["trigger"]), (&json!("SUBMIT_RUN"), &json!("ONE_TIME")));
    assert_eq!(run["number_in_job"], 1);
    let cluster_spec = json!({"existing_cluster_id": "c", "libraries": [{"jar": "dbfs:/a.jar"}]});
    assert_eq!(run["cluster_spec"], cluster_spec);
    assert_eq!(desk.ok(List, json!({})), json!({}));
    desk.refused(Get, json!({"job_id": run["job_id"]}));
    let second = desk.ok(RunsSubmit, submit)["run_id"].as_i64().unwrap();
    assert_eq!(desk.state(second), "PENDING", "no job limits them");
    desk.pass(WHOLE_MS);
    assert_eq!(desk.state(run_id), "TERMINATED TIMEDOUT");
    assert_eq!(desk.runs(json!({"run_type": "SUBMIT_RUN"})).len(), 2);
}

#[test]
fn what_a_submit_leaves_out_has_defaults() {
    let mut desk = Desk::new();
    let submit = json!({"pipeline_task": {"pipeline_id": "p"}});
    let run_id = desk.ok(RunsSubmit, submit)["run_id"].as_i64().unwrap();
    desk.pass(PENDING_MS);
    let run = desk.run(run_id);
    assert_eq!(run["run_name"], "Untitled");
    assert_eq!(run["cluster_spec"], json!({}));
    assert_eq!(run.get("cluster_instance"), None);
}

#[test]
fn the_name_of_a_run_is_cut_where_that_of_its_job_is_too_long() {
    let mut desk = Desk::new();
    let job_id = desk.job("/n", json!({"name": format!("x{}", "é".repeat(3000))}));
    let run_id = desk.run_now(job_id);
    assert_eq!(desk.run(run_id)["run_name"].as_str().unwrap().len(), 4095);
}

#[test]
fn a_run_is_removed_only_once_it_has_ended() {
    let mut desk = Desk::new();
    let job_id = desk.job("/n", json!({}));
    let run_id = desk.run_now(job_id);
    for _ in 0..3 {
        let before = desk.run(run_id);
        let (status, refusal) = desk.call(RunsDelete, &json!({"run_id": run_id}));
        assert_eq!((status, &refusal["error_code"]), (400, &json!("INVALID_STATE")));
        assert_eq!(desk.run(run_id), before);
        desk.pass(PENDING_MS);
    }
    desk.pass(WHOLE_MS);
    assert_eq!(desk.ok(RunsDelete, json!({"run_id": run_id})), json!({}));
    for endpoint in [RunsGet, RunsGetOutput, RunsExport, RunsCancel, RunsDelete] {
        desk.refused(endpoint, json!({"run_id": run_id}));
    }
    assert_eq!(desk.runs(json!({})), Vec::<Value>::new());
    assert_eq!(desk.ok(RunNow, json!({"job_id": job_id}))["number_in_job"], 2);
}
