//! What it costs to keep exchanges: to record, seal and load them.
//!
//! `cargo bench --bench journal [-- EXCHANGES]` (100,000 if none are named). Each row is the CPU time of the
//! whole process for one exchange, also as a ratio to what plain `serde_json` takes for the same in the same
//! run: a derived struct written for recording and sealing, a `Value` read for loading. Ratios hold across
//! machines, microseconds do not.
//! Of more than 400,000 the document is longer than what is read. It never fails on a number.

#![allow(clippy::print_stdout)] // What it prints is what it is for.

#[allow(dead_code)] // each benchmark takes what it needs
mod parts;

use std::{error::Error, fs, hint::black_box, time::Instant};

use jobdeck::{
    cassette::{Cassette, Keep, recover},
    exchange::{Exchange, Headers},
};
use serde::Serialize;

use parts::{
    memory::peak_mib,
    recording::{poll, record},
};

type Outcomes<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcomes<()> {
    let count = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(100_000);
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("bench.json");
    println!("{count} exchanges");

    let lines = |upto| (1..=upto).map(|seq| plain_line(&poll(seq, seq))).sum::<usize>();
    let made = cpu(count, || (1..=count).map(|seq| poll(seq, seq).seq).sum::<u64>())?.1;
    let plain = cpu(count, || lines(count))?.1 - made;
    tell("plain line", plain, plain);

    // Dropped, it leaves what a crash would, with all that was appended.
    for (what, every) in [("record, all different", 1), ("record, asked ten times", 10)] {
        let (recorded, cost) = cpu(count, || record(&path, count, every).map(drop))?;
        recorded?;
        tell(what, cost - made, plain);
        if every == 1 {
            fs::remove_file(directory.path().join("bench.json.partial"))?;
        }
    }
    let (recovered, cost) = cpu(count, || recover(&path, None))?;
    recovered?;
    tell("recover", cost, plain);
    fs::remove_file(&path)?;

    let journal = record(&path, count, 1)?;
    let started = Instant::now();
    let (finished, cost) = cpu(count, || journal.finish(Keep::Seal))?;
    finished?;
    tell("seal, with what was queued", cost, plain);
    println!(
        "  sealed in {:.2} s; peak {} MiB",
        started.elapsed().as_secs_f64(),
        peak_mib(std::process::id())?
    );

    let text = fs::read_to_string(&path)?;
    let (value, plain) = cpu(count, || serde_json::from_str::<serde_json::Value>(&text))?;
    black_box(value?);
    drop(text);
    tell("plain load", plain, plain);
    let started = Instant::now();
    let (cassette, cost) = cpu(count, || Cassette::load(&path))?;
    let seconds = started.elapsed().as_secs_f64();
    tell("load", cost, plain);
    let bytes = fs::metadata(&path)?.len();
    println!("  {} MB loaded in {seconds:.2} s", bytes / 1_000_000);
    black_box(cassette?);
    Ok(())
}

fn tell(what: &str, us: f64, plain_us: f64) {
    println!("{what:<28} {us:>7.2} us {:>6.2} x", us / plain_us);
}

/// What something gives, and the CPU time it took for each exchange, in microseconds.
fn cpu<T>(count: u64, work: impl FnOnce() -> T) -> Outcomes<(T, f64)> {
    let before = ticks()?;
    let result = work();
    // A tick is a hundredth of a second on every Linux.
    let us = (ticks()? - before) * 10_000;
    #[allow(clippy::cast_precision_loss)] // both are far below 2^52
    Ok((result, us as f64 / count as f64))
}

/// The CPU time of this process, with all threads that it ever had.
fn ticks() -> Outcomes<u64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split(' ').collect();
    Ok(fields[12].parse::<u64>()? + fields[13].parse::<u64>()?)
}

/// How long the line is that a derived struct gives.
fn plain_line(exchange: &Exchange) -> usize {
    #[derive(Serialize)]
    struct Plain<'a> {
        seq: u64,
        at_us: u64,
        took_us: u64,
        method: &'a str,
        target: &'a str,
        asked: Vec<(&'a str, &'a str)>,
        answered: Vec<(&'a str, &'a str)>,
        body: &'a str,
    }
    fn pairs(headers: &Headers) -> Vec<(&str, &str)> {
        headers.iter().map(|(n, v)| (n.as_str(), v.to_str().unwrap_or_default())).collect()
    }
    let response = exchange.response.as_ref();
    let plain = Plain {
        seq: exchange.seq,
        at_us: exchange.at_us,
        took_us: exchange.took_us,
        method: exchange.request.method.as_str(),
        target: &exchange.request.target,
        asked: pairs(&exchange.request.headers),
        answered: response.map(|response| pairs(&response.headers)).unwrap_or_default(),
        body: response
            .and_then(|response| std::str::from_utf8(response.body.bytes()).ok())
            .unwrap_or_default(),
    };
    serde_json::to_vec(&plain).map_or(0, |line| line.len())
}
