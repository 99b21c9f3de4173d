//! The command line as clap reads it. What `--help` says stands here and nowhere else.

mod cassette;
mod check;
mod deck;
mod limits;
mod listening;
mod record;
mod replay;
mod serve;
mod values;

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use http::HeaderName;
use regex::Regex;

pub(super) use cassette::{
    Cassette, Diff, DiffFormat, Export, Import, Merge, Prune, Recover, Redact, Show, Verify,
};
pub(super) use check::{Allow, Check, Level, ReportFormat};
pub(super) use deck::Deck;
pub(super) use listening::{Administration, Listening, LogFormat};
pub(super) use record::{Mode, Record, Times};
pub(super) use replay::{OnMiss, Polls, Replay, Sessions, Transients};
pub(super) use serve::{ListFormat, Serve};

use crate::cassette::Policy;

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
    /// Print a script that completes the command line of jobdeck in a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print a page of the manual, or write all of them
    Man(Man),
}

impl Verb {
    /// Whether what is told on stderr is to be JSON.
    pub(super) fn tells_as_json(&self) -> bool {
        let deck = match self {
            Self::Record(record) => &record.deck,
            Self::Replay(replay) => &replay.deck,
            Self::Serve(serve) => &serve.deck,
            Self::Check(_)
            | Self::Cassette(_)
            | Self::Contract(_)
            | Self::Demo(_)
            | Self::Completions { .. }
            | Self::Man(_) => return false,
        };
        matches!(deck.listening.log, LogFormat::Json)
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
    #[arg(long = "redact-regex", value_name = "PATTERN", value_parser = values::secret)]
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

#[derive(Args, Debug)]
pub(super) struct Man {
    /// The verb whose page is printed, such as `record` or `cassette show` [default: the page of jobdeck]
    #[arg(value_name = "VERB")]
    pub(super) verb: Vec<String>,
    /// Write all pages to this folder instead
    #[arg(short, long, value_name = "DIR", conflicts_with = "verb")]
    pub(super) output: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }
}
