//! What a probe works with: it sends requests, waits and makes up names; everything is noted.

use std::{collections::BTreeSet, time::Duration};

use bytes::Bytes;
use http::Method;
use serde_json::{Map, Value, json};

use super::{
    cleanup::Journal,
    profile::{Fragment, Profile},
    program::{Act, Answers, Ask, Credential, Done, Form, Poll, Program, Until, Writing, method},
    selection::Allowed,
    target::{BASE_PATH, Target},
};
use crate::{
    contract::{Endpoint, rules::Safety},
    error::Error,
    exchange::{Body, Exchange, Outcome, Request},
    net::Sent,
    oracle::{Answer, Entry, Expect, History, KnownTask, Surroundings},
};

/// How often a request is sent again that was refused for now.
const POSTPONED_MAX: u32 = 8;
/// How long a refusal for now is waited out at most.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(60);
/// After so many requests in a row without any answer, the target is gone.
const SILENCE_MAX: u32 = 5;
/// The wait of a poll at first, so that short states are seen.
const POLL_WAIT: Duration = Duration::from_millis(50);
/// After so many polls each wait is half as long again as the one before.
const POLLS_CLOSE: usize = 24;
/// The longest wait of a poll.
const POLL_WAIT_MAX: Duration = Duration::from_secs(2);
/// What nobody was ever given.
const WRONG_TOKEN: &str = "jobdeck-nobodys-token";

/// What all sessions with one target share.
pub(super) struct Bench<'t> {
    pub(super) target: &'t mut dyn Target,
    pub(super) profile: &'t Profile,
    token: String,
    /// What the names of all things made here start with.
    pub(super) prefix: String,
    pub(super) journal: Option<Journal>,
    /// Jobs that were made and not removed yet.
    pub(super) jobs: BTreeSet<i64>,
    /// Submitted runs that were made and not removed yet.
    pub(super) runs: BTreeSet<i64>,
    pub(super) requests: u64,
    /// How many jobs and submitted runs may be made; more would be a burden.
    creations_left: u32,
    last_case: u32,
    silent: u32,
    /// The time of day at the start by the target's clock, if that is known.
    pub(super) epoch_us: Option<u64>,
    /// Whether an answer carried `Via`: there is somebody between.
    pub(super) is_relayed: bool,
    /// Whether something may have been made whose id nobody knows: the answer to a create was lost.
    pub(super) is_lost: bool,
    /// What may be done to a target that could be harmed.
    pub(super) allowed: Allowed,
}

/// Why a probe cannot go on.
#[derive(Debug)]
pub(super) enum Stop {
    /// Somebody wants the check to end.
    Interrupted,
    /// The target no longer answers.
    Gone(Error),
    /// The journal cannot be written: nothing more may be made.
    Journal(Error),
    /// The target answers in a way that leaves the probe nothing to work with.
    Unusable(String),
}

pub(super) type Going<T> = Result<T, Stop>;

impl<'t> Bench<'t> {
    pub(super) fn new(
        target: &'t mut dyn Target,
        profile: &'t Profile,
        token: String,
        prefix: String,
        journal: Option<Journal>,
        creations_max: u32,
    ) -> Self {
        let epoch_us = profile.clock_is_right.then(|| target.epoch_us());
        Self {
            target,
            profile,
            token,
            prefix,
            journal,
            jobs: BTreeSet::new(),
            runs: BTreeSet::new(),
            requests: 0,
            creations_left: creations_max,
            last_case: 0,
            silent: 0,
            epoch_us,
            is_relayed: false,
            is_lost: false,
            allowed: Allowed::default(),
        }
    }

    /// What the names of a case start with.
    pub(super) fn own(&self, case: u32) -> String {
        format!("{}-{case:05}", self.prefix)
    }

    /// Whether nobody is harmed by what is done here.
    pub(super) fn is_harmless(&self) -> bool {
        self.target.is_local() && !self.is_relayed
    }

    /// Whether something may be done to the target.
    pub(super) fn permits(&self, safety: Safety) -> bool {
        self.allowed.permits(safety, self.is_harmless())
    }

    /// Whether a request may be sent that names nothing that it is done to: a wrong server could do it to
    /// what is not the check's own.
    pub(super) fn may_be_aimless(&self) -> bool {
        self.is_harmless() || self.profile.isolated || self.allowed.load
    }

    /// Sends requests at the same time, once.
    fn transmit(&mut self, requests: Vec<Request>) -> Going<Vec<Exchange>> {
        if self.target.is_interrupted() {
            return Err(Stop::Interrupted);
        }
        self.requests += requests.len() as u64;
        let sent = self.target.send(requests.clone());
        let mut exchanges = Vec::with_capacity(sent.len());
        for (request, Sent { at_us, took_us, response }) in requests.into_iter().zip(sent) {
            let outcome = if let Ok(response) = &response {
                self.silent = 0;
                self.is_relayed |= response.headers.get("via").is_some();
                Outcome::Complete
            } else {
                self.silent += 1;
                Outcome::UpstreamFailed
            };
            let response = match response {
                Err(error) if self.silent >= SILENCE_MAX => return Err(Stop::Gone(error)),
                response => response.ok(),
            };
            exchanges.push(Exchange {
                seq: self.requests,
                connection: 1,
                at_us,
                first_byte_us: None,
                took_us,
                request,
                response,
                redacted: Vec::new(),
                outcome,
            });
        }
        Ok(exchanges)
    }

    /// The request that a form comes to.
    fn request(&self, form: &Form) -> Request {
        let mut request = match &form.ask {
            Ask::Endpoint { name, arguments, writing } => write(*name, arguments, writing),
            Ask::Raw { method: name, target, body } => {
                let mut request = Request::new(method(name), target.clone());
                if !body.is_empty() {
                    request.headers.push("content-type", "application/json");
                    request.body = Body::Whole(Bytes::from(body.clone()));
                }
                request
            }
        };
        let token = match form.credential {
            Credential::Own => Some(&*self.token),
            Credential::None => None,
            Credential::Wrong => Some(WRONG_TOKEN),
        };
        if let Some(token) = token {
            request.headers.push("authorization", &format!("Bearer {token}"));
        }
        request.headers.push("accept", "*/*");
        request.headers.push("user-agent", concat!("jobdeck-check/", env!("CARGO_PKG_VERSION")));
        request
    }
}

/// A call of an endpoint: a query for a GET, JSON for a POST. What a query has no words for stands there as
/// JSON text.
fn write(endpoint: Endpoint, arguments: &Map<String, Value>, writing: &Writing) -> Request {
    let signature = endpoint.signature();
    let own = match writing {
        Writing::Method(name) => method(name),
        Writing::Plain | Writing::AsForm | Writing::Padded(_) => signature.method.clone(),
    };
    let path = format!("{BASE_PATH}/{}", signature.path);
    if own == Method::GET || own == Method::DELETE || own == Method::HEAD {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in arguments {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            query.append_pair(name, &text);
        }
        let query = query.finish();
        let target = if query.is_empty() { path } else { format!("{path}?{query}") };
        return Request::new(own, target);
    }
    let mut request = Request::new(own, path);
    let kind = match writing {
        Writing::AsForm => "application/x-www-form-urlencoded",
        Writing::Plain | Writing::Method(_) | Writing::Padded(_) => "application/json",
    };
    request.headers.push("content-type", kind);
    let mut body = Value::Object(arguments.clone()).to_string();
    if let Writing::Padded(spaces) = writing {
        body.push_str(&" ".repeat(*spaces));
    }
    request.body = Body::Whole(Bytes::from(body));
    request
}

/// One run of probes, with the history that it makes.
pub(super) struct Session<'b, 't> {
    pub(super) bench: &'b mut Bench<'t>,
    pub(super) history: History,
    pub(super) done: Vec<Done>,
    case: u32,
    names: u32,
    /// What could not be shown, for want of what: rule and reason.
    pub(super) inconclusive: Vec<(&'static str, String)>,
}

impl<'b, 't> Session<'b, 't> {
    pub(super) fn new(bench: &'b mut Bench<'t>) -> Self {
        let surroundings = Surroundings {
            own: Some(bench.prefix.clone()),
            is_alone: true,
            epoch_us: bench.epoch_us,
            tasks: bench.profile.known_tasks(),
            deadlines: bench.profile.deadlines(),
        };
        let history = History::new(surroundings);
        let (done, inconclusive) = Default::default();
        let mut session = Self { bench, history, done, case: 0, names: 0, inconclusive };
        session.next_case();
        session
    }

    /// Begins a new case: what follows has names of its own, and is judged by itself where that matters.
    pub(super) fn next_case(&mut self) -> u32 {
        self.bench.last_case += 1;
        self.case = self.bench.last_case;
        self.names = 0;
        self.case
    }

    /// What the names of this case start with.
    pub(super) fn own(&self) -> String {
        self.bench.own(self.case)
    }

    /// A name that nothing else has.
    pub(super) fn name(&mut self, word: &str) -> String {
        self.names += 1;
        format!("{}-{word}{}", self.own(), self.names)
    }

    pub(super) fn profile(&self) -> &'t Profile {
        self.bench.profile
    }

    pub(super) fn entry(&self, index: usize) -> &Entry {
        &self.history.entries()[index]
    }

    /// The body of a success; null otherwise.
    pub(super) fn body(&self, index: usize) -> Value {
        self.entry(index).done().cloned().unwrap_or_default()
    }

    pub(super) fn is_done(&self, index: usize) -> bool {
        self.entry(index).done().is_some()
    }

    /// It is known how this task ends.
    pub(super) fn know(&mut self, task: KnownTask) {
        self.history.surroundings.tasks.push(task);
    }

    /// Carries out an act and notes it; the exchanges that it came to.
    pub(super) fn perform(&mut self, act: Act) -> Going<Vec<usize>> {
        let entries = match &act {
            Act::Call(form) => self.exchange(std::slice::from_ref(form))?,
            Act::Together(forms) => self.exchange(forms)?,
            Act::Abandon(form) => self.abandon_now(form)?,
            Act::Poll(poll) => self.poll_now(poll)?,
            Act::WaitMs(ms) => {
                self.bench.target.wait(Duration::from_millis(*ms));
                Vec::new()
            }
        };
        self.done.push(Done { case: self.case, act, entries: entries.clone() });
        Ok(entries)
    }

    /// Carries out a program in a case of its own. Steps that name what is not there are left out.
    pub(super) fn run(&mut self, program: &Program) -> Going<()> {
        self.next_case();
        let own = self.own();
        let mut answers = Answers::default();
        for step in &program.steps {
            let Some(act) = answers.resolve(&step.act, &own) else { continue };
            let together = matches!(act, Act::Together(_));
            for (index, entry) in self.perform(act)?.into_iter().enumerate() {
                let id = step.id;
                let label = if together { format!("{id}.{index}") } else { id.to_string() };
                if let Some(body) = self.entry(entry).done() {
                    answers.note(label, body.clone());
                }
            }
        }
        Ok(())
    }

    fn exchange(&mut self, forms: &[Form]) -> Going<Vec<usize>> {
        self.intend(forms)?;
        let mut indexes = vec![0; forms.len()];
        let mut open: Vec<usize> = (0..forms.len()).collect();
        for attempt in 0.. {
            let requests = open.iter().map(|at| self.bench.request(&forms[*at])).collect();
            let exchanges = self.bench.transmit(requests)?;
            let mut wait = Duration::ZERO;
            let mut postponed = Vec::new();
            for (at, exchange) in open.iter().zip(exchanges) {
                let index = self.history.entries().len();
                self.history.push(exchange, forms[*at].mark, self.case);
                indexes[*at] = index;
                if self.entry(index).answer == Answer::Postponed && attempt < POSTPONED_MAX {
                    wait = wait.max(retry_after(self.entry(index)));
                    postponed.push(*at);
                }
                self.made(index)?;
            }
            open = postponed;
            if open.is_empty() {
                break;
            }
            self.bench.target.wait(wait);
        }
        Ok(indexes)
    }

    /// Notes what may come into being, before it does.
    fn intend(&mut self, forms: &[Form]) -> Going<()> {
        for form in forms {
            let Ask::Endpoint { name, arguments, .. } = &form.ask else { continue };
            if !matches!(name, Endpoint::Create | Endpoint::RunsSubmit) {
                continue;
            }
            let key = if *name == Endpoint::Create { "name" } else { "run_name" };
            let named = arguments.get(key).and_then(Value::as_str).unwrap_or_default();
            if let Some(journal) = &mut self.bench.journal {
                journal.intend(*name, named).map_err(Stop::Journal)?;
            }
            if self.bench.creations_left == 0 && !self.bench.is_harmless() {
                return Err(Stop::Unusable("as much was made on this target as may be".to_owned()));
            }
        }
        Ok(())
    }

    /// Notes what has come into being, and what is gone.
    fn made(&mut self, index: usize) -> Going<()> {
        let entry = &self.history.entries()[index];
        // A server that does not look at the method makes something all the same.
        let makes = entry.named_endpoint().filter(|named| {
            entry.endpoint().is_some() || matches!(named, Endpoint::Create | Endpoint::RunsSubmit)
        });
        let Some(body) = entry.done() else {
            let is_made = matches!(makes, Some(Endpoint::Create | Endpoint::RunsSubmit));
            self.bench.is_lost |= is_made && entry.may_be_done();
            return Ok(());
        };
        let id = |name: &str| body.get(name).and_then(Value::as_i64);
        let noted = match makes {
            Some(Endpoint::Create) => id("job_id").map(|id| {
                self.bench.creations_left = self.bench.creations_left.saturating_sub(1);
                self.bench.jobs.insert(id);
                (Endpoint::Create, id)
            }),
            Some(Endpoint::RunsSubmit) => id("run_id").map(|id| {
                self.bench.creations_left = self.bench.creations_left.saturating_sub(1);
                self.bench.runs.insert(id);
                (Endpoint::RunsSubmit, id)
            }),
            Some(Endpoint::Delete) => entry.integer("job_id").map(|id| {
                self.bench.jobs.remove(&id);
                (Endpoint::Delete, id)
            }),
            Some(Endpoint::RunsDelete) => entry.integer("run_id").map(|id| {
                self.bench.runs.remove(&id);
                (Endpoint::RunsDelete, id)
            }),
            _ => None,
        };
        match (noted, &mut self.bench.journal) {
            (Some((endpoint, id)), Some(journal)) => {
                journal.note(endpoint, id).map_err(Stop::Journal)
            }
            _ => Ok(()),
        }
    }

    fn abandon_now(&mut self, form: &Form) -> Going<Vec<usize>> {
        self.intend(std::slice::from_ref(form))?;
        if self.bench.target.is_interrupted() {
            return Err(Stop::Interrupted);
        }
        let request = self.bench.request(form);
        self.bench.requests += 1;
        let (at_us, took_us) = self.bench.target.abandon(&request);
        let exchange = Exchange {
            seq: self.bench.requests,
            connection: 1,
            at_us,
            first_byte_us: None,
            took_us,
            request,
            response: None,
            redacted: Vec::new(),
            outcome: Outcome::ClientAborted,
        };
        let index = self.history.entries().len();
        self.history.push(exchange, form.mark, self.case);
        self.made(index)?;
        Ok(vec![index])
    }

    fn poll_now(&mut self, poll: &Poll) -> Going<Vec<usize>> {
        let form = Form::new(Endpoint::RunsGet, object(json!({"run_id": poll.run_id})));
        let mut entries = Vec::new();
        let mut wait = POLL_WAIT;
        let within_us = poll.within_ms.saturating_mul(1000);
        let end_us = self.bench.target.now_us().saturating_add(within_us);
        loop {
            let is_last = self.bench.target.now_us() > end_us;
            let index = self.exchange(std::slice::from_ref(&form))?[0];
            entries.push(index);
            let state = self.body(index);
            let state = state.pointer("/state/life_cycle_state").and_then(Value::as_str);
            let reached = match (poll.until, state) {
                (_, None) => self.entry(index).is_refused(),
                (Until::Begun, Some(state)) => !["PENDING", "QUEUED"].contains(&state),
                (Until::Ended, Some(state)) => {
                    ["TERMINATED", "SKIPPED", "INTERNAL_ERROR"].contains(&state)
                }
            };
            if reached || is_last {
                return Ok(entries);
            }
            self.bench.target.wait(wait);
            if entries.len() >= POLLS_CLOSE {
                wait = (wait + wait / 2).min(POLL_WAIT_MAX);
            }
        }
    }
}

/// How long to wait before a request is sent again.
fn retry_after(entry: &Entry) -> Duration {
    let headers = entry.exchange.response.as_ref().map(|response| &response.headers);
    let seconds = headers.and_then(|headers| headers.get("retry-after")?.trim().parse().ok());
    Duration::from_secs(seconds.unwrap_or(1)).min(RETRY_AFTER_MAX)
}

/// The fields of a JSON object; none of anything else.
pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

// What probes say, in few words.
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

    pub(super) fn create(&mut self, settings: Map<String, Value>) -> Going<i64> {
        let index = self.call(Endpoint::Create, settings.into())?;
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
            let (method, path) = (&request.method, request.path());
            Stop::Unusable(format!("{method} {path} gave no {name}: {}", entry.outcome()))
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
        let within = self.history.surroundings.deadlines.settle;
        self.poll(run_id, Until::Ended, within)
    }

    /// Polls a run that was stopped to its end.
    pub(super) fn stopped(&mut self, run_id: i64) -> Going<String> {
        let within = self.history.surroundings.deadlines.cancel;
        self.poll(run_id, Until::Ended, within)
    }

    /// Polls a run of a slow task with a timeout of a second to its end.
    pub(super) fn timed_out(&mut self, run_id: i64) -> Going<String> {
        let within = self.history.surroundings.deadlines.cancel + Duration::from_secs(2);
        self.poll(run_id, Until::Ended, within)
    }

    /// Polls a run that is to be skipped.
    pub(super) fn skipped(&mut self, run_id: i64) -> Going<String> {
        let within = self.history.surroundings.deadlines.skip;
        self.poll(run_id, Until::Ended, within)
    }

    /// Polls a run until its task has begun.
    pub(super) fn begun(&mut self, run_id: i64) -> Going<String> {
        let within = self.history.surroundings.deadlines.settle;
        self.poll(run_id, Until::Begun, within)
    }
}
