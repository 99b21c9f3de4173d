//! The tasks.

use super::{
    Kind::{Consistency, Error, Schema},
    Need::{Cluster, NewCluster},
    Passive::{Always, Never},
    Rule,
    Safety::{Compute, OwnObjects},
    Scope::Only,
    line, must, should,
};
use crate::contract::Endpoint::{Create, RunNow, RunsGet, RunsSubmit};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "task/schema/notebook-path-required",
        lines: &[line(1140)],
        statement: "A notebook task without `notebook_path` is refused.",
        test: "Send a notebook task that has only parameters.",
        needs: &[Cluster],
        ..must(Schema, Only(&[Create, RunsSubmit]), OwnObjects, Never)
    },
    Rule {
        id: "task/error/notebook-path-absolute",
        lines: &[line(1140)],
        statement: "A notebook path that does not start with `/` is refused.",
        test: "Try `Users/x` and expect a 4xx.",
        needs: &[Cluster],
        ..must(Error, Only(&[Create, RunsSubmit]), OwnObjects, Never)
    },
    Rule {
        id: "task/schema/python-file-required",
        lines: &[line(1307)],
        statement: "A Python task without `python_file` is refused.",
        test: "Send a Python task that has only parameters.",
        needs: &[Cluster],
        ..must(Schema, Only(&[Create, RunsSubmit]), OwnObjects, Never)
    },
    Rule {
        id: "task/schema/run-job-id-required",
        lines: &[line(1206)],
        statement: "A run-job task without the `job_id` of the job to start is refused.",
        test: "Send an empty `run_job_task`.",
        ..must(Schema, Only(&[Create, RunsSubmit]), OwnObjects, Never)
    },
    Rule {
        id: "task/schema/jar-main-class",
        lines: &[line(1298)],
        statement: "A JAR task should name its class in `main_class_name`, a text that reads back \
            as sent.",
        test: "Create a JAR job and read it, then leave the class out.",
        needs: &[Cluster],
        ..should(Schema, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "task/schema/jar-uri-deprecated",
        lines: &[line(1297)],
        statement: "The outdated field `jar_uri` of a JAR task should still be accepted.",
        test: "Create a JAR job that has it.",
        needs: &[Cluster],
        ..should(Schema, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "task/schema/pipeline-id",
        lines: &[line(1162)],
        statement: "A pipeline task should name its pipeline in `pipeline_id`, although nothing \
            marks that field as required.",
        test: "Send an empty `pipeline_task` and note the refusal.",
        ..should(Schema, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "task/error/base-parameters-non-ascii",
        lines: &[line(1154)],
        statement: "A notebook parameter whose key or value goes beyond ASCII makes the request \
            fail.",
        test: "Try a key, then a value, with characters outside ASCII.",
        needs: &[Cluster],
        ..must(Error, Only(&[Create, RunsSubmit]), OwnObjects, Never)
    },
    Rule {
        id: "task/schema/base-parameters-map",
        lines: &[line(1142), line(1157)],
        statement: "`base_parameters` should be an object that leads from text to text, and read \
            back as sent.",
        test: "Create a notebook job with parameters and read it, then send a list of words \
            instead.",
        needs: &[Cluster],
        ..should(Schema, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "task/error/spark-submit-existing-cluster",
        lines: &[line(1314)],
        statement: "A spark-submit task on an existing cluster is refused, since such tasks need a \
            cluster of their own.",
        test: "Combine `spark_submit_task` with `existing_cluster_id`.",
        needs: &[Cluster],
        ..must(Error, Only(&[Create, RunsSubmit]), OwnObjects, Never)
    },
    Rule {
        id: "task/error/spark-submit-libraries",
        lines: &[line(1315)],
        statement: "A spark-submit task beside `libraries` is refused.",
        test: "Add one library to a valid spark-submit job.",
        needs: &[NewCluster],
        ..must(Error, Only(&[Create, RunsSubmit]), OwnObjects, Never)
    },
    Rule {
        id: "task/error/spark-submit-spark-conf",
        lines: &[line(1315)],
        statement: "A spark-submit task is refused when its new cluster has a `spark_conf`.",
        test: "Add a `spark_conf` to the cluster of a valid spark-submit job.",
        needs: &[NewCluster],
        ..must(Error, Only(&[Create, RunsSubmit]), OwnObjects, Never)
    },
    Rule {
        id: "task/error/spark-submit-reserved-args",
        lines: &[line(1316)],
        statement: "Arguments that the service sets itself (`--master`, `--deploy-mode`, \
            `--executor-cores`) should be refused in a spark-submit task, at the latest when it \
            runs.",
        test: "Pass `--master` and expect a 4xx or a run that does not succeed.",
        needs: &[NewCluster],
        ..should(Error, Only(&[Create, RunNow]), Compute, Never)
    },
    Rule {
        id: "task/consistency/task-echo-on-run",
        lines: &[line(627), line(1185)],
        statement: "A run shows the task that it performs.",
        test: "Compare each run's task with that in its job's settings, with overrides applied.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[RunsGet]), OwnObjects, Always)
    },
];
