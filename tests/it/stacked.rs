//! The laws of cassettes that lie one on the other: each answers as if it were alone and asked what it answers, the
//! last that can is asked first, and whoever made a thing answers for it.

use std::{cell::Cell, collections::HashMap};

use jobdeck::{
    exchange::{Exchange, Handler as _, Request, Response},
    replay::{Options, Recording, Replayer},
    serve::{self, Ids},
};
use proptest::prelude::*;

use crate::scripts::{Scripts, findings, hold, made, named, played, scripts, table};

/// The header by which a recorded answer tells of which cassette it is.
const FROM: &str = "x-from";

/// A recording all of whose answers tell of which cassette they are.
fn recording(scripts: &Scripts, place: usize, options: serve::Options) -> Recording {
    let mut exchanges = scripts.recording(options);
    let responses = exchanges.iter_mut().filter_map(|exchange| exchange.response.as_mut());
    responses.for_each(|response| response.headers.push(FROM, &place.to_string()));
    Recording { exchanges, ..Recording::default() }
}

/// The cassette that gave an answer; none gave a miss.
fn from(response: &Response) -> Option<usize> {
    response.headers.get(FROM)?.parse().ok()
}

/// Cassettes one on the other, and beside them each alone.
struct Stack {
    stacked: Replayer,
    alone: Vec<Replayer>,
    strict: bool,
    /// The cassettes whose answers made things, by the names of the things.
    owners: HashMap<String, usize>,
    wrong: Vec<String>,
}

impl Stack {
    fn of(recordings: &[Recording], strict: bool) -> Self {
        let options = Options { strict, ..Options::default() };
        let alone = recordings.iter().map(|one| Replayer::new(one.clone(), options.clone()));
        Self {
            stacked: Replayer::stacked(recordings.to_vec(), options.clone()),
            alone: alone.collect(),
            strict,
            owners: HashMap::new(),
            wrong: Vec::new(),
        }
    }

    /// What the stack answers, held against what the cassettes answer alone.
    fn answer(&mut self, request: &Request, now_us: u64) -> Response {
        let response = self.stacked.answer(request, now_us).response;
        let given = from(&response);
        let expected = if self.strict {
            self.first(request, now_us)
        } else {
            // Which of the lists that only come close is the stack's to choose.
            given.map(|place| self.alone[place].answer(request, now_us).response)
        };
        if expected.as_ref() != given.map(|_| &response) {
            self.wrong.push(format!("{request:?}\ngot {response:?}\nand not {expected:?}"));
        }
        if let Some(place) = given {
            self.owners.extend(made(request, &response).into_iter().map(|thing| (thing, place)));
        }
        response
    }

    /// What the last cassette answers that has an answer and may give it.
    fn first(&mut self, request: &Request, now_us: u64) -> Option<Response> {
        let owner = named(request).iter().find_map(|thing| self.owners.get(thing)).copied();
        let places = (0..self.alone.len()).rev();
        places
            .filter(|place| owner.is_none_or(|owner| owner == *place))
            .find_map(|place| self.alone[place].attempt(request, now_us).ok())
            .map(|reply| reply.response)
    }
}

#[test]
fn each_answers_as_if_it_were_alone_and_shows_what_could_have_happened() {
    let counts = Cell::new((0, 0));
    let worlds = (prop::collection::vec(scripts(), 2..4), any::<bool>(), any::<bool>());
    hold(150, &worlds, |(worlds, strict, ids_differ)| {
        let ids = |seed| if ids_differ { Ids::Large { seed } } else { Ids::Small };
        let recordings: Vec<Recording> = (0..)
            .zip(&worlds)
            .map(|(place, scripts)| {
                let ids = ids(place);
                let options = serve::Options { ids, ..serve::Options::default() };
                recording(scripts, usize::try_from(place).unwrap(), options)
            })
            .collect();
        let mut stack = Stack::of(&recordings, strict);
        let clients = worlds
            .iter()
            .zip(["live-0", "live-1", "live-2"])
            .flat_map(|(scripts, fresh)| scripts.others(fresh))
            .collect();
        let seen = played(clients, |_, request, now_us| stack.answer(request, now_us));
        prop_assert!(stack.wrong.is_empty(), "{}", stack.wrong[0]);
        let (hits, misses) = counts.get();
        let answered = seen.iter().filter(|exchange| of(exchange).is_some()).count();
        counts.set((hits + answered, misses + seen.len() - answered));
        if strict {
            for (place, recorded) in recordings.iter().enumerate() {
                let seen: Vec<Exchange> =
                    seen.iter().filter(|exchange| of(exchange) == Some(place)).cloned().collect();
                prop_assert_eq!(
                    findings(&seen),
                    Vec::<String>::new(),
                    "{}\nof\n{}",
                    table(&seen),
                    table(&recorded.exchanges)
                );
            }
        }
        Ok(())
    });
    let (hits, misses) = counts.get();
    assert!(hits > misses, "{hits} answered, {misses} missed: there was little to judge");
}

/// The cassette that an answer came from.
fn of(exchange: &Exchange) -> Option<usize> {
    exchange.response.as_ref().and_then(from)
}
