//! Rules about the arguments of calls that are not asked, and what stands for an id that is then missing.

use http::Method;
use serde_json::{Value, json};

use super::{Fault, Kind};
use crate::{
    call::Call,
    contract::{Endpoint, Role},
    finding::Finding,
    serve::{Workspace, output, runs::Filter},
};

impl Workspace {
    /// The findings that count.
    pub(in crate::serve) fn heeded(&self, mut findings: Vec<Finding>) -> Vec<Finding> {
        findings
            .retain(|finding| !self.options.faults.contains(&Fault(Kind::Unchecked(finding.rule))));
        findings
    }

    /// Puts something into the place of an id that is missing or cannot be read, as no rule that is asked
    /// demands one: reads and run-now get the latest job or run there is. A write does nothing then, and
    /// this is its answer.
    pub(in crate::serve) fn settle_id(&self, call: &mut Call) -> Option<Value> {
        let fields = call.endpoint.signature().request.fields;
        let id = fields.iter().find(|field| {
            field.required.is_some() && matches!(field.role, Some(Role::JobId | Role::RunId))
        })?;
        if call.integer(id.name).is_some() {
            return None;
        }
        let reads = call.endpoint.signature().method == Method::GET;
        if !reads && call.endpoint != Endpoint::RunNow {
            return Some(json!({}));
        }
        let latest = match id.role {
            Some(Role::JobId) => self.state.jobs.saved.entries().keys().next_back().copied(),
            _ => self.latest_run(call.endpoint),
        };
        call.arguments.insert(id.name.to_owned(), latest.unwrap_or(0).into());
        None
    }

    /// The latest run of which this endpoint can tell.
    fn latest_run(&self, endpoint: Endpoint) -> Option<i64> {
        let mut runs = self.state.runs.matching(Filter::default(), 0);
        let tells = runs
            .find(|run| endpoint != Endpoint::RunsExport || output::notebook_path(run).is_some());
        tells.map(|run| run.id)
    }
}
