//! Attempts: which runs are retried, how often, how they are numbered, and how soon they come.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    Facts, Oracle, Tally,
    facts::{Job, Run, RunSight, runs},
    history::Entry,
    lists::has_more,
    tally::Proof,
};
use crate::{
    contract::{Endpoint, LifeCycleState::InternalError, ResultState},
    json::Pointer,
    model::Settings,
};

const CREATED: &str = "run/lifecycle/retry-created";
const NUMBERS: &str = "run/lifecycle/retry-attempt-numbers";
const AT_MOST: &str = "run/lifecycle/retry-max-attempt";
const TRIGGER: &str = "run/lifecycle/retry-trigger";
const NOT_AFTER_SUCCESS: &str = "run/lifecycle/retry-stops-on-success";
const INTERVAL: &str = "run/lifecycle/retry-min-interval";
const AT_ONCE: &str = "run/lifecycle/retry-immediate-default";
const NOT_AFTER_TIMEOUT: &str = "run/lifecycle/no-retry-on-timeout-default";
const AFTER_TIMEOUT: &str = "run/lifecycle/retry-on-timeout";
const NOT_AFTER_CANCEL: &str = "run/lifecycle/no-retry-after-cancel";
const DEFAULT: &str = "create/schema/default-retries";
const SUBMIT: &str = "runs-submit/lifecycle/no-retry";

pub(super) const ORACLE: Oracle = Oracle {
    rules: || {
        vec![
            CREATED,
            NUMBERS,
            AT_MOST,
            TRIGGER,
            NOT_AFTER_SUCCESS,
            INTERVAL,
            AT_ONCE,
            NOT_AFTER_TIMEOUT,
            AFTER_TIMEOUT,
            NOT_AFTER_CANCEL,
            DEFAULT,
            SUBMIT,
        ]
    },
    judge,
};

fn judge(facts: &Facts<'_>, tally: &mut Tally) {
    let mut attempts: BTreeMap<i64, Vec<Attempt<'_>>> = BTreeMap::new();
    for run in facts.runs.values() {
        // The last sight tells most.
        let Some(sight) = run.sights.last() else { continue };
        let original = sight.integer("original_attempt_run_id").unwrap_or(run.id);
        let number = sight.integer("attempt_number").unwrap_or(0);
        attempts.entry(original).or_default().push(Attempt { id: run.id, number, run, sight });
    }
    for (original, mut group) in attempts {
        let Some(first) = facts.runs.get(&original).filter(|first| first.started().is_some())
        else {
            continue;
        };
        group.sort_by_key(|attempt| (attempt.number, attempt.id));
        numbered(facts, &group, tally);
        if first.started_by() == Some(Endpoint::RunsSubmit) {
            submitted(facts, first, &group, tally);
        } else if let (Some(settings), Some(job)) = (facts.settings_of(first), facts.job_of(first))
        {
            Tries { facts, job, first, settings, group: &group }.judge(tally);
        }
    }
}

/// One attempt, as it was last seen.
struct Attempt<'h> {
    id: i64,
    number: i64,
    run: &'h Run<'h>,
    sight: &'h RunSight<'h>,
}

fn proof(attempts: &[&Attempt<'_>], name: &str) -> Proof {
    let evidence: Vec<&Entry> = attempts.iter().map(|attempt| attempt.sight.entry).collect();
    Proof::new(&evidence).at(Pointer::root().join(name))
}

/// The attempts are numbered one by one, and the later ones are retries.
fn numbered(facts: &Facts<'_>, group: &[Attempt<'_>], tally: &mut Tally) {
    for pair in group.windows(2) {
        let [one, other] = [&pair[0], &pair[1]];
        // Between two that are known there may be one that nobody looked at.
        if other.number > one.number.saturating_add(1) && !are_all_shown(facts, one, other) {
            continue;
        }
        tally.judge(NUMBERS, one.number.checked_add(1) == Some(other.number), || {
            proof(&[one, other], "attempt_number")
                .expected(one.number.saturating_add(1).to_string())
                .got(format!("{} for run {}", other.number, other.id))
        });
    }
    for attempt in group.iter().filter(|attempt| attempt.number > 0) {
        if let Some(trigger) = attempt.sight.text("trigger") {
            tally.judge(TRIGGER, trigger == "RETRY", || {
                proof(&[attempt], "trigger").expected("RETRY").got(trigger)
            });
        }
    }
}

/// Whether a list shows both and all that is between them, and nobody took an attempt away.
fn are_all_shown(facts: &Facts<'_>, one: &Attempt<'_>, other: &Attempt<'_>) -> bool {
    let job = facts.job_of(one.run);
    facts.history.is_own()
        && facts.run_lists.iter().any(|list| {
            let ids: Vec<i64> = list
                .done()
                .into_iter()
                .flat_map(runs)
                .filter_map(|run| run.get("run_id")?.as_i64())
                .collect();
            let plain = list.arguments().is_some_and(|asked| asked.len() == 1);
            let job_id = list.integer("job_id");
            plain
                && job_id.is_some()
                && !has_more(list)
                && ids.contains(&one.id)
                && ids.contains(&other.id)
                && job.is_none_or(|job| {
                    facts.runs_of(job).all(|run| !run.may_be_removed_at(Some(job), list))
                })
        })
}

fn submitted(facts: &Facts<'_>, first: &Run<'_>, group: &[Attempt<'_>], tally: &mut Tally) {
    let failed = first.ended().is_some_and(|end| end.result == Some(ResultState::Failed));
    let job_list =
        |list: &&&Entry| list.integer("job_id").is_none_or(|id| first.job_id == Some(id));
    let looked = first.ended().is_some_and(|end| {
        facts.run_lists.iter().filter(job_list).any(|list| end.entry.is_before(list))
    });
    if failed && (group.len() > 1 || looked) {
        tally.judge(SUBMIT, group.len() == 1, || {
            let all: Vec<_> = group.iter().collect();
            proof(&all, "attempt_number").expected("one attempt").got(group.len().to_string())
        });
    }
}

/// The attempts of a run of a job whose settings are known.
struct Tries<'s, 'h> {
    facts: &'s Facts<'h>,
    job: &'s Job<'h>,
    first: &'s Run<'h>,
    settings: &'s Settings,
    group: &'s [Attempt<'s>],
}

impl Tries<'_, '_> {
    fn judge(&self, tally: &mut Tally) {
        let Some(max) = self.settings.integer("max_retries") else { return };
        let last = self.group.iter().map(|attempt| attempt.number).max().unwrap_or(0);
        if last > 0 && max >= 0 {
            let all: Vec<_> = self.group.iter().collect();
            let rule = if max == 0 { DEFAULT } else { AT_MOST };
            tally.judge(rule, last <= max, || {
                let expected = format!("at most {max}: so often it may be retried");
                proof(&all, "attempt_number").expected(expected).got(last.to_string())
            });
        }
        for attempt in self.group {
            self.next_of(attempt, max, tally);
        }
        for pair in self.group.windows(2) {
            self.interval(&pair[0], &pair[1], tally);
        }
    }

    /// Whether there is an attempt after this one, and whether there should be.
    fn next_of(&self, attempt: &Attempt<'_>, max: i64, tally: &mut Tally) {
        let Some(end) = attempt.run.ended() else { return };
        let next = self.group.iter().find(|next| next.number > attempt.number);
        let cancelled = !attempt.run.cancelled(Some(self.job)).is_empty();
        let left = max == -1 || attempt.number < max;
        let on_timeout = self.settings.flag("retry_on_timeout");
        // A run that failed beside a cancel may count as either.
        let (rule, wanted) = match (end.result, end.state) {
            (Some(ResultState::Success), _) if max != 0 => (NOT_AFTER_SUCCESS, false),
            (Some(ResultState::Canceled), _) if max != 0 => (NOT_AFTER_CANCEL, false),
            (Some(ResultState::TimedOut), _) if max != 0 => match on_timeout {
                Some(true) if left => (AFTER_TIMEOUT, true),
                Some(false) => (NOT_AFTER_TIMEOUT, false),
                _ => return,
            },
            (Some(ResultState::Failed), _) | (_, Some(InternalError)) if max == 0 && !cancelled => {
                (DEFAULT, false)
            }
            (Some(ResultState::Failed), _) if left && !cancelled => (CREATED, true),
            (Some(ResultState::Failed), _) if !cancelled => (AT_MOST, false),
            _ => return,
        };
        // Whether there is none shows only when there was time enough for one.
        let Some(looked) = self.looked_after(end) else {
            match next {
                Some(_) if wanted => tally.held(rule),
                Some(next) => tally.broken(rule, not_wanted(attempt, next)),
                None => {}
            }
            return;
        };
        match (next, wanted) {
            (Some(_), true) | (None, false) => tally.held(rule),
            (Some(next), false) => tally.broken(rule, not_wanted(attempt, next)),
            (None, true) => {
                let proof = Proof::new(&[end.entry, looked]).at(Pointer::root().join("runs"));
                let expected =
                    format!("attempt {} after {}", attempt.number.saturating_add(1), end.words());
                tally.broken(rule, proof.expected(expected).got("no further attempt"));
            }
        }
    }

    /// A list of all runs of the job, called when the next attempt must have started.
    fn looked_after(&self, end: &RunSight<'_>) -> Option<&Entry> {
        let micros = |duration: std::time::Duration| u64::try_from(duration.as_micros()).ok();
        let settle_us = micros(self.facts.history.surroundings.deadlines.settle)?;
        let pause_ms = self.settings.integer("min_retry_interval_millis").unwrap_or(0);
        let least_us = u64::try_from(pause_ms).unwrap_or(0).saturating_mul(1000);
        let from_us = end.entry.return_us().saturating_add(settle_us).saturating_add(least_us);
        let lists = self.facts.run_lists.iter().copied();
        lists.into_iter().find(|list| {
            list.integer("job_id") == Some(self.job.id)
                && list.call_us() > from_us
                && list.done().is_some_and(|body| runs(body).next().is_some())
                && !self.first.may_be_removed_at(Some(self.job), list)
        })
    }

    fn interval(&self, one: &Attempt<'_>, other: &Attempt<'_>, tally: &mut Tally) {
        let start_ms = |attempt: &Attempt<'_>| attempt.sight.integer("start_time");
        let (Some(from_ms), Some(at_ms)) = (start_ms(one), start_ms(other)) else { return };
        let least = self.settings.value("min_retry_interval_millis").and_then(Value::as_i64);
        let Some(least @ 1..) = least else { return self.at_once(one, other, tally) };
        let took_ms = at_ms.saturating_sub(from_ms);
        tally.judge(INTERVAL, took_ms >= least, || {
            proof(&[one, other], "start_time")
                .expected(format!("at least {least} ms after the start of the attempt before"))
                .got(format!("{took_ms} ms"))
        });
    }

    /// Without an interval a retry starts as soon as a target starts retries at all.
    fn at_once(&self, one: &Attempt<'_>, other: &Attempt<'_>, tally: &mut Tally) {
        let most = self.facts.history.surroundings.deadlines.settle.as_millis();
        let end_ms = one.sight.integer("end_time").filter(|end_ms| *end_ms > 0);
        let (Some(from_ms), Some(at_ms)) = (end_ms, other.sight.integer("start_time")) else {
            return;
        };
        let took_ms = at_ms.saturating_sub(from_ms);
        tally.judge(
            AT_ONCE,
            i128::from(took_ms) <= i128::try_from(most).unwrap_or(i128::MAX),
            || {
                proof(&[one, other], "start_time")
                    .expected(format!("at most {most} ms after the end of the attempt before"))
                    .got(format!("{took_ms} ms"))
            },
        );
    }
}

fn not_wanted(attempt: &Attempt<'_>, next: &Attempt<'_>) -> Proof {
    let after = attempt.run.ended().map_or(String::new(), RunSight::words);
    proof(&[attempt, next], "attempt_number")
        .expected(format!("no attempt after {after}"))
        .got(format!("attempt {} as run {}", next.number, next.id))
}
