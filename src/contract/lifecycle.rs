//! The life cycle of a run (document, `RunLifeCycleState` and `RunResultState`).

use serde::{Deserialize, Serialize};

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LifeCycleState {
    /// Triggered, and held back by a limit; only where queueing was asked for.
    Queued,
    /// Triggered; the cluster is being prepared.
    Pending,
    /// The task is being executed.
    Running,
    /// The task is over; the cluster is being cleaned up.
    Terminating,
    /// The task and the clean-up are over.
    Terminated,
    /// Given up before it began, because of the job's limit of concurrent runs.
    Skipped,
    /// Given up because of a failure in the service.
    InternalError,
}

impl LifeCycleState {
    /// Every state, in the document's order.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Pending,
        Self::Running,
        Self::Terminating,
        Self::Terminated,
        Self::Skipped,
        Self::InternalError,
    ];

    /// The word that stands for it on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Pending => "PENDING",
            Self::Running => "RUNNING",
            Self::Terminating => "TERMINATING",
            Self::Terminated => "TERMINATED",
            Self::Skipped => "SKIPPED",
            Self::InternalError => "INTERNAL_ERROR",
        }
    }

    /// The state that a word stands for.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether a run never leaves it.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Terminated | Self::Skipped | Self::InternalError)
    }

    /// The states that may come directly after it. The document's own list is lost in the published
    /// text; this is the one that its SDK restates, with what queueing adds.
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Queued => &[Self::Pending, Self::Terminated],
            Self::Pending => {
                &[Self::Running, Self::Terminating, Self::Skipped, Self::InternalError]
            }
            Self::Running => &[Self::Terminating, Self::InternalError],
            Self::Terminating => &[Self::Terminated, Self::InternalError],
            Self::Terminated | Self::Skipped | Self::InternalError => &[],
        }
    }

    /// Whether a run seen here may later be seen there; polling may miss what lies between.
    pub fn can_lead_to(self, later: Self) -> bool {
        self == later || self.next().iter().any(|next| next.can_lead_to(later))
    }
}

/// What became of a run's task. It never changes once it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ResultState {
    /// The task succeeded.
    Success,
    /// The task failed.
    Failed,
    /// The run was stopped at its timeout.
    TimedOut,
    /// The run was cancelled.
    Canceled,
}

impl ResultState {
    /// Every result, in the document's order.
    pub const ALL: [Self; 4] = [Self::Success, Self::Failed, Self::TimedOut, Self::Canceled];

    /// The word that stands for it on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMEDOUT",
            Self::Canceled => "CANCELED",
        }
    }

    /// The result that a word stands for.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::{LifeCycleState::*, *};

    #[test]
    fn names_read_back() {
        assert!(
            LifeCycleState::ALL.iter().all(|s| LifeCycleState::from_name(s.name()) == Some(*s))
        );
        assert!(ResultState::ALL.iter().all(|s| ResultState::from_name(s.name()) == Some(*s)));
    }

    #[test]
    fn polling_may_miss_states_but_never_sees_one_go_back() {
        assert!(Pending.can_lead_to(Terminated));
        assert!(Queued.can_lead_to(Skipped));
        assert!(!Running.can_lead_to(Skipped));
        assert!(!Running.can_lead_to(Pending));
        for end in LifeCycleState::ALL.into_iter().filter(|state| state.is_terminal()) {
            assert!(
                LifeCycleState::ALL.into_iter().all(|next| end.can_lead_to(next) == (end == next))
            );
        }
    }
}
