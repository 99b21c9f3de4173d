//! Between the values of [`crate::exchange`] and those of hyper.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, StatusCode, header};
use http_body_util::Full;

use crate::exchange::{Body, Headers, Response};

/// Whether a header field concerns one connection only (RFC 9110 §7.6.1, and two that older proxies made up).
fn is_hop_by_hop(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "connection"
            | "keep-alive"
            | "proxy-connection"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "te"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// The names among these fields that concern one hop only, with those that `Connection` names.
pub(super) fn hop_by_hop(headers: &HeaderMap) -> Vec<HeaderName> {
    let mut found = Vec::new();
    for (name, value) in headers {
        if !is_hop_by_hop(name) {
            continue;
        }
        found.push(name.clone());
        // The two that are most frequent name nothing more.
        if *name == header::CONNECTION && !matches!(value.as_bytes(), b"keep-alive" | b"close") {
            let named = value.to_str().unwrap_or_default().split(',');
            let named = named.filter_map(|name| name.trim().parse().ok());
            // Whoever names these wants a broken message: where it goes, and where its body ends.
            found.extend(
                named.filter(|name| *name != header::HOST && *name != header::CONTENT_LENGTH),
            );
        }
    }
    found
}

/// Removes fields, without regard for the order of the others: over the wire it means nothing.
pub(super) fn remove(headers: &mut HeaderMap, names: &[HeaderName]) {
    for name in names {
        headers.remove(name);
    }
}

/// The fields as they are kept: in order, but for these.
pub(super) fn kept(headers: &HeaderMap, without: &[HeaderName]) -> Headers {
    let mut kept = Vec::with_capacity(headers.len());
    kept.extend(
        headers
            .iter()
            .filter(|(name, _)| !without.contains(name))
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    kept.into()
}

/// The same of fields that nobody else needs.
pub(super) fn only_kept(headers: HeaderMap, without: &[HeaderName]) -> Headers {
    if !without.is_empty() {
        return kept(&headers, without);
    }
    headers.into()
}

/// A response of the deck's own as hyper sends it. What HTTP cannot carry becomes an error 500.
pub(super) fn response(reply: Response, method: &Method) -> http::Response<Full<Bytes>> {
    let Response { status, headers, body } = reply;
    let bodiless = *method == Method::HEAD || status == 204 || status == 304;
    let body = match body {
        Body::Whole(bytes) => bytes,
        Body::Omitted { .. } if bodiless => Bytes::new(),
        Body::Omitted { .. } => return unsendable(method, "its body was not kept"),
    };
    let status = match StatusCode::from_u16(status) {
        Ok(status) if !status.is_informational() => status,
        _ => return unsendable(method, "its status is none of a final answer"),
    };
    let mut headers = HeaderMap::from(headers);
    let hop = hop_by_hop(&headers);
    remove(&mut headers, &hop);
    // The length of what is sent now counts. An answer to HEAD tells the length of what GET would send.
    if status == StatusCode::NO_CONTENT || !bodiless || !body.is_empty() {
        headers.remove(header::CONTENT_LENGTH);
    }
    let mut response = http::Response::new(Full::new(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn unsendable(method: &Method, why: &str) -> http::Response<Full<Bytes>> {
    let message = format!("jobdeck cannot send the answer that it holds: {why}.");
    response(Response::error(500, "INTERNAL_ERROR", &message), method)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_headers(fields: &[(&str, &str)], kept: &[&str]) {
        let mut headers = Headers::default();
        for (name, value) in fields {
            headers.push(name, value);
        }
        let mut map = HeaderMap::from(headers);
        let hop = hop_by_hop(&map);
        let left = super::kept(&map, &hop);
        assert_eq!(left.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), kept);
        remove(&mut map, &hop);
        assert_eq!(map.len(), kept.len());
    }

    #[test]
    fn headers_of_a_single_hop_go_and_so_do_those_that_connection_names() {
        check_headers(
            &[
                ("accept", "*/*"),
                ("connection", "keep-alive, X-Secret"),
                ("connection", "x-other"),
                ("x-secret", "1"),
                ("x-other", "2"),
                ("te", "trailers"),
                ("upgrade", "h2c"),
                ("proxy-authorization", "Basic eA=="),
                ("x-last", "3"),
            ],
            &["accept", "x-last"],
        );
    }

    #[test]
    fn host_and_length_stay_whatever_connection_names() {
        let fields =
            [("host", "a"), ("content-length", "3"), ("connection", "host, content-length")];
        check_headers(&fields, &["host", "content-length"]);
    }

    #[track_caller]
    fn check_response(method: &Method, reply: Response, status: u16, length: Option<&str>) {
        let response = response(reply, method);
        assert_eq!(response.status(), status);
        let got =
            response.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
        assert_eq!(got, length);
    }

    #[test]
    fn a_length_that_no_longer_holds_is_not_sent() {
        let mut reply = Response::json(200, "{}");
        reply.headers.push("content-length", "4711");
        check_response(&Method::GET, reply.clone(), 200, None);
        reply.body = Body::empty();
        check_response(&Method::HEAD, reply.clone(), 200, Some("4711"));
        reply.status = 204;
        check_response(&Method::GET, reply.clone(), 204, None);
        reply.status = 304;
        check_response(&Method::GET, reply, 304, Some("4711"));
    }

    #[test]
    fn what_cannot_be_sent_becomes_an_error() {
        let mut reply = Response::json(101, "{}");
        check_response(&Method::GET, reply.clone(), 500, None);
        reply.status = 200;
        reply.body = Body::Omitted { bytes: 3, sha256: String::new() };
        check_response(&Method::GET, reply, 500, None);
    }

    #[test]
    fn repeated_fields_keep_their_order() {
        let mut reply = Response::json(200, "{}");
        reply.headers.push("set-cookie", "a=1");
        reply.headers.push("set-cookie", "b=2");
        let (parts, body) = response(reply, &Method::GET).into_parts();
        let cookies: Vec<_> = parts.headers.get_all("set-cookie").iter().collect();
        assert_eq!(cookies, ["a=1", "b=2"]);
        assert_eq!(hyper::body::Body::size_hint(&body).exact(), Some(2));
    }
}
