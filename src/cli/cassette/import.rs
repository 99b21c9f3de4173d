//! `jobdeck cassette import`: what a browser or a proxy saw, as a cassette.

use super::{output::Output, tell_residues};
use crate::{
    cassette::{
        har::{self, Options},
        show::visible,
    },
    cli::{arguments::Import, exit::Exit, print},
    error::Result,
};

pub(super) fn run(arguments: &Import) -> Result<Exit> {
    let output = Output::new(&arguments.output, &[], arguments.force)?;
    let options = Options { policy: arguments.secrets.policy(), host: arguments.host.clone() };
    let imported = har::load(&arguments.archive, &options)?;
    output.write(&imported.cassette.to_text())?;
    output.tell(format_args!("{} exchanges", imported.cassette.exchanges.len()));
    for (whom, count) in &imported.left_out {
        print::note(format_args!("left out: {count} with {}", visible(whom)));
    }
    if imported.missing_bodies > 0 {
        let count = imported.missing_bodies;
        print::note(format_args!(
            "{count} bodies are not in the archive, and so not in the cassette"
        ));
    }
    if imported.impossible_headers > 0 {
        let count = imported.impossible_headers;
        print::note(format_args!("left out: {count} headers that HTTP cannot carry"));
    }
    if imported.residues.is_empty() {
        return Ok(Exit::Held);
    }
    print::note("these looked like credentials and were blanked; tell where they come from:");
    tell_residues(&imported.residues);
    Ok(Exit::Found)
}
