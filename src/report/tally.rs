//! How many rules came to what, area by area; and what went wrong beside them.

use std::collections::BTreeMap;

use super::visible::visible;
use crate::{
    check::{End, Outcome, Verdict},
    contract::rules::Rule,
};

/// How many rules came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) held: usize,
    pub(super) broken: usize,
    /// All others.
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
    let mut lines: Vec<String> = outcome
        .broken_off
        .iter()
        .map(|(probe, why)| format!("gave up on \"{probe}\": {}", visible(why)))
        .collect();
    match &outcome.ended {
        None => {}
        Some(End::Interrupted) => lines.push("interrupted before its end".to_owned()),
        Some(End::Failed(error)) => {
            lines.push(format!("ended early: {}", visible(&error.to_string())));
        }
    }
    if !outcome.left_behind.is_empty() {
        let left = visible(&outcome.left_behind.join(", "));
        lines.push(format!("left behind on the target: {left}"));
    }
    lines
}
