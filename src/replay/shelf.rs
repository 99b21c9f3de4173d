//! Which cassettes a request is for, where there are several.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use super::{
    miss::{self, Miss},
    player::credential,
    question::Question,
};
use crate::exchange::Request;

/// The header in which a request chooses its cassette.
const CHOICE: &str = "x-jobdeck-cassette";
/// What a bearer token begins with that chooses its cassette.
const TOKEN: &str = "cassette:";
/// How many of several cassettes are named.
const NAMED_MAX: usize = 8;

/// How several cassettes lie in one deck, by their places.
#[derive(Debug)]
pub(super) enum Shelf {
    /// One on the other: all are asked, the last first.
    Stack(usize),
    /// Side by side: each request chooses one.
    Row(Row),
}

/// Cassettes of which each request chooses one by name: by a header, by its token, else the one that was
/// put in last.
#[derive(Debug)]
pub(super) struct Row {
    places: BTreeMap<String, usize>,
    inserted: Option<usize>,
    /// Those that were ever chosen.
    chosen: BTreeSet<usize>,
}

impl Row {
    pub(super) fn of<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let places = names.enumerate().map(|(place, name)| (name.to_owned(), place)).collect();
        Self { places, inserted: None, chosen: BTreeSet::new() }
    }

    /// Makes a cassette that of all requests which choose none. Gives its place, if it is here.
    pub(super) fn insert(&mut self, name: &str) -> Option<usize> {
        let place = *self.places.get(name)?;
        self.inserted = Some(place);
        self.chosen.insert(place);
        Some(place)
    }

    /// The name that is most like another.
    fn nearest(&self, name: &str) -> Option<&str> {
        let alike = |known: &str| {
            let alike = |(a, b): &(u8, u8)| a.eq_ignore_ascii_case(b);
            let front = known.bytes().zip(name.bytes()).take_while(alike).count();
            let back = known.bytes().rev().zip(name.bytes().rev()).take_while(alike).count();
            front + back
        };
        let names = self.places.keys().map(String::as_str);
        names.max_by_key(|known| alike(known)).filter(|known| alike(known) > 0)
    }

    /// What names there are instead of one that is not here.
    pub(super) fn instead_of(&self, name: &str) -> String {
        match self.nearest(name) {
            Some(nearest) => format!("the nearest is {nearest}"),
            None => format!("there are {}", self.names()),
        }
    }

    /// The names, or the first of many.
    fn names(&self) -> String {
        let mut names: Vec<&str> =
            self.places.keys().take(NAMED_MAX + 1).map(String::as_str).collect();
        if names.len() > NAMED_MAX {
            names[NAMED_MAX] = "...";
        }
        names.join(", ")
    }
}

impl Shelf {
    /// The places of the cassettes that a request is for, of which the last is asked first.
    pub(super) fn places(&mut self, request: &Request) -> Result<Range<usize>, Box<Miss>> {
        let row = match self {
            Self::Stack(count) => return Ok(0..*count),
            Self::Row(row) => row,
        };
        let name = in_header(request).or_else(|| in_token(request).map(Cow::from));
        let place = match &name {
            Some(name) => row.places.get(&**name).copied(),
            None => row.inserted,
        };
        let Some(place) = place else {
            let question = Question::read(request, &[]);
            return Err(match name {
                Some(name) => miss::unknown_cassette(&question, &name, &row.instead_of(&name)),
                None => miss::no_cassette(&question, &row.names()),
            });
        };
        row.chosen.insert(place);
        Ok(Range { start: place, end: place + 1 })
    }

    /// Whether more than one cassette may answer a request.
    pub(super) fn asks_several(&self) -> bool {
        matches!(self, Self::Stack(count) if *count > 1)
    }

    /// Whether a cassette has its part in what a receipt says.
    pub(super) fn is_asked(&self, place: usize) -> bool {
        match self {
            Self::Stack(_) => true,
            Self::Row(row) => row.chosen.contains(&place),
        }
    }
}

/// The cassette that a header names. One that is no text names none that is here.
fn in_header(request: &Request) -> Option<Cow<'_, str>> {
    let (_, value) = request.headers.iter().find(|(name, _)| name.as_str() == CHOICE)?;
    Some(String::from_utf8_lossy(value.as_bytes()))
}

/// The cassette that a bearer token names: `cassette:NAME`, or `cassette:NAME:ANYTHING` for clients that are to
/// have positions of their own.
fn in_token(request: &Request) -> Option<&str> {
    let (scheme, token) = credential(request)?.split_once(' ')?;
    let choice = token.trim_start().strip_prefix(TOKEN)?;
    scheme.eq_ignore_ascii_case("bearer").then(|| choice.split(':').next().unwrap_or(choice))
}
