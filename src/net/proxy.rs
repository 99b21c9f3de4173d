//! A streaming reverse proxy in front of one upstream. It never buffers what passes, and never lets a
//! request choose where it goes.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use super::{
    capture::Budget,
    certificate::Certificate,
    clock::Clock,
    connection::Connections,
    credentials::{Credentials, Tokens},
    flight::Ledger,
    forward::Forwarder,
    forward_proxy::ForwardProxy,
    front::{Front, Fronting},
    gate::Gate,
    guard::{Absolute, Guard},
    listen::{self, Limits},
    pool::Pool,
    reading::Reading,
    rough::{self, Sky},
    runtime::Worker,
    tap::Tap,
    upstream::{Access, ClientCertificate, Upstream},
    via::Via,
};
use crate::{
    error::{Error, Kind, Result},
    weather::Weather,
};

/// The longest body of a request that a front is asked about.
const FRONTED_BODY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How a proxy listens, and where it forwards to.
#[derive(Clone, Debug)]
pub struct ProxyOptions {
    /// The address; without one 127.0.0.1:8421 or, if that is taken, a free port.
    pub listen: Option<SocketAddr>,
    /// Names that clients may put into `Host` or into targets in absolute form, beside `localhost`,
    /// `workspace.test`, the address and (in absolute form) the upstream's host. On an unspecified address
    /// every IP address is taken for one of this machine: no web page can put another one than it
    /// connects to into `Host`.
    pub host_aliases: Vec<String>,
    /// `http://` or `https://`, a host, and if need be a port and a base path.
    pub upstream: String,
    /// A PEM file of certificates to trust beside those of the platform.
    pub upstream_ca: Option<PathBuf>,
    /// What is shown to an upstream that asks for a certificate.
    pub client_certificate: Option<ClientCertificate>,
    /// What stands between the deck and its upstream.
    pub forward_proxy: Option<ForwardProxy>,
    /// What is shown to clients, if they connect by TLS.
    pub certificate: Option<Certificate>,
    /// Set if the deck, and not its clients, holds the credential for the upstream.
    pub tokens: Option<Tokens>,
    /// What may answer in place of the upstream. Requests are then read whole before they are forwarded, and
    /// one whose body is longer than 64 MiB is answered 413.
    pub front: Option<Arc<Mutex<dyn Front>>>,
    /// Says which requests may pass; without one all may.
    pub gate: Option<Arc<dyn Gate>>,
    /// The trouble that requests meet which the gate lets pass.
    pub weather: Option<Weather>,
    /// Whether the upstream is asked for the encodings that the client asks for, and not for identity. For
    /// answers that name endpoints it is always asked for identity, because those are turned to the deck.
    pub keep_encoding: bool,
    /// The longest body that is kept; of a longer one only length and digest are told.
    pub recorded_body_bytes_max: usize,
    /// How much memory the kept bodies of all exchanges in flight may take. A body that finds no room
    /// passes as well, and counts as one that is too long.
    pub recorded_bytes_in_flight_max: usize,
    /// The `seq` of the first exchange; 1 unless a recording is continued.
    pub first_seq: u64,
    /// What the exchanges' times begin at, in microseconds; 0 unless a recording is continued.
    pub after_us: u64,
    /// How long a connection to the upstream may take, TLS included.
    pub connect_timeout: Duration,
    /// How long the upstream may take to begin its answer, counted from the last bytes of the request.
    pub response_timeout: Duration,
    /// How long the upstream may pause within its answer.
    pub idle_timeout: Duration,
    /// How long a connection to the upstream is kept for the next request.
    pub pool_timeout: Duration,
    /// What clients may use.
    pub limits: Limits,
}

impl ProxyOptions {
    /// The defaults in front of this upstream.
    pub fn new(upstream: impl Into<String>) -> Self {
        Self {
            listen: None,
            host_aliases: Vec::new(),
            upstream: upstream.into(),
            upstream_ca: None,
            client_certificate: None,
            forward_proxy: None,
            certificate: None,
            tokens: None,
            front: None,
            gate: None,
            weather: None,
            keep_encoding: false,
            recorded_body_bytes_max: 16 * 1024 * 1024,
            recorded_bytes_in_flight_max: 256 * 1024 * 1024,
            first_seq: 1,
            after_us: 0,
            connect_timeout: Duration::from_secs(10),
            response_timeout: Duration::from_secs(300),
            idle_timeout: Duration::from_secs(300),
            pool_timeout: Duration::from_secs(30),
            limits: Limits::default(),
        }
    }
}

/// A running proxy. Dropped, it stops in the background.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    url: String,
    worker: Worker,
}

impl Proxy {
    /// Forwards what comes, and tells the tap of it. Once this returns, connections are taken; whether the
    /// upstream can be reached shows with the first request.
    pub fn start(options: ProxyOptions, tap: Arc<dyn Tap>) -> Result<Self> {
        let access = Access {
            ca: options.upstream_ca.as_deref(),
            certificate: options.client_certificate.as_ref(),
            forward_proxy: options.forward_proxy,
            connect_timeout: options.connect_timeout,
        };
        let upstream = Upstream::new(&options.upstream, access)?;
        let credentials = options.tokens.as_ref().map(credentials).transpose()?;
        let (listener, address) = listen::bind(options.listen)?;
        let url = listen::url(address, options.certificate.is_some());
        let absolute = Absolute::Listed(upstream.host().to_ascii_lowercase());
        let budget =
            Budget::new(options.recorded_body_bytes_max, options.recorded_bytes_in_flight_max);
        let fronting = options.front.map(|front| Fronting {
            front,
            clock: Clock::start(),
            reading: Reading {
                body_bytes_max: FRONTED_BODY_BYTES_MAX,
                budget: Arc::new(Budget::new(
                    FRONTED_BODY_BYTES_MAX,
                    options.recorded_bytes_in_flight_max,
                )),
                pause_timeout: options.limits.body_timeout,
                whole_timeout: options.response_timeout,
            },
        });
        let forwarder = Arc::new(Forwarder {
            guard: Guard::new(address, &options.host_aliases, options.limits.headers_max, absolute),
            url: url.clone(),
            ledger: Arc::new(Ledger::new(tap, budget, options.first_seq, options.after_us)),
            pool: Pool::new(upstream, options.pool_timeout),
            via: Via::new(),
            credentials,
            fronting,
            gate: options.gate,
            sky: options.weather.map(Sky::new),
            keep_encoding: options.keep_encoding,
            response_timeout: options.response_timeout,
            idle_timeout: options.idle_timeout,
            upload_timeout: options.limits.body_timeout,
        });
        let limits = options.limits;
        let tls = options.certificate.map(|certificate| certificate.acceptor(true));
        let connections = Connections::new(&limits, true, tls);
        let worker = Worker::start("proxy", move |stop| {
            listen::serve(listener, limits, connections, stop, move |connection, heads, request| {
                let forwarder = Arc::clone(&forwarder);
                async move { rough::sent(forwarder.answer(connection, &heads, request).await).await }
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
    /// when the tap has been told of everything. What had not ended by then counts as left by the client.
    pub fn stop(self) {
        self.worker.stop();
    }
}

fn credentials(tokens: &Tokens) -> Result<Credentials> {
    Credentials::new(tokens).ok_or_else(|| {
        Error::new(Kind::Usage, "failed to use the upstream's token")
            .because("it holds characters that no header can carry")
            .hint("look for a line end or a blank at the end of the token")
    })
}
