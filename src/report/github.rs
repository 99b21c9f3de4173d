//! The report as workflow commands of GitHub Actions: an annotation for each broken rule.
//!
//! A command is one line, `::error title=TITLE::MESSAGE`. What would end the line or a property is
//! percent-encoded; the runner decodes it.

use std::fmt::Write as _;

use super::proof::{Kept, Proof};
use crate::{
    check::{Outcome, Verdict},
    contract::rules::Level,
};

/// The annotations, those of the rules that count first: GitHub shows only some of them.
pub fn github(outcome: &Outcome, proofs: &[(Proof<'_>, Option<Kept>)]) -> String {
    let mut text = String::new();
    let rank = |proof: &Proof<'_>| severity(outcome, proof);
    let mut sorted: Vec<_> = proofs.iter().map(|(proof, _)| proof).collect();
    sorted.sort_by_key(|proof| rank(proof));
    for proof in sorted {
        let command = ["error", "warning", "notice"][usize::from(rank(proof))];
        let rule = proof.found.rule;
        let title = property(&format!("{} {}", rule.level.name(), rule.id));
        let told = format!("{}\nexpected {}\ngot {}", rule.statement, proof.expected, proof.got);
        let _ = writeln!(text, "::{command} title={title}::{}", data(&told));
    }
    let held = outcome.verdicts.iter().filter(|(_, verdict)| matches!(verdict, Verdict::Held(_)));
    let told = format!(
        "{}: {} rules held, {} broken; {} exchanges",
        outcome.target,
        held.count(),
        proofs.len(),
        outcome.requests
    );
    let _ = writeln!(text, "::notice title=jobdeck check::{}", data(&told));
    text
}

/// 0 where the check fails by it, 1 where the document says so all the same, 2 for the rest.
fn severity(outcome: &Outcome, proof: &Proof<'_>) -> u8 {
    let level = proof.found.rule.level;
    if level <= outcome.level { 0 } else { 1 + u8::from(level == Level::Observed) }
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_text_ends_its_line_or_its_property(text in ".*|(::|\r|\n|%0A|,|error|=|\u{85})*") {
            prop_assert!(!data(&text).contains(['\r', '\n']));
            prop_assert!(!property(&text).contains(['\r', '\n', ':', ',']));
            let read = data(&text).replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%");
            prop_assert_eq!(read, text);
        }
    }
}
