//! A history sorted by jobs, runs and tokens: what each request did, and what each answer shows of whom.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::history::{Entry, History, KnownTask};
use crate::{
    contract::{Endpoint, LifeCycleState, ResultState},
    model::Settings,
};

/// For so long at least a server keeps a run, in microseconds: 60 days, but for one of grace.
const KEPT_US: u64 = 59 * 24 * 60 * 60 * 1_000_000;

/// A history, sorted.
pub(super) struct Facts<'h> {
    pub(super) history: &'h History,
    pub(super) jobs: BTreeMap<i64, Job<'h>>,
    pub(super) runs: BTreeMap<i64, Run<'h>>,
    /// Every run-now and submit, in the order of calls.
    pub(super) starts: Vec<&'h Entry>,
    /// Those that carry a token, by the token.
    pub(super) tokens: BTreeMap<&'h str, Vec<&'h Entry>>,
    /// Every jobs/list that was carried out.
    pub(super) job_lists: Vec<&'h Entry>,
    /// Every runs/list that was carried out.
    pub(super) run_lists: Vec<&'h Entry>,
    /// Endpoints that carried something out.
    pub(super) working: BTreeSet<Endpoint>,
}

/// A job.
#[derive(Default)]
pub(super) struct Job<'h> {
    pub(super) id: i64,
    /// The create that made it.
    pub(super) created: Option<&'h Entry>,
    /// All creates that gave its id: more than one where a server gives ids again.
    pub(super) creates: Vec<&'h Entry>,
    /// Every reset, update and delete that may have been carried out, in the order of calls.
    pub(super) writes: Vec<&'h Entry>,
    /// Every reset and update that was refused.
    pub(super) refused: Vec<&'h Entry>,
    /// Every jobs/delete.
    pub(super) deletes: Vec<&'h Entry>,
    /// Every jobs/get.
    pub(super) gets: Vec<&'h Entry>,
    /// Every run-now, whatever came of it.
    pub(super) starts: Vec<&'h Entry>,
    /// Every cancel-all.
    pub(super) cancel_alls: Vec<&'h Entry>,
    /// What jobs/get and jobs/list show of it.
    pub(super) sights: Vec<JobSight<'h>>,
    run_ids: Vec<i64>,
    quiet: Vec<Quiet<'h>>,
}

/// A job as an answer shows it.
#[derive(Clone, Copy)]
pub(super) struct JobSight<'h> {
    pub(super) entry: &'h Entry,
    pub(super) job: &'h Map<String, Value>,
}

/// A time in which nobody writes to a job.
pub(super) struct Quiet<'h> {
    from_us: u64,
    until_us: u64,
    /// The write before it, if it was one alone.
    pub(super) after: Option<&'h Entry>,
    /// What the settings are, if that is known.
    pub(super) settings: Option<Settings>,
    /// Whether the job is removed.
    pub(super) is_removed: bool,
}

/// A run.
#[derive(Default)]
pub(super) struct Run<'h> {
    pub(super) id: i64,
    pub(super) job_id: Option<i64>,
    /// Whether an answer shows of which job it is.
    is_seen_of_job: bool,
    /// Whether it is known that no other request asked for it than the first that answered with it.
    is_of_first: bool,
    /// Every run-now and submit that answered with it, the first answer first.
    pub(super) starts: Vec<&'h Entry>,
    /// Every runs/get.
    pub(super) gets: Vec<&'h Entry>,
    /// Every runs/get-output.
    pub(super) outputs: Vec<&'h Entry>,
    /// Every runs/export.
    pub(super) exports: Vec<&'h Entry>,
    /// Every runs/cancel.
    pub(super) cancels: Vec<&'h Entry>,
    /// Every runs/delete.
    pub(super) deletes: Vec<&'h Entry>,
    /// What answers show of it, in the order of the answers.
    pub(super) sights: Vec<RunSight<'h>>,
}

/// A run as an answer shows it.
#[derive(Clone, Copy)]
pub(super) struct RunSight<'h> {
    pub(super) entry: &'h Entry,
    /// The view that shows it: runs/get, runs/list or runs/get-output.
    pub(super) view: Endpoint,
    pub(super) run: &'h Map<String, Value>,
    pub(super) state: Option<LifeCycleState>,
    pub(super) result: Option<ResultState>,
}

impl<'h> Facts<'h> {
    pub(super) fn new(history: &'h History) -> Self {
        let mut facts = Self {
            history,
            jobs: BTreeMap::new(),
            runs: BTreeMap::new(),
            starts: Vec::new(),
            tokens: BTreeMap::new(),
            job_lists: Vec::new(),
            run_lists: Vec::new(),
            working: BTreeSet::new(),
        };
        for entry in history.entries() {
            facts.note(entry);
        }
        for run in facts.runs.values_mut() {
            run.starts.sort_by_key(|entry| entry.return_us());
            run.sights.sort_by_key(|sight| sight.entry.return_us());
            run.is_of_first =
                run.started().is_some_and(|start| is_first(history, &facts.tokens, start));
        }
        for (id, run) in &facts.runs {
            if let Some(job_id) = run.job_id {
                let job = facts.jobs.entry(job_id);
                job.or_insert_with(|| Job { id: job_id, ..Job::default() }).run_ids.push(*id);
            }
        }
        for job in facts.jobs.values_mut() {
            job.sights.sort_by_key(|sight| sight.entry.return_us());
            job.quiet = quiet(job);
        }
        facts
    }

    fn note(&mut self, entry: &'h Entry) {
        let Some(endpoint) = entry.endpoint() else { return };
        let job_id = entry.integer("job_id");
        let run_id = entry.integer("run_id");
        if entry.done().is_some() {
            self.working.insert(endpoint);
        }
        match endpoint {
            Endpoint::Create => {
                if let Some(id) = id(entry.done(), "job_id") {
                    let job = self.job(id);
                    job.creates.push(entry);
                    job.created.get_or_insert(entry);
                }
            }
            Endpoint::List => self.note_jobs(entry),
            Endpoint::Get => {
                if let Some(id) = job_id {
                    self.job(id).gets.push(entry);
                }
                if let Some(job) = entry.done().and_then(Value::as_object) {
                    self.note_job(entry, job);
                }
            }
            Endpoint::Reset | Endpoint::Update | Endpoint::Delete => {
                let Some(id) = job_id else { return };
                let job = self.job(id);
                if endpoint == Endpoint::Delete {
                    job.deletes.push(entry);
                }
                if entry.may_be_done() {
                    job.writes.push(entry);
                } else if endpoint != Endpoint::Delete {
                    job.refused.push(entry);
                }
            }
            Endpoint::RunNow | Endpoint::RunsSubmit => self.note_start(entry, endpoint, job_id),
            Endpoint::RunsList => {
                let Some(body) = entry.done() else { return };
                let names_job = |arguments: &Map<String, Value>| arguments.contains_key("job_id");
                // Of which job it shows the runs is the server's affair where that is no id.
                if job_id.is_some() || !entry.arguments().is_some_and(names_job) {
                    self.run_lists.push(entry);
                }
                for run in runs(body) {
                    self.note_run(entry, endpoint, run);
                }
            }
            Endpoint::RunsGet => {
                if let Some(id) = run_id {
                    self.run(id).gets.push(entry);
                }
                if let Some(run) = entry.done().and_then(Value::as_object) {
                    self.note_run(entry, endpoint, run);
                }
            }
            Endpoint::RunsGetOutput => {
                if let Some(id) = run_id {
                    self.run(id).outputs.push(entry);
                }
                let metadata = entry.done().and_then(|body| body.get("metadata"));
                if let Some(run) = metadata.and_then(Value::as_object) {
                    self.note_run(entry, endpoint, run);
                }
            }
            Endpoint::RunsExport => {
                if let Some(id) = run_id {
                    self.run(id).exports.push(entry);
                }
            }
            Endpoint::RunsCancel => {
                if let Some(id) = run_id {
                    self.run(id).cancels.push(entry);
                }
            }
            Endpoint::RunsCancelAll => {
                if let Some(id) = job_id {
                    self.job(id).cancel_alls.push(entry);
                }
            }
            Endpoint::RunsDelete => {
                if let Some(id) = run_id {
                    self.run(id).deletes.push(entry);
                }
            }
        }
    }

    fn note_jobs(&mut self, entry: &'h Entry) {
        let Some(body) = entry.done() else { return };
        self.job_lists.push(entry);
        for job in jobs(body) {
            self.note_job(entry, job);
        }
    }

    fn note_job(&mut self, entry: &'h Entry, job: &'h Map<String, Value>) {
        if let Some(id) = job.get("job_id").and_then(Value::as_i64) {
            self.job(id).sights.push(JobSight { entry, job });
        }
    }

    fn note_start(&mut self, entry: &'h Entry, endpoint: Endpoint, job_id: Option<i64>) {
        self.starts.push(entry);
        if let Some(token) = token(entry) {
            self.tokens.entry(token).or_default().push(entry);
        }
        let named = job_id.filter(|_| endpoint == Endpoint::RunNow);
        if let Some(id) = named {
            self.job(id).starts.push(entry);
        }
        if let Some(id) = id(entry.done(), "run_id") {
            let run = self.run(id);
            run.starts.push(entry);
            run.job_id = run.job_id.or(named);
        }
    }

    fn note_run(&mut self, entry: &'h Entry, view: Endpoint, run: &'h Map<String, Value>) {
        let Some(id) = run.get("run_id").and_then(Value::as_i64) else { return };
        let word = |name: &str| run.get("state")?.get(name)?.as_str();
        let sight = RunSight {
            entry,
            view,
            run,
            state: word("life_cycle_state").and_then(LifeCycleState::from_name),
            result: word("result_state").and_then(ResultState::from_name),
        };
        let own = self.run(id);
        // With a token that was sent before, a start gives a run of whatever job that was sent for.
        if let (Some(job_id), false) = (sight.integer("job_id"), own.is_seen_of_job) {
            (own.job_id, own.is_seen_of_job) = (Some(job_id), true);
        }
        own.sights.push(sight);
    }

    fn job(&mut self, id: i64) -> &mut Job<'h> {
        self.jobs.entry(id).or_insert_with(|| Job { id, ..Job::default() })
    }

    fn run(&mut self, id: i64) -> &mut Run<'h> {
        self.runs.entry(id).or_insert_with(|| Run { id, ..Run::default() })
    }

    /// The job that a run belongs to, if it is one that somebody saved.
    pub(super) fn job_of(&self, run: &Run<'_>) -> Option<&Job<'h>> {
        self.jobs.get(&run.job_id?)
    }

    /// What the settings of a run's job were when the run was started, if that is known: of a job that is not
    /// the judge's own, somebody else may have changed them.
    pub(super) fn settings_of(&self, run: &Run<'h>) -> Option<&Settings> {
        let start = run.first_start().filter(|_| self.history.is_own())?;
        let job = self.jobs.get(&start.integer("job_id")?)?;
        job.quiet_at(start)?.settings.as_ref()
    }

    /// What was asked of a run with its start: a setting of its job, or an argument of its submit.
    pub(super) fn asked_of(&self, run: &Run<'h>, name: &str) -> Option<&Value> {
        let start = run.first_start()?;
        match start.endpoint()? {
            Endpoint::RunsSubmit => start.arguments()?.get(name),
            _ => self.settings_of(run)?.value(name),
        }
    }

    /// The task of a run, if it is known how that ends.
    pub(super) fn known_task(&self, run: &Run<'h>) -> Option<&'h KnownTask> {
        self.history.surroundings.tasks.iter().find(|known| {
            known.task.iter().all(|(name, task)| {
                self.asked_of(run, name).is_some_and(|asked| holds_all(asked, task))
            })
        })
    }

    /// The runs of a job, in the order of their ids.
    pub(super) fn runs_of(&self, job: &Job<'h>) -> impl Iterator<Item = &Run<'h>> {
        job.run_ids.iter().filter_map(|id| self.runs.get(id))
    }
}

impl<'h> Job<'h> {
    /// The time without writes within which an exchange lies, from its call to its answer.
    pub(super) fn quiet_at(&self, entry: &Entry) -> Option<&Quiet<'h>> {
        let index = self.quiet.partition_point(|quiet| quiet.from_us < entry.call_us());
        let quiet = self.quiet.get(index.checked_sub(1)?)?;
        (entry.return_us() < quiet.until_us).then_some(quiet)
    }

    /// Whether it is there while an exchange lasts: made before it, and no delete was called that could
    /// have removed it.
    pub(super) fn is_there_at(&self, entry: &Entry) -> bool {
        let made = self.created.is_some_and(|created| created.is_before(entry));
        made && !self.may_be_removed_at(entry)
    }

    /// Whether a create gave its id, after one exchange and before the end of another.
    pub(super) fn is_made_between(&self, first: &Entry, last: &Entry) -> bool {
        let made =
            |create: &&&Entry| !create.is_before(first) && create.call_us() < last.return_us();
        self.creates.iter().find(made).is_some()
    }

    /// Whether a delete was called before the end of an exchange, and may have been carried out.
    pub(super) fn may_be_removed_at(&self, entry: &Entry) -> bool {
        self.deletes
            .iter()
            .any(|delete| delete.may_be_done() && delete.call_us() <= entry.return_us())
    }
}

impl Quiet<'_> {
    /// Whether an exchange lies within it, from its call to its answer.
    pub(super) fn holds(&self, entry: &Entry) -> bool {
        self.from_us < entry.call_us() && entry.return_us() < self.until_us
    }
}

impl<'h> Run<'h> {
    /// The exchange that started it.
    pub(super) fn started(&self) -> Option<&'h Entry> {
        self.starts.first().copied()
    }

    /// The same, if it is certain that what it asked for is what the run is of.
    pub(super) fn first_start(&self) -> Option<&'h Entry> {
        self.started().filter(|_| self.is_of_first)
    }

    /// The endpoint that started it.
    pub(super) fn started_by(&self) -> Option<Endpoint> {
        self.started().and_then(Entry::endpoint)
    }

    /// The first sight of it as ended.
    pub(super) fn ended(&self) -> Option<&RunSight<'h>> {
        self.sights.iter().find(|sight| sight.is_terminal())
    }

    /// The first sight of it as ended, if that came before an exchange.
    pub(super) fn ended_before(&self, entry: &Entry) -> Option<&RunSight<'h>> {
        self.ended().filter(|sight| sight.entry.is_before(entry))
    }

    /// The last sight of it before an exchange.
    pub(super) fn last_before(&self, entry: &Entry) -> Option<&RunSight<'h>> {
        self.sights.iter().rev().find(|sight| sight.entry.is_before(entry))
    }

    /// The first sight of it after an exchange.
    pub(super) fn first_after(&self, entry: &Entry) -> Option<&RunSight<'h>> {
        self.sights
            .iter()
            .filter(|sight| entry.return_us() < sight.entry.call_us())
            .min_by_key(|sight| sight.entry.call_us())
    }

    /// Every sight of it after an exchange.
    pub(super) fn all_after(&self, entry: &Entry) -> impl Iterator<Item = &RunSight<'h>> {
        let from_us = entry.return_us();
        self.sights.iter().filter(move |sight| from_us < sight.entry.call_us())
    }

    /// Two sights of it as active, one before an exchange and one after it.
    pub(super) fn active_around(&self, entry: &Entry) -> Option<[&RunSight<'h>; 2]> {
        let before = self.last_before(entry).filter(|sight| sight.is_active())?;
        let after = self.all_after(entry).find(|sight| sight.is_active())?;
        Some([before, after])
    }

    /// The cancels of it that were carried out, and the cancel-alls of its job.
    pub(super) fn cancelled(&self, job: Option<&Job<'h>>) -> Vec<&'h Entry> {
        let all = job.map(|job| &*job.cancel_alls).unwrap_or_default();
        self.cancels.iter().chain(all).copied().filter(|cancel| cancel.may_be_done()).collect()
    }

    /// The delete of it, or of its job, that was carried out before an exchange was called.
    pub(super) fn removed_before(&self, entry: &Entry) -> Option<&'h Entry> {
        self.deletes
            .iter()
            .copied()
            .find(|delete| delete.done().is_some() && delete.is_before(entry))
    }

    /// Whether somebody may have removed it, or its job, before the end of an exchange; after two months, the
    /// server.
    pub(super) fn may_be_removed_at(&self, job: Option<&Job<'h>>, entry: &Entry) -> bool {
        let of_run = self
            .deletes
            .iter()
            .any(|delete| delete.may_be_done() && delete.call_us() <= entry.return_us());
        of_run
            || self.may_be_forgotten_at(entry)
            || job.is_some_and(|job| job.may_be_removed_at(entry))
    }

    /// Whether it was started so long before the end of an exchange that a server need not know it any more.
    pub(super) fn may_be_forgotten_at(&self, entry: &Entry) -> bool {
        let seen = self.sights.first().map(|sight| sight.entry);
        let known_us = self.started().into_iter().chain(seen).map(Entry::call_us).min();
        known_us.is_some_and(|known_us| entry.return_us().saturating_sub(known_us) >= KEPT_US)
    }
}

impl RunSight<'_> {
    pub(super) fn is_terminal(&self) -> bool {
        self.state.is_some_and(LifeCycleState::is_terminal)
    }

    pub(super) fn is_active(&self) -> bool {
        self.state.is_some_and(|state| !state.is_terminal())
    }

    pub(super) fn integer(&self, name: &str) -> Option<i64> {
        self.run.get(name)?.as_i64()
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.run.get(name)?.as_str()
    }

    /// The state in words: `TERMINATED SUCCESS`.
    pub(super) fn words(&self) -> String {
        let state = self.state.map_or("no known state", LifeCycleState::name);
        match self.result {
            Some(result) => format!("{state} {}", result.name()),
            None => state.to_owned(),
        }
    }
}

/// The idempotency token of a start; an empty one is none.
pub(super) fn token(entry: &Entry) -> Option<&str> {
    entry.text("idempotency_token").filter(|token| !token.is_empty())
}

/// The jobs that a jobs/list shows.
pub(super) fn jobs(body: &Value) -> impl Iterator<Item = &Map<String, Value>> {
    body.get("jobs").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

/// The runs that a runs/list shows.
pub(super) fn runs(body: &Value) -> impl Iterator<Item = &Map<String, Value>> {
    body.get("runs").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

/// Whether a value holds all of another: objects at least its fields, all else the same.
pub(super) fn holds_all(value: &Value, part: &Value) -> bool {
    match (value, part) {
        (Value::Object(value), Value::Object(part)) => part
            .iter()
            .all(|(name, part)| value.get(name).is_some_and(|value| holds_all(value, part))),
        _ => value == part,
    }
}

/// Whether a start is for certain the one that asked for the run that it gives: it has no token, or one that
/// nobody can have sent before.
fn is_first<'h>(
    history: &History,
    tokens: &BTreeMap<&'h str, Vec<&'h Entry>>,
    start: &'h Entry,
) -> bool {
    let Some(sent) = token(start).and_then(|token| tokens.get(token)) else { return true };
    let later = |other: &Entry| other.index == start.index || start.is_before(other);
    history.is_own() && sent.iter().all(|other| later(other) || !other.may_be_done())
}

fn id(body: Option<&Value>, name: &str) -> Option<i64> {
    body?.get(name)?.as_i64()
}

/// The times in which nobody writes to a job.
fn quiet<'h>(job: &Job<'h>) -> Vec<Quiet<'h>> {
    let Some(created) = job.created else { return Vec::new() };
    let sent = created.arguments().cloned().unwrap_or_default();
    let mut settings = Some(Settings::created(&sent));
    let mut is_removed = false;
    // A write of which nobody knows whether and when it takes effect leaves nothing known.
    let mut is_lost = false;
    let mut found = vec![Quiet {
        from_us: created.return_us(),
        until_us: u64::MAX,
        after: Some(created),
        settings: settings.clone(),
        is_removed,
    }];
    let mut writes = job.writes.iter().copied().peekable();
    while let Some(write) = writes.next() {
        if let Some(last) = found.last_mut() {
            last.until_us = last.until_us.min(write.call_us());
        }
        let mut end_us = write.return_us();
        is_lost |= write.done().is_none();
        let mut alone = Some(write);
        // What overlaps took effect in an order that nobody knows.
        while let Some(next) = writes.next_if(|next| next.call_us() <= end_us) {
            end_us = end_us.max(next.return_us());
            is_lost |= next.done().is_none();
            is_removed |= next.endpoint() == Some(Endpoint::Delete) && next.done().is_some();
            alone = None;
        }
        is_removed |= write.endpoint() == Some(Endpoint::Delete) && write.done().is_some();
        let alone = alone.filter(|_| !is_lost);
        settings = alone.and_then(|write| applied(write, settings));
        let settings = settings.clone();
        found.push(Quiet {
            from_us: end_us,
            until_us: u64::MAX,
            after: alone,
            settings,
            is_removed,
        });
    }
    found
}

/// The settings after a write, given those before it.
fn applied(write: &Entry, before: Option<Settings>) -> Option<Settings> {
    let none = Map::new();
    let arguments = write.arguments()?;
    let new = arguments.get("new_settings").and_then(Value::as_object).unwrap_or(&none);
    match write.endpoint()? {
        Endpoint::Reset => {
            let mut settings = before.unwrap_or_else(|| Settings::created(&none));
            settings.reset(new);
            Some(settings)
        }
        Endpoint::Update => {
            let mut settings = before?;
            let removed = arguments.get("fields_to_remove").and_then(Value::as_array);
            let removed: Vec<_> = removed.into_iter().flatten().filter_map(Value::as_str).collect();
            settings.update(new, &removed);
            Some(settings)
        }
        _ => before,
    }
}
