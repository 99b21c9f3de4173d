//! `jobdeck cassette recover`: what a recorder left behind that was killed.

use super::output::Output;
use crate::{
    cassette,
    cli::{arguments::Recover, exit::Exit, print},
    error::{Error, Kind, Result},
};

pub(super) fn run(arguments: &Recover) -> Result<Exit> {
    let path = &arguments.cassette;
    let output = match &arguments.output {
        Some(goal) => Some(Output::file(goal, &[], arguments.force)?),
        None => None,
    };
    let goal = output.as_ref().map(Output::path);
    let recovered = cassette::recover(path, goal)?.ok_or_else(|| {
        let doing = format!("failed to recover `{}`", path.display());
        Error::new(Kind::Cassette, doing).because("no recorder left anything behind")
    })?;
    if recovered.torn {
        print::note("the last line was cut off in the middle, and is left out");
    }
    print::note(format_args!("{} exchanges recovered", recovered.exchanges));
    print::line(recovered.path.display())?;
    Ok(Exit::Held)
}
