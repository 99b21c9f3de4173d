//! Which writes may reach the workspace.
//!
//! Every write of the Jobs API 2.0 is a POST, and so are writes and searches of other APIs: what counts is
//! the endpoint, by the contract's table of effects. A request passes as a read if nothing about it could
//! make a server write: its method, and the one that it may ask for in its place, is GET, HEAD or OPTIONS,
//! and its path, however it is written, is not that of an endpoint that writes. All else is a write, and
//! passes if it is allowed both as it stands and in its [plain form](plain_path).

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use http::Method;

use super::plain_path::plain_path;
use crate::{
    contract::{Endpoint, PathPattern},
    error::{Error, Kind, Result},
    exchange::{Request, Response},
    net::Gate,
};

/// Headers and query parameters that ask a server to take another method for the one that was sent.
const METHOD_OVERRIDES: [&str; 4] =
    ["x-http-method-override", "x-http-method", "x-method-override", "_method"];

/// What counts a write whose path the contract does not know.
const ELSEWHERE: &str = "other paths";

/// Which writes may pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Writes {
    /// All of them.
    #[default]
    All,
    /// Those whose path fits one of these; none if there are none.
    Only(Vec<PathPattern>),
}

impl Writes {
    /// Reads `all`, `none`, or patterns such as `jobs/create` and `jobs/runs/*` ([`PathPattern`]).
    pub fn parse(words: &[impl AsRef<str>]) -> Result<Self> {
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        match words[..] {
            ["all"] => return Ok(Self::All),
            ["none"] => return Ok(Self::Only(Vec::new())),
            _ => {}
        }
        let patterns = words.into_iter().map(pattern).collect::<Result<_>>()?;
        Ok(Self::Only(patterns))
    }

    /// Whether a request may reach the workspace.
    fn admits(&self, request: &Request) -> bool {
        let Self::Only(patterns) = self else { return true };
        let path = request.path();
        let plain = plain_path(path);
        match plain {
            Some(plain) if is_read(request, &plain) => true,
            Some(plain) => {
                let lower = |pattern: &PathPattern| PathPattern::new(pattern.text().to_lowercase());
                patterns.iter().any(|pattern| pattern.fits(path))
                    && patterns.iter().any(|pattern| lower(pattern).fits(&plain))
            }
            None => false,
        }
    }
}

fn pattern(word: &str) -> Result<PathPattern> {
    let refused = |why: &str, hint: &str| {
        let doing = format!("failed to read `--allow-write {word}`");
        Err(Error::new(Kind::Usage, doing).because(why.to_owned()).hint(hint.to_owned()))
    };
    let hint = "name the endpoints that may write, such as jobs/create,jobs/runs/*";
    let lower = word.to_ascii_lowercase();
    if word.is_empty() || word == "all" || word == "none" {
        return refused("`all` and `none` stand alone, and a pattern is not empty", hint);
    }
    if lower == "all" || lower == "none" {
        return refused("`all` and `none` are written so", hint);
    }
    // The characters of a path (RFC 3986 §3.3), of which `*` is the pattern's.
    let is_odd = |c: char| !(c.is_ascii_alphanumeric() || "/*-._~%!$&'()+;:@=".contains(c));
    if let Some(odd) = word.chars().find(|c| is_odd(*c)) {
        return refused(&format!("no path holds {odd:?}, and only `*` stands for others"), hint);
    }
    let is_whole = word.starts_with('/');
    let names_endpoint = word.contains('*') || word.contains('/') && !word.ends_with('/');
    if !is_whole && (lower.starts_with("api/") || !names_endpoint) {
        let hint = "write SERVICE/VERB, such as jobs/create or clusters/*, or a whole path from its `/` on";
        return refused("no endpoint has such a path", hint);
    }
    let pattern = PathPattern::new(word);
    let path = |endpoint: &Endpoint| format!("/api/2.0/{}", endpoint.signature().path);
    let mut fitting = Endpoint::ALL.iter().filter(|endpoint| pattern.fits(&path(endpoint)));
    let is_known = lower.starts_with("jobs/") || lower.starts_with("/api/2.0/jobs/");
    if is_known && !fitting.any(|endpoint| endpoint.effect().is_write()) {
        let writing = Endpoint::ALL.iter().filter(|endpoint| endpoint.effect().is_write());
        let paths: Vec<_> = writing.map(|endpoint| endpoint.signature().path).collect();
        let hint = format!("there are {}", paths.join(", "));
        return refused("no endpoint that writes has such a path", &hint);
    }
    Ok(pattern)
}

/// Whether no server could take a request for a write. `plain` is its path in plain form.
fn is_read(request: &Request, plain: &str) -> bool {
    let writes = Endpoint::at(plain).is_some_and(|endpoint| endpoint.effect().is_write());
    !writes && is_safe(&request.method) && !asks_for_another_method(request)
}

fn is_safe(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS].contains(method)
}

/// Whether a request asks to be taken for one with a method that is not safe.
fn asks_for_another_method(request: &Request) -> bool {
    let is_override =
        |name: &str| METHOD_OVERRIDES.iter().any(|own| name.eq_ignore_ascii_case(own));
    let changes = |value: &[u8]| {
        let value = value.trim_ascii().to_ascii_uppercase();
        !Method::from_bytes(&value).is_ok_and(|method| is_safe(&method))
    };
    let query = form_urlencoded::parse(request.query().unwrap_or_default().as_bytes());
    let mut headers = request.headers.iter();
    headers.any(|(name, value)| is_override(name.as_str()) && changes(value.as_bytes()))
        || query.into_iter().any(|(name, value)| is_override(&name) && changes(value.as_bytes()))
}

/// Stands before a workspace, and counts what it turns away.
#[derive(Debug)]
pub(super) struct Turnstile {
    writes: Writes,
    refused: Mutex<BTreeMap<&'static str, u64>>,
}

impl Turnstile {
    /// One that lets these writes pass.
    pub(super) fn new(writes: Writes) -> Self {
        Self { writes, refused: Mutex::default() }
    }

    /// How many writes it has turned away, by the path of the endpoint behind its version.
    pub(super) fn refused(&self) -> BTreeMap<&'static str, u64> {
        self.counts().clone()
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<&'static str, u64>> {
        // Nothing panics while it holds the lock.
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gate for Turnstile {
    fn refusal(&self, request: &Request) -> Option<Response> {
        if self.writes.admits(request) {
            return None;
        }
        let plain = plain_path(request.path());
        let endpoint = plain.as_deref().and_then(Endpoint::at).map(|at| at.signature().path);
        *self.counts().entry(endpoint.unwrap_or(ELSEWHERE)).or_default() += 1;
        let message = match endpoint {
            Some(path) => format!(
                "jobdeck does not forward this write: --allow-write does not name {path}, or the request \
                 is written in an unusual way."
            ),
            None => {
                "jobdeck does not forward this request: it may write, and --allow-write names no \
                     pattern that its path fits as it is written."
                    .to_owned()
            }
        };
        Some(Response::error(403, "PERMISSION_DENIED", &message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turnstile(words: &[&str]) -> Turnstile {
        Turnstile::new(Writes::parse(words).expect("patterns"))
    }

    /// Whether a request line passes.
    #[track_caller]
    fn check(words: &[&str], line: &str, expected: bool) {
        check_with(words, line, &[], expected);
    }

    #[track_caller]
    fn check_with(words: &[&str], line: &str, fields: &[(&str, &str)], expected: bool) {
        let (method, target) = line.split_once(' ').expect("a request line");
        let mut request = Request::new(method.parse().expect("a method"), target);
        for (name, value) in fields {
            request.headers.push(name, value);
        }
        let refusal = turnstile(words).refusal(&request);
        assert_eq!(refusal.is_none(), expected, "{words:?} {line} {fields:?}");
    }

    const NONE: &[&str] = &["none"];

    #[test]
    fn reads_pass_whatever_is_allowed() {
        for words in [NONE, &["all"], &["jobs/create"]] {
            check(words, "GET /api/2.0/jobs/list", true);
            check(words, "GET /api/2.1/jobs/runs/get?run_id=1", true);
            check(words, "HEAD /api/2.0/jobs/runs/list", true);
            check(words, "GET /api/2.0/clusters/list", true);
            check(words, "OPTIONS /", true);
            check(words, "GET /.well-known/databricks-config", true);
        }
    }

    #[test]
    fn every_endpoint_that_writes_is_refused_and_no_other() {
        for endpoint in Endpoint::ALL {
            for version in ["2.0", "2.1", "2.2"] {
                let signature = endpoint.signature();
                let line = format!("{} /api/{version}/{}", signature.method, signature.path);
                let writes = endpoint.effect().is_write();
                assert_eq!(writes, signature.method == Method::POST);
                check(NONE, &line, !writes);
                check(&["all"], &line, true);
                if writes {
                    check(&["no/*", signature.path], &line, true);
                    check(&["no/*"], &line, false);
                }
            }
        }
    }

    #[test]
    fn what_the_contract_does_not_know_is_a_write_but_for_safe_methods() {
        for line in [
            "POST /api/2.0/clusters/create",
            "POST /api/2.3/jobs/create",
            "PUT /api/2.0/jobs/create",
            "PATCH /",
            "DELETE /api/2.0/jobs/get",
            "POST /api/2.0/jobs/list",
            "TRACE /",
            "BREW /api/2.0/jobs/list",
            // Lower case: another method, and one that a server may take for POST.
            "get /api/2.0/jobs/list",
        ] {
            check(NONE, line, false);
        }
        check(&["clusters/*"], "POST /api/2.0/clusters/create", true);
        check(&["clusters/*"], "POST /api/2.0/instance-pools/create", false);
        check(&["/api/2.3/*"], "POST /api/2.3/jobs/create", true);
    }

    #[test]
    fn no_way_of_writing_a_path_gets_past() {
        for path in [
            "/api/2.0/jobs/delete",
            "/api/2.0/jobs/delete/",
            "//api/2.0/jobs/delete",
            "/api/2.0/jobs//delete",
            "/api/2.0/jobs/%64elete",
            "/api/2.0/jobs/%2564elete",
            "/api/2.0/jobs%2fdelete",
            "/API/2.0/JOBS/DELETE",
            "/api/2.0/jobs/create/../delete",
            "/api/2.0/jobs/runs/../delete",
            "/api/2.0/jobs/runs/%2e%2e/delete",
            "/api/2.0/jobs/runs/..%2fdelete",
            "/api/2.0/jobs/runs/..;/delete",
            "/api/2.0/jobs/runs/..\\delete",
            "/api/2.0/jobs/delete;a/../create",
            "/api/2.0/jobs/delete?/api/2.0/jobs/list",
            "/api/2.0/jobs/runs/%c0%ae%c0%ae/delete",
        ] {
            for words in [NONE, &["jobs/create"], &["jobs/create", "jobs/runs/*"]] {
                check(words, &format!("POST {path}"), false);
            }
        }
        // Where a server looks at the path alone.
        check(NONE, "GET /api/2.0/jobs/delete", false);
        check(NONE, "GET /api/2.0/jobs/%64elete/", false);
        check(NONE, "HEAD /api/2.1/jobs/runs/../delete", false);
        check(NONE, "GET /API/2.0/Jobs/DELETE", false);
        // Allowed, but not written so that it is plain what it is.
        check(&["jobs/create"], "POST /api/2.0/jobs/create/", false);
        check(&["jobs/create"], "POST /api/2.0/jobs/Create", false);
        check(&["jobs/*"], "POST /api/2.0/jobs/runs/../delete", true);
    }

    #[test]
    fn a_read_that_asks_for_another_method_is_none() {
        let get = "GET /api/2.0/clusters/events";
        check_with(NONE, get, &[("x-http-method-override", "POST")], false);
        check_with(NONE, get, &[("X-HTTP-Method", "delete")], false);
        check_with(NONE, get, &[("x-method-override", " put ")], false);
        check_with(
            NONE,
            get,
            &[("x-http-method-override", "GET"), ("x-http-method", "PUT")],
            false,
        );
        check_with(NONE, get, &[("x-http-method-override", "")], false);
        check_with(NONE, get, &[("x-http-method-override", "get")], true);
        check(NONE, "GET /api/2.0/clusters/events?_method=POST", false);
        check(NONE, "GET /api/2.0/clusters/events?a=1&X-HTTP-Method-Override=PATCH", false);
        check(NONE, "GET /api/2.0/clusters/events?%5fmethod=POST", false);
        // Nor does it make a write a read.
        let post = "POST /api/2.0/jobs/delete";
        check_with(NONE, post, &[("x-http-method-override", "GET")], false);
    }

    #[test]
    fn a_refusal_names_the_flag_and_is_counted_by_endpoint() {
        let turnstile = turnstile(NONE);
        let ask = |method: Method, target: &str| turnstile.refusal(&Request::new(method, target));
        let refusal = ask(Method::POST, "/api/2.0/jobs/delete").expect("refused");
        assert_eq!(refusal.status, 403);
        let body: serde_json::Value = serde_json::from_slice(refusal.body.bytes()).expect("JSON");
        assert_eq!(body["error_code"], "PERMISSION_DENIED");
        let message = body["message"].as_str().expect("a message");
        assert!(message.contains("--allow-write") && message.contains("jobs/delete"), "{message}");
        ask(Method::POST, "/api/2.1//jobs/delete");
        ask(Method::POST, "/api/2.0/clusters/create");
        ask(Method::GET, "/api/2.0/jobs/list");
        let refused: Vec<_> = turnstile.refused().into_iter().collect();
        assert_eq!(refused, [("jobs/delete", 2), (ELSEWHERE, 1)]);
    }

    #[test]
    fn words_that_make_no_sense_are_refused() {
        for words in
            [&["all", "none"][..], &["jobs/create", "all"], &[""], &["jobs/creat"], &["jobs/list"]]
        {
            assert!(Writes::parse(words).is_err(), "{words:?}");
        }
        assert_eq!(Writes::parse(&["all"]).expect("all"), Writes::All);
    }
}
