//! Lists of runs.

use super::*;

/// So many runs of a job that are skipped, each a millisecond after the other.
fn skipped(trial: &mut Trial, count: u64) {
    let job_id = trial.job("/n", json!({"max_concurrent_runs": 0}));
    for _ in 0..count {
        trial.run_now(job_id);
        trial.pass(1);
    }
}

/// The active run of one job and a skipped one of another; a submitted one.
fn mixed(trial: &mut Trial) {
    trial.run_of(SLOW, json!({}));
    skipped(trial, 1);
    trial.submit(SLOW, json!({}));
}

pub(super) fn cases() -> Vec<Case> {
    [pages(), filters()].into_iter().flatten().collect()
}

fn pages() -> Vec<Case> {
    vec![
        case(
            "limit-one-more",
            |trial| {
                skipped(trial, 3);
                json!(trial.listed(json!({"limit": 1})))
            },
            json!([3]),
            json!([3, 2]),
        ),
        case(
            "default-limit-25",
            |trial| {
                skipped(trial, 30);
                json!([trial.listed(json!({})).len(), trial.listed(json!({"limit": 20})).len()])
            },
            json!([20, 20]),
            json!([25, 20]),
        ),
        case(
            "limit-zero-is-default",
            |trial| {
                skipped(trial, 25);
                json!(trial.listed(json!({"limit": 0})).len())
            },
            json!(25),
            json!(20),
        ),
        case(
            "list-ascending",
            |trial| {
                skipped(trial, 3);
                json!([trial.listed(json!({"limit": 2})), trial.listed(json!({"offset": 2}))])
            },
            json!([[3, 2], [1]]),
            json!([[1, 2], [3]]),
        ),
        case(
            "has-more-always",
            |trial| {
                skipped(trial, 1);
                trial.tell(RunsList, json!({}))["has_more"].take()
            },
            json!(false),
            json!(true),
        ),
        case(
            "has-more-never",
            |trial| {
                skipped(trial, 2);
                trial.tell(RunsList, json!({"limit": 1}))["has_more"].take()
            },
            json!(true),
            json!(false),
        ),
        case(
            "offset-off-by-one",
            |trial| {
                skipped(trial, 3);
                json!([trial.listed(json!({"offset": 1})), trial.listed(json!({}))])
            },
            json!([[2, 1], [3, 2, 1]]),
            json!([[1], [3, 2, 1]]),
        ),
    ]
}

fn filters() -> Vec<Case> {
    vec![
        case(
            "list-ignores-job",
            |trial| {
                mixed(trial);
                json!(trial.listed(json!({"job_id": 1})))
            },
            json!([1]),
            json!([3, 2, 1]),
        ),
        case(
            "active-shows-ended",
            |trial| {
                mixed(trial);
                json!(trial.listed(json!({"active_only": true})))
            },
            json!([3, 1]),
            json!([3, 2, 1]),
        ),
        case(
            "completed-shows-active",
            |trial| {
                mixed(trial);
                json!(trial.listed(json!({"completed_only": true})))
            },
            json!([2]),
            json!([3, 2, 1]),
        ),
        case(
            "list-ignores-run-type",
            |trial| {
                mixed(trial);
                json!(trial.listed(json!({"run_type": "SUBMIT_RUN"})))
            },
            json!([3]),
            json!([3, 2, 1]),
        ),
        case(
            "list-lags",
            |trial| {
                trial.run_of(SLOW, json!({}));
                trial.pass(49);
                let early = trial.listed(json!({}));
                trial.pass(1);
                json!([early, trial.listed(json!({}))])
            },
            json!([[1], [1]]),
            json!([[], [1]]),
        ),
    ]
}
