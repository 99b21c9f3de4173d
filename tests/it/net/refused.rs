//! Requests that an upstream refuses unprocessed over HTTP/2, spoken here frame by frame (RFC 9113 §4.1).

use std::{
    io::{Read as _, Write as _},
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use jobdeck::{
    exchange::{Body, Exchange, Outcome},
    net::ProxyOptions,
};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::NamedTempFile;

use super::wire::{Deck, upstream};

const BODY: &str = r#"{"job_id":1}"#;
const PREFACE_BYTES: usize = 24;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const ACK: u8 = 1;

/// What the upstream does with a request.
#[derive(Clone, Copy)]
enum Deed {
    /// 200 without a body.
    Answer,
    /// `RST_STREAM` with this code.
    Reset(u32),
    /// `GOAWAY` that names this stream as the last one it looked at, and the end of the connection.
    Leave { last: u32 },
}

use Deed::{Answer, Leave, Reset};

const INTERNAL_ERROR: u32 = 2;
const REFUSED_STREAM: u32 = 7;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a short frame").to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// The bodies that an upstream got, each with the number of its connection.
type Got = Arc<Mutex<Vec<(usize, String)>>>;

/// An upstream that meets one request after the other with these deeds, on however many connections; the file of
/// its certificate; and what it got.
fn refusing(deeds: &'static [Deed]) -> (SocketAddr, NamedTempFile, Got) {
    let key = rcgen::KeyPair::generate().expect("a key");
    let own = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).expect("a name");
    let own = own.self_signed(&key).expect("a certificate");
    let mut file = NamedTempFile::new().expect("a file");
    file.write_all(own.pem().as_bytes()).expect("written");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![own.der().clone()], key)
        .expect("a configuration");
    config.alpn_protocols = vec![b"h2".to_vec()];
    let config = Arc::new(config);
    let got = Got::default();
    let seen = Arc::clone(&got);
    let address = upstream(move |number, peer| {
        let session = ServerConnection::new(Arc::clone(&config)).expect("a session");
        let mut stream = StreamOwned::new(session, peer.stream());
        let mut body = String::new();
        stream.read_exact(&mut [0; PREFACE_BYTES]).expect("the preface");
        stream.write_all(&frame(SETTINGS, 0, 0, &[])).expect("written");
        let mut head = [0; 9];
        while stream.read_exact(&mut head).is_ok() {
            let [_, a, b, kind, flags, id @ ..] = head;
            let mut payload = vec![0; usize::from(u16::from_be_bytes([a, b]))];
            stream.read_exact(&mut payload).expect("a frame");
            match kind {
                SETTINGS if flags & ACK == 0 => {
                    stream.write_all(&frame(SETTINGS, ACK, 0, &[])).expect("written");
                }
                DATA => body += &String::from_utf8_lossy(&payload),
                _ => {}
            }
            if !matches!(kind, DATA | HEADERS) || flags & END_STREAM == 0 {
                continue;
            }
            let deed = {
                let mut seen = seen.lock().expect("bodies");
                seen.push((number, std::mem::take(&mut body)));
                deeds[seen.len() - 1]
            };
            let id = u32::from_be_bytes(id);
            let answer = match deed {
                // The static table has `:status: 200` at 8 (RFC 7541, appendix A).
                Answer => frame(HEADERS, END_HEADERS | END_STREAM, id, &[0x88]),
                Reset(code) => frame(RST_STREAM, 0, id, &code.to_be_bytes()),
                Leave { last } => {
                    frame(GOAWAY, 0, 0, &[last.to_be_bytes(), 0_u32.to_be_bytes()].concat())
                }
            };
            stream.write_all(&answer).expect("written");
            if let Leave { .. } = deed {
                return;
            }
        }
    });
    (address, file, got)
}

/// Sends one request to an upstream that does these; tells the exchange and on which connections its body came.
#[track_caller]
fn met(deeds: &'static [Deed], head: &str, bytes_max: usize) -> (u16, Exchange, Vec<usize>) {
    let (address, authority, got) = refusing(deeds);
    let deck = Deck::with(ProxyOptions {
        upstream_ca: Some(authority.path().to_owned()),
        recorded_body_bytes_max: bytes_max,
        ..ProxyOptions::new(format!("https://{address}"))
    });
    let mut client = deck.client();
    client.send(head);
    let status = client.message().expect("an answer").status();
    let exchange = deck.stop_with_one();
    let got = got.lock().expect("bodies");
    let sent = head.split_once("\r\n\r\n").expect("a head").1;
    assert!(got.iter().all(|(_, body)| body == sent), "{got:?}");
    (status, exchange, got.iter().map(|(number, _)| *number).collect())
}

fn post() -> String {
    let length = BODY.len();
    format!("POST /a HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n\r\n{BODY}")
}

#[track_caller]
fn check(deeds: &'static [Deed], status: u16, outcome: Outcome, connections: &[usize]) {
    for request in [&*post(), "GET /a HTTP/1.1\r\nhost: localhost\r\n\r\n"] {
        let (got, exchange, on) = met(deeds, request, 1 << 20);
        assert_eq!((got, exchange.outcome), (status, outcome), "{request}");
        assert_eq!(on, connections, "{request}");
        let body = if request.starts_with('P') { BODY } else { "" };
        assert_eq!(exchange.request.body, Body::Whole(body.into()), "once, and whole");
    }
}

#[test]
fn what_was_refused_unprocessed_is_sent_once_more() {
    check(&[Reset(REFUSED_STREAM), Answer], 200, Outcome::Complete, &[1, 2]);
    check(&[Leave { last: 0 }, Answer], 200, Outcome::Complete, &[1, 2]);
}

#[test]
fn what_may_have_been_processed_is_not() {
    check(&[Reset(INTERNAL_ERROR), Answer], 502, Outcome::UpstreamFailed, &[1]);
    check(&[Leave { last: 1 }, Answer], 502, Outcome::UpstreamFailed, &[1]);
}

#[test]
fn a_refusal_is_believed_once() {
    let twice = &[Reset(REFUSED_STREAM), Leave { last: 0 }, Answer];
    check(twice, 502, Outcome::UpstreamFailed, &[1, 2]);
}

#[test]
fn what_is_not_kept_whole_cannot_be_sent_again() {
    let (status, exchange, on) = met(&[Reset(REFUSED_STREAM), Answer], &post(), 5);
    assert_eq!((status, exchange.outcome, on), (502, Outcome::UpstreamFailed, vec![1]));
    assert!(matches!(exchange.request.body, Body::Omitted { bytes: 12, .. }));
}
