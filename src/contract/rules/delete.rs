//! `jobs/delete`.

use super::{
    Kind::{Consistency, Error, Idempotency, Lifecycle, Schema},
    Need::{Cluster, Scheduler, SlowTask},
    Passive::{Always, Never},
    Rule,
    Safety::{Compute, OwnObjects},
    Scope::Only,
    line, must, should,
};
use crate::contract::Endpoint::{Delete, Get, Reset, RunNow, RunsGet, RunsList, Update};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "delete/schema/job-id-required",
        lines: &[line(174)],
        statement: "`jobs/delete` without `job_id` is refused and removes nothing.",
        test: "Send an empty object and see that the jobs are still there.",
        ..must(Schema, Only(&[Delete]), OwnObjects, Never)
    },
    Rule {
        id: "delete/idempotency/already-removed-noop",
        lines: &[line(158)],
        statement: "Deleting a job that is gone already succeeds and does nothing.",
        test: "Delete a job two times; both calls succeed, though the real service is suspected of \
            refusing the second.",
        sources: &["terraform-provider-databricks jobs/resource_job.go"],
        needs: &[Cluster],
        ..must(Idempotency, Only(&[Delete]), OwnObjects, Never)
    },
    Rule {
        id: "delete/error/never-existed",
        lines: &[line(158)],
        statement: "Deleting an id that was never issued should be either ignored or refused, \
            never answered with a 5xx status.",
        test: "Try such an id and note the status.",
        ..should(Error, Only(&[Delete]), OwnObjects, Never)
    },
    Rule {
        id: "delete/consistency/get-fails-after",
        lines: &[line(158)],
        statement: "A job cannot be read any more once its delete has been answered.",
        test: "Delete a job and read it at once, without waiting; the read is refused.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[Delete, Get]), OwnObjects, Always)
    },
    Rule {
        id: "delete/consistency/run-history-gone",
        lines: &[line(158)],
        statement: "The runs of a job disappear with it, from lists as well as from reads by id.",
        test: "Give a job a skipped run, delete the job, then list and read that run.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[Delete, RunsList, RunsGet]), OwnObjects, Never)
    },
    Rule {
        id: "delete/lifecycle/active-runs-terminated",
        lines: &[line(158)],
        statement: "Runs that are active when their job is deleted are brought to an end soon \
            after.",
        test: "Delete a job during a slow run; wherever that run is still shown, it ends within \
            the deadline.",
        needs: &[Cluster, SlowTask],
        ..must(Lifecycle, Only(&[Delete, RunsGet]), Compute, Never)
    },
    Rule {
        id: "delete/error/run-now-after",
        lines: &[line(158)],
        statement: "A deleted job should not start runs any more.",
        test: "Call `run-now` for it and expect a 4xx.",
        needs: &[Cluster],
        ..should(Error, Only(&[Delete, RunNow]), OwnObjects, Never)
    },
    Rule {
        id: "delete/error/reset-update-after",
        lines: &[line(158)],
        statement: "A deleted job should not be editable, nor come back to life by an edit.",
        test: "Reset and update it, expect a 4xx each, and see that a read still fails.",
        needs: &[Cluster],
        ..should(Error, Only(&[Delete, Reset, Update]), OwnObjects, Never)
    },
    Rule {
        id: "delete/lifecycle/schedule-stops",
        lines: &[line(158)],
        statement: "The schedule of a deleted job should not fire again.",
        test: "Delete a job that fires every minute and watch for new runs of it.",
        needs: &[Cluster, Scheduler],
        ..should(Lifecycle, Only(&[Delete, RunsList]), Compute, Never)
    },
    Rule {
        id: "delete/consistency/others-untouched",
        lines: &[line(158)],
        statement: "Deleting a job should leave all others as they were.",
        test: "Compare another job's settings before and after.",
        needs: &[Cluster],
        ..should(Consistency, Only(&[Delete]), OwnObjects, Always)
    },
];
