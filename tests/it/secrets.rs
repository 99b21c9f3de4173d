//! Secrets in every place of a message: clients and the workspace get them as they are, and nothing that a
//! recorder leaves or says has one.

use std::{fs, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use jobdeck::exchange;
use regex::bytes::Regex;

use crate::{
    deck::{Deck, files},
    net::wire::{Peer, upstream},
};

/// A secret that shows by its form what it is.
const TOKEN: &str = concat!("da", "pi0123456789abcdef0123456789abcdef");
/// One that only its place gives away.
const WORD: &str = "correct/horse+battery=staple";

/// Where and how a secret may stand in a request: fields, target and body.
fn requests(secret: &str) -> Vec<String> {
    let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let in_base64 = STANDARD.encode(secret);
    let basic = STANDARD.encode(format!("token:{secret}"));
    let json = |body: &str| (String::new(), "/json".to_owned(), body.to_owned());
    let get = |field: &str| (field.to_owned(), "/empty".to_owned(), String::new());
    let cases = [
        // First in the place of a credential, as clients send it.
        get(&format!("authorization: Bearer {secret}\r\n")),
        get(&format!("authorization: Basic {basic}\r\n")),
        get(&format!("cookie: a=1; session={secret}\r\n")),
        get(&format!("x-databricks-azure-sp-management-token: {secret}\r\n")),
        get(&format!("referer: https://a.example/?access_token={encoded}\r\n")),
        (String::new(), format!("/query?token={encoded}&a=1"), String::new()),
        (String::new(), format!("/path/{encoded}/end"), String::new()),
        json(&format!(r#"{{"token_value":"{secret}"}}"#)),
        json(&format!(r#"{{"note":"the token is {secret}, tell nobody"}}"#)),
        json(&format!(r#"{{"deep":[{{"url":"https://a.example/?x={encoded}"}}]}}"#)),
        json(&format!(r#"{{"blob":"{in_base64}"}}"#)),
        json(&format!(r#"{{"escaped":"{}"}}"#, secret.replace('/', "\\/"))),
        (
            "content-type: application/x-www-form-urlencoded\r\n".to_owned(),
            "/form".to_owned(),
            format!("grant_type=client_credentials&client_secret={encoded}"),
        ),
        ("content-type: text/plain\r\n".to_owned(), "/text".to_owned(), format!("see {secret}\n")),
    ];
    let request = |(fields, target, body): (String, String, String)| {
        let method = if body.is_empty() { "GET" } else { "POST" };
        let length = body.len();
        format!(
            "{method} {target} HTTP/1.1\r\nhost: localhost\r\n{fields}content-length: {length}\r\n\r\n{body}"
        )
    };
    cases.into_iter().map(request).collect()
}

/// A workspace that answers with the secret: in a cookie, a location and a body, plain or compressed.
fn workspace(secret: &'static str) -> std::net::SocketAddr {
    upstream(move |_, mut peer| {
        while let Some(request) = peer.message() {
            let body = format!(r#"{{"token_value":"{secret}","said":"{secret}"}}"#).into_bytes();
            let (coding, body) = match request.header("content-length") {
                Some("0") => ("content-encoding: gzip\r\n", exchange::gzip(&body)),
                _ => ("", body),
            };
            let length = body.len();
            peer.send(&format!(
                "HTTP/1.1 200 OK\r\nset-cookie: session={secret}; HttpOnly\r\n\
                 location: https://a.example/?token={secret}\r\n\
                 content-type: application/json\r\n{coding}content-length: {length}\r\n\r\n"
            ));
            peer.send_bytes(&body);
        }
    })
}

/// Whether bytes hold a secret: plain, encoded for a URL, or in whatever there is in base64.
fn holds(bytes: &[u8], secret: &str) -> bool {
    let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let contains = |bytes: &[u8], part: &str| {
        bytes.windows(part.len()).any(|window| window == part.as_bytes())
    };
    let escaped = secret.replace('/', "\\/");
    if [secret, &encoded, &escaped].iter().any(|form| contains(bytes, form)) {
        return true;
    }
    let words = Regex::new("[A-Za-z0-9+/]{16,}").unwrap();
    words.find_iter(bytes).any(|word| {
        let word = word.as_bytes();
        let whole = &word[..word.len() / 4 * 4];
        STANDARD.decode(whole).is_ok_and(|decoded| contains(&decoded, secret))
    })
}

#[track_caller]
fn assert_nowhere(folder: &Path, secret: &str) {
    for file in files(folder) {
        let bytes = fs::read(&file).unwrap();
        assert!(!bytes.is_empty(), "{}", file.display());
        let shown = String::from_utf8_lossy(&bytes);
        assert!(!holds(&bytes, secret), "{secret} in {}:\n{shown}", file.display());
    }
}

/// Records every request, and looks for the secret while it does, at its end, and after a kill.
#[track_caller]
fn check(secret: &'static str) {
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    let address = workspace(secret);
    let start = || {
        let upstream = format!("http://{address}");
        Deck::start(["record", cassette.to_str().unwrap(), "--upstream", &upstream, "--durable"])
    };
    let record = |deck: &Deck| {
        let mut client = Peer::connect(([127, 0, 0, 1], deck.port()).into());
        for request in requests(secret) {
            client.send(&request);
            let answer = client.message().expect("an answer");
            assert_eq!(answer.status(), 200, "{request}");
            // The client has what the workspace sent.
            let cookie = answer.header("set-cookie").unwrap_or_default();
            assert_eq!(cookie, format!("session={secret}; HttpOnly"));
            let body = match answer.header("content-encoding") {
                None => answer.body,
                Some(coding) => {
                    let mut headers = exchange::Headers::default();
                    headers.push("content-encoding", coding);
                    exchange::decoded(&headers, &answer.body).expect("decodable").into_owned()
                }
            };
            assert!(holds(&body, secret), "{request}");
        }
    };
    let deck = start();
    record(&deck);
    assert_nowhere(folder.path(), secret);
    deck.kill();
    let deck = start();
    record(&deck);
    let ended = deck.stop();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(!holds(ended.stderr.as_bytes(), secret), "{}", ended.stderr);
    assert_eq!(files(folder.path()).len(), 2, "what was recovered, and what was recorded");
    assert_nowhere(folder.path(), secret);

    // What is redacted still matches whoever sends the secret.
    let deck = Deck::start(["replay", cassette.to_str().unwrap()]);
    let mut client = Peer::connect(([127, 0, 0, 1], deck.port()).into());
    for request in requests(secret) {
        client.send(&request);
        assert_eq!(client.message().expect("an answer").status(), 200, "{request}");
    }
    assert_eq!(deck.stop().code, Some(0));
}

#[test]
fn a_token_is_nowhere() {
    check(TOKEN);
}

#[test]
fn what_stood_in_the_place_of_a_credential_is_nowhere() {
    check(WORD);
}
