//! A task that runs another job: the run of that job begins with it and decides its end.

use super::*;

/// A job that runs another.
#[track_caller]
fn running(desk: &mut Desk, other: i64, more: Value) -> i64 {
    let mut settings = json!({"run_job_task": {"job_id": other}});
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    desk.ok(Create, settings)["job_id"].as_i64().unwrap()
}

/// The runs of a job in words, the earliest first.
#[track_caller]
fn states(desk: &mut Desk, job_id: i64) -> Vec<String> {
    let runs = desk.runs(json!({"job_id": job_id}));
    let ids: Vec<_> = runs.iter().rev().map(|run| run["run_id"].as_i64().unwrap()).collect();
    ids.into_iter().map(|run_id| desk.state(run_id)).collect()
}

#[test]
fn the_other_job_runs_within_the_task() {
    let mut desk = Desk::new();
    let other = desk.job("/jobdeck/exit/x", json!({}));
    let job_id = running(&mut desk, other, json!({}));
    let run_id = desk.run_now(job_id);
    assert_eq!(states(&mut desk, other), [""; 0]);
    desk.pass(PENDING_MS);
    assert_eq!(desk.state(run_id), "RUNNING");
    assert_eq!(states(&mut desk, other), ["PENDING"]);
    let begun = desk.runs(json!({"job_id": other})).remove(0);
    assert_eq!([&begun["trigger"], &begun["run_type"]], ["ONE_TIME", "JOB_RUN"]);
    desk.pass(WHOLE_MS - 1);
    assert_eq!(desk.state(run_id), "RUNNING");
    desk.pass(1);
    assert_eq!(states(&mut desk, other), ["TERMINATED SUCCESS"]);
    assert_eq!(desk.state(run_id), "TERMINATING SUCCESS");
    desk.pass(TERMINATING_MS);
    let run = desk.run(run_id);
    assert_eq!(run["execution_duration"].as_u64(), Some(WHOLE_MS));
    assert_eq!(run["task"], json!({"run_job_task": {"job_id": other}}));
}

#[test]
fn a_task_fails_with_the_last_attempt_of_the_other_job() {
    let mut desk = Desk::new();
    let other = desk.job("/jobdeck/fail", json!({"max_retries": 1}));
    let job_id = running(&mut desk, other, json!({}));
    let run_id = desk.run_now(job_id);
    desk.pass(PENDING_MS + WHOLE_MS);
    assert_eq!(states(&mut desk, other), ["TERMINATED FAILED", "PENDING"]);
    assert_eq!(desk.state(run_id), "RUNNING");
    desk.pass(WHOLE_MS + TERMINATING_MS);
    assert_eq!(states(&mut desk, other), ["TERMINATED FAILED"; 2]);
    assert_eq!(desk.state(run_id), "TERMINATED FAILED");
}

#[test]
fn a_task_fails_where_the_other_job_cannot_run() {
    let mut desk = Desk::new();
    let full = desk.job("/n", json!({"max_concurrent_runs": 0}));
    for other in [full, 99] {
        let job_id = running(&mut desk, other, json!({}));
        let run_id = desk.run_now(job_id);
        desk.pass(PENDING_MS + TERMINATING_MS);
        assert_eq!(desk.state(run_id), "TERMINATED FAILED", "of job {other}");
    }
    assert_eq!(states(&mut desk, full), ["SKIPPED"]);
}

#[test]
fn a_job_that_runs_itself_comes_to_an_end() {
    let mut desk = Desk::limited(Limits { concurrent_runs: 5, ..Limits::default() });
    let job_id = running(&mut desk, 1, json!({"max_concurrent_runs": 1000}));
    let run_id = desk.run_now(job_id);
    desk.pass(20 * WHOLE_MS);
    assert_eq!(desk.state(run_id), "TERMINATED FAILED");
    // Five of which the last found no place for another.
    assert_eq!(states(&mut desk, job_id).len(), 6);
}

#[test]
fn whoever_stops_a_task_stops_the_other_job() {
    let mut desk = Desk::new();
    let stopped = |desk: &mut Desk, timeout: u64, stop: &dyn Fn(&mut Desk, i64)| {
        let other = desk.job("/jobdeck/sleep/1000000", json!({"max_retries": 1}));
        let job_id = running(desk, other, json!({"timeout_seconds": timeout}));
        let run_id = desk.run_now(job_id);
        desk.pass(PENDING_MS + 1000);
        assert_eq!(states(desk, other), ["RUNNING"]);
        stop(desk, run_id);
        desk.pass(TERMINATING_MS);
        [states(desk, other).join(", "), desk.state(run_id)]
    };
    let cancelled = stopped(&mut desk, 0, &|desk, run_id| {
        desk.ok(RunsCancel, json!({"run_id": run_id}));
    });
    assert_eq!(cancelled, ["TERMINATED CANCELED"; 2]);
    let late = stopped(&mut desk, 5, &|desk, _| desk.pass(3000));
    assert_eq!(late, ["TERMINATED CANCELED", "TERMINATED TIMEDOUT"]);
}

#[test]
fn a_task_fails_when_the_other_job_is_deleted_under_it() {
    let mut desk = Desk::new();
    let other = desk.job("/jobdeck/sleep/1000000", json!({}));
    let job_id = running(&mut desk, other, json!({}));
    let run_id = desk.run_now(job_id);
    desk.pass(PENDING_MS);
    desk.ok(Delete, json!({"job_id": other}));
    desk.pass(TERMINATING_MS);
    assert_eq!(desk.state(run_id), "TERMINATED FAILED");
}

#[test]
fn ids_of_jobs_within_a_task_are_those_that_clients_know() {
    let ids = Ids::Large { seed: 7 };
    let mut desk = Desk::of(Options { ids, ..Options::default() });
    let other = desk.job("/n", json!({}));
    let job_id = running(&mut desk, other, json!({}));
    desk.run_now(job_id);
    desk.pass(PENDING_MS);
    assert_eq!(states(&mut desk, other), ["PENDING"]);
}
