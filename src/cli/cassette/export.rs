//! `jobdeck cassette export`: a cassette for the programs that read HTTP archives.

use super::output::Output;
use crate::{
    cassette::{Cassette, har},
    cli::{arguments::Export, exit::Exit},
    error::Result,
};

pub(super) fn run(arguments: &Export) -> Result<Exit> {
    let output = Output::new(&arguments.output, &[], arguments.force)?;
    let cassette = Cassette::load(&arguments.cassette)?;
    output.write(&har::export(&cassette)?)?;
    output.tell(format_args!("{} exchanges", cassette.exchanges.len()));
    Ok(Exit::Held)
}
