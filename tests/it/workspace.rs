//! The reference workspace takes every valid request, answers it as the contract says, and refuses every
//! broken one without a trace.

use jobdeck::{
    contract::Endpoint,
    exchange::{self, Handler, Request, Response},
    generate::{self, Known, Style},
    serve::{Options, Workspace},
    validate,
};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use serde_json::{Value, json};

/// A request answered by the workspace.
pub(crate) fn answer(workspace: &mut Workspace, mut request: Request) -> Response {
    request.headers.push("authorization", "Bearer a-token");
    workspace.answer(&request, 1_000_000).response
}

/// The JSON of a response, which may be compressed.
pub(crate) fn body(response: &Response) -> Value {
    let bytes = exchange::decoded(&response.headers, response.body.bytes()).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// The body of a call that succeeds.
pub(crate) fn call(workspace: &mut Workspace, endpoint: Endpoint, arguments: &Value) -> Value {
    let request = generate::write(endpoint, arguments.as_object().unwrap(), &Style::default());
    let response = answer(workspace, request);
    let body = body(&response);
    assert!(response.is_success(), "{}: {arguments} gave {body}", endpoint.signature().name);
    body
}

/// A workspace with a job and a run of it that has ended.
pub(crate) fn furnished(options: Options) -> (Workspace, Known) {
    let mut workspace = Workspace::new(options);
    let settings = json!({
        "max_concurrent_runs": 0,
        "existing_cluster_id": "1201-my-cluster",
        "notebook_task": {"notebook_path": "/jobdeck/succeed"},
    });
    let job = call(&mut workspace, Endpoint::Create, &settings);
    let run = call(&mut workspace, Endpoint::RunNow, &json!({"job_id": job["job_id"]}));
    let ids = |value: &Value| vec![value.as_i64().unwrap()];
    (workspace, Known { job_ids: ids(&job["job_id"]), run_ids: ids(&run["run_id"]) })
}

#[test]
fn what_is_valid_is_taken() {
    let mut runner = TestRunner::deterministic();
    let (furnished, known) = furnished(Options::default());
    for endpoint in Endpoint::ALL {
        let strategy = generate::request(endpoint, &known);
        // What an update leaves as it was can contradict what it changes.
        let may_be_refused = endpoint == Endpoint::Update;
        let mut taken = 0;
        for _ in 0..40 {
            let request = strategy.new_tree(&mut runner).unwrap().current();
            let response = answer(&mut furnished.clone(), request.clone());
            let body: Value = serde_json::from_slice(response.body.bytes()).unwrap();
            if response.is_success() {
                taken += 1;
                assert_eq!(validate::response(endpoint, &body), [], "{body}");
            } else {
                assert!(may_be_refused, "{request:?} gave {body}");
            }
        }
        assert!(taken > 30, "{}: only {taken} of 40", endpoint.signature().name);
    }
}

#[test]
fn what_is_broken_is_refused_without_a_trace() {
    let mut runner = TestRunner::deterministic();
    let (mut workspace, known) = furnished(Options::default());
    let before = look(&mut workspace, &known);
    for endpoint in Endpoint::ALL {
        for breakage in generate::breakages(endpoint) {
            let strategy = (breakage.broken(&known), generate::style());
            let (broken, style) = strategy.new_tree(&mut runner).unwrap().current();
            let request = generate::write(endpoint, &broken.arguments, &style);
            let status = answer(&mut workspace, request).status;
            assert!((400..500).contains(&status), "{breakage}: {status}");
            assert_eq!(look(&mut workspace, &known), before, "{breakage}");
        }
    }
}

/// What there is to see of a workspace.
fn look(workspace: &mut Workspace, known: &Known) -> [Value; 3] {
    let run = json!({"run_id": known.run_ids[0]});
    [
        call(workspace, Endpoint::List, &json!({})),
        call(workspace, Endpoint::RunsList, &json!({})),
        call(workspace, Endpoint::RunsGet, &run),
    ]
}
