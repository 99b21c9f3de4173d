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

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{
        exchange::Body,
        serve::{Clock, Options},
    };

    const NOW_US: u64 = 5_000_000;

    /// What the desk of a workspace with such a clock answers to these requests.
    #[track_caller]
    fn check(clock: Clock, steps: &[(&str, &str, u16, Value)]) {
        let options = Options { clock, ..Options::default() };
        let workspace = Arc::new(Mutex::new(Workspace::new(options)));
        let mut admin = Admin::new(Arc::clone(&workspace));
        for (line, body, status, expected) in steps {
            let (method, path) = line.split_once(' ').unwrap();
            let mut request = Request::new(method.parse().unwrap(), path);
            request.body = Body::Whole(Bytes::copy_from_slice(body.as_bytes()));
            let response = admin.answer(&request, NOW_US).response;
            let answer: Value = serde_json::from_slice(response.body.bytes()).unwrap();
            let seen = if *status == 200 { &answer } else { &answer["error_code"] };
            assert_eq!((response.status, seen), (*status, expected), "{line} {body}");
        }
    }

    fn at(now_ms: i64) -> Value {
        json!({"now_ms": now_ms, "jobs": 0, "runs": 0, "active_runs": 0, "tokens": 0})
    }

    #[test]
    fn it_tells_how_the_workspace_is() {
        let up = json!({"status": "up"});
        check(Clock::Real, &[("GET /health", "", 200, up), ("GET /status", "", 200, at(5000))]);
    }

    #[test]
    fn a_manual_clock_is_moved_and_set_back() {
        let start = 1_704_067_200_000;
        check(
            Clock::Manual,
            &[
                ("POST /advance", r#"{"ms": 1500}"#, 200, at(start + 1500)),
                ("POST /advance", r#"{"ms": 0}"#, 200, at(start + 1500)),
                ("POST /reset", "", 200, at(start)),
            ],
        );
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let invalid = json!("INVALID_PARAMETER_VALUE");
        let too_far = format!(r#"{{"ms": {}}}"#, super::super::ADVANCE_MS_MAX + 1);
        for body in ["", "5", "{}", r#"{"ms": -1}"#, r#"{"ms": 1, "s": 1}"#, &too_far] {
            check(Clock::Manual, &[("POST /advance", body, 400, invalid.clone())]);
        }
        check(Clock::Real, &[("POST /advance", r#"{"ms": 1}"#, 400, invalid.clone())]);
        check(Clock::Fast(9), &[("POST /advance", r#"{"ms": 1}"#, 400, invalid)]);
        for line in ["GET /advance", "POST /status", "GET /", "GET /api/2.0/jobs/list"] {
            check(Clock::Manual, &[(line, "", 404, json!("ENDPOINT_NOT_FOUND"))]);
        }
    }

    #[test]
    fn what_was_created_is_forgotten_by_a_reset() {
        let workspace = Arc::new(Mutex::new(Workspace::new(Options::default())));
        let mut create = Request::new(Method::POST, "/api/2.0/jobs/runs/submit");
        create.headers.push("authorization", "Bearer x");
        create.body = Body::Whole(Bytes::from_static(
            br#"{"pipeline_task":{"pipeline_id":"p"},"idempotency_token":"t"}"#,
        ));
        let ask = |request: &Request| workspace.lock().unwrap().answer(request, NOW_US);
        let first = ask(&create);
        let mut admin = Admin::new(Arc::clone(&workspace));
        let status = |admin: &mut Admin, line: (Method, &str)| {
            let answer = admin.answer(&Request::new(line.0, line.1), NOW_US).response;
            serde_json::from_slice::<Value>(answer.body.bytes()).unwrap()
        };
        let full = json!({"now_ms": 5000, "jobs": 0, "runs": 1, "active_runs": 1, "tokens": 1});
        assert_eq!(status(&mut admin, (Method::GET, "/status")), full);
        assert_eq!(status(&mut admin, (Method::POST, "/reset")), at(5000));
        assert_eq!(ask(&create), first, "it begins as at first");
    }
}
