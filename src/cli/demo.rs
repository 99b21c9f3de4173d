//! `jobdeck demo`: everything at work on this machine, for somebody who sees it for the first time.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use super::{arguments::Demo, exit::Exit, print, token};
use crate::{
    cassette::{self, Cassette, Keep},
    error::{Error, Kind, Result},
    exchange::{Body, Request},
    net::{Client, Server, ServerOptions},
    record::{Deck, RecordOptions},
    replay::{self, Verdict},
    serve::{self, Workspace},
};

/// The credential that must not be found in the recording.
const TOKEN: &str = "dapi0123456789abcdef0123456789abcdef";

/// How long the recorded client waits between polls.
const POLL_WAIT: Duration = Duration::from_millis(100);

/// How often a run is polled before the demo gives up on it.
const POLLS_MAX: usize = 400;

pub(super) fn run(arguments: &Demo) -> Result<Exit> {
    let path = &arguments.cassette;
    let shown = path.display();

    step("jobdeck serve", "the embedded workspace");
    let workspace = Arc::new(Mutex::new(Workspace::new(serve::Options::default())));
    let workspace = Server::start(workspace, anywhere())?;
    print::line(format_args!("  {}", workspace.url()));

    step(
        &format!("jobdeck record {shown} --upstream {}", workspace.url()),
        "a job's life, seen through the recorder",
    );
    let mut options = RecordOptions::new(path, workspace.url());
    options.proxy.listen = anywhere().listen;
    let deck = Deck::start(options)?;
    let (recorded, polls, took) = live(&deck.url(), POLL_WAIT)?;
    for line in &recorded {
        print::line(format_args!("  {line}"));
    }
    let outcome = deck.finish(Keep::Seal)?;
    print::line(format_args!(
        "  {} exchanges kept in {} ms; polled {polls} times",
        outcome.finished.exchanges,
        took.as_millis()
    ));
    workspace.stop();

    step(&format!("jobdeck cassette verify {shown}"), "the workspace is gone; is the file sound?");
    let verified = cassette::verify(path)?;
    let leaked = fs::read_to_string(path).is_ok_and(|text| text.contains(TOKEN));
    let sound = verified.residues.is_empty() && !leaked;
    print::line(format_args!(
        "  {} exchanges, {}",
        verified.exchanges,
        if sound { "and the client's token nowhere in them" } else { "WITH A CREDENTIAL" }
    ));

    step(&format!("jobdeck replay {shown}"), "the same client, in more of a hurry");
    let same = replayed(path, &recorded)?;

    print::line(format_args!(
        "\nLeft behind: {shown}. Try `jobdeck replay {shown} -- YOUR TESTS`, or `jobdeck --help`."
    ));
    Ok(if sound && same { Exit::Held } else { Exit::Found })
}

/// Replays the recording to the same client, and tells whether it saw the same life.
fn replayed(path: &Path, recorded: &[String]) -> Result<bool> {
    let replayer = replay::Replayer::new(Cassette::load(path)?, replay::Options::default());
    let replayer = Arc::new(Mutex::new(replayer));
    let server = Server::start(Arc::clone(&replayer), anywhere())?;
    let (seen, polls, took) = live(&server.url(), Duration::ZERO)?;
    server.stop();
    let same = seen == recorded;
    for (line, recorded) in seen.iter().zip(recorded) {
        let mark = if line == recorded { "=" } else { "DIFFERS" };
        print::line(format_args!("  {mark} {line}"));
    }
    print::line(format_args!(
        "  {} in {} ms; polled {polls} times",
        if same { "every answer as recorded," } else { "NOT as recorded," },
        took.as_millis()
    ));
    let receipt = replayer.lock().map_or(None, |replayer| Some(replayer.receipt()));
    if let Some(receipt) = &receipt {
        print::line(indented(&receipt.to_string()));
    }
    Ok(same && receipt.is_some_and(|receipt| receipt.verdict(false) == Verdict::Clean))
}

fn step(command: &str, about: &str) {
    print::line(format_args!("\n$ {command}\n  # {about}"));
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

fn anywhere() -> ServerOptions {
    ServerOptions { listen: Some(([127, 0, 0, 1], 0).into()), ..ServerOptions::default() }
}

/// Lives a job's life as a client; gives a line for each thing that it saw, how often it polled, and how
/// long it all took. A state that is seen again is not told again.
#[expect(
    clippy::disallowed_methods,
    reason = "a client that polls has to wait, and may look at its watch"
)]
fn live(url: &str, wait: Duration) -> Result<(Vec<String>, usize, Duration)> {
    let started = Instant::now();
    let mut client = Client::new(url)?;
    let mut lines = Vec::new();
    let mut call =
        |lines: &mut Vec<String>, method: Method, target: &str, body: Value| -> Result<Value> {
            let mut request = Request::new(method, format!("/api/2.0/jobs/{target}"));
            request.headers.push("authorization", &format!("Bearer {TOKEN}"));
            if !body.is_null() {
                request.body = Body::Whole(Bytes::from(body.to_string()));
            }
            let response = client.send(&request)?;
            let answer: Value = serde_json::from_slice(response.body.bytes()).unwrap_or_default();
            let line = told(&request.method, target, response.status, &answer);
            if lines.last() != Some(&line) {
                lines.push(line);
            }
            Ok(answer)
        };

    let task = json!({"notebook_path": "/jobdeck/exit/42 rows"});
    let settings =
        json!({"name": "nightly", "existing_cluster_id": "1201-my-cluster", "notebook_task": task});
    let job = call(&mut lines, Method::POST, "create", settings)?["job_id"].clone();
    // As clients do: another one each time.
    let start = json!({"job_id": job, "idempotency_token": token::made_up("nightly")?});
    let run = call(&mut lines, Method::POST, "run-now", start)?["run_id"].clone();
    let mut polls = 0;
    loop {
        polls += 1;
        let seen = call(&mut lines, Method::GET, &format!("runs/get?run_id={run}"), Value::Null)?;
        let ended = seen.pointer("/state/result_state").is_some()
            && seen.pointer("/state/life_cycle_state") == Some(&"TERMINATED".into());
        if ended {
            break;
        }
        if polls == POLLS_MAX {
            return Err(Error::new(
                Kind::Environment,
                format!("failed to see the end of run `{run}`"),
            ));
        }
        thread::sleep(wait);
    }
    call(&mut lines, Method::GET, &format!("runs/get-output?run_id={run}"), Value::Null)?;
    call(&mut lines, Method::POST, "delete", json!({"job_id": job}))?;
    call(&mut lines, Method::GET, &format!("get?job_id={job}"), Value::Null)?;
    Ok((lines, polls, started.elapsed()))
}

/// What a client saw, in a line.
fn told(method: &Method, target: &str, status: u16, answer: &Value) -> String {
    let state = |name| answer.pointer(&format!("/state/{name}")).and_then(Value::as_str);
    let shown = match (state("life_cycle_state"), state("result_state")) {
        (Some(life_cycle), Some(result)) => format!("{life_cycle} {result}"),
        (Some(life_cycle), None) => life_cycle.to_owned(),
        (None, _) => answer.get("notebook_output").unwrap_or(answer).to_string(),
    };
    format!("{:<4} {target:<31} {status} {shown}", method.as_str())
}
