//! Endpoints that the target does not have: what it says to their calls is no breach of what they promise.
//!
//! A server that lacks an endpoint says 501, 405, or to all paths that it does not know the same 404. That 404 is
//! told from the one about a job that is not there by what the server says to a path that nobody has.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use http::Method;

use super::{
    bench::Bench,
    program::{Credential, Form},
    session::Going,
    target::BASE_PATH,
};
use crate::{
    contract::Endpoint,
    exchange::{Body, Exchange, Request, Response},
};

/// A path below that of the endpoints which no version of the API has.
const NOWHERE: &str = "jobs/jobdeck-no-such-endpoint";

/// Which endpoints the target was seen to have, and to lack.
#[derive(Debug, Default)]
pub(super) struct Missing {
    /// Those that it lacks, with the status by which it said so.
    lacking: BTreeMap<Endpoint, u16>,
    /// Those that answered in their own right.
    known: BTreeSet<Endpoint>,
    /// What it says to a path that nobody has, by method.
    nowhere: BTreeMap<&'static str, Option<String>>,
}

impl Missing {
    /// Whether the target is known to lack an endpoint.
    pub(super) fn has(&self, endpoint: Endpoint) -> bool {
        self.lacking.contains_key(&endpoint)
    }

    /// Adds what another worker saw. What answered to one is there.
    pub(super) fn add(&mut self, other: Self) {
        self.known.extend(other.known);
        self.lacking.extend(other.lacking);
        self.lacking.retain(|endpoint, _| !self.known.contains(endpoint));
    }

    /// Those that it lacks, with the status by which it said so, in the document's order.
    pub(super) fn all(&self) -> Vec<(Endpoint, u16)> {
        self.lacking.iter().map(|(endpoint, status)| (*endpoint, *status)).collect()
    }
}

impl Bench<'_> {
    /// Whether an answer says that there is no such endpoint. What answers otherwise later is there after all.
    pub(super) fn is_missing(&mut self, form: &Form, exchange: &Exchange) -> Going<bool> {
        let (Some(endpoint), Some(response)) = (form.endpoint(), &exchange.response) else {
            return Ok(false);
        };
        let status = response.status;
        if !matches!(status, 404 | 405 | 501) {
            if form.credential == Credential::Own && !matches!(status, 401 | 403 | 429 | 500..) {
                self.missing.lacking.remove(&endpoint);
                self.missing.known.insert(endpoint);
            }
            return Ok(false);
        }
        if form.credential != Credential::Own || self.missing.known.contains(&endpoint) {
            return Ok(self.missing.has(endpoint));
        }
        let says_so = status != 404 || self.is_as_nowhere(endpoint, response)?;
        if says_so {
            self.missing.lacking.insert(endpoint, status);
        } else {
            self.missing.known.insert(endpoint);
        }
        Ok(says_so)
    }

    /// Whether a 404 is the one that the target has for paths that nobody has.
    fn is_as_nowhere(&mut self, endpoint: Endpoint, response: &Response) -> Going<bool> {
        let signature = endpoint.signature();
        let method = if signature.method == Method::GET { "GET" } else { "POST" };
        if !self.missing.nowhere.contains_key(method) {
            let said = self.ask_nowhere(&signature.method)?;
            self.missing.nowhere.insert(method, said);
        }
        let nowhere = self.missing.nowhere.get(method).and_then(Option::as_deref);
        Ok(nowhere == Some(&*shape(response, signature.path)))
    }

    /// What the target says to a path that nobody has: none if it is no 404.
    fn ask_nowhere(&mut self, method: &Method) -> Going<Option<String>> {
        let mut request = Request::new(method.clone(), format!("{BASE_PATH}/{NOWHERE}"));
        if *method != Method::GET {
            request.headers.push("content-type", "application/json");
            request.body = Body::Whole(Bytes::from_static(b"{}"));
        }
        self.sign(&mut request, Credential::Own);
        let exchanges = self.transmit(vec![request])?;
        let response = exchanges.into_iter().find_map(|exchange| exchange.response);
        let not_found = response.filter(|response| response.status == 404);
        Ok(not_found.map(|response| shape(&response, NOWHERE)))
    }
}

/// The body of an answer without what differs from one path, and one moment, to the next.
fn shape(response: &Response, path: &str) -> String {
    let text = String::from_utf8_lossy(response.body.bytes()).replace(path, "");
    let mut shape = String::with_capacity(text.len());
    for letter in text.chars() {
        if !letter.is_ascii_digit() {
            shape.push(letter);
        } else if !shape.ends_with('0') {
            shape.push('0');
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_to_two_paths_at_two_moments_have_one_shape_and_one_about_a_job_another() {
        let said = |text: &str| Response::json(404, text.to_owned());
        let first = said(r#"{"at":"12:59:07","path":"/api/2.2/jobs/update","message":"none"}"#);
        let other = format!(r#"{{"at":"13:00:1","path":"/api/2.2/{NOWHERE}","message":"none"}}"#);
        assert_eq!(shape(&first, "jobs/update"), shape(&said(&other), NOWHERE));
        let job = said(r#"{"message":"Job 7 does not exist."}"#);
        assert_ne!(shape(&job, "jobs/update"), shape(&first, "jobs/update"));
    }
}
