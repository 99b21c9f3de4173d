//! Scripted weather, as both ends of a proxy and the clients of a server see it.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use jobdeck::{
    exchange::{Exchange, Handler, Outcome, Reply, Request, Response},
    net::{ProxyOptions, Server, ServerOptions},
    weather::Weather,
};

use super::wire::{Deck, Peer, answering};

const ANSWER: &str = "HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n{\"run_id\":1}";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{\"run\r\n7\r\n_id\":1}\r\n0\r\n\r\n";
const RUN_NOW: &str =
    "POST /api/2.0/jobs/run-now HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\n\r\nabc";

fn weather(what: &str) -> Weather {
    let script = format!("[[weather]]\npath = \"jobs/run-now\"\non = [1]\n{what}");
    Weather::parse(&script).expect("a script")
}

/// All that a client gets for one request, and after it for a second one if the connection is still there.
#[derive(Debug, PartialEq)]
struct Seen {
    status: Option<u16>,
    retry_after: Option<String>,
    body: String,
    goes_on: bool,
}

fn see(mut client: Peer) -> Seen {
    client.send(RUN_NOW);
    let Some(head) = client.head() else {
        return Seen { status: None, retry_after: None, body: String::new(), goes_on: false };
    };
    let length: usize =
        head.header("content-length").map_or(0, |text| text.parse().expect("a length"));
    let retry_after = head.header("retry-after").map(str::to_owned);
    let mut body = client.some(length);
    let goes_on = body.len() == length;
    if goes_on {
        client.send(RUN_NOW);
        assert_eq!(client.message().map(|answer| answer.status()), Some(200));
    }
    body.truncate(length);
    Seen {
        status: Some(head.status()),
        retry_after,
        body: String::from_utf8(body).expect("text"),
        goes_on,
    }
}

/// What a client of a proxy sees, how many requests reached the upstream before a second one, and what is kept
/// of the first.
fn through_proxy(answer: &'static str, what: &str) -> (Seen, usize, Exchange) {
    let (address, got) = answering(answer);
    let deck = Deck::with(ProxyOptions {
        weather: Some(weather(what)),
        ..ProxyOptions::new(format!("http://{address}"))
    });
    let seen = see(deck.client());
    let mut exchanges = deck.stop();
    let reached = got.lock().expect("requests").len() - usize::from(seen.goes_on);
    (seen, reached, exchanges.remove(0))
}

/// Answers everything, and counts what it is asked.
struct Counting(usize);

impl Handler for Counting {
    fn answer(&mut self, _: &Request, _: u64) -> Reply {
        self.0 += 1;
        Response::json(200, r#"{"run_id":1}"#).into()
    }
}

/// What a client of a server sees, and how many requests reached its handler before a second one.
fn through_server(what: &str) -> (Seen, usize) {
    let handler = Arc::new(Mutex::new(Counting(0)));
    let options = ServerOptions {
        listen: Some("127.0.0.1:0".parse().expect("an address")),
        weather: Some(weather(what)),
        ..ServerOptions::default()
    };
    let server = Server::start(Arc::clone(&handler), options).expect("a server");
    let seen = see(Peer::connect(server.address()));
    server.stop();
    let asked = handler.lock().expect("a count").0 - usize::from(seen.goes_on);
    (seen, asked)
}

/// The same trouble through a server and through a proxy: status, Retry-After, body as far as it comes; whether
/// the other side got the request; and what the proxy keeps: how it ended, the status, and what differs.
#[track_caller]
fn check(
    what: &str,
    (status, retry_after, body, goes_on): (Option<u16>, Option<&str>, &str, bool),
    happens: bool,
    (outcome, kept_status, changed): (Outcome, Option<u16>, &[&str]),
) {
    for answer in [ANSWER, CHUNKED] {
        let (seen, reached, exchange) = through_proxy(answer, what);
        assert_eq!((seen.status, seen.retry_after.as_deref()), (status, retry_after), "{what}");
        assert!(seen.body.contains(body), "{what}: {}", seen.body);
        assert_eq!((seen.goes_on, reached), (goes_on, usize::from(happens)), "{what}");
        assert_eq!(exchange.outcome, outcome, "{what}");
        assert_eq!(exchange.response.as_ref().map(|response| response.status), kept_status);
        assert_eq!(exchange.redacted, changed, "{what}");
        assert_eq!(exchange.request.body.bytes(), b"abc", "{what}");
        if outcome == Outcome::Complete {
            let kept = exchange.response.expect("an answer");
            assert_eq!(kept.body.bytes(), br#"{"run_id":1}"#, "{what}: the true answer is kept");
        }
        let (served, asked) = through_server(what);
        assert_eq!((served, asked), (seen, usize::from(happens)), "{what}");
    }
}

#[test]
fn what_is_stopped_reaches_nobody_and_is_the_decks_own() {
    let kept = |status| (Outcome::Deck, status, &[][..]);
    let throttled = (Some(429), Some("2"), "REQUEST_LIMIT_EXCEEDED", true);
    check("do = \"throttle\"\nretry_after_s = 2", throttled, false, kept(Some(429)));
    let unavailable = (Some(503), None, "TEMPORARILY_UNAVAILABLE", true);
    check("do = \"unavailable-before\"", unavailable, false, kept(Some(503)));
    check("do = \"drop-before\"", (None, None, "", false), false, kept(None));
}

#[test]
fn what_is_hidden_happens_and_is_kept_as_it_was() {
    let kept = (Outcome::Complete, Some(200), &["/response"][..]);
    let unavailable = (Some(503), Some("1"), "TEMPORARILY_UNAVAILABLE", true);
    let after = "do = \"unavailable-after\"\nretry_after_s = 1";
    check(after, unavailable, true, kept);
    check("do = \"drop-after\"", (None, None, "", false), true, kept);
}

#[test]
fn a_cut_answer_breaks_off_where_the_script_says() {
    let kept = (Outcome::Complete, Some(200), &["/response/body"][..]);
    for bytes in [1, 5, 11] {
        let body = &r#"{"run_id":1}"#[..bytes];
        let what = format!("do = \"cut\"\nbytes = {bytes}");
        let (seen, _, exchange) = through_proxy(ANSWER, &what);
        assert_eq!(seen.body, body);
        assert_eq!(exchange.redacted, kept.2);
        check(&what, (Some(200), None, body, false), true, kept);
    }
    let whole = (Some(200), None, r#"{"run_id":1}"#, true);
    check("do = \"cut\"\nbytes = 12", whole, true, kept);
}

#[test]
fn what_is_held_back_is_slower_for_its_client_alone() {
    let (address, _) = answering(ANSWER);
    let deck = Deck::with(ProxyOptions {
        weather: Some(weather("latency_ms = 300")),
        ..ProxyOptions::new(format!("http://{address}"))
    });
    let mut client = deck.client();
    let started = Instant::now();
    client.send(RUN_NOW);
    assert_eq!(client.message().expect("an answer").status(), 200);
    assert!(started.elapsed() >= Duration::from_millis(300));
    let exchange = deck.stop_with_one();
    assert_eq!(exchange.outcome, Outcome::Complete);
    assert!(exchange.took_us < 300_000, "{}: not the upstream's time", exchange.took_us);
    assert!(exchange.redacted.is_empty());
}
