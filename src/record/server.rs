//! A recorder on a port, for tests that are written in Rust.

use std::{net::Ipv4Addr, path::PathBuf};

use super::{Deck, RecordOptions, Recording, Verdict, recorder};
use crate::{cassette::Keep, error::Result};

/// Records what passes on a free port of this machine, on a thread of its own: it can be used with any runtime
/// and without one. Dropped without [`Server::finish`], say by a test that fails, it leaves an older cassette as
/// it is and seals what it has as `NAME.failed.json`.
///
/// ```
/// # use std::io::{Read as _, Write as _};
/// use jobdeck::{record, replay, serve};
///
/// # let folder = tempfile::tempdir()?;
/// # let cassette = folder.path().join("nightly.json");
/// # let get = |url: &str| -> std::io::Result<String> {
/// #     let address = url.trim_start_matches("http://");
/// #     let mut stream = std::net::TcpStream::connect(address)?;
/// #     write!(stream, "GET /api/2.0/jobs/list HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer x\r\nconnection: close\r\n\r\n")?;
/// #     let mut answer = String::new();
/// #     stream.read_to_string(&mut answer)?;
/// #     Ok(answer.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned())
/// # };
/// // In front of a workspace, which may also be a real one.
/// let workspace = serve::Server::start(serve::Options::default())?;
/// let recorder = record::Server::start(&cassette, workspace.url())?;
/// // What is tested asks `recorder.url()` in place of the workspace.
/// let recorded = get(&recorder.url())?;
/// let outcome = recorder.finish()?;
/// outcome.assert_clean();
/// assert_eq!(outcome.recording.finished.exchanges, 1);
/// workspace.finish()?;
///
/// // And ever after without it.
/// let replay = replay::Server::start(&cassette)?;
/// assert_eq!(get(&replay.url())?, recorded);
/// replay.finish()?.assert_clean();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Server {
    url: String,
    /// Taken when it ends.
    deck: Option<Deck>,
}

/// How a recording ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What became of what passed.
    pub recording: Recording,
    /// What that comes to.
    pub verdict: Verdict,
}

impl Server {
    /// Records an upstream, by its base URL, into a cassette at this path, which replaces an older one once it is
    /// whole.
    pub fn start(cassette: impl Into<PathBuf>, upstream: impl Into<String>) -> Result<Self> {
        Self::start_with(RecordOptions::new(cassette, upstream))
    }

    /// Records in a way of its own. Unless the options name an address, the port is a free one.
    pub fn start_with(mut options: RecordOptions) -> Result<Self> {
        options.proxy.listen.get_or_insert_with(|| (Ipv4Addr::LOCALHOST, 0).into());
        let deck = Deck::start(options)?;
        Ok(Self { url: deck.url(), deck: Some(deck) })
    }

    /// The base URL, without a slash at its end.
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Finishes what is in flight, stops, seals the cassette and tells what is in it. If something could not be
    /// kept, this is the error that says so.
    pub fn finish(mut self) -> Result<Outcome> {
        let deck = self.deck.take().ok_or_else(recorder::is_over)?;
        let recording = deck.finish(Keep::Seal)?;
        let verdict = recording.verdict();
        Ok(Outcome { recording, verdict })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(deck) = self.deck.take() {
            // Whoever fails has said why; what cannot be sealed now is recovered by the next recording.
            let _ = deck.finish(Keep::Failed);
        }
    }
}

impl Outcome {
    /// Panics with what is wrong unless the recording can be trusted, for the end of a test.
    #[track_caller]
    pub fn assert_clean(&self) {
        let Recording { finished, counts, .. } = &self.recording;
        match self.verdict {
            Verdict::Clean => {}
            Verdict::Unanswered => {
                let counts: Vec<_> = counts.named().filter(|(_, count)| *count > 0).collect();
                panic!("the workspace gave no whole answer to any request: {counts:?}")
            }
            Verdict::Suspicious => panic!(
                "these looked like credentials and were blanked: {:?}",
                finished.residues.iter().map(ToString::to_string).collect::<Vec<_>>()
            ),
        }
    }
}
