//! Recordings without what a replay never asked for.

use super::*;
use crate::{
    cassette::{Cassette, Redaction},
    exchange::Outcome,
};

fn cassette(lines: &[Line]) -> Cassette {
    let recording = recording(lines);
    Cassette {
        recorded: "2026-11-23T10:00:00Z".to_owned(),
        upstream: "https://host-1.jobdeck.invalid".to_owned(),
        redaction: Redaction { policy: "default@1".to_owned(), rules: Vec::new() },
        volatile: Vec::new(),
        exchanges: recording.exchanges,
        sha256: recording.sha256,
    }
}

/// Replays the questions, prunes by the receipt, and replays them again, which gives the same and leaves
/// nothing; the numbers of what was dropped, and of what was needed.
#[track_caller]
fn check(cassette: &Cassette, options: &Options, asked: &[&str]) -> (Vec<u64>, Vec<u64>) {
    let replay = |cassette: &Cassette| {
        let mut replayer = Replayer::new(cassette.clone(), options.clone());
        let answers: Vec<String> = asked.iter().map(|asked| ask(&mut replayer, asked)).collect();
        (answers, replayer.receipt())
    };
    let (answers, receipt) = replay(cassette);
    let receipt = serde_json::to_string(&receipt).unwrap();
    let left: Leftovers = serde_json::from_str(&receipt).unwrap();
    let pruned = prune(cassette.clone(), &left);
    let (again, receipt) = replay(&pruned.cassette);
    assert_eq!(again, answers, "{receipt}");
    assert!(!pruned.needed.is_empty() || receipt.unused.is_empty(), "{receipt}");
    let kept: Vec<u64> = pruned.cassette.exchanges.iter().map(|exchange| exchange.seq).collect();
    let seqs = |list: &[Recorded]| list.iter().map(|recorded| recorded.exchange).collect();
    let dropped: Vec<u64> = seqs(&pruned.dropped);
    assert!(dropped.iter().all(|seq| !kept.contains(seq)));
    assert_eq!(dropped.len() + kept.len(), cassette.exchanges.len());
    (dropped, seqs(&pruned.needed))
}

const LIFE: [Line; 9] = [
    (0, 1, "create 1", "1"),
    (2, 3, "job 1", "job-1"),
    (4, 5, "run-now 1 a", "11"),
    (6, 7, "get 11", "RUNNING"),
    (8, 9, "cancel 11", "{}"),
    (10, 11, "get 11", "TERMINATING"),
    (12, 13, "get 11", "TERMINATED"),
    (14, 15, "output 11", "TERMINATED"),
    (16, 17, "delete 1", "{}"),
];

#[test]
fn what_was_asked_for_stays() {
    let all: Vec<&str> = LIFE.iter().map(|(_, _, question, _)| *question).collect();
    let cassette = cassette(&LIFE);
    assert_eq!(check(&cassette, &Options::default(), &all), (vec![], vec![]));
}

#[test]
fn a_write_that_was_not_asked_for_goes_with_the_answers_behind_it() {
    let cassette = cassette(&LIFE);
    let asked = ["create 1", "run-now 1 a", "get 11"];
    assert_eq!(check(&cassette, &Options::default(), &asked), (vec![2, 5, 6, 7, 8, 9], vec![]));
    let by_state = Options { polls: Polls::ByState, ..Options::default() };
    assert_eq!(check(&cassette, &by_state, &asked), (vec![2, 5, 6, 7, 8, 9], vec![]));
    assert_eq!(check(&cassette, &Options::default(), &["job 7"]).0.len(), 9);
}

#[test]
fn further_answers_to_what_was_asked_stay() {
    let lines = [
        (0, 1, "submit 1", "11"),
        (2, 3, "get 11", "RUNNING"),
        (4, 5, "get 11", "TERMINATED"),
        (6, 7, "output 11", "TERMINATED"),
    ];
    let asked = ["submit 1", "get 11"];
    assert_eq!(check(&cassette(&lines), &Options::default(), &asked), (vec![4], vec![]));
}

#[test]
fn every_answer_to_a_question_never_asked_goes() {
    let lines = [
        (0, 1, "create 1", "1"),
        (2, 3, "jobs 0", "1"),
        (4, 5, "jobs 0", "1"),
        (6, 7, "jobs 0", "lost"),
        (8, 9, "/other", "{}"),
        (10, 11, "create 2", "!503"),
        (12, 13, "create 2", "2"),
    ];
    let dropped = vec![2, 3, 4, 5, 6, 7];
    assert_eq!(check(&cassette(&lines), &Options::default(), &["create 1"]), (dropped, vec![]));
}

#[test]
fn a_write_that_a_given_answer_depends_on_stays() {
    let lines = [
        (0, 1, "create 1", "1"),
        (2, 3, "create 2", "2"),
        (4, 5, "update 2 new", "{}"),
        (6, 7, "jobs 0", "1 2"),
        (8, 9, "create 3", "3"),
    ];
    // The list is given though a stranger stands in it.
    let (dropped, needed) = check(&cassette(&lines), &Options::default(), &["create 1", "jobs 0"]);
    assert_eq!((dropped, needed), (vec![5], vec![2, 3]));
}

#[test]
fn what_no_replay_gives_is_left_alone() {
    let mut cassette = cassette(&LIFE);
    cassette.exchanges[1].outcome = Outcome::Deck;
    let (dropped, _) = check(&cassette, &Options::default(), &["create 1"]);
    assert_eq!(dropped, [3, 4, 5, 6, 7, 8, 9]);
}
