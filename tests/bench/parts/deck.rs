//! A deck in a process of its own.

use std::{
    error::Error,
    ffi::OsStr,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use super::process::{Process, on_core};

const BINARY: &str = env!("CARGO_BIN_EXE_jobdeck");

/// A deck that listens on this machine.
pub(crate) struct Deck {
    pub(crate) process: Process,
    pub(crate) url: String,
}

impl Deck {
    /// Starts one on a core, and waits until it takes connections.
    pub(crate) fn start<S: AsRef<OsStr>>(
        core: u8,
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<Self, Box<dyn Error>> {
        Self::run(on_core(core, BINARY), arguments)
    }

    /// Starts one on all cores, and waits until it takes connections.
    pub(crate) fn start_at_large<S: AsRef<OsStr>>(
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<Self, Box<dyn Error>> {
        Self::run(Command::new(BINARY), arguments)
    }

    fn run<S: AsRef<OsStr>>(
        mut command: Command,
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<Self, Box<dyn Error>> {
        command.args(arguments).args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped());
        let mut process = Process::start(&mut command)?;
        let mut url = String::new();
        let stdout = process.child().stdout.take().ok_or("a deck without an output")?;
        BufReader::new(stdout).read_line(&mut url)?;
        Ok(Self { process, url: url.trim().to_owned() })
    }
}
