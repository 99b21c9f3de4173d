//! Schedules and queues.

use super::*;

/// How long it takes until a minute has begun, twice.
const TWO_MINUTES_MS: u64 = 120_000;

/// A job whose schedule fires every minute.
fn minutely(trial: &mut Trial, pause_status: &str) -> i64 {
    let schedule = json!({
        "quartz_cron_expression": "0 * * * * ?", "timezone_id": "UTC", "pause_status": pause_status
    });
    trial.job("/n", json!({"schedule": schedule}))
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
