//! `jobdeck cassette`: looks after files.

use std::path::Path;

use super::{arguments::Cassette, exit::Exit, print};
use crate::{
    cassette::{self, Residue},
    error::{Error, Kind, Result},
};

pub(super) fn run(arguments: &Cassette) -> Result<Exit> {
    match arguments {
        Cassette::Verify { cassettes, reseal } => Ok(verify(cassettes, *reseal)),
        Cassette::Recover { cassette } => recover(cassette),
    }
}

/// Judges every file, also behind one that is damaged; the worst decides the exit code.
fn verify(paths: &[impl AsRef<Path>], reseal: bool) -> Exit {
    let mut leaks = false;
    let mut damaged = None;
    for path in paths.iter().map(AsRef::as_ref) {
        let judged = if reseal { cassette::reseal(path) } else { cassette::verify(path) };
        match judged {
            Ok(verified) => {
                let count = verified.exchanges;
                let seal = verified.sha256.get(..12).unwrap_or_default();
                let path = path.display();
                if verified.residues.is_empty() {
                    print::line(format_args!("{path}: {count} exchanges, seal {seal}…, sound"));
                } else {
                    leaks = true;
                    print::line(format_args!("{path}: looks like it holds credentials"));
                    tell_residues(&verified.residues);
                }
            }
            Err(error) => damaged = damaged.into_iter().chain([super::report(&error)]).next(),
        }
    }
    damaged.unwrap_or(if leaks { Exit::Found } else { Exit::Held })
}

/// Names what still looks like a credential: by place and rule, never by value.
pub(super) fn tell_residues(residues: &[Residue]) {
    for Residue { seq, pointer, rule } in residues {
        print::note(format_args!("exchange {seq}, {pointer}: {rule}"));
    }
}

fn recover(path: &Path) -> Result<Exit> {
    let recovered = cassette::recover(path)?.ok_or_else(|| {
        let doing = format!("failed to recover `{}`", path.display());
        Error::new(Kind::Cassette, doing).because("no recorder left anything behind")
    })?;
    if recovered.torn {
        print::note("the last line was cut off in the middle, and is left out");
    }
    print::note(format_args!("{} exchanges recovered", recovered.exchanges));
    print::line(recovered.path.display());
    Ok(Exit::Held)
}
