//! Reads at the same time as writes: once a deleted run is not found, it stays so; and when something comes or
//! goes that a list could show.

use super::{
    Facts, Oracle, Tally,
    facts::Run,
    history::{Entry, History},
    tally::Proof,
};
use crate::contract::Endpoint;

const STAYS_GONE: &str = "x/concurrency/runs-delete-vs-get";

pub(super) const ORACLE: Oracle = Oracle { rules: || vec![STAYS_GONE], judge };

fn judge(facts: &Facts<'_>, tally: &mut Tally) {
    for run in facts.runs.values() {
        stays_gone(run, tally);
    }
}

/// A run that was deleted while others read it is gone with the answer to the delete, or with the first read that
/// did not find it.
fn stays_gone(run: &Run<'_>, tally: &mut Tally) {
    let Some(delete) = run.deletes.iter().find(|delete| delete.done().is_some()) else { return };
    if !run.gets.iter().any(|get| get.overlaps(delete)) {
        return;
    }
    let missed = run
        .gets
        .iter()
        .filter(|get| get.is_refused() && delete.call_us() <= get.return_us())
        .chain([delete])
        .min_by_key(|entry| entry.return_us());
    let Some(gone) = missed else { return };
    for get in run.gets.iter().filter(|get| gone.return_us() < get.call_us()) {
        if get.done().is_some() || get.is_refused() {
            tally.judge(STAYS_GONE, get.is_refused(), || {
                let mut evidence = vec![*delete, *gone, *get];
                evidence.dedup_by_key(|entry| entry.index);
                evidence.sort_by_key(|entry| entry.index);
                Proof::new(&evidence)
                    .expected("a refusal (4xx): the run is deleted, and was not found before")
                    .got(get.outcome())
            });
        }
    }
}

/// The times in which jobs, or runs, come and go.
pub(super) struct Busy {
    /// When each write was called, and when it and all before it were over; in the order of calls.
    spans_us: Vec<(u64, u64)>,
}

impl Busy {
    /// The times in which requests to these endpoints were under way that may have been carried out.
    pub(super) fn of(history: &History, endpoints: &[Endpoint]) -> Self {
        let writes = history.entries().iter().filter(|entry| {
            entry.may_be_done() && entry.endpoint().is_some_and(|named| endpoints.contains(&named))
        });
        let spans_us = writes.scan(0, |over_us, write| {
            *over_us = write.return_us().max(*over_us);
            Some((write.call_us(), *over_us))
        });
        Self { spans_us: spans_us.collect() }
    }

    /// Whether one of them was under way at some time of an exchange.
    pub(super) fn is_at(&self, entry: &Entry) -> bool {
        let called = self.spans_us.partition_point(|(call_us, _)| *call_us <= entry.return_us());
        called > 0 && self.spans_us[called - 1].1 >= entry.call_us()
    }
}
