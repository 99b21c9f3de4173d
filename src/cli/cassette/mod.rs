//! `jobdeck cassette`: looks after files. Each command has a file of its own.

mod diff;
mod export;
mod import;
mod merge;
mod output;
mod prune;
mod recover;
mod redact;
mod show;
mod verify;

use super::{arguments::Cassette, exit::Exit, print};
use crate::{cassette::Residue, error::Result};

pub(super) fn run(arguments: &Cassette) -> Result<Exit> {
    match arguments {
        Cassette::Show(arguments) => show::run(arguments),
        Cassette::Verify(arguments) => verify::run(arguments),
        Cassette::Recover(arguments) => recover::run(arguments),
        Cassette::Diff(arguments) => diff::run(arguments),
        Cassette::Redact(arguments) => redact::run(arguments),
        Cassette::Merge(arguments) => merge::run(arguments),
        Cassette::Prune(arguments) => prune::run(arguments),
        Cassette::Import(arguments) => import::run(arguments),
        Cassette::Export(arguments) => export::run(arguments),
    }
}

/// Names what still looks like a credential: by place and rule, never by value.
pub(super) fn tell_residues(residues: &[Residue]) {
    for Residue { seq, pointer, rule } in residues {
        print::note(format_args!("exchange {seq}, {pointer}: {rule}"));
    }
}
