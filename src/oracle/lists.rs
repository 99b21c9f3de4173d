//! What lists show: all that is there, nothing that was not asked for, and each thing as it is elsewhere.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    Facts, Oracle, Tally, cut,
    facts::{Job, JobSight, Run, jobs, runs},
    history::Entry,
    overlaps::Busy,
    tally::Proof,
};
use crate::{
    contract::{
        Endpoint::{Create, Delete, List, RunNow, RunsDelete, RunsSubmit},
        LifeCycleState, structures,
    },
    json::Pointer,
    model,
};

const ALL_JOBS: &str = "list/consistency/contains-all-created";
const NO_DUPLICATES: &str = "list/consistency/no-duplicates";
const JOB_EQUALS_GET: &str = "list/consistency/equals-get";
const NO_ONE_TIME: &str = "list/consistency/excludes-one-time-runs";
const JOB_FILTER: &str = "runs-list/consistency/job-filter";
const TYPE_FILTER: &str = "runs-list/consistency/run-type-filter";
const ACTIVE_ONLY: &str = "runs-list/consistency/active-only";
const COMPLETED_ONLY: &str = "runs-list/consistency/completed-only";
const BOTH_FALSE: &str = "runs-list/consistency/both-false";
const COMPLEMENT: &str = "runs-list/consistency/active-completed-complement";
const NEW_RUN: &str = "runs-list/consistency/includes-new-run";
const ALL_RUNS: &str = "runs-list/consistency/all-jobs";
const SIXTY_DAYS: &str = "runs-list/consistency/sixty-days";
const AMID_WRITES: &str = "x/concurrency/list-during-writes";

/// How long ago a listed run may have ended at most: 60 days, and one of grace.
const LISTED_MS_MAX: i64 = 61 * 24 * 60 * 60 * 1000;

pub(super) const ORACLE: Oracle = Oracle {
    rules: || {
        vec![
            ALL_JOBS,
            NO_DUPLICATES,
            JOB_EQUALS_GET,
            NO_ONE_TIME,
            JOB_FILTER,
            TYPE_FILTER,
            ACTIVE_ONLY,
            COMPLETED_ONLY,
            BOTH_FALSE,
            COMPLEMENT,
            NEW_RUN,
            ALL_RUNS,
            SIXTY_DAYS,
            AMID_WRITES,
        ]
    },
    judge,
};

fn judge(facts: &Facts<'_>, tally: &mut Tally) {
    let jobs_busy = Busy::of(facts.history, &[Create, Delete]);
    for list in &facts.job_lists {
        all_jobs(facts, list, jobs_busy.is_at(list), tally);
    }
    for job in facts.jobs.values() {
        for sight in &job.sights {
            if sight.entry.endpoint() == Some(List) {
                equals_get(job, *sight, tally);
            }
        }
    }
    for list in &facts.run_lists {
        filters(facts, list, tally);
    }
    // Somebody else may start runs and remove them.
    if facts.history.is_own() {
        let runs_busy = Busy::of(facts.history, &[RunNow, RunsSubmit, RunsDelete]);
        for list in &facts.run_lists {
            all_runs(facts, list, runs_busy.is_at(list), tally);
        }
        views(facts, tally);
    }
}

/// `is_amid`: jobs come and go meanwhile.
fn all_jobs(facts: &Facts<'_>, list: &Entry, is_amid: bool, tally: &mut Tally) {
    let Some(body) = list.done() else { return };
    let mut ids = BTreeSet::new();
    let mut twice = None;
    for id in jobs(body).filter_map(|job| job.get("job_id")?.as_i64()) {
        if !ids.insert(id) {
            twice = Some(id);
        }
    }
    tally.judge(NO_DUPLICATES, twice.is_none(), || {
        let got = twice.map(|id| format!("job {id} twice")).unwrap_or_default();
        Proof::new(&[list]).expected("each job once").got(got)
    });
    // Somebody else may have removed it, or saved what was submitted; and there may be a further page.
    if !facts.history.is_own() || has_more(list) {
        return;
    }
    for job in facts.jobs.values().filter(|job| job.is_there_at(list)) {
        let Some(created) = job.created else { continue };
        for rule in [ALL_JOBS].into_iter().chain(is_amid.then_some(AMID_WRITES)) {
            tally.judge(rule, ids.contains(&job.id), || {
                let got = format!("{} jobs without it", ids.len());
                Proof::new(&[created, list]).expected(format!("job {}", job.id)).got(got)
            });
        }
    }
    let submits = facts.runs.values().filter(|run| {
        run.started_by() == Some(RunsSubmit)
            && run.started().is_some_and(|start| start.is_before(list))
    });
    for run in submits {
        let saved =
            run.job_id.and_then(|id| facts.jobs.get(&id)).is_some_and(|j| j.created.is_some());
        if let (Some(start), Some(id), false) = (run.started(), run.job_id, saved) {
            tally.judge(NO_ONE_TIME, !ids.contains(&id), || {
                Proof::new(&[start, list])
                    .expected("no job by a submitted run")
                    .got(format!("job {id}"))
            });
        }
    }
}

/// Between two gets that show the same, a list shows it too.
fn equals_get(job: &Job<'_>, sight: JobSight<'_>, tally: &mut Tally) {
    let before = job.gets.iter().rev().find(|get| get.is_before(sight.entry));
    let after = job.gets.iter().find(|get| sight.entry.is_before(get));
    let (Some(before), Some(after)) = (before, after) else { return };
    let (Some(Value::Object(shown)), true) = (before.done(), before.done() == after.done()) else {
        return;
    };
    // Somebody may have written and undone it in between, but nobody of whom is known here.
    let written = job
        .writes
        .iter()
        .any(|write| write.call_us() <= after.return_us() && before.call_us() <= write.return_us());
    if written {
        return;
    }
    let gap = model::difference(&structures::JOB, shown, sight.job);
    tally.judge(JOB_EQUALS_GET, gap.is_none(), || {
        told(Proof::new(&[before, sight.entry, after]), gap)
    });
}

/// A difference between two views, as a proof tells it.
pub(super) fn told(proof: Proof, gap: Option<model::Gap>) -> Proof {
    let Some(model::Gap { pointer, sent, shown }) = gap else { return proof };
    let shown = shown.map_or("nothing".to_owned(), |shown| cut(&shown.to_string()));
    proof.at(pointer).expected(cut(&sent.to_string())).got(shown)
}

/// Whether a flag of a list's query is on.
pub(super) fn flag(list: &Entry, name: &str) -> bool {
    let arguments = list.arguments();
    arguments.and_then(|arguments| arguments.get(name)).and_then(Value::as_bool) == Some(true)
}

/// Every entry is one that was asked for.
fn filters(facts: &Facts<'_>, list: &Entry, tally: &mut Tally) {
    let Some(body) = list.done() else { return };
    let job_id = list.integer("job_id");
    let run_type = list.text("run_type");
    let (active, completed) = (flag(list, "active_only"), flag(list, "completed_only"));
    let now_ms =
        facts.history.surroundings.epoch_us.and_then(|epoch_us| {
            i64::try_from(epoch_us.saturating_add(list.return_us()) / 1000).ok()
        });
    for (index, run) in runs(body).enumerate() {
        let at = Pointer::root().join("runs").join(index);
        let state = run.get("state").and_then(|state| state.get("life_cycle_state"));
        let state = state.and_then(Value::as_str).and_then(LifeCycleState::from_name);
        let text = |value: Option<&Value>| value.map_or("nothing".to_owned(), Value::to_string);
        if let Some(id) = job_id {
            let shown = run.get("job_id");
            tally.judge(JOB_FILTER, shown.and_then(Value::as_i64) == Some(id), || {
                let proof = Proof::new(&[list]).at(at.join("job_id"));
                proof.expected(format!("only runs of job {id}")).got(text(shown))
            });
        }
        if let (Some(asked), Some(shown)) = (run_type, run.get("run_type")) {
            tally.judge(TYPE_FILTER, shown.as_str() == Some(asked), || {
                let proof = Proof::new(&[list]).at(at.join("run_type"));
                proof.expected(format!("only {asked}")).got(shown.to_string())
            });
        }
        if let (Some(state), true) = (state, active != completed) {
            let rule = if active { ACTIVE_ONLY } else { COMPLETED_ONLY };
            tally.judge(rule, state.is_terminal() == completed, || {
                let expected =
                    if active { "only runs that are active" } else { "only runs that have ended" };
                let proof = Proof::new(&[list]).at(at.join("state"));
                proof.expected(expected).got(state.name())
            });
        }
        let end_ms = run.get("end_time").and_then(Value::as_i64).filter(|end_ms| *end_ms > 0);
        if let (Some(now_ms), Some(end_ms)) = (now_ms, end_ms) {
            tally.judge(SIXTY_DAYS, end_ms > now_ms - LISTED_MS_MAX, || {
                let proof = Proof::new(&[list]).at(at.join("end_time"));
                proof.expected("an end within the last 60 days").got(end_ms.to_string())
            });
        }
    }
}

/// Whether a list says that there is more than it shows.
pub(super) fn has_more(list: &Entry) -> bool {
    list.done().and_then(|body| body.get("has_more")).and_then(Value::as_bool) == Some(true)
}

/// How many entries a list may have at most that was asked for this.
pub(super) fn limit(list: &Entry) -> usize {
    const DEFAULT: usize = 20;
    // The document says less than 1000, and that 0 asks for as many as may be.
    const MOST: usize = 999;
    match list.integer("limit") {
        None => DEFAULT,
        Some(0) => MOST,
        Some(limit) => usize::try_from(limit).unwrap_or(MOST),
    }
}

/// A run that is known to be there is on the page that reaches back to it. `is_amid`: runs come and go meanwhile.
fn all_runs(facts: &Facts<'_>, list: &Entry, is_amid: bool, tally: &mut Tally) {
    let Some(body) = list.done() else { return };
    let filtered = flag(list, "active_only") || flag(list, "completed_only");
    if filtered || list.integer("offset").unwrap_or(0) != 0 {
        return;
    }
    let page: Vec<_> = runs(body).collect();
    let ids: BTreeSet<i64> = page.iter().filter_map(|run| run.get("run_id")?.as_i64()).collect();
    let oldest_ms = page.iter().filter_map(|run| run.get("start_time")?.as_i64()).min();
    // A server may have a lower limit than was asked for.
    let is_full = page.len() >= limit(list) || has_more(list);
    let job_id = list.integer("job_id");
    let rule = if job_id.is_some() { NEW_RUN } else { ALL_RUNS };
    let known: Vec<&Run<'_>> = match job_id {
        Some(id) => facts.jobs.get(&id).into_iter().flat_map(|job| facts.runs_of(job)).collect(),
        None => facts.runs.values().collect(),
    };
    for run in known {
        let Some(start) = run.started().filter(|start| start.is_before(list)) else { continue };
        let of_type = list.text("run_type").is_none_or(|asked| {
            let own = if run.started_by() == Some(RunsSubmit) { "SUBMIT_RUN" } else { "JOB_RUN" };
            asked == own
        });
        if !of_type || run.may_be_removed_at(facts.job_of(run), list) {
            continue;
        }
        let start_ms = run.sights.iter().find_map(|sight| sight.integer("start_time"));
        let reaches = !is_full || start_ms.zip(oldest_ms).is_some_and(|(own, last)| own > last);
        let is_shown = ids.contains(&run.id);
        if is_shown || reaches {
            for rule in [rule].into_iter().chain(is_amid.then_some(AMID_WRITES)) {
                tally.judge(rule, is_shown, || {
                    let got = format!("{} runs without it", ids.len());
                    Proof::new(&[start, list]).expected(format!("run {}", run.id)).got(got)
                });
            }
        }
    }
}

/// The same runs, asked for in several ways while nothing happens.
fn views(facts: &Facts<'_>, tally: &mut Tally) {
    for (index, last) in facts.run_lists.iter().enumerate() {
        if !is_whole(last) {
            continue;
        }
        let question = (last.integer("job_id"), last.text("run_type"), last.case);
        let same =
            |list: &&&Entry| (list.integer("job_id"), list.text("run_type"), list.case) == question;
        let earlier: Vec<_> =
            facts.run_lists[..index].iter().rev().filter(same).take(3).copied().collect();
        if let Some(first) = earlier.first() {
            both_false(facts, first, last, tally);
        }
        if let [one, other, first] = earlier[..] {
            complement(facts, first, [other, one], last, tally);
        }
    }
}

/// Whether it asks for all runs, active ones and others.
fn is_whole(list: &Entry) -> bool {
    !flag(list, "active_only")
        && !flag(list, "completed_only")
        && list.integer("offset").unwrap_or(0) == 0
        // The runs of all jobs are those of others as well.
        && list.integer("job_id").is_some()
}

fn both_false(facts: &Facts<'_>, first: &Entry, last: &Entry, tally: &mut Tally) {
    let says = |list: &Entry| {
        let arguments = list.arguments();
        arguments.is_some_and(|a| a.contains_key("active_only") && a.contains_key("completed_only"))
    };
    if !is_whole(first) || says(first) == says(last) || limit(first) != limit(last) {
        return;
    }
    let (Some(one), Some(other)) = (states(first), states(last)) else { return };
    if may_change(facts, first, last) {
        return;
    }
    // A run that moved on, or a new one, makes them two different times.
    if one.iter().all(|(_, state)| state.is_terminal()) {
        tally.judge(BOTH_FALSE, one == other, || {
            Proof::new(&[first, last])
                .expected("the same runs with both flags false as with none")
                .got(format!("{} runs instead of {}", other.len(), one.len()))
        });
    }
}

/// Whether runs may have come or gone between two lists of the same job.
fn may_change(facts: &Facts<'_>, first: &Entry, last: &Entry) -> bool {
    let job = last.integer("job_id").and_then(|id| facts.jobs.get(&id));
    let deletes = job.into_iter().flat_map(|job| facts.runs_of(job)).flat_map(|run| &run.deletes);
    let of_job = job.into_iter().flat_map(|job| job.starts.iter().chain(&job.deletes));
    of_job.chain(deletes).any(|change| {
        change.may_be_done() && !change.is_before(first) && change.call_us() <= last.return_us()
    })
}

fn complement(
    facts: &Facts<'_>,
    first: &Entry,
    filtered: [&Entry; 2],
    last: &Entry,
    tally: &mut Tally,
) {
    let [one, other] = filtered;
    let (active, completed) = match (flag(one, "active_only"), flag(other, "active_only")) {
        (true, false) if flag(other, "completed_only") => (one, other),
        (false, true) if flag(one, "completed_only") => (other, one),
        _ => return,
    };
    let in_order = first.is_before(one) && one.is_before(other) && other.is_before(last);
    let (Some(all), Some(later)) = (states(first), states(last)) else { return };
    let (Some(active), Some(completed)) = (states(active), states(completed)) else { return };
    let most = [first, one, other, last].map(limit).into_iter().min().unwrap_or_default();
    let all_shown = all.len() < most && ![first, one, other, last].into_iter().any(has_more);
    let from_start = [one, other].iter().all(|list| list.integer("offset").unwrap_or(0) == 0);
    if !in_order || !is_whole(first) || all != later || !all_shown || !from_start {
        return;
    }
    // Without a job they are the runs of everybody.
    if last.integer("job_id").is_none() || may_change(facts, first, last) {
        return;
    }
    let of = |terminal: bool| -> BTreeSet<i64> {
        all.iter().filter(|(_, state)| state.is_terminal() == terminal).map(|(id, _)| *id).collect()
    };
    let ids = |list: Vec<(i64, LifeCycleState)>| -> BTreeSet<i64> {
        list.into_iter().map(|(id, _)| id).collect()
    };
    let (active, completed) = (ids(active), ids(completed));
    tally.judge(COMPLEMENT, active == of(false) && completed == of(true), || {
        Proof::new(&[first, one, other, last])
            .expected("each run in one of the two lists, by its state")
            .got(format!(
                "{} active and {} completed of {}",
                active.len(),
                completed.len(),
                all.len()
            ))
    });
}

fn states(list: &Entry) -> Option<Vec<(i64, LifeCycleState)>> {
    let state = |run: &serde_json::Map<String, Value>| {
        let word = run.get("state")?.get("life_cycle_state")?.as_str()?;
        Some((run.get("run_id")?.as_i64()?, LifeCycleState::from_name(word)?))
    };
    runs(list.done()?).map(state).collect()
}
