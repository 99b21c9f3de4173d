//! Holds a server against the contract.
//!
//! Probes make things happen; [`oracles`](crate::oracle) judge the history that comes of it. A rule is said to
//! hold only if it could have been broken. What breaks a rule is done again, alone, and cut down to the few
//! steps that show it.
//!
//! ```text
//! profile + selection -> probes -> session -> target
//!                                     |
//!                                  history -> oracles -> findings -> shrink -> Outcome
//! ```
//!
//! A target is a server on the network or a handler in this process; time is the target's, so that a check of
//! a handler waits for nothing. Only what the check made itself is ever touched: it bears names that nothing
//! else has, is written to a journal before it is made, and removed at the end.

mod bench;
mod budget;
mod chance;
mod cleanup;
mod deviations;
mod judgement;
mod missing;
mod one_run;
mod outcome;
mod phrases;
mod probes;
mod profile;
mod program;
mod runner;
mod selection;
mod session;
mod shrink;
mod target;
mod workers;

pub use budget::Budget;
pub use cleanup::Leftovers;
pub use deviations::{Deviation, Deviations, Standing};
pub use judgement::judge;
pub use outcome::{Again, End, Found, Outcome, Summary, Verdict};
pub use profile::{DeadlinesS, Fragment, Profile, Tasks};
pub use program::{Act, Ask, Credential, Form, Poll, Program, Step, Until, Writing};
pub use runner::{Options, Progress, check, clean_up, implemented, rerun};
pub use selection::{Allowed, Selection, Shard};
pub use shrink::Effort;
pub use target::{BASE_PATH, Embedded, Remote, Target};
