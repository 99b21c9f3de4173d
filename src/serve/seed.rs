//! What a recording knows of jobs and runs, and how a workspace comes to know it too.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;

use super::{
    Workspace,
    jobs::{Job, new_settings},
    run::{Assignment, Run, RunType, Stage, Trigger},
    runs::Filter,
    settings::{self, Object},
};
use crate::{
    call::{self, Call},
    contract::{Endpoint, LifeCycleState, ResultState, structures::JOB_SETTINGS},
    exchange::{Exchange, Outcome},
};

/// The last moment of the year 9999, in milliseconds since 1970: what is written as one or as a duration is never
/// taken for more.
const MOMENT_MAX_MS: i64 = 253_402_300_799_999;

/// Jobs and runs as a recording last shows them, those that it removes included.
#[derive(Clone, Debug, Default)]
pub struct Seed {
    jobs: BTreeMap<i64, SeenJob>,
    runs: BTreeMap<i64, SeenRun>,
    /// The greatest ids of a job and of a run that anybody names, whether there is one or not.
    named_job: i64,
    named_run: i64,
}

#[derive(Clone, Debug, Default)]
struct SeenJob {
    settings: Object,
    created_ms: i64,
}

#[derive(Clone, Debug, Default)]
struct SeenRun {
    /// What started it, if that was a submit.
    submit: Option<Object>,
    /// The fields that were shown last.
    shown: Object,
}

impl Seed {
    /// What these exchanges show. Those of several recordings can follow each other: what is shown later holds.
    pub fn of<'a>(exchanges: impl IntoIterator<Item = &'a Exchange>) -> Self {
        let mut seed = Self::default();
        for exchange in exchanges {
            let call = call::read(&exchange.request);
            let named = |name| call.as_ref().ok().and_then(|call| call.integer(name)).unwrap_or(0);
            seed.named_job = seed.named_job.max(named("job_id"));
            seed.named_run = seed.named_run.max(named("run_id"));
            let whole = exchange
                .response
                .as_ref()
                .filter(|response| exchange.outcome == Outcome::Complete && response.is_success());
            let Some(response) = whole else { continue };
            let answer = serde_json::from_slice(response.body.bytes());
            if let (Ok(call), Ok(Value::Object(answer))) = (call, answer) {
                seed.learn(&call, answer);
            }
        }
        seed
    }

    fn learn(&mut self, call: &Call, mut answer: Object) {
        let id = |name: &str| answer.get(name).and_then(Value::as_i64);
        match call.endpoint {
            Endpoint::Create => {
                let settings = settings::known(call.endpoint.signature().request, &call.arguments);
                self.job(id("job_id"), |job| job.settings = settings);
            }
            Endpoint::Reset => {
                self.job(call.integer("job_id"), |job| job.settings = new_settings(call));
            }
            Endpoint::Update => {
                let set = new_settings(call);
                self.job(call.integer("job_id"), |job| {
                    // What the service took, and this cannot follow, a later answer shows.
                    if let Ok(updated) = settings::updated(&job.settings, &set, &[]) {
                        job.settings = updated;
                    }
                });
            }
            Endpoint::Get => self.see_job(&answer),
            Endpoint::List => list(&mut answer, "jobs").for_each(|job| self.see_job(&job)),
            Endpoint::RunNow => {
                let job_id = call.arguments.get("job_id").cloned();
                answer.extend(job_id.map(|job_id| ("job_id".to_owned(), job_id)));
                self.see_run(answer);
            }
            Endpoint::RunsSubmit => {
                let given = settings::known(call.endpoint.signature().request, &call.arguments);
                if let Some(run_id) = id("run_id") {
                    self.runs.entry(run_id).or_default().submit = Some(given);
                }
            }
            Endpoint::RunsGet => self.see_run(answer),
            Endpoint::RunsGetOutput => {
                if let Some(Value::Object(run)) = answer.remove("metadata") {
                    self.see_run(run);
                }
            }
            Endpoint::RunsList => list(&mut answer, "runs").for_each(|run| self.see_run(run)),
            _ => {}
        }
    }

    fn job(&mut self, job_id: Option<i64>, change: impl FnOnce(&mut SeenJob)) {
        if let Some(job_id) = job_id {
            change(self.jobs.entry(job_id).or_default());
        }
    }

    fn see_job(&mut self, shown: &Object) {
        let settings = shown.get("settings").and_then(Value::as_object);
        let Some(settings) = settings else { return };
        self.job(integer(shown, "job_id"), |job| {
            job.settings = settings::known(&JOB_SETTINGS, settings);
            job.created_ms = millis(shown, "created_time");
        });
    }

    fn see_run(&mut self, shown: Object) {
        if let Some(run_id) = integer(&shown, "run_id") {
            self.runs.entry(run_id).or_default().shown.extend(shown);
        }
    }

    /// The latest moment that it shows, in milliseconds since 1970; 0 if it shows none.
    fn latest_ms(&self) -> i64 {
        let of_runs = self.runs.values().flat_map(|run| {
            ["start_time", "end_time"].into_iter().map(|name| millis(&run.shown, name))
        });
        self.jobs.values().map(|job| job.created_ms).chain(of_runs).max().unwrap_or(0)
    }
}

impl SeenRun {
    /// The run that was seen, its moments moved by so many milliseconds. It begins at `present_ms` if nobody has seen
    /// when.
    fn run(self, id: i64, jobs: &BTreeMap<i64, SeenJob>, later_ms: i64, present_ms: i64) -> Run {
        let Self { submit, shown } = self;
        // A number of 32 bits, behind which there is room to count on.
        let count = |name: &str| integer(&shown, name).unwrap_or(0).clamp(0, i64::from(i32::MAX));
        let moment =
            |name: &str| Some(millis(&shown, name)).filter(|ms| *ms > 0).map(|ms| ms + later_ms);
        let job_id = integer(&shown, "job_id").unwrap_or(0);
        let is_submit = submit.is_some() || text(&shown, "run_type") == RunType::Submit.name();
        let of_job = jobs.get(&job_id).map(|job| job.settings.clone());
        let mut given = submit.or(of_job).unwrap_or_default();
        for part in ["task", "cluster_spec"] {
            given.extend(shown.get(part).and_then(Value::as_object).cloned().unwrap_or_default());
        }
        let assignment = if is_submit {
            Assignment::of_submit(&given)
        } else {
            let parameters = shown.get("overriding_parameters").and_then(Value::as_object);
            Assignment::of_job(&given, Trigger::OneTime, parameters.cloned())
        };
        let start_ms = moment("start_time").unwrap_or(present_ms);
        let end_ms = moment("end_time").unwrap_or_else(|| {
            let took = ["setup_duration", "execution_duration", "cleanup_duration"];
            start_ms + took.into_iter().map(|name| millis(&shown, name)).sum::<i64>()
        });
        Run {
            id,
            job_id,
            number_in_job: count("number_in_job").max(1),
            original_attempt_run_id: integer(&shown, "original_attempt_run_id").unwrap_or(id),
            attempt_number: count("attempt_number"),
            timeout_ms: None,
            start_ms,
            begin_ms: start_ms,
            other_run_id: None,
            stage: stage(&shown, start_ms, end_ms, settings::max_concurrent_runs(&given)),
            assignment: Arc::new(assignment),
        }
    }
}

/// How far a run is that was shown so. One that was active when it was last seen goes on from its beginning.
fn stage(shown: &Object, start_ms: i64, end_ms: i64, limit: i64) -> Stage {
    let state = shown.get("state").and_then(Value::as_object).cloned().unwrap_or_default();
    match LifeCycleState::from_name(text(&state, "life_cycle_state")) {
        Some(LifeCycleState::Skipped) => Stage::Skipped { limit },
        Some(state_) if state_.is_terminal() => {
            let result = ResultState::from_name(text(&state, "result_state"));
            Stage::Terminated {
                ran_from_ms: Some((start_ms + millis(shown, "setup_duration")).min(end_ms)),
                cleaned_from_ms: (end_ms - millis(shown, "cleanup_duration")).max(start_ms),
                end_ms,
                result: result.unwrap_or(ResultState::Failed),
            }
        }
        _ => Stage::Pending,
    }
}

impl Workspace {
    /// Makes known what a recording shows, as if the last of it had just been seen at `now_us` (microseconds since
    /// 1970). The ids of what is made from then on are others. Schedules that were recorded do not fire.
    pub fn adopt(&mut self, seed: Seed, now_us: u64) {
        self.follow(now_us);
        let present_ms = self.timeline.now_ms();
        let later_ms = present_ms - seed.latest_ms();
        let Seed { jobs, runs, named_job, named_run } = seed;
        self.state.jobs.know(named_job);
        self.state.runs.know(named_run);
        for (run_id, seen) in runs {
            let run = seen.run(run_id, &jobs, later_ms, present_ms);
            self.state.agenda.plan_step(run_id, self.due_ms(&run));
            self.state.jobs.know(run.job_id);
            self.state.runs.know(run_id);
            self.state.runs.insert(run);
        }
        for (job_id, SeenJob { settings, created_ms }) in jobs {
            let of_job = Filter { job_id: Some(job_id), ..Filter::default() };
            let runs_started = self.state.runs.matching(of_job, 0).map(|run| run.number_in_job);
            let job = Job {
                settings: Arc::new(settings),
                created_ms: if created_ms > 0 { created_ms + later_ms } else { present_ms },
                runs_started: runs_started.max().unwrap_or(0),
            };
            self.state.jobs.know(job_id);
            self.state.jobs.saved.insert(job_id, job);
        }
        self.catch_up();
    }
}

fn list(answer: &mut Object, name: &str) -> impl Iterator<Item = Object> + use<> {
    let Some(Value::Array(items)) = answer.remove(name) else { return Vec::new().into_iter() };
    let objects = items.into_iter().filter_map(|item| match item {
        Value::Object(object) => Some(object),
        _ => None,
    });
    objects.collect::<Vec<_>>().into_iter()
}

fn integer(object: &Object, name: &str) -> Option<i64> {
    object.get(name).and_then(Value::as_i64)
}

/// A moment or a duration, in milliseconds; 0 if there is none.
fn millis(object: &Object, name: &str) -> i64 {
    integer(object, name).unwrap_or(0).clamp(0, MOMENT_MAX_MS)
}

fn text<'a>(object: &'a Object, name: &str) -> &'a str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}
