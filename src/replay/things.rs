//! What exchanges are about: jobs, runs, tokens and lists, and what an answer shows of them.

use std::{borrow::Cow, collections::HashMap};

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::question::Question;
use crate::{
    contract::{self, Endpoint, LifeCycleState},
    json::canonical,
};

/// A thing with an identity. The life of a job or run is apart from its state: a write that only needs a
/// job to be there reads its life.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Thing {
    Job(i64),
    JobLife(i64),
    Run(i64),
    RunLife(i64),
    Token(String),
    JobList,
    /// The runs of all jobs.
    RunList,
    RunListOf(i64),
}

/// The number of a thing on one tape.
pub(super) type ThingId = u32;

/// Numbers for things.
#[derive(Debug, Default)]
pub(super) struct Things {
    ids: HashMap<Thing, ThingId>,
}

impl Things {
    /// The number of a thing, which is new if it has none.
    pub(super) fn id(&mut self, thing: Thing) -> ThingId {
        // Each takes many bytes of a cassette, so there are never 2^32 of them.
        let new = ThingId::try_from(self.ids.len()).unwrap_or(ThingId::MAX);
        *self.ids.entry(thing).or_insert(new)
    }

    /// Whether the tape knows it.
    pub(super) fn knows(&self, thing: &Thing) -> bool {
        self.ids.contains_key(thing)
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }
}

/// The things whose state the answer to a question depends on. They follow from the question alone.
pub(super) fn reads(question: &Question, things: &mut Things) -> Vec<ThingId> {
    let Some(endpoint) = question.endpoint else { return Vec::new() };
    let (job, run) = (question.integer("job_id"), question.integer("run_id"));
    let effect = endpoint.effect();
    let read = effect.reads.iter().filter_map(|thing| match thing {
        contract::Thing::Job => job.map(Thing::Job),
        contract::Thing::Run => run.map(Thing::Run),
        contract::Thing::Token => question.token().map(|token| Thing::Token(token.to_owned())),
        contract::Thing::JobList => Some(Thing::JobList),
        contract::Thing::RunList => Some(job.map_or(Thing::RunList, Thing::RunListOf)),
        contract::Thing::ActiveRuns | contract::Thing::JobRuns => None,
    });
    let needed = effect.needs.iter().filter_map(|thing| match thing {
        contract::Thing::Job => job.map(Thing::JobLife),
        contract::Thing::Run => run.map(Thing::RunLife),
        _ => None,
    });
    read.chain(needed).map(|thing| things.id(thing)).collect()
}

/// What a successful answer tells.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The job that it names at its top.
    pub(super) job: Option<i64>,
    /// The run that it names at its top.
    pub(super) run: Option<i64>,
    /// Every run that it shows.
    pub(super) runs: Vec<RunSeen>,
    /// A text for the settings of the one job that it shows.
    pub(super) settings: Option<String>,
    /// The jobs that it lists.
    pub(super) jobs: Vec<i64>,
    /// Whether there is more than it lists.
    pub(super) has_more: bool,
}

/// A run as an answer shows it.
#[derive(Clone, Debug)]
pub(super) struct RunSeen {
    pub(super) run: i64,
    pub(super) job: Option<i64>,
    /// The life-cycle state and the result, as written; none if the state is not shown.
    pub(super) state: Option<(String, String)>,
}

impl RunSeen {
    pub(super) fn life_cycle(&self) -> Option<LifeCycleState> {
        LifeCycleState::from_name(&self.state.as_ref()?.0)
    }
}

#[derive(Default, Deserialize)]
struct Wire<'a> {
    #[serde(borrow)]
    job_id: Option<&'a RawValue>,
    #[serde(borrow)]
    run_id: Option<&'a RawValue>,
    #[serde(borrow)]
    state: Option<WireState<'a>>,
    #[serde(borrow)]
    settings: Option<&'a RawValue>,
    #[serde(borrow)]
    metadata: Option<WireRun<'a>>,
    #[serde(borrow)]
    runs: Option<Vec<WireRun<'a>>>,
    #[serde(borrow)]
    jobs: Option<Vec<WireJob<'a>>>,
    has_more: Option<bool>,
}

#[derive(Deserialize)]
struct WireRun<'a> {
    #[serde(borrow)]
    job_id: Option<&'a RawValue>,
    #[serde(borrow)]
    run_id: Option<&'a RawValue>,
    #[serde(borrow)]
    state: Option<WireState<'a>>,
}

#[derive(Deserialize)]
struct WireJob<'a> {
    #[serde(borrow)]
    job_id: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct WireState<'a> {
    #[serde(borrow)]
    life_cycle_state: Option<Cow<'a, str>>,
    #[serde(borrow)]
    result_state: Option<Cow<'a, str>>,
}

/// Reads the body of a success. What is not in the documented form tells nothing.
pub(super) fn told(endpoint: Endpoint, body: &[u8]) -> Told {
    let Ok(wire) = serde_json::from_slice::<Wire<'_>>(body) else { return Told::default() };
    let mut told = Told {
        job: wire.job_id.and_then(id),
        run: wire.run_id.and_then(id),
        has_more: wire.has_more == Some(true),
        ..Told::default()
    };
    match endpoint {
        Endpoint::RunsGet => {
            let top = WireRun { job_id: wire.job_id, run_id: wire.run_id, state: wire.state };
            told.runs.extend(seen(&top));
        }
        Endpoint::RunsGetOutput => told.runs.extend(wire.metadata.as_ref().and_then(seen)),
        Endpoint::RunsList => told.runs.extend(wire.runs.iter().flatten().filter_map(seen)),
        Endpoint::List => {
            told.jobs.extend(wire.jobs.iter().flatten().filter_map(|job| id(job.job_id?)));
        }
        Endpoint::Get => {
            told.settings = wire.settings.map(|raw| {
                serde_json::from_str::<Value>(raw.get())
                    .map_or_else(|_| raw.get().to_owned(), |value| canonical(&value))
            });
        }
        _ => {}
    }
    told
}

fn seen(run: &WireRun<'_>) -> Option<RunSeen> {
    let state = run.state.as_ref().and_then(|state| {
        let life_cycle = state.life_cycle_state.as_ref()?.to_string();
        Some((life_cycle, state.result_state.as_deref().unwrap_or_default().to_owned()))
    });
    Some(RunSeen { run: id(run.run_id?)?, job: run.job_id.and_then(id), state })
}

/// An id, as a number or as text.
fn id(raw: &RawValue) -> Option<i64> {
    raw.get().trim_matches('"').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_tell_of_runs_and_jobs() {
        let body = br#"{"runs":[{"run_id":"9223372036854775807","job_id":1,
            "state":{"life_cycle_state":"RUNNING","state_message":""}},{"run_id":2}],"has_more":true}"#;
        let told = told(Endpoint::RunsList, body);
        assert!(told.has_more);
        assert_eq!(told.runs[0].run, i64::MAX);
        assert_eq!(told.runs[0].job, Some(1));
        assert_eq!(told.runs[0].life_cycle(), Some(LifeCycleState::Running));
        assert_eq!(told.runs[1].life_cycle(), None);
    }

    #[test]
    fn other_forms_tell_nothing() {
        for body in ["", "[]", "null", r#"{"runs":7}"#, r#"{"run_id":{}}"#, "<html>"] {
            assert!(told(Endpoint::RunsGet, body.as_bytes()).runs.is_empty(), "{body}");
        }
    }
}
