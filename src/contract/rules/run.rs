//! `jobs/runs/get`, and what holds for a run wherever it is shown.

use super::{
    Kind::{Consistency, Error, Lifecycle, Limit, Schema},
    Need::{BigCellTask, Cluster, Executor, FailingTask, SlowTask, SucceedingTask},
    Passive::{Always, Never},
    RUN_VIEWS, Rule,
    Safety::{Compute, OwnObjects, ReadOnly},
    Scope::Only,
    line, lines, must, should,
};
use crate::contract::Endpoint::{RunNow, RunsGet, RunsList};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "runs-get/schema/response",
        lines: &[lines(618, 643)],
        statement: "`runs/get` answers with a Run whose fields have their documented types.",
        test: "Look at every answer.",
        ..must(Schema, Only(&[RunsGet]), ReadOnly, Always)
    },
    Rule {
        id: "runs-get/schema/run-id-required",
        lines: &[line(616)],
        statement: "`runs/get` without `run_id` is refused.",
        test: "Call it without parameters.",
        ..must(Schema, Only(&[RunsGet]), ReadOnly, Never)
    },
    Rule {
        id: "runs-get/error/unknown-run",
        lines: &[line(616)],
        statement: "`runs/get` should refuse the id of a run that never existed; the real service \
            does so with 400 and `INVALID_PARAMETER_VALUE`.",
        test: "Read an id that was never issued and expect a 4xx.",
        sources: &[
            "azure-databricks-operator#158",
            "databricks-sdk-py databricks/sdk/errors/overrides.py",
        ],
        ..should(Error, Only(&[RunsGet]), ReadOnly, Always)
    },
    Rule {
        id: "runs-get/error/non-integer",
        lines: &[line(616)],
        statement: "`runs/get` should refuse a `run_id` that is no 64-bit integer.",
        test: "Try a word, a fraction and 2^63.",
        ..should(Error, Only(&[RunsGet]), ReadOnly, Never)
    },
    Rule {
        id: "run/schema/life-cycle-always",
        lines: &[line(1273)],
        statement: "Every run shows its `life_cycle_state`, wherever it appears.",
        test: "Look for the field in each run that turns up.",
        ..must(Schema, RUN_VIEWS, ReadOnly, Always)
    },
    Rule {
        id: "run/schema/life-cycle-enum",
        lines: &[lines(1212, 1224)],
        statement: "A run's `life_cycle_state` is QUEUED, PENDING, RUNNING or TERMINATING, or one \
            of the end states TERMINATED, SKIPPED and INTERNAL_ERROR.",
        test: "Look at each run that turns up; newer versions have been seen with others, such as \
            BLOCKED.",
        sources: &["airflow#69193"],
        ..must(Schema, RUN_VIEWS, ReadOnly, Always)
    },
    Rule {
        id: "run/schema/result-enum",
        lines: &[lines(1266, 1269)],
        statement: "A run's `result_state` is SUCCESS, FAILED, TIMEDOUT or CANCELED, in this \
            spelling.",
        test: "Look at each run that turns up.",
        ..must(Schema, RUN_VIEWS, ReadOnly, Always)
    },
    Rule {
        id: "run/lifecycle/no-result-before-end",
        lines: &[line(1260)],
        statement: "A run that is pending, running or skipped has no `result_state` at all, not \
            even an empty one.",
        test: "Look for the field in such runs.",
        ..must(Lifecycle, RUN_VIEWS, ReadOnly, Always)
    },
    Rule {
        id: "run/lifecycle/result-when-terminated",
        lines: &[line(1259)],
        statement: "A run with a task that is TERMINATED has a `result_state`.",
        test: "Look for the field in such runs.",
        ..must(Lifecycle, RUN_VIEWS, ReadOnly, Always)
    },
    Rule {
        id: "run/lifecycle/result-never-changes",
        lines: &[line(1263)],
        statement: "A run's `result_state` stays what it was when it first appeared.",
        test: "Follow each run through all answers that show it.",
        ..must(Lifecycle, RUN_VIEWS, ReadOnly, Always)
    },
    Rule {
        id: "run/lifecycle/result-terminating",
        lines: &[line(1261)],
        statement: "A run that is TERMINATING or ended in INTERNAL_ERROR has a result only if its \
            task had begun, and it is the final one.",
        test: "Compare the result of a terminating run with that at the end; after INTERNAL_ERROR, \
            none and FAILED both pass.",
        sources: &["astronomer-providers#460", "polar-rams/databricks-sdk-golang#6"],
        ..must(Lifecycle, RUN_VIEWS, ReadOnly, Always)
    },
    Rule {
        id: "run/lifecycle/terminal-is-final",
        lines: &[lines(1222, 1224)],
        statement: "A run that is TERMINATED, SKIPPED or at INTERNAL_ERROR stays so.",
        test: "Follow each run through all answers that show it.",
        ..must(Lifecycle, RUN_VIEWS, ReadOnly, Always)
    },
    Rule {
        id: "run/lifecycle/allowed-transitions",
        lines: &[lines(1209, 1224)],
        statement: "A run goes from PENDING over RUNNING and TERMINATING to TERMINATED, or from \
            PENDING to SKIPPED, or from any state before the end to INTERNAL_ERROR; it never goes \
            back.",
        test: "Compare each two sightings of a run; unseen steps between them are fine, so are \
            QUEUED at the start and the short cut of a cancelled run.",
        sources: &["azure-databricks-client RunLifeCycleState.cs"],
        ..must(Lifecycle, RUN_VIEWS, ReadOnly, Always)
    },
    Rule {
        id: "run/lifecycle/skipped-only-before-running",
        lines: &[line(1219)],
        statement: "A skipped run was never running or terminating.",
        test: "Look at the states that came before SKIPPED.",
        ..must(Lifecycle, RUN_VIEWS, ReadOnly, Always)
    },
    Rule {
        id: "run/lifecycle/success",
        lines: &[line(1266)],
        statement: "A run whose task succeeds ends TERMINATED with SUCCESS.",
        test: "Run a task that succeeds.",
        needs: &[Cluster, SucceedingTask],
        ..must(Lifecycle, Only(&[RunsGet]), Compute, Never)
    },
    Rule {
        id: "run/lifecycle/failed",
        lines: &[line(1267)],
        statement: "A run whose task fails ends with FAILED.",
        test: "Run a task that fails.",
        needs: &[Cluster, FailingTask],
        ..must(Lifecycle, Only(&[RunsGet]), Compute, Never)
    },
    Rule {
        id: "run/lifecycle/timedout",
        lines: &[line(91), line(1268)],
        statement: "A run that takes longer than its job's `timeout_seconds` ends with TIMEDOUT, \
            and not before that time is over.",
        test: "Run a slow task with a short timeout and compare start and end.",
        needs: &[Cluster, SlowTask, Executor],
        ..must(Lifecycle, Only(&[RunsGet]), Compute, Never)
    },
    Rule {
        id: "run/schema/cancelled-flag",
        lines: &[line(1275)],
        statement: "`user_cancelled_or_timedout` should be true for runs that were cancelled or \
            timed out, and false or absent for others.",
        test: "Compare the flag with the result of each run.",
        needs: &[Cluster, SlowTask],
        ..should(Schema, Only(&[RunsGet]), Compute, Always)
    },
    Rule {
        id: "run/consistency/immutable-identity",
        lines: &[lines(621, 631)],
        statement: "The ids, number, start, trigger, type and creator of a run should never \
            change.",
        test: "Follow each run through all answers that show it.",
        ..should(Consistency, RUN_VIEWS, ReadOnly, Always)
    },
    Rule {
        id: "run/consistency/cluster-spec-snapshot",
        lines: &[line(628)],
        statement: "A run's `cluster_spec` stays what it was at the start, whatever becomes of the \
            job's settings.",
        test: "Compare it before and after a reset or update.",
        ..must(Consistency, Only(&[RunsGet]), OwnObjects, Always)
    },
    Rule {
        id: "run/consistency/original-attempt-self",
        lines: &[line(624)],
        statement: "The first attempt of a run names itself as `original_attempt_run_id`.",
        test: "Compare the two ids of runs that are no retries.",
        ..must(Consistency, Only(&[RunsGet]), ReadOnly, Always)
    },
    Rule {
        id: "run/consistency/end-time-zero-while-active",
        lines: &[line(632), line(1193)],
        statement: "A run that has not ended has the `end_time` 0.",
        test: "Look at runs that are active; a missing field is tolerated.",
        ..must(Consistency, Only(&[RunsGet]), ReadOnly, Always)
    },
    Rule {
        id: "run/consistency/end-time-set-when-terminal",
        lines: &[line(632)],
        statement: "A run that has ended has an `end_time` no earlier than its start.",
        test: "Look at runs that ended; for skipped ones it is only a warning.",
        ..must(Consistency, Only(&[RunsGet]), ReadOnly, Always)
    },
    Rule {
        id: "run/consistency/start-time-window",
        lines: &[line(631)],
        statement: "`start_time` is the moment of the start in milliseconds since 1970.",
        test: "Compare it with the clock before and after run-now, give or take the skew.",
        needs: &[Cluster],
        ..must(Consistency, Only(&[RunNow, RunsGet]), OwnObjects, Always)
    },
    Rule {
        id: "run/consistency/durations-sum",
        lines: &[lines(633, 638), line(1192)],
        statement: "Setup, execution and cleanup of a run should add up to the time from start to \
            end.",
        test: "Compare, with two seconds or a tenth to spare.",
        needs: &[Cluster, SucceedingTask],
        ..should(Consistency, Only(&[RunsGet]), Compute, Always)
    },
    Rule {
        id: "run/consistency/durations-non-negative",
        lines: &[lines(633, 639)],
        statement: "No duration of a run should be negative.",
        test: "Look at each run that turns up.",
        ..should(Consistency, Only(&[RunsGet]), ReadOnly, Always)
    },
    Rule {
        id: "run/schema/run-duration-multitask-only",
        lines: &[line(639)],
        statement: "`run_duration` should be absent or 0 for runs of one task.",
        test: "Look at each run that turns up; the document's own examples differ.",
        ..should(Schema, Only(&[RunsGet]), ReadOnly, Always)
    },
    Rule {
        id: "run/consistency/existing-cluster-setup-short",
        lines: &[line(633)],
        statement: "On an existing cluster `setup_duration` should be very small.",
        test: "Run there and compare with the profile's bound.",
        needs: &[Cluster, SucceedingTask],
        ..should(Consistency, Only(&[RunsGet]), Compute, Always)
    },
    Rule {
        id: "run/schema/cluster-id-for-existing",
        lines: &[line(877)],
        statement: "A run on an existing cluster shows that cluster's id in `cluster_instance`.",
        test: "Compare the two ids in each such run that was not skipped.",
        needs: &[Cluster],
        ..must(Schema, Only(&[RunsGet]), Compute, Always)
    },
    Rule {
        id: "run/schema/cluster-instance-appears-once",
        lines: &[line(629), lines(877, 882)],
        statement: "Once a run shows its `cluster_instance`, it goes on doing so, with the same \
            ids.",
        test: "Follow each run through all answers that show it.",
        ..must(Schema, Only(&[RunsGet]), ReadOnly, Always)
    },
    Rule {
        id: "run/schema/absent-not-empty",
        lines: &[line(879), line(882), line(1274)],
        statement: "A cluster id, a Spark context id or a result that is not known yet is left \
            out, neither null nor empty.",
        test: "Look at each run that turns up.",
        ..must(Schema, Only(&[RunsGet]), ReadOnly, Always)
    },
    Rule {
        id: "run/schema/spark-context-when-running",
        lines: &[line(880)],
        statement: "A run whose execution has begun should show its `spark_context_id`.",
        test: "Look at runs that have been RUNNING for some time on a real executor.",
        needs: &[Cluster, SlowTask, Executor],
        ..should(Schema, Only(&[RunsGet]), Compute, Always)
    },
    Rule {
        id: "run/schema/trigger-enum",
        lines: &[lines(1332, 1334)],
        statement: "A run's trigger is PERIODIC, ONE_TIME or RETRY.",
        test: "Look at each run that turns up; newer versions know more.",
        ..must(Schema, Only(&[RunsGet]), ReadOnly, Always)
    },
    Rule {
        id: "run/schema/run-type-enum",
        lines: &[lines(1199, 1201)],
        statement: "A run's type is JOB_RUN, WORKFLOW_RUN or SUBMIT_RUN.",
        test: "Look at each run that turns up.",
        ..must(Schema, Only(&[RunsGet]), ReadOnly, Always)
    },
    Rule {
        id: "run/schema/run-page-url",
        lines: &[line(643)],
        statement: "`run_page_url` should be an absolute web address.",
        test: "Look at each run that turns up.",
        ..should(Schema, Only(&[RunsGet]), ReadOnly, Always)
    },
    Rule {
        id: "run/schema/state-message-string",
        lines: &[line(1276)],
        statement: "A run's `state_message` is a text that means nothing to a program.",
        test: "Look at its type, never at its words.",
        ..must(Schema, Only(&[RunsGet]), ReadOnly, Always)
    },
    Rule {
        id: "run/consistency/attempt-number-zero",
        lines: &[line(1202)],
        statement: "A run's first attempt has the `attempt_number` 0, or none.",
        test: "Look at runs that are no retries.",
        ..must(Consistency, Only(&[RunsGet]), ReadOnly, Always)
    },
    Rule {
        id: "run/lifecycle/retry-created",
        lines: &[line(92), line(1202)],
        statement: "A failed run is tried again until it has had as many further attempts as \
            `max_retries` says.",
        test: "Run a failing task with two retries: three attempts, all failed.",
        needs: &[Cluster, FailingTask, Executor],
        ..must(Lifecycle, Only(&[RunsList, RunsGet]), Compute, Never)
    },
    Rule {
        id: "run/lifecycle/retry-attempt-numbers",
        lines: &[line(1202)],
        statement: "Retries are numbered 1, 2 and so on in `attempt_number` and name the first \
            attempt as their origin.",
        test: "Look at the attempts of a failing task with retries.",
        needs: &[Cluster, FailingTask, Executor],
        ..must(Lifecycle, Only(&[RunsGet]), Compute, Always)
    },
    Rule {
        id: "run/lifecycle/retry-max-attempt",
        lines: &[line(1202)],
        statement: "No attempt has a number above the job's `max_retries`.",
        test: "Look at the attempts of a failing task with retries.",
        needs: &[Cluster, FailingTask, Executor],
        ..must(Lifecycle, Only(&[RunsGet]), Compute, Always)
    },
    Rule {
        id: "run/lifecycle/retry-trigger",
        lines: &[line(1334)],
        statement: "A retry has the trigger RETRY.",
        test: "Look at the attempts behind the first.",
        needs: &[Cluster, FailingTask, Executor],
        ..must(Lifecycle, Only(&[RunsGet]), Compute, Always)
    },
    Rule {
        id: "run/lifecycle/retry-stops-on-success",
        lines: &[line(1202)],
        statement: "A run that succeeded is not tried again.",
        test: "Run a task that succeeds in a job with retries and count the attempts.",
        needs: &[Cluster, SucceedingTask, Executor],
        ..must(Lifecycle, Only(&[RunsGet]), Compute, Never)
    },
    Rule {
        id: "run/lifecycle/retry-min-interval",
        lines: &[line(94)],
        statement: "A retry starts no sooner than `min_retry_interval_millis` after the failed \
            attempt started.",
        test: "Compare the start times of neighbouring attempts.",
        needs: &[Cluster, FailingTask, Executor],
        ..must(Lifecycle, Only(&[RunsGet]), Compute, Always)
    },
    Rule {
        id: "run/lifecycle/retry-immediate-default",
        lines: &[line(94)],
        statement: "Without an interval a retry should start at once.",
        test: "Compare the gap between attempts with the profile's bound.",
        needs: &[Cluster, FailingTask, Executor],
        ..should(Lifecycle, Only(&[RunsGet]), Compute, Never)
    },
    Rule {
        id: "run/lifecycle/no-retry-on-timeout-default",
        lines: &[line(95)],
        statement: "A run that timed out is not tried again unless the job asks for it.",
        test: "Let a slow task time out in a job with one retry: one attempt.",
        needs: &[Cluster, SlowTask, Executor],
        ..must(Lifecycle, Only(&[RunsList]), Compute, Never)
    },
    Rule {
        id: "run/lifecycle/retry-on-timeout",
        lines: &[line(95)],
        statement: "A run that timed out is tried again where the job has set `retry_on_timeout`.",
        test: "Let a slow task time out in such a job with one retry: two attempts.",
        needs: &[Cluster, SlowTask, Executor],
        ..must(Lifecycle, Only(&[RunsList]), Compute, Never)
    },
    Rule {
        id: "run/lifecycle/no-retry-after-cancel",
        lines: &[line(92)],
        statement: "A run that somebody cancelled should not be tried again.",
        test: "Cancel a run of a job with one retry and count the attempts.",
        needs: &[Cluster, SlowTask],
        ..should(Lifecycle, Only(&[RunsList]), Compute, Never)
    },
    Rule {
        id: "run/consistency/cluster-spec-includes-libraries",
        lines: &[line(901)],
        statement: "A run's `cluster_spec` should list the job's libraries.",
        test: "Compare the two lists.",
        needs: &[Cluster],
        ..should(Consistency, Only(&[RunsGet]), OwnObjects, Always)
    },
    Rule {
        id: "run/limit/cell-output-8mb",
        lines: &[line(1135)],
        statement: "A notebook cell with more than 8 MB of output makes the run fail; cells behind \
            it are not executed.",
        test: "Run a notebook with such a cell.",
        needs: &[Cluster, BigCellTask],
        ..must(Limit, Only(&[RunsGet]), Compute, Never)
    },
];
