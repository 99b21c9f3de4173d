//! What was worked out before, by the bytes that it was worked out from: clients poll, and the same headers
//! and bodies pass again and again.
//!
//! A table with one place for each hash: it never grows, and a newer entry takes the place of an older, but
//! only when it comes a second time: what never comes again costs next to nothing. Equal hashes are never
//! taken for equal bytes.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::RandomState;

/// The longest bytes that are remembered.
const KEY_BYTES_MAX: usize = 1 << 13;

/// The bytes in parts, so that none need be joined to look them up.
pub(super) type Key<'a> = [&'a [u8]; 3];

/// Results by the bytes they follow from. Without places, as by default, it remembers nothing.
pub(super) struct Memo<V> {
    places: Vec<Place<V>>,
    hasher: RandomState,
}

struct Place<V> {
    /// The hash of the key that came last and is not remembered.
    last: u64,
    entry: Option<Entry<V>>,
}

struct Entry<V> {
    ends: [usize; 3],
    bytes: Box<[u8]>,
    value: V,
}

impl<V> Default for Memo<V> {
    fn default() -> Self {
        Self::new(0)
    }
}

impl<V> Memo<V> {
    /// A memo of so many entries at most.
    pub(super) fn new(places: usize) -> Self {
        let places = (0..places).map(|_| Place { last: 0, entry: None }).collect();
        Self { places, hasher: RandomState::default() }
    }

    /// What is remembered for a key.
    pub(super) fn find(&self, key: Key<'_>) -> Option<&V> {
        let (_, at) = self.place(key)?;
        let entry = self.places[at].entry.as_ref()?;
        (entry.ends == ends(key) && parts(entry) == key).then_some(&entry.value)
    }

    /// Remembers the value for a key that comes again, unless the key is too long.
    pub(super) fn put(&mut self, key: Key<'_>, value: impl FnOnce() -> V) {
        let Some((hash, at)) = self.place(key) else { return };
        let place = &mut self.places[at];
        if place.last == hash {
            let bytes = key.concat().into();
            place.entry = Some(Entry { ends: ends(key), bytes, value: value() });
        }
        place.last = hash;
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.places.fill_with(|| Place { last: 0, entry: None });
    }

    /// The hash of a key, and where its place is.
    fn place(&self, key: Key<'_>) -> Option<(u64, usize)> {
        if self.places.is_empty() || ends(key)[2] > KEY_BYTES_MAX {
            return None;
        }
        let mut hasher = self.hasher.build_hasher();
        for part in key {
            hasher.write(part);
        }
        let hash = hasher.finish();
        let at = usize::try_from(hash & 0xffff_ffff).ok()? % self.places.len();
        Some((hash, at))
    }
}

fn ends([first, second, third]: Key<'_>) -> [usize; 3] {
    let ends = first.len() + second.len();
    [first.len(), ends, ends + third.len()]
}

fn parts<V>(entry: &Entry<V>) -> Key<'_> {
    let [first, second, third] = entry.ends;
    [&entry.bytes[..first], &entry.bytes[first..second], &entry.bytes[second..third]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_parts_are_found_however_few_places_there_are() {
        let mut memo = Memo::new(1);
        let key: Key<'_> = [b"ab", b"c", b"d"];
        memo.put(key, || 1);
        assert_eq!(memo.find(key), None, "it came but once");
        memo.put(key, || 1);
        assert_eq!(memo.find(key), Some(&1));
        let others: [Key<'_>; 3] = [[b"a", b"bc", b"d"], [b"ab", b"cd", b""], [b"ab", b"c", b"e"]];
        for other in others {
            assert_eq!(memo.find(other), None);
        }
        memo.put([b"x", b"", b""], || 2);
        assert_eq!(memo.find(key), Some(&1), "the newer came but once");
        memo.put([b"x", b"", b""], || 2);
        assert_eq!(memo.find(key), None, "the newer takes the place");
        memo.clear();
        assert_eq!(memo.find([b"x", b"", b""]), None);
    }

    #[test]
    fn what_is_long_is_not_remembered() {
        let mut memo = Memo::new(8);
        let long = vec![0; KEY_BYTES_MAX + 1];
        memo.put([&long, b"", b""], || 1);
        memo.put([&long, b"", b""], || 1);
        assert_eq!(memo.find([&long, b"", b""]), None);
    }
}
