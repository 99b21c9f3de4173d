//! The command line of `jobdeck record`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{
    Deck, Secrets,
    limits::Patience,
    values::{pointer, size_bytes, token},
};

#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(in crate::cli) struct Record {
    /// The cassette to write
    #[arg(value_name = "CASSETTE")]
    pub(in crate::cli) cassette: PathBuf,
    /// What to do with a cassette that is there: replace it; answer from it and record nothing; or answer
    /// from it and add what it does not know
    #[arg(long, value_name = "MODE", default_value = "all")]
    pub(in crate::cli) mode: Mode,
    /// The workspace to record: its base URL, or `workspace` for the embedded reference workspace
    #[arg(long, value_name = "URL|workspace", required_unless_present = "upstream_profile")]
    pub(in crate::cli) upstream: Option<String>,
    /// Hold the workspace's token, from this environment variable; clients then use the deck's own
    #[arg(long, value_name = "NAME", group = "held")]
    pub(in crate::cli) upstream_token_env: Option<String>,
    /// Hold the token of this profile of `~/.databrickscfg` (or `$DATABRICKS_CONFIG_FILE`); its host is
    /// the workspace unless --upstream is given
    #[arg(long, value_name = "NAME", group = "held")]
    pub(in crate::cli) upstream_profile: Option<String>,
    /// The deck's own token [default: made up at start]
    #[arg(long, value_name = "TOKEN", requires = "held", value_parser = token)]
    pub(in crate::cli) token: Option<String>,
    /// Trust the certificates in this PEM file beside the platform's own
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) upstream_ca: Option<PathBuf>,
    /// Show the workspace the certificate in this PEM file, its issuers behind it
    #[arg(long, value_name = "FILE", requires = "upstream_key")]
    pub(in crate::cli) upstream_cert: Option<PathBuf>,
    /// The key of that certificate, in a PEM file
    #[arg(long, value_name = "FILE", requires = "upstream_cert")]
    pub(in crate::cli) upstream_key: Option<PathBuf>,
    /// Let clients negotiate compression with the workspace, instead of asking for plain bodies
    #[arg(long)]
    pub(in crate::cli) keep_encoding: bool,
    /// Keep no body beyond this size; it still passes
    #[arg(long, value_name = "SIZE", default_value = "16MiB", value_parser = size_bytes)]
    pub(in crate::cli) max_recorded_body: usize,
    #[command(flatten)]
    pub(in crate::cli) secrets: Secrets,
    /// Keep in the cassette that clients make up the value at this JSON pointer
    #[arg(long, value_name = "POINTER", value_parser = pointer)]
    pub(in crate::cli) volatile: Vec<String>,
    /// Which writes reach the workspace: all, none, or a list such as jobs/create,jobs/runs/*; others are
    /// answered 403
    #[arg(long, value_name = "WHICH", value_delimiter = ',', default_value = "all")]
    pub(in crate::cli) allow_write: Vec<String>,
    /// Let no response end before its exchange is on the disk
    #[arg(long)]
    pub(in crate::cli) durable: bool,
    /// What to keep of times: keep microseconds, round to milliseconds, or none but the order of things
    #[arg(long, value_name = "WHAT", default_value = "keep")]
    pub(in crate::cli) times: Times,
    /// Hold what was recorded against the contract at the end
    #[arg(long)]
    pub(in crate::cli) check: bool,
    /// Tell at the end what is otherwise than in this cassette, ids, times and polls aside
    #[arg(long, value_name = "CASSETTE")]
    pub(in crate::cli) against: Option<PathBuf>,
    /// Tell of every exchange on stderr, without secrets
    #[arg(short, long)]
    pub(in crate::cli) verbose: bool,
    #[command(flatten)]
    pub(in crate::cli) deck: Deck,
    #[command(flatten)]
    pub(in crate::cli) patience: Patience,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Mode {
    All,
    Once,
    NewEpisodes,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum Times {
    Keep,
    Round,
    None,
}
