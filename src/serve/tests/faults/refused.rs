//! What is answered where there is something to refuse, and what a refused request leaves behind.

use super::*;

/// An id that nobody was given.
const UNKNOWN: i64 = i64::MAX - 1;

/// The status of a call that names this job, with what it may need beside.
fn of_job(trial: &mut Trial, endpoint: Endpoint, job_id: i64) -> u16 {
    trial.job("/n", json!({}));
    let mut arguments = json!({"job_id": job_id});
    if [Reset, Update].contains(&endpoint) {
        arguments["new_settings"] = notebook("/n");
    }
    trial.status(endpoint, arguments)
}

fn of_run(trial: &mut Trial, endpoint: Endpoint) -> Value {
    trial.status(endpoint, json!({"run_id": UNKNOWN})).into()
}

/// A request whose body, method or path is another one.
fn otherwise(trial: &mut Trial, change: fn(&mut Request)) -> Value {
    let mut request = request(Create, &notebook("/n"));
    change(&mut request);
    trial.send(&request).0.into()
}

fn with_body(trial: &mut Trial, body: &'static str) -> Value {
    let mut request = request(Create, &json!({}));
    request.body = Body::Whole(Bytes::from_static(body.as_bytes()));
    trial.send(&request).0.into()
}

/// The status of a create whose body has so many bytes.
fn long(trial: &mut Trial, bytes: usize) -> Value {
    let mut settings = notebook("/n");
    settings["name"] = json!("");
    let rest = bytes - settings.to_string().len();
    settings["name"] = "n".repeat(rest).into();
    trial.status(Create, settings).into()
}

pub(super) fn cases() -> Vec<Case> {
    [unknown(), no_calls(), forms(), left_behind()].into_iter().flatten().collect()
}

fn unknown() -> Vec<Case> {
    vec![
        case(
            "unknown-job-shown",
            |trial| json!([of_job(trial, Get, UNKNOWN), of_job(trial, Get, 1)]),
            json!([400, 200]),
            json!([200, 200]),
        ),
        case(
            "unknown-job-reset",
            |trial| of_job(trial, Reset, UNKNOWN).into(),
            json!(400),
            json!(200),
        ),
        case(
            "unknown-job-updated",
            |trial| of_job(trial, Update, UNKNOWN).into(),
            json!(400),
            json!(200),
        ),
        case(
            "unknown-job-started",
            |trial| of_job(trial, RunNow, UNKNOWN).into(),
            json!(400),
            json!(200),
        ),
        case(
            "unknown-job-cancel-all-404",
            |trial| of_job(trial, RunsCancelAll, UNKNOWN).into(),
            json!(400),
            json!(404),
        ),
        case(
            "unknown-job-delete-fails",
            |trial| of_job(trial, Delete, UNKNOWN).into(),
            json!(400),
            json!(500),
        ),
        case("unknown-run-shown", |trial| of_run(trial, RunsGet), json!(400), json!(200)),
        case(
            "unknown-run-output-fails",
            |trial| of_run(trial, RunsGetOutput),
            json!(400),
            json!(500),
        ),
        case("unknown-run-cancel-404", |trial| of_run(trial, RunsCancel), json!(400), json!(404)),
        case("unknown-run-delete-fails", |trial| of_run(trial, RunsDelete), json!(400), json!(500)),
    ]
}

fn no_calls() -> Vec<Case> {
    vec![
        case(
            "unknown-path-served",
            |trial| otherwise(trial, |request| request.target.push_str("/all")),
            json!(404),
            json!(200),
        ),
        case(
            "wrong-method-served",
            |trial| otherwise(trial, |request| request.method = Method::GET),
            json!(404),
            json!(200),
        ),
        case("no-json-served", |trial| with_body(trial, "{"), json!(400), json!(200)),
        case("no-object-served", |trial| with_body(trial, "[]"), json!(400), json!(200)),
        case(
            "invalid-fails",
            |trial| trial.status(RunNow, json!({"job_id": "a"})).into(),
            json!(400),
            json!(500),
        ),
        case(
            "long-body-taken",
            |trial| json!([long(trial, BODY_BYTES_MAX), long(trial, BODY_BYTES_MAX + 1)]),
            json!([200, 413]),
            json!([200, 200]),
        ),
        case(
            "body-of-1-mb-refused",
            |trial| json!([long(trial, 1024 * 1024), long(trial, 1024 * 1024 + 1)]),
            json!([200, 200]),
            json!([200, 413]),
        ),
    ]
}

fn forms() -> Vec<Case> {
    vec![
        case(
            "errors-without-code",
            |trial| trial.tell(Get, json!({"job_id": 1})),
            json!({"error_code": "INVALID_PARAMETER_VALUE", "message": "Job 1 does not exist."}),
            json!({"detail": "It was refused."}),
        ),
        case(
            "success-says-ok",
            |trial| {
                trial.job("/n", json!({}));
                trial.tell(Delete, json!({"job_id": 1}))
            },
            json!({}),
            json!({"status": "ok"}),
        ),
    ]
}

/// How many jobs and runs there are after a call that is refused.
fn after(trial: &mut Trial, endpoint: Endpoint, arguments: Value) -> Value {
    let refused = trial.status(endpoint, arguments);
    let status = trial.workspace.status();
    json!([refused, status["jobs"], status["runs"]])
}

/// The name of a job after a change that is refused.
fn name_after(trial: &mut Trial, endpoint: Endpoint) -> Value {
    trial.job("/n", json!({"name": "a"}));
    let new_settings = json!({"name": "b", "timeout_seconds": "x"});
    let refused = trial.status(endpoint, json!({"job_id": 1, "new_settings": new_settings}));
    json!([refused, trial.settings(1)["name"]])
}

fn left_behind() -> Vec<Case> {
    vec![
        case(
            "refused-create-saves",
            |trial| after(trial, Create, json!({"name": "a"})),
            json!([400, 0, 0]),
            json!([400, 1, 0]),
        ),
        case(
            "refused-submit-starts",
            |trial| after(trial, RunsSubmit, json!({"run_name": "a"})),
            json!([400, 0, 0]),
            json!([400, 0, 1]),
        ),
        case(
            "refused-run-now-starts",
            |trial| {
                trial.job("/n", json!({}));
                after(trial, RunNow, json!({"job_id": 1, "notebook_params": 7}))
            },
            json!([400, 1, 0]),
            json!([400, 1, 1]),
        ),
        case(
            "refused-reset-acts",
            |trial| name_after(trial, Reset),
            json!([400, "a"]),
            json!([400, "Untitled"]),
        ),
        case(
            "refused-update-acts",
            |trial| name_after(trial, Update),
            json!([400, "a"]),
            json!([400, "Untitled"]),
        ),
        case(
            "submit-token-consumed-by-refusal",
            |trial| {
                let token = json!({"idempotency_token": "t"});
                let refused = trial.status(RunsSubmit, token.clone());
                let mut submit = notebook("/n");
                submit["idempotency_token"] = token["idempotency_token"].clone();
                json!([refused, trial.status(RunsSubmit, submit)])
            },
            json!([400, 200]),
            json!([400, 400]),
        ),
    ]
}

/// What a workspace that asks for a token answers to another one, and one that is full to one more run.
fn of(fault: Option<&str>, play: fn(&mut Workspace) -> Response) -> Response {
    let faults = fault.map(|name| Fault::parse(name).unwrap()).into_iter().collect();
    let limits = Limits { concurrent_runs: 0, ..Limits::default() };
    let token = Some("the-token".to_owned());
    play(&mut Workspace::new(Options { token, limits, faults, ..Options::default() }))
}

#[test]
fn a_wrong_token_is_served_where_it_should_not_be() {
    let status = |fault| {
        of(fault, |workspace| workspace.answer(&request(Get, &json!({"job_id": 1})), 0).response)
            .status
    };
    assert_eq!([status(None), status(Some("wrong-token-served"))], [403, 400]);
}

#[test]
fn a_full_workspace_does_not_say_when_to_try_again() {
    let retry_after = |fault| {
        let response = of(fault, |workspace| {
            let mut submit = request(RunsSubmit, &notebook("/n"));
            submit.headers.remove("authorization");
            submit.headers.push("authorization", "Bearer the-token");
            workspace.answer(&submit, 0).response
        });
        assert_eq!(response.status, 429);
        response.headers.get("retry-after").map(str::to_owned)
    };
    assert_eq!(retry_after(None).as_deref(), Some("1"));
    assert_eq!(retry_after(Some("retry-after-lost")), None);
}
