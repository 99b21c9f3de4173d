//! The report as one page that needs nothing else: no script, style, font or picture from elsewhere.
//!
//! Whatever a server said is text on it: every value is escaped by the templates, and the page's policy lets
//! no script or style act but the two whose digests it names.

mod finding;
mod timeline;

use std::collections::BTreeSet;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::{
    again::Again,
    coverage,
    proof::{Kept, Proof},
    tally::{Counts, area, standing},
    text::{reason, verdict},
    visible::visible,
};
use crate::{
    check::{Outcome, Verdict},
    contract::rules::{Level, Rule},
};

const STYLE: &str = include_str!("style.css");
const FILTER: &str = include_str!("filter.js");

/// The whole page. What stands behind `#` in its address is put into the filter.
pub fn html(outcome: &Outcome, proofs: &[(Proof<'_>, Option<Kept>)], again: &Again) -> String {
    let summary = outcome.summary().name();
    let target = visible(&outcome.target);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width";
                title { "jobdeck check: " (summary) ", " (target) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "jobdeck check " span class=(format!("badge {summary}")) { (summary) } }
                    p { (target) }
                    p.quiet {
                        (verdict(outcome)) "; " (outcome.requests) " exchanges in "
                        (format!("{:.1}", outcome.took.as_secs_f64())) " s"
                        @if let Some(seed) = outcome.seed { ", seed " (seed) }
                        ", by jobdeck " (env!("CARGO_PKG_VERSION"))
                    }
                    @for line in standing(outcome) { p.warning { (line) } }
                }
                (levels(outcome))
                (matrix(outcome))
                p.filter {
                    label for="filter" { "Filter " }
                    input #filter type="search" placeholder="runs-get, broken, idempotency …";
                    " " span #shown {}
                }
                @if !proofs.is_empty() {
                    h2 { "Broken rules" }
                    @for (proof, kept) in proofs {
                        (finding::finding(outcome, proof, kept.as_ref(), again))
                    }
                }
                (rules(outcome))
                (coverage::markup(&outcome.coverage))
                script { (PreEscaped(FILTER)) }
            }
        }
    };
    page.into_string()
}

/// What may act on the page: its own style and script, by their digests.
fn policy() -> String {
    let digest = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        digest(STYLE),
        digest(FILTER)
    )
}

fn levels(outcome: &Outcome) -> Markup {
    let of = |level| outcome.verdicts.iter().filter(move |(rule, _)| rule.level == level);
    html! {
        table.numbers {
            tr { th { "level" } th { "held" } th { "broken" } th { "not shown" } }
            @for level in [Level::Must, Level::Should, Level::Observed] {
                @let counts = Counts::of(of(level).map(|(_, verdict)| verdict));
                tr {
                    th { (level.name()) } td { (counts.held) }
                    td class=[(counts.broken > 0).then_some("bad")] { (counts.broken) }
                    td { (counts.unshown) }
                }
            }
        }
    }
}

/// A row for each endpoint or structure, a column for each kind of rule: how many held of how many, and how
/// many were broken.
fn matrix(outcome: &Outcome) -> Markup {
    let kind = |rule: &Rule| rule.id.split('/').nth(1).unwrap_or_default();
    let of = |one: &dyn Fn(&Rule) -> &'static str| {
        outcome.verdicts.iter().map(|(rule, _)| one(rule)).collect::<BTreeSet<_>>()
    };
    let kinds = of(&|rule| rule.id.split('/').nth(1).unwrap_or_default());
    html! {
        h2 { "By endpoint and kind" }
        table.numbers {
            tr { th {} @for kind in &kinds { th { (kind) } } }
            @for row in of(&area) {
                tr {
                    th { a href=(format!("#{row}/")) { (row) } }
                    @for column in &kinds {
                        @let here = outcome.verdicts.iter()
                            .filter(|(rule, _)| area(rule) == row && kind(rule) == *column);
                        @let counts = Counts::of(here.map(|(_, verdict)| verdict));
                        @let all = counts.held + counts.broken + counts.unshown;
                        td class=[(counts.broken > 0).then_some("bad")] {
                            @if counts.broken > 0 { (counts.broken) " broken, " }
                            @if all > 0 { (counts.held) "/" (all) }
                        }
                    }
                }
            }
        }
    }
}

fn rules(outcome: &Outcome) -> Markup {
    html! {
        h2 { "All rules" }
        table.rules {
            @for (rule, verdict) in &outcome.verdicts {
                tr data-row=(format!("{} {} {}", rule.id, rule.level.name(), verdict.name())) {
                    td { (rule.id) }
                    td { (rule.level.name()) }
                    td class=[matches!(verdict, Verdict::Broken { .. }).then_some("bad")] {
                        (verdict.name())
                        @if let Verdict::Held(times) = verdict { " (" (times) ")" }
                        @if let Some(reason) = reason(verdict) { ": " (reason) }
                    }
                    td { (rule.statement) }
                }
            }
        }
    }
}
