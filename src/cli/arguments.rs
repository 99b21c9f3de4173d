//! The command line as clap reads it. What `--help` says stands here and nowhere else.

mod cassette;
mod limits;
mod listening;

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use http::HeaderName;
use regex::Regex;

pub(super) use cassette::{
    Cassette, Diff, DiffFormat, Export, Import, Merge, Prune, Recover, Redact, Show, Verify,
};

use crate::{cassette::Policy, replay, serve};
use limits::Patience;
pub(super) use listening::{Administration, Listening, LogFormat};

/// A tape deck for the Databricks Jobs API 2.0.
#[derive(Debug, Parser)]
#[command(name = "jobdeck", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) verb: Verb,
}

const EXIT_CODES: &str = "\
Exit codes: 0 all held; 1 broken rules, misses, leftovers with --strict, differences, or a
recording that still looks like it holds a credential; 2 usage; 3 a cassette is unreadable,
damaged or newer; 4 environment (port, upstream, disk). With -- COMMAND, COMMAND's own code if
that is not 0.";

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Keep what passes between clients and a workspace in a cassette
    Record(Box<Record>),
    /// Answer from a cassette, offline
    Replay(Replay),
    /// Run the reference workspace
    Serve(Serve),
    /// Hold a server, or a recording, against the contract
    Check(Check),
    /// Look after cassettes
    #[command(subcommand)]
    Cassette(Cassette),
    /// Read the contract of the Jobs API
    #[command(subcommand)]
    Contract(Contract),
    /// See it work: serve, record, replay and check on this machine
    Demo(Demo),
}

impl Verb {
    /// Whether what is told on stderr is to be JSON.
    pub(super) fn tells_as_json(&self) -> bool {
        let listening = match self {
            Self::Record(record) => &record.listening,
            Self::Replay(replay) => &replay.listening,
            Self::Serve(serve) => &serve.listening,
            Self::Check(_) | Self::Cassette(_) | Self::Contract(_) | Self::Demo(_) => return false,
        };
        matches!(listening.log, LogFormat::Json)
    }
}

/// A command to run against the deck.
#[derive(Args, Debug)]
#[command(next_help_heading = "Command")]
pub(super) struct Companion {
    /// Also set `http_proxy` for COMMAND, for clients that drop the port of a host
    #[arg(long, requires = "command", conflicts_with_all = ["tls", "tls_cert"])]
    pub(super) as_http_proxy: bool,
    /// Run this against the deck, end when it ends, and end with its exit code
    #[arg(last = true, value_name = "COMMAND")]
    pub(super) command: Vec<OsString>,
}

/// What is redacted beyond the rules that always hold.
#[derive(Args, Debug)]
pub(super) struct Secrets {
    /// Redact the values of this header too
    #[arg(long = "redact-header", value_name = "NAME")]
    pub(super) header: Vec<HeaderName>,
    /// Redact the strings of JSON members of this name too
    #[arg(long = "redact-json", value_name = "NAME")]
    pub(super) json: Vec<String>,
    /// Redact what matches this regular expression too
    #[arg(long = "redact-regex", value_name = "PATTERN")]
    pub(super) regex: Vec<Regex>,
}

impl Secrets {
    /// The policy that they make.
    pub(super) fn policy(&self) -> Policy {
        Policy {
            off: false,
            headers: self.header.iter().map(|name| name.as_str().to_owned()).collect(),
            members: self.json.clone(),
            patterns: self.regex.clone(),
        }
    }
}

#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct Record {
    /// The cassette to write
    #[arg(value_name = "CASSETTE")]
    pub(super) cassette: PathBuf,
    /// What to do with a cassette that is there: replace it; answer from it and record nothing; or answer
    /// from it and add what it does not know
    #[arg(long, value_name = "MODE", default_value = "all")]
    pub(super) mode: Mode,
    /// The workspace to record: its base URL, or `workspace` for the embedded reference workspace
    #[arg(long, value_name = "URL|workspace", required_unless_present = "upstream_profile")]
    pub(super) upstream: Option<String>,
    /// Hold the workspace's token, from this environment variable; clients then use the deck's own
    #[arg(long, value_name = "NAME", group = "held")]
    pub(super) upstream_token_env: Option<String>,
    /// Hold the token of this profile of `~/.databrickscfg` (or `$DATABRICKS_CONFIG_FILE`); its host is
    /// the workspace unless --upstream is given
    #[arg(long, value_name = "NAME", group = "held")]
    pub(super) upstream_profile: Option<String>,
    /// The deck's own token [default: made up at start]
    #[arg(long, value_name = "TOKEN", requires = "held")]
    pub(super) token: Option<String>,
    /// Trust the certificates in this PEM file beside the platform's own
    #[arg(long, value_name = "FILE")]
    pub(super) upstream_ca: Option<PathBuf>,
    /// Show the workspace the certificate in this PEM file, its issuers behind it
    #[arg(long, value_name = "FILE", requires = "upstream_key")]
    pub(super) upstream_cert: Option<PathBuf>,
    /// The key of that certificate, in a PEM file
    #[arg(long, value_name = "FILE", requires = "upstream_cert")]
    pub(super) upstream_key: Option<PathBuf>,
    /// Let clients negotiate compression with the workspace, instead of asking for plain bodies
    #[arg(long)]
    pub(super) keep_encoding: bool,
    /// Keep no body beyond this size; it still passes
    #[arg(long, value_name = "SIZE", default_value = "16MiB", value_parser = size_bytes)]
    pub(super) max_recorded_body: usize,
    #[command(flatten)]
    pub(super) secrets: Secrets,
    /// Keep in the cassette that clients make up the value at this JSON pointer
    #[arg(long, value_name = "POINTER", value_parser = pointer)]
    pub(super) volatile: Vec<String>,
    /// Which writes reach the workspace: all, none, or a list such as jobs/create,jobs/runs/*; others are
    /// answered 403
    #[arg(long, value_name = "WHICH", value_delimiter = ',', default_value = "all")]
    pub(super) allow_write: Vec<String>,
    /// Let no response end before its exchange is on the disk
    #[arg(long)]
    pub(super) durable: bool,
    /// What to keep of times: keep microseconds, round to milliseconds, or none but the order of things
    #[arg(long, value_name = "WHAT", default_value = "keep")]
    pub(super) times: Times,
    /// Hold what was recorded against the contract at the end
    #[arg(long)]
    pub(super) check: bool,
    /// Tell at the end what is otherwise than in this cassette, ids, times and polls aside
    #[arg(long, value_name = "CASSETTE")]
    pub(super) against: Option<PathBuf>,
    /// Tell of every exchange on stderr, without secrets
    #[arg(short, long)]
    pub(super) verbose: bool,
    #[command(flatten)]
    pub(super) listening: Listening,
    #[command(flatten)]
    pub(super) administration: Administration,
    #[command(flatten)]
    pub(super) patience: Patience,
    #[command(flatten)]
    pub(super) companion: Companion,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Mode {
    All,
    Once,
    NewEpisodes,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Times {
    Keep,
    Round,
    None,
}

#[derive(Args, Debug)]
pub(super) struct Replay {
    /// The cassette to answer from
    #[arg(value_name = "CASSETTE")]
    pub(super) cassette: PathBuf,
    /// Also fail on what was recorded and never asked for, and refuse approximate lists
    #[arg(long)]
    pub(super) strict: bool,
    /// Whether each recorded poll answers one poll, or each state of a run does
    #[arg(long, value_name = "WHICH", default_value = "recorded")]
    pub(super) polls: Polls,
    /// Whether all clients share one position in the cassette, or each bearer token has its own
    #[arg(long, value_name = "WHICH", default_value = "shared")]
    pub(super) sessions: Sessions,
    /// What to do with recorded 429 and 5xx answers that the same question survived
    /// [default: skip with COMMAND, else keep]
    #[arg(long, value_name = "WHICH")]
    pub(super) transients: Option<Transients>,
    /// A value that clients make up, to be matched up to renaming
    #[arg(long, value_name = "POINTER", value_parser = pointer)]
    pub(super) volatile: Vec<String>,
    /// A query parameter that does not count
    #[arg(long, value_name = "NAME")]
    pub(super) ignore_query: Vec<String>,
    /// How long an answer takes: none, recorded, or scale=N times the recorded
    #[arg(long, value_name = "HOW", default_value = "none", value_parser = latency)]
    pub(super) latency: replay::Latency,
    /// The status of the answer to what was not recorded
    #[arg(long, value_name = "STATUS", default_value_t = 424,
          value_parser = clap::value_parser!(u16).range(400..=599))]
    pub(super) miss_status: u16,
    /// Repeat an answer that shows a run still active at most this often beyond the recording
    #[arg(long, value_name = "N")]
    pub(super) max_repeats: Option<u32>,
    /// Write the receipt to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub(super) receipt: Option<PathBuf>,
    #[command(flatten)]
    pub(super) listening: Listening,
    #[command(flatten)]
    pub(super) administration: Administration,
    #[command(flatten)]
    pub(super) companion: Companion,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Polls {
    Recorded,
    ByState,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Sessions {
    Shared,
    PerToken,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Transients {
    Keep,
    Skip,
}

#[derive(Args, Debug)]
pub(super) struct Serve {
    /// How time passes: real, fast=N times as fast, or manual (POST /advance on the admin listener)
    #[arg(long, value_name = "HOW", default_value = "real", value_parser = clock)]
    pub(super) clock: serve::Clock,
    /// Accept this token only [default: any, but not none]
    #[arg(long, value_name = "TOKEN")]
    pub(super) token: Option<String>,
    /// How long a run is pending, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = serve::Phases::default().pending_ms)]
    pub(super) pending_ms: u64,
    /// How long a task runs that does not say so itself, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = serve::Phases::default().running_ms)]
    pub(super) running_ms: u64,
    /// How long a run is terminating, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = serve::Phases::default().terminating_ms)]
    pub(super) terminating_ms: u64,
    /// Be wrong on purpose in this way, so that there is something to find; can be repeated
    #[arg(long, value_name = "NAME")]
    pub(super) fault: Vec<String>,
    /// List the faults, each with the rule that it breaks and what the server then does wrong
    #[arg(long)]
    pub(super) list_faults: bool,
    /// Be different in this way, and right all the same
    #[arg(long, value_name = "NAME", hide = true)]
    pub(super) variant: Vec<String>,
    #[command(flatten)]
    pub(super) listening: Listening,
    #[command(flatten)]
    pub(super) administration: Administration,
    #[command(flatten)]
    pub(super) companion: Companion,
}

#[derive(Args, Debug)]
pub(super) struct Check {
    /// The server to check, by its base URL [default: the embedded reference workspace]
    #[arg(value_name = "TARGET")]
    pub(super) target: Option<String>,
    /// Judge this recording instead; nothing is sent
    #[arg(long, value_name = "FILE", conflicts_with_all = ["target", "profile", "token", "seed"])]
    pub(super) cassette: Option<PathBuf>,
    /// Nobody else touched what the recording touches: say more of it
    #[arg(long, requires = "cassette")]
    pub(super) alone: bool,
    /// What the target offers, as TOML: cluster, tasks, deadlines [default: as the reference workspace]
    #[arg(long, value_name = "FILE", requires = "target")]
    pub(super) profile: Option<PathBuf>,
    /// The token of the target, or env:NAME for one in the environment
    #[arg(long, value_name = "TOKEN", requires = "target")]
    pub(super) token: Option<String>,
    /// The path below which the endpoints stand [default: /api/2.0]
    #[arg(long, value_name = "PATH", requires = "target")]
    pub(super) base_path: Option<String>,
    /// Only rules whose id matches, for example `run-now/idempotency/*`
    #[arg(long, value_name = "GLOB")]
    pub(super) rules: Vec<String>,
    /// Up to which level a broken rule fails the check
    #[arg(long, value_name = "LEVEL", default_value = "must")]
    pub(super) level: Level,
    /// Let the check start compute, or make volume, on a target beyond this machine
    #[arg(long, value_name = "WHAT")]
    pub(super) allow: Vec<Allow>,
    /// What all chance comes from [default: another number each time]
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    /// Also fail if a rule could not be shown to hold
    #[arg(long)]
    pub(super) complete: bool,
    /// Write a report too: text, json or junit, `-` for stdout
    #[arg(long, value_name = "FORMAT=FILE", value_parser = report)]
    pub(super) report: Vec<(ReportFormat, PathBuf)>,
    /// Where what is found is kept, if anything is
    #[arg(long, value_name = "FOLDER", default_value = "jobdeck-failures")]
    pub(super) failures: PathBuf,
    /// Do the steps of a kept finding again
    #[arg(long, value_name = "FILE", conflicts_with_all = ["cassette", "rules"])]
    pub(super) rerun: Option<PathBuf>,
    /// Remove what a check left behind that was killed, by its journal
    #[arg(long, value_name = "JOURNAL", requires = "target", conflicts_with_all = ["cassette", "rerun"])]
    pub(super) cleanup: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Level {
    Must,
    Should,
    Observed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Allow {
    Compute,
    Load,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReportFormat {
    Text,
    Json,
    Junit,
}

#[derive(Debug, Subcommand)]
pub(super) enum Contract {
    /// List the rules: level, id and what each promises
    Rules {
        /// Only rules whose id matches, for example `run/lifecycle/*`
        #[arg(default_value = "*")]
        glob: String,
    },
    /// Tell all about one rule
    Explain {
        /// The id of the rule
        id: String,
    },
    /// Print the contract as an OpenAPI 3.1 document
    Openapi,
}

#[derive(Args, Debug)]
pub(super) struct Demo {
    /// Where the recording is left
    #[arg(long, value_name = "FILE", default_value = "jobdeck-demo.json")]
    pub(super) cassette: PathBuf,
}

/// A JSON pointer into bodies and parameters, as RFC 6901 writes it.
fn pointer(text: &str) -> Result<String, String> {
    let is_pointer = text.starts_with('/');
    is_pointer
        .then(|| text.to_owned())
        .ok_or_else(|| "a JSON pointer, such as /run_name".to_owned())
}

fn clock(text: &str) -> Result<serve::Clock, String> {
    match text.split_once('=') {
        None if text == "real" => Ok(serve::Clock::Real),
        None if text == "manual" => Ok(serve::Clock::Manual),
        Some(("fast", factor)) => match factor.parse() {
            Ok(factor @ 1..) => Ok(serve::Clock::Fast(factor)),
            _ => Err("fast=N takes a whole number from 1".into()),
        },
        _ => Err("one of real, fast=N, manual".into()),
    }
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

fn report(text: &str) -> Result<(ReportFormat, PathBuf), String> {
    let (format, file) = text.split_once('=').ok_or("FORMAT=FILE, such as json=report.json")?;
    let format = match format {
        "text" => ReportFormat::Text,
        "json" => ReportFormat::Json,
        "junit" => ReportFormat::Junit,
        _ => return Err("one of text, json, junit, then =FILE".into()),
    };
    if file.is_empty() { Err("a file behind the =".into()) } else { Ok((format, file.into())) }
}

/// A size such as `512`, `64KiB` or `16MiB`, in bytes.
fn size_bytes(text: &str) -> Result<usize, String> {
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let shift = match text[digits.len()..].trim() {
        "" | "B" => 0,
        "K" | "KiB" => 10,
        "M" | "MiB" => 20,
        "G" | "GiB" => 30,
        _ => return Err("a number with KiB, MiB or GiB".into()),
    };
    let number: usize = digits.parse().map_err(|_| "a number with KiB, MiB or GiB".to_owned())?;
    number.checked_mul(1 << shift).ok_or_else(|| "too large".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn sizes_are_read() {
        assert_eq!(size_bytes("512"), Ok(512));
        assert_eq!(size_bytes("16MiB"), Ok(16 << 20));
        assert!(size_bytes("16 quarts").is_err());
        assert!(size_bytes("-1").is_err());
        assert!(size_bytes("99999999999GiB").is_err());
    }

    #[test]
    fn clocks_are_read() {
        assert!(matches!(clock("fast=60"), Ok(serve::Clock::Fast(60))));
        assert!(clock("fast=0").is_err());
        assert!(clock("slow").is_err());
    }
}
