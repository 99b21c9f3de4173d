//! wrk, which asks as fast as it is answered.

use std::error::Error;

use super::{
    answer::{ASKED, TARGET},
    process::on_core,
};

/// How many connections ask at a time.
pub(crate) const CONNECTIONS: u64 = 32;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/runs.lua");

/// What came of a second of questions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    /// How many were answered whole.
    pub(crate) requests: u64,
    pub(crate) p50_us: u64,
    pub(crate) p99_us: u64,
}

/// Asks for a second for so many runs in turn, from the run `first` on. Fails if a question does.
pub(crate) fn ask(core: u8, url: &str, runs: u64, first: u64) -> Result<Load, Box<dyn Error>> {
    let mut command = on_core(core, "wrk");
    command.args(["--threads", "1", "--duration", "1s", "--latency", "--script", SCRIPT]);
    command.args(["--connections", &CONNECTIONS.to_string()]);
    for (name, value) in ASKED.iter().filter(|(name, _)| *name != "host") {
        command.args(["--header", &format!("{name}: {value}")]);
    }
    command.args([&format!("{url}{TARGET}"), "--", &runs.to_string(), &first.to_string()]);
    let output = command.output().map_err(|cause| format!("{command:?}: {cause}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers = text.lines().last().unwrap_or_default().split(' ').map(str::parse);
    let numbers: Vec<u64> = numbers.collect::<Result<_, _>>().unwrap_or_default();
    match numbers[..] {
        [requests, 0, p50_us, p99_us] if requests > 0 => Ok(Load { requests, p50_us, p99_us }),
        _ => Err(format!("wrk: {text}{}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}
