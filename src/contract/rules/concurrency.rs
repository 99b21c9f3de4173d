//! Calls of several endpoints that overlap, and answers of several that must agree.

use super::{
    Kind::{Concurrency, Consistency},
    Need::{Cluster, SucceedingTask},
    Passive::{Always, Never, WhenShown},
    Rule,
    Safety::{Compute, OwnObjects},
    Scope::Only,
    line, must, observed, should,
};
use crate::contract::Endpoint::{
    Create, Delete, Get, List, Reset, RunNow, RunsCancel, RunsDelete, RunsGet, RunsGetOutput,
    RunsList, Update,
};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "x/concurrency/create-parallel",
        lines: &[line(108)],
        statement: "Creates that arrive together make as many jobs, each with its own id and each \
            visible.",
        test: "Send 16 at once, compare the ids and list the jobs.",
        needs: &[Cluster],
        ..must(Concurrency, Only(&[Create, List]), OwnObjects, WhenShown)
    },
    Rule {
        id: "x/concurrency/reset-atomic",
        lines: &[line(280)],
        statement: "A reader should see a job's settings from before a reset or from after it, \
            never a mixture.",
        test: "Let a writer alternate between two settings while readers look.",
        needs: &[Cluster],
        ..should(Concurrency, Only(&[Reset, Get]), OwnObjects, WhenShown)
    },
    Rule {
        id: "x/concurrency/reset-last-writer",
        lines: &[line(280)],
        statement: "After several resets the job should have the settings of one of them, and one \
            that came after all others were answered wins.",
        test: "Reset one job from many sides and judge all reads as those of a single register.",
        needs: &[Cluster],
        ..should(Concurrency, Only(&[Reset, Get]), OwnObjects, WhenShown)
    },
    Rule {
        id: "x/concurrency/update-disjoint-fields",
        lines: &[line(288)],
        statement: "Whether both of two overlapping updates of different fields survive is open \
            for the real service.",
        test: "Send both at once and note what a get shows.",
        needs: &[Cluster],
        ..observed(Concurrency, Only(&[Update, Get]), OwnObjects, Never)
    },
    Rule {
        id: "x/concurrency/delete-vs-run-now",
        lines: &[line(158)],
        statement: "A run-now that overlaps the job's delete fails or starts a run that ends; one \
            that comes after the delete's answer fails.",
        test: "Send both at once, many times over, and judge the order of calls and answers.",
        needs: &[Cluster],
        ..must(Concurrency, Only(&[Delete, RunNow]), OwnObjects, WhenShown)
    },
    Rule {
        id: "x/concurrency/delete-vs-delete",
        lines: &[line(158)],
        statement: "Deletes of one job that arrive together all succeed.",
        test: "Send several at once; the job is gone.",
        needs: &[Cluster],
        ..must(Concurrency, Only(&[Delete]), OwnObjects, WhenShown)
    },
    Rule {
        id: "x/concurrency/cancel-vs-complete",
        lines: &[line(701), line(1263)],
        statement: "A run that is cancelled at the moment of its end has one result, SUCCESS or \
            CANCELED, and keeps it.",
        test: "Cancel short runs around their end and follow them.",
        needs: &[Cluster, SucceedingTask],
        ..must(Concurrency, Only(&[RunsCancel, RunsGet]), Compute, WhenShown)
    },
    Rule {
        id: "x/concurrency/runs-delete-vs-get",
        lines: &[line(822)],
        statement: "A read that starts after a run's delete was answered should not find that run.",
        test: "Read and delete a run at once, many times over, and judge the order of calls and \
            answers.",
        needs: &[Cluster],
        ..should(Concurrency, Only(&[RunsDelete, RunsGet]), OwnObjects, WhenShown)
    },
    Rule {
        id: "x/concurrency/list-during-writes",
        lines: &[line(114), line(489)],
        statement: "A list taken amid writes should hold every object that was made before it and \
            whose removal had not begun.",
        test: "List jobs and runs while others are made and removed.",
        needs: &[Cluster],
        ..should(Concurrency, Only(&[List, RunsList]), OwnObjects, WhenShown)
    },
    Rule {
        id: "x/consistency/three-views-agree",
        lines: &[line(557), line(618), line(815)],
        statement: "A run that has ended looks the same in `runs/get`, in a list and as the \
            metadata of its output.",
        test: "Compare the documented fields of all three.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[RunsGet, RunsList, RunsGetOutput]), OwnObjects, Always)
    },
];
