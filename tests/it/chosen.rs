//! The laws of cassettes side by side: each answers those who choose it as if it were alone, however the requests of
//! all of them follow each other, and only its own name chooses it.

use jobdeck::{
    admin::Desk as _,
    exchange::{Exchange, Handler as _, Outcome, Request, Response},
    replay::{Options, Recording, Replayer, Sessions},
    serve::{self, Seed, Workspace},
};
use proptest::{prelude::*, sample::Index};

use crate::scripts::{Client, hold, played, scripts};

const NAMES: [&str; 3] = ["nightly", "team/nightly", "team.v2"];

/// How a client says which cassette it wants.
#[derive(Clone, Copy, Debug)]
enum Way {
    Header,
    Token,
    TokenWithMore,
    /// It wants that which was inserted last.
    Silent,
}

fn way() -> impl Strategy<Value = Way> {
    use Way::{Header, Silent, Token, TokenWithMore};
    prop::sample::select(vec![Header, Token, TokenWithMore, Silent])
}

/// A request that chooses a cassette.
fn choosing(request: &Request, way: Way, name: &str, client: usize) -> Request {
    let mut request = request.clone();
    let token = match way {
        Way::Token => format!("cassette:{name}"),
        Way::TokenWithMore => format!("cassette:{name}:{client}"),
        Way::Header | Way::Silent => format!("client-{client}"),
    };
    request.headers.remove("authorization");
    request.headers.push("authorization", &format!("Bearer {token}"));
    if let Way::Header = way {
        request.headers.push("x-jobdeck-cassette", name);
    }
    request
}

/// Names that are none, but look much like one: detours, other letters, what a file system or a URL would make the
/// same of.
fn tricks() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "nightly", "team", "team.v2", "NIGHTLY", "..", ".", "/", "//", "\\", "%2f", "%00", ".json",
        " ", "~", "*", ":", "\u{0}", "\u{fc}",
    ]);
    prop_oneof![
        4 => prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat()),
        1 => ".{0,12}",
    ]
}

#[test]
fn only_its_own_name_chooses_a_cassette() {
    let request = Request::new(http::Method::GET, "/api/2.0/clusters/list");
    let answer = |name: &str| Response::json(200, serde_json::json!({ "from": name }).to_string());
    let recordings = NAMES.map(|name| {
        let exchange = Exchange {
            seq: 1,
            connection: 1,
            at_us: 0,
            first_byte_us: None,
            took_us: 1,
            request: request.clone(),
            response: Some(answer(name)),
            redacted: Vec::new(),
            outcome: Outcome::Complete,
            weather: None,
        };
        Recording { exchanges: vec![exchange], ..Recording::default() }.named(name)
    });
    hold(3_000, &(tricks(), way()), |(name, way)| {
        let mut replayer = Replayer::side_by_side(recordings.clone(), Options::default());
        let mut chosen = &*name;
        if let Way::Silent = way {
            let inserted = replayer.insert(&name);
            prop_assert_eq!(inserted.is_ok(), NAMES.contains(&chosen));
        } else {
            // A token ends before its second colon.
            let is_token = matches!(way, Way::Token | Way::TokenWithMore);
            chosen = if is_token { name.split(':').next().unwrap() } else { &name };
        }
        let asked = choosing(&request, way, &name, 0);
        // Not every text fits into a header, and a token is ASCII.
        let header = if let Way::Header = way { "x-jobdeck-cassette" } else { "authorization" };
        let is_heard = asked.headers.get(header).is_some();
        let given = replayer.answer(&asked, 0).response;
        if is_heard && NAMES.contains(&chosen) {
            prop_assert_eq!(given, answer(chosen));
        } else {
            prop_assert_eq!(given.status, 424);
        }
        Ok(())
    });
}

/// Cassettes side by side, and beside them each alone.
struct Row {
    together: Replayer,
    alone: Vec<Replayer>,
    inserted: Option<usize>,
    wrong: Vec<String>,
}

impl Row {
    /// With a workspace behind each, or without.
    fn of(recordings: Vec<Recording>, options: &Options, improvises: bool) -> Self {
        let seeds: Vec<Seed> = recordings.iter().map(|one| Seed::of(&one.exchanges)).collect();
        let behind = |replayer: Replayer, seeds: Vec<Seed>| {
            if !improvises {
                return replayer;
            }
            replayer.with_fallback(move |place, now_us| {
                let mut workspace = Workspace::new(serve::Options::default());
                workspace.adopt(seeds[place].clone(), now_us);
                workspace
            })
        };
        let alone = recordings.iter().zip(&seeds).map(|(one, seed)| {
            behind(Replayer::new(one.clone(), options.clone()), vec![seed.clone()])
        });
        Self {
            alone: alone.collect(),
            together: behind(Replayer::side_by_side(recordings, options.clone()), seeds),
            inserted: None,
            wrong: Vec::new(),
        }
    }

    fn insert(&mut self, place: usize) {
        self.together.insert(NAMES[place]).unwrap();
        self.alone[place].reset();
        self.inserted = Some(place);
    }

    /// What the deck answers to somebody who wants a cassette, held against what that one answers alone.
    fn answer(&mut self, request: &Request, place: Option<usize>, now_us: u64) -> Response {
        let response = self.together.answer(request, now_us).response;
        let alone = place.map(|place| self.alone[place].answer(request, now_us).response);
        let is_miss = |response: &Response| response.status == 424;
        let is_same = match &alone {
            // A miss names the cassette, too.
            Some(alone) => *alone == response || (is_miss(alone) && is_miss(&response)),
            None => is_miss(&response),
        };
        if !is_same {
            self.wrong.push(format!("{request:?}\ngot {response:?}\nand not {alone:?}"));
        }
        response
    }
}

#[test]
fn sessions_of_different_cassettes_never_influence_each_other() {
    let world = (scripts(), prop::collection::vec(way(), 3));
    let inserts = prop::collection::hash_map(0..60_usize, any::<Index>(), 0..4);
    let worlds = (prop::collection::vec(world, 2..4), inserts, any::<bool>(), any::<bool>());
    hold(150, &worlds, |(worlds, inserts, per_token, improvises)| {
        let sessions = if per_token { Sessions::PerToken } else { Sessions::Shared };
        let recordings: Vec<Recording> = worlds
            .iter()
            .zip(NAMES)
            .map(|((scripts, _), name)| {
                let exchanges = scripts.recording(serve::Options::default());
                Recording { exchanges, ..Recording::default() }.named(name)
            })
            .collect();
        let options = Options { sessions, ..Options::default() };
        let mut row = Row::of(recordings, &options, improvises);
        // Whoever knows what to ask of a cassette, with the way in which they choose it.
        let mut wants = Vec::new();
        let mut clients: Vec<Client> = Vec::new();
        for (place, (scripts, ways)) in worlds.iter().enumerate() {
            let others = scripts.others("live");
            wants.extend(ways.iter().take(others.len()).map(|way| (place, *way)));
            clients.extend(others);
        }
        let mut asked = 0;
        let seen = played(clients, |client, request, now_us| {
            if let Some(index) = inserts.get(&asked) {
                row.insert(index.index(worlds.len()));
            }
            asked += 1;
            let (place, way) = wants[client];
            let request = choosing(request, way, NAMES[place], client);
            let place = if let Way::Silent = way { row.inserted } else { Some(place) };
            row.answer(&request, place, now_us)
        });
        prop_assert!(row.wrong.is_empty(), "{}", row.wrong[0]);
        // Each answer is counted once, for the cassette that was chosen.
        let receipt = row.together.receipt();
        let served: u64 = row.alone.iter().map(|alone| alone.receipt().served).sum();
        prop_assert_eq!(receipt.served, served);
        let improvised: u64 = receipt.workspace.iter().map(|told| told.times).sum();
        prop_assert_eq!(receipt.served + receipt.missed + improvised, seen.len() as u64);
        Ok(())
    });
}
