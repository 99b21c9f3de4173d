//! How many rules came to what, area by area; and what went wrong beside them.

use std::collections::BTreeMap;

use super::visible::visible;
use crate::{
    check::{Deviation, End, Outcome, Standing, Verdict},
    contract::{Endpoint, rules::Rule},
};

/// How many things that were left behind are named.
const NAMED_MAX: usize = 8;

/// How many rules came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) held: usize,
    pub(super) broken: usize,
    /// All others, known deviations among them.
    pub(super) unshown: usize,
}

impl Counts {
    pub(super) fn of<'v>(verdicts: impl Iterator<Item = &'v Verdict>) -> Self {
        let mut counts = Self::default();
        for verdict in verdicts {
            match verdict {
                Verdict::Held(_) => counts.held += 1,
                Verdict::Broken { .. } => counts.broken += 1,
                _ => counts.unshown += 1,
            }
        }
        counts
    }
}

/// What a rule is about: the first part of its id, an endpoint or a structure.
pub(super) fn area(rule: &Rule) -> &'static str {
    rule.id.split('/').next().unwrap_or_default()
}

/// How many rules of each area came to what.
pub(super) fn by_area(verdicts: &[(&'static Rule, Verdict)]) -> BTreeMap<&'static str, Counts> {
    let mut areas: BTreeMap<_, Vec<&Verdict>> = BTreeMap::new();
    for (rule, verdict) in verdicts {
        areas.entry(area(rule)).or_default().push(verdict);
    }
    areas.into_iter().map(|(area, all)| (area, Counts::of(all.into_iter()))).collect()
}

/// What did not go well, or stands in the way of a whole verdict, a line each.
pub(super) fn standing(outcome: &Outcome) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (endpoint, status) in &outcome.unsupported {
        let is_of = |(_, verdict): &&(_, Verdict)| *verdict == Verdict::Unsupported(*endpoint);
        let count = outcome.verdicts.iter().filter(is_of).count();
        let called = called(*endpoint);
        lines.push(format!("unsupported: {called} ({status}), and with it {count} rules"));
    }
    lines.extend(given_up(outcome));
    match &outcome.ended {
        None => {}
        Some(End::Spent(what)) => {
            let left_out = |(_, verdict): &&(_, Verdict)| *verdict == Verdict::LeftOut;
            let count = outcome.verdicts.iter().filter(left_out).count();
            lines.push(format!("no {what} left to spend: {count} rules were left out"));
        }
        Some(End::Interrupted) => lines.push("interrupted before its end".to_owned()),
        Some(End::Failed(error)) => {
            lines.push(format!("ended early: {}", visible(&error.to_string())));
        }
    }
    for (known, standing) in &outcome.deviations {
        let Deviation { rule, reason, source, .. } = known;
        let source = source.as_ref().map_or(String::new(), |source| format!(" ({source})"));
        match standing {
            Standing::Seen => {
                lines.push(visible(&format!("known deviation: {rule}: {reason}{source}")));
            }
            Standing::Stale(why) => lines.push(visible(&format!("stale deviation: {rule}: {why}"))),
            Standing::Unseen => {}
        }
    }
    if !outcome.left_behind.is_empty() {
        let named = outcome.left_behind.len().min(NAMED_MAX);
        let left = visible(&outcome.left_behind[..named].join(", "));
        let more = match outcome.left_behind.len() - named {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        lines.push(format!("left behind on the target: {left}{more}"));
    }
    lines
}

/// The probes that could not go on, a line for each reason.
fn given_up(outcome: &Outcome) -> Vec<String> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for (probe, why) in &outcome.broken_off {
        match reasons.iter_mut().find(|(known, _)| known == why) {
            Some((_, probes)) => probes.push(probe),
            None => reasons.push((why, vec![probe])),
        }
    }
    let line = |(why, probes): (&str, Vec<&str>)| {
        let more = match probes.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("gave up on \"{}\"{more}: {}", probes[0], visible(why))
    };
    reasons.into_iter().map(line).collect()
}

/// An endpoint by method and path.
pub(super) fn called(endpoint: Endpoint) -> String {
    let signature = endpoint.signature();
    format!("{} {}", signature.method, signature.path)
}
