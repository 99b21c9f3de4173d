//! The names of those that a message has passed (RFC 9110 §7.6.3).

use std::hash::{BuildHasher, Hasher, RandomState};

use http::{HeaderValue, Version};

/// What one deck adds to `Via`.
#[derive(Clone, Debug)]
pub(super) struct Via {
    http1: HeaderValue,
    http2: HeaderValue,
}

/// How long the version is that stands before a name.
const VERSION_BYTES: usize = "1.1 ".len();

impl Via {
    /// That of a new deck. A number tells it from other decks on the way; nothing depends on nobody guessing
    /// it.
    pub(super) fn new() -> Self {
        let number = RandomState::new().build_hasher().finish();
        let field = |version| {
            HeaderValue::try_from(format!("{version} jobdeck ({number:016x})"))
                // Digits and blanks always make a header value.
                .unwrap_or_else(|_| HeaderValue::from_static("1.1 jobdeck"))
        };
        Self { http1: field("1.1"), http2: field("2.0") }
    }

    /// What is added to a request that came by this version of HTTP.
    pub(super) fn of(&self, version: Version) -> HeaderValue {
        if version == Version::HTTP_2 { self.http2.clone() } else { self.http1.clone() }
    }

    /// What is added to an answer that came by this version of HTTP.
    pub(super) fn back(version: Version) -> HeaderValue {
        HeaderValue::from_static(if version == Version::HTTP_2 {
            "2.0 jobdeck"
        } else {
            "1.1 jobdeck"
        })
    }

    /// The name of this deck, and of no other.
    pub(super) fn pseudonym(&self) -> &[u8] {
        &self.http1.as_bytes()[VERSION_BYTES..]
    }
}
