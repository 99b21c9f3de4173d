//! `jobdeck cassette verify`: whether files are as they were sealed, and without credentials.

use super::{super::report, tell_residues};
use crate::{
    cassette::{self, Suspect},
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
                tell_suspects(&verified.suspects);
            }
            Err(error) => damaged = damaged.into_iter().chain([report(&error)]).next(),
        }
    }
    Ok(damaged.unwrap_or(if leaks { Exit::Found } else { Exit::Held }))
}

/// Warns of what stands in plain under the name of a secret: whether it is one, its owner knows.
fn tell_suspects(suspects: &[Suspect]) {
    for Suspect { seq, pointer, name } in suspects {
        print::note(format_args!(
            "warning: exchange {seq}, {}: may be a secret by its name; if so, `jobdeck cassette redact CASSETTE \
             --redact-json {}` takes it out",
            pointer.escape_debug(),
            name.escape_debug()
        ));
    }
}
