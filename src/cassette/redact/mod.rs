//! Takes secrets out of exchanges before they are written.
use super::Cassette;
use crate::exchange::Exchange;

/// What is redacted.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Nothing is.
    pub off: bool,
    /// Headers whose values are secret, beside the known ones.
    pub headers: Vec<String>,
    /// Names of JSON members whose strings are secret, beside the known ones.
    pub members: Vec<String>,
    /// Patterns of secrets, beside the known ones.
    pub patterns: Vec<regex::Regex>,
}

/// Something that looks like a credential, by place and rule, never by value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Residue {
    /// The exchange.
    pub seq: u64,
    /// Where in it, as a JSON pointer.
    pub pointer: String,
    /// The name of the rule that found it.
    pub rule: &'static str,
}

/// Takes secrets out of the exchanges of one recording; the same secret gets the same placeholder.
#[derive(Debug)]
pub struct Redactor {}

impl Redactor {
    /// For a recording from the workspace at this base URL.
    pub fn new(_policy: Policy, _upstream: &str) -> Self {
        unimplemented!("follows")
    }

    /// Takes the secrets out, and adds to `redacted` where they stood.
    pub fn redact(&mut self, _exchange: &mut Exchange) {
        unimplemented!("follows")
    }
}

/// What looks like a credential in a cassette.
pub fn scan(_cassette: &Cassette) -> Vec<Residue> {
    Vec::new()
}
