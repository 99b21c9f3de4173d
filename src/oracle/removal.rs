//! What is deleted is gone, and nothing else is.

use super::{
    Facts, Oracle, Tally,
    facts::{Job, Run, RunSight},
    history::{Answer, Ending, Entry},
    tally::Proof,
};
use crate::contract::{
    Endpoint,
    LifeCycleState::{Pending, Queued, Running},
    ResultState,
};

const GET_FAILS: &str = "delete/consistency/get-fails-after";
const HISTORY_GONE: &str = "delete/consistency/run-history-gone";
const ACTIVE_ENDED: &str = "delete/lifecycle/active-runs-terminated";
const AGAIN: &str = "delete/idempotency/already-removed-noop";
const PARALLEL: &str = "x/concurrency/delete-vs-delete";
const RUN_NOW_AFTER: &str = "delete/error/run-now-after";
const RUN_NOW_RACE: &str = "x/concurrency/delete-vs-run-now";
const WRITE_AFTER: &str = "delete/error/reset-update-after";
const OTHERS: &str = "delete/consistency/others-untouched";
const NOT_LISTED: &str = "list/consistency/excludes-deleted";
const RUN_DELETED: &str = "runs-delete/lifecycle/non-active-deleted";
const CANCEL_DELETE: &str = "runs-delete/lifecycle/cancel-then-delete";
const ACTIVE: &str = "runs-delete/error/active";
const ACTIVE_STAYS: &str = "runs-delete/error/active-no-effect";
const OUTPUT_GONE: &str = "runs-delete/consistency/output-export-gone";
const RUN_NOT_LISTED: &str = "runs-list/consistency/excludes-deleted";
const JOB_KEPT: &str = "runs-delete/consistency/job-kept";

pub(super) const ORACLE: Oracle = Oracle {
    rules: || {
        vec![
            GET_FAILS,
            HISTORY_GONE,
            ACTIVE_ENDED,
            AGAIN,
            PARALLEL,
            RUN_NOW_AFTER,
            RUN_NOW_RACE,
            WRITE_AFTER,
            OTHERS,
            NOT_LISTED,
            RUN_DELETED,
            CANCEL_DELETE,
            ACTIVE,
            ACTIVE_STAYS,
            OUTPUT_GONE,
            RUN_NOT_LISTED,
            JOB_KEPT,
        ]
    },
    judge,
};

fn judge(facts: &Facts<'_>, tally: &mut Tally) {
    for job in facts.jobs.values() {
        after_delete(facts, job, tally);
        again(job, tally);
        if facts.history.is_own() {
            others(facts, job, tally);
        }
    }
    for run in facts.runs.values() {
        deleted_run(facts, run, tally);
        active_run(facts, run, tally);
    }
}

/// What was called after a delete had been answered finds no job.
fn after_delete(facts: &Facts<'_>, job: &Job<'_>, tally: &mut Tally) {
    let Some(first) = job.deletes.iter().find(|delete| delete.done().is_some()) else { return };
    let removed = |entry: &Entry| first.is_before(entry) && !job.is_made_between(first, entry);
    let mut refused =
        |rule, entry: &Entry| refused(rule, &[first, entry], "the job is removed", tally);
    for get in job.gets.iter().filter(|get| removed(get)) {
        refused(GET_FAILS, get);
    }
    let raced = job.starts.iter().any(|start| start.overlaps(first));
    for start in job.starts.iter().filter(|start| removed(start)) {
        // A token that started a run before names that run, or that it was deleted.
        if super::facts::token(start).is_none() {
            refused(if raced { RUN_NOW_RACE } else { RUN_NOW_AFTER }, start);
        }
    }
    let writes = job.writes.iter().chain(&job.refused).copied();
    let edits = writes.filter(|write| write.endpoint() != Some(Endpoint::Delete));
    for edit in edits.filter(|edit| removed(edit)) {
        refused(WRITE_AFTER, edit);
    }
    // The first list that could show it, and each that does.
    let from = facts.job_lists.partition_point(|list| list.call_us() <= first.return_us());
    let listed = job
        .sights
        .iter()
        .map(|sight| sight.entry)
        .filter(|entry| removed(entry) && entry.endpoint() == Some(Endpoint::List));
    let showing: Vec<&Entry> = listed.collect();
    let list = facts.job_lists.get(from);
    if list.is_some_and(|list| !showing.iter().any(|shown| shown.index == list.index)) {
        tally.held(NOT_LISTED);
    }
    for list in showing {
        let got = format!("job {}", job.id);
        let proof = Proof::new(&[first, list]).expected("no job that was removed").got(got);
        tally.broken(NOT_LISTED, proof);
    }
    if job.creates.len() <= 1 {
        history_gone(facts, job, first, tally);
    }
}

/// The runs of a removed job are gone: at once those that had ended, and the others when they end.
fn history_gone(facts: &Facts<'_>, job: &Job<'_>, delete: &Entry, tally: &mut Tally) {
    // The first list that could show one, and each that does.
    let from = facts.run_lists.partition_point(|list| list.call_us() <= delete.return_us());
    let had_ended: Vec<_> =
        facts.runs_of(job).filter(|run| run.ended_before(delete).is_some()).collect();
    let first = facts.run_lists[from..].iter().find(|list| list.integer("job_id") == Some(job.id));
    let is_list = |sight: &&RunSight<'_>| sight.view == Endpoint::RunsList;
    for run in &had_ended {
        let showing: Vec<&Entry> =
            run.all_after(delete).filter(is_list).map(|sight| sight.entry).collect();
        if first.is_some_and(|list| !showing.iter().any(|shown| shown.index == list.index)) {
            tally.held(HISTORY_GONE);
        }
        for list in showing {
            let got = format!("run {}", run.id);
            let proof = Proof::new(&[delete, list]);
            tally.broken(HISTORY_GONE, proof.expected("no run of a job that was removed").got(got));
        }
    }
    for run in facts.runs_of(job) {
        let had_ended = run.ended_before(delete).is_some();
        let was_active = run.last_before(delete).is_some_and(RunSight::is_active);
        for get in run.gets.iter().filter(|get| delete.is_before(get)) {
            if had_ended {
                refused(HISTORY_GONE, &[delete, get], "the run went with its job", tally);
            } else if was_active {
                active_ended(facts, run, delete, get, tally);
            }
        }
    }
}

/// An active run of a removed job ends soon, or is not seen any more.
fn active_ended(facts: &Facts<'_>, run: &Run<'_>, delete: &Entry, get: &Entry, tally: &mut Tally) {
    let sight = run.sights.iter().find(|sight| sight.entry.index == get.index);
    let deadline_us =
        u64::try_from(facts.history.surroundings.deadlines.cancel.as_micros()).unwrap_or(u64::MAX);
    let late = get.call_us() > delete.return_us().saturating_add(deadline_us);
    let runs_on = sight.is_some_and(RunSight::is_active);
    let went_well = sight.is_some_and(|sight| sight.result == Some(ResultState::Success))
        && matches!(facts.known_task(run).map(|known| &known.ending), Some(Ending::Stays(_)));
    if get.is_refused() || sight.is_some_and(RunSight::is_terminal) || late {
        tally.judge(ACTIVE_ENDED, !(went_well || late && runs_on), || {
            Proof::new(&[delete, get])
                .expected("an end of the active runs of a job that was removed")
                .got(sight.map_or(get.outcome(), RunSight::words))
        });
    }
}

/// To remove a job again does nothing, and succeeds.
fn again(job: &Job<'_>, tally: &mut Tally) {
    for delete in &job.deletes {
        let before =
            job.deletes.iter().find(|first| first.done().is_some() && first.is_before(delete));
        let before = before.filter(|first| !job.is_made_between(first, delete));
        let beside = job.deletes.iter().find(|other| {
            other.index != delete.index && other.done().is_some() && other.overlaps(delete)
        });
        let (rule, other) = match (before, beside) {
            (Some(first), _) => (AGAIN, first),
            (None, Some(other)) if job.created.is_some_and(|made| made.is_before(delete)) => {
                (PARALLEL, other)
            }
            _ => continue,
        };
        if delete.done().is_some() || delete.is_refused() {
            tally.judge(rule, delete.done().is_some(), || {
                Proof::new(&[other, delete])
                    .expected("success: to remove a job again does nothing")
                    .got(delete.outcome())
            });
        }
    }
}

/// The job that was made beside one that was removed is as it was.
fn others(facts: &Facts<'_>, job: &Job<'_>, tally: &mut Tally) {
    let Some(made) = job.created else { return };
    for pair in job.gets.windows(2) {
        let [first, second] = [pair[0], pair[1]];
        let quiet =
            job.quiet_at(first).is_some_and(|quiet| quiet.holds(second) && !quiet.is_removed);
        if !quiet || first.done().is_none() {
            continue;
        }
        let removed = facts.jobs.values().filter(|other| {
            other.id != job.id && other.created.is_some_and(|created| created.case == made.case)
        });
        let delete = removed.flat_map(|other| &other.deletes).find(|delete| {
            delete.done().is_some() && first.is_before(delete) && delete.is_before(second)
        });
        if let (Some(delete), true) = (delete, second.done().is_some() || second.is_refused()) {
            tally.judge(OTHERS, second.done() == first.done(), || {
                Proof::new(&[first, delete, second])
                    .expected("the job as it was: another one was removed")
                    .got(second.outcome())
            });
        }
    }
}

/// A run that has ended can be deleted, and is gone then with all that it left.
fn deleted_run(facts: &Facts<'_>, run: &Run<'_>, tally: &mut Tally) {
    let job = facts.job_of(run);
    let first = run.deletes.iter().find(|delete| delete.may_be_done());
    for delete in &run.deletes {
        let earlier = first.is_some_and(|first| first.index < delete.index);
        let job_removed = job.is_some_and(|job| job.may_be_removed_at(delete));
        let (Some(ended), false, false) = (run.ended_before(delete), earlier, job_removed) else {
            continue;
        };
        // Somebody else may have removed it before.
        if delete.done().is_some() || delete.is_refused() && facts.history.is_own() {
            let cancelled = run.cancelled(job).iter().any(|cancel| cancel.is_before(ended.entry));
            for rule in [RUN_DELETED].into_iter().chain(cancelled.then_some(CANCEL_DELETE)) {
                tally.judge(rule, delete.done().is_some(), || {
                    Proof::new(&[ended.entry, delete])
                        .expected("success: the run has ended")
                        .got(delete.outcome())
                });
            }
        }
    }
    let Some(delete) = run.deletes.iter().find(|delete| delete.done().is_some()) else { return };
    for get in run.gets.iter().filter(|get| delete.is_before(get)) {
        refused(RUN_DELETED, &[delete, get], "the run is deleted", tally);
    }
    for read in run.outputs.iter().chain(&run.exports).filter(|read| delete.is_before(read)) {
        refused(OUTPUT_GONE, &[delete, read], "the run is deleted", tally);
    }
    // The first list that could show it, and each that does.
    let from = facts.run_lists.partition_point(|list| list.call_us() <= delete.return_us());
    let of_run = |list: &&&Entry| list.integer("job_id").is_none_or(|id| run.job_id == Some(id));
    let first = facts.run_lists[from..].iter().find(of_run).copied();
    let is_list = |sight: &&RunSight<'_>| sight.view == Endpoint::RunsList;
    let showing: Vec<&Entry> =
        run.all_after(delete).filter(is_list).map(|sight| sight.entry).collect();
    if first.is_some_and(|list| !showing.iter().any(|shown| shown.index == list.index)) {
        tally.held(RUN_NOT_LISTED);
    }
    for list in showing {
        let got = format!("run {}", run.id);
        let proof = Proof::new(&[delete, list]).expected("no run that was deleted").got(got);
        tally.broken(RUN_NOT_LISTED, proof);
    }
    if facts.history.is_own()
        && let Some(job) = job
        && let Some(get) = job.gets.iter().find(|get| delete.is_before(get) && job.is_there_at(get))
        && (get.done().is_some() || get.is_refused())
    {
        tally.judge(JOB_KEPT, get.done().is_some(), || {
            Proof::new(&[delete, get])
                .expected("the job: only a run of it was deleted")
                .got(get.outcome())
        });
    }
}

/// An active run cannot be deleted, and is none the worse for the attempt.
fn active_run(facts: &Facts<'_>, run: &Run<'_>, tally: &mut Tally) {
    let job = facts.job_of(run);
    for delete in &run.deletes {
        let Some(before) = run.last_before(delete).filter(|sight| sight.is_active()) else {
            continue;
        };
        if run.cancelled(job).iter().any(|cancel| cancel.call_us() < delete.return_us()) {
            continue;
        }
        // It could have ended in between, unless it is known to stay or is seen active afterwards.
        let stays = stays_until(facts, run, delete.return_us());
        let around = run.active_around(delete);
        if !stays && around.is_none() {
            continue;
        }
        if delete.done().is_some() || delete.is_refused() {
            tally.judge(ACTIVE, delete.is_refused(), || {
                Proof::new(&[before.entry, delete])
                    .expected("a refusal (4xx): the run is active")
                    .got(delete.outcome())
            });
        }
        if delete.is_refused() {
            stays_active(facts, run, &[before.entry, delete], tally);
        }
    }
}

/// A run goes on after an attempt to delete it, as long as it is known to.
fn stays_active(facts: &Facts<'_>, run: &Run<'_>, evidence: &[&Entry; 2], tally: &mut Tally) {
    let delete = evidence[1];
    let cancelled = run.cancelled(facts.job_of(run));
    for get in run.gets.iter().filter(|get| delete.return_us() < get.call_us()) {
        let others = cancelled.iter().chain(run.deletes.iter().filter(|d| d.index != delete.index));
        let touched = others.into_iter().any(|other| other.call_us() < get.return_us());
        let lost = matches!(get.answer, Answer::Unknown(_) | Answer::Postponed);
        let removed = facts.job_of(run).is_some_and(|job| job.may_be_removed_at(get));
        if touched || lost || removed {
            continue;
        }
        let sight = run.sights.iter().find(|sight| sight.entry.index == get.index);
        let works = sight
            .and_then(|sight| sight.state)
            .is_some_and(|state| matches!(state, Queued | Pending | Running));
        if works || stays_until(facts, run, get.return_us()) {
            tally.judge(ACTIVE_STAYS, works, || {
                Proof::new(&[evidence[0], delete, get])
                    .expected("the run as active as before")
                    .got(sight.map_or(get.outcome(), RunSight::words))
            });
        }
    }
}

/// Whether a run is of a task that is known to take longer than until then.
pub(super) fn stays_until(facts: &Facts<'_>, run: &Run<'_>, until_us: u64) -> bool {
    let Some(Ending::Stays(least)) = facts.known_task(run).map(|known| &known.ending) else {
        return false;
    };
    let least_us = u64::try_from(least.as_micros()).unwrap_or(u64::MAX);
    run.started().is_some_and(|start| until_us < start.call_us().saturating_add(least_us))
        && facts.asked_of(run, "timeout_seconds").is_none_or(|asked| asked.as_i64() == Some(0))
}

/// The last of these exchanges is refused.
fn refused(rule: &'static str, evidence: &[&Entry], why: &str, tally: &mut Tally) {
    let Some(last) = evidence.last() else { return };
    if last.done().is_some() || last.is_refused() {
        tally.judge(rule, last.is_refused(), || {
            Proof::new(evidence).expected(format!("a refusal (4xx): {why}")).got(last.outcome())
        });
    }
}
