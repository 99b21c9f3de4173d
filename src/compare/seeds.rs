//! What is learned before anything is compared: which job and which run of the one recording is which of the
//! other. Creates are paired by what they ask for, then the starts of runs job by job; what a recording only
//! names has the same id in both, or else is paired in the order of appearance.

use std::collections::{BTreeMap, HashSet};

use super::{
    alignment::{Alignment, Kind},
    pairs,
    subject::Subject,
};
use crate::contract::{Endpoint, Role};

/// Learns from two recordings.
pub(super) fn sow(old: &[Subject<'_>], new: &[Subject<'_>], alignment: &mut Alignment) {
    let jobs = [makers(old, Role::JobId), makers(new, Role::JobId)];
    let [old_jobs, new_jobs] = jobs.each_ref().map(Vec::as_slice);
    pair(old_jobs, new_jobs, Kind::Job, alignment);
    named(Kind::Job, [old, new], [old_jobs, new_jobs], |subject| subject.job.as_ref(), alignment);

    let runs = [makers(old, Role::RunId), makers(new, Role::RunId)];
    let mut by_job = BTreeMap::<Option<String>, [Vec<Made<'_>>; 2]>::new();
    let [old_runs, new_runs] = runs;
    for made in &old_runs {
        by_job.entry(made.by.job.clone()).or_default()[0].push(made.clone());
    }
    for made in &new_runs {
        let job =
            made.by.job.as_ref().map(|job| {
                alignment.old_of(Kind::Job, job).unwrap_or_else(|| format!("new {job}"))
            });
        by_job.entry(job).or_default()[1].push(made.clone());
    }
    for [old, new] in by_job.values() {
        pair(old, new, Kind::Run, alignment);
    }
    let made = [&*old_runs, &*new_runs];
    named(Kind::Run, [old, new], made, |subject| subject.run.as_ref(), alignment);
}

/// An exchange that made something, with the id of that.
#[derive(Clone)]
struct Made<'a> {
    by: &'a Subject<'a>,
    id: String,
}

fn makers<'a>(subjects: &'a [Subject<'a>], role: Role) -> Vec<Made<'a>> {
    let made = |by: &'a Subject<'a>| {
        let name = match (by.endpoint?, role) {
            (Endpoint::Create, Role::JobId) => "job_id",
            (Endpoint::RunNow | Endpoint::RunsSubmit, Role::RunId) => "run_id",
            _ => return None,
        };
        Some(Made { by, id: by.made(name)? })
    };
    subjects.iter().filter_map(made).collect()
}

fn pair(old: &[Made<'_>], new: &[Made<'_>], kind: Kind, alignment: &mut Alignment) {
    let likeness = |a: usize, b: usize| old[a].by.likeness(new[b].by);
    for (one, other) in pairs::best(old.len(), new.len(), likeness) {
        alignment.bind(kind, &old[one].id, &new[other].id);
    }
}

/// Pairs what requests name and no request made.
fn named<'a>(
    kind: Kind,
    [old, new]: [&'a [Subject<'a>]; 2],
    [made_old, made_new]: [&[Made<'_>]; 2],
    name: impl Fn(&'a Subject<'a>) -> Option<&'a String>,
    alignment: &mut Alignment,
) {
    let strangers = |subjects: &'a [Subject<'a>], made: &[Made<'_>]| -> Vec<&'a String> {
        let mut known: HashSet<&str> = made.iter().map(|made| &*made.id).collect();
        subjects.iter().filter_map(&name).filter(|id| known.insert(id)).collect()
    };
    let (old, new) = (strangers(old, made_old), strangers(new, made_new));
    let there: HashSet<_> = new.iter().copied().collect();
    let (same, old): (Vec<_>, Vec<_>) = old.into_iter().partition(|id| there.contains(id));
    let known: HashSet<_> = same.iter().copied().collect();
    let new = new.into_iter().filter(|id| !known.contains(id));
    for id in &same {
        alignment.bind(kind, id, id);
    }
    for (one, other) in old.into_iter().zip(new) {
        alignment.bind(kind, one, other);
    }
}
