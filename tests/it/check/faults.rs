//! Each fault of the reference workspace is reported by the rule that it breaks, and by no other than what
//! follows from it.

use std::collections::BTreeSet;

use jobdeck::{
    check::{self, Options},
    contract::rules::{self, Level},
    serve::{self, Fault, Workspace},
};

use super::{broken, checked, options, told, wrong};

/// The rules that fall with the intended one, by the fault. A fault that is not named breaks its own rule
/// alone.
const FOLLOWS: &[(&str, &[&str])] = &[
    (
        "create-drops-setting",
        &["update/consistency/unnamed-fields-kept", "run/lifecycle/retry-min-interval"],
    ),
    ("create-defaults-retry-on-timeout", &["run/lifecycle/no-retry-on-timeout-default"]),
    ("endless-retries-refused", &["settings/schema/every-field-accepted"]),
    ("pipeline-needs-cluster", &["settings/schema/every-field-accepted"]),
    (
        "zone-with-slash-refused",
        &["create/consistency/documented-example", "settings/schema/every-field-accepted"],
    ),
    ("third-webhook-refused", &["settings/schema/every-field-accepted"]),
    ("autoscale-refused", &["settings/schema/every-field-accepted"]),
    ("abfss-library-refused", &["settings/schema/every-field-accepted"]),
    ("pypi-repo-refused", &["settings/schema/every-field-accepted"]),
    (
        "list-shows-old-settings",
        &[
            "reset/consistency/get-equals-new",
            "update/consistency/unnamed-fields-kept",
            "update/consistency/fields-to-remove",
        ],
    ),
    ("list-by-id", &["list/consistency/contains-all-created"]),
    ("list-shows-submitted", &["delete/consistency/run-history-gone"]),
    (
        "get-without-created-time",
        &["list/consistency/equals-get", "reset/consistency/identity-kept"],
    ),
    (
        "get-ages-job",
        &[
            "http/error/unauthenticated-no-effect",
            "http/error/wrong-method-no-effect",
            "delete/schema/job-id-required",
            "reset/consistency/identity-kept",
            "update/error/remove-nested",
        ],
    ),
    (
        "changes-lag",
        &[
            "settings/consistency/email-omitted-is-empty",
            "list/consistency/equals-get",
            "reset/consistency/full-replace",
            "reset/consistency/get-equals-new",
            "update/consistency/struct-replaced-not-merged",
            "update/consistency/fields-to-remove",
        ],
    ),
    ("delete-again-refused", &["x/concurrency/delete-vs-delete"]),
    (
        "delete-changes-others",
        &[
            "create/consistency/settings-echo",
            "reset/consistency/get-equals-new",
            "update/consistency/unnamed-fields-kept",
        ],
    ),
    (
        "deleted-job-runs",
        &[
            "run-now/consistency/number-strictly-increases",
            "run-now/concurrency/numbers-unique",
            "x/concurrency/delete-vs-run-now",
        ],
    ),
    (
        "deleted-job-revives",
        &["list/consistency/excludes-deleted", "delete/consistency/get-fails-after"],
    ),
    ("reset-forgets-emails", &["update/consistency/unnamed-fields-kept"]),
    ("reset-again-acts", &["reset/consistency/get-equals-new"]),
    ("refused-reset-acts", &["reset/consistency/get-equals-new"]),
    (
        "reset-rewrites-runs",
        &["task/consistency/task-echo-on-run", "update/lifecycle/other-fields-future-only"],
    ),
    ("update-merges-objects", &["settings/consistency/email-omitted-is-empty"]),
    ("removed-name-is-empty", &["update/consistency/fields-to-remove"]),
    ("update-of-nothing-acts", &["update/consistency/unnamed-fields-kept"]),
    ("update-again-acts", &["update/consistency/unnamed-fields-kept"]),
    (
        "refused-update-acts",
        &[
            "create/consistency/settings-echo",
            "update/consistency/unnamed-fields-kept",
            "update/error/remove-nested",
        ],
    ),
    ("update-renews-created-time", &["update/error/remove-nested"]),
    (
        "token-ignored",
        &[
            "run/consistency/number-starts-at-1",
            "run-now/idempotency/no-second-run",
            "run-now/idempotency/after-terminal",
            "run-now/idempotency/deleted-run-error",
            "run-now/idempotency/different-body-same-run",
            "run-now/idempotency/lost-response",
            "run-now/concurrency/same-token-parallel",
            "run-now/idempotency/skipped-run-keeps-token",
            "x/concurrency/delete-run-vs-token",
        ],
    ),
    ("token-forgotten-at-end", &["run-now/idempotency/no-second-run"]),
    (
        "token-forgotten-when-skipped",
        &[
            "run/consistency/number-starts-at-1",
            "run-now/idempotency/same-token-same-run",
            "run-now/idempotency/no-second-run",
            "run-now/idempotency/different-body-same-run",
            "run-now/idempotency/lost-response",
            "run-now/concurrency/same-token-parallel",
            "x/concurrency/delete-run-vs-token",
        ],
    ),
    ("token-by-body", &["run-now/idempotency/no-second-run"]),
    (
        "token-after-delete",
        &[
            "run/consistency/number-starts-at-1",
            "run-now/idempotency/no-second-run",
            "x/concurrency/delete-run-vs-token",
        ],
    ),
    ("number-stands-still", &["run-now/concurrency/numbers-unique"]),
    (
        "concurrency-one-too-many",
        &["create/schema/default-max-concurrent", "run-now/concurrency/at-most-k-active"],
    ),
    (
        "skips-late",
        &[
            "create/schema/default-max-concurrent",
            "run-now/lifecycle/skipped-when-zero",
            "run-now/lifecycle/skipped-when-full",
            "run-now/concurrency/at-most-k-active",
            "run/schema/cluster-instance-appears-once",
        ],
    ),
    ("run-now-number-off", &["run/consistency/number-starts-at-1"]),
    ("run-now-deduplicates", &["run-now/consistency/run-id-unique"]),
    ("token-by-job", &["run/consistency/number-starts-at-1", "run-now/idempotency/no-second-run"]),
    (
        "tokens-mixed-up",
        &[
            "run-now/consistency/run-id-unique",
            "run/consistency/number-starts-at-1",
            "run-now/idempotency/deleted-run-error",
        ],
    ),
    (
        "deleted-id-reused",
        &[
            "delete/consistency/run-history-gone",
            "reset/lifecycle/other-fields-future-only",
            "update/lifecycle/other-fields-future-only",
            "run-now/consistency/number-matches-get",
            "run/consistency/number-starts-at-1",
            "run-now/idempotency/different-token-different-run",
            "run-now/idempotency/deleted-run-error",
            "runs-submit/idempotency/different-token-different-run",
            "runs-submit/idempotency/deleted-run-error",
            "run-now/idempotency/no-token-not-deduplicated",
            "runs-submit/consistency/run-name-echo",
            "run/lifecycle/result-never-changes",
            "run/lifecycle/result-terminating",
            "run/lifecycle/terminal-is-final",
            "run/lifecycle/allowed-transitions",
            "run/schema/cluster-instance-appears-once",
            "runs-cancel/idempotency/terminal-noop",
            "runs-delete/lifecycle/non-active-deleted",
        ],
    ),
    ("run-now-trigger-periodic", &["settings/schema/schedule-on-run"]),
    ("run-now-type-workflow", &["runs-list/consistency/run-type-filter"]),
    (
        "run-name-too-long",
        &["runs-submit/schema/default-name", "runs-submit/consistency/run-name-echo"],
    ),
    ("unknown-job-started", &["runs-list/consistency/all-jobs"]),
    (
        "refused-run-now-starts",
        &["run/consistency/number-starts-at-1", "run-now/idempotency/no-second-run"],
    ),
    (
        "parameters-persist",
        &[
            "create/consistency/settings-echo",
            "task/consistency/task-echo-on-run",
            "run-now/lifecycle/notebook-params-merge",
        ],
    ),
    (
        "queues-unasked",
        &[
            "create/schema/default-max-concurrent",
            "run-now/lifecycle/skipped-when-zero",
            "run-now/lifecycle/skipped-when-full",
            "run-now/concurrency/at-most-k-active",
        ],
    ),
    (
        "submit-token-ignored",
        &[
            "runs-submit/idempotency/no-second-run",
            "runs-submit/idempotency/after-terminal",
            "runs-submit/idempotency/deleted-run-error",
            "runs-submit/idempotency/different-body-same-run",
            "runs-submit/idempotency/lost-response",
            "runs-submit/concurrency/same-token-parallel",
        ],
    ),
    ("submit-token-forgotten-at-end", &["runs-submit/idempotency/deleted-run-error"]),
    ("submit-token-race", &["runs-submit/idempotency/no-second-run"]),
    ("submit-run-type", &["runs-list/consistency/all-jobs"]),
    ("submit-trigger-periodic", &["settings/schema/schedule-on-run"]),
    (
        "list-ascending",
        &["runs-list/consistency/all-jobs", "runs-list/consistency/includes-new-run"],
    ),
    ("offset-off-by-one", &["runs-list/pagination/has-more-true"]),
    (
        "list-ignores-job",
        &[
            "runs-list/pagination/limit-0-is-max",
            "runs-list/pagination/has-more-false",
            "runs-list/pagination/partition",
        ],
    ),
    ("active-shows-ended", &["runs-list/consistency/active-completed-complement"]),
    ("completed-shows-active", &["runs-list/consistency/active-completed-complement"]),
    (
        "both-flags-false-is-active",
        &["runs-list/pagination/has-more-true", "runs-list/consistency/includes-new-run"],
    ),
    ("has-more-as-text", &["runs-list/pagination/has-more-true"]),
    (
        "list-names-otherwise",
        &[
            "runs-submit/schema/default-name",
            "runs-submit/consistency/run-name-echo",
            "x/consistency/three-views-agree",
        ],
    ),
    (
        "deleted-run-listed",
        &[
            "delete/consistency/run-history-gone",
            "runs-list/pagination/order-desc",
            "runs-list/pagination/default-limit-20",
            "runs-list/pagination/limit-at-most",
            "runs-list/consistency/active-only",
            "runs-list/consistency/run-type-filter",
        ],
    ),
    ("run-without-id", &["run-now/consistency/run-visible", "runs-submit/consistency/run-visible"]),
    (
        "list-lags",
        &[
            "runs-list/pagination/default-limit-20",
            "runs-list/pagination/limit-0-is-max",
            "runs-list/pagination/offset",
            "runs-list/pagination/has-more-true",
            "runs-list/consistency/all-jobs",
        ],
    ),
    ("result-early", &["run/lifecycle/result-never-changes"]),
    (
        "result-missing",
        &[
            "reset/lifecycle/timeout-applies-to-active",
            "update/lifecycle/timeout-applies-to-active",
            "runs-submit/lifecycle/timeout",
            "run/lifecycle/success",
            "run/lifecycle/failed",
            "run/lifecycle/timedout",
            "run/limit/cell-output-8mb",
            "runs-cancel/lifecycle/result-canceled",
        ],
    ),
    ("result-flips", &["run/lifecycle/result-terminating", "run/lifecycle/success"]),
    (
        "ended-run-wakes",
        &[
            "run-now/concurrency/at-most-k-active",
            "runs-list/consistency/completed-only",
            "runs-cancel/idempotency/terminal-noop",
            "runs-cancel/lifecycle/eventually-terminated",
            "runs-cancel/lifecycle/pending-run",
            "runs-cancel-all/consistency/completed-untouched",
        ],
    ),
    (
        "result-spelled-otherwise",
        &[
            "reset/lifecycle/timeout-applies-to-active",
            "update/lifecycle/timeout-applies-to-active",
            "runs-submit/lifecycle/timeout",
            "run/lifecycle/success",
            "run/lifecycle/timedout",
        ],
    ),
    ("end-time-missing", &["runs-submit/lifecycle/timeout", "run/lifecycle/timedout"]),
    ("start-time-in-seconds", &["run/lifecycle/retry-min-interval"]),
    ("cluster-of-run-moves", &["run/schema/cluster-id-for-existing"]),
    ("empty-instead-of-absent", &["run/schema/cluster-instance-appears-once"]),
    ("failure-succeeds", &["run/limit/cell-output-8mb"]),
    (
        "life-cycle-missing",
        &["runs-list/consistency/equals-get", "x/consistency/three-views-agree"],
    ),
    (
        "skipped-spelled-otherwise",
        &["runs-list/consistency/equals-get", "x/consistency/three-views-agree"],
    ),
    ("failure-shows-skipped", &["run-now/lifecycle/skipped-immediately"]),
    (
        "creator-changes",
        &[
            "runs-list/consistency/equals-get",
            "runs-cancel/idempotency/terminal-noop",
            "runs-cancel-all/consistency/completed-untouched",
            "runs-get-output/consistency/metadata-equals-get",
            "x/consistency/three-views-agree",
        ],
    ),
    (
        "cluster-spec-forgotten",
        &["update/lifecycle/other-fields-future-only", "runs-submit/consistency/cluster-spec"],
    ),
    ("cluster-spec-without-libraries", &["runs-submit/consistency/cluster-spec"]),
    ("trigger-spelled-otherwise", &["run-now/schema/trigger-one-time"]),
    (
        "run-type-spelled-otherwise",
        &[
            "run-now/schema/run-type-job-run",
            "runs-submit/schema/run-type-submit-run",
            "runs-list/consistency/run-type-filter",
        ],
    ),
    (
        "attempts-from-one",
        &[
            "create/schema/default-retries",
            "run/lifecycle/retry-max-attempt",
            "run/lifecycle/retry-trigger",
        ],
    ),
    ("job-id-as-text", &["http/schema/documented-types", "list/consistency/equals-get"]),
    ("retry-missing", &["run/lifecycle/retry-on-timeout"]),
    ("retry-attempt-stuck", &["run/lifecycle/retry-created"]),
    ("export-all-by-default", &["runs-export/schema/view-type-enum"]),
    ("cancel-ignored", &["runs-cancel/lifecycle/pending-run"]),
    (
        "cancelled-result-flips",
        &["run/lifecycle/result-never-changes", "run/lifecycle/result-terminating"],
    ),
    ("cancel-all-of-nothing-refused", &["http/schema/curl-data-content-type"]),
    ("output-and-error", &["runs-get-output/lifecycle/no-exit-empty"]),
    (
        "output-metadata-stale",
        &["runs-submit/consistency/run-name-echo", "x/consistency/three-views-agree"],
    ),
    (
        "output-cut",
        &[
            "run-now/lifecycle/notebook-params-merge",
            "run-now/lifecycle/base-params-used",
            "run-now/lifecycle/notebook-widget-default",
        ],
    ),
    ("output-once", &["runs-get-output/lifecycle/exit-value"]),
    (
        "delete-run-forgets",
        &["run-now/idempotency/deleted-run-error", "runs-submit/idempotency/deleted-run-error"],
    ),
    (
        "delete-run-hides-job",
        &[
            "create/consistency/get-after-create",
            "list/consistency/contains-all-created",
            "delete/consistency/run-history-gone",
        ],
    ),
    (
        "deleted-number-reused",
        &["run/consistency/number-starts-at-1", "run-now/consistency/number-strictly-increases"],
    ),
    ("cancelled-run-kept", &["runs-delete/lifecycle/non-active-deleted"]),
    (
        "unauthenticated-writes",
        &[
            "create/consistency/get-after-create",
            "create/consistency/settings-echo",
            "list/consistency/contains-all-created",
            "run-now/consistency/run-visible",
            "runs-list/pagination/has-more-true",
            "runs-list/consistency/includes-new-run",
        ],
    ),
    (
        "wrong-method-acts",
        &[
            "create/consistency/get-after-create",
            "create/consistency/settings-echo",
            "list/consistency/contains-all-created",
            "run-now/consistency/run-visible",
            "runs-list/pagination/has-more-true",
            "runs-list/consistency/includes-new-run",
        ],
    ),
    ("query-ignored", &["run-now/consistency/run-visible", "runs-submit/consistency/run-visible"]),
    ("form-refused", &["create/consistency/documented-example"]),
    (
        "invalid-fails",
        &[
            "runs-cancel/schema/run-id-required",
            "runs-cancel/error/invalid-400",
            "runs-cancel-all/schema/job-id-required",
            "runs-cancel-all/error/invalid-400",
            "runs-get-output/schema/run-id-required",
            "runs-get-output/error/invalid-400",
        ],
    ),
    ("unchecked:cluster/schema/init-scripts-order", &["http/schema/documented-types"]),
    ("unchecked:cluster/schema/spark-conf-scalar-values", &["http/schema/documented-types"]),
    ("unchecked:cluster/schema/spot-bid-default", &["http/schema/documented-types"]),
    ("unchecked:runs-submit/limit/run-name-4096", &["runs-submit/consistency/run-name-echo"]),
    (
        "unchecked:settings/error/validation-parity",
        &["http/schema/documented-types", "run/schema/absent-not-empty"],
    ),
    ("unchecked:settings/schema/email-fields", &["http/schema/documented-types"]),
    ("unchecked:settings/schema/health-value-int", &["http/schema/documented-types"]),
    ("unchecked:settings/schema/notification-settings-echo", &["http/schema/documented-types"]),
    ("unchecked:task/schema/base-parameters-map", &["http/schema/documented-types"]),
    ("unchecked:task/schema/jar-uri-deprecated", &["http/schema/documented-types"]),
    ("submit-tokens-mixed-up", &["run-now/consistency/run-id-unique"]),
];

/// A server in `implied` breaks it.
const CARELESS: &str = "a careless server of the tests is found by it";
/// A history in `oracle/tests` breaks it.
const WRITTEN: &str = "a history written by hand is found by it";

/// The rules without a fault, in the catalogue's order, each with what shows instead that it can fail.
const WITHOUT_FAULT: &[(&str, &str)] = &[
    ("settings/error/cron-invalid", CARELESS),
    ("settings/error/cron-unix-five-fields", CARELESS),
    ("settings/error/timezone-invalid", CARELESS),
    ("settings/schema/pause-status-default", CARELESS),
    ("cluster/consistency/driver-node-default", WRITTEN),
    ("update/consistency/remove-unknown", CARELESS),
    ("update/error/remove-required", CARELESS),
    ("run-now/error/params-wrong-task-type", CARELESS),
    ("runs-list/pagination/append-during-walk", WRITTEN),
    ("run/schema/spark-context-when-running", WRITTEN),
    ("run/lifecycle/retry-immediate-default", WRITTEN),
    ("runs-export/error/unknown-run", "it is judged as that of runs/get is, which has one"),
    ("x/concurrency/reset-atomic", WRITTEN),
    ("x/concurrency/reset-last-writer", WRITTEN),
    ("x/concurrency/runs-delete-vs-get", WRITTEN),
    ("x/concurrency/list-during-writes", WRITTEN),
];

/// The faults that are checked in full at every run of the tests: some of each endpoint and kind. The others
/// are by `cargo test -- --ignored`.
const ALWAYS_IN_FULL: &[&str] = &[
    "create-deduplicates",
    "create-drops-setting",
    "created-time-in-seconds",
    "created-id-as-text",
    "list-omits-latest",
    "get-null-creator",
    "delete-again-refused",
    "delete-lags",
    "reset-merges",
    "update-forgets-others",
    "update-removes-nested",
    "token-ignored",
    "token-forgotten-at-end",
    "token-race",
    "number-race",
    "concurrency-one-too-many",
    "submit-token-after-delete",
    "submit-name-lost",
    "limit-one-more",
    "has-more-always",
    "offset-off-by-one",
    "completed-shows-active",
    "result-early",
    "result-flips",
    "state-goes-back",
    "ended-run-wakes",
    "end-time-early",
    "retry-one-too-many",
    "export-all-by-default",
    "cancel-ignored",
    "cancel-all-jobs",
    "output-and-error",
    "delete-active-run",
    "unauthenticated-writes",
];

/// The faults that no check shows, each with the reason. Beside a sound workspace they are shown in the tests of `serve`.
const UNSEEN: &[(&str, &str)] = &[
    ("paused-schedule-fires", "no check waits for a schedule"),
    ("schedule-never-fires", "no check waits for a schedule"),
    ("schedule-ignores-zone", "no check waits for a schedule"),
    ("schedule-lost", "no check waits for a schedule"),
    ("delete-leaves-schedule", "no check waits for a schedule"),
    ("reset-removes-run", "no check resets a job that had several runs"),
    ("runs-kept-forever", "no check waits for 60 days"),
    ("retry-after-lost", "no check asks for more than a workspace does"),
];

/// The faults that a check of their rule alone does not bring about; a whole one does.
const SEEN_IN_FULL: &[&str] = &["deleted-id-reused", "failure-shows-skipped", "job-id-as-text"];

/// The faults with which a whole check gets nowhere, as it begins with what they refuse.
const SEEN_ALONE: &[&str] = &["concurrency-zero-refused"];

/// A workspace with a fault, and how a check is done in which the fault can show.
pub(super) fn setting(fault: Fault, globs: &[&str]) -> (Workspace, Options) {
    let mut options = options(globs, 1);
    options.allowed.load = fault.rule().starts_with("http/limit/request-");
    if fault.name() != "wrong-token-served" {
        return (wrong(fault), options);
    }
    let token = Some("the-token".to_owned());
    options.profile.token.clone_from(&token);
    let faults = vec![fault];
    (Workspace::new(serve::Options { faults, token, ..serve::Options::default() }), options)
}

fn is_unseen(fault: Fault) -> bool {
    UNSEEN.iter().any(|(name, _)| *name == fault.name())
}

/// Checks faulty workspaces in full, and holds what is found against what is to be found.
#[track_caller]
fn check_in_full(faults: impl Iterator<Item = Fault>) {
    let wrong: Vec<String> = faults.filter_map(mistake).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What is found that should not be, or the other way about.
fn mistake(fault: Fault) -> Option<String> {
    let name = fault.name();
    let follows = FOLLOWS.iter().find(|(own, _)| *own == name).map_or(&[][..], |(_, rules)| rules);
    let (workspace, options) = setting(fault, &[]);
    let outcome = checked(workspace, &options);
    let is_found = outcome.findings.iter().any(|found| found.rule.id == fault.rule());
    let mut others = broken(&outcome, Level::Must);
    others.retain(|rule| *rule != fault.rule());
    let is_right = is_found && others == follows;
    let found = if is_found { "found" } else { "not found" };
    (!is_right).then(|| format!("(\"{name}\", &{others:?}), {found}\n{}", told(&outcome)))
}

fn in_full() -> impl Iterator<Item = Fault> {
    Fault::all().filter(|fault| ALWAYS_IN_FULL.contains(&&*fault.name()))
}

#[test]
fn a_fault_is_found_and_nothing_else() {
    check_in_full(in_full().step_by(2));
}

#[test]
fn another_fault_is_found_and_nothing_else() {
    check_in_full(in_full().skip(1).step_by(2));
}

fn every() -> impl Iterator<Item = Fault> {
    Fault::all().chain(Fault::unchecked())
}

/// Those that a whole check shows.
fn seen() -> impl Iterator<Item = Fault> {
    every().filter(|fault| !is_unseen(*fault) && !SEEN_ALONE.contains(&&*fault.name()))
}

// In two halves, so that two processors have something to do.
#[test]
#[ignore = "minutes; .ci/run asks for it"]
fn every_fault_is_found_and_nothing_else() {
    check_in_full(seen().step_by(2));
}

#[test]
#[ignore = "minutes; .ci/run asks for it"]
fn every_other_fault_is_found_and_nothing_else() {
    check_in_full(seen().skip(1).step_by(2));
}

/// Whether a check of its rule alone shows a fault.
pub(super) fn is_seen_alone(fault: Fault) -> bool {
    !is_unseen(fault) && !SEEN_IN_FULL.contains(&&*fault.name())
}

/// Checks faulty workspaces for their rule alone.
#[track_caller]
fn check_rules(faults: impl Iterator<Item = Fault>) {
    let missed = faults.filter(|fault| is_seen_alone(*fault)).filter_map(|fault| {
        let (workspace, options) = setting(fault, &[fault.rule()]);
        let outcome = checked(workspace, &options);
        let rules: Vec<_> = outcome.findings.iter().map(|found| found.rule.id).collect();
        (rules != [fault.rule()])
            .then(|| format!("{}: {rules:?} {:?}", fault.name(), outcome.verdicts))
    });
    let missed: Vec<_> = missed.collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn each_fault_is_found_by_its_rule_alone() {
    check_rules(Fault::all());
}

#[test]
fn each_check_of_requests_that_is_left_out_is_found() {
    check_rules(Fault::unchecked());
}

#[test]
fn every_rule_that_is_judged_has_a_fault() {
    let follow = FOLLOWS.iter().flat_map(|(_, rules)| rules.iter().copied());
    let broken: BTreeSet<_> = every().map(Fault::rule).chain(follow).collect();
    let judged = rules::all().filter(|rule| check::implemented().contains(rule.id));
    let without: Vec<_> =
        judged.map(|rule| rule.id).filter(|rule| !broken.contains(rule)).collect();
    let excepted: Vec<_> = WITHOUT_FAULT.iter().map(|(rule, _)| *rule).collect();
    assert_eq!(without, excepted);
}

#[test]
fn the_lists_here_name_faults_that_are_there() {
    let names: Vec<_> = every().map(|fault| fault.name().into_owned()).collect();
    let unseen = UNSEEN.iter().map(|(name, _)| name);
    let follow = FOLLOWS.iter().map(|(name, _)| name);
    let listed = follow.chain(ALWAYS_IN_FULL).chain(unseen).chain(SEEN_IN_FULL).chain(SEEN_ALONE);
    for name in listed {
        assert!(names.iter().any(|known| known == name), "{name}");
    }
}
