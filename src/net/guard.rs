//! Who may talk to a listener, judged from the head of a request alone.
//!
//! No web page may drive a deck, but one that a listener gave itself, where it gives one: a browser sends `Origin`
//! with every request that could, and a page that has its own name resolve to loopback still sends that name as
//! `Host`. Nothing refused here is answered by a handler, forwarded or recorded.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, Method, Uri, Version, header, request::Parts, uri::Authority};

use super::framing::Heads;
use crate::exchange::Response;

/// The name under which clients that drop a port from the host reach a deck as HTTP proxy.
pub(super) const DECK_NAME: &str = "workspace.test";

/// Which requests a listener takes.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    address: SocketAddr,
    /// The address as clients write it into `Host`.
    own: String,
    /// In lower case.
    names: Vec<String>,
    headers_max: usize,
    absolute: Absolute,
    /// Whether a page of this listener's own may ask it.
    own_page: bool,
}

/// Which authorities may stand in a target in absolute form.
#[derive(Clone, Debug)]
pub(super) enum Absolute {
    /// Any: nothing is forwarded, so that it names nothing (RFC 9112 §3.2.2 has a server use the target and
    /// ignore `Host`).
    Any,
    /// Those that `Host` may name, and this one, in lower case.
    Listed(String),
}

impl Guard {
    /// A guard of a listener at this address that also goes by these names.
    /// Its requests have at most so many header fields.
    pub(super) fn new(
        address: SocketAddr,
        aliases: &[String],
        headers_max: usize,
        absolute: Absolute,
    ) -> Self {
        let own = [DECK_NAME.to_owned(), "localhost".to_owned()];
        let names =
            own.into_iter().chain(aliases.iter().map(|name| name.to_ascii_lowercase())).collect();
        Self { address, own: address.to_string(), names, headers_max, absolute, own_page: false }
    }

    /// The same guard, which lets a page of the listener's own ask it or not.
    pub(super) fn with_own_page(self, own_page: bool) -> Self {
        Self { own_page, ..self }
    }

    /// The target in origin form, or the answer to a request that is refused. That answer ends a connection
    /// for one request at a time.
    pub(super) fn admit(&self, head: &Parts, heads: &Heads) -> Result<String, Response> {
        framing(head, heads)?;
        if head.headers.len() > self.headers_max {
            // The parser of HTTP/1.1 sees to it by itself, that of HTTP/2 counts bytes alone.
            let message = format!("A request has at most {} header fields here.", self.headers_max);
            return Err(Response::error(431, "REQUEST_HEADER_FIELDS_TOO_LARGE", &message));
        }
        if head.headers.contains_key(header::ORIGIN) && !(self.own_page && is_of_own_page(head)) {
            return Err(forbidden("it carries an Origin header, as web pages send it"));
        }
        let target = origin_form(&head.method, &head.uri)?;
        match head.uri.authority() {
            Some(authority) => self.admit_authority(authority)?,
            None => self.admit_host(&head.headers, head.version)?,
        }
        Ok(target)
    }

    fn admit_authority(&self, authority: &Authority) -> Result<(), Response> {
        let known = match &self.absolute {
            Absolute::Any => true,
            Absolute::Listed(upstream) => {
                authority.host().eq_ignore_ascii_case(upstream) || self.knows(authority.host())
            }
        };
        if known {
            Ok(())
        } else {
            Err(forbidden("its target names a host that this deck does not stand for"))
        }
    }

    fn admit_host(&self, headers: &HeaderMap, version: Version) -> Result<(), Response> {
        let mut hosts = headers.get_all(header::HOST).iter();
        let (host, more) = (hosts.next(), hosts.next());
        if more.is_some() {
            return Err(bad("it has more than one Host header"));
        }
        let Some(host) = host else {
            // HTTP/1.0 did not ask for one, and no browser speaks it.
            return if version >= Version::HTTP_11 {
                Err(bad("it has no Host header"))
            } else {
                Ok(())
            };
        };
        // Most clients name it so, and what they name need not be taken apart.
        if host.as_bytes() == self.own.as_bytes() {
            return Ok(());
        }
        let Some(authority) = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok())
        else {
            return Err(bad("its Host header is none"));
        };
        if self.knows(authority.host()) {
            Ok(())
        } else {
            Err(forbidden(
                "its Host header names neither this deck's address nor an alias (--host-alias)",
            ))
        }
    }

    fn knows(&self, host: &str) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        match bare.parse::<IpAddr>() {
            Ok(ip) => self.is_own(ip),
            Err(_) => self.names.iter().any(|name| host.eq_ignore_ascii_case(name)),
        }
    }

    fn is_own(&self, ip: IpAddr) -> bool {
        let own = self.address.ip();
        // A listener on every interface cannot list its addresses, and a page cannot fake a literal one.
        ip == own || own.is_unspecified() || (own.is_loopback() && ip.is_loopback())
    }
}

/// Whether a request comes from a page of the host that it is sent to. That host is the listener only if its
/// name is one of those that are admitted.
fn is_of_own_page(head: &Parts) -> bool {
    let mut origins = head.headers.get_all(header::ORIGIN).iter();
    let (origin, more) = (origins.next(), origins.next());
    let host = head.headers.get(header::HOST);
    let (Some(origin), None, Some(host), None) = (origin, more, host, head.uri.authority()) else {
        return false;
    };
    origin.as_bytes().strip_prefix(b"http://") == Some(host.as_bytes())
}

/// Refuses whatever a peer behind the deck might delimit in another way than hyper has.
fn framing(head: &Parts, heads: &Heads) -> Result<(), Response> {
    heads.show().map_err(bad)?;
    let mut codings = head.headers.get_all(header::TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => Ok(()),
        (Some(coding), None) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(()),
        _ => Err(bad("its Transfer-Encoding is another than chunked")),
    }
}

fn origin_form(method: &Method, uri: &Uri) -> Result<String, Response> {
    if *method == Method::CONNECT {
        return Err(Response::error(
            405,
            "METHOD_NOT_ALLOWED",
            "jobdeck opens no tunnels: CONNECT is refused",
        ));
    }
    match uri.path_and_query() {
        Some(target) if target.as_str().starts_with('/') => Ok(target.as_str().to_owned()),
        _ => Err(bad("its target is no path")),
    }
}

fn bad(why: &str) -> Response {
    Response::error(400, "MALFORMED_REQUEST", &format!("jobdeck refuses this request: {why}."))
}

fn forbidden(why: &str) -> Response {
    Response::error(403, "PERMISSION_DENIED", &format!("jobdeck refuses this request: {why}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::listen;

    #[track_caller]
    fn check(
        listed: Option<&str>,
        target: &str,
        fields: &[(&str, &str)],
        expected: Result<&str, u16>,
    ) {
        let absolute = listed.map_or(Absolute::Any, |name| Absolute::Listed(name.to_owned()));
        let address = "127.0.0.1:8421".parse().expect("an address");
        let guard = Guard::new(address, &["Deck.Example".to_owned()], 100, absolute);
        let mut request = http::Request::get(target);
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).expect("a request").into_parts();
        let got = guard.admit(&head, &Heads::default());
        let got = got.as_deref().map_err(|answer| answer.status);
        assert_eq!(got, expected);
    }

    #[test]
    fn hosts_of_the_deck_are_taken() {
        let hosts = [
            "127.0.0.1:8421",
            "127.0.0.1",
            "localhost:1",
            "[::1]:8421",
            "WORKSPACE.test",
            "deck.example:80",
        ];
        for host in hosts {
            check(None, "/a?b=c", &[("host", host)], Ok("/a?b=c"));
        }
    }

    #[test]
    fn other_hosts_are_refused() {
        for host in
            ["evil.example", "localhost.evil.example", "10.0.0.1:8421", "workspace.test.evil"]
        {
            check(None, "/", &[("host", host)], Err(403));
        }
        for host in ["", "a b", "127.0.0.1/x"] {
            check(None, "/", &[("host", host)], Err(400));
        }
    }

    #[test]
    fn a_guard_takes_the_host_of_the_url_that_clients_are_told() {
        for address in ["127.0.0.1:8421", "[::1]:8421", "0.0.0.0:8421", "[::]:8421"] {
            let address = address.parse().expect("an address");
            let guard = Guard::new(address, &[], 100, Absolute::Any);
            let url = listen::url(address, false);
            let told = url.parse::<Uri>().expect("a URL");
            assert!(guard.knows(told.host().expect("a host")), "{url}");
            assert_eq!(guard.knows("192.0.2.7"), address.ip().is_unspecified());
            assert!(!guard.knows("evil.example"));
        }
    }

    #[test]
    fn no_host_and_two_hosts_are_malformed() {
        check(None, "/", &[], Err(400));
        check(None, "/", &[("host", "localhost"), ("host", "localhost")], Err(400));
    }

    #[test]
    fn an_origin_is_refused_even_an_own_one() {
        check(None, "/", &[("host", "localhost"), ("origin", "http://localhost:8421")], Err(403));
        check(None, "/", &[("host", "localhost"), ("origin", "null")], Err(403));
    }

    #[track_caller]
    fn check_origin(origin: &str, host: &str, expected: Result<(), u16>) {
        let address = "127.0.0.1:8421".parse().expect("an address");
        let guard = Guard::new(address, &[], 100, Absolute::Any).with_own_page(true);
        for (target, expected) in [("/a", expected), ("http://evil.example/a", Err(403))] {
            let request = http::Request::post(target).header("host", host).header("origin", origin);
            let (head, ()) = request.body(()).expect("a request").into_parts();
            let got = guard.admit(&head, &Heads::default());
            assert_eq!(
                got.map(|_| ()).map_err(|answer| answer.status),
                expected,
                "{origin} {host}"
            );
        }
    }

    #[test]
    fn a_page_of_its_own_may_ask_a_listener_that_gives_one() {
        check_origin("http://127.0.0.1:8421", "127.0.0.1:8421", Ok(()));
        check_origin("http://localhost:8421", "localhost:8421", Ok(()));
        // Another port, another scheme, another name that leads here.
        check_origin("http://127.0.0.1:8422", "127.0.0.1:8421", Err(403));
        check_origin("http://localhost:8421", "127.0.0.1:8421", Err(403));
        check_origin("https://127.0.0.1:8421", "127.0.0.1:8421", Err(403));
        check_origin("http://evil.example:8421", "127.0.0.1:8421", Err(403));
        check_origin("http://evil.example:8421", "evil.example:8421", Err(403));
        check_origin("null", "127.0.0.1:8421", Err(403));
    }

    #[test]
    fn a_server_takes_any_absolute_form_and_a_proxy_the_listed_ones() {
        let target = "http://adb-1.azuredatabricks.net/api/2.0/jobs/list?limit=1";
        let host = [("host", "adb-1.azuredatabricks.net")];
        check(None, target, &host, Ok("/api/2.0/jobs/list?limit=1"));
        check(Some("adb-1.azuredatabricks.net"), target, &host, Ok("/api/2.0/jobs/list?limit=1"));
        check(Some("adb-2.azuredatabricks.net"), target, &host, Err(403));
        check(Some("adb-2.azuredatabricks.net"), "http://workspace.test/a", &host, Ok("/a"));
        check(Some("adb-2.azuredatabricks.net"), "http://169.254.169.254/a", &host, Err(403));
        check(
            Some("adb-2.azuredatabricks.net"),
            "http://workspace.test@evil.example/a",
            &host,
            Err(403),
        );
    }

    #[test]
    fn a_coding_other_than_chunked_is_malformed() {
        for codings in
            [&["gzip, chunked"][..], &["chunked, chunked"], &["chunked", "chunked"], &["x"]]
        {
            let mut fields = vec![("host", "localhost")];
            fields.extend(codings.iter().map(|coding| ("transfer-encoding", *coding)));
            check(None, "/", &fields, Err(400));
        }
        check(None, "/", &[("host", "localhost"), ("transfer-encoding", "Chunked")], Ok("/"));
    }
}
