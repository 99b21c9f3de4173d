//! What is different between two recordings of the same doing: what the workspace, or the client, changed
//! since the first.
//!
//! Two recordings never have the same bytes: ids, tokens, times, durations and placeholders are others each
//! time, and a client polls as often as it happens to. So these are set aside first:
//!
//! - Each exchange is read as the contract reads it, and asked what it is about.
//! - An alignment is learned: which id of the one recording is which of the other. What makes a thing comes
//!   first, then whatever names it.
//! - Exchanges that ask about the same thing stand together. Answers to one question that came again
//!   unchanged count once.
//! - What stands together is paired in order, and each pair is compared field by field.
//!
//! Nothing is said about how often somebody looked, how long anything took, or at which of its passing states
//! a run happened to be seen.

mod alignment;
mod blank;
mod fields;
mod pairs;
mod report;
mod seeds;
mod subject;
mod threads;

pub use report::{Alone, Change, Changed, Comparison};

use std::collections::BTreeMap;

use crate::cassette::Cassette;
use alignment::Alignment;
use subject::Subject;
use threads::{Thread, threads};

/// Compares a newer recording with an older one.
pub fn compare(old: &Cassette, new: &Cassette) -> Comparison {
    let mut volatile = old.volatile.clone();
    volatile.extend(new.volatile.iter().filter(|p| !old.volatile.contains(p)).cloned());
    let (old, new) = (subject::read(old), subject::read(new));
    let mut alignment = Alignment::default();
    seeds::sow(&old, &new, &mut alignment);
    let mut found = Pairing::default();
    let mut others = threads(&new, |kind, id| alignment.old_of(kind, id));
    for (key, thread) in threads(&old, |_, id| Some(id.to_owned())) {
        found.take(&thread, &others.remove(&key).unwrap_or_default(), &old, &new);
    }
    for thread in others.into_values() {
        found.take(&Thread::default(), &thread, &old, &new);
    }
    // In the order of appearance, because that is how ids are learned.
    found.pairs.sort_unstable();
    let mut comparison = Comparison { passing: found.passing, ..Comparison::default() };
    for (old_index, new_index) in found.pairs {
        let (old, new) = (&old[old_index], &new[new_index]);
        let changes = fields::compare(old, new, &volatile, &mut alignment);
        if changes.is_empty() {
            comparison.same += 1;
        } else {
            comparison.changed.push(Changed {
                request: old.name(),
                old: old.exchange.seq,
                new: new.exchange.seq,
                fields: changes,
            });
        }
    }
    let alone = |subject: &Subject<'_>| Alone {
        request: subject.name(),
        exchange: subject.exchange.seq,
        answer: subject.answer_in_words(),
    };
    found.only_old.sort_unstable();
    found.only_new.sort_unstable();
    comparison.only_old = found.only_old.into_iter().map(|index| alone(&old[index])).collect();
    comparison.only_new = found.only_new.into_iter().map(|index| alone(&new[index])).collect();
    comparison
}

/// Which exchanges belong together, by their indexes.
#[derive(Default)]
struct Pairing {
    pairs: Vec<(usize, usize)>,
    only_old: Vec<usize>,
    only_new: Vec<usize>,
    /// How many answers show a passing state that the other recording did not happen to see.
    passing: usize,
}

impl Pairing {
    /// Pairs what is about the same thing.
    fn take(&mut self, one: &Thread, other: &Thread, old: &[Subject<'_>], new: &[Subject<'_>]) {
        let score = |a: usize, b: usize| old[one.items[a]].likeness(&new[other.items[b]]);
        let pairs: BTreeMap<usize, usize> =
            pairs::best(one.items.len(), other.items.len(), score).into_iter().collect();
        let partners: Vec<usize> = pairs.values().copied().collect();
        for (place, index) in one.items.iter().enumerate() {
            match pairs.get(&place) {
                Some(partner) => self.pairs.push((*index, other.items[*partner])),
                None if old[*index].is_passing() => self.passing += 1,
                None => self.only_old.push(*index),
            }
        }
        for (place, index) in other.items.iter().enumerate() {
            if partners.binary_search(&place).is_ok() {
                continue;
            }
            if new[*index].is_passing() {
                self.passing += 1;
            } else {
                self.only_new.push(*index);
            }
        }
    }
}

#[cfg(test)]
mod tests;
