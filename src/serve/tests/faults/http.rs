//! What is settled before an endpoint is reached.

use super::*;

/// A call without a credential: its status, and how many jobs there are then.
fn unauthenticated(trial: &mut Trial, endpoint: Endpoint, arguments: Value) -> Value {
    let mut request = request(endpoint, &arguments);
    request.headers.remove("authorization");
    let (status, _) = trial.send(&request);
    json!([status, trial.workspace.status()["jobs"]])
}

pub(super) fn cases() -> Vec<Case> {
    vec![
        case(
            "unauthenticated-served",
            |trial| {
                let read = unauthenticated(trial, List, json!({}));
                json!([read, unauthenticated(trial, Create, notebook("/n"))])
            },
            json!([[401, 0], [401, 0]]),
            json!([[200, 0], [401, 0]]),
        ),
        case(
            "unauthenticated-writes",
            |trial| unauthenticated(trial, Create, notebook("/n")),
            json!([401, 0]),
            json!([401, 1]),
        ),
        case(
            "wrong-method-acts",
            |trial| {
                trial.job("/n", json!({}));
                let mut delete = request(Delete, &json!({}));
                (delete.method, delete.body) = (Method::GET, Body::empty());
                delete.target.push_str("?job_id=1");
                json!([trial.send(&delete).0, trial.workspace.status()["jobs"]])
            },
            json!([404, 1]),
            json!([404, 0]),
        ),
        case(
            "success-as-list",
            |trial| {
                trial.job("/n", json!({}));
                trial.tell(Delete, json!({"job_id": 1}))
            },
            json!({}),
            json!([]),
        ),
        case(
            "query-ignored",
            |trial| {
                let run_id = trial.run_of("/n", json!({}));
                let arguments = json!({"run_id": run_id});
                let mut in_body = request(RunsGet, &json!({}));
                in_body.body = Body::Whole(Bytes::from(arguments.to_string()));
                json!([trial.status(RunsGet, arguments), trial.send(&in_body).0])
            },
            json!([200, 200]),
            json!([400, 200]),
        ),
        case(
            "form-refused",
            |trial| {
                let mut create = request(Create, &notebook("/n"));
                create.headers.push("content-type", "application/x-www-form-urlencoded");
                trial.send(&create).0.into()
            },
            json!(200),
            json!(400),
        ),
    ]
}
