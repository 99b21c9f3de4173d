//! Several cassettes in one deck, and somebody who answers where none does.

use super::*;

fn named(name: &str, lines: &[Line]) -> Recording {
    Recording { sha256: format!("digest of {name}"), ..recording(lines) }.named(name)
}

/// Asks each question and expects the answer behind `->`.
#[track_caller]
fn talk(replayer: &mut Replayer, table: &str) {
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (question, expected) = line.split_once(" -> ").unwrap();
        assert_eq!(ask(replayer, question), expected, "{line}\n{:#?}", replayer.receipt().misses);
    }
}

const OLD: &[Line] = &[
    (0, 5, "create 1", "1"),
    (10, 15, "job 1", "old"),
    (20, 25, "create 2", "2"),
    (30, 35, "/api/2.0/clusters/list", "old"),
    (40, 45, "jobs", "1 2"),
];
const NEW: &[Line] = &[
    (0, 5, "create 1", "7"),
    (10, 15, "job 7", "new"),
    (20, 25, "job 1", "somebody else's"),
    (30, 35, "/api/2.0/clusters/list", "new"),
];

#[test]
fn the_last_cassette_is_asked_first() {
    let mut replayer =
        Replayer::stacked([named("old", OLD), named("new", NEW)], Options::default());
    talk(
        &mut replayer,
        "/api/2.0/clusters/list -> \"new\"
         create 1 -> 7
         job 7 -> new
         create 2 -> 2
         create 1 -> 1",
    );
}

#[test]
fn a_thing_belongs_to_the_cassette_whose_answer_made_it() {
    let mut replayer =
        Replayer::stacked([named("old", OLD), named("new", NEW)], Options::default());
    talk(&mut replayer, "job 1 -> somebody else's");
    // The first is in the new cassette, the second is not any more.
    talk(
        &mut replayer,
        "create 1 -> 7
         create 1 -> 1
         job 1 -> old
         job 7 -> new
         update 1 x -> MISS never recorded",
    );
}

#[test]
fn a_list_that_fits_goes_before_a_later_one_that_only_comes_close() {
    let later: &[Line] = &[(0, 5, "create 9", "9"), (10, 15, "jobs", "9")];
    let lists = [named("old", OLD), named("new", later)];
    let mut replayer = Replayer::stacked(lists, Options::default());
    talk(&mut replayer, "create 1 -> 1\n create 2 -> 2\n jobs -> 1 2");
    assert_eq!(replayer.receipt().approximate, []);
}

#[test]
fn the_receipt_tells_the_cassettes_apart() {
    let mut replayer =
        Replayer::stacked([named("old", OLD), named("new", NEW)], Options::default());
    talk(
        &mut replayer,
        "create 1 -> 7
         jobs -> 1 2
         job 8 -> MISS unknown id
         reset 7 x -> MISS never recorded",
    );
    insta::assert_snapshot!(replayer.receipt());
    let receipt = serde_json::to_string(&replayer.receipt()).unwrap();
    let left: Leftovers = serde_json::from_str(&receipt).unwrap();
    let exchanges = |sha256: &str| {
        let left = left.clone().of(sha256).unwrap();
        left.unused.iter().map(|recorded| recorded.exchange).collect::<Vec<_>>()
    };
    assert_eq!(exchanges("digest of old"), [1, 2, 3, 4]);
    assert_eq!(exchanges("digest of new"), [2, 3, 4]);
    assert_eq!(left.of("another digest"), None);
}

#[test]
fn cassettes_that_make_the_same_things_are_named() {
    let lines: &[Line] = &[(0, 5, "create 5", "2"), (10, 15, "create 6", "1")];
    let made = [named("old", OLD), named("new", NEW), named("more", lines)];
    insta::assert_snapshot!(Replayer::stacked(made, Options::default()).warnings().join("\n"), @"old and more make things with the same ids, so that a request may mean either");
}

/// A request that chooses a cassette.
fn choosing(question: &str, header: (&str, &str)) -> Request {
    let mut request = request(question);
    request.headers.push(header.0, header.1);
    request
}

fn side_by_side(options: Options) -> Replayer {
    Replayer::side_by_side([named("team/old", OLD), named("new", NEW)], options)
}

#[track_caller]
fn expect(replayer: &mut Replayer, question: &str, header: (&str, &str), expected: &str) {
    let answer = words(&replayer.answer(&choosing(question, header), 0).response);
    assert_eq!(answer, expected, "{header:?}: {:#?}", replayer.receipt().misses);
}

#[test]
fn each_request_chooses_its_cassette() {
    let mut replayer = side_by_side(Options::default());
    let clusters = "/api/2.0/clusters/list";
    for (header, expected) in [
        (("x-jobdeck-cassette", "new"), "\"new\""),
        (("X-Jobdeck-Cassette", "team/old"), "\"old\""),
        (("authorization", "Bearer cassette:new"), "\"new\""),
        (("authorization", "bearer  cassette:team/old:worker-3"), "\"old\""),
        (("authorization", "Basic cassette:new"), "MISS no cassette"),
        (("x-jobdeck-cassette", "old"), "MISS no cassette"),
        (("x-jobdeck-cassette", "../new"), "MISS no cassette"),
        (("x-jobdeck-cassette", ""), "MISS no cassette"),
        (("accept", "*/*"), "MISS no cassette"),
    ] {
        expect(&mut replayer, clusters, header, expected);
    }
    insta::assert_snapshot!(replayer.receipt());
}

#[test]
fn what_was_never_chosen_is_left_out_of_the_receipt() {
    let mut replayer = side_by_side(Options::default());
    let new = ("x-jobdeck-cassette", "new");
    for (question, expected) in [("create 1", "7"), ("job 7", "new"), ("job 1", "somebody else's")]
    {
        expect(&mut replayer, question, new, expected);
    }
    expect(&mut replayer, "/api/2.0/clusters/list", new, "\"new\"");
    let receipt = replayer.receipt();
    assert_eq!(receipt.verdict(true), Verdict::Clean, "{receipt}");
    assert_eq!(receipt.cassettes.len(), 1);
}

#[test]
fn an_inserted_cassette_answers_from_its_beginning() {
    let mut replayer = side_by_side(Options::default());
    for (name, expected) in [("new", "7"), ("team/old", "1"), ("new", "7")] {
        replayer.insert(name).unwrap();
        talk(&mut replayer, &format!("create 1 -> {expected}"));
    }
    talk(&mut replayer, "create 1 -> MISS exhausted");
    insta::assert_snapshot!(replayer.insert("old").unwrap_err(), @"failed to insert the cassette \"old\": there is none of this name");
    let mut one = Replayer::new(named("new", NEW), Options::default());
    insta::assert_snapshot!(one.insert("new").unwrap_err(), @"failed to insert the cassette \"new\": this deck asks all its cassettes");
}

#[test]
fn tokens_of_one_cassette_may_have_positions_of_their_own() {
    let options = Options { sessions: Sessions::PerToken, ..Options::default() };
    let mut replayer = side_by_side(options);
    for worker in ["cassette:new:1", "cassette:new:2"] {
        let token = format!("Bearer {worker}");
        expect(&mut replayer, "create 1", ("authorization", &token), "7");
    }
    expect(&mut replayer, "create 1", ("authorization", "Bearer cassette:new:1"), "MISS exhausted");
}

/// Makes job 50, whatever is asked, and shows every job as its own.
struct Stranger;

impl Handler for Stranger {
    fn answer(&mut self, request: &Request, _now_us: u64) -> Reply {
        let body = if request.path().ends_with("/get") {
            json!({"job_id": 50, "settings": {"name": "stranger"}})
        } else {
            json!({"job_id": 50})
        };
        Response::json(200, body.to_string()).into()
    }
}

#[test]
fn a_fallback_answers_what_no_cassette_does_and_is_told_apart() {
    let mut replayer =
        Replayer::new(recording(OLD), Options::default()).with_fallback(|_, _| Stranger);
    talk(
        &mut replayer,
        "create 1 -> 1
         job 1 -> old
         create 7 -> 50
         job 50 -> stranger
         job 1 -> old
         update 1 x -> 50
         job 1 -> stranger
         /api/2.0/clusters/get -> MISS never recorded
         /api/2.0/clusters/list -> \"old\"",
    );
    let receipt = replayer.receipt();
    assert_eq!((receipt.served, receipt.missed), (4, 1));
    let improvised: Vec<_> =
        receipt.workspace.iter().map(|told| (&*told.request, told.status, told.times)).collect();
    assert_eq!(
        improvised,
        [("GET jobs/get", 200, 2), ("POST jobs/create", 200, 1), ("POST jobs/update", 200, 1)]
    );
    assert!(
        receipt
            .to_string()
            .contains("not recorded: GET jobs/get got 200 of the workspace (2 times)\n")
    );
}

/// Makes jobs, and counts them.
struct Counter(i64);

impl Handler for Counter {
    fn answer(&mut self, _request: &Request, _now_us: u64) -> Reply {
        self.0 += 1;
        Response::json(200, json!({"job_id": self.0}).to_string()).into()
    }
}

#[test]
fn each_session_has_a_fallback_of_its_own_that_begins_anew_with_it() {
    let options = Options { sessions: Sessions::PerToken, ..Options::default() };
    let mut replayer = Replayer::new(recording(OLD), options)
        .with_fallback(|_, now_us| Counter(now_us.cast_signed()));
    let create = |replayer: &mut Replayer, token: &str, now_us: u64| {
        let request = choosing("create 9", ("authorization", token));
        words(&replayer.answer(&request, now_us).response)
    };
    assert_eq!(create(&mut replayer, "Bearer a", 100), "101");
    assert_eq!(create(&mut replayer, "Bearer b", 200), "201");
    assert_eq!(create(&mut replayer, "Bearer a", 300), "102");
    replayer.reset();
    assert_eq!(create(&mut replayer, "Bearer a", 400), "401");
}

#[test]
fn a_fallback_fails_a_strict_replay() {
    let lines: &[Line] = &[(0, 5, "create 1", "1")];
    let mut replayer =
        Replayer::new(recording(lines), Options::default()).with_fallback(|_, _| Stranger);
    talk(&mut replayer, "create 1 -> 1");
    assert_eq!(replayer.receipt().verdict(true), Verdict::Clean);
    talk(&mut replayer, "job 9 -> stranger");
    assert_eq!(replayer.receipt().verdict(false), Verdict::Clean);
    assert_eq!(replayer.receipt().verdict(true), Verdict::Failed);
}

#[test]
fn moments_move_to_the_time_of_the_replay_by_one_offset() {
    let run = |start_ms: u64| {
        let body = json!({"run_id": 1, "start_time": start_ms, "end_time": 0, "setup_duration": 7});
        Some(Response::json(200, body.to_string()))
    };
    let exchanges = vec![
        exchange(1, request("get 1"), run(1_700_000_000_100), 0, 5),
        exchange(2, request("get 1"), run(1_700_000_000_900), 10, 15),
    ];
    let taped = Recording { began_us: 1_700_000_000_000_000, exchanges, ..Recording::default() };
    let moments = |shift_times: bool| {
        let options = Options { shift_times, ..Options::default() };
        let mut replayer = Replayer::new(taped.clone(), options);
        [5_000_000, 9_000_000].map(|now_us| {
            let body = replayer.answer(&request("get 1"), now_us).response.body;
            String::from_utf8(body.bytes().to_vec()).unwrap()
        })
    };
    let body = |start_ms: u64| {
        format!(r#"{{"run_id":1,"start_time":{start_ms},"end_time":0,"setup_duration":7}}"#)
    };
    assert_eq!(moments(false), [body(1_700_000_000_100), body(1_700_000_000_900)]);
    assert_eq!(moments(true), [body(5_100), body(5_900)]);
}
