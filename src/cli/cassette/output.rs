//! Where a command leaves what it makes: a file that is written whole or not at all, or stdout.

use std::path::{Path, PathBuf};

use crate::{
    cassette,
    cli::print,
    error::{Error, Kind, Result},
};

/// A place that was found good before the work began.
#[derive(Debug)]
pub(super) struct Output {
    path: PathBuf,
    is_stdout: bool,
}

impl Output {
    /// A file, or stdout for `-`. A file that is there already is an error, unless it is one of the
    /// `inputs`, which are read by then, or the user says `force`.
    pub(super) fn new(path: &Path, inputs: &[PathBuf], force: bool) -> Result<Self> {
        if path == Path::new("-") {
            return Ok(Self { path: path.to_owned(), is_stdout: true });
        }
        Self::file(path, inputs, force)
    }

    /// The same for what is never written to stdout.
    pub(super) fn file(path: &Path, inputs: &[PathBuf], force: bool) -> Result<Self> {
        let refused = |cause: &str| {
            Error::new(Kind::Usage, format!("failed to write `{}`", path.display())).because(cause)
        };
        if path == Path::new("-") {
            return Err(refused("this command writes a file, and not to stdout")
                .hint("give the path of a file"));
        }
        match path.metadata() {
            Ok(data) if !data.is_file() => {
                return Err(refused("it is no regular file").hint("give the path of a file"));
            }
            Ok(_) if !force && !inputs.iter().any(|input| is_same(path, input)) => {
                return Err(refused("it is there already").hint("--force replaces it"));
            }
            _ => {}
        }
        Ok(Self { path: path.to_owned(), is_stdout: false })
    }

    /// The path as it was given.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes all of it.
    pub(super) fn write(&self, text: &str) -> Result<()> {
        if self.is_stdout {
            return print::text(text);
        }
        cassette::replace(&self.path, text.as_bytes())
    }

    /// Tells on stderr what was written, and where.
    pub(super) fn tell(&self, what: impl std::fmt::Display) {
        if self.is_stdout {
            print::note(what);
        } else {
            print::note(format_args!("{what} in {}", self.path.display()));
        }
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}
