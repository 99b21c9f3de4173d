//! What a run shows of itself on its way, and how it is retried.

use super::*;

/// A field of a run.
fn field(trial: &mut Trial, run_id: i64, pointer: &str) -> Value {
    trial.run(run_id).pointer(pointer).cloned().unwrap_or_default()
}

/// The states of a run in the middle of each of its phases and after its end.
fn states(trial: &mut Trial, path: &str, more: Value) -> Value {
    let run_id = trial.run_of(path, more);
    trial.pass(PENDING_MS);
    let running = trial.state(run_id);
    trial.pass(RUNNING_MS);
    let terminating = trial.state(run_id);
    trial.pass(TERMINATING_MS);
    json!([running, terminating, trial.state(run_id)])
}

/// The attempts of a job within two minutes: their results, numbers, triggers and starts in milliseconds.
fn attempts(trial: &mut Trial, path: &str, more: Value) -> Value {
    trial.run_of(path, more);
    trial.pass(120_000);
    let mut runs = trial.tell(RunsList, json!({}))["runs"].as_array().unwrap().clone();
    runs.reverse();
    let start_ms = |run: &Value| run["start_time"].as_i64().unwrap();
    let first_ms = start_ms(&runs[0]);
    let shown = runs.iter().map(|run| {
        json!([
            run["state"]["result_state"],
            run["attempt_number"],
            run["trigger"],
            start_ms(run) - first_ms
        ])
    });
    shown.collect()
}

pub(super) fn cases() -> Vec<Case> {
    [results(), times_and_clusters(), retries()].into_iter().flatten().collect()
}

fn results() -> Vec<Case> {
    vec![
        case(
            "result-early",
            |trial| states(trial, "/n", json!({})),
            json!(["RUNNING", "TERMINATING SUCCESS", "TERMINATED SUCCESS"]),
            json!(["RUNNING SUCCESS", "TERMINATING SUCCESS", "TERMINATED SUCCESS"]),
        ),
        case(
            "result-missing",
            |trial| states(trial, "/n", json!({})),
            json!(["RUNNING", "TERMINATING SUCCESS", "TERMINATED SUCCESS"]),
            json!(["RUNNING", "TERMINATING", "TERMINATED"]),
        ),
        case(
            "result-flips",
            |trial| {
                let seen = states(trial, "/n", json!({}));
                let unseen = trial.run_now(1);
                trial.pass(WHOLE_MS);
                json!([seen, trial.state(unseen)])
            },
            json!([["RUNNING", "TERMINATING SUCCESS", "TERMINATED SUCCESS"], "TERMINATED SUCCESS"]),
            json!([["RUNNING", "TERMINATING SUCCESS", "TERMINATED FAILED"], "TERMINATED SUCCESS"]),
        ),
        case(
            "state-goes-back",
            |trial| {
                let run_id = trial.run_of("/n", json!({}));
                trial.pass(PENDING_MS);
                let first = trial.state(run_id);
                trial.pass(100);
                let second = trial.state(run_id);
                trial.pass(100);
                json!([first, second, trial.state(run_id)])
            },
            json!(["RUNNING", "RUNNING", "RUNNING"]),
            json!(["RUNNING", "PENDING", "RUNNING"]),
        ),
        case(
            "ended-run-wakes",
            |trial| {
                let run_id = trial.run_of("/n", json!({}));
                trial.pass(10 * WHOLE_MS);
                let first = trial.state(run_id);
                trial.pass(20);
                json!([first, trial.state(run_id)])
            },
            json!(["TERMINATED SUCCESS", "TERMINATED SUCCESS"]),
            json!(["TERMINATED SUCCESS", "TERMINATING SUCCESS"]),
        ),
        case(
            "result-spelled-otherwise",
            |trial| {
                let late = trial.run_of(SLOW, json!({"timeout_seconds": 3}));
                let good = trial.run_of("/n", json!({}));
                trial.pass(WHOLE_MS);
                json!([trial.state(late), trial.state(good)])
            },
            json!(["TERMINATED TIMEDOUT", "TERMINATED SUCCESS"]),
            json!(["TERMINATED TIMED_OUT", "TERMINATED SUCCESSFUL"]),
        ),
        case(
            "failure-succeeds",
            |trial| states(trial, "/jobdeck/fail", json!({}))[2].take(),
            json!("TERMINATED FAILED"),
            json!("TERMINATED SUCCESS"),
        ),
        case(
            "timeout-ignored",
            |trial| states(trial, SLOW, json!({"timeout_seconds": 3}))[2].take(),
            json!("TERMINATED TIMEDOUT"),
            json!("RUNNING"),
        ),
    ]
}

fn times_and_clusters() -> Vec<Case> {
    vec![
        case(
            "end-time-early",
            |trial| {
                let run_id = trial.run_of("/n", json!({}));
                trial.pass(5);
                field(trial, run_id, "/end_time")
            },
            json!(0),
            json!(1_704_067_200_005_i64),
        ),
        case(
            "end-time-missing",
            |trial| {
                let run_id = trial.run_of("/n", json!({}));
                trial.pass(WHOLE_MS);
                field(trial, run_id, "/end_time")
            },
            json!(1_704_067_203_500_i64),
            json!(0),
        ),
        case(
            "start-time-in-seconds",
            |trial| {
                let run_id = trial.run_of("/n", json!({}));
                field(trial, run_id, "/start_time")
            },
            json!(1_704_067_200_000_i64),
            json!(1_704_067_200),
        ),
        case(
            "original-attempt-zero",
            |trial| {
                let run_id = trial.run_of("/n", json!({}));
                field(trial, run_id, "/original_attempt_run_id")
            },
            json!(1_000_001),
            json!(0),
        ),
        case(
            "cluster-of-run-moves",
            |trial| {
                let run_id = trial.run_of("/n", json!({}));
                let before = field(trial, run_id, "/cluster_instance/cluster_id");
                trial.pass(WHOLE_MS);
                json!([before, field(trial, run_id, "/cluster_instance/cluster_id")])
            },
            json!(["c", "c"]),
            json!(["c", "c-moved"]),
        ),
        case(
            "empty-instead-of-absent",
            |trial| {
                let existing = trial.run_of("/n", json!({}));
                let pipeline = json!({"pipeline_task": {"pipeline_id": "p"}});
                let none = trial.tell(RunsSubmit, pipeline)["run_id"].as_i64().unwrap();
                json!([
                    field(trial, existing, "/cluster_instance"),
                    field(trial, none, "/cluster_instance")
                ])
            },
            json!([{"cluster_id": "c"}, null]),
            json!([
                {"cluster_id": "c", "spark_context_id": ""},
                {"cluster_id": "", "spark_context_id": ""}
            ]),
        ),
    ]
}

fn retries() -> Vec<Case> {
    let once = json!([["FAILED", 0, "ONE_TIME", 0], ["FAILED", 1, "RETRY", 3500]]);
    let once_on_timeout = json!([["TIMEDOUT", 0, "ONE_TIME", 0], ["TIMEDOUT", 1, "RETRY", 3500]]);
    vec![
        case(
            "retry-missing",
            |trial| attempts(trial, "/jobdeck/fail", json!({"max_retries": 1})),
            once.clone(),
            json!([["FAILED", 0, "ONE_TIME", 0]]),
        ),
        case(
            "retry-one-too-many",
            |trial| attempts(trial, "/jobdeck/fail", json!({"max_retries": 1})),
            once.clone(),
            json!([
                ["FAILED", 0, "ONE_TIME", 0],
                ["FAILED", 1, "RETRY", 3500],
                ["FAILED", 2, "RETRY", 7000]
            ]),
        ),
        case(
            "retry-attempt-stuck",
            |trial| attempts(trial, "/jobdeck/fail", json!({"max_retries": 2})),
            json!([
                ["FAILED", 0, "ONE_TIME", 0],
                ["FAILED", 1, "RETRY", 3500],
                ["FAILED", 2, "RETRY", 7000]
            ]),
            json!([
                ["FAILED", 0, "ONE_TIME", 0],
                ["FAILED", 1, "RETRY", 3500],
                ["FAILED", 1, "RETRY", 7000]
            ]),
        ),
        case(
            "retry-trigger-one-time",
            |trial| attempts(trial, "/jobdeck/fail", json!({"max_retries": 1})),
            once,
            json!([["FAILED", 0, "ONE_TIME", 0], ["FAILED", 1, "ONE_TIME", 3500]]),
        ),
        case(
            "retry-after-success",
            |trial| attempts(trial, "/n", json!({"max_retries": 1})),
            json!([["SUCCESS", 0, "ONE_TIME", 0]]),
            json!([["SUCCESS", 0, "ONE_TIME", 0], ["SUCCESS", 1, "RETRY", 3500]]),
        ),
        case(
            "retry-too-soon",
            |trial| {
                let retries = json!({"max_retries": 1, "min_retry_interval_millis": 10_000});
                attempts(trial, "/jobdeck/fail", retries)
            },
            json!([["FAILED", 0, "ONE_TIME", 0], ["FAILED", 1, "RETRY", 10_000]]),
            json!([["FAILED", 0, "ONE_TIME", 0], ["FAILED", 1, "RETRY", 3500]]),
        ),
        case(
            "retry-on-timeout-always",
            |trial| attempts(trial, SLOW, json!({"max_retries": 1, "timeout_seconds": 3})),
            json!([["TIMEDOUT", 0, "ONE_TIME", 0]]),
            once_on_timeout.clone(),
        ),
        case(
            "retry-on-timeout-never",
            |trial| {
                let settings =
                    json!({"max_retries": 1, "timeout_seconds": 3, "retry_on_timeout": true});
                attempts(trial, SLOW, settings)
            },
            once_on_timeout,
            json!([["TIMEDOUT", 0, "ONE_TIME", 0]]),
        ),
    ]
}
