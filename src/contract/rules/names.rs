//! What the words of a rule are called, and what they mean in a phrase.

use std::fmt;

use super::{Kind, Level, Lines, Need, Passive, Safety, Scope};
use crate::contract::Endpoint;

impl Level {
    /// `must`, `should` or `observed`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::Observed => "observed",
        }
    }

    /// What it means, as a phrase.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Must => "the document states it",
            Self::Should => "the document implies it or leaves its outcome open",
            Self::Observed => "only known from the real service; never fails a check",
        }
    }
}

impl Kind {
    /// The middle of an id.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Error => "error",
            Self::Consistency => "consistency",
            Self::Lifecycle => "lifecycle",
            Self::Idempotency => "idempotency",
            Self::Limit => "limit",
            Self::Concurrency => "concurrency",
            Self::Pagination => "pagination",
        }
    }
}

impl Scope {
    /// The endpoints, in the order in which a test calls them.
    pub const fn endpoints(self) -> &'static [Endpoint] {
        match self {
            Self::All => &Endpoint::ALL,
            Self::Only(endpoints) => endpoints,
            Self::Elsewhere => &[],
        }
    }
}

impl Lines {
    /// Whether the two have a line in common.
    pub const fn overlap(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, last } = self;
        if first == last { write!(f, "{first}") } else { write!(f, "{first}-{last}") }
    }
}

impl Need {
    /// What a profile calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::SecondIdentity => "second-identity",
            Self::Isolation => "isolation",
            Self::Load => "load",
            Self::Cluster => "cluster",
            Self::NewCluster => "new-cluster",
            Self::Pipeline => "pipeline",
            Self::Destinations => "destinations",
            Self::LegacyNodeType => "legacy-node-type",
            Self::Executor => "executor",
            Self::Scheduler => "scheduler",
            Self::SlowTask => "slow-task",
            Self::SucceedingTask => "succeeding-task",
            Self::FailingTask => "failing-task",
            Self::ExitingTask => "exiting-task",
            Self::BigCellTask => "big-cell-task",
            Self::LaterVersion => "later-version",
        }
    }

    /// What it means, as a phrase.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Credentials => "a good and a bad credential",
            Self::SecondIdentity => "the credential of somebody without rights",
            Self::Isolation => "a workspace of its own",
            Self::Load => "leave to send volume",
            Self::Cluster => "a cluster for runs, existing or new",
            Self::NewCluster => "a description of a new cluster",
            Self::Pipeline => "a pipeline",
            Self::Destinations => "four notification destinations",
            Self::LegacyNodeType => "a legacy node type",
            Self::Executor => "runs that go on by themselves",
            Self::Scheduler => "a scheduler that fires",
            Self::SlowTask => "a task that stays active",
            Self::SucceedingTask => "a task that succeeds",
            Self::FailingTask => "a task that fails",
            Self::ExitingTask => "a notebook that returns a chosen value",
            Self::BigCellTask => "a notebook with too much output",
            Self::LaterVersion => "more than version 2.0 can express; never tried",
        }
    }
}

impl Safety {
    /// One word or two for tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReadOnly => "read-only",
            Self::OwnObjects => "own-objects",
            Self::Compute => "compute",
            Self::Volume => "volume",
        }
    }

    /// What it means, as a phrase.
    pub const fn about(self) -> &'static str {
        match self {
            Self::ReadOnly => "only reads",
            Self::OwnObjects => "touches objects of its own only, starts no compute",
            Self::Compute => "starts compute",
            Self::Volume => "makes volume that uses up quota",
        }
    }
}

impl Passive {
    /// One word or two for tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::WhenShown => "when-shown",
            Self::Never => "never",
        }
    }

    /// What it means, as a phrase.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Always => "alone decides it",
            Self::WhenShown => "alone decides it where the case turns up",
            Self::Never => "alone never decides it; it takes requests made for the purpose",
        }
    }
}
