//! What answers show, where the contract lets a server show more or less.

use serde_json::{Map, Value, json};

use super::Variant;
use crate::{
    contract::{
        Endpoint, LifeCycleState, Shape, Structure,
        structures::{JOB_SETTINGS, WEBHOOK_NOTIFICATIONS},
    },
    serve::{Workspace, answers, clock::millis, run::Stage},
};

/// What a sparse run shows only if it is neither 0 nor false.
const SPARE: [&str; 5] =
    ["attempt_number", "end_time", "setup_duration", "execution_duration", "cleanup_duration"];

impl Workspace {
    /// Changes what is different in a success of this endpoint.
    pub(super) fn show_as_variant(&self, variant: Variant, endpoint: Endpoint, answer: &mut Value) {
        for run in answers::runs(endpoint, answer) {
            match variant {
                Variant::Queued => self.queue(run),
                Variant::SparseRuns => thin_out(run),
                Variant::TextConf => write_conf(run.get_mut("cluster_spec")),
                _ => {}
            }
        }
        for job in answers::jobs(endpoint, answer) {
            match variant {
                Variant::PlainSettings => self.show_as_sent(job),
                Variant::FullSettings => fill_settings(job),
                Variant::TextConf => write_conf(job.get_mut("settings")),
                _ => {}
            }
        }
        let Value::Object(answer) = answer else { return };
        match (variant, endpoint) {
            (Variant::EmptyLists, Endpoint::List) => {
                answer.entry("jobs").or_insert(json!([]));
            }
            (Variant::EmptyLists, Endpoint::RunsList) => {
                answer.entry("runs").or_insert(json!([]));
            }
            (Variant::SparseRuns, Endpoint::RunsList) => drop_if(answer, "has_more", &json!(false)),
            _ => {}
        }
    }

    fn queue(&self, shown: &mut Map<String, Value>) {
        let run_id = shown.get("run_id").and_then(Value::as_i64).unwrap_or(0);
        let Ok(run) = self.state.runs.find(run_id) else { return };
        let until_ms = run.start_ms.saturating_add(millis(self.options.phases.pending_ms / 2));
        if run.stage == Stage::Pending && self.timeline.now_ms() < until_ms {
            shown["state"]["life_cycle_state"] = LifeCycleState::Queued.name().into();
        }
    }

    fn show_as_sent(&self, shown: &mut Map<String, Value>) {
        let job_id = shown.get("job_id").and_then(Value::as_i64).unwrap_or(0);
        if let Ok(job) = self.state.jobs.find(job_id) {
            shown.insert("settings".to_owned(), Value::Object((*job.settings).clone()));
        }
    }
}

fn thin_out(run: &mut Map<String, Value>) {
    for name in SPARE {
        drop_if(run, name, &json!(0));
    }
    for name in ["creator_user_name", "run_page_url"] {
        run.shift_remove(name);
    }
    if let Some(Value::Object(state)) = run.get_mut("state") {
        drop_if(state, "user_cancelled_or_timedout", &json!(false));
    }
}

fn drop_if(map: &mut Map<String, Value>, name: &str, unless: &Value) {
    if map.get(name) == Some(unless) {
        map.shift_remove(name);
    }
}

/// Makes text of what stands in the `spark_conf` of the cluster among these settings.
fn write_conf(settings: Option<&mut Value>) {
    let conf = settings.and_then(|settings| settings.get_mut("new_cluster")?.get_mut("spark_conf"));
    if let Some(Value::Object(conf)) = conf {
        for value in conf.values_mut() {
            if value.is_number() || value.is_boolean() {
                *value = value.to_string().into();
            }
        }
    }
}

fn fill_settings(job: &mut Map<String, Value>) {
    let Some(Value::Object(settings)) = job.get_mut("settings") else { return };
    // The document gives these no default as a whole.
    let nobody: Map<_, _> = WEBHOOK_NOTIFICATIONS
        .fields
        .iter()
        .map(|event| (event.name.to_owned(), json!([])))
        .collect();
    settings.entry("webhook_notifications").or_insert(nobody.into());
    settings.entry("notification_settings").or_insert(json!({
        "no_alert_for_skipped_runs": false,
        "no_alert_for_canceled_runs": false,
        "alert_on_last_attempt": false
    }));
    fill(&JOB_SETTINGS, settings);
}

/// Puts the default into the place of every absent field that has one.
fn fill(structure: &Structure, map: &mut Map<String, Value>) {
    for field in structure.fields.iter().filter(|field| field.is_documented()) {
        if let Some(default) = field.default {
            map.entry(field.name).or_insert_with(|| default.value());
        }
        if let (Shape::Structure(inner), Some(Value::Object(map))) =
            (&field.shape, map.get_mut(field.name))
        {
            fill(inner, map);
        }
    }
}
