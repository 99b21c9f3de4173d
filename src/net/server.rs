//! Serves a [`Handler`]: reads whole requests, gives them the time, waits as long as the reply says.

use std::{
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http::{Method, header, request::Parts};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body as _, Incoming};

use super::{
    capture::{Budget, Share},
    certificate::Certificate,
    clock::Clock,
    connection::Connections,
    convert,
    framing::Heads,
    guard::{Absolute, Guard},
    listen::{self, Limits},
    runtime::Worker,
};
use crate::{
    error::Result,
    exchange::{Body, Handler, Reply, Request, Response},
};

/// How much of a body that is too long is read and thrown away, so that the client gets to read why.
const DISCARDED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How a server listens.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// The address; without one 127.0.0.1:8421 or, if that is taken, a free port.
    pub listen: Option<SocketAddr>,
    /// Names that clients may put into `Host`, beside `localhost`, `workspace.test` and the address. On an
    /// unspecified address every IP address is taken for one of this machine: no web page can put another
    /// one than it connects to into `Host`.
    pub host_aliases: Vec<String>,
    /// The longest body of a request; a longer one is answered 413.
    pub body_bytes_max: usize,
    /// How much memory the bodies of all requests may take until they are answered. A request that finds
    /// no room is answered 503, and its connection ends.
    pub bodies_bytes_max: usize,
    /// How long a whole body may take, however steadily it comes; then the answer is 408. That it may not
    /// stand still is in `limits`.
    pub whole_body_timeout: Duration,
    /// Whether a connection stays open for another request after an answer.
    pub keep_alive: bool,
    /// What is shown to clients, if they connect by TLS.
    pub certificate: Option<Certificate>,
    /// What clients may use.
    pub limits: Limits,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            listen: None,
            host_aliases: Vec::new(),
            body_bytes_max: 16 * 1024 * 1024,
            bodies_bytes_max: 256 * 1024 * 1024,
            whole_body_timeout: Duration::from_secs(300),
            keep_alive: true,
            certificate: None,
            limits: Limits::default(),
        }
    }
}

/// A running server. Dropped, it stops in the background.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    url: String,
    worker: Worker,
}

impl Server {
    /// Serves the handler. Once this returns, connections are taken.
    ///
    /// Requests are answered one at a time, in the order in which they were read whole; the delays of
    /// replies run side by side. A handler that panics costs that one request (500) and keeps its state.
    pub fn start<H: Handler + ?Sized>(
        handler: Arc<Mutex<H>>,
        options: ServerOptions,
    ) -> Result<Self> {
        let ServerOptions { listen, host_aliases, keep_alive, certificate, limits, .. } = options;
        let (listener, address) = listen::bind(listen)?;
        let url = listen::url(address, certificate.is_some());
        let desk = Arc::new(Desk {
            guard: Guard::new(address, &host_aliases, Absolute::Any),
            clock: Clock::start(),
            body_bytes_max: options.body_bytes_max,
            budget: Arc::new(Budget::new(options.body_bytes_max, options.bodies_bytes_max)),
            body_timeout: limits.body_timeout,
            whole_body_timeout: options.whole_body_timeout,
            handler,
        });
        let tls = certificate.map(|certificate| certificate.acceptor());
        let connections = Connections::new(&limits, keep_alive, tls);
        let worker = Worker::start("server", move |stop| {
            listen::serve(listener, limits, connections, stop, move |_, heads, request| {
                let desk = Arc::clone(&desk);
                async move { desk.answer(&heads, request).await }
            })
        })?;
        Ok(Self { address, url, worker })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL for clients on this machine, without a slash at its end.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Whether only this machine can reach it.
    pub fn is_loopback(&self) -> bool {
        self.address.ip().is_loopback()
    }

    /// Takes no more connections, finishes what is in flight (for `drain_timeout` at most) and returns
    /// when all is over.
    pub fn stop(self) {
        self.worker.stop();
    }
}

/// Everything that a request needs on its way to the handler.
struct Desk<H: ?Sized> {
    guard: Guard,
    clock: Clock,
    body_bytes_max: usize,
    budget: Arc<Budget>,
    body_timeout: Duration,
    whole_body_timeout: Duration,
    handler: Arc<Mutex<H>>,
}

impl<H: Handler + ?Sized> Desk<H> {
    async fn answer(
        &self,
        heads: &Heads,
        request: http::Request<Incoming>,
    ) -> http::Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let target = match self.guard.admit(&head, heads) {
            Ok(target) => target,
            Err(refusal) => return last(refusal, &head.method),
        };
        let mut share = Share::new(Arc::clone(&self.budget));
        let read = self.read(&head, body, &mut share);
        let body = match tokio::time::timeout(self.whole_body_timeout, read).await {
            Ok(Ok(body)) => body,
            Ok(Err(refusal)) => return last(refusal, &head.method),
            Err(_) => return last(too_slow(), &head.method),
        };
        let hop = convert::hop_by_hop(&head.headers);
        let headers = convert::kept(head.headers, &hop);
        let request = Request { method: head.method, target, headers, body: Body::Whole(body) };
        let Reply { response, delay_us } = self.ask(&request);
        let method = request.method.clone();
        drop((request, share));
        if delay_us > 0 {
            tokio::time::sleep(Duration::from_micros(delay_us)).await;
        }
        convert::response(response, &method)
    }

    async fn read(
        &self,
        head: &Parts,
        mut body: Incoming,
        share: &mut Share,
    ) -> Result<Bytes, Response> {
        let declared = body.size_hint().lower();
        if declared > self.body_bytes_max as u64 && head.headers.contains_key(header::EXPECT) {
            // It waits for leave to send, and does not get it.
            return Err(self.too_long());
        }
        let mut first = Bytes::new();
        let mut whole = BytesMut::new();
        let mut passed = 0;
        let mut refusal = None;
        while let Some(chunk) = self.next_chunk(&mut body).await? {
            passed += chunk.len();
            if passed > self.body_bytes_max {
                refusal = Some(self.too_long());
            } else if refusal.is_none() && !share.grow(chunk.len()) {
                refusal = Some(no_room());
            }
            if refusal.is_some() {
                // The client gets to read why only if it gets to send what it sends.
                if passed > self.body_bytes_max.saturating_add(DISCARDED_BYTES_MAX) {
                    break;
                }
                (first, whole) = (Bytes::new(), BytesMut::new());
                share.clear();
            } else if first.is_empty() {
                // The common body comes in one piece and is not copied.
                first = chunk;
            } else {
                if whole.is_empty() {
                    whole.extend_from_slice(&first);
                }
                whole.extend_from_slice(&chunk);
            }
        }
        match refusal {
            Some(refusal) => Err(refusal),
            None if whole.is_empty() => Ok(first),
            None => Ok(whole.freeze()),
        }
    }

    async fn next_chunk(&self, body: &mut Incoming) -> Result<Option<Bytes>, Response> {
        loop {
            let frame = tokio::time::timeout(self.body_timeout, body.frame()).await;
            match frame {
                Ok(None) => return Ok(None),
                Ok(Some(Ok(frame))) => {
                    // What is no data are trailers, and no handler asks for those.
                    if let Ok(chunk) = frame.into_data() {
                        return Ok(Some(chunk));
                    }
                }
                Ok(Some(Err(_))) => {
                    let why = "The body of this request broke off.";
                    return Err(Response::error(400, "MALFORMED_REQUEST", why));
                }
                Err(_) => return Err(too_slow()),
            }
        }
    }

    fn too_long(&self) -> Response {
        let message = format!("The body of this request exceeds {} bytes.", self.body_bytes_max);
        Response::error(413, "REQUEST_ENTITY_TOO_LARGE", &message)
    }

    /// Asks the handler. The lock is held for the call alone.
    fn ask(&self, request: &Request) -> Reply {
        let answer = catch_unwind(AssertUnwindSafe(|| {
            let mut handler = self.handler.lock().unwrap_or_else(PoisonError::into_inner);
            // Read under the lock: the times that a handler sees never go back.
            handler.answer(request, self.clock.now_us())
        }));
        answer.unwrap_or_else(|_| {
            let message = "jobdeck failed on this request. This is a defect; stderr says where.";
            Response::error(500, "INTERNAL_ERROR", message).into()
        })
    }
}

fn too_slow() -> Response {
    Response::error(408, "REQUEST_TIMEOUT", "The body of this request did not come in time.")
}

fn no_room() -> Response {
    let message =
        "jobdeck has no room for the body of this request beside those of others. Try again.";
    Response::error(503, "TEMPORARILY_UNAVAILABLE", message)
}

/// An answer that ends the connection.
pub(super) fn last(mut reply: Response, method: &Method) -> http::Response<Full<Bytes>> {
    reply.headers.remove("connection");
    let mut response = convert::response(reply, method);
    response.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
    response
}
