//! Recordings on disk.

use std::path::Path;

use crate::{error::Result, exchange::Exchange};

/// A recording: exchanges in the order of arrival, with where they come from.
#[derive(Clone, Debug)]
pub struct Cassette {
    /// When the recording started (RFC 3339).
    pub recorded: String,
    /// The base URL of the workspace it was recorded from, redacted.
    pub upstream: String,
    /// The JSON pointers whose values clients make up (`record --volatile`).
    pub volatile: Vec<String>,
    /// What passed.
    pub exchanges: Vec<Exchange>,
    /// The digest in the seal: SHA-256, lower-case hexadecimal.
    pub sha256: String,
}

impl Cassette {
    /// Reads a sealed cassette.
    pub fn load(_path: &Path) -> Result<Self> {
        unimplemented!("follows")
    }
}
