//! Whether the reference workspace slows down as jobs and runs grow many.
//!
//! `cargo bench --bench workspace [-- JOBS…]` (500, 5,000 and 50,000 if none are named, each with ten runs a
//! job). It never fails on a number.

#![allow(clippy::print_stdout)] // What it prints is what it is for.

use std::{error::Error, time::Instant};

use jobdeck::{
    exchange::{Body, Handler as _, Request},
    serve::{Clock, Limits, Options, Workspace},
};

const RUNS_OF_EACH: u64 = 10;
/// How many calls of a kind are timed.
const CALLS: u64 = 2000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut counts: Vec<u64> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    if counts.is_empty() {
        counts = vec![500, 5000, 50_000];
    }
    println!("us for each call");
    println!(
        "{:>7} {:>8} {:>8} {:>8} {:>8} {:>9} {:>9} {:>9}",
        "jobs", "runs", "create", "run-now", "get", "runs/get", "list all", "list job"
    );
    for jobs in counts {
        let mut workspace = Workspace::new(Options {
            clock: Clock::Manual,
            limits: Limits {
                events_at_once: usize::MAX,
                concurrent_runs: usize::MAX,
                saved_jobs: usize::MAX,
                creations_per_hour: usize::MAX,
                ended_runs: usize::MAX,
            },
            ..Options::default()
        });
        let runs = jobs * RUNS_OF_EACH;
        let job = r#"{"existing_cluster_id":"c","notebook_task":{"notebook_path":"/n"}}"#;
        let create = timed(&mut workspace, jobs, |_| post("create", job.to_owned()))?;
        let started = |nth: u64| post("run-now", format!(r#"{{"job_id":{}}}"#, nth % jobs + 1));
        let mut run_now = 0.0;
        for _ in 0..RUNS_OF_EACH {
            run_now = timed(&mut workspace, jobs, started)?;
            // They end, so that the next of each job are not skipped.
            workspace.advance(1000)?;
        }
        // Spread over all there are, the latest included.
        let spread = |nth: u64, all: u64| nth * 7919 % all;
        let get = timed(&mut workspace, CALLS, |nth| {
            read(&format!("get?job_id={}", spread(nth, jobs) + 1))
        })?;
        let runs_get = timed(&mut workspace, CALLS, |nth| {
            read(&format!("runs/get?run_id={}", spread(nth, runs) + 1_000_001))
        })?;
        let list = timed(&mut workspace, CALLS, |nth| {
            read(&format!("runs/list?limit=20&offset={}", nth % 100))
        })?;
        let list_of_job = timed(&mut workspace, CALLS, |nth| {
            read(&format!("runs/list?limit=20&job_id={}", spread(nth, jobs) + 1))
        })?;
        println!(
            "{jobs:>7} {runs:>8} {create:>8.1} {run_now:>8.1} {get:>8.1} {runs_get:>9.1} {list:>9.1} \
             {list_of_job:>9.1}"
        );
    }
    Ok(())
}

/// How many microseconds each of these calls takes.
fn timed(
    workspace: &mut Workspace,
    calls: u64,
    request: impl Fn(u64) -> Request,
) -> Result<f64, Box<dyn Error>> {
    let started = Instant::now();
    for nth in 0..calls {
        let response = workspace.answer(&request(nth), 0).response;
        if response.status != 200 {
            return Err(format!("{}: {:?}", response.status, response.body).into());
        }
    }
    #[allow(clippy::cast_precision_loss)] // far below 2^52
    let calls = calls as f64;
    Ok(started.elapsed().as_secs_f64() * 1e6 / calls)
}

fn read(target: &str) -> Request {
    let mut request = Request::new(http::Method::GET, format!("/api/2.0/jobs/{target}"));
    request.headers.push("authorization", "Bearer x");
    request
}

fn post(path: &str, body: String) -> Request {
    let mut request = Request::new(http::Method::POST, format!("/api/2.0/jobs/{path}"));
    request.headers.push("authorization", "Bearer x");
    request.body = Body::Whole(body.into());
    request
}
