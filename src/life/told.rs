//! What a successful answer tells of jobs and runs.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use crate::{
    contract::{Endpoint, LifeCycleState},
    json::canonical,
};

/// What a successful answer tells.
#[derive(Debug, Default)]
pub struct Told {
    /// The job that it names at its top.
    pub job: Option<i64>,
    /// The run that it names at its top.
    pub run: Option<i64>,
    /// Every run that it shows.
    pub runs: Vec<RunSeen>,
    /// A text for the settings of the one job that it shows.
    pub settings: Option<String>,
    /// The jobs that it lists.
    pub jobs: Vec<i64>,
    /// Whether there is more than it lists.
    pub has_more: bool,
}

/// A run as an answer shows it.
#[derive(Clone, Debug)]
pub struct RunSeen {
    /// Its id.
    pub run: i64,
    /// The job that it belongs to, if that is shown.
    pub job: Option<i64>,
    /// The life-cycle state and the result, as written; none if the state is not shown.
    pub state: Option<(String, String)>,
}

impl RunSeen {
    /// Where it stands, if that is shown and is a state of the contract.
    pub fn life_cycle(&self) -> Option<LifeCycleState> {
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
pub fn told(endpoint: Endpoint, body: &[u8]) -> Told {
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
