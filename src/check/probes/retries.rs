//! Attempts: runs that fail or time out, and what follows.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Aim, Going, Probe, Session, scenario};
use crate::{
    check::profile::{Fragment, Tasks},
    contract::{
        Endpoint::{RunsCancel, RunsList},
        LifeCycleState,
        rules::Need,
    },
};

/// The least time from the start of one attempt to that of the next, in milliseconds.
const INTERVAL_MS: u64 = 1500;
/// How often a list is looked at while attempts are waited for.
const LOOK: Duration = Duration::from_millis(200);

pub(super) const PROBES: &[Probe] = &[scenario(
    "runs that are tried again, and runs that are not",
    &[
        "run/lifecycle/retry-created",
        "run/lifecycle/retry-immediate-default",
        "run/lifecycle/retry-attempt-numbers",
        "run/lifecycle/retry-max-attempt",
        "run/lifecycle/retry-trigger",
        "run/lifecycle/retry-min-interval",
        "run/lifecycle/retry-stops-on-success",
        "run/lifecycle/no-retry-on-timeout-default",
        "run/lifecycle/retry-on-timeout",
        "run/lifecycle/no-retry-after-cancel",
        "create/schema/default-retries",
        "runs-submit/lifecycle/no-retry",
    ],
    &[Need::Cluster, Need::Executor],
    tried,
)
.computing()];

/// A job whose run is or is not tried again.
struct Tried<'p> {
    task: &'p Option<Fragment>,
    settings: Value,
    /// How many attempts there are to be in all.
    attempts: usize,
    /// Whether the first one is cancelled.
    is_cancelled: bool,
}

/// All at the same time, so that what they have in common, a long wait, is waited for once.
fn tried(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let Tasks { ok, fail, slow, .. } = &session.profile().task;
    let row = |task, settings, attempts| Tried { task, settings, attempts, is_cancelled: false };
    let failing = json!({"max_retries": 2, "min_retry_interval_millis": INTERVAL_MS});
    let stopped = json!({"max_retries": 1, "timeout_seconds": 1});
    let again = json!({"max_retries": 1, "timeout_seconds": 1, "retry_on_timeout": true});
    let rows = [
        row(fail, failing, 3),
        row(fail, json!({}), 1),
        row(ok, json!({"max_retries": 2}), 1),
        row(slow, stopped, 1),
        row(slow, again, 2),
        Tried { is_cancelled: true, ..row(slow, json!({"max_retries": 1}), 1) },
    ];
    let mut jobs = Vec::new();
    for Tried { task, settings, attempts, is_cancelled } in rows {
        let Some(task) = task else { continue };
        let job = session.job(Some(task), settings)?;
        let run = session.start(job)?;
        if is_cancelled {
            session.begun(run)?;
            session.call(RunsCancel, json!({"run_id": run}))?;
        }
        jobs.push((job, attempts));
    }
    let submitted = match fail {
        Some(fail) => Some(session.submit(Some(fail), json!({}))?),
        None => None,
    };
    // First until all attempts that are asked for have ended …
    let settle = session.profile().deadlines().settle;
    let patience = settle + Duration::from_millis(INTERVAL_MS);
    for (job, attempts) in &jobs {
        let mut looks = 0;
        loop {
            let ended = attempts_of(session, *job)?.iter().filter(|(_, ended)| *ended).count();
            if ended >= *attempts || LOOK * looks > patience * 3 {
                break;
            }
            session.wait(LOOK)?;
            looks += 1;
        }
    }
    if let Some(run) = submitted {
        session.settle(run)?;
    }
    look(session, &jobs)?;
    // … and then once more, when there can be none that is still to come.
    session.wait(patience + LOOK)?;
    look(session, &jobs)?;
    if let Some(run) = submitted {
        session.call(RunsList, json!({"run_type": "SUBMIT_RUN"}))?;
        session.get_run(run)?;
    }
    Ok(())
}

/// Looks at every attempt of the runs of jobs.
fn look(session: &mut Session<'_, '_>, jobs: &[(i64, usize)]) -> Going<()> {
    for (job, _) in jobs {
        for (run, _) in attempts_of(session, *job)? {
            session.get_run(run)?;
        }
    }
    Ok(())
}

/// The runs of a job that a list shows, and whether each has ended.
fn attempts_of(session: &mut Session<'_, '_>, job: i64) -> Going<Vec<(i64, bool)>> {
    let list = session.call(RunsList, json!({"job_id": job}))?;
    let body = session.body(list);
    let runs = body.get("runs").and_then(Value::as_array).into_iter().flatten();
    let run = |run: &Value| {
        let state = run.pointer("/state/life_cycle_state").and_then(Value::as_str)?;
        let ended = LifeCycleState::from_name(state).is_some_and(LifeCycleState::is_terminal);
        Some((run.get("run_id")?.as_i64()?, ended))
    };
    Ok(runs.filter_map(run).collect())
}
