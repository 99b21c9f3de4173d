//! Each fault beside the sound workspace: the same few calls to both, and what a client sees of them.

mod changes;
mod declined;
mod ends;
mod http;
mod implied;
mod jobs;
mod launches;
mod lists;
mod queues;
mod races;
mod refused;
mod runs;
mod schedules;
mod sights;
mod starts;

use std::collections::BTreeSet;

use super::{trial::*, *};
use crate::serve::Fault;

/// A fault, calls that show it, and what they show of a sound and of a faulty workspace.
struct Case {
    fault: &'static str,
    play: fn(&mut Trial) -> Value,
    sound: Value,
    faulty: Value,
}

fn case(fault: &'static str, play: fn(&mut Trial) -> Value, sound: Value, faulty: Value) -> Case {
    Case { fault, play, sound, faulty }
}

fn cases() -> impl Iterator<Item = Case> {
    [
        jobs::cases,
        changes::cases,
        launches::cases,
        starts::cases,
        lists::cases,
        runs::cases,
        sights::cases,
        ends::cases,
        http::cases,
        declined::cases,
        refused::cases,
        schedules::cases,
        schedules::more_cases,
        queues::cases,
        implied::cases,
        races::cases,
    ]
    .into_iter()
    .flat_map(|cases| cases())
}

/// The faults that are seen in a workspace of another kind alone, which a test of their own has.
const APART: [&str; 2] = ["wrong-token-served", "retry-after-lost"];

#[test]
fn each_is_seen_beside_a_sound_workspace() {
    let mut wrong = Vec::new();
    for Case { fault, play, sound, faulty } in cases() {
        let without = play(&mut Trial::new(Options::default()));
        let faults = vec![Fault::parse(fault).unwrap()];
        let with = play(&mut Trial::new(Options { faults, ..Options::default() }));
        if (&without, &with) != (&sound, &faulty) {
            wrong.push(format!("{fault}: {without} instead of {sound}, {with} of {faulty}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn none_is_forgotten() {
    let shown = cases().map(|case| case.fault).chain(APART).map(str::to_owned);
    let shown: BTreeSet<_> = shown.collect();
    let all: BTreeSet<_> = Fault::all().map(|fault| fault.name().into_owned()).collect();
    assert_eq!(shown, all);
}

#[test]
fn calls_race_for_as_long_as_is_set() {
    let runs = |race_ms: u64, apart_ms: u64| {
        let faults = vec![Fault::parse("token-race").unwrap()];
        let mut trial = Trial::new(Options { faults, race_ms, ..Options::default() });
        trial.job("/n", json!({}));
        let start = json!({"job_id": 1, "idempotency_token": "t"});
        let mut held_back_us = Vec::new();
        for _ in 0..2 {
            let request = request(RunNow, &start);
            held_back_us.push(trial.workspace.answer(&request, trial.now_us).delay_us);
            trial.now_us += apart_ms * 1000;
        }
        assert_eq!(held_back_us, [race_ms * 1000; 2]);
        trial.listed(json!({})).len()
    };
    assert_eq!([runs(500, 499), runs(500, 500), runs(1, 0), runs(1, 1)], [2, 1, 2, 1]);
}
