//! How a run moves from state to state, and what is told of it in each.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Facts, Oracle, Tally, cut,
    facts::{Run, RunSight},
    history::{Ending, Entry},
    tally::Proof,
};
use crate::{
    contract::{
        Endpoint,
        LifeCycleState::{
            self, InternalError, Pending, Queued, Running, Skipped, Terminated, Terminating,
        },
        ResultState,
    },
    json::Pointer,
};

const NO_RESULT: &str = "run/lifecycle/no-result-before-end";
const RESULT: &str = "run/lifecycle/result-when-terminated";
const RESULT_STAYS: &str = "run/lifecycle/result-never-changes";
const RESULT_TERMINATING: &str = "run/lifecycle/result-terminating";
const FINAL: &str = "run/lifecycle/terminal-is-final";
const TRANSITIONS: &str = "run/lifecycle/allowed-transitions";
const SKIPPED_FROM_PENDING: &str = "run/lifecycle/skipped-only-before-running";
const SUCCESS: &str = "run/lifecycle/success";
const FAILED: &str = "run/lifecycle/failed";
const TIMED_OUT: &str = "run/lifecycle/timedout";
const SUBMIT_TIMED_OUT: &str = "runs-submit/lifecycle/timeout";
const CELL_OUTPUT: &str = "run/limit/cell-output-8mb";
const CANCELLED_FLAG: &str = "run/schema/cancelled-flag";
const ACTIVE_END: &str = "run/consistency/end-time-zero-while-active";
const END_TIME: &str = "run/consistency/end-time-set-when-terminal";
const DURATIONS: &str = "run/consistency/durations-sum";
const SCHEDULE: &str = "settings/schema/schedule-on-run";
const NEVER_QUEUED: &str = "run-now/lifecycle/never-queued";

/// How far the phases of a run may be from its whole length, in milliseconds, or a tenth of it.
const DURATIONS_SLACK_MS: i64 = 2000;

pub(super) const ORACLE: Oracle = Oracle {
    rules: || {
        vec![
            NO_RESULT,
            RESULT,
            RESULT_STAYS,
            RESULT_TERMINATING,
            FINAL,
            TRANSITIONS,
            SKIPPED_FROM_PENDING,
            SUCCESS,
            FAILED,
            TIMED_OUT,
            SUBMIT_TIMED_OUT,
            CELL_OUTPUT,
            CANCELLED_FLAG,
            ACTIVE_END,
            END_TIME,
            DURATIONS,
            SCHEDULE,
            NEVER_QUEUED,
        ]
    },
    judge,
};

fn judge(facts: &Facts<'_>, tally: &mut Tally) {
    for run in facts.runs.values() {
        for sight in &run.sights {
            state(sight, tally);
            times(sight, tally);
            schedule(sight, tally);
        }
        moves(run, tally);
        results(run, tally);
        ending(facts, run, tally);
    }
}

fn proof(sight: &RunSight<'_>, name: &str) -> Proof {
    Proof::new(&[sight.entry]).at(Pointer::root().join("state").join(name))
}

/// What one sight tells of result and flag, by its state.
fn state(sight: &RunSight<'_>, tally: &mut Tally) {
    let Some(state) = sight.state else { return };
    let shown = sight.run.get("state").and_then(|state| state.get("result_state"));
    let text = || shown.map_or("nothing".to_owned(), |shown| cut(&shown.to_string()));
    match state {
        Queued | Pending | Running | Skipped => tally.judge(NO_RESULT, shown.is_none(), || {
            let expected = format!("nothing while the run is {}", state.name());
            proof(sight, "result_state").expected(expected).got(text())
        }),
        Terminated => tally.judge(RESULT, shown.is_some_and(Value::is_string), || {
            let expected = "a result: the run is TERMINATED";
            proof(sight, "result_state").expected(expected).got(text())
        }),
        InternalError => {
            let holds = sight.result.is_none_or(|result| result == ResultState::Failed);
            tally.judge(RESULT_TERMINATING, holds, || {
                proof(sight, "result_state").expected("nothing, or FAILED").got(text())
            });
        }
        Terminating => {}
    }
    let flag = sight.run.get("state").and_then(|state| state.get("user_cancelled_or_timedout"));
    if let (Terminated, Some(result)) = (state, sight.result) {
        let stopped = matches!(result, ResultState::Canceled | ResultState::TimedOut);
        let told = flag.and_then(Value::as_bool).unwrap_or(false);
        tally.judge(CANCELLED_FLAG, told == stopped, || {
            let expected = format!("{stopped}: the result is {}", result.name());
            proof(sight, "user_cancelled_or_timedout").expected(expected).got(told.to_string())
        });
    }
    tally.judge(NEVER_QUEUED, state != Queued, || {
        proof(sight, "life_cycle_state").expected("no queue: nobody asked for one").got("QUEUED")
    });
}

fn times(sight: &RunSight<'_>, tally: &mut Tally) {
    let Some(state) = sight.state else { return };
    let (start_ms, end_ms) = (sight.integer("start_time"), sight.integer("end_time"));
    let told = |time: Option<i64>| time.map_or("nothing".to_owned(), |time| time.to_string());
    let at = |name: &str| Proof::new(&[sight.entry]).at(Pointer::root().join(name));
    if sight.is_active() {
        tally.judge(ACTIVE_END, end_ms.unwrap_or(0) == 0, || {
            let expected = format!("0 while the run is {}", state.name());
            at("end_time").expected(expected).got(told(end_ms))
        });
        return;
    }
    if state == Skipped {
        return;
    }
    let start_ms = start_ms.unwrap_or(0);
    let holds = end_ms.is_some_and(|end_ms| end_ms >= start_ms && end_ms > 0);
    tally.judge(END_TIME, holds, || {
        let expected = format!("a time after the start ({start_ms}): the run has ended");
        at("end_time").expected(expected).got(told(end_ms))
    });
    let phases = ["setup_duration", "execution_duration", "cleanup_duration"];
    if let (Some(end_ms), [Some(setup), Some(execution), Some(cleanup)]) =
        (end_ms.filter(|end_ms| *end_ms > 0), phases.map(|name| sight.integer(name)))
    {
        let whole = end_ms.saturating_sub(start_ms);
        let sum = setup.saturating_add(execution).saturating_add(cleanup);
        let slack = DURATIONS_SLACK_MS.max(whole / 10).unsigned_abs();
        tally.judge(DURATIONS, whole.abs_diff(sum) <= slack, || {
            let expected = format!("phases that add up to {whole} ms");
            at("execution_duration").expected(expected).got(format!("{sum} ms in all"))
        });
    }
}

/// A run has a schedule if and only if one started it.
fn schedule(sight: &RunSight<'_>, tally: &mut Tally) {
    // A retry of a run that a schedule started may show that or not.
    let Some(trigger) = sight.text("trigger").filter(|trigger| *trigger != "RETRY") else { return };
    let has_one = sight.run.get("schedule").is_some_and(|schedule| !schedule.is_null());
    tally.judge(SCHEDULE, has_one == (trigger == "PERIODIC"), || {
        let expected = if has_one { "no schedule" } else { "the schedule" };
        Proof::new(&[sight.entry])
            .at(Pointer::root().join("schedule"))
            .expected(format!("{expected}: the trigger is {trigger}"))
            .got(if has_one { "one" } else { "nothing" })
    });
}

/// Every state that was seen before another may lead to it.
fn moves(run: &Run<'_>, tally: &mut Tally) {
    // The first answer that showed each state.
    let mut seen: BTreeMap<LifeCycleState, &RunSight<'_>> = BTreeMap::new();
    for sight in &run.sights {
        let Some(state) = sight.state else { continue };
        if state == Skipped {
            let began = [Running, Terminating].iter().filter_map(|state| seen.get(state));
            let began = began.into_iter().find(|began| began.entry.is_before(sight.entry));
            tally.judge(SKIPPED_FROM_PENDING, began.is_none(), || {
                pair(began, sight, "no run that began becomes SKIPPED")
            });
        }
        for (earlier, first) in &seen {
            if !first.entry.is_before(sight.entry) || *earlier == state && !state.is_terminal() {
                continue;
            }
            let rule = match (earlier, state) {
                (earlier, _) if earlier.is_terminal() => FINAL,
                (Running | Terminating, Skipped) => continue,
                _ => TRANSITIONS,
            };
            tally.judge(rule, earlier.can_lead_to(state), || {
                let expected = format!("a state that may follow {}", earlier.name());
                pair(Some(first), sight, &expected)
            });
        }
        seen.entry(state).or_insert(sight);
    }
}

fn pair(first: Option<&&RunSight<'_>>, second: &RunSight<'_>, expected: &str) -> Proof {
    let mut evidence: Vec<&Entry> = first.map(|first| first.entry).into_iter().collect();
    evidence.push(second.entry);
    Proof::new(&evidence)
        .at(Pointer::root().join("state").join("life_cycle_state"))
        .expected(expected)
        .got(second.state.map_or("no known state", LifeCycleState::name))
}

/// A result that is known stays.
fn results(run: &Run<'_>, tally: &mut Tally) {
    let mut first: Option<&RunSight<'_>> = None;
    for sight in &run.sights {
        let Some(result) = sight.result else { continue };
        let Some(known) = first else {
            first = Some(sight);
            continue;
        };
        if known.state == Some(Terminating) && sight.is_terminal() {
            tally.judge(RESULT_TERMINATING, known.result == Some(result), || changed(known, sight));
        }
        tally.judge(RESULT_STAYS, known.result == Some(result), || changed(known, sight));
    }
}

fn changed(known: &RunSight<'_>, sight: &RunSight<'_>) -> Proof {
    let name = |sight: &RunSight<'_>| sight.result.map_or("nothing", ResultState::name);
    Proof::new(&[known.entry, sight.entry])
        .at(Pointer::root().join("state").join("result_state"))
        .expected(format!("{}, as before", name(known)))
        .got(name(sight))
}

/// A run of a task of which it is known how it ends, if nobody stopped it.
fn ending(facts: &Facts<'_>, run: &Run<'_>, tally: &mut Tally) {
    let job = facts.job_of(run);
    let (Some(known), Some(start)) = (facts.known_task(run), run.started()) else { return };
    // What happens after somebody has put a hand on it says nothing of the task.
    let writes = job.into_iter().flat_map(|job| &job.writes).copied();
    let others = writes.chain(run.cancelled(job)).chain(run.deletes.iter().copied());
    let hands = others.filter(|other| other.may_be_done() && other.call_us() > start.call_us());
    let until_us = hands.map(Entry::call_us).min().unwrap_or(u64::MAX);
    let end = run
        .ended()
        .filter(|sight| sight.state != Some(Skipped) && sight.entry.return_us() < until_us);
    let seconds = facts.asked_of(run, "timeout_seconds").and_then(Value::as_i64).unwrap_or(0);
    let submitted = run.started_by() == Some(Endpoint::RunsSubmit);
    match &known.ending {
        Ending::Stays(least) if seconds > 0 => {
            let timeout_ms = seconds.saturating_mul(1000);
            let least_ms = i64::try_from(least.as_millis()).unwrap_or(i64::MAX);
            // A task that could end by itself before proves nothing.
            if timeout_ms.saturating_mul(2) <= least_ms {
                let rule = if submitted { SUBMIT_TIMED_OUT } else { TIMED_OUT };
                let alone = Alone { run, start, end, until_us };
                timed_out(facts, &alone, timeout_ms, rule, tally);
            }
        }
        Ending::Stays(_) => {}
        _ if seconds > 0 => {}
        Ending::Succeeds | Ending::Returns(_) | Ending::ReturnsParameters(_) => {
            ended_as(SUCCESS, ResultState::Success, start, end, tally);
        }
        Ending::Fails => ended_as(FAILED, ResultState::Failed, start, end, tally),
        Ending::Overflows => ended_as(CELL_OUTPUT, ResultState::Failed, start, end, tally),
    }
}

fn ended_as(
    rule: &'static str,
    result: ResultState,
    start: &Entry,
    end: Option<&RunSight<'_>>,
    tally: &mut Tally,
) {
    // What the service itself fails at says nothing of the task.
    let Some(end) = end.filter(|end| end.state != Some(InternalError)) else { return };
    tally.judge(rule, end.result == Some(result), || {
        Proof::new(&[start, end.entry])
            .at(Pointer::root().join("state").join("result_state"))
            .expected(format!("{}: so does this task end", result.name()))
            .got(end.words())
    });
}

/// A run as long as nobody puts a hand on it.
struct Alone<'s, 'h> {
    run: &'s Run<'h>,
    start: &'h Entry,
    end: Option<&'s RunSight<'h>>,
    until_us: u64,
}

fn timed_out(
    facts: &Facts<'_>,
    alone: &Alone<'_, '_>,
    timeout_ms: i64,
    rule: &'static str,
    tally: &mut Tally,
) {
    let Alone { run, start, end, until_us } = alone;
    let expected = format!("TIMEDOUT after {timeout_ms} ms");
    if let Some(end) = end.filter(|end| end.state != Some(InternalError)) {
        let times = end.integer("start_time").zip(end.integer("end_time"));
        let long_enough =
            times.is_none_or(|(start_ms, end_ms)| end_ms.saturating_sub(start_ms) >= timeout_ms);
        // A task that was over sooner than it is known to take had no timeout to meet.
        if !long_enough && end.result != Some(ResultState::TimedOut) {
            return;
        }
        tally.judge(rule, end.result == Some(ResultState::TimedOut) && long_enough, || {
            Proof::new(&[start, end.entry])
                .at(Pointer::root().join("state").join("result_state"))
                .expected(expected)
                .got(end.words())
        });
        return;
    }
    let deadline = facts.history.surroundings.deadlines.cancel.as_micros();
    let deadline_us = u64::try_from(deadline).unwrap_or(u64::MAX);
    let least_us = u64::try_from(timeout_ms).unwrap_or(0).saturating_mul(1000);
    let late_us = start.return_us().saturating_add(least_us).saturating_add(deadline_us);
    let late = run.sights.iter().find(|sight| {
        let entry = sight.entry;
        sight.is_active() && entry.call_us() > late_us && entry.return_us() < *until_us
    });
    if let Some(late) = late {
        tally.broken(
            rule,
            Proof::new(&[start, late.entry])
                .at(Pointer::root().join("state").join("life_cycle_state"))
                .expected(expected)
                .got(late.words()),
        );
    }
}
