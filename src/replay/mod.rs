//! Answers from a cassette, following cause and effect.
//!
//! A request is a question; all recorded answers to one question are a row. Which of them is
//! given follows from what has been replayed so far: an answer fits if just the recorded changes of the
//! jobs, runs and lists that it depends on have been replayed, so that a client that polls
//! more, less, faster or slower than the recorded one still sees a history that could have happened.
//!
//! Nothing here reads a clock or opens a socket but [`Server`], which puts a [`Replayer`] on a port. What was not
//! recorded is answered with a miss.

mod about;
mod build;
mod client;
mod fallback;
mod find;
mod history;
mod miss;
mod moments;
mod names;
mod nearest;
mod options;
mod placeholders;
mod player;
mod prune;
mod question;
mod receipt;
mod recording;
mod server;
mod session;
mod shelf;
mod tape;
mod things;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use self::{
    client::{Client, Owner},
    fallback::Fallback,
    player::{Player, credential},
    question::Question,
    receipt::Misses,
    shelf::{Row, Shelf},
    tape::DISCOVERY,
};
pub use self::{
    fallback::Improvised,
    miss::{Kind, Miss, Nearest},
    options::{Latency, Options, Polls, Sessions, Transients},
    prune::{Leftovers, Pruned, prune},
    receipt::{Approximate, Receipt, Recorded, Replayed, Verdict},
    recording::Recording,
    server::{Outcome, Server},
};
use crate::{
    admin::{Desk, Metrics, StatusClasses},
    error::{self, Error},
    exchange::{Handler, Reply, Request, Response},
};

/// How many sessions are kept; further tokens get misses. Each holds the position in the whole tape.
const SESSIONS_MAX: usize = 10_000;
/// Answers from recordings.
#[derive(Debug)]
pub struct Replayer {
    players: Vec<Player>,
    shelf: Shelf,
    options: Options,
    clients: BTreeMap<String, Client>,
    misses: Misses,
    fallback: Option<Fallback>,
    notes: Vec<String>,
    answered: StatusClasses,
}

impl Replayer {
    /// Makes a recording ready.
    pub fn new(recording: impl Into<Recording>, options: Options) -> Self {
        Self::stacked([recording.into()], options)
    }

    /// Makes several recordings ready that are all asked, the last first. What an answer of one has made
    /// belongs to that one.
    pub fn stacked(recordings: impl IntoIterator<Item = Recording>, options: Options) -> Self {
        Self::of(recordings, options, |players| Shelf::Stack(players.len()))
    }

    /// Makes several recordings ready of which each request chooses one by its name: by the header
    /// `x-jobdeck-cassette: NAME`, by the bearer token `cassette:NAME`, or else the one that was
    /// [inserted](Desk::insert) last.
    pub fn side_by_side(recordings: impl IntoIterator<Item = Recording>, options: Options) -> Self {
        Self::of(recordings, options, |players| {
            Shelf::Row(Row::of(players.iter().map(|player| &*player.name)))
        })
    }

    fn of(
        recordings: impl IntoIterator<Item = Recording>,
        options: Options,
        shelf: impl FnOnce(&[Player]) -> Shelf,
    ) -> Self {
        let players: Vec<Player> =
            recordings.into_iter().map(|recording| Player::new(recording, &options)).collect();
        Self {
            shelf: shelf(&players),
            players,
            options,
            clients: BTreeMap::new(),
            misses: Misses::default(),
            fallback: None,
            notes: Vec::new(),
            answered: StatusClasses::default(),
        }
    }

    /// The same with somebody who answers the calls of the API that no recording answers. Each session has one of
    /// its own for each recording that lies beside others, or for all that are asked together. It is made when it
    /// is first asked, from the place of that recording, or 0, and the time in microseconds since 1970. The
    /// receipt tells what it answers apart from what was recorded.
    #[must_use]
    pub fn with_fallback<H: Handler>(
        self,
        make: impl Fn(usize, u64) -> H + Send + 'static,
    ) -> Self {
        let make = move |place, now_us| Box::new(make(place, now_us)) as Box<dyn Handler>;
        Self { fallback: Some(Fallback::new(Box::new(make))), ..self }
    }

    /// Answers a request that came at `now_us` (microseconds since 1970) from the recordings, or tells why
    /// there is no answer. Such a miss is in no receipt: whoever asks may have another answer.
    pub fn attempt(&mut self, request: &Request, now_us: u64) -> Result<Reply, Box<Miss>> {
        self.recorded(request, self.question(request).as_ref(), now_us)
    }

    /// The question of a request, if it matters to whom things belong: somebody else could answer.
    fn question(&self, request: &Request) -> Option<Question> {
        (self.shelf.asks_several() || self.fallback.is_some())
            .then(|| Question::read(request, &self.options.ignore_query))
    }

    fn recorded(
        &mut self,
        request: &Request,
        question: Option<&Question>,
        now_us: u64,
    ) -> Result<Reply, Box<Miss>> {
        let places = self.shelf.places(request)?;
        let Self { players, options, clients, notes, .. } = self;
        let Some(client) = client(clients, options, request) else {
            let question = Question::read(request, &options.ignore_query);
            return Err(miss::crowded(&question, SESSIONS_MAX));
        };
        let first = places.start;
        let owner = question.and_then(|question| client.world(first).owner(question));
        let (mut exact, mut approximate, mut miss) = (None, None, None);
        for place in places.rev() {
            if owner.is_some_and(|owner| owner != Owner::Cassette(place)) {
                continue;
            }
            match players[place].offer(client.position(place), request, options) {
                Ok(offer) if offer.is_approximate() => {
                    approximate = approximate.or(Some((place, offer)));
                }
                Ok(offer) => {
                    exact = Some((place, offer));
                    break;
                }
                Err(other) => miss = Some(nearer(miss, (place, other))),
            }
        }
        let is_one = players.len() == 1;
        let Some((place, offer)) = exact.or(approximate) else {
            let (place, mut miss) = miss.ok_or_else(|| {
                miss::nothing_to_ask(&Question::read(request, &options.ignore_query))
            })?;
            if !is_one {
                miss.is_of(&players[place].name);
            }
            return Err(miss);
        };
        let player = &mut players[place];
        let (reply, note) = player.give(client.position(place), request, offer, options, now_us);
        let told = |text| if is_one { text } else { format!("{}: {text}", player.name) };
        notes.extend(note.map(told));
        if let Some(question) = question {
            let owner = Owner::Cassette(place);
            client.world(first).own_what_is_made(owner, question, &reply.response);
        }
        Ok(reply)
    }

    /// The answer of the fallback to what no recording answers, if there is one and it is asked for a call
    /// that it may know.
    fn improvised(
        &mut self,
        request: &Request,
        question: Option<&Question>,
        now_us: u64,
    ) -> Option<Reply> {
        let question = question.filter(|question| question.endpoint.is_some())?;
        let fallback = self.fallback.as_mut()?;
        // Who chooses none of the cassettes is in no world.
        let places = self.shelf.places(request).ok()?;
        let world = client(&mut self.clients, &self.options, request)?.world(places.start);
        let stand_in = &mut world.stand_in;
        let reply = fallback.answer(stand_in, places.start, request, question, now_us);
        if reply.response.is_success() && question.method != http::Method::GET {
            let job = things::job_of_changed_runs(question);
            let tapes = self.players[places].iter().map(|player| &player.tape);
            let runs = tapes.filter_map(|tape| tape.runs_of_jobs.get(&job?)).flatten().copied();
            world.own_what_is_named(Owner::Fallback, question, runs);
            world.own_what_is_made(Owner::Fallback, question, &reply.response);
        }
        Some(reply)
    }

    /// Whether a request names a job or a run that was made in a recording, or a token that was used there.
    /// Nobody but the recording can say anything about such a thing.
    pub fn names_what_was_made(&self, request: &Request) -> bool {
        let question = Question::read(request, &self.options.ignore_query);
        self.players.iter().any(|player| player.tape.names_what_was_made(&question))
    }

    /// What is wrong with the recordings or the options for them: runs that never end, volatile pointers
    /// that point at nothing, and things that are made in more than one.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> = Vec::new();
        for player in &self.players {
            let of =
                if self.players.len() == 1 { String::new() } else { format!("{}: ", player.name) };
            warnings.extend(player.endless().map(|text| format!("{of}{text}")));
        }
        let idle = self.players.iter().flat_map(Player::idle_pointers);
        let idle: BTreeSet<&str> = idle
            .filter(|pointer| self.players.iter().all(|player| player.is_idle(pointer)))
            .collect();
        warnings.extend(idle.into_iter().map(|pointer| {
            let why = if pointer.is_empty() || pointer.starts_with('/') {
                "no recorded request has a value there"
            } else {
                "a JSON pointer begins with `/`"
            };
            format!("the volatile pointer `{pointer}` changes nothing: {why}")
        }));
        if let Shelf::Stack(_) = self.shelf {
            warnings.extend(self.made_twice());
        }
        warnings
    }

    /// Cassettes that make the same jobs or runs, so that a client cannot say which it means.
    fn made_twice(&self) -> Vec<String> {
        let mut first = HashMap::new();
        let mut told = BTreeSet::new();
        for (place, player) in self.players.iter().enumerate() {
            for thing in player.tape.made_here() {
                let earlier = *first.entry(thing).or_insert(place);
                if earlier != place {
                    told.insert((earlier, place));
                }
            }
        }
        let name = |place: usize| &self.players[place].name;
        told.into_iter()
            .map(|(one, other)| {
                format!(
                    "{} and {} make things with the same ids, so that a request may mean either",
                    name(one),
                    name(other)
                )
            })
            .collect()
    }

    /// What happened since the last call that somebody should be told, a sentence each.
    pub fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    /// What has been served, missed and left unused so far.
    pub fn receipt(&self) -> Receipt {
        let asked = self.players.iter().enumerate();
        let asked = asked.filter(|(place, _)| self.shelf.is_asked(*place));
        Receipt::of(asked.map(|(_, player)| player), &self.misses, self.fallback.as_ref())
    }

    /// Numbers about the replay so far: `{"served", "approximate", "missed", "workspace", "sessions",
    /// "cassettes", "exchanges"}`.
    pub fn status(&self) -> serde_json::Value {
        serde_json::json!({
            "served": self.sum(|player| player.account.served),
            "approximate": self.sum(|player| player.account.approximate),
            "missed": self.misses.count,
            "workspace": self.fallback.as_ref().map_or(0, |fallback| fallback.answered),
            "sessions": self.clients.len(),
            "cassettes": self.players.len(),
            "exchanges": self.sum(|player| player.tape.entries.len() as u64),
        })
    }

    fn sum(&self, of: impl Fn(&Player) -> u64) -> u64 {
        self.players.iter().map(of).sum()
    }

    /// Goes back to the start of all recordings. The receipt goes on.
    pub fn reset(&mut self) {
        self.clients.clear();
    }
}

/// Whoever sends a request; nobody if there are too many.
fn client<'a>(
    clients: &'a mut BTreeMap<String, Client>,
    options: &Options,
    request: &Request,
) -> Option<&'a mut Client> {
    let key = match options.sessions {
        Sessions::Shared => "",
        Sessions::PerToken => credential(request).unwrap_or_default(),
    };
    if clients.len() == SESSIONS_MAX && !clients.contains_key(key) {
        return None;
    }
    Some(clients.entry(key.to_owned()).or_default())
}

/// The one of two misses that tells more.
fn nearer(miss: Option<(usize, Box<Miss>)>, other: (usize, Box<Miss>)) -> (usize, Box<Miss>) {
    match miss {
        Some(miss) if miss.1.distance() <= other.1.distance() => miss,
        _ => other,
    }
}

impl Desk for Replayer {
    fn status(&mut self, _now_us: u64) -> serde_json::Value {
        Self::status(self)
    }

    fn metrics(&mut self, _now_us: u64) -> Metrics {
        let mut metrics = Metrics::of("replay");
        self.answered.write(&mut metrics);
        let served = "Requests that got a recorded answer, approximate ones included.";
        metrics.counter("jobdeck_served_total", served, self.sum(|player| player.account.served));
        let approximate = "Requests that got a list that only came close.";
        let count = self.sum(|player| player.account.approximate);
        metrics.counter("jobdeck_approximate_total", approximate, count);
        let missed = "Requests that nothing recorded answers.";
        metrics.counter("jobdeck_missed_total", missed, self.misses.count);
        if let Some(fallback) = &self.fallback {
            let answered =
                "Requests that the embedded workspace answered, since nothing recorded does.";
            metrics.counter("jobdeck_workspace_answers_total", answered, fallback.answered);
        }
        let sessions = "Positions in the cassettes.";
        metrics.gauge("jobdeck_sessions", sessions, self.clients.len());
        let exchanges = "Exchanges in the cassettes.";
        let count = self.sum(|player| player.tape.entries.len() as u64);
        metrics.gauge("jobdeck_cassette_exchanges", exchanges, count);
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
    fn insert(&mut self, cassette: &str) -> error::Result<()> {
        let failed = || {
            Error::new(error::Kind::Usage, format!("failed to insert the cassette {cassette:?}"))
        };
        let Shelf::Row(row) = &mut self.shelf else {
            return Err(failed()
                .because("this deck asks all its cassettes")
                .hint("`jobdeck replay FOLDER` lets requests choose one"));
        };
        let Some(place) = row.insert(cassette) else {
            let failed = failed().because("there is none of this name");
            return Err(failed.hint(row.instead_of(cassette)));
        };
        for client in self.clients.values_mut() {
            client.rewind(place);
        }
        Ok(())
    }
}

impl Handler for Replayer {
    fn answer(&mut self, request: &Request, now_us: u64) -> Reply {
        let reply = self.reply(request, now_us);
        self.answered.count(reply.response.status);
        reply
    }
}

impl Replayer {
    fn reply(&mut self, request: &Request, now_us: u64) -> Reply {
        if let Some(reply) = discovery(request) {
            return reply;
        }
        let question = self.question(request);
        let miss = match self.recorded(request, question.as_ref(), now_us) {
            Ok(reply) => return reply,
            Err(miss) => miss,
        };
        if let Some(reply) = self.improvised(request, question.as_ref(), now_us) {
            return reply;
        }
        let response = Response::error(self.options.miss_status, "JOBDECK_MISS", &miss.message);
        self.misses.add(*miss);
        response.into()
    }
}

/// The answer to a question that no cassette has.
fn discovery(request: &Request) -> Option<Reply> {
    let message = "a replayed workspace has no discovery document";
    (request.target.starts_with(DISCOVERY) && request.path() == DISCOVERY)
        .then(|| Response::error(404, "ENDPOINT_NOT_FOUND", message).into())
}
