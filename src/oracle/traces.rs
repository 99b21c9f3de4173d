//! What is refused leaves no trace: nothing is made by it, and what was there is as it was.
//!
//! Only things that were made to be judged are looked at, and only between two looks at the same thing.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{
    Facts, Oracle, Tally, cut,
    facts::{Job, Run, jobs, runs, token},
    history::{Answer, Entry},
    tally::Proof,
};
use crate::{
    call::Unreadable,
    contract::{Endpoint, Structure, structures},
    json::{Pointer, diff},
    validate,
};

const CREATE: &str = "create/error/rejected-creates-nothing";
const RUN_NOW: &str = "run-now/error/rejected-creates-no-run";
const SUBMIT: &str = "runs-submit/error/rejected-creates-no-run";
const RESET: &str = "reset/error/invalid-has-no-effect";
const UPDATE: &str = "update/error/invalid-has-no-effect";
const NESTED: &str = "update/error/remove-nested";
const UNAUTHENTICATED: &str = "http/error/unauthenticated-no-effect";
const WRONG_METHOD: &str = "http/error/wrong-method-no-effect";
const SECOND_RUN: &str = "run-now/idempotency/no-second-run";
const SECOND_SUBMIT: &str = "runs-submit/idempotency/no-second-run";

pub(super) const ORACLE: Oracle = Oracle {
    rules: || {
        vec![
            CREATE,
            RUN_NOW,
            SUBMIT,
            RESET,
            UPDATE,
            NESTED,
            UNAUTHENTICATED,
            WRONG_METHOD,
            SECOND_RUN,
            SECOND_SUBMIT,
        ]
    },
    judge,
};

fn judge(facts: &Facts<'_>, tally: &mut Tally) {
    let Some(own) = &facts.history.surroundings.own else { return };
    let attempts: Vec<_> = facts.history.entries().iter().filter_map(Attempt::of).collect();
    named_jobs(facts, &attempts, own, tally);
    named_runs(facts, &attempts, own, tally);
    for job in facts.jobs.values().filter(|job| job.created.is_some()) {
        unchanged_job(job, &attempts, tally);
        counted_runs(facts, job, &attempts, tally);
    }
    for run in facts.runs.values().filter(|run| run.started().is_some()) {
        unchanged_run(facts, run, &attempts, tally);
    }
}

/// A write that was not carried out.
struct Attempt<'h> {
    entry: &'h Entry,
    endpoint: Endpoint,
    /// What says that it has no effect.
    rule: &'static str,
}

impl<'h> Attempt<'h> {
    fn of(entry: &'h Entry) -> Option<Self> {
        if !matches!(entry.answer, Answer::Refused(_) | Answer::Denied(_)) {
            return None;
        }
        let endpoint = match &entry.call {
            Ok(call) => call.endpoint,
            Err(Unreadable::WrongMethod(endpoint)) => *endpoint,
            Err(_) => return None,
        };
        if !endpoint.effect().is_write() {
            return None;
        }
        let rule = if entry.request().headers.get("authorization").is_none() {
            UNAUTHENTICATED
        } else if entry.call.is_err() {
            WRONG_METHOD
        } else {
            match endpoint {
                Endpoint::Create => CREATE,
                Endpoint::RunNow => RUN_NOW,
                Endpoint::RunsSubmit => SUBMIT,
                Endpoint::Reset => RESET,
                Endpoint::Update if removes_nested(entry) => NESTED,
                Endpoint::Update => UPDATE,
                // These have no rule of their own for it: it is part of that which demands the refusal.
                _ => validate::arguments(endpoint, entry.arguments()?).first()?.rule,
            }
        };
        Some(Self { entry, endpoint, rule })
    }

    /// A text in its body, or in its query if that is where its arguments are.
    fn text(&self, name: &str) -> Option<&str> {
        self.entry.text(name)
    }
}

/// Whether an update asks for something within a setting to be removed.
fn removes_nested(update: &Entry) -> bool {
    let removed = update.arguments().and_then(|arguments| arguments.get("fields_to_remove"));
    let mut paths =
        removed.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    paths.any(|path| path.contains(['.', '/']))
}

/// The attempts between two looks that could have changed the same thing, by rule.
fn between<'a, 'h>(
    attempts: &'a [Attempt<'h>],
    first: &Entry,
    second: &Entry,
) -> impl Iterator<Item = &'a Attempt<'h>> {
    let (from_us, until_us, case) = (first.return_us(), second.call_us(), first.case);
    let start = attempts.partition_point(|attempt| attempt.entry.call_us() <= from_us);
    attempts[start..]
        .iter()
        .take_while(move |attempt| attempt.entry.call_us() < until_us)
        .filter(move |attempt| attempt.entry.case == case && attempt.entry.return_us() < until_us)
}

fn unchanged_job(job: &Job<'_>, attempts: &[Attempt<'_>], tally: &mut Tally) {
    let is_unwritten = |first: &Entry, second: &Entry| {
        !job.writes.iter().any(|write| {
            write.call_us() <= second.return_us() && first.call_us() <= write.return_us()
        })
    };
    let touches = |attempt: &Attempt<'_>| match attempt.endpoint {
        Endpoint::Reset | Endpoint::Update | Endpoint::Delete => {
            attempt.entry.integer("job_id").is_none_or(|id| id == job.id)
        }
        _ => false,
    };
    unchanged(&job.gets, &structures::JOB, is_unwritten, attempts, touches, tally);
}

fn unchanged_run(facts: &Facts<'_>, run: &Run<'_>, attempts: &[Attempt<'_>], tally: &mut Tally) {
    let job = facts.job_of(run);
    let is_over = |first: &Entry, second: &Entry| {
        let has_ended = run.ended().is_some_and(|sight| sight.entry.index <= first.index);
        has_ended && !run.may_be_removed_at(job, second)
    };
    let touches = |attempt: &Attempt<'_>| match attempt.endpoint {
        Endpoint::RunsCancel | Endpoint::RunsDelete => {
            attempt.entry.integer("run_id").is_none_or(|id| id == run.id)
        }
        Endpoint::RunsCancelAll | Endpoint::Delete => {
            attempt.entry.integer("job_id").is_none_or(|id| run.job_id == Some(id))
        }
        _ => false,
    };
    unchanged(&run.gets, &structures::RUN, is_over, attempts, touches, tally);
}

/// Each look at a thing against the one before, where it could not have changed by itself or by what was carried
/// out: what was refused between them and would have touched it has changed nothing.
fn unchanged<'h>(
    gets: &[&Entry],
    structure: &Structure,
    is_still: impl Fn(&Entry, &Entry) -> bool,
    attempts: &[Attempt<'h>],
    touches: impl Fn(&Attempt<'h>) -> bool,
    tally: &mut Tally,
) {
    for pair in gets.windows(2) {
        let [first, second] = [pair[0], pair[1]];
        let Some(Value::Object(before)) = first.done() else { continue };
        let is_unknown = matches!(second.answer, Answer::Unknown(_) | Answer::Postponed);
        if is_unknown || !is_still(first, second) {
            continue;
        }
        let change = change(structure, before, second);
        let touching = between(attempts, first, second).filter(|attempt| touches(attempt));
        judge_all(touching, first, second, change.as_deref(), tally);
    }
}

/// What is no longer as it was, in words.
fn change(structure: &Structure, before: &Map<String, Value>, after: &Entry) -> Option<String> {
    let Some(Value::Object(now)) = after.done() else { return Some(after.outcome()) };
    structure.fields.iter().filter(|field| field.is_documented()).find_map(|field| {
        let (old, new) = (before.get(field.name), now.get(field.name));
        let (old, new) = (old.unwrap_or(&Value::Null), new.unwrap_or(&Value::Null));
        let found = diff(old, new).into_iter().next()?;
        let at = Pointer::root().join(field.name).join_all(&found.pointer);
        let text = |value: Option<Value>| {
            value.map_or("nothing".to_owned(), |value| cut(&value.to_string()))
        };
        Some(format!("{at} was {} and is {}", text(found.left), text(found.right)))
    })
}

fn judge_all<'a, 'h: 'a>(
    attempts: impl Iterator<Item = &'a Attempt<'h>>,
    first: &Entry,
    second: &Entry,
    change: Option<&str>,
    tally: &mut Tally,
) {
    let mut judged = BTreeSet::new();
    for attempt in attempts {
        if change.is_none() {
            tally.held(attempt.rule);
        } else if judged.insert(attempt.rule) {
            tally.broken(
                attempt.rule,
                Proof::new(&[first, attempt.entry, second])
                    .expected("no change by a request that was refused")
                    .got(change.unwrap_or_default()),
            );
        }
    }
}

/// Jobs that bear the name of a create that was refused.
fn named_jobs(facts: &Facts<'_>, attempts: &[Attempt<'_>], own: &str, tally: &mut Tally) {
    let created: BTreeSet<_> = facts
        .history
        .entries()
        .iter()
        .filter(|entry| entry.may_be_done())
        .flat_map(|entry| names(entry))
        .collect();
    let refused = attempts.iter().filter(|attempt| attempt.endpoint == Endpoint::Create);
    for attempt in refused {
        let Some(name) = attempt.text("name").filter(|name| name.starts_with(own)) else {
            continue;
        };
        let list = facts.job_lists.iter().find(|list| attempt.entry.is_before(list));
        let Some(list) = list.filter(|_| !created.contains(name)) else { continue };
        let named = |job: &Map<String, Value>| {
            job.get("settings").and_then(|settings| settings.get("name")) == Some(&name.into())
        };
        let made = list.done().is_some_and(|body| jobs(body).any(named));
        tally.judge(attempt.rule, !made, || {
            Proof::new(&[attempt.entry, list])
                .expected("no job by a create that was refused")
                .got(format!("a job of its name, `{}`", cut(name)))
        });
    }
}

/// The names that a request gives to a job.
fn names(entry: &Entry) -> Vec<&str> {
    let new = entry.arguments().and_then(|arguments| arguments.get("new_settings"));
    let new = new.and_then(|settings| settings.get("name")).and_then(Value::as_str);
    entry.text("name").into_iter().chain(new).collect()
}

/// Runs that bear the name of a submit that was refused, or of one that was only sent again.
fn named_runs(facts: &Facts<'_>, attempts: &[Attempt<'_>], own: &str, tally: &mut Tally) {
    let submits = || {
        let all = facts.starts.iter().copied();
        all.filter(|entry| entry.endpoint() == Some(Endpoint::RunsSubmit))
    };
    let bearing = |list: &Entry, name: &str| -> BTreeSet<i64> {
        let of_name = |run: &&Map<String, Value>| run.get("run_name") == Some(&name.into());
        let runs = list.done().into_iter().flat_map(runs).filter(of_name);
        runs.filter_map(|run| run.get("run_id")?.as_i64()).collect()
    };
    let refused = attempts.iter().filter(|attempt| attempt.endpoint == Endpoint::RunsSubmit);
    for attempt in refused {
        let Some(name) = attempt.text("run_name").filter(|name| name.starts_with(own)) else {
            continue;
        };
        let taken =
            submits().any(|entry| entry.may_be_done() && entry.text("run_name") == Some(name));
        let list =
            facts.run_lists.iter().find(|list| attempt.entry.is_before(list) && is_wide(list));
        let Some(list) = list.filter(|_| !taken) else { continue };
        tally.judge(attempt.rule, bearing(list, name).is_empty(), || {
            Proof::new(&[attempt.entry, list])
                .expected("no run by a submit that was refused")
                .got(format!("a run of its name, `{}`", cut(name)))
        });
    }
    for (sent_token, starts) in &facts.tokens {
        let [first, .., last] = &starts[..] else { continue };
        let Some(name) = first.text("run_name").filter(|name| name.starts_with(own)) else {
            continue;
        };
        let alone = submits()
            .filter(|entry| entry.text("run_name") == Some(name))
            .all(|entry| token(entry) == Some(sent_token));
        let lists = facts.run_lists.iter().filter(|list| last.is_before(list) && is_wide(list));
        for list in lists.filter(|list| alone && list.case == first.case) {
            let count = bearing(list, name).len();
            tally.judge(SECOND_SUBMIT, count <= 1, || {
                Proof::new(&[first, last, list])
                    .expected("one run for one token")
                    .got(format!("{count} runs"))
            });
        }
    }
}

/// Whether a list shows the latest runs of all kinds, submitted ones included.
fn is_wide(list: &Entry) -> bool {
    let asks_type = list.text("run_type").is_some_and(|asked| asked != "SUBMIT_RUN");
    let asked = list.arguments();
    let flag = |name: &str| asked.and_then(|a| a.get(name)).and_then(Value::as_bool) == Some(true);
    !asks_type
        && list.integer("job_id").is_none()
        && list.integer("offset").unwrap_or(0) == 0
        && !flag("active_only")
        && !flag("completed_only")
}

/// Runs of a job that nothing accounts for: no start that was carried out, no schedule, no retry.
fn counted_runs(facts: &Facts<'_>, job: &Job<'_>, attempts: &[Attempt<'_>], tally: &mut Tally) {
    if job.starts.iter().any(|start| matches!(start.answer, Answer::Unknown(_))) {
        return;
    }
    let accounted = |run: &Map<String, Value>| {
        let id = |name: &str| run.get(name).and_then(Value::as_i64);
        let is_started = |id: i64| facts.runs.get(&id).is_some_and(|run| !run.starts.is_empty());
        let by_itself = run.get("trigger").and_then(Value::as_str) == Some("PERIODIC");
        by_itself
            || id("run_id").is_none_or(is_started)
            || id("original_attempt_run_id").is_some_and(is_started)
    };
    let mut reported = BTreeSet::new();
    let of_job = |list: &&&Entry| list.integer("job_id") == Some(job.id);
    let mut last = job.created;
    for list in facts.run_lists.iter().filter(of_job) {
        let body = list.done().into_iter();
        let strange: Vec<_> = body.flat_map(runs).filter(|run| !accounted(run)).collect();
        let strangers: BTreeSet<_> =
            strange.iter().filter_map(|run| run.get("run_id")?.as_i64()).collect();
        let new: Vec<_> = strangers.difference(&reported).copied().collect();
        let Some(before) = last.replace(list) else { continue };
        let refused = between(attempts, before, list).filter(|attempt| {
            attempt.endpoint == Endpoint::RunNow
                && attempt.entry.integer("job_id").is_none_or(|id| id == job.id)
        });
        let repeated = job.starts.iter().filter(|start| {
            before.is_before(start) && start.is_before(list) && is_repeated(facts, start)
        });
        let suspects: Vec<_> = refused
            .map(|attempt| (attempt.rule, attempt.entry))
            .chain(repeated.map(|start| (SECOND_RUN, *start)))
            .collect();
        let mut judged = BTreeSet::new();
        for (rule, entry) in suspects {
            let is_second = rule == SECOND_RUN
                && entry.done().is_some_and(|body| {
                    first_of(facts, entry)
                        .is_some_and(|first| first.get("run_id") != body.get("run_id"))
                });
            if is_second {
                tally.broken(
                    rule,
                    Proof::new(&[before, entry, list])
                        .expected("no second run for one token")
                        .got(entry.outcome()),
                );
            } else if new.is_empty() {
                tally.held(rule);
            } else if judged.insert(rule) {
                tally.broken(
                    rule,
                    Proof::new(&[before, entry, list])
                        .expected("no run that nobody was told of")
                        .got(format!("run {} of job {}", new[0], job.id)),
                );
            }
        }
        reported.extend(new);
    }
}

/// Whether a start was carried out with a token that had started a run before.
fn is_repeated(facts: &Facts<'_>, start: &Entry) -> bool {
    start.done().is_some() && first_of(facts, start).is_some()
}

/// What the first start with the same token answered, if that was before this one.
fn first_of<'h>(facts: &Facts<'h>, start: &Entry) -> Option<&'h Value> {
    let starts = facts.tokens.get(token(start)?)?;
    starts.iter().find(|first| first.done().is_some() && first.is_before(start))?.done()
}
