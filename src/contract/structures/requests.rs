//! What the endpoints take. The two longest, of create and submit, stand with the job's settings.

use super::*;

/// The arguments of jobs/list: the document names none.
pub static LIST: Table = structure("ListRequest", "List", 112, "What jobs/list takes.", &[]);

/// The arguments of jobs/delete.
pub static DELETE: Table = structure(
    "DeleteRequest",
    "Delete",
    173,
    "What jobs/delete takes.",
    &[job_id(174, "The job to remove.").required("delete/schema/job-id-required")],
);

/// The arguments of jobs/get.
pub static GET: Table = structure(
    "GetRequest",
    "Get",
    224,
    "What jobs/get takes.",
    &[job_id(225, "The job to tell about.").required("get/schema/job-id-required")],
);

/// The arguments of jobs/reset.
pub static RESET: Table = structure(
    "ResetRequest",
    "Reset",
    278,
    "What jobs/reset takes.",
    &[
        job_id(279, "The job to change.").required("reset/schema/job-id-required"),
        field("new_settings", Structure(&JOB_SETTINGS), 280, "Settings that replace all others.")
            .required("reset/schema/new-settings-required"),
    ],
);

/// The arguments of jobs/update.
pub static UPDATE: Table = structure(
    "UpdateRequest",
    "Update",
    316,
    "What jobs/update takes.",
    &[
        job_id(317, "The job to change.").required("update/schema/job-id-required"),
        field(
            "new_settings",
            Patch(&JOB_SETTINGS),
            318,
            "Settings that replace those of the same name, and no others.",
        ),
        field("fields_to_remove", STRINGS, 324, "The names of settings to remove.")
            .typed("update/schema/fields-to-remove-optional")
            .default(DefaultValue::EmptyList)
            .examples(&["libraries", "schedule"]),
    ],
);

/// The arguments of jobs/run-now.
pub static RUN_NOW: Table = structure(
    "RunNowRequest",
    "Run now",
    371,
    "What jobs/run-now takes.",
    &[
        // The document lost what it said of this row; the service takes an absent id for 0.
        job_id(372, "The job to run.")
            .required("run-now/error/missing-job-id")
            .typed("run-now/error/missing-job-id"),
        JAR_PARAMS,
        NOTEBOOK_PARAMS,
        PYTHON_PARAMS,
        SPARK_SUBMIT_PARAMS,
        IDEMPOTENCY_TOKEN.limits(&[limit("run-now/idempotency/token-65", CharsMax(64))]),
    ],
)
.constraints(ONE_KIND_OF_PARAMETERS);

pub(super) const JAR_PARAMS: Field = field("jar_params", STRINGS, 373, "Parameters of a JAR task.")
    .limits(&[limit("run-now/limit/jar-params-10000", JsonBytesMax(10_000))])
    .default(DefaultValue::EmptyList);
pub(super) const NOTEBOOK_PARAMS: Field = field(
    "notebook_params",
    Map(&PARAM_PAIR),
    374,
    "Parameters of a notebook task; they win over its base parameters.",
)
.limits(&[
    limit("run-now/limit/notebook-params-10000", JsonBytesMax(10_000)),
    limit("run-now/error/notebook-params-non-ascii", Ascii),
]);
pub(super) const PYTHON_PARAMS: Field = field(
    "python_params",
    STRINGS,
    383,
    "Parameters of a Python task, in place of those of the job.",
)
.limits(&[
    limit("run-now/limit/python-params-10000", JsonBytesMax(10_000)),
    limit("run-now/error/python-params-non-ascii", Ascii),
]);
pub(super) const SPARK_SUBMIT_PARAMS: Field = field(
    "spark_submit_params",
    STRINGS,
    384,
    "Parameters of a spark-submit task, in place of those of the job.",
)
.limits(&[
    limit("run-now/limit/spark-submit-params-10000", JsonBytesMax(10_000)),
    limit("run-now/error/spark-submit-params-non-ascii", Ascii),
    SPARK_SUBMIT_RESERVED,
]);

/// The document forbids one pair (line 373) and advises against two more (line 1227).
pub(super) const ONE_KIND_OF_PARAMETERS: &[Constraint] = &[
    holds("run-now/error/jar-and-notebook", Excludes("jar_params", &["notebook_params"])),
    holds(
        "run-now/error/one-kind-of-params",
        Excludes("python_params", &["jar_params", "notebook_params"]),
    ),
];

/// The arguments of jobs/runs/list.
pub static RUNS_LIST: Table = structure(
    "RunsListRequest",
    "Runs list",
    545,
    "What jobs/runs/list takes.",
    &[
        field("active_only", Boolean, 546, "Only runs that have not ended.")
            .default(DefaultValue::Boolean(false)),
        field("completed_only", Boolean, 548, "Only runs that have ended.")
            .default(DefaultValue::Boolean(false)),
        job_id(549, "The job whose runs to list, or all jobs.")
            .typed("runs-list/error/unknown-job"),
        field("offset", Int32, 550, "How many runs to pass over, counted from the latest.")
            .typed("runs-list/pagination/offset-negative")
            .limits(&[limit("runs-list/pagination/offset-negative", Minimum(0))])
            .default(DefaultValue::Integer(0)),
        // The document says less than 1000, and that 0 asks for the maximum; so 1000 is let pass.
        field("limit", Int32, 551, "How many runs to return; 0 for as many as may be.")
            .typed("runs-list/pagination/limit-negative")
            .limits(&[
                limit("runs-list/pagination/limit-negative", Minimum(0)),
                limit("runs-list/pagination/limit-too-big", Maximum(1000)),
            ])
            .default(DefaultValue::Integer(20)),
        field("run_type", Choice(&RUN_TYPE_ASKED), 552, "Only runs of this type."),
    ],
)
.constraints(&[holds(
    "runs-list/error/active-and-completed",
    NotBothTrue("active_only", "completed_only"),
)]);

/// The run types that a list can be asked for.
pub static RUN_TYPE_ASKED: Choice = Choice {
    name: "RunTypeAsked",
    words: RUN_TYPE.words,
    rule: "runs-list/error/run-type-invalid",
};

/// The arguments of jobs/runs/get.
pub static RUNS_GET: Table = structure(
    "RunsGetRequest",
    "Runs get",
    615,
    "What jobs/runs/get takes.",
    &[run_id(616, "The run to tell about.").required("runs-get/schema/run-id-required")],
);

/// The arguments of jobs/runs/export.
pub static RUNS_EXPORT: Table = structure(
    "RunsExportRequest",
    "Runs export",
    687,
    "What jobs/runs/export takes.",
    &[
        run_id(688, "The run to export.").required("runs-export/schema/run-id-required"),
        field("views_to_export", Choice(&VIEWS_TO_EXPORT), 689, "Which views to export.")
            .default(DefaultValue::String("CODE")),
    ],
);

/// Which views to export.
pub static VIEWS_TO_EXPORT: Choice = Choice {
    name: "ViewsToExport",
    words: &["CODE", "DASHBOARDS", "ALL"],
    rule: "runs-export/schema/views-enum",
};

/// The arguments of jobs/runs/cancel.
pub static RUNS_CANCEL: Table = structure(
    "RunsCancelRequest",
    "Runs cancel",
    718,
    "What jobs/runs/cancel takes.",
    &[run_id(719, "The run to cancel.").required("runs-cancel/schema/run-id-required")],
);

/// The arguments of jobs/runs/cancel-all.
pub static RUNS_CANCEL_ALL: Table = structure(
    "RunsCancelAllRequest",
    "Runs cancel all",
    743,
    "What jobs/runs/cancel-all takes.",
    &[job_id(744, "The job whose active runs to cancel.")
        .required("runs-cancel-all/schema/job-id-required")],
);

/// The arguments of jobs/runs/get-output.
pub static RUNS_GET_OUTPUT: Table = structure(
    "RunsGetOutputRequest",
    "Runs get output",
    805,
    "What jobs/runs/get-output takes.",
    &[run_id(806, "The run whose output to tell.")
        .required("runs-get-output/schema/run-id-required")],
);

/// The arguments of jobs/runs/delete.
pub static RUNS_DELETE: Table = structure(
    "RunsDeleteRequest",
    "Runs delete",
    837,
    "What jobs/runs/delete takes.",
    // The document does not mark it required, but says nothing of what else would be deleted.
    &[run_id(838, "The run to remove.").required("runs-delete/error/missing-run-id")],
);

const fn job_id(line: u16, about: &'static str) -> Field {
    field("job_id", Int64, line, about).role(Role::JobId)
}

const fn run_id(line: u16, about: &'static str) -> Field {
    field("run_id", Int64, line, about).role(Role::RunId)
}
