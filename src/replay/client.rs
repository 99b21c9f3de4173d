//! Whoever has a position of their own: how far they have come on each cassette, and from where they have
//! what they know.

use std::collections::BTreeMap;

use foldhash::HashMap;

use super::{fallback::StandIn, question::Question, session::Session, things::Thing};
use crate::{exchange::Response, life::told};

/// The clients that share one position.
#[derive(Debug, Default)]
pub(super) struct Client {
    positions: BTreeMap<usize, Session>,
    /// By the first of the places of the cassettes that are a world together.
    worlds: BTreeMap<usize, World>,
}

/// What a client knows of cassettes that are asked together. Those side by side are a world each: what is
/// called alike there is not the same.
#[derive(Debug, Default)]
pub(super) struct World {
    owners: HashMap<Thing, Owner>,
    pub(super) stand_in: StandIn,
}

/// Who answers for a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// The cassette at this place.
    Cassette(usize),
    /// What answers where no cassette does.
    Fallback,
}

impl Client {
    /// The position on the cassette at a place.
    pub(super) fn position(&mut self, place: usize) -> &mut Session {
        self.positions.entry(place).or_default()
    }

    /// What it knows of the cassettes from a place on that are asked together.
    pub(super) fn world(&mut self, first_place: usize) -> &mut World {
        self.worlds.entry(first_place).or_default()
    }

    /// Goes back to the beginning of a cassette that is a world of its own.
    pub(super) fn rewind(&mut self, place: usize) {
        self.positions.remove(&place);
        self.worlds.remove(&place);
    }
}

impl World {
    /// Who answers for what a question names: whoever made it.
    pub(super) fn owner(&self, question: &Question) -> Option<Owner> {
        named(question).find_map(|thing| self.owners.get(&thing).copied())
    }

    /// Notes what an answer made, which belongs to whoever gave it.
    pub(super) fn own_what_is_made(
        &mut self,
        owner: Owner,
        question: &Question,
        response: &Response,
    ) {
        let Some(endpoint) = question.endpoint.filter(|_| response.is_success()) else { return };
        if endpoint.effect().makes.is_empty() {
            return;
        }
        let told = told(endpoint, response.body.bytes());
        let made = told.job.map(Thing::Job).into_iter().chain(told.run.map(Thing::Run));
        let token = question.token().map(|token| Thing::Token(token.to_owned()));
        self.owners.extend(made.chain(token).map(|thing| (thing, owner)));
    }

    /// Notes that what a question names is as its answer made it, and so are these runs.
    pub(super) fn own_what_is_named(
        &mut self,
        owner: Owner,
        question: &Question,
        runs: impl Iterator<Item = i64>,
    ) {
        let changed = named(question).chain(runs.map(Thing::Run));
        self.owners.extend(changed.map(|thing| (thing, owner)));
    }
}

/// The things that a question names, the most special first.
fn named(question: &Question) -> impl Iterator<Item = Thing> {
    let token = question.token().map(|token| Thing::Token(token.to_owned()));
    let run = question.integer("run_id").map(Thing::Run);
    let job = question.integer("job_id").map(Thing::Job);
    token.into_iter().chain(run).chain(job)
}
