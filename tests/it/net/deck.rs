//! A deck that records into a cassette.

use jobdeck::{
    cassette::{Cassette, Keep},
    exchange::Outcome,
    record::{Deck, RecordOptions},
};

use super::wire::{Peer, answering};

const OK: &str =
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{\"jobs\":[]}";

fn options(cassette: &std::path::Path, upstream: std::net::SocketAddr) -> RecordOptions {
    let mut options = RecordOptions::new(cassette, format!("http://{upstream}"));
    options.proxy.listen = Some("127.0.0.1:0".parse().expect("an address"));
    options
}

fn ask(deck: &Deck, target: &str) {
    let mut client = Peer::connect(deck.address());
    client.send(&format!(
        "GET {target} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer dapi0123456789abcdef\r\n\r\n"
    ));
    assert_eq!(client.message().expect("an answer").text(), r#"{"jobs":[]}"#);
}

#[test]
fn a_recording_becomes_a_cassette_of_what_passed() {
    for durable in [false, true] {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("jobs.json");
        let (upstream, _) = answering(OK);
        let deck =
            Deck::start(RecordOptions { durable, ..options(&path, upstream) }).expect("a deck");
        ask(&deck, "/api/2.0/jobs/list");
        ask(&deck, "/api/2.0/jobs/list?limit=1");
        let recording = deck.finish(Keep::Seal).expect("a recording");
        assert_eq!(recording.counts.of(Outcome::Complete), 2);
        assert_eq!(recording.finished.path.as_deref(), Some(&*path));
        let cassette = Cassette::load(&path).expect("a cassette");
        let targets: Vec<_> = cassette
            .exchanges
            .iter()
            .map(|exchange| (exchange.seq, &*exchange.request.target))
            .collect();
        assert_eq!(targets, [(1, "/api/2.0/jobs/list"), (2, "/api/2.0/jobs/list?limit=1")]);
        let text = std::fs::read_to_string(&path).expect("text");
        assert!(!text.contains("dapi0123456789abcdef"));
    }
}

#[test]
fn a_recording_without_exchanges_leaves_nothing_behind() {
    let dir = tempfile::tempdir().expect("a directory");
    let (upstream, _) = answering(OK);
    let deck = Deck::start(options(&dir.path().join("jobs.json"), upstream)).expect("a deck");
    let recording = deck.finish(Keep::Seal).expect("a recording");
    assert_eq!((recording.finished.path, recording.counts.total()), (None, 0));
    assert_eq!(std::fs::read_dir(dir.path()).expect("a directory").count(), 0);
}

#[test]
fn a_deck_that_cannot_listen_leaves_nothing_behind() {
    let dir = tempfile::tempdir().expect("a directory");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    let mut options = options(&dir.path().join("jobs.json"), address);
    options.proxy.listen = Some(address);
    let error = Deck::start(options).expect_err("the port is taken");
    assert!(error.to_string().starts_with("failed to listen on"), "{error}");
    assert_eq!(std::fs::read_dir(dir.path()).expect("a directory").count(), 0);
}
