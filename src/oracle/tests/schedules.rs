//! Schedules: a run at its time, none while they are paused, and none once their job is removed.

use serde_json::{Value, json};

use super::{
    super::{Deadlines, History, Surroundings, judge},
    proofs::{Row, exchange},
};

const FIRES: &str = "settings/lifecycle/periodic-fires";
const PAUSED: &str = "settings/lifecycle/paused-does-not-fire";
const STOPS: &str = "delete/lifecycle/schedule-stops";

/// Midnight of some day, in milliseconds since 1970, at which each history begins.
const MIDNIGHT_MS: i64 = 1_704_067_200_000;
const SECOND: u64 = 1_000_000;

/// The rules of schedules that are held, and those that are broken.
fn judged(rows: &[Row], is_own: bool) -> Vec<(&'static str, bool)> {
    let mut history = History::new(Surroundings {
        own: is_own.then(|| "own".to_owned()),
        epoch_us: Some(u64::try_from(MIDNIGHT_MS).unwrap() * 1000),
        deadlines: Deadlines { settle: std::time::Duration::from_secs(3), ..Deadlines::default() },
        ..Surroundings::default()
    });
    for row in rows {
        history.push(exchange(row), None, 1);
    }
    let tally = judge(&history);
    let of_schedules = tally.iter().filter(|(rule, _)| [FIRES, PAUSED, STOPS].contains(rule));
    of_schedules.map(|(rule, record)| (rule, record.broken == 0)).collect()
}

#[track_caller]
fn check(rows: &[Row], expected: &[(&str, bool)]) {
    assert_eq!(judged(rows, true), expected);
    assert_eq!(judged(rows, false), [], "somebody else may have a hand in it");
}

fn create(cron: &str, zone: &str, status: &str) -> Row {
    let settings = json!({
        "name": "own-a", "existing_cluster_id": "c", "max_concurrent_runs": 0,
        "notebook_task": {"notebook_path": "/a"},
        "schedule": {"quartz_cron_expression": cron, "timezone_id": zone, "pause_status": status},
    });
    (SECOND, 2 * SECOND, "POST create", settings, 200, json!({"job_id": 3}))
}

fn minutely(status: &str) -> Row {
    create("0 * * * * ?", "UTC", status)
}

/// A list, at so many seconds, of runs that a schedule started at so many seconds.
fn list(at_s: u64, call: &'static str, starts_s: &[i64]) -> Row {
    let run = |(id, start_s): (i64, &i64)| {
        json!({
            "run_id": id, "job_id": 3, "number_in_job": id, "trigger": "PERIODIC",
            "start_time": MIDNIGHT_MS + start_s * 1000, "end_time": MIDNIGHT_MS + start_s * 1000,
            "state": {"life_cycle_state": "SKIPPED", "state_message": ""}, "schedule": {},
        })
    };
    let runs: Vec<_> = (1..).zip(starts_s).map(run).collect();
    let body = json!({"runs": runs, "has_more": false});
    (at_s * SECOND, at_s * SECOND + 1000, call, Value::Null, 200, body)
}

const OF_JOB: &str = "GET runs/list?job_id=3";

#[test]
fn a_schedule_starts_a_run_at_each_of_its_times() {
    let fires = |at_s, starts_s: &[i64]| [minutely("UNPAUSED"), list(at_s, OF_JOB, starts_s)];
    check(&fires(130, &[60, 120]), &[(FIRES, true)]);
    // It may be late.
    check(&fires(130, &[63, 122]), &[(FIRES, true)]);
    check(&fires(130, &[65, 120]), &[(FIRES, false)]);
    check(&fires(130, &[60]), &[(FIRES, false)]);
    check(&fires(130, &[]), &[(FIRES, false)]);
    // The second time has only just come.
    check(&fires(122, &[60]), &[(FIRES, true)]);
    check(&fires(62, &[]), &[]);
    let by_zone = |starts_s| {
        [create("0 30 2 * * ?", "Asia/Kolkata", "UNPAUSED"), list(90_000, OF_JOB, starts_s)]
    };
    check(&by_zone(&[21 * 3600]), &[(FIRES, true)]);
    check(&by_zone(&[2 * 3600 + 1800]), &[(FIRES, false)]);
    // Of a schedule that the judge does not read nothing is said.
    check(&[create("0 0/5 * * * ?", "UTC", "UNPAUSED"), list(700, OF_JOB, &[])], &[]);
}

#[test]
fn a_paused_schedule_starts_none() {
    let paused = |starts_s| [minutely("PAUSED"), list(130, OF_JOB, starts_s)];
    check(&paused(&[]), &[(PAUSED, true)]);
    check(&paused(&[60]), &[(PAUSED, false)]);
    let pause = json!({"schedule": {
        "quartz_cron_expression": "0 * * * * ?", "timezone_id": "UTC", "pause_status": "PAUSED",
    }});
    let pause = json!({"job_id": 3, "new_settings": pause});
    let update = (70 * SECOND, 71 * SECOND, "POST update", pause, 200, json!({}));
    let later = |starts_s| [minutely("UNPAUSED"), update.clone(), list(190, OF_JOB, starts_s)];
    check(&later(&[60]), &[(PAUSED, true)]);
    check(&later(&[60, 120]), &[(PAUSED, false)]);
}

#[test]
fn the_schedule_of_a_job_that_is_removed_starts_none() {
    let delete = (70 * SECOND, 71 * SECOND, "POST delete", json!({"job_id": 3}), 200, json!({}));
    let removed =
        |status, starts_s| [minutely(status), delete.clone(), list(130, "GET runs/list", starts_s)];
    check(&removed("UNPAUSED", &[]), &[(STOPS, true)]);
    check(&removed("UNPAUSED", &[60]), &[(STOPS, true)]);
    check(&removed("UNPAUSED", &[60, 120]), &[(STOPS, false)]);
    check(&removed("PAUSED", &[]), &[]);
}
