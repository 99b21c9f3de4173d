//! The one place where requests go: its URL, and connections to it.

use std::{
    fs, io,
    path::Path,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{
    HeaderValue, Uri,
    uri::{PathAndQuery, Scheme},
};
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use rustls::{
    ClientConfig,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::error::{Error, Kind, Result};

/// A body that hyper can send.
pub(super) trait Outward:
    hyper::body::Body<Data = Bytes, Error: std::error::Error + Send + Sync> + Send + Unpin + 'static
{
}

impl<B> Outward for B where
    B: hyper::body::Body<Data = Bytes, Error: std::error::Error + Send + Sync>
        + Send
        + Unpin
        + 'static
{
}

/// An upstream as its URL names it.
pub(super) struct Upstream {
    url: String,
    host: String,
    port: u16,
    authority: HeaderValue,
    /// What stands before every target, without a slash at its end.
    base_path: String,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    connect_timeout: Duration,
}

impl Upstream {
    /// The upstream that a URL names, for example `https://host.example` or `http://127.0.0.1:8080/base`.
    /// `ca` is a PEM file whose certificates are trusted beside those of the platform.
    pub(super) fn new(url: &str, ca: Option<&Path>, connect_timeout: Duration) -> Result<Self> {
        let uri = parse(url)?;
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(unusable(url, "it is no absolute URL"));
        };
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let tls = if *scheme == Scheme::HTTPS {
            let name = ServerName::try_from(host.clone())
                .map_err(|_| unusable(url, "its host is no name that a certificate could bear"))?;
            Some((TlsConnector::from(Arc::new(tls_config(ca)?)), name))
        } else {
            None
        };
        let port = authority.port_u16().unwrap_or(if tls.is_some() { 443 } else { 80 });
        let base_path = uri.path().trim_end_matches('/').to_owned();
        let base_url = format!("{scheme}://{authority}{base_path}");
        let authority = HeaderValue::from_str(authority.as_str())
            .map_err(|_| unusable(url, "its host is no header value"))?;
        Ok(Self { url: base_url, host, port, authority, base_path, tls, connect_timeout })
    }

    /// Its base URL, without a slash at its end.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Its host, without a port.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// What it is called in `Host`.
    pub(super) fn authority(&self) -> &HeaderValue {
        &self.authority
    }

    /// The target that stands for one of the deck's own.
    pub(super) fn target(&self, own: &PathAndQuery) -> Option<Uri> {
        if self.base_path.is_empty() {
            return Some(Uri::from(own.clone()));
        }
        format!("{}{own}", self.base_path).parse().ok()
    }

    /// Opens a connection.
    pub(super) async fn connect<B: Outward>(&self) -> io::Result<SendRequest<B>> {
        let timed_out = |_| io::Error::new(io::ErrorKind::TimedOut, "no connection in time");
        tokio::time::timeout(self.connect_timeout, self.open()).await.map_err(timed_out)?
    }

    async fn open<B: Outward>(&self) -> io::Result<SendRequest<B>> {
        let stream = TcpStream::connect((&*self.host, self.port)).await?;
        // Without it requests with a body would only be slower.
        let _ = stream.set_nodelay(true);
        let stream = match &self.tls {
            None => Stream::Plain(stream),
            Some((connector, name)) => {
                Stream::Tls(Box::new(connector.connect(name.clone(), stream).await?))
            }
        };
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(io::Error::other)?;
        tokio::spawn(async move {
            // Whoever sent the request is told of the failure.
            let _ = connection.await;
        });
        Ok(sender)
    }
}

fn parse(url: &str) -> Result<Uri> {
    let uri: Uri = url.parse().map_err(|_| unusable(url, "it is no URL"))?;
    let has_password = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
    match uri.scheme_str() {
        Some("http" | "https") if has_password => Err(unusable(url, "it holds credentials")),
        Some("http" | "https") if uri.query().is_some() => Err(unusable(url, "it has a query")),
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

fn tls_config(ca: Option<&Path>) -> Result<ClientConfig> {
    let failed =
        |cause: rustls::Error| Error::new(Kind::Environment, "failed to set up TLS").because(cause);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = ca.map(read_certificates).transpose()?.unwrap_or_default();
    let verifier =
        rustls_platform_verifier::Verifier::new_with_extra_roots(roots, Arc::clone(&provider))
            .map_err(failed)?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        // The name tells of verifiers that check nothing; this one is the platform's own.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let failed = || {
        Error::new(
            Kind::Environment,
            format!("failed to read the certificates of `{}`", path.display()),
        )
        .hint("--upstream-ca wants a PEM file of certificates")
    };
    let pem = fs::read(path).map_err(|cause| failed().because(cause))?;
    let roots: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|cause| failed().because(cause.to_string()))?;
    if roots.is_empty() { Err(failed().because("it holds none")) } else { Ok(roots) }
}

/// A connection in clear or under TLS.
enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
            Self::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, bufs),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Plain(stream) => stream.is_write_vectored(),
            Self::Tls(stream) => stream.is_write_vectored(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upstream(url: &str) -> Result<Upstream> {
        Upstream::new(url, None, Duration::from_secs(1))
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
    }

    #[test]
    fn a_file_without_certificates_is_an_error() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("ca.pem");
        fs::write(&path, "nothing").expect("a file");
        let error = read_certificates(&path).expect_err("no certificates");
        assert_eq!(error.kind(), Kind::Environment);
        assert!(error.to_string().ends_with("it holds none"), "{error}");
    }
}
