//! Valid requests that were made up: with every documented field, and values that nobody would think of.

use proptest::strategy::{Strategy, ValueTree};
use serde_json::{Map, Value, json};

use super::{Aim, Going, Phase, Probe, Rules, Session, scenario};
use crate::{
    check::{chance, session::object},
    contract::{
        Endpoint::{self, Create, Reset, RunNow, RunsList, Update},
        rules::Need,
    },
    generate::{self, Known},
};

const ACCEPTED: &str = "settings/schema/every-field-accepted";
/// How many requests are made up for an endpoint.
const CASES: u32 = 24;

pub(super) const PROBES: &[Probe] = &[
    Probe {
        rules: Rules::Listed(&[
            ACCEPTED,
            "create/consistency/settings-echo",
            "reset/consistency/get-equals-new",
            "reset/consistency/full-replace",
            "update/consistency/unnamed-fields-kept",
        ]),
        ..scenario("settings that were made up", &[], &[Need::Cluster], settings)
    }
    .in_phase(Phase::Valid),
    scenario(
        "starts and lists that were made up",
        &[
            "run-now/consistency/overriding-parameters",
            "runs-list/consistency/job-filter",
            "runs-list/pagination/limit-at-most",
        ],
        &[Need::Cluster],
        starts,
    )
    .in_phase(Phase::Valid),
];

/// Arguments of an endpoint for one case of this check.
fn arguments(aim: &Aim<'_>, endpoint: Endpoint, known: &Known, case: u32) -> Map<String, Value> {
    let name = endpoint.signature().name;
    let mut runner = chance::runner(aim.seed, name, case);
    let tree = generate::arguments(endpoint, known).new_tree(&mut runner);
    tree.map(|tree| tree.current()).unwrap_or_default()
}

fn settings(session: &mut Session<'_, '_>, aim: &Aim<'_>) -> Going<()> {
    for case in 0..CASES {
        session.next_case();
        let known = Known::default();
        let created = dressed(session, arguments(aim, Create, &known, case));
        let made = if session.bench.is_harmless() {
            session.must(ACCEPTED, Create, created.into())?
        } else {
            session.call(Create, created.into())?
        };
        if !session.is_done(made) {
            continue;
        }
        let job = session.given(made, "job_id")?;
        session.get(job)?;
        let known = Known { job_ids: vec![job], run_ids: Vec::new() };
        for endpoint in [Reset, Update] {
            let mut sent = arguments(aim, endpoint, &known, case);
            if let Some(Value::Object(new)) = sent.get_mut("new_settings") {
                *new = dressed(session, std::mem::take(new));
                if endpoint == Update && !new.keys().any(|name| name.ends_with("_task")) {
                    // A cluster alone may contradict the task that stays.
                    new.retain(|name, _| {
                        !["new_cluster", "existing_cluster_id"].contains(&&**name)
                    });
                }
            }
            session.call(endpoint, sent.into())?;
            session.get(job)?;
        }
        session.call(Endpoint::List, json!({}))?;
        session.get(job)?;
        session.call(Endpoint::Delete, json!({"job_id": job}))?;
    }
    Ok(())
}

/// Settings that were made up, such that they start nothing, tell nobody, and name only what there is.
pub(super) fn dressed(
    session: &mut Session<'_, '_>,
    mut settings: Map<String, Value>,
) -> Map<String, Value> {
    if settings.contains_key("name") {
        settings.insert("name".to_owned(), session.name("made-up-é").into());
    }
    settings.insert("max_concurrent_runs".to_owned(), 0.into());
    if let Some(Value::Object(schedule)) = settings.get_mut("schedule") {
        schedule.insert("pause_status".to_owned(), "PAUSED".into());
    }
    if let Some(task) = settings.get_mut("run_job_task") {
        *task = json!({"job_id": 1});
    }
    if !session.bench.is_harmless() {
        let profile = session.profile();
        settings.remove("email_notifications");
        settings.remove("webhook_notifications");
        settings.remove("run_job_task");
        settings.remove("pipeline_task");
        let tasks = |settings: &Map<String, Value>| settings.keys().any(|n| n.ends_with("_task"));
        if !tasks(&settings) {
            settings.extend(profile.settings(None));
        }
        if let (Some(_), Some(own)) = (settings.get("new_cluster"), &profile.new_cluster) {
            settings.insert("new_cluster".to_owned(), own.clone().into());
        }
        if settings.contains_key("existing_cluster_id") || !settings.contains_key("new_cluster") {
            settings.remove("new_cluster");
            settings.extend(profile.cluster.clone());
        }
    }
    settings
}

fn starts(session: &mut Session<'_, '_>, aim: &Aim<'_>) -> Going<()> {
    let job = session.idle_job(json!({}))?;
    let known = Known { job_ids: vec![job], run_ids: Vec::new() };
    for case in 0..CASES {
        let mut sent = arguments(aim, RunNow, &known, case);
        if sent.contains_key("idempotency_token") {
            sent.insert("idempotency_token".to_owned(), session.name("token").into());
        }
        // Parameters are for the task that they are made for, and this job has a notebook.
        sent.retain(|name, _| {
            ["job_id", "idempotency_token", "notebook_params"].contains(&&**name)
        });
        let started = session.call(RunNow, sent.into())?;
        if session.is_done(started) {
            let run = session.given(started, "run_id")?;
            session.get_run(run)?;
        }
        let list = arguments(aim, RunsList, &known, case);
        session.call(RunsList, object(Value::Object(list)).into())?;
    }
    Ok(())
}
