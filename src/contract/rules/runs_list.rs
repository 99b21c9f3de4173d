//! `jobs/runs/list`: pages, filters and order.

use super::{
    Kind::{Consistency, Error, Pagination, Schema},
    Need::Cluster,
    Passive::{Always, Never},
    Rule,
    Safety::{OwnObjects, ReadOnly},
    Scope::Only,
    line, lines, must, observed, should,
};
use crate::contract::Endpoint::{RunNow, RunsDelete, RunsGet, RunsList};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "runs-list/schema/response",
        lines: &[lines(554, 558)],
        statement: "`runs/list` answers with an array `runs` of Run objects and a boolean \
            `has_more`; the real service leaves out empty ones.",
        test: "Look at the answer, with and without runs.",
        ..must(Schema, Only(&[RunsList]), ReadOnly, Always)
    },
    Rule {
        id: "runs-list/pagination/order-desc",
        lines: &[line(489), line(557)],
        statement: "`runs/list` goes from the latest start to the earliest, through all pages.",
        test: "Compare the start times of neighbours; equal ones may stand in any order.",
        ..must(Pagination, Only(&[RunsList]), ReadOnly, Always)
    },
    Rule {
        id: "runs-list/pagination/default-limit-20",
        lines: &[line(551)],
        statement: "Without a limit `runs/list` shows 20 runs.",
        test: "Give a job 25 skipped runs and list them: 20, and `has_more` is true.",
        sources: &["databricks-cli#464", "databricks-cli#416"],
        needs: &[Cluster],
        ..must(Pagination, Only(&[RunsList]), OwnObjects, Never)
    },
    Rule {
        id: "runs-list/pagination/limit-at-most",
        lines: &[line(551)],
        statement: "A page of `runs/list` has no more runs than `limit` says.",
        test: "List with limits of 1, 7 and 19 and count.",
        needs: &[Cluster],
        ..must(Pagination, Only(&[RunsList]), OwnObjects, Always)
    },
    Rule {
        id: "runs-list/pagination/limit-exact",
        lines: &[line(551)],
        statement: "A page of `runs/list` should have as many runs as `limit` says, if there are \
            enough.",
        test: "List with limits below the number of runs; the real service has been seen to show \
            fewer.",
        sources: &["databricks-cli#416"],
        needs: &[Cluster],
        ..should(Pagination, Only(&[RunsList]), OwnObjects, Never)
    },
    Rule {
        id: "runs-list/pagination/limit-0-is-max",
        lines: &[line(551)],
        statement: "A `limit` of 0 makes `runs/list` use the largest one allowed.",
        test: "List 25 runs with limit 0; all of them come.",
        needs: &[Cluster],
        ..must(Pagination, Only(&[RunsList]), OwnObjects, Never)
    },
    Rule {
        id: "runs-list/pagination/limit-negative",
        lines: &[line(551)],
        statement: "`runs/list` should refuse a negative `limit`.",
        test: "List with -1 and expect a 4xx.",
        ..should(Pagination, Only(&[RunsList]), ReadOnly, Never)
    },
    Rule {
        id: "runs-list/pagination/limit-too-big",
        lines: &[line(551)],
        statement: "`runs/list` should refuse a `limit` above 1000, or cut it down to what is \
            allowed.",
        test: "List with 1001; refusal and a shorter page both pass.",
        sources: &["databricks-cli#464"],
        ..should(Pagination, Only(&[RunsList]), ReadOnly, Never)
    },
    Rule {
        id: "runs-list/pagination/limit-1000-boundary",
        lines: &[line(551)],
        statement: "Whether the largest `limit` is 999 or 1000 is open for the real service.",
        test: "Try both and note the answers.",
        ..observed(Pagination, Only(&[RunsList]), ReadOnly, Never)
    },
    Rule {
        id: "runs-list/pagination/offset",
        lines: &[line(550)],
        statement: "An `offset` of k makes `runs/list` leave out the k latest runs.",
        test: "Compare a page at offset k with the whole list of a job where nothing happens.",
        needs: &[Cluster],
        ..must(Pagination, Only(&[RunsList]), OwnObjects, Always)
    },
    Rule {
        id: "runs-list/pagination/offset-past-end",
        lines: &[line(550)],
        statement: "An `offset` beyond the last run should make `runs/list` give an empty page \
            with nothing behind it.",
        test: "List a job's runs from behind the end; the real service has been seen to refuse \
            offsets above 10000.",
        sources: &["databricks-sdk-py#278"],
        needs: &[Cluster],
        ..should(Pagination, Only(&[RunsList]), OwnObjects, Never)
    },
    Rule {
        id: "runs-list/pagination/offset-negative",
        lines: &[line(550)],
        statement: "`runs/list` should refuse a negative `offset`.",
        test: "List with -1 and expect a 4xx.",
        ..should(Pagination, Only(&[RunsList]), ReadOnly, Never)
    },
    Rule {
        id: "runs-list/pagination/has-more-true",
        lines: &[line(558)],
        statement: "`has_more` of `runs/list` is true as long as matching runs remain behind the \
            page.",
        test: "List with a limit below the number of runs.",
        needs: &[Cluster],
        ..must(Pagination, Only(&[RunsList]), OwnObjects, Never)
    },
    Rule {
        id: "runs-list/pagination/has-more-false",
        lines: &[line(558)],
        statement: "`has_more` of `runs/list` is false or absent on the last page.",
        test: "List the end of a job's runs, where offset and length add up to their number.",
        needs: &[Cluster],
        ..must(Pagination, Only(&[RunsList]), OwnObjects, Always)
    },
    Rule {
        id: "runs-list/pagination/partition",
        lines: &[lines(550, 558)],
        statement: "A walk through the pages of `runs/list` shows each run once and leaves none \
            out.",
        test: "Walk a quiet job's runs in steps and compare with the whole list.",
        needs: &[Cluster],
        ..must(Pagination, Only(&[RunsList]), OwnObjects, Never)
    },
    Rule {
        id: "runs-list/pagination/append-during-walk",
        lines: &[line(550)],
        statement: "A walk through the pages of `runs/list` should miss no run that was there when \
            it began, even if runs are added meanwhile; it may show some twice.",
        test: "Start runs between the pages and look for those that were there before.",
        needs: &[Cluster],
        ..should(Pagination, Only(&[RunsList, RunNow]), OwnObjects, Never)
    },
    Rule {
        id: "runs-list/error/active-and-completed",
        lines: &[line(546), line(548)],
        statement: "`runs/list` refuses `active_only` and `completed_only` when both are true.",
        test: "Set both; later versions of the real service have been seen to let it pass.",
        sources: &["databricks-sdk-py#278"],
        ..must(Error, Only(&[RunsList]), ReadOnly, Never)
    },
    Rule {
        id: "runs-list/consistency/both-false",
        lines: &[lines(546, 548)],
        statement: "With both filters false, `runs/list` shows the same as without them.",
        test: "Compare the two answers.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[RunsList]), OwnObjects, Never)
    },
    Rule {
        id: "runs-list/consistency/active-only",
        lines: &[line(546)],
        statement: "With `active_only` `runs/list` shows no run but those that are PENDING, \
            RUNNING or TERMINATING.",
        test: "Look at the states; QUEUED is tolerated.",
        ..must(Consistency, Only(&[RunsList]), ReadOnly, Always)
    },
    Rule {
        id: "runs-list/consistency/completed-only",
        lines: &[line(548)],
        statement: "With `completed_only` `runs/list` shows no run but those that have ended.",
        test: "Look at the states.",
        ..must(Consistency, Only(&[RunsList]), ReadOnly, Always)
    },
    Rule {
        id: "runs-list/consistency/active-completed-complement",
        lines: &[lines(546, 548)],
        statement: "`active_only` and `completed_only` share out the runs between them: each run \
            is in one of the two lists and none is in both.",
        test: "List a quiet job's runs without a filter, with each filter, and without again.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[RunsList]), OwnObjects, Never)
    },
    Rule {
        id: "runs-list/consistency/job-filter",
        lines: &[line(549)],
        statement: "With `job_id` `runs/list` shows runs of that job only.",
        test: "Look at the job id of each entry.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[RunsList]), ReadOnly, Always)
    },
    Rule {
        id: "runs-list/consistency/all-jobs",
        lines: &[line(549)],
        statement: "Without `job_id` `runs/list` shows the runs of all jobs.",
        test: "Start runs of two jobs and walk the list until both have shown up.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[RunsList]), OwnObjects, Never)
    },
    Rule {
        id: "runs-list/consistency/run-type-filter",
        lines: &[line(552)],
        statement: "With `run_type` `runs/list` shows runs of that type only.",
        test: "List with JOB_RUN and with SUBMIT_RUN and look at the types; the real service has \
            been seen to ignore the filter.",
        sources: &["azure-docs#74458"],
        needs: &[Cluster],
        ..must(Consistency, Only(&[RunsList]), OwnObjects, Always)
    },
    Rule {
        id: "runs-list/error/run-type-invalid",
        lines: &[line(552)],
        statement: "`runs/list` should refuse a `run_type` that does not exist.",
        test: "List with `NOPE` and expect a 4xx.",
        ..should(Error, Only(&[RunsList]), ReadOnly, Never)
    },
    Rule {
        id: "runs-list/error/bad-bool",
        lines: &[line(546)],
        statement: "`runs/list` should refuse a filter flag that is neither true nor false.",
        test: "Set `active_only` to `maybe` and expect a 4xx; 0 and 1 are not tried, they may pass \
            as flags.",
        ..should(Error, Only(&[RunsList]), ReadOnly, Never)
    },
    Rule {
        id: "runs-list/error/unknown-job",
        lines: &[line(549)],
        statement: "Listing the runs of a job that never existed should give none or be refused; \
            it never shows runs of other jobs.",
        test: "List for an id that was never issued.",
        ..should(Error, Only(&[RunsList]), ReadOnly, Never)
    },
    Rule {
        id: "runs-list/consistency/equals-get",
        lines: &[line(557), line(618)],
        statement: "A run looks the same in `runs/list` as in `runs/get`.",
        test: "Read the run, list, read it again: the entry is at neither an earlier nor a later \
            stage than the two reads allow.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[RunsList, RunsGet]), OwnObjects, Always)
    },
    Rule {
        id: "runs-list/consistency/excludes-deleted",
        lines: &[line(822)],
        statement: "A deleted run should be missing from every `runs/list` that is asked for \
            afterwards.",
        test: "Delete a run and list at once.",
        needs: &[Cluster],
        ..should(Consistency, Only(&[RunsList, RunsDelete]), OwnObjects, Always)
    },
    Rule {
        id: "runs-list/consistency/sixty-days",
        lines: &[line(492), line(568), line(755)],
        statement: "A run is gone from lists and reads once it is more than 60 days old.",
        test: "Look at the end times of all completed runs that turn up, with a day of grace.",
        ..must(Consistency, Only(&[RunsList, RunsGet]), ReadOnly, Always)
    },
    Rule {
        id: "runs-list/consistency/includes-new-run",
        lines: &[line(489)],
        statement: "A run that was just started comes first in `runs/list` of its job.",
        test: "List straight after run-now; equal start times may stand in any order.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[RunsList, RunNow]), OwnObjects, Always)
    },
];
