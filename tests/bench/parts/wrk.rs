//! wrk, which asks as fast as it is answered.

use std::error::Error;

use super::{
    answer::{ASKED, START, TARGET, start},
    process::on_core,
};

/// How many connections ask at a time.
pub(crate) const CONNECTIONS: u64 = 32;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/parts/runs.lua");

/// What is asked about a run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Question {
    /// How it stands.
    Get,
    /// That it be started, with a body of about 450 bytes.
    Start,
}

/// What came of a second of questions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    /// How many were answered whole.
    pub(crate) requests: u64,
    pub(crate) p50_us: u64,
    pub(crate) p99_us: u64,
}

/// Asks for a second about so many runs in turn, from the run `first` on; those with a body are about runs of
/// six digits. Fails if a question does.
pub(crate) fn ask(
    core: u8,
    url: &str,
    question: Question,
    runs: u64,
    first: u64,
) -> Result<Load, Box<dyn Error>> {
    let mut command = on_core(core, "wrk");
    command.args(["--threads", "1", "--duration", "1s", "--latency", "--script", SCRIPT]);
    command.args(["--connections", &CONNECTIONS.to_string()]);
    for (name, value) in ASKED.iter().filter(|(name, _)| *name != "host") {
        command.args(["--header", &format!("{name}: {value}")]);
    }
    let (target, body) = match question {
        Question::Get => (format!("{url}{TARGET}RUNRUN"), String::new()),
        Question::Start => (format!("{url}{START}"), start("RUNRUN")),
    };
    command.args([&target, "--", &runs.to_string(), &first.to_string(), &body]);
    let output = command.output().map_err(|cause| format!("{command:?}: {cause}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers = text.lines().last().unwrap_or_default().split(' ').map(str::parse);
    let numbers: Vec<u64> = numbers.collect::<Result<_, _>>().unwrap_or_default();
    match numbers[..] {
        [requests, 0, p50_us, p99_us] if requests > 0 => Ok(Load { requests, p50_us, p99_us }),
        _ => Err(format!("wrk: {text}{}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}
