//! The digest of a document: over its tokens alone, so that line ends and indentation may change.

use sha2::{Digest as _, Sha256};

use super::document::NESTING_MAX;
use crate::json::string_end;

/// How much is gathered before it is fed.
const BUFFER_BYTES: usize = 1 << 16;

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

/// The digest of a document without its member `seal`, or the offset at which it nests too deep.
pub(super) fn digest(text: &str) -> Result<String, usize> {
    let bytes = text.as_bytes();
    let mut digest = Digest::default();
    let mut bare = Vec::with_capacity(2 * BUFFER_BYTES);
    let (mut depth, mut at) = (0_usize, 0);
    let (mut in_seal, mut wrote_member, mut comma) = (false, false, false);
    while let Some(&byte) = bytes.get(at) {
        let end = match byte {
            b' ' | b'\t' | b'\n' | b'\r' => {
                at += 1;
                continue;
            }
            b'"' => string_end(bytes, at),
            _ => at + 1,
        };
        match byte {
            b'{' | b'[' => {
                depth += 1;
                if depth > NESTING_MAX {
                    return Err(at);
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 1 && byte == b',' {
            // Held back until the next member is known not to be the seal.
            (in_seal, comma) = (false, wrote_member);
        } else if depth == 0 {
            bare.push(byte);
        } else if depth == 1 && !in_seal && &bytes[at..end] == b"\"seal\"" && is_key(bytes, end) {
            in_seal = true;
        } else if !in_seal {
            if comma {
                bare.push(b',');
                comma = false;
            }
            wrote_member |= byte == b'"';
            bare.extend_from_slice(&bytes[at..end]);
        }
        if bare.len() > BUFFER_BYTES {
            digest.update(&bare);
            bare.clear();
        }
        at = end;
    }
    digest.update(&bare);
    Ok(digest.finish())
}

fn is_key(bytes: &[u8], behind: usize) -> bool {
    bytes[behind..].iter().find(|b| !b.is_ascii_whitespace()) == Some(&b':')
}
