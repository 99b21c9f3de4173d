//! Ids of 19 digits without an order, as the real service has them. Inside, jobs and runs are counted as
//! ever; their ids are translated where they come in and go out. Each id stands for one number.

use serde_json::{Map, Value};

use crate::{call::Call, contract::Endpoint, serve::answers};

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

/// Reads the ids in the arguments of a call.
pub(super) fn inward(call: &mut Call) {
    for name in IDS {
        if let Some(id) = call.integer(name) {
            call.arguments.insert(name.to_owned(), number(id).into());
        }
    }
}

/// Writes the ids in a success of this endpoint.
pub(super) fn outward(endpoint: Endpoint, answer: &mut Value) {
    answers::jobs(endpoint, answer).into_iter().for_each(write);
    answers::runs(endpoint, answer).into_iter().for_each(write);
    if let Endpoint::Create | Endpoint::RunNow | Endpoint::RunsSubmit = endpoint {
        answer.as_object_mut().into_iter().for_each(write);
    }
}

fn write(shown: &mut Map<String, Value>) {
    let page = ["job_id", "run_id"].map(|name| shown.get(name).and_then(Value::as_i64));
    if let ([Some(job_id), Some(run_id)], Some(Value::String(url))) =
        (page, shown.get_mut("run_page_url"))
    {
        let [short, long] = [[job_id, run_id], [id(job_id), id(run_id)]]
            .map(|[job_id, run_id]| format!("#job/{job_id}/run/{run_id}"));
        *url = url.replace(&short, &long);
    }
    for name in IDS {
        if let Some(number) = shown.get(name).and_then(Value::as_i64) {
            shown.insert(name.to_owned(), id(number).into());
        }
    }
}

/// A message with the ids of the jobs and runs that it names.
pub(super) fn in_words(message: &str) -> String {
    let mut named = false;
    let words = message.split(' ').map(|word| {
        let number = word.trim_end_matches([',', '.']);
        let long =
            number.parse().ok().filter(|_| named).map(|n| word.replace(number, &id(n).to_string()));
        named = word.eq_ignore_ascii_case("job") || word.eq_ignore_ascii_case("run");
        long.unwrap_or_else(|| word.to_owned())
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The id that stands for a number.
fn id(number: i64) -> i64 {
    match number {
        0..SPAN => FIRST + times(number, STRIDE),
        // No job or run has it; it stands for what nobody was given.
        _ => !number,
    }
}

/// The number that an id stands for: a negative one if it is none that anybody was given.
fn number(id: i64) -> i64 {
    match id {
        FIRST..FIRST_BEYOND => times(id - FIRST, BACK),
        0.. => !id,
        _ => id,
    }
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

    use super::*;

    #[test]
    fn an_id_stands_for_one_number() {
        let ids: BTreeSet<_> = (0..10_000).chain(1_000_001..1_010_001).map(id).collect();
        assert_eq!(ids.len(), 20_000);
        for number_of in [0, 1, 2, 1_000_001, SPAN - 1] {
            let id = id(number_of);
            assert_eq!((id.to_string().len(), number(id)), (19, number_of));
        }
        assert!(id(2) - id(1) != id(3) - id(2) || id(2) - id(1) > 1_000_000);
    }

    #[test]
    fn other_numbers_are_nobody_s_ids() {
        for other in [0, 1, 1_000_001, FIRST - 1, i64::MAX] {
            assert!(number(other) < 0);
            assert_eq!(id(number(other)), other);
        }
        assert!(number(-5) < 0);
    }

    #[test]
    fn messages_name_the_ids_that_clients_know() {
        let long = id(7);
        assert_eq!(in_words("Job 7 does not exist."), format!("Job {long} does not exist."));
        assert_eq!(
            in_words("The token belongs to run 7, which has gone in 7 days."),
            format!("The token belongs to run {long}, which has gone in 7 days.")
        );
    }
}
