//! What `jobs/create` takes, answers and refuses.

use super::{
    Kind::{Consistency, Error, Limit, Schema},
    Need::{Cluster, FailingTask, Isolation, LaterVersion, Load, NewCluster, Pipeline, SlowTask},
    Passive::{Always, Never},
    Rule,
    Safety::{Compute, OwnObjects, Volume},
    Scope::Only,
    line, lines, must, should,
};
use crate::contract::Endpoint::{Create, Get, List, RunNow, RunsList, RunsSubmit};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "create/schema/response-job-id",
        lines: &[lines(105, 108)],
        statement: "A create answers with the new job's `job_id`, an INT64.",
        test: "Create a job and look at the answer; an id below 1 is only a warning.",
        needs: &[Cluster],
        ..must(Schema, Only(&[Create]), OwnObjects, Always)
    },
    Rule {
        id: "create/consistency/get-after-create",
        lines: &[line(108), line(180)],
        statement: "A job can be read by its id as soon as the create has been answered.",
        test: "Read the job straight after the create, once and without waiting.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[Create, Get]), OwnObjects, Always)
    },
    Rule {
        id: "create/consistency/distinct-ids",
        lines: &[line(108)],
        statement: "Every create makes a job of its own with an id of its own, even when the same \
            body is sent again.",
        test: "Send one body two times and compare the ids.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[Create]), OwnObjects, Always)
    },
    Rule {
        id: "create/consistency/settings-echo",
        lines: &[lines(26, 50), line(232)],
        statement: "The settings read back from a new job are those that it was created with, \
            beside defaults and fields of the server's own.",
        test: "Compare each key that was sent with what a get shows.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[Create, Get]), OwnObjects, Always)
    },
    Rule {
        id: "create/consistency/created-time",
        lines: &[line(233), line(964)],
        statement: "`created_time` is the moment of the create in milliseconds since 1970.",
        test: "Compare it with the clock before and after the call, give or take the skew that \
            `Date` headers show.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[Create, Get, List]), OwnObjects, Always)
    },
    Rule {
        id: "create/schema/default-name",
        lines: &[line(86), line(1017)],
        statement: "A job that is created without a name is called `Untitled`.",
        test: "Create a job that has no `name` and read its settings.",
        needs: &[Cluster],
        ..must(Schema, Only(&[Create, Get]), OwnObjects, Always)
    },
    Rule {
        id: "create/schema/default-max-concurrent",
        lines: &[line(103), line(1034)],
        statement: "Unless its settings allow more, a job has at most one active run.",
        test: "Start a second run while the first is active; it ends SKIPPED. The setting itself \
            reads as 1 or is absent.",
        needs: &[Cluster, SlowTask],
        ..must(Schema, Only(&[Create, RunNow]), Compute, Never)
    },
    Rule {
        id: "create/schema/default-libraries",
        lines: &[line(87), line(1018)],
        statement: "A job created without libraries has none.",
        test: "Create one and read it: the list is absent or empty.",
        needs: &[Cluster],
        ..must(Schema, Only(&[Create, Get]), OwnObjects, Always)
    },
    Rule {
        id: "create/schema/default-email",
        lines: &[line(88), lines(971, 975)],
        statement: "A job created without e-mail lists notifies nobody by e-mail.",
        test: "Create one and read it: the object is absent, or its lists are empty.",
        needs: &[Cluster],
        ..must(Schema, Only(&[Create, Get]), OwnObjects, Always)
    },
    Rule {
        id: "create/schema/default-timeout",
        lines: &[line(91), line(1022)],
        statement: "A run of a job created without `timeout_seconds` may take any time.",
        test: "Create one and read it: `timeout_seconds` is absent or 0.",
        needs: &[Cluster],
        ..must(Schema, Only(&[Create, Get]), OwnObjects, Always)
    },
    Rule {
        id: "create/schema/default-retries",
        lines: &[line(93), line(1024)],
        statement: "A job created without `max_retries` does not try a failed run again.",
        test: "Let a run of such a job fail and count its attempts: there is one.",
        needs: &[Cluster, FailingTask],
        ..must(Schema, Only(&[Create, RunsList]), Compute, Never)
    },
    Rule {
        id: "create/schema/default-retry-on-timeout",
        lines: &[line(95)],
        statement: "A job created without `retry_on_timeout` does not repeat a run that timed out.",
        test: "Create one and read it: the flag is absent or false.",
        needs: &[Cluster],
        ..must(Schema, Only(&[Create, Get]), OwnObjects, Always)
    },
    Rule {
        id: "create/schema/default-no-schedule",
        lines: &[line(96)],
        statement: "A job created without a schedule never starts a run by itself.",
        test: "Read it and watch its runs while the check lasts: no schedule, and no run that \
            nobody asked for.",
        needs: &[Cluster],
        ..must(Schema, Only(&[Create, RunsList]), OwnObjects, Always)
    },
    Rule {
        id: "create/error/no-cluster",
        lines: &[lines(67, 71)],
        statement: "A create that names neither an existing nor a new cluster should be refused, \
            unless its task is a pipeline.",
        test: "Leave both fields out; the answer is a 4xx.",
        sources: &["databricks-cli#409", "azure-databricks-client#105"],
        ..should(Error, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "create/error/both-clusters",
        lines: &[line(67)],
        statement: "A create that names an existing cluster and describes a new one as well should \
            be refused.",
        test: "Send both fields; the answer is a 4xx.",
        sources: &["terraform-provider-databricks#25"],
        needs: &[Cluster, NewCluster],
        ..should(Error, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "create/schema/pipeline-without-cluster",
        lines: &[line(71)],
        statement: "A job whose task is a pipeline needs no cluster.",
        test: "Create one from a `pipeline_task` alone.",
        needs: &[Pipeline],
        ..must(Schema, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "create/error/notebook-and-jar",
        lines: &[line(75)],
        statement: "A create with both a `notebook_task` and a `spark_jar_task` is refused.",
        test: "Send both tasks; the answer is a 4xx.",
        needs: &[Cluster],
        ..must(Error, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "create/error/two-task-types",
        lines: &[lines(72, 85)],
        statement: "A create should be refused when it has two tasks of whatever types.",
        test: "Send each of the 14 other pairs of task fields.",
        needs: &[Cluster],
        ..should(Error, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "create/error/no-task",
        lines: &[lines(72, 75), line(627)],
        statement: "A create without any task should be refused, though the document leaves room \
            for jobs that have none.",
        test: "Send settings without a task; success counts as a warning only.",
        needs: &[Cluster],
        ..should(Error, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "create/limit/max-concurrent-1000",
        lines: &[line(103)],
        statement: "`max_concurrent_runs` of exactly 1000 is accepted.",
        test: "Create a job with 1000 and read it back.",
        needs: &[Cluster],
        ..must(Limit, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "create/limit/max-concurrent-over-1000",
        lines: &[line(103)],
        statement: "`max_concurrent_runs` above 1000 is refused.",
        test: "Try 1001 and the largest 32-bit number; each is answered with a 4xx.",
        needs: &[Cluster],
        ..must(Limit, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "create/schema/max-concurrent-0",
        lines: &[line(103)],
        statement: "`max_concurrent_runs` of 0 is accepted, though it lets no run of the job go \
            ahead.",
        test: "Create a job with 0 and read it back.",
        needs: &[Cluster],
        ..must(Schema, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "create/error/max-concurrent-negative",
        lines: &[line(103)],
        statement: "A negative `max_concurrent_runs` should be refused.",
        test: "Send -1 in an otherwise valid request.",
        needs: &[Cluster],
        ..should(Error, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "create/schema/max-retries-minus-one",
        lines: &[line(93)],
        statement: "`max_retries` of -1, which stands for endless retries, is accepted.",
        test: "Create a job with -1, without ever running it.",
        needs: &[Cluster],
        ..must(Schema, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "create/error/max-retries-below-minus-one",
        lines: &[line(93)],
        statement: "`max_retries` below -1 has no meaning and should be refused.",
        test: "Send -2 in an otherwise valid request.",
        needs: &[Cluster],
        ..should(Error, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "create/error/negative-timeout",
        lines: &[line(91)],
        statement: "A negative `timeout_seconds` should be refused.",
        test: "Send -1 in an otherwise valid request.",
        needs: &[Cluster],
        ..should(Error, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "create/error/negative-retry-interval",
        lines: &[line(94)],
        statement: "A negative `min_retry_interval_millis` should be refused.",
        test: "Send -1 in an otherwise valid request.",
        needs: &[Cluster],
        ..should(Error, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "create/limit/int32-range",
        lines: &[lines(91, 97)],
        statement: "A number that does not fit into 32 bits should be refused in an INT32 field.",
        test: "Try 2147483648 in every such field, one at a time.",
        needs: &[Cluster],
        ..should(Limit, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "create/error/wrong-type",
        lines: &[lines(66, 97)],
        statement: "A field whose value has the wrong JSON type should make the create fail.",
        test: "Put objects, arrays, booleans and words in the place of scalars, one field at a \
            time; quoted numbers and null do not count as wrong.",
        needs: &[Cluster],
        ..should(Error, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "create/error/rejected-creates-nothing",
        lines: &[line(23)],
        statement: "A create that is refused should leave no job behind.",
        test: "Compare the ids that `jobs/list` shows before and after refused creates.",
        ..should(Error, Only(&[Create, List]), OwnObjects, Always)
    },
    Rule {
        id: "create/consistency/documented-example",
        lines: &[lines(33, 50)],
        statement: "The body of the document's create example is accepted.",
        test: "Send it with its schedule paused; a target that no longer offers that Spark version \
            proves nothing.",
        needs: &[NewCluster],
        ..must(Consistency, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "create/limit/10000-per-hour",
        lines: &[line(333)],
        statement: "A workspace makes no more than 10000 jobs in an hour, one-time runs included.",
        test: "Make more than that on an isolated target and see the last ones refused.",
        sources: &["docs.azure.cn databricks/kb/jobs/job-rate-limit"],
        needs: &[Load, Isolation],
        ..must(Limit, Only(&[Create, RunsSubmit]), Volume, Never)
    },
    Rule {
        id: "create/limit/12000-saved-jobs",
        lines: &[line(334)],
        statement: "A workspace holds no more than 12000 jobs.",
        test: "Fill an isolated target to that number and see the next create refused.",
        sources: &["docs.azure.cn databricks/kb/jobs/job-rate-limit"],
        needs: &[Load, Isolation],
        ..must(Limit, Only(&[Create]), Volume, Never)
    },
    Rule {
        id: "create/limit/100-tasks",
        lines: &[line(335)],
        statement: "A job has no more than 100 tasks; version 2.0 has no field for more than one, \
            so the limit is out of reach here.",
        test: "None: the rule is listed so that coverage is counted honestly.",
        needs: &[LaterVersion],
        ..must(Limit, Only(&[Create]), Volume, Never)
    },
];
