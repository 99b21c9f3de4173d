//! How often which weather struck.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use super::Event;
use crate::admin::{Metrics, Numbers};

/// Counts what strikes requests, by the name of its kind.
#[derive(Debug, Default)]
pub struct Tally([AtomicU64; Event::NAMES.len()]);

impl Tally {
    pub(super) fn count(&self, name: &str) {
        if let Some(at) = Event::NAMES.iter().position(|own| *own == name) {
            self.0[at].fetch_add(1, Ordering::Relaxed);
        }
    }

    fn named(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Event::NAMES.into_iter().zip(self.0.iter().map(|count| count.load(Ordering::Relaxed)))
    }
}

impl Numbers for Tally {
    fn write(&self, metrics: &mut Metrics) {
        let help = "Requests that weather struck, by what it did to them (latency: held them back, no more).";
        metrics.counters("jobdeck_weather_total", help, "kind", self.named());
    }
}

/// What has struck at all, as `throttle 2, cut 1`.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let struck = self.named().filter(|(_, count)| *count > 0);
        let struck: Vec<_> = struck.map(|(name, count)| format!("{name} {count}")).collect();
        f.write_str(&struck.join(", "))
    }
}
