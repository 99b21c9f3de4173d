//! Bodies in a content coding: kept decoded, so that they can be searched and read.

use std::borrow::Cow;

use crate::{
    cassette::seal::Digest,
    exchange::{Body, Headers, decoded},
};

/// Decodes a body. One that cannot be decoded, or grows beyond all measure, counts as omitted: nothing that
/// cannot be searched is kept. Whether it was omitted.
pub(super) fn decode(headers: &mut Headers, body: &mut Body) -> bool {
    let Body::Whole(bytes) = &*body else { return false };
    match decoded(headers, bytes) {
        Some(Cow::Borrowed(_)) => false,
        Some(Cow::Owned(decoded)) => {
            headers.remove("content-encoding");
            headers.remove("content-length");
            *body = Body::Whole(decoded.into());
            false
        }
        None => {
            *body = Body::Omitted { bytes: bytes.len() as u64, sha256: sha256(bytes) };
            true
        }
    }
}

fn sha256(bytes: &[u8]) -> String {
    let mut digest = Digest::default();
    digest.update(bytes);
    digest.finish()
}
