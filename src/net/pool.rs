//! Connections to the upstream that wait for their next request.
//!
//! Kept by hand, because a general client pays for keys, futures and wake-ups that one upstream does not need.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use hyper::client::conn::http2::SendRequest;

use super::{
    sender::{Sender, Sent},
    tee::Outgoing,
    upstream::Upstream,
};

/// How many connections may wait.
const IDLE_MAX: usize = 256;

/// The connections of a proxy.
pub(super) struct Pool {
    upstream: Upstream,
    idle_timeout: Duration,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    /// For one request each. The one that waits longest stands in front.
    idle: VecDeque<(Sender<Outgoing>, Instant)>,
    /// For many requests, and so never taken away; and when it was used last.
    shared: Option<(SendRequest<Outgoing>, Instant)>,
}

/// A connection in use. Dropped, it is closed unless others share it; only a whole exchange gives it back.
pub(super) struct Lease {
    pool: Arc<Pool>,
    sender: Sender<Outgoing>,
    /// Whether it has served before, so that the upstream may have closed it meanwhile.
    pub(super) reused: bool,
}

impl Pool {
    /// A pool without connections. One that waits for longer than `idle_timeout` is not used again.
    pub(super) fn new(upstream: Upstream, idle_timeout: Duration) -> Arc<Self> {
        Arc::new(Self { upstream, idle_timeout, waiting: Mutex::default() })
    }

    /// Where it connects to.
    pub(super) fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    /// A connection that is ready: the one that is shared, or the one used last, else a new one.
    pub(super) async fn lease(self: &Arc<Self>) -> io::Result<Lease> {
        while let Some(mut sender) = self.take() {
            if sender.ready().await.is_ok() {
                return Ok(Lease { pool: Arc::clone(self), sender, reused: true });
            }
        }
        self.lease_new().await
    }

    /// A new connection.
    pub(super) async fn lease_new(self: &Arc<Self>) -> io::Result<Lease> {
        // Apart from the future of every exchange, which is moved several times and need not be as large.
        let sender = Box::pin(self.upstream.connect()).await?;
        if let Sender::Http2(sender) = &sender {
            self.waiting().shared = Some((sender.clone(), Instant::now()));
        }
        Ok(Lease { pool: Arc::clone(self), sender, reused: false })
    }

    fn take(&self) -> Option<Sender<Outgoing>> {
        let mut waiting = self.waiting();
        // Whoever uses one that is too old still has a share of it.
        waiting.shared = waiting
            .shared
            .take()
            .filter(|(shared, since)| !shared.is_closed() && since.elapsed() <= self.idle_timeout);
        if let Some((shared, since)) = &mut waiting.shared {
            *since = Instant::now();
            return Some(Sender::Http2(shared.clone()));
        }
        let (sender, since) = waiting.idle.pop_back()?;
        if since.elapsed() <= self.idle_timeout {
            return Some(sender);
        }
        // All the others wait for longer.
        waiting.idle.clear();
        None
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // Nothing panics while it holds the lock.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease {
    /// Sends a request to the upstream.
    pub(super) async fn send(&mut self, request: http::Request<Outgoing>) -> Sent<Outgoing> {
        self.pool.upstream.send(&mut self.sender, request).await
    }

    /// The exchange is over on both ways: the connection may serve the next one.
    pub(super) fn give_back(self) {
        let Self { pool, sender, .. } = self;
        if matches!(sender, Sender::Http2(_)) || sender.is_closed() {
            return;
        }
        let now = Instant::now();
        let mut waiting = pool.waiting();
        while waiting.idle.front().is_some_and(|(sender, since)| {
            sender.is_closed() || now.duration_since(*since) > pool.idle_timeout
        }) {
            waiting.idle.pop_front();
        }
        if waiting.idle.len() < IDLE_MAX {
            waiting.idle.push_back((sender, now));
        }
    }
}
