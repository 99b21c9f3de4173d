//! The command line of `jobdeck cassette`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Cassette {
    /// Show what passed: a table, or single exchanges whole
    Show(Show),
    /// Hold cassettes against their seals, and look for credentials in them
    Verify(Verify),
    /// Seal what a recorder left behind that was killed
    Recover(Recover),
}

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
