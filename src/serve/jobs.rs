//! Saved jobs: create, list, get, reset, update and delete.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Workspace,
    refusal::Refusal,
    rows::Rows,
    run::CREATOR,
    runs::Filter,
    schedule::Schedule,
    settings::{self, Object},
};
use crate::{
    call::Call,
    contract::{Endpoint, structures::JOB_SETTINGS},
    validate,
};

/// The greatest id behind which new ones are counted on.
pub(super) const ADOPTED_ID_MAX: i64 = i64::MAX / 2;

/// The node types that take no custom tags (document, line 1112).
const LEGACY_NODE_TYPES: [&str; 2] = ["compute-optimized", "memory-optimized"];

/// How many tasks a job can have (document, line 335).
const TASKS_MAX: usize = 100;

/// The saved jobs, and how many ids were given away, to them and to submitted runs.
#[derive(Clone, Debug, Default)]
pub(super) struct Jobs {
    pub(super) saved: Rows<i64, Job>,
    issued: i64,
}

/// A saved job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Job {
    /// The settings as they came, without what the contract does not know.
    pub(super) settings: Arc<Object>,
    pub(super) created_ms: i64,
    /// How many runs it has had, which is also the number of the latest.
    pub(super) runs_started: i64,
}

impl Jobs {
    fn issue(&mut self) -> i64 {
        self.issued += 1;
        self.issued
    }

    /// Gives the id away to nobody else, nor one below it.
    pub(super) fn know(&mut self, job_id: i64) {
        self.issued = self.issued.max(job_id.min(ADOPTED_ID_MAX));
    }

    pub(super) fn issued(&self) -> i64 {
        self.issued
    }

    /// Goes on after so many ids.
    pub(super) fn resume(&mut self, issued: i64) {
        self.issued = issued;
    }

    pub(super) fn find(&self, job_id: i64) -> Result<&Job, Refusal> {
        self.saved.entries().get(&job_id).ok_or_else(|| Refusal::no_job(job_id))
    }

    /// The number of the next run of a job, if the job is there.
    pub(super) fn next_number(&mut self, job_id: i64) -> Option<i64> {
        let job = self.saved.get_mut(&job_id)?;
        job.runs_started += 1;
        Some(job.runs_started)
    }

    /// Whether there was ever such a job.
    pub(super) fn was_issued(&self, job_id: i64) -> bool {
        (1..=self.issued).contains(&job_id)
    }
}

impl Workspace {
    pub(super) fn create_job(&mut self, call: &Call) -> Result<Value, Refusal> {
        let settings = settings::known(call.endpoint.signature().request, &call.arguments);
        check(&self.with_readable_schedule(&settings))?;
        let limit = self.options.limits.saved_jobs;
        if self.state.jobs.saved.entries().len() >= limit {
            return Err(Refusal::too_many_jobs(limit));
        }
        let created_ms = self.timeline.now_ms();
        let job_id = self.issue_job()?;
        let job = Job { settings: Arc::new(settings), created_ms, runs_started: 0 };
        self.state.jobs.saved.insert(job_id, job);
        self.plan_fire(job_id, created_ms);
        Ok(json!({"job_id": job_id}))
    }

    pub(super) fn list_jobs(&self) -> Value {
        let jobs = self.state.jobs.saved.entries().iter();
        let jobs: Vec<_> = jobs.map(|(id, job)| shown(*id, job)).collect();
        // The service leaves an empty list out.
        if jobs.is_empty() { json!({}) } else { json!({"jobs": jobs}) }
    }

    pub(super) fn get_job(&self, call: &Call) -> Result<Value, Refusal> {
        let job_id = job_id(call);
        self.state.jobs.find(job_id).map(|job| shown(job_id, job))
    }

    pub(super) fn reset_job(&mut self, call: &Call) -> Result<Value, Refusal> {
        let job_id = job_id(call);
        self.state.jobs.find(job_id)?;
        let settings = new_settings(call);
        check(&self.with_readable_schedule(&settings))?;
        self.set_settings(job_id, settings, call.endpoint);
        Ok(json!({}))
    }

    pub(super) fn update_job(&mut self, call: &Call) -> Result<Value, Refusal> {
        let job_id = job_id(call);
        let job = self.state.jobs.find(job_id)?;
        let remove = call.arguments.get("fields_to_remove").and_then(Value::as_array);
        let remove: Vec<_> = remove.into_iter().flatten().filter_map(Value::as_str).collect();
        let updated = settings::updated(&job.settings, &new_settings(call), &remove)
            .map_err(|nested| Refusal::invalid(nested.to_string()))?;
        // What comes of it must be what a reset would take.
        let whole = json!({"job_id": job_id, "new_settings": updated});
        let findings = whole.as_object().map(|whole| validate::arguments(Endpoint::Reset, whole));
        let findings = self.heeded(findings.unwrap_or_default());
        if !findings.is_empty() {
            return Err(Refusal::findings(&findings));
        }
        check(&self.with_readable_schedule(&updated))?;
        self.set_settings(job_id, updated, call.endpoint);
        Ok(json!({}))
    }

    /// Removes a job at once. One that is removed already, or that stood behind a submitted run, is none
    /// to remove, which is fine.
    pub(super) fn delete_job(&mut self, call: &Call) -> Result<Value, Refusal> {
        let job_id = job_id(call);
        if self.state.jobs.saved.remove(&job_id).is_some() {
            self.end_schedule(job_id);
            let of_job = Filter { job_id: Some(job_id), ..Filter::default() };
            for run_id in self.state.runs.ids_matching(of_job) {
                if !self.outlives_its_job(run_id) {
                    self.remove_with_job(run_id);
                }
            }
        } else if !self.state.jobs.was_issued(job_id) {
            return Err(Refusal::no_job(job_id));
        }
        Ok(json!({}))
    }

    /// An id for a new job, or for the job of its own that a submitted run has, if there may be one more
    /// within the hour (document, line 333).
    pub(super) fn issue_job(&mut self) -> Result<i64, Refusal> {
        const HOUR_MS: i64 = 60 * 60 * 1000;
        let now_ms = self.timeline.now_ms();
        let creations = &mut self.state.creations;
        while let Some((job_id, created_ms)) = creations.entries().first_key_value()
            && *created_ms <= now_ms - HOUR_MS
        {
            let job_id = *job_id;
            creations.remove(&job_id);
        }
        let (created, limit) = (creations.entries().len(), self.options.limits.creations_per_hour);
        if created >= limit {
            return Err(Refusal::too_many_creations(created, limit));
        }
        let job_id = self.state.jobs.issue();
        self.state.creations.insert(job_id, now_ms);
        Ok(job_id)
    }

    /// Gives a job other settings. Runs keep what they began with, but for the timeout, which holds for
    /// active ones at once (document, line 282).
    fn set_settings(&mut self, job_id: i64, new: Object, endpoint: Endpoint) {
        let Some(job) = self.state.jobs.saved.get_mut(&job_id) else { return };
        let (before_ms, after_ms) =
            (settings::timeout_ms(&job.settings), settings::timeout_ms(&new));
        job.settings = Arc::new(new);
        self.plan_fire(job_id, self.timeline.now_ms());
        if before_ms != after_ms && self.reaches_active_runs(endpoint) {
            let active = Filter { job_id: Some(job_id), active: Some(true), ..Filter::default() };
            for run_id in self.state.runs.ids_matching(active) {
                self.set_timeout(run_id, after_ms);
            }
        }
        // There may be more places than before.
        self.promote(job_id, self.timeline.now_ms());
    }
}

/// Refuses settings for what the tables of the contract cannot say.
fn check(settings: &Object) -> Result<(), Refusal> {
    let tasks = settings.get("tasks").and_then(Value::as_array).map_or(0, Vec::len);
    if tasks > TASKS_MAX {
        return Err(Refusal::too_many_tasks(tasks, TASKS_MAX));
    }
    check_tags(settings)?;
    Schedule::of(settings).map(drop)
}

/// Refuses custom tags on a cluster that takes none.
pub(super) fn check_tags(settings: &Object) -> Result<(), Refusal> {
    let Some(cluster) = settings.get("new_cluster") else { return Ok(()) };
    let is_tagged =
        cluster.get("custom_tags").and_then(Value::as_object).is_some_and(|t| !t.is_empty());
    let node_types =
        ["node_type_id", "driver_node_type_id"].map(|name| cluster.get(name)?.as_str());
    let legacy = node_types.into_iter().flatten().find(|name| LEGACY_NODE_TYPES.contains(name));
    match legacy {
        Some(legacy) if is_tagged => Err(Refusal::tags_on_legacy(legacy)),
        _ => Ok(()),
    }
}

/// The job that a call names; validation demands one.
pub(super) fn job_id(call: &Call) -> i64 {
    call.integer("job_id").unwrap_or(0)
}

/// The settings that a reset or update gives, as far as the contract knows them.
pub(super) fn new_settings(call: &Call) -> Object {
    let sent = call.arguments.get("new_settings").and_then(Value::as_object);
    sent.map_or_else(Object::new, |sent| settings::known(&JOB_SETTINGS, sent))
}

/// A job as jobs/get shows it.
pub(super) fn shown(job_id: i64, job: &Job) -> Value {
    json!({
        "job_id": job_id,
        "creator_user_name": CREATOR,
        "run_as": CREATOR,
        "settings": settings::shown(&job.settings),
        "created_time": job.created_ms,
    })
}
