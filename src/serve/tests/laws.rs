//! What holds for any sequence of calls, sensible or not.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::contract::LifeCycleState;

/// One step of a client, or of the clock.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Call(Endpoint, Value),
    Raw(Method, String, String),
    Pass(u64),
}

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => call(),
        1 => raw(),
        3 => prop_oneof![Just(0), Just(500), Just(1000), 0..10_000_u64, Just(6_000_000_000)]
            .prop_map(Step::Pass),
    ];
    prop::collection::vec(step, 1..60)
}

fn call() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => settings().prop_map(|settings| Step::Call(Create, settings)),
        1 => Just(Step::Call(List, json!({}))),
        1 => (job_id(), prop::sample::select(vec![Delete, Get, RunsCancelAll]))
            .prop_map(|(job_id, endpoint)| Step::Call(endpoint, json!({"job_id": job_id}))),
        1 => (job_id(), settings()).prop_map(|(job_id, new)| {
            Step::Call(Reset, json!({"job_id": job_id, "new_settings": new}))
        }),
        1 => (job_id(), settings(), prop::sample::subsequence(SETTINGS.to_vec(), 0..3)).prop_map(
            |(job_id, new, remove)| {
                let arguments =
                    json!({"job_id": job_id, "new_settings": new, "fields_to_remove": remove});
                Step::Call(Update, arguments)
            }
        ),
        4 => (job_id(), token()).prop_map(|(job_id, token)| {
            Step::Call(RunNow, json!({"job_id": job_id, "idempotency_token": token}))
        }),
        2 => (settings(), token()).prop_map(|(mut submit, token)| {
            submit["idempotency_token"] = token.into();
            Step::Call(RunsSubmit, submit)
        }),
        2 => (any::<[bool; 2]>(), -1..5_i64, -1..30_i64).prop_map(|([active, all], limit, offset)| {
            let arguments = json!({"active_only": active, "limit": limit, "offset": offset});
            Step::Call(RunsList, if all { json!({"limit": 0}) } else { arguments })
        }),
        3 => (
            run_id(),
            prop::sample::select(vec![RunsGet, RunsExport, RunsCancel, RunsGetOutput, RunsDelete])
        )
            .prop_map(|(run_id, endpoint)| Step::Call(endpoint, json!({"run_id": run_id}))),
    ]
}

const SETTINGS: [&str; 6] = [
    "existing_cluster_id",
    "notebook_task",
    "timeout_seconds",
    "max_retries",
    "max_concurrent_runs",
    "schedule/timezone_id",
];

/// Settings, valid and otherwise.
fn settings() -> impl Strategy<Value = Value> {
    let path = prop::sample::select(vec![
        "succeed",
        "fail",
        "internal-error",
        "sleep/5000",
        "exit/x",
        "/relative",
    ]);
    let other = (1..6_i64).prop_map(|job_id| json!({"run_job_task": {"job_id": job_id}}));
    let schedule = json!({"quartz_cron_expression": "0 0 0 1 * ?", "timezone_id": "Asia/Tokyo"});
    let more = prop_oneof![
        6 => Just(json!({})),
        1 => other,
        1 => Just(json!({"queue": {"enabled": true}})),
        1 => Just(json!({"schedule": schedule})),
    ];
    let whole = (
        prop::option::weighted(0.9, path),
        prop::option::weighted(0.9, Just("c")),
        prop::option::of(0..8_i64),
        prop::option::of(-2..4_i64),
        prop::option::of(-1..4_i64),
        any::<bool>(),
        more,
    );
    whole.prop_map(|(path, cluster, timeout, retries, concurrent, on_timeout, more)| {
        let path = path.map(|path| match path.strip_prefix('/') {
            Some(relative) => relative.to_owned(),
            None => format!("/jobdeck/{path}"),
        });
        let mut settings = json!({
            "notebook_task": path.map(|path| json!({"notebook_path": path})),
            "existing_cluster_id": cluster,
            "timeout_seconds": timeout,
            "max_retries": retries.map(|retries| retries.clamp(-1, 3)),
            // Where a run is retried for ever, the days that pass are full of attempts.
            "min_retry_interval_millis": 100_000_000,
            "max_concurrent_runs": concurrent,
            "retry_on_timeout": on_timeout
        });
        if more["run_job_task"].is_object() {
            settings["notebook_task"].take();
        }
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        settings
    })
}

fn job_id() -> impl Strategy<Value = Value> {
    prop_oneof![9 => (1..6_i64).prop_map(Value::from), 1 => any::<i64>().prop_map(Value::from)]
}

fn run_id() -> impl Strategy<Value = Value> {
    prop_oneof![
        9 => (1_000_001..1_000_010_i64).prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
    ]
}

fn token() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "", "a", "b"]).prop_map(str::to_owned)
}

/// Requests from the wild.
fn raw() -> impl Strategy<Value = Step> {
    let path = prop_oneof![
        prop::sample::select(Endpoint::ALL.to_vec())
            .prop_map(|endpoint| format!("/api/2.0/{}", endpoint.signature().path)),
        "/[ -~]{0,20}",
    ];
    let method = prop::sample::select(vec![Method::GET, Method::POST, Method::PUT, Method::DELETE]);
    let text = prop_oneof![crate::json::tests::any_value().prop_map(|v| v.to_string()), ".{0,20}"];
    (method, path, text).prop_map(|(method, path, text)| Step::Raw(method, path, text))
}

/// What happens on these steps: every answer, byte for byte.
fn play(steps: &[Step], ids: Ids) -> Vec<Response> {
    let limits = Limits { concurrent_runs: 4, saved_jobs: 4, ..Limits::default() };
    let mut desk = Desk::of(Options { ids, limits, ..Options::default() });
    let mut answers = Vec::new();
    for step in steps {
        match step {
            Step::Pass(ms) => desk.pass(*ms),
            _ => answers.extend(request_of(step, ids).map(|one| desk.0.answer(&one, 0).response)),
        }
    }
    answers
}

/// The request that a step makes, if it makes one.
pub(super) fn request_of(step: &Step, ids: Ids) -> Option<Request> {
    match step {
        Step::Call(endpoint, arguments) => {
            let mut arguments = arguments.clone();
            let other = "/run_job_task/job_id";
            for place in ["/job_id", "/run_id", other, &format!("/new_settings{other}")] {
                if let Some(id) = arguments.pointer_mut(place) {
                    *id = ids.id(id.as_i64().unwrap()).into();
                }
            }
            Some(request(*endpoint, &arguments))
        }
        Step::Raw(method, target, text) => {
            let mut raw = Request::new(method.clone(), target.clone());
            raw.headers.push("authorization", "Bearer x");
            raw.body = Body::Whole(Bytes::from(text.clone()));
            Some(raw)
        }
        Step::Pass(_) => None,
    }
}

/// Every run that an answer shows.
fn shown(answer: &Value) -> Vec<Value> {
    let list = answer["runs"].as_array().cloned().unwrap_or_default();
    let single = [answer, &answer["metadata"]].into_iter().filter(|v| v["state"].is_object());
    list.into_iter().chain(single.cloned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn nothing_breaks_and_no_run_goes_astray(steps in steps()) {
        let answers = play(&steps, Ids::Small);
        let mut seen: BTreeMap<i64, Value> = BTreeMap::new();
        for answer in &answers {
            let (status, body) = (answer.status, body(answer));
            prop_assert!(status == 200 || (400..500).contains(&status), "{status} {body}");
            prop_assert!(body.is_object());
            if status != 200 {
                prop_assert!(body["message"].is_string() && !body["error_code"].is_null());
            }
            let mut active = BTreeMap::<i64, usize>::new();
            for run in shown(&body) {
                let state = life(&run);
                if let Some(before) = seen.insert(run["run_id"].as_i64().unwrap(), run.clone()) {
                    follows(&before, &run)?;
                }
                coheres(&run)?;
                if !state.is_terminal() && state != LifeCycleState::Queued {
                    *active.entry(run["job_id"].as_i64().unwrap()).or_default() += 1;
                }
            }
            prop_assert!(active.values().sum::<usize>() <= 4);
        }
    }

    #[test]
    fn the_same_seed_and_calls_give_the_same_bytes(steps in steps(), seed: u64, large: bool) {
        let ids = if large { Ids::Large { seed } } else { Ids::Small };
        let answers = play(&steps, ids);
        prop_assert_eq!(&play(&steps, ids), &answers);
        // Nothing but the ids depends on the seed.
        let statuses = |answers: &[Response]| answers.iter().map(|a| a.status).collect::<Vec<_>>();
        prop_assert_eq!(statuses(&play(&steps, Ids::Small)), statuses(&answers));
    }
}

fn life(run: &Value) -> LifeCycleState {
    LifeCycleState::from_name(run["state"]["life_cycle_state"].as_str().unwrap()).unwrap()
}

/// One sight of a run may come after another.
fn follows(before: &Value, after: &Value) -> Result<(), TestCaseError> {
    prop_assert!(life(before).can_lead_to(life(after)), "{before} {after}");
    let result = &before["state"]["result_state"];
    prop_assert!(result.is_null() || *result == after["state"]["result_state"]);
    for fixed in [
        "job_id",
        "number_in_job",
        "original_attempt_run_id",
        "start_time",
        "trigger",
        "run_type",
        "run_name",
        "task",
        "cluster_spec",
        "attempt_number",
    ] {
        prop_assert_eq!(&before[fixed], &after[fixed]);
    }
    if life(before).is_terminal() {
        prop_assert_eq!(before, after);
    }
    Ok(())
}

/// What a run shows agrees with itself.
fn coheres(run: &Value) -> Result<(), TestCaseError> {
    let number = |name: &str| run[name].as_i64().unwrap();
    let durations = ["setup_duration", "execution_duration", "cleanup_duration"].map(number);
    prop_assert!(durations.iter().all(|ms| *ms >= 0));
    if life(run).is_terminal() {
        let sum: i64 = durations.iter().sum();
        prop_assert_eq!(number("end_time") - number("start_time"), sum);
    } else {
        prop_assert_eq!(number("end_time"), 0);
    }
    let has_result = !run["state"]["result_state"].is_null();
    match life(run) {
        LifeCycleState::Terminated => prop_assert!(has_result),
        // Of these, the result is shown if the task began.
        LifeCycleState::Terminating | LifeCycleState::InternalError => {}
        _ => prop_assert!(!has_result),
    }
    Ok(())
}
