//! Ids of 19 digits without an order, as the real service has them. Inside, jobs and runs are counted as
//! ever; their ids are translated where they come in and go out. Each id stands for one number.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Workspace, answers};
use crate::{call::Call, contract::Endpoint};

/// What the ids of jobs and runs look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ids {
    /// Jobs are counted from 1, runs from 1,000,001.
    #[default]
    Small,
    /// Nineteen digits, each id once and in no order; which ones, the seed says. No float holds them.
    Large {
        /// The same seed gives the same ids.
        seed: u64,
    },
}

/// The least id.
const FIRST: i64 = 1_000_000_000_000_000_000;
/// How many ids there are, all of 19 digits and 64 bits.
const SPAN: i64 = 8_000_000_000_000_000_000;
/// How far the ids of numbers that follow each other are apart. It has no factor in common with the span.
const STRIDE: i64 = 2_862_933_555_777_941_757;
/// What undoes the stride.
const BACK: i64 = inverse(STRIDE, SPAN);

/// The fields that hold ids of jobs and runs.
const IDS: [&str; 3] = ["job_id", "run_id", "original_attempt_run_id"];

impl Workspace {
    /// Reads the ids in the arguments of a call.
    pub(super) fn read_ids(&self, call: &mut Call) {
        for name in IDS {
            if let Some(id) = call.integer(name) {
                call.arguments.insert(name.to_owned(), self.options.ids.number(id).into());
            }
        }
    }

    /// Writes the ids in a success of this endpoint.
    pub(super) fn write_ids(&self, endpoint: Endpoint, answer: &mut Value) {
        let ids = self.options.ids;
        if ids == Ids::Small {
            return;
        }
        for job in answers::jobs(endpoint, answer) {
            ids.write(job);
        }
        for run in answers::runs(endpoint, answer) {
            ids.write(run);
        }
        if let (Endpoint::Create | Endpoint::RunNow | Endpoint::RunsSubmit, Value::Object(made)) =
            (endpoint, answer)
        {
            ids.write(made);
        }
    }
}

impl Ids {
    fn write(self, shown: &mut Map<String, Value>) {
        let page = ["job_id", "run_id"].map(|name| shown.get(name).and_then(Value::as_i64));
        if let ([Some(job_id), Some(run_id)], Some(Value::String(url))) =
            (page, shown.get_mut("run_page_url"))
        {
            let [short, long] = [[job_id, run_id], [self.id(job_id), self.id(run_id)]]
                .map(|[job_id, run_id]| format!("#job/{job_id}/run/{run_id}"));
            *url = url.replace(&short, &long);
        }
        for name in IDS {
            if let Some(number) = shown.get(name).and_then(Value::as_i64) {
                shown.insert(name.to_owned(), self.id(number).into());
            }
        }
        // To the real service, the number of a run is its id.
        if let Some(number) = shown.get("number_in_job").and_then(Value::as_i64)
            && page[1] == Some(number)
        {
            shown.insert("number_in_job".to_owned(), self.id(number).into());
        }
    }

    /// A message with the ids of the jobs and runs that it names.
    pub(super) fn in_words(self, message: &str) -> String {
        let mut named = false;
        let words = message.split(' ').map(|word| {
            let number = word.trim_end_matches([',', '.']);
            let long = number
                .parse()
                .ok()
                .filter(|_| named)
                .map(|n| word.replace(number, &self.id(n).to_string()));
            named = word.eq_ignore_ascii_case("job") || word.eq_ignore_ascii_case("run");
            long.unwrap_or_else(|| word.to_owned())
        });
        words.collect::<Vec<_>>().join(" ")
    }

    /// The id that stands for a number.
    pub(super) fn id(self, number: i64) -> i64 {
        match (self, number) {
            (Self::Small, _) => number,
            (Self::Large { seed }, 0..SPAN) => FIRST + turned(times(number, STRIDE), start(seed)),
            // No job or run has it; it stands for what nobody was given.
            (Self::Large { .. }, _) => !number,
        }
    }

    /// The number that an id stands for: a negative one if it is none that anybody was given.
    pub(super) fn number(self, id: i64) -> i64 {
        match (self, id) {
            (Self::Large { seed }, FIRST..FIRST_BEYOND) => {
                times(turned(id - FIRST, SPAN - start(seed)), BACK)
            }
            (Self::Large { .. }, 0..) => !id,
            _ => id,
        }
    }
}

/// Where a seed has the ids begin within the span: multiplied and folded, so that seeds that follow each
/// other are far apart (the last steps of `SplitMix64`).
fn start(seed: u64) -> i64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    // It is less than the span, which fits.
    i64::try_from(mixed % SPAN.unsigned_abs()).unwrap_or(0)
}

/// Two numbers of the span added within it.
fn turned(number: i64, by: i64) -> i64 {
    let left = SPAN - by;
    if number < left { number + by } else { number - left }
}

const FIRST_BEYOND: i64 = FIRST + SPAN;

/// The product within the span.
fn times(one: i64, other: i64) -> i64 {
    let product = i128::from(one) * i128::from(other) % i128::from(SPAN);
    // It is less than the span, which fits.
    i64::try_from(product).unwrap_or(0)
}

/// The number whose product with this one leaves 1 over the span (Euclid's algorithm).
const fn inverse(of: i64, span: i64) -> i64 {
    let (mut rest, mut next_rest) = (span, of);
    let (mut back, mut next_back) = (0_i64, 1_i64);
    while next_rest > 0 {
        let times = rest / next_rest;
        (rest, next_rest) = (next_rest, rest - times * next_rest);
        (back, next_back) = (next_back, back - times * next_back);
    }
    if back < 0 { back + span } else { back }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_id_stands_for_one_number(seed: u64, number in 0..SPAN) {
            let ids = Ids::Large { seed };
            let id = ids.id(number);
            prop_assert_eq!((id.to_string().len(), ids.number(id)), (19, number));
            // No float holds them, and those that follow each other are far apart.
            prop_assert!(id > 1 << 53);
            prop_assert!(number + 1 == SPAN || id.abs_diff(ids.id(number + 1)) > 1_000_000_000);
        }

        #[test]
        fn other_numbers_are_nobody_s_ids(seed: u64, other in prop_oneof![
            0..FIRST, FIRST_BEYOND..=i64::MAX, i64::MIN..0
        ]) {
            let ids = Ids::Large { seed };
            prop_assert!(ids.number(other) < 0);
            prop_assert!(other < 0 || ids.id(ids.number(other)) == other);
        }
    }

    #[test]
    fn no_id_is_given_twice() {
        for seed in [0, 1, u64::MAX] {
            let numbers = (1..10_000).chain(1_000_001..1_010_001);
            let ids: BTreeSet<_> = numbers.map(|n| Ids::Large { seed }.id(n)).collect();
            assert_eq!(ids.len(), 19_999);
        }
        assert_ne!(Ids::Large { seed: 1 }.id(1), Ids::Large { seed: 2 }.id(1));
    }

    #[test]
    fn messages_name_the_ids_that_clients_know() {
        let ids = Ids::Large { seed: 0 };
        let long = ids.id(7);
        assert_eq!(ids.in_words("Job 7 does not exist."), format!("Job {long} does not exist."));
        assert_eq!(
            ids.in_words("The token belongs to run 7, which has gone in 7 days."),
            format!("The token belongs to run {long}, which has gone in 7 days.")
        );
        assert_eq!(Ids::Small.in_words("Job 7 does not exist."), "Job 7 does not exist.");
    }
}
