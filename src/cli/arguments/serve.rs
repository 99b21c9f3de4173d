//! The command line of `jobdeck serve`.

use clap::Args;

use super::{Administration, Companion, Listening};
use crate::serve;

#[derive(Args, Debug)]
pub(in crate::cli) struct Serve {
    /// How time passes: real, fast=N times as fast, or manual (POST /advance on the admin listener)
    #[arg(long, value_name = "HOW", default_value = "real", value_parser = clock)]
    pub(in crate::cli) clock: serve::Clock,
    /// Accept this token only [default: any, but not none]
    #[arg(long, value_name = "TOKEN")]
    pub(in crate::cli) token: Option<String>,
    /// How long a run is pending, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = serve::Phases::default().pending_ms)]
    pub(in crate::cli) pending_ms: u64,
    /// How long a task runs that does not say so itself, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = serve::Phases::default().running_ms)]
    pub(in crate::cli) running_ms: u64,
    /// How long a run is terminating, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = serve::Phases::default().terminating_ms)]
    pub(in crate::cli) terminating_ms: u64,
    /// Be wrong on purpose in this way, so that there is something to find; can be repeated
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) fault: Vec<String>,
    /// List the faults, each with the rule that it breaks and what the server then does wrong
    #[arg(long)]
    pub(in crate::cli) list_faults: bool,
    /// Be different in this way, and right all the same
    #[arg(long, value_name = "NAME", hide = true)]
    pub(in crate::cli) variant: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) listening: Listening,
    #[command(flatten)]
    pub(in crate::cli) administration: Administration,
    #[command(flatten)]
    pub(in crate::cli) companion: Companion,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_read() {
        assert!(matches!(clock("fast=60"), Ok(serve::Clock::Fast(60))));
        assert!(clock("fast=0").is_err());
        assert!(clock("slow").is_err());
    }
}
