//! `jobs/runs/delete`.

use super::{
    Kind::{Consistency, Error, Idempotency, Lifecycle},
    Need::{Cluster, SlowTask},
    Passive::{Always, Never, WhenShown},
    Rule,
    Safety::{Compute, OwnObjects},
    Scope::Only,
    line, must, observed, should,
};
use crate::contract::Endpoint::{
    Get, RunNow, RunsCancel, RunsDelete, RunsExport, RunsGet, RunsGetOutput,
};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "runs-delete/lifecycle/non-active-deleted",
        lines: &[line(822)],
        statement: "A run that has ended can be deleted, and cannot be read afterwards.",
        test: "Delete a skipped run and read it.",
        needs: &[Cluster],
        ..must(Lifecycle, Only(&[RunsDelete, RunsGet]), OwnObjects, Always)
    },
    Rule {
        id: "runs-delete/error/active",
        lines: &[line(822)],
        statement: "Deleting an active run is refused.",
        test: "Delete a slow run that is active before and after the call; expect a 4xx.",
        needs: &[Cluster, SlowTask],
        ..must(Error, Only(&[RunsDelete]), Compute, WhenShown)
    },
    Rule {
        id: "runs-delete/error/active-no-effect",
        lines: &[line(822)],
        statement: "A refused delete leaves the active run as it is, readable and going.",
        test: "Try to delete a slow run and read it.",
        needs: &[Cluster, SlowTask],
        ..must(Error, Only(&[RunsDelete, RunsGet]), Compute, Never)
    },
    Rule {
        id: "runs-delete/error/missing-run-id",
        lines: &[line(838)],
        statement: "`runs/delete` without `run_id` should be refused and remove nothing.",
        test: "Send an empty object and see that the runs are still there.",
        ..should(Error, Only(&[RunsDelete]), OwnObjects, Never)
    },
    Rule {
        id: "runs-delete/error/unknown-run",
        lines: &[line(838)],
        statement: "Deleting a run that never existed should be refused or ignored, never answered \
            with a 5xx status.",
        test: "Use an id that was never issued and note the status.",
        ..should(Error, Only(&[RunsDelete]), OwnObjects, Never)
    },
    Rule {
        id: "runs-delete/idempotency/twice",
        lines: &[line(822)],
        statement: "Whether deleting a run for a second time succeeds is open for the real \
            service.",
        test: "Delete a run two times and note the second status, which is no 5xx.",
        needs: &[Cluster],
        ..observed(Idempotency, Only(&[RunsDelete]), OwnObjects, Never)
    },
    Rule {
        id: "runs-delete/consistency/output-export-gone",
        lines: &[line(822)],
        statement: "Output and export of a deleted run should be gone with it.",
        test: "Ask for both and expect a 4xx each.",
        needs: &[Cluster],
        ..should(Consistency, Only(&[RunsGetOutput, RunsExport]), OwnObjects, Never)
    },
    Rule {
        id: "runs-delete/consistency/job-kept",
        lines: &[line(822)],
        statement: "Deleting a run should leave its job as it was.",
        test: "Compare the job before and after.",
        needs: &[Cluster],
        ..should(Consistency, Only(&[RunsDelete, Get]), OwnObjects, Always)
    },
    Rule {
        id: "runs-delete/consistency/number-not-reused",
        lines: &[line(623)],
        statement: "The number of a deleted run should not be given to another.",
        test: "Delete the latest run, start one more and compare the numbers.",
        needs: &[Cluster],
        ..should(Consistency, Only(&[RunsDelete, RunNow]), OwnObjects, Never)
    },
    Rule {
        id: "runs-delete/lifecycle/cancel-then-delete",
        lines: &[line(701), line(822)],
        statement: "A run that was cancelled can be deleted once it has come to its end.",
        test: "Cancel a slow run, wait for the end and delete it.",
        needs: &[Cluster, SlowTask],
        ..must(Lifecycle, Only(&[RunsCancel, RunsDelete]), Compute, Never)
    },
];
