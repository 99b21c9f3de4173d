//! From what the oracles counted to what became of each rule, and to the findings.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{
    bench::Bench,
    deviations::Deviations,
    outcome::{Found, Outcome, Verdict},
    runner::{Options, implemented},
    selection::Selection,
    target::BASE_PATH,
};
use crate::{
    contract::{
        Endpoint,
        rules::{Need, Rule},
    },
    exchange::Exchange,
    oracle::{self, Coverage, Entry, History, Tally, Violation},
};

/// What the target is said to offer, and what may be done to it.
pub(super) fn offers(options: &Options, bench: &Bench<'_>) -> BTreeSet<Need> {
    let mut offers = options.profile.offers();
    offers.extend(options.allowed.offers());
    if options.profile.runs_execute && !bench.target.is_waited_for() {
        offers.insert(Need::Scheduler);
    }
    offers
}

/// What became of each rule that was asked for.
pub(super) fn verdicts(
    options: &Options,
    tally: &Tally,
    inconclusive: &[(&'static str, String)],
    left_out: &BTreeSet<&'static str>,
    bench: &Bench<'_>,
) -> Vec<(&'static Rule, Verdict)> {
    let offers = offers(options, bench);
    // A rule's id begins with the name of the endpoint that it is about.
    let missing: BTreeMap<Endpoint, String> = bench
        .missing
        .all()
        .into_iter()
        .map(|(endpoint, _)| (endpoint, format!("{}/", endpoint.signature().name)))
        .collect();
    let verdict = |rule: &'static Rule| {
        if let Some(shown) = shown(rule, tally, &options.selection.deviations) {
            return shown;
        }
        let lacking: Vec<Need> =
            rule.needs.iter().filter(|need| !offers.contains(need)).copied().collect();
        let unsure = inconclusive.iter().find(|(unsure, _)| *unsure == rule.id);
        if !implemented().contains(rule.id) {
            Verdict::NotImplemented
        } else if let Some(endpoint) = missing.iter().find(|of| rule.id.starts_with(&**of.1)) {
            Verdict::Unsupported(*endpoint.0)
        } else if !lacking.is_empty() {
            Verdict::Lacking(lacking)
        } else if !bench.permits(rule.safety) {
            Verdict::NotAllowed(rule.safety)
        } else if left_out.contains(rule.id) {
            Verdict::LeftOut
        } else if let Some((_, why)) = unsure {
            Verdict::Inconclusive(why.clone())
        } else {
            Verdict::NotExercised
        }
    };
    options.selection.rules().map(|rule| (rule, verdict(rule))).collect()
}

/// What was found of a rule that was exercised.
fn shown(rule: &Rule, tally: &Tally, known: &Deviations) -> Option<Verdict> {
    let record = tally.get(rule.id)?;
    Some(match (record.broken, known.excuse(record)) {
        (0, _) => Verdict::Held(record.exercised),
        (_, Some(reason)) => Verdict::Deviates(reason.to_owned()),
        (broken, None) => Verdict::Broken { broken, exercised: record.exercised },
    })
}

/// The sights of a broken rule that nobody knew of.
pub(super) fn unknown<'r>(record: &'r oracle::Record, known: &Deviations) -> Vec<&'r Violation> {
    record.violations.iter().filter(|violation| !known.know(violation)).collect()
}

/// The rules that are broken, with what was counted; what is documented comes first, and is proved first.
pub(super) fn broken<'v>(
    verdicts: &'v [(&'static Rule, Verdict)],
    tally: &'v Tally,
) -> impl Iterator<Item = (&'static Rule, &'v oracle::Record)> {
    let mut broken: Vec<_> = verdicts
        .iter()
        .filter(|(_, verdict)| matches!(verdict, Verdict::Broken { .. }))
        .filter_map(|(rule, _)| Some((*rule, tally.get(rule.id)?)))
        .collect();
    broken.sort_by_key(|(rule, _)| rule.level);
    broken.into_iter()
}

/// The case in which a violation showed.
pub(super) fn case_of(violation: &Violation, history: &History) -> Option<u32> {
    violation.evidence.last().map(|at| history.entries()[*at].case)
}

/// Of several sights of a broken rule the one of the shortest story. There is at least one.
pub(super) fn easiest<'v>(violations: Vec<&'v Violation>, history: &History) -> &'v Violation {
    let entries = history.entries();
    let length = |violation: &&Violation| {
        let cases: BTreeSet<u32> = violation.evidence.iter().map(|at| entries[*at].case).collect();
        entries.iter().filter(|entry| cases.contains(&entry.case)).count()
    };
    let first = violations[0];
    violations.into_iter().min_by_key(length).unwrap_or(first)
}

/// A finding as it was first seen.
pub(super) fn first_sight(
    rule: &'static Rule,
    violation: &Violation,
    history: &History,
    probe: Option<&'static str>,
) -> Found {
    let entries = history.entries();
    let exchanges = violation.evidence.iter().map(|at| entries[*at].exchange.clone()).collect();
    let violation = violation.clone();
    Found { rule, violation, again: None, replays: 0, program: None, exchanges, probe }
}

/// Judges exchanges that somebody else made: nothing is sent. Where they are told to be alone, nobody else
/// touched what these exchanges touch, which says more of what came of them.
pub fn judge(name: &str, exchanges: &[Exchange], selection: &Selection, is_alone: bool) -> Outcome {
    let mut history = History::observed(exchanges);
    history.surroundings.is_alone = is_alone;
    let tally = oracle::judge(&history);
    let verdict = |rule: &'static Rule| {
        shown(rule, &tally, &selection.deviations).unwrap_or_else(|| {
            let known = implemented().contains(rule.id);
            if known { Verdict::NotExercised } else { Verdict::NotImplemented }
        })
    };
    let verdicts: Vec<_> = selection.rules().map(|rule| (rule, verdict(rule))).collect();
    let findings = broken(&verdicts, &tally)
        .map(|(rule, record)| {
            first_sight(rule, unknown(record, &selection.deviations)[0], &history, None)
        })
        .collect();
    let took = history.entries().iter().map(Entry::return_us).max().unwrap_or(0);
    Outcome {
        target: name.to_owned(),
        seed: None,
        level: selection.level,
        verdicts,
        findings,
        coverage: Coverage::of(&history, &tally),
        deviations: selection.standings(&tally),
        base_path: BASE_PATH.to_owned(),
        is_rerun: false,
        unsupported: Vec::new(),
        broken_off: Vec::new(),
        requests: history.entries().len() as u64,
        took: Duration::from_micros(took),
        ended: None,
        left_behind: Vec::new(),
    }
}
