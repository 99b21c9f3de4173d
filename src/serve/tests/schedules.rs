//! Schedules: what fires when, what does not, and what is refused. The manual clock starts at midnight of
//! 1 January 2024 (UTC), a Monday.

use super::*;

const MINUTE_MS: u64 = 60 * 1000;
const HOUR_MS: u64 = 60 * MINUTE_MS;

fn schedule(cron: &str) -> Value {
    json!({"quartz_cron_expression": cron, "timezone_id": "UTC"})
}

/// A job with this schedule.
#[track_caller]
fn scheduled(desk: &mut Desk, schedule: &Value) -> i64 {
    desk.job("/jobdeck/succeed", json!({"schedule": schedule}))
}

/// The numbers of minutes from the start of the clock at which runs of a job began, the earliest first.
#[track_caller]
fn began(desk: &mut Desk, job_id: i64) -> Vec<i64> {
    let runs = desk.runs(json!({"job_id": job_id, "limit": 0}));
    let minute = |run: &Value| (run["start_time"].as_i64().unwrap() - 1_704_067_200_000) / 60_000;
    runs.iter().rev().map(minute).collect()
}

#[test]
fn an_advance_stops_where_too_much_happens_and_goes_on() {
    let every_second = json!({"quartz_cron_expression": "* * * * * ?", "timezone_id": "UTC"});
    let day_ms = 24 * 60 * 60 * 1000;
    let settings = json!({"schedule": every_second, "max_concurrent_runs": 0});
    let mut bounded =
        Desk::limited(Limits { events_at_once: 1000, ended_runs: 10, ..Limits::default() });
    let mut unbounded = Desk::limited(Limits { ended_runs: 10, ..Limits::default() });
    let started = [&mut bounded, &mut unbounded].map(|desk| {
        desk.job("/n", settings.clone());
        desk.0.status()["now_ms"].as_u64().unwrap()
    });
    // The first second begins with the clock.
    let refused = bounded.0.advance(day_ms).unwrap_err();
    assert!(refused.to_string().contains("stopped after 1000000"), "{refused}");
    assert_eq!(refused.next_step(), Some("advance it by the rest"));
    let now_ms = bounded.0.status()["now_ms"].as_u64().unwrap();
    assert_eq!(now_ms, started[0] + 1_000_000);
    bounded.pass(500_000);
    unbounded.pass(1_500_000);
    assert_eq!(
        bounded.runs(json!({})),
        unbounded.runs(json!({})),
        "it is as if it had gone at once"
    );
}

#[test]
fn a_schedule_starts_runs_at_its_times() {
    let mut desk = Desk::new();
    let every_third = schedule("0 0/20 * * * ?");
    let job_id = scheduled(&mut desk, &every_third);
    desk.pass(HOUR_MS);
    assert_eq!(began(&mut desk, job_id), [20, 40, 60]);
    let runs = desk.runs(json!({"job_id": job_id}));
    assert_eq!(runs[0]["schedule"]["pause_status"], "UNPAUSED");
    for run in &runs {
        assert_eq!(run["trigger"], "PERIODIC");
        assert_eq!(run["run_type"], "JOB_RUN");
        // As the job shows it, with its default.
        assert_eq!(run["schedule"], desk.settings(job_id)["schedule"]);
        assert!(run["overriding_parameters"].is_null());
    }
    assert_eq!(runs[0]["number_in_job"], 3);
    // One that somebody asks for is another.
    let asked = desk.run_now(job_id);
    let asked = desk.run(asked);
    assert_eq!(asked["trigger"], "ONE_TIME");
    assert!(asked["schedule"].is_null());
}

#[test]
fn a_retry_of_a_scheduled_run_is_a_retry() {
    let mut desk = Desk::new();
    let mut daily = schedule("0 0 12 * * ?");
    daily["pause_status"] = "UNPAUSED".into();
    desk.job("/jobdeck/fail", json!({"schedule": daily, "max_retries": 1}));
    desk.pass(13 * HOUR_MS);
    let runs = desk.runs(json!({}));
    assert_eq!([&runs[0]["trigger"], &runs[1]["trigger"]], ["RETRY", "PERIODIC"]);
    assert_eq!([&runs[0]["schedule"], &runs[1]["schedule"]], [&Value::Null, &daily]);
}

#[test]
fn a_schedule_goes_by_its_time_zone() {
    let mut desk = Desk::new();
    let tokyo = json!({"quartz_cron_expression": "0 0 12 * * ?", "timezone_id": "Asia/Tokyo"});
    let job_id = scheduled(&mut desk, &tokyo);
    desk.pass(24 * HOUR_MS);
    assert_eq!(began(&mut desk, job_id), [3 * 60]);
}

#[test]
fn a_paused_schedule_starts_none_until_it_goes_on() {
    let mut desk = Desk::new();
    let mut hourly = schedule("0 0 * * * ?");
    hourly["pause_status"] = "PAUSED".into();
    let job_id = scheduled(&mut desk, &hourly);
    desk.pass(90 * MINUTE_MS);
    assert_eq!(began(&mut desk, job_id), [0; 0]);
    hourly["pause_status"] = "UNPAUSED".into();
    desk.ok(Update, json!({"job_id": job_id, "new_settings": {"schedule": hourly}}));
    desk.pass(HOUR_MS);
    // What was missed is not made up for.
    assert_eq!(began(&mut desk, job_id), [120]);
}

#[test]
fn a_schedule_that_is_changed_or_removed_fires_no_more() {
    let mut desk = Desk::new();
    let jobs = ["reset", "update", "remove", "delete"]
        .map(|_| scheduled(&mut desk, &schedule("0 0 * * * ?")));
    desk.pass(HOUR_MS);
    let [reset, update, remove, delete] = jobs;
    let plain = json!({"existing_cluster_id": "c", "notebook_task": {"notebook_path": "/n"}});
    desk.ok(Reset, json!({"job_id": reset, "new_settings": plain}));
    let later = json!({"schedule": schedule("0 30 * * * ?")});
    desk.ok(Update, json!({"job_id": update, "new_settings": later}));
    desk.ok(Update, json!({"job_id": remove, "fields_to_remove": ["schedule"]}));
    desk.ok(Delete, json!({"job_id": delete}));
    desk.pass(HOUR_MS);
    assert_eq!(began(&mut desk, reset), [60]);
    assert_eq!(began(&mut desk, update), [60, 90]);
    assert_eq!(began(&mut desk, remove), [60]);
    assert_eq!(desk.runs(json!({"job_id": delete})), [json!(null); 0]);
}

#[test]
fn scheduled_runs_beyond_the_limit_of_the_job_or_the_workspace_are_skipped() {
    let mut desk = Desk::limited(Limits { concurrent_runs: 1, ..Limits::default() });
    let hourly = json!({"schedule": schedule("0 0 * * * ?"), "max_concurrent_runs": 1});
    let slow = desk.job("/jobdeck/sleep/5400000", hourly);
    let other = desk.job("/n", json!({"schedule": schedule("0 30 2 * * ?")}));
    desk.pass(2 * HOUR_MS + 1);
    let runs = desk.runs(json!({"job_id": slow}));
    let states = [&runs[0]["state"]["life_cycle_state"], &runs[1]["state"]["life_cycle_state"]];
    assert_eq!(states, ["SKIPPED", "RUNNING"]);
    assert_eq!(runs[0]["trigger"], "PERIODIC");
    // The one that runs ends a moment later.
    desk.pass(30 * MINUTE_MS);
    assert_eq!(desk.runs(json!({"job_id": other}))[0]["state"]["life_cycle_state"], "SKIPPED");
}

#[test]
fn what_quartz_or_java_does_not_know_is_refused_and_changes_nothing() {
    let mut desk = Desk::new();
    let kept = schedule("0 0 0 1 1 ? 2099");
    let job_id = scheduled(&mut desk, &kept);
    let mut mars = kept.clone();
    mars["timezone_id"] = "Mars/Olympus".into();
    for (wrong, told) in [
        (schedule("0 2 * * *"), "Invalid quartz_cron_expression: 0 2 * * *. For Quartz, it has 5"),
        (schedule("0 30 2 * * *"), "Invalid quartz_cron_expression: 0 30 2 * * *. "),
        (mars, "Invalid timezone_id: Mars/Olympus. "),
    ] {
        let mut settings = desk.settings(job_id);
        settings["schedule"] = wrong;
        let new = json!({"job_id": job_id, "new_settings": settings});
        for (endpoint, arguments) in [(Create, settings), (Reset, new.clone()), (Update, new)] {
            let message = desk.refused(endpoint, arguments);
            assert!(message.starts_with(told), "{message}");
        }
        assert_eq!(desk.settings(job_id)["schedule"]["quartz_cron_expression"], "0 0 0 1 1 ? 2099");
    }
}
