//! `jobs/runs/export`.

use super::{
    Kind::{Consistency, Error, Schema},
    Need::{Cluster, SucceedingTask},
    Passive::{Always, Never},
    Rule,
    Safety::{Compute, ReadOnly},
    Scope::Only,
    line, lines, must, should,
};
use crate::contract::Endpoint::RunsExport;

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "runs-export/schema/response",
        lines: &[lines(691, 694), lines(1340, 1342)],
        statement: "An export answers with an array `views`, each with `content`, `name` and \
            `type`.",
        test: "Export a notebook run and look at the answer.",
        needs: &[Cluster, SucceedingTask],
        ..must(Schema, Only(&[RunsExport]), Compute, Always)
    },
    Rule {
        id: "runs-export/schema/run-id-required",
        lines: &[line(688)],
        statement: "`runs/export` without `run_id` is refused.",
        test: "Call it without parameters.",
        ..must(Schema, Only(&[RunsExport]), ReadOnly, Never)
    },
    Rule {
        id: "runs-export/error/non-notebook",
        lines: &[line(653)],
        statement: "The export of a run whose task is no notebook is refused.",
        test: "Export a Python or JAR run and expect a 4xx.",
        needs: &[Cluster, SucceedingTask],
        ..must(Error, Only(&[RunsExport]), Compute, Never)
    },
    Rule {
        id: "runs-export/schema/default-code",
        lines: &[line(689)],
        statement: "An export that does not say what it wants gives the code.",
        test: "Compare it with one that asks for CODE.",
        needs: &[Cluster, SucceedingTask],
        ..must(Schema, Only(&[RunsExport]), Compute, Never)
    },
    Rule {
        id: "runs-export/schema/views-enum",
        lines: &[line(689), lines(1353, 1355)],
        statement: "`views_to_export` takes CODE, DASHBOARDS and ALL.",
        test: "Send each word, then another, which should be refused.",
        needs: &[Cluster, SucceedingTask],
        ..must(Schema, Only(&[RunsExport]), Compute, Never)
    },
    Rule {
        id: "runs-export/schema/view-type-enum",
        lines: &[lines(1346, 1347)],
        statement: "Each view is a NOTEBOOK or a DASHBOARD; the code comes as a NOTEBOOK.",
        test: "Look at the types in each export.",
        needs: &[Cluster, SucceedingTask],
        ..must(Schema, Only(&[RunsExport]), Compute, Always)
    },
    Rule {
        id: "runs-export/consistency/name-is-notebook",
        lines: &[line(1341)],
        statement: "The view of the code bears the name of the notebook.",
        test: "Compare it with the end of the notebook's path.",
        needs: &[Cluster, SucceedingTask],
        ..must(Consistency, Only(&[RunsExport]), Compute, Always)
    },
    Rule {
        id: "runs-export/schema/html",
        lines: &[line(675), line(1337)],
        statement: "The content of a view should be an HTML page.",
        test: "Look at how it begins.",
        needs: &[Cluster, SucceedingTask],
        ..should(Schema, Only(&[RunsExport]), Compute, Always)
    },
    Rule {
        id: "runs-export/consistency/all-superset",
        lines: &[line(1355)],
        statement: "An export of ALL should have at least the views that CODE and DASHBOARDS have \
            together.",
        test: "Make the three exports and compare.",
        needs: &[Cluster, SucceedingTask],
        ..should(Consistency, Only(&[RunsExport]), Compute, Never)
    },
    Rule {
        id: "runs-export/error/unknown-run",
        lines: &[line(688)],
        statement: "The export of a run that never existed should be refused.",
        test: "Use an id that was never issued and expect a 4xx.",
        ..should(Error, Only(&[RunsExport]), ReadOnly, Never)
    },
];
