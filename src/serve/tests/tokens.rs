//! Idempotency tokens.

use super::*;

fn submit(token: &str) -> Value {
    json!({
        "existing_cluster_id": "c", "notebook_task": {"notebook_path": "/n"},
        "idempotency_token": token
    })
}

#[test]
fn a_token_gives_the_same_run_for_ever() {
    let mut desk = Desk::new();
    let job_id = desk.job("/n", json!({}));
    let first = desk.ok(RunNow, json!({"job_id": job_id, "idempotency_token": "t"}));
    let run_id = first["run_id"].as_i64().unwrap();
    for _ in 0..3 {
        let again = json!({
            "job_id": job_id, "idempotency_token": "t", "notebook_params": {"other": "body"}
        });
        assert_eq!(desk.ok(RunNow, again), first);
        assert_eq!(desk.run(run_id).get("overriding_parameters"), None);
        desk.pass(PENDING_MS + RUNNING_MS);
    }
    assert_eq!(desk.runs(json!({})).len(), 1);
    let other = desk.ok(RunNow, json!({"job_id": job_id, "idempotency_token": "u"}));
    assert_ne!(other, first);
}

#[test]
fn a_token_counts_in_the_whole_workspace() {
    let mut desk = Desk::new();
    let job_id = desk.job("/n", json!({}));
    let run_id = desk.ok(RunsSubmit, submit("t"))["run_id"].clone();
    assert_eq!(desk.ok(RunsSubmit, submit("t")), json!({"run_id": run_id}));
    for job_id in [job_id, 999] {
        let answer = desk.ok(RunNow, json!({"job_id": job_id, "idempotency_token": "t"}));
        assert_eq!(answer, json!({"run_id": run_id, "number_in_job": 1}));
    }
    assert_eq!(desk.runs(json!({})).len(), 1);
}

#[test]
fn an_empty_token_is_none() {
    let mut desk = Desk::new();
    assert_ne!(desk.ok(RunsSubmit, submit("")), desk.ok(RunsSubmit, submit("")));
}

#[test]
fn a_skipped_run_keeps_its_token() {
    let mut desk = Desk::new();
    let job_id = desk.job("/n", json!({"max_concurrent_runs": 0}));
    let arguments = json!({"job_id": job_id, "idempotency_token": "x".repeat(64)});
    assert_eq!(desk.ok(RunNow, arguments.clone()), desk.ok(RunNow, arguments));
}

#[test]
fn the_token_of_a_deleted_run_is_refused() {
    let mut desk = Desk::new();
    let job_id = desk.job("/n", json!({"max_concurrent_runs": 0}));
    let arguments = json!({"job_id": job_id, "idempotency_token": "t"});
    let run_id = desk.ok(RunNow, arguments.clone())["run_id"].clone();
    desk.ok(RunsDelete, json!({"run_id": run_id}));
    assert!(desk.refused(RunNow, arguments).contains("deleted"));
    assert!(desk.refused(RunsSubmit, submit("t")).contains("deleted"));
    assert_eq!(desk.runs(json!({})), Vec::<Value>::new());
}

#[test]
fn the_token_of_a_run_that_went_with_its_job_is_refused() {
    for pass_ms in [0, WHOLE_MS] {
        let mut desk = Desk::new();
        let job_id = desk.job("/n", json!({}));
        desk.ok(RunNow, json!({"job_id": job_id, "idempotency_token": "t"}));
        desk.pass(pass_ms);
        desk.ok(Delete, json!({"job_id": job_id}));
        desk.refused(RunsSubmit, submit("t"));
        desk.pass(WHOLE_MS);
        desk.refused(RunsSubmit, submit("t"));
    }
}

#[test]
fn a_refused_request_does_not_use_up_its_token() {
    let mut desk = Desk::limited(Limits { concurrent_runs: 1, ..Limits::default() });
    let mut invalid = submit("t");
    invalid["notebook_task"]["notebook_path"] = json!("relative");
    desk.refused(RunsSubmit, invalid);
    desk.refused(RunNow, json!({"job_id": 123, "idempotency_token": "t"}));
    desk.ok(RunsSubmit, submit("other"));
    assert_eq!(desk.call(RunsSubmit, &submit("t")).0, 429);
    desk.pass(WHOLE_MS);
    desk.ok(RunsSubmit, submit("t"));
    assert_eq!(desk.runs(json!({})).len(), 2);
}
