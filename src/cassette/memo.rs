//! What was worked out before, by the bytes that it was worked out from: clients poll, and the same headers
//! and bodies pass again and again.
//!
//! A table with few places for each hash, and room for so many bytes: a newer entry takes the place of the
//! oldest, but only when it comes a second time: what never comes again costs next to nothing. Equal hashes
//! are never taken for equal bytes.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::RandomState;

/// The longest bytes that are remembered.
const KEY_BYTES_MAX: usize = 1 << 13;

/// The bytes in parts, so that none need be joined to look them up.
pub(super) type Key<'a> = [&'a [u8]; 3];

/// How many bytes of keys are remembered at most; what follows from them is about as long.
const BYTES_MAX: usize = 1 << 24;

/// How many entries of one row there are.
const WAYS: usize = 4;

/// Results by the bytes they follow from. Without rows, as by default, it remembers nothing.
pub(super) struct Memo<V> {
    rows: Vec<Row<V>>,
    /// Of the keys.
    bytes: usize,
    /// How often everything was forgotten.
    age: u64,
    hasher: RandomState,
}

/// The entries whose hashes lead to one place, the newest first.
struct Row<V> {
    /// The hashes of the keys that came last and are not remembered.
    last: [u64; WAYS],
    entries: [Option<Entry<V>>; WAYS],
}

struct Entry<V> {
    /// The age of the memo in which it counts.
    age: u64,
    hash: u64,
    ends: [usize; 3],
    bytes: Box<[u8]>,
    value: V,
}

/// Where a key belongs.
#[derive(Clone, Copy)]
pub(super) struct Place {
    hash: u64,
    row: usize,
}

impl<V> Default for Memo<V> {
    fn default() -> Self {
        Self::new(0)
    }
}

impl<V> Default for Row<V> {
    fn default() -> Self {
        Self { last: [0; WAYS], entries: Default::default() }
    }
}

impl<V> Memo<V> {
    /// A memo of so many entries at most.
    pub(super) fn new(entries: usize) -> Self {
        let rows = (0..entries / WAYS).map(|_| Row::default()).collect();
        Self { rows, bytes: 0, age: 0, hasher: RandomState::default() }
    }

    /// Where a key belongs; none if it is too long to be remembered.
    pub(super) fn place(&self, key: Key<'_>) -> Option<Place> {
        if self.rows.is_empty() || ends(key)[2] > KEY_BYTES_MAX {
            return None;
        }
        let mut hasher = self.hasher.build_hasher();
        for part in key {
            hasher.write(part);
        }
        let hash = hasher.finish();
        let row = usize::try_from(hash & 0xffff_ffff).ok()? % self.rows.len();
        Some(Place { hash, row })
    }

    /// What is remembered for a key.
    pub(super) fn find(&self, place: Place, key: Key<'_>) -> Option<&V> {
        let mut entries = self.rows.get(place.row)?.entries.iter().flatten();
        let is_it = |entry: &&Entry<V>| {
            (entry.age, entry.hash) == (self.age, place.hash)
                && entry.ends == ends(key)
                && parts(entry) == key
        };
        entries.find(is_it).map(|entry| &entry.value)
    }

    /// Remembers the value for a key that is not remembered, if it came before.
    pub(super) fn put(&mut self, place: Place, key: Key<'_>, value: impl FnOnce() -> V) {
        if self.bytes > BYTES_MAX {
            self.rows.fill_with(Row::default);
            self.bytes = 0;
        }
        let Some(row) = self.rows.get_mut(place.row) else { return };
        let Some(known) = row.last.iter_mut().find(|hash| **hash == place.hash) else {
            row.last.rotate_right(1);
            row.last[0] = place.hash;
            return;
        };
        *known = 0;
        let bytes: Box<[u8]> = key.concat().into();
        self.bytes += bytes.len();
        let (age, hash) = (self.age, place.hash);
        let entry = Entry { age, hash, ends: ends(key), bytes, value: value() };
        row.entries.rotate_right(1);
        if let Some(oldest) = row.entries[0].replace(entry) {
            self.bytes -= oldest.bytes.len();
        }
    }

    /// Forgets everything, in no time: what is forgotten makes room when its place is taken.
    pub(super) fn clear(&mut self) {
        self.age += 1;
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

    /// Tells the memo of keys in turn, and gives what it then knows of the key.
    #[track_caller]
    fn check(memo: &mut Memo<usize>, told: &[Key<'_>], key: Key<'_>, expected: Option<usize>) {
        for (value, key) in told.iter().enumerate() {
            if let Some(place) = memo.place(*key)
                && memo.find(place, *key).is_none()
            {
                memo.put(place, *key, || value);
            }
        }
        let found = memo.place(key).and_then(|place| memo.find(place, key).copied());
        assert_eq!(found, expected, "{key:?}");
    }

    const KEY: Key<'_> = [b"ab", b"c", b"d"];

    #[test]
    fn only_the_same_parts_are_found_however_few_places_there_are() {
        let mut memo = Memo::new(WAYS);
        check(&mut memo, &[KEY], KEY, None);
        check(&mut memo, &[KEY], KEY, Some(0));
        let others: [Key<'_>; 3] = [[b"a", b"bc", b"d"], [b"ab", b"cd", b""], [b"ab", b"c", b"e"]];
        for other in others {
            check(&mut memo, &[], other, None);
        }
        memo.clear();
        check(&mut memo, &[], KEY, None);
    }

    #[test]
    fn the_oldest_makes_room_for_what_comes_again() {
        let mut memo = Memo::new(WAYS);
        let new: Vec<[u8; 1]> = (0..4).map(|byte| [byte]).collect();
        let new: Vec<Key<'_>> = new.iter().map(|byte| [&byte[..], b"", b""]).collect();
        check(&mut memo, &[KEY, KEY], KEY, Some(1));
        check(&mut memo, &new, KEY, Some(1));
        check(&mut memo, &new[..3], KEY, Some(1));
        check(&mut memo, &new, KEY, None);
        check(&mut memo, &[], new[0], Some(0));
    }

    #[test]
    fn what_is_too_much_is_forgotten() {
        let mut memo = Memo::new(1 << 14);
        check(&mut memo, &[KEY, KEY], KEY, Some(1));
        let keys: Vec<[u8; 8]> = (0..2200_u64).map(u64::to_le_bytes).collect();
        let long = vec![0; KEY_BYTES_MAX - 8];
        for number in &keys {
            let key: Key<'_> = [number, &long, b""];
            check(&mut memo, &[key, key], key, Some(1));
            assert!(memo.bytes <= BYTES_MAX + KEY_BYTES_MAX);
        }
        check(&mut memo, &[], KEY, None);
    }

    #[test]
    fn what_is_long_is_not_remembered() {
        let mut memo = Memo::new(2 * WAYS);
        let long = vec![0; KEY_BYTES_MAX + 1];
        let long: Key<'_> = [&long, b"", b""];
        check(&mut memo, &[long, long], long, None);
    }
}
