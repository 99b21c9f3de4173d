//! When an exchange was, and what was before what.

use crate::exchange::Exchange;

/// From when to when an exchange lasted.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// When it began, in microseconds from the start of the recording.
    pub at_us: u64,
    /// When it was over, in the same.
    pub end_us: u64,
    /// The order of arrival.
    pub seq: u64,
}

impl Span {
    /// That of an exchange.
    pub fn of(exchange: &Exchange) -> Self {
        Self { at_us: exchange.at_us, end_us: exchange.end_us(), seq: exchange.seq }
    }

    /// Whether it was over before the other began. Where the clock cannot tell (a recording without
    /// times), the order of arrival does.
    pub fn before(self, other: Self) -> bool {
        self.end() < other.start()
    }

    /// Its beginning, to sort by.
    pub fn start(self) -> (u64, u64) {
        (self.at_us, self.seq)
    }

    /// Its end, to sort by.
    pub fn end(self) -> (u64, u64) {
        (self.end_us, self.seq)
    }
}
