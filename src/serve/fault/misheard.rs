//! Arguments as a faulty workspace hears them.

use serde_json::{Map, Value, json};

use super::Behaviour::{self, *};
use crate::{
    call::Call,
    contract::Endpoint::{self, *},
    json::canonical,
    serve::{Workspace, runs::Filter, settings},
};

/// How many characters of a token count where it is cut.
const TOKEN_CHARS_HEARD: usize = 48;
/// The timeout that a create gives: an hour.
const TIMEOUT_SECONDS: i64 = 3600;
const TOKEN: &str = "idempotency_token";
/// What a create drops.
const INTERVAL: &str = "min_retry_interval_millis";
/// What an update forgets.
const FORGOTTEN: [&str; 3] = ["timeout_seconds", "max_retries", INTERVAL];

impl Workspace {
    /// Changes arguments that are valid to those that a faulty workspace hears.
    pub(in crate::serve) fn mishear(&self, call: &mut Call) {
        for behaviour in self.behaviours() {
            mishear_a_name(behaviour, call.endpoint, &mut call.arguments);
            self.mishear_a_change(behaviour, call);
            if behaviour == WalkLosesRuns {
                self.mishear_an_offset(call);
            }
            if let Some((name, heard)) = misheard_value(behaviour, call) {
                call.arguments.insert(name.to_owned(), heard);
            }
        }
    }

    /// A part of a list is taken from behind the runs that came since the list was read from its beginning, and
    /// from as many runs further on as these are.
    fn mishear_an_offset(&self, call: &mut Call) {
        let offset = call.integer("offset").filter(|offset| *offset > 0);
        let (RunsList, Some(offset), Some(job_id)) =
            (call.endpoint, offset, call.integer("job_id"))
        else {
            return;
        };
        let of_job = Filter { job_id: Some(job_id), ..Filter::default() };
        let before = self.state.memory.walks.get(&job_id).copied();
        let came = before.map_or(0, |before| self.state.runs.count(of_job).saturating_sub(before));
        let skipped = i64::try_from(2 * came).unwrap_or(0);
        call.arguments.insert("offset".to_owned(), (offset + skipped).into());
    }

    /// Remembers how many runs a job had when a list of them was read from its beginning.
    pub(super) fn remember_walk(&mut self, call: &Call) {
        if let (RunsList, Some(job_id), None | Some(0)) =
            (call.endpoint, call.integer("job_id"), call.integer("offset"))
        {
            let of_job = Filter { job_id: Some(job_id), ..Filter::default() };
            let count = self.state.runs.count(of_job);
            self.state.memory.walks.insert(job_id, count);
        }
    }

    /// What a reset or update is taken to say, given what the job is like.
    fn mishear_a_change(&self, behaviour: Behaviour, call: &mut Call) {
        let Some(job) =
            call.integer("job_id").and_then(|id| self.state.jobs.saved.entries().get(&id))
        else {
            return;
        };
        let mut new = match call.arguments.get("new_settings") {
            Some(Value::Object(new)) => new.clone(),
            _ => Map::new(),
        };
        match (behaviour, call.endpoint) {
            (ResetMerges, Reset) => {
                new = settings::updated(&job.settings, &new, &[]).unwrap_or(new);
            }
            (UpdateMergesObjects, Update) => {
                for (name, value) in &mut new {
                    if let Some(old) = job.settings.get(name) {
                        let mut merged = old.clone();
                        merge(&mut merged, value);
                        *value = merged;
                    }
                }
            }
            (ResetForgetsEmails, Reset) => drop(new.shift_remove("email_notifications")),
            (RemovedNameIsEmpty, Update) => {
                let removed = call.arguments.get("fields_to_remove").and_then(Value::as_array);
                let goes = removed.is_some_and(|removed| removed.contains(&json!("name")));
                if goes && !new.contains_key("name") {
                    new.insert("name".to_owned(), json!(""));
                }
            }
            (UpdateForgetsOthers, Update) => {
                let forgotten = FORGOTTEN.into_iter().filter(|name| !new.contains_key(*name));
                let removed = call.arguments.entry("fields_to_remove").or_insert(json!([]));
                if let Value::Array(removed) = removed {
                    removed.extend(forgotten.map(Value::from));
                }
            }
            (UpdateRemovesNested, Update) => {
                let removed = call.arguments.get_mut("fields_to_remove");
                if let Some(Value::Array(removed)) = removed {
                    removed.retain(|path| {
                        let nested = path.as_str().and_then(|path| path.split_once(['.', '/']));
                        let Some((name, inner)) = nested else { return true };
                        let whole = new.get(name).or_else(|| job.settings.get(name)).cloned();
                        let Some(Value::Object(mut fields)) = whole else { return true };
                        fields.shift_remove(inner);
                        new.insert(name.to_owned(), fields.into());
                        false
                    });
                }
            }
            _ => return,
        }
        if !new.is_empty() {
            call.arguments.insert("new_settings".to_owned(), new.into());
        }
    }
}

/// One argument that is left out or made up.
fn mishear_a_name(behaviour: Behaviour, endpoint: Endpoint, arguments: &mut Map<String, Value>) {
    let ignored = match (behaviour, endpoint) {
        (CreateDropsSetting, Create) if arguments.get(INTERVAL) != Some(&json!(0)) => INTERVAL,
        (UpdateIgnoresRemoval, Update) => "fields_to_remove",
        (TokenIgnored, RunNow) | (SubmitTokenIgnored, RunsSubmit) => TOKEN,
        (SubmitNameLost, RunsSubmit) => "run_name",
        (SubmitWithoutLibraries, RunsSubmit) => "libraries",
        (ListIgnoresJob, RunsList) => "job_id",
        (ActiveShowsEnded, RunsList) => "active_only",
        (CompletedShowsActive, RunsList) => "completed_only",
        (ListIgnoresRunType, RunsList) => "run_type",
        (BothFlagsFalseIsActive, RunsList) if is_both_flags_false(arguments) => {
            arguments.insert("active_only".to_owned(), true.into());
            return;
        }
        (LimitZeroIsDefault, RunsList) if arguments.get("limit") == Some(&json!(0)) => "limit",
        _ => {
            let (name, value) = match (behaviour, endpoint) {
                (CreateWithoutDefaultName, Create) => ("name", json!("")),
                (CreateDefaultsTimeout, Create) => ("timeout_seconds", json!(TIMEOUT_SECONDS)),
                (CreateAddsLibrary, Create) => {
                    ("libraries", json!([{"pypi": {"package": "simplejson"}}]))
                }
                (CreateAddsRecipient, Create) => {
                    ("email_notifications", json!({"on_failure": ["someone@jobdeck.invalid"]}))
                }
                (CreateDefaultsRetries, Create) => ("max_retries", json!(1)),
                (CreateDefaultsRetryOnTimeout, Create) => ("retry_on_timeout", json!(true)),
                (CreateDefaultsSchedule, Create) => ("schedule", minutely()),
                (SubmitWithoutDefaultName, RunsSubmit) => ("run_name", json!("")),
                (DefaultLimit25, RunsList) => ("limit", json!(25)),
                (ExportAllByDefault, RunsExport) => ("views_to_export", json!("ALL")),
                _ => return,
            };
            arguments.entry(name).or_insert(value);
            return;
        }
    };
    arguments.shift_remove(ignored);
}

fn is_both_flags_false(arguments: &Map<String, Value>) -> bool {
    ["active_only", "completed_only"].iter().all(|flag| arguments.get(*flag) == Some(&json!(false)))
}

/// A schedule that fires every minute.
pub(super) fn minutely() -> Value {
    json!({"quartz_cron_expression": "0 * * * * ?", "timezone_id": "UTC"})
}

/// A number of runs/list, or a token, with what it is taken for.
fn misheard_value(behaviour: Behaviour, call: &Call) -> Option<(&'static str, Value)> {
    let number = |name: &str| call.integer(name).filter(|number| *number > 0);
    let token = || call.text(TOKEN).filter(|token| !token.is_empty());
    Some(match (behaviour, call.endpoint) {
        (LimitOneMore, RunsList) => ("limit", (number("limit")? + 1).into()),
        (OffsetOffByOne, RunsList) => ("offset", (number("offset")? + 1).into()),
        (LimitOneLess, RunsList) => {
            ("limit", (number("limit").filter(|limit| *limit > 1)? - 1).into())
        }
        (ExportAllIsCode, RunsExport) if call.text("views_to_export") == Some("ALL") => {
            ("views_to_export", "CODE".into())
        }
        (TokenByJob, RunNow) => {
            (TOKEN, format!("{} {}", call.integer("job_id").unwrap_or(0), token()?).into())
        }
        (TokenCut, RunNow) | (SubmitTokenCut, RunsSubmit) => {
            let heard: String = token()?.chars().take(TOKEN_CHARS_HEARD).collect();
            (TOKEN, heard.into())
        }
        (TokenByBody, RunNow) => {
            let mut others = call.arguments.clone();
            others.retain(|name, _| name != TOKEN && name != "job_id");
            (TOKEN, format!("{} {}", token()?, canonical(&Value::Object(others))).into())
        }
        _ => return None,
    })
}

/// Puts what is new over what is old, field by field at any depth.
fn merge(old: &mut Value, new: &Value) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            for (name, value) in new {
                merge(old.entry(name).or_insert(Value::Null), value);
            }
        }
        (old, new) => *old = new.clone(),
    }
}
