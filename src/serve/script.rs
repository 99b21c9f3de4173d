//! What a simulated task does, as the path of its notebook or Python file says.
//! The paths stand in the description of [`serve`](super).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::settings::Object;
use crate::contract::ResultState;

/// The most that one cell of a notebook can write (document, line 1135).
const CELL_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// What a task does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Script {
    /// How long it takes, if it says so itself.
    pub(super) running_ms: Option<i64>,
    /// How it ends.
    pub(super) result: ResultState,
    /// Whether the service then fails at cleaning up behind it.
    #[serde(default)]
    pub(super) breaks_off: bool,
    /// What a notebook returns, if it does.
    pub(super) output: Option<String>,
    /// What there is to say about its end.
    pub(super) message: Cow<'static, str>,
}

const SUCCESS: Script = Script {
    running_ms: None,
    result: ResultState::Success,
    breaks_off: false,
    output: None,
    message: Cow::Borrowed(""),
};
const FAILURE: Script = Script {
    running_ms: None,
    result: ResultState::Failed,
    message: Cow::Borrowed("The task failed"),
    ..SUCCESS
};
const INTERNAL_ERROR: Script =
    Script { breaks_off: true, message: Cow::Borrowed("The service failed"), ..FAILURE };

/// What a task (its settings, such as `{"notebook_task": {…}}`) does with these parameters of a run-now.
pub(super) fn of(task: &Object, parameters: Option<&Object>) -> Script {
    let notebook = task.get("notebook_task");
    let path = match notebook {
        Some(notebook) => notebook.get("notebook_path"),
        None => task.get("spark_python_task").and_then(|python| python.get("python_file")),
    };
    let path = path.and_then(Value::as_str).unwrap_or_default();
    let path = path.strip_prefix("dbfs:").unwrap_or(path);
    let Some(words) = path.strip_prefix("/jobdeck/") else { return SUCCESS };
    let returns = |text: &str| Script { output: notebook.map(|_| text.to_owned()), ..SUCCESS };
    match words.split_once('/').unwrap_or((words, "")) {
        ("fail", "") => FAILURE,
        ("internal-error", "") => INTERNAL_ERROR,
        ("sleep", ms) => Script { running_ms: ms.parse().ok().filter(|ms| *ms >= 0), ..SUCCESS },
        ("exit", text) => returns(text),
        ("parameters", defaults) => {
            let base = notebook.and_then(|notebook| notebook.get("base_parameters"));
            let given = parameters.and_then(|parameters| parameters.get("notebook_params"));
            returns(&Value::Object(widgets(defaults, base, given)).to_string())
        }
        ("print", bytes) if notebook.is_some() && is_too_long(bytes) => {
            Script { message: "The output of a cell was too long".into(), ..FAILURE }
        }
        _ => SUCCESS,
    }
}

fn is_too_long(bytes: &str) -> bool {
    bytes.parse().is_ok_and(|bytes: u64| bytes > CELL_BYTES_MAX)
}

/// The parameters that a notebook sees: its own defaults, over them those of the job, over them those of
/// the run-now (document, lines 1142 to 1146).
fn widgets(defaults: &str, base: Option<&Value>, given: Option<&Value>) -> Object {
    let mut widgets: Object = form_urlencoded::parse(defaults.as_bytes())
        .map(|(name, value)| (name.into_owned(), value.into()))
        .collect();
    for parameters in [base, given].into_iter().flatten().filter_map(Value::as_object) {
        widgets.extend(parameters.clone());
    }
    widgets.sort_keys();
    widgets
}

/// The first bytes of a text, at most so many, whole characters only.
pub(super) fn cut(text: &str, bytes_max: usize) -> &str {
    let starts = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let end = starts.take_while(|at| *at <= bytes_max).last().unwrap_or(0);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(task: Value, parameters: Option<&Value>, expected: &Script) {
        let task: Object = serde_json::from_value(task).unwrap();
        assert_eq!(of(&task, parameters.and_then(Value::as_object)), *expected);
    }

    #[track_caller]
    fn check_path(path: &str, expected: &Script) {
        check(json!({"notebook_task": {"notebook_path": path}}), None, expected);
    }

    fn returning(text: &str) -> Script {
        Script { output: Some(text.to_owned()), ..SUCCESS }
    }

    #[test]
    fn the_path_says_what_happens() {
        check_path("/jobdeck/succeed", &SUCCESS);
        check_path("/Users/someone/fail", &SUCCESS);
        check_path("/jobdeck/fail", &FAILURE);
        check_path("/jobdeck/internal-error", &INTERNAL_ERROR);
        check_path("/jobdeck/sleep/7200000", &Script { running_ms: Some(7_200_000), ..SUCCESS });
        check_path("/jobdeck/sleep/soon", &SUCCESS);
        check_path("/jobdeck/sleep/-1", &SUCCESS);
        check_path("/jobdeck/exit/a/b c", &returning("a/b c"));
        check_path("/jobdeck/print/8388608", &SUCCESS);
        let long = Script { message: "The output of a cell was too long".into(), ..FAILURE };
        check_path("/jobdeck/print/8388609", &long);
    }

    #[test]
    fn a_python_file_does_the_same_but_returns_nothing() {
        for file in ["/jobdeck/fail", "dbfs:/jobdeck/fail"] {
            check(json!({"spark_python_task": {"python_file": file}}), None, &FAILURE);
        }
        check(json!({"spark_python_task": {"python_file": "/jobdeck/exit/x"}}), None, &SUCCESS);
        check(json!({"pipeline_task": {"pipeline_id": "/jobdeck/fail"}}), None, &SUCCESS);
    }

    #[test]
    fn parameters_of_a_run_win_over_those_of_the_job_and_those_over_defaults() {
        check(
            json!({"notebook_task": {
                "notebook_path": "/jobdeck/parameters/a=1&b=1&c=x+y",
                "base_parameters": {"b": "2", "d": "2", "a": "2"}
            }}),
            Some(&json!({"notebook_params": {"a": "3", "e": "3"}})),
            &returning(r#"{"a":"3","b":"2","c":"x y","d":"2","e":"3"}"#),
        );
        check_path("/jobdeck/parameters", &returning("{}"));
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("xéé", 5), "xéé");
        assert_eq!(cut("xéé", 4), "xé");
        assert_eq!(cut("é", 1), "");
    }
}
