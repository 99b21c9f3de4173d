//! What every deck takes.

use clap::Args;

use super::{Administration, Companion, Listening};

/// What every deck takes: where it listens, the listener beside it, and a command to run against it.
#[derive(Args, Debug)]
pub(in crate::cli) struct Deck {
    #[command(flatten)]
    pub(in crate::cli) listening: Listening,
    #[command(flatten)]
    pub(in crate::cli) administration: Administration,
    #[command(flatten)]
    pub(in crate::cli) companion: Companion,
}
