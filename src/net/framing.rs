//! Sees what the HTTP parser hides: a request with both `Content-Length` and `Transfer-Encoding`.
//!
//! hyper drops the length of such a request and goes on, as RFC 9112 §6.3 allows. A deck refuses it,
//! because whoever sends one probes for a peer that reads it otherwise. This never parses a message:
//! it counts lines that begin with `content-length:`, and [`LengthLines::hidden`] compares that count with the
//! header fields that the parser showed. A surplus on a connection is at worst a body that quotes such a line.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

const NAME: &[u8] = b"content-length:";

/// The count of length lines on one connection: those that came, and those that the parser showed.
#[derive(Clone, Debug, Default)]
pub(super) struct LengthLines {
    came: Arc<AtomicU64>,
    shown: Arc<AtomicU64>,
}

impl LengthLines {
    /// Notes the length fields of a parsed head.
    pub(super) fn show(&self, fields: usize) {
        self.shown.fetch_add(fields as u64, Ordering::Relaxed);
    }

    /// Whether a length line came that no parsed head showed.
    pub(super) fn hidden(&self) -> bool {
        self.came.load(Ordering::Relaxed) > self.shown.load(Ordering::Relaxed)
    }
}

/// A stream whose incoming lines are counted.
#[derive(Debug)]
pub(super) struct Watched<S> {
    stream: S,
    scan: Scan,
    lines: LengthLines,
}

impl<S> Watched<S> {
    /// Watches a stream from its first byte.
    pub(super) fn new(stream: S) -> (Self, LengthLines) {
        let lines = LengthLines::default();
        (Self { stream, scan: Scan::Inside, lines: lines.clone() }, lines)
    }
}

/// Where the scan stands between two reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scan {
    /// Inside a line that is of no interest.
    Inside,
    /// So many bytes into a line that so far spells the name.
    Matched(usize),
}

impl Scan {
    /// Goes on with the bytes of one read and returns how many lines were found.
    fn feed(&mut self, mut bytes: &[u8]) -> u64 {
        let mut found = 0;
        loop {
            if let Self::Matched(from) = *self {
                let wanted = &NAME[from..];
                let same =
                    wanted.iter().zip(bytes).take_while(|(a, b)| b.eq_ignore_ascii_case(a)).count();
                if same == bytes.len() && same < wanted.len() {
                    *self = Self::Matched(from + same);
                    return found;
                }
                found += u64::from(same == wanted.len());
                bytes = &bytes[same..];
                *self = Self::Inside;
            }
            let Some(end) = memchr::memchr(b'\n', bytes) else { return found };
            bytes = &bytes[end + 1..];
            *self = Self::Matched(0);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        let found = self.scan.feed(&buf.filled()[before..]);
        if found > 0 {
            self.lines.came.fetch_add(found, Ordering::Relaxed);
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
    fn check(text: &str, lines: u64) {
        let bytes = text.as_bytes();
        for cut in 0..=bytes.len() {
            let mut scan = Scan::Inside;
            assert_eq!(scan.feed(&bytes[..cut]) + scan.feed(&bytes[cut..]), lines, "cut at {cut}");
        }
        let mut scan = Scan::Inside;
        assert_eq!(
            bytes.chunks(1).map(|byte| scan.feed(byte)).sum::<u64>(),
            lines,
            "in single bytes"
        );
    }

    #[test]
    fn lines_are_found_wherever_the_reads_are_cut() {
        check("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", 1);
        check("POST / HTTP/1.1\ncontent-LENGTH:3\r\nContent-Length: 3\r\n\r\n", 2);
        check("POST / HTTP/1.1\r\nx-content-length: 3\r\ncontent-lengths: 1\r\ncontent-\n\r\n", 0);
        check("content-length: 3\r\n\n\ncontent-length:", 1);
    }
}
