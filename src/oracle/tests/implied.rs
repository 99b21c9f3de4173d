//! What the document implies: what is told of a server that does otherwise, and what is not.

use serde_json::{Value, json};

use super::proofs::{Row, check, check_own};

fn create(settings: Value) -> Row {
    (1, 2, "POST create", settings, 200, json!({"job_id": 3}))
}

fn get_job(settings: &Value) -> Row {
    let job =
        json!({"job_id": 3, "created_time": 1_700_000_000_000_i64, "settings": settings.clone()});
    (10, 20, "GET get?job_id=3", Value::Null, 200, job)
}

#[test]
fn a_schedule_that_says_nothing_of_pausing_is_shown_as_one_that_runs() {
    let settings = |schedule: Value| {
        json!({
            "name": "own-a", "existing_cluster_id": "c", "max_concurrent_runs": 0,
            "notebook_task": {"notebook_path": "/a"}, "schedule": schedule,
        })
    };
    let silent = json!({"quartz_cron_expression": "0 0 0 1 1 ? 2099", "timezone_id": "UTC"});
    let says = |word: &str| {
        let mut schedule = silent.clone();
        schedule["pause_status"] = word.into();
        settings(schedule)
    };
    let shown = |sent: Value, shown: &Value| [create(sent), get_job(shown)];
    let bare = settings(silent.clone());
    check_own(&shown(bare.clone(), &says("UNPAUSED")), &[]);
    let rule = "settings/schema/pause-status-default";
    check_own(&shown(bare.clone(), &bare), &[rule]);
    check_own(&shown(bare.clone(), &says("PAUSED")), &[rule]);
    check_own(&shown(says("PAUSED"), &says("PAUSED")), &[]);
    // Somebody else may have paused it.
    check(&shown(bare, &says("PAUSED")), &[]);
}

#[test]
fn a_driver_of_which_nothing_was_said_is_like_the_workers_if_it_is_shown() {
    let settings = |driver: Option<&str>| {
        let mut cluster = json!({
            "spark_version": "7.3.x-scala2.12", "node_type_id": "small", "num_workers": 1,
        });
        if let Some(driver) = driver {
            cluster["driver_node_type_id"] = driver.into();
        }
        json!({
            "name": "own-a", "new_cluster": cluster, "max_concurrent_runs": 0,
            "notebook_task": {"notebook_path": "/a"},
        })
    };
    let shown = |sent, shown| [create(settings(sent)), get_job(&settings(shown))];
    check_own(&shown(None, None), &[]);
    check_own(&shown(None, Some("small")), &[]);
    check_own(&shown(None, Some("large")), &["cluster/consistency/driver-node-default"]);
    check_own(&shown(Some("large"), Some("large")), &[]);
}

fn run(id: i64, state: &str, more: &Value) -> Value {
    let mut run = json!({
        "run_id": id, "job_id": 3, "number_in_job": id - 6, "original_attempt_run_id": id,
        "start_time": 1_700_000_000_000_i64, "end_time": 0, "trigger": "ONE_TIME",
        "state": {"life_cycle_state": state, "state_message": ""},
    });
    for (name, value) in more.as_object().unwrap() {
        run[name] = value.clone();
    }
    run
}

#[test]
fn a_run_that_goes_on_running_shows_its_context() {
    let seen = |at: u64, context: Option<&str>| -> Row {
        let instance = json!({"cluster_id": "c", "spark_context_id": context});
        let body = run(7, "RUNNING", &json!({"cluster_instance": instance}));
        (at, at + 5, "GET runs/get?run_id=7", Value::Null, 200, body)
    };
    let rule = "run/schema/spark-context-when-running";
    check(&[seen(10, Some("1")), seen(20, Some("1"))], &[]);
    // It takes a moment.
    let absent = |at| {
        let body = run(7, "RUNNING", &json!({"cluster_instance": {"cluster_id": "c"}}));
        (at, at + 5, "GET runs/get?run_id=7", Value::Null, 200, body)
    };
    check(&[absent(10), seen(20, Some("1"))], &[]);
    check(&[absent(10), absent(13)], &[]);
    check(&[absent(10), absent(20)], &[rule]);
}

#[test]
fn a_retry_without_an_interval_comes_at_once() {
    let attempts = |retries: Value, start_ms: i64| -> Vec<Row> {
        let mut settings = json!({
            "name": "own-a", "existing_cluster_id": "c", "notebook_task": {"notebook_path": "/a"},
        });
        for (name, value) in retries.as_object().unwrap() {
            settings[name] = value.clone();
        }
        let failed = json!({
            "state": {"life_cycle_state": "TERMINATED", "result_state": "FAILED", "state_message": ""},
            "end_time": 1_700_000_001_000_i64,
        });
        let next = json!({
            "attempt_number": 1, "original_attempt_run_id": 7, "trigger": "RETRY",
            "start_time": start_ms,
        });
        let started = json!({"run_id": 7, "number_in_job": 1});
        vec![
            create(settings),
            (10, 20, "POST run-now", json!({"job_id": 3}), 200, started),
            (30, 40, "GET runs/get?run_id=7", Value::Null, 200, run(7, "TERMINATED", &failed)),
            (50, 60, "GET runs/get?run_id=8", Value::Null, 200, run(8, "PENDING", &next)),
        ]
    };
    let soon = 1_700_000_001_500;
    let late = 1_700_000_000_000 + 1_802_000;
    check_own(&attempts(json!({"max_retries": 1}), soon), &[]);
    let rule = "run/lifecycle/retry-immediate-default";
    check_own(&attempts(json!({"max_retries": 1}), late), &[rule]);
    let waits = json!({"max_retries": 1, "min_retry_interval_millis": 1_800_000});
    check_own(&attempts(waits, late), &[]);
}

#[test]
fn a_walk_misses_no_run_that_was_there_though_others_come() {
    let settings = json!({
        "name": "own-a", "existing_cluster_id": "c", "max_concurrent_runs": 0,
        "notebook_task": {"notebook_path": "/a"},
    });
    let start = |at: u64, id: i64| -> Row {
        let started = json!({"run_id": id, "number_in_job": id - 6});
        (at, at + 1, "POST run-now", json!({"job_id": 3}), 200, started)
    };
    let page = |at: u64, target: &'static str, ids: &[i64], has_more: bool| -> Row {
        let shown = |id: &i64| {
            run(*id, "SKIPPED", &json!({"start_time": 1_700_000_000_000_i64 + id, "end_time": 0}))
        };
        let runs: Vec<_> = ids.iter().map(shown).collect();
        (at, at + 1, target, Value::Null, 200, json!({"runs": runs, "has_more": has_more}))
    };
    let first = "GET runs/list?job_id=3&limit=2";
    let second = "GET runs/list?job_id=3&limit=2&offset=2";
    let third = "GET runs/list?job_id=3&limit=2&offset=4";
    let walk = |last: &[i64]| -> Vec<Row> {
        vec![
            create(settings.clone()),
            start(10, 7),
            start(20, 8),
            start(30, 9),
            page(40, first, &[9, 8], true),
            start(50, 10),
            page(60, second, &[8, 7], false),
            page(70, third, last, false),
        ]
    };
    let rule = "runs-list/pagination/append-during-walk";
    check_own(&walk(&[]), &[]);
    let mut missed = walk(&[]);
    missed[6] = page(60, second, &[8], false);
    let found = super::proofs::broken(&missed, true);
    assert!(found.contains(&rule), "{found:?}");
    // Somebody else may have deleted it.
    let found = super::proofs::broken(&missed, false);
    assert!(!found.contains(&rule), "{found:?}");
    // A walk that was left says nothing.
    missed[6] = page(60, second, &[8], true);
    missed.truncate(7);
    let found = super::proofs::broken(&missed, true);
    assert!(!found.contains(&rule), "{found:?}");
}
