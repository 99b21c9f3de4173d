//! Ways in which the workspace is wrong on purpose, so that whoever tests it has something to find.
//!
//! A [`Fault`] breaks one rule of the contract. There are two kinds: a behaviour from the table in `table`,
//! or a rule about the shape of requests that is not asked any more. A sound workspace passes through the
//! same hooks, and none of them does anything there:
//!
//! | hook | what a fault does in it |
//! |---|---|
//! | `gate` | lets in or carries out what should be refused, or refuses what should be let in |
//! | `unchecked` | asks less of the arguments |
//! | `misheard` | changes the arguments |
//! | `declined` | refuses what should be taken |
//! | `refused` | takes what names nothing, and does something beside a refusal |
//! | `forestalled` | answers in place of the operation, or does something beside it |
//! | `tokens`, `runs`, `schedules` | decides otherwise on tokens, numbers, places, retries, timeouts and schedules |
//! | `races` | lets calls that overlap see each other's halves, and holds their answers back for it |
//! | `misreported`, `sighted` | changes the answer, and the runs that it shows |
//!
//! What only a faulty workspace has to remember stands in `memory`.

#![allow(
    clippy::enum_glob_use,
    reason = "a hook reads like a row of the table: `(TokenCut, RunNow)`"
)]

mod declined;
mod forestalled;
mod gate;
mod memory;
mod misheard;
mod misreported;
mod races;
mod refused;
mod runs;
mod schedules;
mod sighted;
mod table;
mod tokens;
mod unchecked;

use std::{borrow::Cow, collections::BTreeSet, fmt};

use super::{Workspace, names};
use crate::{
    contract::{Endpoint, request_rules, rules},
    error::Result,
};

pub(super) use self::{memory::Memory, table::Behaviour};

/// What stands before the rule in the name of a fault that does not ask it.
const UNCHECKED: &str = "unchecked:";

/// One way in which a workspace is wrong on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Behaviour(Behaviour),
    /// This rule about the arguments of calls is not asked.
    Unchecked(&'static str),
}

impl Fault {
    /// The fault of this name.
    pub fn parse(name: &str) -> Result<Self> {
        let all: Vec<_> = Self::all()
            .chain(Self::unchecked())
            .map(|one| (one.name().into_owned(), one))
            .collect();
        names::find("fault", name, &all, "`jobdeck serve --list-faults` lists all of them")
    }

    /// The behavioural faults.
    pub fn all() -> impl Iterator<Item = Self> {
        Behaviour::ALL.iter().copied().map(Self::from)
    }

    /// For each rule that the arguments of a call can break by their shape, the fault that does not ask it.
    pub fn unchecked() -> impl Iterator<Item = Self> {
        let rules: BTreeSet<_> = Endpoint::ALL.into_iter().flat_map(request_rules).collect();
        rules.into_iter().map(|rule| Self(Kind::Unchecked(rule)))
    }

    /// What it is called: `token-ignored`, or `unchecked:` and a rule.
    pub fn name(self) -> Cow<'static, str> {
        match self.0 {
            Kind::Behaviour(behaviour) => behaviour.name().into(),
            Kind::Unchecked(rule) => format!("{UNCHECKED}{rule}").into(),
        }
    }

    /// The rule that it breaks.
    pub fn rule(self) -> &'static str {
        match self.0 {
            Kind::Behaviour(behaviour) => behaviour.rule(),
            Kind::Unchecked(rule) => rule,
        }
    }

    /// What the server does wrong, in one sentence.
    pub fn about(self) -> Cow<'static, str> {
        match self.0 {
            Kind::Behaviour(behaviour) => behaviour.about().into(),
            Kind::Unchecked(rule) => {
                let statement = rules::find(rule).map_or(rule, |rule| rule.statement);
                format!("Lets pass what breaks this: {statement}").into()
            }
        }
    }
}

impl From<Behaviour> for Fault {
    fn from(behaviour: Behaviour) -> Self {
        Self(Kind::Behaviour(behaviour))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl Workspace {
    /// Whether it has a behavioural fault.
    pub(super) fn has(&self, behaviour: Behaviour) -> bool {
        self.options.faults.contains(&behaviour.into())
    }

    /// The behavioural faults that it has.
    fn behaviours(&self) -> Vec<Behaviour> {
        let of = |fault: &Fault| match fault.0 {
            Kind::Behaviour(behaviour) => Some(behaviour),
            Kind::Unchecked(_) => None,
        };
        self.options.faults.iter().filter_map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_found_by_its_name_and_breaks_a_rule_that_there_is() {
        let mut names = BTreeSet::new();
        for fault in Fault::all().chain(Fault::unchecked()) {
            assert_eq!(Fault::parse(&fault.name()).unwrap(), fault);
            assert!(rules::find(fault.rule()).is_some(), "{fault} breaks no rule");
            assert!(fault.about().ends_with('.'), "{fault}: {}", fault.about());
            assert!(names.insert(fault.name()), "{fault} stands twice");
        }
    }

    #[test]
    fn an_unknown_fault_is_told_with_what_comes_near() {
        let hint = |name| Fault::parse(name).unwrap_err().next_step().unwrap().to_owned();
        assert!(hint("tokens-ignored").starts_with("did you mean `token-ignored`"));
        assert!(hint("unchecked:create/eror/no-task").contains("`unchecked:create/error/no-task`"));
        assert_eq!(hint("?"), "`jobdeck serve --list-faults` lists all of them");
    }
}
