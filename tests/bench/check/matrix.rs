//! How soon each fault of the reference workspace is found by its own rule, and what its proof takes.

use std::{cell::Cell, error::Error, rc::Rc};

use jobdeck::{
    check::{self, Embedded, Options, Progress, Target},
    exchange::Request,
    net::Sent,
    serve::{Fault, Workspace},
};

use super::{broken, options, workspace};

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

/// Tells of each fault, and the medians.
pub(crate) fn print(faults: impl Iterator<Item = Fault>) -> Result<(), Box<dyn Error>> {
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
