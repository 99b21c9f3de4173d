//! `jobdeck cassette verify`: whether files are as they were sealed, and without credentials.

use super::{super::report, tell_residues};
use crate::{
    cassette,
    cli::{arguments::Verify, exit::Exit, print},
    error::Result,
};

/// Judges every file, also behind one that is damaged; the worst decides the exit code.
pub(super) fn run(arguments: &Verify) -> Result<Exit> {
    let mut leaks = false;
    let mut damaged = None;
    for path in &arguments.cassettes {
        let judged = if arguments.reseal { cassette::reseal(path) } else { cassette::verify(path) };
        match judged {
            Ok(verified) => {
                let count = verified.exchanges;
                let seal = verified.sha256.get(..12).unwrap_or_default();
                let path = path.display();
                if verified.residues.is_empty() {
                    print::line(format_args!("{path}: {count} exchanges, seal {seal}…, sound"))?;
                } else {
                    leaks = true;
                    print::line(format_args!("{path}: looks like it holds credentials"))?;
                    tell_residues(&verified.residues);
                }
            }
            Err(error) => damaged = damaged.into_iter().chain([report(&error)]).next(),
        }
    }
    Ok(damaged.unwrap_or(if leaks { Exit::Found } else { Exit::Held }))
}
