//! The desk beside a deck: is it up, how does it stand, begin anew, let time pass.
//!
//! It stands on a listener of its own, asks for no credential, and never answers what the deck answers.

use std::sync::{Arc, Mutex, PoisonError};

use http::Method;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    error::Result,
    exchange::{Handler, Reply, Request, Response},
};

/// What can be asked of a core from beside.
pub trait Desk: Send + 'static {
    /// How it stands at `now_us` (microseconds since 1970), as a JSON object.
    fn status(&mut self, now_us: u64) -> Value;

    /// Begins anew.
    fn reset(&mut self);

    /// Lets `ms` milliseconds pass, if its clock lets itself be moved.
    fn advance(&mut self, ms: u64) -> Result<()>;
}

/// Answers `GET /health`, `GET /status`, `POST /reset` and `POST /advance` with `{"ms": N}`; the last
/// three with the status as it is then.
#[derive(Debug)]
pub struct Admin<D>(Arc<Mutex<D>>);

/// The body of an advance.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    ms: u64,
}

impl<D: Desk> Admin<D> {
    /// The desk beside a core.
    pub fn new(core: Arc<Mutex<D>>) -> Self {
        Self(core)
    }

    fn perform(&self, request: &Request, now_us: u64) -> Result<Value, Response> {
        // A panic within an answer leaves a core that can still be asked and reset.
        let mut core = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match (&request.method, request.path()) {
            (&Method::GET, "/health") => return Ok(serde_json::json!({"status": "up"})),
            (&Method::GET, "/status") => {}
            (&Method::POST, "/reset") => core.reset(),
            (&Method::POST, "/advance") => {
                let Advance { ms } =
                    serde_json::from_slice(request.body.bytes()).map_err(|error| {
                        invalid(&format!("expected a body such as {{\"ms\": 1000}}: {error}"))
                    })?;
                core.advance(ms).map_err(|error| {
                    let hint = error.next_step().map(|hint| format!(" ({hint})"));
                    invalid(&format!("{error}{}", hint.unwrap_or_default()))
                })?;
            }
            (method, path) => {
                let message = format!(
                    "no {method} {path} here; there are GET /health, GET /status, POST /reset and POST /advance"
                );
                return Err(Response::error(404, "ENDPOINT_NOT_FOUND", &message));
            }
        }
        Ok(core.status(now_us))
    }
}

impl<D: Desk> Handler for Admin<D> {
    fn answer(&mut self, request: &Request, now_us: u64) -> Reply {
        let response = match self.perform(request, now_us) {
            Ok(body) => Response::json(200, body.to_string()),
            Err(refusal) => refusal,
        };
        response.into()
    }
}

fn invalid(message: &str) -> Response {
    Response::error(400, "INVALID_PARAMETER_VALUE", message)
}
