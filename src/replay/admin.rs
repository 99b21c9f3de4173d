//! The administration of a replay, for a listener of its own: `GET /health`, `GET /status`,
//! `POST /reset`. It never answers what the recording answers.

use std::sync::{Arc, Mutex, PoisonError};

use http::Method;

use super::Replayer;
use crate::exchange::{Handler, Reply, Request, Response};

/// Answers for the administration of a replay.
#[derive(Clone, Debug)]
pub struct Admin(Arc<Mutex<Replayer>>);

impl Admin {
    /// Of this replay.
    pub fn new(replayer: Arc<Mutex<Replayer>>) -> Self {
        Self(replayer)
    }
}

impl Handler for Admin {
    fn answer(&mut self, request: &Request, _now_us: u64) -> Reply {
        // A replay that panicked still has its numbers.
        let mut replayer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let response = match (&request.method, request.path()) {
            (&Method::GET, "/health") => Response::json(200, r#"{"status":"ok"}"#),
            (&Method::GET, "/status") => Response::json(200, replayer.status().to_string()),
            (&Method::POST, "/reset") => {
                replayer.reset();
                Response::json(200, "{}")
            }
            (_, "/health" | "/status" | "/reset") => {
                Response::error(405, "METHOD_NOT_ALLOWED", "GET /health, GET /status, POST /reset")
            }
            _ => {
                Response::error(404, "ENDPOINT_NOT_FOUND", "GET /health, GET /status, POST /reset")
            }
        };
        response.into()
    }
}
