//! Archives there and back, and archives of other programs.

use http::{HeaderName, HeaderValue, Method};
use proptest::prelude::*;

use super::{Options, export, import};
use crate::{
    cassette::{Cassette, Policy, tests::cassette},
    exchange::{Body, Exchange, Headers, Outcome, Request, Response, gzip},
};

/// A policy that takes nothing out.
fn as_it_is() -> Options {
    Options { policy: Policy { off: true, ..Policy::default() }, host: None }
}

fn any_headers() -> impl Strategy<Value = Headers> {
    const NAMES: [&str; 5] = ["content-type", "x-a", "set-cookie", "connection", "content-length"];
    let value = prop_oneof![
        Just(b"application/json".to_vec()),
        Just(b"text/html".to_vec()),
        "[ -~]{0,12}".prop_map(String::into_bytes),
        Just("pr\u{fc}fung".as_bytes().to_vec()),
        Just(vec![b'a', 0xff, b'b']),
    ];
    let header = (prop::sample::select(&NAMES[..]), value);
    prop::collection::vec(header, 0..5).prop_map(|list| {
        list.into_iter().fold(Headers::default(), |mut headers, (name, value)| {
            let value = HeaderValue::from_bytes(&value).unwrap();
            headers.append(HeaderName::from_static(name), value);
            headers
        })
    })
}

fn any_body() -> impl Strategy<Value = Body> {
    prop_oneof![
        Just(Body::empty()),
        Just(Body::Whole("{\"a\": [1.0, \"\\u00e9\"]}".into())),
        ".{0,20}".prop_map(|text| Body::Whole(text.into())),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(|bytes| Body::Whole(bytes.into())),
        any::<u64>().prop_map(|bytes| Body::Omitted { bytes, sha256: "ab".repeat(32) }),
    ]
}

prop_compose! {
    fn any_exchange()(
        times in (0..1_u64 << 40, prop::option::of(0..1_u64 << 40), 0..1_u64 << 40),
        connection in 1..9_u64,
        method in prop::sample::select(vec![Method::GET, Method::POST, Method::OPTIONS]),
        target in prop_oneof!["/[a-z?=&#%/ @:]{0,20}", Just("*".to_owned())],
        request in (any_headers(), any_body()),
        response in prop::option::of((100..600_u16, any_headers(), any_body())),
        outcome in prop::sample::select(&Outcome::NAMES[..]),
    ) -> Exchange {
        Exchange {
            seq: 0,
            connection,
            at_us: times.0,
            first_byte_us: times.1,
            took_us: times.2,
            request: Request { headers: request.0, body: request.1, ..Request::new(method, target) },
            response: response.map(|(status, headers, body)| Response { status, headers, body }),
            redacted: vec!["/request/target".to_owned()],
            outcome: outcome.0, weather: None,
}
    }
}

proptest! {
    #[test]
    fn a_cassette_becomes_the_same_by_way_of_an_archive(
        mut exchanges in prop::collection::vec(any_exchange(), 1..6),
        first in 1..100_u64,
    ) {
        for (seq, exchange) in (first..).zip(&mut exchanges) {
            exchange.seq = 2 * seq;
        }
        let mut whole = cassette(exchanges);
        whole.volatile.push("/run_name".to_owned());
        let text = export(&whole).unwrap();
        let back = import(text.as_bytes(), "a.har", &as_it_is()).unwrap();
        prop_assert!(back.left_out.is_empty());
        prop_assert_eq!(Cassette { sha256: String::new(), ..back.cassette }, whole);
    }
}

#[test]
fn a_recording_stays_as_it_was_redacted() {
    for name in ["all-endpoints", "databricks-cli", "documented-examples", "quickstart"] {
        let path = format!("{}/cassettes/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let whole = Cassette::load(path.as_ref()).unwrap();
        let text = export(&whole).unwrap();
        let back = import(text.as_bytes(), "a.har", &Options::default()).unwrap();
        assert_eq!(back.cassette, whole, "{name}");
    }
}

#[test]
fn an_archive_has_what_the_format_demands() {
    let mut response = Response::json(200, "{\"run_id\":7}");
    response.headers.push("location", "/there");
    let request = Request {
        body: Body::Whole("a=b".into()),
        ..Request::new(Method::POST, "/api/2.0/x?run_id=7&q=a%20b")
    };
    let exchange = crate::cassette::tests::exchange(1, request, response);
    let mut lost = crate::cassette::tests::exchange(
        2,
        Request::new(Method::GET, "/x"),
        Response::json(200, ""),
    );
    (lost.response, lost.first_byte_us, lost.outcome) = (None, None, Outcome::ClientAborted);
    let text = export(&cassette(vec![exchange, lost])).unwrap();
    let version = concat!("\"", env!("CARGO_PKG_VERSION"), "\"");
    insta::assert_snapshot!(text.replace(version, "\"VERSION\""));
}

/// What is kept of an archive, as the text of its exchanges, with what is told.
#[track_caller]
fn read(text: &str, options: &Options) -> String {
    let imported = match import(text.as_bytes(), "a.har", options) {
        Ok(imported) => imported,
        Err(error) => return format!("{error}\n{}", error.next_step().unwrap_or("-")),
    };
    let cassette = imported.cassette;
    let mut out = format!("{} {}\n", cassette.recorded, cassette.upstream);
    for exchange in &cassette.exchanges {
        out += &crate::cassette::show::whole(exchange);
        out += "\n";
    }
    let told = (imported.left_out, imported.missing_bodies, imported.impossible_headers);
    out + &format!("{told:?}")
}

#[test]
fn archives_of_browsers_are_read() {
    let text = r#"{"log": {"version": "1.2", "creator": {"name": "WebInspector", "version": "537.36"}, "pages": [], "entries": [
        {"_initiator": {"type": "other"}, "_priority": "High", "cache": {}, "connection": "443", "pageref": "page_1",
         "request": {"method": "GET", "url": "https://adb-7.1.azuredatabricks.net/api/2.0/jobs/runs/get?run_id=5#top", "httpVersion": "http/2.0",
            "headers": [{"name": ":authority", "value": "adb-7.1.azuredatabricks.net"}, {"name": ":method", "value": "GET"},
                {"name": "Authorization", "value": "Bearer dapi0123456789abcdef0123456789abcdef"}, {"name": "accept-encoding", "value": "gzip, br"}],
            "queryString": [{"name": "run_id", "value": "5"}], "cookies": [], "headersSize": -1, "bodySize": 0},
         "response": {"status": 200, "statusText": "", "httpVersion": "http/2.0", "cookies": [],
            "headers": [{"name": "content-encoding", "value": "br"}, {"name": "content-length", "value": "9"}, {"name": "content-type", "value": "application/json"},
                {"name": "set-cookie", "value": "a=1; Path=/\nb=2; Path=/"}, {"name": "bad name", "value": "x"}],
            "content": {"size": 31, "mimeType": "application/json", "text": "{\"run_id\":5,\"owner\":\"a@b.com\"}"},
            "redirectURL": "", "headersSize": -1, "bodySize": -1, "_transferSize": 100, "_error": null},
         "serverIPAddress": "10.0.0.1", "startedDateTime": "2026-11-23T10:00:01.250Z", "time": 12.5,
         "timings": {"blocked": 1.25, "dns": -1, "ssl": -1, "connect": -1, "send": 0.25, "wait": 10, "receive": 1, "_blocked_queueing": 1}},
        {"request": {"method": "GET", "url": "https://adb-7.1.azuredatabricks.net:443/static/logo.png", "headers": []},
         "response": {"status": 200, "headers": [], "content": {"size": 900, "mimeType": "image/png"}},
         "startedDateTime": "2026-11-23T12:00:00.900+02:00", "time": 3},
        {"request": {"method": "GET", "url": "https://adb-7.1.azuredatabricks.net/api/2.0/jobs/list", "headers": []},
         "response": {"status": 0, "statusText": "", "headers": [], "content": {"size": 0, "mimeType": "x-unknown"}, "_error": "net::ERR_ABORTED"},
         "startedDateTime": "2026-11-23T10:00:02Z", "time": 40},
        {"request": {"method": "GET", "url": "https://cdn.example.com/x.js"}, "response": {"status": 200}},
        {"request": {"method": "GET", "url": "data:image/png;base64,AAAA"}, "response": {"status": 200}}
    ]}}"#;
    insta::assert_snapshot!(read(text, &Options::default()));
    let options = Options { host: Some("CDN.example.com".to_owned()), ..Options::default() };
    assert!(read(text, &options).contains("\"/x.js\""));
}

#[test]
fn archives_of_proxies_are_read() {
    let text = r#"{"log": {"version": "1.2", "creator": {"name": "mitmproxy"}, "entries": [
        {"startedDateTime": "2026-11-23T10:00:00.000001+00:00", "time": 5.5,
         "request": {"method": "POST", "url": "http://user:secret-password@127.0.0.1:8080/api/2.0/jobs/run-now", "httpVersion": "HTTP/1.1",
            "headers": [{"name": "Host", "value": "127.0.0.1:8080"}, {"name": "Transfer-Encoding", "value": "chunked"}],
            "postData": {"mimeType": "application/json", "text": "{\"job_id\": 1}", "params": []}},
         "response": {"status": 200, "headers": [{"name": "Content-Type", "value": "application/octet-stream"}],
            "content": {"size": 3, "compression": 0, "mimeType": "", "text": "/wAB", "encoding": "base64"}},
         "timings": {"connect": 1.0, "ssl": -1.0, "send": 0.5, "receive": 1.0, "wait": 3.0}},
        {"startedDateTime": "2026-11-23T10:00:00.5+00:00",
         "request": {"method": "POST", "url": "http://127.0.0.1:8080/oidc/v1/token?a b=ü",
            "headers": [{"name": "content-type", "value": "application/x-www-form-urlencoded"}],
            "postData": {"mimeType": "application/x-www-form-urlencoded", "params": [
                {"name": "grant_type", "value": "client_credentials"}, {"name": "client_secret", "value": "s3cr3t and more"}]}},
         "response": {"status": 401, "headers": [], "content": {}}},
        {"startedDateTime": "2026-11-23T10:00:00Z", "request": {"method": "CONNECT", "url": "http://127.0.0.1:8080/", "headers": []}}
    ]}}"#;
    insta::assert_snapshot!(read(text, &Options::default()));
}

#[test]
fn a_body_that_is_still_encoded_is_decoded() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let body = STANDARD.encode(gzip(b"{\"run_id\":5}"));
    let text = format!(
        r#"{{"log": {{"entries": [{{"request": {{"method": "GET", "url": "http://127.0.0.1/api/2.0/x"}},
            "response": {{"status": 200, "headers": [{{"name": "content-encoding", "value": "gzip"}}],
                "content": {{"text": "{body}", "encoding": "base64"}}}}}}]}}}}"#
    );
    let kept = read(&text, &Options::default());
    assert!(kept.contains("\"run_id\": 5") && !kept.contains("gzip"), "{kept}");
}

#[test]
fn what_programs_write_loosely_is_read() {
    let text = r#"{"log": {"entries": [
        {"request": {"method": "GET", "url": "http://h/api/2.0/x", "headers": null}, "connection": 443,
         "response": {"status": 200, "headers": null}},
        {"request": {"method": "GET", "url": "http:///api/2.0/x"}, "response": {"status": 200}},
        {"request": {"method": "GET", "url": "http://h:port/"}, "response": {"status": 200}},
        {"request": {"method": "GET", "url": "http://h:70000/"}, "response": {"status": 200}}
    ]}}"#;
    let imported = import(text.as_bytes(), "a.har", &as_it_is()).expect("an archive");
    assert_eq!(imported.cassette.exchanges.len(), 1);
    let left_out: Vec<_> = imported.left_out.into_iter().collect();
    assert_eq!(left_out, [("a URL without a host".to_owned(), 3)]);
}

#[test]
fn what_is_no_archive_is_told() {
    let entry = |request: &str, response: &str| {
        format!(r#"{{"log": {{"entries": [{{"request": {request}, "response": {response}}}]}}}}"#)
    };
    let ok = r#"{"method": "GET", "url": "http://h/api/2.0/x"}"#;
    let mut all = String::new();
    for text in [
        "",
        "{\"log\":\n {\"entries\": [}}",
        "[]",
        r#"{"jobdeck": 1}"#,
        r#"{"log": {"entries": []}}"#,
        r#"{"log": {"entries": [{"request": "dapi, \"0123\""}]}}"#,
        &entry(r#"{"method": "GET", "url": "ws://h/"}"#, "{}"),
        &entry(r#"{"method": "CONNECT", "url": "http://h/"}"#, "{}"),
        &entry(r#"{"method": "GE T", "url": "http://h/"}"#, "{}"),
        &entry(ok, r#"{"status": 70000}"#),
        &entry(ok, r#"{"status": 99}"#),
        &entry(ok, r#"{"status": 200, "content": {"text": "?", "encoding": "base64"}}"#),
        &format!("{{\"log\": {}{}}}", "[".repeat(500), "]".repeat(500)),
        &entry(
            ok,
            &format!(
                r#"{{"status": 200, "headers": [{}]}}"#,
                [r#"{"name":"a","value":"b"}"#; 1001].join(",")
            ),
        ),
    ] {
        all += &read(text, &Options::default());
        all += "\n";
    }
    let options = Options { host: Some("other".to_owned()), ..Options::default() };
    all += &read(&entry(ok, "{}"), &options);
    insta::assert_snapshot!(all);
}
