//! The digest in a seal.

use sha2::{Digest as _, Sha256};

/// SHA-256, fed in pieces.
#[derive(Default)]
pub(super) struct Digest(Sha256);

impl Digest {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest in lower-case hexadecimal.
    pub(super) fn finish(self) -> String {
        use std::fmt::Write;
        self.0.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
            // Text into memory cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}
