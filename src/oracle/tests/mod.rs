//! Histories made by hand: exchanges in, broken rules out.

mod implied;
mod proofs;
mod races;
mod schedules;
mod tolerance;
