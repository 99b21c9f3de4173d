//! The report as Markdown, for the summary of a workflow step, an issue or a pull request.

use std::fmt::Write as _;

use super::{
    again::Again,
    proof::{Kept, Proof},
    tally::{by_area, standing},
    text::{place, verdict},
};
use crate::{check::Outcome, contract::rules::Level};

/// How many findings are told whole; the summary of a step holds a megabyte.
const TOLD_MAX: usize = 50;

/// The whole report. Whatever a server said stands in fenced blocks, where nothing acts.
pub fn markdown(outcome: &Outcome, proofs: &[(Proof<'_>, Option<Kept>)], again: &Again) -> String {
    let mut text = format!("## jobdeck check: {}\n\n", outcome.summary().name());
    let seed = outcome.seed.map_or(String::new(), |seed| format!(", seed {seed}"));
    let told = format!(
        "{}\n{}\n{} exchanges in {:.1} s{seed}\n",
        outcome.target,
        verdict(outcome),
        outcome.requests,
        outcome.took.as_secs_f64(),
    );
    text.push_str(&fenced("text", &told));
    table(&mut text, outcome);
    for (proof, kept) in proofs.iter().take(TOLD_MAX) {
        finding(&mut text, outcome, proof, kept.as_ref(), again);
    }
    if proofs.len() > TOLD_MAX {
        let _ = writeln!(text, "… and {} more broken rules\n", proofs.len() - TOLD_MAX);
    }
    for told in standing(outcome) {
        text.push_str(&fenced("text", &told));
    }
    text
}

/// A row for each area of rules, a column for each thing that can become of them.
fn table(text: &mut String, outcome: &Outcome) {
    text.push_str("| area | held | broken | not shown |\n|---|--:|--:|--:|\n");
    for (area, counts) in by_area(&outcome.verdicts) {
        let broken = if counts.broken > 0 { format!("**{}**", counts.broken) } else { "0".into() };
        let _ = writeln!(text, "| {area} | {} | {broken} | {} |", counts.held, counts.unshown);
    }
    text.push('\n');
}

fn finding(
    text: &mut String,
    outcome: &Outcome,
    proof: &Proof<'_>,
    kept: Option<&Kept>,
    again: &Again,
) {
    let rule = proof.found.rule;
    let mark = match rule.level {
        level if level <= outcome.level => "❌",
        Level::Observed => "ℹ️",
        _ => "⚠️",
    };
    let _ = writeln!(text, "### {mark} `{}`\n", rule.id);
    let _ = writeln!(text, "{}: {}{}\n", rule.level.name(), place(rule), rule.statement);
    let mut told = format!("expected  {}\ngot       {}\n\n", proof.expected, proof.got);
    for line in proof.story() {
        let times = if line.times > 1 { format!(" ({} times)", line.times) } else { String::new() };
        let _ = writeln!(told, "{:>3}  {}  ->  {}{times}", line.number, line.request, line.answer);
    }
    text.push_str(&fenced("text", &told));
    if let Some(command) = again.of(kept, outcome.seed) {
        text.push_str(&fenced("sh", &format!("{command}\n")));
    }
}

/// A text in which nothing acts: its fence is longer than any in it.
fn fenced(kind: &str, text: &str) -> String {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{kind}\n{text}{end}{fence}\n\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_text_ends_its_block(text in ".*|(`|\n|~|<!--|a)*") {
            let block = fenced("text", &text);
            let mut lines = block.trim_end_matches('\n').split('\n');
            let fence = lines.next().unwrap().trim_end_matches("text").to_owned();
            prop_assert_eq!(lines.next_back(), Some(&*fence));
            prop_assert!(lines.all(|line| !line.contains(&fence)));
        }
    }
}
