//! How runs, their lists, outputs and exports look, beside the cases of `runs`, `lists` and `ends`.

use super::*;

/// Two fields of the state of a run that was skipped, as a list shows it.
fn skipped_in_list(trial: &mut Trial) -> Value {
    trial.run_of("/n", json!({"max_concurrent_runs": 0}));
    trial.tell(RunsList, json!({}))["runs"][0]["state"]["life_cycle_state"].take()
}

/// A run that has ended.
fn ended(trial: &mut Trial, path: &str) -> i64 {
    let run_id = trial.run_of(path, json!({}));
    trial.pass(WHOLE_MS);
    run_id
}

/// A field of a pending run.
fn pending(trial: &mut Trial, name: &str) -> Value {
    let run_id = trial.run_of("/n", json!({"libraries": [{"jar": "dbfs:/a.jar"}]}));
    trial.run(run_id)[name].take()
}

/// A field of a run that has ended.
fn of_ended(trial: &mut Trial, name: &str) -> Value {
    let run_id = ended(trial, "/n");
    trial.run(run_id)[name].take()
}

pub(super) fn cases() -> Vec<Case> {
    [lists(), states(), fields(), stops(), outputs()].into_iter().flatten().collect()
}

fn lists() -> Vec<Case> {
    vec![
        case("life-cycle-missing", skipped_in_list, json!("SKIPPED"), Value::Null),
        case("skipped-spelled-otherwise", skipped_in_list, json!("SKIPPED"), json!("OMITTED")),
        case(
            "list-names-otherwise",
            |trial| {
                trial.run_of("/n", json!({}));
                trial.tell(RunsList, json!({}))["runs"][0]["run_name"].take()
            },
            json!("Untitled"),
            json!("(a run)"),
        ),
        case(
            "has-more-as-text",
            |trial| trial.tell(RunsList, json!({}))["has_more"].take(),
            json!(false),
            json!("false"),
        ),
        case(
            "limit-one-less",
            |trial| {
                trial.run_of("/n", json!({"max_concurrent_runs": 0}));
                trial.run_now(1);
                [1, 2].map(|limit| trial.listed(json!({"limit": limit})).len()).to_vec().into()
            },
            json!([1, 2]),
            json!([1, 1]),
        ),
        case(
            "offset-wraps",
            |trial| {
                trial.run_of("/n", json!({}));
                json!(trial.listed(json!({"offset": 1})))
            },
            json!([]),
            json!([1]),
        ),
        case(
            "both-flags-false-is-active",
            |trial| {
                trial.run_of("/n", json!({"max_concurrent_runs": 0}));
                json!(trial.listed(json!({"active_only": false, "completed_only": false})))
            },
            json!([1]),
            json!([]),
        ),
        case(
            "deleted-run-listed",
            |trial| {
                let run_id = trial.run_of("/n", json!({"max_concurrent_runs": 0}));
                trial.tell(RunsDelete, json!({"run_id": run_id}));
                json!(trial.listed(json!({})))
            },
            json!([]),
            json!([1]),
        ),
        case(
            "runs-kept-forever",
            |trial| {
                let run_id = ended(trial, "/n");
                trial.pass(60 * 24 * 60 * 60 * 1000);
                trial.state(run_id).into()
            },
            json!("gone"),
            json!("TERMINATED SUCCESS"),
        ),
    ]
}

fn states() -> Vec<Case> {
    vec![
        case(
            "failure-shows-skipped",
            |trial| {
                let run_id = ended(trial, "/jobdeck/fail");
                trial.state(run_id).into()
            },
            json!("TERMINATED FAILED"),
            json!("SKIPPED"),
        ),
        case(
            "message-as-number",
            |trial| pending(trial, "state")["state_message"].take(),
            json!("Waiting for the cluster"),
            json!(0),
        ),
        case(
            "cancelled-flag-false",
            |trial| {
                let run_id = trial.run_of(SLOW, json!({}));
                trial.tell(RunsCancel, json!({"run_id": run_id}));
                trial.run(run_id)["state"]["user_cancelled_or_timedout"].take()
            },
            json!(true),
            json!(false),
        ),
        case(
            "cancelled-result-flips",
            |trial| {
                let run_id = trial.run_of(SLOW, json!({}));
                trial.tell(RunsCancel, json!({"run_id": run_id}));
                trial.pass(WHOLE_MS);
                [(), ()].map(|()| Value::from(trial.state(run_id))).into_iter().collect()
            },
            json!(["TERMINATED CANCELED", "TERMINATED CANCELED"]),
            json!(["TERMINATED CANCELED", "TERMINATED SUCCESS"]),
        ),
        case(
            "retry-after-cancel",
            |trial| {
                let run_id = trial.run_of(SLOW, json!({"max_retries": 1}));
                trial.tell(RunsCancel, json!({"run_id": run_id}));
                trial.pass(WHOLE_MS);
                json!(trial.listed(json!({})))
            },
            json!([1]),
            json!([2, 1]),
        ),
    ]
}

fn fields() -> Vec<Case> {
    vec![
        case("run-without-id", |trial| pending(trial, "run_id"), json!(1_000_001), Value::Null),
        case(
            "creator-changes",
            |trial| {
                let run_id = trial.run_of("/n", json!({}));
                let [one, other] = [(), ()].map(|()| trial.run(run_id)["creator_user_name"].take());
                (one == other).into()
            },
            json!(true),
            json!(false),
        ),
        case(
            "cluster-spec-forgotten",
            |trial| of_ended(trial, "cluster_spec"),
            json!({"existing_cluster_id": "c"}),
            json!({}),
        ),
        case(
            "cluster-spec-without-libraries",
            |trial| pending(trial, "cluster_spec")["libraries"].take(),
            json!([{"jar": "dbfs:/a.jar"}]),
            Value::Null,
        ),
        case(
            "durations-too-long",
            |trial| of_ended(trial, "execution_duration"),
            json!(RUNNING_MS),
            json!(RUNNING_MS + 3_600_000),
        ),
        case(
            "setup-negative",
            |trial| of_ended(trial, "setup_duration"),
            json!(PENDING_MS),
            json!(-1),
        ),
        case(
            "run-duration-shown",
            |trial| of_ended(trial, "run_duration"),
            Value::Null,
            json!(1000),
        ),
        case(
            "trigger-spelled-otherwise",
            |trial| pending(trial, "trigger"),
            json!("ONE_TIME"),
            json!("MANUAL"),
        ),
        case(
            "run-type-spelled-otherwise",
            |trial| pending(trial, "run_type"),
            json!("JOB_RUN"),
            json!("JOB"),
        ),
        case(
            "run-page-relative",
            |trial| pending(trial, "run_page_url").as_str().map(|url| url.contains("://")).into(),
            json!(true),
            json!(false),
        ),
        case("attempts-from-one", |trial| pending(trial, "attempt_number"), json!(0), json!(1)),
    ]
}

fn stops() -> Vec<Case> {
    vec![
        case(
            "cancel-cancels-others",
            |trial| {
                let job_id = trial.job(SLOW, json!({"max_concurrent_runs": 2}));
                let [cancelled, other] = [trial.run_now(job_id), trial.run_now(job_id)];
                trial.tell(RunsCancel, json!({"run_id": cancelled}));
                trial.state(other).into()
            },
            json!("PENDING"),
            json!("TERMINATING"),
        ),
        case(
            "delete-run-hides-job",
            |trial| {
                let run_id = trial.run_of("/n", json!({"max_concurrent_runs": 0}));
                trial.tell(RunsDelete, json!({"run_id": run_id}));
                trial.status(Get, json!({"job_id": 1})).into()
            },
            json!(200),
            json!(400),
        ),
        case(
            "deleted-output-kept",
            |trial| {
                let run = json!({"run_id": ended(trial, "/jobdeck/exit/hello")});
                trial.tell(RunsDelete, run.clone());
                trial.tell(RunsGetOutput, run)["notebook_output"]["result"].take()
            },
            Value::Null,
            json!("hello"),
        ),
    ]
}

/// The output of a run that has ended.
fn output(trial: &mut Trial, path: &str) -> Value {
    let run_id = ended(trial, path);
    trial.tell(RunsGetOutput, json!({"run_id": run_id}))
}

/// The output of a task that is no notebook, without its run.
fn output_of_python(trial: &mut Trial) -> Value {
    let python = json!({
        "existing_cluster_id": "c", "spark_python_task": {"python_file": "dbfs:/n.py"}
    });
    let run_id = trial.tell(RunsSubmit, python)["run_id"].take();
    let mut output = trial.tell(RunsGetOutput, json!({"run_id": run_id}));
    output.as_object_mut().unwrap().shift_remove("metadata");
    output
}

/// The views of an export of everything.
fn views(trial: &mut Trial) -> Vec<Value> {
    let run_id = ended(trial, "/a/b");
    let all = json!({"run_id": run_id, "views_to_export": "ALL"});
    trial.tell(RunsExport, all)["views"].as_array().unwrap().clone()
}

fn outputs() -> Vec<Case> {
    vec![
        case(
            "output-without-metadata",
            |trial| output(trial, "/n").get("metadata").is_some().into(),
            json!(true),
            json!(false),
        ),
        case(
            "output-once",
            |trial| {
                output(trial, "/jobdeck/exit/hello");
                let again = json!({"run_id": 1_000_001});
                trial.tell(RunsGetOutput, again)["notebook_output"]["result"].take()
            },
            json!("hello"),
            Value::Null,
        ),
        case(
            "output-early",
            |trial| {
                let run_id = trial.run_of("/jobdeck/exit/hello", json!({}));
                let output = trial.tell(RunsGetOutput, json!({"run_id": run_id}));
                output["notebook_output"]["result"].clone()
            },
            Value::Null,
            json!("hello"),
        ),
        case(
            "output-error-as-object",
            output_of_python,
            json!({"error": "Only notebook tasks have an output."}),
            json!({"error": {"message": "Only notebook tasks have an output."}}),
        ),
        case(
            "output-of-any-task",
            output_of_python,
            json!({"error": "Only notebook tasks have an output."}),
            json!({"notebook_output": {"result": "None", "truncated": false}}),
        ),
        case("export-all-is-code", |trial| views(trial).len().into(), json!(2), json!(1)),
        case(
            "export-without-names",
            |trial| views(trial)[0]["name"].take(),
            json!("b"),
            Value::Null,
        ),
        case(
            "export-as-text",
            |trial| views(trial)[0]["content"].as_str().map(|page| page.contains("<html>")).into(),
            json!(true),
            json!(false),
        ),
    ]
}
