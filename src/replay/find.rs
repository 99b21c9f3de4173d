//! From a live question to its row: by its whole text, else by its text with names and placeholders
//! blanked. No search looks at all rows.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{
    names::Class,
    question::Question,
    session::{Choice, Session},
    tape::{Known, Row, RowId, Tape},
};
use crate::json::canonical;

/// How many rows with the same skeleton are tried for one question.
const CANDIDATES_MAX: usize = 1_000;

/// The row of a request whose bytes are known, if its names there are called as the session calls them.
pub(super) fn known(tape: &Tape, session: &Session, known: &Known) -> Option<Found> {
    let row = &tape.rows[known.row as usize];
    let mut found = Found::plain(known.row);
    for ((class, _, recorded), live) in row.names.iter().zip(&known.names) {
        if session.names.are_bound(*class, live, recorded) {
            continue;
        }
        if live != recorded || !session.names.agree(*class, live, recorded) {
            // It may be the name of another.
            return None;
        }
        found.names.push((*class, live.clone(), recorded.clone()));
    }
    Some(found)
}

/// A row that a question belongs to, and what that makes of the names in it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) row: RowId,
    /// The answer, if it had to be chosen in order to find the row.
    pub(super) choice: Option<Choice>,
    /// Class, live value, recorded value. Of a row found by its bytes, of those that are free alone.
    names: Vec<(Class, String, String)>,
    /// Placeholder, live value.
    placeholders: Vec<(String, String)>,
}

impl Found {
    /// What the names of a row that was searched are called in the question.
    pub(super) fn live_names(&self) -> impl Iterator<Item = &String> {
        self.names.iter().map(|(_, live, _)| live)
    }

    /// A row whose question holds no names.
    pub(super) fn plain(row: RowId) -> Self {
        Self { row, choice: None, names: Vec::new(), placeholders: Vec::new() }
    }

    /// Binds what was free. Whether anything is bound that was not.
    pub(super) fn bind(&self, session: &mut Session) -> bool {
        for (class, live, recorded) in &self.names {
            session.names.bind(*class, live, recorded);
        }
        for (placeholder, live) in &self.placeholders {
            session.placeholders.insert(placeholder.clone(), live.clone());
        }
        !self.names.is_empty() || !self.placeholders.is_empty()
    }
}

/// Finds the row of a question.
pub(super) fn find(
    tape: &Tape,
    session: &mut Session,
    question: &Question,
    volatile: &[String],
    credential: Option<&str>,
) -> Option<Found> {
    let live: Vec<Live> = question
        .made_up(volatile)
        .into_iter()
        .filter_map(|(class, place)| {
            let text = canonical(question.arguments.pointer(&place)?);
            Some(Live { class, place, text })
        })
        .collect();
    let bound: Vec<(String, String)> = live
        .iter()
        .filter_map(|name| {
            let recorded = session.names.recorded(name.class, &name.text)?;
            Some((name.place.clone(), recorded.to_owned()))
        })
        .collect();
    // The same request as recorded, or one all of whose names are known.
    let key = question.key_with(&with_values(&question.arguments, &bound));
    if let Some(row) = tape.by_key.get(&key)
        && let Some(found) = agree(&tape.rows[*row as usize], *row, question, &live, session)
    {
        return Some(found);
    }
    let mut first = None;
    for skeleton in skeletons(tape, question, &live) {
        let Some(rows) = tape.by_skeleton.get(&skeleton) else { continue };
        let done = advance(tape, session, rows);
        for row in rows[done..].iter().take(CANDIDATES_MAX) {
            let Some(mut found) = agree(&tape.rows[*row as usize], *row, question, &live, session)
            else {
                continue;
            };
            found.choice = session.choose(tape, *row, credential);
            if found.choice.is_some() {
                return Some(found);
            }
            first.get_or_insert(found);
        }
    }
    first
}

/// The texts by which rows with names or placeholders may know a question.
fn skeletons(tape: &Tape, question: &Question, live: &[Live]) -> impl Iterator<Item = String> {
    tape.paths(question).flat_map(move |path| {
        let blanks = tape.blanks.get(&path).into_iter().flatten();
        std::iter::once(None).chain(blanks.map(Some)).map(move |blanks| {
            let places = live.iter().map(|name| name.place.as_str());
            let blanks = blanks.into_iter().flatten().map(String::as_str);
            question.skeleton(&path, places.chain(blanks))
        })
    })
}

struct Live {
    class: Class,
    place: String,
    text: String,
}

/// What the names and placeholders of a row become for a live question, if they can.
fn agree(
    row: &Row,
    id: RowId,
    question: &Question,
    live: &[Live],
    session: &Session,
) -> Option<Found> {
    let mut found = Found::plain(id);
    for (class, place, recorded) in &row.names {
        let name = live.iter().find(|name| name.place == *place)?;
        if !session.names.agree(*class, &name.text, recorded) {
            return None;
        }
        found.names.push((*class, name.text.clone(), recorded.clone()));
    }
    let segments: Vec<&str> = question.path.split('/').collect();
    let in_path = row.placeholders.segments.iter();
    let in_path = in_path.map(|(at, pattern)| (segments.get(*at).copied(), pattern));
    let within = row.placeholders.arguments.iter();
    let within = within.map(|(place, pattern)| {
        (question.arguments.pointer(place).and_then(|value| value.as_str()), pattern)
    });
    for (text, pattern) in in_path.chain(within) {
        for (placeholder, value) in pattern.matches(text?)? {
            let known = session.placeholders.get(placeholder).map(String::as_str).or_else(|| {
                let (_, value) =
                    found.placeholders.iter().find(|(known, _)| known == placeholder)?;
                Some(value)
            });
            match known {
                Some(known) if decoded(known) != decoded(value) => return None,
                Some(_) => {}
                None => found.placeholders.push((placeholder.to_owned(), value.to_owned())),
            }
        }
    }
    Some(found)
}

/// What stands for a placeholder, without the percent-encoding that it has in one place and not in another.
fn decoded(live: &str) -> Cow<'_, [u8]> {
    percent_decode_str(live).into()
}

/// How many rows from the first have names that are all bound already: a question with a free name
/// belongs to none of them, and one whose names are bound is found by its text. Rows with placeholders are
/// never passed over.
fn advance(tape: &Tape, session: &mut Session, rows: &[RowId]) -> usize {
    let Some(first) = rows.first() else { return 0 };
    let mut done = session.bound_rows.get(first).copied().unwrap_or(0);
    let is_bound = |row: &RowId| {
        let row = &tape.rows[*row as usize];
        row.placeholders.is_empty()
            && row.names.iter().all(|(class, _, text)| session.names.is_taken(*class, text))
    };
    while rows.get(done).is_some_and(is_bound) {
        done += 1;
    }
    session.bound_rows.insert(*first, done);
    done
}

/// The arguments of a live question with the values at these places replaced.
fn with_values(arguments: &Value, values: &[(String, String)]) -> Value {
    let mut arguments = arguments.clone();
    for (place, text) in values {
        if let (Some(old), Ok(new)) = (arguments.pointer_mut(place), serde_json::from_str(text)) {
            *old = new;
        }
    }
    arguments
}
