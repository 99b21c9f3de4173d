//! Idempotency tokens of `jobs/run-now` and `jobs/runs/submit`.

use super::{
    Kind::{Concurrency, Idempotency},
    Need::Cluster,
    Passive::{Always, Never, WhenShown},
    Rule,
    Safety::{Compute, OwnObjects},
    Scope::Only,
    line, must, observed, should,
};
use crate::contract::Endpoint::{Delete, RunNow, RunsDelete, RunsList, RunsSubmit};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "run-now/idempotency/same-token-same-run",
        lines: &[line(386)],
        statement: "A run-now whose token belongs to a run answers with that run's id.",
        test: "Send the same token two times and compare the ids; both answers have been seen to \
            be 200.",
        sources: &["kb.databricks.com/jobs/jobs-idempotency"],
        needs: &[Cluster],
        ..must(Idempotency, Only(&[RunNow]), OwnObjects, Always)
    },
    Rule {
        id: "run-now/idempotency/no-second-run",
        lines: &[line(386)],
        statement: "A run-now whose token belongs to a run starts nothing.",
        test: "Count the job's runs: two calls with one token add one.",
        needs: &[Cluster],
        ..must(Idempotency, Only(&[RunNow, RunsList]), OwnObjects, Never)
    },
    Rule {
        id: "run-now/idempotency/different-token-different-run",
        lines: &[line(386)],
        statement: "Run-now with a fresh token starts a run of its own.",
        test: "Send two tokens and compare the ids.",
        needs: &[Cluster],
        ..must(Idempotency, Only(&[RunNow]), OwnObjects, Always)
    },
    Rule {
        id: "run-now/idempotency/token-64",
        lines: &[line(390)],
        statement: "Run-now takes a token of 64 characters.",
        test: "Send 64 ASCII characters, then 64 of two bytes each.",
        needs: &[Cluster],
        ..must(Idempotency, Only(&[RunNow]), OwnObjects, Never)
    },
    Rule {
        id: "run-now/idempotency/token-65",
        lines: &[line(390)],
        statement: "Run-now refuses a token of more than 64 characters and starts nothing.",
        test: "Send 65 characters and count the runs.",
        needs: &[Cluster],
        ..must(Idempotency, Only(&[RunNow]), OwnObjects, Never)
    },
    Rule {
        id: "run-now/idempotency/after-terminal",
        lines: &[line(386)],
        statement: "A token still stands for its run after that run has ended.",
        test: "Wait for the end, then call run-now with the same token and compare the ids.",
        needs: &[Cluster],
        ..must(Idempotency, Only(&[RunNow]), OwnObjects, Always)
    },
    Rule {
        id: "run-now/idempotency/deleted-run-error",
        lines: &[line(386)],
        statement: "Once a run has been deleted, its token makes run-now fail.",
        test: "Delete an ended run, send its token again, expect a 4xx and no further run.",
        needs: &[Cluster],
        ..must(Idempotency, Only(&[RunNow, RunsDelete]), OwnObjects, Always)
    },
    Rule {
        id: "run-now/idempotency/different-body-same-run",
        lines: &[line(386)],
        statement: "A token stands for its run even if the rest of the run-now differs.",
        test: "Send it again with other parameters: the same id, and the first run unchanged.",
        needs: &[Cluster],
        ..must(Idempotency, Only(&[RunNow]), OwnObjects, Always)
    },
    Rule {
        id: "run-now/idempotency/rejected-does-not-consume",
        lines: &[line(388)],
        statement: "A run-now that was refused does not use up its token.",
        test: "Send a token with an invalid request, then with a valid one, which starts a run.",
        needs: &[Cluster],
        ..must(Idempotency, Only(&[RunNow]), OwnObjects, Never)
    },
    Rule {
        id: "run-now/idempotency/lost-response",
        lines: &[line(388)],
        statement: "A client that lost the answer and sends its run-now again with the same token \
            ends up with one run.",
        test: "Cut the connection once the request is out, send it again, and count the runs.",
        needs: &[Cluster],
        ..must(Idempotency, Only(&[RunNow]), OwnObjects, Never)
    },
    Rule {
        id: "run-now/concurrency/same-token-parallel",
        lines: &[line(388)],
        statement: "Of many run-nows with one token that arrive together, one starts a run and all \
            successes name it.",
        test: "Send 16 at once, repeat those that were put off, and count ids and runs.",
        needs: &[Cluster],
        ..must(Concurrency, Only(&[RunNow, RunsList]), OwnObjects, WhenShown)
    },
    Rule {
        id: "run-now/concurrency/distinct-tokens-parallel",
        lines: &[line(388)],
        statement: "Run-nows with different tokens that arrive together each start a run.",
        test: "Send several at once and count the ids.",
        needs: &[Cluster],
        ..must(Concurrency, Only(&[RunNow]), OwnObjects, WhenShown)
    },
    Rule {
        id: "runs-submit/idempotency/same-token-same-run",
        lines: &[line(471)],
        statement: "A submit whose token belongs to a run answers with that run's id.",
        test: "Send the same token two times and compare the ids; both answers have been seen to \
            be 200.",
        sources: &["kb.databricks.com/jobs/jobs-idempotency"],
        needs: &[Cluster],
        ..must(Idempotency, Only(&[RunsSubmit]), Compute, Always)
    },
    Rule {
        id: "runs-submit/idempotency/no-second-run",
        lines: &[line(471)],
        statement: "A submit whose token belongs to a run starts nothing.",
        test: "Count the runs of that name: two calls with one token add one.",
        needs: &[Cluster],
        ..must(Idempotency, Only(&[RunsSubmit, RunsList]), Compute, Never)
    },
    Rule {
        id: "runs-submit/idempotency/different-token-different-run",
        lines: &[line(471)],
        statement: "A submit with a fresh token starts a run of its own.",
        test: "Send two tokens and compare the ids.",
        needs: &[Cluster],
        ..must(Idempotency, Only(&[RunsSubmit]), Compute, Always)
    },
    Rule {
        id: "runs-submit/idempotency/token-64",
        lines: &[line(475)],
        statement: "A submit takes a token of 64 characters.",
        test: "Send 64 ASCII characters, then 64 of two bytes each.",
        needs: &[Cluster],
        ..must(Idempotency, Only(&[RunsSubmit]), Compute, Never)
    },
    Rule {
        id: "runs-submit/idempotency/token-65",
        lines: &[line(475)],
        statement: "A submit refuses a token of more than 64 characters and starts nothing.",
        test: "Send 65 characters and look for a new run.",
        needs: &[Cluster],
        ..must(Idempotency, Only(&[RunsSubmit]), OwnObjects, Never)
    },
    Rule {
        id: "runs-submit/idempotency/after-terminal",
        lines: &[line(471)],
        statement: "A submitted run's token still stands for it after it has ended.",
        test: "Wait for the end, then submit with the same token and compare the ids.",
        needs: &[Cluster],
        ..must(Idempotency, Only(&[RunsSubmit]), Compute, Always)
    },
    Rule {
        id: "runs-submit/idempotency/deleted-run-error",
        lines: &[line(471)],
        statement: "Once a submitted run has been deleted, its token makes a submit fail.",
        test: "Delete an ended run, send its token again, expect a 4xx and no further run.",
        needs: &[Cluster],
        ..must(Idempotency, Only(&[RunsSubmit, RunsDelete]), Compute, Always)
    },
    Rule {
        id: "runs-submit/idempotency/different-body-same-run",
        lines: &[line(471)],
        statement: "A token stands for its run even if the rest of the submit differs.",
        test: "Send it again with another task: the same id, and the first run unchanged.",
        needs: &[Cluster],
        ..must(Idempotency, Only(&[RunsSubmit]), Compute, Always)
    },
    Rule {
        id: "runs-submit/idempotency/rejected-does-not-consume",
        lines: &[line(473)],
        statement: "A submit that was refused does not use up its token.",
        test: "Send a token with an invalid request, then with a valid one, which starts a run.",
        needs: &[Cluster],
        ..must(Idempotency, Only(&[RunsSubmit]), Compute, Never)
    },
    Rule {
        id: "runs-submit/idempotency/lost-response",
        lines: &[line(473)],
        statement: "A client that lost the answer and submits again with the same token ends up \
            with one run.",
        test: "Cut the connection once the request is out, send it again, and count the runs.",
        needs: &[Cluster],
        ..must(Idempotency, Only(&[RunsSubmit]), Compute, Never)
    },
    Rule {
        id: "runs-submit/concurrency/same-token-parallel",
        lines: &[line(473)],
        statement: "Of many submits with one token that arrive together, one starts a run and all \
            successes name it.",
        test: "Send 16 at once, repeat those that were put off, and count ids and runs.",
        needs: &[Cluster],
        ..must(Concurrency, Only(&[RunsSubmit, RunsList]), Compute, WhenShown)
    },
    Rule {
        id: "runs-submit/concurrency/distinct-tokens-parallel",
        lines: &[line(473)],
        statement: "Submits with different tokens that arrive together each start a run.",
        test: "Send several at once and count the ids.",
        needs: &[Cluster],
        ..must(Concurrency, Only(&[RunsSubmit]), Compute, WhenShown)
    },
    Rule {
        id: "run-now/idempotency/same-number-in-job",
        lines: &[line(386), line(398)],
        statement: "A repeated run-now should answer with the `number_in_job` of the first time.",
        test: "Send a token two times and compare the numbers.",
        needs: &[Cluster],
        ..should(Idempotency, Only(&[RunNow]), OwnObjects, Always)
    },
    Rule {
        id: "run-now/idempotency/skipped-run-keeps-token",
        lines: &[line(386)],
        statement: "A run that was skipped holds its token like any other.",
        test: "Send a token two times to a job that allows no runs and compare the ids.",
        needs: &[Cluster],
        ..must(Idempotency, Only(&[RunNow]), OwnObjects, Never)
    },
    Rule {
        id: "run-now/idempotency/no-token-not-deduplicated",
        lines: &[line(386)],
        statement: "Run-now without a token starts a run each time, however alike the requests \
            are.",
        test: "Send one body two times and compare the ids.",
        needs: &[Cluster],
        ..must(Idempotency, Only(&[RunNow]), OwnObjects, Always)
    },
    Rule {
        id: "run-now/idempotency/empty-token",
        lines: &[line(386)],
        statement: "An empty token is understood to count as none with the real service.",
        test: "Send an empty token two times and note whether one run comes of it or two.",
        sources: &["databricks/cli libs/testserver"],
        needs: &[Cluster],
        ..observed(Idempotency, Only(&[RunNow]), OwnObjects, Never)
    },
    Rule {
        id: "run-now/idempotency/token-other-job",
        lines: &[line(386)],
        statement: "A token that belongs to a run of one job should start none for another: the \
            answer is the run that has it, or a refusal.",
        test: "Use one token for two jobs and count the runs.",
        needs: &[Cluster],
        ..should(Idempotency, Only(&[RunNow]), OwnObjects, Never)
    },
    Rule {
        id: "x/idempotency/token-across-endpoints",
        lines: &[line(386), line(471)],
        statement: "Whether run-now and submit share one set of tokens is open for the real \
            service.",
        test: "Use one token with both and note whether one run comes of it or two.",
        needs: &[Cluster],
        ..observed(Idempotency, Only(&[RunNow, RunsSubmit]), Compute, Never)
    },
    Rule {
        id: "x/idempotency/token-after-job-delete",
        lines: &[line(158), line(386)],
        statement: "What becomes of a token when its run goes away together with its job is open \
            for the real service.",
        test: "Delete the job, use the token with another one and note the answer, which is no \
            5xx.",
        needs: &[Cluster],
        ..observed(Idempotency, Only(&[RunNow, Delete]), OwnObjects, Never)
    },
    Rule {
        id: "x/concurrency/delete-run-vs-token",
        lines: &[line(386)],
        statement: "While a run is being deleted, a call with its token gets that run or an error, \
            never another run.",
        test: "Delete a run and send its token at the same moment, many times over.",
        needs: &[Cluster],
        ..must(Concurrency, Only(&[RunsDelete, RunNow]), OwnObjects, Never)
    },
];
