//! `jobdeck completions`: the command line, as shells complete it.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{arguments::Arguments, exit::Exit, print};
use crate::error::Result;

pub(super) fn run(shell: Shell) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "jobdeck", &mut script);
    print::text(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Held)
}
