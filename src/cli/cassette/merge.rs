//! `jobdeck cassette merge`: several recordings as one.

use super::output::Output;
use crate::{
    cassette::{self, Cassette, Upstreams},
    cli::{arguments::Merge, exit::Exit},
    error::Result,
};

pub(super) fn run(arguments: &Merge) -> Result<Exit> {
    let inputs = &arguments.cassettes;
    let output = Output::new(&arguments.output, inputs, arguments.force)?;
    let read = |path: &std::path::PathBuf| Ok((path.display().to_string(), Cassette::load(path)?));
    let cassettes: Vec<_> = inputs.iter().map(read).collect::<Result<_>>()?;
    let upstreams = if arguments.force { Upstreams::Any } else { Upstreams::Same };
    let merged = cassette::merge(cassettes, upstreams)?;
    output.write(&merged.to_text())?;
    output.tell(format_args!("{} exchanges", merged.exchanges.len()));
    Ok(Exit::Held)
}
