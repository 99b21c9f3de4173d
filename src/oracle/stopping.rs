//! Cancels and timeouts: what is to stop stops, and nothing else does.

use serde_json::Value;

use super::{
    Facts, Oracle, Tally,
    facts::{Job, Run, RunSight},
    history::{Ending, Entry},
    lists::told,
    removal::stays_until,
    tally::Proof,
};
use crate::{
    contract::{
        Endpoint,
        LifeCycleState::{Pending, Queued, Terminated},
        ResultState,
        structures::RUN,
    },
    json::Pointer,
    model,
};

const TERMINATED: &str = "runs-cancel/lifecycle/eventually-terminated";
const CANCELED: &str = "runs-cancel/lifecycle/result-canceled";
const PENDING: &str = "runs-cancel/lifecycle/pending-run";
const NOOP: &str = "runs-cancel/idempotency/terminal-noop";
const DOUBLE: &str = "runs-cancel/idempotency/double-cancel";
const OTHERS: &str = "runs-cancel/consistency/others-untouched";
const ALL: &str = "runs-cancel-all/lifecycle/cancels-all-active";
const ALL_COMPLETED: &str = "runs-cancel-all/consistency/completed-untouched";
const ALL_OTHERS: &str = "runs-cancel-all/consistency/other-jobs-untouched";
const ALL_NONE: &str = "runs-cancel-all/idempotency/no-active";
const RACE: &str = "x/concurrency/cancel-vs-complete";
const RESET_TIMEOUT: &str = "reset/lifecycle/timeout-applies-to-active";
const UPDATE_TIMEOUT: &str = "update/lifecycle/timeout-applies-to-active";

pub(super) const ORACLE: Oracle = Oracle {
    rules: || {
        vec![
            TERMINATED,
            CANCELED,
            PENDING,
            NOOP,
            DOUBLE,
            OTHERS,
            ALL,
            ALL_COMPLETED,
            ALL_OTHERS,
            ALL_NONE,
            RACE,
            RESET_TIMEOUT,
            UPDATE_TIMEOUT,
        ]
    },
    judge,
};

fn judge(facts: &Facts<'_>, tally: &mut Tally) {
    let deadline = facts.history.surroundings.deadlines.cancel.as_micros();
    let deadline_us = u64::try_from(deadline).unwrap_or(u64::MAX);
    for run in facts.runs.values() {
        let job = facts.job_of(run);
        let stopping = Stopping { facts, run, job, deadline_us };
        for cancel in &run.cancels {
            stopping.of_ended(NOOP, cancel, tally);
            if cancel.done().is_some() {
                stopping.of_active(cancel, TERMINATED, PENDING, tally);
            }
        }
        if facts.history.is_own() {
            stopping.twice(tally);
        }
        for cancel in job.into_iter().flat_map(|job| &job.cancel_alls) {
            if cancel.done().is_some() {
                stopping.of_active(cancel, ALL, ALL, tally);
                stopping.of_ended(ALL_COMPLETED, cancel, tally);
            }
        }
        stopping.by_others(tally);
        stopping.new_timeout(tally);
    }
    for job in facts.jobs.values().filter(|_| facts.history.is_own()) {
        without_active(job, tally);
    }
}

/// A run that somebody stops.
struct Stopping<'s, 'h> {
    facts: &'s Facts<'h>,
    run: &'s Run<'h>,
    job: Option<&'s Job<'h>>,
    deadline_us: u64,
}

fn seen(evidence: &[&Entry], sight: &RunSight<'_>) -> Proof {
    let mut evidence = evidence.to_vec();
    evidence.push(sight.entry);
    Proof::new(&evidence)
        .at(Pointer::root().join("state").join("life_cycle_state"))
        .got(sight.words())
}

impl<'h> Stopping<'_, 'h> {
    /// The run was active when it was cancelled, and ends before the deadline.
    fn of_active(
        &self,
        cancel: &'h Entry,
        running: &'static str,
        pending: &'static str,
        tally: &mut Tally,
    ) {
        let Some(before) = self.run.last_before(cancel).filter(|sight| sight.is_active()) else {
            return;
        };
        let rule = if matches!(before.state, Some(Pending | Queued)) { pending } else { running };
        let late_us = cancel.return_us().saturating_add(self.deadline_us);
        let late = |sight: &&RunSight<'_>| sight.is_active() && sight.entry.call_us() > late_us;
        let end = self.run.ended();
        if let Some(late) = self.run.sights.iter().find(late) {
            let expected =
                format!("an end within {} s of the cancel", self.deadline_us / 1_000_000);
            tally.broken(rule, seen(&[before.entry, cancel], late).expected(expected));
            return;
        }
        let Some(end) = end.filter(|end| cancel.index < end.entry.index) else { return };
        // It may have succeeded just before; one that stays longer cannot have.
        let sure = stays_until(self.facts, self.run, cancel.return_us());
        let well = end.result == Some(ResultState::Success);
        tally.judge(rule, !(sure && well), || {
            let expected = "an end by the cancel: the task would take longer by itself";
            seen(&[before.entry, cancel], end).expected(expected)
        });
        let completed = end.entry.return_us().saturating_sub(before.entry.call_us());
        let raced = !sure && completed > 0;
        if raced && matches!(end.result, Some(ResultState::Success | ResultState::Canceled)) {
            let later = self.run.sights.iter().filter(|sight| end.entry.is_before(sight.entry));
            for sight in later {
                tally.judge(RACE, sight.result == end.result, || {
                    seen(&[cancel, end.entry], sight)
                        .expected(format!("{}, as before", end.words()))
                });
            }
        }
        if sure && !well && end.state == Some(Terminated) {
            tally.judge(CANCELED, end.result == Some(ResultState::Canceled), || {
                seen(&[before.entry, cancel], end).expected("TERMINATED CANCELED")
            });
        }
    }

    /// The run had ended when it was cancelled, and is as it was.
    fn of_ended(&self, rule: &'static str, cancel: &'h Entry, tally: &mut Tally) {
        let Some(ended) = self.run.ended_before(cancel) else { return };
        if self.run.may_be_removed_at(self.job, cancel) {
            return;
        }
        if cancel.is_refused() {
            // Somebody else may have removed it.
            if !self.facts.history.is_own() {
                return;
            }
            tally.broken(
                rule,
                Proof::new(&[ended.entry, cancel])
                    .expected("success: a run that has ended has nothing to cancel")
                    .got(cancel.outcome()),
            );
            return;
        }
        let gets = || self.run.sights.iter().filter(|sight| sight.view == Endpoint::RunsGet);
        let before =
            gets().rev().find(|sight| sight.entry.is_before(cancel) && sight.is_terminal());
        let after = gets().find(|sight| cancel.is_before(sight.entry));
        if let (Some(before), Some(after), Some(_)) = (before, after, cancel.done()) {
            // What the document does not name may change on its own.
            let gap = model::difference(&RUN, before.run, after.run);
            tally.judge(rule, gap.is_none(), || {
                told(Proof::new(&[before.entry, cancel, after.entry]), gap)
            });
        }
    }

    /// A second cancel is as good as the first.
    fn twice(&self, tally: &mut Tally) {
        for pair in self.run.cancels.windows(2) {
            let [first, second] = [pair[0], pair[1]];
            let removed = self.run.may_be_removed_at(self.job, second);
            if first.done().is_none() || removed || self.run.ended_before(second).is_some() {
                continue;
            }
            if second.done().is_some() || second.is_refused() {
                tally.judge(DOUBLE, second.done().is_some(), || {
                    Proof::new(&[first, second])
                        .expected("success, as for the first cancel")
                        .got(second.outcome())
                });
            }
        }
    }

    /// A run that nobody cancelled is not cancelled by a cancel of another one.
    fn by_others(&self, tally: &mut Tally) {
        let (Some(start), true) = (self.run.started(), self.facts.history.is_own()) else { return };
        if !self.run.cancelled(self.job).is_empty() {
            return;
        }
        let others = self.facts.runs.values().filter(|other| {
            other.id != self.run.id && other.started().is_some_and(|s| s.case == start.case)
        });
        let single = others.flat_map(|other| &other.cancels);
        let jobs = self.facts.jobs.values().filter(|job| {
            Some(job.id) != self.run.job_id && job.created.is_some_and(|c| c.case == start.case)
        });
        let all = jobs.flat_map(|job| &job.cancel_alls);
        let cancels = single.map(|cancel| (OTHERS, *cancel)).chain(all.map(|c| (ALL_OTHERS, *c)));
        for (rule, cancel) in cancels.filter(|(_, cancel)| cancel.done().is_some()) {
            let active = self.run.last_before(cancel).is_some_and(RunSight::is_active);
            // What is looked at later than the task is known to stay may have ended by itself.
            let after = self.run.all_after(cancel).filter(|sight| {
                stays_until(self.facts, self.run, sight.entry.return_us())
                    && !self.run.may_be_removed_at(self.job, sight.entry)
            });
            if let (true, Some(last)) = (active, after.last()) {
                tally.judge(rule, last.is_active(), || {
                    seen(&[cancel], last).expected("the run goes on: another one was cancelled")
                });
            }
        }
    }

    /// A timeout that an active run is given ends it.
    fn new_timeout(&self, tally: &mut Tally) {
        let Some(job) = self.job else { return };
        let stays = self.facts.known_task(self.run).map(|known| &known.ending);
        let (Some(Ending::Stays(least)), Some(start)) = (stays, self.run.started()) else { return };
        let least_us = u64::try_from(least.as_micros()).unwrap_or(u64::MAX);
        if self.facts.asked_of(self.run, "timeout_seconds").is_some_and(|t| t.as_i64() != Some(0)) {
            return;
        }
        for write in job.writes.iter().filter(|write| write.done().is_some()) {
            let new = write.arguments().and_then(|a| a.get("new_settings")?.get("timeout_seconds"));
            let Some(seconds @ 1..) = new.and_then(Value::as_u64) else { continue };
            let rule = match write.endpoint() {
                Some(Endpoint::Reset) => RESET_TIMEOUT,
                _ => UPDATE_TIMEOUT,
            };
            let was_active = self.run.last_before(write).is_some_and(RunSight::is_active);
            let stopped = self.run.cancelled(self.job);
            let timeout_us = seconds.saturating_mul(1_000_000);
            if !was_active || timeout_us.saturating_mul(2) > least_us {
                continue;
            }
            let due_us = start.return_us().saturating_add(timeout_us).max(write.return_us());
            let late_us = due_us.saturating_add(self.deadline_us);
            let until = |sight: &RunSight<'_>| {
                let removed = self.run.may_be_removed_at(self.job, sight.entry);
                let cancelled = stopped.iter().any(|c| c.call_us() < sight.entry.return_us());
                !removed && !cancelled
            };
            let end = self.run.ended().filter(|end| until(end));
            let late =
                self.run.sights.iter().find(|sight| {
                    sight.is_active() && sight.entry.call_us() > late_us && until(sight)
                });
            if let Some(seen_last) = end.or(late) {
                tally.judge(rule, seen_last.result == Some(ResultState::TimedOut), || {
                    let expected = format!("TIMEDOUT: an active run was given {seconds} s");
                    seen(&[start, write], seen_last).expected(expected)
                });
            }
        }
    }
}

/// A cancel-all of a job without active runs succeeds like any other.
fn without_active(job: &Job<'_>, tally: &mut Tally) {
    for cancel in &job.cancel_alls {
        if cancel.done().is_none() {
            if cancel.is_refused() && job.is_there_at(cancel) {
                tally.broken(
                    ALL_NONE,
                    Proof::new(&[cancel])
                        .expected("success: the job is there")
                        .got(cancel.outcome()),
                );
            }
            continue;
        }
        let none_active = job.starts.iter().all(|start| cancel.is_before(start));
        if none_active && job.is_there_at(cancel) {
            tally.held(ALL_NONE);
        }
    }
}
