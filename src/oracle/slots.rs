//! How many runs of a job may be active at once: beyond that they are skipped, and only then.

use serde_json::Value;

use super::{
    Facts, Oracle, Tally,
    facts::{Job, Run, RunSight},
    history::{Answer, Entry},
    tally::Proof,
};
use crate::{
    contract::{
        Endpoint,
        LifeCycleState::{Pending, Queued, Skipped},
        ResultState,
    },
    json::Pointer,
    model::Settings,
};

const ZERO: &str = "run-now/lifecycle/skipped-when-zero";
const FULL: &str = "run-now/lifecycle/skipped-when-full";
const AT_ONCE: &str = "run-now/lifecycle/skipped-immediately";
const MESSAGE: &str = "run-now/lifecycle/skipped-message";
const FREED: &str = "run-now/lifecycle/slot-freed";
const AT_MOST: &str = "run-now/concurrency/at-most-k-active";
const FILLS: &str = "run-now/concurrency/fills-k";
const DEFAULT: &str = "create/schema/default-max-concurrent";
const LOWERED: &str = "reset/lifecycle/lower-concurrency-keeps-active";
const UNLIMITED: &str = "runs-submit/concurrency/unlimited-by-job";

pub(super) const ORACLE: Oracle = Oracle {
    rules: || {
        vec![ZERO, FULL, AT_ONCE, MESSAGE, FREED, AT_MOST, FILLS, DEFAULT, LOWERED, UNLIMITED]
    },
    judge,
};

fn judge(facts: &Facts<'_>, tally: &mut Tally) {
    for run in facts.runs.values() {
        if run.started_by() == Some(Endpoint::RunsSubmit)
            && let Some(last) = run.sights.iter().find(|sight| !is_waiting(sight))
        {
            tally.judge(UNLIMITED, last.state != Some(Skipped), || {
                shown(&[], last).expected("no limit: a submitted run is of no job")
            });
        }
        at_once(facts, run, tally);
    }
    for job in facts.jobs.values() {
        for run in facts.runs_of(job) {
            limited(facts, job, run, tally);
            // Somebody else may cancel a run.
            if facts.history.is_own() {
                lowered(job, run, tally);
            }
        }
        at_most(facts, job, tally);
    }
}

fn is_waiting(sight: &RunSight<'_>) -> bool {
    matches!(sight.state, None | Some(Pending | Queued))
}

fn shown(before: &[&Entry], sight: &RunSight<'_>) -> Proof {
    let mut evidence = before.to_vec();
    evidence.push(sight.entry);
    Proof::new(&evidence)
        .at(Pointer::root().join("state").join("life_cycle_state"))
        .got(sight.words())
}

/// What becomes of a run, by the limit of its job and the runs that were active when it started.
fn limited(facts: &Facts<'_>, job: &Job<'_>, run: &Run<'_>, tally: &mut Tally) {
    let (Some(start), Some(settings)) = (run.started(), facts.settings_of(run)) else { return };
    let Some(limit) = settings.integer("max_concurrent_runs") else { return };
    let Some(fate) = run.sights.iter().find(|sight| !is_waiting(sight)) else { return };
    let skipped = fate.state == Some(Skipped);
    if limit == 0 {
        tally.judge(ZERO, skipped, || {
            shown(&[start], fate).expected("SKIPPED: the job may have no run at all")
        });
        return;
    }
    let others = || facts.runs_of(job).filter(|other| other.id != run.id);
    let active = others().filter(|other| other.active_around(start).is_some()).count();
    let of_limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if active >= of_limit {
        tally.judge(FULL, skipped, || {
            let expected = format!("SKIPPED: {active} runs were active of {limit} that may be");
            shown(&[start], fate).expected(expected)
        });
        if is_default(settings) {
            tally.judge(DEFAULT, skipped, || {
                shown(&[start], fate).expected("SKIPPED: by default one run may be active")
            });
        }
        return;
    }
    // Only runs that are known can be known to have ended.
    let calm = facts.history.is_own() && settings.integer("max_retries") == Some(0);
    let over = others().all(|other| {
        let later = other.started().is_some_and(|started| start.is_before(started));
        later || other.ended_before(start).is_some()
    });
    let had_active = others().any(|other| {
        other.sights.iter().any(|sight| sight.is_active() && sight.entry.is_before(start))
    });
    let unsure = job
        .starts
        .iter()
        .any(|other| other.index != start.index && other.may_be_done() && other.overlaps(start));
    if calm && over && had_active && !unsure {
        tally.judge(FREED, !skipped, || {
            shown(&[start], fate).expected("no skipping: no other run was active any more")
        });
    }
}

fn is_default(settings: &Settings) -> bool {
    settings.value("max_concurrent_runs").is_none()
}

/// A run that is skipped is so at once, and has nothing prepared for it.
fn at_once(facts: &Facts<'_>, run: &Run<'_>, tally: &mut Tally) {
    let Some(skipped) = run.sights.iter().find(|sight| sight.state == Some(Skipped)) else {
        return;
    };
    let Some(start) = run.started() else { return };
    let deadline = facts.history.surroundings.deadlines.skip.as_micros();
    let late_us = start.return_us().saturating_add(u64::try_from(deadline).unwrap_or(u64::MAX));
    let late = run.sights.iter().find(|s| is_waiting(s) && s.entry.call_us() > late_us);
    let prepared = skipped.run.get("cluster_instance").is_some_and(|cluster| !cluster.is_null());
    if late.is_some() || prepared || skipped.entry.call_us() <= late_us {
        tally.judge(AT_ONCE, late.is_none() && !prepared, || {
            let expected = "SKIPPED at once, without a cluster";
            shown(&[start], late.unwrap_or(skipped)).expected(expected)
        });
    }
    let message = skipped.run.get("state").and_then(|state| state.get("state_message"));
    let told = message.and_then(Value::as_str).unwrap_or_default();
    tally.judge(MESSAGE, told.starts_with("Skipping this run because the limit of"), || {
        shown(&[start], skipped).expected("the words of the real service").got(super::cut(told))
    });
}

/// A lower limit ends no run that is active.
fn lowered(job: &Job<'_>, run: &Run<'_>, tally: &mut Tally) {
    if !run.cancelled(Some(job)).is_empty() {
        return;
    }
    for write in job.writes.iter().filter(|write| write.done().is_some()) {
        let limit = |entry: &Entry| {
            let new = entry.arguments()?.get("new_settings")?;
            new.get("max_concurrent_runs").and_then(Value::as_i64)
        };
        let timeout = write.arguments().and_then(|a| a.get("new_settings")?.get("timeout_seconds"));
        let before = job.created.and_then(|c| c.arguments()?.get("max_concurrent_runs")?.as_i64());
        let (Some(new), Some(old), None) = (limit(write), before.or(Some(1)), timeout) else {
            continue;
        };
        let was_active = run.last_before(write).is_some_and(RunSight::is_active);
        if new >= old || !was_active {
            continue;
        }
        let Some(after) = run.first_after(write) else { continue };
        if job.may_be_removed_at(after.entry) {
            continue;
        }
        let ended = matches!(after.result, Some(ResultState::Canceled | ResultState::TimedOut))
            || after.state == Some(Skipped);
        tally.judge(LOWERED, !ended, || {
            shown(&[write], after).expected("the run goes on: only new ones are skipped")
        });
    }
}

/// At no time more runs are known to be active than may be.
fn at_most(facts: &Facts<'_>, job: &Job<'_>, tally: &mut Tally) {
    let limits: Vec<_> = facts
        .runs_of(job)
        .filter_map(|run| facts.settings_of(run)?.integer("max_concurrent_runs"))
        .collect();
    // Where the limit changed, the runs of before may be more than may be now.
    let (Some(limit), true) =
        (limits.first(), limits.windows(2).all(|pair| pair[0] == pair[1]) && limits.len() > 1)
    else {
        return;
    };
    let limit = usize::try_from(*limit).unwrap_or(usize::MAX);
    if limit == 0 || limits.len() <= limit {
        return;
    }
    // A run is active for certain from the first answer that shows it so until the last call that does.
    let mut spans: Vec<(u64, u64, &Entry, &Entry)> = Vec::new();
    for run in facts.runs_of(job).filter(|run| run.started().is_some()) {
        let active = || run.sights.iter().filter(|sight| sight.is_active());
        let from = active().min_by_key(|sight| sight.entry.return_us());
        let until = active().max_by_key(|sight| sight.entry.call_us());
        if let (Some(from), Some(until)) = (from, until)
            && from.entry.return_us() <= until.entry.call_us()
        {
            let span = (from.entry.return_us(), until.entry.call_us(), from.entry, until.entry);
            spans.push(span);
        }
    }
    let most = spans
        .iter()
        .map(|(at, ..)| spans.iter().filter(|(from, until, ..)| from <= at && at <= until).count())
        .max()
        .unwrap_or(0);
    if most >= limit {
        tally.judge(AT_MOST, most <= limit, || {
            let evidence: Vec<_> =
                spans.iter().flat_map(|(.., from, until)| [*from, *until]).collect();
            Proof::new(&evidence)
                .expected(format!("at most {limit} runs of job {} active at once", job.id))
                .got(format!("{most} of them"))
        });
    }
    fills(facts, job, limit, tally);
}

/// Of runs that were started together as many are taken as may be active.
fn fills(facts: &Facts<'_>, job: &Job<'_>, limit: usize, tally: &mut Tally) {
    let runs: Vec<_> = facts.runs_of(job).filter(|run| run.started().is_some()).collect();
    let starts: Vec<_> = runs.iter().filter_map(|run| run.started()).collect();
    let together = starts.windows(2).all(|pair| pair[0].overlaps(pair[1]));
    let fates: Option<Vec<_>> =
        runs.iter().map(|run| run.sights.iter().find(|sight| !is_waiting(sight))).collect();
    // One whose answer was lost may have taken a place.
    let lost = job.starts.iter().any(|start| matches!(start.answer, Answer::Unknown(_)));
    if let (true, false, Some(fates)) = (together, lost, fates) {
        let taken = fates.iter().filter(|fate| fate.state != Some(Skipped)).count();
        tally.judge(FILLS, taken >= limit, || {
            Proof::new(&starts)
                .expected(format!("{limit} of {} runs that were started together", runs.len()))
                .got(taken.to_string())
        });
    }
}
