//! A workspace for faults and variants, and short ways to ask it.

use super::*;
use crate::exchange::decoded;

/// A workspace with a manual clock, and someone who calls it and believes nothing.
pub(super) struct Trial {
    pub(super) workspace: Workspace,
    /// What time it is outside.
    pub(super) now_us: u64,
}

impl Trial {
    pub(super) fn new(options: Options) -> Self {
        let phases = Phases {
            pending_ms: PENDING_MS,
            running_ms: RUNNING_MS,
            terminating_ms: TERMINATING_MS,
        };
        let options = Options { clock: Clock::Manual, phases, ..options };
        Self { workspace: Workspace::new(options), now_us: 0 }
    }

    /// Lets time pass, inside and outside.
    pub(super) fn pass(&mut self, ms: u64) {
        self.workspace.advance(ms).unwrap();
        self.now_us += ms * 1000;
    }

    pub(super) fn send(&mut self, request: &Request) -> (u16, Value) {
        let response = self.workspace.answer(request, self.now_us).response;
        let body = decoded(&response.headers, response.body.bytes()).unwrap();
        (response.status, serde_json::from_slice(&body).unwrap())
    }

    pub(super) fn ask(&mut self, endpoint: Endpoint, arguments: Value) -> (u16, Value) {
        self.send(&request(endpoint, &arguments))
    }

    /// The body of an answer.
    pub(super) fn tell(&mut self, endpoint: Endpoint, arguments: Value) -> Value {
        self.ask(endpoint, arguments).1
    }

    /// The status of an answer.
    pub(super) fn status(&mut self, endpoint: Endpoint, arguments: Value) -> u16 {
        self.ask(endpoint, arguments).0
    }

    pub(super) fn job(&mut self, path: &str, more: Value) -> i64 {
        let mut settings = notebook(path);
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let created = self.tell(Create, settings)["job_id"].clone();
        created.as_i64().unwrap_or(1)
    }

    pub(super) fn settings(&mut self, job_id: i64) -> Value {
        self.tell(Get, json!({"job_id": job_id}))["settings"].take()
    }

    pub(super) fn run_now(&mut self, job_id: i64) -> i64 {
        self.tell(RunNow, json!({"job_id": job_id}))["run_id"].as_i64().unwrap()
    }

    /// A new job and a run of it.
    pub(super) fn run_of(&mut self, path: &str, more: Value) -> i64 {
        let job_id = self.job(path, more);
        self.run_now(job_id)
    }

    pub(super) fn submit(&mut self, path: &str, more: Value) -> i64 {
        let mut submit = notebook(path);
        submit.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.tell(RunsSubmit, submit)["run_id"].as_i64().unwrap()
    }

    pub(super) fn run(&mut self, run_id: i64) -> Value {
        self.tell(RunsGet, json!({"run_id": run_id}))
    }

    /// The state of a run in one word or two, `gone` if it has none.
    pub(super) fn state(&mut self, run_id: i64) -> String {
        let state = self.run(run_id)["state"].take();
        let life = state["life_cycle_state"].as_str().unwrap_or("gone");
        match state["result_state"].as_str() {
            Some(result) => format!("{life} {result}"),
            None => life.to_owned(),
        }
    }

    /// The runs that a list shows, without that they are far from 0.
    pub(super) fn listed(&mut self, arguments: Value) -> Vec<i64> {
        let list = self.tell(RunsList, arguments);
        let runs = list["runs"].as_array().cloned().unwrap_or_default();
        runs.iter().map(|run| run["run_id"].as_i64().unwrap() - 1_000_000).collect()
    }
}

/// Settings with which a notebook runs.
pub(super) fn notebook(path: &str) -> Value {
    json!({"existing_cluster_id": "c", "notebook_task": {"notebook_path": path}})
}

/// A notebook that goes on for long.
pub(super) const SLOW: &str = "/jobdeck/sleep/1000000";
