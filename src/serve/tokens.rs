//! Idempotency tokens: each belongs to one run for ever, also when the run is gone.

use std::collections::BTreeMap;

use super::refusal::Refusal;

/// Every token that ever started a run, of all jobs and both endpoints alike (document, lines 386 and 471).
#[derive(Clone, Debug, Default)]
pub(super) struct Tokens(BTreeMap<String, Owner>);

#[derive(Clone, Copy, Debug)]
enum Owner {
    Run(i64),
    Deleted(i64),
}

impl Tokens {
    /// The run that a token started, if it started one.
    pub(super) fn run(&self, token: &str) -> Result<Option<i64>, Refusal> {
        match self.0.get(token) {
            None => Ok(None),
            Some(Owner::Run(run_id)) => Ok(Some(*run_id)),
            Some(Owner::Deleted(run_id)) => Err(Refusal::invalid(format!(
                "The idempotency token belongs to run {run_id}, which has been deleted."
            ))),
        }
    }

    /// A token has started a run.
    pub(super) fn bind(&mut self, token: String, run_id: i64) {
        self.0.insert(token, Owner::Run(run_id));
    }

    /// The run of a token is gone.
    pub(super) fn bury(&mut self, token: &str) {
        if let Some(owner) = self.0.get_mut(token)
            && let Owner::Run(run_id) = *owner
        {
            *owner = Owner::Deleted(run_id);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
