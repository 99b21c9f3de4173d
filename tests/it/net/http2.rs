//! HTTP/2 by way of two decks in a row: the outer one speaks it under TLS to the inner one.

use std::{fs, io::Write, net::SocketAddr, sync::mpsc, thread, time::Instant};

use jobdeck::{
    exchange::{Body, Exchange, Outcome},
    net::{Certificate, Limits, ProxyOptions},
    weather::Weather,
};
use tempfile::NamedTempFile;

use super::wire::{Deck, Message, PATIENCE, Peer, answering, upstream};

const GET: &str = "GET /a HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// Clients talk to `outer`, which talks to `inner`, which talks to the upstream.
struct Chain {
    outer: Deck,
    inner: Deck,
}

/// A certificate, and the file that says whom to trust for it.
fn certificate() -> (Certificate, NamedTempFile) {
    let certificate = Certificate::made_for(&[]).expect("a certificate");
    let mut file = NamedTempFile::new().expect("a file");
    file.write_all(certificate.authority().expect("an authority").as_bytes()).expect("written");
    (certificate, file)
}

impl Chain {
    fn start(upstream: SocketAddr) -> Self {
        Self::in_weather(upstream, None)
    }

    /// With weather between the two.
    fn in_weather(upstream: SocketAddr, weather: Option<Weather>) -> Self {
        let (certificate, authority) = certificate();
        let inner = Deck::with(ProxyOptions {
            certificate: Some(certificate),
            weather,
            ..ProxyOptions::new(format!("http://{upstream}"))
        });
        let outer = Deck::with(ProxyOptions {
            upstream_ca: Some(authority.path().to_owned()),
            ..ProxyOptions::new(inner.proxy.url())
        });
        Self { outer, inner }
    }

    /// What both have told.
    fn stop(self) -> (Vec<Exchange>, Vec<Exchange>) {
        let outer = self.outer.stop();
        (outer, self.inner.stop())
    }
}

/// Sends a request by way of both, to an upstream that answers with these bytes and then closes.
#[track_caller]
fn check(request: &str, answer: &'static str, check: impl Fn(&Message)) {
    let upstream = upstream(move |_, mut peer| {
        if peer.message().is_some() {
            peer.send(answer);
        }
    });
    let chain = Chain::start(upstream);
    let mut client = chain.outer.client();
    client.send(request);
    let got = if request.starts_with("HEAD") { client.bodiless() } else { client.message() };
    let got = got.expect("an answer");
    assert_eq!(got.header("via"), Some("1.1 jobdeck"), "{got:?}");
    assert!(got.headers.iter().any(|line| line == "via: 2.0 jobdeck"), "{got:?}");
    check(&got);
    let (outer, inner) = chain.stop();
    let told = |exchanges: &[Exchange]| {
        exchanges
            .iter()
            .map(|exchange| {
                let Exchange { request, response, outcome, .. } = exchange;
                let response =
                    response.as_ref().map(|response| (response.status, response.body.clone()));
                (
                    request.method.clone(),
                    request.target.clone(),
                    request.body.clone(),
                    response,
                    *outcome,
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(told(&outer), told(&inner));
    assert_eq!(inner.len(), 1);
    assert_eq!(inner[0].outcome, Outcome::Complete);
    assert!(
        inner[0].request.headers.get("host").is_some_and(|host| host.starts_with("127.0.0.1:"))
    );
}

#[test]
fn what_passes_by_http2_arrives_as_it_was_sent() {
    let json = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 12\r\n\r\n{\"job_id\":1}";
    check(GET, json, |got| assert_eq!((got.status(), got.text()), (200, "{\"job_id\":1}")));
    let post = "POST /a?b=c HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\n\r\nabc";
    check(post, json, |got| assert_eq!(got.status(), 200));
    let chunked = "POST /a HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    check(chunked, json, |got| assert_eq!(got.status(), 200));
    let pieces = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
    check(GET, pieces, |got| assert_eq!(got.text(), "{}"));
    let empty = "HTTP/1.1 204 No Content\r\n\r\n";
    check(GET, empty, |got| assert_eq!(got.status(), 204));
    let head = "HEAD /a HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let length = "HTTP/1.1 200 OK\r\ncontent-length: 4711\r\n\r\n";
    check(head, length, |got| assert_eq!(got.header("content-length"), Some("4711")));
    let cookies =
        "HTTP/1.1 200 OK\r\nset-cookie: a=1\r\nset-cookie: b=2\r\ncontent-length: 0\r\n\r\n";
    check(GET, cookies, |got| {
        let cookies: Vec<_> =
            got.headers.iter().filter(|line| line.starts_with("set-cookie")).collect();
        assert_eq!(cookies, ["set-cookie: a=1", "set-cookie: b=2"]);
    });
}

#[test]
fn many_at_once_share_one_connection() {
    let upstream = upstream(|_, mut peer| {
        while peer.message().is_some() {
            peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        }
    });
    let chain = Chain::start(upstream);
    let ask = |mut client: Peer| {
        client.send(GET);
        assert_eq!(client.message().expect("an answer").status(), 200);
    };
    // The connection is there before the others come.
    ask(chain.outer.client());
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| ask(chain.outer.client()));
        }
    });
    let (outer, inner) = chain.stop();
    assert_eq!((outer.len(), inner.len()), (21, 21));
    assert!(inner.iter().all(|exchange| exchange.connection == 1), "{inner:?}");
}

#[test]
fn a_connection_that_was_closed_meanwhile_is_made_anew() {
    let (certificate, authority) = certificate();
    let upstream = upstream(|_, mut peer| {
        while peer.message().is_some() {
            peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        }
    });
    let options = ProxyOptions {
        certificate: Some(certificate),
        ..ProxyOptions::new(format!("http://{upstream}"))
    };
    let inner = Deck::with(options.clone());
    let address = inner.proxy.address();
    let outer = Deck::with(ProxyOptions {
        upstream_ca: Some(authority.path().to_owned()),
        ..ProxyOptions::new(inner.proxy.url())
    });
    let mut client = outer.client();
    client.send(GET);
    assert_eq!(client.message().expect("an answer").status(), 200);
    inner.stop_with_one();
    let inner = Deck::with(ProxyOptions { listen: Some(address), ..options });
    client.send(GET);
    assert_eq!(client.message().expect("an answer").status(), 200);
    inner.stop_with_one();
    assert_eq!(outer.stop().len(), 2);
}

#[test]
fn an_answer_that_breaks_off_is_not_taken_for_a_whole_one() {
    let upstream = upstream(|_, mut peer| {
        peer.message();
        peer.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc");
    });
    let chain = Chain::start(upstream);
    let mut client = chain.outer.client();
    client.send(GET);
    // Whether the head is sent before the connection ends is a matter of time.
    let got = String::from_utf8(client.rest()).expect("text");
    let body = got.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    assert!("abc".starts_with(body), "{got}");
    let (outer, inner) = chain.stop();
    for exchange in outer.iter().chain(&inner) {
        assert_eq!(exchange.outcome, Outcome::UpstreamFailed);
        let body = &exchange.response.as_ref().expect("a response").body;
        assert!(matches!(body, Body::Omitted { .. }) || body.bytes() == b"abc", "{body:?}");
    }
}

#[test]
fn weather_breaks_a_stream_and_leaves_the_connection() {
    const ANSWER: &str = "HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n{\"run_id\":1}";
    let script = r#"
        [[weather]]
        path = "/a"
        on = [1]
        do = "cut"
        bytes = 5
        [[weather]]
        path = "/a"
        on = [2]
        do = "drop-before"
    "#;
    let weather = Weather::parse(script).expect("a script");
    let (upstream, got) = answering(ANSWER);
    let chain = Chain::in_weather(upstream, Some(weather));
    let post = "POST /a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n";
    for _ in 0..2 {
        let mut client = chain.outer.client();
        client.send(post);
        assert!(!String::from_utf8_lossy(&client.rest()).contains("run_id\":1}"));
    }
    let mut client = chain.outer.client();
    client.send(post);
    assert_eq!(client.message().expect("an answer").text(), "{\"run_id\":1}");
    assert_eq!(got.lock().expect("requests").len(), 2);
    let (outer, inner) = chain.stop();
    let outcomes = |exchanges: &[Exchange]| {
        exchanges.iter().map(|exchange| exchange.outcome).collect::<Vec<_>>()
    };
    let (failed, complete) = (Outcome::UpstreamFailed, Outcome::Complete);
    assert_eq!(outcomes(&outer), [failed, failed, complete]);
    assert_eq!(outcomes(&inner), [complete, Outcome::Deck, complete]);
    let cut = outer[0].response.as_ref().expect("a head").body.bytes();
    assert_eq!(cut, b"{\"run");
    assert!(inner.iter().all(|exchange| exchange.connection == 1), "one connection serves all");
}

#[test]
fn a_client_that_leaves_is_told_upstream() {
    let (came, is_there) = mpsc::channel();
    let upstream = upstream(move |_, mut peer| {
        came.send(peer.message().is_some()).expect("somebody waits");
        // Reads until the deck hangs up.
        came.send(peer.is_over()).expect("somebody waits");
    });
    let chain = Chain::start(upstream);
    let mut client = chain.outer.client();
    client.send(GET);
    assert_eq!(is_there.recv_timeout(PATIENCE), Ok(true));
    drop(client);
    assert_eq!(is_there.recv_timeout(PATIENCE), Ok(true), "the upstream sees the end");
    let (outer, inner) = chain.stop();
    assert!(outer.iter().chain(&inner).all(|exchange| exchange.outcome == Outcome::ClientAborted));
}

#[test]
fn a_client_that_keeps_silent_holds_up_no_stop() {
    let (address, _) = answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    let deck = Deck::start(address);
    let mut client = deck.client();
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    client.send_bytes(b"\0\0\0\x04\0\0\0\0\0");
    client.bytes(9);
    let begun = Instant::now();
    deck.stop();
    assert!(begun.elapsed() < Limits::default().drain_timeout / 2, "{:?}", begun.elapsed());
}

#[test]
fn a_certificate_is_read_from_files_with_its_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: String| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path
    };
    let key = rcgen::KeyPair::generate().expect("a key");
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let own = rcgen::CertificateParams::new(names).expect("names").self_signed(&key);
    let own = write("own.pem", own.expect("a certificate").pem());
    let key = write("key.pem", key.serialize_pem());
    let other = rcgen::KeyPair::generate().expect("a key");
    let other = write("other.pem", other.serialize_pem());

    let error = Certificate::read(&own, &other).expect_err("another key");
    assert!(error.to_string().contains("other.pem"), "{error}");
    let certificate = Certificate::read(&own, &key).expect("a certificate");
    assert_eq!(certificate.authority(), None);
    let upstream = upstream(|_, mut peer| {
        peer.message();
        peer.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    });
    let options = ProxyOptions::new(format!("http://{upstream}"));
    let inner = Deck::with(ProxyOptions { certificate: Some(certificate), ..options });
    let options = ProxyOptions::new(inner.proxy.url());
    let outer = Deck::with(ProxyOptions { upstream_ca: Some(own), ..options });
    let mut client = outer.client();
    client.send(GET);
    assert_eq!(client.message().expect("an answer").status(), 200);
}

#[test]
fn clients_that_do_not_read_hold_up_nobody_else() {
    const LENGTH: usize = 8 << 20;
    let address = upstream(|_, mut peer| {
        while let Some(request) = peer.message() {
            let length = if request.start.contains("/large") { LENGTH } else { 2 };
            peer.send(&format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n"));
            // Whoever asked may have left meanwhile.
            let _ = peer.stream().write_all(&vec![b' '; length]);
        }
    });
    let chain = Chain::start(address);
    let ask = |target: &str| {
        let mut client = chain.outer.client();
        client.send(&format!("GET {target} HTTP/1.1\r\nhost: localhost\r\n\r\n"));
        client
    };
    let mut stalled: Vec<_> = (0..8).map(|_| ask("/large")).collect();
    for client in &mut stalled {
        assert_eq!(client.head().expect("a head").status(), 200);
    }
    for _ in 0..8 {
        assert_eq!(ask("/small").message().expect("an answer").status(), 200);
    }
    drop(stalled);
}
