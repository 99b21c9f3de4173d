//! The laws of a workspace that answers what was not recorded: the cassette answers as if there were none, nothing
//! of the workspace counts as recorded, no id is given twice, and what the workspace has changed or made is its own.

use std::{
    cell::Cell,
    collections::{HashMap, HashSet},
};

use jobdeck::{
    exchange::{Exchange, Handler as _, Request, Response},
    replay::{Options, Recording, Replayer},
    serve::{self, Seed, Workspace},
};
use proptest::prelude::*;
use serde_json::Value;

use crate::scripts::{hold, made, named, played, scripts};

/// The header by which recorded answers are told from others.
const RECORDED: &str = "x-recorded";

/// A replay with a workspace behind it, and beside it the same without.
struct Deck {
    replayer: Replayer,
    alone: Replayer,
    /// What the workspace has changed or made.
    improvised: HashSet<String>,
    /// The runs of each job, as far as the cassette tells.
    runs_of: HashMap<String, Vec<String>>,
    /// The ids of the cassette.
    taken: HashSet<String>,
    wrong: Vec<String>,
}

impl Deck {
    fn of(exchanges: &[Exchange], options: &Options) -> Self {
        let seed = Seed::of(exchanges);
        let mut taped = Recording { exchanges: exchanges.to_vec(), ..Recording::default() };
        let responses = taped.exchanges.iter_mut().filter_map(|one| one.response.as_mut());
        responses.for_each(|response| response.headers.push(RECORDED, "yes"));
        let replayer = Replayer::new(taped.clone(), options.clone());
        let responses = exchanges.iter().map(|one| (&one.request, one.response.as_ref().unwrap()));
        let ids = responses.flat_map(|(request, response)| {
            named(request).into_iter().chain(made(request, response))
        });
        Self {
            replayer: replayer.with_fallback(move |_, now_us| {
                let mut workspace = Workspace::new(serve::Options::default());
                workspace.adopt(seed.clone(), now_us);
                workspace
            }),
            alone: Replayer::new(taped, options.clone()),
            improvised: HashSet::new(),
            runs_of: runs_of(exchanges),
            taken: ids.collect(),
            wrong: Vec::new(),
        }
    }

    fn hold(&mut self, holds: bool, law: &str, request: &Request, response: &Response) {
        if !holds {
            self.wrong.push(format!("{law}\n{request:?}\ngot {response:?}"));
        }
    }

    fn answer(&mut self, request: &Request, now_us: u64) -> Response {
        let response = self.replayer.answer(request, now_us).response;
        let made = made(request, &response);
        let named = named(request);
        let is_moved = |thing: &String| self.improvised.contains(thing);
        let any_moved = named.iter().any(is_moved);
        if is_recorded(&response) {
            let alone = self.alone.answer(request, now_us).response;
            self.hold(alone == response, "the cassette answers as without it", request, &response);
            self.hold(!any_moved, "what it changed is its own", request, &response);
            // What the cassette makes is the cassette's, also where somebody has named it before.
            self.improvised.retain(|thing| !made.contains(thing));
            return response;
        }
        self.hold(response.status != 424, "it answers every call", request, &response);
        // Only a miss leaves no trace beside.
        let misses = any_moved || self.alone.attempt(request, now_us).is_err();
        self.hold(misses, "it answers what the cassette does not", request, &response);
        let is_write = request.method != http::Method::GET;
        if is_write && response.is_success() {
            let ids = made.iter().filter(|thing| !thing.starts_with("idempotency_token"));
            let is_new = ids.clone().all(|id| !self.taken.contains(id));
            let is_repeated = ids.clone().all(|id| self.improvised.contains(id));
            self.hold(is_new || is_repeated, "ids never clash", request, &response);
            if ["/delete", "/cancel-all"].iter().any(|end| request.target.ends_with(end)) {
                let runs = named.iter().filter_map(|job| self.runs_of.get(job)).flatten().cloned();
                self.improvised.extend(runs);
            }
            self.improvised.extend(named.into_iter().chain(made));
        }
        response
    }
}

/// The runs of each job, as far as a recording tells.
fn runs_of(exchanges: &[Exchange]) -> HashMap<String, Vec<String>> {
    let mut runs_of = HashMap::<String, Vec<String>>::new();
    for exchange in exchanges {
        let answer = exchange.response.as_ref().unwrap().body.bytes();
        let answer: Value = serde_json::from_slice(answer).unwrap();
        let asked = serde_json::from_slice(exchange.request.body.bytes()).unwrap_or(Value::Null);
        let listed = answer["runs"].as_array().into_iter().flatten();
        for run in listed.chain([&answer, &answer["metadata"]]) {
            let Some(run_id) = run.get("run_id") else { continue };
            if let Some(job_id) = run.get("job_id").or(asked.get("job_id")) {
                let runs = runs_of.entry(format!("job_id {job_id}")).or_default();
                runs.push(format!("run_id {run_id}"));
            }
        }
    }
    runs_of
}

fn is_recorded(response: &Response) -> bool {
    response.headers.get(RECORDED).is_some()
}

#[test]
fn a_workspace_behind_a_cassette_changes_nothing_of_it() {
    let counts = Cell::new((0, 0));
    hold(200, &(scripts(), scripts(), any::<bool>()), |(recorded, strange, strict)| {
        let recording = recorded.recording(serve::Options::default());
        let mut deck = Deck::of(&recording, &Options { strict, ..Options::default() });
        let mut clients = recorded.others("live");
        let strangers = strange.others("strange").into_iter();
        clients.extend(strangers.map(|one| one.knowing(&[1, 2], &[1_000_001, 1_000_002])));
        let seen = played(clients, |_, request, now_us| deck.answer(request, now_us));
        prop_assert!(deck.wrong.is_empty(), "{}", deck.wrong[0]);
        let answered = |seen: &&Exchange| seen.response.as_ref().is_some_and(is_recorded);
        let from_cassette = seen.iter().filter(answered).count() as u64;
        let receipt = deck.replayer.receipt();
        let improvised: u64 = receipt.workspace.iter().map(|told| told.times).sum();
        prop_assert_eq!((receipt.served, receipt.missed), (from_cassette, 0));
        prop_assert_eq!(improvised, seen.len() as u64 - from_cassette);
        let (cassette, workspace) = counts.get();
        counts.set((cassette + from_cassette, workspace + improvised));
        Ok(())
    });
    let (cassette, workspace) = counts.get();
    assert!(cassette > 1000 && workspace > 1000, "{cassette} and {workspace} are too few");
}
