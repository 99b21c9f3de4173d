//! What a check takes and finds: a default run, each fault of the reference workspace, and false alarms.
//!
//! ```text
//! cargo bench --bench check [-- SEEDS [FAULTS]]            20 seeds and all faults
//! cargo bench --bench check -- latency MS [SEEDS [WORKERS]]    1 seed, 16 workers
//! cargo bench --bench check -- schemathesis [FAULTS [SECONDS]] 24 faults, 20 seconds each
//! ```
//!
//! The first does everything in this process, where nobody waits; fewer faults are spread over all, and 0 leaves
//! them out. The second looks for false alarms on a sound server on the network that answers so late, at the
//! level of the rules that are implied. The third gives Schemathesis (from `PyPI`) as much time as a check for
//! the same faults. It never fails on a number.

#![allow(clippy::print_stdout)] // What it prints is what it is for.

mod alarms;
mod beside;
mod matrix;

use std::{error::Error, time::Instant};

use jobdeck::{
    check::{self, Allowed, Embedded, Options, Outcome, Profile, Selection, Verdict},
    contract::rules::Level,
    serve::{self, Fault, Workspace},
};

/// The time of day at which each check in this process begins, in microseconds since 1970.
const EPOCH_US: u64 = 1_795_000_000_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let number = |at: usize, default| words.get(at).map_or(Ok(default), |word| word.parse());
    if words.first().is_some_and(|word| word == "latency") {
        let (seeds, workers) = (number(2, 1)?, number(3, 16)?);
        return alarms::over_the_network(u64::try_from(number(1, 50)?)?, seeds, workers);
    }
    if words.first().is_some_and(|word| word == "schemathesis") {
        return beside::print(spread(number(1, 24)?), u64::try_from(number(2, 20)?)?);
    }
    let (seeds, most) = (number(0, 20)?, number(1, usize::MAX)?);
    default_run()?;
    if most > 0 {
        matrix::print(spread(most))?;
    }
    alarms::in_this_process(seeds)
}

/// So many of all faults, at the same distance from each other.
fn spread(most: usize) -> impl Iterator<Item = Fault> {
    let all: Vec<Fault> = Fault::all().chain(Fault::unchecked()).collect();
    let step = all.len().div_ceil(most.clamp(1, all.len()));
    all.into_iter().step_by(step)
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
