//! The desk beside a recorder.

use std::{path::PathBuf, sync::Arc};

use serde_json::{Map, Value, json};

use super::{
    recorder::{Recorder, Store},
    writes::Turnstile,
};
use crate::{
    admin::{self, Metrics},
    cassette::Journal,
    error::{Error, Kind, Result},
};

/// What can be asked of a recorder from beside: how it stands. It cannot begin anew, and time is not its own.
#[derive(Debug)]
pub struct Desk<S = Journal> {
    pub(super) recorder: Arc<Recorder<S>>,
    pub(super) turnstile: Arc<Turnstile>,
    pub(super) url: String,
    /// The base URL of the workspace without its secrets.
    pub(super) upstream: String,
    pub(super) cassette: PathBuf,
    /// When the recording began, in microseconds since 1970.
    pub(super) began_us: u64,
}

impl<S: Store> Desk<S> {
    fn refused(&self) -> u64 {
        self.turnstile.refused().values().sum()
    }
}

impl<S: Store> admin::Desk for Desk<S> {
    fn health(&mut self) -> Result<()> {
        match self.recorder.progress().failure {
            None => Ok(()),
            Some(cause) => {
                let doing = format!("failed to record to `{}`", self.cassette.display());
                Err(Error::new(Kind::Environment, doing).because(cause))
            }
        }
    }

    /// `{"url", "upstream", "cassette", "seconds", "exchanges", "refused_writes", "queue", "bytes", "failure"}`:
    /// `exchanges` by outcome, `queue` as `{"exchanges", "bytes"}` of what waits for the disk, `bytes` of the
    /// journal, `failure` null while all is kept.
    fn status(&mut self, now_us: u64) -> Value {
        let progress = self.recorder.progress();
        let exchanges: Map<_, _> = self
            .recorder
            .counts()
            .named()
            .map(|(name, count)| (name.to_owned(), count.into()))
            .collect();
        json!({
            "url": self.url,
            "upstream": self.upstream,
            "cassette": self.cassette.to_string_lossy(),
            "seconds": now_us.saturating_sub(self.began_us) / 1_000_000,
            "exchanges": exchanges,
            "refused_writes": self.refused(),
            "queue": {"exchanges": progress.waiting, "bytes": progress.waiting_bytes},
            "bytes": progress.written_bytes,
            "failure": progress.failure,
        })
    }

    fn metrics(&mut self, now_us: u64) -> Metrics {
        let progress = self.recorder.progress();
        let mut metrics = Metrics::of("record");
        let outcomes = "Exchanges by how they ended, as the cassette has it.";
        let named = self.recorder.counts();
        metrics.counters("jobdeck_exchanges_total", outcomes, "outcome", named.named());
        self.recorder.tally().classes().write(&mut metrics);
        let took = "From the arrival of a request to the end of its exchange.";
        metrics.histogram("jobdeck_exchange_seconds", took, self.recorder.tally().took());
        let refused = "Writes that were not forwarded, as --allow-write says.";
        metrics.counter("jobdeck_refused_writes_total", refused, self.refused());
        let waiting = "Exchanges that wait for the disk.";
        metrics.gauge("jobdeck_queue_exchanges", waiting, progress.waiting);
        let waiting = "Memory of the exchanges that wait for the disk.";
        metrics.gauge("jobdeck_queue_bytes", waiting, progress.waiting_bytes);
        let written = "Length of the journal.";
        metrics.gauge("jobdeck_journal_bytes", written, progress.written_bytes);
        let failed = "Whether something could not be kept, so that nothing more is forwarded.";
        let is_failed = u8::from(progress.failure.is_some());
        metrics.gauge("jobdeck_recording_failed", failed, is_failed);
        let seconds = now_us.saturating_sub(self.began_us) / 1_000_000;
        metrics.gauge("jobdeck_running_seconds", "Since the recording began.", seconds);
        metrics
    }

    fn reset(&mut self) -> Result<()> {
        Err(Error::new(Kind::Usage, "failed to begin anew")
            .because("a recording keeps what has passed")
            .hint("stop the recorder, and start it with another cassette"))
    }

    fn advance(&mut self, _ms: u64) -> Result<()> {
        Err(Error::new(Kind::Usage, "failed to let time pass")
            .because("a recorder follows the time of its workspace"))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use http::Method;

    use super::*;
    use crate::{
        admin::Admin,
        cassette::{Finished, Keep, Progress},
        exchange::{Exchange, Handler, Outcome, Request, Response},
        net::{Gate, Tap},
        record::Writes,
    };

    const BEGAN_US: u64 = 1_000_000;

    /// Keeps two exchanges, and then says that the disk is full.
    struct Disk(Mutex<u64>);

    impl Store for Disk {
        fn append(&self, exchange: Exchange) -> Result<()> {
            self.append_at_once(exchange).map(|_| ())
        }

        fn append_at_once(&self, _: Exchange) -> Result<Option<Exchange>> {
            let mut kept = self.0.lock().expect("a count");
            *kept += 1;
            if *kept > 2 { Err(Error::new(Kind::Environment, "no room")) } else { Ok(None) }
        }

        fn progress(&self) -> Progress {
            Progress { waiting: 1, waiting_bytes: 20, written_bytes: 300, failure: None }
        }

        fn finish(self, _: Keep) -> Result<Finished> {
            Ok(Finished { path: None, exchanges: 2, omitted: 0, residues: Vec::new() })
        }
    }

    fn exchange(outcome: Outcome, status: u16, took_us: u64) -> Exchange {
        Exchange {
            took_us,
            response: Some(Response::json(status, "{}")),
            outcome,
            ..Exchange::empty()
        }
    }

    fn desk() -> Desk<Disk> {
        let desk = Desk {
            recorder: Arc::new(Recorder::new(Disk(Mutex::new(0)))),
            turnstile: Arc::new(Turnstile::new(Writes::Only(Vec::new()))),
            url: "http://127.0.0.1:8421".to_owned(),
            upstream: "https://host-1.jobdeck.invalid".to_owned(),
            cassette: "x.json".into(),
            began_us: BEGAN_US,
        };
        desk.turnstile.refusal(&Request::new(Method::POST, "/")).expect("a refusal");
        desk.recorder.finished(exchange(Outcome::Complete, 200, 800));
        desk.recorder.finished(exchange(Outcome::Deck, 403, 20_000));
        desk
    }

    /// What the desk answers to a request, 90 seconds after the beginning.
    fn ask(desk: Desk<Disk>, method: Method, path: &str) -> String {
        let mut admin = Admin::new(Arc::new(Mutex::new(desk)));
        let now_us = BEGAN_US + 90_500_000;
        let response = admin.answer(&Request::new(method, path), now_us).response;
        let body = String::from_utf8_lossy(response.body.bytes());
        format!("{} {body}", response.status)
    }

    #[test]
    fn it_tells_how_the_recording_stands() {
        insta::assert_snapshot!(ask(desk(), Method::GET, "/status"), @r#"200 {"url":"http://127.0.0.1:8421","upstream":"https://host-1.jobdeck.invalid","cassette":"x.json","seconds":90,"exchanges":{"complete":1,"client-aborted":0,"upstream-failed":0,"upstream-timeout":0,"deck":1},"refused_writes":1,"queue":{"exchanges":1,"bytes":20},"bytes":300,"failure":null}"#);
    }

    #[test]
    fn its_numbers_are_those_of_the_recording() {
        insta::assert_snapshot!(ask(desk(), Method::GET, "/metrics"), @r##"
        200 # HELP jobdeck_info What is running; always 1.
        # TYPE jobdeck_info gauge
        jobdeck_info{verb="record",version="0.1.0"} 1
        # HELP jobdeck_exchanges_total Exchanges by how they ended, as the cassette has it.
        # TYPE jobdeck_exchanges_total counter
        jobdeck_exchanges_total{outcome="complete"} 1
        jobdeck_exchanges_total{outcome="client-aborted"} 0
        jobdeck_exchanges_total{outcome="upstream-failed"} 0
        jobdeck_exchanges_total{outcome="upstream-timeout"} 0
        jobdeck_exchanges_total{outcome="deck"} 1
        # HELP jobdeck_responses_total Answers by the class of their status.
        # TYPE jobdeck_responses_total counter
        jobdeck_responses_total{class="1xx"} 0
        jobdeck_responses_total{class="2xx"} 1
        jobdeck_responses_total{class="3xx"} 0
        jobdeck_responses_total{class="4xx"} 1
        jobdeck_responses_total{class="5xx"} 0
        # HELP jobdeck_exchange_seconds From the arrival of a request to the end of its exchange.
        # TYPE jobdeck_exchange_seconds histogram
        jobdeck_exchange_seconds_bucket{le="0.0005"} 0
        jobdeck_exchange_seconds_bucket{le="0.001"} 1
        jobdeck_exchange_seconds_bucket{le="0.0025"} 1
        jobdeck_exchange_seconds_bucket{le="0.005"} 1
        jobdeck_exchange_seconds_bucket{le="0.01"} 1
        jobdeck_exchange_seconds_bucket{le="0.025"} 2
        jobdeck_exchange_seconds_bucket{le="0.05"} 2
        jobdeck_exchange_seconds_bucket{le="0.1"} 2
        jobdeck_exchange_seconds_bucket{le="0.25"} 2
        jobdeck_exchange_seconds_bucket{le="0.5"} 2
        jobdeck_exchange_seconds_bucket{le="1"} 2
        jobdeck_exchange_seconds_bucket{le="2.5"} 2
        jobdeck_exchange_seconds_bucket{le="5"} 2
        jobdeck_exchange_seconds_bucket{le="10"} 2
        jobdeck_exchange_seconds_bucket{le="30"} 2
        jobdeck_exchange_seconds_bucket{le="60"} 2
        jobdeck_exchange_seconds_bucket{le="+Inf"} 2
        jobdeck_exchange_seconds_sum 0.020800
        jobdeck_exchange_seconds_count 2
        # HELP jobdeck_refused_writes_total Writes that were not forwarded, as --allow-write says.
        # TYPE jobdeck_refused_writes_total counter
        jobdeck_refused_writes_total 1
        # HELP jobdeck_queue_exchanges Exchanges that wait for the disk.
        # TYPE jobdeck_queue_exchanges gauge
        jobdeck_queue_exchanges 1
        # HELP jobdeck_queue_bytes Memory of the exchanges that wait for the disk.
        # TYPE jobdeck_queue_bytes gauge
        jobdeck_queue_bytes 20
        # HELP jobdeck_journal_bytes Length of the journal.
        # TYPE jobdeck_journal_bytes gauge
        jobdeck_journal_bytes 300
        # HELP jobdeck_recording_failed Whether something could not be kept, so that nothing more is forwarded.
        # TYPE jobdeck_recording_failed gauge
        jobdeck_recording_failed 0
        # HELP jobdeck_running_seconds Since the recording began.
        # TYPE jobdeck_running_seconds gauge
        jobdeck_running_seconds 90
        "##);
    }

    #[test]
    fn it_is_well_until_something_cannot_be_kept() {
        assert_eq!(ask(desk(), Method::GET, "/health"), r#"200 {"status":"up"}"#);
        let full = desk();
        full.recorder.finished(exchange(Outcome::Complete, 200, 1));
        insta::assert_snapshot!(ask(full, Method::GET, "/health"), @r#"503 {"status":"failed","message":"failed to record to `x.json`: no room"}"#);
    }

    #[test]
    fn what_makes_no_sense_for_a_recorder_is_told_so() {
        let reset = ask(desk(), Method::POST, "/reset");
        assert!(reset.starts_with("400") && reset.contains("keeps what has passed"), "{reset}");
        assert!(ask(desk(), Method::POST, "/advance").starts_with("400"));
    }
}
