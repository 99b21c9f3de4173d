//! Writing for people and pipes. A reader that went away is no error.

use std::{
    fmt::Display,
    io::{self, Write as _},
};

/// A line of what was asked for, on stdout.
pub(super) fn line(text: impl Display) {
    let mut stdout = io::stdout().lock();
    let _ = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
}

/// A line about what is going on, on stderr.
pub(super) fn note(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}
