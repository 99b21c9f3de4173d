//! Calls that overlap: a trial that lets no time pass between them, outside, has them all at the same time.

use super::*;

/// How long calls overlap unless told otherwise, in microseconds.
const WINDOW_US: u64 = 20_000;

/// The name and the timeout that jobs/get shows.
fn seen(trial: &mut Trial, job_id: i64) -> Value {
    let settings = trial.settings(job_id);
    json!([settings["name"], settings["timeout_seconds"]])
}

fn reset(trial: &mut Trial, job_id: i64, name: &str, timeout: i64) {
    let mut settings = notebook("/n");
    settings["name"] = name.into();
    settings["timeout_seconds"] = timeout.into();
    trial.tell(Reset, json!({"job_id": job_id, "new_settings": settings}));
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "reset-torn",
            |trial| {
                let job_id = trial.job("/n", json!({"name": "a", "timeout_seconds": 1}));
                reset(trial, job_id, "b", 2);
                let amid = seen(trial, job_id);
                trial.now_us += WINDOW_US;
                json!([amid, seen(trial, job_id)])
            },
            json!([["b", 2], ["b", 2]]),
            json!([["b", 1], ["b", 2]]),
        ),
        case(
            "resets-cancel-out",
            |trial| {
                let job_id = trial.job("/n", json!({"name": "a", "timeout_seconds": 1}));
                reset(trial, job_id, "b", 2);
                let one = seen(trial, job_id);
                reset(trial, job_id, "c", 3);
                let both = seen(trial, job_id);
                trial.now_us += WINDOW_US;
                reset(trial, job_id, "d", 4);
                json!([one, both, seen(trial, job_id)])
            },
            json!([["b", 2], ["c", 3], ["d", 4]]),
            json!([["b", 2], ["a", 1], ["d", 4]]),
        ),
        case(
            "deleted-run-comes-back",
            |trial| {
                let job_id = trial.job("/n", json!({"max_concurrent_runs": 0}));
                let runs = [trial.run_now(job_id), trial.run_now(job_id)];
                let mut states = Vec::new();
                for (run_id, is_read) in runs.into_iter().zip([true, false]) {
                    trial.tell(RunsDelete, json!({"run_id": run_id}));
                    if is_read {
                        states.push(trial.state(run_id));
                    }
                    trial.now_us += WINDOW_US;
                    states.push(trial.state(run_id));
                }
                json!(states)
            },
            json!(["gone", "gone", "gone"]),
            json!(["gone", "SKIPPED", "gone"]),
        ),
        case(
            "list-loses-amid-writes",
            |trial| {
                trial.job("/n", json!({}));
                trial.now_us += WINDOW_US;
                let listed = |trial: &mut Trial| {
                    let list = trial.tell(List, json!({}));
                    let jobs = list["jobs"].as_array().cloned().unwrap_or_default();
                    jobs.into_iter().map(|mut job| job["job_id"].take()).collect::<Value>()
                };
                let before = listed(trial);
                trial.job("/n", json!({}));
                let amid = listed(trial);
                trial.now_us += WINDOW_US;
                json!([before, amid, listed(trial)])
            },
            json!([[1], [1, 2], [1, 2]]),
            json!([[1], [2], [1, 2]]),
        ),
    ]
}
