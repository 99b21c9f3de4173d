//! Runs beyond a limit wait if their job asks for it, and are skipped or refused if it does not.

use super::*;

const SLOW: &str = "/jobdeck/sleep/10000";
const SLOW_MS: u64 = PENDING_MS + 10_000 + TERMINATING_MS;

#[track_caller]
fn queueing(desk: &mut Desk) -> i64 {
    desk.job(SLOW, json!({"queue": {"enabled": true}}))
}

#[test]
fn only_a_job_that_asks_for_it_queues() {
    let mut desk = Desk::new();
    for (queue, expected) in [
        (json!({}), "SKIPPED"),
        (json!({"queue": {"enabled": false}}), "SKIPPED"),
        (json!({"queue": {"enabled": true}}), "QUEUED"),
        (json!({"queue": {"enabled": true}, "max_concurrent_runs": 0}), "SKIPPED"),
    ] {
        let job_id = desk.job(SLOW, queue.clone());
        desk.run_now(job_id);
        let second = desk.run_now(job_id);
        assert_eq!(desk.state(second), expected, "{queue}");
    }
}

#[test]
fn queued_runs_begin_in_order_as_places_become_free() {
    let mut desk = Desk::new();
    let job_id = queueing(&mut desk);
    let [first, second, third] = [(); 3].map(|()| desk.run_now(job_id));
    desk.pass(SLOW_MS);
    assert_eq!([desk.state(second), desk.state(third)], ["PENDING", "QUEUED"]);
    desk.pass(SLOW_MS);
    assert_eq!([desk.state(first), desk.state(second)], ["TERMINATED SUCCESS"; 2]);
    assert_eq!(desk.state(third), "PENDING");
    // The wait is part of the setup.
    let waited = desk.run(second)["setup_duration"].as_u64().unwrap();
    assert_eq!(waited, SLOW_MS + PENDING_MS);
}

#[test]
fn a_higher_limit_lets_queued_runs_begin() {
    let mut desk = Desk::new();
    let job_id = queueing(&mut desk);
    let runs = [(); 3].map(|()| desk.run_now(job_id));
    desk.ok(Update, json!({"job_id": job_id, "new_settings": {"max_concurrent_runs": 2}}));
    assert_eq!(runs.map(|run_id| desk.state(run_id)), ["PENDING", "PENDING", "QUEUED"]);
}

#[test]
fn the_limit_of_the_workspace_queues_too() {
    let mut desk = Desk::limited(Limits { concurrent_runs: 1, ..Limits::default() });
    let first = desk.job(SLOW, json!({}));
    let (plain, queueing) = (desk.job(SLOW, json!({})), queueing(&mut desk));
    desk.run_now(first);
    assert_eq!(desk.call(RunNow, &json!({"job_id": plain})).0, 429);
    let queued = desk.run_now(queueing);
    assert_eq!(desk.state(queued), "QUEUED");
    desk.pass(SLOW_MS);
    assert_eq!(desk.state(queued), "PENDING");
}

#[test]
fn the_timeout_of_a_queued_run_counts_from_its_place() {
    let mut desk = Desk::new();
    let job_id = desk.job(SLOW, json!({"queue": {"enabled": true}, "timeout_seconds": 8}));
    let [_, queued] = [(); 2].map(|()| desk.run_now(job_id));
    desk.pass(8000 + TERMINATING_MS + 7999);
    assert_eq!(desk.state(queued), "RUNNING");
    desk.pass(1 + TERMINATING_MS);
    assert_eq!(desk.state(queued), "TERMINATED TIMEDOUT");
}

#[test]
fn a_queued_run_that_is_cancelled_or_loses_its_job_never_begins() {
    let mut desk = Desk::new();
    let job_id = queueing(&mut desk);
    let runs = [(); 3].map(|()| desk.run_now(job_id));
    desk.ok(RunsCancel, json!({"run_id": runs[1]}));
    assert_eq!(desk.state(runs[1]), "TERMINATED CANCELED");
    desk.pass(SLOW_MS);
    assert_eq!(desk.state(runs[2]), "PENDING");
    let last = desk.run_now(job_id);
    desk.ok(Delete, json!({"job_id": job_id}));
    desk.refused(RunsGet, json!({"run_id": last}));
    desk.pass(SLOW_MS);
    assert_eq!(desk.0.status()["active_runs"], 0);
}
