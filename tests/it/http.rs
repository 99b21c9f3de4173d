//! A client as plain as can be: the bytes of a test, one connection each.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

/// Sends raw bytes to the host of a URL and reads until the other side closes.
pub(crate) fn raw(url: &str, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(authority(url))?;
    stream.write_all(bytes)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

/// Sends a request with a bearer token; gives the status and the body.
#[track_caller]
pub(crate) fn call(url: &str, method: &str, target: &str, body: &str) -> (u16, String) {
    send(url, method, target, "authorization: Bearer client-token-0123456789\r\n", body).unwrap()
}

/// Sends a request with these header lines; gives the status and the body.
pub(crate) fn send(
    url: &str,
    method: &str,
    target: &str,
    headers: &str,
    body: &str,
) -> std::io::Result<(u16, String)> {
    let request = format!(
        "{method} {target} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        authority(url),
        body.len(),
    );
    let answer = String::from_utf8_lossy(&raw(url, request.as_bytes())?).into_owned();
    let broken = || std::io::Error::other(format!("no whole answer: {answer:?}"));
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(broken)?;
    let status =
        head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(broken)?;
    let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    Ok((status, if chunked { unchunk(body) } else { body.to_owned() }))
}

fn unchunk(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap_or(0);
        if size == 0 {
            break;
        }
        whole.push_str(&rest[..size]);
        body = &rest[size + 2..];
    }
    whole
}

fn authority(url: &str) -> &str {
    url.split("://").nth(1).unwrap_or(url).trim_end_matches('/')
}
