//! `jobs/runs/submit`.

use super::{
    Kind::{Concurrency, Consistency, Error, Lifecycle, Limit, Schema},
    Need::{Cluster, Executor, FailingTask, SlowTask},
    Passive::{Always, Never},
    Rule,
    Safety::{Compute, OwnObjects},
    Scope::Only,
    line, lines, must, observed, should,
};
use crate::contract::Endpoint::{Get, RunsGet, RunsList, RunsSubmit};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "runs-submit/schema/response",
        lines: &[lines(479, 482)],
        statement: "A submit answers with `run_id`, an INT64.",
        test: "Submit a run and look at the answer.",
        needs: &[Cluster],
        ..must(Schema, Only(&[RunsSubmit]), Compute, Always)
    },
    Rule {
        id: "runs-submit/consistency/run-visible",
        lines: &[line(410)],
        statement: "A submitted run can be read as soon as the submit has been answered.",
        test: "Read it straight away.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[RunsSubmit, RunsGet]), Compute, Always)
    },
    Rule {
        id: "runs-submit/schema/default-name",
        lines: &[line(466), line(1195)],
        statement: "A run that is submitted without a name is called `Untitled`.",
        test: "Submit one and read its `run_name`.",
        needs: &[Cluster],
        ..must(Schema, Only(&[RunsSubmit, RunsGet]), Compute, Always)
    },
    Rule {
        id: "runs-submit/consistency/run-name-echo",
        lines: &[line(466)],
        statement: "A submitted run keeps the name that it was given, in any script.",
        test: "Submit a run whose name goes beyond ASCII and read it.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[RunsSubmit, RunsGet]), Compute, Always)
    },
    Rule {
        id: "runs-submit/limit/run-name-4096",
        lines: &[line(1195)],
        statement: "A submit refuses a name of more than 4096 bytes of UTF-8.",
        test: "Submit a name of 4096 bytes, some of them parts of longer characters, which passes, \
            and one of 4097, which does not.",
        needs: &[Cluster],
        ..must(Limit, Only(&[RunsSubmit]), Compute, Never)
    },
    Rule {
        id: "runs-submit/schema/run-type-submit-run",
        lines: &[line(1201)],
        statement: "A submitted run has the type SUBMIT_RUN, where a type is shown.",
        test: "Submit a run, then read and list it.",
        needs: &[Cluster],
        ..must(Schema, Only(&[RunsGet, RunsList]), Compute, Always)
    },
    Rule {
        id: "runs-submit/schema/trigger-one-time",
        lines: &[line(1333)],
        statement: "A submitted run has the trigger ONE_TIME.",
        test: "Submit a run and read it.",
        needs: &[Cluster],
        ..must(Schema, Only(&[RunsGet]), Compute, Always)
    },
    Rule {
        id: "runs-submit/error/no-cluster",
        lines: &[lines(447, 451)],
        statement: "A submit that names neither an existing nor a new cluster should be refused, \
            unless its task is a pipeline.",
        test: "Leave both fields out; the answer is a 4xx.",
        sources: &["databricks/cli#838"],
        ..should(Error, Only(&[RunsSubmit]), OwnObjects, Never)
    },
    Rule {
        id: "runs-submit/error/notebook-and-jar",
        lines: &[line(455)],
        statement: "A submit with both a `notebook_task` and a `spark_jar_task` is refused.",
        test: "Send both tasks; the answer is a 4xx.",
        needs: &[Cluster],
        ..must(Error, Only(&[RunsSubmit]), OwnObjects, Never)
    },
    Rule {
        id: "runs-submit/error/no-task",
        lines: &[lines(452, 455)],
        statement: "A submit without any task should be refused.",
        test: "Leave the task out; the answer is a 4xx.",
        needs: &[Cluster],
        ..should(Error, Only(&[RunsSubmit]), OwnObjects, Never)
    },
    Rule {
        id: "runs-submit/error/rejected-creates-no-run",
        lines: &[line(410)],
        statement: "A submit that is refused should start nothing.",
        test: "Look for a run of that name afterwards.",
        needs: &[Cluster],
        ..should(Error, Only(&[RunsSubmit, RunsList]), OwnObjects, Never)
    },
    Rule {
        id: "runs-submit/lifecycle/timeout",
        lines: &[line(470), line(1268)],
        statement: "A submitted run that takes longer than its `timeout_seconds` is stopped and \
            ends TIMEDOUT.",
        test: "Submit a slow task with a timeout of one second and follow it.",
        needs: &[Cluster, SlowTask, Executor],
        ..must(Lifecycle, Only(&[RunsSubmit, RunsGet]), Compute, Never)
    },
    Rule {
        id: "runs-submit/lifecycle/no-retry",
        lines: &[lines(446, 471)],
        statement: "A submitted run that fails should not be tried again, for a submit has no \
            field that asks for it.",
        test: "Submit a failing task and count the attempts.",
        needs: &[Cluster, FailingTask],
        ..should(Lifecycle, Only(&[RunsSubmit, RunsList]), Compute, Never)
    },
    Rule {
        id: "runs-submit/consistency/cluster-spec",
        lines: &[line(628)],
        statement: "A submitted run shows, as `cluster_spec`, the cluster and the libraries that \
            it was submitted with.",
        test: "Compare the two.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[RunsSubmit, RunsGet]), Compute, Always)
    },
    Rule {
        id: "runs-submit/consistency/not-startable-job",
        lines: &[line(410)],
        statement: "The real service has been seen to give a submitted run a `job_id`, though \
            nobody saved such a job.",
        test: "Read the job of that id, if there is one, and note the answer.",
        needs: &[Cluster],
        ..observed(Consistency, Only(&[RunsSubmit, Get]), Compute, Never)
    },
    Rule {
        id: "runs-submit/concurrency/unlimited-by-job",
        lines: &[line(410)],
        statement: "Submitted runs should not be skipped because of one another.",
        test: "Submit two slow tasks at once; neither is SKIPPED.",
        needs: &[Cluster],
        ..should(Concurrency, Only(&[RunsSubmit]), Compute, Never)
    },
    Rule {
        id: "runs-submit/schema/every-field-accepted",
        lines: &[lines(447, 471)],
        statement: "Each documented field of a submit is accepted with each documented sort of \
            value.",
        test: "Submit one run for each field.",
        needs: &[Cluster],
        ..must(Schema, Only(&[RunsSubmit]), Compute, Never)
    },
];
