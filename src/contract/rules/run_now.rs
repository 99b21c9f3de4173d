//! `jobs/run-now`: its answer, its parameters and the limit of concurrent runs.

use super::{
    Kind::{Concurrency, Consistency, Error, Lifecycle, Limit, Schema},
    Need::{Cluster, ExitingTask, Isolation, Load, NewCluster, SlowTask},
    Passive::{Always, Never, WhenShown},
    Rule,
    Safety::{Compute, OwnObjects, Volume},
    Scope::Only,
    line, lines, must, observed, should,
};
use crate::contract::Endpoint::{Get, RunNow, RunsGet, RunsGetOutput, RunsList, RunsSubmit};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "run-now/schema/response",
        lines: &[lines(394, 398)],
        statement: "A run-now answers with `run_id` and `number_in_job`, both INT64.",
        test: "Start a run and look at the answer.",
        needs: &[Cluster],
        ..must(Schema, Only(&[RunNow]), OwnObjects, Always)
    },
    Rule {
        id: "run-now/consistency/run-visible",
        lines: &[line(339), line(397)],
        statement: "A run can be read as soon as run-now has been answered, and it names the job \
            that it was started for.",
        test: "Read the run straight away and compare both ids.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[RunNow, RunsGet]), OwnObjects, Always)
    },
    Rule {
        id: "run-now/consistency/run-id-unique",
        lines: &[line(397), line(622)],
        statement: "No two runs share a `run_id`, not even runs of different jobs.",
        test: "Collect the ids of all runs that turn up and look for repeats.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[RunNow, RunsSubmit]), OwnObjects, Always)
    },
    Rule {
        id: "run-now/consistency/number-matches-get",
        lines: &[line(398), line(623)],
        statement: "A run has the same `number_in_job` in run-now's answer as when it is read.",
        test: "Compare the two.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[RunNow, RunsGet]), OwnObjects, Always)
    },
    Rule {
        id: "run/consistency/number-starts-at-1",
        lines: &[line(623), line(1181)],
        statement: "The first run of a job has the `number_in_job` 1.",
        test: "Make a job, start one run and look at its number; later versions have been seen to \
            count otherwise.",
        sources: &["databricks-sdk-py#278"],
        needs: &[Cluster],
        ..must(Consistency, Only(&[RunNow, RunsGet]), OwnObjects, Always)
    },
    Rule {
        id: "run-now/consistency/number-strictly-increases",
        lines: &[line(398), line(623)],
        statement: "Of two runs of a job that were started one after the other, the later has the \
            higher `number_in_job`.",
        test: "Start several runs in turn and compare; gaps are tolerated.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[RunNow]), OwnObjects, Always)
    },
    Rule {
        id: "run-now/schema/trigger-one-time",
        lines: &[line(1333)],
        statement: "A run that was started by run-now has the trigger ONE_TIME.",
        test: "Start a run and read it.",
        needs: &[Cluster],
        ..must(Schema, Only(&[RunsGet]), OwnObjects, Always)
    },
    Rule {
        id: "run-now/schema/run-type-job-run",
        lines: &[line(1199)],
        statement: "A run that was started by run-now has the type JOB_RUN, where a type is shown.",
        test: "Start a run, then read and list it.",
        needs: &[Cluster],
        ..must(Schema, Only(&[RunsGet, RunsList]), OwnObjects, Always)
    },
    Rule {
        id: "run-now/schema/run-name",
        lines: &[line(1195)],
        statement: "A run of a job should have a name, `Untitled` or that of the job, of no more \
            than 4096 bytes.",
        test: "Read the run; a name that is there is a text of that size.",
        needs: &[Cluster],
        ..should(Schema, Only(&[RunsGet]), OwnObjects, Always)
    },
    Rule {
        id: "run-now/error/unknown-job",
        lines: &[line(372)],
        statement: "Run-now for a job that does not exist should be refused.",
        test: "Use an id that was never issued and expect a 4xx.",
        ..should(Error, Only(&[RunNow]), OwnObjects, Never)
    },
    Rule {
        id: "run-now/error/missing-job-id",
        lines: &[line(372)],
        statement: "Run-now without `job_id` should be refused.",
        test: "Send an empty object.",
        ..should(Error, Only(&[RunNow]), OwnObjects, Never)
    },
    Rule {
        id: "run-now/error/jar-and-notebook",
        lines: &[line(373), line(379), line(1238)],
        statement: "Run-now with `jar_params` and `notebook_params` at once is refused and starts \
            nothing.",
        test: "Send both and count the job's runs.",
        needs: &[Cluster],
        ..must(Error, Only(&[RunNow]), OwnObjects, Never)
    },
    Rule {
        id: "run-now/error/one-kind-of-params",
        lines: &[line(1227)],
        statement: "Run-now should refuse two of `jar_params`, `python_params` and \
            `notebook_params` together.",
        test: "Send `python_params` with each of the other two.",
        needs: &[Cluster],
        ..should(Error, Only(&[RunNow]), OwnObjects, Never)
    },
    Rule {
        id: "run-now/error/params-wrong-task-type",
        lines: &[lines(373, 384), line(1227)],
        statement: "Run-now should refuse or ignore parameters that do not suit the job's task.",
        test: "Send `jar_params` to a notebook job and note the outcome.",
        needs: &[Cluster],
        ..should(Error, Only(&[RunNow]), OwnObjects, Never)
    },
    Rule {
        id: "run-now/limit/jar-params-10000",
        lines: &[line(373)],
        statement: "Run-now refuses `jar_params` that take more than 10,000 bytes when written as \
            compact JSON in an object of their own.",
        test: "Send 10,000 bytes, which pass, and 10,001, which do not, also with characters of \
            several bytes.",
        needs: &[Cluster],
        ..must(Limit, Only(&[RunNow]), OwnObjects, Never)
    },
    Rule {
        id: "run-now/limit/notebook-params-10000",
        lines: &[lines(381, 382)],
        statement: "Run-now refuses `notebook_params` that take more than 10,000 bytes when \
            written as compact JSON in an object of their own.",
        test: "Send 10,000 bytes, which pass, and 10,001, which do not.",
        needs: &[Cluster],
        ..must(Limit, Only(&[RunNow]), OwnObjects, Never)
    },
    Rule {
        id: "run-now/limit/python-params-10000",
        lines: &[line(383)],
        statement: "Run-now refuses `python_params` that take more than 10,000 bytes when written \
            as compact JSON in an object of their own.",
        test: "Send 10,000 bytes, which pass, and 10,001, which do not.",
        needs: &[Cluster],
        ..must(Limit, Only(&[RunNow]), OwnObjects, Never)
    },
    Rule {
        id: "run-now/limit/spark-submit-params-10000",
        lines: &[line(385)],
        statement: "Run-now refuses `spark_submit_params` that take more than 10,000 bytes when \
            written as compact JSON in an object of their own.",
        test: "Send 10,000 bytes, which pass, and 10,001, which do not.",
        needs: &[NewCluster],
        ..must(Limit, Only(&[RunNow]), OwnObjects, Never)
    },
    Rule {
        id: "run-now/error/notebook-params-non-ascii",
        lines: &[line(1154), line(374)],
        statement: "A character beyond ASCII in a key or value of `notebook_params` makes run-now \
            fail.",
        test: "Try a key, then a value; each is refused and starts nothing.",
        needs: &[Cluster],
        ..must(Error, Only(&[RunNow]), OwnObjects, Never)
    },
    Rule {
        id: "run-now/error/python-params-non-ascii",
        lines: &[line(1248)],
        statement: "A character beyond ASCII in `python_params` makes run-now fail.",
        test: "Try one such parameter; it is refused and starts nothing.",
        needs: &[Cluster],
        ..must(Error, Only(&[RunNow]), OwnObjects, Never)
    },
    Rule {
        id: "run-now/error/spark-submit-params-non-ascii",
        lines: &[line(1254)],
        statement: "A character beyond ASCII in `spark_submit_params` makes run-now fail.",
        test: "Try one such parameter; it is refused and starts nothing.",
        needs: &[NewCluster],
        ..must(Error, Only(&[RunNow]), OwnObjects, Never)
    },
    Rule {
        id: "run-now/error/params-type",
        lines: &[lines(373, 385)],
        statement: "Run-now should refuse an object where a parameter list belongs, and a list \
            where the notebook's map belongs.",
        test: "Swap the two types.",
        needs: &[Cluster],
        ..should(Error, Only(&[RunNow]), OwnObjects, Never)
    },
    Rule {
        id: "run-now/error/rejected-creates-no-run",
        lines: &[line(339)],
        statement: "A run-now that is refused should start nothing.",
        test: "Count the runs of the job before and after each refusal.",
        needs: &[Cluster],
        ..should(Error, Only(&[RunNow, RunsList]), OwnObjects, Always)
    },
    Rule {
        id: "run-now/consistency/overriding-parameters",
        lines: &[line(630), line(1188)],
        statement: "A run shows the parameters that run-now gave it as `overriding_parameters`.",
        test: "Compare them with what was sent; merged base parameters may stand beside them.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[RunNow, RunsGet]), OwnObjects, Always)
    },
    Rule {
        id: "run-now/consistency/no-override-absent",
        lines: &[line(373), line(377)],
        statement: "A run that was started without parameters should show no \
            `overriding_parameters`, or empty ones.",
        test: "Start one and read it.",
        needs: &[Cluster],
        ..should(Consistency, Only(&[RunsGet]), OwnObjects, Always)
    },
    Rule {
        id: "run-now/consistency/params-not-persisted",
        lines: &[line(377)],
        statement: "The parameters of one run should not find their way into the job's settings.",
        test: "Compare the settings before and after a run with parameters.",
        needs: &[Cluster],
        ..should(Consistency, Only(&[RunNow, Get]), OwnObjects, Always)
    },
    Rule {
        id: "run-now/lifecycle/notebook-params-merge",
        lines: &[line(1142)],
        statement: "A notebook gets the base parameters together with those of run-now, which win \
            where both have the same key.",
        test: "Let a notebook return its parameters and read the run's output.",
        needs: &[Cluster, ExitingTask],
        ..must(Lifecycle, Only(&[RunNow, RunsGetOutput]), Compute, Never)
    },
    Rule {
        id: "run-now/lifecycle/base-params-used",
        lines: &[line(377)],
        statement: "A notebook that is started without parameters gets the base parameters of its \
            job.",
        test: "Let a notebook return its parameters and read the run's output.",
        needs: &[Cluster, ExitingTask],
        ..must(Lifecycle, Only(&[RunNow, RunsGetOutput]), Compute, Never)
    },
    Rule {
        id: "run-now/lifecycle/jar-params-default-empty",
        lines: &[line(373)],
        statement: "A JAR that is started without parameters should get none.",
        test: "Let the program return its arguments.",
        needs: &[Cluster, ExitingTask],
        ..should(Lifecycle, Only(&[RunNow]), Compute, Never)
    },
    Rule {
        id: "run-now/lifecycle/python-params-overwrite",
        lines: &[line(383)],
        statement: "A Python file should get the parameters of run-now in the place of the job's \
            own.",
        test: "Let the program return its arguments.",
        needs: &[Cluster, ExitingTask],
        ..should(Lifecycle, Only(&[RunNow]), Compute, Never)
    },
    Rule {
        id: "run-now/lifecycle/skipped-when-zero",
        lines: &[line(103)],
        statement: "Each run of a job with `max_concurrent_runs` 0 ends SKIPPED, although run-now \
            succeeds and names it.",
        test: "Start a run of such a job and read it.",
        needs: &[Cluster],
        ..must(Lifecycle, Only(&[RunNow, RunsGet]), OwnObjects, Always)
    },
    Rule {
        id: "run-now/lifecycle/skipped-when-full",
        lines: &[lines(97, 103), line(1219), line(1223)],
        statement: "A run that is started while as many are active as the job allows ends SKIPPED.",
        test: "Fill the limit with slow runs, start one more, and see that the others were active \
            before and after.",
        needs: &[Cluster, SlowTask],
        ..must(Lifecycle, Only(&[RunNow, RunsGet]), Compute, WhenShown)
    },
    Rule {
        id: "run-now/lifecycle/skipped-immediately",
        lines: &[line(1219)],
        statement: "A run that is over the job's limit is skipped at once: it is never RUNNING and \
            gets no cluster.",
        test: "Follow such a run; it is SKIPPED within the profile's short deadline.",
        needs: &[Cluster],
        ..must(Lifecycle, Only(&[RunNow, RunsGet]), OwnObjects, Always)
    },
    Rule {
        id: "run-now/lifecycle/skipped-message",
        lines: &[line(1276)],
        statement: "The real service has been seen to explain a skipped run by a message about the \
            limit of concurrent runs.",
        test: "Read the message of a skipped run and note it.",
        sources: &["databricks/cli#257", "cicd-templates#52"],
        needs: &[Cluster],
        ..observed(Lifecycle, Only(&[RunsGet]), OwnObjects, Always)
    },
    Rule {
        id: "run-now/lifecycle/slot-freed",
        lines: &[line(101)],
        statement: "Once an active run has ended, its place is free and the next run is not \
            skipped.",
        test: "Fill the limit, wait for an end, start another run.",
        needs: &[Cluster, SlowTask],
        ..must(Lifecycle, Only(&[RunNow]), Compute, Never)
    },
    Rule {
        id: "run-now/lifecycle/never-queued",
        lines: &[lines(1212, 1218)],
        statement: "A run should never wait in QUEUED, since version 2.0 has no field that would \
            turn queueing on.",
        test: "Look at the states of all own runs.",
        needs: &[Cluster],
        ..should(Lifecycle, Only(&[RunsGet]), OwnObjects, Always)
    },
    Rule {
        id: "run-now/concurrency/at-most-k-active",
        lines: &[line(97)],
        statement: "However many calls arrive at once, no more runs of a job are active together \
            than it allows.",
        test: "Send more calls in parallel than the limit for a slow task, and count the active \
            runs in each list.",
        needs: &[Cluster, SlowTask],
        ..must(Concurrency, Only(&[RunNow, RunsList]), Compute, WhenShown)
    },
    Rule {
        id: "run-now/concurrency/fills-k",
        lines: &[line(97)],
        statement: "Of many calls that arrive at once, as many should get going as the job allows.",
        test: "Send them in parallel and count the runs that are not SKIPPED.",
        needs: &[Cluster, SlowTask],
        ..should(Concurrency, Only(&[RunNow]), Compute, Never)
    },
    Rule {
        id: "run-now/concurrency/numbers-unique",
        lines: &[line(623)],
        statement: "Runs of a job that are started at the same moment get different values of \
            `number_in_job`.",
        test: "Start many in parallel and compare their numbers.",
        needs: &[Cluster],
        ..must(Concurrency, Only(&[RunNow]), OwnObjects, Always)
    },
    Rule {
        id: "run-now/limit/429-concurrent",
        lines: &[line(332), line(403)],
        statement: "With 1000 runs active in the workspace, a further one is answered with 429.",
        test: "Start that many on an isolated target.",
        needs: &[Load, Isolation],
        ..must(Limit, Only(&[RunNow, RunsSubmit]), Volume, Never)
    },
    Rule {
        id: "run-now/lifecycle/notebook-widget-default",
        lines: &[line(1146)],
        statement: "A notebook parameter that neither job nor run-now sets has the default that \
            the notebook declares.",
        test: "Let a notebook with such a parameter return it.",
        needs: &[Cluster, ExitingTask],
        ..must(Lifecycle, Only(&[RunNow, RunsGetOutput]), Compute, Never)
    },
];
