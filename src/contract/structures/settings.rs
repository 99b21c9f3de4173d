//! The settings of a job. A create takes them as its arguments, reset and update as `new_settings`;
//! a runs/submit takes some of them.

use super::*;

/// The settings of a job.
pub static JOB_SETTINGS: Table =
    structure("JobSettings", "JobSettings", 997, "The settings of a job.", &SETTINGS)
        .constraints(SETTINGS_HOLD);

/// The arguments of jobs/create. Its table lacks `health`, whose rules the catalogue asks of a create too.
pub static CREATE: Table =
    structure("CreateRequest", "Create", 66, "What jobs/create takes.", &SETTINGS)
        .constraints(SETTINGS_HOLD);

static SETTINGS: [Field; 32] = [
    EXISTING_CLUSTER_ID,
    NEW_CLUSTER_FIELD,
    NOTEBOOK,
    SPARK_JAR,
    SPARK_PYTHON,
    SPARK_SUBMIT,
    PIPELINE,
    RUN_JOB,
    field("name", String, 86, "The name of the job.").default(DefaultValue::String("Untitled")),
    LIBRARIES,
    field(
        "email_notifications",
        Structure(&JOB_EMAIL_NOTIFICATIONS),
        88,
        "E-mail addresses to tell about runs, and about the end of the job.",
    )
    .typed("settings/schema/email-fields")
    .default(DefaultValue::EmptyObject),
    WEBHOOKS,
    NOTIFICATION_SETTINGS,
    TIMEOUT,
    field("max_retries", Int32, 92, "How often an unsuccessful run is retried; -1 for ever.")
        .limits(&[limit("create/error/max-retries-below-minus-one", Minimum(-1))])
        .default(DefaultValue::Integer(0)),
    field(
        "min_retry_interval_millis",
        Int32,
        94,
        "Least time from the start of a failed run to its retry, in milliseconds.",
    )
    .limits(&[limit("create/error/negative-retry-interval", Minimum(0))])
    .default(DefaultValue::Integer(0)),
    field("retry_on_timeout", Boolean, 95, "Whether a run that timed out is retried too.")
        .default(DefaultValue::Boolean(false)),
    field("schedule", Structure(&CRON_SCHEDULE), 96, "When the job runs without being asked."),
    field(
        "max_concurrent_runs",
        Int32,
        97,
        "How many runs may be active at once; beyond that, new ones are skipped.",
    )
    .limits(&[
        limit("create/error/max-concurrent-negative", Minimum(0)),
        limit("create/limit/max-concurrent-over-1000", Maximum(1000)),
    ])
    .default(DefaultValue::Integer(1)),
    field("health", Structure(&JOBS_HEALTH_RULES), 1035, "Rules that its runs should keep."),
    field("format", String, 0, "`SINGLE_TASK` or `MULTI_TASK`, as later versions tell them apart."),
    field("tasks", Any, 0, "The tasks of a job that has several (2.1)."),
    field("job_clusters", Any, 0, "The clusters that such tasks share (2.1)."),
    field("tags", Any, 0, "Tags of the job."),
    field("git_source", Any, 0, "The repository that tasks come from."),
    ACCESS_CONTROL_LIST,
    field("continuous", Any, 0, "Keeps one run going always, in place of a schedule."),
    field("queue", Any, 0, "Whether runs beyond the limits wait instead of being skipped."),
    field("python_wheel_task", Any, 0, "Run a wheel."),
    field("dbt_task", Any, 0, "Run dbt."),
    field("sql_task", Any, 0, "Run a query, a dashboard or an alert."),
    field("run_as", Any, 0, "Whom the job runs as."),
];

const SETTINGS_HOLD: &[Constraint] = &[
    holds("create/error/no-cluster", AtLeastOne(CLUSTER_OR_NONE_NEEDED)),
    holds("create/error/no-task", AtLeastOne(TASKS)),
    holds("create/error/notebook-and-jar", NOTEBOOK_OR_JAR),
    BOTH_CLUSTERS,
    TWO_TASKS,
    JAR_AND_OTHER_TASK,
    SUBMIT_ON_EXISTING,
    SUBMIT_WITH_LIBRARIES,
    SUBMIT_WITH_CONF,
];

/// The arguments of jobs/runs/submit.
pub static RUNS_SUBMIT: Table = structure(
    "RunsSubmitRequest",
    "Runs submit",
    446,
    "What jobs/runs/submit takes.",
    &[
        EXISTING_CLUSTER_ID.at(447),
        NEW_CLUSTER_FIELD.at(449),
        NOTEBOOK.at(455),
        SPARK_JAR.at(457),
        SPARK_PYTHON.at(459),
        SPARK_SUBMIT.at(461),
        PIPELINE.at(463),
        RUN_JOB.at(465),
        // Its length stands where the document describes a run, in line 1195.
        field("run_name", String, 466, "The name of the run.")
            .limits(&[limit("runs-submit/limit/run-name-4096", BytesMax(4096))])
            .default(DefaultValue::String("Untitled")),
        WEBHOOKS.at(467),
        NOTIFICATION_SETTINGS.at(468),
        LIBRARIES.at(469),
        TIMEOUT.at(470),
        IDEMPOTENCY_TOKEN
            .at(471)
            .limits(&[limit("runs-submit/idempotency/token-65", CharsMax(64))]),
        field("shell_command_task", Structure(&SHELL_COMMAND_TASK), 0, "Run a shell command."),
        ACCESS_CONTROL_LIST,
    ],
)
.constraints(&[
    holds("runs-submit/error/no-cluster", AtLeastOne(CLUSTER_OR_NONE_NEEDED)),
    holds("runs-submit/error/no-task", AtLeastOne(TASKS)),
    holds("runs-submit/error/notebook-and-jar", NOTEBOOK_OR_JAR),
    BOTH_CLUSTERS,
    TWO_TASKS,
    JAR_AND_OTHER_TASK,
    SUBMIT_ON_EXISTING,
    SUBMIT_WITH_LIBRARIES,
    SUBMIT_WITH_CONF,
]);

// What create and submit share.

pub(super) const EXISTING_CLUSTER_ID: Field =
    field("existing_cluster_id", String, 67, "The cluster that every run uses.")
        .examples(&["1201-my-cluster"]);
pub(super) const NEW_CLUSTER_FIELD: Field =
    field("new_cluster", Structure(&NEW_CLUSTER), 69, "A cluster that is made for each run.");
pub(super) const LIBRARIES: Field =
    field("libraries", List(&A_LIBRARY), 87, "Libraries to install on the cluster.")
        .default(DefaultValue::EmptyList);
const WEBHOOKS: Field = field(
    "webhook_notifications",
    Structure(&WEBHOOK_NOTIFICATIONS),
    89,
    "System destinations to tell about runs.",
);
const NOTIFICATION_SETTINGS: Field = field(
    "notification_settings",
    Structure(&JOB_NOTIFICATION_SETTINGS),
    90,
    "What those who are told about runs are not told.",
)
.typed("settings/schema/notification-settings-echo");
const TIMEOUT: Field = field(
    "timeout_seconds",
    Int32,
    91,
    "After how many seconds a run is stopped; 0 for never, as the real service shows.",
)
.limits(&[limit("create/error/negative-timeout", Minimum(0))])
.default(DefaultValue::Integer(0));
pub(super) const IDEMPOTENCY_TOKEN: Field = field(
    "idempotency_token",
    String,
    386,
    "Makes a repeated request give the run it gave before.",
)
.role(Role::Token);
const ACCESS_CONTROL_LIST: Field =
    field("access_control_list", List(&AN_ACCESS_CONTROL), 0, "Who may do what.");

static A_LIBRARY: Shape = Structure(&LIBRARY);
static AN_ACCESS_CONTROL: Shape = Structure(&ACCESS_CONTROL);

const TASKS: &[&str] = &[
    "notebook_task",
    "spark_jar_task",
    "spark_python_task",
    "spark_submit_task",
    "pipeline_task",
    "run_job_task",
];
/// A pipeline brings its own cluster (line 71), and so does another job.
const CLUSTER_OR_NONE_NEEDED: &[&str] =
    &["existing_cluster_id", "new_cluster", "pipeline_task", "run_job_task"];
const BOTH_CLUSTERS: Constraint =
    holds("create/error/both-clusters", AtMostOne(&["existing_cluster_id", "new_cluster"]));
const NOTEBOOK_OR_JAR: Relation = Excludes("notebook_task", &["spark_jar_task"]);
// Together these two forbid every pair of tasks but the one that has a rule of its own.
const TWO_TASKS: Constraint = holds(
    "create/error/two-task-types",
    AtMostOne(&[
        "notebook_task",
        "spark_python_task",
        "spark_submit_task",
        "pipeline_task",
        "run_job_task",
    ]),
);
const JAR_AND_OTHER_TASK: Constraint = holds(
    "create/error/two-task-types",
    Excludes(
        "spark_jar_task",
        &["spark_python_task", "spark_submit_task", "pipeline_task", "run_job_task"],
    ),
);
const SUBMIT_ON_EXISTING: Constraint = holds(
    "task/error/spark-submit-existing-cluster",
    Excludes("spark_submit_task", &["existing_cluster_id"]),
);
const SUBMIT_WITH_LIBRARIES: Constraint =
    holds("task/error/spark-submit-libraries", Excludes("spark_submit_task", &["libraries"]));
const SUBMIT_WITH_CONF: Constraint = holds(
    "task/error/spark-submit-spark-conf",
    Excludes("spark_submit_task", &["new_cluster/spark_conf"]),
);

/// A schedule.
pub static CRON_SCHEDULE: Table = structure(
    "CronSchedule",
    "CronSchedule",
    915,
    "When a job runs without being asked.",
    &[
        field("quartz_cron_expression", String, 916, "The times, in the syntax of Quartz.")
            .required("settings/schema/cron-required")
            .examples(&["0 15 22 * * ?", "0 0/30 6-20 ? * MON-FRI", "30 0 0 1 1/3 ?"]),
        field("timezone_id", String, 917, "The time zone of those times, as Java names it.")
            .required("settings/schema/timezone-required")
            .examples(&["America/Los_Angeles", "UTC", "Europe/London"]),
        field("pause_status", Choice(&PAUSE_STATUS), 918, "Whether it is paused.")
            .default(DefaultValue::String("UNPAUSED")),
    ],
);

/// Whether a schedule is paused.
pub static PAUSE_STATUS: Choice = Choice {
    name: "PauseStatus",
    words: &["PAUSED", "UNPAUSED"],
    rule: "settings/schema/pause-status-enum",
};

/// A shell command to run.
pub static SHELL_COMMAND_TASK: Table = structure(
    "ShellCommandTask",
    "Runs submit",
    0,
    "A shell command to run.",
    &[
        field("command", STRINGS, 0, "The command with its arguments."),
        field("env_vars", Map(&SHELL_ENV_PAIR), 0, "Its environment.").secret(Secret::ValuesByKey),
    ],
);

/// The environment of a shell command.
pub static SHELL_ENV_PAIR: MapShape =
    MapShape { name: "ShellEnvPair", line: 0, scalars: true, keys: &[], values: &[] };

/// Who may do what with a job.
pub static ACCESS_CONTROL: Table = structure(
    "AccessControl",
    "Create",
    0,
    "What one user, group or service principal may do.",
    &[
        field("user_name", String, 0, "The user.").secret(Secret::Identity),
        field("group_name", String, 0, "The group."),
        field("service_principal_name", String, 0, "The service principal."),
        field("permission_level", String, 0, "What they may do."),
    ],
);
