//! What a probe works with: it sends requests, waits and makes up names; everything is noted.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{
    bench::Bench,
    profile::Profile,
    program::{Act, Answers, Ask, Done, Form, Poll, Program, Until},
};
use crate::{
    contract::{
        Endpoint,
        LifeCycleState::{self, Pending, Queued},
    },
    error::Error,
    oracle::{Answer, Entry, History, KnownTask, Surroundings},
};

/// How often a request is sent again that was refused for now.
const POSTPONED_MAX: u32 = 8;
/// How long a refusal for now is waited out at most.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(60);
/// The wait of a poll at first, so that short states are seen.
const POLL_WAIT: Duration = Duration::from_millis(50);
/// After so many polls each wait is half as long again as the one before.
const POLLS_CLOSE: usize = 24;
/// The longest wait of a poll.
const POLL_WAIT_MAX: Duration = Duration::from_secs(2);

/// Why a probe cannot go on.
#[derive(Debug)]
pub(super) enum Stop {
    /// Somebody wants the check to end.
    Interrupted,
    /// There is no more of this to spend.
    Spent(&'static str),
    /// The target no longer answers.
    Gone(Error),
    /// The journal cannot be written: nothing more may be made.
    Journal(Error),
    /// The target answers in a way that leaves the probe nothing to work with.
    Unusable(String),
}

pub(super) type Going<T> = Result<T, Stop>;

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
            own: Some(bench.terms.prefix.clone()),
            is_alone: true,
            epoch_us: bench.terms.epoch_us,
            tasks: bench.terms.profile.known_tasks(),
            deadlines: bench.terms.profile.promised(),
        };
        let history = History::new(surroundings);
        let (done, inconclusive) = Default::default();
        let mut session = Self { bench, history, done, case: 0, names: 0, inconclusive };
        session.next_case();
        session
    }

    /// Begins a new case: what follows has names of its own, and is judged by itself where that matters.
    pub(super) fn next_case(&mut self) -> u32 {
        let mut common = self.bench.common();
        common.last_case += 1;
        self.case = common.last_case;
        drop(common);
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
        self.bench.terms.profile
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
    pub(super) fn perform(&mut self, mut act: Act) -> Going<Vec<usize>> {
        if self.bench.terms.allows_one {
            act.allow_one();
        }
        let entries = match &act {
            Act::Call(form) => self.exchange(std::slice::from_ref(form))?,
            Act::Together(forms) => self.exchange(forms)?,
            Act::Abandon(form) => self.abandon_now(form)?,
            Act::Poll(poll) => self.poll_now(poll)?,
            Act::WaitMs(ms) => {
                self.bench.target.wait(Duration::from_millis(*ms));
                if !self.bench.target.is_waited_for() {
                    self.bench.common().skipped_us += ms.saturating_mul(1000);
                }
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
                if self.bench.is_missing(&forms[*at], &exchange)? {
                    self.history.push_missing(exchange, self.case);
                } else {
                    self.history.push(exchange, forms[*at].mark, self.case);
                }
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
            if *name == Endpoint::RunNow && !self.bench.terms.may_start {
                let why =
                    "the run of a job that allows none was not skipped: nothing more is started";
                return Err(Stop::Unusable(why.to_owned()));
            }
            if !matches!(name, Endpoint::Create | Endpoint::RunsSubmit) {
                continue;
            }
            let key = if *name == Endpoint::Create { "name" } else { "run_name" };
            let named = arguments.get(key).and_then(Value::as_str).unwrap_or_default();
            let mut common = self.bench.common();
            if let Some(journal) = &mut common.journal {
                journal.intend(*name, named).map_err(Stop::Journal)?;
            }
            if common.creations_left == 0 && !self.bench.is_harmless() {
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
                self.bench.jobs.insert(id);
                self.bench.all_jobs.insert(id);
                (Endpoint::Create, id)
            }),
            Some(Endpoint::RunsSubmit) => id("run_id").map(|id| {
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
        let Some((endpoint, id)) = noted else { return Ok(()) };
        let mut common = self.bench.common();
        if matches!(endpoint, Endpoint::Create | Endpoint::RunsSubmit) {
            common.creations_left = common.creations_left.saturating_sub(1);
        }
        match &mut common.journal {
            Some(journal) => journal.note(endpoint, id).map_err(Stop::Journal),
            None => Ok(()),
        }
    }

    fn abandon_now(&mut self, form: &Form) -> Going<Vec<usize>> {
        self.intend(std::slice::from_ref(form))?;
        let request = self.bench.request(form);
        let exchange = self.bench.abandon(request)?;
        let index = self.history.entries().len();
        self.history.push(exchange, form.mark, self.case);
        self.made(index)?;
        Ok(vec![index])
    }

    fn poll_now(&mut self, poll: &Poll) -> Going<Vec<usize>> {
        let form = Form::new(Endpoint::RunsGet, object(json!({"run_id": poll.run_id})));
        let mut entries = Vec::new();
        let mut wait = POLL_WAIT;
        let within_us =
            if self.bench.runs_go_on() { poll.within_ms.saturating_mul(1000) } else { 0 };
        let mut has_begun = false;
        let end_us = self.bench.target.now_us().saturating_add(within_us);
        loop {
            let is_last = self.bench.target.now_us() > end_us;
            let index = self.exchange(std::slice::from_ref(&form))?[0];
            entries.push(index);
            let state = self.body(index);
            let state = state.pointer("/state/life_cycle_state").and_then(Value::as_str);
            let state = state.map(LifeCycleState::from_name);
            has_begun |= !matches!(state, Some(Some(Pending | Queued)));
            let reached = match (poll.until, state) {
                (_, None) => self.entry(index).is_refused(),
                (Until::Begun, Some(state)) => !matches!(state, Some(Pending | Queued)),
                (Until::Ended, Some(state)) => state.is_some_and(LifeCycleState::is_terminal),
            };
            if reached || is_last || self.bench.missing.has(Endpoint::RunsGet) {
                self.bench.vain_polls = if has_begun { 0 } else { self.bench.vain_polls + 1 };
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
