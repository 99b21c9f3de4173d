//! A run: what runs/get answers, and what runs/list and runs/get-output show.

use super::*;
use crate::contract::{LifeCycleState, ResultState};

/// A run.
pub static RUN: Table = structure(
    "Run",
    "Run",
    1177,
    "A run, without its output.",
    &[
        field("job_id", Int64, 1178, "The job that it belongs to.").role(Role::JobId),
        field("run_id", Int64, 1179, "Its identifier among all runs of all jobs.")
            .required("runs-get/schema/response")
            .role(Role::RunId),
        CREATOR.at(1180),
        field("number_in_job", Int64, 1181, "Its number among the runs of the job, from 1.")
            .role(Role::Count)
            .limits(&[limit("run/consistency/number-starts-at-1", Minimum(1))]),
        field(
            "original_attempt_run_id",
            Int64,
            1182,
            "The first attempt of which this is a retry, or this run itself.",
        )
        .role(Role::RunId),
        field("state", Structure(&RUN_STATE), 1183, "Where it stands.")
            .required("run/schema/life-cycle-always"),
        field(
            "schedule",
            Structure(&CRON_SCHEDULE),
            1184,
            "The schedule that started it, if one did.",
        ),
        field("task", Structure(&JOB_TASK), 1185, "What it does."),
        field(
            "cluster_spec",
            Structure(&CLUSTER_SPEC),
            1186,
            "The cluster that the job asked for when the run was created.",
        ),
        field(
            "cluster_instance",
            Structure(&CLUSTER_INSTANCE),
            1187,
            "The cluster that it uses, once there is one.",
        ),
        field("overriding_parameters", Structure(&RUN_PARAMETERS), 1188, "Its parameters."),
        field("start_time", Int64, 1189, "When it started, in milliseconds since 1970.")
            .role(Role::Time),
        milliseconds("setup_duration", 1190, "How long the cluster took to set up."),
        milliseconds("execution_duration", 1191, "How long the task took."),
        milliseconds("cleanup_duration", 1192, "How long the clean-up took."),
        field("end_time", Int64, 1193, "When it ended, in milliseconds since 1970; 0 until then.")
            .role(Role::Time),
        field("trigger", Choice(&TRIGGER_TYPE), 1194, "What started it."),
        field("run_name", String, 1195, "Its name.")
            .limits(&[limit("run-now/schema/run-name", BytesMax(4096))])
            .default(DefaultValue::String("Untitled")),
        field("run_page_url", String, 1196, "The page that shows it.")
            .typed("run/schema/run-page-url")
            .limits(&[limit("run/schema/run-page-url", StartsWithAny(&["https://", "http://"]))])
            .secret(Secret::WorkspaceUrl),
        field("run_type", Choice(&RUN_TYPE), 1197, "How it came about."),
        field("attempt_number", Int32, 1202, "How many attempts there were before it."),
        milliseconds("run_duration", 639, "How long a run of several tasks took with its repairs."),
        field("format", String, 0, "`SINGLE_TASK` or `MULTI_TASK`."),
        field("tasks", Any, 0, "The task runs of a run that has several (2.1)."),
    ],
)
.told();

const fn milliseconds(name: &'static str, line: u16, about: &'static str) -> Field {
    field(name, Int64, line, about).limits(NOT_NEGATIVE).role(Role::Duration)
}

const NOT_NEGATIVE: &[Limit] = &[limit("run/consistency/durations-non-negative", Minimum(0))];

/// Where a run stands.
pub static RUN_STATE: Table = structure(
    "RunState",
    "RunState",
    1272,
    "Where a run stands.",
    &[
        field("life_cycle_state", Choice(&RUN_LIFE_CYCLE_STATE), 1273, "How far it is.")
            .required("run/schema/life-cycle-always"),
        field(
            "result_state",
            Choice(&RUN_RESULT_STATE),
            1274,
            "What became of it, as soon as that is known.",
        )
        .typed("run/schema/absent-not-empty"),
        field(
            "user_cancelled_or_timedout",
            Boolean,
            1275,
            "Whether it was cancelled, by a user or at its timeout.",
        )
        .typed("run/schema/cancelled-flag"),
        field("state_message", String, 1276, "What there is to say about it, in any form.")
            .typed("run/schema/state-message-string")
            .role(Role::Message),
    ],
)
.told();

/// The life cycle states, as [`LifeCycleState`] names them.
pub static RUN_LIFE_CYCLE_STATE: Choice = Choice {
    name: "RunLifeCycleState",
    words: &{
        let mut words = [""; LifeCycleState::ALL.len()];
        let mut at = 0;
        while at < words.len() {
            words[at] = LifeCycleState::ALL[at].name();
            at += 1;
        }
        words
    },
    rule: "run/schema/life-cycle-enum",
};

/// The results, as [`ResultState`] names them.
pub static RUN_RESULT_STATE: Choice = Choice {
    name: "RunResultState",
    words: &{
        let mut words = [""; ResultState::ALL.len()];
        let mut at = 0;
        while at < words.len() {
            words[at] = ResultState::ALL[at].name();
            at += 1;
        }
        words
    },
    rule: "run/schema/result-enum",
};

/// What starts a run.
pub static TRIGGER_TYPE: Choice = Choice {
    name: "TriggerType",
    words: &["PERIODIC", "ONE_TIME", "RETRY"],
    rule: "run/schema/trigger-enum",
};

/// How a run comes about.
pub static RUN_TYPE: Choice = Choice {
    name: "RunType",
    words: &["JOB_RUN", "WORKFLOW_RUN", "SUBMIT_RUN"],
    rule: "run/schema/run-type-enum",
};

/// The cluster that a run was to have.
pub static CLUSTER_SPEC: Table = structure(
    "ClusterSpec",
    "ClusterSpec",
    895,
    "The cluster that a run was to have, with its libraries.",
    &[EXISTING_CLUSTER_ID.at(896), NEW_CLUSTER_FIELD.at(898), LIBRARIES.at(901)],
)
.told();

/// The cluster that a run has.
pub static CLUSTER_INSTANCE: Table = structure(
    "ClusterInstance",
    "ClusterInstance",
    876,
    "The cluster and the Spark context that a run has.",
    &[
        field("cluster_id", String, 877, "The cluster, once it is made.")
            .role(Role::ServiceId)
            .typed("run/schema/absent-not-empty")
            .limits(NOT_EMPTY),
        field("spark_context_id", String, 880, "The Spark context, once the task runs.")
            .role(Role::ServiceId)
            .typed("run/schema/absent-not-empty")
            .limits(NOT_EMPTY),
    ],
)
.told();

const NOT_EMPTY: &[Limit] = &[limit("run/schema/absent-not-empty", CharsMin(1))];

/// The parameters of a run.
pub static RUN_PARAMETERS: Table = structure(
    "RunParameters",
    "RunParameters",
    1229,
    "The parameters that a run-now gave.",
    &[
        JAR_PARAMS.at(1230),
        NOTEBOOK_PARAMS.at(1233),
        PYTHON_PARAMS.at(1244),
        SPARK_SUBMIT_PARAMS.at(1249),
    ],
)
.constraints(ONE_KIND_OF_PARAMETERS);
