//! What of the contract was seen, and what never was.

use std::fmt::Write as _;

use maud::{Markup, html};
use serde_json::{Map, Value, json};

use super::visible::visible;
use crate::{
    check::Outcome,
    oracle::{Coverage, Failure, Kind, Part},
};

/// The widest line.
const WIDTH: usize = 100;
/// Where the names of a row begin.
const INDENT: usize = 30;
/// How many names of a row are told.
const NAMED_MAX: usize = 16;

/// The report for people: how much of everything was seen, and what never was.
pub fn coverage(outcome: &Outcome) -> String {
    let seen = &outcome.coverage;
    let target = visible(&outcome.target);
    let mut text = format!("{target}: {} exchanges\n\nseen\n", outcome.requests);
    for kind in Kind::ALL {
        let (count, of) = seen.total(kind);
        let _ = writeln!(text, "  {:<18}{count:>4} of {of}", kind.name());
    }
    let failures: Vec<_> = seen.failures().map(|(failure, times)| told(failure, times)).collect();
    if !failures.is_empty() {
        text.push('\n');
        row(&mut text, "not carried out", &failures.iter().map(String::as_str).collect::<Vec<_>>());
    }
    for kind in Kind::ALL {
        let rows = unseen(seen, kind);
        if !rows.is_empty() {
            let _ = writeln!(text, "\n{}, never seen", kind.name());
        }
        for (part, names) in rows {
            let (of, seen, all) = (part.of, part.seen().count(), part.count());
            row(&mut text, &format!("  {of:<18}{seen:>4}/{all}"), &names);
        }
    }
    text
}

/// The parts of a kind of which something was never seen, with what that is. Of an endpoint that was never
/// called it goes without saying that nothing of it was seen.
fn unseen(seen: &Coverage, kind: Kind) -> Vec<(Part<'_>, Vec<&'static str>)> {
    let goes_without = |part: &Part<'_>| {
        matches!(kind, Kind::Outcome | Kind::Sent | Kind::Shown) && !was_called(seen, part.of)
    };
    let parts = seen.parts(kind).filter(|part| !goes_without(part));
    let rows = parts.map(|part| (part, part.unseen().collect::<Vec<_>>()));
    rows.filter(|(_, names)| !names.is_empty()).collect()
}

fn was_called(seen: &Coverage, endpoint: &str) -> bool {
    seen.parts(Kind::Endpoint).any(|part| part.seen().any(|(name, _)| name == endpoint))
}

fn told(failure: &Failure, times: u64) -> String {
    let status = failure.status.map_or("no whole answer".to_owned(), |status| status.to_string());
    let code = failure.code.as_ref().map_or(String::new(), |code| format!(" {code}"));
    format!("{status}{code} ({times})")
}

/// A row of names, in as many lines as it takes.
fn row(text: &mut String, of: &str, names: &[&str]) {
    let more = names.len().saturating_sub(NAMED_MAX);
    let mut told: Vec<String> =
        names.iter().take(NAMED_MAX).map(|name| format!("{name},")).collect();
    if more > 0 {
        told.push(format!("and {more} more"));
    } else if let Some(last) = told.last_mut() {
        last.pop();
    }
    let mut line = format!("{of:<INDENT$}");
    for name in told {
        if line.len() > INDENT && line.len() + name.len() > WIDTH {
            let _ = writeln!(text, "{}", line.trim_end());
            line = " ".repeat(INDENT);
        }
        line.push_str(&name);
        line.push(' ');
    }
    let _ = writeln!(text, "{}", line.trim_end());
}

/// The same for programs, with every name.
pub(super) fn json(seen: &Coverage) -> Value {
    let totals = Kind::ALL.into_iter().map(|kind| {
        let (count, of) = seen.total(kind);
        (key(kind), json!({"seen": count, "of": of}))
    });
    let parts = Kind::ALL.into_iter().flat_map(|kind| seen.parts(kind)).map(|part| {
        let counts: Map<String, Value> =
            part.seen().map(|(name, times)| (name.to_owned(), times.into())).collect();
        json!({
            "kind": key(part.kind), "of": part.of, "points": part.count(), "seen": counts,
            "unseen": part.unseen().collect::<Vec<_>>(),
        })
    });
    let failures = seen.failures().map(|(Failure { status, code }, times)| {
        json!({"status": status, "error_code": code, "times": times})
    });
    json!({
        "totals": totals.collect::<Map<_, _>>(),
        "parts": parts.collect::<Vec<_>>(),
        "failures": failures.collect::<Vec<_>>(),
    })
}

fn key(kind: Kind) -> String {
    kind.name().replace(' ', "_")
}

/// The same for a page.
pub(super) fn markup(seen: &Coverage) -> Markup {
    html! {
        h2 { "What was seen of the contract" }
        table.numbers {
            tr { @for kind in Kind::ALL { th { (kind.name()) } } }
            tr {
                @for kind in Kind::ALL {
                    @let (count, of) = seen.total(kind);
                    td { (count) "/" (of) }
                }
            }
        }
        details {
            summary { "What was never seen" }
            @for kind in Kind::ALL {
                @let rows = unseen(seen, kind);
                @if !rows.is_empty() {
                    h3 { (kind.name()) }
                    dl { @for (part, names) in rows { dt { (part.of) } dd { (names.join(", ")) } } }
                }
            }
        }
    }
}
