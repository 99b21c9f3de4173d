//! Judges what passed between clients and a server, however it came about.
//!
//! An [`Oracle`] is a pure function over a [`History`]: it looks for the precondition of each of its rules,
//! and holds the server to the rule wherever it occurred. What never occurred is not judged, so that a rule
//! is known to have held only where it could have been broken. The same oracles judge a check, a recording
//! and what passes a proxy.
//!
//! No oracle trusts in luck: two exchanges are in order only if one was answered before the other was called,
//! what may or may not have happened proves nothing, and what somebody else could have done is held against
//! nobody unless all that was touched was made to be judged.
//!
//! `facts` sorts a history by jobs, runs and tokens, [`Coverage`] tells what of the contract it shows; each other
//! file is one oracle.

mod coverage;
mod facts;
mod history;
mod jobs;
mod lists;
mod marks;
mod output;
mod overlaps;
mod pages;
mod parameters;
mod refusals;
mod registers;
mod removal;
mod retries;
mod run_life;
mod run_start;
mod run_views;
mod schedules;
mod schema;
mod settings;
mod slots;
mod stopping;
mod tally;
mod tokens;
mod traces;
mod transport;

use std::{collections::BTreeSet, sync::LazyLock};

use facts::Facts;

pub use coverage::{Coverage, Failure, Kind, Part};
pub use history::{
    Answer, Deadlines, Ending, Entry, Expect, History, KnownTask, Mark, Surroundings,
};
pub use tally::{Record, Tally, Violation};

/// Judges some rules.
pub struct Oracle {
    /// The rules that it can judge.
    pub rules: fn() -> Vec<&'static str>,
    judge: fn(&Facts<'_>, &mut Tally),
}

/// All of them, in the order in which they judge.
pub static ORACLES: [Oracle; 21] = [
    schema::ORACLE,
    refusals::ORACLE,
    marks::ORACLE,
    transport::ORACLE,
    traces::ORACLE,
    jobs::ORACLE,
    settings::ORACLE,
    registers::ORACLE,
    removal::ORACLE,
    overlaps::ORACLE,
    lists::ORACLE,
    pages::ORACLE,
    run_start::ORACLE,
    run_life::ORACLE,
    run_views::ORACLE,
    slots::ORACLE,
    stopping::ORACLE,
    schedules::ORACLE,
    retries::ORACLE,
    tokens::ORACLE,
    output::ORACLE,
];

/// Judges a whole history.
pub fn judge(history: &History) -> Tally {
    let facts = Facts::new(history);
    let mut tally = Tally::default();
    for oracle in &ORACLES {
        (oracle.judge)(&facts, &mut tally);
    }
    tally
}

/// The rules that some oracle can judge.
pub fn judged() -> &'static BTreeSet<&'static str> {
    static JUDGED: LazyLock<BTreeSet<&'static str>> =
        LazyLock::new(|| ORACLES.iter().flat_map(|oracle| (oracle.rules)()).collect());
    &JUDGED
}

/// The longest part of a value that is shown, in characters.
const SHOWN_CHARS_MAX: usize = 160;

/// A text as it is shown: cut short where it is long.
fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
