//! `jobdeck demo`: everything at work on this machine, for somebody who sees it for the first time.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use super::{arguments::Demo, check::embedded, exit::Exit, print, token};
use crate::{
    cassette::{self, Cassette},
    check::{self, BASE_PATH, Options, Outcome, Profile, Remote, Selection, Target},
    contract::rules::Level,
    error::{Error, Kind, Result},
    exchange::{Body, Request},
    net::{self, Client},
    record,
    replay::{self, Verdict},
    report::{self, Again, Proof},
    serve::{self, Fault},
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

    step("jobdeck serve", "the embedded workspace")?;
    let workspace = serve::Server::start(serve::Options::default())?;
    print::line(format_args!("  {}", workspace.url()))?;

    step(
        &format!("jobdeck record {shown} --upstream {}", workspace.url()),
        "a job's life, seen through the recorder",
    )?;
    let deck = record::Server::start(path, workspace.url())?;
    let (recorded, polls, took) = live(&deck.url(), POLL_WAIT)?;
    for line in &recorded {
        print::line(format_args!("  {line}"))?;
    }
    let outcome = deck.finish()?;
    print::line(format_args!(
        "  {} exchanges kept in {} ms; polled {polls} times",
        outcome.recording.finished.exchanges,
        took.as_millis()
    ))?;
    workspace.finish()?;

    step(&format!("jobdeck cassette verify {shown}"), "the workspace is gone; is the file sound?")?;
    let verified = cassette::verify(path)?;
    let leaked = fs::read_to_string(path).is_ok_and(|text| text.contains(TOKEN));
    let sound = verified.residues.is_empty() && !leaked;
    print::line(format_args!(
        "  {} exchanges, {}",
        verified.exchanges,
        if sound { "and the client's token nowhere in them" } else { "WITH A CREDENTIAL" }
    ))?;

    step(&format!("jobdeck replay {shown}"), "the same client, in more of a hurry")?;
    let same = replayed(path, &recorded)?;

    step(
        &format!("jobdeck check --cassette {shown} --alone"),
        "does what was recorded keep the contract?",
    )?;
    let cassette = Cassette::load(path)?;
    let all = Selection::new(&[], Level::Must)?;
    let judged = check::judge(&shown.to_string(), &cassette.exchanges, &all, true);
    print::line(indented(&report::text(&judged, &[], &Again::default())))?;

    step("jobdeck check", "does the embedded workspace?")?;
    let mut target = embedded(&Profile::of_reference())?;
    let held = checked(&mut target, all)?;
    print::line(indented(&report::text(&held, &[], &Again::default())))?;

    let report_path = path.with_extension("report.json");
    let found = faulty(&report_path)?;

    print::line(format_args!(
        "\nLeft behind: {shown}, and the last report in {}.\nTry `jobdeck replay {shown} -- YOUR \
         TESTS`, `jobdeck check URL`, or `jobdeck --help`.",
        report_path.display()
    ))?;
    let clean = [&judged, &held].iter().all(|outcome| outcome.findings.is_empty());
    Ok(if sound && same && clean && found { Exit::Held } else { Exit::Found })
}

/// The fault that is planted, and the rule that it breaks.
const FAULT: (&str, &str) = ("token-after-delete", "run-now/idempotency/deleted-run-error");

/// Checks a workspace that is wrong on purpose; tells whether that was found, and nothing else.
fn faulty(report_path: &Path) -> Result<bool> {
    let (name, rule) = FAULT;
    let fault = Fault::parse(name)?;
    step(
        &format!("jobdeck serve --fault {name}"),
        &format!("one that is wrong: {}", fault.about()),
    )?;
    let options = serve::Options { faults: vec![fault], ..serve::Options::default() };
    let server = serve::Server::start(options)?;
    let url = server.url();
    print::line(format_args!("  {url}"))?;
    let again = Again { command: format!("jobdeck check {url}"), rules: vec![rule.to_owned()] };
    step(&format!("{} --rules {rule}", again.command), "is it found?")?;
    let mut target = Remote::new(&url, BASE_PATH, None)?;
    let outcome = checked(&mut target, Selection::new(&[rule.to_owned()], Level::Must)?)?;
    let recorded = record::rfc_3339(net::now_us())?;
    let proofs: Vec<_> =
        outcome.findings.iter().map(|found| (Proof::new(found, &url, &recorded), None)).collect();
    print::line(indented(&report::text(&outcome, &proofs, &again)))?;
    let text = format!("{:#}\n", report::json(&outcome, &proofs, &again));
    fs::write(report_path, text).map_err(|cause| {
        let doing = format!("failed to write the report `{}`", report_path.display());
        Error::new(Kind::Environment, doing).because(cause)
    })?;
    server.finish()?;
    let rules: Vec<_> = outcome.findings.iter().map(|found| found.rule.id).collect();
    Ok(rules == [rule])
}

fn checked(target: &mut dyn Target, selection: Selection) -> Result<Outcome> {
    let options = Options::new(Profile::of_reference(), selection, 1);
    let started = Instant::now();
    let mut outcome = check::check(target, &options, &mut |_| {})?;
    outcome.took = started.elapsed();
    Ok(outcome)
}

/// Replays the recording to the same client, and tells whether it saw the same life.
fn replayed(path: &Path, recorded: &[String]) -> Result<bool> {
    let server = replay::Server::start(path)?;
    let (seen, polls, took) = live(&server.url(), Duration::ZERO)?;
    let outcome = server.finish()?;
    let same = seen == recorded;
    for (line, recorded) in seen.iter().zip(recorded) {
        let mark = if line == recorded { "=" } else { "DIFFERS" };
        print::line(format_args!("  {mark} {line}"))?;
    }
    print::line(format_args!(
        "  {} in {} ms; polled {polls} times",
        if same { "every answer as recorded," } else { "NOT as recorded," },
        took.as_millis()
    ))?;
    print::line(indented(&outcome.receipt.to_string()))?;
    Ok(same && outcome.verdict == Verdict::Clean)
}

fn step(command: &str, about: &str) -> Result<()> {
    print::line(format_args!("\n$ {command}\n  # {about}"))
}

fn indented(text: &str) -> String {
    text.trim_end().lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
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
