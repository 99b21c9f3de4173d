//! How runs are started, beside the cases of `launches`.

use super::*;

/// What run-now answers for a job with more arguments.
fn started(trial: &mut Trial, job_id: i64, more: Value) -> Value {
    let mut arguments = json!({"job_id": job_id});
    arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    trial.tell(RunNow, arguments)
}

/// How many runs two tokens start that come so far apart, in microseconds.
fn of_two_tokens(trial: &mut Trial, apart_us: u64, submits: bool) -> usize {
    let job_id = trial.job("/n", json!({"max_concurrent_runs": 9}));
    for name in ["a", "b"] {
        let token = json!({"idempotency_token": format!("{name}, {apart_us}")});
        if submits {
            trial.submit("/n", token);
        } else {
            started(trial, job_id, token);
        }
        trial.now_us += apart_us;
    }
    trial.listed(json!({})).len()
}

pub(super) fn cases() -> Vec<Case> {
    [answers(), tokens(), submits(), shown(), places()].into_iter().flatten().collect()
}

fn answers() -> Vec<Case> {
    vec![
        case(
            "run-now-without-number",
            |trial| {
                trial.job("/n", json!({}));
                started(trial, 1, json!({}))
            },
            json!({"run_id": 1_000_001, "number_in_job": 1}),
            json!({"run_id": 1_000_001}),
        ),
        case(
            "run-now-number-off",
            |trial| {
                trial.job("/n", json!({}));
                let started = started(trial, 1, json!({}));
                json!([started["number_in_job"], trial.run(1_000_001)["number_in_job"]])
            },
            json!([1, 1]),
            json!([101, 1]),
        ),
        case(
            "repeated-number-next",
            |trial| {
                trial.job("/n", json!({}));
                let token = json!({"idempotency_token": "t"});
                [(), ()]
                    .map(|()| started(trial, 1, token.clone())["number_in_job"].take())
                    .into_iter()
                    .collect()
            },
            json!([1, 1]),
            json!([1, 2]),
        ),
        case(
            "deleted-id-reused",
            |trial| {
                let first = trial.run_of("/n", json!({"max_concurrent_runs": 0}));
                trial.tell(RunsDelete, json!({"run_id": first}));
                json!(trial.run_now(1) - first)
            },
            json!(1),
            json!(0),
        ),
        case(
            "deleted-number-reused",
            |trial| {
                let first = trial.run_of("/n", json!({"max_concurrent_runs": 0}));
                trial.tell(RunsDelete, json!({"run_id": first}));
                started(trial, 1, json!({}))["number_in_job"].take()
            },
            json!(2),
            json!(0),
        ),
        case(
            "run-now-deduplicates",
            |trial| {
                trial.job("/n", json!({"max_concurrent_runs": 9}));
                let parameters = json!({"notebook_params": {"a": "b"}});
                let all = [json!({}), json!({}), parameters];
                all.map(|more| started(trial, 1, more)["number_in_job"].take())
                    .into_iter()
                    .collect()
            },
            json!([1, 2, 3]),
            json!([1, 1, 2]),
        ),
        case(
            "parameters-persist",
            |trial| {
                trial.job("/n", json!({}));
                started(trial, 1, json!({"notebook_params": {"a": "b"}}));
                trial.settings(1)["notebook_task"]["base_parameters"].take()
            },
            Value::Null,
            json!({"a": "b"}),
        ),
    ]
}

fn tokens() -> Vec<Case> {
    vec![
        case(
            "token-by-job",
            |trial| {
                let jobs = [trial.job("/n", json!({})), trial.job("/n", json!({}))];
                let token = json!({"idempotency_token": "t"});
                jobs.map(|job_id| started(trial, job_id, token.clone())["run_id"].take())
                    .into_iter()
                    .collect()
            },
            json!([1_000_001, 1_000_001]),
            json!([1_000_001, 1_000_002]),
        ),
        case(
            "tokens-mixed-up",
            |trial| {
                json!([of_two_tokens(trial, 20_000, false), of_two_tokens(trial, 19_999, false)])
            },
            json!([2, 4]),
            json!([2, 3]),
        ),
        case(
            "submit-tokens-mixed-up",
            |trial| {
                // The others are those of run-nows.
                json!(of_two_tokens(trial, 19_999, true))
            },
            json!(2),
            json!(1),
        ),
        case(
            "submit-token-cut",
            |trial| {
                let start = "t".repeat(48);
                for end in ["a", "b"] {
                    trial.submit("/n", json!({"idempotency_token": format!("{start}{end}")}));
                }
                trial.listed(json!({})).len().into()
            },
            json!(2),
            json!(1),
        ),
    ]
}

fn submits() -> Vec<Case> {
    vec![
        case(
            "submit-without-id",
            |trial| trial.tell(RunsSubmit, notebook("/n")),
            json!({"run_id": 1_000_001}),
            json!({"id": 1_000_001}),
        ),
        case(
            "submit-without-default-name",
            |trial| {
                let run_id = trial.submit("/n", json!({}));
                trial.run(run_id)["run_name"].take()
            },
            json!("Untitled"),
            json!(""),
        ),
        case(
            "submit-retried",
            |trial| {
                trial.submit("/jobdeck/fail", json!({}));
                trial.pass(3 * WHOLE_MS);
                trial.listed(json!({})).len().into()
            },
            json!(1),
            json!(2),
        ),
        case(
            "submit-skipped-by-others",
            |trial| {
                trial.submit(SLOW, json!({}));
                let run_id = trial.submit(SLOW, json!({}));
                trial.state(run_id).into()
            },
            json!("PENDING"),
            json!("SKIPPED"),
        ),
    ]
}

/// A field of a run of a job.
fn field(trial: &mut Trial, name: &str) -> Value {
    let run_id = trial.run_of("/n", json!({}));
    trial.run(run_id)[name].take()
}

fn shown() -> Vec<Case> {
    vec![
        case(
            "run-now-trigger-periodic",
            |trial| field(trial, "trigger"),
            json!("ONE_TIME"),
            json!("PERIODIC"),
        ),
        case(
            "run-now-type-workflow",
            |trial| field(trial, "run_type"),
            json!("JOB_RUN"),
            json!("WORKFLOW_RUN"),
        ),
        case(
            "run-name-too-long",
            |trial| field(trial, "run_name").as_str().map(str::len).into(),
            json!(8),
            json!(5000),
        ),
        case(
            "overrides-made-up",
            |trial| field(trial, "overriding_parameters"),
            Value::Null,
            json!({"notebook_params": {"made": "up"}}),
        ),
        case(
            "skipped-without-reason",
            |trial| {
                let run_id = trial.run_of("/n", json!({"max_concurrent_runs": 0}));
                let said = trial.run(run_id)["state"]["state_message"].take();
                (said != "").into()
            },
            json!(true),
            json!(false),
        ),
    ]
}

fn places() -> Vec<Case> {
    vec![case(
        "concurrency-one-too-few",
        |trial| {
            let job_id = trial.job(SLOW, json!({"max_concurrent_runs": 2}));
            let runs = [trial.run_now(job_id), trial.run_now(job_id)];
            runs.map(|run_id| Value::from(trial.state(run_id))).into_iter().collect()
        },
        json!(["PENDING", "PENDING"]),
        json!(["PENDING", "SKIPPED"]),
    )]
}
