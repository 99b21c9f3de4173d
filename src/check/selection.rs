//! Which rules are asked for, and how much may be done to the target for them.

use std::{collections::BTreeSet, fmt, str::FromStr};

use super::{
    chance,
    deviations::{Deviation, Deviations, Standing},
};
use crate::{
    contract::rules::{self, Level, Need, Rule, Safety},
    error::{Error, Kind, Result},
    oracle::Tally,
};

/// Which rules are asked for.
#[derive(Clone, Debug)]
pub struct Selection {
    ids: BTreeSet<&'static str>,
    /// Up to which level a broken rule makes the check fail.
    pub level: Level,
    /// The rules that the target is known to break.
    pub deviations: Deviations,
}

/// One part of all rules, so that several checks share the work: `2/3` is the second of three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    number: u32,
    of: u32,
}

/// How much may be done to a target that could be harmed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Start what costs money.
    pub compute: bool,
    /// Make as much as uses up what a workspace may have.
    pub load: bool,
}

impl Selection {
    /// The rules whose ids match one of the patterns, in which `*` stands for any characters; all if there
    /// is no pattern.
    pub fn new(globs: &[String], level: Level) -> Result<Self> {
        let mut ids = BTreeSet::new();
        for glob in globs {
            let before = ids.len();
            ids.extend(rules::matching(glob).map(|rule| rule.id));
            if ids.len() == before && rules::matching(glob).next().is_none() {
                let doing = format!("failed to find rules `{glob}`: there is none");
                return Err(Error::new(Kind::Usage, doing)
                    .hint("`jobdeck contract rules` lists all of them"));
            }
        }
        if globs.is_empty() {
            ids.extend(rules::all().map(|rule| rule.id));
        }
        Ok(Self { ids, level, deviations: Deviations::default() })
    }

    /// Only the rules of one part.
    #[must_use]
    pub fn within(mut self, shard: Shard) -> Self {
        self.ids.retain(|id| shard.has(id));
        self
    }

    /// Whether a rule is asked for.
    pub fn wants(&self, rule: &str) -> bool {
        self.ids.contains(rule)
    }

    /// What became of the deviations whose rules are asked for.
    pub(super) fn standings(&self, tally: &Tally) -> Vec<(Deviation, Standing)> {
        self.deviations.standings(|rule| self.wants(rule), tally)
    }

    /// The rules that are asked for, in the order of the catalogue.
    pub fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        rules::all().filter(|rule| self.wants(rule.id))
    }
}

impl Shard {
    /// Whether a rule is in this part. That depends on its id alone: a new rule moves no other.
    fn has(self, rule: &str) -> bool {
        chance::stamp(0, rule) % self.of == self.number - 1
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let parts = text.split_once('/').map(|(number, of)| (number.parse(), of.parse()));
        match parts {
            Some((Ok(number), Ok(of))) if (1..=of).contains(&number) => Ok(Self { number, of }),
            _ => Err("K/N, such as 1/4 for the first of four parts".to_owned()),
        }
    }
}

impl Allowed {
    /// Whether something may be done to a target that is harmless, or is not.
    pub(super) fn permits(self, safety: Safety, is_harmless: bool) -> bool {
        match safety {
            Safety::ReadOnly | Safety::OwnObjects => true,
            Safety::Compute => self.compute || is_harmless,
            Safety::Volume => self.load,
        }
    }

    /// What a target offers by what is allowed.
    pub(super) fn offers(self) -> Option<Need> {
        self.load.then_some(Need::Load)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_rule_is_in_one_part_only(of in 1_u32..40) {
            let mut seen = Vec::new();
            for number in 1..=of {
                let shard: Shard = format!("{number}/{of}").parse().unwrap();
                let part = Selection::new(&[], Level::Must).unwrap().within(shard);
                seen.extend(part.rules().map(|rule| rule.id));
            }
            seen.sort_unstable();
            let mut all: Vec<_> = rules::all().map(|rule| rule.id).collect();
            all.sort_unstable();
            prop_assert_eq!(seen, all);
        }
    }

    #[test]
    fn a_part_is_one_of_several() {
        for wrong in ["", "1", "0/3", "4/3", "1/0", "a/b", "1/2/3", "-1/2"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
        // Where a rule is, does not change from one version to the next.
        assert!(Shard { number: 1, of: 2 }.has("run-now/idempotency/deleted-run-error"));
    }

    #[test]
    fn patterns_choose_rules() {
        let count = |globs: &[&str]| {
            let globs: Vec<String> = globs.iter().map(|glob| (*glob).to_owned()).collect();
            Selection::new(&globs, Level::Must).map(|selection| selection.rules().count())
        };
        assert_eq!(count(&[]).unwrap(), rules::all().count());
        assert_eq!(count(&["run-now/idempotency/token-65"]).unwrap(), 1);
        assert_eq!(count(&["*/token-65", "*/token-65"]).unwrap(), 2);
        assert!(count(&["run-now/nope"]).is_err());
    }

    #[test]
    fn what_costs_money_is_allowed_or_done_where_nothing_costs() {
        let nothing = Allowed::default();
        assert!(nothing.permits(Safety::OwnObjects, false));
        assert!(!nothing.permits(Safety::Compute, false) && nothing.permits(Safety::Compute, true));
        assert!(!nothing.permits(Safety::Volume, true));
        assert!(Allowed { load: true, ..nothing }.permits(Safety::Volume, false));
    }
}
