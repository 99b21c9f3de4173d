//! A recording made ready for questions: rows of answers with what each of them requires, and the
//! indexes that lead from a request to its row. `build` makes it, and nothing changes then but what is known by
//! its bytes.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashSet};
use http::Method;

use super::{
    about::About,
    history::{EntryId, History, Need},
    names::Class,
    placeholders::Placeholders,
    question::Question,
    things::{Thing, ThingId, Things},
};
use crate::{
    contract::Endpoint,
    exchange::{Reply, Request, Response},
    life::{Span, Unended},
};

/// The number of a row on one tape.
pub(super) type RowId = u32;

/// Where discovery asks. It is answered without a recording.
pub(super) const DISCOVERY: &str = "/.well-known/databricks-config";

/// A recording, indexed.
#[derive(Debug)]
pub(super) struct Tape {
    pub(super) entries: Vec<Entry>,
    pub(super) rows: Vec<Row>,
    pub(super) things: Things,
    pub(super) histories: Vec<History>,
    /// Rows by the whole text of their question.
    pub(super) by_key: HashMap<String, RowId>,
    /// Rows by the bytes of a request, where nothing in it is a placeholder.
    pub(super) by_bytes: HashMap<Vec<u8>, Known>,
    /// Rows by their question with names and placeholders blanked.
    pub(super) by_skeleton: HashMap<String, Vec<RowId>>,
    /// For each method and number of segments: the sets of segments in which paths hold placeholders.
    pub(super) blanked_segments: HashMap<(Method, usize), BTreeSet<Vec<usize>>>,
    /// For each blanked path: the sets of places at which its questions hold placeholders.
    pub(super) blanks: HashMap<String, BTreeSet<Vec<String>>>,
    /// Rows by their blanked path.
    pub(super) by_path: BTreeMap<String, Vec<RowId>>,
    /// Whether some recorded request has a body that was too long to keep.
    pub(super) has_omitted: bool,
    /// Whether some answer refuses a credential.
    pub(super) has_refusals: bool,
    /// The jobs and runs that were made here.
    pub(super) made: HashSet<ThingId>,
    /// The runs of each job, as far as some answer tells.
    pub(super) runs_of_jobs: HashMap<i64, Vec<i64>>,
    /// Runs that never end here, with the seq that shows them last.
    pub(super) endless: Vec<Unended>,
    /// Pointers to values that clients make up at which no request has a value.
    pub(super) idle_pointers: Vec<String>,
}

/// An exchange.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) seq: u64,
    pub(super) span: Span,
    pub(super) row: RowId,
    /// The answer, if the whole of it is there.
    pub(super) response: Option<Response>,
    /// The `authorization` of the request.
    pub(super) credential: Option<String>,
    pub(super) about: About,
    /// One for each thing that its row reads.
    pub(super) needs: Vec<Need>,
    pub(super) is_write: bool,
}

impl Entry {
    /// Whether it shows a run that is not over.
    pub(super) fn shows_active(&self) -> bool {
        self.about.shows.iter().any(|show| show.ended == Some(false))
    }

    fn status(&self) -> u16 {
        self.response.as_ref().map_or(0, |response| response.status)
    }

    /// Whether it refuses a credential.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self.status(), 401 | 403)
    }

    /// Whether asking again may well give another answer.
    pub(super) fn is_transient(&self) -> bool {
        self.status() == 429 || self.status() >= 500
    }
}

/// All answers to one question.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) question: Question,
    pub(super) reads: Vec<ThingId>,
    /// The answers, in order. The place in this list is the position of a cursor.
    pub(super) answers: Vec<EntryId>,
    /// Exchanges without a whole answer behind the last answer.
    pub(super) incomplete: Vec<EntryId>,
    /// The values that the client made up: class, place, canonical text.
    pub(super) names: Vec<(Class, String, String)>,
    pub(super) placeholders: Placeholders,
    /// The credentials, or the lack of one, that some answer refuses.
    pub(super) refused: Vec<Option<String>>,
    /// Whether some answer is a write.
    pub(super) has_writes: bool,
    /// Whether some answer is not transient.
    pub(super) has_lasting: bool,
    pub(super) fits: Fits,
    pub(super) lists: Option<Lists>,
}

/// The row of a request whose bytes are known.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) row: RowId,
    /// What the names of the row are called in the request, in their order.
    pub(super) names: Vec<String>,
    /// What it was answered last, if that is its answer as long as its session does not move.
    pub(super) settled: Option<Box<Settled>>,
}

impl Known {
    pub(super) fn new(row: RowId, names: Vec<String>) -> Self {
        Self { row, names, settled: None }
    }
}

/// The answer to a question that is asked again while nothing moves.
#[derive(Debug)]
pub(super) struct Settled {
    /// The move of the session, which no other session has.
    pub(super) moved: u64,
    pub(super) reply: Reply,
}

/// Which positions of a row fit which history.
#[derive(Debug, Default)]
pub(super) struct Fits {
    /// Positions that fit one history best, by the fold of its sums.
    pub(super) exact: HashMap<u64, Vec<u32>>,
    /// Positions that may fit one more change or the other, by how many they require.
    pub(super) flexible: BTreeMap<u32, Vec<u32>>,
    /// How many more changes one of those may fit.
    pub(super) slack: u32,
    /// Positions that fit quite different histories.
    pub(super) loose: Vec<u32>,
}

/// The index of a row whose answers are lists.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// Positions of whole lists: the shortest first, of these the latest first.
    pub(super) by_size: Vec<u32>,
    /// The same of those that contain an item.
    pub(super) containing: HashMap<ThingId, Vec<u32>>,
}

/// The key of a request in [`Tape::by_bytes`].
pub(super) fn bytes_key(request: &Request, key: &mut Vec<u8>) {
    key.clear();
    key.extend_from_slice(request.method.as_str().as_bytes());
    key.push(b' ');
    key.extend_from_slice(request.target.as_bytes());
    key.push(b'\n');
    key.extend_from_slice(request.body.bytes());
}

/// The longest request that is known by its bytes; longer ones are read anew each time.
pub(super) const BYTES_KEY_MAX: usize = 64 * 1024;

impl Tape {
    /// The blanked paths under which the rows of a question may stand, its own first.
    pub(super) fn paths(&self, question: &Question) -> impl Iterator<Item = String> {
        let shape = (question.method.clone(), question.path.split('/').count());
        let sets = self.blanked_segments.get(&shape).into_iter().flatten();
        let blanked = sets.map(|segments| question.blanked_path(segments));
        std::iter::once(question.blanked_path(&[])).chain(blanked)
    }

    /// The endpoint that a row asks.
    pub(super) fn endpoint(&self, row: RowId) -> Option<Endpoint> {
        self.rows[row as usize].question.endpoint
    }

    /// `POST jobs/update, exchange 12`.
    pub(super) fn describe(&self, id: EntryId) -> String {
        let entry = &self.entries[id as usize];
        format!("{}, exchange {}", self.rows[entry.row as usize].question.short(), entry.seq)
    }

    /// Whether a job or run that a question names stands anywhere on the tape.
    pub(super) fn unknown_id(&self, question: &Question) -> Option<String> {
        question.endpoint?;
        let unknown = |name: &str, thing: fn(i64) -> Thing| {
            let id = question.integer(name)?;
            (!self.things.knows(&thing(id))).then(|| format!("{} {id}", &name[..3]))
        };
        unknown("run_id", Thing::Run).or_else(|| unknown("job_id", Thing::Job))
    }

    /// The jobs and runs that were made here.
    pub(super) fn made_here(&self) -> impl Iterator<Item = &Thing> {
        self.things.known().filter(|(_, id)| self.made.contains(id)).map(|(thing, _)| thing)
    }

    /// Whether a question names a job or a run that was made here, or a token that was used.
    pub(super) fn names_what_was_made(&self, question: &Question) -> bool {
        let job = question.integer("job_id").map(Thing::Job);
        let run = question.integer("run_id").map(Thing::Run);
        let made =
            |thing: Thing| self.things.find(&thing).is_some_and(|id| self.made.contains(&id));
        let token = question.token().map(|token| Thing::Token(token.to_owned()));
        job.is_some_and(made)
            || run.is_some_and(made)
            || token.is_some_and(|token| self.things.knows(&token))
    }
}
