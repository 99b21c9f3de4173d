//! A replay on a port, for tests that are written in Rust.

use std::path::Path;

use super::{Options, Receipt, Recording, Replayer, Verdict};
use crate::{cassette::Cassette, error::Result, net::Hosted};

/// Answers from cassettes on a free port of this machine, on a thread of its own: it can be used with any
/// runtime and without one. Dropped, it stops in the background.
///
/// ```
/// # use std::io::{Read as _, Write as _};
/// let server = jobdeck::replay::Server::start("cassettes/quickstart.json")?;
/// # let get = |target: &str| -> std::io::Result<String> {
/// #     let address = server.url().trim_start_matches("http://").to_owned();
/// #     let mut stream = std::net::TcpStream::connect(&address)?;
/// #     write!(stream, "GET {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
/// #     let mut answer = String::new();
/// #     stream.read_to_string(&mut answer)?;
/// #     Ok(answer)
/// # };
/// // What is tested asks `server.url()` in place of the workspace.
/// let answer = get("/api/2.0/jobs/runs/get?run_id=1")?;
///
/// let outcome = server.finish()?;
/// assert!(answer.contains("JOBDECK_MISS"));
/// assert_eq!(outcome.receipt.missed, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Server(Hosted<Replayer>);

/// How a replay ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What was served, missed and left unused.
    pub receipt: Receipt,
    /// What that comes to.
    pub verdict: Verdict,
}

impl Server {
    /// Replays the cassette at a path.
    pub fn start(cassette: impl AsRef<Path>) -> Result<Self> {
        Self::start_with(cassette, Options::default())
    }

    /// Replays the cassette at a path in a way of its own.
    pub fn start_with(cassette: impl AsRef<Path>, options: Options) -> Result<Self> {
        let path = cassette.as_ref();
        let recording = Recording::from(Cassette::load(path)?).named(path.display().to_string());
        Self::of(Replayer::new(recording, options))
    }

    /// Replays what is ready.
    pub fn of(replayer: Replayer) -> Result<Self> {
        Hosted::start(replayer).map(Self)
    }

    /// The base URL, without a slash at its end.
    pub fn url(&self) -> String {
        self.0.url()
    }

    /// Finishes what is in flight, stops and tells how it went.
    pub fn finish(self) -> Result<Outcome> {
        Ok(self.0.stop(|replayer| {
            let receipt = replayer.receipt();
            let verdict = receipt.verdict(replayer.options.strict);
            Outcome { receipt, verdict }
        }))
    }
}

impl Outcome {
    /// Panics with the receipt unless all held, for the end of a test.
    #[track_caller]
    pub fn assert_clean(&self) {
        assert!(self.verdict == Verdict::Clean, "the replay did not hold\n{}", self.receipt);
    }
}
