//! The command line of `jobdeck serve`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Deck, values::token};
use crate::serve;

#[derive(Args, Debug)]
pub(in crate::cli) struct Serve {
    /// Follow the document to the letter, or the real service where it is known to differ
    #[arg(long, value_enum, default_value = "document")]
    pub(in crate::cli) behaviour: Behaviour,
    /// How time passes: real, fast=N times as fast, or manual (POST /advance on the admin listener)
    #[arg(long, value_name = "HOW", default_value = "real", value_parser = clock)]
    pub(in crate::cli) clock: serve::Clock,
    /// Accept this token only [default: any, but not none]
    #[arg(long, value_name = "TOKEN", value_parser = token)]
    pub(in crate::cli) token: Option<String>,
    /// Ids from 1 and 1,000,001 on, or of 19 digits and in no order as the real service has them
    #[arg(long, value_enum, default_value = "small")]
    pub(in crate::cli) ids: IdStyle,
    /// Which ids the large ones are: the same seed, the same ids
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(in crate::cli) seed: u64,
    /// Keep the workspace in this file, so that it survives a restart [default: in memory]
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) state: Option<PathBuf>,
    /// How long a run is pending, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = serve::Phases::default().pending_ms)]
    pub(in crate::cli) pending_ms: u64,
    /// How long a task runs that does not say so itself, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = serve::Phases::default().running_ms)]
    pub(in crate::cli) running_ms: u64,
    /// How long a run is terminating, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = serve::Phases::default().terminating_ms)]
    pub(in crate::cli) terminating_ms: u64,
    /// How many runs may be active at once; one more is refused with 429
    #[arg(long, value_name = "N", default_value_t = serve::Limits::default().concurrent_runs)]
    pub(in crate::cli) concurrent_runs: usize,
    /// How many jobs may be saved
    #[arg(long, value_name = "N", default_value_t = serve::Limits::default().saved_jobs)]
    pub(in crate::cli) saved_jobs: usize,
    /// How many jobs may be created within an hour, submitted runs included
    #[arg(long, value_name = "N", default_value_t = serve::Limits::default().creations_per_hour)]
    pub(in crate::cli) creations_per_hour: usize,
    /// Be wrong on purpose in this way, so that there is something to find; can be repeated
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) fault: Vec<String>,
    /// How far apart two calls may come that race, with a fault that has them race, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = serve::Options::default().race_ms)]
    pub(in crate::cli) race_ms: u64,
    /// List the faults, each with the rule that it breaks and what the server then does wrong
    #[arg(long, value_name = "FORMAT", value_enum, num_args = 0..=1, require_equals = true,
        default_missing_value = "text")]
    pub(in crate::cli) list_faults: Option<ListFormat>,
    /// Be different in this way, and right all the same
    #[arg(long, value_name = "NAME", hide = true)]
    pub(in crate::cli) variant: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) deck: Deck,
}

/// Whom the workspace follows.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum Behaviour {
    Document,
    Real,
}

/// How faults are listed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum ListFormat {
    Text,
    Json,
}

/// What ids look like.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum IdStyle {
    Small,
    Large,
}

impl Serve {
    /// What the workspace is made with but its faults and variants.
    pub(in crate::cli) fn options(&self) -> serve::Options {
        serve::Options {
            token: self.token.clone(),
            manner: match self.behaviour {
                Behaviour::Document => serve::Manner::Document,
                Behaviour::Real => serve::Manner::Real,
            },
            clock: self.clock,
            ids: match self.ids {
                IdStyle::Small => serve::Ids::Small,
                IdStyle::Large => serve::Ids::Large { seed: self.seed },
            },
            phases: serve::Phases {
                pending_ms: self.pending_ms,
                running_ms: self.running_ms,
                terminating_ms: self.terminating_ms,
            },
            limits: serve::Limits {
                concurrent_runs: self.concurrent_runs,
                saved_jobs: self.saved_jobs,
                creations_per_hour: self.creations_per_hour,
                ..serve::Limits::default()
            },
            race_ms: self.race_ms,
            ..serve::Options::default()
        }
    }
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
