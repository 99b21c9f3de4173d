//! Content codings: what a body says that was sent in one.

use std::{
    borrow::Cow,
    io::{Read, Write},
};

use flate2::{
    Compression,
    read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder},
    write::GzEncoder,
};

use super::Headers;

/// The longest decoded body.
const BYTES_MAX: u64 = 64 << 20;
/// The most that a body may grow.
const GROWTH_MAX: u64 = 200;

/// The bytes of a body without the content coding that its headers tell of; none if it cannot be decoded, or
/// grows beyond all measure. A body without a coding is given back as it is.
pub fn decoded<'a>(headers: &Headers, bytes: &'a [u8]) -> Option<Cow<'a, [u8]>> {
    let codings: Vec<String> = headers
        .all("content-encoding")
        .flat_map(|value| value.split(','))
        .map(|coding| coding.trim().to_ascii_lowercase())
        .filter(|coding| !coding.is_empty() && coding != "identity")
        .collect();
    if codings.is_empty() || bytes.is_empty() {
        return Some(Cow::Borrowed(bytes));
    }
    let [coding] = &codings[..] else { return None };
    let decoded = match &**coding {
        "gzip" | "x-gzip" => all(MultiGzDecoder::new(bytes), bytes.len()),
        // The standard's deflate has a zlib header, that of some servers has none.
        "deflate" => all(ZlibDecoder::new(bytes), bytes.len())
            .or_else(|| all(DeflateDecoder::new(bytes), bytes.len())),
        _ => None,
    };
    decoded.map(Cow::Owned)
}

/// The bytes as `content-encoding: gzip` has them; the same for the same bytes.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Memory takes whatever is written to it.
    encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default()
}

fn all(decoder: impl Read, bytes_in: usize) -> Option<Vec<u8>> {
    let limit = BYTES_MAX.min((bytes_in as u64).saturating_mul(GROWTH_MAX));
    let mut text = Vec::new();
    decoder.take(limit + 1).read_to_end(&mut text).ok()?;
    (text.len() as u64 <= limit).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(coding: &str, bytes: &[u8], expected: Option<&[u8]>) {
        let mut headers = Headers::default();
        headers.push("content-encoding", coding);
        assert_eq!(decoded(&headers, bytes).as_deref(), expected, "{coding}");
    }

    #[test]
    fn what_was_encoded_reads_as_before() {
        let text = br#"{"run_id":1}"#;
        check("gzip", &gzip(text), Some(text));
        check("X-GZip", &gzip(text), Some(text));
        check("identity", text, Some(text));
        check("", text, Some(text));
        check("gzip", b"", Some(b""));
        assert_eq!(gzip(text), gzip(text));
    }

    #[test]
    fn what_cannot_be_decoded_says_nothing() {
        check("gzip", b"no gzip", None);
        check("br", b"anything", None);
        check("gzip, gzip", &gzip(&gzip(b"twice")), None);
        check("gzip", &gzip(&vec![0; 1 << 20]), None);
    }
}
