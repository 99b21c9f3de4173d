//! Failures of the world around jobdeck. A promise that a peer breaks is a [`crate::finding::Finding`]
//! instead, and a wrong command line is the business of `cli`.

use std::{error::Error as StdError, fmt};

/// The result of whatever can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What was tried, on what, why it failed and what to do about it.
///
/// Displays as ``failed to VERB `OPERAND`: CAUSE``; the hint stands apart, so that the command line can
/// print it on a line of its own.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    doing: String,
    cause: Option<Box<dyn StdError + Send + Sync>>,
    hint: Option<String>,
}

/// Which of the exit codes an error leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something was asked for that makes no sense: exit code 2.
    Usage,
    /// A cassette is unreadable, damaged or of a newer version: exit code 3.
    Cassette,
    /// The environment is not as needed (port, upstream, disk): exit code 4.
    Environment,
}

impl Error {
    /// An error about what was being done, for example ``failed to open `x.json` ``.
    pub fn new(kind: Kind, doing: impl Into<String>) -> Self {
        Self { kind, doing: doing.into(), cause: None, hint: None }
    }

    /// The same with the reason.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The same with what the user can do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same as an error of another kind.
    #[must_use]
    pub fn of_kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// Which exit code it leads to.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What the user can do next, if anything is known to help.
    pub fn next_step(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.doing)?;
        match &self.cause {
            Some(cause) => write!(f, ": {cause}"),
            None => Ok(()),
        }
    }
}

impl StdError for Error {}
