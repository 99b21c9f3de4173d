//! One cassette in the deck: what it could answer to a request, and what came of giving that.

use std::time::Duration;

use super::{
    Latency, Options, Recording,
    find::{self, Found},
    miss::{self, Miss, Reason},
    moments::Shift,
    question::{self, Question},
    receipt::Account,
    session::{Choice, How, Session},
    tape::{BYTES_KEY_MAX, Known, RowId, Settled, Tape, bytes_key},
};
use crate::exchange::{Reply, Request, Response};

/// How many bytes of requests are known beside those of the tape.
const KNOWN_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The longest delay of an answer.
const DELAY_MAX: Duration = Duration::from_secs(3600);

/// A cassette that is replayed. All but the positions, which are the sessions'.
#[derive(Debug)]
pub(super) struct Player {
    pub(super) name: String,
    pub(super) sha256: String,
    pub(super) tape: Tape,
    pub(super) account: Account,
    /// The JSON pointers whose values clients make up.
    volatile: Vec<String>,
    shift: Option<Shift>,
    /// A buffer for the bytes of the request being answered.
    bytes: Vec<u8>,
    known_bytes: usize,
    /// How often a session has moved on.
    moves: u64,
}

/// An answer that a cassette could give.
#[derive(Debug)]
pub(super) enum Offer {
    /// What was answered last, as nothing has moved since.
    Settled(Reply),
    /// One that was chosen.
    Chosen(Found, Choice),
}

impl Offer {
    /// Whether it is a list that only comes close.
    pub(super) fn is_approximate(&self) -> bool {
        matches!(self, Self::Chosen(_, Choice { how: How::Approximate, .. }))
    }
}

impl Player {
    /// Makes a recording ready.
    pub(super) fn new(recording: Recording, options: &Options) -> Self {
        let volatile = recording.volatile.iter().chain(&options.volatile).cloned().collect();
        let (name, sha256) = (recording.name.clone(), recording.sha256.clone());
        let shift = options.shift_times.then(|| Shift::from(recording.began_us));
        let tape = Tape::build(recording, options);
        let account = Account::new(&tape);
        let (bytes, known_bytes, moves) = (Vec::new(), 0, 0);
        Self { name, sha256, tape, account, volatile, shift, bytes, known_bytes, moves }
    }

    /// The runs that never end here, a sentence each.
    pub(super) fn endless(&self) -> impl Iterator<Item = String> {
        self.tape.endless.iter().map(|unended| {
            format!(
                "{unended}: a client that waits for its end waits for ever, unless --max-repeats is given"
            )
        })
    }

    /// The volatile pointers at which no request of it has a value.
    pub(super) fn idle_pointers(&self) -> impl Iterator<Item = &str> {
        self.tape.idle_pointers.iter().map(String::as_str)
    }

    /// Whether a volatile pointer is one of those, or none of this cassette's.
    pub(super) fn is_idle(&self, pointer: &str) -> bool {
        !self.volatile.iter().any(|known| known == pointer)
            || self.idle_pointers().any(|idle| idle == pointer)
    }

    /// What it has for a request, if anything.
    pub(super) fn offer(
        &mut self,
        session: &mut Session,
        request: &Request,
        options: &Options,
    ) -> Result<Offer, Box<Miss>> {
        bytes_key(request, &mut self.bytes);
        let known = self.tape.by_bytes.get(&self.bytes);
        if let Some(settled) = known.and_then(|known| known.settled.as_deref())
            && settled.moved == session.moved
        {
            return Ok(Offer::Settled(settled.reply.clone()));
        }
        let known = known.and_then(|known| find::known(&self.tape, session, known));
        let found = match known.map_or_else(|| self.find(request, session, options), Ok) {
            Ok(found) => found,
            Err(question) => return Err(miss::unasked(&self.tape, &question)),
        };
        self.account.asked(found.row);
        let unanswered = |reason| Err(miss::unanswered(&self.tape, session, found.row, reason));
        let choice =
            found.choice.or_else(|| session.choose(&self.tape, found.row, credential(request)));
        let Some(choice) = choice else { return unanswered(Reason::NothingFits) };
        if choice.how == How::Approximate && options.strict {
            return unanswered(Reason::Strict);
        }
        if self.waits(choice) {
            let repeats = session.repeats.get(&found.row).copied().unwrap_or(0);
            if options.max_repeats.is_some_and(|max| repeats >= max) {
                return unanswered(Reason::Stalled { entry: choice.entry, repeats });
            }
        }
        Ok(Offer::Chosen(found, choice))
    }

    /// Gives what it offered last, and moves the session on; with what somebody should be told, if anything.
    pub(super) fn give(
        &mut self,
        session: &mut Session,
        request: &Request,
        offer: Offer,
        options: &Options,
        now_us: u64,
    ) -> (Reply, Option<String>) {
        let (found, choice) = match offer {
            Offer::Chosen(found, choice) => (found, choice),
            Offer::Settled(reply) => {
                self.account.gave_again();
                return (reply, None);
            }
        };
        let waits = self.waits(choice);
        let is_new = waits && self.account.note_once(found.row);
        let note = is_new.then(|| {
            format!(
                "{} is asked more often than it was recorded, and is answered with exchange {} \
                 again; {}",
                self.tape.rows[found.row as usize].question.short(),
                self.tape.entries[choice.entry as usize].seq,
                miss::waits_for(&self.tape, session, choice.entry),
            )
        });
        let binds = found.bind(session);
        let moves = session.give(&self.tape, found.row, choice, credential(request));
        self.account.gave(choice);
        let reply = self.reply(session, found.row, choice, options, now_us);
        let is_again = matches!(choice.how, How::Repeated | How::Harmless);
        if binds || moves {
            self.moves += 1;
            session.moved = self.moves;
        } else if is_again
            && !waits
            // Where somebody is refused, an answer depends on who asks.
            && !self.tape.has_refusals
            && let Some(known) = self.tape.by_bytes.get_mut(&self.bytes)
        {
            known.settled = Some(Settled { moved: session.moved, reply: reply.clone() }.into());
        }
        (reply, note)
    }

    /// Whether an answer is given again that shows a run still active: its client waits for something.
    fn waits(&self, choice: Choice) -> bool {
        choice.how == How::Repeated && self.tape.entries[choice.entry as usize].shows_active()
    }

    fn find(
        &mut self,
        request: &Request,
        session: &mut Session,
        options: &Options,
    ) -> Result<Found, Box<Question>> {
        let question = Question::read(request, &options.ignore_query);
        let credential = credential(request);
        let mut found = find::find(&self.tape, session, &question, &self.volatile, credential);
        if found.is_none() && self.tape.has_omitted {
            let omitted = question::with_body_omitted(request);
            let question = Question::read(&omitted, &options.ignore_query);
            found = find::find(&self.tape, session, &question, &self.volatile, credential);
        }
        let Some(found) = found else { return Err(Box::new(question)) };
        let row = &self.tape.rows[found.row as usize];
        if row.placeholders.is_empty()
            && self.bytes.len() <= BYTES_KEY_MAX
            && self.known_bytes + self.bytes.len() <= KNOWN_BYTES_MAX
        {
            let names = found.live_names().cloned().collect();
            let known = Known::new(found.row, names);
            if self.tape.by_bytes.insert(self.bytes.clone(), known).is_none() {
                self.known_bytes += self.bytes.len();
            }
        }
        Ok(found)
    }

    fn reply(
        &mut self,
        session: &Session,
        row: RowId,
        choice: Choice,
        options: &Options,
        now_us: u64,
    ) -> Reply {
        let endpoint = self.tape.endpoint(row);
        let entry = &self.tape.entries[choice.entry as usize];
        let Some(mut response) = entry.response.clone() else {
            // Only whole answers are put into rows.
            return Response::error(500, "INTERNAL_ERROR", "this exchange has no answer").into();
        };
        if let Some(body) = session.names.give_back(&response.body) {
            response.body = body;
        }
        if let (Some(shift), Some(endpoint)) = (&mut self.shift, endpoint)
            && let Some(body) = shift.moved(endpoint, &response, now_us)
        {
            response.body = body;
        }
        let took = Duration::from_micros(entry.span.end_us - entry.span.at_us);
        let delay = match options.latency {
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

/// Who asks.
pub(super) fn credential(request: &Request) -> Option<&str> {
    request.headers.get("authorization")
}
