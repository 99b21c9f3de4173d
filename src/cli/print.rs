//! Writing for people and pipes. A reader that went away is no error.

use std::{
    fmt::Display,
    io::{self, Write as _},
};

use crate::error::{Error, Kind, Result};

/// A line of what was asked for, on stdout.
pub(super) fn line(text: impl Display) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{text}").and_then(|()| stdout.flush()) {
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
