//! The command line of `jobdeck replay`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Deck, values::pointer};
use crate::replay;

#[derive(Args, Debug)]
pub(in crate::cli) struct Replay {
    /// The cassettes to answer from, of which the last is asked first; or one folder of cassettes, of which
    /// each request chooses one by the header `x-jobdeck-cassette: NAME` or the bearer token `cassette:NAME`
    #[arg(value_name = "CASSETTE|FOLDER", required = true)]
    pub(in crate::cli) cassettes: Vec<PathBuf>,
    /// Also fail on what was recorded and never asked for, and refuse approximate lists
    #[arg(long)]
    pub(in crate::cli) strict: bool,
    /// Whether each recorded poll answers one poll, or each state of a run does
    #[arg(long, value_name = "WHICH", default_value = "recorded")]
    pub(in crate::cli) polls: Polls,
    /// Whether all clients share one position in the cassette, or each bearer token has its own
    #[arg(long, value_name = "WHICH", default_value = "shared")]
    pub(in crate::cli) sessions: Sessions,
    /// What to do with recorded 429 and 5xx answers that the same question survived
    /// [default: skip with COMMAND, else keep]
    #[arg(long, value_name = "WHICH")]
    pub(in crate::cli) transients: Option<Transients>,
    /// A value that clients make up, to be matched up to renaming
    #[arg(long, value_name = "POINTER", value_parser = pointer)]
    pub(in crate::cli) volatile: Vec<String>,
    /// A query parameter that does not count
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) ignore_query: Vec<String>,
    /// How long an answer takes: none, recorded, or scale=N times the recorded
    #[arg(long, value_name = "HOW", default_value = "none", value_parser = latency)]
    pub(in crate::cli) latency: replay::Latency,
    /// Move the moments in answers (`start_time` and the like) as if the recording began now
    #[arg(long, value_name = "TO")]
    pub(in crate::cli) shift_times: Option<ShiftTo>,
    /// The status of the answer to what was not recorded
    #[arg(long, value_name = "STATUS", default_value_t = 424,
          value_parser = clap::value_parser!(u16).range(400..=599))]
    pub(in crate::cli) miss_status: u16,
    /// What answers a call that was not recorded: an error, or the embedded workspace, which knows the jobs and
    /// runs of the cassettes; the receipt tells its answers apart
    #[arg(long, value_name = "WHAT", default_value = "error")]
    pub(in crate::cli) on_miss: OnMiss,
    /// Repeat an answer that shows a run still active at most this often beyond the recording
    #[arg(long, value_name = "N")]
    pub(in crate::cli) max_repeats: Option<u32>,
    /// Write the receipt to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) receipt: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) deck: Deck,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum Polls {
    Recorded,
    ByState,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum Sessions {
    Shared,
    PerToken,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum Transients {
    Keep,
    Skip,
}

/// What answers where no cassette does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum OnMiss {
    Error,
    Workspace,
}

/// What moments are moved to.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum ShiftTo {
    Now,
}

fn latency(text: &str) -> Result<replay::Latency, String> {
    match text.split_once('=') {
        None if text == "none" => Ok(replay::Latency::None),
        None if text == "recorded" => Ok(replay::Latency::Recorded),
        Some(("scale", factor)) => match factor.parse() {
            Ok(factor) if (0.0..=1000.0).contains(&factor) => Ok(replay::Latency::Scale(factor)),
            _ => Err("scale=N takes a number from 0 to 1000".into()),
        },
        _ => Err("one of none, recorded, scale=N".into()),
    }
}
