//! TLS and HTTP/2 at the door of a deck, by a client of the world.

use std::{fs, path::Path, process::Command};

use crate::{
    clients::installed::has,
    deck::{Deck, jobdeck, output},
};

/// What curl gets: version of HTTP, status and body.
#[track_caller]
fn curl(arguments: &[&str]) -> String {
    let mut command = Command::new("curl");
    command.args(["-sS", "--noproxy", "*", "-w", " %{http_version} %{http_code}"]);
    command.args(["-H", "authorization: Bearer client-token-0123456789"]).args(arguments);
    let done = output(&mut command);
    String::from_utf8(if done.status.success() { done.stdout } else { done.stderr }).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_client_chooses_the_version_of_http() {
    if !has("curl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    let deck = Deck::start(["serve", "--tls", "--tls-ca", text(&ca)]);
    let list = format!("https://localhost:{}/api/2.0/jobs/list", deck.port());
    assert_eq!(curl(&["--cacert", text(&ca), &list]), "{} 2 200");
    assert_eq!(curl(&["--cacert", text(&ca), "--http1.1", &list]), "{} 1.1 200");
    assert!(curl(&[&list]).contains("certificate"), "nobody else vouches for it");
    // A name that leads here by the trick of a web page is refused whatever the version.
    let stranger = curl(&["--cacert", text(&ca), "-H", "host: evil.example", &list]);
    assert!(stranger.ends_with(" 2 403"), "{stranger}");
    let web_page = curl(&["--cacert", text(&ca), "-H", "origin: https://evil.example", &list]);
    assert!(web_page.ends_with(" 2 403"), "{web_page}");
    assert_eq!(deck.stop().code, Some(0));

    let deck = Deck::start(["serve"]);
    let list = format!("{}/api/2.0/jobs/list", deck.url);
    assert_eq!(curl(&["--http2-prior-knowledge", &list]), "{} 2 200");
    assert_eq!(curl(&["--http2", &list]), "{} 1.1 200", "an upgrade is not taken");
    let many: Vec<String> = (0..200).map(|number| format!("x-{number}: 1")).collect();
    let many = many.iter().flat_map(|field| ["-H", field]);
    let many: Vec<&str> = ["--http2-prior-knowledge"].into_iter().chain(many).collect();
    assert!(curl(&[&many[..], &[&list]].concat()).ends_with(" 2 431"));
    drop(deck);

    let deck = Deck::start(["serve", "--tls", "--tls-ca", text(&ca), "--variant", "close"]);
    let list = format!("https://localhost:{}/api/2.0/jobs/list", deck.port());
    assert_eq!(curl(&["--cacert", text(&ca), &list]), "{} 1.1 200", "one answer a connection");
}

#[test]
fn a_recording_by_tls_and_http2_replays_by_either() {
    if !has("curl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let (upstream_ca, ca, cassette) = (file("upstream.pem"), file("ca.pem"), file("x.json"));
    let workspace = Deck::start(["serve", "--tls", "--tls-ca", text(&upstream_ca)]);
    let upstream = format!("https://localhost:{}", workspace.port());
    let record = ["record", text(&cassette), "--upstream", &upstream];
    let tls = ["--tls", "--tls-ca", text(&ca), "--upstream-ca", text(&upstream_ca)];
    let deck = Deck::start([&record[..], &tls].concat());
    let create = |deck: &Deck, options: &[&str]| {
        let url = format!("{}/api/2.0/jobs/create", deck.url.replace("127.0.0.1", "localhost"));
        let job =
            r#"{"existing_cluster_id":"1201-my-cluster","notebook_task":{"notebook_path":"/a"}}"#;
        curl(&[options, &["--json", job, "-i", &url]].concat())
    };
    let answered = create(&deck, &["--cacert", text(&ca)]);
    assert!(
        answered.starts_with("HTTP/2 200") && answered.contains("via: 2.0 jobdeck"),
        "{answered}"
    );
    assert_eq!(deck.stop().code, Some(0));
    drop(workspace);

    let recorded = fs::read_to_string(&cassette).unwrap();
    assert!(!recorded.contains("client-token"), "{recorded}");
    let deck = Deck::start(["replay", text(&cassette), "--tls", "--tls-ca", text(&ca)]);
    assert!(create(&deck, &["--cacert", text(&ca)]).contains(r#"{"job_id":1} 2 200"#));
    assert_eq!(deck.stop().code, Some(0));
    let deck = Deck::start(["replay", text(&cassette)]);
    assert!(create(&deck, &[]).contains(r#"{"job_id":1} 1.1 200"#));
    assert_eq!(deck.stop().code, Some(0));
}

#[test]
fn a_command_is_told_whom_to_trust() {
    if !has("curl") {
        return;
    }
    let script = r#"curl -sS --noproxy '*' --cacert "$SSL_CERT_FILE" "$DATABRICKS_HOST/api/2.0/jobs/list" \
        -H "authorization: Bearer $DATABRICKS_TOKEN"; echo " $SSL_CERT_FILE""#;
    let mut command =
        jobdeck(["serve", "--tls", "--listen", "127.0.0.1:0", "--", "sh", "-c", script]);
    let done = output(&mut command);
    let said = String::from_utf8(done.stdout).unwrap();
    let (answer, file) = said.trim_end().split_once(' ').unwrap();
    assert_eq!(answer, "{}", "{}", String::from_utf8_lossy(&done.stderr));
    assert!(!Path::new(file).exists(), "{file} stays behind");
}
