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
    clock::Clock,
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
    /// What clients may use.
    pub limits: Limits,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            listen: None,
            host_aliases: Vec::new(),
            body_bytes_max: 16 * 1024 * 1024,
            limits: Limits::default(),
        }
    }
}

/// A running server. Dropped, it stops in the background.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
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
        let ServerOptions { listen, host_aliases, body_bytes_max, limits } = options;
        let (listener, address) = listen::bind(listen)?;
        let desk = Arc::new(Desk {
            guard: Guard::new(address, &host_aliases, Absolute::Any),
            clock: Clock::start(),
            body_bytes_max,
            body_timeout: limits.body_timeout,
            handler,
        });
        let worker = Worker::start("server", move |stop| {
            listen::serve(listener, limits, stop, move |_, heads, request| {
                let desk = Arc::clone(&desk);
                async move { desk.answer(&heads, request).await }
            })
        })?;
        Ok(Self { address, worker })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL for clients on this machine, without a slash at its end.
    pub fn url(&self) -> String {
        listen::url(self.address)
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
    body_timeout: Duration,
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
        let body = match self.read(&head, body).await {
            Ok(body) => body,
            Err(refusal) => return last(refusal, &head.method),
        };
        let hop = convert::hop_by_hop(&head.headers);
        let headers = convert::kept(head.headers, &hop);
        let request = Request { method: head.method, target, headers, body: Body::Whole(body) };
        let Reply { response, delay_us } = self.ask(&request);
        if delay_us > 0 {
            tokio::time::sleep(Duration::from_micros(delay_us)).await;
        }
        convert::response(response, &request.method)
    }

    async fn read(&self, head: &Parts, mut body: Incoming) -> Result<Bytes, Response> {
        let declared = body.size_hint().lower();
        if declared > self.body_bytes_max as u64 && head.headers.contains_key(header::EXPECT) {
            // It waits for leave to send, and does not get it.
            return Err(self.too_long());
        }
        let mut first = Bytes::new();
        let mut whole = BytesMut::new();
        let mut passed = 0;
        while let Some(chunk) = self.next_chunk(&mut body).await? {
            passed += chunk.len();
            if passed > self.body_bytes_max {
                // The client gets to read why only if it gets to send what it sends.
                if passed - self.body_bytes_max > DISCARDED_BYTES_MAX {
                    return Err(self.too_long());
                }
                whole.clear();
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
        if passed > self.body_bytes_max {
            return Err(self.too_long());
        }
        Ok(if whole.is_empty() { first } else { whole.freeze() })
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
                Err(_) => {
                    let why = "The body of this request did not come in time.";
                    return Err(Response::error(408, "REQUEST_TIMEOUT", why));
                }
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

/// An answer that ends the connection.
pub(super) fn last(mut reply: Response, method: &Method) -> http::Response<Full<Bytes>> {
    reply.headers.remove("connection");
    let mut response = convert::response(reply, method);
    response.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
    response
}
