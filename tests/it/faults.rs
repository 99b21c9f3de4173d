//! A rule about requests that is not asked lets pass what breaks it, and nothing else.

use jobdeck::{
    contract::Endpoint,
    exchange::Response,
    generate::{self, Breakage, Known, Style},
    serve::{Clock, Fault, Options, Workspace},
};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use serde_json::{Value, json};

use crate::{
    deck::Deck,
    http,
    workspace::{answer, furnished},
};

/// How many updates are made of a breakage before it counts as never taken: what an update leaves as it was
/// can break another rule beside what it changes.
const UPDATES: usize = 50;

/// A request with this breakage, answered.
fn broken(
    runner: &mut TestRunner,
    workspace: &mut Workspace,
    known: &Known,
    breakage: &Breakage,
) -> Response {
    let strategy = (breakage.broken(known), generate::style());
    let (broken, style) = strategy.new_tree(runner).unwrap().current();
    answer(workspace, generate::write(breakage.endpoint, &broken.arguments, &style))
}

/// A furnished workspace that does not ask a rule.
fn not_asking(rule: &str) -> (Workspace, Known) {
    let faults = vec![Fault::parse(&format!("unchecked:{rule}")).unwrap()];
    furnished(Options { faults, clock: Clock::Manual, ..Options::default() })
}

#[test]
fn what_is_not_asked_any_more_is_let_pass() {
    let mut runner = TestRunner::deterministic();
    let (mut sound, known) = furnished(Options::default());
    let mut other = not_asking("create/error/no-task").0;
    let mut other_rule = "create/error/no-task";
    for breakage in Endpoint::ALL.into_iter().flat_map(generate::breakages) {
        let refused = broken(&mut runner, &mut sound, &known, &breakage).status;
        assert!((400..500).contains(&refused), "{breakage}: {refused}");
        if breakage.rule != other_rule {
            let refused = broken(&mut runner, &mut other, &known, &breakage).status;
            assert!((400..500).contains(&refused), "{breakage} without {other_rule}: {refused}");
        }
        let tries = if breakage.endpoint == Endpoint::Update { UPDATES } else { 1 };
        let (faulty, _) = not_asking(breakage.rule);
        let taken = (0..tries).find_map(|_| {
            let mut faulty = faulty.clone();
            broken(&mut runner, &mut faulty, &known, &breakage).is_success().then_some(faulty)
        });
        let Some(mut taken) = taken else { panic!("{breakage} is refused all the same") };
        go_on(&mut taken);
        (other, other_rule) = (faulty, breakage.rule);
    }
}

#[test]
fn a_served_fault_is_told_at_the_start() {
    let deck =
        Deck::start(["serve", "--fault", "created-id-as-text", "--fault", "success-as-list"]);
    let job = r#"{"existing_cluster_id":"c","notebook_task":{"notebook_path":"/n"}}"#;
    let (_, created) = http::call(&deck.url, "POST", "/api/2.0/jobs/create", job);
    assert_eq!(created, r#"{"job_id":"1"}"#);
    let (_, deleted) = http::call(&deck.url, "POST", "/api/2.0/jobs/delete", r#"{"job_id":1}"#);
    assert_eq!(deleted, "[]");
    let told = "jobdeck: wrong on purpose (created-id-as-text): A create answers";
    assert!(deck.stop().stderr.contains(told));
}

/// Whatever was taken, there is more to ask, and time passes.
fn go_on(workspace: &mut Workspace) {
    let ask = |workspace: &mut Workspace, endpoint, arguments: &Value| {
        let request = generate::write(endpoint, arguments.as_object().unwrap(), &Style::default());
        let response = answer(workspace, request);
        assert!(response.status < 500, "{endpoint:?} {arguments} gave {response:?}");
        serde_json::from_slice::<Value>(response.body.bytes()).unwrap()
    };
    let jobs = ask(workspace, Endpoint::List, &json!({}));
    for job in jobs["jobs"].as_array().into_iter().flatten() {
        let new = json!({"max_concurrent_runs": 9});
        ask(workspace, Endpoint::Update, &json!({"job_id": job["job_id"], "new_settings": new}));
        ask(workspace, Endpoint::RunNow, &json!({"job_id": job["job_id"]}));
    }
    for _ in 0..4 {
        let runs = ask(workspace, Endpoint::RunsList, &json!({}));
        for run in runs["runs"].as_array().into_iter().flatten() {
            for endpoint in [Endpoint::RunsGet, Endpoint::RunsGetOutput, Endpoint::RunsExport] {
                ask(workspace, endpoint, &json!({"run_id": run["run_id"]}));
            }
        }
        workspace.advance(300).unwrap();
    }
}
