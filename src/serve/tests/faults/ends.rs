//! What ends runs and what is left of them: cancel, cancel-all, output, export and delete.

use super::*;

/// The answer to a get-output of the ended run of a notebook.
fn output(trial: &mut Trial, path: &str) -> Value {
    let run_id = trial.run_of(path, json!({"name": "a"}));
    trial.pass(WHOLE_MS);
    trial.tell(RunsGetOutput, json!({"run_id": run_id}))
}

/// The views of the ended run of a notebook, without their contents.
fn views(trial: &mut Trial) -> Value {
    let run_id = trial.run_of("/folder/name", json!({}));
    let export = trial.tell(RunsExport, json!({"run_id": run_id}));
    let views = export["views"].as_array().unwrap().clone();
    views.iter().map(|view| json!([view["type"], view["name"]])).collect()
}

/// The states of two runs of one job and one of another, after a cancel-all for the first.
fn after_cancel_all(trial: &mut Trial) -> Value {
    let first = trial.run_of(SLOW, json!({"max_concurrent_runs": 2}));
    let second = trial.run_now(1);
    let other = trial.run_of(SLOW, json!({}));
    trial.pass(PENDING_MS);
    trial.tell(RunsCancelAll, json!({"job_id": 1}));
    trial.pass(TERMINATING_MS);
    json!([first, second, other].map(|run_id| trial.state(run_id)))
}

pub(super) fn cases() -> Vec<Case> {
    [exports(), cancels(), cancels_of_all(), outputs(), deletes()].into_iter().flatten().collect()
}

fn exports() -> Vec<Case> {
    vec![
        case(
            "export-any-task",
            |trial| {
                let pipeline = json!({"pipeline_task": {"pipeline_id": "p"}});
                let run_id = trial.tell(RunsSubmit, pipeline)["run_id"].take();
                let (status, answer) = trial.ask(RunsExport, json!({"run_id": run_id}));
                json!([status, answer["views"]])
            },
            json!([400, null]),
            json!([200, []]),
        ),
        case(
            "export-all-by-default",
            views,
            json!([["NOTEBOOK", "name"]]),
            json!([["NOTEBOOK", "name"], ["DASHBOARD", "name dashboard"]]),
        ),
        case(
            "export-names-path",
            views,
            json!([["NOTEBOOK", "name"]]),
            json!([["NOTEBOOK", "/folder/name"]]),
        ),
        case(
            "export-type-lower-case",
            views,
            json!([["NOTEBOOK", "name"]]),
            json!([["notebook", "name"]]),
        ),
    ]
}

/// The state of a run that was cancelled so long after its start, once it has ended.
fn cancelled(trial: &mut Trial, after_ms: u64) -> Value {
    let run_id = trial.run_of(SLOW, json!({}));
    trial.pass(after_ms);
    let status = trial.status(RunsCancel, json!({"run_id": run_id}));
    trial.pass(TERMINATING_MS);
    json!([status, trial.state(run_id)])
}

fn cancels() -> Vec<Case> {
    vec![
        case(
            "cancel-ignored",
            |trial| cancelled(trial, PENDING_MS),
            json!([200, "TERMINATED CANCELED"]),
            json!([200, "RUNNING"]),
        ),
        case(
            "cancel-ends-failed",
            |trial| cancelled(trial, PENDING_MS),
            json!([200, "TERMINATED CANCELED"]),
            json!([200, "TERMINATED FAILED"]),
        ),
        case(
            "cancel-ended-refused",
            |trial| {
                let run_id = trial.run_of("/n", json!({"max_concurrent_runs": 0}));
                trial.status(RunsCancel, json!({"run_id": run_id})).into()
            },
            json!(200),
            json!(400),
        ),
        case(
            "cancel-only-running",
            |trial| json!([cancelled(trial, 0), cancelled(trial, PENDING_MS)]),
            json!([[200, "TERMINATED CANCELED"], [200, "TERMINATED CANCELED"]]),
            json!([[200, "PENDING"], [200, "TERMINATED CANCELED"]]),
        ),
        case(
            "cancel-invalid-404",
            |trial| {
                let unknown = trial.status(RunsCancel, json!({"run_id": 5}));
                json!([trial.status(RunsCancel, json!({"run_id": "abc"})), unknown])
            },
            json!([400, 400]),
            json!([404, 400]),
        ),
    ]
}

fn cancels_of_all() -> Vec<Case> {
    vec![
        case(
            "cancel-all-forgets-one",
            after_cancel_all,
            json!(["TERMINATED CANCELED", "TERMINATED CANCELED", "RUNNING"]),
            json!(["RUNNING", "TERMINATED CANCELED", "RUNNING"]),
        ),
        case(
            "cancel-all-jobs",
            after_cancel_all,
            json!(["TERMINATED CANCELED", "TERMINATED CANCELED", "RUNNING"]),
            json!(["TERMINATED CANCELED", "TERMINATED CANCELED", "TERMINATED CANCELED"]),
        ),
        case(
            "cancel-all-rewrites-ended",
            |trial| {
                let run_id = trial.run_of("/n", json!({"max_concurrent_runs": 0}));
                trial.pass(5);
                trial.tell(RunsCancelAll, json!({"job_id": 1}));
                trial.pass(5);
                trial.run(run_id)["end_time"].take()
            },
            json!(1_704_067_200_000_i64),
            json!(1_704_067_200_005_i64),
        ),
        case(
            "cancel-all-invalid-404",
            |trial| {
                let unknown = trial.status(RunsCancelAll, json!({"job_id": 5}));
                json!([trial.status(RunsCancelAll, json!({"job_id": "abc"})), unknown])
            },
            json!([400, 400]),
            json!([404, 400]),
        ),
    ]
}

fn outputs() -> Vec<Case> {
    vec![
        case(
            "output-and-error",
            |trial| {
                let skipped = trial.run_of("/n", json!({"max_concurrent_runs": 0}));
                let skipped = trial.tell(RunsGetOutput, json!({"run_id": skipped}));
                let ended = output(trial, "/jobdeck/exit/x");
                [skipped, ended]
                    .map(|output| ["notebook_output", "error"].map(|n| output.get(n).is_some()))
                    .map(|both| both == [true, true])
                    .into_iter()
                    .collect()
            },
            json!([false, false]),
            json!([true, true]),
        ),
        case(
            "output-metadata-stale",
            |trial| output(trial, "/n")["metadata"]["run_name"].take(),
            json!("a"),
            json!("(an old name)"),
        ),
        case(
            "output-cut",
            |trial| output(trial, "/jobdeck/exit/value")["notebook_output"]["result"].take(),
            json!("value"),
            json!("valu"),
        ),
        case(
            "output-beyond-1mb",
            |trial| {
                let path = format!("/jobdeck/exit/{}", "x".repeat(2 << 20));
                let shown = output(trial, &path)["notebook_output"].take();
                json!([shown["result"].as_str().unwrap().len(), shown["truncated"]])
            },
            json!([1 << 20, true]),
            json!([2 << 20, false]),
        ),
        case(
            "output-made-up",
            |trial| output(trial, "/n")["notebook_output"].take(),
            json!({}),
            json!({"result": "None"}),
        ),
        case(
            "output-invalid-404",
            |trial| {
                let unknown = trial.status(RunsGetOutput, json!({"run_id": 5}));
                json!([trial.status(RunsGetOutput, json!({"run_id": "abc"})), unknown])
            },
            json!([400, 400]),
            json!([404, 400]),
        ),
    ]
}

fn deletes() -> Vec<Case> {
    /// The status of the delete of a run, and its state afterwards.
    fn deleted(trial: &mut Trial, path: &str, limit: u64) -> Value {
        let run_id = trial.run_of(path, json!({"max_concurrent_runs": limit}));
        json!([trial.status(RunsDelete, json!({"run_id": run_id})), trial.state(run_id)])
    }
    vec![
        case(
            "delete-active-run",
            |trial| deleted(trial, SLOW, 1),
            json!([400, "PENDING"]),
            json!([200, "gone"]),
        ),
        case(
            "delete-active-cancels",
            |trial| deleted(trial, SLOW, 1),
            json!([400, "PENDING"]),
            json!([400, "TERMINATING"]),
        ),
        case(
            "delete-run-forgets",
            |trial| deleted(trial, "/n", 0),
            json!([200, "gone"]),
            json!([200, "SKIPPED"]),
        ),
    ]
}
