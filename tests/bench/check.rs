//! What a check takes and finds: a default run, each fault of the reference workspace, and false alarms.
//!
//! `cargo bench --bench check [-- SEEDS [FAULTS]]` (20 seeds and all faults; fewer faults are spread over all).
//! Everything is done in this process, where nobody waits. It never fails on a number.

#![allow(clippy::print_stdout)] // What it prints is what it is for.

use std::{cell::Cell, error::Error, rc::Rc, time::Instant};

use jobdeck::{
    check::{
        self, Allowed, Embedded, Options, Outcome, Profile, Progress, Selection, Target, Verdict,
    },
    contract::rules::Level,
    exchange::Request,
    net::Sent,
    serve::{self, Fault, Workspace},
};

/// The time of day at which each check begins, in microseconds since 1970.
const EPOCH_US: u64 = 1_795_000_000_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut numbers = std::env::args().filter_map(|word| word.parse::<usize>().ok());
    let (seeds, most) = (numbers.next().unwrap_or(20), numbers.next().unwrap_or(usize::MAX));
    default_run()?;
    let all: Vec<Fault> = Fault::all().chain(Fault::unchecked()).collect();
    let step = all.len().div_ceil(most.clamp(1, all.len()));
    matrix(all.into_iter().step_by(step))?;
    false_alarms(seeds)
}

fn options(globs: &[String], seed: u64) -> Result<Options, Box<dyn Error>> {
    let selection = Selection::new(globs, Level::Must)?;
    // What is made in this process uses up nobody's quota.
    let allowed = Allowed { load: true, ..Allowed::default() };
    Ok(Options { allowed, ..Options::new(Profile::of_reference(), selection, seed) })
}

fn workspace(faults: Vec<Fault>) -> Result<Embedded<Workspace>, Box<dyn Error>> {
    let token = Some(Profile::of_reference().token()?);
    let options = serve::Options { token, faults, ..serve::Options::default() };
    Ok(Embedded::new(Workspace::new(options), EPOCH_US))
}

fn is_broken(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Broken { .. })
}

fn broken(outcome: &Outcome) -> impl Iterator<Item = &'static str> {
    let broken = outcome.verdicts.iter().filter(|(_, verdict)| is_broken(verdict));
    broken.map(|(rule, _)| rule.id)
}

fn default_run() -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let outcome = check::check(&mut workspace(Vec::new())?, &options(&[], 1)?, &mut |_| {})?;
    let held = |level| outcome.count(level, |verdict| matches!(verdict, Verdict::Held(_)));
    println!(
        "default run: {:.1} s, {} requests, {} must and {} should rules held, {} broken\n",
        started.elapsed().as_secs_f64(),
        outcome.requests,
        held(Level::Must),
        held(Level::Should),
        broken(&outcome).count()
    );
    Ok(())
}

/// A workspace that is left as soon as a broken rule was seen.
struct Watched {
    target: Embedded<Workspace>,
    is_over: Rc<Cell<bool>>,
}

impl Target for Watched {
    fn name(&self) -> &str {
        self.target.name()
    }

    fn send(&mut self, requests: Vec<Request>) -> Vec<Sent> {
        self.target.send(requests)
    }

    fn abandon(&mut self, request: &Request) -> (u64, u64) {
        self.target.abandon(request)
    }

    fn now_us(&self) -> u64 {
        self.target.now_us()
    }

    fn epoch_us(&self) -> u64 {
        self.target.epoch_us()
    }

    fn wait(&mut self, duration: std::time::Duration) {
        self.target.wait(duration);
    }

    fn is_waited_for(&self) -> bool {
        self.target.is_waited_for()
    }

    fn is_interrupted(&mut self) -> bool {
        self.is_over.get()
    }

    fn resume(&mut self) {
        self.is_over.set(false);
    }

    fn is_local(&self) -> bool {
        self.target.is_local()
    }
}

/// How many requests a default run has sent when the fault's own rule is first seen broken; none if it never is.
fn to_first_finding(fault: &Fault) -> Result<Option<u64>, Box<dyn Error>> {
    let is_over = Rc::new(Cell::new(false));
    let target = workspace(vec![*fault])?;
    let mut target = Watched { target, is_over: Rc::clone(&is_over) };
    let mut first = None;
    let options = Options { proofs_max: 0, ..options(&[], 1)? };
    let outcome = check::check(&mut target, &options, &mut |progress: Progress<'_>| {
        if first.is_none() && (progress.broken)().contains(fault.rule()) {
            first = Some(progress.requests);
            is_over.set(true);
        }
    })?;
    // What takes the whole history is seen at the end.
    let is_found = broken(&outcome).any(|rule| rule == fault.rule());
    Ok(first.or(is_found.then_some(outcome.requests)))
}

fn matrix(faults: impl Iterator<Item = Fault>) -> Result<(), Box<dyn Error>> {
    println!(
        "{:<58} {:>8} {:>6} {:>8}",
        "fault, found by its own rule", "requests", "steps", "replays"
    );
    let (mut requests, mut steps, mut replays) = (Vec::new(), Vec::new(), Vec::new());
    let mut count = 0;
    for fault in faults {
        count += 1;
        let first = to_first_finding(&fault)?;
        let rule = [fault.rule().to_owned()];
        let mut target = workspace(vec![fault])?;
        let alone = check::check(&mut target, &options(&rule, 1)?, &mut |_| {})?;
        let found = alone.findings.first();
        let length = found.and_then(|found| Some(found.program.as_ref()?.steps.len() as u64));
        let again = found.map(|found| u64::from(found.replays));
        let told = |number: Option<u64>| number.map_or("-".to_owned(), |number| number.to_string());
        println!("{:<58} {:>8} {:>6} {:>8}", fault.name(), told(first), told(length), told(again));
        requests.extend(first);
        steps.extend(length);
        replays.extend(again);
    }
    println!("\n{} of {count} faults found, {} of them shrunk", requests.len(), steps.len());
    for (name, mut all) in
        [("requests to the first finding", requests), ("steps", steps), ("replays", replays)]
    {
        all.sort_unstable();
        println!(
            "{name:<30} median {:>5}, 95th percentile {:>5}",
            share(&all, 50),
            share(&all, 95)
        );
    }
    println!();
    Ok(())
}

/// The least number that so many of a hundred do not exceed.
fn share(sorted: &[u64], percent: usize) -> u64 {
    let rank = (sorted.len() * percent).div_ceil(100);
    rank.checked_sub(1).map_or(0, |index| sorted[index])
}

fn false_alarms(seeds: usize) -> Result<(), Box<dyn Error>> {
    let mut alarms = 0;
    for seed in (1..).take(seeds) {
        let options = Options { proofs_max: 0, ..options(&[], seed)? };
        let outcome = check::check(&mut workspace(Vec::new())?, &options, &mut |_| {})?;
        for rule in broken(&outcome) {
            alarms += 1;
            println!("false alarm: {rule}, seed {seed}");
        }
    }
    println!("{alarms} false alarms over {seeds} seeds");
    Ok(())
}
