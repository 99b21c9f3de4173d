//! Whether a long recording takes more memory than a short one, and how long its cassette takes to seal.
//!
//! `cargo bench --bench million [-- EXCHANGES…]` (100,000 and 1,000,000 if none are named). The cassette
//! of a million takes about 2 GB beside its journal of 1.3 GB, in the temporary folder.
//! It never fails on a number.

#![allow(clippy::print_stdout)] // What it prints is what it is for.

#[allow(dead_code)] // each benchmark takes what it needs
mod parts;

use std::{error::Error, fs, time::Instant};

use jobdeck::cassette::Keep;
use parts::{memory::peak_mib, recording::record};

fn main() -> Result<(), Box<dyn Error>> {
    let mut counts: Vec<u64> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    if counts.is_empty() {
        counts = vec![100_000, 1_000_000];
    }
    println!(
        "{:>10} {:>11} {:>11} {:>10} {:>7}",
        "exchanges", "us for each", "peak MiB", "sealed in", "MB"
    );
    for count in counts {
        // The peak begins anew (proc_pid_clear_refs(5)).
        fs::write("/proc/self/clear_refs", "5")?;
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("bench.json");
        let started = Instant::now();
        let journal = record(&path, count, 1)?;
        #[allow(clippy::cast_precision_loss)] // far below 2^52
        let us = started.elapsed().as_secs_f64() * 1e6 / count as f64;
        let before = peak_mib(std::process::id())?;
        let started = Instant::now();
        journal.finish(Keep::Seal)?;
        let seconds = started.elapsed().as_secs_f64();
        let after = peak_mib(std::process::id())?;
        let megabytes = fs::metadata(&path)?.len() / 1_000_000;
        println!(
            "{count:>10} {us:>11.2} {before:>4} to {after:>3} {seconds:>8.2} s {megabytes:>7}"
        );
    }
    Ok(())
}
