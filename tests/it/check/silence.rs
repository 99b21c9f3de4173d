//! No false alarm: the sound workspace has no finding, and neither has any correct one that differs where the
//! document leaves things open.

use std::sync::{Arc, Mutex};

use jobdeck::{
    check::{self, Embedded, Summary, Verdict},
    contract::rules::{self, Level},
    error::Kind,
    exchange::{Handler, Reply, Request, Response},
    serve::{self, Variant, Workspace},
};

use super::{EPOCH_US, broken, checked, different, options, told};

/// Rules that the reference workspace gives no occasion for, or that nobody can show.
const UNSHOWN: [&str; 6] = [
    "http/limit/request-10mb",
    "create/limit/10000-per-hour",
    "create/limit/12000-saved-jobs",
    "create/limit/100-tasks",
    "cluster/error/tags-on-legacy-node",
    "run-now/limit/429-concurrent",
];

/// The token that the check comes with when it is told none.
fn sound() -> Workspace {
    let token = Some("jobdeck-check".to_owned());
    Workspace::new(serve::Options { token, ..serve::Options::default() })
}

#[test]
fn the_sound_workspace_keeps_every_documented_rule_that_can_be_shown() {
    for seed in [1, 2, 3] {
        let outcome = checked(sound(), &options(&[], seed));
        for level in [Level::Must, Level::Should, Level::Observed] {
            assert_eq!(broken(&outcome, level), [""; 0], "seed {seed}: {}", told(&outcome));
        }
        assert_eq!(outcome.broken_off, []);
        assert_eq!(outcome.left_behind, [""; 0]);
        assert_eq!(outcome.summary(), Summary::Partial);
        let unshown: Vec<_> = outcome
            .verdicts
            .iter()
            .filter(|(rule, verdict)| {
                rule.level == Level::Must && !matches!(verdict, Verdict::Held(_))
            })
            .map(|(rule, _)| rule.id)
            .collect();
        assert_eq!(unshown, UNSHOWN, "seed {seed}");
    }
}

#[test]
fn the_same_seed_does_the_same() {
    let told = |seed| {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Seen { workspace: sound(), requests: Arc::clone(&requests) };
        checked(seen, &options(&["run-now/*", "create/*"], seed));
        std::mem::take(&mut *requests.lock().unwrap())
    };
    assert_eq!(told(5), told(5));
    assert_ne!(told(5), told(6));
}

/// A request as it was asked: target and body.
type Asked = (String, Vec<u8>);

/// Notes what it is asked.
struct Seen {
    workspace: Workspace,
    requests: Arc<Mutex<Vec<Asked>>>,
}

impl Handler for Seen {
    fn answer(&mut self, request: &Request, now_us: u64) -> Reply {
        let asked = (request.target.clone(), request.body.bytes().to_vec());
        self.requests.lock().unwrap().push(asked);
        self.workspace.answer(request, now_us)
    }
}

#[track_caller]
fn check_variants(variants: impl Iterator<Item = Variant>) {
    for variant in variants {
        let outcome = checked(different(variant), &options(&[], 1));
        assert_eq!(
            broken(&outcome, Level::Must),
            [""; 0],
            "{}: {}",
            variant.name(),
            told(&outcome)
        );
        assert_eq!(outcome.broken_off, [], "{}", variant.name());
        // What differs is still checked.
        let held = outcome.count(Level::Must, |verdict| matches!(verdict, Verdict::Held(_)));
        assert!(held >= 230, "{}: only {held} rules held", variant.name());
    }
}

#[test]
fn a_correct_server_that_differs_breaks_no_documented_rule() {
    check_variants(Variant::all().step_by(2));
}

#[test]
fn another_correct_server_that_differs_breaks_none_either() {
    check_variants(Variant::all().skip(1).step_by(2));
}

#[test]
fn the_real_service_departs_from_the_document_where_that_is_known() {
    let manner = serve::Manner::Real;
    let token = Some("jobdeck-check".to_owned());
    let real = Workspace::new(serve::Options { token, manner, ..serve::Options::default() });
    let outcome = checked(real, &options(&[], 1));
    let departures = [
        "delete/idempotency/already-removed-noop",
        "run/consistency/number-starts-at-1",
        "runs-list/error/active-and-completed",
        "runs-list/consistency/run-type-filter",
        "x/concurrency/delete-vs-delete",
    ];
    assert_eq!(broken(&outcome, Level::Must), departures, "{}", told(&outcome));
    assert_eq!(outcome.broken_off, []);
}

/// Answers everything in one way.
struct Always(u16);

impl Handler for Always {
    fn answer(&mut self, _: &Request, _: u64) -> Reply {
        Response::error(self.0, "NO", "No.").into()
    }
}

#[test]
fn a_server_that_refuses_everything_has_passed_nothing() {
    for status in [400, 401, 403, 404, 429, 500, 503] {
        let mut target = Embedded::new(Always(status), EPOCH_US);
        let error = check::check(&mut target, &options(&[], 1), &mut |_| {}).unwrap_err();
        assert_eq!(error.kind(), Kind::Environment, "{status}: {error}");
        assert!(error.next_step().is_some(), "{status}: {error}");
    }
}

#[test]
fn what_nobody_judges_is_told_as_that() {
    let outcome = checked(sound(), &options(&["create/limit/*"], 1));
    let verdict = |id: &str| {
        let (_, verdict) = outcome.verdicts.iter().find(|(rule, _)| rule.id == id).unwrap();
        verdict.name()
    };
    assert_eq!(verdict("create/limit/100-tasks"), "not implemented");
    assert_eq!(verdict("create/limit/max-concurrent-1000"), "held");
    let judged = check::implemented();
    assert!(judged.iter().all(|id| rules::find(id).is_some()));
    let documented = judged.iter().filter(|id| rules::find(id).unwrap().level == Level::Must);
    assert_eq!(documented.count(), 270 - (UNSHOWN.len() - 1));
}

#[test]
fn each_rule_can_be_asked_for_alone() {
    let all = checked(sound(), &options(&[], 1));
    let held = |verdict: &Verdict| matches!(verdict, Verdict::Held(_));
    let mut silent = Vec::new();
    for (rule, _) in all.verdicts.iter().filter(|(_, verdict)| held(verdict)) {
        let alone = checked(sound(), &options(&[rule.id], 1));
        if !held(&alone.verdicts[0].1) {
            silent.push(rule.id);
        }
    }
    assert_eq!(silent, [""; 0]);
}

#[test]
fn who_asks_for_rules_of_another_level_only_is_told_of_those() {
    let outcome = checked(sound(), &options(&["run-now/lifecycle/never-queued"], 1));
    assert!(matches!(outcome.verdicts[..], [(_, Verdict::Held(_))]), "{:?}", outcome.verdicts);
    assert_eq!(outcome.summary(), Summary::Held);
}
