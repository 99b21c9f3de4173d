//! Requests that were sent to show one rule each: carried out where all about them is right, refused where
//! the history tells why they must be.
//!
//! Which rules that are, the marks say.

use super::{
    Expect, Facts, Mark, Oracle, Tally,
    history::{Answer, Entry},
    refusals::is_failure,
    tally::Proof,
};
pub(super) const ORACLE: Oracle = Oracle { rules: Vec::new, judge };

fn judge(facts: &Facts<'_>, tally: &mut Tally) {
    for entry in facts.history.entries() {
        let Some(Mark { rule, expect }) = entry.mark else { continue };
        let (holds, expected) = match (expect, &entry.answer) {
            (Expect::Done, Answer::Refused(_)) => {
                (false, "success: all about this request is valid")
            }
            (Expect::Done, Answer::Done(_))
            | (Expect::Refused, Answer::Refused(_) | Answer::Denied(_))
            | (Expect::Invalid, Answer::Refused(400))
            | (Expect::Settled, Answer::Done(_) | Answer::Refused(_)) => (true, ""),
            (Expect::Refused, Answer::Done(_)) => (false, "a refusal (4xx)"),
            (Expect::Invalid, Answer::Done(_) | Answer::Refused(_)) => (false, "a refusal (400)"),
            (Expect::Invalid, answer) if is_failure(answer) => (false, "a refusal (400)"),
            (Expect::Settled, answer) if is_failure(answer) => {
                (false, "success or a refusal (4xx)")
            }
            _ => continue,
        };
        // A server that refuses everything, or takes everything, shows nothing by that.
        if works(facts, entry, expect) {
            tally.judge(rule, holds, || {
                Proof::new(&[entry]).expected(expected).got(entry.outcome())
            });
        }
    }
}

fn works(facts: &Facts<'_>, entry: &Entry, expect: Expect) -> bool {
    match (expect, entry.endpoint()) {
        (Expect::Refused | Expect::Invalid | Expect::Settled, Some(endpoint)) => {
            facts.working.contains(&endpoint)
        }
        (Expect::Done, _) | (_, None) => !facts.working.is_empty(),
    }
}
