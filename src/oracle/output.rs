//! What a run leaves behind: the output of runs/get-output, and the views of runs/export.

use serde_json::{Map, Value};

use super::{
    Facts, Oracle, Tally, cut,
    facts::Run,
    history::{Ending, Entry},
    parameters,
    tally::Proof,
};
use crate::{contract::ResultState, json::Pointer};

const EXIT_VALUE: &str = "runs-get-output/lifecycle/exit-value";
const NO_EXIT: &str = "runs-get-output/lifecycle/no-exit-empty";
const TRUNCATED: &str = "runs-get-output/limit/truncated-1mb";
const STABLE: &str = "runs-get-output/consistency/stable";
const ACTIVE: &str = "runs-get-output/error/active-run";
const NON_NOTEBOOK: &str = "runs-get-output/error/non-notebook";
const EXPORT_NON_NOTEBOOK: &str = "runs-export/error/non-notebook";
const EXPORT_DEFAULT: &str = "runs-export/schema/default-code";
const EXPORT_VIEWS: &str = "runs-export/schema/views-enum";
const EXPORT_TYPE: &str = "runs-export/schema/view-type-enum";
const EXPORT_NAME: &str = "runs-export/consistency/name-is-notebook";
const EXPORT_HTML: &str = "runs-export/schema/html";
const EXPORT_ALL: &str = "runs-export/consistency/all-superset";

/// The longest value that is given back, in bytes (document, line 1131).
const VALUE_BYTES_MAX: usize = 1024 * 1024;

pub(super) const ORACLE: Oracle = Oracle {
    rules: || {
        let own = vec![
            EXIT_VALUE,
            NO_EXIT,
            TRUNCATED,
            STABLE,
            ACTIVE,
            NON_NOTEBOOK,
            EXPORT_NON_NOTEBOOK,
            EXPORT_DEFAULT,
            EXPORT_VIEWS,
            EXPORT_TYPE,
            EXPORT_NAME,
            EXPORT_HTML,
            EXPORT_ALL,
        ];
        [own, parameters::RULES.to_vec()].concat()
    },
    judge,
};

fn judge(facts: &Facts<'_>, tally: &mut Tally) {
    for run in facts.runs.values() {
        for output in &run.outputs {
            if let Some(Value::Object(shown)) = output.done() {
                active(run, output, shown, tally);
                returned(facts, run, output, shown, tally);
            }
        }
        stable(run, tally);
        exports(facts, run, tally);
    }
}

/// The task of a run as it is shown.
fn task<'h>(run: &Run<'h>, name: &str) -> Option<&'h Map<String, Value>> {
    run.sights.iter().find_map(|sight| sight.run.get("task")?.get(name)?.as_object())
}

/// Whether the run is known to be of another task than a notebook.
fn is_no_notebook(run: &Run<'_>) -> bool {
    let known = run.sights.iter().find_map(|sight| sight.run.get("task")?.as_object());
    known.is_some_and(|task| !task.is_empty() && !task.contains_key("notebook_task"))
}

fn result(shown: &Map<String, Value>) -> Option<&str> {
    shown.get("notebook_output")?.get("result")?.as_str()
}

/// A run that goes on has no result yet.
fn active(run: &Run<'_>, output: &Entry, shown: &Map<String, Value>, tally: &mut Tally) {
    if run.active_around(output).is_some() {
        tally.judge(ACTIVE, result(shown).is_none(), || {
            Proof::new(&[output])
                .at(Pointer::root().join("notebook_output").join("result"))
                .expected("no result of a run that is active")
                .got(cut(result(shown).unwrap_or_default()))
        });
    }
}

/// What the notebook returned.
fn returned(
    facts: &Facts<'_>,
    run: &Run<'_>,
    output: &Entry,
    shown: &Map<String, Value>,
    tally: &mut Tally,
) {
    let Some(ended) = run.ended_before(output) else { return };
    let found = result(shown);
    if is_no_notebook(run) {
        tally.judge(NON_NOTEBOOK, found.is_none(), || {
            Proof::new(&[output])
                .expected("no result: the task is no notebook")
                .got(output.outcome())
        });
    }
    let (Some(known), Some(ResultState::Success), Some(start)) =
        (facts.known_task(run), ended.result, run.started())
    else {
        return;
    };
    let evidence = [start, output];
    let at = Pointer::root().join("notebook_output").join("result");
    let proof = |expected: String, got: Option<&str>| {
        let got = got.map_or("nothing".to_owned(), |got| format!("{:?}", cut(got)));
        Proof::new(&evidence).at(at.clone()).expected(expected).got(got)
    };
    match &known.ending {
        Ending::Returns(text) => {
            long(&evidence, text, shown, tally);
            if text.len() <= VALUE_BYTES_MAX {
                tally.judge(EXIT_VALUE, found == Some(text), || {
                    proof(format!("{:?}", cut(text)), found)
                });
            }
        }
        Ending::Succeeds if task(run, "notebook_task").is_some() => {
            let empty = found.is_none_or(str::is_empty) && !shown.contains_key("error");
            tally.judge(NO_EXIT, empty, || {
                proof("nothing: the notebook returns nothing".to_owned(), found)
            });
        }
        Ending::ReturnsParameters(defaults) => {
            parameters::judge(facts, run, defaults, &evidence, found, tally);
        }
        Ending::Succeeds | Ending::Fails | Ending::Overflows | Ending::Stays(_) => {}
    }
}

/// Only the first megabyte of a value is given back, and that is told.
fn long(evidence: &[&Entry], text: &str, shown: &Map<String, Value>, tally: &mut Tally) {
    let found = result(shown).unwrap_or_default();
    let truncated = shown.get("notebook_output").and_then(|output| output.get("truncated"));
    let truncated = truncated.and_then(Value::as_bool).unwrap_or(false);
    let is_long = text.len() > VALUE_BYTES_MAX;
    let holds = truncated == is_long
        && (!is_long || (found.len() <= VALUE_BYTES_MAX && text.starts_with(found)));
    tally.judge(TRUNCATED, holds, || {
        let expected = if is_long {
            format!("the first {VALUE_BYTES_MAX} bytes of {}, and truncated: true", text.len())
        } else {
            "the whole value, and truncated: false".to_owned()
        };
        let got = format!("{} bytes, and truncated: {truncated}", found.len());
        Proof::new(evidence).at(Pointer::root().join("notebook_output")).expected(expected).got(got)
    });
}

fn stable(run: &Run<'_>, tally: &mut Tally) {
    let ended = |output: &&&Entry| run.ended_before(output).is_some();
    let outputs: Vec<_> = run.outputs.iter().filter(ended).collect();
    for pair in outputs.windows(2) {
        if let (Some(one), Some(other)) = (pair[0].done(), pair[1].done()) {
            tally.judge(STABLE, one == other, || {
                Proof::new(&[pair[0], pair[1]])
                    .expected("the same output of a run that has ended")
                    .got(pair[1].outcome())
            });
        }
    }
}

/// The views of an export, as type and content.
fn views(export: &Entry) -> Option<Vec<(&str, &str, &str)>> {
    let views = export.done()?.get("views").and_then(Value::as_array);
    views.into_iter().flatten().map(seen).collect()
}

fn seen(view: &Value) -> Option<(&str, &str, &str)> {
    let text = |name: &str| view.get(name)?.as_str();
    Some((text("type")?, text("name")?, text("content")?))
}

fn exports(facts: &Facts<'_>, run: &Run<'_>, tally: &mut Tally) {
    for export in &run.exports {
        if run.ended_before(export).is_none() || run.may_be_removed_at(facts.job_of(run), export) {
            continue;
        }
        if is_no_notebook(run) && (export.done().is_some() || export.is_refused()) {
            tally.judge(EXPORT_NON_NOTEBOOK, export.is_refused(), || {
                Proof::new(&[export])
                    .expected("a refusal (4xx): the task is no notebook")
                    .got(export.outcome())
            });
        }
        let Some(shown) = views(export) else { continue };
        let asked = export.text("views_to_export").unwrap_or("CODE");
        let at = |index: usize, name: &str| {
            Proof::new(&[export]).at(Pointer::root().join("views").join(index).join(name))
        };
        let path = task(run, "notebook_task").and_then(|task| task.get("notebook_path")?.as_str());
        let notebook = path.and_then(|path| path.rsplit('/').next());
        for (index, (kind, name, content)) in shown.iter().enumerate() {
            if asked == "CODE" {
                tally.judge(EXPORT_TYPE, *kind == "NOTEBOOK", || {
                    at(index, "type").expected("NOTEBOOK, as CODE asks for").got(*kind)
                });
            }
            if let (Some(notebook), "NOTEBOOK") = (notebook, *kind) {
                tally.judge(EXPORT_NAME, *name == notebook, || {
                    at(index, "name").expected(format!("{notebook:?}")).got(format!("{name:?}"))
                });
            }
            let html = content.trim_start().to_ascii_lowercase();
            let is_html = html.starts_with("<!doctype html") || html.starts_with("<html");
            tally.judge(EXPORT_HTML, is_html, || {
                at(index, "content").expected("HTML").got(cut(content))
            });
        }
    }
    compared(run, tally);
}

/// What the choices of views have to do with each other.
fn compared(run: &Run<'_>, tally: &mut Tally) {
    let ended = |export: &&&Entry| run.ended_before(export).is_some();
    let asking = |choice: Option<&str>| {
        let mut all = run.exports.iter().filter(ended);
        all.find(|export| export.text("views_to_export") == choice && export.done().is_some())
    };
    if let (Some(default), Some(code)) = (asking(None), asking(Some("CODE"))) {
        // What stands in a view may be made anew each time.
        let named = |export: &Entry| -> Vec<(String, String)> {
            let shown = views(export).unwrap_or_default();
            shown.iter().map(|(kind, name, _)| ((*kind).to_owned(), (*name).to_owned())).collect()
        };
        tally.judge(EXPORT_DEFAULT, named(default) == named(code), || {
            let shown = views(default).unwrap_or_default();
            let kinds: Vec<_> = shown.iter().map(|(kind, ..)| *kind).collect();
            Proof::new(&[code, default])
                .at(Pointer::root().join("views"))
                .expected("the same views as CODE gives")
                .got(kinds.join(", "))
        });
    }
    let count = |export: &Entry| views(export).map_or(0, |views| views.len());
    if let (Some(code), Some(dashboards), Some(all)) =
        (asking(Some("CODE")), asking(Some("DASHBOARDS")), asking(Some("ALL")))
    {
        tally.judge(EXPORT_ALL, count(all) >= count(code) + count(dashboards), || {
            Proof::new(&[code, dashboards, all])
                .at(Pointer::root().join("views"))
                .expected(format!("at least {} views", count(code) + count(dashboards)))
                .got(count(all).to_string())
        });
    }
    for choice in ["CODE", "DASHBOARDS", "ALL"] {
        if asking(Some(choice)).is_some() {
            tally.held(EXPORT_VIEWS);
        }
    }
}
