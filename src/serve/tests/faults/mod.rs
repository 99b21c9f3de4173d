//! Each fault beside the sound workspace: the same few calls to both, and what a client sees of them.

mod ends;
mod http;
mod jobs;
mod launches;
mod lists;
mod runs;

use std::collections::BTreeSet;

use super::*;
use crate::serve::Fault;

/// A fault, calls that show it, and what they show of a sound and of a faulty workspace.
struct Case {
    fault: &'static str,
    play: fn(&mut Trial) -> Value,
    sound: Value,
    faulty: Value,
}

fn case(fault: &'static str, play: fn(&mut Trial) -> Value, sound: Value, faulty: Value) -> Case {
    Case { fault, play, sound, faulty }
}

fn cases() -> impl Iterator<Item = Case> {
    [jobs::cases, launches::cases, lists::cases, runs::cases, ends::cases, http::cases]
        .into_iter()
        .flat_map(|cases| cases())
}

#[test]
fn each_is_seen_beside_a_sound_workspace() {
    for Case { fault, play, sound, faulty } in cases() {
        assert_eq!(play(&mut Trial::new(Vec::new())), sound, "without {fault}");
        let fault = Fault::parse(fault).unwrap();
        assert_eq!(play(&mut Trial::new(vec![fault])), faulty, "with {fault}");
    }
}

#[test]
fn none_is_forgotten() {
    let shown: BTreeSet<_> = cases().map(|case| case.fault.to_owned()).collect();
    let all: BTreeSet<_> = Fault::all().map(|fault| fault.name().into_owned()).collect();
    assert_eq!(shown, all);
}

/// A workspace with a manual clock, and someone who calls it and believes nothing.
struct Trial {
    workspace: Workspace,
    /// What time it is outside.
    now_us: u64,
}

impl Trial {
    fn new(faults: Vec<Fault>) -> Self {
        let phases = Phases {
            pending_ms: PENDING_MS,
            running_ms: RUNNING_MS,
            terminating_ms: TERMINATING_MS,
        };
        let options = Options { clock: Clock::Manual, phases, faults, ..Options::default() };
        Self { workspace: Workspace::new(options), now_us: 0 }
    }

    /// Lets time pass, inside and outside.
    fn pass(&mut self, ms: u64) {
        self.workspace.advance(ms).unwrap();
        self.now_us += ms * 1000;
    }

    fn send(&mut self, request: &Request) -> (u16, Value) {
        let response = self.workspace.answer(request, self.now_us).response;
        (response.status, body(&response))
    }

    fn ask(&mut self, endpoint: Endpoint, arguments: Value) -> (u16, Value) {
        self.send(&request(endpoint, &arguments))
    }

    /// The body of an answer.
    fn tell(&mut self, endpoint: Endpoint, arguments: Value) -> Value {
        self.ask(endpoint, arguments).1
    }

    /// The status of an answer.
    fn status(&mut self, endpoint: Endpoint, arguments: Value) -> u16 {
        self.ask(endpoint, arguments).0
    }

    fn job(&mut self, path: &str, more: Value) -> i64 {
        let mut settings = notebook(path);
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let created = self.tell(Create, settings)["job_id"].clone();
        created.as_i64().unwrap_or(1)
    }

    fn settings(&mut self, job_id: i64) -> Value {
        self.tell(Get, json!({"job_id": job_id}))["settings"].take()
    }

    fn run_now(&mut self, job_id: i64) -> i64 {
        self.tell(RunNow, json!({"job_id": job_id}))["run_id"].as_i64().unwrap()
    }

    /// A new job and a run of it.
    fn run_of(&mut self, path: &str, more: Value) -> i64 {
        let job_id = self.job(path, more);
        self.run_now(job_id)
    }

    fn submit(&mut self, path: &str, more: Value) -> i64 {
        let mut submit = notebook(path);
        submit.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.tell(RunsSubmit, submit)["run_id"].as_i64().unwrap()
    }

    fn run(&mut self, run_id: i64) -> Value {
        self.tell(RunsGet, json!({"run_id": run_id}))
    }

    /// The state of a run in one word or two, `gone` if it has none.
    fn state(&mut self, run_id: i64) -> String {
        let state = self.run(run_id)["state"].take();
        let life = state["life_cycle_state"].as_str().unwrap_or("gone");
        match state["result_state"].as_str() {
            Some(result) => format!("{life} {result}"),
            None => life.to_owned(),
        }
    }

    /// The runs that a list shows, without that they are far from 0.
    fn listed(&mut self, arguments: Value) -> Vec<i64> {
        let list = self.tell(RunsList, arguments);
        let runs = list["runs"].as_array().cloned().unwrap_or_default();
        runs.iter().map(|run| run["run_id"].as_i64().unwrap() - 1_000_000).collect()
    }
}

/// Settings with which a notebook runs.
fn notebook(path: &str) -> Value {
    json!({"existing_cluster_id": "c", "notebook_task": {"notebook_path": path}})
}

/// A notebook that goes on for long.
const SLOW: &str = "/jobdeck/sleep/1000000";
