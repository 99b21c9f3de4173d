//! A recording without a network.

use std::{error::Error, path::Path};

use jobdeck::{
    cassette::{Journal, Mode, Options, Policy, Times},
    exchange::{Body, Exchange, Headers, Outcome, Request, Response},
};

use super::answer::{self, ASKED, START, TARGET, body};

/// Records so many exchanges; `every` so many in a row ask and answer the same.
pub(crate) fn record(path: &Path, count: u64, every: u64) -> Result<Journal, Box<dyn Error>> {
    record_all(path, (1..=count).map(|seq| poll(seq, seq.div_ceil(every))))
}

/// Records exchanges.
pub(crate) fn record_all(
    path: &Path,
    exchanges: impl Iterator<Item = Exchange>,
) -> Result<Journal, Box<dyn Error>> {
    let options = Options {
        mode: Mode::All,
        recorded: "2026-11-23T10:00:00Z".to_owned(),
        upstream: format!("https://{}", ASKED[0].1),
        volatile: Vec::new(),
        policy: Policy::default(),
        durable: false,
        queue_bytes_max: 64 << 20,
        watch: None,
        times: Times::default(),
    };
    let journal = Journal::create(path, options)?;
    for exchange in exchanges {
        journal.append(exchange)?;
    }
    Ok(journal)
}

/// The start of a run, and its answer.
pub(crate) fn start(seq: u64, run: u64) -> Exchange {
    let mut exchange = poll(seq, run);
    exchange.request.method = http::Method::POST;
    START.clone_into(&mut exchange.request.target);
    exchange.request.headers.push("content-type", "application/json");
    exchange.request.body = Body::Whole(answer::start(&run.to_string()).into());
    exchange.response = Some(Response::json(200, answer::started(run)));
    exchange
}

/// A question for one run, and its answer.
pub(crate) fn poll(seq: u64, run: u64) -> Exchange {
    let body = body(&(run % 100).to_string(), &run.to_string());
    let mut asked = Headers::default();
    for (name, value) in ASKED {
        asked.push(name, value);
    }
    let mut answered = Headers::default();
    for (name, value) in [
        ("content-type", "application/json"),
        ("date", "Mon, 23 Nov 2026 10:00:00 GMT"),
        ("server", "databricks"),
        ("x-databricks-org-id", "1234567890123456"),
        ("vary", "Accept-Encoding"),
        ("content-length", &body.len().to_string()),
    ] {
        answered.push(name, value);
    }
    Exchange {
        seq,
        connection: seq % 32,
        at_us: seq * 100,
        first_byte_us: Some(900),
        took_us: 1000,
        request: Request {
            headers: asked,
            ..Request::new(http::Method::GET, format!("{TARGET}{run}"))
        },
        response: Some(Response { status: 200, headers: answered, body: Body::Whole(body.into()) }),
        redacted: Vec::new(),
        outcome: Outcome::Complete,
        weather: None,
    }
}
