//! A workspace that is kept in a file: what an answer tells is on the disk before the answer leaves, so that
//! it survives the end of the process in any manner.
//!
//! The file holds jobs, runs, tokens and what else cannot be told from them; `rows` says what is where, and
//! `file` writes it. What only a faulty workspace remembers is forgotten with the process.

mod file;
mod rows;

use std::path::Path;

use serde_json::Value;

use self::file::File;
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
        let kept = Self { workspace, file, failure: None };
        let about = kept.workspace.about()?;
        kept.file.commit(&[about], false)?;
        Ok(kept)
    }

    /// Has something done to the workspace, and returns when what came of it is on the disk.
    fn keep<T>(&mut self, act: impl FnOnce(&mut Workspace) -> T) -> Result<T> {
        let done = act(&mut self.workspace);
        let changes = self.workspace.changes();
        let kept = changes.and_then(|changes| {
            if changes.is_empty() { Ok(()) } else { self.file.commit(&changes, false) }
        });
        self.note(kept).map(|()| done)
    }

    fn note<T>(&mut self, kept: Result<T>) -> Result<T> {
        kept.inspect_err(|error| self.failure = Some(error.to_string()))
    }

    fn failed(reason: &str) -> Reply {
        Response::from(Refusal::not_kept(reason)).into()
    }
}

impl Handler for Kept {
    fn answer(&mut self, request: &Request, now_us: u64) -> Reply {
        if let Some(reason) = &self.failure {
            return Self::failed(reason);
        }
        self.keep(|workspace| workspace.answer(request, now_us))
            .unwrap_or_else(|error| Self::failed(&error.to_string()))
    }
}

impl Desk for Kept {
    fn health(&mut self) -> Result<()> {
        self.failure.as_ref().map_or(Ok(()), |reason| Err(self.file.failed("keep", &**reason)))
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

    fn reset(&mut self) -> Result<()> {
        self.workspace.reset();
        let about = self.workspace.about()?;
        let kept = self.file.commit(&[about], true);
        self.note(kept)
    }

    fn advance(&mut self, ms: u64) -> Result<()> {
        self.keep(|workspace| workspace.advance(ms))??;
        // A manual clock stands where it was put, also where nothing happened on the way.
        let about = self.workspace.about()?;
        let kept = self.file.commit(&[about], false);
        self.note(kept)
    }
}
