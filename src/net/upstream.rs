//! The one place where requests go: its URL, and connections to it.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use http::{
    HeaderValue, Request, Uri, header,
    uri::{Authority, Parts, PathAndQuery, Scheme},
};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::{
    forward_proxy::ForwardProxy,
    sender::{Outward, Sender, Sent},
    stream::Stream,
    tls,
};
use crate::error::{Error, Kind, Result};

/// What the deck shows to an upstream that asks its clients for a certificate.
#[derive(Clone, Debug)]
pub struct ClientCertificate {
    /// A PEM file: the certificate, and behind it those of its issuers.
    pub certificates: PathBuf,
    /// A PEM file of its key.
    pub key: PathBuf,
}

/// How an upstream is reached.
#[derive(Clone, Debug)]
pub(super) struct Access<'a> {
    /// A PEM file of certificates to trust beside those of the platform.
    pub(super) ca: Option<&'a Path>,
    /// What is shown to it.
    pub(super) certificate: Option<&'a ClientCertificate>,
    /// What stands between.
    pub(super) forward_proxy: Option<ForwardProxy>,
    /// How long a connection may take, with all that it goes through.
    pub(super) connect_timeout: Duration,
}

/// An upstream as its URL names it.
pub(super) struct Upstream {
    url: String,
    host: String,
    port: u16,
    scheme: Scheme,
    authority: Authority,
    /// The authority as it stands in `Host`.
    host_header: HeaderValue,
    /// What stands before every target, without a slash at its end.
    base_path: String,
    /// None if neither the upstream nor the proxy in front of it is spoken to by TLS.
    connector: Option<TlsConnector>,
    forward_proxy: Option<ForwardProxy>,
    connect_timeout: Duration,
}

impl Upstream {
    /// The upstream that a URL names, for example `https://host.example` or `http://127.0.0.1:8080/base`.
    pub(super) fn new(url: &str, access: Access<'_>) -> Result<Self> {
        let Access { ca, certificate, forward_proxy, connect_timeout } = access;
        let uri = parse(url)?;
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(unusable(url, "it is no absolute URL"));
        };
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let is_https = *scheme == Scheme::HTTPS;
        if ServerName::try_from(&*host).is_err() {
            return Err(unusable(url, "its host is neither a name nor an address"));
        }
        let port = match authority.as_str().strip_prefix(authority.host()) {
            None | Some("") => {
                if is_https {
                    443
                } else {
                    80
                }
            }
            Some(behind) => behind
                .strip_prefix(':')
                .and_then(|port| port.parse().ok())
                .filter(|port| *port > 0)
                .ok_or_else(|| unusable(url, "its port is none from 1 to 65535"))?,
        };
        let by_tls = is_https || forward_proxy.as_ref().is_some_and(|proxy| proxy.is_https);
        let connector = if by_tls {
            Some(TlsConnector::from(Arc::new(tls::client(ca, certificate)?)))
        } else {
            None
        };
        let base_path = uri.path().trim_end_matches('/').to_owned();
        Ok(Self {
            url: format!("{scheme}://{authority}{base_path}"),
            host,
            port,
            scheme: scheme.clone(),
            authority: authority.clone(),
            host_header: HeaderValue::from_str(authority.as_str())
                .map_err(|_| unusable(url, "its host is no header value"))?,
            base_path,
            connector,
            forward_proxy,
            connect_timeout,
        })
    }

    /// Its base URL, without a slash at its end.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Its host, without a port.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// The target that stands for one of the deck's own.
    pub(super) fn target(&self, own: &PathAndQuery) -> Option<PathAndQuery> {
        if self.base_path.is_empty() {
            return Some(own.clone());
        }
        format!("{}{own}", self.base_path).parse().ok()
    }

    /// Opens a connection.
    pub(super) async fn connect<B: Outward>(&self) -> io::Result<Sender<B>> {
        let timed_out = |_| io::Error::new(io::ErrorKind::TimedOut, "no connection in time");
        tokio::time::timeout(self.connect_timeout, self.open()).await.map_err(timed_out)?
    }

    /// Sends a request whose target is one of this upstream's, on a connection to it.
    pub(super) async fn send<B: Outward>(
        &self,
        sender: &mut Sender<B>,
        mut request: Request<B>,
    ) -> Sent<B> {
        match sender {
            Sender::Http1(_) => self.address(&mut request, false),
            Sender::Forwarded(_) => {
                self.address(&mut request, true);
                let own = self.forward_proxy.as_ref().and_then(|own| own.authorization.clone());
                if let Some(authorization) = own {
                    request.headers_mut().insert(header::PROXY_AUTHORIZATION, authorization);
                }
            }
            Sender::Http2(_) => {
                self.address(&mut request, true);
                // The one stands beside the target (RFC 9113 §8.3.1), and frames need not the other.
                request.headers_mut().remove(header::HOST);
                request.headers_mut().remove(header::TRANSFER_ENCODING);
            }
        }
        sender.send(request).await
    }

    /// Names the upstream in a request as its connection wants it. A request that comes back unsent may be
    /// named anew.
    fn address<B: Outward>(&self, request: &mut Request<B>, is_absolute: bool) {
        if is_absolute || request.uri().authority().is_some() {
            let mut parts = Parts::default();
            parts.path_and_query = request.uri().path_and_query().cloned();
            if is_absolute {
                parts.scheme = Some(self.scheme.clone());
                parts.authority = Some(self.authority.clone());
            }
            // A path without the rest, and all three together, always make one.
            *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
        }
        if request.body().size_hint().exact().is_none() {
            // hyper would take a GET for one without a body.
            let chunked = HeaderValue::from_static("chunked");
            request.headers_mut().insert(header::TRANSFER_ENCODING, chunked);
        }
        request.headers_mut().insert(header::HOST, self.host_header.clone());
    }

    async fn open<B: Outward>(&self) -> io::Result<Sender<B>> {
        let is_https = self.scheme == Scheme::HTTPS;
        let stream = match &self.forward_proxy {
            None => Stream::plain(TcpStream::connect((&*self.host, self.port)).await?),
            Some(proxy) => {
                let unreachable = |cause| {
                    io::Error::other(format!("the proxy {proxy} cannot be reached: {cause}"))
                };
                let socket = TcpStream::connect((&*proxy.host, proxy.port)).await;
                let mut stream = Stream::plain(socket.map_err(unreachable)?);
                if proxy.is_https {
                    let secured = self.secure(&proxy.host, stream, &[tls::HTTP_1]).await;
                    stream = secured.map_err(unreachable)?.0;
                }
                if !is_https {
                    return Sender::forwarded(stream).await;
                }
                let goal = format!("{}:{}", self.authority.host(), self.port);
                let goal = goal.parse().map_err(io::Error::other)?;
                proxy.tunnel(stream, &goal).await?
            }
        };
        if !is_https {
            return Sender::http1(stream).await;
        }
        match self.secure(&self.host, stream, &[tls::HTTP_2, tls::HTTP_1]).await? {
            (stream, true) => Sender::http2(stream).await,
            (stream, false) => Sender::http1(stream).await,
        }
    }

    /// TLS over a stream to this host, and whether it chose HTTP/2 of what it is offered.
    async fn secure(
        &self,
        host: &str,
        stream: Stream,
        offered: &[&[u8]],
    ) -> io::Result<(Stream, bool)> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let Some(connector) = &self.connector else {
            return Err(io::Error::other("TLS is not set up"));
        };
        let offered = offered.iter().map(|protocol| protocol.to_vec()).collect();
        let stream = connector.with_alpn(offered).connect(name, stream).await?;
        let is_http2 = stream.get_ref().1.alpn_protocol() == Some(tls::HTTP_2);
        Ok((Stream::wrapped(stream), is_http2))
    }
}

fn parse(url: &str) -> Result<Uri> {
    let uri: Uri = url.parse().map_err(|_| unusable(url, "it is no URL"))?;
    let has_password = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
    match uri.scheme_str() {
        Some("http" | "https") if has_password => Err(unusable(url, "it holds credentials")),
        Some("http" | "https") if uri.query().is_some() => Err(unusable(url, "it has a query")),
        // The reader of URLs passes over it.
        Some("http" | "https") if url.contains('#') => Err(unusable(url, "it has a fragment")),
        Some("http" | "https") => Ok(uri),
        _ => Err(unusable(url, "it begins neither with https:// nor with http://")),
    }
}

/// An error that shows the URL, but not what might be a password in it.
fn unusable(url: &str, why: &str) -> Error {
    let shown = url.rsplit_once('@').map_or(url, |(_, behind)| behind);
    Error::new(Kind::Usage, format!("failed to use the upstream `{shown}`"))
        .because(why)
        .hint("write it as https://HOST, with a port and a base path if it has them")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upstream(url: &str) -> Result<Upstream> {
        let connect_timeout = Duration::from_secs(1);
        let access = Access { ca: None, certificate: None, forward_proxy: None, connect_timeout };
        Upstream::new(url, access)
    }

    #[track_caller]
    fn check(url: &str, host: &str, port: u16, target: &str) {
        let upstream = upstream(url).expect("a usable URL");
        assert_eq!((upstream.host(), upstream.port), (host, port));
        let own = PathAndQuery::from_static("/api?a=1");
        assert_eq!(upstream.target(&own).expect("a target"), target);
    }

    #[track_caller]
    fn check_refused(url: &str, message: &str) {
        let error = upstream(url).err().expect("an unusable URL");
        assert_eq!((error.kind(), error.to_string().as_str()), (Kind::Usage, message));
    }

    #[test]
    fn a_url_names_host_port_and_base_path() {
        check("http://a.example", "a.example", 80, "/api?a=1");
        check("http://a.example:8080/", "a.example", 8080, "/api?a=1");
        check("http://[::1]:8080/base/path/", "::1", 8080, "/base/path/api?a=1");
    }

    #[test]
    fn other_urls_are_refused_without_showing_a_password() {
        let begins = "it begins neither with https:// nor with http://";
        check_refused("a.example", &format!("failed to use the upstream `a.example`: {begins}"));
        check_refused("ftp://a", &format!("failed to use the upstream `ftp://a`: {begins}"));
        check_refused("/a", &format!("failed to use the upstream `/a`: {begins}"));
        check_refused("http://me:secret@a", "failed to use the upstream `a`: it holds credentials");
        check_refused(
            "http://a/?b=c",
            "failed to use the upstream `http://a/?b=c`: it has a query",
        );
        check_refused("http://a/#b", "failed to use the upstream `http://a/#b`: it has a fragment");
        for port in ["", "0", "99999", "http", "-1"] {
            let url = format!("http://a:{port}");
            let why = "its port is none from 1 to 65535";
            check_refused(&url, &format!("failed to use the upstream `{url}`: {why}"));
        }
        let why = "its host is neither a name nor an address";
        check_refused("http://a..b", &format!("failed to use the upstream `http://a..b`: {why}"));
    }
}
