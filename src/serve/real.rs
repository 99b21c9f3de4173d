//! Where the real service departs from its document, as far as people have told: a workspace that behaves as
//! the real one shows whether a client lives with that.
//!
//! | what | as told |
//! |---|---|
//! | `number_in_job` | is the id of the run, since 2022 |
//! | runs/get-output of an unknown run | 500 without a message instead of 400 |
//! | runs/list with `active_only` and `completed_only` | is answered |
//! | runs/list with `run_type` | shows runs of all types |
//! | jobs/list of more than 3000 jobs | is refused |
//! | jobs/delete of a job that is deleted already | is refused as of one that never was |
//! | the run of a `run_job_task` | has the trigger `RUN_JOB_TASK` |
//! | the schedule of a job | starts no two runs within ten seconds |
//! | settings and runs | show their `format`, and clusters what their cloud adds |

use serde_json::{Map, Value, json};

use super::{
    Workspace, answers,
    jobs::job_id,
    refusal::{Code, Refusal},
    run::Trigger,
    runs::Filter,
};
use crate::{call::Call, contract::Endpoint, finding::Finding};

/// How many jobs a list shows at most.
const JOBS_MAX: usize = 3000;
/// The least time between two runs that the schedule of a job starts.
const SCHEDULE_PACE_MS: i64 = 10_000;
/// The rule that the service does not ask.
const BOTH_FLAGS: &str = "runs-list/error/active-and-completed";

/// Whom a workspace follows where the two are known to differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    /// The document, to the letter.
    #[default]
    Document,
    /// The real service, as far as its departures are known.
    Real,
}

impl Workspace {
    fn is_real(&self) -> bool {
        self.options.manner == Manner::Real
    }

    /// The findings that the service heeds.
    pub(super) fn heeded_in_reality(&self, mut findings: Vec<Finding>) -> Vec<Finding> {
        if self.is_real() {
            findings.retain(|finding| finding.rule != BOTH_FLAGS);
        }
        findings
    }

    /// Refuses what the service does not do, and takes away what it does not read.
    pub(super) fn read_in_reality(&self, call: &mut Call) -> Result<(), Refusal> {
        if !self.is_real() {
            return Ok(());
        }
        match call.endpoint {
            Endpoint::RunsList => drop(call.arguments.shift_remove("run_type")),
            Endpoint::Delete => drop(self.state.jobs.find(job_id(call))?),
            Endpoint::List if self.state.jobs.saved.entries().len() > JOBS_MAX => {
                return Err(Refusal::too_many_to_list(JOBS_MAX));
            }
            _ => {}
        }
        Ok(())
    }

    /// The refusal as the service has it.
    pub(super) fn refused_in_reality(&self, endpoint: Endpoint, refusal: Refusal) -> Refusal {
        if self.is_real() && endpoint == Endpoint::RunsGetOutput && refusal.code == Code::Unknown {
            return Refusal::unexplained();
        }
        refusal
    }

    /// The time after which the schedule of a job fires next, given the one after which it does by the document.
    pub(super) fn after_pace_in_reality(&self, job_id: i64, after_ms: i64) -> i64 {
        if !self.is_real() {
            return after_ms;
        }
        let of_job = Filter { job_id: Some(job_id), ..Filter::default() };
        let mut runs = self.state.runs.matching(of_job, 0);
        let latest = runs.find(|run| {
            run.attempt_number == 0 && matches!(run.assignment.trigger, Trigger::Periodic { .. })
        });
        latest.map_or(after_ms, |run| after_ms.max(run.start_ms + SCHEDULE_PACE_MS - 1))
    }

    /// Changes a success to what the service shows.
    pub(super) fn answer_in_reality(&self, endpoint: Endpoint, answer: &mut Value) {
        if !self.is_real() {
            return;
        }
        for job in answers::jobs(endpoint, answer) {
            if let Some(Value::Object(settings)) = job.get_mut("settings") {
                settings.insert("format".to_owned(), "SINGLE_TASK".into());
                add_of_cloud(settings);
            }
        }
        for run in answers::runs(endpoint, answer) {
            self.show_run(run);
        }
        if let (Endpoint::RunNow, Value::Object(started)) = (endpoint, answer) {
            number_by_id(started);
        }
    }

    fn show_run(&self, run: &mut Map<String, Value>) {
        number_by_id(run);
        run.insert("format".to_owned(), "SINGLE_TASK".into());
        if let Some(Value::Object(spec)) = run.get_mut("cluster_spec") {
            add_of_cloud(spec);
        }
        let run_id = run.get("run_id").and_then(Value::as_i64).unwrap_or(0);
        let by_task = self.state.runs.find(run_id).is_ok_and(|run| {
            run.attempt_number == 0 && matches!(run.assignment.trigger, Trigger::RunJobTask)
        });
        if by_task {
            run.insert("trigger".to_owned(), "RUN_JOB_TASK".into());
        }
    }
}

fn number_by_id(shown: &mut Map<String, Value>) {
    if let Some(run_id) = shown.get("run_id").cloned() {
        shown.insert("number_in_job".to_owned(), run_id);
    }
}

/// Adds to a new cluster what its cloud has beyond what was asked for.
fn add_of_cloud(settings: &mut Map<String, Value>) {
    let Some(Value::Object(cluster)) = settings.get_mut("new_cluster") else { return };
    cluster.entry("azure_attributes").or_insert_with(|| {
        json!({
            "first_on_demand": 1, "availability": "ON_DEMAND_AZURE", "spot_bid_max_price": -1.0
        })
    });
}
