//! Idempotency tokens: a register that is written once, and remembers what was deleted.

use std::collections::BTreeMap;

use super::{
    Facts, Oracle, Tally,
    facts::{Run, runs, token},
    history::{Answer, Entry},
    tally::Proof,
};
use crate::{
    contract::{Endpoint, LifeCycleState},
    json::Pointer,
    validate,
};

/// The rules of one endpoint.
struct Rules {
    same_run: &'static str,
    after_end: &'static str,
    skipped: &'static str,
    other_body: &'static str,
    deleted: &'static str,
    other_token: &'static str,
    parallel: &'static str,
    distinct_parallel: &'static str,
}

const RUN_NOW: Rules = Rules {
    same_run: "run-now/idempotency/same-token-same-run",
    after_end: "run-now/idempotency/after-terminal",
    skipped: "run-now/idempotency/skipped-run-keeps-token",
    other_body: "run-now/idempotency/different-body-same-run",
    deleted: "run-now/idempotency/deleted-run-error",
    other_token: "run-now/idempotency/different-token-different-run",
    parallel: "run-now/concurrency/same-token-parallel",
    distinct_parallel: "run-now/concurrency/distinct-tokens-parallel",
};
const SUBMIT: Rules = Rules {
    same_run: "runs-submit/idempotency/same-token-same-run",
    after_end: "runs-submit/idempotency/after-terminal",
    // A submitted run is of no job, and so never skipped.
    skipped: "runs-submit/idempotency/after-terminal",
    other_body: "runs-submit/idempotency/different-body-same-run",
    deleted: "runs-submit/idempotency/deleted-run-error",
    other_token: "runs-submit/idempotency/different-token-different-run",
    parallel: "runs-submit/concurrency/same-token-parallel",
    distinct_parallel: "runs-submit/concurrency/distinct-tokens-parallel",
};
const SAME_NUMBER: &str = "run-now/idempotency/same-number-in-job";
const NO_TOKEN: &str = "run-now/idempotency/no-token-not-deduplicated";
const OTHER_JOB: &str = "run-now/idempotency/token-other-job";
const DELETE_RACE: &str = "x/concurrency/delete-run-vs-token";
const LOST: &str = "run-now/idempotency/lost-response";
const SUBMIT_LOST: &str = "runs-submit/idempotency/lost-response";

pub(super) const ORACLE: Oracle = Oracle {
    rules: || {
        let of = |rules: &Rules| {
            vec![
                rules.same_run,
                rules.after_end,
                rules.skipped,
                rules.other_body,
                rules.deleted,
                rules.other_token,
                rules.parallel,
                rules.distinct_parallel,
            ]
        };
        let others = vec![SAME_NUMBER, NO_TOKEN, OTHER_JOB, DELETE_RACE, LOST, SUBMIT_LOST];
        [of(&RUN_NOW), of(&SUBMIT), others].concat()
    },
    judge,
};

fn judge(facts: &Facts<'_>, tally: &mut Tally) {
    for starts in facts.tokens.values() {
        for (index, start) in starts.iter().enumerate() {
            again(facts, &starts[..index], start, tally);
        }
        lost(facts, starts, tally);
    }
    distinct(facts, tally);
    without_token(facts, tally);
}

fn rules(start: &Entry) -> &'static Rules {
    match start.endpoint() {
        Some(Endpoint::RunsSubmit) => &SUBMIT,
        _ => &RUN_NOW,
    }
}

fn run_id(start: &Entry) -> Option<i64> {
    start.done()?.get("run_id")?.as_i64()
}

/// A start whose token earlier calls carry.
fn again(facts: &Facts<'_>, earlier: &[&Entry], start: &Entry, tally: &mut Tally) {
    // Across endpoints the document does not say what a token means.
    let same_endpoint = |other: &&&Entry| other.endpoint() == start.endpoint();
    let first = earlier.iter().filter(same_endpoint).find(|other| run_id(other).is_some());
    let Some((first, run_of_first)) = first.and_then(|first| Some((*first, run_id(first)?))) else {
        return;
    };
    let Some(run) = facts.runs.get(&run_of_first) else { return };
    // The tokens of a removed job are nobody's any more, as far as the document goes.
    if facts.job_of(run).is_some_and(|job| job.may_be_removed_at(start)) {
        return;
    }
    if start.integer("job_id") != first.integer("job_id") {
        // Neither does it say whose the token of a deleted run is.
        if run.removed_before(start).is_none() {
            other_job(first, start, tally);
        }
        return;
    }
    let same = run_id(start) == Some(run_of_first);
    let proof = |expected: &str| {
        Proof::new(&[first, start])
            .at(Pointer::root().join("run_id"))
            .expected(expected)
            .got(start.outcome())
    };
    if let Some(delete) = run.removed_before(start) {
        if start.done().is_some() || start.is_refused() {
            tally.judge(rules(start).deleted, start.is_refused(), || {
                Proof::new(&[first, delete, start])
                    .expected("a refusal (4xx): the run of this token was deleted")
                    .got(start.outcome())
            });
        }
        return;
    }
    if run.deletes.iter().any(|delete| delete.may_be_done() && !start.is_before(delete)) {
        // While it is being deleted, either is right, but no other run.
        if start.done().is_some() || start.is_refused() {
            tally.judge(DELETE_RACE, same || start.is_refused(), || {
                proof(&format!("run {run_of_first}, or a refusal"))
            });
        }
        return;
    }
    if !(start.done().is_some() || start.is_refused()) {
        return;
    }
    // Somebody else may have deleted the run; and what is wrong may be refused before its token is looked at.
    let excused = !facts.history.is_own()
        || start.endpoint().zip(start.arguments()).is_some_and(|(endpoint, arguments)| {
            !validate::arguments(endpoint, arguments).is_empty()
        });
    if start.is_refused() && excused {
        return;
    }
    let rule = rule(run, first, start);
    tally.judge(rule, same, || proof(&format!("run {run_of_first}, which this token started")));
    if same && start.endpoint() == Some(Endpoint::RunNow) {
        let number =
            |start: &Entry| start.done().and_then(|body| body.get("number_in_job").cloned());
        tally.judge(SAME_NUMBER, number(first) == number(start), || {
            let text =
                |start| number(start).map_or("nothing".to_owned(), |number| number.to_string());
            Proof::new(&[first, start])
                .at(Pointer::root().join("number_in_job"))
                .expected(text(first))
                .got(text(start))
        });
    }
}

/// A start whose answer was lost and that was sent again is one run in all.
fn lost(facts: &Facts<'_>, starts: &[&Entry], tally: &mut Tally) {
    let Some(first) = starts.iter().find(|start| matches!(start.answer, Answer::Unknown(_))) else {
        return;
    };
    let mut done =
        starts.iter().filter(|start| start.done().is_some() && first.index < start.index);
    let Some(again) = done.next() else { return };
    let (rule, key) = match first.endpoint() {
        Some(Endpoint::RunsSubmit) => (SUBMIT_LOST, "run_name"),
        _ => (LOST, "job_id"),
    };
    let Some(named) = first.arguments().and_then(|arguments| arguments.get(key)) else { return };
    // All runs of that job, or of that name, are of this token.
    let all = facts
        .starts
        .iter()
        .filter(|start| start.arguments().and_then(|arguments| arguments.get(key)) == Some(named));
    if !facts.history.is_own() || all.into_iter().any(|start| token(start) != token(first)) {
        return;
    }
    let lists = facts.run_lists.iter().filter(|list| {
        let of_job = first.integer("job_id").filter(|_| key == "job_id");
        again.is_before(list) && list.integer("job_id") == of_job
    });
    for list in lists {
        let shown = list.done().into_iter().flat_map(runs);
        let count = shown.filter(|run| run.get(key) == Some(named)).count();
        tally.judge(rule, count <= 1, || {
            Proof::new(&[first, again, list])
                .expected("one run: the first answer was lost, the token was the same")
                .got(format!("{count} runs"))
        });
    }
}

/// What says that a repeated token gives the same run, in the case at hand.
fn rule(run: &Run<'_>, first: &Entry, start: &Entry) -> &'static str {
    let rules = rules(start);
    if first.overlaps(start) {
        return rules.parallel;
    }
    if first.arguments() != start.arguments() {
        return rules.other_body;
    }
    match run.ended_before(start).and_then(|sight| sight.state) {
        Some(LifeCycleState::Skipped) => rules.skipped,
        Some(_) => rules.after_end,
        None => rules.same_run,
    }
}

/// A token that started a run of another job starts none of this one.
fn other_job(first: &Entry, start: &Entry, tally: &mut Tally) {
    if start.endpoint() == Some(Endpoint::RunNow) && (start.done().is_some() || start.is_refused())
    {
        let second = run_id(start).is_some_and(|id| Some(id) != run_id(first));
        tally.judge(OTHER_JOB, !second, || {
            Proof::new(&[first, start])
                .at(Pointer::root().join("run_id"))
                .expected("the run of the token, or a refusal")
                .got(start.outcome())
        });
    }
}

/// Different tokens start different runs.
fn distinct(facts: &Facts<'_>, tally: &mut Tally) {
    let mut owners: BTreeMap<i64, &Entry> = BTreeMap::new();
    let mut last: Option<&Entry> = None;
    for start in facts.starts.iter().filter(|start| token(start).is_some()) {
        let Some(id) = run_id(start) else { continue };
        let owner = *owners.entry(id).or_insert(start);
        let comparable =
            |other: &&Entry| token(other) != token(start) && other.endpoint() == start.endpoint();
        let rule = |other: &Entry| {
            if other.overlaps(start) {
                rules(start).distinct_parallel
            } else {
                rules(start).other_token
            }
        };
        if comparable(&owner) {
            tally.broken(
                rule(owner),
                Proof::new(&[owner, start])
                    .at(Pointer::root().join("run_id"))
                    .expected("a run of its own for each token")
                    .got(format!("run {id} for both")),
            );
        } else if let Some(other) = last.replace(start).filter(comparable) {
            tally.held(rule(other));
        }
    }
}

/// The same request twice without a token starts two runs.
fn without_token(facts: &Facts<'_>, tally: &mut Tally) {
    for job in facts.jobs.values() {
        let bare: Vec<_> = job.starts.iter().filter(|start| token(start).is_none()).collect();
        for pair in bare.windows(2) {
            let [first, second] = [pair[0], pair[1]];
            let (Some(one), Some(other)) = (run_id(first), run_id(second)) else { continue };
            if first.arguments() == second.arguments() {
                tally.judge(NO_TOKEN, one != other, || {
                    Proof::new(&[first, second])
                        .at(Pointer::root().join("run_id"))
                        .expected("a second run")
                        .got(format!("run {other} again"))
                });
            }
        }
    }
}
