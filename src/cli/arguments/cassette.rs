//! The command line of `jobdeck cassette`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Secrets;

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
    /// Take secrets out of a cassette that exists, by the rules of today and your own
    Redact(Redact),
    /// Make one cassette of several recordings of one workspace
    Merge(Merge),
    /// Drop what a replay never asked for
    Prune(Prune),
    /// Make a cassette of an HTTP archive (HAR), of a browser or a proxy
    Import(Import),
    /// Make an HTTP archive (HAR 1.2) of a cassette
    Export(Export),
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

#[derive(Args, Debug)]
pub(in crate::cli) struct Redact {
    /// The cassette
    #[arg(value_name = "CASSETTE")]
    pub(in crate::cli) cassette: PathBuf,
    #[command(flatten)]
    pub(in crate::cli) secrets: Secrets,
    /// Where the redacted cassette goes, `-` for stdout [default: in the place of CASSETTE]
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: Option<PathBuf>,
    /// Replace FILE if it is there
    #[arg(long, requires = "output")]
    pub(in crate::cli) force: bool,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Import {
    /// The archive
    #[arg(value_name = "HAR")]
    pub(in crate::cli) archive: PathBuf,
    /// Where the cassette goes, `-` for stdout
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: PathBuf,
    /// Keep what went to this host, NAME or NAME:PORT [default: the one with the most calls of a
    /// Databricks API]
    #[arg(long, value_name = "HOST")]
    pub(in crate::cli) host: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) secrets: Secrets,
    /// Replace FILE if it is there
    #[arg(long)]
    pub(in crate::cli) force: bool,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Export {
    /// The cassette
    #[arg(value_name = "CASSETTE")]
    pub(in crate::cli) cassette: PathBuf,
    /// Where the archive goes, `-` for stdout
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: PathBuf,
    /// Replace FILE if it is there
    #[arg(long)]
    pub(in crate::cli) force: bool,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Merge {
    /// The cassettes, the first first
    #[arg(required = true, num_args = 2.., value_name = "CASSETTE")]
    pub(in crate::cli) cassettes: Vec<PathBuf>,
    /// Where the merged cassette goes, `-` for stdout
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: PathBuf,
    /// Replace FILE if it is there, and merge recordings of different workspaces, also if an id names several
    /// things in them
    #[arg(long)]
    pub(in crate::cli) force: bool,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Prune {
    /// The cassette
    #[arg(value_name = "CASSETTE")]
    pub(in crate::cli) cassette: PathBuf,
    /// The receipt of its replay, as `replay --receipt` writes it
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) receipt: PathBuf,
    /// Where the pruned cassette goes, `-` for stdout [default: in the place of CASSETTE]
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: Option<PathBuf>,
    /// Replace FILE if it is there
    #[arg(long, requires = "output")]
    pub(in crate::cli) force: bool,
}
