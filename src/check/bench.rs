//! What all sessions with one target share: the connection, what was made, and how much may be.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use http::Method;
use serde_json::{Map, Value};

use super::{
    budget::Purse,
    cleanup::Journal,
    missing::Missing,
    profile::Profile,
    program::{Ask, Credential, Form, Writing, method},
    selection::Allowed,
    session::{Going, Stop},
    target::{BASE_PATH, Target},
};
use crate::{
    contract::{Endpoint, rules::Safety},
    error::Error,
    exchange::{Body, Exchange, Outcome, Request, Response},
    net::Sent,
};

/// After so many requests in a row without any answer, the target is gone.
const SILENCE_MAX: u32 = 5;
/// After so many polls in a row that waited in vain for their run to begin, runs do not go on here.
const VAIN_POLLS_MAX: u32 = 3;
/// What nobody was ever given.
const WRONG_TOKEN: &str = "jobdeck-nobodys-token";

/// What all who work on one target share, at the same time or one after the other.
#[derive(Debug)]
pub(super) struct Common {
    pub(super) journal: Option<Journal>,
    pub(super) requests: u64,
    /// How many jobs and submitted runs may be made; more would be a burden.
    pub(super) creations_left: u32,
    pub(super) last_case: u32,
    /// What there is to spend.
    pub(super) purse: Purse,
    /// How much of the target's time was let pass where nobody had to wait for it, in microseconds.
    pub(super) skipped_us: u64,
}

/// On what terms the target is worked on.
#[derive(Clone)]
pub(super) struct Terms<'t> {
    pub(super) profile: &'t Profile,
    pub(super) token: String,
    /// What the names of all things made here start with.
    pub(super) prefix: String,
    common: Arc<Mutex<Common>>,
    /// The time of day at the start by the target's clock, if that is known.
    pub(super) epoch_us: Option<u64>,
    /// Whether an answer carried `Via`: there is somebody between.
    pub(super) is_relayed: bool,
    /// What may be done to a target that could be harmed.
    pub(super) allowed: Allowed,
    /// Whether jobs may be started: not where the run of one that allows none was not skipped.
    pub(super) may_start: bool,
    /// Whether jobs may allow one run where they are to allow none: the target refuses none, and one costs nothing.
    pub(super) allows_one: bool,
}

/// What all sessions of one worker share.
pub(super) struct Bench<'t> {
    pub(super) target: &'t mut dyn Target,
    pub(super) terms: Terms<'t>,
    /// Jobs that were made and not removed yet.
    pub(super) jobs: BTreeSet<i64>,
    /// All jobs that were ever made.
    pub(super) all_jobs: BTreeSet<i64>,
    /// Submitted runs that were made and not removed yet.
    pub(super) runs: BTreeSet<i64>,
    silent: u32,
    /// Whether something may have been made whose id nobody knows: the answer to a create was lost.
    pub(super) is_lost: bool,
    /// Why there was no answer, the last time that there was none.
    pub(super) failure: Option<Error>,
    /// How many polls in a row waited in vain for their run to begin.
    pub(super) vain_polls: u32,
    /// Which endpoints the target lacks.
    pub(super) missing: Missing,
}

impl<'t> Terms<'t> {
    pub(super) fn new(
        target: &dyn Target,
        profile: &'t Profile,
        token: String,
        prefix: String,
        common: Common,
    ) -> Self {
        let epoch_us = profile.clock_is_right.then(|| target.epoch_us());
        Self {
            profile,
            token,
            prefix,
            common: Arc::new(Mutex::new(common)),
            epoch_us,
            is_relayed: false,
            allowed: Allowed::default(),
            may_start: true,
            allows_one: false,
        }
    }

    /// What all share, while nobody else looks at it.
    pub(super) fn common(&self) -> MutexGuard<'_, Common> {
        self.common.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'t> Bench<'t> {
    pub(super) fn new(target: &'t mut dyn Target, terms: Terms<'t>) -> Self {
        Self {
            target,
            terms,
            jobs: BTreeSet::new(),
            all_jobs: BTreeSet::new(),
            runs: BTreeSet::new(),
            silent: 0,
            is_lost: false,
            failure: None,
            vain_polls: 0,
            missing: Missing::default(),
        }
    }

    /// What all who work on the target share, while nobody else looks at it.
    pub(super) fn common(&self) -> MutexGuard<'_, Common> {
        self.terms.common()
    }

    /// How many requests all have sent.
    pub(super) fn requests(&self) -> u64 {
        self.common().requests
    }

    /// What the names of a case start with.
    pub(super) fn own(&self, case: u32) -> String {
        format!("{}-{case:05}", self.terms.prefix)
    }

    /// Whether nobody is harmed by what is done here.
    pub(super) fn is_harmless(&self) -> bool {
        self.target.is_local() && !self.terms.is_relayed
    }

    /// Whether something may be done to the target.
    pub(super) fn permits(&self, safety: Safety) -> bool {
        self.terms.allowed.permits(safety, self.is_harmless())
    }

    /// Whether a request may be sent that names nothing that it is done to: a wrong server could do it to
    /// what is not the check's own.
    pub(super) fn may_be_aimless(&self) -> bool {
        self.is_harmless() || self.terms.profile.isolated || self.terms.allowed.load
    }

    /// Whether there is a point in waiting for a run: not where none goes on without help.
    pub(super) fn runs_go_on(&self) -> bool {
        self.vain_polls < VAIN_POLLS_MAX || !self.target.is_waited_for()
    }

    /// Sends requests at the same time, once.
    pub(super) fn transmit(&mut self, requests: Vec<Request>) -> Going<Vec<Exchange>> {
        if self.target.is_interrupted() {
            return Err(Stop::Interrupted);
        }
        self.spend(requests.len())?;
        let sent = self.target.send(requests.clone());
        let mut exchanges = Vec::with_capacity(sent.len());
        for (request, Sent { at_us, took_us, response }) in requests.into_iter().zip(sent) {
            let outcome = if let Ok(response) = &response {
                self.silent = 0;
                self.terms.is_relayed |= response.headers.get("via").is_some();
                Outcome::Complete
            } else {
                self.silent += 1;
                Outcome::UpstreamFailed
            };
            let response = match response {
                Err(error) if self.silent >= SILENCE_MAX => return Err(Stop::Gone(error)),
                Err(error) => {
                    self.failure = Some(error);
                    None
                }
                Ok(response) => Some(response),
            };
            exchanges.push(self.exchange(request, (at_us, took_us), response, outcome));
        }
        Ok(exchanges)
    }

    /// How long it took so far, by the target's time but for what nobody had to wait for.
    pub(super) fn took_us(&self) -> u64 {
        self.target.now_us().saturating_sub(self.common().skipped_us)
    }

    /// Takes so many requests off what there is to spend, when it is time for them.
    fn spend(&mut self, requests: usize) -> Going<()> {
        let (now_us, took_us) = (self.target.now_us(), self.took_us());
        let wait = {
            let mut common = self.common();
            if let Some(spent) = common.purse.spent(took_us, common.requests) {
                return Err(Stop::Spent(spent));
            }
            common.requests += requests as u64;
            common.purse.wait(now_us, requests)
        };
        if !wait.is_zero() {
            self.target.wait(wait);
        }
        Ok(())
    }

    /// Sends a request and leaves before the answer.
    pub(super) fn abandon(&mut self, request: Request) -> Going<Exchange> {
        if self.target.is_interrupted() {
            return Err(Stop::Interrupted);
        }
        self.spend(1)?;
        let times = self.target.abandon(&request);
        Ok(self.exchange(request, times, None, Outcome::ClientAborted))
    }

    /// What came of a request, that was sent at a time and took so long.
    fn exchange(
        &self,
        request: Request,
        (at_us, took_us): (u64, u64),
        response: Option<Response>,
        outcome: Outcome,
    ) -> Exchange {
        Exchange {
            seq: self.requests(),
            connection: 1,
            at_us,
            first_byte_us: None,
            took_us,
            request,
            response,
            redacted: Vec::new(),
            outcome,
            weather: None,
        }
    }

    /// The request that a form comes to.
    pub(super) fn request(&self, form: &Form) -> Request {
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
        self.sign(&mut request, form.credential);
        request
    }

    /// Adds what says who asks.
    pub(super) fn sign(&self, request: &mut Request, credential: Credential) {
        let token = match credential {
            Credential::Own => Some(&*self.terms.token),
            Credential::None => None,
            Credential::Wrong => Some(WRONG_TOKEN),
        };
        if let Some(token) = token {
            request.headers.push("authorization", &format!("Bearer {token}"));
        }
        request.headers.push("accept", "*/*");
        request.headers.push("user-agent", concat!("jobdeck-check/", env!("CARGO_PKG_VERSION")));
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
