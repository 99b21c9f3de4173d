//! What a proxy does with a request that its gate refuses.

use std::sync::Arc;

use jobdeck::{
    exchange::{Outcome, Request, Response},
    net::{Gate, ProxyOptions},
};

use super::wire::{Deck, answering};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

/// Lets nothing pass below `/closed`.
#[derive(Debug)]
struct Closed;

impl Gate for Closed {
    fn refusal(&self, request: &Request) -> Option<Response> {
        request.path().starts_with("/closed").then(|| Response::error(403, "CLOSED", "closed"))
    }
}

#[test]
fn what_is_refused_is_kept_whole_and_reaches_nobody() {
    let (address, got) = answering(OK);
    let deck = Deck::with(ProxyOptions {
        gate: Some(Arc::new(Closed)),
        ..ProxyOptions::new(format!("http://{address}"))
    });
    let mut client = deck.client();
    client.send("POST /closed HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\n\r\nabc");
    let answer = client.message().expect("an answer");
    assert_eq!((answer.status(), answer.header("connection")), (403, None));
    assert!(answer.text().contains("CLOSED"), "{}", answer.text());
    // In absolute form, for a name of the deck; the connection goes on.
    client.send("GET http://localhost/closed/x HTTP/1.1\r\nhost: a\r\n\r\n");
    assert_eq!(client.message().expect("an answer").status(), 403);
    client.send("GET /open HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert_eq!(client.message().expect("an answer").status(), 200);
    assert_eq!(got.lock().expect("requests").len(), 1);

    let exchanges = deck.stop();
    let outcomes: Vec<_> = exchanges.iter().map(|exchange| exchange.outcome).collect();
    assert_eq!(outcomes, [Outcome::Deck, Outcome::Deck, Outcome::Complete]);
    assert_eq!(exchanges[0].request.body.bytes(), b"abc");
    assert_eq!(exchanges[0].response.as_ref().map(|response| response.status), Some(403));
    assert_eq!(exchanges[1].request.target, "/closed/x");
}

#[test]
fn a_client_that_asks_for_leave_to_send_does_not_get_it() {
    let (address, got) = answering(OK);
    let deck = Deck::with(ProxyOptions {
        gate: Some(Arc::new(Closed)),
        ..ProxyOptions::new(format!("http://{address}"))
    });
    let mut client = deck.client();
    client.send("POST /closed HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n");
    let answer = client.message().expect("an answer");
    assert_eq!((answer.status(), answer.header("connection")), (403, Some("close")));
    assert!(client.is_over(), "nothing follows");
    assert!(got.lock().expect("requests").is_empty());
    assert_eq!(deck.stop_with_one().outcome, Outcome::Deck);
}
