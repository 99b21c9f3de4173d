//! What runs leave behind.

use serde_json::{Map, Value, json};

use super::{Aim, Going, Probe, Session, scenario};
use crate::{
    check::{chance, profile::Fragment},
    contract::{
        Endpoint::{RunsExport, RunsGetOutput},
        rules::Need,
    },
    oracle::{Ending, KnownTask},
};

pub(super) const PROBES: &[Probe] = &[
    scenario(
        "what a notebook returns",
        &["runs-get-output/lifecycle/exit-value", "runs-get-output/consistency/stable"],
        &[Need::Cluster, Need::ExitingTask],
        exit,
    )
    .computing(),
    scenario(
        "more than a notebook may return",
        &["runs-get-output/limit/truncated-1mb"],
        &[Need::Cluster, Need::ExitingTask],
        long_exit,
    )
    .computing(),
    scenario(
        "a notebook that returns nothing, and its views",
        &[
            "runs-get-output/lifecycle/no-exit-empty",
            "runs-export/schema/response",
            "runs-export/schema/default-code",
            "runs-export/schema/views-enum",
            "runs-export/schema/view-type-enum",
            "runs-export/consistency/name-is-notebook",
            "runs-export/schema/html",
            "runs-export/consistency/all-superset",
        ],
        &[Need::Cluster, Need::SucceedingTask],
        no_exit,
    )
    .computing(),
    scenario(
        "a run of another task than a notebook",
        &["runs-export/error/non-notebook", "runs-get-output/error/non-notebook"],
        &[Need::Cluster, Need::SucceedingTask],
        no_notebook,
    )
    .computing(),
    scenario(
        "the output of an active run",
        &["runs-get-output/error/active-run"],
        &[Need::Cluster, Need::SlowTask],
        active,
    )
    .computing(),
    scenario(
        "the parameters that a notebook sees",
        &[
            "run-now/lifecycle/notebook-params-merge",
            "run-now/lifecycle/base-params-used",
            "run-now/lifecycle/notebook-widget-default",
        ],
        &[Need::Cluster, Need::ExitingTask],
        parameters,
    )
    .computing(),
];

/// Submits a run of a task, and looks at its output when it has ended.
fn finished(session: &mut Session<'_, '_>, task: Option<&Fragment>) -> Going<i64> {
    let run = session.submit(task, json!({}))?;
    session.settle(run)?;
    session.call(RunsGetOutput, json!({"run_id": run}))?;
    Ok(run)
}

fn exit(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let run = finished(session, session.profile().task.exit.as_ref())?;
    session.call(RunsGetOutput, json!({"run_id": run}))?;
    Ok(())
}

/// The same task with another text in the place of the one that it returns; none if that stands nowhere.
fn returning(exit: &Fragment, text: &str) -> Option<Fragment> {
    let old = exit.text.as_deref().filter(|old| !old.is_empty())?;
    let whole = Value::Object(exit.settings.clone()).to_string();
    let settings: Map<String, Value> = serde_json::from_str(&whole.replace(old, text)).ok()?;
    let changed = settings != exit.settings;
    changed.then(|| Fragment { settings, text: Some(text.to_owned()), ..exit.clone() })
}

fn long_exit(session: &mut Session<'_, '_>, aim: &Aim<'_>) -> Going<()> {
    const RULE: &str = "runs-get-output/limit/truncated-1mb";
    let Some(exit) = &session.profile().task.exit else { return Ok(()) };
    let mib = 1024 * 1024;
    for length in [mib, mib + 1, 2 * mib] {
        let text = chance::text(aim.seed, "exit", length);
        let Some(long) = returning(exit, &text) else {
            let why = "the text that [task.exit] returns stands nowhere in its settings".to_owned();
            session.inconclusive.push((RULE, why));
            return Ok(());
        };
        session.know(KnownTask { task: long.settings.clone(), ending: Ending::Returns(text) });
        finished(session, Some(&long))?;
    }
    Ok(())
}

fn no_exit(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let run = finished(session, session.profile().task.ok.as_ref())?;
    for asked in [None, Some("CODE"), Some("DASHBOARDS"), Some("ALL")] {
        let mut arguments = json!({"run_id": run});
        if let Some(asked) = asked {
            arguments["views_to_export"] = json!(asked);
        }
        session.call(RunsExport, arguments)?;
    }
    Ok(())
}

fn no_notebook(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let Some(python) = &session.profile().task.python else { return Ok(()) };
    let run = finished(session, Some(python))?;
    session.call(RunsExport, json!({"run_id": run}))?;
    Ok(())
}

fn active(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let run = session.submit(session.profile().task.slow.as_ref(), json!({}))?;
    session.begun(run)?;
    session.call(RunsGetOutput, json!({"run_id": run}))?;
    session.get_run(run)?;
    Ok(())
}

fn parameters(session: &mut Session<'_, '_>, _: &Aim<'_>) -> Going<()> {
    let Some(task) = &session.profile().task.parameters else { return Ok(()) };
    let name = |at: usize| task.defaults.keys().nth(at).cloned();
    let (Some(first), Some(second)) = (name(0), name(1)) else { return Ok(()) };
    let mut with_base = task.clone();
    if let Some(Value::Object(notebook)) = with_base.settings.get_mut("notebook_task") {
        let base = json!({&*first: "of the job", "only-job": "of the job"});
        notebook.insert("base_parameters".to_owned(), base);
    }
    let job = session.job(Some(&with_base), json!({"max_concurrent_runs": 2}))?;
    let given = json!({&*first: "of the run", "only-run": "of the run"});
    for more in
        [json!({}), json!({"notebook_params": given}), json!({"notebook_params": {&*second: "x"}})]
    {
        let run = session.start_with(job, more)?;
        session.settle(run)?;
        session.call(RunsGetOutput, json!({"run_id": run}))?;
    }
    Ok(())
}
