//! Sends requests from synchronous code: one after the other, or several at once.

use std::{io, sync::Arc, time::Duration};

use bytes::Bytes;
use http::HeaderMap;
use http_body_util::{BodyExt, Full, Limited};
use tokio::task::JoinSet;

use super::{
    clock::Clock,
    forward_proxy::ForwardProxy,
    sender::Sender,
    upstream::{Access, Upstream},
};
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
/// How long a request that is abandoned has to get on its way.
const ABANDON_AFTER: Duration = Duration::from_millis(20);

type Connection = Sender<Full<Bytes>>;

/// A client of one server, with one connection that is kept while the server keeps it.
pub struct Client {
    upstream: Arc<Upstream>,
    runtime: tokio::runtime::Runtime,
    connection: Option<Connection>,
    clock: Clock,
}

/// A request that was sent, with what came of it and when.
#[derive(Debug)]
pub struct Sent {
    /// When it was sent, in microseconds since the client was made.
    pub at_us: u64,
    /// From then to the end of the answer, in microseconds.
    pub took_us: u64,
    /// The whole answer, or why there is none.
    pub response: Result<Response>,
}

impl Client {
    /// A client of the server at a base URL, by way of the proxy that the environment names for it, if any.
    pub fn new(url: &str) -> Result<Self> {
        let access = Access {
            ca: None,
            certificate: None,
            forward_proxy: ForwardProxy::from_environment(url)?,
            connect_timeout: CONNECT_TIMEOUT,
        };
        let upstream = Arc::new(Upstream::new(url, access)?);
        Ok(Self { upstream, runtime: runtime()?, connection: None, clock: Clock::start() })
    }

    /// Another client of the same server, by the same clock.
    pub fn beside(&self) -> Result<Self> {
        let upstream = Arc::clone(&self.upstream);
        Ok(Self { upstream, runtime: runtime()?, connection: None, clock: self.clock })
    }

    /// Microseconds since it was made.
    pub fn elapsed_us(&self) -> u64 {
        self.clock.elapsed_us()
    }

    /// The time of day at which it was made, in microseconds since 1970.
    pub fn epoch_us(&self) -> u64 {
        self.clock.now_us().saturating_sub(self.clock.elapsed_us())
    }

    /// Whether its server is on this machine, by the address in its URL.
    pub fn is_loopback(&self) -> bool {
        let host = self.upstream.host();
        host.eq_ignore_ascii_case("localhost")
            || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// Sends a request and reads the whole answer.
    pub fn send(&mut self, request: &Request) -> Result<Response> {
        let Self { upstream, runtime, connection, .. } = self;
        let sent = runtime.block_on(kept(upstream, connection, request));
        sent.map_err(|cause| failed(upstream, request, cause))
    }

    /// Sends requests at the same time, each on a connection of its own if there are several.
    pub fn send_all(&mut self, requests: Vec<Request>) -> Vec<Sent> {
        if let [request] = &requests[..] {
            let at_us = self.clock.elapsed_us();
            let response = self.send(request);
            let took_us = self.clock.elapsed_us().saturating_sub(at_us);
            return vec![Sent { at_us, took_us, response }];
        }
        let Self { upstream, runtime, clock, .. } = self;
        runtime.block_on(together(upstream, *clock, requests))
    }

    /// Sends a request and leaves before the answer: gives when, and how long that took.
    pub fn abandon(&mut self, request: &Request) -> (u64, u64) {
        let Self { upstream, runtime, clock, .. } = self;
        let at_us = clock.elapsed_us();
        runtime.block_on(async {
            let Ok(mut sender) = upstream.connect().await else { return };
            let Ok(outward) = outward(upstream, request) else { return };
            // What comes of it is just what is not waited for.
            let _ = tokio::time::timeout(ABANDON_AFTER, upstream.send(&mut sender, outward)).await;
        });
        (at_us, clock.elapsed_us().saturating_sub(at_us))
    }
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|cause| Error::new(Kind::Environment, "failed to start a client").because(cause))
}

fn failed(upstream: &Upstream, request: &Request, cause: io::Error) -> Error {
    let doing = format!("failed to {} `{}{}`", request.method, upstream.url(), request.path());
    Error::new(Kind::Environment, doing).because(cause)
}

/// Opens all connections first, so that the requests go out as close together as can be.
async fn together(upstream: &Arc<Upstream>, clock: Clock, requests: Vec<Request>) -> Vec<Sent> {
    let mut connections = Vec::with_capacity(requests.len());
    for _ in &requests {
        connections.push(upstream.connect().await);
    }
    let mut tasks = JoinSet::new();
    for (index, (request, connection)) in requests.into_iter().zip(connections).enumerate() {
        let upstream = Arc::clone(upstream);
        tasks.spawn(async move {
            let at_us = clock.elapsed_us();
            let answer = match connection {
                Ok(mut sender) => answered(exchange(&upstream, &mut sender, &request)).await,
                Err(cause) => Err(cause),
            };
            let took_us = clock.elapsed_us().saturating_sub(at_us);
            let response = answer.map_err(|cause| failed(&upstream, &request, cause));
            (index, Sent { at_us, took_us, response })
        });
    }
    let mut sent = tasks.join_all().await;
    sent.sort_by_key(|(index, _)| *index);
    sent.into_iter().map(|(_, sent)| sent).collect()
}

/// Sends a request on the connection that is kept, or on a new one.
async fn kept(
    upstream: &Upstream,
    connection: &mut Option<Connection>,
    request: &Request,
) -> io::Result<Response> {
    if let Some(mut sender) = connection.take()
        && sender.ready().await.is_ok()
    {
        match answered(exchange(upstream, &mut sender, request)).await {
            // The server had closed it meanwhile, and never saw the request.
            Err(cause) if is_unsent(&cause) => {}
            answer => {
                *connection = answer.is_ok().then_some(sender);
                return answer;
            }
        }
    }
    let mut sender = upstream.connect().await?;
    let answer = answered(exchange(upstream, &mut sender, request)).await;
    *connection = answer.is_ok().then_some(sender);
    answer
}

fn is_unsent(cause: &io::Error) -> bool {
    let inner = cause.get_ref().and_then(|inner| inner.downcast_ref::<hyper::Error>());
    inner.is_some_and(hyper::Error::is_canceled)
}

async fn answered(exchange: impl Future<Output = io::Result<Response>>) -> io::Result<Response> {
    tokio::time::timeout(ANSWER_TIMEOUT, exchange)
        .await
        .unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "no whole answer in time")))
}

async fn exchange(
    upstream: &Upstream,
    sender: &mut Connection,
    request: &Request,
) -> io::Result<Response> {
    sender.ready().await.map_err(io::Error::other)?;
    let response = upstream
        .send(sender, outward(upstream, request)?)
        .await
        .map_err(|failed| io::Error::other(failed.into_error()))?;
    let (head, body) = response.into_parts();
    let body =
        Limited::new(body, ANSWER_BYTES_MAX).collect().await.map_err(io::Error::other)?.to_bytes();
    Ok(Response {
        status: head.status.as_u16(),
        headers: head.headers.into(),
        body: Body::Whole(body),
    })
}

fn outward(upstream: &Upstream, request: &Request) -> io::Result<http::Request<Full<Bytes>>> {
    let invalid = |_| io::Error::new(io::ErrorKind::InvalidInput, "its target is no path");
    let target = request.target.parse().map_err(invalid)?;
    let target = upstream.target(&target).ok_or(io::ErrorKind::InvalidInput)?;
    let body = match &request.body {
        Body::Whole(bytes) => bytes.clone(),
        Body::Omitted { .. } => return Err(io::ErrorKind::InvalidInput.into()),
    };
    let mut sent = http::Request::new(Full::new(body));
    *sent.method_mut() = request.method.clone();
    *sent.uri_mut() = target.into();
    *sent.headers_mut() = HeaderMap::from(request.headers.clone());
    Ok(sent)
}
