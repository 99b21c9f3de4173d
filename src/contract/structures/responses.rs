//! What the endpoints answer. What runs/get answers, a run, has a file of its own.

use super::*;

/// The answer of an endpoint whose answer is not documented: an empty object.
pub static NOTHING: Table =
    structure("Nothing", "Delete", 0, "The answer of what only does something.", &[]).told();

/// The answer of jobs/create.
pub static CREATED: Table = structure(
    "CreateResponse",
    "Create",
    107,
    "What jobs/create answers.",
    &[field("job_id", Int64, 108, "The new job.")
        .required("create/schema/response-job-id")
        .role(Role::JobId)],
)
.told();

/// The answer of jobs/list.
pub static JOBS: Table = structure(
    "ListResponse",
    "List",
    151,
    "What jobs/list answers.",
    &[field("jobs", List(&Structure(&JOB)), 152, "The jobs; absent if there are none.")
        .typed("list/schema/response")],
)
.told();

/// A job, which is also the answer of jobs/get.
pub static JOB: Table = structure(
    "Job",
    "Job",
    959,
    "A job.",
    &[
        field("job_id", Int64, 960, "Its identifier.")
            .required("get/schema/response")
            .role(Role::JobId),
        CREATOR.at(961),
        field("run_as", String, 962, "The user whom it runs as.").secret(Secret::Identity),
        field("settings", Structure(&JOB_SETTINGS), 963, "Its settings.")
            .required("get/schema/response"),
        field("created_time", Int64, 964, "When it was created, in milliseconds since 1970.")
            .required("get/schema/response")
            .role(Role::Time),
        field("run_as_user_name", String, 0, "The user whom it runs as.").secret(Secret::Identity),
    ],
)
.told();

/// Left out, and neither null nor empty, once the user is gone (line 961).
pub(super) const CREATOR: Field = field("creator_user_name", String, 0, "The user who created it.")
    .typed("get/schema/creator-absent-not-null")
    .limits(&[limit("get/schema/creator-absent-not-null", CharsMin(1))])
    .secret(Secret::Identity);

/// The answer of jobs/run-now.
pub static STARTED: Table = structure(
    "RunNowResponse",
    "Run now",
    396,
    "What jobs/run-now answers.",
    &[
        field("run_id", Int64, 397, "The new run, or the one that the token gave before.")
            .required("run-now/schema/response")
            .role(Role::RunId),
        field("number_in_job", Int64, 398, "Its number among the runs of the job.")
            .required("run-now/schema/response")
            .role(Role::Count),
    ],
)
.told();

/// The answer of jobs/runs/submit.
pub static SUBMITTED: Table = structure(
    "RunsSubmitResponse",
    "Runs submit",
    481,
    "What jobs/runs/submit answers.",
    &[field("run_id", Int64, 482, "The new run, or the one that the token gave before.")
        .required("runs-submit/schema/response")
        .role(Role::RunId)],
)
.told();

/// The answer of jobs/runs/list.
pub static RUNS: Table = structure(
    "RunsListResponse",
    "Runs list",
    556,
    "What jobs/runs/list answers.",
    &[
        field("runs", List(&Structure(&RUN)), 557, "The runs; absent if there are none.")
            .typed("runs-list/schema/response"),
        field("has_more", Boolean, 558, "Whether more runs match than these.")
            .typed("runs-list/schema/response"),
    ],
)
.told();

/// The answer of jobs/runs/export.
pub static VIEWS: Table = structure(
    "RunsExportResponse",
    "Runs export",
    693,
    "What jobs/runs/export answers.",
    &[field("views", List(&Structure(&VIEW_ITEM)), 694, "The views; absent if there are none.")
        .typed("runs-export/schema/response")],
)
.told();

/// An exported view.
pub static VIEW_ITEM: Table = structure(
    "ViewItem",
    "ViewItem",
    1339,
    "An exported view.",
    &[
        field("content", String, 1340, "The view, as HTML.")
            .required("runs-export/schema/response"),
        field("name", String, 1341, "The name of the notebook or dashboard.")
            .required("runs-export/schema/response"),
        field("type", Choice(&VIEW_TYPE), 1342, "What is shown.")
            .required("runs-export/schema/response"),
    ],
)
.told();

/// What a view shows.
pub static VIEW_TYPE: Choice = Choice {
    name: "ViewType",
    words: &["NOTEBOOK", "DASHBOARD"],
    rule: "runs-export/schema/view-type-enum",
};

/// The answer of jobs/runs/get-output.
pub static OUTPUT: Table = structure(
    "RunsGetOutputResponse",
    "Runs get output",
    810,
    "What jobs/runs/get-output answers.",
    &[
        field("notebook_output", Structure(&NOTEBOOK_OUTPUT), 811, "What the notebook returned."),
        field("error", String, 814, "Why there is no output.")
            .typed("runs-get-output/schema/error-string")
            .role(Role::Message),
        field("metadata", Structure(&RUN), 815, "The run.")
            .required("runs-get-output/schema/response"),
        field("error_trace", String, 0, "Where the run failed."),
        field("logs", String, 0, "What the task wrote."),
        field("logs_truncated", Boolean, 0, "Whether those are cut short."),
    ],
)
.constraints(&[holds(
    "runs-get-output/schema/output-xor-error",
    AtMostOne(&["notebook_output", "error"]),
)])
.told();

/// What a notebook returned.
pub static NOTEBOOK_OUTPUT: Table = structure(
    "NotebookOutput",
    "NotebookOutput",
    1130,
    "What a notebook returned.",
    &[
        field("result", String, 1131, "The first megabyte of the value, if there is one."),
        field("truncated", Boolean, 1132, "Whether the value was longer."),
    ],
)
.told();
