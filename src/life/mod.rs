//! What a recording shows of the life of jobs and runs: read by whoever makes one and by whoever replays it.

mod course;
mod span;
mod told;

use std::collections::BTreeMap;

pub use course::{Course, Sighting, Unended};
pub use span::Span;
pub use told::{RunSeen, Told, told};

use crate::{
    contract::Endpoint,
    exchange::{Body, Exchange, Outcome, Response},
};

/// The answer of an exchange, if all of it is at hand.
pub fn whole_answer(exchange: &Exchange) -> Option<&Response> {
    let response = exchange.response.as_ref()?;
    let whole = matches!(response.body, Body::Whole(_));
    (whole && exchange.outcome == Outcome::Complete).then_some(response)
}

/// The runs that exchanges show, but never as ended, by their ids.
pub fn unended(exchanges: &[Exchange]) -> Vec<Unended> {
    let mut sightings = BTreeMap::<i64, Vec<Sighting>>::new();
    for (index, exchange) in exchanges.iter().enumerate() {
        let request = &exchange.request;
        let endpoint = Endpoint::at(request.path())
            .filter(|endpoint| endpoint.signature().method == request.method);
        let success = whole_answer(exchange).filter(|response| response.is_success());
        let Some((endpoint, response)) = endpoint.zip(success) else { continue };
        for seen in told(endpoint, response.body.bytes()).runs {
            if let Some(state) = seen.life_cycle() {
                let span = Span::of(exchange);
                sightings.entry(seen.run).or_default().push(Sighting { index, span, state });
            }
        }
    }
    sightings
        .into_iter()
        .filter_map(|(run, sightings)| Course::of(sightings).unended(run))
        .collect()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::Method;

    use super::*;
    use crate::exchange::Request;

    /// An exchange that begins each millisecond and takes half of it.
    fn exchange(seq: u64, target: &str, status: u16, body: &str) -> Exchange {
        let mut response = Response::json(status, "");
        response.body = Body::Whole(Bytes::copy_from_slice(body.as_bytes()));
        Exchange {
            seq,
            at_us: seq * 1_000_000,
            took_us: 500_000,
            request: Request::new(Method::GET, target),
            response: Some(response),
            ..Exchange::empty()
        }
    }

    fn poll(seq: u64, state: &str) -> Exchange {
        let body = format!(r#"{{"run_id":7,"state":{{"life_cycle_state":"{state}"}}}}"#);
        exchange(seq, "/api/2.0/jobs/runs/get?run_id=7", 200, &body)
    }

    #[track_caller]
    fn check(exchanges: &[Exchange], expected: &[&str]) {
        let told: Vec<_> = unended(exchanges).iter().map(ToString::to_string).collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn a_run_that_is_never_seen_ended_is_named_with_its_last_state() {
        check(
            &[poll(1, "PENDING"), poll(2, "RUNNING"), poll(3, "RUNNING")],
            &[
                "run 7 never ends in this recording: RUNNING from exchange 2 (after 2.5 s) to exchange 3 (after 3.5 s)",
            ],
        );
        check(&[poll(1, "PENDING"), poll(2, "TERMINATED")], &[]);
        check(&[poll(1, "SKIPPED")], &[]);
    }

    #[test]
    fn an_answer_that_is_behind_the_times_changes_nothing() {
        check(
            &[poll(1, "RUNNING"), poll(2, "PENDING")],
            &["run 7 never ends in this recording: RUNNING in exchange 1 (after 1.5 s)"],
        );
        check(&[poll(1, "TERMINATED"), poll(2, "RUNNING")], &[]);
    }

    #[test]
    fn lists_show_runs_and_refusals_do_not() {
        let body = r#"{"runs":[{"run_id":9,"state":{"life_cycle_state":"PENDING"}}]}"#;
        check(
            &[exchange(1, "/api/2.1/jobs/runs/list", 200, body)],
            &["run 9 never ends in this recording: PENDING in exchange 1 (after 1.5 s)"],
        );
        check(&[exchange(1, "/api/2.0/jobs/runs/list", 500, body)], &[]);
        check(&[exchange(1, "/other", 200, body)], &[]);
        let mut cut = exchange(1, "/api/2.0/jobs/runs/list", 200, body);
        cut.outcome = Outcome::UpstreamFailed;
        check(&[cut], &[]);
    }
}
