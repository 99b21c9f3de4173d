//! What is kept of a finding: a cassette that can be replayed, the steps to do it again, a script for curl.

use std::{
    fs,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use super::{
    script,
    story::{Line, plain, story},
};
use crate::{
    cassette::{Cassette, Policy, Redactor},
    check::{BASE_PATH, Found, Program},
    error::{Error, Kind, Result},
    exchange::{Exchange, Outcome, Request, Response},
};

/// What is made up anew whenever the steps are done again.
const NAMES: [&str; 3] = ["/name", "/run_name", "/new_settings/name"];

/// A finding without secrets.
pub struct Proof<'f> {
    /// The finding.
    pub found: &'f Found,
    /// What was expected.
    pub expected: String,
    /// What was there.
    pub got: String,
    exchanges: Vec<Exchange>,
    cassette: Cassette,
    /// Below which path the endpoints of the target stand.
    pub(super) base_path: &'f str,
}

/// Where the parts of a proof are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The exchanges, as a cassette.
    pub cassette: PathBuf,
    /// The steps, for `jobdeck check --rerun`; none for what was only observed.
    pub steps: Option<PathBuf>,
    /// The steps, as a script that uses curl.
    pub script: Option<PathBuf>,
}

impl<'f> Proof<'f> {
    /// The finding, redacted. `recorded` is the time of day (RFC 3339), `upstream` the target's URL.
    pub fn new(found: &'f Found, upstream: &str, recorded: &str) -> Self {
        let mut redactor = Redactor::new(Policy::default(), upstream);
        let exchanges: Vec<Exchange> = (1..)
            .zip(&found.exchanges)
            .map(|(seq, exchange)| {
                // What a recording is numbered by is how its exchanges are told.
                let seq = if found.program.is_some() { seq } else { exchange.seq };
                redactor.redact(Exchange { seq, ..exchange.clone() }).exchange
            })
            .collect();
        let finding = &found.violation.finding;
        let expected = plain(&redacted(&mut redactor, &finding.expected));
        let got = plain(&redacted(&mut redactor, &finding.got));
        let cassette = Cassette {
            recorded: recorded.to_owned(),
            upstream: redactor.upstream(upstream),
            redaction: redactor.redaction(),
            volatile: NAMES.map(str::to_owned).into(),
            exchanges: exchanges.clone(),
            sha256: String::new(),
        };
        Self { found, expected, got, exchanges, cassette, base_path: BASE_PATH }
    }

    /// The same of a target whose endpoints stand below another path.
    #[must_use]
    pub fn below(self, base_path: &'f str) -> Self {
        Self { base_path: base_path.trim_end_matches('/'), ..self }
    }

    /// What happened, a line for each exchange.
    pub(super) fn story(&self) -> Vec<Line> {
        story(&self.exchanges, self.found.program.is_none())
    }

    /// The exchanges that show it, redacted.
    pub(super) fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// The steps as a script that uses curl; none for what was only observed.
    pub(super) fn script(&self) -> Option<String> {
        let program = self.found.program.as_ref()?;
        Some(script::script(self, program))
    }

    /// What its files are called.
    fn stem(&self) -> String {
        self.found.rule.id.replace('/', "-")
    }

    /// Writes the parts into a folder, which is made if it is not there.
    pub fn keep(&self, folder: &Path) -> Result<Kept> {
        let failed = |path: &Path| {
            Error::new(
                Kind::Environment,
                format!("failed to keep a finding in `{}`", path.display()),
            )
            .hint("name another folder with --failures")
        };
        fs::create_dir_all(folder).map_err(|cause| failed(folder).because(cause))?;
        let place = |suffix: &str| folder.join(format!("{}{suffix}", self.stem()));
        let cassette = place(".json");
        self.cassette.save(&cassette)?;
        let write = |path: PathBuf, text: String| {
            fs::write(&path, text).map_err(|cause| failed(&path).because(cause))?;
            Ok(path)
        };
        let steps = match &self.found.program {
            Some(program) => {
                Some(write(place(".steps.json"), steps(self.found.rule.id, program)?)?)
            }
            None => None,
        };
        let script = self.script().map(|script| write(place(".sh"), script)).transpose()?;
        Ok(Kept { cassette, steps, script })
    }
}

/// A program as it is kept: with the rule that it shows.
fn steps(rule: &str, program: &Program) -> Result<String> {
    let text = serde_json::to_string_pretty(&json!({"rule": rule, "steps": program.steps}));
    text.map(|text| text + "\n").map_err(|cause| {
        Error::new(Kind::Environment, "failed to write down the steps of a finding").because(cause)
    })
}

/// A text as it would stand in an answer, with the secrets that are known by now taken out.
fn redacted(redactor: &mut Redactor, text: &str) -> String {
    let mut response = Response::json(200, "{}");
    response.body = crate::exchange::Body::Whole(Bytes::from(json!({"text": text}).to_string()));
    let exchange = Exchange {
        seq: 0,
        connection: 0,
        at_us: 0,
        first_byte_us: None,
        took_us: 0,
        request: Request::new(Method::GET, "/"),
        response: Some(response),
        redacted: Vec::new(),
        outcome: Outcome::Complete,
        weather: None,
    };
    let shown = redactor.redact(exchange).exchange.response;
    let body = shown.and_then(|shown| serde_json::from_slice::<Value>(shown.body.bytes()).ok());
    let text = body.and_then(|body| body.get("text").and_then(Value::as_str).map(str::to_owned));
    text.unwrap_or_default()
}
