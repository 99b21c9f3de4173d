//! What a check made is removed again: at its end, after an interrupt, and from the journal after a kill.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    bench::Bench,
    program::{Form, Until},
    session::{Going, Session, Stop, object},
};
use crate::{
    contract::Endpoint,
    error::{Error, Kind, Result},
};

/// The longest line of a journal that is read.
const LINE_BYTES_MAX: u64 = 64 * 1024;
/// How many runs a list is asked for, to find those that were submitted.
const PAGE: i64 = 100;
/// How many pages are looked through.
const PAGES_MAX: i64 = 50;

/// What is made, written down before it is made. One JSON object a line.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    path: PathBuf,
}

/// One line of a journal.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line {
    /// What the names of all things start with that are made, and where.
    Start {
        target: String,
        prefix: String,
    },
    /// Something of this name may come into being.
    IntendJob(String),
    IntendRun(String),
    MadeJob(i64),
    MadeRun(i64),
    RemovedJob(i64),
    RemovedRun(i64),
}

impl Journal {
    /// A new journal; the file must not be there.
    pub(super) fn create(path: &Path, target: &str, prefix: &str) -> Result<Self> {
        let file = File::create_new(path).map_err(|cause| unwritable(path).because(cause))?;
        let mut journal = Self { file, path: path.to_owned() };
        let (target, prefix) = (target.to_owned(), prefix.to_owned());
        journal.write(&Line::Start { target, prefix })?;
        Ok(journal)
    }

    pub(super) fn intend(&mut self, endpoint: Endpoint, name: &str) -> Result<()> {
        let name = name.to_owned();
        self.write(&match endpoint {
            Endpoint::RunsSubmit => Line::IntendRun(name),
            _ => Line::IntendJob(name),
        })
    }

    pub(super) fn note(&mut self, endpoint: Endpoint, id: i64) -> Result<()> {
        self.write(&match endpoint {
            Endpoint::Create => Line::MadeJob(id),
            Endpoint::RunsSubmit => Line::MadeRun(id),
            Endpoint::Delete => Line::RemovedJob(id),
            _ => Line::RemovedRun(id),
        })
    }

    /// Takes the file away: there is nothing left to remove.
    pub(super) fn close(self) -> Result<()> {
        fs::remove_file(&self.path).map_err(|cause| unwritable(&self.path).because(cause))
    }

    fn write(&mut self, line: &Line) -> Result<()> {
        let mut text =
            serde_json::to_string(line).map_err(|cause| unwritable(&self.path).because(cause))?;
        text.push('\n');
        // A process that is killed leaves what it wrote to the system, which is all that is asked.
        self.file.write_all(text.as_bytes()).map_err(|cause| unwritable(&self.path).because(cause))
    }
}

fn unwritable(path: &Path) -> Error {
    Error::new(Kind::Environment, format!("failed to write the journal `{}`", path.display())).hint(
        "the journal is what a check is cleaned up by after a kill; it needs a place to stand",
    )
}

/// What a journal says is left of a check.
#[derive(Debug, Default, PartialEq)]
pub struct Leftovers {
    /// The target that was checked.
    pub target: String,
    /// What the names of all things start with that the check made.
    pub prefix: String,
    jobs: BTreeSet<i64>,
    runs: BTreeSet<i64>,
}

impl Leftovers {
    /// Reads a journal. A last line that was cut off is left out.
    pub fn read(path: &Path) -> Result<Self> {
        let failed = |cause: Box<dyn std::error::Error + Send + Sync>| {
            let doing = format!("failed to read the journal `{}`", path.display());
            Error::new(Kind::Usage, doing).because(cause)
        };
        let file = File::open(path).map_err(|cause| failed(cause.into()))?;
        let mut left = Self::default();
        let mut reader = BufReader::new(file);
        loop {
            let mut line = Vec::new();
            let mut limited = io::Read::take(&mut reader, LINE_BYTES_MAX);
            let read = limited.read_until(b'\n', &mut line).map_err(|c| failed(c.into()))?;
            if read == 0 || line.last() != Some(&b'\n') {
                break;
            }
            let line: Line = serde_json::from_slice(&line).map_err(|c| failed(c.into()))?;
            left.take(line);
        }
        if left.prefix.is_empty() {
            return Err(failed("it is the journal of no check".into()));
        }
        Ok(left)
    }

    fn take(&mut self, line: Line) {
        match line {
            Line::Start { target, prefix } => (self.target, self.prefix) = (target, prefix),
            // What was intended is found by its name.
            Line::IntendJob(_) | Line::IntendRun(_) => {}
            Line::MadeJob(id) => drop(self.jobs.insert(id)),
            Line::MadeRun(id) => drop(self.runs.insert(id)),
            Line::RemovedJob(id) => drop(self.jobs.remove(&id)),
            Line::RemovedRun(id) => drop(self.runs.remove(&id)),
        }
    }
}

/// Finds what a check left behind, and adds it to what is to be removed. Gives what the journal names and the
/// target has under another name: ids begin anew when a server does, and then it is somebody else's.
pub(super) fn find_lost(session: &mut Session<'_, '_>, left: &Leftovers) -> Going<Vec<String>> {
    session.bench.terms.prefix.clone_from(&left.prefix);
    session.bench.is_lost = true;
    find_named(session)?;
    let mut strange = Vec::new();
    let jobs = left.jobs.iter().map(|id| (Made::Job, *id));
    for (kind, id) in jobs.chain(left.runs.iter().map(|id| (Made::Run, *id))) {
        if kind.list(session.bench).contains(&id) {
            continue;
        }
        let get = match kind {
            Made::Job => session.get(id)?,
            Made::Run => session.get_run(id)?,
        };
        if session.entry(get).is_refused() {
            continue;
        }
        let body = session.body(get);
        let name = kind.name_of(&body);
        if name.starts_with(&left.prefix) {
            kind.list(session.bench).insert(id);
        } else {
            strange.push(format!("{} {id} by the name of `{name}`", kind.word()));
        }
    }
    Ok(strange)
}

/// What a check makes.
#[derive(Clone, Copy, PartialEq)]
enum Made {
    Job,
    Run,
}

impl Made {
    fn word(self) -> &'static str {
        match self {
            Self::Job => "job",
            Self::Run => "run",
        }
    }

    /// What a list of them is called.
    fn plural(self) -> &'static str {
        match self {
            Self::Job => "jobs",
            Self::Run => "runs",
        }
    }

    /// What its id is called.
    fn id(self) -> &'static str {
        match self {
            Self::Job => "job_id",
            Self::Run => "run_id",
        }
    }

    /// Its name, by what a get or a list shows of it.
    fn name_of(self, shown: &Value) -> &str {
        let pointer = match self {
            Self::Job => "/settings/name",
            Self::Run => "/run_name",
        };
        shown.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    fn list<'b>(self, bench: &'b mut Bench<'_>) -> &'b mut BTreeSet<i64> {
        match self {
            Self::Job => &mut bench.jobs,
            Self::Run => &mut bench.runs,
        }
    }
}

/// Finds what bears the name of this check, and adds it to what is to be removed: an answer that was lost
/// leaves something behind of which nobody knows the id.
fn find_named(session: &mut Session<'_, '_>) -> Going<()> {
    let list = session.call(Endpoint::List, json!({}))?;
    let mut all_shown = session.is_done(list);
    take_named(session, Made::Job, &session.body(list));
    for page in 0..PAGES_MAX {
        let asked = json!({"run_type": "SUBMIT_RUN", "limit": PAGE, "offset": page * PAGE});
        let list = session.call(Endpoint::RunsList, asked)?;
        all_shown &= session.is_done(list);
        let body = session.body(list);
        take_named(session, Made::Run, &body);
        if body.get("has_more").and_then(Value::as_bool) != Some(true) {
            break;
        }
    }
    if all_shown {
        session.bench.is_lost = false;
    }
    Ok(())
}

/// Adds to what is to be removed what a list shows under the name of this check. Runs of its jobs, which some
/// servers list among those that were submitted, are gone with these.
fn take_named(session: &mut Session<'_, '_>, kind: Made, list: &Value) {
    let Bench { terms, all_jobs, .. } = &*session.bench;
    let prefix = &terms.prefix;
    let shown = list.get(kind.plural()).and_then(Value::as_array).into_iter().flatten();
    let job = |one: &Value| one.get("job_id").and_then(Value::as_i64);
    let own = shown.filter(|one| {
        let is_of_job = kind == Made::Run && job(one).is_some_and(|id| all_jobs.contains(&id));
        !is_of_job && kind.name_of(one).starts_with(&**prefix)
    });
    let ids: Vec<i64> = own.filter_map(|one| one.get(kind.id())?.as_i64()).collect();
    kind.list(session.bench).extend(ids);
}

/// Removes the jobs and submitted runs that were made. What cannot be removed stays listed.
///
/// Somebody who wants the check to end does not want it to leave things behind: only who asks a second time
/// ends this as well.
pub(super) fn remove_all(session: &mut Session<'_, '_>) -> Going<()> {
    remove(session, session.bench.is_lost)
}

/// `by_name` also what nobody was told the id of.
fn remove(session: &mut Session<'_, '_>, by_name: bool) -> Going<()> {
    session.bench.common().purse.is_cleaning = true;
    let removed = remove_all_the_same(session, by_name);
    session.bench.common().purse.is_cleaning = false;
    removed
}

/// Also where somebody wants the check to end.
fn remove_all_the_same(session: &mut Session<'_, '_>, by_name: bool) -> Going<()> {
    let mut is_interrupted = false;
    loop {
        if session.bench.target.is_interrupted() {
            is_interrupted = true;
            session.bench.target.resume();
        }
        match remove_each(session, by_name) {
            Ok(()) if is_interrupted => return Err(Stop::Interrupted),
            // Whoever interrupts the check wants it cleaned up; whoever does so twice does not.
            Err(Stop::Interrupted) if !is_interrupted => {}
            done => return done,
        }
    }
}

fn remove_each(session: &mut Session<'_, '_>, by_name: bool) -> Going<()> {
    session.next_case();
    if by_name {
        find_named(session)?;
    }
    for id in session.bench.jobs.clone() {
        remove_job(session, id)?;
    }
    let runs: Vec<i64> = session.bench.runs.iter().copied().collect();
    let forms =
        |endpoint: Endpoint, run_id: i64| Form::new(endpoint, object(json!({"run_id": run_id})));
    for id in &runs {
        session.send(forms(Endpoint::RunsCancel, *id))?;
    }
    if session.bench.missing.has(Endpoint::RunsDelete) {
        return Ok(());
    }
    let patience = session.profile().deadlines().cancel;
    let patience_us = u64::try_from(patience.as_micros()).unwrap_or(u64::MAX);
    let end_us = session.bench.target.now_us().saturating_add(patience_us);
    for id in runs {
        let left_us = end_us.saturating_sub(session.bench.target.now_us());
        session.poll(id, Until::Ended, Duration::from_micros(left_us))?;
        let index = session.send(forms(Endpoint::RunsDelete, id))?;
        // One that is active still is refused as well: then it is there.
        if session.entry(index).is_refused() {
            let get = session.get_run(id)?;
            if session.entry(get).is_refused() {
                session.bench.runs.remove(&id);
            }
        }
    }
    Ok(())
}

/// Removes a job. It stays listed unless it is known to be gone.
pub(super) fn remove_job(session: &mut Session<'_, '_>, id: i64) -> Going<()> {
    let index = session.call(Endpoint::Delete, json!({"job_id": id}))?;
    // A delete of a job that is gone may be refused: that is as good.
    if session.entry(index).is_refused() {
        let get = session.get(id)?;
        if session.entry(get).is_refused() {
            session.bench.jobs.remove(&id);
        }
    }
    Ok(())
}

/// At the end of a check: removes what was made, and what a server made of a request that it refused. Whatever
/// becomes of it: a target that is gone keeps what it has.
pub(super) fn try_remove_all(session: &mut Session<'_, '_>) -> Option<Error> {
    match remove(session, true) {
        Ok(()) | Err(Stop::Interrupted | Stop::Unusable(_) | Stop::Spent(_)) => None,
        Err(Stop::Gone(error) | Stop::Journal(error)) => Some(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_tells_what_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("check.journal");
        let mut journal = Journal::create(&path, "http://a", "jobdeck-1").unwrap();
        journal.intend(Endpoint::Create, "jobdeck-1-a").unwrap();
        journal.note(Endpoint::Create, 7).unwrap();
        journal.note(Endpoint::Create, 8).unwrap();
        journal.note(Endpoint::RunsSubmit, 9).unwrap();
        journal.note(Endpoint::Delete, 7).unwrap();
        // A kill in the middle of a line.
        journal.file.write_all(b"{\"made-job\":1").unwrap();
        let left = Leftovers::read(&path).unwrap();
        assert_eq!((&*left.target, &*left.prefix), ("http://a", "jobdeck-1"));
        assert_eq!((left.jobs, left.runs), (BTreeSet::from([8]), BTreeSet::from([9])));
        assert!(Journal::create(&path, "http://a", "jobdeck-2").is_err(), "an older one is kept");
        journal.close().unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn what_is_no_journal_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nothing");
        assert!(Leftovers::read(&path).is_err());
        fs::write(&path, "{\"jobdeck\": 1}\n").unwrap();
        assert!(Leftovers::read(&path).is_err());
        fs::write(&path, "").unwrap();
        assert!(Leftovers::read(&path).unwrap_err().to_string().contains("of no check"));
    }
}
