//! What a proxy passes on, and what it keeps of it.

use std::{sync::mpsc, thread};

use jobdeck::{
    exchange::{Body, Outcome},
    net::{ProxyOptions, Tokens},
};
use sha2::{Digest, Sha256};

use super::wire::{Deck, PATIENCE, Peer, answering, upstream};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
const GET: &str = "GET /a?b=c HTTP/1.1\r\nhost: localhost\r\n\r\n";

#[test]
fn both_ends_see_what_the_other_sent_but_for_the_hop_and_so_does_the_tape() {
    let (address, got) = answering(
        "HTTP/1.1 201 Made\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nconnection: x-hop\r\nx-hop: 1\r\n\
         content-length: 2\r\n\r\n{}",
    );
    let deck = Deck::with(ProxyOptions::new(format!("http://{address}/base/")));
    let mut client = deck.client();
    client.send(
        "POST /a%20b?c=%7e HTTP/1.1\r\nhost: localhost\r\nconnection: keep-alive, x-hop\r\nx-hop: 1\r\n\
         accept-encoding: gzip\r\nauthorization: Bearer t\r\ncontent-length: 3\r\n\r\nabc",
    );
    let answer = client.message().expect("an answer");
    assert_eq!((answer.status(), answer.text()), (201, "{}"));
    assert_eq!(
        answer.headers,
        ["set-cookie: a=1", "set-cookie: b=2", "content-length: 2", "via: 1.1 jobdeck"]
    );

    let sent = got.lock().expect("requests").remove(0);
    assert_eq!(sent.start, "POST /base/a%20b?c=%7e HTTP/1.1");
    let via = sent.header("via").expect("a name").to_owned();
    assert!(via.starts_with("1.1 jobdeck ("), "{via}");
    let host = format!("host: {address}");
    let mut fields = sent.headers.clone();
    fields.sort_unstable();
    let via = format!("via: {via}");
    let expected =
        ["accept-encoding: identity", "authorization: Bearer t", "content-length: 3", &host, &via];
    assert_eq!(fields, expected);
    assert_eq!(sent.body, b"abc");

    let exchange = deck.stop_with_one();
    assert_eq!((exchange.seq, exchange.connection), (1, 1));
    assert_eq!(exchange.outcome, Outcome::Complete);
    assert!(exchange.first_byte_us.expect("an answer") <= exchange.took_us);
    assert_eq!(exchange.request.target, "/a%20b?c=%7e");
    assert_eq!(exchange.request.body.bytes(), b"abc");
    let fields: Vec<_> = exchange.request.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(fields, ["host", "accept-encoding", "authorization", "content-length"]);
    assert_eq!(exchange.request.headers.get("accept-encoding"), Some("gzip"));
    let response = exchange.response.expect("an answer");
    assert_eq!((response.status, response.body.bytes()), (201, &b"{}"[..]));
    let fields: Vec<_> = response.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(fields, ["set-cookie", "set-cookie", "content-length"]);
}

#[test]
fn an_answer_passes_while_it_comes() {
    let (seen, is_seen) = mpsc::channel();
    let is_seen = std::sync::Mutex::new(is_seen);
    let address = upstream(move |_, mut peer| {
        peer.message();
        peer.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n");
        is_seen.lock().expect("one").recv_timeout(PATIENCE).expect("the client has the first half");
        peer.send("4\r\nrest\r\n0\r\n\r\n");
    });
    let deck = Deck::start(address);
    let mut client = deck.client();
    client.send(GET);
    client.head().expect("an answer");
    assert_eq!(client.chunk().as_deref(), Some(&b"half"[..]));
    seen.send(()).expect("it waits");
    assert_eq!(client.chunk().as_deref(), Some(&b"rest"[..]));
    assert_eq!(client.chunk(), None);
    assert_eq!(deck.stop_with_one().response.expect("an answer").body.bytes(), b"halfrest");
}

#[test]
fn a_request_passes_while_it_comes() {
    let (seen, is_seen) = mpsc::channel();
    let address = upstream(move |_, mut peer| {
        peer.head();
        assert_eq!(peer.chunk().as_deref(), Some(&b"half"[..]));
        seen.send(()).expect("it waits");
        assert_eq!(peer.chunk().as_deref(), Some(&b"rest"[..]));
        assert_eq!(peer.chunk(), None);
        peer.send(OK);
    });
    let deck = Deck::start(address);
    let mut client = deck.client();
    // A GET, because hyper would send it without its body unless told otherwise.
    client.send(
        "GET /a HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    );
    is_seen.recv_timeout(PATIENCE).expect("the upstream has the first half");
    client.send("4\r\nrest\r\n0\r\n\r\n");
    assert_eq!(client.message().expect("an answer").status(), 200);
    assert_eq!(deck.stop_with_one().request.body.bytes(), b"halfrest");
}

#[test]
fn a_body_of_100_megabytes_passes_both_ways_and_leaves_its_digest() {
    const PIECES: usize = 100;
    let piece: Vec<u8> =
        (0..1_000_000_u32).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();
    let length = PIECES * piece.len();
    let answer = piece.clone();
    let address = upstream(move |_, mut peer| {
        peer.head();
        for _ in 0..PIECES {
            assert!(peer.bytes(answer.len()) == answer);
        }
        peer.send(&format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n"));
        for _ in 0..PIECES {
            peer.send_bytes(&answer);
        }
    });
    let deck = Deck::start(address);
    let mut client = deck.client();
    let mut digest = Sha256::new();
    client
        .send(&format!("POST /a HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n\r\n"));
    for _ in 0..PIECES {
        client.send_bytes(&piece);
        digest.update(&piece);
    }
    client.head().expect("an answer");
    for _ in 0..PIECES {
        assert!(client.bytes(piece.len()) == piece);
    }
    let exchange = deck.stop_with_one();
    let sha256 =
        digest.finalize().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let omitted = Body::Omitted { bytes: length as u64, sha256 };
    assert_eq!(exchange.request.body, omitted);
    assert_eq!(exchange.response.expect("an answer").body, omitted);
}

/// One answer of an upstream as the client gets it: status, length header and body.
#[track_caller]
fn check_answer(method: &str, answer: &'static str, status: u16, length: Option<&str>, body: &str) {
    let (address, _) = answering(answer);
    let deck = Deck::start(address);
    let mut client = deck.client();
    client.send(&format!("{method} /a HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"));
    let got = if method == "HEAD" { client.bodiless() } else { client.message() };
    let got = got.expect("an answer");
    assert_eq!((got.status(), got.header("content-length"), got.text()), (status, length, body));
    assert!(client.is_over(), "nothing follows");
    let exchange = deck.stop_with_one();
    assert_eq!(exchange.outcome, Outcome::Complete);
    let response = exchange.response.expect("an answer");
    assert_eq!((response.status, response.body.bytes()), (status, body.as_bytes()));
}

#[test]
fn answers_of_every_framing_pass() {
    check_answer("HEAD", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", 200, Some("5"), "");
    check_answer("GET", "HTTP/1.1 204 No Content\r\n\r\n", 204, None, "");
    check_answer("GET", "HTTP/1.1 304 Not Modified\r\netag: 5\r\n\r\n", 304, None, "");
    check_answer("GET", "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", 200, Some("0"), "");
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    check_answer("GET", chunked, 200, None, "{}");
    let both = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    check_answer("GET", both, 200, None, "{}");
    let hint =
        "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
    check_answer("GET", hint, 200, Some("2"), "{}");
}

#[test]
fn a_client_that_asks_for_leave_gets_it() {
    let (address, got) = answering(OK);
    let deck = Deck::start(address);
    let mut client = deck.client();
    client.send(
        "POST /a HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n",
    );
    assert_eq!(client.head().expect("leave").status(), 100);
    client.send("abc");
    assert_eq!(client.message().expect("an answer").status(), 200);
    let sent = got.lock().expect("requests").remove(0);
    assert_eq!((sent.header("expect"), sent.text()), (None, "abc"));
    assert_eq!(deck.stop_with_one().request.headers.get("expect"), Some("100-continue"));
}

#[test]
fn targets_in_absolute_form_are_for_the_deck_and_its_upstream_only() {
    let (address, got) = answering(OK);
    let deck = Deck::with(ProxyOptions {
        host_aliases: vec!["alias.example".to_owned()],
        ..ProxyOptions::new(format!("http://localhost:{}", address.port()))
    });
    let mut client = deck.client();
    for host in ["workspace.test", "alias.example", "localhost:1", "127.0.0.1"] {
        client.send(&format!("GET http://{host}/a HTTP/1.1\r\nhost: other.example\r\n\r\n"));
        assert_eq!(client.message().expect("an answer").status(), 200);
    }
    for request in [
        "GET http://169.254.169.254/a HTTP/1.1\r\nhost: localhost\r\n\r\n",
        "GET http://workspace.test.evil.example/a HTTP/1.1\r\nhost: localhost\r\n\r\n",
        "GET /a HTTP/1.1\r\nhost: evil.example\r\n\r\n",
        "GET /a HTTP/1.1\r\nhost: localhost\r\norigin: http://localhost\r\n\r\n",
    ] {
        let mut client = deck.client();
        client.send(request);
        assert_eq!(client.message().expect("an answer").status(), 403, "{request}");
        assert!(client.is_over());
    }
    let mut client = deck.client();
    client.send("CONNECT workspace.test:443 HTTP/1.1\r\nhost: workspace.test\r\n\r\n");
    assert_eq!(client.message().expect("an answer").status(), 405);
    let targets: Vec<_> = deck.stop().into_iter().map(|exchange| exchange.request.target).collect();
    assert_eq!(targets, ["/a"; 4]);
    assert_eq!(got.lock().expect("requests").len(), 4);
}

#[test]
fn a_deck_that_holds_the_token_wants_its_own() {
    let (address, got) = answering(OK);
    let deck = Deck::with(ProxyOptions {
        tokens: Some(Tokens { deck: "deck".to_owned(), upstream: "upstream".to_owned() }),
        ..ProxyOptions::new(format!("http://{address}"))
    });
    for refused in ["", "authorization: Bearer upstream\r\n", "authorization: Bearer deck2\r\n"] {
        let mut client = deck.client();
        client.send(&format!("GET /a HTTP/1.1\r\nhost: localhost\r\n{refused}\r\n"));
        assert_eq!(client.message().expect("an answer").status(), 401);
    }
    let mut client = deck.client();
    client.send("GET /a HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer deck\r\n\r\n");
    assert_eq!(client.message().expect("an answer").status(), 200);
    assert_eq!(
        got.lock().expect("requests").remove(0).header("authorization"),
        Some("Bearer upstream")
    );
    assert_eq!(deck.stop_with_one().request.headers.get("authorization"), Some("Bearer deck"));
}

#[test]
fn endpoints_of_the_upstream_are_turned_to_the_deck_and_the_exchange_says_so() {
    let address = upstream(|_, mut peer| {
        let request = peer.message().expect("a request");
        let host = request.header("host").expect("a host");
        let body = format!(r#"{{"oidc_endpoint":"http://{host}/oidc"}}"#);
        let length = body.len();
        let readable = request.header("accept-encoding") == Some("identity");
        let encoding = if readable { "" } else { "content-encoding: gzip\r\n" };
        peer.send(&format!("HTTP/1.1 200 OK\r\n{encoding}content-length: {length}\r\n\r\n{body}"));
    });
    let options = ProxyOptions::new(format!("http://{address}"));
    let deck = Deck::with(ProxyOptions { keep_encoding: true, ..options });
    let url = deck.proxy.url();
    let mut client = deck.client();
    client.send(
        "GET /.well-known/databricks-config HTTP/1.1\r\nhost: localhost\r\naccept-encoding: gzip\r\n\r\n",
    );
    let answer = client.message().expect("an answer");
    assert_eq!(answer.text(), format!(r#"{{"oidc_endpoint":"{url}/oidc"}}"#));
    let exchange = deck.stop_with_one();
    assert_eq!(exchange.redacted, ["/response/body"]);
    let sent = format!(r#"{{"oidc_endpoint":"http://{address}/oidc"}}"#);
    assert_eq!(exchange.response.expect("an answer").body.bytes(), sent.as_bytes());
}

#[test]
fn tokens_are_not_shown() {
    let options = ProxyOptions {
        tokens: Some(Tokens {
            deck: "deck-secret".to_owned(),
            upstream: "upstream-secret".to_owned(),
        }),
        ..ProxyOptions::new("http://localhost")
    };
    assert!(!format!("{options:?}").contains("secret"));
}

#[test]
fn a_deck_that_is_its_own_upstream_says_so() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let options = ProxyOptions::new(format!("http://{address}"));
    let deck = Deck::with(ProxyOptions { listen: Some(address), ..options });
    let mut client = deck.client();
    client.send(GET);
    let answer = client.message().expect("an answer");
    assert_eq!(answer.status(), 508);
    assert!(answer.text().contains("JOBDECK_LOOP"));
    deck.stop();
}

#[test]
fn decks_may_stand_in_a_row() {
    let (address, _) = answering(OK);
    let second = Deck::start(address);
    let first = Deck::start(second.proxy.address());
    let mut client = first.client();
    client.send(GET);
    let answer = client.message().expect("an answer");
    assert_eq!(answer.status(), 200);
    assert_eq!(
        first.stop_with_one().response.expect("an answer").headers.get("via"),
        Some("1.1 jobdeck")
    );
    assert_eq!(second.stop_with_one().outcome, Outcome::Complete);
}

#[test]
fn a_connection_to_the_upstream_serves_one_request_after_the_other() {
    let (connected, connections) = mpsc::channel();
    let address = upstream(move |number, mut peer| {
        connected.send(number).expect("counted");
        while peer.message().is_some() {
            peer.send(OK);
        }
    });
    let deck = Deck::start(address);
    for _ in 0..3 {
        let mut client = deck.client();
        for body in ["", "abc"] {
            let length = body.len();
            client.send(&format!(
                "POST /a HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n\r\n{body}"
            ));
            assert_eq!(client.message().expect("an answer").status(), 200);
        }
    }
    let exchanges = deck.stop();
    let numbers: Vec<_> =
        exchanges.iter().map(|exchange| (exchange.seq, exchange.connection)).collect();
    assert_eq!(numbers, [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (6, 3)]);
    assert_eq!(connections.try_iter().count(), 1);
}

#[test]
fn a_read_on_a_connection_that_went_stale_is_sent_again() {
    // The first connection takes a second request and closes without an answer.
    let address = upstream(|number, mut peer| {
        peer.message();
        peer.send(OK);
        if peer.message().is_some() && number > 1 {
            peer.send(OK);
        }
    });
    let deck = Deck::start(address);
    let mut client = deck.client();
    for _ in 0..2 {
        client.send(GET);
        assert_eq!(client.message().expect("an answer").status(), 200);
    }
    assert_eq!(deck.stop().len(), 2);
}

#[test]
fn a_write_that_may_have_been_seen_is_not_sent_again() {
    for body in ["", "abc"] {
        let (seen, requests) = mpsc::channel();
        let address = upstream(move |_, mut peer| {
            while let Some(request) = peer.message() {
                seen.send(request.start.clone()).expect("counted");
                if request.start.starts_with("POST") {
                    return;
                }
                peer.send(OK);
            }
        });
        let deck = Deck::start(address);
        let mut client = deck.client();
        client.send(GET);
        assert_eq!(client.message().expect("an answer").status(), 200);
        let length = body.len();
        client.send(&format!(
            "POST /a HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n\r\n{body}"
        ));
        let answer = client.message().expect("an answer");
        assert_eq!(answer.status(), 502);
        assert!(answer.text().contains("JOBDECK_UPSTREAM_FAILED"));
        let exchanges = deck.stop();
        assert_eq!(exchanges[1].outcome, Outcome::UpstreamFailed);
        assert_eq!(exchanges[1].response, None, "the upstream gave none");
        assert_eq!(requests.try_iter().count(), 2);
    }
}

#[test]
fn any_request_goes_out_again_if_a_stale_connection_never_took_it() {
    let (closed, is_closed) = mpsc::channel();
    let address = upstream(move |number, mut peer| {
        peer.message();
        peer.send(OK);
        if number == 1 {
            drop(peer);
            closed.send(()).expect("it waits");
        } else {
            peer.message();
        }
    });
    let deck = Deck::start(address);
    let mut client = deck.client();
    client.send(GET);
    assert_eq!(client.message().expect("an answer").status(), 200);
    is_closed.recv_timeout(PATIENCE).expect("closed");
    client.send("POST /a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\n\r\nabc");
    assert_eq!(client.message().expect("an answer").status(), 200);
    assert_eq!(deck.stop().len(), 2);
}

#[test]
fn a_stop_waits_for_the_answer_in_flight() {
    let (asked, is_asked) = mpsc::channel();
    let (let_go, go) = mpsc::channel::<()>();
    let go = std::sync::Mutex::new(go);
    let address = upstream(move |_, mut peer| {
        peer.message();
        asked.send(()).expect("it waits");
        go.lock().expect("one").recv_timeout(PATIENCE).expect("let go");
        peer.send(OK);
    });
    let deck = Deck::start(address);
    let mut client: Peer = deck.client();
    client.send(GET);
    is_asked.recv_timeout(PATIENCE).expect("asked");
    let stopping = thread::spawn(move || deck.stop_with_one());
    let_go.send(()).expect("it waits");
    assert_eq!(client.message().expect("an answer").text(), "{}");
    assert_eq!(stopping.join().expect("stopped").outcome, Outcome::Complete);
}
