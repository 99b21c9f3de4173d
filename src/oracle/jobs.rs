//! Jobs come into being: each create makes one of its own, that is there at once and keeps its identity.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Facts, Oracle, Tally,
    facts::{Job, runs},
    history::{Entry, History},
    lists::has_more,
    tally::Proof,
};
use crate::{contract::Endpoint, json::Pointer};

const DISTINCT: &str = "create/consistency/distinct-ids";
const PARALLEL: &str = "x/concurrency/create-parallel";
const AT_ONCE: &str = "create/consistency/get-after-create";
const CREATED_TIME: &str = "create/consistency/created-time";
const RESET_IDENTITY: &str = "reset/consistency/identity-kept";
const UPDATE_IDENTITY: &str = "update/consistency/identity-kept";
const RESET_TWICE: &str = "reset/idempotency/twice";
const UPDATE_TWICE: &str = "update/idempotency/twice";
const HISTORY_KEPT: &str = "reset/consistency/run-history-kept";
const REPEATABLE: &str = "get/consistency/repeatable";

/// Times of day are in milliseconds; before this one, in 2001, they would be of another unit.
const MILLIS_MIN: i64 = 1_000_000_000_000;
/// After this one, in 2286, too.
const MILLIS_MAX: i64 = 10_000_000_000_000;
/// How far the clock that stamps may be from the one that answers.
const SKEW_MS: i64 = 5_000;

pub(super) const ORACLE: Oracle = Oracle {
    rules: || {
        vec![
            DISTINCT,
            PARALLEL,
            AT_ONCE,
            CREATED_TIME,
            RESET_IDENTITY,
            UPDATE_IDENTITY,
            RESET_TWICE,
            UPDATE_TWICE,
            HISTORY_KEPT,
            REPEATABLE,
        ]
    },
    judge,
};

fn judge(facts: &Facts<'_>, tally: &mut Tally) {
    distinct(facts, tally);
    for job in facts.jobs.values() {
        let Some(created) = job.created else { continue };
        created_time(facts.history, job, created, tally);
        identity(job, tally);
        // Somebody else may have removed it meanwhile, or changed it.
        if facts.history.is_own() {
            at_once(job, created, tally);
            repeatable(job, tally);
            twice(job, tally);
            history_kept(facts, job, tally);
        }
    }
}

fn distinct(facts: &Facts<'_>, tally: &mut Tally) {
    let mut seen: BTreeMap<i64, &Entry> = BTreeMap::new();
    let mut last: Option<&Entry> = None;
    for entry in facts.history.entries() {
        if entry.endpoint() != Some(Endpoint::Create) {
            continue;
        }
        let Some(id) = entry.done().and_then(|body| body.get("job_id")?.as_i64()) else { continue };
        if let Some(last) = last.replace(entry) {
            let rule = if last.overlaps(entry) { PARALLEL } else { DISTINCT };
            match seen.get(&id) {
                Some(other) => {
                    // One that was given long before is given again whoever else asks.
                    let rule = if other.overlaps(entry) { PARALLEL } else { DISTINCT };
                    tally.broken(
                        rule,
                        Proof::new(&[other, entry])
                            .at(Pointer::root().join("job_id"))
                            .expected("an id of its own for each job")
                            .got(format!("job {id} a second time")),
                    );
                }
                None => tally.held(rule),
            }
        }
        seen.entry(id).or_insert(entry);
    }
}

/// Every get of a job that is there succeeds.
fn at_once(job: &Job<'_>, created: &Entry, tally: &mut Tally) {
    for get in job.gets.iter().filter(|get| job.is_there_at(get)) {
        if get.done().is_some() || get.is_refused() {
            let rule = AT_ONCE;
            tally.judge(rule, get.done().is_some(), || {
                Proof::new(&[created, get]).expected("the job that was created").got(get.outcome())
            });
        }
    }
}

fn created_time(history: &History, job: &Job<'_>, created: &Entry, tally: &mut Tally) {
    let Some(sight) = job.sights.iter().find(|sight| created.is_before(sight.entry)) else {
        return;
    };
    let Some(time) = sight.job.get("created_time").and_then(Value::as_i64) else { return };
    let window = window(history, created, created);
    tally.judge(CREATED_TIME, window.contains(&time), || {
        Proof::new(&[created, sight.entry])
            .at(Pointer::root().join("created_time"))
            .expected(in_words(&window))
            .got(time.to_string())
    });
}

/// When something can have happened that began with one exchange and was seen in another, in milliseconds
/// on the server's clock. Where nothing is known of that clock, any time in milliseconds will do.
pub(super) fn window(
    history: &History,
    first: &Entry,
    last: &Entry,
) -> std::ops::RangeInclusive<i64> {
    let stamp = |us: u64| i64::try_from(us / 1000).unwrap_or(i64::MAX);
    if let Some(epoch_us) = history.surroundings.epoch_us {
        let from = stamp(epoch_us.saturating_add(first.call_us()));
        let until = stamp(epoch_us.saturating_add(last.return_us()));
        return from - SKEW_MS..=until + SKEW_MS;
    }
    MILLIS_MIN..=MILLIS_MAX
}

/// A window of time in words.
pub(super) fn in_words(window: &std::ops::RangeInclusive<i64>) -> String {
    if *window.start() == MILLIS_MIN {
        return "milliseconds since 1970".to_owned();
    }
    format!("milliseconds from {} to {}", window.start(), window.end())
}

/// What was stamped at the create stays.
fn identity(job: &Job<'_>, tally: &mut Tally) {
    for pair in job.sights.windows(2) {
        let [first, second] = [pair[0], pair[1]];
        let between = job
            .writes
            .iter()
            .rev()
            .find(|write| first.entry.is_before(write) && write.is_before(second.entry));
        let rule = match between.and_then(|write| write.endpoint()) {
            Some(Endpoint::Reset) => RESET_IDENTITY,
            Some(Endpoint::Update) => UPDATE_IDENTITY,
            _ => continue,
        };
        let differs = ["job_id", "created_time", "creator_user_name"]
            .into_iter()
            .filter(|name| {
                // The creator is left out once that user is removed.
                *name != "creator_user_name" || second.job.contains_key(*name)
            })
            .find(|name| first.job.get(*name) != second.job.get(*name));
        tally.judge(rule, differs.is_none(), || {
            let name = differs.unwrap_or_default();
            let value = |map: &serde_json::Map<String, Value>| {
                map.get(name).map_or("nothing".to_owned(), Value::to_string)
            };
            let mut evidence = vec![first.entry];
            evidence.extend(between);
            evidence.push(second.entry);
            Proof::new(&evidence)
                .at(Pointer::root().join(name))
                .expected(value(first.job))
                .got(value(second.job))
        });
    }
}

/// Two gets without a write between them show the same.
fn repeatable(job: &Job<'_>, tally: &mut Tally) {
    for pair in job.gets.windows(2) {
        let [first, second] = [pair[0], pair[1]];
        let written = job.writes.iter().any(|write| {
            write.call_us() <= second.return_us() && first.call_us() <= write.return_us()
        });
        if let (Some(one), Some(other), false) = (first.done(), second.done(), written) {
            tally.judge(REPEATABLE, one == other, || {
                let gap = crate::json::diff(one, other).into_iter().next();
                let pointer = gap.as_ref().map(|gap| gap.pointer.clone()).unwrap_or_default();
                let text = |value: Option<Value>| {
                    super::cut(&value.map_or("nothing".to_owned(), |value| value.to_string()))
                };
                let (left, right) = gap.map(|gap| (gap.left, gap.right)).unwrap_or_default();
                Proof::new(&[first, second]).at(pointer).expected(text(left)).got(text(right))
            });
        }
    }
}

/// The same reset or update once more changes nothing.
fn twice(job: &Job<'_>, tally: &mut Tally) {
    for pair in job.writes.windows(2) {
        let [first, second] = [pair[0], pair[1]];
        let rule = match second.endpoint() {
            Some(Endpoint::Reset) => RESET_TWICE,
            Some(Endpoint::Update) => UPDATE_TWICE,
            _ => continue,
        };
        let same = first.endpoint() == second.endpoint() && first.arguments() == second.arguments();
        let between = job.gets.iter().find(|get| first.is_before(get) && get.is_before(second));
        let after = job.gets.iter().find(|get| {
            second.is_before(get) && job.quiet_at(second).is_none() && job.quiet_at(get).is_some()
        });
        let quiet = after.and_then(|after| job.quiet_at(after)?.after);
        if !same || quiet.is_none_or(|write| write.index != second.index) {
            continue;
        }
        if let (Some(between), Some(after)) = (between, after)
            && let (Some(one), Some(other)) = (between.done(), after.done())
        {
            tally.judge(rule, one == other, || {
                Proof::new(&[first, between, second, after])
                    .expected("no change by the same request again")
                    .got(after.outcome())
            });
        }
    }
}

/// A reset takes no run away.
fn history_kept(facts: &Facts<'_>, job: &Job<'_>, tally: &mut Tally) {
    for reset in job.writes.iter().filter(|write| write.endpoint() == Some(Endpoint::Reset)) {
        let of_job = |list: &&&Entry| list.integer("job_id") == Some(job.id);
        let list = facts.run_lists.iter().filter(of_job).find(|list| reset.is_before(list));
        let Some(list) = list.filter(|list| list.done().is_some_and(|b| b.get("runs").is_some()))
        else {
            continue;
        };
        let plain = list.arguments().is_some_and(|asked| asked.len() == 1) && !has_more(list);
        let shown: Vec<i64> = list
            .done()
            .into_iter()
            .flat_map(runs)
            .filter_map(|run| run.get("run_id")?.as_i64())
            .collect();
        for run in facts.runs_of(job).filter(|_| plain && shown.len() < 20) {
            if run.ended_before(reset).is_some() && !run.may_be_removed_at(Some(job), list) {
                tally.judge(HISTORY_KEPT, shown.contains(&run.id), || {
                    Proof::new(&[reset, list])
                        .expected(format!("run {}, which was there before", run.id))
                        .got(format!("{} runs without it", shown.len()))
                });
            }
        }
    }
}
