//! What a request costs that `replay` answers, beside nginx that returns the same answer.
//!
//! `cargo bench --bench replay [-- ROUNDS]` (5 if not said) starts all that it needs: nginx (Debian: `nginx-light`),
//! wrk, `taskset`, and decks with 10,000 exchanges each. The servers share core 0; wrk, with 32 connections
//! that stay open, has core 1. Windows of a second alternate: nginx, the deck, nginx, and so on; every window asks
//! about all 10,000 runs in turn. The ratio of a window is its CPU time for each request to the mean of the nginx
//! windows before and behind it; told are the medians over the rounds. Microseconds do not hold across machines.
//! It fails if a request is not answered 200, never on a number.

#![allow(clippy::print_stdout)] // What it prints is what it is for.

#[allow(dead_code)] // each benchmark takes what it needs
mod parts;

use std::{error::Error, path::Path};

use jobdeck::cassette::Keep;
use parts::{
    answer,
    deck::Deck,
    nginx::Nginx,
    process::{Process, hindrance},
    recording,
    window::{self, Window, tell, us_for_each},
    wrk::{self, Question},
};

/// Where the servers run.
const SERVERS: u8 = 0;
/// Where wrk runs.
const AROUND: u8 = 1;
/// How many exchanges a cassette has, and the first run in it.
const EXCHANGES: u64 = 10_000;
const FIRST: u64 = 100_000;

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(why) = hindrance(&["nginx", "wrk", "taskset"]) {
        println!("nothing was measured: {why}");
        return Ok(());
    }
    let rounds: u64 = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(5);
    let folder = tempfile::tempdir()?;
    window::head();
    let polls = Nginx::upstream(folder.path(), SERVERS)?;
    measure(folder.path(), &polls, Question::Get, "GET", rounds)?;
    drop(polls);
    let starts = Nginx::terse(folder.path(), SERVERS, &answer::started(FIRST))?;
    measure(folder.path(), &starts, Question::Start, "POST", rounds)?;
    println!("{rounds} rounds; the bars are ratios of 1.25 and 1.6, the goals 1.10 and 1.35");
    Ok(())
}

fn measure(
    folder: &Path,
    nginx: &Nginx,
    question: Question,
    what: &str,
    rounds: u64,
) -> Result<(), Box<dyn Error>> {
    let cassette = folder.join(format!("{what}.json"));
    recording::record_all(&cassette, exchanges(question))?.finish(Keep::Seal)?;
    let deck = Deck::start(SERVERS, ["replay".as_ref(), cassette.as_os_str()])?;
    let mut beside = ask(&nginx.process, &nginx.url, question)?;
    let (mut plain, mut windows) = (Vec::new(), Vec::new());
    // The first round warms up.
    for round in 0..=rounds {
        let window = ask(&deck.process, &deck.url, question)?;
        let behind = ask(&nginx.process, &nginx.url, question)?;
        if round > 0 {
            let ratio = window.us * 2.0 / (beside.us + behind.us);
            windows.push(Window { ratio, ..window });
            plain.push(behind);
        }
        beside = behind;
    }
    tell(&format!("nginx return, {what}"), &plain);
    tell(&format!("replay, {what}"), &windows);
    Ok(())
}

fn exchanges(question: Question) -> impl Iterator<Item = jobdeck::exchange::Exchange> {
    (1..=EXCHANGES).map(move |seq| match question {
        Question::Get => recording::poll(seq, FIRST + seq - 1),
        Question::Start => recording::start(seq, FIRST + seq - 1),
    })
}

fn ask(process: &Process, url: &str, question: Question) -> Result<Window, Box<dyn Error>> {
    let before_ns = process.cpu_ns()?;
    let load = wrk::ask(AROUND, url, question, EXCHANGES, FIRST)?;
    let us = us_for_each(process.cpu_ns()? - before_ns, load.requests);
    Ok(Window { us, ratio: 1.0, load })
}
