//! A map that remembers which of its entries were changed, so that these alone have to be written down.

use std::{
    borrow::Borrow,
    collections::{BTreeMap, BTreeSet},
};

/// A map whose changes can be asked for.
#[derive(Clone, Debug)]
pub(super) struct Rows<K, V> {
    entries: BTreeMap<K, V>,
    changed: BTreeSet<K>,
}

impl<K, V> Default for Rows<K, V> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), changed: BTreeSet::new() }
    }
}

impl<K: Ord + Clone, V> Rows<K, V> {
    pub(super) fn insert(&mut self, key: K, value: V) {
        self.changed.insert(key.clone());
        self.entries.insert(key, value);
    }

    pub(super) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let (key, value) = self.entries.remove_entry(key)?;
        self.changed.insert(key);
        Some(value)
    }

    /// An entry that is going to be changed.
    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let value = self.entries.get_mut(key)?;
        self.changed.insert(key.clone());
        Some(value)
    }

    /// All entries, to be read.
    pub(super) fn entries(&self) -> &BTreeMap<K, V> {
        &self.entries
    }

    /// What changed since it was forgotten: each entry as it is now, if it still is.
    pub(super) fn changes(&self) -> impl Iterator<Item = (&K, Option<&V>)> {
        self.changed.iter().map(|key| (key, self.entries.get(key)))
    }

    pub(super) fn forget_changes(&mut self) {
        self.changed.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_told_as_it_is_now() {
        let mut rows = Rows::default();
        for key in 1..=4 {
            rows.insert(key, "a");
        }
        rows.forget_changes();
        rows.remove(&2);
        rows.remove(&9);
        *rows.get_mut(&3).unwrap() = "b";
        rows.insert(5, "c");
        let changes: Vec<_> = rows.changes().collect();
        assert_eq!(changes, [(&2, None), (&3, Some(&"b")), (&5, Some(&"c"))]);
        rows.forget_changes();
        assert_eq!(rows.changes().count(), 0);
        assert_eq!(rows.entries().len(), 4);
    }
}
