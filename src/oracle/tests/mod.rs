//! Histories made by hand: exchanges in, broken rules out.

mod proofs;
mod races;
mod tolerance;
