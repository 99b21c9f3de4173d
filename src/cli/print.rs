//! Writing for people and pipes. A reader that went away is no error.

use std::{
    fmt::{self, Display},
    io::{self, Write as _},
};

use crate::error::{Error, Kind, Result};

/// A line of what was asked for, on stdout.
pub(super) fn line(text: impl Display) -> Result<()> {
    write(format_args!("{text}\n"))
}

/// What was asked for as it is, on stdout.
pub(super) fn text(text: &str) -> Result<()> {
    write(format_args!("{text}"))
}

/// How many columns the terminal has that stdout is; none if it is no terminal.
pub(super) fn columns() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some(size.ws_col.into()).filter(|columns| *columns > 0)
}

fn write(text: fmt::Arguments<'_>) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_fmt(text).and_then(|()| stdout.flush()) {
        Err(cause) if cause.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(Kind::Environment, "failed to write to stdout").because(cause))
        }
        _ => Ok(()),
    }
}

/// A line about what is going on, on stderr.
pub(super) fn note(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// What went wrong, and what can be done about it, on stderr.
pub(super) fn error(error: &Error) {
    note(format_args!("error: {error}"));
    if let Some(hint) = error.next_step() {
        note(format_args!("hint: {hint}"));
    }
}
