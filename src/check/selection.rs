//! Which rules are asked for, and how much may be done to the target for them.

use std::collections::BTreeSet;

use crate::{
    contract::rules::{self, Level, Need, Rule, Safety},
    error::{Error, Kind, Result},
};

/// Which rules are asked for.
#[derive(Clone, Debug)]
pub struct Selection {
    ids: BTreeSet<&'static str>,
    /// Up to which level a broken rule makes the check fail.
    pub level: Level,
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
        Ok(Self { ids, level })
    }

    /// Whether a rule is asked for.
    pub fn wants(&self, rule: &str) -> bool {
        self.ids.contains(rule)
    }

    /// The rules that are asked for, in the order of the catalogue.
    pub fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        rules::all().filter(|rule| self.wants(rule.id))
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
    use super::*;

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
