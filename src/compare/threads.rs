//! Exchanges that are about the same thing, in the order of their occurrence.

use std::collections::{BTreeMap, HashMap};

use super::{alignment::Kind, blank::Names, subject::Subject};
use crate::contract::Thing;

/// What the exchanges of a thread have in common: method, path, and the job and run that they name.
pub(super) type Key = (String, String, Option<String>, Option<String>);

/// The exchanges of a thread, by their indexes; of answers to one question that came again unchanged, the first.
#[derive(Default)]
pub(super) struct Thread {
    pub(super) items: Vec<usize>,
}

/// Sorts the exchanges of a recording into threads. `old_of` tells how the old recording calls a thing.
pub(super) fn threads(
    subjects: &[Subject<'_>],
    old_of: impl Fn(Kind, &str) -> Option<String>,
) -> BTreeMap<Key, Thread> {
    let name = |kind, id: &Option<String>| {
        let id = id.as_ref()?;
        Some(old_of(kind, id).unwrap_or_else(|| format!("new {id}")))
    };
    let mut threads = BTreeMap::<Key, Thread>::new();
    let mut epochs = Epochs::default();
    // What was last answered to a question, and since which writes.
    let mut last = HashMap::<String, (String, u64)>::new();
    for (index, subject) in subjects.iter().enumerate() {
        let method = subject.exchange.request.method.to_string();
        let (job, run) = (name(Kind::Job, &subject.job), name(Kind::Run, &subject.run));
        let key = (method, subject.path.clone(), job, run);
        if subject.is_read() {
            let question = format!("{} {} {}", key.0, subject.path, subject.question());
            let answer = (subject.answer_text(Names::Keep), epochs.of(subject));
            if last.get(&question) == Some(&answer) {
                continue;
            }
            last.insert(question, answer);
        } else {
            epochs.write(subject);
        }
        threads.entry(key).or_default().items.push(index);
    }
    threads
}

/// How many writes there were that may have changed a thing: an answer that is the same behind one is worth
/// a comparison of its own.
#[derive(Default)]
struct Epochs {
    jobs: HashMap<String, u64>,
    runs: HashMap<String, u64>,
    job_of: HashMap<String, String>,
    all: u64,
}

impl Epochs {
    fn write(&mut self, subject: &Subject<'_>) {
        if !subject.is_success() {
            return;
        }
        self.all += 1;
        let Some(endpoint) = subject.endpoint else { return };
        let effect = endpoint.effect();
        let mut touched = effect.makes.iter().chain(effect.changes).chain(effect.removes);
        if let (Some(job), Some(run)) = (&subject.job, subject.made("run_id")) {
            self.job_of.insert(run, job.clone());
        }
        if let Some(run) = &subject.run {
            *self.runs.entry(run.clone()).or_default() += 1;
        }
        // A new run leaves its job, and the other runs of it, as they are.
        let of_job =
            |thing: &Thing| matches!(thing, Thing::Job | Thing::ActiveRuns | Thing::JobRuns);
        if let Some(job) = subject.job.as_ref().filter(|_| touched.any(of_job)) {
            *self.jobs.entry(job.clone()).or_default() += 1;
        }
    }

    fn of(&self, subject: &Subject<'_>) -> u64 {
        let count = |map: &HashMap<String, u64>, id: &String| map.get(id).copied().unwrap_or(0);
        match (&subject.run, &subject.job) {
            (Some(run), _) => {
                let job = self.job_of.get(run).map_or(0, |job| count(&self.jobs, job));
                count(&self.runs, run) + job
            }
            (None, Some(job)) if !subject.is_list() => count(&self.jobs, job),
            _ => self.all,
        }
    }
}
