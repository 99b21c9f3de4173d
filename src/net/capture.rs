//! Bodies in memory, within bounds: the copy that is kept of one while it passes, and what all take.

use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::{Bytes, BytesMut};
use sha2::{Digest, Sha256};

use crate::exchange::Body;

/// How much memory bodies may take at a time, one by one and all together.
#[derive(Debug)]
pub(super) struct Budget {
    body_bytes_max: usize,
    bytes_max: usize,
    used: AtomicUsize,
}

impl Budget {
    /// A budget of so many bytes for one body and for all.
    pub(super) fn new(body_bytes_max: usize, bytes_max: usize) -> Self {
        Self { body_bytes_max, bytes_max, used: AtomicUsize::new(0) }
    }

    fn reserve(&self, bytes: usize) -> bool {
        let before = self.used.fetch_add(bytes, Ordering::Relaxed);
        let fits = before.saturating_add(bytes) <= self.bytes_max;
        if !fits {
            self.release(bytes);
        }
        fits
    }

    fn release(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// What one body takes of a budget. Dropped, it is given back.
#[derive(Debug)]
pub(super) struct Share {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Share {
    /// A share of nothing yet.
    pub(super) fn new(budget: Arc<Budget>) -> Self {
        Self { budget, bytes: 0 }
    }

    /// Takes that much more, or nothing more if it is too much for one body or for all.
    pub(super) fn grow(&mut self, bytes: usize) -> bool {
        let fits = self.bytes.saturating_add(bytes) <= self.budget.body_bytes_max
            && self.budget.reserve(bytes);
        if fits {
            self.bytes += bytes;
        }
        fits
    }

    /// Gives all of it back.
    pub(super) fn clear(&mut self) {
        self.budget.release(std::mem::take(&mut self.bytes));
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.clear();
    }
}

/// A body on its way: its bytes while they fit, then only their number and digest.
#[derive(Debug)]
pub(super) struct Capture {
    share: Share,
    bytes: u64,
    kept: Kept,
}

#[derive(Debug)]
enum Kept {
    /// Nothing, or one piece that is shared with the connection it came from. Most bodies stay here.
    One(Bytes),
    /// Several pieces, copied together: small pieces would each hold on to a whole read buffer.
    Many(BytesMut),
    /// Too much to keep.
    Digest(Box<Sha256>),
}

impl Capture {
    /// A body of which nothing has passed yet.
    pub(super) fn new(budget: Arc<Budget>) -> Self {
        Self { share: Share::new(budget), bytes: 0, kept: Kept::One(Bytes::new()) }
    }

    /// A piece passes.
    pub(super) fn take(&mut self, piece: &Bytes) {
        self.bytes += piece.len() as u64;
        if !matches!(self.kept, Kept::Digest(_)) && !self.share.grow(piece.len()) {
            self.give_up();
        }
        match &mut self.kept {
            Kept::One(first) if first.is_empty() => *first = piece.clone(),
            Kept::One(first) => {
                let length = first.len() + piece.len();
                let mut many = BytesMut::with_capacity(length.next_power_of_two());
                many.extend_from_slice(first);
                many.extend_from_slice(piece);
                self.kept = Kept::Many(many);
            }
            Kept::Many(many) => many.extend_from_slice(piece),
            Kept::Digest(digest) => digest.update(piece),
        }
    }

    /// How many bytes have passed.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The body, now that all of it has passed.
    pub(super) fn whole(&mut self) -> Body {
        match std::mem::replace(&mut self.kept, Kept::One(Bytes::new())) {
            Kept::One(bytes) => Body::Whole(bytes),
            Kept::Many(bytes) => Body::Whole(bytes.freeze()),
            Kept::Digest(digest) => self.omitted(*digest),
        }
    }

    /// The body, as if nothing of it had passed yet; none if it is not kept.
    pub(super) fn rewind(&mut self) -> Option<Bytes> {
        let bytes = match std::mem::replace(&mut self.kept, Kept::One(Bytes::new())) {
            Kept::One(bytes) => bytes,
            Kept::Many(bytes) => bytes.freeze(),
            digest @ Kept::Digest(_) => {
                self.kept = digest;
                return None;
            }
        };
        self.bytes = 0;
        self.share.clear();
        Some(bytes)
    }

    /// The body, of which more was to come: never taken for a whole one.
    pub(super) fn part(&mut self) -> Body {
        self.give_up();
        self.whole()
    }

    fn omitted(&self, digest: Sha256) -> Body {
        let sha256 = digest.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        Body::Omitted { bytes: self.bytes, sha256 }
    }

    /// Keeps the digest alone from here on.
    fn give_up(&mut self) {
        let digest = match &self.kept {
            Kept::One(bytes) => Sha256::new_with_prefix(bytes),
            Kept::Many(bytes) => Sha256::new_with_prefix(bytes),
            Kept::Digest(_) => return,
        };
        self.kept = Kept::Digest(Box::new(digest));
        self.share.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-256 of `abcdef`.
    const ABCDEF: &str = "bef57ec7f53a6d40beb640a780a639c83bc29ac8a9816f1fc6c5c6dcd93c4721";

    #[track_caller]
    fn check(body_bytes_max: usize, bytes_max: usize, pieces: &[&'static str], expected: &Body) {
        let budget = Arc::new(Budget::new(body_bytes_max, bytes_max));
        let mut capture = Capture::new(Arc::clone(&budget));
        for piece in pieces {
            capture.take(&Bytes::from_static(piece.as_bytes()));
        }
        assert_eq!(capture.whole(), *expected);
        drop(capture);
        assert_eq!(budget.used.load(Ordering::Relaxed), 0, "all memory is given back");
    }

    fn whole(text: &'static str) -> Body {
        Body::Whole(Bytes::from_static(text.as_bytes()))
    }

    fn omitted() -> Body {
        Body::Omitted { bytes: 6, sha256: ABCDEF.to_owned() }
    }

    #[test]
    fn what_fits_is_kept_in_however_many_pieces_it_comes() {
        check(6, 6, &[], &whole(""));
        check(6, 6, &["abcdef"], &whole("abcdef"));
        check(6, 6, &["ab", "c", "def"], &whole("abcdef"));
    }

    #[test]
    fn what_is_too_long_leaves_its_length_and_digest() {
        check(5, 100, &["abcdef"], &omitted());
        check(5, 100, &["ab", "cd", "e", "f"], &omitted());
        check(0, 100, &["ab", "cdef"], &omitted());
    }

    #[test]
    fn bodies_share_a_budget() {
        check(100, 5, &["ab", "cdef"], &omitted());
        let budget = Arc::new(Budget::new(100, 5));
        let mut one = Capture::new(Arc::clone(&budget));
        one.take(&Bytes::from_static(b"abc"));
        let mut other = Capture::new(Arc::clone(&budget));
        other.take(&Bytes::from_static(b"abcdef"));
        assert_eq!(other.whole(), omitted());
        assert_eq!(one.whole(), whole("abc"));
        drop((one, other));
        let mut later = Capture::new(budget);
        later.take(&Bytes::from_static(b"abcde"));
        assert_eq!(later.whole(), whole("abcde"));
    }

    #[test]
    fn a_part_is_never_taken_for_the_whole() {
        let mut capture = Capture::new(Arc::new(Budget::new(100, 100)));
        capture.take(&Bytes::from_static(b"abcdef"));
        assert_eq!(capture.part(), omitted());
    }

    #[test]
    fn what_is_kept_can_pass_once_more() {
        let budget = Arc::new(Budget::new(6, 6));
        let mut capture = Capture::new(Arc::clone(&budget));
        for piece in ["ab", "cdef"] {
            capture.take(&Bytes::from_static(piece.as_bytes()));
        }
        let body = capture.rewind().expect("the body");
        assert_eq!((&*body, capture.bytes()), (&b"abcdef"[..], 0));
        capture.take(&body);
        assert_eq!((capture.whole(), capture.bytes()), (whole("abcdef"), 6));
        let mut longer = Capture::new(Arc::new(Budget::new(5, 6)));
        longer.take(&body);
        assert_eq!((longer.rewind(), longer.whole()), (None, omitted()));
    }

    #[test]
    fn one_piece_is_shared_and_not_copied() {
        let piece = Bytes::from_static(b"abc");
        let mut capture = Capture::new(Arc::new(Budget::new(100, 100)));
        capture.take(&piece);
        assert_eq!(capture.whole().bytes().as_ptr(), piece.as_ptr());
    }
}
