//! The state of a workspace as the entries of its file, and back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::file::{Change, Entry, File, Table};
use crate::{
    error::{Kind, Result},
    serve::{
        Ids, Options, Workspace,
        agenda::Retry,
        jobs::Job,
        rows::Rows,
        run::{Run, Stage},
        run_job::Errand,
    },
};

/// What there is of a workspace but its entries.
#[derive(Debug, Serialize, Deserialize)]
struct About {
    ids: Ids,
    now_ms: i64,
    jobs_issued: i64,
    runs_issued: i64,
}

/// The key of the one entry about the workspace.
const ABOUT: &[u8] = b"about";
/// The key of the one entry with what a faulty workspace remembers.
const MEMORY: &[u8] = b"memory";

/// What entries are found by.
trait Key: Sized {
    fn to_bytes(&self) -> Vec<u8>;
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

impl Key for i64 {
    fn to_bytes(&self) -> Vec<u8> {
        self.to_be_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_be_bytes)
    }
}

impl Key for String {
    fn to_bytes(&self) -> Vec<u8> {
        self.clone().into_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Self::from_utf8(bytes.to_vec()).ok()
    }
}

impl Workspace {
    /// What has to be written down so that the file has the workspace as it is; nothing if that would be
    /// the time alone.
    pub(super) fn changes(&self) -> Result<Vec<Change>> {
        let state = &self.state;
        let mut changes = Vec::new();
        collect(&mut changes, Table::Jobs, &state.jobs.saved)?;
        collect(&mut changes, Table::Runs, state.runs.rows())?;
        collect(&mut changes, Table::Tokens, &state.tokens)?;
        collect(&mut changes, Table::Retries, &state.agenda.retries)?;
        collect(&mut changes, Table::Departing, &state.departing)?;
        collect(&mut changes, Table::Creations, &state.creations)?;
        if !changes.is_empty() {
            changes.push(self.about()?);
        }
        Ok(changes)
    }

    /// The entry about the workspace as a whole.
    pub(super) fn about(&self) -> Result<Change> {
        let about = About {
            ids: self.options.ids,
            now_ms: self.timeline.now_ms(),
            jobs_issued: self.state.jobs.issued(),
            runs_issued: self.state.runs.issued(),
        };
        Ok((Table::Workspace, ABOUT.to_vec(), Some(written(&about)?)))
    }

    /// The entry with what it remembers to be wrong about; none where it is not wrong. It is written anew as a
    /// whole, which only a faulty workspace pays for.
    pub(super) fn memory(&self) -> Result<Change> {
        let memory = self.remembered().map(written).transpose()?;
        Ok((Table::Memory, MEMORY.to_vec(), memory))
    }

    /// The workspace that a file has; an empty one if it has none yet.
    pub(super) fn restored(options: Options, file: &File) -> Result<Self> {
        let mut workspace = Self::new(options);
        let about = file.read(Table::Workspace)?.pop();
        let Some((_, about)) = about else { return Ok(workspace) };
        let about: About = serde_json::from_slice(&about).map_err(|e| file.failed("read", e))?;
        if about.ids != workspace.options.ids {
            let mut error = file.failed("serve", "its ids are others than those asked for");
            error = match about.ids {
                Ids::Small => error.hint("serve it with --ids small"),
                Ids::Large { seed } => {
                    error.hint(format!("serve it with --ids large --seed {seed}"))
                }
            };
            return Err(error.of_kind(Kind::Usage));
        }
        workspace.timeline.resume(about.now_ms);
        let state = &mut workspace.state;
        for (job_id, job) in entries::<i64, Job>(file, Table::Jobs)? {
            state.jobs.saved.insert(job_id, job);
        }
        for (_, run) in entries::<i64, Run>(file, Table::Runs)? {
            state.runs.insert(run);
        }
        for (token, run_id) in entries(file, Table::Tokens)? {
            state.tokens.insert(token, run_id);
        }
        for (_, retry) in entries::<i64, Retry>(file, Table::Retries)? {
            state.agenda.plan_retry(retry);
        }
        for (run_id, due_ms) in entries::<i64, i64>(file, Table::Departing)? {
            state.departing.insert(run_id, due_ms);
            state.agenda.plan_step(run_id, Some(due_ms));
        }
        for (job_id, created_ms) in entries(file, Table::Creations)? {
            state.creations.insert(job_id, created_ms);
        }
        state.jobs.resume(about.jobs_issued);
        state.runs.resume(about.runs_issued);
        if let Some((_, memory)) = file.read(Table::Memory)?.pop() {
            workspace.recall(serde_json::from_slice(&memory).map_err(|e| file.failed("read", e))?);
        }
        workspace.plan_anew();
        workspace.state.forget_changes();
        Ok(workspace)
    }

    /// Plans all that follows from jobs and runs as they are.
    fn plan_anew(&mut self) {
        let jobs: Vec<_> = self.state.jobs.saved.entries().keys().copied().collect();
        for job_id in jobs {
            self.plan_fire(job_id, self.timeline.now_ms());
        }
        self.plan_fires_of_deleted();
        let mut latest_attempts = BTreeMap::new();
        let runs: Vec<_> = self.state.runs.rows().entries().values().cloned().collect();
        for run in &runs {
            latest_attempts.insert(run.original_attempt_run_id, run.id);
        }
        for run in runs.into_iter().filter(Run::is_active) {
            let due_ms = self.due_ms(&run);
            self.state.agenda.plan_step(run.id, due_ms);
            match (run.stage, run.other_run_id) {
                (Stage::Queued { .. }, _) => self.state.queues.enter(run.job_id, run.id),
                (Stage::Running { .. }, Some(other_run_id)) => {
                    if let Some(attempt_run_id) = latest_attempts.get(&other_run_id) {
                        let errand = Errand { run_id: run.id, attempt_run_id: *attempt_run_id };
                        self.state.errands.insert(other_run_id, errand);
                    }
                }
                _ => {}
            }
        }
    }
}

fn collect<K: Key + Ord + Clone, V: Serialize>(
    changes: &mut Vec<Change>,
    table: Table,
    rows: &Rows<K, V>,
) -> Result<()> {
    for (key, value) in rows.changes() {
        changes.push((table, key.to_bytes(), value.map(written).transpose()?));
    }
    Ok(())
}

fn entries<K: Key, V: DeserializeOwned>(file: &File, table: Table) -> Result<Vec<(K, V)>> {
    let entry = |(key, value): Entry| {
        let key = K::from_bytes(&key).ok_or_else(|| file.failed("read", "a key is none"))?;
        let value = serde_json::from_slice(&value).map_err(|e| file.failed("read", e))?;
        Ok((key, value))
    };
    file.read(table)?.into_iter().map(entry).collect()
}

fn written<V: Serialize>(value: &V) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|cause| {
        crate::error::Error::new(Kind::Environment, "failed to write the state down").because(cause)
    })
}
