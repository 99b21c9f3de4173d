//! What a run leaves behind: its output, and its views as HTML.

use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::{
    Workspace,
    listing::run_id,
    refusal::Refusal,
    run::{Run, Stage},
    script,
};
use crate::{
    call::Call,
    contract::{LifeCycleState, ResultState},
};

/// The longest value that a notebook can return; the rest is cut off (document, line 1131).
const RESULT_BYTES_MAX: usize = 1024 * 1024;
/// The longest that it can be as it stands in an answer, where some characters take more bytes than they have
/// (line 751).
const WRITTEN_BYTES_MAX: usize = 5 * 1024 * 1024;

impl Workspace {
    pub(super) fn get_output(&self, call: &Call) -> Result<Value, Refusal> {
        self.state.runs.find(run_id(call)).map(shown)
    }

    pub(super) fn export_run(&self, call: &Call) -> Result<Value, Refusal> {
        let run = self.state.runs.find(run_id(call))?;
        let path = notebook_path(run).ok_or_else(|| {
            Refusal::invalid(format!(
                "Run {} is no notebook run; only those can be exported.",
                run.id
            ))
        })?;
        let name = path.rsplit('/').next().unwrap_or_default();
        let code =
            || view("NOTEBOOK", name, &page(name, &[("Notebook", path)], &model(name, path)));
        let dashboard = || {
            let state = run.result().map_or(run.state().name(), ResultState::name);
            let title = format!("{name} dashboard");
            view("DASHBOARD", &title, &page(&title, &[("Notebook", path), ("State", state)], ""))
        };
        let views = match call.text("views_to_export") {
            Some("DASHBOARDS") => vec![dashboard()],
            Some("ALL") => vec![code(), dashboard()],
            _ => vec![code()],
        };
        Ok(json!({"views": views}))
    }
}

/// The output of a run as runs/get-output shows it.
pub(super) fn shown(run: &Run) -> Value {
    let mut answer = json!({"metadata": run.shown()});
    match output(run) {
        Output::None => {}
        Output::Notebook(value) => answer["notebook_output"] = value,
        Output::Error(message) => answer["error"] = message.into(),
    }
    answer
}

enum Output {
    /// Not known yet.
    None,
    /// What the notebook returned; an empty object if nothing.
    Notebook(Value),
    /// Why there is none.
    Error(&'static str),
}

fn output(run: &Run) -> Output {
    if notebook_path(run).is_none() {
        return Output::Error("Only notebook tasks have an output.");
    }
    let result = match run.stage {
        Stage::Queued { .. }
        | Stage::Pending
        | Stage::Running { .. }
        | Stage::Terminating { .. } => return Output::None,
        Stage::Skipped { .. } => return Output::Error("The run was skipped."),
        Stage::Terminated { result, .. } => result,
    };
    if run.state() == LifeCycleState::InternalError {
        return Output::Error("The run ended in an internal error.");
    }
    match (result, &run.assignment.script.output) {
        (ResultState::TimedOut, _) => Output::Error("The run was stopped at its timeout."),
        (ResultState::Canceled, _) => Output::Error("The run was cancelled."),
        (ResultState::Success | ResultState::Failed, None) => Output::Notebook(json!({})),
        (ResultState::Success | ResultState::Failed, Some(value)) => {
            let kept = as_written(script::cut(value, RESULT_BYTES_MAX), WRITTEN_BYTES_MAX);
            Output::Notebook(json!({"result": kept, "truncated": kept.len() < value.len()}))
        }
    }
}

/// The first characters of a text that take at most so many bytes within JSON.
fn as_written(text: &str, bytes_max: usize) -> &str {
    let mut written = 0;
    let beyond = text.char_indices().find(|(_, letter)| {
        written += match letter {
            '"' | '\\' | '\u{8}' | '\u{c}' | '\n' | '\r' | '\t' => 2,
            '\0'..' ' => 6,
            _ => letter.len_utf8(),
        };
        written > bytes_max
    });
    beyond.map_or(text, |(end, _)| &text[..end])
}

/// The path of the notebook that a run runs, if it runs one.
pub(super) fn notebook_path(run: &Run) -> Option<&str> {
    run.assignment.task.get("notebook_task")?.get("notebook_path")?.as_str()
}

fn view(view_type: &str, name: &str, content: &str) -> Value {
    json!({"content": content, "name": name, "type": view_type})
}

/// The notebook as a script, encoded as that of the service is (document, line 683): JSON, then percent-encoded,
/// then base64. It has one cell.
fn model(name: &str, path: &str) -> String {
    let cell = json!({
        "version": "CommandV1", "position": 1, "command": format!("# Simulated: {path}"),
        "results": null
    });
    let model = json!({
        "version": "NotebookV1", "name": name, "language": "python", "commands": [cell]
    });
    let encoded = utf8_percent_encode(&model.to_string(), NON_ALPHANUMERIC).to_string();
    let encoded = STANDARD.encode(encoded);
    format!("<script>var __DATABRICKS_NOTEBOOK_MODEL = '{encoded}';</script>\n")
}

/// A small page that says what there is to say: this workspace has no notebooks to show.
fn page(title: &str, rows: &[(&str, &str)], script: &str) -> String {
    let title = escaped(title);
    let rows = rows.iter().fold(String::new(), |text, (name, value)| {
        text + "<dt>" + name + "</dt><dd>" + &escaped(value) + "</dd>\n"
    });
    format!(
        "<!DOCTYPE html>\n<html>\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n<body>\n\
         <h1>{title}</h1>\n<p>Simulated by the jobdeck reference workspace.</p>\n<dl>\n{rows}</dl>\n\
         {script}</body>\n</html>\n"
    )
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut safe, c| {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            _ => safe.push(c),
        }
        safe
    })
}
