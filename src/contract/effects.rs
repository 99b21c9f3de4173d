//! What each endpoint reads, makes, changes and removes. Replay follows cause and effect by this table.

use super::Endpoint;

/// A thing that an exchange can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Thing {
    /// The job that the request names, or that the answer of a create names.
    Job,
    /// The run that the request names, or that the answer of a run-now or submit names.
    Run,
    /// The idempotency token of the request, or those of the run concerned.
    Token,
    /// The list of jobs.
    JobList,
    /// The list of the runs of the job concerned, or of all jobs where the request names none.
    RunList,
    /// Every run of the job that has not ended.
    ActiveRuns,
    /// Every run of the job, with its token.
    JobRuns,
}

/// What a successful exchange with an endpoint does. One that the server refuses does nothing.
#[derive(Debug)]
pub struct Effect {
    /// Things whose state the answer depends on.
    pub reads: &'static [Thing],
    /// Things that have to be there, in whatever state.
    pub needs: &'static [Thing],
    /// Things whose state from here on depends on this exchange alone, not on what came before.
    pub makes: &'static [Thing],
    /// Things whose state it changes.
    pub changes: &'static [Thing],
    /// Things that it changes only if its settings carry `timeout_seconds`.
    pub changes_with_timeout: &'static [Thing],
    /// Things that it removes.
    pub removes: &'static [Thing],
}

const NONE: Effect = Effect {
    reads: &[],
    needs: &[],
    makes: &[],
    changes: &[],
    changes_with_timeout: &[],
    removes: &[],
};

impl Effect {
    /// Whether it does anything beside reading.
    pub fn is_write(&self) -> bool {
        !(self.makes.is_empty() && self.changes.is_empty() && self.removes.is_empty())
    }
}

/// The row of an endpoint.
pub(super) const fn effect(endpoint: Endpoint) -> &'static Effect {
    use Thing::{ActiveRuns, Job, JobList, JobRuns, Run, RunList, Token};
    match endpoint {
        Endpoint::Create => &Effect { makes: &[Job], changes: &[JobList], ..NONE },
        Endpoint::List => &Effect { reads: &[JobList], ..NONE },
        Endpoint::Delete => &Effect {
            needs: &[Job],
            changes: &[JobList, RunList],
            removes: &[Job, JobRuns],
            ..NONE
        },
        Endpoint::Get => &Effect { reads: &[Job], ..NONE },
        Endpoint::Reset => &Effect {
            needs: &[Job],
            makes: &[Job],
            changes: &[JobList],
            changes_with_timeout: &[ActiveRuns, RunList],
            ..NONE
        },
        Endpoint::Update => &Effect {
            reads: &[Job],
            changes: &[Job, JobList],
            changes_with_timeout: &[ActiveRuns, RunList],
            ..NONE
        },
        Endpoint::RunNow => {
            &Effect { reads: &[Job, Token], makes: &[Run], changes: &[RunList, Token], ..NONE }
        }
        Endpoint::RunsSubmit => {
            &Effect { reads: &[Token], makes: &[Run], changes: &[RunList, Token], ..NONE }
        }
        Endpoint::RunsList => &Effect { reads: &[RunList], ..NONE },
        Endpoint::RunsGet | Endpoint::RunsExport | Endpoint::RunsGetOutput => {
            &Effect { reads: &[Run], ..NONE }
        }
        Endpoint::RunsCancel => &Effect { reads: &[Run], changes: &[Run, RunList], ..NONE },
        Endpoint::RunsCancelAll => {
            &Effect { reads: &[Job], changes: &[ActiveRuns, RunList], ..NONE }
        }
        Endpoint::RunsDelete => {
            // It refuses a run that is active.
            &Effect { reads: &[Run], changes: &[RunList], removes: &[Run, Token], ..NONE }
        }
    }
}
