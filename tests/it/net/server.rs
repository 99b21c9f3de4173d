//! A handler behind a socket.

use std::{
    io::Write,
    net::TcpListener,
    sync::{
        Arc, Mutex,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use jobdeck::{
    exchange::{Handler, Reply, Request, Response},
    net::{Limits, Server, ServerOptions},
};

use super::wire::{PATIENCE, Peer};

/// Tells what it was asked, and does as the path says.
struct Echo {
    asked: u64,
    last_us: u64,
}

impl Handler for Echo {
    fn answer(&mut self, request: &Request, now_us: u64) -> Reply {
        assert!(now_us >= self.last_us, "time goes back");
        self.last_us = now_us;
        self.asked += 1;
        assert_ne!(request.path(), "/panic", "as asked");
        let line = format!(
            "{} {} {} {:?}",
            self.asked,
            request.method,
            request.target,
            String::from_utf8_lossy(request.body.bytes())
        );
        let mut response = Response::json(200, line);
        if request.path() == "/headers" {
            response = Response::json(200, format!("{:?}", request.headers));
        }
        let delay_us = if request.path() == "/never" { u64::MAX / 4 } else { 0 };
        Reply { response, delay_us }
    }
}

fn start(options: ServerOptions) -> Server {
    let listen = Some(options.listen.unwrap_or_else(|| "127.0.0.1:0".parse().expect("an address")));
    let handler = Arc::new(Mutex::new(Echo { asked: 0, last_us: 0 }));
    Server::start(handler, ServerOptions { listen, ..options }).expect("a server")
}

/// Sends bytes to a new server and compares status and body of the answer.
#[track_caller]
fn check(sent: &str, status: u16, body: &str) {
    let options = ServerOptions { body_bytes_max: 10, ..ServerOptions::default() };
    let server = start(options);
    let mut client = Peer::connect(server.address());
    client.send(sent);
    let answer = client.message().expect("an answer");
    assert_eq!((answer.status(), answer.text()), (status, body));
    server.stop();
}

#[test]
fn a_request_reaches_the_handler_whole() {
    check("GET /a?b=c HTTP/1.1\r\nhost: localhost\r\n\r\n", 200, r#"1 GET /a?b=c """#);
    check(
        "POST /a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\n\r\nabc",
        200,
        r#"1 POST /a "abc""#,
    );
    check(
        "PUT /a HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
        200,
        r#"1 PUT /a "abc""#,
    );
    check("GET http://any.example/a HTTP/1.1\r\nhost: any.example\r\n\r\n", 200, r#"1 GET /a """#);
    check("GET /a HTTP/1.0\r\n\r\n", 200, r#"1 GET /a """#);
}

#[test]
fn a_connection_takes_another_request_unless_told_otherwise() {
    let get = "GET /a HTTP/1.1\r\nhost: localhost\r\n\r\n";
    for keep_alive in [true, false] {
        let server = start(ServerOptions { keep_alive, ..ServerOptions::default() });
        let mut client = Peer::connect(server.address());
        client.send(get);
        let answer = client.message().expect("an answer");
        assert_eq!(answer.header("connection"), (!keep_alive).then_some("close"));
        if keep_alive {
            client.send(get);
            assert_eq!(client.message().expect("another answer").text(), r#"2 GET /a """#);
        } else {
            assert!(client.is_over());
        }
        server.stop();
    }
}

#[test]
fn web_pages_and_tunnels_are_refused() {
    let refused = |why: &str| {
        format!(
            r#"{{"error_code":"PERMISSION_DENIED","message":"jobdeck refuses this request: {why}."}}"#
        )
    };
    check(
        "GET / HTTP/1.1\r\nhost: localhost\r\norigin: http://evil.example\r\n\r\n",
        403,
        &refused("it carries an Origin header, as web pages send it"),
    );
    check(
        "GET / HTTP/1.1\r\nhost: evil.example\r\n\r\n",
        403,
        &refused("its Host header names neither this deck's address nor an alias (--host-alias)"),
    );
    check(
        "CONNECT localhost:443 HTTP/1.1\r\nhost: localhost:443\r\n\r\n",
        405,
        r#"{"error_code":"METHOD_NOT_ALLOWED","message":"jobdeck opens no tunnels: CONNECT is refused"}"#,
    );
}

#[test]
fn a_body_that_is_too_long_is_refused_and_the_client_gets_to_read_why() {
    let why = r#"{"error_code":"REQUEST_ENTITY_TOO_LARGE","message":"The body of this request exceeds 10 bytes."}"#;
    let body = "x".repeat(3_000_000);
    check(
        &format!(
            "POST /a HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ),
        413,
        why,
    );
    check(
        "POST /a HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n",
        413,
        why,
    );
    check(
        "POST /a HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: 11\r\n\r\n",
        413,
        why,
    );
}

#[test]
fn bodies_share_the_memory_and_give_it_back() {
    let server = start(ServerOptions { bodies_bytes_max: 10, ..ServerOptions::default() });
    let mut half = Peer::connect(server.address());
    half.send(
        "POST /a HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: 8\r\n\r\n",
    );
    // Leave to send tells that the body is being read.
    assert_eq!(half.head().expect("leave").status(), 100);
    half.send("half");
    let post = "POST /b HTTP/1.1\r\nhost: localhost\r\ncontent-length: 8\r\n\r\n12345678";
    // The half may not have come yet: then there is room, for this one alone.
    let refused = loop {
        let mut other = Peer::connect(server.address());
        other.send(post);
        let answer = other.message().expect("an answer");
        if answer.status() != 200 {
            assert!(other.is_over());
            break answer;
        }
    };
    assert_eq!((refused.status(), refused.header("connection")), (503, Some("close")));
    assert!(refused.text().contains(r#""error_code":"TEMPORARILY_UNAVAILABLE""#));
    half.send("half");
    assert_eq!(half.message().expect("an answer").status(), 200);
    let mut other = Peer::connect(server.address());
    other.send(post);
    assert_eq!(other.message().expect("an answer").status(), 200);
    server.stop();
}

#[test]
fn a_body_that_never_stands_still_has_an_end_as_well() {
    let options =
        ServerOptions { whole_body_timeout: Duration::from_millis(50), ..ServerOptions::default() };
    let server = start(options);
    let mut client = Peer::connect(server.address());
    client.send("POST /a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000\r\n\r\n");
    let mut stream = client.stream();
    let (over, is_over) = mpsc::channel::<()>();
    let drip = thread::spawn(move || {
        while is_over.recv_timeout(Duration::from_millis(5)) == Err(RecvTimeoutError::Timeout) {
            // It ends with the connection.
            let _ = stream.write_all(b"x");
        }
    });
    assert_eq!(client.message().expect("an answer").status(), 408);
    drop(over);
    drip.join().expect("sent");
    server.stop();
}

#[test]
fn a_connection_serves_many_requests_and_head_has_no_body() {
    let server = start(ServerOptions::default());
    let mut client = Peer::connect(server.address());
    client.send("HEAD /a HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let answer = client.bodiless().expect("an answer");
    assert_eq!(answer.header("content-length"), Some("12"));
    client.send("GET /b HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert_eq!(client.message().expect("an answer").text(), r#"2 GET /b """#);
    assert_eq!(answer.header("date"), None, "only the handler says what is sent");
    server.stop();
}

#[test]
fn headers_of_the_hop_do_not_reach_the_handler() {
    let server = start(ServerOptions::default());
    let mut client = Peer::connect(server.address());
    client.send("GET /headers HTTP/1.1\r\nhost: localhost\r\nconnection: x-hop\r\nx-hop: 1\r\nx-end: 2\r\n\r\n");
    let answer = client.message().expect("an answer");
    assert_eq!(answer.text(), r#"[("host", "localhost"), ("x-end", "2")]"#);
    server.stop();
}

#[test]
fn a_handler_that_panics_costs_one_request() {
    let server = start(ServerOptions::default());
    let mut client = Peer::connect(server.address());
    client.send("GET /panic HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let answer = client.message().expect("an answer");
    assert_eq!(answer.status(), 500);
    assert!(answer.text().contains("INTERNAL_ERROR"));
    client.send("GET /a HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert_eq!(client.message().expect("an answer").text(), r#"2 GET /a """#);
    server.stop();
}

#[test]
fn a_delayed_reply_holds_up_nobody_and_a_stop_does_not_wait_for_ever() {
    let limits = Limits { drain_timeout: Duration::from_millis(10), ..Limits::default() };
    let server = start(ServerOptions { limits, ..ServerOptions::default() });
    let mut delayed = Peer::connect(server.address());
    delayed.send("GET /never HTTP/1.1\r\nhost: localhost\r\n\r\n");
    // Both are read by one thread, so that the second question comes once the first is asked or not at all.
    let mut client = Peer::connect(server.address());
    let mut asked_before = false;
    while !asked_before {
        client.send("GET /a HTTP/1.1\r\nhost: localhost\r\n\r\n");
        asked_before = !client.message().expect("an answer").text().starts_with("1 ");
    }
    server.stop();
    assert!(delayed.is_over(), "what could not be finished is cut off");
}

#[test]
fn an_address_in_use_is_an_error_that_says_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    let options = ServerOptions { listen: Some(address), ..ServerOptions::default() };
    let handler = Arc::new(Mutex::new(Echo { asked: 0, last_us: 0 }));
    let error = Server::start(handler, options).expect_err("it is taken");
    assert!(
        error.to_string().starts_with(&format!("failed to listen on `{address}`: ")),
        "{error}"
    );
    assert!(error.next_step().is_some_and(|hint| hint.contains("--listen")));
}

#[test]
fn without_an_address_two_servers_find_two_ports() {
    let handler = || Arc::new(Mutex::new(Echo { asked: 0, last_us: 0 }));
    let one = Server::start(handler(), ServerOptions::default()).expect("a server");
    let other = Server::start(handler(), ServerOptions::default()).expect("a server");
    assert_ne!(one.address(), other.address());
    assert!(one.is_loopback() && other.is_loopback());
    one.stop();
    other.stop();
}

/// Answers only when it is let go.
struct Gate {
    entered: mpsc::Sender<()>,
    leave: mpsc::Receiver<()>,
}

impl Handler for Gate {
    fn answer(&mut self, _: &Request, _: u64) -> Reply {
        self.entered.send(()).expect("somebody waits");
        self.leave.recv_timeout(PATIENCE).expect("let go");
        Response::json(200, "{}").into()
    }
}

#[test]
fn a_stop_finishes_what_is_in_flight_and_takes_nothing_new() {
    let (entered, has_entered) = mpsc::channel();
    let (let_go, leave) = mpsc::channel();
    let listen = Some("127.0.0.1:0".parse().expect("an address"));
    let options = ServerOptions { listen, ..ServerOptions::default() };
    let server =
        Server::start(Arc::new(Mutex::new(Gate { entered, leave })), options).expect("a server");
    let address = server.address();
    let mut client = Peer::connect(address);
    client.send("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
    has_entered.recv_timeout(PATIENCE).expect("in flight");
    let stopping = thread::spawn(move || server.stop());
    let_go.send(()).expect("it waits");
    assert_eq!(client.message().expect("an answer").status(), 200);
    assert!(client.is_over());
    stopping.join().expect("stopped");
    assert!(std::net::TcpStream::connect(address).is_err());
}
