//! The desk beside the workspace: is it up, what is in it, let time pass, begin anew.
//!
//! It stands on a listener of its own and asks for no credential.

use std::sync::{Arc, Mutex, PoisonError};

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Workspace, refusal::Refusal};
use crate::exchange::{Handler, Reply, Request, Response};

/// Answers `GET /health`, `GET /status`, `POST /advance` with `{"ms": N}`, and `POST /reset`.
#[derive(Debug)]
pub struct Admin {
    workspace: Arc<Mutex<Workspace>>,
}

/// The body of an advance.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    ms: u64,
}

impl Admin {
    /// The desk of a workspace.
    pub fn new(workspace: Arc<Mutex<Workspace>>) -> Self {
        Self { workspace }
    }

    fn perform(&self, request: &Request, now_us: u64) -> Result<Value, Refusal> {
        // A panic within an answer leaves a workspace that can still be asked and reset.
        let mut workspace = self.workspace.lock().unwrap_or_else(PoisonError::into_inner);
        match (&request.method, request.path()) {
            (&Method::GET, "/health") => Ok(json!({"status": "up"})),
            (&Method::GET, "/status") => {
                workspace.follow(now_us);
                Ok(workspace.status())
            }
            (&Method::POST, "/advance") => {
                let wrong = |why: String| {
                    Refusal::invalid(format!("Expected a body such as {{\"ms\": 1000}}: {why}"))
                };
                let Advance { ms } = serde_json::from_slice(request.body.bytes())
                    .map_err(|error| wrong(error.to_string()))?;
                workspace.advance(ms).map_err(|error| {
                    let hint = error.next_step().map(|hint| format!(" ({hint})"));
                    Refusal::invalid(format!("{error}{}", hint.unwrap_or_default()))
                })?;
                Ok(workspace.status())
            }
            (&Method::POST, "/reset") => {
                workspace.reset();
                workspace.follow(now_us);
                Ok(workspace.status())
            }
            (method, path) => Err(Refusal::no_api(method, path)),
        }
    }
}

impl Handler for Admin {
    fn answer(&mut self, request: &Request, now_us: u64) -> Reply {
        let response = match self.perform(request, now_us) {
            Ok(body) => Response::json(200, body.to_string()),
            Err(refusal) => refusal.into(),
        };
        response.into()
    }
}
