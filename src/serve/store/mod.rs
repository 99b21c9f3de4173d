//! A workspace that is kept in a file: what an answer tells is on the disk before the answer leaves, so that
//! it survives the end of the process in any manner.
//!
//! The file holds jobs, runs, tokens and what else cannot be told from them, and what a faulty workspace remembers to
//! be wrong about; `rows` says what is where, and `file` writes it.

mod file;
mod rows;

use std::path::Path;

use serde_json::Value;

use self::file::{Change, File};
use super::{Options, Workspace, refusal::Refusal};
use crate::{
    admin::{Desk, Metrics},
    error::Result,
    exchange::{Handler, Reply, Request, Response},
};

/// A workspace that is kept in a file.
pub struct Kept {
    workspace: Workspace,
    file: File,
    /// The entry with what a faulty workspace remembers, as it was written last.
    memory: Option<Change>,
    /// Why it can be kept no longer. Its answers would be forgotten, so it gives none any more.
    failure: Option<String>,
}

impl Kept {
    /// The workspace in a file, which is made if there is none.
    ///
    /// # Errors
    ///
    /// The file is held by another process, of a newer version, or none of a workspace, or its ids are of
    /// another kind or seed than the options say.
    pub fn open(path: &Path, options: Options) -> Result<Self> {
        let file = File::open(path)?;
        let workspace = Workspace::restored(options, &file)?;
        let mut kept = Self { workspace, file, memory: None, failure: None };
        let about = kept.workspace.about()?;
        kept.commit(vec![about], false)?;
        Ok(kept)
    }

    /// Has something done to the workspace, and returns when what came of it is on the disk.
    fn keep<T>(&mut self, act: impl FnOnce(&mut Workspace) -> T) -> Result<T> {
        self.health()?;
        let done = act(&mut self.workspace);
        let changes = self.workspace.changes()?;
        self.commit(changes, false)?;
        Ok(done)
    }

    /// Writes these changes, and what is remembered if that has changed.
    fn commit(&mut self, mut changes: Vec<Change>, anew: bool) -> Result<()> {
        let memory =
            Some(self.workspace.memory()?).filter(|now| anew || self.memory.as_ref() != Some(now));
        changes.extend(memory.clone());
        if changes.is_empty() {
            return Ok(());
        }
        let kept = self.file.commit(&changes, anew);
        self.failure = kept.as_ref().err().map(ToString::to_string);
        if memory.is_some() {
            self.memory = memory;
        }
        kept
    }
}

impl Handler for Kept {
    fn answer(&mut self, request: &Request, now_us: u64) -> Reply {
        let kept = self.keep(|workspace| workspace.answer(request, now_us));
        kept.unwrap_or_else(|error| Response::from(Refusal::not_kept(&error)).into())
    }
}

impl Desk for Kept {
    fn health(&mut self) -> Result<()> {
        self.failure
            .as_ref()
            .map_or(Ok(()), |reason| Err(self.file.failed("go on with", &**reason)))
    }

    fn status(&mut self, now_us: u64) -> Value {
        let status = |workspace: &mut Workspace| Desk::status(workspace, now_us);
        // Health tells when it cannot be kept.
        self.keep(status).unwrap_or_else(|_| self.workspace.status())
    }

    fn metrics(&mut self, now_us: u64) -> Metrics {
        let metrics = |workspace: &mut Workspace| Desk::metrics(workspace, now_us);
        self.keep(metrics).unwrap_or_else(|_| Metrics::of("serve"))
    }

    fn show(&mut self, request: &Request, now_us: u64) -> Option<Response> {
        let show = |workspace: &mut Workspace| Desk::show(workspace, request, now_us);
        self.keep(show).unwrap_or_else(|error| Some(Refusal::not_kept(&error).into()))
    }

    /// Makes good what could not be kept.
    fn reset(&mut self) -> Result<()> {
        self.workspace.reset();
        let about = self.workspace.about()?;
        self.commit(vec![about], true)
    }

    fn advance(&mut self, ms: u64) -> Result<()> {
        self.health()?;
        let advanced = self.workspace.advance(ms);
        let mut changes = self.workspace.changes()?;
        if changes.is_empty() {
            // The clock stands where it was put, also where nothing happened on the way.
            changes.push(self.workspace.about()?);
        }
        self.commit(changes, false)?;
        // What happened on the way is kept also where it stopped.
        advanced
    }
}
