//! What a comparison found, for people and for programs.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeStruct as _};
use serde_json::Value;

use crate::cassette::show::visible;

/// How much of a value people are shown, in characters.
const SHOWN_CHARS_MAX: usize = 120;

/// Everything that differs between two recordings. As JSON it has the keys of its fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// How many exchanges have a partner that says the same.
    pub same: usize,
    /// Exchanges that differ from their partner, in the order of the older recording.
    pub changed: Vec<Changed>,
    /// Exchanges of the older recording without a partner.
    pub only_old: Vec<Alone>,
    /// Exchanges of the newer recording without a partner.
    pub only_new: Vec<Alone>,
    /// How many answers without a partner show a run on its way: when somebody looks decides whether there
    /// are any, and they are no difference.
    pub passing: usize,
}

/// A pair of exchanges that differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Method, path and thing, with the ids of the older recording.
    pub request: String,
    /// The number of the older exchange.
    pub old: u64,
    /// The number of the newer exchange.
    pub new: u64,
    /// Where they differ.
    pub fields: Vec<Change>,
}

/// One field that differs. As JSON it also says whether it was `added`, `removed` or `changed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The place in the exchange, as a JSON pointer (RFC 6901).
    pub pointer: String,
    /// What stands there in the older exchange, if anything.
    pub old: Option<Value>,
    /// What stands there in the newer exchange, if anything.
    pub new: Option<Value>,
}

/// An exchange without a partner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alone {
    /// Method, path and thing, with the ids of its own recording.
    pub request: String,
    /// Its number.
    pub exchange: u64,
    /// Status and answer in a few words.
    pub answer: String,
}

impl Comparison {
    /// Whether nothing differs.
    pub fn is_same(&self) -> bool {
        self.changed.is_empty() && self.only_old.is_empty() && self.only_new.is_empty()
    }
}

impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut change = serializer.serialize_struct("Change", 4)?;
        change.serialize_field("pointer", &self.pointer)?;
        let kind = match (&self.old, &self.new) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        };
        change.serialize_field("change", kind)?;
        match &self.old {
            Some(old) => change.serialize_field("old", old)?,
            None => change.skip_field("old")?,
        }
        match &self.new {
            Some(new) => change.serialize_field("new", new)?,
            None => change.skip_field("new")?,
        }
        change.end()
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The same change in many answers is one piece of news.
        let mut told: Vec<(&Changed, usize)> = Vec::new();
        for changed in &self.changed {
            let endpoint =
                |changed: &Changed| changed.request.split(", ").next().map(str::to_owned);
            let known = told.iter_mut().find(|(first, _)| {
                endpoint(first) == endpoint(changed) && first.fields == changed.fields
            });
            match known {
                Some((_, times)) => *times += 1,
                None => told.push((changed, 1)),
            }
        }
        for (changed, times) in told {
            let Changed { request, old, new, fields } = changed;
            let more = match times - 1 {
                0 => String::new(),
                more => format!(", and {more} more alike"),
            };
            writeln!(f, "changed: {} (exchange {old}, now {new}{more})", visible(request))?;
            for field in fields {
                writeln!(f, "  {field}")?;
            }
        }
        for (what, exchanges) in [("gone", &self.only_old), ("new", &self.only_new)] {
            for Alone { request, exchange, answer } in exchanges {
                let (request, answer) = (visible(request), shortened(&visible(answer)));
                writeln!(f, "{what}: {request} (exchange {exchange}): {answer}")?;
            }
        }
        let (changed, gone, new) = (self.changed.len(), self.only_old.len(), self.only_new.len());
        write!(f, "{changed} changed, {gone} gone, {new} new, {} the same", self.same)?;
        match self.passing {
            0 => Ok(()),
            1 => f.write_str("; 1 answer showed a run on its way that the other did not see"),
            more => {
                write!(f, "; {more} answers showed a run on its way that the other did not see")
            }
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = visible(&self.pointer);
        let shown = |value: &Value| shortened(&visible(&value.to_string()));
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => write!(f, "~ {place}: {} -> {}", shown(old), shown(new)),
            (None, Some(new)) => write!(f, "+ {place}: {}", shown(new)),
            (Some(old), None) => write!(f, "- {place}: {}", shown(old)),
            (None, None) => write!(f, "  {place}"),
        }
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
