//! How exchanges end, and what the tap is told then.

use std::{
    net::TcpListener,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use jobdeck::{
    exchange::{Exchange, Outcome, Response},
    net::{Limits, Proxy, ProxyOptions, Tap},
};

use super::wire::{Deck, PATIENCE, Peer, answering, upstream};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
const GET: &str = "GET /a HTTP/1.1\r\nhost: localhost\r\n\r\n";

#[test]
fn an_upstream_that_cannot_be_reached_is_told_to_the_client_and_the_tape() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let deck = Deck::start(address);
    let mut client = deck.client();
    client.send(GET);
    let answer = client.message().expect("an answer");
    assert_eq!((answer.status(), answer.header("content-type")), (502, Some("application/json")));
    assert!(answer.text().contains(r#""error_code":"JOBDECK_UPSTREAM_UNREACHABLE""#));
    let exchange = deck.stop_with_one();
    assert_eq!(exchange.outcome, Outcome::Deck);
    assert_eq!(exchange.response.expect("the deck's").body.bytes(), answer.body);
}

#[test]
fn an_upstream_that_breaks_off_breaks_the_answer_and_is_told() {
    let address = upstream(|_, mut peer| {
        peer.message();
        peer.send("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nhalf");
    });
    let deck = Deck::start(address);
    let mut client = deck.client();
    client.send(GET);
    assert_eq!(client.head().expect("an answer").status(), 200);
    assert_eq!(client.rest(), b"half");
    let exchange = deck.stop_with_one();
    assert_eq!(exchange.outcome, Outcome::UpstreamFailed);
    assert_eq!(exchange.response.expect("a part").body.bytes(), b"half");
}

#[test]
fn an_upstream_that_talks_nonsense_is_told() {
    let (address, _) = answering("SMTP ready\r\n\r\n");
    let deck = Deck::start(address);
    let mut client = deck.client();
    client.send(GET);
    assert_eq!(client.message().expect("an answer").status(), 502);
    let exchange = deck.stop_with_one();
    assert_eq!((exchange.outcome, exchange.response), (Outcome::UpstreamFailed, None));
}

#[test]
fn an_upstream_that_takes_too_long_is_told() {
    let address = upstream(|_, mut peer| {
        peer.message();
        assert!(peer.is_over(), "the deck hangs up");
    });
    let options = ProxyOptions::new(format!("http://{address}"));
    let deck = Deck::with(ProxyOptions { response_timeout: Duration::from_millis(20), ..options });
    let mut client = deck.client();
    client.send(GET);
    assert_eq!(client.message().expect("an answer").status(), 504);
    let exchange = deck.stop_with_one();
    assert_eq!((exchange.outcome, exchange.response), (Outcome::UpstreamTimeout, None));
}

#[test]
fn an_upstream_that_pauses_too_long_is_told() {
    let address = upstream(|_, mut peer| {
        peer.message();
        peer.send("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nhalf");
        assert!(peer.is_over(), "the deck hangs up");
    });
    let options = ProxyOptions::new(format!("http://{address}"));
    let deck = Deck::with(ProxyOptions { idle_timeout: Duration::from_millis(20), ..options });
    let mut client = deck.client();
    client.send(GET);
    client.head().expect("an answer");
    assert_eq!(client.rest(), b"half");
    assert_eq!(deck.stop_with_one().outcome, Outcome::UpstreamTimeout);
}

#[test]
fn a_client_that_stops_within_its_body_is_told() {
    let address = upstream(|_, mut peer| {
        peer.head();
        peer.rest();
    });
    let limits = Limits { body_timeout: Duration::from_millis(20), ..Limits::default() };
    let deck =
        Deck::with(ProxyOptions { limits, ..ProxyOptions::new(format!("http://{address}")) });
    let mut client = deck.client();
    client.send("POST /a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 8\r\n\r\nhalf");
    assert_eq!(client.message().expect("an answer").status(), 408);
    let exchange = deck.stop_with_one();
    assert_eq!(exchange.outcome, Outcome::ClientAborted);
    assert!(exchange.request.body.bytes().is_empty(), "half a body is not taken for a whole one");
}

/// Tells by channel, and so can be waited for.
struct Telling(Mutex<mpsc::Sender<Exchange>>);

impl Tap for Telling {
    fn finished(&self, exchange: Exchange) -> bool {
        self.0.lock().expect("the channel").send(exchange).expect("somebody listens");
        true
    }
}

fn telling(upstream: std::net::SocketAddr) -> (Proxy, mpsc::Receiver<Exchange>) {
    let (told, exchanges) = mpsc::channel();
    let options = ProxyOptions {
        listen: Some("127.0.0.1:0".parse().expect("an address")),
        ..ProxyOptions::new(format!("http://{upstream}"))
    };
    (Proxy::start(options, Arc::new(Telling(Mutex::new(told)))).expect("a proxy"), exchanges)
}

#[test]
fn a_client_that_leaves_before_the_answer_is_told_and_the_upstream_is_let_go() {
    let (asked, is_asked) = mpsc::channel();
    let (over, is_over) = mpsc::channel();
    let address = upstream(move |_, mut peer| {
        peer.message();
        asked.send(()).expect("it waits");
        over.send(peer.is_over()).expect("it waits");
    });
    let (proxy, exchanges) = telling(address);
    let mut client = Peer::connect(proxy.address());
    client.send(GET);
    is_asked.recv_timeout(PATIENCE).expect("asked");
    drop(client);
    let exchange = exchanges.recv_timeout(PATIENCE).expect("told");
    assert_eq!((exchange.outcome, exchange.response), (Outcome::ClientAborted, None));
    assert!(is_over.recv_timeout(PATIENCE).expect("told"));
    proxy.stop();
}

#[test]
fn a_client_that_leaves_within_the_answer_is_told_with_what_came() {
    let address = upstream(move |_, mut peer| {
        peer.message();
        peer.send("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nhalf");
        assert!(peer.is_over(), "the deck hangs up");
    });
    let (proxy, exchanges) = telling(address);
    let mut client = Peer::connect(proxy.address());
    client.send(GET);
    client.head().expect("an answer");
    assert_eq!(client.bytes(4), b"half");
    drop(client);
    let exchange = exchanges.recv_timeout(PATIENCE).expect("told");
    assert_eq!(exchange.outcome, Outcome::ClientAborted);
    assert_eq!(exchange.response.expect("a part").body.bytes(), b"half");
    proxy.stop();
}

#[test]
fn a_stop_that_cannot_wait_longer_tells_what_it_cuts_off() {
    let (asked, is_asked) = mpsc::channel();
    let address = upstream(move |_, mut peer| {
        peer.message();
        asked.send(()).expect("it waits");
        peer.rest();
    });
    let limits = Limits { drain_timeout: Duration::from_millis(10), ..Limits::default() };
    let deck =
        Deck::with(ProxyOptions { limits, ..ProxyOptions::new(format!("http://{address}")) });
    let mut client = deck.client();
    client.send(GET);
    is_asked.recv_timeout(PATIENCE).expect("asked");
    assert_eq!(deck.stop_with_one().outcome, Outcome::ClientAborted);
    assert!(client.is_over());
}

/// Is only told beside the proxy's own thread.
struct Beside(Mutex<Vec<Exchange>>);

impl Tap for Beside {
    fn finished(&self, exchange: Exchange) -> bool {
        self.0.lock().expect("exchanges").push(exchange);
        true
    }

    fn finished_at_once(&self, exchange: Exchange) -> Option<Exchange> {
        Some(exchange)
    }
}

#[test]
fn what_a_stop_cuts_off_reaches_a_tap_that_has_to_wait() {
    let (asked, is_asked) = mpsc::channel();
    let address = upstream(move |_, mut peer| {
        peer.message();
        asked.send(()).expect("it waits");
        peer.rest();
    });
    let tap = Arc::new(Beside(Mutex::default()));
    let options = ProxyOptions {
        listen: Some("127.0.0.1:0".parse().expect("an address")),
        limits: Limits { drain_timeout: Duration::from_millis(10), ..Limits::default() },
        ..ProxyOptions::new(format!("http://{address}"))
    };
    let proxy = Proxy::start(options, tap.clone()).expect("a proxy");
    let mut client = Peer::connect(proxy.address());
    client.send(GET);
    is_asked.recv_timeout(PATIENCE).expect("asked");
    proxy.stop();
    let outcomes: Vec<_> =
        tap.0.lock().expect("exchanges").iter().map(|exchange| exchange.outcome).collect();
    assert_eq!(outcomes, [Outcome::ClientAborted]);
}

/// Takes its time, or refuses.
struct Gate {
    waits: bool,
    entered: Mutex<mpsc::Sender<()>>,
    leave: Mutex<mpsc::Receiver<()>>,
    full: AtomicBool,
}

impl Tap for Gate {
    fn finished(&self, _: Exchange) -> bool {
        self.entered.lock().expect("the channel").send(()).expect("somebody listens");
        self.leave.lock().expect("the channel").recv_timeout(PATIENCE).expect("let go");
        self.full.store(true, Ordering::Relaxed);
        true
    }

    fn finished_at_once(&self, exchange: Exchange) -> Option<Exchange> {
        if self.waits {
            return Some(exchange);
        }
        self.finished(exchange);
        None
    }

    fn refusal(&self) -> Option<Response> {
        self.full.load(Ordering::Relaxed).then(|| Response::error(507, "FULL", "The disk is full."))
    }
}

/// The client has the end of this answer only once the tap has it.
#[track_caller]
fn check_gate(waits: bool, answer: &'static str, end: &str) {
    let (address, got) = answering(answer);
    let (entered, has_entered) = mpsc::channel();
    let (let_go, leave) = mpsc::channel();
    let (entered, leave) = (Mutex::new(entered), Mutex::new(leave));
    let gate = Arc::new(Gate { waits, entered, leave, full: AtomicBool::new(false) });
    let options = ProxyOptions {
        listen: Some("127.0.0.1:0".parse().expect("an address")),
        ..ProxyOptions::new(format!("http://{address}"))
    };
    let proxy = Proxy::start(options, gate.clone()).expect("a proxy");
    let mut client = Peer::connect(proxy.address());
    client.send("GET /a HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    let reader = thread::spawn(move || {
        let bytes = client.rest();
        (gate.full.load(Ordering::Relaxed), String::from_utf8(bytes).expect("text"))
    });
    has_entered.recv_timeout(PATIENCE).expect("told");
    if waits {
        // Others are served meanwhile, and whatever had been let out would have reached the reader.
        let mut other = Peer::connect(proxy.address());
        other.send("GET /a HTTP/1.1\r\nhost: evil.example\r\n\r\n");
        assert_eq!(other.message().expect("an answer").status(), 403);
    }
    let_go.send(()).expect("it waits");
    let (taken, text) = reader.join().expect("read");
    assert!(taken && text.ends_with(end), "{taken} {text}");

    // The tap has taken one, and takes no more.
    let mut client = Peer::connect(proxy.address());
    client.send(GET);
    assert_eq!(client.message().expect("an answer").status(), 507);
    assert_eq!(got.lock().expect("requests").len(), 1);
    proxy.stop();
}

/// An answer that breaks off half-way, by the upstream or because the client leaves: others are served
/// while the tap takes its time, and a client that is still there sees the end only then.
#[track_caller]
fn check_gate_broken_off(client_leaves: bool) {
    let address = upstream(move |_, mut peer| {
        peer.message();
        peer.send("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nhalf");
        if client_leaves {
            assert!(peer.is_over(), "the deck hangs up");
        }
    });
    let (entered, has_entered) = mpsc::channel();
    let (let_go, leave) = mpsc::channel();
    let (entered, leave) = (Mutex::new(entered), Mutex::new(leave));
    let gate = Arc::new(Gate { waits: true, entered, leave, full: AtomicBool::new(false) });
    let options = ProxyOptions {
        listen: Some("127.0.0.1:0".parse().expect("an address")),
        ..ProxyOptions::new(format!("http://{address}"))
    };
    let proxy = Proxy::start(options, gate.clone()).expect("a proxy");
    let mut client = Peer::connect(proxy.address());
    client.send(GET);
    client.head().expect("an answer");
    assert_eq!(client.bytes(4), b"half");
    let taken = Arc::clone(&gate);
    let reader = (!client_leaves)
        .then(|| thread::spawn(move || (client.rest(), taken.full.load(Ordering::Relaxed))));
    has_entered.recv_timeout(PATIENCE).expect("told");
    let mut other = Peer::connect(proxy.address());
    other.send("GET /a HTTP/1.1\r\nhost: evil.example\r\n\r\n");
    assert_eq!(other.message().expect("an answer").status(), 403);
    assert!(!gate.full.load(Ordering::Relaxed), "the tap still takes its time");
    let_go.send(()).expect("it waits");
    if let Some(reader) = reader {
        assert_eq!(reader.join().expect("read"), (Vec::new(), true));
    }
    proxy.stop();
    assert!(gate.full.load(Ordering::Relaxed), "told before the end");
}

#[test]
fn an_exchange_that_breaks_off_holds_up_nobody_else() {
    check_gate_broken_off(false);
    check_gate_broken_off(true);
}

#[test]
fn the_client_does_not_see_the_end_before_the_tap_has_it() {
    for waits in [false, true] {
        check_gate(waits, OK, "{}");
        check_gate(waits, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "\r\n\r\n");
        let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
        check_gate(waits, chunked, "0\r\n\r\n");
    }
}

/// Keeps nothing.
struct Unkept;

impl Tap for Unkept {
    fn finished(&self, _: Exchange) -> bool {
        false
    }

    fn finished_at_once(&self, exchange: Exchange) -> Option<Exchange> {
        Some(exchange)
    }
}

#[test]
fn a_response_that_cannot_be_kept_breaks_off() {
    let (address, _) =
        answering("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    let options = ProxyOptions {
        listen: Some("127.0.0.1:0".parse().expect("an address")),
        ..ProxyOptions::new(format!("http://{address}"))
    };
    let proxy = Proxy::start(options, Arc::new(Unkept)).expect("a proxy");
    let mut client = Peer::connect(proxy.address());
    client.send(GET);
    let got = client.rest();
    assert!(!got.ends_with(b"0\r\n\r\n"), "the client saw the end: {got:?}");
    proxy.stop();
}

#[test]
fn an_answer_with_trailers_is_complete() {
    let answer = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-t\r\n\r\n3\r\nabc\r\n0\r\nx-t: v\r\n\r\n";
    let (address, _) = answering(answer);
    let deck = Deck::start(address);
    let mut client = deck.client();
    client.send(GET);
    assert_eq!(client.message().expect("an answer").status(), 200);
    let exchange = deck.stop_with_one();
    assert_eq!(exchange.outcome, Outcome::Complete);
    assert_eq!(exchange.response.expect("a response").body.bytes(), b"abc");
}
