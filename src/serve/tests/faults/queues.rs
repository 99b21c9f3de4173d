//! Queues.

use super::*;

/// Three runs of a job that queues, of which the first goes on and the others wait.
fn queued(trial: &mut Trial) -> [i64; 3] {
    let job_id = trial.job(SLOW, json!({"queue": {"enabled": true}}));
    [(); 3].map(|()| trial.run_now(job_id))
}

/// The states of these runs once the first was cancelled.
fn first_cancelled(trial: &mut Trial) -> Value {
    let runs = queued(trial);
    trial.tell(RunsCancel, json!({"run_id": runs[0]}));
    trial.pass(TERMINATING_MS);
    json!(runs.map(|run_id| trial.state(run_id)))
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "queue-empties-at-once",
            first_cancelled,
            json!(["TERMINATED CANCELED", "PENDING", "QUEUED"]),
            json!(["TERMINATED CANCELED", "PENDING", "PENDING"]),
        ),
        case(
            "queued-takes-place",
            first_cancelled,
            json!(["TERMINATED CANCELED", "PENDING", "QUEUED"]),
            json!(["TERMINATED CANCELED", "QUEUED", "QUEUED"]),
        ),
        case(
            "begun-run-queues",
            |trial| {
                let [first, second, _] = queued(trial);
                trial.tell(RunsCancel, json!({"run_id": first}));
                trial.pass(TERMINATING_MS + PENDING_MS);
                let begun = trial.state(second);
                trial.pass(100);
                json!([begun, trial.state(second)])
            },
            json!(["RUNNING", "RUNNING"]),
            json!(["RUNNING", "QUEUED"]),
        ),
        case(
            "queued-cancel-ignored",
            |trial| {
                let runs = queued(trial);
                for run_id in [runs[0], runs[2]] {
                    trial.tell(RunsCancel, json!({"run_id": run_id}));
                }
                trial.pass(TERMINATING_MS);
                json!(runs.map(|run_id| trial.state(run_id)))
            },
            json!(["TERMINATED CANCELED", "PENDING", "TERMINATED CANCELED"]),
            json!(["TERMINATED CANCELED", "PENDING", "QUEUED"]),
        ),
        case(
            "cancel-all-forgets-queued",
            |trial| {
                let runs = queued(trial);
                trial.tell(RunsCancelAll, json!({"job_id": 1}));
                trial.pass(TERMINATING_MS);
                json!(runs.map(|run_id| trial.state(run_id)))
            },
            json!(["TERMINATED CANCELED", "TERMINATED CANCELED", "TERMINATED CANCELED"]),
            json!(["TERMINATED CANCELED", "PENDING", "QUEUED"]),
        ),
        case(
            "queues-unasked",
            |trial| {
                trial.run_of(SLOW, json!({}));
                let run_id = trial.run_now(1);
                trial.state(run_id).into()
            },
            json!("SKIPPED"),
            json!("QUEUED"),
        ),
    ]
}
