//! A recording without what a replay never asked for.

use std::collections::HashSet;

use serde::Deserialize;

use super::{
    Options, Recorded, Recording, Replayed,
    history::EntryId,
    tape::{RowId, Tape},
};
use crate::cassette::Cassette;

/// What a receipt says about the rest, read back from its JSON.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(expecting = "the receipt of a replay")]
pub struct Leftovers {
    /// The cassettes that were replayed.
    pub cassettes: Vec<Replayed>,
    /// How many requests got no answer.
    pub missed: u64,
    /// Writes not given, and questions never asked.
    pub unused: Vec<Recorded>,
    /// Further answers to questions that were asked.
    pub unreached: Vec<Recorded>,
}

impl Leftovers {
    /// Those of the cassette with this digest, if it was replayed.
    pub fn of(mut self, sha256: &str) -> Option<Self> {
        let one = self.cassettes.iter().find(|one| one.sha256 == sha256)?.clone();
        let is_of = |recorded: &Recorded| {
            recorded.cassette.as_ref().is_none_or(|cassette| *cassette == one.name)
        };
        self.unused.retain(is_of);
        self.unreached.retain(is_of);
        self.cassettes = vec![one];
        Some(self)
    }
}

/// What became of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pruned {
    /// What is left of it. The exchanges keep their numbers.
    pub cassette: Cassette,
    /// What is not in it any more, in order.
    pub dropped: Vec<Recorded>,
    /// What was not asked for either, but stays: what is kept depends on it.
    pub needed: Vec<Recorded>,
}

/// Drops what was never asked for. A write on which an answer depends that was given stays; and so do
/// further answers to questions that were asked, but not behind a write that is dropped, where nobody can
/// reach them any more.
pub fn prune(mut cassette: Cassette, left: &Leftovers) -> Pruned {
    let tape = Tape::build(Recording::from(cassette.clone()), &Options::default());
    let fates = Fates::decide(&tape, left);
    let mut dropped = HashSet::new();
    let (mut told, mut needed) = (Vec::new(), Vec::new());
    for (entry, fate) in tape.entries.iter().zip(&fates.0) {
        let recorded = || Recorded {
            cassette: None,
            exchange: entry.seq,
            request: tape.rows[entry.row as usize].question.short(),
        };
        match fate {
            Fate::Dropped => {
                dropped.insert(entry.seq);
                told.push(recorded());
            }
            Fate::Needed => needed.push(recorded()),
            Fate::Kept | Fate::Further => {}
        }
    }
    cassette.exchanges.retain(|exchange| !dropped.contains(&exchange.seq));
    Pruned { cassette, dropped: told, needed }
}

/// What becomes of an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It was asked for.
    Kept,
    /// It answers a question that was asked, beyond what was reached.
    Further,
    /// It was not asked for.
    Dropped,
    /// It was not asked for, and stays for the sake of others.
    Needed,
}

/// The fate of each entry of a tape.
struct Fates(Vec<Fate>);

impl Fates {
    fn decide(tape: &Tape, left: &Leftovers) -> Self {
        let seqs = |list: &[Recorded]| list.iter().map(|r| r.exchange).collect::<HashSet<u64>>();
        let (unused, unreached) = (seqs(&left.unused), seqs(&left.unreached));
        let mut fates = Self(vec![Fate::Kept; tape.entries.len()]);
        for (row, entries) in rows(tape) {
            let entry = |id: &EntryId| &tape.entries[*id as usize];
            // Of a question never asked a receipt names the first answer, and of writes each.
            let is_rest = |id: &&EntryId| {
                unused.contains(&entry(id).seq) || unreached.contains(&entry(id).seq)
            };
            let never_asked = entries.iter().any(|id| {
                unused.contains(&entry(id).seq)
                    && (!entry(id).is_write
                        || tape.rows[row as usize].answers.iter().all(|id| is_rest(&id)))
            });
            let further: Vec<&EntryId> =
                entries.iter().filter(|id| unreached.contains(&entry(id).seq)).collect();
            // Polls that count as one are named once.
            let is_further = |id: &EntryId| {
                let like = |other: &&EntryId| {
                    let pairs = entry(id).needs.iter().zip(&entry(other).needs);
                    pairs.into_iter().all(|(one, other)| one.ways == other.ways)
                };
                unreached.contains(&entry(id).seq)
                    || (!entry(id).is_write && !further.is_empty() && further.iter().any(like))
            };
            for id in &entries {
                fates.0[*id as usize] = if never_asked || unused.contains(&entry(id).seq) {
                    Fate::Dropped
                } else if is_further(id) {
                    Fate::Further
                } else {
                    Fate::Kept
                };
            }
        }
        fates.keep_what_is_needed(tape);
        fates.drop_what_is_out_of_reach(tape);
        fates
    }

    fn keep_what_is_needed(&mut self, tape: &Tape) {
        let mut open: Vec<EntryId> =
            (0..).zip(&self.0).filter(|(_, fate)| **fate == Fate::Kept).map(|(id, _)| id).collect();
        while let Some(id) = open.pop() {
            for cause in causes(tape, id) {
                let fate = &mut self.0[cause as usize];
                if *fate == Fate::Dropped {
                    *fate = Fate::Needed;
                    open.push(cause);
                }
            }
        }
    }

    fn drop_what_is_out_of_reach(&mut self, tape: &Tape) {
        for (id, index) in (0..).zip(0..self.0.len()) {
            let mut causes = causes(tape, id);
            if self.0[index] == Fate::Further
                && causes.any(|cause| self.0[cause as usize] == Fate::Dropped)
            {
                self.0[index] = Fate::Dropped;
            }
        }
    }
}

/// The exchanges of each row, those without an answer and those that count for others as well.
fn rows(tape: &Tape) -> impl Iterator<Item = (RowId, Vec<EntryId>)> {
    let mut rows: Vec<Vec<EntryId>> = vec![Vec::new(); tape.rows.len()];
    for (id, entry) in (0..).zip(&tape.entries) {
        rows[entry.row as usize].push(id);
    }
    (0..).zip(rows)
}

/// The writes that an exchange comes after, of the things whose state it depends on.
fn causes(tape: &Tape, id: EntryId) -> impl Iterator<Item = EntryId> {
    let entry = &tape.entries[id as usize];
    let things = &tape.rows[entry.row as usize].reads;
    things
        .iter()
        .flat_map(move |thing| tape.histories[*thing as usize].past(entry.span))
        .map(|change| change.entry)
        .filter(move |cause| *cause != id)
}
