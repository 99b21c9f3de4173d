//! Sees what the HTTP parser hides: heads that another peer might delimit in another way.
//!
//! hyper drops the `Content-Length` of a request that has a `Transfer-Encoding` too, as RFC 9112 §6.3
//! allows, and takes a bare line feed for a line end (§2.2). A deck refuses both, because whoever sends
//! them probes for a peer that reads them otherwise. So the bytes of a connection are followed from head
//! to head on their way to the parser, which alone decides what a request is: this changes nothing, keeps
//! nothing but the beginning of one line, and only says which heads are refused. Where it cannot follow,
//! it refuses every head from there on.

use std::{
    io, mem,
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// How much of a line is looked at: more than any length or chunk size takes.
const LINE_BYTES_MAX: usize = 80;

const BARE_LINE_FEED: &str = "it has a line that ends without a carriage return";
const TWO_LENGTHS: &str = "it has both Content-Length and Transfer-Encoding";
const UNCLEAR: &str = "where it, or the request before it, ends is not clear";

/// The heads of one connection: how many the parser showed, and the first that is refused.
#[derive(Clone, Debug, Default)]
pub(super) struct Heads(Arc<Seen>);

#[derive(Debug, Default)]
struct Seen {
    shown: AtomicU64,
    refused: OnceLock<Refused>,
}

/// The number of a head, from 1, and why it and all behind it are refused.
type Refused = (u64, &'static str);

impl Heads {
    /// The parser shows the next head: why it is refused, if it is.
    pub(super) fn show(&self) -> Result<(), &'static str> {
        let number = self.0.shown.fetch_add(1, Ordering::Relaxed) + 1;
        match self.0.refused.get() {
            Some((first, why)) if number >= *first => Err(why),
            _ => Ok(()),
        }
    }
}

/// A stream whose incoming heads are watched.
#[derive(Debug)]
pub(super) struct Watched<S> {
    stream: S,
    scan: Scan,
    heads: Heads,
}

impl<S> Watched<S> {
    /// Watches a stream from its first byte.
    pub(super) fn new(stream: S) -> (Self, Heads) {
        let heads = Heads::default();
        (Self { stream, scan: Scan::default(), heads: heads.clone() }, heads)
    }
}

/// Where the scan stands between two reads.
#[derive(Debug, Default)]
struct Scan {
    place: Place,
    /// What came of a line that goes on, cut to [`LINE_BYTES_MAX`].
    line: Vec<u8>,
    /// Whether the last byte of it was a carriage return.
    returned: bool,
    /// How many heads have come whole.
    heads: u64,
    /// What the head that is read says of its body.
    length: Option<u64>,
    chunked: bool,
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// A request line, or an empty line before it.
    #[default]
    Start,
    /// The header fields.
    Fields,
    /// So many bytes of a body.
    Body(u64),
    /// The line that says how long a chunk is.
    ChunkSize,
    /// So many bytes of a chunk.
    Chunk(u64),
    /// The line end behind a chunk.
    ChunkEnd,
    /// The fields behind the last chunk.
    Trailers,
    /// Nobody knows.
    Lost,
}

impl Scan {
    /// Goes on with the bytes of one read. Says from which head on all are refused when it finds out.
    fn feed(&mut self, mut bytes: &[u8]) -> Option<Refused> {
        while !bytes.is_empty() {
            match self.place {
                Place::Lost => return None,
                Place::Body(left) => {
                    let left = skip(&mut bytes, left);
                    self.place = if left == 0 { Place::Start } else { Place::Body(left) };
                }
                Place::Chunk(left) => {
                    let left = skip(&mut bytes, left);
                    self.place = if left == 0 { Place::ChunkEnd } else { Place::Chunk(left) };
                }
                _ => {
                    let Some(end) = memchr::memchr(b'\n', bytes) else {
                        self.extend_line(bytes);
                        return None;
                    };
                    let part = &bytes[..end];
                    bytes = &bytes[end + 1..];
                    if self.place == Place::Fields && self.line.is_empty() && is_plain_field(part) {
                        continue;
                    }
                    let ended = if self.line.is_empty() {
                        // Most lines come whole, and need not be gathered.
                        self.end_line(&part[..end.min(LINE_BYTES_MAX)], part.ends_with(b"\r"))
                    } else {
                        self.extend_line(part);
                        let (line, returned) = (mem::take(&mut self.line), self.returned);
                        self.returned = false;
                        self.end_line(&line, returned)
                    };
                    if let Err(why) = ended {
                        self.place = Place::Lost;
                        // That of which this is a part, or the one behind the body of which it is.
                        return Some((self.heads + 1, why));
                    }
                }
            }
        }
        None
    }

    fn extend_line(&mut self, part: &[u8]) {
        let room = LINE_BYTES_MAX - self.line.len();
        self.line.extend_from_slice(&part[..part.len().min(room)]);
        self.returned = part.last().map_or(self.returned, |last| *last == b'\r');
    }

    /// A line ends, of which no more than [`LINE_BYTES_MAX`] is shown, behind a carriage return or not.
    fn end_line(&mut self, line: &[u8], returned: bool) -> Result<(), &'static str> {
        if !returned {
            let in_head = matches!(self.place, Place::Start | Place::Fields);
            return Err(if in_head { BARE_LINE_FEED } else { UNCLEAR });
        }
        let cut = line.len() == LINE_BYTES_MAX;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        self.place = match self.place {
            Place::Start | Place::Trailers if line.is_empty() => Place::Start,
            Place::Fields if line.is_empty() => return self.end_head(),
            Place::Fields if value(line, b"content-length:").is_some() => {
                let length = value(line, b"content-length:").filter(|_| !cut).and_then(decimal);
                if length.is_none() || self.length.is_some_and(|other| Some(other) != length) {
                    return Err(UNCLEAR);
                }
                self.length = length;
                Place::Fields
            }
            Place::Start | Place::Fields => {
                self.chunked |= value(line, b"transfer-encoding:").is_some();
                Place::Fields
            }
            Place::ChunkSize => match chunk_size(line).ok_or(UNCLEAR)? {
                0 => Place::Trailers,
                size => Place::Chunk(size),
            },
            Place::ChunkEnd if line.is_empty() => Place::ChunkSize,
            Place::Trailers => Place::Trailers,
            Place::ChunkEnd | Place::Body(_) | Place::Chunk(_) | Place::Lost => {
                return Err(UNCLEAR);
            }
        };
        Ok(())
    }

    fn end_head(&mut self) -> Result<(), &'static str> {
        self.place = match (self.length.take(), mem::take(&mut self.chunked)) {
            (Some(_), true) => return Err(TWO_LENGTHS),
            (None, true) => Place::ChunkSize,
            (None | Some(0), false) => Place::Start,
            (Some(length), false) => Place::Body(length),
        };
        self.heads += 1;
        Ok(())
    }
}

/// Whether a line, whole up to its line feed, says nothing of where a head or a body ends, as most do.
fn is_plain_field(line: &[u8]) -> bool {
    line.ends_with(b"\r") && !matches!(line[0], b'\r' | b'c' | b'C' | b't' | b'T')
}

/// Leaves out that many bytes, or all there are, and returns how many are still to come.
fn skip(bytes: &mut &[u8], left: u64) -> u64 {
    let skipped = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
    *bytes = &bytes[skipped..];
    left - skipped as u64
}

/// The value of a field of this name, if the line is one.
fn value<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (own, value) = line.split_at_checked(name.len())?;
    own.eq_ignore_ascii_case(name).then_some(value)
}

fn decimal(value: &[u8]) -> Option<u64> {
    let digits = value.trim_ascii();
    if digits.iter().all(u8::is_ascii_digit) {
        str::from_utf8(digits).ok()?.parse().ok()
    } else {
        None
    }
}

/// The number at the start of a line, in hexadecimal; extensions may follow it.
fn chunk_size(line: &[u8]) -> Option<u64> {
    let end = line.iter().position(|byte| !byte.is_ascii_hexdigit()).unwrap_or(line.len());
    let (digits, rest) = line.split_at(end);
    let ends = matches!(rest.first(), None | Some(b' ' | b'\t' | b';'));
    if ends { u64::from_str_radix(str::from_utf8(digits).ok()?, 16).ok() } else { None }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        if let Some(refused) = self.scan.feed(&buf.filled()[before..]) {
            // The scan ends with the first.
            let _ = self.heads.0.refused.set(refused);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds the text cut at every place, and in single bytes.
    #[track_caller]
    fn check(text: &str, heads: u64, refused: Option<Refused>) {
        let bytes = text.as_bytes();
        let single = bytes.chunks(1).collect::<Vec<_>>();
        let cuts = (0..=bytes.len()).map(|cut| vec![&bytes[..cut], &bytes[cut..]]);
        for pieces in cuts.chain([single]) {
            let mut scan = Scan::default();
            let got = pieces.iter().filter_map(|piece| scan.feed(piece)).collect::<Vec<_>>();
            assert_eq!(got, Vec::from_iter(refused), "{pieces:?}");
            assert_eq!(scan.heads, heads, "{pieces:?}");
        }
    }

    const COUNTED: &str = "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
    const CHUNKED: &str =
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nx: y\r\n\r\n";

    #[test]
    fn heads_are_told_from_bodies() {
        let quotes =
            "POST / HTTP/1.1\r\ncontent-length: 35\r\n\r\n\ncontent-length: 1\r\ntransfer-encoding";
        let plain = "GET / HTTP/1.1\r\nx-content-length: 3\r\n\r\n";
        check(&format!("\r\n{COUNTED}{CHUNKED}{plain}{CHUNKED}{COUNTED}"), 5, None);
        check(&format!("{quotes}: x\n"), 1, Some((2, BARE_LINE_FEED)));
        let chunk = "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n13\r\n\ncontent-length: 1\n\r\n0\r\n\r\n";
        check(&format!("{chunk}{CHUNKED}{COUNTED}"), 3, None);
    }

    #[test]
    fn a_head_with_two_lengths_is_refused_with_all_behind_it() {
        let both = "POST / HTTP/1.1\r\ncontent-LENGTH:3\r\ntransfer-encoding: chunked\r\n\r\n";
        check(&format!("{both}{COUNTED}"), 0, Some((1, TWO_LENGTHS)));
        check(&format!("{COUNTED}{CHUNKED}{both}{COUNTED}"), 2, Some((3, TWO_LENGTHS)));
    }

    #[test]
    fn a_bare_line_feed_is_refused_wherever_it_ends_a_line() {
        check("GET / HTTP/1.1\nx: y\r\n\r\n", 0, Some((1, BARE_LINE_FEED)));
        check("GET / HTTP/1.1\r\nx: y\n\r\n", 0, Some((1, BARE_LINE_FEED)));
        check("GET / HTTP/1.1\r\nx: y\r\n\n", 0, Some((1, BARE_LINE_FEED)));
        check(&format!("{COUNTED}\n"), 1, Some((2, BARE_LINE_FEED)));
        let long = "y".repeat(2 * LINE_BYTES_MAX);
        check(&format!("GET / HTTP/1.1\r\nx: {long}\n\r\n"), 0, Some((1, BARE_LINE_FEED)));
        check(&format!("GET / HTTP/1.1\r\nx: {long}\r\n\r\n"), 1, None);
    }

    #[test]
    fn what_cannot_be_followed_is_refused() {
        for length in ["", "x", "3, 3", "99999999999999999999", &" ".repeat(LINE_BYTES_MAX)] {
            let head = format!("POST / HTTP/1.1\r\ncontent-length:{length}\r\n");
            check(&head, 0, Some((1, UNCLEAR)));
        }
        for chunk in [
            "3\n",
            "0\r\nx: y\n",
            "x\r\n",
            "\r\n",
            "3x\r\n",
            "fffffffffffffffff\r\n",
            "3\r\nabcd\r\n",
        ] {
            let head = "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n";
            check(&format!("{head}{chunk}"), 1, Some((2, UNCLEAR)));
        }
    }

    #[test]
    fn the_parser_is_told_at_the_head_concerned() {
        let heads = Heads::default();
        heads.0.refused.set((2, UNCLEAR)).expect("the first");
        assert_eq!(
            [heads.show(), heads.show(), heads.show()],
            [Ok(()), Err(UNCLEAR), Err(UNCLEAR)]
        );
    }
}
