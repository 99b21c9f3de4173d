//! What is in a workspace and how its runs lived, for people (`GET /`) and for programs (`GET /lives`). With
//! `?job_id=N`, the runs are those of that job.
//!
//! It shows what is so, also where a faulty workspace tells its clients something else.

mod page;
mod view;

use http::Method;

use self::view::View;
use super::Workspace;
use crate::exchange::{Body, Headers, Request, Response};

impl Workspace {
    /// The answer to a request for the page or for what is on it; none to any other.
    pub(super) fn shown_beside(&self, request: &Request) -> Option<Response> {
        let (text, media_type) = match (&request.method, request.path()) {
            (&Method::GET, "/") => (page::html(&self.view(request)), "text/html; charset=utf-8"),
            (&Method::GET, "/lives") => {
                (serde_json::to_string(&self.view(request)).ok()?, "application/json")
            }
            _ => return None,
        };
        let mut headers = Headers::default();
        headers.push("content-type", media_type);
        headers.push("cache-control", "no-store");
        headers.push("content-security-policy", page::policy());
        headers.push("x-content-type-options", "nosniff");
        Some(Response { status: 200, headers, body: Body::Whole(text.into()) })
    }

    fn view(&self, request: &Request) -> View {
        let query = request.query().unwrap_or_default().as_bytes();
        let asked = form_urlencoded::parse(query).find(|(name, _)| name == "job_id");
        View::of(self, asked.and_then(|(_, job_id)| job_id.parse().ok()))
    }
}
