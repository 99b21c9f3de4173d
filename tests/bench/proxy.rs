//! What a request costs that passes `record`, every exchange kept and redacted, beside nginx that keeps none.
//!
//! `cargo bench --bench proxy [-- ROUNDS]` (5 if not said) starts all that it needs: nginx as upstream and as
//! `proxy_pass` (Debian: `nginx-light`), wrk, `taskset`, and decks. The proxies share core 0; wrk, with 32
//! connections that stay open, and the upstream share core 1. Windows of a second alternate: nginx, a deck,
//! nginx, the next deck. The ratio of a window is its CPU time for each request to the mean of the nginx windows
//! before and behind it; told are the medians over the rounds. Microseconds do not hold across machines.
//! It fails if a deck has not kept what passed, never on a number.

#![allow(clippy::print_stdout)] // What it prints is what it is for.

#[allow(dead_code)] // each benchmark takes what it needs
mod parts;

use std::{
    error::Error,
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
};

use parts::{
    deck::Deck,
    memory::peak_mib,
    nginx::Nginx,
    process::hindrance,
    window::{self, Window, tell, us_for_each},
    wrk::{self, CONNECTIONS, Question},
};

/// Where the proxies run.
const PROXIES: u8 = 0;
/// Where wrk and the upstream run.
const AROUND: u8 = 1;

/// What the decks are asked: a name, and for how many runs in turn.
const ROWS: [(&str, u64); 3] =
    [("record, one run", 1), ("record, 5,000 runs", 5_000), ("record, each run once", 1 << 40)];
/// How far the first runs of two windows are apart: more than a window asks for.
const STEP: u64 = 1 << 22;

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(why) = hindrance(&["nginx", "wrk", "taskset"]) {
        println!("nothing was measured: {why}");
        return Ok(());
    }
    let rounds: u64 = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(5);
    let folder = tempfile::tempdir()?;
    let upstream = Nginx::upstream(folder.path(), AROUND)?;
    let nginx = Nginx::proxy(folder.path(), PROXIES, &upstream.url)?;
    let mut rows = Vec::new();
    for (number, (what, runs)) in ROWS.into_iter().enumerate() {
        let cassette = folder.path().join(format!("{number}.json"));
        rows.push(Row::start(what, runs, cassette, &upstream.url)?);
    }

    let mut beside = Row::ask_nginx(&nginx)?;
    let mut plain = Vec::new();
    // The first round warms up.
    for round in 0..=rounds {
        for row in &mut rows {
            let before_ns = row.deck.process.cpu_ns()?;
            let load = wrk::ask(AROUND, &row.deck.url, Question::Get, row.runs, 1 + round * STEP)?;
            row.answered += load.requests;
            row.asked_in_vain_max += CONNECTIONS;
            let behind = Row::ask_nginx(&nginx)?;
            // What the window left to be written has been written beside nginx since.
            let us = us_for_each(row.deck.process.cpu_ns()? - before_ns, load.requests);
            if round > 0 {
                let ratio = us * 2.0 / (beside.us + behind.us);
                row.windows.push(Window { us, ratio, load });
                plain.push(behind);
            }
            beside = behind;
        }
    }

    window::head();
    tell("nginx proxy_pass", &plain);
    for row in &rows {
        tell(row.what, &row.windows);
    }
    println!("{rounds} rounds; the bar is a ratio of 1.4, the goal 1.25");
    rows.into_iter().try_for_each(Row::close)
}

/// What a deck is asked, and what came of it.
struct Row {
    what: &'static str,
    runs: u64,
    deck: Deck,
    cassette: PathBuf,
    windows: Vec<Window>,
    answered: u64,
    /// How many questions a window may have left open at its end.
    asked_in_vain_max: u64,
}

impl Row {
    fn start(
        what: &'static str,
        runs: u64,
        cassette: PathBuf,
        upstream: &str,
    ) -> Result<Self, Box<dyn Error>> {
        let arguments =
            ["record".as_ref(), cassette.as_os_str(), "--upstream".as_ref(), upstream.as_ref()];
        let deck = Deck::start(PROXIES, arguments)?;
        Ok(Self {
            what,
            runs,
            deck,
            cassette,
            windows: Vec::new(),
            answered: 0,
            asked_in_vain_max: 0,
        })
    }

    fn ask_nginx(nginx: &Nginx) -> Result<Window, Box<dyn Error>> {
        let before_ns = nginx.process.cpu_ns()?;
        let load = wrk::ask(AROUND, &nginx.url, Question::Get, 5_000, 1)?;
        let us = us_for_each(nginx.process.cpu_ns()? - before_ns, load.requests);
        Ok(Window { us, ratio: 1.0, load })
    }

    /// Ends the recording, and holds what the cassette has against what passed.
    fn close(self) -> Result<(), Box<dyn Error>> {
        let peak_mib = peak_mib(self.deck.process.id())?;
        let Self { what, deck, cassette, answered, asked_in_vain_max, .. } = self;
        let status = deck.process.stop()?;
        if !status.success() {
            return Err(status.to_string().into());
        }
        let kept = exchanges(&cassette)?;
        println!("{what}: {kept} exchanges kept of {answered} answered; peak {peak_mib} MiB");
        if (answered..=answered + asked_in_vain_max).contains(&kept) {
            Ok(())
        } else {
            Err("the cassette does not hold what passed".into())
        }
    }
}

/// How many exchanges stand in a cassette, which may be too long to be loaded.
fn exchanges(cassette: &Path) -> Result<u64, Box<dyn Error>> {
    let mut count = 0;
    for line in BufReader::new(File::open(cassette)?).lines() {
        count += u64::from(line?.starts_with("      \"seq\": "));
    }
    Ok(count)
}
