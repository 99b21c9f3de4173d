//! What redaction came to for a part of an exchange, kept for when the same part comes again.
//!
//! A result follows from the bytes of the part, the place where they stand and the secrets that are hunted;
//! so all are forgotten when a new secret is hunted. A placeholder once given never changes.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;

use super::{Found, Redactor};
use crate::{
    cassette::memo::{Key, Memo},
    json::Outline,
};

/// What a part became.
#[derive(Clone)]
pub(super) struct Result<V> {
    /// What stands in its place; none if it stays.
    pub(super) new: Option<V>,
    /// Where in the exchange something was taken out.
    pub(super) found: Arc<Found>,
    /// Whether the last look would find nothing in it.
    pub(super) clean: bool,
}

/// What a body became.
#[derive(Clone, Default)]
pub(super) struct Content {
    /// What stands in its place; none if it stays.
    pub(super) new: Option<Bytes>,
    /// Its outline, if it is JSON.
    pub(super) outline: Option<Outline>,
}

/// The results for the parts that passed lately. By default nothing is kept.
#[derive(Default)]
pub(super) struct Seen {
    /// How many secrets were hunted when they were worked out.
    hunted: usize,
    headers: Memo<Result<HeaderValue>>,
    targets: Memo<Result<String>>,
    bodies: Memo<Result<Content>>,
    strings: Memo<Result<Box<str>>>,
}

impl Seen {
    pub(super) fn new() -> Self {
        Self {
            hunted: 0,
            headers: Memo::new(1 << 10),
            // Whoever polls some thousand runs asks for them in turn.
            targets: Memo::new(1 << 14),
            bodies: Memo::new(1 << 14),
            strings: Memo::new(1 << 12),
        }
    }

    fn clear(&mut self) {
        self.headers.clear();
        self.targets.clear();
        self.bodies.clear();
        self.strings.clear();
    }
}

/// One of the memos.
pub(super) trait Part: Clone {
    fn memo(seen: &mut Seen) -> &mut Memo<Result<Self>>;
}

impl Part for HeaderValue {
    fn memo(seen: &mut Seen) -> &mut Memo<Result<Self>> {
        &mut seen.headers
    }
}

impl Part for String {
    fn memo(seen: &mut Seen) -> &mut Memo<Result<Self>> {
        &mut seen.targets
    }
}

impl Part for Content {
    fn memo(seen: &mut Seen) -> &mut Memo<Result<Self>> {
        &mut seen.bodies
    }
}

/// A string of a JSON body.
impl Part for Box<str> {
    fn memo(seen: &mut Seen) -> &mut Memo<Result<Self>> {
        &mut seen.strings
    }
}

impl Redactor {
    /// What a part becomes: as `work` says, or said before. It also says whether the last look would find
    /// nothing in the part as it then stands.
    pub(super) fn once<V: Part>(
        &mut self,
        key: Key<'_>,
        work: impl FnOnce(&mut Self, &mut Found) -> (Option<V>, bool),
    ) -> Result<V> {
        let hunted = self.names.hunted();
        if self.seen.hunted != hunted {
            self.seen.clear();
            self.seen.hunted = hunted;
        }
        let memo = V::memo(&mut self.seen);
        let place = memo.place(key);
        if let Some(result) = place.and_then(|place| memo.find(place, key)) {
            return result.clone();
        }
        let mut found = Found::new();
        let (new, clean) = work(self, &mut found);
        let result = Result { new, found: Arc::new(found), clean };
        // What was worked out while a new secret was found is worked out again.
        if let Some(place) = place.filter(|_| self.names.hunted() == hunted) {
            V::memo(&mut self.seen).put(place, key, || result.clone());
        }
        result
    }
}
