//! The catalogue of rules: everything that the contract promises, one checkable statement each.
//!
//! A rule says what a server does and how that is shown from outside. Rules are data: whoever
//! judges, refuses or serves names a rule by its id and reads the rest here. Nothing here looks at
//! an exchange.

mod cancel;
mod cluster;
mod concurrency;
mod contradictions;
mod create;
mod delete;
mod explain;
mod export;
mod http;
mod idempotency;
mod list_and_get;
mod names;
mod output;
mod reset;
mod run;
mod run_now;
mod runs_delete;
mod runs_list;
mod runs_submit;
mod section;
mod settings;
mod task;
mod update;

use super::{
    Endpoint::{self, Create, Reset, RunsGet, RunsGetOutput, RunsList, RunsSubmit, Update},
    pattern::fits,
};

pub use contradictions::{CONTRADICTIONS, Contradiction};
pub use section::section;

/// One checkable statement about the service.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// What everybody calls it: `area/kind/name`.
    pub id: &'static str,
    /// How far the document backs it.
    pub level: Level,
    /// What sort of promise it is; the middle of the id.
    pub kind: Kind,
    /// The endpoints that it is about.
    pub scope: Scope,
    /// Where the document says so; empty for what it does not say anywhere.
    pub lines: &'static [Lines],
    /// What the server does, on its own, in one sentence or two.
    pub statement: &'static str,
    /// How that is shown from outside.
    pub test: &'static str,
    /// What a target has to offer before the rule can be tried there.
    pub needs: &'static [Need],
    /// What trying it does to the target.
    pub safety: Safety,
    /// Whether traffic that somebody else made decides it.
    pub passive: Passive,
    /// Public places that tell of the real service, as `repository#issue` or an address.
    pub sources: &'static [&'static str],
}

/// How far the document backs a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// The document states it.
    Must,
    /// The document implies or recommends it, or leaves its outcome open.
    Should,
    /// Only known from the real service. Such a rule never makes a check fail.
    Observed,
}

/// What sort of promise a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// What a request may and an answer must look like.
    Schema,
    /// What is refused, and how.
    Error,
    /// What two answers have to agree on.
    Consistency,
    /// How a run moves from state to state.
    Lifecycle,
    /// What happens when a call is made again.
    Idempotency,
    /// How much of something is allowed.
    Limit,
    /// What holds when calls overlap.
    Concurrency,
    /// How a list comes in parts.
    Pagination,
}

/// The endpoints that a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Every endpoint.
    All,
    /// These, in the order in which a test calls them.
    Only(&'static [Endpoint]),
    /// A path beside the endpoints.
    Elsewhere,
}

/// Lines of the document's plain text that stand together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lines {
    /// The first, counted from 1.
    pub first: u16,
    /// The last; the same where it is one line.
    pub last: u16,
}

/// What a target has to offer before a rule can be tried there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Need {
    /// A credential that it accepts, and the wish to refuse others.
    Credentials,
    /// The credential of somebody who has no rights to the objects of the first.
    SecondIdentity,
    /// A workspace that nobody else uses.
    Isolation,
    /// Leave to send volume.
    Load,
    /// A cluster that runs may use: an existing one or a description of a new one.
    Cluster,
    /// A description of a new cluster.
    NewCluster,
    /// A pipeline.
    Pipeline,
    /// Four notification destinations.
    Destinations,
    /// A node type of the legacy kind.
    LegacyNodeType,
    /// An executor: runs go on without help.
    Executor,
    /// A scheduler: cron expressions fire.
    Scheduler,
    /// A task that stays active for a while.
    SlowTask,
    /// A task that succeeds.
    SucceedingTask,
    /// A task that fails.
    FailingTask,
    /// A notebook that returns a value which the caller chooses.
    ExitingTask,
    /// A notebook with a cell of more output than allowed.
    BigCellTask,
    /// More than version 2.0 of the API can express: the rule is listed and never tried.
    LaterVersion,
}

/// What trying a rule does to the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Safety {
    /// It only reads.
    ReadOnly,
    /// It makes, edits and removes objects of its own and starts no compute.
    OwnObjects,
    /// It starts compute.
    Compute,
    /// It makes volume that uses up the quota of a workspace.
    Volume,
}

/// Whether traffic that somebody else made decides a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Passive {
    /// Always, from what passes anyway.
    Always,
    /// Only where the case that the rule is about turns up.
    WhenShown,
    /// Never: it takes requests that nobody sends without cause.
    Never,
}

/// Every rule, in the order of the catalogue.
pub fn all() -> impl Iterator<Item = &'static Rule> + Clone {
    GROUPS.iter().copied().flatten()
}

/// The rule with this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}

/// The rules whose id fits a pattern, in which `*` stands for any characters, also none and `/`.
pub fn matching(glob: &str) -> impl Iterator<Item = &'static Rule> + Clone {
    all().filter(move |rule| fits(glob, rule.id))
}

/// The groups, in the order of the catalogue.
static GROUPS: [&[Rule]; 19] = [
    http::RULES,
    create::RULES,
    settings::RULES,
    task::RULES,
    cluster::RULES,
    list_and_get::RULES,
    delete::RULES,
    reset::RULES,
    update::RULES,
    run_now::RULES,
    idempotency::RULES,
    runs_submit::RULES,
    runs_list::RULES,
    run::RULES,
    export::RULES,
    cancel::RULES,
    output::RULES,
    runs_delete::RULES,
    concurrency::RULES,
];

/// The endpoints that take job settings.
const SETTINGS: Scope = Scope::Only(&[Create, Reset, Update]);

/// The same with the submit, which takes tasks, clusters, libraries and webhooks too.
const SETTINGS_OR_SUBMIT: Scope = Scope::Only(&[Create, Reset, Update, RunsSubmit]);

/// The endpoints that show a run.
const RUN_VIEWS: Scope = Scope::Only(&[RunsGet, RunsList, RunsGetOutput]);

/// A row of this level, to which the tables add what is not the same for many.
const fn must(kind: Kind, scope: Scope, safety: Safety, passive: Passive) -> Rule {
    Rule {
        id: "",
        level: Level::Must,
        kind,
        scope,
        lines: &[],
        statement: "",
        test: "",
        needs: &[],
        safety,
        passive,
        sources: &[],
    }
}

/// As [`must`].
const fn should(kind: Kind, scope: Scope, safety: Safety, passive: Passive) -> Rule {
    Rule { level: Level::Should, ..must(kind, scope, safety, passive) }
}

/// As [`must`].
const fn observed(kind: Kind, scope: Scope, safety: Safety, passive: Passive) -> Rule {
    Rule { level: Level::Observed, ..must(kind, scope, safety, passive) }
}

/// One line.
const fn line(number: u16) -> Lines {
    lines(number, number)
}

/// The lines from one to another.
const fn lines(first: u16, last: u16) -> Lines {
    Lines { first, last }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn the_catalogue_is_complete() {
        let of_level = |level| all().filter(|rule| rule.level == level).count();
        assert_eq!(all().count(), 420);
        assert_eq!(of_level(Level::Must), 270);
        assert_eq!(of_level(Level::Should), 124);
        assert_eq!(of_level(Level::Observed), 26);

        let mut kinds: BTreeMap<Kind, [usize; 3]> = BTreeMap::new();
        for rule in all() {
            kinds.entry(rule.kind).or_default()[rule.level as usize] += 1;
        }
        let expected = [
            (Kind::Schema, [82, 16, 7]),
            (Kind::Error, [34, 56, 8]),
            (Kind::Consistency, [50, 25, 3]),
            (Kind::Lifecycle, [43, 7, 1]),
            (Kind::Idempotency, [24, 6, 4]),
            (Kind::Limit, [18, 2, 1]),
            (Kind::Concurrency, [11, 6, 1]),
            (Kind::Pagination, [8, 6, 1]),
        ];
        assert_eq!(kinds, BTreeMap::from(expected));
    }

    #[test]
    fn an_id_is_unique_and_names_area_kind_and_rule() {
        let mut ids = BTreeSet::new();
        for rule in all() {
            let parts: Vec<&str> = rule.id.split('/').collect();
            let [area, kind, name] = parts[..] else { panic!("{} has not three parts", rule.id) };
            assert_eq!(kind, rule.kind.name(), "{}", rule.id);
            for part in [area, name] {
                let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                assert!(!part.is_empty() && part.chars().all(plain), "{}", rule.id);
            }
            assert!(ids.insert(rule.id), "{} stands twice", rule.id);
        }
    }

    #[test]
    fn every_rule_speaks_for_itself() {
        let mut statements = BTreeSet::new();
        for Rule { id, statement, test, level, .. } in all() {
            for text in [statement, test] {
                assert!(text.ends_with('.') && !text.contains("  "), "{id}: {text}");
                assert!(text.starts_with(|c: char| c.is_uppercase() || c == '`'), "{id}: {text}");
            }
            assert!((20..=240).contains(&statement.len()), "{id}: {statement}");
            assert!(statements.insert(statement), "{id} says what another says");
            // The level is heard in the words, so that nobody has to look it up.
            let (hedged, seen) = (statement.contains("should"), statement.contains("real service"));
            match level {
                Level::Must => assert!(!hedged, "{id}: {statement}"),
                Level::Should => assert!(hedged, "{id}: {statement}"),
                Level::Observed => assert!(seen && !hedged, "{id}: {statement}"),
            }
        }
    }

    #[test]
    fn every_rule_has_its_place() {
        for Rule { id, level, lines, scope, .. } in all() {
            for Lines { first, last } in *lines {
                assert!(first <= last, "{id}");
                assert!(section(*first).is_some() && section(*last).is_some(), "{id}");
            }
            assert!(*level == Level::Observed || !lines.is_empty(), "{id} is documented nowhere");
            assert!(*scope == Scope::Elsewhere || !scope.endpoints().is_empty(), "{id}");
        }
    }

    #[test]
    fn a_rule_is_found_by_its_id() {
        assert!(all().all(|rule| find(rule.id).is_some_and(|found| found.id == rule.id)));
        assert!(find("create/schema").is_none());
    }

    #[track_caller]
    fn check(glob: &str, ids: &[&str]) {
        assert_eq!(matching(glob).map(|rule| rule.id).collect::<Vec<_>>(), ids, "{glob}");
    }

    #[test]
    fn a_pattern_takes_any_characters_for_a_star() {
        check("create/limit/100-tasks", &["create/limit/100-tasks"]);
        check(
            "create/limit/1*",
            &[
                "create/limit/10000-per-hour",
                "create/limit/12000-saved-jobs",
                "create/limit/100-tasks",
            ],
        );
        check("*/token-65", &["run-now/idempotency/token-65", "runs-submit/idempotency/token-65"]);
        check(
            "x/*/t*-*",
            &[
                "x/idempotency/token-across-endpoints",
                "x/idempotency/token-after-job-delete",
                "x/consistency/three-views-agree",
            ],
        );
        check("*429*", &["http/limit/429-retry-after", "run-now/limit/429-concurrent"]);
        check("run/limit/cell-output-8mb*", &["run/limit/cell-output-8mb"]);
        assert_eq!(matching("*").count(), all().count());
        assert_eq!(matching("**").count(), all().count());
    }

    #[test]
    fn a_pattern_without_a_fitting_rule_finds_nothing() {
        check("", &[]);
        check("create", &[]);
        check("create/limit/100", &[]);
        check("*/idempotency/token-6", &[]);
        // The two parts may not share characters.
        check("create/limit/100-tasks*tasks", &[]);
        check("*/limit/*/limit/*", &[]);
    }
}
