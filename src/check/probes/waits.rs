//! What takes minutes or months to show: schedules that fire, and runs of long ago.
//!
//! Where nobody waits, all of it is done; a server is waited for only if its profile says that its schedules fire.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Aim, Going, Phase, Probe, Session, scenario};
use crate::{
    check::cleanup,
    contract::{
        Endpoint::{Delete, RunsList, Update},
        rules::Need,
    },
};

/// A schedule that fires whenever a minute begins.
const MINUTELY: &str = "0 * * * * ?";
/// After so long a minute has begun, whatever the clocks of both sides say.
const A_MINUTE: Duration = Duration::from_secs(64);
/// A schedule that fires once a day, and a time zone in which that is at another hour and minute than in UTC.
const DAILY: [&str; 2] = ["0 30 2 * * ?", "Asia/Kolkata"];
const A_DAY: Duration = Duration::from_secs(25 * 60 * 60);
/// After so long no list shows a run any more.
const LONG: Duration = Duration::from_secs(62 * 24 * 60 * 60);

pub(super) const PROBES: &[Probe] = &[
    scenario(
        "schedules that fire, and schedules that do not",
        &[
            "settings/lifecycle/periodic-fires",
            "settings/lifecycle/paused-does-not-fire",
            "settings/schema/schedule-on-run",
            "delete/lifecycle/schedule-stops",
        ],
        &[Need::Cluster, Need::Scheduler],
        schedules,
    )
    .in_phase(Phase::Waits)
    .computing(),
    scenario(
        "a run of long ago",
        &["runs-list/consistency/sixty-days"],
        &[Need::Cluster],
        long_ago,
    )
    .in_phase(Phase::Waits),
];

/// A job whose runs are all skipped, with a schedule.
fn scheduled(session: &mut Session<'_, '_>, [cron, zone]: [&str; 2], status: &str) -> Going<i64> {
    let schedule =
        json!({"quartz_cron_expression": cron, "timezone_id": zone, "pause_status": status});
    session.idle_job(json!({"schedule": schedule}))
}

fn schedules(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let settle = session.profile().deadlines().settle;
    let minutely = [MINUTELY, "UTC"];
    let fires = scheduled(session, minutely, "UNPAUSED")?;
    let paused = scheduled(session, minutely, "PAUSED")?;
    let removed = scheduled(session, minutely, "UNPAUSED")?;
    session.wait(A_MINUTE + settle)?;
    let list = session.list_runs(fires)?;
    let body = session.body(list);
    if let Some(run) = body.pointer("/runs/0/run_id").and_then(Value::as_i64) {
        session.get_run(run)?;
    }
    session.list_runs(paused)?;
    session.list_runs(removed)?;
    for (job, status) in [(fires, "PAUSED"), (paused, "UNPAUSED")] {
        let schedule = json!({
            "quartz_cron_expression": MINUTELY, "timezone_id": "UTC", "pause_status": status
        });
        let turn = json!({"job_id": job, "new_settings": {"schedule": schedule}});
        session.call(Update, turn)?;
    }
    session.call(Delete, json!({"job_id": removed}))?;
    session.wait(A_MINUTE + settle)?;
    session.list_runs(fires)?;
    session.list_runs(paused)?;
    session.list_runs(removed)?;
    session.call(RunsList, json!({"limit": 0}))?;
    if !session.bench.target.is_waited_for() {
        session.next_case();
        let daily = scheduled(session, DAILY, "UNPAUSED")?;
        session.wait(A_DAY + settle)?;
        session.list_runs(daily)?;
    }
    Ok(())
}

fn long_ago(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    if session.bench.target.is_waited_for() {
        return Ok(());
    }
    // What is left of other probes would be gone afterwards, and could not be removed any more.
    cleanup::remove_all(session)?;
    session.next_case();
    let job = session.idle_job(json!({}))?;
    let run = session.start(job)?;
    session.skipped(run)?;
    session.wait(LONG)?;
    session.list_runs(job).map(drop)
}
