//! What was worked out before, by the bytes that it was worked out from: clients poll, and the same headers
//! and bodies pass again and again.
//!
//! A table with one place for each hash: it never grows, and a newer entry takes the place of an older.
//! Equal hashes are never taken for equal bytes.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::RandomState;

/// The longest bytes that are remembered.
const KEY_BYTES_MAX: usize = 1 << 13;

/// The bytes in parts, so that none need be joined to look them up.
pub(super) type Key<'a> = [&'a [u8]; 3];

/// Results by the bytes they follow from. Without places, as by default, it remembers nothing.
pub(super) struct Memo<V> {
    places: Vec<Option<Entry<V>>>,
    hasher: RandomState,
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
        Self { places: (0..places).map(|_| None).collect(), hasher: RandomState::default() }
    }

    /// What is remembered for a key.
    pub(super) fn find(&self, key: Key<'_>) -> Option<&V> {
        let entry = self.places.get(self.place(key)?)?.as_ref()?;
        (entry.ends == ends(key) && parts(entry) == key).then_some(&entry.value)
    }

    /// Remembers the value for a key, unless the key is too long.
    pub(super) fn put(&mut self, key: Key<'_>, value: impl FnOnce() -> V) {
        let entry = || Entry { ends: ends(key), bytes: key.concat().into(), value: value() };
        if let Some(place) = self.place(key).and_then(|place| self.places.get_mut(place)) {
            *place = Some(entry());
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.places.fill_with(|| None);
    }

    fn place(&self, key: Key<'_>) -> Option<usize> {
        if self.places.is_empty() || ends(key)[2] > KEY_BYTES_MAX {
            return None;
        }
        let mut hasher = self.hasher.build_hasher();
        for part in key {
            hasher.write(part);
        }
        let hash = usize::try_from(hasher.finish() & 0xffff_ffff).ok()?;
        Some(hash % self.places.len())
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
        assert_eq!(memo.find(key), Some(&1));
        let others: [Key<'_>; 3] = [[b"a", b"bc", b"d"], [b"ab", b"cd", b""], [b"ab", b"c", b"e"]];
        for other in others {
            assert_eq!(memo.find(other), None);
        }
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
        assert_eq!(memo.find([&long, b"", b""]), None);
    }
}
