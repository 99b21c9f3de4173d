//! What a replay proves: what was served, what was missed, and what of the recording was left unused.

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
};

use serde::{Deserialize, Serialize};

use super::{
    history::EntryId,
    miss::Miss,
    session::{Choice, How},
    tape::{RowId, Tape},
};

/// How many different misses are kept; the rest are counted.
const MISSES_MAX: usize = 1_000;

/// The account of a replay. As JSON it has the keys of its fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// Always true: nothing here can reach a workspace.
    pub offline: bool,
    /// The SHA-256 of the cassette.
    pub cassette: String,
    /// How many requests got a recorded answer, approximate ones included.
    pub served: u64,
    /// Answers that only came close.
    pub approximate: Vec<Approximate>,
    /// How many requests got none.
    pub missed: u64,
    /// The different requests that got none, the first first.
    pub misses: Vec<Miss>,
    /// Writes not given, and questions never asked.
    pub unused: Vec<Recorded>,
    /// Further answers to questions that were asked. They prove nothing and fail nothing.
    pub unreached: Vec<Recorded>,
}

/// A list that was given although no list fitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Approximate {
    /// Method and path.
    pub request: String,
    /// The number of the exchange that was given.
    pub exchange: u64,
    /// How often.
    pub times: u64,
}

/// An exchange of the recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Its number.
    pub exchange: u64,
    /// Method and path.
    pub request: String,
}

/// What a receipt comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All held.
    Clean,
    /// There were misses or, if strict, unused or approximate answers.
    Failed,
}

impl Receipt {
    /// Whether all held. Misses always fail; with `strict` also what is unused or approximate.
    pub fn verdict(&self, strict: bool) -> Verdict {
        let held = self.missed == 0
            && (!strict || (self.unused.is_empty() && self.approximate.is_empty()));
        if held { Verdict::Clean } else { Verdict::Failed }
    }
}

impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let approximate: u64 = self.approximate.iter().map(|given| given.times).sum();
        writeln!(
            f,
            "served {}, approximate {approximate}, missed {}, unused {}, offline",
            self.served,
            self.missed,
            self.unused.len()
        )?;
        writeln!(f, "cassette sha256 {}", self.cassette)?;
        for given in &self.approximate {
            writeln!(
                f,
                "approximate: {} got exchange {} ({} times)",
                given.request, given.exchange, given.times
            )?;
        }
        for miss in &self.misses {
            writeln!(f, "missed: {}: {}", miss.request, miss.message)?;
        }
        for unused in &self.unused {
            writeln!(f, "unused: {unused}")?;
        }
        if let Some(first) = self.unreached.first() {
            writeln!(
                f,
                "not reached: {} further answers, the first {first}",
                self.unreached.len()
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, exchange {}", self.request, self.exchange)
    }
}

/// What has happened over all sessions.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) served: u64,
    pub(super) approximate: u64,
    pub(super) missed: u64,
    approximates: BTreeMap<EntryId, u64>,
    misses: Vec<Miss>,
    /// The misses in `misses`.
    known: HashSet<String>,
    given: Vec<bool>,
    asked: Vec<bool>,
    noted: HashSet<RowId>,
}

impl Account {
    pub(super) fn new(tape: &Tape) -> Self {
        Self {
            served: 0,
            approximate: 0,
            missed: 0,
            approximates: BTreeMap::new(),
            misses: Vec::new(),
            known: HashSet::new(),
            given: vec![false; tape.entries.len()],
            asked: vec![false; tape.rows.len()],
            noted: HashSet::new(),
        }
    }

    /// A question was asked.
    pub(super) fn asked(&mut self, row: RowId) {
        self.asked[row as usize] = true;
    }

    /// An answer was given.
    pub(super) fn gave(&mut self, choice: Choice) {
        self.served += 1;
        self.given[choice.entry as usize] = true;
        if choice.how == How::Approximate {
            self.approximate += 1;
            *self.approximates.entry(choice.entry).or_default() += 1;
        }
    }

    /// A request got no answer.
    pub(super) fn miss(&mut self, miss: Miss) {
        self.missed += 1;
        if self.misses.len() < MISSES_MAX && !self.known.contains(&miss.message) {
            self.known.insert(miss.message.clone());
            self.misses.push(miss);
        }
    }

    /// Whether this row is noted for the first time.
    pub(super) fn note_once(&mut self, row: RowId) -> bool {
        self.noted.insert(row)
    }

    pub(super) fn receipt(&self, tape: &Tape, sha256: &str) -> Receipt {
        let recorded = |id: EntryId| {
            let entry = &tape.entries[id as usize];
            let request = tape.rows[entry.row as usize].question.short();
            Recorded { exchange: entry.seq, request }
        };
        let mut unused = Vec::new();
        let mut unreached = Vec::new();
        for (row, asked) in tape.rows.iter().zip(&self.asked) {
            let left = row.answers.iter().filter(|id| !self.given[**id as usize]);
            let (writes, reads): (Vec<EntryId>, Vec<EntryId>) =
                left.partition(|id| tape.entries[**id as usize].is_write);
            unused.extend(writes.iter().copied().map(recorded));
            match reads.first().or(row.incomplete.first()) {
                Some(first) if !asked && writes.is_empty() => unused.push(recorded(*first)),
                _ => unreached.extend(reads.into_iter().map(recorded)),
            }
        }
        unused.sort_by_key(|recorded| recorded.exchange);
        unreached.sort_by_key(|recorded| recorded.exchange);
        let approximate = self
            .approximates
            .iter()
            .map(|(id, times)| {
                let Recorded { exchange, request } = recorded(*id);
                Approximate { request, exchange, times: *times }
            })
            .collect();
        Receipt {
            offline: true,
            cassette: sha256.to_owned(),
            served: self.served,
            approximate,
            missed: self.missed,
            misses: self.misses.clone(),
            unused,
            unreached,
        }
    }
}
