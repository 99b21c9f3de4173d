//! `jobdeck cassette redact`: what should not have been recorded, taken out afterwards.

use std::slice;

use super::{output::Output, tell_residues};
use crate::{
    cassette::{Cassette, redact},
    cli::{arguments::Redact, exit::Exit, print},
    error::Result,
};

pub(super) fn run(arguments: &Redact) -> Result<Exit> {
    let input = &arguments.cassette;
    let goal = arguments.output.as_ref().unwrap_or(input);
    let output = Output::new(goal, slice::from_ref(input), arguments.force)?;
    let before = Cassette::load(input)?;
    let redacted = redact::recording(before.clone(), arguments.secrets.policy());
    let is_in_place = arguments.output.is_none();
    if !(is_in_place && redacted.cassette == before) {
        output.write(&redacted.cassette.to_text())?;
    }
    let places = redacted.places;
    let plural = if places == 1 { "" } else { "s" };
    output.tell(format_args!("{places} place{plural} redacted"));
    if redacted.residues.is_empty() {
        return Ok(Exit::Held);
    }
    print::note("these looked like credentials and were blanked; tell where they come from:");
    tell_residues(&redacted.residues);
    Ok(Exit::Found)
}
