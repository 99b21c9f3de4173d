//! `jobdeck cassette diff`: what changed since a recording was made.

use super::output::Output;
use crate::{
    cassette::{Cassette, show::visible},
    cli::{
        arguments::{Diff, DiffFormat},
        exit::Exit,
    },
    compare::compare,
    error::{Error, Kind, Result},
};

pub(super) fn run(arguments: &Diff) -> Result<Exit> {
    let output = Output::new(&arguments.output, &[], arguments.force)?;
    let (old, new) = (Cassette::load(&arguments.old)?, Cassette::load(&arguments.new)?);
    let comparison = compare(&old, &new);
    let text = match arguments.format {
        DiffFormat::Text => comparison.to_string(),
        DiffFormat::Json => {
            let text = serde_json::to_string_pretty(&comparison).map_err(|cause| {
                Error::new(Kind::Environment, "failed to write the differences").because(cause)
            })?;
            text.lines().map(visible).collect::<Vec<_>>().join("\n")
        }
    };
    output.write(&(text + "\n"))?;
    Ok(if comparison.is_same() { Exit::Held } else { Exit::Found })
}
