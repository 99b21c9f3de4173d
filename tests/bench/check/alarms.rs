//! Rules that are said to be broken by a workspace that is sound.

use std::{
    error::Error,
    sync::{Arc, Mutex},
    time::Instant,
};

use jobdeck::{
    check::{self, BASE_PATH, Options, Outcome, Profile, Remote, Selection, Verdict},
    contract::rules::Level,
    net::{Server, ServerOptions},
    serve::{self, Workspace},
    weather::Weather,
};

use super::{broken, options, workspace};

/// Checks a sound workspace in this process, once by each seed.
pub(crate) fn in_this_process(seeds: usize) -> Result<(), Box<dyn Error>> {
    let mut alarms = 0;
    for seed in (1..).take(seeds) {
        let options = Options { proofs_max: 0, ..options(&[], seed)? };
        let outcome = check::check(&mut workspace(Vec::new())?, &options, &mut |_| {})?;
        alarms += count(&outcome, seed);
    }
    println!("{alarms} false alarms over {seeds} seeds");
    Ok(())
}

/// Checks sound workspaces on the network that hold each answer back, by so many workers at the same time.
pub(crate) fn over_the_network(
    latency_ms: u64,
    seeds: usize,
    workers: usize,
) -> Result<(), Box<dyn Error>> {
    let script = format!("[[weather]]\npath = \"*\"\nlatency_ms = {latency_ms}\n");
    let mut alarms = 0;
    for seed in (1..).take(seeds) {
        let weather = (latency_ms > 0).then(|| Weather::parse(&script)).transpose()?;
        let rough = ServerOptions { weather, ..ServerOptions::on_a_free_port() };
        let workspace = Arc::new(Mutex::new(Workspace::new(serve::Options::default())));
        let server = Server::start(workspace, rough)?;
        let mut target = Remote::new(&server.url(), BASE_PATH, None)?;
        let selection = Selection::new(&[], Level::Should)?;
        let options = Options { workers, ..Options::new(Profile::of_reference(), selection, seed) };
        let started = Instant::now();
        let outcome = check::check(&mut target, &options, &mut |_| {})?;
        let held = |level| outcome.count(level, |verdict| matches!(verdict, Verdict::Held(_)));
        println!(
            "seed {seed}: {:.1} s, {} requests, {} must and {} should rules held, {} probes given up{}",
            started.elapsed().as_secs_f64(),
            outcome.requests,
            held(Level::Must),
            held(Level::Should),
            outcome.broken_off.len(),
            outcome.ended.as_ref().map_or(String::new(), |end| format!(", ended early: {end:?}")),
        );
        alarms += count(&outcome, seed);
        server.stop();
    }
    println!("{alarms} false alarms over {seeds} seeds, {latency_ms} ms, {workers} workers");
    Ok(())
}

/// Tells of each rule that is said to be broken, and gives how many there are.
fn count(outcome: &Outcome, seed: u64) -> usize {
    for rule in broken(outcome) {
        println!("false alarm: {rule}, seed {seed}");
        for found in outcome.findings.iter().filter(|found| found.rule.id == rule) {
            println!("  {}; again {:?}", found.violation.finding, found.again);
        }
    }
    broken(outcome).count()
}
