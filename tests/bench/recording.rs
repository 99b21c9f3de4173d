//! A recording without a network.

use std::{error::Error, path::Path};

use jobdeck::{
    cassette::{Journal, Mode, Options, Policy, Times},
    exchange::{Body, Exchange, Headers, Outcome, Request, Response},
};

use super::answer::{ASKED, TARGET, body};

/// Records so many exchanges; `every` so many in a row ask and answer the same.
pub(crate) fn record(path: &Path, count: u64, every: u64) -> Result<Journal, Box<dyn Error>> {
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
    for seq in 1..=count {
        journal.append(Exchange { seq, ..exchange(seq.div_ceil(every)) })?;
    }
    Ok(journal)
}

/// A question for one run, and its answer.
pub(crate) fn exchange(seq: u64) -> Exchange {
    let body = body(&(seq % 100).to_string(), &seq.to_string());
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
            ..Request::new(http::Method::GET, format!("{TARGET}{seq}"))
        },
        response: Some(Response { status: 200, headers: answered, body: Body::Whole(body.into()) }),
        redacted: Vec::new(),
        outcome: Outcome::Complete,
    }
}
