//! A run looks the same in every view, and what it was made of stays.

use serde_json::{Map, Value};

use super::{
    Facts, Oracle, Tally, cut,
    facts::{Run, RunSight},
    lists::told,
    tally::Proof,
};
use crate::{
    contract::{Endpoint, LifeCycleState::Running, structures::RUN},
    json::Pointer,
    model,
};

const LIST_EQUALS: &str = "runs-list/consistency/equals-get";
const OUTPUT_EQUALS: &str = "runs-get-output/consistency/metadata-equals-get";
const THREE_VIEWS: &str = "x/consistency/three-views-agree";
const IDENTITY: &str = "run/consistency/immutable-identity";
const SPEC: &str = "run/consistency/cluster-spec-snapshot";
const RESET_FUTURE: &str = "reset/lifecycle/other-fields-future-only";
const UPDATE_FUTURE: &str = "update/lifecycle/other-fields-future-only";
const INSTANCE: &str = "run/schema/cluster-instance-appears-once";
const CONTEXT: &str = "run/schema/spark-context-when-running";
const RUN_DURATION: &str = "run/schema/run-duration-multitask-only";

/// What a run has from its start, and keeps.
const STAMPED: [&str; 8] = [
    "job_id",
    "run_id",
    "number_in_job",
    "original_attempt_run_id",
    "start_time",
    "trigger",
    "run_type",
    "creator_user_name",
];
/// What a run has of the settings of its job as they were at its start.
const OF_JOB: [&str; 3] = ["task", "cluster_spec", "run_name"];

pub(super) const ORACLE: Oracle = Oracle {
    rules: || {
        vec![
            LIST_EQUALS,
            OUTPUT_EQUALS,
            THREE_VIEWS,
            IDENTITY,
            SPEC,
            RESET_FUTURE,
            UPDATE_FUTURE,
            INSTANCE,
            CONTEXT,
            RUN_DURATION,
        ]
    },
    judge,
};

fn judge(facts: &Facts<'_>, tally: &mut Tally) {
    for run in facts.runs.values() {
        views(run, tally);
        kept(facts, run, tally);
        instance(run, tally);
        context(run, tally);
        for sight in &run.sights {
            let duration = sight.integer("run_duration").unwrap_or(0);
            tally.judge(RUN_DURATION, duration == 0, || {
                Proof::new(&[sight.entry])
                    .at(Pointer::root().join("run_duration"))
                    .expected("nothing: the run has one task")
                    .got(duration.to_string())
            });
        }
    }
}

/// Between two gets that show the same, the other views show it too.
fn views(run: &Run<'_>, tally: &mut Tally) {
    let gets: Vec<_> = run.sights.iter().filter(|sight| sight.view == Endpoint::RunsGet).collect();
    let mut agreed = Vec::new();
    let mut differed = None;
    for sight in run.sights.iter().filter(|sight| sight.view != Endpoint::RunsGet) {
        // They are in the order of their answers.
        let (call_us, return_us) = (sight.entry.call_us(), sight.entry.return_us());
        let first = gets.partition_point(|get| get.entry.return_us() < call_us);
        let before = first.checked_sub(1).and_then(|last| gets.get(last));
        let later = gets.partition_point(|get| get.entry.return_us() <= return_us);
        let after = gets[later..].iter().find(|get| sight.entry.is_before(get.entry));
        let (Some(before), Some(after)) = (before, after) else { continue };
        if before.run != after.run {
            continue;
        }
        let rule = match sight.view {
            Endpoint::RunsList => LIST_EQUALS,
            _ => OUTPUT_EQUALS,
        };
        let gap = model::difference(&RUN, before.run, sight.run);
        if gap.is_some() {
            differed.get_or_insert((*before, sight, gap.clone()));
        }
        agreed.push(sight.view);
        let evidence = [before.entry, sight.entry, after.entry];
        tally.judge(rule, gap.is_none(), || told(Proof::new(&evidence), gap));
    }
    let all = [Endpoint::RunsList, Endpoint::RunsGetOutput];
    if run.ended().is_some() && all.iter().all(|view| agreed.contains(view)) {
        tally.judge(THREE_VIEWS, differed.is_none(), || match differed {
            Some((get, sight, gap)) => told(Proof::new(&[get.entry, sight.entry]), gap),
            None => Proof::new(&[]),
        });
    }
}

/// What a run was made of stays, whatever becomes of its job.
fn kept(facts: &Facts<'_>, run: &Run<'_>, tally: &mut Tally) {
    for view in [Endpoint::RunsGet, Endpoint::RunsList] {
        let sights: Vec<_> = run.sights.iter().filter(|sight| sight.view == view).collect();
        for pair in sights.windows(2) {
            let [first, second] = [pair[0], pair[1]];
            let differs = STAMPED.into_iter().find(|name| lost(first, second, name));
            judge_pair(IDENTITY, first, second, differs, tally);
            let write = facts
                .job_of(run)
                .into_iter()
                .flat_map(|job| &job.writes)
                .find(|write| first.entry.is_before(write) && write.is_before(second.entry));
            let differs = OF_JOB.into_iter().find(|name| lost(first, second, name));
            match write.and_then(|write| write.endpoint()) {
                Some(Endpoint::Reset) => judge_pair(RESET_FUTURE, first, second, differs, tally),
                Some(Endpoint::Update) => judge_pair(UPDATE_FUTURE, first, second, differs, tally),
                _ => {
                    let differs = differs.filter(|name| *name == "cluster_spec");
                    judge_pair(SPEC, first, second, differs, tally);
                }
            }
        }
    }
}

/// Whether a field that was there is gone or another.
fn lost(first: &RunSight<'_>, second: &RunSight<'_>, name: &str) -> bool {
    first.run.contains_key(name) && first.run.get(name) != second.run.get(name)
}

fn judge_pair(
    rule: &'static str,
    first: &RunSight<'_>,
    second: &RunSight<'_>,
    differs: Option<&'static str>,
    tally: &mut Tally,
) {
    tally.judge(rule, differs.is_none(), || {
        let name = differs.unwrap_or_default();
        Proof::new(&[first.entry, second.entry])
            .at(Pointer::root().join(name))
            .expected(format!("{}, as before", text(first.run, name)))
            .got(text(second.run, name))
    });
}

fn text(run: &Map<String, Value>, name: &str) -> String {
    run.get(name).map_or("nothing".to_owned(), |value| cut(&value.to_string()))
}

/// The cluster of a run, and the context in it, are there once they are known, and stay.
fn instance(run: &Run<'_>, tally: &mut Tally) {
    for name in ["cluster_id", "spark_context_id"] {
        let shown = |sight: &RunSight<'_>| sight.run.get("cluster_instance")?.get(name).cloned();
        let Some(first) = run.sights.iter().find(|sight| shown(sight).is_some()) else { continue };
        for sight in run.sights.iter().filter(|sight| first.entry.is_before(sight.entry)) {
            tally.judge(INSTANCE, shown(sight) == shown(first), || {
                let text = |value: Option<Value>| {
                    value.map_or("nothing".to_owned(), |value| cut(&value.to_string()))
                };
                Proof::new(&[first.entry, sight.entry])
                    .at(Pointer::root().join("cluster_instance").join(name))
                    .expected(format!("{}, as before", text(shown(first))))
                    .got(text(shown(sight)))
            });
        }
    }
}

/// A run that was seen running before has a Spark context by now, if it has a cluster: not all tasks run on one.
fn context(run: &Run<'_>, tally: &mut Tally) {
    let mut running = run.sights.iter().filter(|sight| sight.state == Some(Running));
    let Some(first) = running.next() else { return };
    for sight in running.filter(|sight| first.entry.is_before(sight.entry)) {
        let Some(instance) = sight.run.get("cluster_instance").and_then(Value::as_object) else {
            continue;
        };
        let shown = instance.get("spark_context_id");
        let is_there = shown.and_then(Value::as_str).is_some_and(|id| !id.is_empty());
        tally.judge(CONTEXT, is_there, || {
            Proof::new(&[first.entry, sight.entry])
                .at(Pointer::root().join("cluster_instance").join("spark_context_id"))
                .expected("the Spark context in which it runs")
                .got(shown.map_or("nothing".to_owned(), |value| cut(&value.to_string())))
        });
    }
}
