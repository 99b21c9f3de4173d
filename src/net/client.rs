//! Sends requests, one after the other, from synchronous code.

use std::{io, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::SendRequest;

use super::upstream::Upstream;
use crate::{
    error::{Error, Kind, Result},
    exchange::{Body, Request, Response},
};

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long one answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);
/// The longest answer that is read.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A client of one server, with one connection that is kept while the server keeps it.
pub struct Client {
    upstream: Upstream,
    url: String,
    runtime: tokio::runtime::Runtime,
    connection: Option<SendRequest<Full<Bytes>>>,
}

impl Client {
    /// A client of the server at a base URL.
    pub fn new(url: &str) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(
            |cause| Error::new(Kind::Environment, "failed to start a client").because(cause),
        )?;
        let upstream = Upstream::new(url, None, CONNECT_TIMEOUT)?;
        Ok(Self { upstream, url: url.to_owned(), runtime, connection: None })
    }

    /// Sends a request and reads the whole answer.
    pub fn send(&mut self, request: &Request) -> Result<Response> {
        let Self { upstream, url, runtime, connection } = self;
        let failed = |cause: io::Error| {
            let doing = format!("failed to {} `{url}{}`", request.method, request.path());
            Error::new(Kind::Environment, doing).because(cause)
        };
        let answer = async {
            let exchange = exchange(upstream, connection, request);
            tokio::time::timeout(ANSWER_TIMEOUT, exchange).await.unwrap_or_else(|_| {
                Err(io::Error::new(io::ErrorKind::TimedOut, "no whole answer in time"))
            })
        };
        runtime.block_on(answer).map_err(failed)
    }
}

async fn exchange(
    upstream: &Upstream,
    connection: &mut Option<SendRequest<Full<Bytes>>>,
    request: &Request,
) -> io::Result<Response> {
    let mut kept = connection.take();
    let alive = match &mut kept {
        Some(kept) => kept.ready().await.is_ok(),
        None => false,
    };
    let mut sender = match kept {
        Some(kept) if alive => kept,
        _ => upstream.connect().await?,
    };
    sender.ready().await.map_err(io::Error::other)?;
    let response =
        sender.send_request(outward(upstream, request)?).await.map_err(io::Error::other)?;
    let (head, body) = response.into_parts();
    let body =
        Limited::new(body, ANSWER_BYTES_MAX).collect().await.map_err(io::Error::other)?.to_bytes();
    *connection = Some(sender);
    Ok(Response {
        status: head.status.as_u16(),
        headers: head.headers.into(),
        body: Body::Whole(body),
    })
}

fn outward(upstream: &Upstream, request: &Request) -> io::Result<http::Request<Full<Bytes>>> {
    let invalid = |_| io::Error::new(io::ErrorKind::InvalidInput, "its target is no path");
    let target = request.target.parse().map_err(invalid)?;
    let uri = upstream.target(&target).ok_or(io::ErrorKind::InvalidInput)?;
    let body = match &request.body {
        Body::Whole(bytes) => bytes.clone(),
        Body::Omitted { .. } => return Err(io::ErrorKind::InvalidInput.into()),
    };
    let mut sent = http::Request::new(Full::new(body));
    *sent.method_mut() = request.method.clone();
    *sent.uri_mut() = uri;
    *sent.headers_mut() = HeaderMap::from(request.headers.clone());
    sent.headers_mut().insert(header::HOST, upstream.authority().clone());
    Ok(sent)
}
