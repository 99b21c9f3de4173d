//! A workspace on a port, for tests that are written in Rust.

use serde_json::Value;

use super::{Options, Workspace};
use crate::{error::Result, net::Hosted};

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
pub struct Server(Hosted<Workspace>);

/// How a workspace ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// What was in it: `{"now_ms", "jobs", "runs", "active_runs", "tokens"}`.
    pub status: Value,
}

impl Server {
    /// Serves a new workspace.
    pub fn start(options: Options) -> Result<Self> {
        Hosted::start(Workspace::new(options)).map(Self)
    }

    /// The base URL, without a slash at its end.
    pub fn url(&self) -> String {
        self.0.url()
    }

    /// Lets `ms` milliseconds pass; an error unless the clock is manual.
    pub fn advance(&self, ms: u64) -> Result<()> {
        self.0.core().advance(ms)
    }

    /// Finishes what is in flight, stops and tells what was in it.
    pub fn finish(self) -> Result<Outcome> {
        Ok(Outcome { status: self.0.stop(|workspace| workspace.status()) })
    }
}
