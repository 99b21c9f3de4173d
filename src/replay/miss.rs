//! What is told when no answer can be given: why, what comes nearest, and what would help.
//!
//! A miss quotes requests only, and of those what the contract knows to be no secret. It never quotes a
//! recorded answer, and never uses words that a client takes for a reason to try again.

use std::fmt;

use serde::Serialize;

use super::{
    history::EntryId,
    nearest::{flag, nearest, told},
    question::Question,
    session::Session,
    tape::{Entry, Row, RowId, Tape},
};
use crate::json::Difference;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The question was never asked in the recording.
    NeverRecorded,
    /// It was, and every write recorded for it has been given.
    Exhausted,
    /// It was, but only before or after writes that have or have not been replayed.
    Gap,
    /// It names a job or run that the recording does not know.
    UnknownId,
    /// The only recorded exchange has no whole answer.
    Incomplete,
    /// An answer that shows a run still active was repeated as often as allowed.
    Stalled,
    /// More credentials have asked than positions are kept.
    Crowded,
    /// It chooses none of several cassettes, or one that is not there.
    NoCassette,
}

impl Kind {
    /// The word that stands for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NeverRecorded => "never recorded",
            Self::Exhausted => "exhausted",
            Self::Gap => "gap",
            Self::UnknownId => "unknown id",
            Self::Incomplete => "incomplete",
            Self::Stalled => "stalled",
            Self::Crowded => "crowded",
            Self::NoCassette => "no cassette",
        }
    }
}

/// A request that got no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Miss {
    /// Why.
    pub kind: Kind,
    /// What was asked: method and path.
    pub request: String,
    /// All of it in sentences.
    pub message: String,
    /// The recorded request that comes nearest, where the question itself was not recorded.
    pub nearest: Option<Nearest>,
    /// The flag with which the nearest would have been taken.
    pub flag: Option<String>,
}

/// A recorded request beside one that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Nearest {
    /// The cassette, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cassette: Option<String>,
    /// The number of its exchange.
    pub exchange: u64,
    /// Method and path.
    pub request: String,
    /// Where the arguments differ, as JSON pointers.
    pub differs: Vec<String>,
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Miss {
    /// How far it is from an answer: a question that was recorded is nearer than one that was not, and that
    /// nearer than one without anything like it.
    pub(super) fn distance(&self) -> (u8, usize) {
        let differs = self.nearest.as_ref().map_or(usize::MAX, |nearest| nearest.differs.len());
        match self.kind {
            Kind::Exhausted | Kind::Gap | Kind::Incomplete | Kind::Stalled => (0, 0),
            Kind::NeverRecorded => (1, differs),
            Kind::UnknownId => (2, differs),
            Kind::Crowded | Kind::NoCassette => (3, 0),
        }
    }

    /// Says of which of several cassettes it speaks.
    pub(super) fn is_of(&mut self, cassette: &str) {
        if let Some(nearest) = &mut self.nearest {
            nearest.cassette = Some(cassette.to_owned());
        }
        let sentence = format!(" Cassette: {cassette}.");
        if !invites_retry(&sentence) {
            self.message.push_str(&sentence);
        }
    }
}

/// Why a recorded question gets no answer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reason {
    NothingFits,
    Strict,
    Stalled { entry: EntryId, repeats: u32 },
}

/// How many answers, and changes of each, are looked at to explain why none fits.
const EXPLAINED_MAX: usize = 64;
/// How many differing places are named.
const DIFFERENCES_MAX: usize = 8;

/// What clients of the service take for a reason to try again, in lower case.
const RETRY_WORDS: &[&str] = &[
    "timed out",
    "i/o timeout",
    "timeout exceeded",
    "handshake timeout",
    "deadline exceeded",
    "try again",
    "faster operation",
    "unexpected error",
    "connection refused",
    "connection reset",
    "worker env",
    "clusternotready",
    "temporarily",
    "unavailable",
    "too many requests",
    "does not exist",
    "could_not_acquire_lock",
    "invalid_state",
];

/// A question that has no row.
pub(super) fn unasked(tape: &Tape, question: &Question) -> Box<Miss> {
    let asked = question.short();
    let nearest = nearest(tape, question);
    let (kind, first) = match tape.unknown_id(question) {
        Some(id) => {
            (Kind::UnknownId, format!("{asked} names {id}, which stands nowhere in the recording."))
        }
        None => (Kind::NeverRecorded, format!("{asked} was never recorded with these arguments.")),
    };
    let Some((row, mut differences)) = nearest else {
        let first = match kind {
            Kind::UnknownId => first,
            _ => format!("{asked} was never recorded."),
        };
        return miss(kind, question, &[first], None, None);
    };
    let row = &tape.rows[row as usize];
    let exchange = first_seq(tape, row);
    // A made-up value that is not the recorded one stands for it, unless that one is another's already.
    let before = differences.len();
    differences.retain(|difference| !is_made_up(row, difference));
    let (kind, first) = if differences.is_empty() && before > 0 {
        (Kind::Exhausted, format!("{asked} has no recorded answer left."))
    } else {
        (kind, first)
    };
    let flag = flag(question, &differences);
    let names = |quoting: bool| {
        let mut places: Vec<String> = differences
            .iter()
            .take(DIFFERENCES_MAX)
            .map(|difference| told(question.endpoint, difference, quoting))
            .collect();
        if differences.len() > DIFFERENCES_MAX {
            places.push(format!("{} more places", differences.len() - DIFFERENCES_MAX));
        }
        places.join(", ")
    };
    let told = |quoting| {
        let mut sentences = vec![first.clone()];
        sentences.push(if differences.is_empty() {
            format!(
                "Exchange {exchange} asks the same, but its made-up values belong to others already."
            )
        } else {
            format!("The nearest is exchange {exchange}, which differs in {}.", names(quoting))
        });
        if let Some(flag) = &flag {
            sentences.push(format!("`{flag}` would accept it."));
        }
        sentences
    };
    let quoted = told(true);
    let sentences =
        if quoted.iter().any(|text| invites_retry(text)) { told(false) } else { quoted };
    let nearest = Nearest {
        cassette: None,
        exchange,
        request: row.question.short(),
        differs: differences.iter().map(|difference| difference.pointer.to_string()).collect(),
    };
    miss(kind, question, &sentences, Some(nearest), flag)
}

fn is_made_up(row: &Row, difference: &Difference) -> bool {
    let changed = difference.left.is_some() && difference.right.is_some();
    changed && row.names.iter().any(|(_, place, _)| place == difference.pointer.as_str())
}

/// A question whose row has no answer now.
pub(super) fn unanswered(tape: &Tape, session: &Session, id: RowId, reason: Reason) -> Box<Miss> {
    let row = &tape.rows[id as usize];
    let asked = row.question.short();
    let (kind, text) = match reason {
        Reason::Stalled { entry, repeats } => {
            let seq = tape.entries[entry as usize].seq;
            let waits = waits_for(tape, session, entry);
            let text = format!(
                "{asked} was answered with exchange {seq} {repeats} times beyond the recording, as \
                 often as --max-repeats allows; {waits}."
            );
            (Kind::Stalled, text)
        }
        Reason::Strict => {
            let (_, why) = gap(tape, session, row);
            (
                Kind::Gap,
                format!("{asked} has only approximate answers, which --strict refuses: {why}."),
            )
        }
        Reason::NothingFits => nothing_fits(tape, session, row),
    };
    miss(kind, &row.question, &[text], None, None)
}

/// A request of one credential too many.
pub(super) fn crowded(question: &Question, sessions_max: usize) -> Box<Miss> {
    let text = format!(
        "{sessions_max} credentials have a position in the recording, and no more are kept; \
         `--sessions shared` keeps one for all."
    );
    miss(Kind::Crowded, question, &[text], None, None)
}

/// A request that nobody is there to answer.
pub(super) fn nothing_to_ask(question: &Question) -> Box<Miss> {
    let text = format!("{} is for no recording here.", question.short());
    miss(Kind::NeverRecorded, question, &[text], None, None)
}

/// A request that chooses none of the cassettes with these names.
pub(super) fn no_cassette(question: &Question, names: &str) -> Box<Miss> {
    let sentences = [
        format!("{} chooses none of the cassettes here ({names}).", question.short()),
        "Send the header `x-jobdeck-cassette: NAME`, or `cassette:NAME` as the bearer token, or insert \
         one for all by POST /cassette/NAME to the admin listener."
            .to_owned(),
    ];
    miss(Kind::NoCassette, question, &sentences, None, None)
}

/// A request that chooses a cassette which is not there; `instead` says what is.
pub(super) fn unknown_cassette(question: &Question, name: &str, instead: &str) -> Box<Miss> {
    let asked = question.short();
    let text = format!("{asked} chooses the cassette {name:?}, which is not here; {instead}.");
    miss(Kind::NoCassette, question, &[text], None, None)
}

/// What has to happen before a repeated answer can be followed by another.
pub(super) fn waits_for(tape: &Tape, session: &Session, id: EntryId) -> String {
    let entry = &tape.entries[id as usize];
    let next = tape.rows[entry.row as usize]
        .reads
        .iter()
        .filter_map(|thing| {
            let history = &tape.histories[*thing as usize];
            history
                .future(entry.span)
                .map(|change| change.entry)
                .find(|change| !session.has_given(*change))
        })
        .min();
    match next {
        Some(next) => format!("it waits for {}, which has not been replayed", tape.describe(next)),
        None => "the recording shows nothing after it".to_owned(),
    }
}

fn nothing_fits(tape: &Tape, session: &Session, row: &Row) -> (Kind, String) {
    let asked = row.question.short();
    let entry = |id: &EntryId| &tape.entries[*id as usize];
    let refused_only = |id: &EntryId| entry(id).is_refusal();
    if row.answers.is_empty() {
        let seqs: Vec<u64> = row.incomplete.iter().map(|id| entry(id).seq).collect();
        let text = format!(
            "{asked} was recorded without a whole answer ({}), so there is none to give.",
            exchanges(&seqs)
        );
        return (Kind::Incomplete, text);
    }
    if row.answers.iter().all(refused_only) {
        let text = format!("{asked} was recorded only as refused to another credential.");
        return (Kind::NeverRecorded, text);
    }
    let writes: Vec<u64> =
        row.answers.iter().map(entry).filter(|e| e.is_write).map(|e| e.seq).collect();
    let is_over = |id| entry(id).is_transient() || (entry(id).is_write && session.has_given(*id));
    if !writes.is_empty() && row.answers.iter().all(is_over) {
        if let [lost, ..] = &*row.incomplete {
            let text = format!(
                "{asked} has been answered as often as it was ({}); exchange {} was recorded without \
                 a whole answer.",
                exchanges(&writes),
                entry(lost).seq
            );
            return (Kind::Incomplete, text);
        }
        let text = format!(
            "{asked} has been answered as often as it was recorded ({}); a write is given once.",
            exchanges(&writes)
        );
        return (Kind::Exhausted, text);
    }
    let (seq, why) = gap(tape, session, row);
    (Kind::Gap, format!("{asked} was recorded, nearest in exchange {seq}, {why}."))
}

/// Why the answer that comes nearest does not fit, with its seq.
fn gap(tape: &Tape, session: &Session, row: &Row) -> (u64, String) {
    let nearest = row
        .answers
        .iter()
        .filter(|id| !session.has_given(**id))
        .map(|id| &tape.entries[*id as usize])
        .rev()
        .take(EXPLAINED_MAX)
        .map(|entry| {
            let (missing, extra) = distance(tape, session, entry);
            (missing.len() + extra.len(), entry, missing, extra)
        })
        .min_by_key(|(distance, ..)| *distance);
    let Some((_, entry, missing, extra)) = nearest else {
        return (0, "but has no answer left".to_owned());
    };
    let why = if let Some(id) = missing.first() {
        format!("only after {}, which has not been replayed", tape.describe(*id))
    } else if let Some(id) = extra.first() {
        format!("only before {}, which has been replayed", tape.describe(*id))
    } else if let Some(later) = session.contradicts(tape, entry) {
        format!(
            "only before {}, which has been given and shows a later state",
            tape.describe(later)
        )
    } else {
        "but not at this point".to_owned()
    };
    (entry.seq, why)
}

/// The changes that an answer needs and that are missing, and those that are there and that it must not
/// have; the first recorded first.
fn distance(tape: &Tape, session: &Session, entry: &Entry) -> (Vec<EntryId>, Vec<EntryId>) {
    let mut missing = Vec::new();
    let mut extra = Vec::new();
    for thing in &tape.rows[entry.row as usize].reads {
        let history = &tape.histories[*thing as usize];
        let past: Vec<EntryId> =
            history.past(entry.span).take(EXPLAINED_MAX).map(|change| change.entry).collect();
        let live: Vec<EntryId> = session.changes(*thing).collect();
        missing.extend(past.iter().filter(|id| !live.contains(id)));
        let later = |id: &&EntryId| {
            entry.span.before(tape.entries[**id as usize].span) || !past.contains(id)
        };
        extra.extend(live.iter().filter(later).take(EXPLAINED_MAX));
    }
    missing.sort_unstable();
    missing.dedup();
    extra.sort_unstable();
    extra.dedup();
    (missing, extra)
}

fn first_seq(tape: &Tape, row: &Row) -> u64 {
    let first = row.answers.first().or(row.incomplete.first());
    first.map_or(0, |id| tape.entries[*id as usize].seq)
}

fn exchanges(seqs: &[u64]) -> String {
    const NAMED_MAX: usize = 5;
    let mut names: Vec<String> = seqs.iter().take(NAMED_MAX).map(u64::to_string).collect();
    if seqs.len() > NAMED_MAX {
        names.push(format!("{} more", seqs.len() - NAMED_MAX));
    }
    let word = if seqs.len() == 1 { "exchange" } else { "exchanges" };
    format!("{word} {}", names.join(", "))
}

fn invites_retry(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    RETRY_WORDS.iter().any(|words| text.contains(words))
}

fn miss(
    kind: Kind,
    question: &Question,
    sentences: &[String],
    nearest: Option<Nearest>,
    flag: Option<String>,
) -> Box<Miss> {
    let told: Vec<&str> =
        sentences.iter().map(String::as_str).filter(|text| !invites_retry(text)).collect();
    let mut message = format!("No recorded answer ({}).", kind.name());
    for sentence in told {
        message.push(' ');
        message.push_str(sentence);
    }
    Box::new(Miss { kind, request: question.short(), message, nearest, flag })
}
