//! The reference workspace: all of the Jobs API 2.0, with runs that are simulated.
//!
//! [`Workspace`] is a [`Handler`]: it gets a request and the time, and gives the answer. It reads no clock,
//! opens nothing and leaves nothing to chance ([`Server`] puts it on a port): the same requests at the same times give the same bytes.
//! Before each answer it lets everything happen that was due since the last one.
//!
//! What a run does follows from the path of its notebook or Python file:
//!
//! | path | what happens |
//! |---|---|
//! | `/jobdeck/succeed`, any other path, any other kind of task | it succeeds |
//! | `/jobdeck/fail` | it fails |
//! | `/jobdeck/internal-error` | the run ends in `INTERNAL_ERROR` |
//! | `/jobdeck/sleep/MILLIS` | it succeeds after so long |
//! | `/jobdeck/exit/TEXT` | it succeeds; a notebook returns the text |
//! | `/jobdeck/parameters`, `/jobdeck/parameters/A=B&C=D` | it succeeds; a notebook returns its parameters as JSON, with these defaults |
//! | `/jobdeck/print/BYTES` | one cell writes so much; beyond 8 MB the run fails |
//!
//! It can be wrong on purpose ([`Fault`]), so that whoever tests a workspace has something to find, or
//! different where the contract leaves something open ([`Variant`]). Both stand apart, behind hooks that do
//! nothing in a plain workspace.
//!
//! A request passes `authentication`, is read by [`call`] and judged by [`validate`]; what breaks a rule
//! is refused and changes nothing. Then the operation of its endpoint is carried out: those of jobs are in
//! `jobs`, those that start runs in `launch`, the others on runs in `listing` and `output`. `simulation`
//! moves the runs on, by the rules in `life`, and starts those that a `schedule` or a task of another run
//! (`run_job`) asks for; `places` says which of them begin, wait or are skipped. [`Manner`] says whom it
//! follows where document and service differ, and [`Kept`] is a workspace with a file. `sandbox` shows people what is
//! in it.

mod agenda;
mod answers;
mod authentication;
mod clock;
mod fault;
mod ids;
mod jobs;
mod launch;
mod life;
mod listing;
mod names;
mod options;
mod output;
mod places;
mod real;
mod refusal;
mod rows;
mod run;
mod run_job;
mod runs;
mod sandbox;
mod schedule;
mod script;
mod seed;
mod server;
mod settings;
mod simulation;
mod store;
mod variant;

pub use clock::{ADVANCE_MS_MAX, Clock};
pub use fault::Fault;
pub use ids::Ids;
pub use options::{Limits, Options, Phases};
pub use real::Manner;
pub use seed::Seed;
pub use server::{Outcome, Server};
pub use store::Kept;
pub use variant::Variant;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use self::{
    agenda::Agenda,
    clock::Timeline,
    fault::Memory,
    jobs::Jobs,
    places::Queues,
    refusal::Refusal,
    rows::Rows,
    run_job::Errand,
    runs::{Filter, Runs},
};
use crate::{
    admin::{Desk, Metrics, StatusClasses},
    call::{self, Call},
    contract::Endpoint,
    error,
    exchange::{Body, Handler, Reply, Request, Response},
    validate,
};

/// The longest body of a request (document, line 6).
pub const BODY_BYTES_MAX: usize = 10 * 1024 * 1024;

/// A whole workspace.
#[derive(Clone, Debug)]
pub struct Workspace {
    options: Options,
    timeline: Timeline,
    state: State,
    answered: StatusClasses,
}

/// Everything that a request can change.
#[derive(Clone, Debug, Default)]
struct State {
    jobs: Jobs,
    runs: Runs,
    /// The run that each idempotency token started, of all jobs and both endpoints alike.
    tokens: Rows<String, i64>,
    agenda: Agenda,
    queues: Queues,
    /// The runs that run another job, by the first attempt of the run that they wait for.
    errands: BTreeMap<i64, Errand>,
    /// Runs of removed jobs that have not ended yet, with the time at which they do; nobody sees them.
    departing: Rows<i64, i64>,
    /// When the jobs of the last hour were created, those of submitted runs included.
    creations: Rows<i64, i64>,
    /// What it remembers to be wrong about.
    memory: Memory,
    /// How many requests there were.
    requests: u64,
}

impl State {
    /// What changes from now on is what counts as changed.
    fn forget_changes(&mut self) {
        self.jobs.saved.forget_changes();
        self.runs.forget_changes();
        self.tokens.forget_changes();
        self.agenda.retries.forget_changes();
        self.departing.forget_changes();
        self.creations.forget_changes();
    }
}

impl Workspace {
    /// An empty workspace.
    pub fn new(options: Options) -> Self {
        let options = variant::settled(options);
        let timeline = Timeline::new(options.clock);
        Self { options, timeline, state: State::default(), answered: StatusClasses::default() }
    }

    /// Lets `ms` milliseconds pass, and everything happen that is due in them. Only a manual clock lets
    /// itself be moved, and not beyond [`ADVANCE_MS_MAX`] at once. Where more happens than the limit of
    /// events allows, the clock stops on the way, and the error says how far it came.
    pub fn advance(&mut self, ms: u64) -> error::Result<()> {
        self.state.forget_changes();
        let before_ms = self.timeline.now_ms();
        self.timeline.advance(ms)?;
        match self.catch_up_within(self.options.limits.events_at_once) {
            None => Ok(()),
            Some(stopped_ms) => {
                self.timeline.resume(stopped_ms);
                Err(clock::stopped(ms, stopped_ms - before_ms))
            }
        }
    }

    /// Begins anew: no job, no run, no token, and the clock as at first.
    pub fn reset(&mut self) {
        self.timeline = Timeline::new(self.options.clock);
        self.state = State::default();
    }

    /// How much there is of what, and what time it is: `{"now_ms": …, "jobs": …, "runs": …,
    /// "active_runs": …, "tokens": …}`.
    pub fn status(&self) -> Value {
        json!({
            "now_ms": self.timeline.now_ms(),
            "jobs": self.state.jobs.saved.entries().len(),
            "runs": self.state.runs.count(Filter::default()),
            "active_runs": self.active_runs(),
            "tokens": self.state.tokens.entries().len(),
        })
    }

    /// Outside it is `now_us`: everything happens that is due by then.
    fn follow(&mut self, now_us: u64) {
        self.state.forget_changes();
        if let Some(back_ms) = self.timeline.follow(now_us) {
            self.state.agenda.open(back_ms);
        }
        self.catch_up();
    }

    fn perform(&mut self, request: &Request) -> Result<Value, Refusal> {
        let (method, path) = (&request.method, request.path());
        if !path.starts_with("/api/") {
            return Err(Refusal::no_api(method, path));
        }
        self.throttle()?;
        match authentication::admit(&request.headers, self.options.token.as_deref()) {
            Ok(()) => self.take(request),
            Err(refusal) => self.turn_away(request, refusal),
        }
    }

    /// Reads a request that was let in, and does what it says.
    fn take(&mut self, request: &Request) -> Result<Value, Refusal> {
        check_length(&request.body, self.body_bytes_max(BODY_BYTES_MAX))?;
        let request = &*self.received(request)?;
        let mut call = match call::read(request) {
            Ok(call) => call,
            Err(reason) => {
                self.mistake(request, &reason);
                let refused = || Refusal::unreadable(&reason, &request.method, request.path());
                return self.take_for_call(&reason).ok_or_else(refused);
            }
        };
        let done = self.judge(&mut call);
        if done.is_err() {
            self.remember_refusal(&call);
        }
        done
    }

    /// Judges a call, and carries it out if nothing is wrong with it.
    fn judge(&mut self, call: &mut Call) -> Result<Value, Refusal> {
        let findings = self.heeded(validate::arguments(call.endpoint, &call.arguments));
        let findings = self.heeded_in_reality(findings);
        if !findings.is_empty() {
            return Err(self.refusal_of(&findings));
        }
        self.read_as_variant(call)?;
        self.read_ids(call);
        if let Some(nothing) = self.settle_id(call) {
            return Ok(nothing);
        }
        self.read_in_reality(call)?;
        self.mishear(call);
        let mut answer = match self.forestall(call) {
            Some(answer) => answer?,
            None => self
                .carry_out(call)
                .or_else(|refusal| self.answer_unknown(call, refusal))
                .map_err(|refusal| self.refused_in_reality(call.endpoint, refusal))?,
        };
        self.answer_in_reality(call.endpoint, &mut answer);
        self.misreport(call, &mut answer);
        self.answer_as_variant(call.endpoint, &mut answer);
        Ok(answer)
    }

    fn carry_out(&mut self, call: &Call) -> Result<Value, Refusal> {
        match call.endpoint {
            Endpoint::Create => self.create_job(call),
            Endpoint::List => Ok(self.list_jobs()),
            Endpoint::Delete => self.delete_job(call),
            Endpoint::Get => self.get_job(call),
            Endpoint::Reset => self.reset_job(call),
            Endpoint::Update => self.update_job(call),
            Endpoint::RunNow => self.run_now(call),
            Endpoint::RunsSubmit => self.submit_run(call),
            Endpoint::RunsList => Ok(self.list_runs(call)),
            Endpoint::RunsGet => self.get_run(call),
            Endpoint::RunsExport => self.export_run(call),
            Endpoint::RunsCancel => self.cancel_run(call),
            Endpoint::RunsCancelAll => self.cancel_all_runs(call),
            Endpoint::RunsGetOutput => self.get_output(call),
            Endpoint::RunsDelete => self.delete_run(call),
        }
    }
}

impl Desk for Workspace {
    fn status(&mut self, now_us: u64) -> Value {
        self.follow(now_us);
        Self::status(self)
    }

    fn metrics(&mut self, now_us: u64) -> Metrics {
        self.follow(now_us);
        let mut metrics = Metrics::of("serve");
        self.answered.write(&mut metrics);
        let State { jobs, runs, tokens, .. } = &self.state;
        metrics.gauge("jobdeck_jobs", "Jobs that there are.", jobs.saved.entries().len());
        metrics.gauge("jobdeck_runs", "Runs that are shown.", runs.count(Filter::default()));
        metrics.gauge("jobdeck_active_runs", "Runs that have not ended.", self.active_runs());
        metrics.gauge("jobdeck_tokens", "Idempotency tokens in use.", tokens.entries().len());
        metrics
    }

    fn reset(&mut self) -> error::Result<()> {
        Self::reset(self);
        Ok(())
    }

    fn advance(&mut self, ms: u64) -> error::Result<()> {
        Self::advance(self, ms)
    }

    fn show(&mut self, request: &Request, now_us: u64) -> Option<Response> {
        self.follow(now_us);
        self.shown_beside(request)
    }
}

impl Handler for Workspace {
    fn answer(&mut self, request: &Request, now_us: u64) -> Reply {
        self.follow(now_us);
        let response = match self.perform(request) {
            Ok(body) => Response::json(200, body.to_string()),
            Err(refusal) => {
                let response = self.refused_as_variant(refusal, Endpoint::at(request.path()));
                self.misform(response)
            }
        };
        let delay_us = self.race_us(request).max(self.variant_us());
        let response = self.sent_as_variant(response);
        self.answered.count(response.status);
        Reply { response, delay_us }
    }
}

fn check_length(body: &Body, bytes_max: usize) -> Result<(), Refusal> {
    let bytes = match body {
        Body::Whole(bytes) => u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        Body::Omitted { bytes, .. } => *bytes,
    };
    if bytes > bytes_max as u64 || matches!(body, Body::Omitted { .. }) {
        return Err(Refusal::too_long(bytes, bytes_max));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
