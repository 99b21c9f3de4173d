//! What runs leave behind.

use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::percent_decode;

use super::*;

/// The answer of get-output once the run of this notebook has ended, without its metadata.
#[track_caller]
fn check(path: &str, run_now: Value, expected: Value) {
    let mut desk = Desk::new();
    let parameters = json!({"base_parameters": {"a": "job", "b": "job"}, "notebook_path": path});
    let job_id = desk.job(path, json!({"notebook_task": parameters}));
    let mut arguments = run_now;
    arguments["job_id"] = job_id.into();
    let run_id = desk.ok(RunNow, arguments)["run_id"].as_i64().unwrap();
    for _ in 0..3 {
        let early = desk.ok(RunsGetOutput, json!({"run_id": run_id}));
        assert_eq!(early, json!({"metadata": desk.run(run_id)}), "nothing is known yet");
        desk.pass(PENDING_MS);
    }
    desk.pass(WHOLE_MS);
    let mut answer = desk.ok(RunsGetOutput, json!({"run_id": run_id}));
    assert_eq!(answer.as_object_mut().unwrap().remove("metadata"), Some(desk.run(run_id)));
    assert_eq!(answer, expected);
}

#[test]
fn a_notebook_returns_what_it_exits_with() {
    let result = |text: &str| json!({"notebook_output": {"result": text, "truncated": false}});
    check("/jobdeck/exit/all good", json!({}), result("all good"));
    check("/jobdeck/exit/", json!({}), result(""));
    check("/any", json!({}), json!({"notebook_output": {}}));
    check("/jobdeck/fail", json!({}), json!({"notebook_output": {}}));
    let error = json!({"error": "The run ended in an internal error."});
    check("/jobdeck/internal-error", json!({}), error);
    check(
        "/jobdeck/parameters/a=notebook&c=notebook",
        json!({"notebook_params": {"b": "run"}}),
        result(r#"{"a":"job","b":"run","c":"notebook"}"#),
    );
}

#[test]
fn a_long_value_is_truncated() {
    let text = "x".repeat(2 * 1024 * 1024);
    check(
        &format!("/jobdeck/exit/{text}"),
        json!({}),
        json!({"notebook_output": {"result": &text[..1024 * 1024], "truncated": true}}),
    );
}

#[test]
fn a_value_that_takes_much_to_write_is_truncated_further() {
    let mut desk = Desk::new();
    let job_id = desk.job(&format!("/jobdeck/exit/{}", "\u{1}".repeat(1024 * 1024)), json!({}));
    let run_id = desk.run_now(job_id);
    desk.pass(WHOLE_MS);
    let mut output = desk.ok(RunsGetOutput, json!({"run_id": run_id}))["notebook_output"].take();
    assert_eq!(output["truncated"], true);
    let written = output["result"].take().to_string();
    assert!(written.len() > 5 * 1024 * 1024 - 6, "{}", written.len());
    assert!(written.len() <= 5 * 1024 * 1024 + 2, "{}, with its quotes", written.len());
    assert!(written[1..].starts_with("\\u0001"));
}

#[test]
fn where_there_is_no_output_the_answer_says_why() {
    let mut desk = Desk::new();
    let skipping = desk.job("/n", json!({"max_concurrent_runs": 0}));
    let slow = desk.job("/jobdeck/sleep/100000", json!({"timeout_seconds": 5}));
    let python = json!({"notebook_task": null, "spark_python_task": {"python_file": "dbfs:/p"}});
    let python = desk.job("/n", python);
    for (job_id, cancel) in [(skipping, false), (slow, false), (slow, true), (python, false)] {
        let run_id = desk.run_now(job_id);
        if cancel {
            desk.ok(RunsCancel, json!({"run_id": run_id}));
        }
        desk.pass(10_000);
        let answer = desk.ok(RunsGetOutput, json!({"run_id": run_id}));
        assert!(answer["error"].is_string() && answer.get("notebook_output").is_none(), "{answer}");
    }
}

#[test]
fn a_notebook_run_is_exported_as_html() {
    let mut desk = Desk::new();
    let job_id = desk.job("/Users/<b>&\"me\"/note'book", json!({}));
    let run_id = desk.run_now(job_id);
    desk.pass(WHOLE_MS);
    let mut export = |views: Value| {
        let mut arguments = json!({"run_id": run_id});
        arguments.as_object_mut().unwrap().extend(views.as_object().unwrap().clone());
        desk.ok(RunsExport, arguments)["views"].as_array().unwrap().clone()
    };
    let code = export(json!({}));
    assert_eq!(code, export(json!({"views_to_export": "CODE"})));
    let dashboards = export(json!({"views_to_export": "DASHBOARDS"}));
    assert_eq!(
        export(json!({"views_to_export": "ALL"})),
        [code.clone(), dashboards.clone()].concat()
    );
    assert_eq!((&code[0]["type"], &code[0]["name"]), (&json!("NOTEBOOK"), &json!("note'book")));
    assert_eq!(dashboards[0]["type"], "DASHBOARD");
    assert!(dashboards[0]["content"].as_str().unwrap().contains("<dd>SUCCESS</dd>"));
    let content = code[0]["content"].as_str().unwrap();
    let (before, model) = content.split_once("var __DATABRICKS_NOTEBOOK_MODEL = '").unwrap();
    let (model, after) = model.split_once('\'').unwrap();
    let model = STANDARD.decode(model).unwrap();
    let model: Value = serde_json::from_slice(&percent_decode(&model).collect::<Vec<_>>()).unwrap();
    let expected = json!({
        "version": "NotebookV1", "name": "note'book", "language": "python",
        "commands": [{
            "version": "CommandV1", "position": 1, "results": null,
            "command": r#"# Simulated: /Users/<b>&"me"/note'book"#
        }]
    });
    assert_eq!(model, expected);
    insta::assert_snapshot!(format!("{before}...{after}"), @r#"
    <!DOCTYPE html>
    <html>
    <head><meta charset="utf-8"><title>note&#39;book</title></head>
    <body>
    <h1>note&#39;book</h1>
    <p>Simulated by the jobdeck reference workspace.</p>
    <dl>
    <dt>Notebook</dt><dd>/Users/&lt;b&gt;&amp;&quot;me&quot;/note&#39;book</dd>
    </dl>
    <script>...;</script>
    </body>
    </html>
    "#);
}

#[test]
fn only_notebook_runs_are_exported_and_only_known_views() {
    let mut desk = Desk::new();
    let python = json!({"notebook_task": null, "spark_python_task": {"python_file": "dbfs:/p"}});
    let python = desk.job("/n", python);
    let run_id = desk.run_now(python);
    desk.refused(RunsExport, json!({"run_id": run_id}));
    let notebook = desk.job("/n", json!({}));
    let run_id = desk.run_now(notebook);
    desk.refused(RunsExport, json!({"run_id": run_id, "views_to_export": "NOPE"}));
}
