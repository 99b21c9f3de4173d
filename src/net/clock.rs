//! The clock, read here and passed on as an argument everywhere else.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The time of day at a start, and a count from there that never goes back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    epoch_us: u64,
    start: Instant,
}

impl Clock {
    /// Starts counting.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the time of day")]
    pub(super) fn start() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { epoch_us: micros(since_epoch), start: Instant::now() }
    }

    /// Microseconds since 1970.
    pub(super) fn now_us(&self) -> u64 {
        self.epoch_us.saturating_add(self.elapsed_us())
    }

    /// Microseconds since the start.
    pub(super) fn elapsed_us(&self) -> u64 {
        micros(self.start.elapsed())
    }
}

/// The time of day, in microseconds since 1970.
pub fn now_us() -> u64 {
    Clock::start().now_us()
}

/// Whole microseconds; 64 bits of them last for half a million years.
fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
