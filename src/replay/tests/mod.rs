//! The words in which recordings, questions and answers are written in the tests of replay.

mod laws;
mod matching;
mod misses;
mod prune;
mod several;
mod traces;

use http::Method;
use serde_json::{Value, json};

use super::*;
use crate::exchange::{Body, Exchange, Outcome};

/// A recorded exchange: from when to when, question, answer. `!503` is a bare status.
type Line = (u64, u64, &'static str, &'static str);

/// The request that a question in words stands for.
fn request(words: &str) -> Request {
    let mut parts = words.split(' ');
    let verb = parts.next().unwrap();
    let id: i64 = parts.next().and_then(|word| word.parse().ok()).unwrap_or(0);
    let rest = parts.next().unwrap_or("");
    let post = |path: &str, body: Value| {
        let mut request = Request::new(Method::POST, format!("/api/2.0/jobs/{path}"));
        request.body = Body::Whole(body.to_string().into());
        request
    };
    let get = |target: String| Request::new(Method::GET, format!("/api/2.0/jobs/{target}"));
    match verb {
        "create" => post("create", json!({"name": format!("job-{id}{rest}")})),
        "run-now" if rest.starts_with("token=") => {
            post("run-now", json!({"job_id": id, "idempotency_token": rest[6..]}))
        }
        "run-now" => post("run-now", json!({"job_id": id, "notebook_params": {"w": rest}})),
        "submit" => post("runs/submit", json!({"run_name": format!("run-{id}")})),
        "update" => post("update", json!({"job_id": id, "new_settings": {"name": rest}})),
        "reset" => post("reset", json!({"job_id": id, "new_settings": {"name": rest}})),
        "timeout" => post("update", json!({"job_id": id, "new_settings": {"timeout_seconds": 9}})),
        "delete" => post("delete", json!({"job_id": id})),
        "cancel" => post("runs/cancel", json!({"run_id": id})),
        "cancel-all" => post("runs/cancel-all", json!({"job_id": id})),
        "delete-run" => post("runs/delete", json!({"run_id": id})),
        "job" => get(format!("get?job_id={id}")),
        "jobs" => get("list".into()),
        "get" => get(format!("runs/get?run_id={id}")),
        "output" => get(format!("runs/get-output?run_id={id}")),
        "all" => get("runs/list".into()),
        "runs" => get(format!("runs/list?job_id={id}")),
        "active" => get(format!("runs/list?job_id={id}&active_only=true")),
        other => Request::new(Method::GET, other),
    }
}

fn state(word: &str) -> Value {
    match word {
        "TERMINATED" => {
            json!({"life_cycle_state": word, "result_state": "SUCCESS", "state_message": ""})
        }
        _ => json!({"life_cycle_state": word, "state_message": ""}),
    }
}

fn response(words: &str, answer: &str) -> Response {
    if let Some(status) = answer.strip_prefix('!') {
        return Response::error(status.parse().unwrap(), "CODE", "no");
    }
    let mut parts = words.split(' ');
    let verb = parts.next().unwrap();
    let id: i64 = parts.next().and_then(|word| word.parse().ok()).unwrap_or(0);
    let number = || answer.parse::<i64>().unwrap();
    let run = |id: i64, word: &str| json!({"run_id": id, "state": state(word)});
    let body = match verb {
        "create" => json!({"job_id": number()}),
        "run-now" | "submit" => json!({"run_id": number(), "number_in_job": 1}),
        "get" => run(id, answer),
        "output" => json!({"metadata": run(id, answer)}),
        "job" => json!({"job_id": id, "settings": {"name": answer}}),
        "jobs" => {
            let ids = answer.split_terminator(' ');
            json!({"jobs": ids.map(|id| json!({"job_id": id.parse::<i64>().unwrap()})).collect::<Vec<_>>()})
        }
        "runs" | "active" | "all" => {
            let runs = answer.split_terminator(' ').map(|run_| {
                let (id, word) = run_.split_once(':').unwrap();
                run(id.parse().unwrap(), word)
            });
            json!({"runs": runs.collect::<Vec<_>>()})
        }
        _ => serde_json::from_str(answer).unwrap_or_else(|_| json!(answer)),
    };
    Response::json(200, body.to_string())
}

/// An answer in words.
fn words(response: &Response) -> String {
    let body: Value = serde_json::from_slice(response.body.bytes()).unwrap_or_default();
    let state = |run: &Value| run["state"]["life_cycle_state"].as_str().map(str::to_owned);
    let list = |name: &str, word: &dyn Fn(&Value) -> String| {
        body[name].as_array().map(|all| all.iter().map(word).collect::<Vec<_>>().join(" "))
    };
    if body["error_code"] == "JOBDECK_MISS" {
        let message = body["message"].as_str().unwrap();
        let kind = message.split(['(', ')']).nth(1).unwrap();
        return format!("MISS {kind}");
    }
    if !response.is_success() {
        return format!("!{}", response.status);
    }
    list("jobs", &|job| job["job_id"].to_string())
        .or_else(|| list("runs", &|run| format!("{}:{}", run["run_id"], state(run).unwrap())))
        .or_else(|| state(&body))
        .or_else(|| state(&body["metadata"]))
        .or_else(|| body["settings"]["name"].as_str().map(str::to_owned))
        .or_else(|| body["run_id"].as_i64().map(|id| id.to_string()))
        .or_else(|| body["job_id"].as_i64().map(|id| id.to_string()))
        .unwrap_or_else(|| body.to_string())
}

fn exchange(
    seq: u64,
    request: Request,
    response: Option<Response>,
    at_us: u64,
    end_us: u64,
) -> Exchange {
    Exchange {
        seq,
        connection: 1,
        at_us,
        first_byte_us: None,
        took_us: end_us - at_us,
        request,
        outcome: if response.is_some() { Outcome::Complete } else { Outcome::UpstreamFailed },
        response,
        redacted: Vec::new(),
        weather: None,
    }
}

fn recording(lines: &[Line]) -> Recording {
    let exchanges = (1..)
        .zip(lines)
        .map(|(seq, (at, end, question, answer))| {
            let answer = (*answer != "lost").then(|| response(question, answer));
            exchange(seq, request(question), answer, *at, *end)
        })
        .collect();
    Recording { exchanges, sha256: "0a1b".into(), ..Recording::default() }
}

fn ask(replayer: &mut Replayer, question: &str) -> String {
    words(&replayer.answer(&request(question), 0).response)
}

/// Asks each question and expects the answer behind `->`; then compares how many were approximate.
#[track_caller]
fn check(lines: &[Line], approximate: u64, table: &str) {
    check_with(lines, Options::default(), approximate, table);
}

#[track_caller]
fn check_with(lines: &[Line], options: Options, approximate: u64, table: &str) {
    let mut replayer = Replayer::new(recording(lines), options);
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (question, expected) = line.split_once(" -> ").unwrap();
        assert_eq!(
            ask(&mut replayer, question),
            expected,
            "{line}\n{:#?}",
            replayer.receipt().misses
        );
    }
    let given: u64 = replayer.receipt().approximate.iter().map(|given| given.times).sum();
    assert_eq!(given, approximate, "approximate answers");
}
