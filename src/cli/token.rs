//! Tokens that nobody can guess and that are never the same.

use crate::error::{Error, Kind, Result};

/// A new token of 128 random bits behind a word that tells what it is for.
pub(super) fn made_up(word: &str) -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|cause| {
        Error::new(Kind::Environment, "failed to make up a token").because(cause)
    })?;
    Ok(format!("{word}-{:032x}", u128::from_ne_bytes(bytes)))
}

/// A number that nobody can guess.
pub(super) fn random() -> Result<u32> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).map_err(|cause| {
        Error::new(Kind::Environment, "failed to make up a number").because(cause)
    })?;
    Ok(u32::from_ne_bytes(bytes))
}
