//! A core on a free port of this machine: what the servers for Rust tests have in common.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::server::{Server, ServerOptions};
use crate::{error::Result, exchange::Handler};

/// A core that is served as long as this lives, on a thread of its own. Dropped, it stops in the background.
#[derive(Debug)]
pub(crate) struct Hosted<H> {
    server: Server,
    core: Arc<Mutex<H>>,
}

impl<H: Handler> Hosted<H> {
    /// Serves a core.
    pub(crate) fn start(core: H) -> Result<Self> {
        let core = Arc::new(Mutex::new(core));
        let server = Server::start(Arc::clone(&core), ServerOptions::on_a_free_port())?;
        Ok(Self { server, core })
    }

    /// The base URL, without a slash at its end.
    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// The core, between two requests.
    pub(crate) fn core(&self) -> MutexGuard<'_, H> {
        locked(&self.core)
    }

    /// Finishes what is in flight, stops, and asks the core how it stands.
    pub(crate) fn stop<T>(self, ask: impl FnOnce(&mut H) -> T) -> T {
        self.server.stop();
        ask(&mut locked(&self.core))
    }
}

fn locked<H>(core: &Mutex<H>) -> MutexGuard<'_, H> {
    // A panic within an answer has been told by the server, and what the core counted still holds.
    core.lock().unwrap_or_else(PoisonError::into_inner)
}
