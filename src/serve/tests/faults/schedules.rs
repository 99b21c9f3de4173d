//! Schedules.

use super::*;

/// How long it takes until a minute has begun, twice.
const TWO_MINUTES_MS: u64 = 120_000;

/// A schedule that fires every minute.
fn schedule(pause_status: &str) -> Value {
    json!({
        "quartz_cron_expression": "0 * * * * ?", "timezone_id": "UTC", "pause_status": pause_status
    })
}

/// A job whose schedule fires every minute.
fn minutely(trial: &mut Trial, pause_status: &str) -> i64 {
    trial.job("/n", json!({"schedule": schedule(pause_status)}))
}

/// Pauses the schedule of a job, has it go on, or takes it away.
fn reschedule(trial: &mut Trial, job_id: i64, pause_status: Option<&str>) {
    let mut arguments = match pause_status {
        Some(status) => json!({"new_settings": {"schedule": schedule(status)}}),
        None => json!({"fields_to_remove": ["schedule"]}),
    };
    arguments["job_id"] = job_id.into();
    trial.tell(Update, arguments);
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "create-defaults-schedule",
            |trial| {
                trial.job("/n", json!({}));
                trial.pass(TWO_MINUTES_MS);
                trial.listed(json!({})).len().into()
            },
            json!(0),
            json!(2),
        ),
        case(
            "paused-schedule-fires",
            |trial| {
                minutely(trial, "PAUSED");
                trial.pass(TWO_MINUTES_MS);
                trial.listed(json!({})).len().into()
            },
            json!(0),
            json!(2),
        ),
        case(
            "schedule-never-fires",
            |trial| {
                minutely(trial, "UNPAUSED");
                trial.pass(TWO_MINUTES_MS);
                trial.listed(json!({})).len().into()
            },
            json!(2),
            json!(0),
        ),
        case(
            "schedule-ignores-zone",
            |trial| {
                // The clock stands at midnight in London.
                let schedule = json!({
                    "quartz_cron_expression": "0 0 2 * * ?", "timezone_id": "Europe/Berlin"
                });
                trial.job("/n", json!({"schedule": schedule}));
                trial.pass(3 * 60 * 60 * 1000);
                let run = trial.run(1_000_001);
                let start_ms = run["start_time"].as_i64().unwrap();
                json!((start_ms - 1_704_067_200_000) / 3_600_000)
            },
            json!(1),
            json!(2),
        ),
        case(
            "delete-leaves-schedule",
            |trial| {
                let job_id = minutely(trial, "UNPAUSED");
                trial.tell(Delete, json!({"job_id": job_id}));
                trial.pass(TWO_MINUTES_MS);
                trial.listed(json!({})).len().into()
            },
            json!(0),
            json!(1),
        ),
        case(
            "schedule-lost",
            |trial| {
                minutely(trial, "UNPAUSED");
                trial.pass(TWO_MINUTES_MS / 2);
                let run = trial.run(1_000_001);
                json!([run["trigger"], run.get("schedule").is_some()])
            },
            json!(["PERIODIC", true]),
            json!(["PERIODIC", false]),
        ),
        case(
            "schedule-on-every-run",
            |trial| {
                let run_id = trial.run_of("/n", json!({}));
                trial.run(run_id).get("schedule").is_some().into()
            },
            json!(false),
            json!(true),
        ),
    ]
}

pub(super) fn more_cases() -> Vec<Case> {
    vec![
        case(
            "later-pause-ignored",
            |trial| {
                let job_id = minutely(trial, "UNPAUSED");
                reschedule(trial, job_id, Some("PAUSED"));
                trial.pass(TWO_MINUTES_MS);
                trial.listed(json!({})).len().into()
            },
            json!(0),
            json!(2),
        ),
        case(
            "later-resume-ignored",
            |trial| {
                let job_id = minutely(trial, "PAUSED");
                reschedule(trial, job_id, Some("UNPAUSED"));
                trial.pass(TWO_MINUTES_MS);
                trial.listed(json!({})).len().into()
            },
            json!(2),
            json!(0),
        ),
        case(
            "removed-schedule-fires",
            |trial| {
                let job_id = minutely(trial, "UNPAUSED");
                reschedule(trial, job_id, None);
                trial.pass(TWO_MINUTES_MS);
                trial.listed(json!({})).len().into()
            },
            json!(0),
            json!(2),
        ),
        case(
            "schedule-ignores-limit",
            |trial| {
                let every_minute = schedule("UNPAUSED");
                trial.job(SLOW, json!({"schedule": every_minute}));
                let run_id = trial.run_now(1);
                trial.pass(TWO_MINUTES_MS / 2);
                json!([trial.state(run_id), trial.state(run_id + 1)])
            },
            json!(["RUNNING", "SKIPPED"]),
            json!(["RUNNING", "PENDING"]),
        ),
        case(
            "schedule-follows-job",
            |trial| {
                let job_id = minutely(trial, "UNPAUSED");
                trial.pass(TWO_MINUTES_MS / 2);
                reschedule(trial, job_id, Some("PAUSED"));
                trial.run(1_000_001)["schedule"]["pause_status"].clone()
            },
            json!("UNPAUSED"),
            json!("PAUSED"),
        ),
        case(
            "schedule-on-retry",
            |trial| {
                let once = schedule("UNPAUSED");
                trial.job("/jobdeck/fail", json!({"schedule": once, "max_retries": 1}));
                trial.pass(TWO_MINUTES_MS - 1);
                let runs = [1_000_001, 1_000_002].map(|run_id| trial.run(run_id));
                runs.map(|run| json!([run["trigger"], run.get("schedule").is_some()]))
                    .to_vec()
                    .into()
            },
            json!([["PERIODIC", true], ["RETRY", false]]),
            json!([["PERIODIC", true], ["RETRY", true]]),
        ),
    ]
}
