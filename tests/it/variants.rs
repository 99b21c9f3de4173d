//! A workspace that is different is right all the same.

use jobdeck::{
    call,
    contract::Endpoint,
    exchange::{Request, Response},
    generate,
    serve::{Options, Variant, Workspace},
    validate,
};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};

use crate::{
    deck::Deck,
    http::raw,
    workspace::{answer, body, furnished},
};

/// A request answered by a workspace that may be throttled.
fn patient(workspace: &mut Workspace, request: &Request) -> Response {
    let response = answer(workspace, request.clone());
    if response.status != 429 {
        return response;
    }
    assert_eq!(response.headers.get("retry-after"), Some("1"));
    answer(workspace, request.clone())
}

fn different(variant: Variant) -> Options {
    Options { variants: vec![variant], ..Options::default() }
}

#[test]
fn what_is_valid_is_taken_and_answered_well() {
    let mut runner = TestRunner::deterministic();
    for variant in Variant::all() {
        let (mut workspace, known) = furnished(different(variant));
        for endpoint in Endpoint::ALL {
            let strategy = generate::request(endpoint, &known);
            for _ in 0..15 {
                let request = strategy.new_tree(&mut runner).unwrap().current();
                let mut taken = workspace.clone();
                let response = patient(&mut taken, &request);
                if variant == Variant::Throttled {
                    // Every request counts, so that some meets the limit.
                    let _ = answer(&mut workspace, Request::new(http::Method::GET, "/api/"));
                }
                let body = body(&response);
                if response.is_success() {
                    let findings = validate::response(endpoint, &body);
                    assert_eq!(findings, [], "{}: {body}", variant.name());
                    continue;
                }
                // What an update leaves as it was can contradict what it changes.
                let limit = call::read(&request).ok().and_then(|call| call.integer("limit"));
                let beyond = variant == Variant::ExactLimit1000 && limit == Some(1000);
                let may_be_refused = endpoint == Endpoint::Update || beyond;
                assert!(may_be_refused, "{}: {request:?} gave {body}", variant.name());
            }
        }
    }
}

#[test]
fn what_is_broken_is_refused() {
    let mut runner = TestRunner::deterministic();
    for variant in Variant::all() {
        let (mut workspace, known) = furnished(different(variant));
        for breakage in Endpoint::ALL.into_iter().flat_map(generate::breakages) {
            let strategy = (breakage.broken(&known), generate::style());
            let (broken, style) = strategy.new_tree(&mut runner).unwrap().current();
            let request = generate::write(breakage.endpoint, &broken.arguments, &style);
            let status = patient(&mut workspace, &request).status;
            assert!((400..500).contains(&status), "{}: {breakage}: {status}", variant.name());
            if let Some(documented) = breakage.endpoint.signature().invalid_status {
                assert_eq!(status, documented, "{}: {breakage}", variant.name());
            }
        }
    }
}

#[test]
fn a_connection_can_end_with_each_answer() {
    let deck = Deck::start(["serve", "--variant", "close", "--variant", "gzip"]);
    let port = deck.port();
    let request = format!(
        "GET /api/2.0/jobs/list HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer x\r\n\r\n"
    );
    // It is read to the end of the connection.
    let answer = raw(&deck.url, request.as_bytes()).unwrap();
    let answer = String::from_utf8_lossy(&answer).to_ascii_lowercase();
    assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    assert!(answer.contains("\r\ncontent-encoding: gzip\r\n"), "{answer}");
}
