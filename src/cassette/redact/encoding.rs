//! Bodies in a content coding: kept decoded, so that they can be searched and read.

use std::io::Read;

use crate::{
    cassette::seal::Digest,
    exchange::{Body, Headers},
};
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

/// The longest decoded body.
const BYTES_MAX: u64 = 64 << 20;
/// The most that a body may grow.
const GROWTH_MAX: u64 = 200;

/// Decodes a body. One that cannot be decoded, or grows beyond all measure, counts as omitted: nothing that
/// cannot be searched is kept. Whether it was omitted.
pub(super) fn decode(headers: &mut Headers, body: &mut Body) -> bool {
    let codings: Vec<String> = headers
        .all("content-encoding")
        .flat_map(|value| value.split(','))
        .map(|coding| coding.trim().to_ascii_lowercase())
        .filter(|coding| !coding.is_empty() && coding != "identity")
        .collect();
    let Body::Whole(bytes) = &*body else { return false };
    if codings.is_empty() || bytes.is_empty() {
        return false;
    }
    let decoded = match &codings[..] {
        [coding] => match &**coding {
            "gzip" | "x-gzip" => all(MultiGzDecoder::new(&bytes[..]), bytes.len()),
            // The standard's deflate has a zlib header, that of some servers has none.
            "deflate" => all(ZlibDecoder::new(&bytes[..]), bytes.len())
                .or_else(|| all(DeflateDecoder::new(&bytes[..]), bytes.len())),
            _ => None,
        },
        _ => None,
    };
    let omitted = decoded.is_none();
    *body = match decoded {
        Some(decoded) => {
            headers.remove("content-encoding");
            headers.remove("content-length");
            Body::Whole(decoded.into())
        }
        None => Body::Omitted { bytes: bytes.len() as u64, sha256: sha256(bytes) },
    };
    omitted
}

fn all(decoder: impl Read, bytes_in: usize) -> Option<Vec<u8>> {
    let limit = BYTES_MAX.min((bytes_in as u64).saturating_mul(GROWTH_MAX));
    let mut text = Vec::new();
    decoder.take(limit + 1).read_to_end(&mut text).ok()?;
    (text.len() as u64 <= limit).then_some(text)
}

fn sha256(bytes: &[u8]) -> String {
    let mut digest = Digest::default();
    digest.update(bytes);
    digest.finish()
}
