//! The workspace's own time: whole milliseconds since 1970, never going back.
//!
//! It reads no clock: the time of day comes with each request.

use crate::error::{Error, Kind, Result};

/// How time passes in the workspace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// As outside.
    #[default]
    Real,
    /// So many times as fast as outside, from the first request on.
    Fast(u32),
    /// Not at all, but for [`Workspace::advance`](super::Workspace::advance). It starts at the same time
    /// always, so that the same requests give the same bytes.
    Manual,
}

/// Where a manual clock starts: 2024-01-01T00:00:00Z.
const MANUAL_START_MS: i64 = 1_704_067_200_000;

/// The furthest that a manual clock is moved at once: 100 days.
pub const ADVANCE_MS_MAX: u64 = 100 * 24 * 60 * 60 * 1000;

/// A clock on its way.
#[derive(Clone, Debug)]
pub(super) struct Timeline {
    clock: Clock,
    /// Outside and inside, when the first request came.
    first_us: Option<(u64, u64)>,
    outside_us: u64,
    now_ms: i64,
}

impl Timeline {
    pub(super) fn new(clock: Clock) -> Self {
        let now_ms = match clock {
            Clock::Real | Clock::Fast(_) => 0,
            Clock::Manual => MANUAL_START_MS,
        };
        Self { clock, first_us: None, outside_us: 0, now_ms }
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// Goes on from where it was before.
    pub(super) fn resume(&mut self, now_ms: i64) {
        self.now_ms = now_ms;
    }

    /// What time it was outside when the latest request came, in microseconds.
    pub(super) fn outside_us(&self) -> u64 {
        self.outside_us
    }

    /// Outside it is `now_us`. Where time went on while nobody asked, as it does between the end of one process
    /// and the first request to the next, this tells until when that was.
    pub(super) fn follow(&mut self, now_us: u64) -> Option<i64> {
        let is_first = self.first_us.is_none();
        let inside_us = u64::try_from(self.now_ms).unwrap_or(0).saturating_mul(1000);
        let (outside_us, inside_us) = *self.first_us.get_or_insert((now_us, now_us.max(inside_us)));
        self.outside_us = self.outside_us.max(now_us);
        let us = match self.clock {
            Clock::Real => now_us,
            Clock::Fast(factor) => {
                let passed_us = now_us.saturating_sub(outside_us);
                inside_us.saturating_add(passed_us.saturating_mul(u64::from(factor)))
            }
            Clock::Manual => return None,
        };
        self.now_ms = self.now_ms.max(millis(us / 1000));
        (is_first && self.clock == Clock::Real).then_some(self.now_ms)
    }

    /// Moves a manual clock.
    pub(super) fn advance(&mut self, ms: u64) -> Result<()> {
        let refused = |cause: &str, hint: String| {
            let doing = format!("failed to advance the clock by `{ms}` milliseconds");
            Err(Error::new(Kind::Usage, doing).because(cause).hint(hint))
        };
        match self.clock {
            Clock::Real | Clock::Fast(_) => {
                refused("it runs by itself", "serve with a manual clock".to_owned())
            }
            Clock::Manual if ms > ADVANCE_MS_MAX => {
                refused("that is too far", format!("go at most {ADVANCE_MS_MAX} at once"))
            }
            Clock::Manual => {
                self.now_ms = self.now_ms.saturating_add(millis(ms));
                Ok(())
            }
        }
    }
}

/// An advance stopped on the way, because too much happened.
pub(super) fn stopped(ms: u64, passed_ms: i64) -> Error {
    Error::new(Kind::Usage, format!("failed to advance the clock by `{ms}` milliseconds at once"))
        .because(format!("so much happens in them that it stopped after {passed_ms}"))
        .hint("advance it by the rest")
}

/// Milliseconds with a sign, as the API has them; what no clock reaches counts as the furthest.
pub(super) fn millis(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(clock: Clock, outside_us: &[u64], expected_ms: i64) {
        let mut timeline = Timeline::new(clock);
        for us in outside_us {
            timeline.follow(*us);
        }
        assert_eq!(timeline.now_ms(), expected_ms);
    }

    #[test]
    fn time_passes_as_asked() {
        check(Clock::Real, &[5_000_000, 7_500_999], 7500);
        check(Clock::Fast(60), &[5_000_000, 6_000_000], 65_000);
        check(Clock::Manual, &[5_000_000, 7_000_000], MANUAL_START_MS);
    }

    #[test]
    fn time_never_goes_back() {
        check(Clock::Real, &[7_000_000, 5_000_000], 7000);
        check(Clock::Fast(2), &[7_000_000, 8_000_000, 5_000_000], 9000);
        check(Clock::Fast(u32::MAX), &[1, u64::MAX], i64::try_from(u64::MAX / 1000).unwrap());
    }

    #[test]
    fn a_clock_goes_on_from_where_it_was() {
        let after = |clock, us: &[u64]| {
            let mut timeline = Timeline::new(clock);
            timeline.resume(60_000);
            for us in us {
                timeline.follow(*us);
            }
            timeline.now_ms()
        };
        assert_eq!(after(Clock::Real, &[50_000_000]), 60_000);
        assert_eq!(after(Clock::Real, &[70_000_000]), 70_000);
        assert_eq!(after(Clock::Fast(10), &[50_000_000, 51_000_000]), 70_000);
        assert_eq!(after(Clock::Manual, &[70_000_000]), 60_000);
    }

    #[test]
    fn only_a_manual_clock_is_moved_and_not_without_end() {
        let mut timeline = Timeline::new(Clock::Manual);
        timeline.advance(1500).unwrap();
        assert_eq!(timeline.now_ms(), MANUAL_START_MS + 1500);
        assert!(timeline.advance(ADVANCE_MS_MAX + 1).is_err());
        assert_eq!(timeline.now_ms(), MANUAL_START_MS + 1500);
        assert!(Timeline::new(Clock::Real).advance(1).is_err());
        assert!(Timeline::new(Clock::Fast(2)).advance(1).is_err());
    }
}
