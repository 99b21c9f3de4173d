//! What is kept of the times of exchanges, so that their order survives all of it.
//!
//! Replay asks of two exchanges whether one was over before the other came. So wherever times are made coarse,
//! the ends of exchanges are counted: an exchange begins at an odd number, one more than twice the ends before it,
//! and ends at an even one, twice its own place among the ends. One was over before another came just if its
//! number is less, as with the times themselves, and exchanges that overlapped still do.

use crate::exchange::Exchange;

/// What is kept of times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Times {
    /// Microseconds.
    #[default]
    Keep,
    /// Milliseconds. Within each the last three digits say in which order exchanges came and ended, up to 499 of
    /// them.
    Round,
    /// Their order alone: recordings in which the same happened in the same order have the same times.
    None,
}

/// Half the numbers within a millisecond.
const ENDS_MAX: u64 = 499;
const MILLISECOND_US: u64 = 1_000;

/// Makes the times of one recording coarse.
#[derive(Debug)]
pub(super) struct Clockwork {
    times: Times,
    /// What the times begin at.
    after_us: u64,
    /// When exchanges ended, with their numbers, in order.
    ends: Vec<(u64, u64)>,
}

impl Clockwork {
    /// For a recording whose times begin at `after_us`.
    pub(super) fn new(times: Times, after_us: u64) -> Self {
        Self { times, after_us, ends: Vec::new() }
    }

    /// Sets the times of an exchange that has ended. Exchanges come in the order of their ends, as near as can be;
    /// one that comes late may count as one that overlapped with those before it.
    pub(super) fn set(&mut self, exchange: &mut Exchange) {
        let (begin, end) = ((exchange.at_us, exchange.seq), (exchange.end_us(), exchange.seq));
        let (from_us, until_us) = match self.times {
            Times::Keep => return,
            Times::Round => (self.millisecond(begin.0), self.millisecond(end.0)),
            Times::None => (self.after_us, self.after_us),
        };
        self.ends.insert(self.before(end), end);
        let ends_max = if self.times == Times::Round { ENDS_MAX } else { u64::MAX / 4 };
        let count = |since_us, before: usize| {
            let earlier = self.before((since_us, 0));
            (before.saturating_sub(earlier) as u64).min(ends_max)
        };
        let at_us = from_us + 2 * count(from_us, self.before(begin)) + 1;
        let end_us = until_us + 2 * count(until_us, self.before(end) + 1);
        exchange.at_us = at_us;
        exchange.took_us = end_us.saturating_sub(at_us);
        exchange.first_byte_us = exchange.first_byte_us.map(|us| match self.times {
            Times::None => 0,
            Times::Keep | Times::Round => (us - us % MILLISECOND_US).min(exchange.took_us),
        });
    }

    /// How many exchanges ended before a time. Where the clock cannot tell, the order of arrival does.
    fn before(&self, time: (u64, u64)) -> usize {
        self.ends.partition_point(|end| *end < time)
    }

    /// The beginning of the millisecond that a time lies in, counted from the beginning of all.
    fn millisecond(&self, us: u64) -> u64 {
        us - us.saturating_sub(self.after_us) % MILLISECOND_US
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn exchange(seq: u64, at_us: u64, took_us: u64) -> Exchange {
        Exchange { seq, at_us, first_byte_us: Some(took_us / 2), took_us, ..Exchange::empty() }
    }

    /// What becomes of the times of exchanges, given and taken as begin and length in the order of arrival.
    fn kept(times: Times, after_us: u64, spans: &[(u64, u64)]) -> Vec<(u64, u64)> {
        let mut exchanges: Vec<_> = (1..)
            .zip(spans)
            .map(|(seq, (at_us, took_us))| exchange(seq, *at_us, *took_us))
            .collect();
        exchanges.sort_by_key(|exchange| (exchange.end_us(), exchange.seq));
        let mut clockwork = Clockwork::new(times, after_us);
        for exchange in &mut exchanges {
            clockwork.set(exchange);
            assert!(exchange.first_byte_us.is_some_and(|us| us <= exchange.took_us));
        }
        exchanges.sort_by_key(|exchange| exchange.seq);
        exchanges.iter().map(|exchange| (exchange.at_us, exchange.took_us)).collect()
    }

    #[test]
    fn one_after_the_other_leaves_the_same_times_however_long_it_took() {
        let slow = kept(Times::None, 0, &[(10, 900), (2_000, 70_000), (90_000, 1)]);
        assert_eq!(slow, [(1, 1), (3, 1), (5, 1)]);
        assert_eq!(kept(Times::None, 0, &[(0, 1), (2, 1), (4, 1)]), slow);
        // The second overlaps with both others.
        assert_eq!(kept(Times::None, 0, &[(0, 10), (5, 20), (15, 90)]), [(1, 1), (1, 3), (3, 3)]);
        assert_eq!(kept(Times::None, 50, &[(60, 5), (70, 5)]), [(51, 1), (53, 1)]);
    }

    #[test]
    fn milliseconds_stay_and_what_lies_within_one_keeps_its_order() {
        let spans = [(1_300, 400), (1_800, 100), (1_850, 9_000), (42_123, 7_777)];
        let rounded = kept(Times::Round, 0, &spans);
        assert_eq!(rounded, [(1_001, 1), (1_003, 1), (1_003, 8_999), (42_001, 7_001)]);
        assert_eq!(kept(Times::Keep, 0, &spans), spans);
        // Milliseconds count from where the recording goes on, so that nothing gets before that.
        assert_eq!(kept(Times::Round, 5_400, &[(5_450, 100)]), [(5_401, 1)]);
    }

    proptest! {
        #[test]
        fn what_was_before_what_stays_so(
            mut spans in prop::collection::vec((0_u64..5_000, 0_u64..3_000), 0..40),
            after_us in 0_u64..10_000,
        ) {
            spans.sort_by_key(|(at_us, _)| *at_us);
            let spans: Vec<_> = spans.iter().map(|(at, took)| (at + after_us, *took)).collect();
            let before = |spans: &[(u64, u64)], a: usize, b: usize| {
                (spans[a].0 + spans[a].1, a) < (spans[b].0, b)
            };
            for times in [Times::Keep, Times::Round, Times::None] {
                let kept = kept(times, after_us, &spans);
                for a in 0..spans.len() {
                    prop_assert!(kept[a].0 >= after_us);
                    prop_assert!(a == 0 || kept[a - 1].0 <= kept[a].0, "the order of arrival");
                    for b in 0..spans.len() {
                        prop_assert_eq!(before(&kept, a, b), before(&spans, a, b), "{:?}", times);
                    }
                }
            }
        }
    }
}
