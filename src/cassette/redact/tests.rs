//! Secrets by place and form, and the laws of what redaction may change.

use std::io::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Policy, Redacted, Redactor, Seen};
use crate::{
    cassette::{
        tests::{exchange, post},
        write,
    },
    exchange::{Body, Exchange, Request, Response},
};

const UPSTREAM: &str = "https://adb-984752964297111.11.azuredatabricks.net";
const TOKEN: &str = "dapi0123456789abcdef0123456789abcdef-2";
const SECRET: &str = "s3cr+t/of the=house&äö";

fn redact(exchange: Exchange) -> Redacted {
    Redactor::new(Policy::default(), UPSTREAM).redact(exchange)
}

fn line(exchange: &Exchange) -> String {
    let mut line = Vec::new();
    write::line(exchange, &mut line);
    String::from_utf8(line).unwrap()
}

fn with_header(name: &str, value: &str) -> Exchange {
    let mut request = post("/api/2.0/jobs/list", "");
    request.headers.push(name, value);
    exchange(1, request, Response::json(200, "{}"))
}

fn asked(target: &str, body: &str) -> Exchange {
    exchange(1, post(target, body), Response::json(200, "{}"))
}

fn answered(body: &str) -> Exchange {
    exchange(1, post("/api/2.0/jobs/list", ""), Response::json(200, body.to_owned()))
}

/// Where the exchange was changed, after making sure that nothing is left of `secret`.
#[track_caller]
fn check(secret: &str, exchange: Exchange, places: &[&str]) -> Exchange {
    let mut redactor = Redactor::new(Policy::default(), UPSTREAM);
    let Redacted { exchange, residues, .. } = redactor.redact(exchange);
    assert_eq!(residues, []);
    let text = line(&exchange);
    let url: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let quoted = Value::from(secret).to_string();
    let encoded = STANDARD.encode(secret);
    for form in [
        secret,
        &url,
        &url.replace('+', "%20"),
        quoted.trim_matches('"'),
        &encoded[..encoded.len() - 4],
    ] {
        assert!(!text.contains(form), "`{form}` is still in {text}");
    }
    assert_eq!(exchange.redacted, places, "{text}");
    let again = redactor.redact(exchange.clone());
    assert_eq!(again.exchange, exchange, "redacting twice changes nothing");
    let fresh = redact(exchange.clone());
    assert_eq!(fresh.exchange, exchange, "another redactor knows the placeholders");
    exchange
}

#[test]
fn credentials_in_headers() {
    let header = |name: &str, value: &str, new: &str| {
        let place = format!("/request/headers/{name}");
        let secret = value.rsplit([' ', '=']).next().filter(|s| !s.is_empty()).unwrap_or(value);
        let exchange = check(secret, with_header(name, value), &[&place]);
        assert_eq!(exchange.request.headers.get(name), Some(new));
    };
    header("authorization", &format!("Bearer {TOKEN}"), "Bearer token-1");
    header("authorization", "opaque-credential", "token-1");
    header("x-databricks-azure-sp-management-token", "eyJhbGciOi.J9.x", "token-1");
    header("x-api-key", "hunter22hunter22", "token-1");
    header("x-my-session-token", "hunter22hunter22", "token-1");
    header("x-databricks-org-id", "984752964297111", "000000000000001");
    header("cookie", "session=0123456789abcdef", "session=token-1");
    let exchange = check(
        "0123456789abcdef",
        with_header("set-cookie", "a=0123456789abcdef; Path=/; Secure"),
        &["/request/headers/set-cookie"],
    );
    assert_eq!(exchange.request.headers.get("set-cookie"), Some("a=token-1; Path=/; Secure"));
    let basic = format!("Basic {}", STANDARD.encode(format!("token:{TOKEN}")));
    let exchange =
        check(TOKEN, with_header("authorization", &basic), &["/request/headers/authorization"]);
    let new = exchange.request.headers.get("authorization").unwrap();
    assert_eq!(STANDARD.decode(&new["Basic ".len()..]).unwrap(), b"token:token-1");
    check(UPSTREAM, with_header("host", &UPSTREAM["https://".len()..]), &["/request/headers/host"]);
}

#[test]
fn credentials_in_targets_and_forms() {
    let target = |target: &str, new: &str| {
        let exchange = redact(asked(target, "")).exchange;
        assert_eq!(exchange.request.target, new);
        assert_eq!(redact(exchange.clone()).exchange, exchange);
    };
    target("/x?a=1&access_token=abc%2Fdef&b", "/x?a=1&access_token=token-1&b");
    target("/x?code=c0de&sig=S1g", "/x?code=token-1&sig=token-2");
    target("/?o=984752964297111#job/1", "/?o=000000000000001#job/1");
    target(&format!("/p/{TOKEN}/q"), "/p/token-1/q");
    target("/u?user=ada%40example.com", "/u?user=user-1%40jobdeck.invalid");
    target("/x?page_token=abc&idempotency_token=def", "/x?page_token=abc&idempotency_token=def");
    let mut form =
        asked("/oidc/v1/token", "grant_type=client_credentials&client_secret=top%20secret");
    form.request.headers.remove("content-type");
    form.request.headers.push("content-type", "application/x-www-form-urlencoded");
    let form = check("top secret", form, &["/request/body"]);
    assert_eq!(form.request.body.bytes(), b"grant_type=client_credentials&client_secret=token-1");
}

/// The bodies before and after; equal if nothing is secret.
#[track_caller]
fn check_body(before: &str, after: &str) {
    let exchange = redact(answered(before)).exchange;
    let body = exchange.response.as_ref().unwrap().body.bytes();
    assert_eq!(std::str::from_utf8(body).unwrap(), after);
    assert_eq!(redact(exchange.clone()).exchange, exchange);
}

#[test]
fn secrets_in_bodies() {
    for name in ["token_value", "string_value", "bytes_value", "client_secret", "password"] {
        check_body(
            &format!("{{ \"n\": 1.50, \"{name}\": \"x\", \"{name}\": \"y\" }}"),
            &format!("{{ \"n\": 1.50, \"{name}\": \"token-1\", \"{name}\": \"token-2\" }}"),
        );
    }
    check_body(
        r#"{"docker_image":{"url":"u","basic_auth":{"username":"me","password":"p"}}}"#,
        r#"{"docker_image":{"url":"u","basic_auth":{"username":"token-1","password":"token-2"}}}"#,
    );
    check_body(
        r#"{"spark_conf":{"fs.azure.account.key.x":"k","spark.speculation":"true","a.secret":"{{secrets/s/k}}"}}"#,
        r#"{"spark_conf":{"fs.azure.account.key.x":"token-1","spark.speculation":"true","a.secret":"{{secrets/s/k}}"}}"#,
    );
    check_body(
        r#"{"spark_env_vars":[{"key":"MY_TOKEN","value":"k"}]}"#,
        r#"{"spark_env_vars":[{"key":"MY_TOKEN","value":"token-1"}]}"#,
    );
    check_body(
        &format!(
            r#"{{"creator_user_name":"ada@example.com","run_page_url":"{UPSTREAM}/?o=984752964297111#job/1"}}"#
        ),
        r#"{"creator_user_name":"user-1@jobdeck.invalid","run_page_url":"https://host-1.jobdeck.invalid/?o=000000000000001#job/1"}"#,
    );
    check_body(
        r#"{"run_page_url":"http://127.0.0.1:8421/#job/1","run_as":"ada"}"#,
        r#"{"run_page_url":"http://127.0.0.1:8421/#job/1","run_as":"user-1"}"#,
    );
    check_body(
        r#"{"path":"/Users/ada@example.com/x","p":"\u0061da@example.com"}"#,
        r#"{"path":"/Users/user-1@jobdeck.invalid/x","p":"user-1@jobdeck.invalid"}"#,
    );
}

#[test]
fn parameters_and_results_lose_credentials_only() {
    let data = r#"{"notebook_params":{"user_name":"ada","to":"ada@example.com","password":"p"},"error":"on adb-1.2.azuredatabricks.net"}"#;
    check_body(data, data);
    check_body(
        &format!(
            r#"{{"notebook_output":{{"result":"got {TOKEN}."}},"python_params":["{TOKEN}"]}}"#
        ),
        r#"{"notebook_output":{"result":"got token-1."},"python_params":["token-1"]}"#,
    );
}

#[test]
fn forms_of_credentials_anywhere() {
    let found = |text: &str, new: &str| {
        check_body(&Value::from(text).to_string(), &Value::from(new).to_string());
    };
    found(TOKEN, "token-1");
    found("a eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-_1 b", "a token-1 b");
    found(
        "https://x.blob.core.windows.net/c?sv=1&sig=AbCdEf%2B12%3D&x",
        "https://x.blob.core.windows.net/c?sv=1&sig=token-1&x",
    );
    found("AKIAIOSFODNN7EXAMPLE", "token-1");
    found("-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\n", "token-1\n");
    found("-----BEGIN PRIVATE KEY-----\nabc", "token-1");
    found("jdbc:x://me:pa55@h/db", "jdbc:x://me:token-1@h/db");
    found("curl -H 'Bearer abcdefghijkl'", "curl -H 'Bearer token-1'");
    found("dapi is a prefix, eyJ too, sig= and AKIA", "dapi is a prefix, eyJ too, sig= and AKIA");
}

#[test]
fn a_secret_is_hunted_in_every_form() {
    let url: String = form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    let nested = Value::from(json!({"s": SECRET}).to_string()).to_string();
    let forms = json!({
        "plain": format!("<{SECRET}>"), "url": url, "space": url.replace('+', "%20"), "nested": nested,
        "base64": STANDARD.encode(SECRET), "one": STANDARD.encode(format!("1{SECRET}")),
        "two": STANDARD.encode(format!("22{SECRET}23")),
    });
    let mut exchange = answered(&forms.to_string());
    exchange.request.headers.push("x-echo", "-");
    // The request's body is read after the target, and before the answer.
    exchange.request.target = format!("/x?q={url}");
    exchange.request.body = Body::Whole(json!({"client_secret": SECRET}).to_string().into());
    let places = [
        "/request/body/client_secret",
        "/response/body/plain",
        "/response/body/url",
        "/response/body/space",
        "/response/body/nested",
        "/response/body/base64",
        "/response/body/one",
        "/response/body/two",
        "/request/target",
    ];
    let exchange = check(SECRET, exchange, &places);
    let body: Value = serde_json::from_slice(exchange.response.unwrap().body.bytes()).unwrap();
    assert_eq!(body["plain"], "<token-1>");
    assert_eq!(body["url"], "token-1");
}

#[test]
fn a_short_secret_is_not_hunted() {
    let exchange = redact(asked("/x?password=true", r#"{"a":"true"}"#)).exchange;
    assert_eq!(exchange.request.body.bytes(), br#"{"a":"true"}"#);
}

#[test]
fn what_only_looks_like_a_secret_by_its_place_is_taken_out_there_alone() {
    let mut exchange = asked("/api/2.0/jobs/list", r#"{"password":"123456789012345678"}"#);
    exchange.request.headers.push("cookie", "last_path=/api/2.0/jobs/list");
    exchange.request.headers.push("x-session-kind", "existing_cluster_id");
    exchange.request.headers.push("x-session-name", "the-nightly-report");
    let body = r#"{"existing_cluster_id":"existing_cluster_id","the-nightly-report":123456789012345678,"s":"the-nightly-report"}"#;
    exchange.response = Some(Response::json(200, body));
    let Redacted { exchange, residues, .. } = redact(exchange);
    assert_eq!(residues, []);
    assert_eq!(exchange.request.target, "/api/2.0/jobs/list");
    assert_eq!(exchange.request.headers.get("cookie"), Some("last_path=token-1"));
    assert_eq!(
        std::str::from_utf8(exchange.response.unwrap().body.bytes()).unwrap(),
        r#"{"existing_cluster_id":"existing_cluster_id","the-nightly-report":123456789012345678,"s":"token-3"}"#,
    );
}

#[test]
fn of_two_secrets_the_longer_is_taken_out_whole() {
    let mut redactor = Redactor::new(Policy::default(), UPSTREAM);
    let header = |value: &str| with_header("authorization", &format!("Bearer {value}"));
    redactor.redact(header("house-of-cards"));
    // Enough others that the two are searched apart.
    for other in 0..8 {
        redactor.redact(header(&format!("another-secret-{other}")));
    }
    let mut last = header("house-of-cards-and-its-rest");
    last.request.target = "/said/house-of-cards-and-its-rest/house-of-cards".to_owned();
    let last = redactor.redact(last).exchange;
    assert_eq!(last.request.target, "/said/token-10/token-1");
}

#[test]
fn only_the_name_of_a_secret_stays() {
    check_body(
        r#"{"password":"{{secrets/a/b}}","token_value":"{{secrets/a/b}}REALPASSWORD"}"#,
        r#"{"password":"{{secrets/a/b}}","token_value":"token-1"}"#,
    );
}

#[test]
fn credentials_by_name_in_texts_that_are_no_json() {
    for (before, after) in [
        ("\u{feff}{\"password\":\"p\"}", "\u{feff}{\"password\":\"token-1\"}"),
        (r#"{"a":NaN,"accessToken" : "p","b":1}"#, r#"{"a":NaN,"accessToken" : "token-1","b":1}"#),
        (r#"{"client-secret":"p\"q",}"#, r#"{"client-secret":"token-1",}"#),
        (r#"{"a":1,"api_key":"cut sh"#, r#"{"a":1,"api_key":"token-1"#),
        (
            "{\"Token\":\"p\"}\n{\"pwd\":\"q\"}\n",
            "{\"Token\":\"token-1\"}\n{\"pwd\":\"token-2\"}\n",
        ),
        ("data: {\"secret\":\"p\"}\n\n", "data: {\"secret\":\"token-1\"}\n\n"),
        (")]}',\n{\"passwd\":\"p\"}", ")]}',\n{\"passwd\":\"token-1\"}"),
        (
            r#"{"body":"{\"access_token\":\"p\\\"q\",\"n\":1}"}"#,
            r#"{"body":"{\"access_token\":\"token-1\",\"n\":1}"}"#,
        ),
        (
            r#"{"b":"{\"b\":\"{\\\"token\\\":\\\"p\\\"}\"}"}"#,
            r#"{"b":"{\"b\":\"{\\\"token\\\":\\\"token-1\\\"}\"}"}"#,
        ),
        ("user=me&Client_Secret=p", "user=me&Client_Secret=token-1"),
        (
            "--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\np\r\n--x--\r\n",
            "--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\ntoken-1\r\n--x--\r\n",
        ),
        (
            r#"{"next_page_token":"p","idempotency_token":"q"}"#,
            r#"{"next_page_token":"p","idempotency_token":"q"}"#,
        ),
        (r#"{"result":"{\"password\":\"p\"}"}"#, r#"{"result":"{\"password\":\"p\"}"}"#),
        (
            r#"{"see":"https://e.x/y?a=1&code=p&b#token=q"}"#,
            r#"{"see":"https://e.x/y?a=1&code=token-1&b#token=token-2"}"#,
        ),
        (
            r#"{"see":"/go?to=https%3A%2F%2Fe.x%3Fa%3D1%26sig%3Dp%2Bq%26b%3D1"}"#,
            r#"{"see":"/go?to=https%3A%2F%2Fe.x%3Fa%3D1%26sig%3Dtoken-1%26b%3D1"}"#,
        ),
        (
            "basic dXNlcjpwYXNzd29yZA== and basic authentication",
            "basic token-1 and basic authentication",
        ),
        ("BEARER abcdefghijkl", "BEARER token-1"),
        ("bearer \"abcdefghijkl\"", "bearer \"token-1\""),
        ("git clone https://abcdefghijklmnopqrstuvwxyz@e.x/y", "git clone https://token-1@e.x/y"),
    ] {
        check_body(before, after);
    }
    let mut exchange = answered("");
    let body = b"{\"name\":\"caf\xe9\",\"password\":\"p\xe9\"}";
    exchange.response.as_mut().unwrap().body = Body::Whole(body.to_vec().into());
    let body = redact(exchange).exchange.response.unwrap().body;
    assert_eq!(body.bytes(), b"{\"name\":\"caf\xe9\",\"password\":\"token-1\"}");
}

#[test]
fn credentials_in_urls_in_headers() {
    for name in ["location", "referer", "content-location"] {
        let exchange = redact(with_header(name, "https://e.x/y?a=1&code=c0de&password=p")).exchange;
        let new = exchange.request.headers.get(name);
        assert_eq!(new, Some("https://e.x/y?a=1&code=token-1&password=token-2"));
    }
}

#[test]
fn cookies_without_a_name() {
    let cookie = "0123456789abcdef0123456789";
    for name in ["cookie", "set-cookie"] {
        let place = format!("/request/headers/{name}");
        let exchange = check(cookie, with_header(name, &format!("{cookie}; Path=/")), &[&place]);
        let new = exchange.request.headers.get(name).unwrap();
        assert!(new.starts_with("token-1; Path="), "{new}");
    }
}

#[test]
fn encoded_bodies_are_kept_decoded() {
    let encoded = |coding: &str, bytes: Vec<u8>| {
        let mut exchange = answered("");
        let response = exchange.response.as_mut().unwrap();
        response.headers.push("content-encoding", coding);
        response.headers.push("content-length", &bytes.len().to_string());
        response.body = Body::Whole(bytes.into());
        redact(exchange).exchange.response.unwrap()
    };
    let text = format!("{{\"a\":\"{TOKEN}\"}}");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    zlib.write_all(text.as_bytes()).unwrap();
    for (coding, bytes) in [("gzip", gzip.finish().unwrap()), ("deflate", zlib.finish().unwrap())] {
        let response = encoded(coding, bytes);
        assert_eq!(response.body.bytes(), br#"{"a":"token-1"}"#);
        assert_eq!(response.headers.get("content-encoding"), None);
        assert_eq!(response.headers.get("content-length"), None);
    }
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    bomb.write_all(&vec![0; 4 << 20]).unwrap();
    assert!(matches!(encoded("gzip", bomb.finish().unwrap()).body, Body::Omitted { .. }));
    assert!(matches!(encoded("gzip", b"no gzip".to_vec()).body, Body::Omitted { bytes: 7, .. }));
    assert!(matches!(encoded("br", b"?".to_vec()).body, Body::Omitted { .. }));
}

#[test]
fn bodies_that_are_no_text_are_searched() {
    let mut exchange = answered("");
    let body = [&b"\xff\xfe"[..], TOKEN.as_bytes(), b"\x80"].concat();
    exchange.response.as_mut().unwrap().body = Body::Whole(body.into());
    let exchange = redact(exchange).exchange;
    assert_eq!(exchange.response.unwrap().body.bytes(), b"\xff\xfetoken-1\x80");
}

#[test]
fn a_changed_body_has_its_new_length() {
    let mut exchange = asked("/x", r#"{"password":"12345678"}"#);
    exchange.request.headers.push("content-length", "23");
    let exchange = redact(exchange).exchange;
    let length = exchange.request.body.bytes().len().to_string();
    assert_eq!(exchange.request.headers.get("content-length"), Some(&*length));
}

#[test]
fn what_editing_cannot_reach_is_blanked_and_named() {
    let redacted = redact(answered(&format!("{{\"{TOKEN}\":1}}")));
    assert_eq!(redacted.exchange.response.unwrap().body.bytes(), br#"{"token-1":1}"#);
    assert_eq!(redacted.residues.len(), 1);
    assert_eq!(redacted.residues[0].to_string(), "exchange 1, `/response/body`: databricks-token");
}

#[test]
fn the_user_may_name_more() {
    let policy = Policy {
        headers: vec!["x-tenant".to_owned()],
        members: vec!["iban".to_owned()],
        patterns: vec![regex::Regex::new("ACME-[0-9]+").unwrap()],
        ..Policy::default()
    };
    let mut redactor = Redactor::new(policy, UPSTREAM);
    let mut exchange = asked("/x?iban=1", r#"{"iban":"DE02","note":"see ACME-17"}"#);
    exchange.request.headers.push("x-tenant", "acme");
    let exchange = redactor.redact(exchange).exchange;
    assert_eq!(exchange.request.headers.get("x-tenant"), Some("token-1"));
    assert_eq!(exchange.request.target, "/x?iban=token-2");
    assert_eq!(exchange.request.body.bytes(), br#"{"iban":"token-3","note":"see token-4"}"#);
    assert!(redactor.redaction().rules.contains(&"custom".to_owned()));
}

#[test]
fn placeholders_of_every_kind_follow_those_of_a_continued_cassette() {
    let full = |mail: &str, host: &str, number: &str| {
        let body = json!({
            "password": format!("p-{number}"),
            "creator_user_name": mail,
            "run_page_url": format!("https://{host}/?o={number}#job/1"),
        });
        answered(&body.to_string())
    };
    let body = |exchange: Exchange| {
        String::from_utf8(exchange.response.unwrap().body.bytes().to_vec()).unwrap()
    };
    let old = redact(full("ada@example.com", "adb-1.2.azuredatabricks.net", "111111111")).exchange;
    let cassette = crate::cassette::Cassette {
        recorded: String::new(),
        upstream: String::new(),
        redaction: super::Redaction { policy: String::new(), rules: Vec::new() },
        volatile: Vec::new(),
        exchanges: vec![old],
        sha256: String::new(),
    };
    let mut redactor = Redactor::new(Policy::default(), "http://127.0.0.1:1");
    redactor.number_after(&cassette);
    let new = full("bob@example.com", "adb-3.4.azuredatabricks.net", "222222222");
    assert_eq!(
        body(redactor.redact(new).exchange),
        r#"{"password":"token-2","creator_user_name":"user-2@jobdeck.invalid","run_page_url":"https://host-3.jobdeck.invalid/?o=000000002#job/1"}"#,
    );
}

#[test]
fn the_same_secret_has_the_same_placeholder_everywhere() {
    let mut redactor = Redactor::new(Policy::default(), UPSTREAM);
    let mut placeholders = Vec::new();
    for token in ["first-credential", "second-credential", "first-credential"] {
        let exchange = redactor.redact(with_header("authorization", &format!("Bearer {token}")));
        placeholders
            .push(exchange.exchange.request.headers.get("authorization").unwrap().to_owned());
    }
    assert_eq!(placeholders, ["Bearer token-1", "Bearer token-2", "Bearer token-1"]);
    assert!(!format!("{redactor:?}").contains("credential"));
}

/// The same value with every string emptied.
fn bones(value: &Value) -> Value {
    match value {
        Value::String(_) => Value::from(""),
        Value::Array(items) => items.iter().map(bones).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), bones(value))).collect(),
        scalar => scalar.clone(),
    }
}

/// Exchanges of few different parts, so that parts come again: before and after a part of another shows
/// that something in them is secret.
fn any_conversation() -> impl Strategy<Value = Vec<Exchange>> {
    let secret = prop::sample::select(vec![TOKEN, SECRET, "house-of-cards-1", "token-1", "short"]);
    let part = (secret, 0..8_u8);
    let exchanges = prop::collection::vec((part.clone(), part.clone(), part), 1..12);
    exchanges.prop_map(|parts| parts.into_iter().zip(1..).map(conversation_part).collect())
}

type Part = (&'static str, u8);

fn conversation_part(((header, target, body), seq): ((Part, Part, Part), u64)) -> Exchange {
    let url: String = form_urlencoded::byte_serialize(target.0.as_bytes()).collect();
    let names = ["access_token", "run_id", "q"];
    let path = format!("/api/2.0/jobs/list?{}={url}", names[usize::from(target.1) % 3]);
    let mut request = post(&path, "");
    let names = ["authorization", "cookie", "x-request-id", "referer"];
    let value: String = header.0.chars().filter(char::is_ascii).collect();
    request.headers.push(names[usize::from(header.1) % 4], &format!("Bearer {value}"));
    let said = body.0;
    let body = match body.1 {
        0 => json!({"password": said, "said": said}).to_string(),
        1 => json!({"said": [said, format!("mail ada@example.com of {said}")]}).to_string(),
        2 => json!({"run_page_url": format!("{UPSTREAM}/?o=984752964297111#{said}")}).to_string(),
        3 => json!({"creator_user_name": said, "result": {"password": said}}).to_string(),
        4 => json!({said: 1, "plain": "a \\ and nothing else"}).to_string(),
        5 => format!("said {said} at {UPSTREAM}"),
        6 => json!({"spark_conf": {"a.key": said, "b": "c"}, "d": "https://u:pass@e"}).to_string(),
        _ => String::new(),
    };
    exchange(seq, request, Response::json(200, body))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn what_came_before_is_redacted_as_if_it_had_not(exchanges in any_conversation()) {
        let mut remembering = Redactor::new(Policy::default(), UPSTREAM);
        let mut exact = Redactor::new(Policy::default(), UPSTREAM);
        exact.seen = Seen::default();
        let mut lines = write::Lines::remembering();
        for exchange in exchanges {
            let one = remembering.redact(exchange.clone());
            let other = exact.redact(exchange);
            prop_assert_eq!(&one.exchange, &other.exchange);
            prop_assert_eq!(one.residues, other.residues);
            let mut written = Vec::new();
            lines.line(&one.exchange, &mut written);
            prop_assert_eq!(String::from_utf8(written).unwrap(), line(&one.exchange));
        }
    }

    #[test]
    fn only_strings_change_and_only_where_listed(value in crate::json::tests::any_value(), layout in 0..3_u8) {
        use crate::json::Layout;
        let layout = [Layout::Compact, Layout::Spaced, Layout::Indented { width: 3, newline: true }]
            [usize::from(layout)];
        let value = json!({"plain": value, "password": [value], "mail": "ada@example.com"});
        let text = layout.apply(&value.to_string());
        let exchange = redact(answered(&text)).exchange;
        let body = exchange.response.as_ref().unwrap().body.bytes();
        let new: Value = serde_json::from_slice(body).unwrap();
        prop_assert_eq!(bones(&new), bones(&value));
        for difference in crate::json::diff(&value, &new) {
            let place = format!("/response/body{}", difference.pointer.as_str());
            prop_assert!(exchange.redacted.contains(&place), "{place}");
        }
        prop_assert_eq!(Layout::of(std::str::from_utf8(body).unwrap()), Layout::of(&text));
        prop_assert_eq!(redact(exchange.clone()).exchange, exchange);
    }

    #[test]
    fn no_credential_survives_in_a_header_target_or_body(secret in "[!-~]{12,40}") {
        let mut request = Request::new(http::Method::GET, "/");
        request.headers.push("authorization", &format!("Bearer {secret}"));
        let body = json!({"said": format!("it is {secret}!")}).to_string();
        let exchange = redact(exchange(1, request, Response::json(200, body))).exchange;
        let text = line(&exchange);
        prop_assert!(!text.contains(&secret) || super::names::placeholder(&secret).is_some(), "{text}");
    }
}

/// What becomes of the target of a request.
#[track_caller]
fn check_target(before: &str, after: &str) {
    let mut exchange = answered("{}");
    before.clone_into(&mut exchange.request.target);
    assert_eq!(redact(exchange).exchange.request.target, after);
}

#[test]
fn urls_within_urls() {
    let own = "adb-984752964297111.11.azuredatabricks.net";
    check_target(
        &format!("/authorize?redirect_uri=https%3A%2F%2F{own}%2Fcb"),
        "/authorize?redirect_uri=https%3A%2F%2Fhost-1.jobdeck.invalid%2Fcb",
    );
    check_target(
        "/authorize?redirect_uri=https%3a%2f%2fadb-7.1.azuredatabricks.net%2fcb",
        "/authorize?redirect_uri=https%3a%2f%2fhost-2.jobdeck.invalid%2fcb",
    );
    // What stands before the host has the form of a user, whatever it is.
    check_target(
        "/x?next=https%3A%2F%2Fme%3Asecret-password-1%40adb-7.1.azuredatabricks.net",
        "/x?next=user-1%40jobdeck.invalid",
    );
    // In data patterns alone count.
    check_body(
        r#"{"notebook_output":{"result":"https%3A%2F%2Fme%3Asecret-password-1%40a.example"}}"#,
        r#"{"notebook_output":{"result":"https%3A%2F%2Fme%3Atoken-1%40a.example"}}"#,
    );
}

#[test]
fn a_user_before_a_host_is_one() {
    check_body(
        r#"{"note":"ada.lovelace@adb-7.1.azuredatabricks.net"}"#,
        r#"{"note":"user-1@jobdeck.invalid"}"#,
    );
}
