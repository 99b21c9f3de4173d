//! Probes at the same time, each by one of several workers, for targets that are slow to answer.
//!
//! A worker has a connection and a history of its own, and shares the clock, the journal, what there is to spend
//! and the numbers of cases with all others. What they did becomes one history, in the order of calls, in which
//! the oracles see what overlapped.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use super::{
    bench::{Bench, Terms},
    missing::Missing,
    outcome::End,
    probes::{Aim, Probe},
    program::Done,
    runner::{Ended, Options, Progress},
    session::Session,
    target::Target,
};
use crate::oracle::{Entry, History, KnownTask};

/// How often is looked whether somebody wants the check to end.
const LOOK: Duration = Duration::from_millis(50);

/// What a worker did.
struct Work {
    ended: Ended,
    history: History,
    done: Vec<Done>,
    inconclusive: Vec<(&'static str, String)>,
    jobs: BTreeSet<i64>,
    all_jobs: BTreeSet<i64>,
    runs: BTreeSet<i64>,
    is_lost: bool,
    is_relayed: bool,
    missing: Missing,
}

/// Runs probes by as many workers as the options say, and adds what they did to a session.
pub(super) fn run(
    session: &mut Session<'_, '_>,
    options: &Options,
    chosen: &[&'static Probe],
    watch: &mut dyn FnMut(Progress<'_>),
) -> Ended {
    let open = Mutex::new(chosen.iter().copied().collect::<VecDeque<_>>());
    let next = || open.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let is_over = AtomicBool::new(false);
    let (mut works, mut all) = (Vec::new(), Ended::default());
    thread::scope(|scope| {
        let (sender, finished) = mpsc::channel();
        for _ in 0..options.workers {
            let target = match session.bench.target.beside() {
                Some(Ok(target)) => target,
                Some(Err(error)) => {
                    is_over.store(true, Ordering::Relaxed);
                    all.end.get_or_insert(End::Failed(error));
                    break;
                }
                None => break,
            };
            let (sender, terms) = (sender.clone(), session.bench.terms.clone());
            let (next, is_over) = (&next, &is_over);
            scope.spawn(move || {
                // Nobody is left to be told where the check has ended by a fault of its own.
                let _ = sender.send(work(target, terms, options, next, is_over));
            });
        }
        drop(sender);
        loop {
            match finished.recv_timeout(LOOK) {
                Ok(work) => works.push(work),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            // Who is interrupted is known to the workers by the target.
            session.bench.target.is_interrupted();
            let left = open.lock().unwrap_or_else(PoisonError::into_inner).len();
            watch(Progress {
                phase: "probes",
                now: "side by side",
                done: chosen.len().saturating_sub(left),
                of: chosen.len(),
                requests: session.bench.requests(),
                broken: &BTreeSet::new,
            });
        }
    });
    join(session, &mut all, works);
    let left = open.into_inner().unwrap_or_else(PoisonError::into_inner);
    all.left_out.extend(left.iter().flat_map(|probe| probe.rules.all()));
    all
}

/// Does one probe after the other, until there is none or somebody has to end.
fn work(
    mut target: Box<dyn Target + Send>,
    terms: Terms<'_>,
    options: &Options,
    next: &dyn Fn() -> Option<&'static Probe>,
    is_over: &AtomicBool,
) -> Work {
    let wants = |rule: &str| options.selection.wants(rule);
    let aim = Aim { wants: &wants, seed: options.seed };
    let mut bench = Bench::new(&mut *target, terms);
    let mut session = Session::new(&mut bench);
    let mut ended = Ended::default();
    while !is_over.load(Ordering::Relaxed)
        && let Some(probe) = next()
    {
        ended.turn(&mut session, probe, &aim);
        if ended.end.is_some() {
            is_over.store(true, Ordering::Relaxed);
            ended.left_out.extend(probe.rules.all());
        }
    }
    let Session { history, done, inconclusive, .. } = session;
    let Bench { jobs, all_jobs, runs, is_lost, terms, missing, .. } = bench;
    let is_relayed = terms.is_relayed;
    Work { ended, history, done, inconclusive, jobs, all_jobs, runs, is_lost, is_relayed, missing }
}

/// Puts together what all did.
fn join(session: &mut Session<'_, '_>, all: &mut Ended, works: Vec<Work>) {
    let mut entries: Vec<(usize, Entry)> = Vec::new();
    let mut done: Vec<Vec<Done>> = Vec::new();
    for (number, work) in works.into_iter().enumerate() {
        let Work { ended, history, inconclusive, .. } = work;
        all.end = all.end.take().or(ended.end);
        all.broken_off.extend(ended.broken_off);
        all.probe_of_case.extend(ended.probe_of_case);
        all.left_out.extend(ended.left_out);
        session.inconclusive.extend(inconclusive);
        let bench = &mut *session.bench;
        bench.jobs.extend(work.jobs);
        bench.all_jobs.extend(work.all_jobs);
        bench.runs.extend(work.runs);
        bench.is_lost |= work.is_lost;
        bench.terms.is_relayed |= work.is_relayed;
        bench.missing.add(work.missing);
        let tasks: &mut Vec<KnownTask> = &mut session.history.surroundings.tasks;
        for task in &history.surroundings.tasks {
            if !tasks.contains(task) {
                tasks.push(task.clone());
            }
        }
        entries.extend(history.entries().iter().map(|entry| (number, entry.clone())));
        done.push(work.done);
    }
    entries.sort_by_key(|(_, entry)| entry.call_us());
    // Where each exchange of each worker has come to stand.
    let mut places: Vec<Vec<(usize, usize)>> = vec![Vec::new(); done.len()];
    for (number, entry) in entries {
        places[number].push((entry.index, session.history.entries().len()));
        session.history.push(entry.exchange, entry.mark, entry.case);
    }
    for (places, done) in places.iter_mut().zip(done) {
        places.sort_unstable();
        session.done.extend(done.into_iter().map(|mut done| {
            for entry in &mut done.entries {
                *entry = places[*entry].1;
            }
            done
        }));
    }
}
