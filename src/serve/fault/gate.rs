//! What is settled before an endpoint is reached: credentials, methods, and where arguments are read.

use std::borrow::Cow;

use http::Method;
use serde_json::{Map, Value, json};

use super::Behaviour::*;
use crate::{
    call::Unreadable,
    contract::Endpoint,
    exchange::{Body, Request, Response},
    finding::Finding,
    serve::{Workspace, refusal::Refusal},
};

/// The content type that curl sends with `--data` unless told otherwise.
const FORM: &str = "application/x-www-form-urlencoded";

impl Workspace {
    /// What becomes of a request that is not let in.
    pub(in crate::serve) fn turn_away(
        &mut self,
        request: &Request,
        refusal: Refusal,
    ) -> Result<Value, Refusal> {
        let reads = request.method == Method::GET;
        if refusal == Refusal::no_credential() {
            if reads && self.has(UnauthenticatedServed) {
                return self.take(request);
            }
            if !reads && self.has(UnauthenticatedWrites) {
                // Nobody hears what came of it.
                let _ = self.take(request);
            }
        }
        let gets = Endpoint::at(request.path()) == Some(Endpoint::Get);
        if gets && refusal == Refusal::wrong_token() && self.has(WrongTokenServed) {
            return self.take(request);
        }
        Err(refusal)
    }

    /// The request as far as it is read.
    pub(in crate::serve) fn received<'a>(
        &self,
        request: &'a Request,
    ) -> Result<Cow<'a, Request>, Refusal> {
        let kind = request.headers.get("content-type").unwrap_or_default();
        if self.has(FormRefused) && kind.starts_with(FORM) {
            return Err(Refusal::invalid(format!("Bodies of the type {FORM} are not taken.")));
        }
        if self.has(QueryIgnored) && Endpoint::at(request.path()) == Some(Endpoint::RunsGet) {
            let target = request.path().to_owned();
            return Ok(Cow::Owned(Request { target, ..request.clone() }));
        }
        Ok(Cow::Borrowed(request))
    }

    /// The longest body that is taken, given the one that should be.
    pub(in crate::serve) fn body_bytes_max(&self, bytes_max: usize) -> usize {
        if self.has(LongBodyTaken) {
            usize::MAX
        } else if self.has(BodyOf1MbRefused) {
            bytes_max / 10
        } else {
            bytes_max
        }
    }

    /// Changes the form of a refusal.
    pub(in crate::serve) fn misform(&self, mut response: Response) -> Response {
        if self.has(RetryAfterLost) {
            response.headers.remove("retry-after");
        }
        if self.has(ErrorsWithoutCode) {
            let Response { status, headers, .. } = response;
            let body = json!({"detail": "It was refused."});
            return Response { headers, ..Response::json(status, body.to_string()) };
        }
        response
    }

    /// A request was no call, which some workspace may take for one all the same.
    pub(in crate::serve) fn mistake(&mut self, request: &Request, reason: &Unreadable) {
        let Unreadable::WrongMethod(endpoint) = reason else { return };
        let method = &endpoint.signature().method;
        if *method != Method::POST || !self.has(WrongMethodActs) {
            return;
        }
        let mut right = Request { method: method.clone(), ..request.clone() };
        if request.body.bytes().is_empty() {
            let query = form_urlencoded::parse(request.query().unwrap_or_default().as_bytes());
            let arguments: Map<_, _> =
                query.map(|(name, text)| (name.into_owned(), Value::from(text))).collect();
            right.body = Body::Whole(Value::Object(arguments).to_string().into());
        }
        // Nobody hears what came of it.
        let _ = self.take(&right);
    }

    /// The refusal of arguments with these findings.
    pub(in crate::serve) fn refusal_of(&self, findings: &[Finding]) -> Refusal {
        let refusal = Refusal::findings(findings);
        if self.has(InvalidFails) {
            return Refusal { status: 500, ..refusal };
        }
        let as_404 = [CancelInvalid404, CancelAllInvalid404, OutputInvalid404];
        let broken = |rule| findings.iter().any(|finding| finding.rule == rule);
        if as_404.into_iter().any(|fault| self.has(fault) && broken(fault.rule())) {
            return Refusal { status: 404, ..refusal };
        }
        refusal
    }
}
