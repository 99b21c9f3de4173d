//! What had happened to a thing when an answer was given.
//!
//! Time in a recording goes by intervals: a is before b if a was answered before b came. What overlaps
//! may have happened in either order, and an answer says which only by what it shows.

use super::things::ThingId;
use crate::life::Span;

/// The number of an exchange on one tape.
pub(super) type EntryId = u32;

/// How many overlapping writes of one thing an answer may wait for or be indifferent to. Recordings with
/// more in flight at a time are answered as if the rest came after.
const OVERLAPS_MAX: usize = 512;
/// How many of these may have made the thing anew: each leaves a history of its own.
const OVERLAPPING_MAKERS_MAX: usize = 8;

/// A set of changes as a number: two sets are equal if their sums are, short of a chance of 2^-64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Sum {
    pub(super) count: u32,
    hash: u64,
}

impl Sum {
    #[must_use]
    pub(super) fn with(self, entry: EntryId) -> Self {
        Self { count: self.count + 1, hash: self.hash.wrapping_add(mix(entry.into())) }
    }

    #[must_use]
    pub(super) fn without(self, entry: EntryId) -> Self {
        Self { count: self.count - 1, hash: self.hash.wrapping_sub(mix(entry.into())) }
    }

    fn minus(self, earlier: Self) -> Self {
        Self { count: self.count - earlier.count, hash: self.hash.wrapping_sub(earlier.hash) }
    }

    /// Both sums in one number, for an index.
    pub(super) fn fold(self, seed: u64) -> u64 {
        mix(seed ^ mix(self.hash ^ u64::from(self.count)))
    }
}

/// The finalizer of `SplitMix64`: close numbers become far ones.
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// A change of a thing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    pub(super) entry: EntryId,
    pub(super) span: Span,
    /// Whether the state from here on depends on it alone.
    pub(super) makes: bool,
}

/// How an answer stands to a change that overlaps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It came after the change.
    After,
    /// It may have come before or after.
    Either,
    /// It came before the change.
    Before,
}

/// All changes of one thing.
#[derive(Debug, Default)]
pub(super) struct History {
    by_end: Vec<Change>,
    /// The sum of the first n of `by_end`, at n.
    sums: Vec<Sum>,
    by_start: Vec<Change>,
    ends: Latest,
    /// The makers among `by_end`.
    makers: Vec<Change>,
}

/// What must have been replayed for an answer to fit, as far as one thing goes.
#[derive(Clone, Debug)]
pub(super) struct Need {
    pub(super) thing: ThingId,
    /// One of these holds.
    pub(super) ways: Vec<Way>,
    /// Whether the answer shows the thing, so that what it is indifferent to came after it: the first way
    /// without anything optional is what it fits, and the rest is for want of a better answer.
    pub(super) is_shown: bool,
}

/// One history that an answer fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Way {
    /// The changes that must have been replayed since the thing was last made.
    pub(super) required: Sum,
    /// Changes that may have been replayed beside those.
    pub(super) optional: Vec<EntryId>,
}

impl History {
    pub(super) fn new(mut changes: Vec<Change>) -> Self {
        changes.sort_by_key(|change| change.span.start());
        let by_start = changes.clone();
        let ends = Latest::new(by_start.iter().map(|change| change.span.end()));
        changes.sort_by_key(|change| change.span.end());
        let mut sums = vec![Sum::default()];
        let mut sum = Sum::default();
        for change in &changes {
            sum = sum.with(change.entry);
            sums.push(sum);
        }
        let makers = changes.iter().copied().filter(|change| change.makes).collect();
        Self { by_end: changes, sums, by_start, ends, makers }
    }

    /// The histories that an answer fits; `standing` says how it stands to a change that overlaps it.
    pub(super) fn ways(
        &self,
        entry: EntryId,
        span: Span,
        standing: impl Fn(&Change) -> Standing,
    ) -> Vec<Way> {
        let (mut after, mut unknown) = (Vec::new(), Vec::new());
        for change in self.overlapping(entry, span) {
            match standing(&change) {
                Standing::After => after.push(change),
                Standing::Either => unknown.push(change),
                Standing::Before => {}
            }
        }
        let past = self.by_end.partition_point(|change| change.span.before(span));
        let made_past = self.makers.partition_point(|change| change.span.before(span));
        let last = self.makers[..made_past]
            .last()
            .into_iter()
            .chain(after.iter().filter(|change| change.makes))
            .max_by_key(|change| change.span.end());
        let way = |last: Option<&Change>, skip: Option<EntryId>| {
            let from = last.map_or(0, |last| {
                self.by_end[..past].partition_point(|change| change.span.before(last.span))
            });
            let matters = |change: &&Change| last.is_none_or(|l| !change.span.before(l.span));
            let mut required = self.sums[past].minus(self.sums[from]);
            for change in after.iter().filter(matters) {
                required = required.with(change.entry);
            }
            if let Some(skip) = skip {
                required = required.with(skip);
            }
            let optional = unknown
                .iter()
                .filter(matters)
                .filter(|change| Some(change.entry) != skip)
                .map(|change| change.entry)
                .collect();
            Way { required, optional }
        };
        let mut ways = vec![way(last, None)];
        let makers = unknown.iter().filter(|change| change.makes);
        for maker in makers.take(OVERLAPPING_MAKERS_MAX) {
            ways.push(way(Some(maker), Some(maker.entry)));
        }
        ways
    }

    /// The changes that were going on at the same time, the last begun first.
    fn overlapping(&self, entry: EntryId, span: Span) -> Vec<Change> {
        let begun = self.by_start.partition_point(|change| !span.before(change.span));
        self.ends
            .back_from(begun, span.start())
            .map(|index| self.by_start[index])
            .filter(|change| change.entry != entry)
            .take(OVERLAPS_MAX)
            .collect()
    }

    /// The changes that an answer comes after, the last first, back to where the thing was made.
    pub(super) fn past(&self, span: Span) -> impl Iterator<Item = &Change> {
        let past = self.by_end.partition_point(|change| change.span.before(span));
        let made_past = self.makers.partition_point(|change| change.span.before(span));
        let last = self.makers[..made_past].last().map(|maker| maker.span);
        self.by_end[..past]
            .iter()
            .rev()
            .take_while(move |change| last.is_none_or(|last| !change.span.before(last)))
    }

    /// The changes that came after an answer, the first first.
    pub(super) fn future(&self, span: Span) -> impl Iterator<Item = &Change> {
        let begun = self.by_start.partition_point(|change| !span.before(change.span));
        self.by_start[begun..].iter()
    }
}

/// When some things ended, so indexed that those which ended late are found among many that did not.
#[derive(Debug, Default)]
struct Latest {
    /// A binary tree: the children of n are 2n and 2n + 1, and each node holds the latest end below it. The
    /// second half are the ends themselves.
    nodes: Vec<(u64, u64)>,
}

impl Latest {
    fn new(ends: impl ExactSizeIterator<Item = (u64, u64)>) -> Self {
        let leaves = ends.len().next_power_of_two();
        let mut nodes = vec![(0, 0); leaves];
        nodes.extend(ends);
        nodes.resize(2 * leaves, (0, 0));
        for node in (1..leaves).rev() {
            nodes[node] = nodes[2 * node].max(nodes[2 * node + 1]);
        }
        Self { nodes }
    }

    /// Which of the first `count` did not end before a time, the last first. Each that is found costs as many
    /// steps as the tree is deep.
    fn back_from(&self, count: usize, time: (u64, u64)) -> impl Iterator<Item = usize> {
        let leaves = self.nodes.len() / 2;
        let mut open = if count > 0 { vec![(1, 0, leaves)] } else { Vec::new() };
        std::iter::from_fn(move || {
            while let Some((node, first, width)) = open.pop() {
                if first >= count || self.nodes[node] < time {
                    continue;
                }
                if width == 1 {
                    return Some(first);
                }
                let half = width / 2;
                open.push((2 * node, first, half));
                open.push((2 * node + 1, first + half, half));
            }
            None
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(entry: EntryId, at_us: u64, end_us: u64, makes: bool) -> Change {
        Change { entry, span: Span { at_us, end_us, seq: entry.into() }, makes }
    }

    fn sum(entries: &[EntryId]) -> Sum {
        entries.iter().fold(Sum::default(), |sum, entry| sum.with(*entry))
    }

    fn at(at_us: u64, end_us: u64) -> Span {
        Span { at_us, end_us, seq: 99 }
    }

    #[test]
    fn only_changes_since_the_thing_was_last_made_count() {
        let history = History::new(vec![
            change(1, 0, 1, true),
            change(2, 2, 3, false),
            change(3, 4, 5, true),
            change(4, 6, 7, false),
        ]);
        let required = |span| history.ways(99, span, |_| Standing::After)[0].required;
        assert_eq!(required(at(3, 3)), sum(&[1, 2]));
        assert_eq!(required(at(5, 5)), sum(&[3]));
        assert_eq!(required(at(9, 9)), sum(&[3, 4]));
    }

    #[test]
    fn an_overlapping_change_is_required_optional_or_not_there() {
        let history = History::new(vec![change(1, 0, 1, true), change(2, 5, 50, false)]);
        let way = |standing| history.ways(99, at(10, 20), |_| standing).remove(0);
        assert_eq!(way(Standing::After), Way { required: sum(&[1, 2]), optional: vec![] });
        assert_eq!(way(Standing::Either), Way { required: sum(&[1]), optional: vec![2] });
        assert_eq!(way(Standing::Before), Way { required: sum(&[1]), optional: vec![] });
    }

    #[test]
    fn an_overlapping_maker_leaves_two_histories() {
        let history = History::new(vec![change(1, 0, 1, false), change(2, 5, 50, true)]);
        let ways = history.ways(99, at(10, 20), |_| Standing::Either);
        assert_eq!(ways[0], Way { required: sum(&[1]), optional: vec![2] });
        assert_eq!(ways[1].required, sum(&[2]));
    }

    #[test]
    fn without_times_the_order_of_arrival_counts() {
        let history = History::new(vec![change(2, 0, 0, true), change(3, 0, 0, false)]);
        let span = |seq| Span { at_us: 0, end_us: 0, seq };
        assert_eq!(history.ways(1, span(1), |_| Standing::After)[0].required, sum(&[]));
        assert_eq!(history.ways(4, span(4), |_| Standing::After)[0].required, sum(&[2, 3]));
    }

    #[test]
    fn overlaps_are_those_of_a_plain_search() {
        let changes: Vec<Change> = (0..40_u32)
            .map(|id| {
                let at = u64::from(id * 7 % 40);
                change(id, at, at + u64::from(id * 11 % 23), false)
            })
            .collect();
        let history = History::new(changes.clone());
        for start in 0..70 {
            let span = at(start, start + 3);
            let mut found: Vec<EntryId> =
                history.overlapping(99, span).iter().map(|change| change.entry).collect();
            found.sort_unstable();
            let overlaps = |c: &&Change| !c.span.before(span) && !span.before(c.span);
            let expected: Vec<EntryId> =
                changes.iter().filter(overlaps).map(|change| change.entry).collect();
            assert_eq!(found, expected, "{span:?}");
        }
    }

    #[test]
    fn one_change_that_lasts_throughout_costs_little() {
        const COUNT: u32 = 50_000;
        let end = 2 * u64::from(COUNT);
        let mut changes = vec![change(0, 0, end, false)];
        changes.extend((1..COUNT).map(|id| {
            let at = 2 * u64::from(id);
            change(id, at, at + 1, false)
        }));
        let history = History::new(changes);
        let started = std::time::Instant::now();
        for id in 1..COUNT {
            let at_us = 2 * u64::from(id);
            let span = Span { at_us, end_us: at_us + 1, seq: id.into() };
            assert_eq!(history.overlapping(id, span).len(), 1);
        }
        // It takes a fraction of a second; walking back to the long one each time takes a minute.
        assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    }

    #[test]
    fn many_overlapping_makers_leave_few_histories() {
        let history = History::new((0..1_000).map(|id| change(id, 0, 10, true)).collect());
        assert!(history.ways(5_000, at(5, 6), |_| Standing::Either).len() < 10);
    }
}
