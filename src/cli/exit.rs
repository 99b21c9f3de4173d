//! The exit codes, which scripts rely on.

use std::process::ExitCode;

use crate::error::Kind;

/// How the command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: all held.
    Held,
    /// 1: misses, leftovers with `--strict`, differences, or something in a recording that looks like a
    /// credential.
    Found,
    /// 2: the command line makes no sense.
    Usage,
    /// 3: a cassette is unreadable, damaged or of a newer version.
    Cassette,
    /// 4: the environment is not as needed: port, upstream, disk.
    Environment,
    /// COMMAND's own code, which is not 0.
    Command(u8),
}

impl Exit {
    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Held => 0,
            Self::Found => 1,
            Self::Usage => 2,
            Self::Cassette => 3,
            Self::Environment => 4,
            Self::Command(code) => code,
        }
    }
}

impl From<Kind> for Exit {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Usage => Self::Usage,
            Kind::Cassette => Self::Cassette,
            Kind::Environment => Self::Environment,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}
