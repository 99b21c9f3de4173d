//! What exchanges are about: jobs, runs, tokens and lists.

use foldhash::HashMap;

use super::question::Question;
use crate::contract;

/// A thing with an identity. The life of a job or run is apart from its state: a write that only needs a
/// job to be there reads its life.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Thing {
    Job(i64),
    JobLife(i64),
    Run(i64),
    RunLife(i64),
    Token(String),
    JobList,
    /// The runs of all jobs.
    RunList,
    RunListOf(i64),
}

/// The number of a thing on one tape.
pub(super) type ThingId = u32;

/// Numbers for things.
#[derive(Debug, Default)]
pub(super) struct Things {
    ids: HashMap<Thing, ThingId>,
}

impl Things {
    /// The number of a thing, which is new if it has none.
    pub(super) fn id(&mut self, thing: Thing) -> ThingId {
        // Each takes many bytes of a cassette, so there are never 2^32 of them.
        let new = ThingId::try_from(self.ids.len()).unwrap_or(ThingId::MAX);
        *self.ids.entry(thing).or_insert(new)
    }

    /// The number of a thing that the tape knows.
    pub(super) fn find(&self, thing: &Thing) -> Option<ThingId> {
        self.ids.get(thing).copied()
    }

    /// Whether the tape knows it.
    pub(super) fn knows(&self, thing: &Thing) -> bool {
        self.ids.contains_key(thing)
    }

    /// All that the tape knows, with their numbers.
    pub(super) fn known(&self) -> impl Iterator<Item = (&Thing, ThingId)> {
        self.ids.iter().map(|(thing, id)| (thing, *id))
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }
}

/// The things whose state the answer to a question depends on. They follow from the question alone.
pub(super) fn reads(question: &Question, things: &mut Things) -> Vec<ThingId> {
    let Some(endpoint) = question.endpoint else { return Vec::new() };
    let (job, run) = (question.integer("job_id"), question.integer("run_id"));
    let effect = endpoint.effect();
    let read = effect.reads.iter().filter_map(|thing| match thing {
        contract::Thing::Job => job.map(Thing::Job),
        contract::Thing::Run => run.map(Thing::Run),
        contract::Thing::Token => question.token().map(|token| Thing::Token(token.to_owned())),
        contract::Thing::JobList => Some(Thing::JobList),
        contract::Thing::RunList => Some(job.map_or(Thing::RunList, Thing::RunListOf)),
        contract::Thing::ActiveRuns | contract::Thing::JobRuns => None,
    });
    let needed = effect.needs.iter().filter_map(|thing| match thing {
        contract::Thing::Job => job.map(Thing::JobLife),
        contract::Thing::Run => run.map(Thing::RunLife),
        _ => None,
    });
    read.chain(needed).map(|thing| things.id(thing)).collect()
}

/// The job whose runs a success changes together, if it does.
pub(super) fn job_of_changed_runs(question: &Question) -> Option<i64> {
    let effect = question.endpoint?.effect();
    let settings = question.arguments.get("new_settings");
    let is_timed = settings.is_some_and(|settings| settings.get("timeout_seconds").is_some());
    let timed = if is_timed { effect.changes_with_timeout } else { &[] };
    let mut changed = effect.changes.iter().chain(effect.removes).chain(timed);
    let all = [contract::Thing::ActiveRuns, contract::Thing::JobRuns];
    changed.any(|thing| all.contains(thing)).then(|| question.integer("job_id"))?
}
