//! Answers from a cassette, following cause and effect.
//!
//! A request is a question; all recorded answers to one question are a row. Which of them is
//! given follows from what has been replayed so far: an answer fits if just the recorded changes of the
//! jobs, runs and lists that it depends on have been replayed, so that a client that polls
//! more, less, faster or slower than the recorded one still sees a history that could have happened.
//!
//! Nothing here reads a clock or opens a socket. What was not recorded is answered with a miss.

mod about;
mod build;
mod find;
mod history;
mod miss;
mod names;
mod nearest;
mod placeholders;
mod prune;
mod question;
mod receipt;
mod session;
mod tape;
mod things;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, time::Duration};

use self::{
    find::Found,
    miss::Reason,
    question::Question,
    receipt::Account,
    session::{Choice, How, Session},
    tape::{BYTES_KEY_MAX, DISCOVERY, RowId, Tape, bytes_key},
};
pub use self::{
    miss::{Kind, Miss, Nearest},
    prune::{Leftovers, Pruned, prune},
    receipt::{Approximate, Receipt, Recorded, Verdict},
};
use crate::{
    admin::{Desk, Metrics, StatusClasses},
    cassette::Cassette,
    error::{self, Error},
    exchange::{Exchange, Handler, Reply, Request, Response},
};

/// What is replayed.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// What passed.
    pub exchanges: Vec<Exchange>,
    /// The JSON pointers whose values clients make up, beside idempotency tokens.
    pub volatile: Vec<String>,
    /// The digest of the cassette, for the receipt.
    pub sha256: String,
}

impl From<Cassette> for Recording {
    fn from(cassette: Cassette) -> Self {
        Self { exchanges: cassette.exchanges, volatile: cassette.volatile, sha256: cassette.sha256 }
    }
}

/// How a recording is replayed.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Approximate answers are misses, and what is left unused fails the verdict.
    pub strict: bool,
    /// How often a run is seen in the same state.
    pub polls: Polls,
    /// Whose requests move one position on.
    pub sessions: Sessions,
    /// What becomes of recorded answers that a client survived.
    pub transients: Transients,
    /// JSON pointers into bodies and parameters whose values clients make up; added to the recording's.
    pub volatile: Vec<String>,
    /// Parameters of queries that do not count.
    pub ignore_query: Vec<String>,
    /// How long answers take.
    pub latency: Latency,
    /// The status of a miss.
    pub miss_status: u16,
    /// How often an answer that shows a run still active is repeated beyond the recording before that is
    /// a miss; without a bound if absent.
    pub max_repeats: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            strict: false,
            polls: Polls::Recorded,
            sessions: Sessions::Shared,
            transients: Transients::Keep,
            volatile: Vec::new(),
            ignore_query: Vec::new(),
            latency: Latency::None,
            miss_status: 424,
            max_repeats: None,
        }
    }
}

/// How often a run is seen in the same state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polls {
    /// As often as in the recording.
    Recorded,
    /// Once: consecutive answers that show the same state are one, the last of them.
    ByState,
}

/// Whose requests move one position on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sessions {
    /// Everybody's.
    Shared,
    /// Those with the same `authorization`.
    PerToken,
}

/// What becomes of recorded answers 429 and 5xx behind which the same question has another answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transients {
    /// They are given.
    Keep,
    /// They are passed over.
    Skip,
}

/// How long answers take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Latency {
    /// No time.
    None,
    /// As long as in the recording.
    Recorded,
    /// That long times this factor.
    Scale(f64),
}

/// How many sessions are kept; further tokens get misses. Each holds the position in the whole tape.
const SESSIONS_MAX: usize = 10_000;
/// How many bytes of requests are known beside those of the tape.
const KNOWN_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The longest delay of an answer.
const DELAY_MAX: Duration = Duration::from_secs(3600);

/// Answers from a recording.
#[derive(Debug)]
pub struct Replayer {
    deck: Deck,
    sha256: String,
    sessions: BTreeMap<String, Session>,
    answered: StatusClasses,
}

/// All but the positions.
#[derive(Debug)]
struct Deck {
    tape: Tape,
    options: Options,
    volatile: Vec<String>,
    account: Account,
    notes: Vec<String>,
    /// A buffer for the bytes of the request being answered.
    bytes: Vec<u8>,
    known_bytes: usize,
}

impl Replayer {
    /// Makes a recording ready.
    pub fn new(recording: impl Into<Recording>, options: Options) -> Self {
        let recording = recording.into();
        let sha256 = recording.sha256.clone();
        let volatile = recording.volatile.iter().chain(&options.volatile).cloned().collect();
        let tape = Tape::build(recording, &options);
        let account = Account::new(&tape);
        let deck = Deck {
            tape,
            options,
            volatile,
            account,
            notes: Vec::new(),
            bytes: Vec::new(),
            known_bytes: 0,
        };
        Self { deck, sha256, sessions: BTreeMap::new(), answered: StatusClasses::default() }
    }

    /// Answers a request, or tells why there is no answer. Such a miss is in no receipt: whoever asks may
    /// have another answer.
    pub fn attempt(&mut self, request: &Request) -> Result<Reply, Box<Miss>> {
        let key = match self.deck.options.sessions {
            Sessions::Shared => "",
            Sessions::PerToken => credential(request).unwrap_or_default(),
        };
        if !self.sessions.contains_key(key) && self.sessions.len() == SESSIONS_MAX {
            let question = Question::read(request, &self.deck.options.ignore_query);
            return Err(miss::crowded(&question, SESSIONS_MAX));
        }
        let session = self.sessions.entry(key.to_owned()).or_default();
        self.deck.answer(session, request)
    }

    /// Whether a request names a job or a run that was made in the recording, or a token that was used there.
    /// Nobody but the recording can say anything about such a thing.
    pub fn names_what_was_made(&self, request: &Request) -> bool {
        let question = Question::read(request, &self.deck.options.ignore_query);
        self.deck.tape.names_what_was_made(&question)
    }

    /// What is wrong with the recording or the options for it: runs that never end, and volatile pointers
    /// that point at nothing.
    pub fn warnings(&self) -> Vec<String> {
        let tape = &self.deck.tape;
        let endless = tape.endless.iter().map(|unended| {
            format!(
                "{unended}: a client that waits for its end waits for ever, unless --max-repeats is given"
            )
        });
        let idle = tape.idle_pointers.iter().map(|pointer| {
            let why = if pointer.is_empty() || pointer.starts_with('/') {
                "no recorded request has a value there"
            } else {
                "a JSON pointer begins with `/`"
            };
            format!("the volatile pointer `{pointer}` changes nothing: {why}")
        });
        endless.chain(idle).collect()
    }

    /// What happened since the last call that somebody should be told, a sentence each.
    pub fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.deck.notes)
    }

    /// What has been served, missed and left unused so far.
    pub fn receipt(&self) -> Receipt {
        self.deck.account.receipt(&self.deck.tape, &self.sha256)
    }

    /// Numbers about the replay so far: `{"served", "approximate", "missed", "sessions", "exchanges"}`.
    pub fn status(&self) -> serde_json::Value {
        serde_json::json!({
            "served": self.deck.account.served,
            "approximate": self.deck.account.approximate,
            "missed": self.deck.account.missed,
            "sessions": self.sessions.len(),
            "exchanges": self.deck.tape.entries.len(),
        })
    }

    /// Goes back to the start of the recording. The receipt goes on.
    pub fn reset(&mut self) {
        self.sessions.clear();
    }
}

impl Deck {
    /// The row of a request that reads the same for everybody.
    fn row_by_bytes(&mut self, request: &Request) -> Option<RowId> {
        bytes_key(request, &mut self.bytes);
        self.tape.by_bytes.get(&self.bytes).copied()
    }

    fn find(&mut self, request: &Request, session: &mut Session) -> Result<Found, Box<Question>> {
        if let Some(row) = self.row_by_bytes(request) {
            return Ok(Found::plain(row));
        }
        let question = Question::read(request, &self.options.ignore_query);
        let credential = credential(request);
        let mut found = find::find(&self.tape, session, &question, &self.volatile, credential);
        if found.is_none() && self.tape.has_omitted {
            let omitted = question::with_body_omitted(request);
            let question = Question::read(&omitted, &self.options.ignore_query);
            found = find::find(&self.tape, session, &question, &self.volatile, credential);
        }
        let Some(found) = found else { return Err(Box::new(question)) };
        let row = &self.tape.rows[found.row as usize];
        let same_for_all = row.names.is_empty() && row.placeholders.is_empty();
        if same_for_all
            && self.bytes.len() <= BYTES_KEY_MAX
            && self.known_bytes + self.bytes.len() <= KNOWN_BYTES_MAX
        {
            self.known_bytes += self.bytes.len();
            self.tape.by_bytes.insert(self.bytes.clone(), found.row);
        }
        Ok(found)
    }

    fn answer(&mut self, session: &mut Session, request: &Request) -> Result<Reply, Box<Miss>> {
        let found = match self.find(request, session) {
            Ok(found) => found,
            Err(question) => return Err(miss::unasked(&self.tape, &question)),
        };
        self.account.asked(found.row);
        let credential = credential(request);
        let unanswered = |reason| Err(miss::unanswered(&self.tape, session, found.row, reason));
        let choice = found.choice.or_else(|| session.choose(&self.tape, found.row, credential));
        let Some(choice) = choice else { return unanswered(Reason::NothingFits) };
        if choice.how == How::Approximate && self.options.strict {
            return unanswered(Reason::Strict);
        }
        if choice.how == How::Repeated && self.tape.entries[choice.entry as usize].shows_active() {
            self.repeat(session, found.row, choice)?;
        }
        found.bind(session);
        session.give(&self.tape, found.row, choice, credential);
        self.account.gave(choice);
        Ok(self.reply(session, choice))
    }

    /// Notes that a client goes on asking beyond the recording, or stops it.
    fn repeat(&mut self, session: &Session, row: RowId, choice: Choice) -> Result<(), Box<Miss>> {
        let repeats = session.repeats.get(&row).copied().unwrap_or(0);
        if self.options.max_repeats.is_some_and(|max| repeats >= max) {
            let reason = Reason::Stalled { entry: choice.entry, repeats };
            return Err(miss::unanswered(&self.tape, session, row, reason));
        }
        if self.account.note_once(row) {
            self.notes.push(format!(
                "{} is asked more often than it was recorded, and is answered with exchange {} \
                 again; {}",
                self.tape.rows[row as usize].question.short(),
                self.tape.entries[choice.entry as usize].seq,
                miss::waits_for(&self.tape, session, choice.entry),
            ));
        }
        Ok(())
    }

    fn reply(&self, session: &Session, choice: Choice) -> Reply {
        let entry = &self.tape.entries[choice.entry as usize];
        let Some(mut response) = entry.response.clone() else {
            // Only whole answers are put into rows.
            return Response::error(500, "INTERNAL_ERROR", "this exchange has no answer").into();
        };
        if let Some(body) = session.names.give_back(&response.body) {
            response.body = body;
        }
        let took = Duration::from_micros(entry.span.end_us - entry.span.at_us);
        let delay = match self.options.latency {
            Latency::None => Duration::ZERO,
            Latency::Recorded => took,
            Latency::Scale(factor) => {
                Duration::try_from_secs_f64(took.as_secs_f64() * factor).unwrap_or(DELAY_MAX)
            }
        };
        // At most an hour, which fits.
        let delay_us = u64::try_from(delay.min(DELAY_MAX).as_micros()).unwrap_or(u64::MAX);
        Reply { response, delay_us }
    }
}

impl Desk for Replayer {
    fn status(&mut self, _now_us: u64) -> serde_json::Value {
        Self::status(self)
    }

    fn metrics(&mut self, _now_us: u64) -> Metrics {
        let account = &self.deck.account;
        let mut metrics = Metrics::of("replay");
        self.answered.write(&mut metrics);
        let served = "Requests that got a recorded answer, approximate ones included.";
        metrics.counter("jobdeck_served_total", served, account.served);
        let approximate = "Requests that got a list that only came close.";
        metrics.counter("jobdeck_approximate_total", approximate, account.approximate);
        let missed = "Requests that nothing recorded answers.";
        metrics.counter("jobdeck_missed_total", missed, account.missed);
        let sessions = "Positions in the cassette.";
        metrics.gauge("jobdeck_sessions", sessions, self.sessions.len());
        let exchanges = "Exchanges in the cassette.";
        metrics.gauge("jobdeck_cassette_exchanges", exchanges, self.deck.tape.entries.len());
        metrics
    }

    fn reset(&mut self) -> error::Result<()> {
        Self::reset(self);
        Ok(())
    }

    fn advance(&mut self, _ms: u64) -> Result<(), Error> {
        Err(Error::new(error::Kind::Usage, "failed to let time pass")
            .because("a replay has no clock of its own"))
    }
}

impl Handler for Replayer {
    fn answer(&mut self, request: &Request, _now_us: u64) -> Reply {
        let reply = discovery(request).map_or_else(|| self.attempt(request), Ok);
        let reply = reply.unwrap_or_else(|miss| {
            let status = self.deck.options.miss_status;
            let response = Response::error(status, "JOBDECK_MISS", &miss.message);
            self.deck.account.miss(*miss);
            response.into()
        });
        self.answered.count(reply.response.status);
        reply
    }
}

/// The answer to a question that no cassette has.
fn discovery(request: &Request) -> Option<Reply> {
    let message = "a replayed workspace has no discovery document";
    (request.path() == DISCOVERY)
        .then(|| Response::error(404, "ENDPOINT_NOT_FOUND", message).into())
}

fn credential(request: &Request) -> Option<&str> {
    request.headers.get("authorization")
}
