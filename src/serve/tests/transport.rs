//! Credentials, paths, methods, bodies and sizes: what is settled before an endpoint is reached.

use super::*;
use crate::{exchange::Headers, serve::BODY_BYTES_MAX};

fn raw(method: Method, target: &str, authorization: Option<&str>, text: &str) -> Request {
    let mut headers = Headers::default();
    if let Some(credential) = authorization {
        headers.push("authorization", credential);
    }
    let body = Body::Whole(Bytes::copy_from_slice(text.as_bytes()));
    Request { method, target: target.to_owned(), headers, body }
}

#[track_caller]
fn check(request: &Request, token: Option<&str>, expected: (u16, Value)) {
    let options = Options { token: token.map(str::to_owned), ..Options::default() };
    let mut workspace = Workspace::new(options);
    let response = workspace.answer(request, 1).response;
    assert_eq!((response.status, body(&response)), expected);
    assert_eq!(workspace.status()["jobs"], 0, "a refused request changes nothing");
}

const CREATE: &str = "/api/2.0/jobs/create";
const JOB: &str =
    r#"{"existing_cluster_id":"c","notebook_task":{"notebook_path":"/jobdeck/succeed"}}"#;

#[test]
fn the_gate_comes_before_everything_else() {
    let missing = json!({
        "error_code": 401,
        "message": "Credential was not sent or was of an unsupported type for this API."
    });
    check(&raw(Method::POST, CREATE, None, JOB), None, (401, missing.clone()));
    check(&raw(Method::POST, CREATE, None, "{"), None, (401, missing.clone()));
    check(&raw(Method::PUT, "/api/2.0/none", None, ""), None, (401, missing));
    let wrong = json!({"error_code": 403, "message": "Invalid access token."});
    check(&raw(Method::POST, CREATE, Some("Bearer y"), "{"), Some("x"), (403, wrong));
}

#[test]
fn unknown_paths_and_methods_are_no_endpoints() {
    let refusal =
        |message: &str| (404, json!({"error_code": "ENDPOINT_NOT_FOUND", "message": message}));
    for (method, target, message) in [
        (Method::GET, "/api/2.0/jobs/nope?a=b", "No API found for 'GET /jobs/nope'"),
        (Method::POST, "/api/2.0/jobs/nope", "No API found for 'POST /jobs/nope'"),
        (Method::GET, CREATE, "No API found for 'GET /jobs/create'"),
        (Method::DELETE, "/api/2.0/jobs/delete", "No API found for 'DELETE /jobs/delete'"),
        (Method::GET, "/api/3.0/jobs/list", "No API found for 'GET /api/3.0/jobs/list'"),
    ] {
        check(&raw(method, target, Some("Bearer x"), JOB), None, refusal(message));
    }
    let discovery = "/.well-known/databricks-config";
    let message = format!("No API found for 'GET {discovery}'");
    check(&raw(Method::GET, discovery, None, ""), Some("x"), refusal(&message));
}

#[test]
fn bodies_that_are_no_objects_are_malformed() {
    for text in ["[]", "\"x\"", "1", "null"] {
        let refusal = json!({
            "error_code": "MALFORMED_REQUEST",
            "message": "Invalid JSON given in the body of the request - expected a map"
        });
        check(&raw(Method::POST, CREATE, Some("Bearer x"), text), None, (400, refusal));
    }
    for text in ["{", "{\"name\":}", "name=x"] {
        let mut workspace = Workspace::new(Options::default());
        let request = raw(Method::POST, CREATE, Some("Bearer x"), text);
        let response = workspace.answer(&request, 1).response;
        assert_eq!(
            (response.status, &body(&response)["error_code"]),
            (400, &json!("MALFORMED_REQUEST"))
        );
    }
}

#[test]
fn a_request_of_ten_megabytes_is_taken_and_a_longer_one_is_not() {
    let padded = |bytes: usize| JOB.to_owned() + &" ".repeat(bytes - JOB.len());
    let mut workspace = Workspace::new(Options::default());
    let mut status = |request: &Request| workspace.answer(request, 1).response.status;
    let post = |text: &str| raw(Method::POST, CREATE, Some("Bearer x"), text);
    assert_eq!(status(&post(&padded(BODY_BYTES_MAX))), 200);
    assert_eq!(status(&post(&padded(BODY_BYTES_MAX + 1))), 413);
    let mut omitted = post(JOB);
    omitted.body = Body::Omitted { bytes: 20_000_000, sha256: String::new() };
    assert_eq!(status(&omitted), 413);
    assert_eq!(workspace.status()["jobs"], 1);
}

#[test]
fn requests_are_read_as_leniently_as_the_service_reads_them() {
    let mut workspace = Workspace::new(Options::default());
    let mut send = |method: Method, target: &str, kind: &str, text: &str| {
        let mut request = raw(method, target, Some("Basic dG9rZW46eA=="), text);
        request.headers.push("content-type", kind);
        let response = workspace.answer(&request, 1).response;
        assert_eq!(response.status, 200, "{text} {:?}", response.body);
        body(&response)
    };
    // `curl --data`, and null for what is absent.
    let form = "application/x-www-form-urlencoded";
    let job = JOB.replacen('{', r#"{"name":null,"email_notications":{},"#, 1);
    assert_eq!(send(Method::POST, CREATE, form, &job), json!({"job_id": 1}));
    let run_now = r#"{"job_id":"1","notebook_params":[{"key":"a","value":"b"}]}"#;
    let run = send(Method::POST, "/api/2.0/jobs/run-now", "text/json", run_now);
    let get = format!(r#"{{"run_id":"{}"}}"#, run["run_id"]);
    let shown = send(Method::GET, "/api/2.0/jobs/runs/get", "", &get);
    assert_eq!(shown["overriding_parameters"], json!({"notebook_params": {"a": "b"}}));
    let list = send(Method::GET, "/api/2.0/jobs/list?expand_tasks=false", "", "");
    assert_eq!(list["jobs"][0]["settings"]["name"], "Untitled");
    assert_eq!(list["jobs"][0]["settings"].get("email_notications"), None);
}

#[test]
fn whoever_sends_several_faults_hears_of_them_all() {
    let mut desk = Desk::new();
    let message = desk.refused(
        Create,
        json!({
            "existing_cluster_id": "c", "notebook_task": {"notebook_path": "relative"},
            "max_concurrent_runs": 1001, "schedule": {"timezone_id": "UTC"}
        }),
    );
    for place in
        ["/notebook_task/notebook_path", "/max_concurrent_runs", "/schedule/quartz_cron_expression"]
    {
        assert!(message.contains(place), "{message}");
    }
}

#[test]
fn refusals_are_worded_as_clients_know_them() {
    let mut desk = Desk::new();
    let task = json!({"notebook_task": {"notebook_path": "/n"}});
    let no_cluster = "Either new_cluster or existing_cluster_id must be specified.";
    assert_eq!(desk.refused(Create, task.clone()), no_cluster);
    assert_eq!(desk.refused(RunsSubmit, task), no_cluster);
    assert_eq!(desk.refused(RunNow, json!({})), "Job 0 does not exist.");
}

#[test]
fn every_endpoint_refuses_ids_that_it_does_not_know() {
    let mut desk = Desk::new();
    let new_settings =
        json!({"existing_cluster_id": "c", "notebook_task": {"notebook_path": "/n"}});
    for endpoint in [Get, Delete, RunNow, RunsCancelAll, Reset, Update] {
        let arguments = match endpoint {
            Reset | Update => json!({"job_id": 123, "new_settings": new_settings}),
            _ => json!({"job_id": 123}),
        };
        assert_eq!(desk.refused(endpoint, arguments), "Job 123 does not exist.");
    }
    for endpoint in [RunsGet, RunsExport, RunsCancel, RunsGetOutput, RunsDelete] {
        assert_eq!(desk.refused(endpoint, json!({"run_id": 9})), "Run 9 does not exist.");
        desk.refused(endpoint, json!({}));
        desk.refused(endpoint, json!({"run_id": "abc"}));
    }
    assert_eq!(desk.ok(RunsList, json!({"job_id": 123})), json!({"has_more": false}));
    assert_eq!(desk.ok(List, json!({})), json!({}));
}
