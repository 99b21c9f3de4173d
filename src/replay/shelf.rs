//! Which cassettes a request is for, where there are several.

use std::{
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
    pub(super) fn nearest(&self, name: &str) -> Option<&str> {
        let alike = |known: &str| {
            let front = known.bytes().zip(name.bytes()).take_while(|(a, b)| a == b).count();
            let back =
                known.bytes().rev().zip(name.bytes().rev()).take_while(|(a, b)| a == b).count();
            front + back
        };
        let names = self.places.keys().map(String::as_str);
        names.max_by_key(|known| alike(known)).filter(|known| alike(known) > 0)
    }
}

impl Shelf {
    /// The places of the cassettes that a request is for, of which the last is asked first.
    pub(super) fn places(&mut self, request: &Request) -> Result<Range<usize>, Box<Miss>> {
        let row = match self {
            Self::Stack(count) => return Ok(0..*count),
            Self::Row(row) => row,
        };
        let name = request.headers.get(CHOICE).or_else(|| in_token(request));
        let place = match name {
            Some(name) => row.places.get(name).copied(),
            None => row.inserted,
        };
        let Some(place) = place else {
            let question = Question::read(request, &[]);
            return Err(match name {
                Some(name) => miss::unknown_cassette(&question, name, row.nearest(name)),
                None => miss::no_cassette(&question, row.places.keys().map(String::as_str)),
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

/// The cassette that a bearer token names: `cassette:NAME`, or `cassette:NAME:ANYTHING` for clients that are to
/// have positions of their own.
fn in_token(request: &Request) -> Option<&str> {
    let (scheme, token) = credential(request)?.split_once(' ')?;
    let choice = token.trim_start().strip_prefix(TOKEN)?;
    scheme.eq_ignore_ascii_case("bearer").then(|| choice.split(':').next().unwrap_or(choice))
}
