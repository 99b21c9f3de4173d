//! A start gives a run: at once, of its own, numbered, and of what was asked for.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    Facts, Oracle, Tally, cut,
    facts::{Job, Run, RunSight, token},
    history::{Answer, Entry},
    jobs::{in_words, window},
    tally::Proof,
};
use crate::{
    contract::{Endpoint, structures::RUNS_SUBMIT},
    json::Pointer,
    model,
};

const VISIBLE: &str = "run-now/consistency/run-visible";
const SUBMIT_VISIBLE: &str = "runs-submit/consistency/run-visible";
const UNIQUE: &str = "run-now/consistency/run-id-unique";
const NUMBER_MATCHES: &str = "run-now/consistency/number-matches-get";
const NUMBER_INCREASES: &str = "run-now/consistency/number-strictly-increases";
const NUMBERS_UNIQUE: &str = "run-now/concurrency/numbers-unique";
const FIRST_NUMBER: &str = "run/consistency/number-starts-at-1";
const NUMBER_NOT_REUSED: &str = "runs-delete/consistency/number-not-reused";
const TRIGGER: &str = "run-now/schema/trigger-one-time";
const SUBMIT_TRIGGER: &str = "runs-submit/schema/trigger-one-time";
const RUN_TYPE: &str = "run-now/schema/run-type-job-run";
const SUBMIT_TYPE: &str = "runs-submit/schema/run-type-submit-run";
const FIRST_ATTEMPT: &str = "run/consistency/attempt-number-zero";
const ORIGINAL: &str = "run/consistency/original-attempt-self";
const START_TIME: &str = "run/consistency/start-time-window";
const OVERRIDES: &str = "run-now/consistency/overriding-parameters";
const NO_OVERRIDES: &str = "run-now/consistency/no-override-absent";
const NOT_PERSISTED: &str = "run-now/consistency/params-not-persisted";
const TASK: &str = "task/consistency/task-echo-on-run";
const LIBRARIES: &str = "run/consistency/cluster-spec-includes-libraries";
const SUBMIT_SPEC: &str = "runs-submit/consistency/cluster-spec";
const SUBMIT_NAME: &str = "runs-submit/consistency/run-name-echo";
const SUBMIT_DEFAULT_NAME: &str = "runs-submit/schema/default-name";
const EXISTING_CLUSTER: &str = "run/schema/cluster-id-for-existing";

/// The parameters that a run-now can give.
const PARAMETERS: [&str; 4] =
    ["jar_params", "notebook_params", "python_params", "spark_submit_params"];
/// The kinds of task.
const TASKS: [&str; 6] = [
    "notebook_task",
    "spark_jar_task",
    "spark_python_task",
    "spark_submit_task",
    "pipeline_task",
    "run_job_task",
];

pub(super) const ORACLE: Oracle = Oracle {
    rules: || {
        vec![
            VISIBLE,
            SUBMIT_VISIBLE,
            UNIQUE,
            NUMBER_MATCHES,
            NUMBER_INCREASES,
            NUMBERS_UNIQUE,
            FIRST_NUMBER,
            NUMBER_NOT_REUSED,
            TRIGGER,
            SUBMIT_TRIGGER,
            RUN_TYPE,
            SUBMIT_TYPE,
            FIRST_ATTEMPT,
            ORIGINAL,
            START_TIME,
            OVERRIDES,
            NO_OVERRIDES,
            NOT_PERSISTED,
            TASK,
            LIBRARIES,
            SUBMIT_SPEC,
            SUBMIT_NAME,
            SUBMIT_DEFAULT_NAME,
            EXISTING_CLUSTER,
        ]
    },
    judge,
};

fn judge(facts: &Facts<'_>, tally: &mut Tally) {
    unique(facts, tally);
    for job in facts.jobs.values() {
        numbers(facts, job, tally);
        if facts.history.is_own() {
            not_persisted(job, tally);
        }
    }
    for run in facts.runs.values() {
        visible(facts, run, tally);
        for sight in &run.sights {
            let first = sight.integer("attempt_number").unwrap_or(0) == 0;
            if let (true, Some(original)) = (first, sight.integer("original_attempt_run_id")) {
                let holds = original == run.id;
                judge_field(ORIGINAL, sight, "original_attempt_run_id", holds, run.id, tally);
            }
            if let Some(start) = run.started() {
                Started { facts, run, start, sight }.judge(tally);
            }
        }
    }
}

fn judge_field(
    rule: &'static str,
    sight: &RunSight<'_>,
    name: &str,
    holds: bool,
    expected: impl std::fmt::Display,
    tally: &mut Tally,
) {
    tally.judge(rule, holds, || {
        let got = sight.run.get(name).map_or("nothing".to_owned(), |got| cut(&got.to_string()));
        Proof::new(&[sight.entry])
            .at(Pointer::root().join(name))
            .expected(expected.to_string())
            .got(got)
    });
}

/// No start without a common token gives a run that another one gave.
fn unique(facts: &Facts<'_>, tally: &mut Tally) {
    let mut owners: BTreeMap<i64, &Entry> = BTreeMap::new();
    for start in &facts.starts {
        let Some(id) = start.done().and_then(|body| body.get("run_id")?.as_i64()) else { continue };
        let Some(other) = owners.insert(id, start) else {
            if owners.len() > 1 {
                tally.held(UNIQUE);
            }
            continue;
        };
        let same_token = token(start).is_some() && token(start) == token(other);
        // Two tokens with one run break a rule of the tokens.
        if !same_token && (token(start).is_none() || token(other).is_none()) {
            tally.broken(
                UNIQUE,
                Proof::new(&[other, start])
                    .at(Pointer::root().join("run_id"))
                    .expected("a run of its own")
                    .got(format!("run {id}, which another start gave")),
            );
        }
    }
}

fn number(entry: &Entry) -> Option<i64> {
    entry.done()?.get("number_in_job")?.as_i64()
}

/// The numbers of the runs of a job that different starts gave.
fn numbers(facts: &Facts<'_>, job: &Job<'_>, tally: &mut Tally) {
    let mut first_of_run: BTreeMap<i64, &Entry> = BTreeMap::new();
    for start in &job.starts {
        let id = start.done().and_then(|body| body.get("run_id")?.as_i64());
        // A token that was sent before gives a run of then, and perhaps of another job.
        let own = |id: &i64| {
            let run = facts.runs.get(id).filter(|run| run.job_id == Some(job.id));
            run.is_some_and(|run| run.first_start().is_some())
        };
        if let Some(id) = id.filter(own) {
            first_of_run.entry(id).or_insert(start);
        }
    }
    let mut starts: Vec<_> = first_of_run.into_values().collect();
    starts.sort_by_key(|start| start.call_us());
    // Another client may have started the first run of a job that is not the judge's own.
    if let (true, Some(first)) = (facts.history.is_own() && job.created.is_some(), starts.first())
        && starts.get(1).is_none_or(|second| first.is_before(second))
        // One whose answer was lost may have come before.
        && !job.starts.iter().any(|start| {
            matches!(start.answer, Answer::Unknown(_)) && start.call_us() <= first.return_us()
        })
        && let Some(found) = number(first)
    {
        tally.judge(FIRST_NUMBER, found == 1, || {
            Proof::new(&[first])
                .at(Pointer::root().join("number_in_job"))
                .expected("1 for the first run of a job")
                .got(found.to_string())
        });
    }
    // In the order of calls, a start overlaps another one if it does so with the next one, or with that of
    // all before it whose answer came last.
    let mut latest_us = 0;
    let mut seen: BTreeMap<i64, &Entry> = BTreeMap::new();
    for (index, start) in starts.iter().enumerate() {
        let next = starts.get(index + 1);
        let overlaps =
            latest_us >= start.call_us() || next.is_some_and(|next| next.overlaps(start));
        latest_us = latest_us.max(start.return_us());
        let Some(found) = number(start) else { continue };
        if let Some(other) = seen.get(&found) {
            let rule = if other.overlaps(start) { NUMBERS_UNIQUE } else { NUMBER_INCREASES };
            tally.broken(rule, numbered(other, start, found));
        } else if overlaps {
            tally.held(NUMBERS_UNIQUE);
        }
        seen.insert(found, start);
    }
    let deletes = facts.runs_of(job).flat_map(|run| &run.deletes).copied();
    let mut deletes: Vec<_> = deletes.filter(|delete| delete.done().is_some()).collect();
    deletes.sort_by_key(|delete| delete.call_us());
    for pair in starts.windows(2) {
        let (Some(one), Some(other)) = (number(pair[0]), number(pair[1])) else { continue };
        if pair[0].is_before(pair[1]) && one != other {
            tally.judge(NUMBER_INCREASES, one < other, || numbered(pair[0], pair[1], other));
            let from = deletes.partition_point(|delete| delete.call_us() <= pair[0].return_us());
            let between = deletes[from..].iter().take_while(|d| d.call_us() < pair[1].call_us());
            let has_one = between.into_iter().any(|delete| delete.is_before(pair[1]));
            if has_one {
                tally.judge(NUMBER_NOT_REUSED, one < other, || numbered(pair[0], pair[1], other));
            }
        }
    }
}

fn numbered(one: &Entry, other: &Entry, found: i64) -> Proof {
    let before = number(one).unwrap_or_default();
    Proof::new(&[one, other])
        .at(Pointer::root().join("number_in_job"))
        .expected(format!("a number after {before}"))
        .got(found.to_string())
}

/// What a run-now overrides, it overrides for its run alone.
fn not_persisted(job: &Job<'_>, tally: &mut Tally) {
    for pair in job.gets.windows(2) {
        let [first, second] = [pair[0], pair[1]];
        let start = job.starts.iter().find(|start| {
            start.done().is_some() && first.is_before(start) && start.is_before(second)
        });
        let quiet = job.quiet_at(first).is_some_and(|quiet| quiet.holds(second));
        let Some(start) = start.filter(|start| quiet && gives_parameters(start)) else { continue };
        let settings = |get: &Entry| get.done().and_then(|job| job.get("settings").cloned());
        if let (Some(before), Some(after)) = (settings(first), settings(second)) {
            tally.judge(NOT_PERSISTED, before == after, || {
                Proof::new(&[first, start, second])
                    .at(Pointer::root().join("settings"))
                    .expected("the settings as they were")
                    .got(cut(&after.to_string()))
            });
        }
    }
}

fn gives_parameters(start: &Entry) -> bool {
    start.arguments().is_some_and(|sent| PARAMETERS.iter().any(|name| sent.contains_key(*name)))
}

/// The first look at a run that was started finds it.
fn visible(facts: &Facts<'_>, run: &Run<'_>, tally: &mut Tally) {
    // Somebody else may have removed it.
    let Some(start) = run.started().filter(|_| facts.history.is_own()) else { return };
    let job = facts.job_of(run);
    let submitted = run.started_by() == Some(Endpoint::RunsSubmit);
    let rule = if submitted { SUBMIT_VISIBLE } else { VISIBLE };
    for get in run.gets.iter().filter(|get| start.is_before(get)) {
        if run.may_be_removed_at(job, get) || !(get.done().is_some() || get.is_refused()) {
            continue;
        }
        let shown = get.done().and_then(Value::as_object);
        // With a token that was sent before it may be of another job.
        let of_job = run.first_start().and_then(|start| start.integer("job_id"));
        let of_job = of_job.filter(|_| !submitted);
        let integer = |name: &str| shown?.get(name)?.as_i64();
        let holds = integer("run_id") == Some(run.id)
            && of_job.is_none_or(|id| integer("job_id").is_none_or(|shown| shown == id));
        tally.judge(rule, holds, || {
            let expected = match of_job {
                Some(id) => format!("run {} of job {id}", run.id),
                None => format!("run {}", run.id),
            };
            Proof::new(&[start, get]).expected(expected).got(get.outcome())
        });
    }
}

/// A run that was started by a known request, as an answer shows it.
struct Started<'s, 'h> {
    facts: &'s Facts<'h>,
    run: &'s Run<'h>,
    start: &'h Entry,
    sight: &'s RunSight<'h>,
}

impl Started<'_, '_> {
    fn judge(&self, tally: &mut Tally) {
        // A token that was sent again gives a run that another request asked for.
        if !self.start.is_before(self.sight.entry) || self.run.first_start().is_none() {
            return;
        }
        let submitted = self.run.started_by() == Some(Endpoint::RunsSubmit);
        self.stamps(submitted, tally);
        if submitted {
            self.submitted(tally);
        } else {
            self.of_job(tally);
        }
        self.cluster(tally);
    }

    fn proof(&self, pointer: Pointer) -> Proof {
        Proof::new(&[self.start, self.sight.entry]).at(pointer)
    }

    fn word(&self, rule: &'static str, name: &str, word: &str, tally: &mut Tally) {
        if let Some(shown) = self.sight.run.get(name) {
            tally.judge(rule, shown.as_str() == Some(word), || {
                let pointer = Pointer::root().join(name);
                self.proof(pointer).expected(word).got(cut(&shown.to_string()))
            });
        }
    }

    fn stamps(&self, submitted: bool, tally: &mut Tally) {
        let (trigger, run_type, word) = if submitted {
            (SUBMIT_TRIGGER, SUBMIT_TYPE, "SUBMIT_RUN")
        } else {
            (TRIGGER, RUN_TYPE, "JOB_RUN")
        };
        self.word(trigger, "trigger", "ONE_TIME", tally);
        self.word(run_type, "run_type", word, tally);
        let attempt = self.sight.integer("attempt_number");
        judge_field(
            FIRST_ATTEMPT,
            self.sight,
            "attempt_number",
            attempt.unwrap_or(0) == 0,
            0,
            tally,
        );
        if let Some(time) = self.sight.integer("start_time").filter(|time| *time != 0) {
            let window = window(self.facts.history, self.start, self.sight.entry);
            let holds = window.contains(&time);
            tally.judge(START_TIME, holds, || {
                let pointer = Pointer::root().join("start_time");
                self.proof(pointer).expected(in_words(&window)).got(time.to_string())
            });
        }
        if let (Some(told), Some(shown)) = (number(self.start), self.sight.integer("number_in_job"))
        {
            tally.judge(NUMBER_MATCHES, told == shown, || {
                let pointer = Pointer::root().join("number_in_job");
                self.proof(pointer).expected(told.to_string()).got(shown.to_string())
            });
        }
    }

    fn submitted(&self, tally: &mut Tally) {
        let sent = self.start.text("run_name");
        let shown = self.sight.run.get("run_name");
        let (rule, name) = match sent {
            Some(name) => (SUBMIT_NAME, name),
            None => (SUBMIT_DEFAULT_NAME, "Untitled"),
        };
        // The default may be left out.
        if sent.is_some() || shown.is_some() {
            tally.judge(rule, shown.and_then(Value::as_str) == Some(name), || {
                let pointer = Pointer::root().join("run_name");
                let got = shown.map_or("nothing".to_owned(), |shown| cut(&shown.to_string()));
                self.proof(pointer).expected(cut(&format!("{name:?}"))).got(got)
            });
        }
        if let Some(Value::Object(spec)) = self.sight.run.get("cluster_spec") {
            for name in ["existing_cluster_id", "new_cluster", "libraries"] {
                self.part_of(SUBMIT_SPEC, spec, "cluster_spec", name, tally);
            }
        }
        self.task(tally);
    }

    fn of_job(&self, tally: &mut Tally) {
        self.task(tally);
        if let Some(Value::Object(spec)) = self.sight.run.get("cluster_spec") {
            self.part_of(LIBRARIES, spec, "cluster_spec", "libraries", tally);
        }
        let given = PARAMETERS.map(|name| (name, self.start.arguments().and_then(|a| a.get(name))));
        let shown = self.sight.run.get("overriding_parameters");
        let at = Pointer::root().join("overriding_parameters");
        for (name, sent) in given.iter().filter_map(|(name, sent)| Some((name, (*sent)?))) {
            let found = shown.and_then(|shown| shown.get(name));
            // Base parameters may be shown merged with those of the run.
            let holds = match (sent, found) {
                (Value::Object(sent), Some(Value::Object(found))) => {
                    sent.iter().all(|(key, value)| found.get(key) == Some(value))
                }
                (sent, Some(found)) => sent == found,
                (sent, None) => {
                    sent.as_array().is_some_and(Vec::is_empty)
                        || sent.as_object().is_some_and(Map::is_empty)
                }
            };
            tally.judge(OVERRIDES, holds, || {
                let got = found.map_or("nothing".to_owned(), |found| cut(&found.to_string()));
                self.proof(at.join(name)).expected(cut(&sent.to_string())).got(got)
            });
        }
        if given.iter().all(|(_, sent)| sent.is_none()) {
            let is_empty = shown.is_none_or(|shown| shown.as_object().is_some_and(Map::is_empty));
            tally.judge(NO_OVERRIDES, is_empty, || {
                let got = shown.map_or(String::new(), |shown| cut(&shown.to_string()));
                self.proof(at.clone()).expected("nothing: no parameter was given").got(got)
            });
        }
    }

    /// The task is the one that was asked for. Its parameters may have been overridden.
    fn task(&self, tally: &mut Tally) {
        let Some(Value::Object(task)) = self.sight.run.get("task") else { return };
        if gives_parameters(self.start) {
            return;
        }
        for name in TASKS {
            self.part_of(TASK, task, "task", name, tally);
        }
    }

    /// A part of what was asked for is shown in an object of the run.
    fn part_of(
        &self,
        rule: &'static str,
        within: &Map<String, Value>,
        whose: &str,
        name: &str,
        tally: &mut Tally,
    ) {
        let (Some(sent), Some(field)) =
            (self.facts.asked_of(self.run, name), RUNS_SUBMIT.field(name))
        else {
            return;
        };
        let gap = model::gap(field, sent, within.get(name));
        tally.judge(rule, gap.is_none(), || {
            let at = Pointer::root().join(whose).join(name);
            let Some(gap) = &gap else { return self.proof(at) };
            let got =
                gap.shown.as_ref().map_or("nothing".to_owned(), |shown| cut(&shown.to_string()));
            self.proof(at.join_all(&gap.pointer)).expected(cut(&gap.sent.to_string())).got(got)
        });
    }

    fn cluster(&self, tally: &mut Tally) {
        let Some(Value::String(asked)) = self.facts.asked_of(self.run, "existing_cluster_id")
        else {
            return;
        };
        let shown = self.sight.run.get("cluster_instance").and_then(|c| c.get("cluster_id"));
        if let Some(shown) = shown {
            tally.judge(EXISTING_CLUSTER, shown.as_str() == Some(asked), || {
                let pointer = Pointer::root().join("cluster_instance").join("cluster_id");
                self.proof(pointer).expected(format!("{asked:?}")).got(cut(&shown.to_string()))
            });
        }
    }
}
