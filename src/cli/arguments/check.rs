//! The command line of `jobdeck check`.

use std::{num::NonZeroU32, path::PathBuf};

use clap::{Args, ValueEnum};

use crate::check::Shard;

#[derive(Args, Debug)]
pub(in crate::cli) struct Check {
    /// The server to check, by its base URL [default: the embedded reference workspace]
    #[arg(value_name = "TARGET")]
    pub(in crate::cli) target: Option<String>,
    /// Judge this recording instead; nothing is sent
    #[arg(long, value_name = "FILE", conflicts_with_all = ["target", "profile", "token", "seed"])]
    pub(in crate::cli) cassette: Option<PathBuf>,
    /// Nobody else touched what the recording touches: say more of it
    #[arg(long, requires = "cassette")]
    pub(in crate::cli) alone: bool,
    /// What the target offers, as TOML: cluster, tasks, deadlines [default: as the reference workspace]
    #[arg(long, value_name = "FILE", requires = "target")]
    pub(in crate::cli) profile: Option<PathBuf>,
    /// The token of the target, or env:NAME for one in the environment
    #[arg(long, value_name = "TOKEN", requires = "target")]
    pub(in crate::cli) token: Option<String>,
    /// The path below which the endpoints stand [default: /api/2.0]
    #[arg(long, value_name = "PATH", requires = "target")]
    pub(in crate::cli) base_path: Option<String>,
    /// Only rules whose id matches, for example `run-now/idempotency/*`
    #[arg(long, value_name = "GLOB")]
    pub(in crate::cli) rules: Vec<String>,
    /// Only the rules of part K of N, so that N checks share the work
    #[arg(long, value_name = "K/N")]
    pub(in crate::cli) shard: Option<Shard>,
    /// Rules that the target is known to break, as TOML; `databricks` for what is known of the real service
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) deviations: Option<PathBuf>,
    /// Up to which level a broken rule fails the check
    #[arg(long, value_name = "LEVEL", default_value = "must")]
    pub(in crate::cli) level: Level,
    /// Let the check start compute, or make volume, on a target beyond this machine
    #[arg(long, value_name = "WHAT")]
    pub(in crate::cli) allow: Vec<Allow>,
    /// What all chance comes from [default: another number each time]
    #[arg(long, value_name = "N")]
    pub(in crate::cli) seed: Option<u64>,
    /// End after so many seconds; what is left out is told
    #[arg(long, value_name = "SECONDS", requires = "target")]
    pub(in crate::cli) max_time: Option<u64>,
    /// End after so many requests; what is left out is told
    #[arg(long, value_name = "N", conflicts_with = "cassette")]
    pub(in crate::cli) max_requests: Option<u64>,
    /// Send so many requests in a second at most
    #[arg(long, value_name = "N", requires = "target")]
    pub(in crate::cli) rate: Option<NonZeroU32>,
    /// Work on the target by so many connections at the same time, where it is slow to answer
    #[arg(long, value_name = "N", default_value_t = 1, requires = "target",
        value_parser = clap::value_parser!(u8).range(1..=64))]
    pub(in crate::cli) workers: u8,
    /// Also fail if a rule could not be shown to hold
    #[arg(long)]
    pub(in crate::cli) complete: bool,
    /// Write a report too: text, json, junit, markdown, html, github or coverage (what of the contract was
    /// seen, and what never was); `-` for stdout, where the last two go by themselves
    #[arg(long, value_name = "FORMAT=FILE", value_parser = report)]
    pub(in crate::cli) report: Vec<(ReportFormat, PathBuf)>,
    /// Where what is found is kept, if anything is
    #[arg(long, value_name = "FOLDER", default_value = "jobdeck-failures")]
    pub(in crate::cli) failures: PathBuf,
    /// Do the steps of a kept finding again: FIXED (0), STILL FAILS (1) or CANNOT TELL (4)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["cassette", "rules"])]
    pub(in crate::cli) rerun: Option<PathBuf>,
    /// Remove what a check left behind that was killed, by its journal
    #[arg(long, value_name = "JOURNAL", requires = "target", conflicts_with_all = ["cassette", "rerun"])]
    pub(in crate::cli) cleanup: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum Level {
    Must,
    Should,
    Observed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Allow {
    Compute,
    Load,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum ReportFormat {
    Text,
    Json,
    Junit,
    Markdown,
    Html,
    Github,
    Coverage,
}

const FORMATS: [(&str, ReportFormat); 7] = [
    ("text", ReportFormat::Text),
    ("json", ReportFormat::Json),
    ("junit", ReportFormat::Junit),
    ("markdown", ReportFormat::Markdown),
    ("html", ReportFormat::Html),
    ("github", ReportFormat::Github),
    ("coverage", ReportFormat::Coverage),
];

fn report(text: &str) -> Result<(ReportFormat, PathBuf), String> {
    let (name, file) = match text.split_once('=') {
        Some(parts) => parts,
        // Where the runner of a workflow, or who asked, reads them.
        None if ["github", "coverage"].contains(&text) => (text, "-"),
        None => return Err("FORMAT=FILE, such as json=report.json".into()),
    };
    let Some((_, format)) = FORMATS.iter().find(|(known, _)| *known == name) else {
        let names = FORMATS.map(|(name, _)| name).join(", ");
        return Err(format!("one of {names}, then =FILE"));
    };
    if file.is_empty() { Err("a file behind the =".into()) } else { Ok((*format, file.into())) }
}
