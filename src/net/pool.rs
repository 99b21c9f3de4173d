//! Connections to the upstream that wait for their next request.
//!
//! Kept by hand, because a general client pays for keys, futures and wake-ups that one upstream does not need.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use hyper::client::conn::http1::SendRequest;

use super::{tee::Outgoing, upstream::Upstream};

/// How many connections may wait.
const IDLE_MAX: usize = 256;

/// The connections of a proxy.
pub(super) struct Pool {
    upstream: Upstream,
    idle_timeout: Duration,
    /// The one that waits longest stands in front.
    idle: Mutex<VecDeque<(SendRequest<Outgoing>, Instant)>>,
}

/// A connection in use. Dropped, it is closed; only a whole exchange gives it back.
pub(super) struct Lease {
    pool: Arc<Pool>,
    /// What sends on it.
    pub(super) sender: SendRequest<Outgoing>,
    /// Whether it has served before, so that the upstream may have closed it meanwhile.
    pub(super) reused: bool,
}

impl Pool {
    /// A pool without connections. One that waits for longer than `idle_timeout` is not used again.
    pub(super) fn new(upstream: Upstream, idle_timeout: Duration) -> Arc<Self> {
        Arc::new(Self { upstream, idle_timeout, idle: Mutex::default() })
    }

    /// Where it connects to.
    pub(super) fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    /// A connection that is ready: the one used last, else a new one.
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
        let sender = self.upstream.connect().await?;
        Ok(Lease { pool: Arc::clone(self), sender, reused: false })
    }

    fn take(&self) -> Option<SendRequest<Outgoing>> {
        let mut idle = self.idle();
        self.evict(&mut idle);
        idle.pop_back().map(|(sender, _)| sender)
    }

    fn evict(&self, idle: &mut VecDeque<(SendRequest<Outgoing>, Instant)>) {
        while idle.front().is_some_and(|(sender, since)| {
            sender.is_closed() || since.elapsed() > self.idle_timeout
        }) {
            idle.pop_front();
        }
    }

    fn idle(&self) -> MutexGuard<'_, VecDeque<(SendRequest<Outgoing>, Instant)>> {
        // Nothing panics while it holds the lock.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease {
    /// The exchange is over on both ways: the connection may serve the next one.
    pub(super) fn give_back(self) {
        let Self { pool, sender, .. } = self;
        let mut idle = pool.idle();
        pool.evict(&mut idle);
        if idle.len() < IDLE_MAX && !sender.is_closed() {
            idle.push_back((sender, Instant::now()));
        }
    }
}
