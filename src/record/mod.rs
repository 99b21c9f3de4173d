//! Keeps what passes between clients and a workspace.
//!
//! [`Deck`] is a [`Proxy`] whose tap is a [`Recorder`], and the recorder hands every
//! exchange to a [`Journal`]. Its gate holds back the [`Writes`] that
//! are not allowed, and its [`Desk`] tells how it stands. Nothing here reads a body as it passes, or decides what
//! is a secret. What cannot be kept is not forwarded: a recording may fail, but it is never thinner than what
//! passed.

mod desk;
mod line;
mod plain_path;
mod recorder;
mod server;
mod tally;
mod writes;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

pub use desk::Desk;
pub use line::Line;
pub use recorder::Recorder;
pub use server::{Outcome, Server};
pub use tally::Counts;
pub use writes::Writes;

use writes::Turnstile;

use crate::{
    cassette::{Cassette, Finished, Journal, Keep, Mode, Options, Policy, Recovered, Times, Watch},
    error::{Error, Kind, Result},
    life::{self, Unended},
    net::{self, Gate, Proxy, ProxyOptions},
};

/// How much of a recording may wait for the disk before clients do.
const QUEUE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The longest cassette that is read again at its end, in bytes: that takes a second or two.
const READ_AGAIN_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// What is recorded, and how.
#[derive(Clone, Debug)]
pub struct RecordOptions {
    /// Where the cassette lies, or shall.
    pub cassette: PathBuf,
    /// How an existing cassette is treated.
    pub mode: Mode,
    /// How the deck listens, and where it forwards to. Its `first_seq` and `after_us` are set by the
    /// cassette.
    pub proxy: ProxyOptions,
    /// The JSON pointers whose values clients make up.
    pub volatile: Vec<String>,
    /// What is redacted.
    pub policy: Policy,
    /// Whether a client sees the end of a response only once the exchange is on the disk.
    pub durable: bool,
    /// Which writes may reach the workspace. This is the proxy's gate.
    pub writes: Writes,
    /// What is kept of times.
    pub times: Times,
    /// Is shown every exchange as it is kept, but for its times, which are the true ones.
    pub watch: Option<Arc<dyn Watch>>,
}

impl RecordOptions {
    /// The defaults: a new cassette at this path, of this upstream.
    pub fn new(cassette: impl Into<PathBuf>, upstream: impl Into<String>) -> Self {
        Self {
            cassette: cassette.into(),
            mode: Mode::default(),
            proxy: ProxyOptions::new(upstream),
            volatile: Vec::new(),
            policy: Policy::default(),
            durable: false,
            writes: Writes::All,
            times: Times::Keep,
            watch: None,
        }
    }
}

/// A deck that records. Dropped without [`Deck::finish`], it leaves what it kept to be recovered.
#[derive(Debug)]
pub struct Deck {
    proxy: Proxy,
    recorder: Arc<Recorder>,
    turnstile: Arc<Turnstile>,
    recovered: Option<Recovered>,
    set_aside: Option<PathBuf>,
    upstream: String,
    cassette: PathBuf,
    began_us: u64,
}

/// What a recording has come to.
#[derive(Clone, Debug)]
pub struct Recording {
    /// What became of the cassette.
    pub finished: Finished,
    /// How the exchanges ended.
    pub counts: Counts,
    /// How many writes were refused, by the path of their endpoint behind its version. Counted among those
    /// that the deck itself answered.
    pub refused: BTreeMap<&'static str, u64>,
    /// The runs that it shows, but never as ended. None if it is too long to be read again for that.
    pub unended: Option<Vec<Unended>>,
}

/// What a recording is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It can be trusted.
    Clean,
    /// The workspace gave no whole answer to any request.
    Unanswered,
    /// Something in it looked like a credential that no rule knows, and was blanked.
    Suspicious,
}

impl Recording {
    /// What it is worth.
    pub fn verdict(&self) -> Verdict {
        if self.counts.is_unanswered() {
            Verdict::Unanswered
        } else if self.finished.residues.is_empty() {
            Verdict::Clean
        } else {
            Verdict::Suspicious
        }
    }
}

impl Deck {
    /// Opens the recording and takes connections.
    pub fn start(options: RecordOptions) -> Result<Self> {
        let RecordOptions {
            cassette,
            mode,
            proxy,
            volatile,
            policy,
            durable,
            writes,
            times,
            watch,
        } = options;
        let began_us = net::now_us();
        let journal = Journal::create(
            &cassette,
            Options {
                mode,
                recorded: rfc_3339(began_us)?,
                upstream: proxy.upstream.clone(),
                volatile,
                policy,
                durable,
                queue_bytes_max: QUEUE_BYTES_MAX,
                times,
                watch,
            },
        )?;
        let recovered = journal.recovered().cloned();
        let set_aside = journal.set_aside().map(Path::to_owned);
        let (first_seq, after_us) = (journal.next_seq(), journal.after_us());
        let upstream = journal.upstream().to_owned();
        let recorder = Arc::new(Recorder::new(journal));
        let tap = Arc::clone(&recorder);
        let turnstile = Arc::new(Turnstile::new(writes));
        let gate: Arc<dyn Gate> = Arc::clone(&turnstile) as Arc<dyn Gate>;
        match Proxy::start(ProxyOptions { first_seq, after_us, gate: Some(gate), ..proxy }, tap) {
            Ok(proxy) => Ok(Self {
                proxy,
                recorder,
                turnstile,
                recovered,
                set_aside,
                upstream,
                cassette,
                began_us,
            }),
            Err(error) => {
                // Nothing was recorded, so that this leaves nothing behind; why it failed counts more.
                let _ = recorder.finish(Keep::Failed);
                Err(error)
            }
        }
    }

    /// The base URL for clients on this machine, without a slash at its end.
    pub fn url(&self) -> String {
        self.proxy.url()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.proxy.address()
    }

    /// Whether only this machine can reach it.
    pub fn is_loopback(&self) -> bool {
        self.proxy.is_loopback()
    }

    /// The desk beside it, which may outlast it.
    pub fn desk(&self) -> Desk {
        Desk {
            recorder: Arc::clone(&self.recorder),
            turnstile: Arc::clone(&self.turnstile),
            url: self.url(),
            upstream: self.upstream.clone(),
            cassette: self.cassette.clone(),
            began_us: self.began_us,
        }
    }

    /// What was saved of an earlier recording that had crashed.
    pub fn recovered(&self) -> Option<&Recovered> {
        self.recovered.as_ref()
    }

    /// Where a damaged journal of an earlier recording was moved, out of this one's way.
    pub fn set_aside(&self) -> Option<&Path> {
        self.set_aside.as_deref()
    }

    /// Finishes what is in flight and ends the recording. If something could not be kept, this is the
    /// error that says so. A recording in which the upstream answered nothing replaces no cassette: it is
    /// kept as one that failed.
    pub fn finish(self, keep: Keep) -> Result<Recording> {
        self.proxy.stop();
        let counts = self.recorder.counts();
        let keep = if counts.is_without_answers() { Keep::Failed } else { keep };
        let refused = self.turnstile.refused();
        let finished = self.recorder.finish(keep)?;
        let unended = match &finished.path {
            Some(path) => unended(path)?,
            None => Some(Vec::new()),
        };
        Ok(Recording { finished, counts, refused, unended })
    }
}

/// The runs that never end in a cassette; none if it is too long to be read for that.
fn unended(cassette: &Path) -> Result<Option<Vec<Unended>>> {
    let is_long = cassette.metadata().is_ok_and(|data| data.len() > READ_AGAIN_BYTES_MAX);
    if is_long {
        return Ok(None);
    }
    Cassette::load(cassette).map(|cassette| Some(life::unended(&cassette.exchanges)))
}

/// A time of day to the second, in UTC.
pub fn rfc_3339(now_us: u64) -> Result<String> {
    i64::try_from(now_us)
        .ok()
        .and_then(|now_us| jiff::Timestamp::from_microsecond(now_us).ok())
        .map(|time| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
        .ok_or_else(|| {
            Error::new(Kind::Environment, "failed to tell the time")
                .because("this machine's clock is beyond all calendars")
                .hint("set the clock")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(now_us: u64, expected: Option<&str>) {
        assert_eq!(rfc_3339(now_us).ok().as_deref(), expected);
    }

    #[test]
    fn times_are_told_to_the_second() {
        check(0, Some("1970-01-01T00:00:00Z"));
        check(1_795_434_000_999_999, Some("2026-11-23T11:40:00Z"));
        check(u64::MAX, None);
    }
}
