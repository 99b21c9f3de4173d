//! `jobs/reset`.

use super::{
    Kind::{Consistency, Error, Idempotency, Lifecycle, Schema},
    Need::{Cluster, Executor, NewCluster, SlowTask},
    Passive::{Always, Never},
    Rule,
    Safety::{Compute, OwnObjects},
    Scope::Only,
    line, lines, must, should,
};
use crate::contract::Endpoint::{Get, Reset, RunsGet, RunsList};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "reset/schema/job-id-required",
        lines: &[line(279)],
        statement: "`jobs/reset` without `job_id` is refused.",
        test: "Leave the field out and expect a 4xx.",
        ..must(Schema, Only(&[Reset]), OwnObjects, Never)
    },
    Rule {
        id: "reset/schema/new-settings-required",
        lines: &[line(280)],
        statement: "A reset without `new_settings` should be refused; above all it should not \
            empty the job.",
        test: "Leave the field out, then read the job.",
        needs: &[Cluster],
        ..should(Schema, Only(&[Reset]), OwnObjects, Never)
    },
    Rule {
        id: "reset/consistency/full-replace",
        lines: &[line(239), line(280)],
        statement: "After a reset nothing is left of the old settings: what the new ones do not \
            name is absent or at its default.",
        test: "For each optional setting, create a job with it and reset that job without it.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[Reset, Get]), OwnObjects, Never)
    },
    Rule {
        id: "reset/consistency/get-equals-new",
        lines: &[line(280)],
        statement: "After a reset the job's settings are the ones that were sent.",
        test: "Reset, read and compare, with defaults taken into account.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[Reset, Get]), OwnObjects, Always)
    },
    Rule {
        id: "reset/consistency/documented-example",
        lines: &[lines(242, 268)],
        statement: "Resetting one job with the settings of another makes the two alike, as in the \
            document's example.",
        test: "Reset one job with what a get of another shows and compare both.",
        needs: &[NewCluster],
        ..must(Consistency, Only(&[Reset]), OwnObjects, Never)
    },
    Rule {
        id: "reset/consistency/identity-kept",
        lines: &[lines(232, 233)],
        statement: "A reset keeps the job's id, creation time and creator.",
        test: "Compare them before and after.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[Reset, Get]), OwnObjects, Always)
    },
    Rule {
        id: "reset/idempotency/twice",
        lines: &[line(280)],
        statement: "Sending the same reset again should change nothing more.",
        test: "Reset two times and compare what a get shows after each.",
        needs: &[Cluster],
        ..should(Idempotency, Only(&[Reset]), OwnObjects, Never)
    },
    Rule {
        id: "reset/error/unknown-job",
        lines: &[line(279)],
        statement: "Resetting a job that does not exist should be refused.",
        test: "Use an id that was never issued and expect a 4xx.",
        ..should(Error, Only(&[Reset]), OwnObjects, Never)
    },
    Rule {
        id: "reset/error/invalid-has-no-effect",
        lines: &[line(280)],
        statement: "A reset that is refused should leave the job as it was.",
        test: "Read, send a broken reset, read again and compare.",
        needs: &[Cluster],
        ..should(Error, Only(&[Reset, Get]), OwnObjects, Always)
    },
    Rule {
        id: "reset/consistency/run-history-kept",
        lines: &[line(282)],
        statement: "A reset should leave the job's runs in place and their count going.",
        test: "Run, reset, run again; the first run is still listed and the second has a higher \
            number.",
        needs: &[Cluster],
        ..should(Consistency, Only(&[Reset, RunsList]), OwnObjects, Never)
    },
    Rule {
        id: "reset/lifecycle/timeout-applies-to-active",
        lines: &[line(282)],
        statement: "A `timeout_seconds` that a reset sets holds for runs that are active at that \
            moment.",
        test: "Reset the job of a slow run to a timeout of one second; the run ends TIMEDOUT.",
        needs: &[Cluster, SlowTask, Executor],
        ..must(Lifecycle, Only(&[Reset, RunsGet]), Compute, Never)
    },
    Rule {
        id: "reset/lifecycle/other-fields-future-only",
        lines: &[line(282)],
        statement: "Apart from the timeout, a reset changes nothing about runs that exist already.",
        test: "Compare cluster, task and name of a run before and after.",
        needs: &[Cluster],
        ..must(Lifecycle, Only(&[Reset, RunsGet]), OwnObjects, Always)
    },
    Rule {
        id: "reset/lifecycle/lower-concurrency-keeps-active",
        lines: &[line(101), line(1032)],
        statement: "Lowering `max_concurrent_runs` ends no run; further runs are skipped until \
            fewer than the new number are active.",
        test: "With three slow runs reset the limit to 2: all three go on, a fourth is skipped, \
            and one started after two were cancelled is not.",
        needs: &[Cluster, SlowTask],
        ..must(Lifecycle, Only(&[Reset, RunsGet]), Compute, Never)
    },
];
