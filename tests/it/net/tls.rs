//! An upstream under TLS.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::PathBuf,
    sync::Arc,
    thread,
};

use jobdeck::{
    error::Kind,
    exchange::Outcome,
    net::{ClientCertificate, Proxy, ProxyOptions},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    server::WebPkiClientVerifier,
};

use super::wire::Deck;

const GET: &str = "GET /a HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// An https upstream with a certificate for this name, and the certificate of its authority as PEM.
fn upstream(name: &str) -> (u16, String) {
    upstream_that_trusts(name, None)
}

/// The same; with an authority for clients, it takes those alone that have its certificate.
fn upstream_that_trusts(name: &str, clients: Option<CertificateDer<'static>>) -> (u16, String) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let authority = CertifiedIssuer::self_signed(authority, key).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let leaf = CertificateParams::new([name.to_owned()]).expect("a name");
    let leaf = leaf.signed_by(&key, &authority).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = match clients {
        None => WebPkiClientVerifier::no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority).expect("an authority");
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .build()
                .expect("a verifier")
        }
    };
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![leaf.der().clone()], key)
        .expect("a certificate");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let tls = ServerConnection::new(Arc::clone(&config)).expect("a connection");
            let mut stream = StreamOwned::new(tls, stream);
            let mut request = [0; 4096];
            // A peer that does not trust the certificate breaks off here.
            if stream.read(&mut request).is_ok_and(|length| length > 0) {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
            }
        }
    });
    (port, authority.pem())
}

/// The status of an answer by way of a proxy that trusts this authority.
fn status(port: u16, pem: Option<&str>) -> (u16, String, Outcome) {
    status_with(port, pem, None)
}

/// The same with a certificate of the proxy's own.
fn status_with(
    port: u16,
    pem: Option<&str>,
    client_certificate: Option<ClientCertificate>,
) -> (u16, String, Outcome) {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("ca.pem");
    let upstream_ca = pem.map(|pem| {
        fs::write(&path, pem).expect("a file");
        path
    });
    let options = ProxyOptions::new(format!("https://localhost:{port}"));
    let deck = Deck::with(ProxyOptions { upstream_ca, client_certificate, ..options });
    let mut client = deck.client();
    client.send(GET);
    let answer = client.message().expect("an answer");
    let outcome = deck.stop_with_one().outcome;
    (answer.status(), answer.text().to_owned(), outcome)
}

#[test]
fn an_upstream_is_trusted_if_its_authority_is() {
    let (port, pem) = upstream("localhost");
    let (status, text, outcome) = status(port, Some(&pem));
    assert_eq!((status, text.as_str(), outcome), (200, "{}", Outcome::Complete));
}

#[test]
fn an_unknown_authority_is_refused() {
    let (port, _) = upstream("localhost");
    let (_, other) = upstream("localhost");
    for pem in [None, Some(other.as_str())] {
        let (status, text, outcome) = status(port, pem);
        assert_eq!((status, outcome), (502, Outcome::Deck));
        assert!(text.contains("certificate"), "{text}");
    }
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let (port, pem) = upstream("other.example");
    let (status, text, outcome) = status(port, Some(&pem));
    assert_eq!((status, outcome), (502, Outcome::Deck));
    assert!(text.contains("certificate"), "{text}");
}

#[test]
fn an_upstream_that_asks_for_a_certificate_is_shown_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = KeyPair::generate().expect("a key");
    let own = CertificateParams::new(["jobdeck".to_owned()]).expect("a name");
    let own = own.self_signed(&key).expect("a certificate");
    let (certificates, key_path) = (folder.path().join("own.pem"), folder.path().join("key.pem"));
    fs::write(&certificates, own.pem()).expect("a file");
    fs::write(&key_path, key.serialize_pem()).expect("a file");
    let certificate = ClientCertificate { certificates, key: key_path };

    let (port, pem) = upstream_that_trusts("localhost", Some(own.der().clone()));
    let (status, _, outcome) = status_with(port, Some(&pem), Some(certificate));
    assert_eq!((status, outcome), (200, Outcome::Complete));
    let (status, text, _) = status_with(port, Some(&pem), None);
    assert_eq!(status, 502, "{text}");
}

#[test]
fn a_missing_file_of_authorities_is_an_error_at_the_start() {
    let upstream_ca = Some(PathBuf::from("/nonexistent/ca.pem"));
    let options = ProxyOptions { upstream_ca, ..ProxyOptions::new("https://localhost") };
    let tape = Arc::<super::wire::Tape>::default();
    let error = Proxy::start(options, tape).expect_err("no such file");
    assert_eq!(error.kind(), Kind::Environment);
    assert!(error.to_string().contains("/nonexistent/ca.pem"), "{error}");
}
