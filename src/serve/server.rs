//! A workspace on a port, for tests that are written in Rust.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::{Options, Workspace};
use crate::{
    error::Result,
    net::{self, ServerOptions},
};

/// The reference workspace on a free port of this machine, on a thread of its own: it can be used with any
/// runtime and without one. Dropped, it stops in the background.
///
/// ```
/// # use std::io::{Read as _, Write as _};
/// use jobdeck::serve::{Clock, Options, Server};
///
/// // Two hours pass in no time.
/// let server = Server::start(Options { clock: Clock::Manual, ..Options::default() })?;
/// server.advance(2 * 60 * 60 * 1000)?;
/// # let address = server.url().trim_start_matches("http://").to_owned();
/// # let mut stream = std::net::TcpStream::connect(&address)?;
/// # write!(stream, "GET /api/2.0/jobs/list HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer x\r\nconnection: close\r\n\r\n")?;
/// # let mut answer = String::new();
/// # stream.read_to_string(&mut answer)?;
/// # assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
/// let outcome = server.finish()?;
/// assert_eq!(outcome.status["jobs"], 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Server {
    server: net::Server,
    workspace: Arc<Mutex<Workspace>>,
}

/// How a workspace ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What was in it: `{"now_ms", "jobs", "runs", "active_runs", "tokens"}`.
    pub status: Value,
}

impl Server {
    /// Serves a new workspace.
    pub fn start(options: Options) -> Result<Self> {
        let workspace = Arc::new(Mutex::new(Workspace::new(options)));
        let server = net::Server::start(Arc::clone(&workspace), ServerOptions::on_a_free_port())?;
        Ok(Self { server, workspace })
    }

    /// The base URL, without a slash at its end.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Lets `ms` milliseconds pass; an error unless the clock is manual.
    pub fn advance(&self, ms: u64) -> Result<()> {
        self.workspace.lock().unwrap_or_else(PoisonError::into_inner).advance(ms)
    }

    /// Finishes what is in flight, stops and tells what was in it.
    pub fn finish(self) -> Result<Outcome> {
        self.server.stop();
        // A panic is told by the server.
        let workspace = self.workspace.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Outcome { status: workspace.status() })
    }
}
