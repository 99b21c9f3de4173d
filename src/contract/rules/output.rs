//! `jobs/runs/get-output`.

use super::{
    Kind::{Consistency, Error, Lifecycle, Limit, Schema},
    Need::{Cluster, ExitingTask, SlowTask, SucceedingTask},
    Passive::{Always, Never},
    Rule,
    Safety::{Compute, OwnObjects, ReadOnly},
    Scope::Only,
    line, lines, must, should,
};
use crate::contract::Endpoint::{RunsGet, RunsGetOutput};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "runs-get-output/schema/response",
        lines: &[lines(808, 815)],
        statement: "`runs/get-output` answers with `metadata` and with either a `notebook_output` \
            or an `error`.",
        test: "Look at the answer for each sort of run.",
        needs: &[Cluster],
        ..must(Schema, Only(&[RunsGetOutput]), OwnObjects, Always)
    },
    Rule {
        id: "runs-get-output/schema/run-id-required",
        lines: &[line(806), line(753)],
        statement: "`runs/get-output` without `run_id` is refused with 400.",
        test: "Call it without parameters.",
        ..must(Schema, Only(&[RunsGetOutput]), ReadOnly, Never)
    },
    Rule {
        id: "runs-get-output/error/invalid-400",
        lines: &[line(753)],
        statement: "`runs/get-output` answers 400 to a `run_id` that is no id.",
        test: "Try a word and look at the status.",
        ..must(Error, Only(&[RunsGetOutput]), ReadOnly, Never)
    },
    Rule {
        id: "runs-get-output/error/unknown-run-400",
        lines: &[line(753)],
        statement: "`runs/get-output` should answer 400 to the id of a run that never existed; the \
            real service has been seen to answer 500.",
        test: "Use an id that was never issued and look at the status.",
        sources: &["azure-databricks-operator#158"],
        ..should(Error, Only(&[RunsGetOutput]), ReadOnly, Always)
    },
    Rule {
        id: "runs-get-output/schema/output-xor-error",
        lines: &[line(811)],
        statement: "An answer of `runs/get-output` never has an output and an error at once.",
        test: "Look at every answer.",
        needs: &[Cluster],
        ..must(Schema, Only(&[RunsGetOutput]), OwnObjects, Always)
    },
    Rule {
        id: "runs-get-output/consistency/metadata-equals-get",
        lines: &[line(815)],
        statement: "The `metadata` of an output is the run as `runs/get` shows it.",
        test: "Read the run, its output and the run again; if the reads agree, the metadata does \
            too.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[RunsGetOutput, RunsGet]), OwnObjects, Always)
    },
    Rule {
        id: "runs-get-output/lifecycle/exit-value",
        lines: &[line(751), line(1131)],
        statement: "The value with which a notebook exits is the `result` of its output.",
        test: "Let a notebook exit with a known value and compare.",
        needs: &[Cluster, ExitingTask],
        ..must(Lifecycle, Only(&[RunsGetOutput]), Compute, Never)
    },
    Rule {
        id: "runs-get-output/lifecycle/no-exit-empty",
        lines: &[lines(811, 812), line(1131)],
        statement: "A notebook that ends without an exit value has an output whose `result` is \
            empty or absent, and no error.",
        test: "Run one that just succeeds and read its output.",
        needs: &[Cluster, SucceedingTask],
        ..must(Lifecycle, Only(&[RunsGetOutput]), Compute, Never)
    },
    Rule {
        id: "runs-get-output/limit/truncated-1mb",
        lines: &[lines(1131, 1132)],
        statement: "Of a longer exit value the first megabyte is returned, and `truncated` says \
            so.",
        test: "Exit with two megabytes and with a few bytes; compare length, beginning and flag.",
        needs: &[Cluster, ExitingTask],
        ..must(Limit, Only(&[RunsGetOutput]), Compute, Never)
    },
    Rule {
        id: "runs-get-output/consistency/stable",
        lines: &[line(751)],
        statement: "The output of a run that has ended should be the same each time.",
        test: "Read it two times and compare.",
        needs: &[Cluster],
        ..should(Consistency, Only(&[RunsGetOutput]), OwnObjects, Always)
    },
    Rule {
        id: "runs-get-output/error/active-run",
        lines: &[lines(811, 814)],
        statement: "The output of a run that has not ended should hold no result: it is empty, or \
            an error, or refused.",
        test: "Ask for the output of a slow run; a 5xx fails as well.",
        needs: &[Cluster, SlowTask],
        ..should(Error, Only(&[RunsGetOutput]), Compute, Never)
    },
    Rule {
        id: "runs-get-output/schema/error-string",
        lines: &[line(814)],
        statement: "The `error` of an output is a text that means nothing to a program.",
        test: "Look at its type, never at its words.",
        ..must(Schema, Only(&[RunsGetOutput]), ReadOnly, Always)
    },
    Rule {
        id: "runs-get-output/error/non-notebook",
        lines: &[line(811)],
        statement: "A run whose task is no notebook should have no notebook result.",
        test: "Read the output of a Python run.",
        needs: &[Cluster, SucceedingTask],
        ..should(Error, Only(&[RunsGetOutput]), Compute, Never)
    },
];
