//! Recordings on disk: the sealed document, the journal that is written while recording, and redaction.
//!
//! - [`Cassette`] reads and writes the sealed document, [`load_folder`] reads many; [`verify`] and [`reseal`] judge and accept a file
//!   as it lies on disk. `document` describes the format.
//! - [`Journal`] keeps what passes while it passes; [`recover`] saves what a crash left behind.
//! - [`show`] is for the eyes: a table of what passed, and single exchanges.
//! - [`har`] turns cassettes into HTTP archives, and archives into cassettes.
//! - [`merge`] makes one recording of several.
//! - [`redact`] takes secrets out before anything is written, and finds what still looks like one.
//!
//! No field of a cassette names a file, is opened or is run. Nothing here talks to the network.

mod bare;
mod body;
mod document;
mod file;
mod folder;
pub mod har;
mod journal;
mod memo;
mod merge;
mod read;
mod recover;
pub mod redact;
mod seal;
pub mod show;
mod times;
mod write;

use std::{io::Write, path::Path};

use serde::{Deserialize, Serialize};

pub use folder::load_folder;
pub use journal::{Finished, Journal, Keep, Mode, Options, Progress, Watch};
pub use merge::{Upstreams, merge};
pub use recover::{Recovered, recover};
pub use redact::{Policy, Redactor, Residue, Suspect, scan, suspects};
pub use times::Times;

use self::read::Original;
use crate::{error::Result, exchange::Exchange};

/// A recording: exchanges in the order of arrival, with where they come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cassette {
    /// When the recording started (RFC 3339).
    pub recorded: String,
    /// The base URL of the workspace it was recorded from, redacted.
    pub upstream: String,
    /// How secrets were taken out.
    pub redaction: Redaction,
    /// The JSON pointers whose values clients make up (`record --volatile`).
    pub volatile: Vec<String>,
    /// What passed.
    pub exchanges: Vec<Exchange>,
    /// The digest in the seal: SHA-256, lower-case hexadecimal. Ignored when a cassette is written.
    pub sha256: String,
}

/// How the secrets of a recording were taken out, told to whoever reads the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "the policy and rules of a redaction")]
pub struct Redaction {
    /// The name and version of the policy: `default@1`, or `none`.
    pub policy: String,
    /// The names of its rules.
    pub rules: Vec<String>,
}

impl Redaction {
    /// That of a recording of which nothing was taken out.
    pub fn none() -> Self {
        Self { policy: "none".to_owned(), rules: Vec::new() }
    }

    /// That of what one was followed by another.
    pub(crate) fn and(&self, later: &Self) -> Self {
        let mut rules = self.rules.clone();
        rules.extend(later.rules.iter().filter(|rule| !self.rules.contains(rule)).cloned());
        let policy = if self.policy == later.policy {
            self.policy.clone()
        } else {
            format!("{} {}", self.policy, later.policy)
        };
        Self { policy, rules }
    }
}

impl Cassette {
    /// Reads a sealed cassette. An unreadable, damaged, unsealed or newer file is an error of kind
    /// [`crate::error::Kind::Cassette`] that names the line.
    pub fn load(path: &Path) -> Result<Self> {
        read::sealed(Original::File(path), &path.display().to_string())
    }

    /// Reads a sealed cassette from its bytes; `name` stands for it in errors.
    pub fn parse(bytes: &[u8], name: &str) -> Result<Self> {
        read::sealed(Original::Bytes(bytes), name)
    }

    /// The sealed document.
    pub fn to_text(&self) -> String {
        write::document(self)
    }

    /// Writes the sealed document, replacing the file as a whole or not at all.
    pub fn save(&self, path: &Path) -> Result<()> {
        file::replace(path, |out| out.write_all(self.to_text().as_bytes()))
    }
}

/// Writes a file that is replaced as a whole or not at all, behind links to it.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    file::replace(&file::resolved(path)?, |out| out.write_all(bytes))
}

/// What [`verify`] and [`reseal`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many exchanges it holds.
    pub exchanges: usize,
    /// The digest in its seal.
    pub sha256: String,
    /// What looks like a credential: a cassette with any does not verify (exit code 1).
    pub residues: Vec<Residue>,
    /// What may be one by its name alone.
    pub suspects: Vec<Suspect>,
}

/// Reads a cassette and looks for credentials in it.
pub fn verify(path: &Path) -> Result<Verified> {
    let cassette = Cassette::load(path)?;
    Ok(Verified {
        exchanges: cassette.exchanges.len(),
        residues: scan(&cassette),
        suspects: suspects(&cassette),
        sha256: cassette.sha256,
    })
}

/// Accepts a hand edit: reads a cassette whatever its seal, and writes it anew with a right one, in the
/// layout of [`Cassette::to_text`].
pub fn reseal(path: &Path) -> Result<Verified> {
    let cassette = read::unsealed(Original::File(path), &path.display().to_string())?;
    cassette.save(path)?;
    verify(path)
}

#[cfg(test)]
mod tests;
