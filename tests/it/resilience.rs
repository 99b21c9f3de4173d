//! The workspace under many clients and under what no client should send.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
};

use crate::{
    deck::{Deck, files, project},
    http,
};

/// How many clients there are at once.
const CLIENTS: usize = 1000;

/// The body of the next answer on a connection that stays open.
fn answer(stream: &mut BufReader<TcpStream>) -> String {
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    String::from_utf8(body).unwrap()
}

#[test]
fn a_thousand_clients_are_served_at_once() {
    let deck = Deck::start(["serve"]);
    let host = deck.url.trim_start_matches("http://");
    let connect = |_| BufReader::new(TcpStream::connect(host).unwrap());
    let mut clients: Vec<_> = (0..CLIENTS).map(connect).collect();
    // Each has an open request before the first is answered.
    for request in [
        r#"POST /api/2.0/jobs/create {"existing_cluster_id":"c","spark_jar_task":{"main_class_name":"A"}}"#,
        r#"POST /api/2.0/jobs/run-now {"job_id":1}"#,
    ] {
        let (line, body) = request.rsplit_once(' ').unwrap();
        for client in &mut clients {
            write!(
                client.get_mut(),
                "{line} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer x\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
            .unwrap();
        }
        let mut answers: Vec<_> = clients.iter_mut().map(answer).collect();
        answers.sort();
        answers.dedup();
        assert_eq!(answers.len(), CLIENTS, "each has an answer of its own: {}", answers[0]);
        assert!(answers.iter().all(|answer| answer.contains("_id\":")));
    }
    assert_eq!(deck.stop().code, Some(0));
}

#[test]
fn what_the_fuzzer_knows_leaves_it_serving() {
    let deck = Deck::start(["serve", "--admin", "127.0.0.1:0"]);
    let endpoints = [
        "POST /api/2.0/jobs/create",
        "POST /api/2.0/jobs/reset",
        "POST /api/2.0/jobs/update",
        "POST /api/2.0/jobs/delete",
        "POST /api/2.0/jobs/run-now",
        "POST /api/2.0/jobs/runs/submit",
        "POST /api/2.0/jobs/runs/cancel",
        "GET /api/2.0/jobs/runs/list",
        "GET /api/2.0/jobs/runs/get-output",
    ];
    let inputs = files(&project().join("fuzz/corpus"));
    assert!(inputs.len() > 10, "{inputs:?}");
    let token = b"authorization: Bearer x\r\nconnection: close\r\n";
    for input in inputs {
        let bytes = fs::read(&input).unwrap();
        // As it stands, where a request should be.
        let _ = http::raw(&deck.url, &[&bytes[..], b"\r\n\r\n"].concat());
        for endpoint in endpoints {
            let head = format!(
                "{endpoint} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n",
                bytes.len()
            );
            let request = [head.as_bytes(), token, b"\r\n", &bytes].concat();
            let answer = http::raw(&deck.url, &request).unwrap();
            let answer = String::from_utf8_lossy(&answer);
            let status = answer.split(' ').nth(1).unwrap_or_default();
            let settled = ["200", "400", "413"].contains(&status);
            assert!(settled, "{endpoint} with {}: {answer}", input.display());
        }
    }
    let (status, _) = http::call(&deck.url, "GET", "/api/2.0/jobs/list", "");
    assert_eq!(status, 200);
    let (status, page) = http::call(&deck.admin(), "GET", "/", "");
    assert!(status == 200 && page.contains("</html>"));
    let ended = deck.stop();
    assert_eq!(ended.code, Some(0));
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
}
