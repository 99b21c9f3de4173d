//! Runs that are asked for: tokens, numbers, places and parameters of run-now and submit.

use super::*;

/// Whether a run-now with this token and more gives the run that the token gave before.
fn again(trial: &mut Trial, token: &str, more: Value) -> Value {
    let mut arguments = more;
    arguments["job_id"] = json!(1);
    arguments["idempotency_token"] = json!(token);
    let (status, answer) = trial.ask(RunNow, arguments);
    if status == 200 {
        json!(answer["run_id"].as_i64().unwrap() - 1_000_000)
    } else {
        json!(status)
    }
}

fn submit_again(trial: &mut Trial) -> Value {
    let mut submit = notebook("/n");
    submit["idempotency_token"] = json!("t");
    let (status, answer) = trial.ask(RunsSubmit, submit);
    if status == 200 {
        json!(answer["run_id"].as_i64().unwrap() - 1_000_000)
    } else {
        json!(status)
    }
}

/// What three calls give, of which the first two overlap, and how long they are held back.
fn race(trial: &mut Trial, endpoint: Endpoint, arguments: Value, field: &str) -> Value {
    let request = request(endpoint, &arguments);
    let call = |trial: &mut Trial| {
        let reply = trial.workspace.answer(&request, trial.now_us);
        (body(&reply.response)[field].take(), reply.delay_us)
    };
    let (first, delay_us) = call(trial);
    trial.pass(19);
    let (second, _) = call(trial);
    trial.pass(20);
    let (third, _) = call(trial);
    json!([first == second, first == third, delay_us])
}

pub(super) fn cases() -> Vec<Case> {
    [tokens(), submit_tokens(), numbers(), places(), parameters(), submits()]
        .into_iter()
        .flatten()
        .collect()
}

fn tokens() -> Vec<Case> {
    vec![
        case(
            "token-ignored",
            |trial| {
                trial.job(SLOW, json!({}));
                json!([again(trial, "t", json!({})), again(trial, "t", json!({}))])
            },
            json!([1, 1]),
            json!([1, 2]),
        ),
        case(
            "token-forgotten-at-end",
            |trial| {
                trial.job("/n", json!({}));
                let first = again(trial, "t", json!({}));
                let second = again(trial, "t", json!({}));
                trial.pass(WHOLE_MS);
                json!([first, second, again(trial, "t", json!({}))])
            },
            json!([1, 1, 1]),
            json!([1, 1, 2]),
        ),
        case(
            "token-forgotten-when-skipped",
            |trial| {
                trial.job("/n", json!({"max_concurrent_runs": 0}));
                json!([again(trial, "t", json!({})), again(trial, "t", json!({}))])
            },
            json!([1, 1]),
            json!([1, 2]),
        ),
        case(
            "token-by-body",
            |trial| {
                trial.job(SLOW, json!({}));
                let other = json!({"notebook_params": {"a": "b"}});
                json!([
                    again(trial, "t", json!({})),
                    again(trial, "t", json!({})),
                    again(trial, "t", other)
                ])
            },
            json!([1, 1, 1]),
            json!([1, 1, 2]),
        ),
        case(
            "token-after-delete",
            |trial| {
                trial.job("/n", json!({"max_concurrent_runs": 0}));
                let first = again(trial, "t", json!({}));
                trial.tell(RunsDelete, json!({"run_id": 1_000_001}));
                json!([first, again(trial, "t", json!({}))])
            },
            json!([1, 400]),
            json!([1, 2]),
        ),
        case(
            "token-consumed-by-refusal",
            |trial| {
                trial.job("/n", json!({}));
                let refused = again(trial, "t", json!({"python_params": ["é"]}));
                json!([refused, again(trial, "t", json!({}))])
            },
            json!([400, 1]),
            json!([400, 400]),
        ),
        case(
            "token-cut",
            |trial| {
                trial.job("/n", json!({}));
                let token = "x".repeat(48);
                let other = format!("{token}y");
                json!([again(trial, &token, json!({})), again(trial, &other, json!({}))])
            },
            json!([1, 2]),
            json!([1, 1]),
        ),
        case(
            "token-race",
            |trial| {
                trial.job("/n", json!({}));
                let arguments = json!({"job_id": 1, "idempotency_token": "t"});
                race(trial, RunNow, arguments, "run_id")
            },
            json!([true, true, 0]),
            json!([false, true, 20_000]),
        ),
    ]
}

fn submit_tokens() -> Vec<Case> {
    vec![
        case(
            "submit-token-ignored",
            |trial| json!([submit_again(trial), submit_again(trial)]),
            json!([1, 1]),
            json!([1, 2]),
        ),
        case(
            "submit-token-forgotten-at-end",
            |trial| {
                let first = submit_again(trial);
                trial.pass(WHOLE_MS);
                json!([first, submit_again(trial)])
            },
            json!([1, 1]),
            json!([1, 2]),
        ),
        case(
            "submit-token-after-delete",
            |trial| {
                let first = submit_again(trial);
                trial.pass(WHOLE_MS);
                trial.tell(RunsDelete, json!({"run_id": 1_000_001}));
                json!([first, submit_again(trial)])
            },
            json!([1, 400]),
            json!([1, 2]),
        ),
        case(
            "submit-token-race",
            |trial| {
                let mut submit = notebook("/n");
                submit["idempotency_token"] = json!("t");
                race(trial, RunsSubmit, submit, "run_id")
            },
            json!([true, true, 0]),
            json!([false, true, 20_000]),
        ),
    ]
}

/// The numbers that run-now gives to four runs, each with whether runs/get shows the same.
fn numbered(trial: &mut Trial) -> Value {
    trial.job("/n", json!({"max_concurrent_runs": 0}));
    let numbers = (0..4).map(|_| {
        let answer = trial.tell(RunNow, json!({"job_id": 1}));
        let run = trial.run(answer["run_id"].as_i64().unwrap());
        assert_eq!(run["number_in_job"], answer["number_in_job"]);
        answer["number_in_job"].clone()
    });
    numbers.collect()
}

fn numbers() -> Vec<Case> {
    vec![
        case(
            "number-race",
            |trial| {
                trial.job("/n", json!({"max_concurrent_runs": 0}));
                race(trial, RunNow, json!({"job_id": 1}), "number_in_job")
            },
            json!([false, false, 0]),
            json!([true, false, 20_000]),
        ),
        case("number-from-zero", numbered, json!([1, 2, 3, 4]), json!([0, 1, 2, 3])),
        case("number-stands-still", numbered, json!([1, 2, 3, 4]), json!([1, 1, 3, 3])),
    ]
}

/// The states of three runs that are started at once, where so many may be active.
fn started(trial: &mut Trial, limit: u64) -> Value {
    trial.job(SLOW, json!({"max_concurrent_runs": limit}));
    (0..3)
        .map(|_| {
            let run_id = trial.run_now(1);
            trial.state(run_id)
        })
        .collect()
}

fn places() -> Vec<Case> {
    vec![
        case(
            "concurrency-one-too-many",
            |trial| started(trial, 1),
            json!(["PENDING", "SKIPPED", "SKIPPED"]),
            json!(["PENDING", "PENDING", "SKIPPED"]),
        ),
        case(
            "zero-concurrency-runs",
            |trial| started(trial, 0),
            json!(["SKIPPED", "SKIPPED", "SKIPPED"]),
            json!(["PENDING", "PENDING", "PENDING"]),
        ),
        case(
            "skips-late",
            |trial| {
                let run_id = trial.run_of("/n", json!({"max_concurrent_runs": 0}));
                trial.pass(40 * PENDING_MS - 1);
                let late = trial.state(run_id);
                trial.pass(1);
                json!([late, trial.state(run_id)])
            },
            json!(["SKIPPED", "SKIPPED"]),
            json!(["PENDING", "SKIPPED"]),
        ),
        case(
            "slot-never-freed",
            |trial| {
                trial.run_of("/n", json!({}));
                trial.pass(WHOLE_MS);
                let run_id = trial.run_now(1);
                trial.state(run_id).into()
            },
            json!("PENDING"),
            json!("SKIPPED"),
        ),
    ]
}

fn parameters() -> Vec<Case> {
    vec![
        case(
            "overrides-lost",
            |trial| {
                trial.job("/n", json!({}));
                trial.tell(RunNow, json!({"job_id": 1, "notebook_params": {"a": "b"}}));
                trial.run(1_000_001)["overriding_parameters"].take()
            },
            json!({"notebook_params": {"a": "b"}}),
            json!(null),
        ),
        case(
            "base-parameters-win",
            |trial| {
                let base = json!({"a": "job", "b": "job"});
                let task = json!({"notebook_path": "/jobdeck/parameters", "base_parameters": base});
                trial.job("/n", json!({"notebook_task": task}));
                let sent = json!({"a": "run", "c": "run"});
                trial.tell(RunNow, json!({"job_id": 1, "notebook_params": sent}));
                trial.pass(WHOLE_MS);
                let output = trial.tell(RunsGetOutput, json!({"run_id": 1_000_001}));
                json!([
                    output["notebook_output"]["result"],
                    output["metadata"]["overriding_parameters"]["notebook_params"]["a"]
                ])
            },
            json!([r#"{"a":"run","b":"job","c":"run"}"#, "run"]),
            json!([r#"{"a":"job","b":"job","c":"run"}"#, "run"]),
        ),
    ]
}

fn submits() -> Vec<Case> {
    vec![
        case(
            "submit-name-lost",
            |trial| {
                let run_id = trial.submit("/n", json!({"run_name": "a"}));
                trial.run(run_id)["run_name"].take()
            },
            json!("a"),
            json!("Untitled"),
        ),
        case(
            "submit-run-type",
            |trial| {
                let run_id = trial.submit("/n", json!({}));
                trial.run(run_id)["run_type"].take()
            },
            json!("SUBMIT_RUN"),
            json!("JOB_RUN"),
        ),
        case(
            "submit-without-libraries",
            |trial| {
                let run_id = trial.submit("/n", json!({"libraries": [{"jar": "dbfs:/a.jar"}]}));
                trial.run(run_id)["cluster_spec"]["libraries"].take()
            },
            json!([{"jar": "dbfs:/a.jar"}]),
            json!(null),
        ),
        case(
            "submit-trigger-periodic",
            |trial| {
                let run_id = trial.submit("/n", json!({}));
                trial.run(run_id)["trigger"].take()
            },
            json!("ONE_TIME"),
            json!("PERIODIC"),
        ),
        case(
            "submit-timeout-ignored",
            |trial| {
                let run_id = trial.submit(SLOW, json!({"timeout_seconds": 1}));
                trial.pass(WHOLE_MS);
                trial.state(run_id).into()
            },
            json!("TERMINATED TIMEDOUT"),
            json!("RUNNING"),
        ),
    ]
}
