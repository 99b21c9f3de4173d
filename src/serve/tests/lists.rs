//! Lists of runs.

use super::*;

/// A desk with these runs: 25 skipped ones of job 1, an ended and an active one of job 2, an ended and an
/// active submitted one.
fn desk() -> Desk {
    let mut desk = Desk::new();
    let skipping = desk.job("/n", json!({"max_concurrent_runs": 0}));
    let job_id = desk.job("/n", json!({}));
    let submit = json!({"existing_cluster_id": "c", "notebook_task": {"notebook_path": "/n"}});
    for _ in 0..25 {
        desk.run_now(skipping);
    }
    for _ in 0..2 {
        desk.pass(WHOLE_MS);
        desk.run_now(job_id);
        desk.ok(RunsSubmit, submit.clone());
    }
    desk
}

/// The ids of the runs that a list shows, less that of the first run, and whether there are more.
#[track_caller]
fn check(arguments: Value, expected: impl IntoIterator<Item = i64>, more: bool) {
    let list = desk().ok(RunsList, arguments.clone());
    let shown: Vec<_> = list["runs"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|run| run["run_id"].as_i64().unwrap() - 1_000_001)
        .collect();
    assert_eq!(shown, expected.into_iter().collect::<Vec<_>>(), "{arguments}");
    assert_eq!(list["has_more"], more, "{arguments}");
}

#[test]
fn the_latest_run_comes_first() {
    check(json!({}), (9..29).rev(), true);
    check(json!({"limit": 2}), [28, 27], true);
    check(json!({"limit": 29}), (0..29).rev(), false);
    check(json!({"limit": 0}), (0..29).rev(), false);
    check(json!({"limit": 1000}), (0..29).rev(), false);
}

#[test]
fn pages_follow_each_other() {
    check(json!({"offset": 20}), (0..9).rev(), false);
    check(json!({"offset": 5, "limit": 3}), [23, 22, 21], true);
    check(json!({"offset": 26, "limit": 3}), [2, 1, 0], false);
    check(json!({"offset": 29}), [], false);
    check(json!({"offset": 1_000_000}), [], false);
    check(json!({"job_id": 1, "limit": 7, "offset": 21}), (0..4).rev(), false);
}

#[test]
fn filters_work_alone_and_together() {
    check(json!({"job_id": 1}), (5..25).rev(), true);
    check(json!({"job_id": 2}), [27, 25], false);
    check(json!({"job_id": 99}), [], false);
    check(json!({"active_only": true}), [28, 27], false);
    check(json!({"completed_only": true, "limit": 3}), [26, 25, 24], true);
    check(json!({"active_only": false, "completed_only": false, "limit": 3}), [28, 27, 26], true);
    check(json!({"run_type": "SUBMIT_RUN"}), [28, 26], false);
    check(json!({"run_type": "JOB_RUN", "limit": 3}), [27, 25, 24], true);
    check(json!({"run_type": "WORKFLOW_RUN"}), [], false);
    check(json!({"job_id": 1, "run_type": "SUBMIT_RUN"}), [], false);
    check(json!({"job_id": 2, "active_only": true}), [27], false);
    check(json!({"job_id": 2, "completed_only": true, "run_type": "JOB_RUN"}), [25], false);
}

#[test]
fn wrong_questions_are_refused() {
    let mut desk = desk();
    for arguments in [
        json!({"active_only": true, "completed_only": true}),
        json!({"active_only": "maybe"}),
        json!({"limit": -1}),
        json!({"limit": 1001}),
        json!({"offset": -1}),
        json!({"run_type": "NOPE"}),
        json!({"job_id": "abc"}),
    ] {
        desk.refused(RunsList, arguments);
    }
}

#[test]
fn a_list_shows_runs_as_get_does() {
    let mut desk = desk();
    for run in desk.runs(json!({"limit": 0})) {
        assert_eq!(desk.run(run["run_id"].as_i64().unwrap()), run);
    }
}
