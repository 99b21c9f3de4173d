//! What is checked: a server on the network, or a handler in this process.

use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, TryRecvError},
    },
    time::Duration,
};

use bytes::Bytes;

use crate::{
    error::{Error, Kind, Result},
    exchange::{Body, Handler, Request, Response, decoded},
    net::{Client, Sent, Signal},
};

/// What is checked, with the clock by which it is done.
pub trait Target {
    /// What it is called in reports: its URL, or what it is.
    fn name(&self) -> &str;

    /// Sends requests at the same time; what came of each, in their order.
    fn send(&mut self, requests: Vec<Request>) -> Vec<Sent>;

    /// Sends a request and leaves before the answer: gives when it was sent, and how long that took.
    fn abandon(&mut self, request: &Request) -> (u64, u64);

    /// Microseconds since the start.
    fn now_us(&self) -> u64;

    /// The time of day at the start, in microseconds since 1970, by the clock of the one who checks.
    fn epoch_us(&self) -> u64;

    /// Lets time pass. Less of it if it is interrupted.
    fn wait(&mut self, duration: Duration);

    /// Whether its time is that of the one who checks, who has to wait.
    fn is_waited_for(&self) -> bool;

    /// Whether somebody wants the check to end.
    fn is_interrupted(&mut self) -> bool;

    /// Forgets that somebody wanted it: what follows cleans up.
    fn resume(&mut self) {}

    /// Whether it is in this process or on this machine.
    fn is_local(&self) -> bool;

    /// The same target by the same clock, for somebody who works on it at the same time; none where that cannot
    /// be.
    fn beside(&self) -> Option<Result<Box<dyn Target + Send>>> {
        None
    }
}

/// How long an answer takes in this process, in microseconds of its own time.
const ANSWER_US: u64 = 1000;

/// A handler in this process, with a time of its own: nothing waits.
pub struct Embedded<H> {
    handler: H,
    epoch_us: u64,
    now_us: u64,
}

impl<H: Handler> Embedded<H> {
    /// Checks a handler whose time starts at `epoch_us`, in microseconds since 1970.
    pub fn new(handler: H, epoch_us: u64) -> Self {
        Self { handler, epoch_us, now_us: 0 }
    }
}

impl<H: Handler> Target for Embedded<H> {
    fn name(&self) -> &'static str {
        "the embedded workspace"
    }

    fn send(&mut self, requests: Vec<Request>) -> Vec<Sent> {
        let at_us = self.now_us;
        let mut end_us = at_us;
        let mut sent = Vec::with_capacity(requests.len());
        for request in requests {
            let reply = self.handler.answer(&request, self.epoch_us.saturating_add(at_us));
            let took_us = ANSWER_US.saturating_add(reply.delay_us);
            end_us = end_us.max(at_us.saturating_add(took_us));
            let mut response = reply.response;
            decode(&mut response);
            sent.push(Sent { at_us, took_us, response: Ok(response) });
        }
        self.now_us = end_us + 1;
        sent
    }

    fn abandon(&mut self, request: &Request) -> (u64, u64) {
        let sent = self.send(vec![request.clone()]).pop();
        sent.map_or((self.now_us, 0), |sent| (sent.at_us, sent.took_us))
    }

    fn now_us(&self) -> u64 {
        self.now_us
    }

    fn epoch_us(&self) -> u64 {
        self.epoch_us
    }

    fn wait(&mut self, duration: Duration) {
        let us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.now_us = self.now_us.saturating_add(us);
    }

    fn is_waited_for(&self) -> bool {
        false
    }

    fn is_interrupted(&mut self) -> bool {
        false
    }

    fn is_local(&self) -> bool {
        true
    }
}

/// A server on the network.
pub struct Remote {
    url: String,
    /// What takes the place of `/api/2.0` in every path.
    base_path: String,
    client: Client,
    signals: Option<Receiver<Signal>>,
    /// Known to all who work on it.
    interrupted: Arc<AtomicBool>,
}

/// The path below which the endpoints stand.
pub const BASE_PATH: &str = "/api/2.0";

impl Remote {
    /// Checks the server at a URL, whose endpoints stand below `base_path`, until a signal comes.
    pub fn new(url: &str, base_path: &str, signals: Option<Receiver<Signal>>) -> Result<Self> {
        let base_path = base_path.trim_end_matches('/').to_owned();
        if !base_path.is_empty() && !base_path.starts_with('/') {
            return Err(Error::new(Kind::Usage, format!("failed to use base path `{base_path}`"))
                .because("it does not start with a slash")
                .hint("write it as /api/2.0"));
        }
        let url = url.trim_end_matches('/').to_owned();
        Ok(Self {
            client: Client::new(&url)?,
            url,
            base_path,
            signals,
            interrupted: Arc::default(),
        })
    }

    /// The request as this server knows it.
    fn outward(&self, mut request: Request) -> Request {
        if let Some(rest) = request.target.strip_prefix(BASE_PATH) {
            request.target = format!("{}{rest}", self.base_path);
        }
        request
    }
}

impl Target for Remote {
    fn name(&self) -> &str {
        &self.url
    }

    fn send(&mut self, requests: Vec<Request>) -> Vec<Sent> {
        let requests = requests.into_iter().map(|request| self.outward(request)).collect();
        let mut sent = self.client.send_all(requests);
        for sent in &mut sent {
            if let Ok(response) = &mut sent.response {
                decode(response);
            }
        }
        sent
    }

    fn abandon(&mut self, request: &Request) -> (u64, u64) {
        let request = self.outward(request.clone());
        self.client.abandon(&request)
    }

    fn now_us(&self) -> u64 {
        self.client.elapsed_us()
    }

    fn epoch_us(&self) -> u64 {
        self.client.epoch_us()
    }

    fn wait(&mut self, duration: Duration) {
        match self.signals.as_ref().map(|signals| signals.recv_timeout(duration)) {
            Some(Ok(_)) => self.interrupted.store(true, Ordering::Relaxed),
            Some(Err(RecvTimeoutError::Timeout)) => {}
            // Nobody sends on this one: all that comes of it is the time that it takes.
            Some(Err(RecvTimeoutError::Disconnected)) | None => {
                let (_sender, silence) = std::sync::mpsc::channel::<()>();
                let _ = silence.recv_timeout(duration);
            }
        }
    }

    fn is_waited_for(&self) -> bool {
        true
    }

    fn is_interrupted(&mut self) -> bool {
        match self.signals.as_ref().map(Receiver::try_recv) {
            Some(Ok(_)) => self.interrupted.store(true, Ordering::Relaxed),
            Some(Err(TryRecvError::Empty | TryRecvError::Disconnected)) | None => {}
        }
        self.interrupted.load(Ordering::Relaxed)
    }

    fn resume(&mut self) {
        self.interrupted.store(false, Ordering::Relaxed);
    }

    fn is_local(&self) -> bool {
        self.client.is_loopback()
    }

    fn beside(&self) -> Option<Result<Box<dyn Target + Send>>> {
        Some(self.client.beside().map(|client| {
            let (url, base_path) = (self.url.clone(), self.base_path.clone());
            let interrupted = Arc::clone(&self.interrupted);
            Box::new(Self { url, base_path, client, signals: None, interrupted }) as _
        }))
    }
}

/// Takes a content coding away, if it is a known one.
fn decode(response: &mut Response) {
    let decoded = decoded(&response.headers, response.body.bytes());
    if let Some(Cow::Owned(plain)) = decoded {
        response.body = Body::Whole(Bytes::from(plain));
        response.headers.remove("content-encoding");
        response.headers.remove("content-length");
    }
}
