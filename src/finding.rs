//! A broken promise: which rule, where, what was expected and what was there instead.

use std::fmt;

use crate::json::Pointer;

/// One broken rule at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The id of the rule in [`crate::contract::rules`].
    pub rule: &'static str,
    /// The place in the JSON value that was judged.
    pub pointer: Pointer,
    /// What the rule asks for, as a phrase: `at most 64 characters`.
    pub expected: String,
    /// What was there, as a phrase, cut short where it is long.
    pub got: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, pointer, expected, got } = self;
        write!(f, "{pointer}: expected {expected}, got {got} ({rule})")
    }
}
