//! What is written while recording.
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Policy, Recovered, Residue};
use crate::{error::Result, exchange::Exchange};

/// How a recording treats the cassette that is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// It is replaced.
    #[default]
    All,
    /// Its exchanges come first, the recorded ones after them. `Journal::next_seq` tells where to go on.
    NewEpisodes,
}

/// What a recording is told at its start.
#[derive(Clone, Debug)]
pub struct Options {
    /// How an existing cassette is treated.
    pub mode: Mode,
    /// When the recording starts (RFC 3339).
    pub recorded: String,
    /// The base URL of the workspace, as it is; redaction takes its host out.
    pub upstream: String,
    /// The JSON pointers whose values clients make up.
    pub volatile: Vec<String>,
    /// What is redacted.
    pub policy: Policy,
    /// Whether [`Journal::append`] returns only once the exchange is on the disk.
    pub durable: bool,
    /// How many bytes may wait for the disk before [`Journal::append`] does.
    pub queue_bytes_max: usize,
}

/// What becomes of a recording that ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// It becomes the cassette.
    Seal,
    /// What it was made for failed: it becomes `NAME.failed.json`, and the cassette stays.
    Failed,
}

/// What a recording has become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// The sealed file; none if nothing was recorded, in which case nothing was written or replaced.
    pub path: Option<PathBuf>,
    /// How many exchanges were recorded.
    pub exchanges: u64,
    /// How many bodies were too long to keep.
    pub omitted: u64,
    /// What still looked like a credential after redaction and was blanked: the recording ends with 1.
    pub residues: Vec<Residue>,
}

/// An open recording.
#[derive(Debug)]
pub struct Journal {}

impl Journal {
    /// Starts a recording of the cassette at `path`.
    pub fn create(_path: &Path, _options: Options) -> Result<Self> {
        unimplemented!("follows")
    }

    /// What was saved of an earlier recording that had crashed.
    pub fn recovered(&self) -> Option<&Recovered> {
        unimplemented!("follows")
    }

    /// The first free `seq`: 1, or behind those of the cassette that is continued.
    pub fn next_seq(&self) -> u64 {
        unimplemented!("follows")
    }

    /// When the exchanges of the cassette that is continued ended, in microseconds; the recorded ones come
    /// after it. 0 if none is.
    pub fn after_us(&self) -> u64 {
        unimplemented!("follows")
    }

    /// Keeps an exchange. Waits while the queue is full; never drops.
    pub fn append(&self, _exchange: Exchange) -> Result<()> {
        unimplemented!("follows")
    }

    /// Ends the recording.
    pub fn finish(self, _keep: Keep) -> Result<Finished> {
        unimplemented!("follows")
    }
}
