//! What probes say to a session, in few words.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{
    profile::Fragment,
    program::{Act, Form, Poll, Until},
    session::{Going, Session, Stop, object},
    target::BASE_PATH,
};
use crate::{contract::Endpoint, oracle::Expect};

impl Session<'_, '_> {
    pub(super) fn send(&mut self, form: Form) -> Going<usize> {
        Ok(self.perform(Act::Call(form))?[0])
    }

    pub(super) fn call(&mut self, endpoint: Endpoint, arguments: Value) -> Going<usize> {
        self.send(Form::new(endpoint, object(arguments)))
    }

    /// A request about which all is right, for a rule that says so.
    pub(super) fn must(
        &mut self,
        rule: &'static str,
        endpoint: Endpoint,
        arguments: Value,
    ) -> Going<usize> {
        self.send(Form::new(endpoint, object(arguments)).marked(rule, Expect::Done))
    }

    pub(super) fn together(&mut self, forms: Vec<Form>) -> Going<Vec<usize>> {
        self.perform(Act::Together(forms))
    }

    pub(super) fn wait(&mut self, duration: Duration) -> Going<()> {
        let ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        self.perform(Act::WaitMs(ms)).map(drop)
    }

    /// Settings of a job with a task, under a name of its own.
    pub(super) fn settings(&mut self, task: Option<&Fragment>) -> Map<String, Value> {
        let mut settings = self.profile().settings(task);
        settings.insert("name".to_owned(), self.name("job").into());
        settings
    }

    /// A job whose runs are all skipped, with these settings beside its name, cluster and task.
    pub(super) fn idle_job(&mut self, more: Value) -> Going<i64> {
        let mut settings = self.settings(None);
        settings.insert("max_concurrent_runs".to_owned(), 0.into());
        settings.extend(object(more));
        self.create(settings)
    }

    /// A job with a task, with these settings beside its name and cluster.
    pub(super) fn job(&mut self, task: Option<&Fragment>, more: Value) -> Going<i64> {
        let mut settings = self.settings(task);
        settings.extend(object(more));
        self.create(settings)
    }

    /// A job with these settings. Where one that allows no run is refused and nobody is harmed, one that allows one
    /// does as well.
    pub(super) fn create(&mut self, settings: Map<String, Value>) -> Going<i64> {
        let none = settings.get("max_concurrent_runs") == Some(&0.into());
        let is_new = none && !self.bench.terms.allows_one && self.bench.is_harmless();
        let mut index = self.call(Endpoint::Create, settings.clone().into())?;
        if is_new && self.entry(index).is_refused() {
            self.bench.terms.allows_one = true;
            let again = self.call(Endpoint::Create, settings.into())?;
            // Otherwise it was something else.
            self.bench.terms.allows_one = self.is_done(again);
            index = again;
        }
        self.given(index, "job_id")
    }

    pub(super) fn start(&mut self, job_id: i64) -> Going<i64> {
        self.start_with(job_id, json!({}))
    }

    pub(super) fn start_with(&mut self, job_id: i64, more: Value) -> Going<i64> {
        let mut arguments = object(json!({"job_id": job_id}));
        arguments.extend(object(more));
        let index = self.call(Endpoint::RunNow, arguments.into())?;
        self.given(index, "run_id")
    }

    /// Submits a run with a task under a name of its own.
    pub(super) fn submit(&mut self, task: Option<&Fragment>, more: Value) -> Going<i64> {
        let arguments = self.submission(task, more);
        let index = self.call(Endpoint::RunsSubmit, arguments.into())?;
        self.given(index, "run_id")
    }

    /// The arguments of such a submit.
    pub(super) fn submission(
        &mut self,
        task: Option<&Fragment>,
        more: Value,
    ) -> Map<String, Value> {
        let mut arguments = self.profile().settings(task);
        arguments.insert("run_name".to_owned(), self.name("run").into());
        arguments.extend(object(more));
        arguments
    }

    /// The id in an answer, which a probe cannot do without.
    pub(super) fn given(&self, index: usize, name: &str) -> Going<i64> {
        let entry = self.entry(index);
        let id = entry.done().and_then(|body| body.get(name)?.as_i64());
        id.ok_or_else(|| {
            let request = entry.request();
            let path = request.path();
            // Below which path the endpoints stand is the target's affair.
            let path = path.strip_prefix(BASE_PATH).map_or(path, |path| path.trim_matches('/'));
            let method = &request.method;
            // What a body says is for the oracles, and for nobody's terminal.
            let status = entry.exchange.response.as_ref().map(|response| response.status);
            let answer = status.map_or("no whole answer".to_owned(), |status| status.to_string());
            Stop::Unusable(format!("{method} {path} gave no {name}, but {answer}"))
        })
    }

    pub(super) fn get(&mut self, job_id: i64) -> Going<usize> {
        self.call(Endpoint::Get, json!({"job_id": job_id}))
    }

    pub(super) fn get_run(&mut self, run_id: i64) -> Going<usize> {
        self.call(Endpoint::RunsGet, json!({"run_id": run_id}))
    }

    pub(super) fn list_runs(&mut self, job_id: i64) -> Going<usize> {
        self.call(Endpoint::RunsList, json!({"job_id": job_id}))
    }

    pub(super) fn poll(&mut self, run_id: i64, until: Until, within: Duration) -> Going<String> {
        let within_ms = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
        let poll = Poll { run_id: run_id.into(), until, within_ms };
        let entries = self.perform(Act::Poll(poll))?;
        let body = entries.last().map(|index| self.body(*index)).unwrap_or_default();
        let state = body.pointer("/state/life_cycle_state").and_then(Value::as_str);
        Ok(state.unwrap_or_default().to_owned())
    }

    /// Polls a run of a short task to its end.
    pub(super) fn settle(&mut self, run_id: i64) -> Going<String> {
        let within = self.profile().deadlines().settle;
        self.poll(run_id, Until::Ended, within)
    }

    /// Polls a run that was stopped to its end.
    pub(super) fn stopped(&mut self, run_id: i64) -> Going<String> {
        let within = self.profile().deadlines().cancel;
        self.poll(run_id, Until::Ended, within)
    }

    /// Polls a run of a slow task with a timeout of a second to its end.
    pub(super) fn timed_out(&mut self, run_id: i64) -> Going<String> {
        let within = self.profile().deadlines().cancel + Duration::from_secs(2);
        self.poll(run_id, Until::Ended, within)
    }

    /// Polls a run that is to be skipped.
    pub(super) fn skipped(&mut self, run_id: i64) -> Going<String> {
        let within = self.profile().deadlines().skip;
        self.poll(run_id, Until::Ended, within)
    }

    /// Polls a run until its task has begun.
    pub(super) fn begun(&mut self, run_id: i64) -> Going<String> {
        let within = self.profile().deadlines().settle;
        self.poll(run_id, Until::Begun, within)
    }
}
