//! What is replayed.

use crate::{cassette::Cassette, exchange::Exchange};

/// What is replayed.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// What it is called in receipts and misses, where there are several.
    pub name: String,
    /// When it began, in microseconds since 1970; 0 if nobody knows.
    pub began_us: u64,
    /// What passed.
    pub exchanges: Vec<Exchange>,
    /// The JSON pointers whose values clients make up, beside idempotency tokens.
    pub volatile: Vec<String>,
    /// The digest of the cassette, for the receipt.
    pub sha256: String,
}

impl Recording {
    /// The same under a name.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }
}

impl From<Cassette> for Recording {
    fn from(cassette: Cassette) -> Self {
        let began: Option<jiff::Timestamp> = cassette.recorded.parse().ok();
        let began_us = began.and_then(|began| u64::try_from(began.as_microsecond()).ok());
        Self {
            name: String::new(),
            began_us: began_us.unwrap_or(0),
            exchanges: cassette.exchanges,
            volatile: cassette.volatile,
            sha256: cassette.sha256,
        }
    }
}
