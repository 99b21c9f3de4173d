//! How much a check may spend, and how fast.

use std::{num::NonZeroU32, time::Duration};

/// How much a check may spend, and how fast. Cleaning up goes on when it is spent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Budget {
    /// How long it may take, by the target's time; waits for which nobody has to wait do not count.
    pub time_max: Option<Duration>,
    /// How many requests it may send.
    pub requests_max: Option<u64>,
    /// How many requests it may send in a second.
    pub rate: Option<NonZeroU32>,
}

/// The same, while it is spent.
#[derive(Debug, Default)]
pub(super) struct Purse {
    budget: Budget,
    /// Whether what is sent now cleans up, for which there is always something left.
    pub(super) is_cleaning: bool,
    /// Before when the next request is too early, in microseconds of the target's time.
    next_us: u64,
}

impl Purse {
    pub(super) fn of(budget: Budget) -> Self {
        Self { budget, ..Self::default() }
    }

    /// What there is no more of, at a time and after so many requests.
    pub(super) fn spent(&self, now_us: u64, requests: u64) -> Option<&'static str> {
        let Budget { time_max, requests_max, .. } = self.budget;
        if self.is_cleaning {
            None
        } else if requests_max.is_some_and(|most| requests >= most) {
            Some("requests")
        } else if time_max.is_some_and(|most| u128::from(now_us) >= most.as_micros()) {
            Some("time")
        } else {
            None
        }
    }

    /// How long to wait before so many requests are sent at once.
    pub(super) fn wait(&mut self, now_us: u64, requests: usize) -> Duration {
        let Some(rate) = self.budget.rate else { return Duration::ZERO };
        let starts_us = self.next_us.max(now_us);
        let slot_us = 1_000_000 / u64::from(rate.get());
        self.next_us = starts_us.saturating_add(slot_us.saturating_mul(requests as u64));
        Duration::from_micros(starts_us - now_us)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_second_sees_more_than_its_rate(
            rate in 1_u32..200,
            gaps_us in prop::collection::vec(0_u64..300_000, 1..200),
        ) {
            let budget = Budget { rate: NonZeroU32::new(rate), ..Budget::default() };
            let mut purse = Purse::of(budget);
            let (mut now_us, mut sent_us) = (0, Vec::new());
            for gap_us in gaps_us {
                now_us += gap_us;
                now_us += u64::try_from(purse.wait(now_us, 1).as_micros()).unwrap();
                sent_us.push(now_us);
            }
            for from_us in &sent_us {
                let within = sent_us.iter().filter(|at| (*from_us..from_us + 990_000).contains(at));
                prop_assert!(within.count() <= rate as usize);
            }
        }
    }

    #[test]
    fn what_is_spent_is_named_but_not_to_who_cleans_up() {
        let budget =
            Budget { time_max: Some(Duration::from_secs(2)), requests_max: Some(10), rate: None };
        let mut purse = Purse::of(budget);
        assert_eq!(purse.spent(1_999_999, 9), None);
        assert_eq!(purse.spent(0, 10), Some("requests"));
        assert_eq!(purse.spent(2_000_000, 0), Some("time"));
        purse.is_cleaning = true;
        assert_eq!(purse.spent(2_000_000, 10), None);
    }
}
