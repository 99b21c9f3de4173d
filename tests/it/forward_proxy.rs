//! A workspace that is reached through a proxy, as the environment says.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::mpsc::{Receiver, channel},
    thread,
};

use crate::{
    deck::{Deck, Ended, jobdeck},
    http::call,
};

/// What a proxy is told of its user.
const USER: &str = "proxy-authorization: Basic bWU6cHJveHktcGFzc3dvcmQ=";

/// A proxy that takes every goal for this port of this machine; it tells the head of each request to it.
fn proxy(port: u16) -> (u16, Receiver<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap().port();
    let (heads, told) = channel();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let mut reader = BufReader::new(client.try_clone().unwrap());
            let lines = std::iter::from_fn(|| {
                let mut line = String::new();
                reader.read_line(&mut line).ok()?;
                Some(line.trim_end().to_owned()).filter(|line| !line.is_empty())
            });
            let head: Vec<String> = lines.collect();
            let mut client = client;
            let mut goal = TcpStream::connect(("127.0.0.1", port)).unwrap();
            if head[0].starts_with("CONNECT") {
                client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").unwrap();
            } else {
                // What a proxy passes on is in origin form.
                let start = head[0].replacen("http://workspace.example", "", 1);
                let fields: Vec<_> =
                    head[1..].iter().filter(|line| !line.starts_with("proxy-")).cloned().collect();
                let host = fields.join("\r\n").replace("workspace.example", "localhost");
                write!(goal, "{start}\r\n{host}\r\n\r\n").unwrap();
            }
            heads.send(head).unwrap();
            let (mut from, mut to) = (goal.try_clone().unwrap(), client.try_clone().unwrap());
            thread::spawn(move || std::io::copy(&mut from, &mut to));
            thread::spawn(move || std::io::copy(&mut reader, &mut goal));
        }
    });
    (own, told)
}

/// Asks a workspace that has this name for its proxy alone; gives the status and what the proxy was told.
fn through(scheme: &str, workspace: &[&str]) -> (u16, Vec<String>, Ended) {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let ca = file("ca.pem");
    let tls: &[&str] = if workspace.is_empty() { &[] } else { &["--tls-ca", &ca] };
    let workspace = Deck::start([&["serve"], workspace, tls].concat());
    let (port, told) = proxy(workspace.port());
    let upstream = format!("{scheme}://workspace.example");
    let cassette = file("x.json");
    let ca: &[&str] = if tls.is_empty() { &[] } else { &["--upstream-ca", &ca] };
    let record = ["record", &cassette, "--upstream", &upstream];
    let mut command = jobdeck([&record, ca].concat());
    let url = format!("http://me:proxy-password@127.0.0.1:{port}");
    command.env("http_proxy", &url).env("HTTPS_PROXY", &url);
    let deck = Deck::start_with(command);
    let (status, _) = call(&deck.url, "GET", "/api/2.0/jobs/list", "");
    let ended = deck.stop();
    let recorded = std::fs::read_to_string(&cassette).unwrap();
    assert!(!recorded.contains("proxy-"), "{recorded}");
    assert!(!ended.stderr.contains("proxy-password"), "{}", ended.stderr);
    (status, told.recv().unwrap(), ended)
}

#[test]
fn an_http_workspace_is_asked_for_by_its_whole_url() {
    let (status, told, ended) = through("http", &[]);
    assert_eq!((status, ended.code), (200, Some(0)), "{}", ended.stderr);
    assert_eq!(told[0], "GET http://workspace.example/api/2.0/jobs/list HTTP/1.1");
    assert!(told.contains(&USER.to_owned()), "{told:?}");
    assert!(ended.stderr.contains("through the proxy 127.0.0.1:"), "{}", ended.stderr);
}

#[test]
fn an_https_workspace_is_reached_through_a_tunnel() {
    let alias = ["--tls", "--host-alias", "workspace.example"];
    let (status, told, ended) = through("https", &alias);
    assert_eq!((status, ended.code), (200, Some(0)), "{}", ended.stderr);
    assert_eq!(told[0], "CONNECT workspace.example:443 HTTP/1.1");
    assert!(told.contains(&USER.to_owned()), "{told:?}");
    // The workspace's own credential is for the workspace alone.
    assert!(!told.iter().any(|line| line.contains("client-token")), "{told:?}");
}

#[test]
fn a_proxy_that_opens_no_tunnel_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let mut head = BufReader::new(client.try_clone().unwrap()).lines();
            while head.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            let _ = client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    let record = ["record", cassette.to_str().unwrap(), "--upstream", "https://workspace.example"];
    let mut command = jobdeck(record);
    command.env("https_proxy", format!("http://127.0.0.1:{port}"));
    let deck = Deck::start_with(command);
    let (status, told) = call(&deck.url, "GET", "/api/2.0/jobs/list", "");
    assert_eq!(status, 502);
    let expected = format!("the proxy 127.0.0.1:{port} opens no tunnel: 407");
    assert!(told.contains(&expected), "{told}");
}
