//! The command line of `jobdeck cassette`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Cassette {
    /// Show what passed: a table, or single exchanges whole
    Show(Show),
    /// Hold cassettes against their seals, and look for credentials in them
    Verify(Verify),
    /// Seal what a recorder left behind that was killed
    Recover(Recover),
    /// Tell what a newer recording has otherwise than an older: ids, times and polls aside
    #[command(after_help = DIFF_CODES)]
    Diff(Diff),
}

const DIFF_CODES: &str = "\
Exit codes: 0 no difference; 1 differences; 2 usage; 3 a cassette is unreadable, damaged or newer.";

#[derive(Args, Debug)]
pub(in crate::cli) struct Show {
    /// The cassette
    #[arg(value_name = "CASSETTE")]
    pub(in crate::cli) cassette: PathBuf,
    /// Show these exchanges whole, by their numbers [default: a table of all]
    #[arg(value_name = "SEQ")]
    pub(in crate::cli) seqs: Vec<u64>,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Verify {
    /// The cassettes
    #[arg(required = true, value_name = "CASSETTE")]
    pub(in crate::cli) cassettes: Vec<PathBuf>,
    /// Accept the contents as they are now, after an edit by hand
    #[arg(long)]
    pub(in crate::cli) reseal: bool,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Recover {
    /// The cassette that was being recorded
    #[arg(value_name = "CASSETTE")]
    pub(in crate::cli) cassette: PathBuf,
    /// Where the recovered cassette goes [default: CASSETTE, or NAME.recovered.json beside it if
    /// there is one]
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: Option<PathBuf>,
    /// Replace FILE if it is there
    #[arg(long, requires = "output")]
    pub(in crate::cli) force: bool,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Diff {
    /// The older recording
    #[arg(value_name = "OLD")]
    pub(in crate::cli) old: PathBuf,
    /// The newer recording
    #[arg(value_name = "NEW")]
    pub(in crate::cli) new: PathBuf,
    /// For people, or for programs
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) format: DiffFormat,
    /// Where the differences go, `-` for stdout
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(in crate::cli) output: PathBuf,
    /// Replace FILE if it is there
    #[arg(long, requires = "output")]
    pub(in crate::cli) force: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum DiffFormat {
    Text,
    Json,
}
