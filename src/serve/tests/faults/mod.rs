//! Each fault beside the sound workspace: the same few calls to both, and what a client sees of them.

mod ends;
mod http;
mod jobs;
mod launches;
mod lists;
mod runs;

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
    [jobs::cases, launches::cases, lists::cases, runs::cases, ends::cases, http::cases]
        .into_iter()
        .flat_map(|cases| cases())
}

#[test]
fn each_is_seen_beside_a_sound_workspace() {
    for Case { fault, play, sound, faulty } in cases() {
        assert_eq!(play(&mut Trial::new(Options::default())), sound, "without {fault}");
        let faults = vec![Fault::parse(fault).unwrap()];
        let mut trial = Trial::new(Options { faults, ..Options::default() });
        assert_eq!(play(&mut trial), faulty, "with {fault}");
    }
}

#[test]
fn none_is_forgotten() {
    let shown: BTreeSet<_> = cases().map(|case| case.fault.to_owned()).collect();
    let all: BTreeSet<_> = Fault::all().map(|fault| fault.name().into_owned()).collect();
    assert_eq!(shown, all);
}
