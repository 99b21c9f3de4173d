//! The life of a run: phases, results, timeouts, cancels, retries and limits.

use super::*;

/// After so many milliseconds a run is in such a state.
#[track_caller]
fn check(path: &str, settings: Value, expected: &[(u64, &str)]) {
    let mut desk = Desk::new();
    let job_id = desk.job(path, settings);
    let run_id = desk.run_now(job_id);
    let mut now_ms = 0;
    for (at_ms, state) in expected {
        desk.pass(at_ms - now_ms);
        now_ms = *at_ms;
        assert_eq!(desk.state(run_id), *state, "after {at_ms} ms");
    }
}

#[test]
fn a_run_passes_through_its_phases() {
    check(
        "/any/notebook",
        json!({}),
        &[
            (0, "PENDING"),
            (999, "PENDING"),
            (1000, "RUNNING"),
            (2999, "RUNNING"),
            (3000, "TERMINATING SUCCESS"),
            (3499, "TERMINATING SUCCESS"),
            (3500, "TERMINATED SUCCESS"),
            (4_000_000, "TERMINATED SUCCESS"),
        ],
    );
    check("/any", json!({}), &[(3_600_000, "TERMINATED SUCCESS")]);
}

#[test]
fn the_task_says_how_it_ends_and_how_long_it_takes() {
    check("/jobdeck/fail", json!({}), &[(3000, "TERMINATING FAILED"), (3500, "TERMINATED FAILED")]);
    check(
        "/jobdeck/sleep/7200000",
        json!({}),
        &[(7_200_999, "RUNNING"), (7_201_000, "TERMINATING SUCCESS")],
    );
    check("/jobdeck/print/9000000", json!({}), &[(3500, "TERMINATED FAILED")]);
    check(
        "/jobdeck/internal-error",
        json!({}),
        &[(2999, "RUNNING"), (3000, "TERMINATING FAILED"), (3500, "INTERNAL_ERROR FAILED")],
    );
}

#[test]
fn a_timeout_counts_from_the_start() {
    check(
        "/jobdeck/sleep/60000",
        json!({"timeout_seconds": 5}),
        &[(4999, "RUNNING"), (5000, "TERMINATING TIMEDOUT"), (5500, "TERMINATED TIMEDOUT")],
    );
    // What is done in time is not late.
    check("/any", json!({"timeout_seconds": 3}), &[(3500, "TERMINATED SUCCESS")]);
    // A task that never began has no result before the end.
    check(
        "/any",
        json!({"timeout_seconds": 1}),
        &[(1000, "TERMINATING"), (1500, "TERMINATED TIMEDOUT")],
    );
}

#[test]
fn a_run_shows_where_it_stands() {
    let mut desk = Desk::new();
    let job_id = desk.job("/n", json!({"name": "a job"}));
    let run_id = desk.run_now(job_id);
    let start = desk.run(run_id)["start_time"].as_i64().unwrap();
    let mut expected = json!({
        "job_id": job_id, "run_id": run_id, "creator_user_name": "someone@jobdeck.invalid",
        "number_in_job": 1, "original_attempt_run_id": run_id,
        "state": {
            "life_cycle_state": "PENDING", "user_cancelled_or_timedout": false,
            "state_message": "Waiting for the cluster"
        },
        "task": {"notebook_task": {"notebook_path": "/n"}},
        "cluster_spec": {"existing_cluster_id": "c"}, "cluster_instance": {"cluster_id": "c"},
        "start_time": start, "setup_duration": 0, "execution_duration": 0, "cleanup_duration": 0,
        "end_time": 0, "trigger": "ONE_TIME", "run_name": "a job",
        "run_page_url":
            format!("https://workspace.jobdeck.invalid/?o=0#job/{job_id}/run/{run_id}"),
        "run_type": "JOB_RUN", "attempt_number": 0
    });
    assert_eq!(desk.run(run_id), expected);
    desk.pass(PENDING_MS + 1);
    expected["state"]["life_cycle_state"] = json!("RUNNING");
    expected["state"]["state_message"] = json!("The task is running");
    expected["setup_duration"] = json!(PENDING_MS);
    expected["cluster_instance"]["spark_context_id"] = json!("1000000000001000001");
    assert_eq!(desk.run(run_id), expected);
    desk.pass(WHOLE_MS);
    expected["state"]["life_cycle_state"] = json!("TERMINATED");
    expected["state"]["result_state"] = json!("SUCCESS");
    expected["state"]["state_message"] = json!("");
    expected["execution_duration"] = json!(RUNNING_MS);
    expected["cleanup_duration"] = json!(TERMINATING_MS);
    expected["end_time"] = json!(start + i64::try_from(WHOLE_MS).unwrap());
    assert_eq!(desk.run(run_id), expected);
}

#[test]
fn a_new_cluster_is_known_once_it_is_there() {
    let mut desk = Desk::new();
    let cluster = json!({"spark_version": "7", "node_type_id": "n", "num_workers": 1});
    let job_id = desk.job("/n", json!({"existing_cluster_id": null, "new_cluster": cluster}));
    let run_id = desk.run_now(job_id);
    assert_eq!(desk.run(run_id).get("cluster_instance"), None);
    desk.pass(PENDING_MS);
    let instance = desk.run(run_id)["cluster_instance"].clone();
    assert_eq!(instance["cluster_id"], "0101-000000-run1000001");
    desk.pass(WHOLE_MS);
    assert_eq!(desk.run(run_id)["cluster_instance"], instance);
}

#[test]
fn a_cancelled_run_ends_soon_whatever_it_was_doing() {
    for (before_ms, terminating) in [(0, "TERMINATING"), (PENDING_MS, "TERMINATING CANCELED")] {
        let mut desk = Desk::new();
        let job_id = desk.job("/jobdeck/sleep/100000", json!({"max_retries": 1}));
        let run_id = desk.run_now(job_id);
        desk.pass(before_ms);
        assert_eq!(desk.ok(RunsCancel, json!({"run_id": run_id})), json!({}));
        assert_eq!(desk.state(run_id), terminating);
        desk.pass(TERMINATING_MS - 1);
        desk.ok(RunsCancel, json!({"run_id": run_id}));
        desk.pass(1);
        assert_eq!(desk.state(run_id), "TERMINATED CANCELED");
        let ended = desk.run(run_id);
        assert_eq!(ended["state"]["user_cancelled_or_timedout"], true);
        let sum: i64 = ["setup_duration", "execution_duration", "cleanup_duration"]
            .map(|name| ended[name].as_i64().unwrap())
            .iter()
            .sum();
        assert_eq!(
            ended["end_time"].as_i64().unwrap() - ended["start_time"].as_i64().unwrap(),
            sum
        );
        desk.pass(1_000_000);
        desk.ok(RunsCancel, json!({"run_id": run_id}));
        assert_eq!(desk.run(run_id), ended, "an ended run does not change");
        assert_eq!(desk.runs(json!({})).len(), 1, "a cancelled run is not retried");
    }
}

#[test]
fn cancel_all_ends_the_active_runs_of_one_job() {
    let mut desk = Desk::new();
    let path = "/jobdeck/sleep/100000";
    let job_id = desk.job(path, json!({"max_concurrent_runs": 3}));
    let other_job = desk.job(path, json!({}));
    let other = desk.run_now(other_job);
    let runs = [desk.run_now(job_id), desk.run_now(job_id)];
    desk.pass(PENDING_MS);
    assert_eq!(desk.ok(RunsCancelAll, json!({"job_id": job_id})), json!({}));
    let later = desk.run_now(job_id);
    desk.pass(TERMINATING_MS);
    for run_id in runs {
        assert_eq!(desk.state(run_id), "TERMINATED CANCELED");
    }
    assert_eq!(desk.state(later), "PENDING");
    assert_eq!(desk.state(other), "RUNNING");
    let idle = desk.job(path, json!({}));
    assert_eq!(desk.ok(RunsCancelAll, json!({"job_id": idle})), json!({}));
}

#[test]
fn a_changed_timeout_holds_for_active_runs() {
    for endpoint in [Reset, Update] {
        let mut desk = Desk::new();
        let path = "/jobdeck/sleep/60000";
        let job_id = desk.job(path, json!({}));
        let run_id = desk.run_now(job_id);
        desk.pass(10_000);
        let set = |desk: &mut Desk, seconds: u64| {
            let new_settings = json!({
                "existing_cluster_id": "d", "notebook_task": {"notebook_path": path},
                "name": "new", "timeout_seconds": seconds
            });
            desk.ok(endpoint, json!({"job_id": job_id, "new_settings": new_settings}));
        };
        set(&mut desk, 20);
        set(&mut desk, 0);
        desk.pass(20_000);
        assert_eq!(desk.state(run_id), "RUNNING");
        // A deadline that is past takes effect now.
        set(&mut desk, 5);
        assert_eq!(desk.state(run_id), "TERMINATING TIMEDOUT");
        let run = desk.run(run_id);
        assert_eq!(run["cluster_spec"], json!({"existing_cluster_id": "c"}));
        assert_eq!(run["run_name"], "Untitled");
        desk.pass(TERMINATING_MS);
        let took = desk.run(run_id);
        assert_eq!(
            took["end_time"].as_i64().unwrap() - took["start_time"].as_i64().unwrap(),
            30_500
        );
    }
}

/// How the attempts of a job went: state, and start after the first start.
#[track_caller]
fn check_attempts(path: &str, settings: Value, expected: &[(&str, i64)]) {
    let mut desk = Desk::new();
    let job_id = desk.job(path, settings);
    let first = desk.run_now(job_id);
    desk.pass(60_000);
    let mut runs = desk.runs(json!({"job_id": job_id}));
    runs.reverse();
    let start = runs[0]["start_time"].as_i64().unwrap();
    let attempts: Vec<_> = runs
        .iter()
        .map(|run| {
            let result = run["state"]["result_state"].as_str().unwrap_or("none");
            (result, run["start_time"].as_i64().unwrap() - start)
        })
        .collect();
    assert_eq!(attempts, expected);
    for (number, run) in runs.iter().enumerate() {
        assert_eq!(run["attempt_number"], number);
        assert_eq!(run["number_in_job"], number + 1);
        assert_eq!(run["original_attempt_run_id"], first);
        assert_eq!(run["trigger"], if number == 0 { "ONE_TIME" } else { "RETRY" });
        assert_eq!(run["run_type"], "JOB_RUN");
    }
}

#[test]
fn unsuccessful_runs_are_retried() {
    let failed = "FAILED";
    check_attempts("/jobdeck/fail", json!({}), &[(failed, 0)]);
    check_attempts("/jobdeck/fail", json!({"max_retries": 0}), &[(failed, 0)]);
    check_attempts(
        "/jobdeck/fail",
        json!({"max_retries": 2}),
        &[(failed, 0), (failed, 3500), (failed, 7000)],
    );
    check_attempts(
        "/jobdeck/fail",
        json!({"max_retries": 1, "min_retry_interval_millis": 10_000}),
        &[(failed, 0), (failed, 10_000)],
    );
    check_attempts(
        "/jobdeck/fail",
        json!({"max_retries": -1, "min_retry_interval_millis": 25_000}),
        &[(failed, 0), (failed, 25_000), (failed, 50_000)],
    );
    check_attempts("/any", json!({"max_retries": 2}), &[("SUCCESS", 0)]);
    let broken = "/jobdeck/internal-error";
    check_attempts(broken, json!({"max_retries": 1}), &[(failed, 0), (failed, 3500)]);
}

#[test]
fn timeouts_are_retried_where_that_is_asked_for() {
    let path = "/jobdeck/sleep/100000";
    let mut settings = json!({"max_retries": 1, "timeout_seconds": 5});
    check_attempts(path, settings.clone(), &[("TIMEDOUT", 0)]);
    settings["retry_on_timeout"] = json!(true);
    check_attempts(path, settings, &[("TIMEDOUT", 0), ("TIMEDOUT", 5500)]);
}

#[test]
fn a_retry_keeps_to_the_limits_that_its_job_has_now() {
    let mut desk = Desk::new();
    let settings = json!({"max_retries": 5, "min_retry_interval_millis": 10_000});
    let job_id = desk.job("/jobdeck/fail", settings);
    desk.run_now(job_id);
    let update = |desk: &mut Desk, new_settings: Value| {
        desk.ok(Update, json!({"job_id": job_id, "new_settings": new_settings}));
    };
    let latest = |desk: &mut Desk| {
        desk.pass(10_000);
        let latest = desk.runs(json!({"limit": 1})).remove(0);
        (latest["attempt_number"].clone(), latest["run_id"].as_i64().unwrap())
    };
    desk.pass(WHOLE_MS);
    update(&mut desk, json!({"timeout_seconds": 2}));
    desk.pass(10_000);
    let (attempt, run_id) = latest(&mut desk);
    assert_eq!((attempt, desk.state(run_id)), (json!(1), "TERMINATED TIMEDOUT".to_owned()));
    let first = desk.run_now(job_id);
    update(&mut desk, json!({"timeout_seconds": 0}));
    desk.pass(WHOLE_MS);
    assert_eq!(desk.state(first), "TERMINATED FAILED");
    update(&mut desk, json!({"max_concurrent_runs": 0}));
    let (attempt, run_id) = latest(&mut desk);
    assert_eq!((attempt, desk.state(run_id)), (json!(1), "SKIPPED".to_owned()));
    let (_, still) = latest(&mut desk);
    assert_eq!(still, run_id, "a skipped run is not retried");
}

#[test]
fn an_endless_retry_that_takes_no_time_does_not_stop_the_clock() {
    let phases = Phases { pending_ms: 0, running_ms: 0, terminating_ms: 0 };
    let limits = Limits { ended_runs: 50, ..Limits::default() };
    let options = Options { clock: Clock::Manual, phases, limits, ..Options::default() };
    let mut desk = Desk(Workspace::new(options));
    let job_id = desk.job("/jobdeck/fail", json!({"max_retries": -1}));
    desk.run_now(job_id);
    desk.pass(100_000);
    let latest = desk.runs(json!({"limit": 1}));
    assert_eq!(latest[0]["number_in_job"], 1001);
    assert_eq!(desk.0.status()["runs"], 50, "the earliest ends are forgotten");
}

#[test]
fn beyond_the_limit_of_a_job_runs_are_skipped() {
    let mut desk = Desk::new();
    let job_id = desk.job("/n", json!({"max_concurrent_runs": 2}));
    let active = [desk.run_now(job_id), desk.run_now(job_id)];
    let answer = desk.ok(RunNow, json!({"job_id": job_id}));
    assert_eq!(answer["number_in_job"], 3);
    let skipped = desk.run(answer["run_id"].as_i64().unwrap());
    let state = json!({
        "life_cycle_state": "SKIPPED", "user_cancelled_or_timedout": false,
        "state_message":
            "Skipping this run because the limit of 2 maximum concurrent runs has been reached."
    });
    assert_eq!(skipped["state"], state);
    assert_eq!(skipped["end_time"], skipped["start_time"]);
    assert_eq!(skipped.get("cluster_instance"), None);
    desk.pass(WHOLE_MS);
    for run_id in active {
        assert_eq!(desk.state(run_id), "TERMINATED SUCCESS");
    }
    let next = desk.run_now(job_id);
    assert_eq!(desk.state(next), "PENDING");
}

#[test]
fn a_job_without_a_place_skips_every_run() {
    let mut desk = Desk::new();
    let job_id = desk.job("/n", json!({"max_concurrent_runs": 0}));
    let run_id = desk.run_now(job_id);
    assert_eq!(desk.state(run_id), "SKIPPED");
    let before = desk.run(run_id);
    desk.ok(RunsCancel, json!({"run_id": run_id}));
    desk.pass(1_000_000);
    assert_eq!(desk.run(run_id), before);
}

#[test]
fn a_lower_limit_keeps_active_runs() {
    let mut desk = Desk::new();
    let job_id = desk.job("/jobdeck/sleep/100000", json!({"max_concurrent_runs": 3}));
    let runs = [desk.run_now(job_id), desk.run_now(job_id), desk.run_now(job_id)];
    let new_settings = json!({"max_concurrent_runs": 2});
    desk.ok(Update, json!({"job_id": job_id, "new_settings": new_settings}));
    desk.pass(PENDING_MS);
    for run_id in runs {
        assert_eq!(desk.state(run_id), "RUNNING");
    }
    for (cancelled, expected) in [(runs[0], "SKIPPED"), (runs[1], "PENDING")] {
        desk.ok(RunsCancel, json!({"run_id": cancelled}));
        desk.pass(TERMINATING_MS);
        let next = desk.run_now(job_id);
        assert_eq!(desk.state(next), expected);
    }
}

#[test]
fn the_workspace_has_only_so_many_places() {
    let mut desk = Desk::limited(Limits { concurrent_runs: 2, ..Limits::default() });
    let job_id = desk.job("/n", json!({"max_concurrent_runs": 3}));
    let submit = json!({"existing_cluster_id": "c", "notebook_task": {"notebook_path": "/n"}});
    desk.run_now(job_id);
    desk.ok(RunsSubmit, submit.clone());
    let run_now = json!({"job_id": job_id, "idempotency_token": "t"});
    for (endpoint, arguments) in [(RunNow, &run_now), (RunsSubmit, &submit)] {
        let (status, refusal) = desk.call(endpoint, arguments);
        let expected = json!({
            "error_code": "REQUEST_LIMIT_EXCEEDED",
            "message": "There are already 2 active runs (limit: 2)."
        });
        assert_eq!((status, refusal), (429, expected));
    }
    let full = desk.job("/n", json!({"max_concurrent_runs": 0}));
    let skipped = desk.run_now(full);
    assert_eq!(desk.state(skipped), "SKIPPED", "a skipped run takes no place");
    desk.pass(WHOLE_MS);
    assert_eq!(desk.ok(RunNow, run_now)["number_in_job"], 2, "refused runs have no number");
}

#[test]
fn runs_are_forgotten_sixty_days_after_their_end() {
    let mut desk = Desk::new();
    let job_id = desk.job("/n", json!({}));
    let run_id = desk.run_now(job_id);
    let sixty_days_ms = 60 * 24 * 60 * 60 * 1000;
    desk.pass(WHOLE_MS);
    desk.pass(sixty_days_ms - 1);
    assert_eq!(desk.state(run_id), "TERMINATED SUCCESS");
    desk.pass(1);
    desk.refused(RunsGet, json!({"run_id": run_id}));
    assert_eq!(desk.runs(json!({"job_id": job_id})), Vec::<Value>::new());
    assert_eq!(desk.ok(RunNow, json!({"job_id": job_id}))["number_in_job"], 2);
}

#[test]
fn a_clock_that_runs_by_itself_moves_runs_on() {
    for (clock, us_per_ms) in [(Clock::Real, 1000), (Clock::Fast(100), 10)] {
        let options = Options { clock, ..Options::default() };
        let mut workspace = Workspace::new(options);
        let mut ask = |endpoint, arguments: Value, now_us| {
            body(&workspace.answer(&request(endpoint, &arguments), now_us).response)
        };
        let start_us = 1_700_000_000_000_000;
        let job = json!({"existing_cluster_id": "c", "notebook_task": {"notebook_path": "/n"}});
        let run_id = ask(RunsSubmit, job, start_us)["run_id"].clone();
        let Phases { pending_ms, running_ms, .. } = Phases::default();
        for (at_ms, expected) in
            [(0, "PENDING"), (pending_ms, "RUNNING"), (pending_ms + running_ms, "TERMINATING")]
        {
            let run = ask(RunsGet, json!({"run_id": run_id}), start_us + at_ms * us_per_ms);
            assert_eq!(run["state"]["life_cycle_state"], expected);
            assert_eq!(run["start_time"], start_us / 1000);
        }
    }
}

#[test]
fn an_empty_cluster_id_is_shown_as_none() {
    let mut desk = Desk::new();
    let job_id = desk.job("/any", json!({"existing_cluster_id": ""}));
    let run_id = desk.run_now(job_id);
    desk.pass(WHOLE_MS);
    assert_eq!(desk.run(run_id).get("cluster_instance"), None);
}
