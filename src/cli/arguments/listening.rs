//! Where decks listen and how they tell.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, ValueEnum};

use super::{
    limits::Limits,
    values::{address, host},
};

/// Where a deck listens and how it tells.
#[derive(Args, Debug)]
#[command(next_help_heading = "Listening")]
pub(in crate::cli) struct Listening {
    /// Listen here [default: 127.0.0.1:8421, or a free port if that is taken]
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = address)]
    pub(in crate::cli) listen: Option<SocketAddr>,
    /// Write the port to this file once connections are accepted
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) port_file: Option<PathBuf>,
    /// Accept this host name too (Host headers and absolute targets)
    #[arg(long, value_name = "NAME", value_parser = host)]
    pub(in crate::cli) host_alias: Vec<String>,
    /// Make it rough: give some requests the trouble that this script says (TOML; the README has an example)
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) weather: Option<PathBuf>,
    /// Write what is told on stderr as text, or as JSON, one object a line; record then tells of every
    /// exchange too
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(in crate::cli) log: LogFormat,
    /// Speak TLS, with a certificate made for this run and this machine
    #[arg(long)]
    pub(in crate::cli) tls: bool,
    /// Write what clients have to trust with --tls to this file [default: a temporary one]
    #[arg(long, value_name = "FILE", requires = "tls")]
    pub(in crate::cli) tls_ca: Option<PathBuf>,
    /// Speak TLS, with the certificate in this PEM file, its issuers behind it
    #[arg(long, value_name = "FILE", requires = "tls_key", conflicts_with = "tls")]
    pub(in crate::cli) tls_cert: Option<PathBuf>,
    /// The key of that certificate, in a PEM file
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(in crate::cli) tls_key: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) limits: Limits,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum LogFormat {
    Text,
    Json,
}

/// The listener beside the deck.
#[derive(Args, Debug)]
#[command(next_help_heading = "Listening")]
pub(in crate::cli) struct Administration {
    /// Listen here for /health, /status and /metrics; POST /reset begins a replay or a workspace anew,
    /// POST /advance moves a manual clock, and POST /cassette/NAME inserts a cassette of a folder. COMMAND
    /// finds it in `JOBDECK_ADMIN_URL`
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = address)]
    pub(in crate::cli) admin: Option<SocketAddr>,
}

impl Listening {
    /// Whether only this machine can reach the deck.
    pub(in crate::cli) fn is_loopback(&self) -> bool {
        self.listen.is_none_or(|address| address.ip().is_loopback())
    }
}
