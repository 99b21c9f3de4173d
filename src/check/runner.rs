//! A whole check: look at the target, run the probes, judge, prove, clean up.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::LazyLock,
    time::Duration,
};

use serde_json::json;

use super::{
    bench::{Bench, Common, Terms},
    budget::{Budget, Purse},
    chance, cleanup,
    cleanup::{Journal, Leftovers},
    judgement::{broken, case_of, easiest, first_sight, offers, unknown, verdicts},
    outcome::{End, Found, Outcome},
    probes::{self, Aim, Probe},
    profile::Profile,
    program::{Program, Until},
    selection::{Allowed, Selection},
    session::{Session, Stop},
    shrink::{self, Effort},
    target::Target,
    workers,
};
use crate::{
    contract::{Endpoint, rules::Safety},
    error::{Error, Kind, Result},
    oracle::{self, Coverage, Entry, History, Violation},
};

/// How many things a check makes at most on a target that could be harmed.
const CREATIONS_MAX: u32 = 300;

/// How long all proofs together may take where somebody waits for them, in microseconds.
const PROOFS_US: u64 = 30_000_000;

/// What is checked, and how.
#[derive(Debug)]
pub struct Options {
    /// What the target offers.
    pub profile: Profile,
    /// Which rules are asked for.
    pub selection: Selection,
    /// How much may be done to the target.
    pub allowed: Allowed,
    /// What all chance comes from.
    pub seed: u64,
    /// How much it may spend, and how fast.
    pub budget: Budget,
    /// How many work on a target on the network at the same time; in this process it is always one.
    pub workers: usize,
    /// Where is written down what is made, if it is; the file must not be there.
    pub journal: Option<PathBuf>,
    /// How many broken rules are done again and cut down; of more the first sight is told.
    pub proofs_max: usize,
    /// How much the proof of one may take.
    pub effort: Effort,
}

impl Options {
    /// All rules, on a target that offers this, by this seed.
    pub fn new(profile: Profile, selection: Selection, seed: u64) -> Self {
        Self {
            profile,
            selection,
            allowed: Allowed::default(),
            seed,
            budget: Budget::default(),
            workers: 1,
            journal: None,
            proofs_max: 12,
            effort: Effort { requests_max: 1500, time_max: Duration::from_secs(15) },
        }
    }
}

/// How far a check is.
#[derive(Clone, Copy)]
pub struct Progress<'a> {
    /// The phase that it is in.
    pub phase: &'static str,
    /// What is done now.
    pub now: &'a str,
    /// How many probes are over.
    pub done: usize,
    /// How many there are.
    pub of: usize,
    /// How many requests were sent.
    pub requests: u64,
    /// Judges what the probe before did: the rules that it broke, which nobody knows for certain before the end.
    pub broken: &'a dyn Fn() -> BTreeSet<&'static str>,
}

impl<'a> Progress<'a> {
    /// What is done beside the probes.
    fn beside(phase: &'static str, now: &'a str, requests: u64) -> Self {
        Self { phase, now, done: 0, of: 0, requests, broken: &BTreeSet::new }
    }
}

/// The rules that some oracle or probe can show.
pub fn implemented() -> &'static BTreeSet<&'static str> {
    static IMPLEMENTED: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
        let of_probes = probes::all().into_iter().flat_map(|probe| probe.rules.all());
        oracle::judged().iter().copied().chain(of_probes).collect()
    });
    &IMPLEMENTED
}

/// Checks a target. An error if nothing could be checked: the target does not answer, or refuses everything.
pub fn check(
    target: &mut dyn Target,
    options: &Options,
    watch: &mut dyn FnMut(Progress<'_>),
) -> Result<Outcome> {
    let mut bench = bench(target, options)?;
    let name = bench.target.name().to_owned();
    watch(Progress::beside("looking", "the target", 0));
    let mut session = Session::new(&mut bench);
    let greeted = greet(&mut session);
    if let Err(error) = greeted {
        // Why it could not be checked counts more than what cannot be removed.
        let _ = cleanup::try_remove_all(&mut session);
        close(&mut bench)?;
        return Err(error);
    }
    let ended = run_probes(&mut session, options, watch);
    watch(Progress::beside("cleaning up", "what was made", session.bench.requests()));
    let failed = cleanup::try_remove_all(&mut session);
    let Session { history, done, inconclusive, .. } = session;
    let Ended { end, broken_off, probe_of_case, left_out } = ended;
    let mut end = end.or(failed.map(End::Failed));

    let tally = oracle::judge(&history);
    let verdicts = verdicts(options, &tally, &inconclusive, &left_out, &bench);
    let known = &options.selection.deviations;
    let until_us = if bench.target.is_waited_for() {
        bench.target.now_us().saturating_add(PROOFS_US)
    } else {
        u64::MAX
    };
    let mut findings = Vec::new();
    for (rule, record) in broken(&verdicts, &tally) {
        let left = until_us.saturating_sub(bench.target.now_us());
        let wanted = findings.len() < options.proofs_max && end.is_none() && left > 0;
        watch(Progress::beside("doing again", rule.id, bench.requests()));
        let violation = easiest(unknown(record, known), &history);
        let probe = case_of(violation, &history).and_then(|case| probe_of_case.get(&case).copied());
        let mut found = first_sight(rule, violation, &history, probe);
        if wanted {
            let steps = steps_of(violation, &history, &done, &bench);
            let time_max = options.effort.time_max.min(Duration::from_micros(left));
            let effort = Effort { time_max, ..options.effort };
            match shrink::seen_again(&mut bench, rule.id, steps, known, effort) {
                Ok(Some(seen)) => {
                    found.violation = seen.violation;
                    found.exchanges = seen.exchanges;
                    found.program = Some(seen.program);
                    found.again = Some(seen.again);
                    found.replays = seen.replays;
                }
                Ok(None) => {
                    found.again = Some((0, shrink::TRIES));
                    found.replays = shrink::TRIES;
                }
                Err(stop) => end = ending(stop),
            }
        }
        findings.push(found);
    }
    let left_behind = close(&mut bench)?;
    Ok(Outcome {
        target: name,
        seed: Some(options.seed),
        level: options.selection.level,
        verdicts,
        findings,
        coverage: Coverage::of(&history, &tally),
        deviations: options.selection.standings(&tally),
        base_path: options.profile.base_path.clone(),
        is_rerun: false,
        unsupported: bench.missing.all(),
        broken_off,
        requests: bench.requests(),
        took: Duration::from_micros(bench.took_us()),
        ended: end,
        left_behind,
    })
}

fn bench<'t>(target: &'t mut dyn Target, options: &'t Options) -> Result<Bench<'t>> {
    let token = options.profile.token()?;
    // Nobody else's names start like this, and no other check's.
    let started = format!("{} {}", target.name(), target.epoch_us());
    let prefix = format!("jobdeck-{:08x}", chance::stamp(options.seed, &started));
    let journal = match &options.journal {
        Some(path) => Some(Journal::create(path, target.name(), &prefix)?),
        None => None,
    };
    let common = Common {
        journal,
        requests: 0,
        creations_left: CREATIONS_MAX,
        last_case: 0,
        purse: Purse::of(options.budget),
        skipped_us: 0,
    };
    let mut terms = Terms::new(target, &options.profile, token, prefix, common);
    terms.allowed = options.allowed;
    Ok(Bench::new(target, terms))
}

/// Finds out whether there is anything to check.
fn greet(session: &mut Session<'_, '_>) -> Result<()> {
    let failed = |session: &Session<'_, '_>, why: String| {
        let name = session.bench.target.name();
        Error::new(Kind::Environment, format!("failed to check {name}")).because(why)
    };
    match session.call(Endpoint::List, json!({})) {
        Ok(index) if session.is_done(index) || session.bench.missing.has(Endpoint::List) => {
            set_clock(session, index);
        }
        Ok(index) => {
            let entry = session.entry(index);
            let status = entry.exchange.response.as_ref().map(|response| response.status);
            let Some(status) = status else {
                let cause = session.bench.failure.take();
                let cause = cause.map_or(String::new(), |cause| format!(": {cause}"));
                let why = format!("GET jobs/list gives no whole answer{cause}");
                return Err(failed(session, why).hint("it has to be started before the check"));
            };
            let why = format!("GET jobs/list gives {status}");
            let hint = "a check needs a token that may list and create jobs: --token, or `token` in \
                        the profile; and the right --base-path";
            return Err(failed(session, why).hint(hint));
        }
        Err(Stop::Gone(error) | Stop::Journal(error)) => return Err(error),
        Err(Stop::Interrupted) => return Err(failed(session, "it was interrupted".to_owned())),
        Err(Stop::Unusable(why)) => return Err(failed(session, why)),
        Err(Stop::Spent(what)) => return Err(failed(session, spent(what))),
    }
    let mut settings = session.settings(None);
    settings.insert("max_concurrent_runs".to_owned(), 0.into());
    match session.create(settings).and_then(|job| try_start(session, job)) {
        Ok(()) => Ok(()),
        Err(Stop::Gone(error) | Stop::Journal(error)) => Err(error),
        Err(Stop::Interrupted) => Err(failed(session, "it was interrupted".to_owned())),
        Err(Stop::Spent(what)) => Err(failed(session, spent(what))),
        // What it did answer with can be judged all the same.
        Err(Stop::Unusable(_)) if last_is_done(session) => Ok(()),
        Err(Stop::Unusable(why)) if session.bench.missing.has(Endpoint::Create) => {
            Err(failed(session, why).hint("nothing is at this base path: --base-path"))
        }
        Err(Stop::Unusable(why)) => Err(failed(session, why)
            .hint("the profile names a cluster and tasks that the target takes: --profile FILE")),
    }
}

fn spent(what: &str) -> String {
    format!("there were no {what} left to spend before anything was shown")
}

/// Where nothing may run, a job that allows no run is started once: only where that run is skipped are others
/// started.
fn try_start(session: &mut Session<'_, '_>, job: i64) -> Result<(), Stop> {
    if session.bench.permits(Safety::Compute) {
        return Ok(());
    }
    let within = session.profile().deadlines().skip;
    let started = session.start(job).and_then(|run| session.poll(run, Until::Ended, within));
    session.bench.terms.may_start = match started {
        Ok(state) => state == "SKIPPED",
        Err(Stop::Unusable(_)) => false,
        Err(stop) => return Err(stop),
    };
    Ok(())
}

/// What time it is for the target: as its answers say, else as here if it is on this machine.
fn set_clock(session: &mut Session<'_, '_>, index: usize) {
    if !session.profile().clock_is_right {
        return;
    }
    let exchange = &session.entry(index).exchange;
    let date = exchange.response.as_ref().and_then(|response| response.headers.get("date"));
    let date = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
    let now_us = date.and_then(|date| u64::try_from(date.timestamp().as_microsecond()).ok());
    let epoch_us = match now_us {
        Some(now_us) => Some(now_us.saturating_sub(exchange.at_us)),
        None => session.bench.terms.epoch_us.filter(|_| session.bench.is_harmless()),
    };
    session.bench.terms.epoch_us = epoch_us;
    session.history.surroundings.epoch_us = epoch_us;
}

fn last_is_done(session: &Session<'_, '_>) -> bool {
    session.history.entries().last().is_some_and(|entry| entry.done().is_some())
}

/// How the probes ended.
#[derive(Default)]
pub(super) struct Ended {
    pub(super) end: Option<End>,
    pub(super) broken_off: Vec<(&'static str, String)>,
    pub(super) probe_of_case: BTreeMap<u32, &'static str>,
    /// The rules of the probes whose turn did not come, or that were cut short.
    pub(super) left_out: BTreeSet<&'static str>,
}

fn ending(stop: Stop) -> Option<End> {
    match stop {
        Stop::Interrupted => Some(End::Interrupted),
        Stop::Spent(what) => Some(End::Spent(what)),
        Stop::Gone(error) | Stop::Journal(error) => Some(End::Failed(error)),
        Stop::Unusable(_) => None,
    }
}

fn run_probes(
    session: &mut Session<'_, '_>,
    options: &Options,
    watch: &mut dyn FnMut(Progress<'_>),
) -> Ended {
    let wants = |rule: &str| options.selection.wants(rule);
    let aim = Aim { wants: &wants, seed: options.seed };
    let offers = offers(options, session.bench);
    let harmless = session.bench.is_harmless();
    let chosen: Vec<&Probe> = probes::all()
        .into_iter()
        .filter(|probe| {
            let rules = probe.rules.all();
            let is_wanted = rules.iter().any(|rule| wants(rule))
                || rules.is_empty() && options.selection.rules().count() > 1;
            is_wanted
                && probe.needs.iter().all(|need| offers.contains(need))
                && options.allowed.permits(probe.safety, harmless)
        })
        .collect();
    let beside = if options.workers > 1 { session.bench.target.beside() } else { None };
    if beside.is_some() {
        return workers::run(session, options, &chosen, watch);
    }
    let mut ended = Ended::default();
    let mut judged = 0;
    for (done, probe) in chosen.iter().enumerate() {
        watch(Progress {
            phase: probe.phase.name(),
            now: probe.name,
            done,
            of: chosen.len(),
            requests: session.bench.requests(),
            broken: &|| broken_since(&session.history, judged, &options.selection),
        });
        judged = session.history.entries().len();
        ended.turn(session, probe, &aim);
        if ended.end.is_some() {
            ended.left_out = chosen[done..].iter().flat_map(|probe| probe.rules.all()).collect();
            break;
        }
    }
    ended
}

impl Ended {
    /// Runs a probe, unless the target lacks the one endpoint that it is about.
    pub(super) fn turn(&mut self, session: &mut Session<'_, '_>, probe: &Probe, aim: &Aim<'_>) {
        if probe.rules.endpoint().is_some_and(|endpoint| session.bench.missing.has(endpoint)) {
            return;
        }
        let from = session.history.entries().len();
        session.next_case();
        let stop = (probe.run)(session, aim).and_then(|()| tidy(session)).err();
        session.next_case();
        let own = session.history.entries()[from..].iter().map(|entry| entry.case);
        self.probe_of_case.extend(own.map(|case| (case, probe.name)));
        match stop {
            None => {}
            Some(Stop::Unusable(why)) => {
                self.broken_off.push((probe.name, why));
                self.end = tidy(session).err().and_then(ending);
            }
            Some(stop) => self.end = ending(stop),
        }
    }
}

/// The rules that exchanges from one on break, looked at by themselves.
fn broken_since(history: &History, from: usize, selection: &Selection) -> BTreeSet<&'static str> {
    let tally = oracle::judge(&history.since(from));
    let broken = tally.iter().filter(|(rule, record)| {
        selection.wants(rule) && record.broken > 0 && selection.deviations.excuse(record).is_none()
    });
    broken.map(|(rule, _)| rule).collect()
}

/// Removes the jobs of a probe, so that what is left of it takes nobody's place; submitted runs are cancelled,
/// and removed when they have had time to end.
fn tidy(session: &mut Session<'_, '_>) -> Result<(), Stop> {
    for job in session.bench.jobs.clone() {
        cleanup::remove_job(session, job)?;
    }
    Ok(())
}

/// All that was done in the cases of a finding, up to where it shows.
fn steps_of(
    violation: &Violation,
    history: &History,
    done: &[super::program::Done],
    bench: &Bench<'_>,
) -> Program {
    let entries: &[Entry] = history.entries();
    let cases: BTreeSet<u32> = violation.evidence.iter().map(|at| entries[*at].case).collect();
    let last = violation.evidence.iter().copied().max().unwrap_or(0);
    let of_cases = done.iter().filter(|done| {
        cases.contains(&done.case) && done.entries.first().is_none_or(|first| *first <= last)
    });
    Program::of(of_cases, entries, |case| bench.own(case))
}

/// Takes the journal away if nothing is left behind; gives what is.
fn close(bench: &mut Bench<'_>) -> Result<Vec<String>> {
    let left = left_behind(bench);
    let journal = if left.is_empty() { bench.common().journal.take() } else { None };
    if let Some(journal) = journal {
        journal.close()?;
    }
    Ok(left)
}

fn left_behind(bench: &Bench<'_>) -> Vec<String> {
    let jobs = bench.jobs.iter().map(|id| format!("job {id}"));
    let runs = bench.runs.iter().map(|id| format!("run {id}"));
    let lost = format!("what may be there under a name with {}", bench.terms.prefix);
    jobs.chain(runs).chain(bench.is_lost.then_some(lost)).collect()
}

/// Runs one program on a target, and tells what became of the rules.
pub fn rerun(target: &mut dyn Target, options: &Options, program: &Program) -> Result<Outcome> {
    let mut bench = bench(target, options)?;
    let name = bench.target.name().to_owned();
    let mut session = Session::new(&mut bench);
    // What depends on chance, as a race does, is tried as often as when it was found.
    let tries = if program.is_certain() { 1 } else { shrink::TRIES };
    let mut end = None;
    let mut count = 0;
    for _ in 0..tries {
        end = session.run(program).err().and_then(ending);
        count = session.history.entries().len();
        let is_broken = oracle::judge(&session.history)
            .iter()
            .any(|(rule, record)| options.selection.wants(rule) && record.broken > 0);
        if is_broken || end.is_some() {
            break;
        }
    }
    if let Some(error) = cleanup::try_remove_all(&mut session) {
        end.get_or_insert(End::Failed(error));
    }
    let history = session.history;
    let tally = oracle::judge(&history);
    let verdicts = verdicts(options, &tally, &[], &BTreeSet::new(), &bench);
    let findings = broken(&verdicts, &tally)
        .map(|(rule, record)| Found {
            exchanges: history.entries()[..count].iter().map(|e| e.exchange.clone()).collect(),
            program: Some(program.clone()),
            ..first_sight(rule, unknown(record, &options.selection.deviations)[0], &history, None)
        })
        .collect();
    let left_behind = close(&mut bench)?;
    Ok(Outcome {
        target: name,
        seed: None,
        level: options.selection.level,
        verdicts,
        findings,
        coverage: Coverage::of(&history, &tally),
        deviations: options.selection.standings(&tally),
        base_path: options.profile.base_path.clone(),
        is_rerun: true,
        unsupported: bench.missing.all(),
        broken_off: Vec::new(),
        requests: bench.requests(),
        took: Duration::from_micros(bench.took_us()),
        ended: end,
        left_behind,
    })
}

/// Removes what a check left behind, by its journal; gives how much, and what is still there.
pub fn clean_up(
    target: &mut dyn Target,
    options: &Options,
    left: &Leftovers,
) -> Result<(usize, Vec<String>)> {
    let mut bench = bench(target, options)?;
    let mut session = Session::new(&mut bench);
    let stopped = |stop: Stop| match stop {
        Stop::Gone(error) | Stop::Journal(error) => error,
        Stop::Interrupted => Error::new(Kind::Environment, "failed to clean up: interrupted"),
        Stop::Spent(what) => {
            Error::new(Kind::Environment, "failed to clean up").because(spent(what))
        }
        Stop::Unusable(why) => Error::new(Kind::Environment, "failed to clean up").because(why),
    };
    let strange = cleanup::find_lost(&mut session, left).map_err(stopped)?;
    let count = |bench: &Bench<'_>| bench.jobs.len() + bench.runs.len();
    let before = count(session.bench);
    cleanup::remove_all(&mut session).map_err(stopped)?;
    let mut still = left_behind(&bench);
    still.extend(strange);
    Ok((before - count(&bench), still))
}
