//! One broken rule on the page: what was expected, the steps that show it, the runs involved, how to see it again.

use maud::{Markup, html};

use super::timeline::timeline;
use crate::{
    check::Outcome,
    report::{
        again::Again,
        proof::{Kept, Proof},
        text::place,
    },
};

pub(super) fn finding(
    outcome: &Outcome,
    proof: &Proof<'_>,
    kept: Option<&Kept>,
    again: &Again,
) -> Markup {
    let found = proof.found;
    let rule = found.rule;
    let pointer = found.violation.finding.pointer.as_str();
    html! {
        article.finding data-row=(format!("{} {} broken {}", rule.id, rule.level.name(), proof.got)) {
            h3 {
                span.badge.broken[rule.level <= outcome.level] { (rule.level.name()) }
                " " (rule.id)
            }
            p { (place(rule)) (rule.statement) }
            dl {
                dt { "expected" } dd { (proof.expected) }
                dt { "got" } dd { (proof.got) @if !pointer.is_empty() { " at " code { (pointer) } } }
                @if let Some((seen, of)) = found.again {
                    dt { "seen again" } dd { (seen) " of " (of) " times" }
                }
                @if let Some(probe) = found.probe {
                    dt { "found by" } dd { (probe) }
                }
            }
            table.steps {
                @for line in proof.story() {
                    tr {
                        td.number { (line.number) }
                        td { code { (line.request) } }
                        td { code { (line.answer) } @if line.times > 1 { " (" (line.times) " times)" } }
                    }
                }
            }
            @if let Some(picture) = timeline(proof.exchanges()) {
                figure { (picture) }
            }
            @if let Some(command) = again.of(kept, outcome.seed) {
                p { "Again: " code { (command) } }
            }
            @if let Some(script) = proof.script() {
                details { summary { "by curl" } pre { (script) } }
            }
        }
    }
}
