//! The exchange of tokens at a deck that holds its upstream's.

use std::fmt;

use http::{HeaderMap, HeaderValue, header};
use sha2::{Digest, Sha256};

use crate::exchange::token;

/// The tokens of a deck that holds its upstream's.
#[derive(Clone)]
pub struct Tokens {
    /// What clients must send: as `Authorization: Bearer …`, or as the password of basic authentication.
    pub deck: String,
    /// What the upstream gets in its place.
    pub upstream: String,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens { .. }")
    }
}

/// The same, ready for use.
pub(super) struct Credentials {
    /// The digest of the token that clients must send.
    wanted: Vec<u8>,
    /// The `Authorization` that the upstream gets.
    sent: HeaderValue,
}

impl Credentials {
    /// Nothing, if the upstream's token is none that a header can carry.
    pub(super) fn new(tokens: &Tokens) -> Option<Self> {
        let mut sent = HeaderValue::try_from(format!("Bearer {}", tokens.upstream)).ok()?;
        sent.set_sensitive(true);
        Some(Self { wanted: digest(&tokens.deck), sent })
    }

    /// Whether a client has sent the deck's token.
    pub(super) fn admit(&self, headers: &HeaderMap) -> bool {
        let sent = headers.get(header::AUTHORIZATION).and_then(|sent| token(sent.to_str().ok()?));
        sent.is_some_and(|sent| digest(&sent) == self.wanted)
    }

    /// Puts the upstream's token in the place of the deck's.
    pub(super) fn replace(&self, headers: &mut HeaderMap) {
        headers.insert(header::AUTHORIZATION, self.sent.clone());
    }
}

/// Digests are compared, so that the time it takes tells nothing of the token.
fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}
