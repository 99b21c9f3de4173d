//! The desk beside a deck: is it up, how does it stand, its numbers, begin anew, let time pass.
//!
//! It stands on a listener of its own, asks for no credential, and never answers what the deck answers.

mod metrics;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use http::Method;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;

pub use metrics::{Histogram, Metrics, StatusClasses};

use crate::{
    error::{Error, Kind, Result},
    exchange::{Body, Handler, Headers, Reply, Request, Response},
};

/// What can be asked of a core from beside.
pub trait Desk: Send + 'static {
    /// Whether it does what it is there for; the error says why it no longer can.
    fn health(&mut self) -> Result<()> {
        Ok(())
    }

    /// How it stands at `now_us` (microseconds since 1970), as a JSON object.
    fn status(&mut self, now_us: u64) -> Value;

    /// Its numbers at `now_us`. Reading them changes nothing that is counted.
    fn metrics(&mut self, now_us: u64) -> Metrics;

    /// Begins anew, if that is possible.
    fn reset(&mut self) -> Result<()>;

    /// Lets `ms` milliseconds pass, if its clock lets itself be moved.
    fn advance(&mut self, ms: u64) -> Result<()>;

    /// What else it shows at a path of its own, if it does.
    fn show(&mut self, request: &Request, now_us: u64) -> Option<Response> {
        let _ = (request, now_us);
        None
    }

    /// Puts a cassette in, from its beginning, for all requests that choose none themselves.
    fn insert(&mut self, cassette: &str) -> Result<()> {
        let _ = cassette;
        Err(Error::new(Kind::Usage, "failed to insert a cassette")
            .because("only `jobdeck replay FOLDER` has cassettes to choose from"))
    }
}

/// What stands beside a core and has numbers of its own.
pub trait Numbers: fmt::Debug + Send + Sync + 'static {
    /// Adds them to those of the core.
    fn write(&self, metrics: &mut Metrics);
}

/// Answers `GET /health` (503 with a `message` once the core can no longer do its work), `GET /metrics` (as
/// Prometheus reads it), `GET /status`, `POST /reset`, `POST /advance` with `{"ms": N}`, and
/// `POST /cassette/NAME`; the last four with the status as it is then. What a core cannot do is answered 400.
/// Another path is the core's own, if it shows something there.
#[derive(Debug)]
pub struct Admin<D> {
    core: Arc<Mutex<D>>,
    beside: Option<Arc<dyn Numbers>>,
}

/// Where a cassette is chosen; its name stands behind it.
const CASSETTE: &str = "/cassette/";

/// The body of an advance.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    ms: u64,
}

impl<D: Desk> Admin<D> {
    /// The desk beside a core.
    pub fn new(core: Arc<Mutex<D>>) -> Self {
        Self { core, beside: None }
    }

    /// The same with the numbers of what stands beside the core, if anything does.
    #[must_use]
    pub fn with<N: Numbers>(self, beside: Option<Arc<N>>) -> Self {
        Self { beside: beside.map(|numbers| numbers as Arc<dyn Numbers>), ..self }
    }

    fn perform(&self, request: &Request, now_us: u64) -> Result<Response, Response> {
        // A panic within an answer leaves a core that can still be asked and reset.
        let mut core = self.core.lock().unwrap_or_else(PoisonError::into_inner);
        match (&request.method, request.path()) {
            (&Method::GET, "/health") => return Ok(health(core.health())),
            (&Method::GET, "/metrics") => {
                let mut metrics = core.metrics(now_us);
                if let Some(beside) = &self.beside {
                    beside.write(&mut metrics);
                }
                return Ok(text(metrics.text()));
            }
            (&Method::GET, "/status") => {}
            (&Method::POST, "/reset") => core.reset().map_err(|error| impossible(&error))?,
            (&Method::POST, "/advance") => {
                let Advance { ms } =
                    serde_json::from_slice(request.body.bytes()).map_err(|error| {
                        invalid(&format!("expected a body such as {{\"ms\": 1000}}: {error}"))
                    })?;
                core.advance(ms).map_err(|error| impossible(&error))?;
            }
            (&Method::POST, path) if path.starts_with(CASSETTE) => {
                let name = percent_decode_str(&path[CASSETTE.len()..]).decode_utf8_lossy();
                core.insert(&name).map_err(|error| impossible(&error))?;
            }
            (method, path) => {
                if let Some(shown) = core.show(request, now_us) {
                    return Ok(shown);
                }
                let message = format!(
                    "no {method} {path} here; there are GET /health, GET /status, GET /metrics, POST /reset, \
                     POST /advance and POST /cassette/NAME"
                );
                return Err(Response::error(404, "ENDPOINT_NOT_FOUND", &message));
            }
        }
        Ok(Response::json(200, core.status(now_us).to_string()))
    }
}

impl<D: Desk> Handler for Admin<D> {
    fn answer(&mut self, request: &Request, now_us: u64) -> Reply {
        self.perform(request, now_us).unwrap_or_else(|refusal| refusal).into()
    }
}

fn health(health: Result<()>) -> Response {
    match health {
        Ok(()) => Response::json(200, serde_json::json!({"status": "up"}).to_string()),
        Err(error) => {
            let body = serde_json::json!({"status": "failed", "message": error.to_string()});
            Response::json(503, body.to_string())
        }
    }
}

fn text(text: &str) -> Response {
    let mut headers = Headers::default();
    headers.push("content-type", metrics::MEDIA_TYPE);
    Response { status: 200, headers, body: Body::Whole(text.to_owned().into()) }
}

fn impossible(error: &Error) -> Response {
    let hint = error.next_step().map(|hint| format!(" ({hint})"));
    invalid(&format!("{error}{}", hint.unwrap_or_default()))
}

fn invalid(message: &str) -> Response {
    Response::error(400, "INVALID_PARAMETER_VALUE", message)
}
