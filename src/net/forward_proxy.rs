//! A proxy that stands between this machine and the world, as many companies have one.

use std::{fmt, io};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Uri, header, uri::Authority};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::{client::proxy::matcher::Matcher, rt::TokioIo};

use super::{sender::carry, stream::Stream};
use crate::error::{Error, Kind, Result};

/// A forward proxy: it opens tunnels to `https` upstreams, and forwards requests to others.
#[derive(Clone)]
pub struct ForwardProxy {
    pub(super) host: String,
    pub(super) port: u16,
    /// Whether it is spoken to by TLS.
    pub(super) is_https: bool,
    /// What it is told of the user.
    pub(super) authorization: Option<HeaderValue>,
}

impl fmt::Debug for ForwardProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not what it is told of the user.
        f.debug_struct("ForwardProxy")
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for ForwardProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl ForwardProxy {
    /// The proxy that the environment names for what is at this URL (`HTTPS_PROXY`, `HTTP_PROXY` in lower
    /// case, `ALL_PROXY` and `NO_PROXY`, as curl reads them). None for this machine itself. An error for a
    /// proxy that is spoken to by other means than HTTP.
    pub fn from_environment(url: &str) -> Result<Option<Self>> {
        Self::of(&Matcher::from_env(), url)
    }

    fn of(matcher: &Matcher, url: &str) -> Result<Option<Self>> {
        // A URL that is none has its own error, where it is used.
        let Some(uri) = url.parse::<Uri>().ok().filter(|uri| !is_this_machine(uri)) else {
            return Ok(None);
        };
        let Some(found) = matcher.intercept(&uri) else { return Ok(None) };
        let (scheme, host) = (found.uri().scheme_str(), found.uri().host());
        let (is_https, Some(host)) = (scheme == Some("https"), host) else {
            return Ok(None);
        };
        if !is_https && scheme != Some("http") {
            let doing = format!("failed to use the proxy at `{host}`");
            return Err(Error::new(Kind::Usage, doing)
                .because("it is named as one that does not speak HTTP")
                .hint("name one with http://, or put the upstream's host into NO_PROXY"));
        }
        Ok(Some(Self {
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: found.uri().port_u16().unwrap_or(if is_https { 443 } else { 80 }),
            is_https,
            authorization: found.basic_auth().cloned(),
        }))
    }

    /// Has it open a tunnel (RFC 9110 §9.3.6), over a connection to it.
    pub(super) async fn tunnel(&self, stream: Stream, goal: &Authority) -> io::Result<Stream> {
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        carry(connection.with_upgrades());
        let mut request = Request::new(Empty::<Bytes>::new());
        *request.method_mut() = Method::CONNECT;
        *request.uri_mut() = Uri::from(goal.clone());
        let host = HeaderValue::from_str(goal.as_str()).map_err(io::Error::other)?;
        request.headers_mut().insert(header::HOST, host);
        if let Some(authorization) = &self.authorization {
            request.headers_mut().insert(header::PROXY_AUTHORIZATION, authorization.clone());
        }
        let answer = sender.send_request(request).await.map_err(io::Error::other)?;
        if !answer.status().is_success() {
            let status = answer.status();
            return Err(io::Error::other(format!("the proxy {self} opens no tunnel: {status}")));
        }
        let tunnel = hyper::upgrade::on(answer).await.map_err(io::Error::other)?;
        Ok(Stream::wrapped(TokioIo::new(tunnel)))
    }
}

/// Whether a URL is of this machine: no proxy elsewhere could reach that.
fn is_this_machine(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: Option<&str>) {
        let matcher = Matcher::builder()
            .http("http://me:secret@plain.example:3128")
            .https("https://tunnel.example")
            .no("inside.example,10.0.0.0/8")
            .build();
        let found = ForwardProxy::of(&matcher, url).expect("a usable proxy");
        assert_eq!(found.map(|proxy| format!("{proxy} {}", proxy.is_https)).as_deref(), expected);
    }

    #[test]
    fn a_proxy_is_used_for_what_is_not_excluded() {
        check("http://a.example/b", Some("plain.example:3128 false"));
        check("https://a.example", Some("tunnel.example:443 true"));
        for url in ["https://inside.example", "https://adb.inside.example", "http://10.1.2.3"] {
            check(url, None);
        }
        for url in ["http://127.0.0.1:8421", "http://localhost", "http://[::1]:80", "nonsense"] {
            check(url, None);
        }
    }

    #[test]
    fn a_proxy_that_does_not_speak_http_is_refused_and_no_password_is_told() {
        let matcher = Matcher::builder().all("socks5://me:secret@a.example").build();
        let error = ForwardProxy::of(&matcher, "https://b.example").expect_err("no HTTP");
        assert_eq!(
            (error.kind(), error.to_string().as_str()),
            (
                Kind::Usage,
                "failed to use the proxy at `a.example`: it is named as one that does not speak HTTP"
            )
        );
        let matcher = Matcher::builder().all("http://me:secret@a.example").build();
        let proxy = ForwardProxy::of(&matcher, "https://b.example").expect("usable").expect("one");
        assert!(!format!("{proxy} {proxy:?}").contains("secret"), "{proxy:?}");
    }
}
