//! How many rules came to what, area by area; and what went wrong beside them.

use std::collections::BTreeMap;

use super::visible::visible;
use crate::{
    check::{Deviation, End, Outcome, Standing, Verdict},
    contract::rules::Rule,
};

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
    let mut lines: Vec<String> = outcome
        .broken_off
        .iter()
        .map(|(probe, why)| format!("gave up on \"{probe}\": {}", visible(why)))
        .collect();
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
        let left = visible(&outcome.left_behind.join(", "));
        lines.push(format!("left behind on the target: {left}"));
    }
    lines
}
