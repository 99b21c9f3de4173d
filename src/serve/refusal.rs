//! Refusals, in the form and with the codes of the real service.

use http::Method;
use serde_json::json;

use crate::{call::Unreadable, error::Error, exchange::Response, finding::Finding};

/// The longest part of a path or message of the client that a refusal repeats, in characters.
const QUOTED_CHARS_MAX: usize = 200;
/// How many findings a refusal names.
const FINDINGS_NAMED_MAX: usize = 10;

/// A request that is not carried out, and changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) code: Code,
    pub(super) message: String,
}

/// What stands in `error_code`: a number where the gate refuses, a word where the API does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    Word(&'static str),
    /// There is no such job or run, which to the service is an invalid parameter like others.
    Unknown,
    Status,
}

impl Code {
    /// The word that stands for it, if one does.
    pub(super) fn word(self) -> Option<&'static str> {
        match self {
            Self::Word(word) => Some(word),
            Self::Unknown => Some(INVALID),
            Self::Status => None,
        }
    }
}

/// What the service calls a parameter that cannot be.
const INVALID: &str = "INVALID_PARAMETER_VALUE";

impl From<Refusal> for Response {
    fn from(refusal: Refusal) -> Self {
        let Refusal { status, code, message } = refusal;
        let mut response = match code.word() {
            Some(word) => Self::error(status, word, &message),
            None => {
                Self::json(status, json!({"error_code": status, "message": message}).to_string())
            }
        };
        match status {
            401 => response.headers.push("www-authenticate", "Bearer"),
            429 => response.headers.push("retry-after", "1"),
            _ => {}
        }
        response
    }
}

impl Refusal {
    fn new(status: u16, word: &'static str, message: impl Into<String>) -> Self {
        Self { status, code: Code::Word(word), message: message.into() }
    }

    /// A parameter that cannot be.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, INVALID, message)
    }

    pub(super) fn invalid_cron(expression: &str, reason: &str) -> Self {
        let expression: String = expression.chars().take(QUOTED_CHARS_MAX).collect();
        let reason: String = reason.chars().take(QUOTED_CHARS_MAX).collect();
        Self::invalid(format!(
            "Invalid quartz_cron_expression: {expression}. For Quartz, {reason}."
        ))
    }

    pub(super) fn invalid_timezone(zone: &str) -> Self {
        let zone: String = zone.chars().take(QUOTED_CHARS_MAX).collect();
        Self::invalid(format!("Invalid timezone_id: {zone}. Java knows no such time zone."))
    }

    pub(super) fn too_many_tasks(tasks: usize, limit: usize) -> Self {
        Self::invalid(format!("The job has {tasks} tasks; at most {limit} are allowed."))
    }

    pub(super) fn tags_on_legacy(node_type: &str) -> Self {
        Self::invalid(format!("Custom tags are not supported on the legacy node type {node_type}."))
    }

    /// Something that cannot be done now.
    pub(super) fn state(message: impl Into<String>) -> Self {
        Self::new(400, "INVALID_STATE", message)
    }

    pub(super) fn no_credential() -> Self {
        let message = "Credential was not sent or was of an unsupported type for this API.";
        Self { status: 401, code: Code::Status, message: message.to_owned() }
    }

    pub(super) fn wrong_token() -> Self {
        let message = "Invalid access token.".to_owned();
        Self { status: 403, code: Code::Status, message }
    }

    pub(super) fn too_long(bytes: u64, bytes_max: usize) -> Self {
        let message = format!("The body has {bytes} bytes; at most {bytes_max} are allowed.");
        Self::new(413, "MALFORMED_REQUEST", message)
    }

    /// No endpoint has this path and method. The service names the path without its version.
    pub(super) fn no_api(method: &Method, path: &str) -> Self {
        let path = ["/api/2.0", "/api/2.1", "/api/2.2"]
            .into_iter()
            .find_map(|version| path.strip_prefix(version).filter(|rest| rest.starts_with('/')))
            .unwrap_or(path);
        let path: String = path.chars().take(QUOTED_CHARS_MAX).collect();
        Self::new(404, "ENDPOINT_NOT_FOUND", format!("No API found for '{method} {path}'"))
    }

    pub(super) fn no_job(job_id: i64) -> Self {
        Self::unknown(format!("Job {job_id} does not exist."))
    }

    pub(super) fn no_run(run_id: i64) -> Self {
        Self::unknown(format!("Run {run_id} does not exist."))
    }

    fn unknown(message: String) -> Self {
        Self { status: 400, code: Code::Unknown, message }
    }

    pub(super) fn unreadable(reason: &Unreadable, method: &Method, path: &str) -> Self {
        match reason {
            Unreadable::NoEndpoint | Unreadable::WrongMethod(_) => Self::no_api(method, path),
            Unreadable::NotJson(why) => {
                let why: String = why.chars().take(QUOTED_CHARS_MAX).collect();
                Self::new(400, "MALFORMED_REQUEST", format!("Could not parse the body: {why}"))
            }
            Unreadable::NotAnObject => Self::new(
                400,
                "MALFORMED_REQUEST",
                "Invalid JSON given in the body of the request - expected a map",
            ),
        }
    }

    /// Arguments with at least one finding. The first leads, and the others stand behind it.
    pub(super) fn findings(findings: &[Finding]) -> Self {
        let named: Vec<_> = findings.iter().take(FINDINGS_NAMED_MAX).map(words).collect();
        let mut message = named.join("; ");
        if findings.len() > named.len() {
            message = format!("{message}; and {} more", findings.len() - named.len());
        }
        Self::invalid(message)
    }

    pub(super) fn too_many_runs(active: usize, limit: usize) -> Self {
        let message = format!("There are already {active} active runs (limit: {limit}).");
        Self::new(429, "REQUEST_LIMIT_EXCEEDED", message)
    }

    pub(super) fn too_many_to_list(limit: usize) -> Self {
        let message =
            format!("The number of jobs to return has exceeded the allowed threshold of {limit}.");
        Self::new(400, "QUOTA_EXCEEDED", message)
    }

    /// The service has failed, and does not say why.
    pub(super) fn unexplained() -> Self {
        Self::new(500, "INTERNAL_ERROR", "")
    }

    /// What came of the request could not be written to the state file.
    pub(super) fn not_kept(error: &Error) -> Self {
        Self::new(500, "INTERNAL_ERROR", format!("The workspace cannot be kept: {error}."))
    }

    pub(super) fn too_fast() -> Self {
        Self::new(429, "REQUEST_LIMIT_EXCEEDED", "There are too many requests. Try again later.")
    }

    pub(super) fn too_many_jobs(limit: usize) -> Self {
        let message = format!(
            "The quota for the number of jobs has been reached. The current quota is {limit}."
        );
        Self::new(400, "QUOTA_EXCEEDED", message)
    }

    pub(super) fn too_many_creations(created: usize, limit: usize) -> Self {
        Self::state(format!(
            "There were already {created} jobs created in past 3600 seconds, exceeding rate limit: \
             {limit} job creations per 3600 seconds."
        ))
    }
}

/// A finding in the words that clients of the service know, where there are such words.
fn words(finding: &Finding) -> String {
    match finding.rule {
        "create/error/no-cluster" | "runs-submit/error/no-cluster" => {
            "Either new_cluster or existing_cluster_id must be specified.".to_owned()
        }
        // To the service, an absent id is 0.
        "run-now/error/missing-job-id" if finding.got == "nothing" => {
            "Job 0 does not exist.".to_owned()
        }
        _ => finding.to_string(),
    }
}
