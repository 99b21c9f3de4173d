//! What a run does: the six kinds of task.

use super::*;

/// A task, of one kind.
pub static JOB_TASK: Table = structure(
    "JobTask",
    "JobTask",
    1038,
    "What a run does: one of the six kinds of task.",
    &[
        NOTEBOOK.at(1042),
        SPARK_JAR.at(1044),
        SPARK_PYTHON.at(1046),
        SPARK_SUBMIT.at(1048),
        PIPELINE.at(1050),
        RUN_JOB.at(1052),
    ],
);

pub(super) const NOTEBOOK: Field =
    field("notebook_task", Structure(&NOTEBOOK_TASK), 75, "Run a notebook.");
pub(super) const SPARK_JAR: Field =
    field("spark_jar_task", Structure(&SPARK_JAR_TASK), 77, "Run a JAR.");
pub(super) const SPARK_PYTHON: Field =
    field("spark_python_task", Structure(&SPARK_PYTHON_TASK), 79, "Run a Python file.");
pub(super) const SPARK_SUBMIT: Field =
    field("spark_submit_task", Structure(&SPARK_SUBMIT_TASK), 81, "Run the spark-submit script.");
pub(super) const PIPELINE: Field =
    field("pipeline_task", Structure(&PIPELINE_TASK), 83, "Run a Delta Live Tables pipeline.");
pub(super) const RUN_JOB: Field =
    field("run_job_task", Structure(&RUN_JOB_TASK), 85, "Run another job.");

/// A notebook to run.
pub static NOTEBOOK_TASK: Table = structure(
    "NotebookTask",
    "NotebookTask",
    1139,
    "A notebook to run.",
    &[
        field("notebook_path", String, 1140, "Its absolute path in the workspace.")
            .required("task/schema/notebook-path-required")
            .limits(&[limit("task/error/notebook-path-absolute", StartsWithAny(&["/"]))])
            .examples(&["/Shared/my-notebook"]),
        field("revision_timestamp", Int64, 1141, "The time of the revision to run."),
        field(
            "base_parameters",
            Map(&PARAM_PAIR),
            1142,
            "Parameters of every run; those of a run-now win over them.",
        )
        .typed("task/schema/base-parameters-map")
        .limits(&[limit("task/error/base-parameters-non-ascii", Ascii)]),
    ],
);

/// Parameters by name.
pub static PARAM_PAIR: MapShape =
    MapShape { name: "ParamPair", line: 1157, scalars: false, keys: &[], values: &[] };

/// A JAR to run.
pub static SPARK_JAR_TASK: Table = structure(
    "SparkJarTask",
    "SparkJarTask",
    1296,
    "A class of a JAR to run.",
    &[
        field("jar_uri", String, 1297, "The JAR; deprecated since April 2016 for `libraries`.")
            .typed("task/schema/jar-uri-deprecated"),
        field("main_class_name", String, 1298, "The class whose main method is run.")
            .required("task/schema/jar-main-class")
            .examples(&["com.databricks.ComputeModels"]),
        field("parameters", STRINGS, 1301, "Parameters of the main method."),
        field("run_as_repl", Boolean, 0, "Whether it runs in the shell of the cluster."),
    ],
);

/// A Python file to run.
pub static SPARK_PYTHON_TASK: Table = structure(
    "SparkPythonTask",
    "SparkPythonTask",
    1306,
    "A Python file to run.",
    &[
        field("python_file", String, 1307, "Its URI; DBFS paths are supported.")
            .required("task/schema/python-file-required")
            .examples(&["dbfs:/my/script.py"]),
        field("parameters", STRINGS, 1308, "Command line parameters."),
    ],
);

/// A call of spark-submit.
pub static SPARK_SUBMIT_TASK: Table = structure(
    "SparkSubmitTask",
    "SparkSubmitTask",
    1323,
    "A call of spark-submit, on a new cluster only.",
    &[field("parameters", STRINGS, 1324, "Command line parameters.")
        .limits(&[SPARK_SUBMIT_RESERVED])
        .examples(&[
            "--class",
            "org.apache.spark.examples.SparkPi",
            "dbfs:/path/to/examples.jar",
            "10",
        ])],
);

/// What the service sets itself (line 1316).
pub(super) const SPARK_SUBMIT_RESERVED: Limit = limit(
    "task/error/spark-submit-reserved-args",
    EntriesNone(&["--master", "--deploy-mode", "--executor-cores"]),
);

/// A pipeline to run.
pub static PIPELINE_TASK: Table = structure(
    "PipelineTask",
    "PipelineTask",
    1161,
    "A Delta Live Tables pipeline to run.",
    &[field("pipeline_id", String, 1162, "The full name of the pipeline.")
        .required("task/schema/pipeline-id")
        .typed("task/schema/pipeline-id")],
);

/// Another job to run.
pub static RUN_JOB_TASK: Table = structure(
    "RunJobTask",
    "RunJobTask",
    1205,
    "Another job to run.",
    // The document says INT32 here and INT64 wherever else a job is named; real ids need the latter.
    &[field("job_id", Int64, 1206, "The job.")
        .required("task/schema/run-job-id-required")
        .role(Role::JobId)],
);
