//! Serves a [`Handler`]: reads whole requests, gives them the time, waits as long as the reply says.

use std::{
    net::{Ipv4Addr, SocketAddr},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{Method, header};
use http_body_util::Full;
use hyper::body::Incoming;

use super::{
    capture::Budget,
    certificate::Certificate,
    clock::Clock,
    connection::Connections,
    convert,
    framing::Heads,
    guard::{Absolute, Guard},
    listen::{self, Limits},
    reading::Reading,
    rough::{self, Sky},
    runtime::Worker,
};
use crate::{
    error::Result,
    exchange::{Body, Handler, Reply, Request, Response},
    weather::{Action, Weather},
};

/// How a server listens.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// The address; without one 127.0.0.1:8421 or, if that is taken, a free port.
    pub listen: Option<SocketAddr>,
    /// Names that clients may put into `Host`, beside `localhost`, `workspace.test` and the address. On an
    /// unspecified address every IP address is taken for one of this machine: no web page can put another
    /// one than it connects to into `Host`.
    pub host_aliases: Vec<String>,
    /// Whether a page that this server gave may ask it, as far as it stands at the server's own address.
    pub own_page: bool,
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
    /// The trouble that requests meet.
    pub weather: Option<Weather>,
    /// What clients may use.
    pub limits: Limits,
}

impl ServerOptions {
    /// The defaults on a free port of this machine.
    pub fn on_a_free_port() -> Self {
        Self { listen: Some((Ipv4Addr::LOCALHOST, 0).into()), ..Self::default() }
    }
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            listen: None,
            host_aliases: Vec::new(),
            own_page: false,
            body_bytes_max: 16 * 1024 * 1024,
            bodies_bytes_max: 256 * 1024 * 1024,
            whole_body_timeout: Duration::from_secs(300),
            keep_alive: true,
            certificate: None,
            weather: None,
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
            guard: Guard::new(address, &host_aliases, limits.headers_max, Absolute::Any)
                .with_own_page(options.own_page),
            clock: Clock::start(),
            reading: Reading {
                body_bytes_max: options.body_bytes_max,
                budget: Arc::new(Budget::new(options.body_bytes_max, options.bodies_bytes_max)),
                pause_timeout: limits.body_timeout,
                whole_timeout: options.whole_body_timeout,
            },
            sky: options.weather.map(Sky::new),
            handler,
        });
        let tls = certificate.map(|certificate| certificate.acceptor(keep_alive));
        let connections = Connections::new(&limits, keep_alive, tls);
        let worker = Worker::start("server", move |stop| {
            listen::serve(listener, limits, connections, stop, move |_, heads, request| {
                let desk = Arc::clone(&desk);
                async move { rough::sent(desk.answer(&heads, request).await).await }
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
    reading: Reading,
    sky: Option<Sky>,
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
        let (body, share) = match self.reading.whole(&head, body).await {
            Ok(read) => read,
            Err(refusal) => return last(refusal, &head.method),
        };
        let action = match &self.sky {
            Some(sky) => sky.next(&head.method, &target).await.action,
            None => Action::Pass,
        };
        if let Action::Stop(sight) = action {
            return rough::instead(sight, &head.method);
        }
        let hop = convert::hop_by_hop(&head.headers);
        let headers = convert::only_kept(head.headers, &hop);
        let request = Request { method: head.method, target, headers, body: Body::Whole(body) };
        let Reply { response, delay_us } = self.ask(&request);
        let method = request.method.clone();
        drop((request, share));
        if delay_us > 0 {
            tokio::time::sleep(Duration::from_micros(delay_us)).await;
        }
        rough::with(convert::response(response, &method), action, &method)
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

/// An answer that ends the connection, if that is for one request at a time.
pub(super) fn last(mut reply: Response, method: &Method) -> http::Response<Full<Bytes>> {
    reply.headers.remove("connection");
    let mut response = convert::response(reply, method);
    response.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
    response
}
