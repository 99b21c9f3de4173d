//! `jobs/runs/cancel` and `jobs/runs/cancel-all`.

use super::{
    Kind::{Consistency, Error, Idempotency, Lifecycle, Schema},
    Need::{Cluster, SlowTask},
    Passive::{Always, Never},
    Rule,
    Safety::{Compute, OwnObjects},
    Scope::Only,
    line, lines, must, should,
};
use crate::contract::Endpoint::{RunNow, RunsCancel, RunsCancelAll, RunsGet, RunsList};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "runs-cancel/schema/run-id-required",
        lines: &[line(719), line(703)],
        statement: "`runs/cancel` without `run_id` is refused with 400.",
        test: "Send an empty object.",
        ..must(Schema, Only(&[RunsCancel]), OwnObjects, Never)
    },
    Rule {
        id: "runs-cancel/error/invalid-400",
        lines: &[line(703)],
        statement: "`runs/cancel` answers 400, and nothing else, to a `run_id` that is no id.",
        test: "Try a word, an object and an array.",
        ..must(Error, Only(&[RunsCancel]), OwnObjects, Never)
    },
    Rule {
        id: "runs-cancel/error/unknown-run-400",
        lines: &[line(703)],
        statement: "`runs/cancel` should answer 400 to the id of a run that never existed.",
        test: "Use an id that was never issued and look at the status.",
        ..should(Error, Only(&[RunsCancel]), OwnObjects, Never)
    },
    Rule {
        id: "runs-cancel/idempotency/terminal-noop",
        lines: &[line(701)],
        statement: "Cancelling a run that has ended succeeds and does nothing to it.",
        test: "Cancel a skipped run and compare it before and after.",
        needs: &[Cluster],
        ..must(Idempotency, Only(&[RunsCancel, RunsGet]), OwnObjects, Always)
    },
    Rule {
        id: "runs-cancel/idempotency/double-cancel",
        lines: &[line(701)],
        statement: "Cancelling an active run a second time should succeed like the first.",
        test: "Cancel a slow run two times in a row.",
        needs: &[Cluster, SlowTask],
        ..should(Idempotency, Only(&[RunsCancel]), Compute, Never)
    },
    Rule {
        id: "runs-cancel/lifecycle/eventually-terminated",
        lines: &[line(701)],
        statement: "A cancelled run comes to its end soon, though maybe not before the answer.",
        test: "Cancel a slow run and follow it up to the profile's deadline.",
        needs: &[Cluster, SlowTask],
        ..must(Lifecycle, Only(&[RunsCancel, RunsGet]), Compute, Never)
    },
    Rule {
        id: "runs-cancel/lifecycle/result-canceled",
        lines: &[line(1269)],
        statement: "A run that was cancelled while it ran ends TERMINATED with CANCELED.",
        test: "Cancel a slow run; one that finished just before proves nothing.",
        needs: &[Cluster, SlowTask],
        ..must(Lifecycle, Only(&[RunsGet]), Compute, Never)
    },
    Rule {
        id: "runs-cancel/lifecycle/pending-run",
        lines: &[line(701), lines(1260, 1261)],
        statement: "A run can be cancelled while it is PENDING, and then does not go on to \
            succeed.",
        test: "Cancel a run that waits for its cluster and follow it.",
        needs: &[Cluster, SlowTask],
        ..must(Lifecycle, Only(&[RunsCancel, RunsGet]), Compute, Never)
    },
    Rule {
        id: "runs-cancel/consistency/others-untouched",
        lines: &[line(701)],
        statement: "Cancelling a run should leave the other runs of its job going.",
        test: "Cancel one of two slow runs and look at the other.",
        needs: &[Cluster, SlowTask],
        ..should(Consistency, Only(&[RunsCancel]), Compute, Never)
    },
    Rule {
        id: "runs-cancel-all/schema/job-id-required",
        lines: &[line(744), line(728)],
        statement: "`runs/cancel-all` without `job_id` is refused with 400.",
        test: "Send an empty object.",
        ..must(Schema, Only(&[RunsCancelAll]), OwnObjects, Never)
    },
    Rule {
        id: "runs-cancel-all/error/invalid-400",
        lines: &[line(728)],
        statement: "`runs/cancel-all` answers 400, and nothing else, to a `job_id` that is no id.",
        test: "Try a word and look at the status.",
        ..must(Error, Only(&[RunsCancelAll]), OwnObjects, Never)
    },
    Rule {
        id: "runs-cancel-all/error/unknown-job-400",
        lines: &[line(728)],
        statement: "`runs/cancel-all` should answer 400 to the id of a job that never existed.",
        test: "Use an id that was never issued and look at the status.",
        ..should(Error, Only(&[RunsCancelAll]), OwnObjects, Never)
    },
    Rule {
        id: "runs-cancel-all/lifecycle/cancels-all-active",
        lines: &[line(726)],
        statement: "`runs/cancel-all` brings every active run of the job to its end.",
        test: "Start three slow runs, call it, and follow all three up to the deadline.",
        needs: &[Cluster, SlowTask],
        ..must(Lifecycle, Only(&[RunsCancelAll, RunsList]), Compute, Never)
    },
    Rule {
        id: "runs-cancel-all/lifecycle/new-runs-allowed",
        lines: &[line(726)],
        statement: "A job can be run again as soon as `runs/cancel-all` has been answered.",
        test: "Call run-now straight afterwards; it succeeds.",
        needs: &[Cluster, SlowTask],
        ..must(Lifecycle, Only(&[RunsCancelAll, RunNow]), Compute, Never)
    },
    Rule {
        id: "runs-cancel-all/consistency/completed-untouched",
        lines: &[line(726)],
        statement: "`runs/cancel-all` does nothing to runs that have ended.",
        test: "Compare such runs before and after.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[RunsCancelAll]), OwnObjects, Always)
    },
    Rule {
        id: "runs-cancel-all/consistency/other-jobs-untouched",
        lines: &[line(726)],
        statement: "`runs/cancel-all` does nothing to the runs of other jobs.",
        test: "Keep a slow run of another job going meanwhile.",
        needs: &[Cluster, SlowTask],
        ..must(Consistency, Only(&[RunsCancelAll]), Compute, Never)
    },
    Rule {
        id: "runs-cancel-all/idempotency/no-active",
        lines: &[line(726)],
        statement: "`runs/cancel-all` should succeed when the job has nothing to cancel.",
        test: "Call it for a job without active runs.",
        needs: &[Cluster],
        ..should(Idempotency, Only(&[RunsCancelAll]), OwnObjects, Never)
    },
];
