//! What a check came to, for people and for programs.
//!
//! [`text`] is for a terminal, [`html()`] for a browser, [`markdown`] for the summary of a workflow step; [`json`],
//! [`junit`] and [`github`] are for those who read them; [`coverage()`] tells what of the contract was seen; [`Proof`] is what is kept of a finding: a cassette, the steps to do it again, and a script for curl. Whatever shows an exchange shows it
//! redacted.
//!
//! # The JSON report
//!
//! One object. `jobdeck_report` is its version (1); `tool`, `target`, `seed`, `level`, `requests` and `took_ms`
//! tell what was done; `verdict` is `held`, `partial`, `broken` or `nothing`. `counts` has for each level how
//! many rules have each verdict. `rules` has one entry for each rule that was asked for: `rule`, `level`,
//! `verdict`, and where they apply `exercised`, `broken` and `reason`. `findings` has one entry for each broken
//! rule: `rule`, `level`, `section`, `lines`, `statement`, `pointer`, `expected`, `got`, `again` (`seen` times
//! `of` so many), `probe`, `steps` (each with `request` and `answer`), and `rerun`, the command that does it
//! again. `deviations` has one entry for each known deviation whose rule was asked for: `rule`, `got`, `reason`,
//! `source`, `expires`, and its `standing`, which is `seen`, `unseen` or `stale`, then with `why`. `rerun` is `FIXED`,
//! `STILL FAILS` or `CANNOT TELL` where a kept finding was done again. `unsupported` has one entry for each endpoint that
//! the target does not have: `endpoint` and the `status` that said so. `coverage` tells what of the contract was seen:
//! `totals` by kind (`seen` points `of` so many); `parts`, each with its `kind`, what it is `of` (an endpoint, a list of words,
//! an area of rules), how many `points` it has, those that were `seen` with how often, and those `unseen` (what lies within
//! one that was not seen is not named by itself); and `failures`, the `status` and `error_code` of requests that were not
//! carried out, with how many `times`. `broken_off`, `ended` and `left_behind` tell what did not go well.

mod again;
mod coverage;
mod github;
mod html;
mod json;
mod junit;
mod markdown;
mod proof;
mod script;
mod story;
mod tally;
mod text;
mod visible;

pub use again::Again;
pub use coverage::coverage;
pub use github::github;
pub use html::html;
pub use json::json;
pub use junit::junit;
pub use markdown::markdown;
pub use proof::{Kept, Proof};
pub use text::text;
