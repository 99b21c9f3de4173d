//! Bad requests to the decks: an error in the service's form, and nothing changed.

use serde_json::Value;

use crate::{
    deck::Deck,
    http::{call, raw, send},
};

const TOKEN: &str = "authorization: Bearer client-token-0123456789\r\n";

#[track_caller]
fn check(deck: &Deck, method: &str, target: &str, headers: &str, body: &str, status: u16) {
    let (got, answer) = send(&deck.url, method, target, headers, body).unwrap();
    assert_eq!(got, status, "{method} {target}: {answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{answer:?}"));
    assert!(answer["error_code"].is_string() || answer["error_code"].is_number(), "{answer}");
    assert!(answer["message"].is_string(), "{answer}");
}

#[test]
fn bad_input_gets_an_error_and_changes_nothing() {
    let deck = Deck::start(["serve"]);
    let good = r#"{"name":"j","existing_cluster_id":"c","notebook_task":{"notebook_path":"/n"}}"#;
    assert_eq!(call(&deck.url, "POST", "/api/2.0/jobs/create", good).0, 200);
    let before = call(&deck.url, "GET", "/api/2.0/jobs/list", "");

    check(&deck, "POST", "/api/2.0/jobs/create", TOKEN, "{\"name\":", 400);
    check(&deck, "POST", "/api/2.0/jobs/create", TOKEN, "[1]", 400);
    check(&deck, "POST", "/api/2.0/jobs/create", TOKEN, &"[".repeat(100_000), 400);
    check(&deck, "POST", "/api/2.0/jobs/create", TOKEN, &good.replace("\"c\"", "{}"), 400);
    check(&deck, "POST", "/api/2.0/jobs/create", TOKEN, &good.replace("\"/n\"", "\"n\""), 400);
    check(&deck, "POST", "/api/2.0/jobs/delete", TOKEN, r#"{"job_id":"one"}"#, 400);
    check(&deck, "GET", "/api/2.0/jobs/delete?job_id=1", TOKEN, "", 404);
    check(&deck, "DELETE", "/api/2.0/jobs/get?job_id=1", TOKEN, "", 404);
    check(&deck, "POST", "/api/2.0/jobs/nope", TOKEN, "{}", 404);
    check(&deck, "POST", "/api/2.0/jobs/delete", "", r#"{"job_id":1}"#, 401);
    check(
        &deck,
        "POST",
        "/api/2.0/jobs/delete",
        "authorization: Digest x\r\n",
        r#"{"job_id":1}"#,
        401,
    );
    let long = format!("{}{}", good, " ".repeat(17 << 20));
    check(&deck, "POST", "/api/2.0/jobs/create", TOKEN, &long, 413);

    assert_eq!(call(&deck.url, "GET", "/api/2.0/jobs/list", ""), before);
    assert_eq!(deck.stop().code, Some(0));
}

#[test]
fn with_a_token_only_that_one_is_let_in() {
    let deck = Deck::start(["serve", "--token", "right-one"]);
    let list = "/api/2.0/jobs/list";
    check(&deck, "GET", list, "", "", 401);
    check(&deck, "GET", list, "authorization: Bearer wrong-one\r\n", "", 403);
    let right = send(&deck.url, "GET", list, "authorization: Bearer right-one\r\n", "").unwrap();
    assert_eq!(right.0, 200);
    // `token:right-one`, as curl sends it for a netrc file.
    let basic = "authorization: Basic dG9rZW46cmlnaHQtb25l\r\n";
    assert_eq!(send(&deck.url, "GET", list, basic, "").unwrap().0, 200);
}

#[test]
fn no_web_page_and_no_smuggler_drives_a_deck() {
    let deck = Deck::start(["serve"]);
    let list = "/api/2.0/jobs/list";
    check(&deck, "GET", list, &format!("{TOKEN}origin: https://evil.example\r\n"), "", 403);
    let port = deck.port();
    let status = |head: &str| {
        let answer = raw(&deck.url, head.as_bytes()).unwrap();
        String::from_utf8_lossy(&answer).split(' ').nth(1).map(str::to_owned)
    };
    let foreign =
        format!("GET {list} HTTP/1.1\r\nhost: evil.example\r\n{TOKEN}connection: close\r\n\r\n");
    assert_eq!(status(&foreign).as_deref(), Some("403"));
    let both = format!(
        "POST /api/2.0/jobs/create HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-length: 5\r\n\
         transfer-encoding: chunked\r\n{TOKEN}\r\n0\r\n\r\n"
    );
    assert_eq!(status(&both).as_deref(), Some("400"));
    let tunnel = "CONNECT example.com:443 HTTP/1.1\r\nhost: example.com:443\r\n\r\n";
    assert!(matches!(status(tunnel).as_deref(), Some("403" | "405")), "{:?}", status(tunnel));
}

#[test]
fn a_miss_is_told_at_once_and_is_nothing_to_retry() {
    let cassette = crate::deck::project().join("cassettes/quickstart.json");
    let deck = Deck::start(["replay".as_ref(), cassette.as_os_str()]);
    check(&deck, "GET", "/api/2.0/jobs/get?job_id=4711", TOKEN, "", 424);
    let ended = deck.stop();
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("4711"), "{}", ended.stderr);
}
