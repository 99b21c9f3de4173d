//! Requests that another peer might delimit in another way.

use std::{
    io::Write,
    sync::{Mutex, mpsc},
    thread,
    time::Duration,
};

use jobdeck::{
    exchange::Outcome,
    net::{Limits, ProxyOptions},
};

use super::wire::{Deck, PATIENCE, answering, upstream};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

/// What one request that comes first on a connection leads to: the status of the first answer, and the
/// requests that the upstream sees. In every case the connection ends behind it.
#[track_caller]
fn check(head_and_body: &str, status: u16, passed: &[&str]) {
    let (address, got) = answering(OK);
    let deck = Deck::start(address);
    let mut client = deck.client();
    client.send(head_and_body);
    let answer = client.message();
    assert_eq!(answer.map(|answer| answer.status()), Some(status));
    client.rest();
    let exchanges = deck.stop();
    assert_eq!(exchanges.len(), passed.len(), "{exchanges:?}");
    assert!(exchanges.iter().all(|exchange| exchange.outcome == Outcome::Complete));
    let got = got.lock().expect("requests");
    let starts: Vec<_> = got.iter().map(|request| request.start.as_str()).collect();
    assert_eq!(starts, passed);
}

const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

/// A refused request takes whatever follows it along.
#[track_caller]
fn check_refused(lines: &str, body: &str) {
    let request = format!("POST /a HTTP/1.1\r\nhost: localhost\r\n{lines}\r\n\r\n{body}{SMUGGLED}");
    check(&request, 400, &[]);
}

#[test]
fn a_request_with_two_lengths_is_refused() {
    check_refused("content-length: 5\r\ntransfer-encoding: chunked", "0\r\n\r\n");
    check_refused("transfer-encoding: chunked\r\ncontent-length: 5", "0\r\n\r\n");
    check_refused("Transfer-Encoding: chunked\r\nx: y\r\nCONTENT-LENGTH: 0", "0\r\n\r\n");
    check_refused("content-length: 3\r\ncontent-length: 5", "abcde");
    check_refused("content-length: 3, 5", "abcde");
}

#[test]
fn a_length_that_is_no_number_is_refused() {
    for length in ["-1", "+3", "0x3", "3 3", "", "99999999999999999999"] {
        check_refused(&format!("content-length: {length}"), "abc");
    }
}

#[test]
fn a_coding_other_than_chunked_is_refused() {
    let codings =
        ["gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "xchunked", "identity"];
    for coding in codings {
        check_refused(&format!("transfer-encoding: {coding}"), "0\r\n\r\n");
    }
    check_refused("transfer-encoding: chunked\r\ntransfer-encoding: chunked", "0\r\n\r\n");
    check_refused("transfer-encoding: chunked\r\ntransfer-encoding: identity", "0\r\n\r\n");
    check_refused("transfer-encoding : chunked", "0\r\n\r\n");
    check_refused("transfer-encoding:\x0bchunked", "0\r\n\r\n");
    check("POST /a HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400, &[]);
}

#[test]
fn a_head_that_is_none_is_refused() {
    check_refused("x-folded: a\r\n b", "");
    check_refused("x-nul: a\0b", "");
    check_refused("x y: z", "");
    check_refused(": z", "");
    check("GET /a b HTTP/1.1\r\nhost: localhost\r\n\r\n", 400, &[]);
    check("GET /a HTTP/1.1\r\n\r\n", 400, &[]);
    check("GET /a HTTP/1.1\r\nhost: localhost\r\nhost: localhost\r\n\r\n", 400, &[]);
    check("GET * HTTP/1.1\r\nhost: localhost\r\n\r\n", 400, &[]);
}

#[test]
fn a_head_beyond_the_limits_is_refused() {
    let long = format!("GET /a HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "y".repeat(70_000));
    check(&long, 431, &[]);
    for count in [101, 10_001] {
        let many = "x: y\r\n".repeat(count);
        check(&format!("GET /a HTTP/1.1\r\nhost: localhost\r\n{many}\r\n"), 431, &[]);
    }
}

#[test]
fn an_endless_head_is_refused_before_it_ends() {
    let (address, got) = answering(OK);
    let deck = Deck::start(address);
    let mut client = deck.client();
    let mut stream = client.stream();
    let writing = thread::spawn(move || {
        let _ = stream.write_all(b"GET /a HTTP/1.1\r\nhost: localhost\r\nx: ");
        // Until nobody reads it any more.
        let sent = (0..1024).take_while(|_| stream.write_all(&[b'y'; 1024]).is_ok()).count();
        sent * 1024
    });
    assert_eq!(client.message().map(|answer| answer.status()), Some(431));
    drop(client);
    writing.join().expect("no panic");
    assert!(deck.stop().is_empty() && got.lock().expect("requests").is_empty());
}

#[test]
fn a_head_that_does_not_come_to_its_end_is_given_up() {
    let (address, got) = answering(OK);
    let limits = Limits { head_timeout: Duration::from_millis(50), ..Limits::default() };
    let deck =
        Deck::with(ProxyOptions { limits, ..ProxyOptions::new(format!("http://{address}")) });
    for begun in [
        "",
        "GET",
        "GET /a HTTP/1.1\r\n",
        "GET /a HTTP/1.1\r\nhost: localhost\r\nx:",
        "PRI * HTTP/2.0",
    ] {
        let mut client = deck.client();
        client.send(begun);
        client.rest();
    }
    assert!(deck.stop().is_empty() && got.lock().expect("requests").is_empty());
}

#[test]
fn an_upgrade_is_not_taken_and_what_follows_is_a_request() {
    for upgrade in ["h2c", "websocket"] {
        let fields = "connection: upgrade, http2-settings\r\nhttp2-settings: AAMAAABkAAQAAP__";
        let request =
            format!("GET /a HTTP/1.1\r\nhost: localhost\r\nupgrade: {upgrade}\r\n{fields}\r\n\r\n");
        let (address, got) = answering(OK);
        let deck = Deck::start(address);
        let mut client = deck.client();
        client.send(&format!("{request}{SMUGGLED}"));
        for _ in 0..2 {
            assert_eq!(client.message().map(|answer| answer.status()), Some(200));
        }
        assert_eq!(deck.stop().len(), 2);
        let got = got.lock().expect("requests");
        assert_eq!(got.len(), 2);
        for name in ["upgrade", "connection", "http2-settings"] {
            assert_eq!(got[0].header(name), None, "{:?}", got[0]);
        }
    }
}

/// An upstream that answers before it has the body, and then reads it or hangs up.
#[track_caller]
fn check_early(reads_on: bool) {
    let (let_go, go) = mpsc::channel::<()>();
    let go = Mutex::new(go);
    let address = upstream(move |_, mut peer| {
        peer.head();
        peer.send("HTTP/1.1 413 Content Too Large\r\ncontent-length: 2\r\n\r\n{}");
        if reads_on {
            assert_eq!(peer.bytes(6), b"abcdef");
        }
        go.lock().expect("one").recv_timeout(PATIENCE).expect("let go");
    });
    let deck = Deck::start(address);
    let mut client = deck.client();
    client.send("POST /a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 6\r\n\r\nabc");
    assert_eq!(client.head().expect("an early answer").status(), 413);
    client.send("def");
    assert_eq!(client.bytes(2), b"{}");
    let_go.send(()).expect("it waits");
    let exchange = deck.stop_with_one();
    assert_eq!(exchange.outcome, Outcome::Complete);
    assert_eq!(exchange.response.expect("an answer").status, 413);
}

#[test]
fn an_answer_may_come_before_the_body_has() {
    check_early(true);
    check_early(false);
}

#[test]
fn requests_in_one_piece_are_as_many_as_they_are() {
    let chunked =
        "POST /a HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    let counted = "POST /b HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\n\r\nabc";
    check(
        &format!("{counted}{chunked}{SMUGGLED}"),
        200,
        &["POST /b HTTP/1.1", "POST /a HTTP/1.1", "GET /smuggled HTTP/1.1"],
    );
    check(
        &format!("{chunked}{counted}{SMUGGLED}"),
        200,
        &["POST /a HTTP/1.1", "POST /b HTTP/1.1", "GET /smuggled HTTP/1.1"],
    );
}

#[test]
fn a_body_that_quotes_a_head_does_no_harm_to_the_requests_behind_it() {
    let quoting =
        "POST /q HTTP/1.1\r\nhost: localhost\r\ncontent-length: 20\r\n\r\n\ncontent-length: 3\n\n";
    let chunked =
        "POST /a HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    check(
        &format!("{quoting}{chunked}{SMUGGLED}"),
        200,
        &["POST /q HTTP/1.1", "POST /a HTTP/1.1", "GET /smuggled HTTP/1.1"],
    );
}

#[test]
fn the_second_request_of_a_connection_is_watched_like_the_first() {
    let counted = "POST /b HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\n\r\nabc";
    let both = "POST /a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    check(&format!("{counted}{both}{SMUGGLED}"), 200, &["POST /b HTTP/1.1"]);
}

#[test]
fn a_broken_chunk_passes_no_further() {
    for body in ["x\r\n", "3\nabc\n0\n\n", "3\r\nabcd\r\n0\r\n\r\n", "fffffffffffffffff\r\n"] {
        let (address, got) = answering(OK);
        let deck = Deck::start(address);
        let mut client = deck.client();
        let head = "POST /a HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n";
        client.send(&format!("{head}{body}{SMUGGLED}"));
        client.rest();
        let exchange = deck.stop_with_one();
        assert_eq!(exchange.outcome, Outcome::ClientAborted, "{body:?}");
        assert!(
            got.lock().expect("requests").iter().all(|request| !request.start.contains("smuggled"))
        );
    }
}

#[test]
fn line_ends_without_a_carriage_return_are_refused() {
    check("GET /a HTTP/1.1\nhost: localhost\n\n", 400, &[]);
    check("GET /a HTTP/1.1\r\nhost: localhost\nx: y\r\n\r\n", 400, &[]);
    check("GET /a HTTP/1.1\r\nhost: localhost\r\n\n", 400, &[]);
    check("\nGET /a HTTP/1.1\r\nhost: localhost\r\n\r\n", 400, &[]);
}
