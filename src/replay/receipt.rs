//! What a replay proves: what was served, what was missed, and what of the recording was left unused.

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
};

use serde::{Deserialize, Serialize};

use super::{
    fallback::{Fallback, Improvised},
    history::EntryId,
    miss::Miss,
    player::Player,
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
    /// The cassettes that had their part in it.
    pub cassettes: Vec<Replayed>,
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
    /// Answers of the embedded workspace, which were not recorded.
    pub workspace: Vec<Improvised>,
}

/// A cassette that was replayed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    /// What it is called.
    pub name: String,
    /// Its digest, SHA-256 in hexadecimal.
    pub sha256: String,
}

/// A list that was given although no list fitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Approximate {
    /// The cassette, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cassette: Option<String>,
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
    /// The cassette, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cassette: Option<String>,
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
    /// There were misses or, if strict, unused, approximate or unrecorded answers.
    Failed,
}

impl Receipt {
    /// What the receipt of several cassettes comes to.
    pub(super) fn of<'a>(
        players: impl Iterator<Item = &'a Player>,
        misses: &Misses,
        fallback: Option<&Fallback>,
    ) -> Self {
        let mut receipt = Self {
            offline: true,
            cassettes: Vec::new(),
            served: 0,
            approximate: Vec::new(),
            missed: misses.count,
            misses: misses.kept.clone(),
            unused: Vec::new(),
            unreached: Vec::new(),
            workspace: fallback.map(Fallback::improvised).unwrap_or_default(),
        };
        for Player { name, sha256, tape, account, .. } in players {
            receipt.served += account.served;
            receipt.cassettes.push(Replayed { name: name.clone(), sha256: sha256.clone() });
            account.tell(tape, name, &mut receipt);
        }
        if receipt.cassettes.len() < 2 {
            receipt.forget_names();
        }
        receipt
    }

    /// Where there is one cassette, nothing else says so.
    fn forget_names(&mut self) {
        let recorded = self.unused.iter_mut().chain(&mut self.unreached);
        let approximate = self.approximate.iter_mut().map(|given| &mut given.cassette);
        let names = recorded.map(|recorded| &mut recorded.cassette).chain(approximate);
        names.for_each(|name| *name = None);
    }

    /// Whether all held. Misses always fail; with `strict` also what is unused, approximate or was answered by
    /// the workspace.
    pub fn verdict(&self, strict: bool) -> Verdict {
        let held = self.missed == 0
            && (!strict
                || (self.unused.is_empty()
                    && self.approximate.is_empty()
                    && self.workspace.is_empty()));
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
        match &*self.cassettes {
            [one] => writeln!(f, "cassette sha256 {}", one.sha256)?,
            several => {
                for Replayed { name, sha256 } in several {
                    writeln!(f, "cassette {name} sha256 {sha256}")?;
                }
            }
        }
        for Approximate { cassette, request, exchange, times } in &self.approximate {
            let of = Of(cassette.as_deref());
            writeln!(f, "approximate: {request} got exchange {exchange}{of} ({})", Times(*times))?;
        }
        for Improvised { request, status, times } in &self.workspace {
            writeln!(
                f,
                "not recorded: {request} got {status} of the workspace ({})",
                Times(*times)
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
        let Self { cassette, exchange, request } = self;
        write!(f, "{request}, exchange {exchange}{}", Of(cassette.as_deref()))
    }
}

/// The cassette of an exchange, where it has to be said.
struct Of<'a>(Option<&'a str>);

impl fmt::Display for Of<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |name| write!(f, " of {name}"))
    }
}

/// How often, in words.
struct Times(u64);

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => f.write_str("once"),
            times => write!(f, "{times} times"),
        }
    }
}

/// The requests that got no answer.
#[derive(Debug, Default)]
pub(super) struct Misses {
    pub(super) count: u64,
    kept: Vec<Miss>,
    /// The misses that are kept.
    known: HashSet<String>,
}

impl Misses {
    /// A request got no answer.
    pub(super) fn add(&mut self, miss: Miss) {
        self.count += 1;
        if self.kept.len() < MISSES_MAX && !self.known.contains(&miss.message) {
            self.known.insert(miss.message.clone());
            self.kept.push(miss);
        }
    }
}

/// What has happened to a cassette over all sessions.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) served: u64,
    pub(super) approximate: u64,
    approximates: BTreeMap<EntryId, u64>,
    given: Vec<bool>,
    asked: Vec<bool>,
    noted: HashSet<RowId>,
}

impl Account {
    pub(super) fn new(tape: &Tape) -> Self {
        Self {
            served: 0,
            approximate: 0,
            approximates: BTreeMap::new(),
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

    /// An answer was given that was given before, and that came close to nothing.
    pub(super) fn gave_again(&mut self) {
        self.served += 1;
    }

    /// Whether this row is noted for the first time.
    pub(super) fn note_once(&mut self, row: RowId) -> bool {
        self.noted.insert(row)
    }

    /// Adds to a receipt what was given and left of the cassette.
    fn tell(&self, tape: &Tape, name: &str, receipt: &mut Receipt) {
        let recorded = |id: EntryId| {
            let entry = &tape.entries[id as usize];
            let request = tape.rows[entry.row as usize].question.short();
            Recorded { cassette: Some(name.to_owned()), exchange: entry.seq, request }
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
        receipt.unused.extend(unused);
        receipt.unreached.extend(unreached);
        receipt.approximate.extend(self.approximates.iter().map(|(id, times)| {
            let Recorded { cassette, exchange, request } = recorded(*id);
            Approximate { cassette, request, exchange, times: *times }
        }));
    }
}
