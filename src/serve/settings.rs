//! The settings of a job: kept as they came, shown with their defaults, merged by an update.

use serde_json::{Map, Value, json};

use crate::contract::{Shape, Structure};

/// A JSON object.
pub(super) type Object = Map<String, Value>;

/// The six kinds of task, of which a job has one.
pub(super) const TASKS: [&str; 6] = [
    "notebook_task",
    "spark_jar_task",
    "spark_python_task",
    "spark_submit_task",
    "pipeline_task",
    "run_job_task",
];

/// Settings of which a job has one: whoever sets one takes the others away.
const ALTERNATIVES: [&[&str]; 2] = [&["existing_cluster_id", "new_cluster"], &TASKS];

/// Lists whose entries have a name, with the field that holds it.
const KEYED_LISTS: [(&str, &str); 2] = [("tasks", "task_key"), ("job_clusters", "job_cluster_key")];

/// The fields of an object that the contract knows.
pub(super) fn known(structure: &Structure, object: &Object) -> Object {
    object
        .iter()
        .filter_map(|(name, value)| {
            let field = structure.field(name)?;
            Some((name.clone(), known_within(&field.shape, value)))
        })
        .collect()
}

fn known_within(shape: &Shape, value: &Value) -> Value {
    match (shape, value) {
        (Shape::Structure(inner) | Shape::Patch(inner), Value::Object(object)) => {
            known(inner, object).into()
        }
        (Shape::List(inner), Value::Array(items)) => {
            items.iter().map(|item| known_within(inner, item)).collect()
        }
        _ => value.clone(),
    }
}

/// The settings as the service shows them: with the defaults that it echoes.
pub(super) fn shown(settings: &Object) -> Object {
    let mut shown = settings.clone();
    let mut default = |name: &str, value: Value| {
        shown.entry(name).or_insert(value);
    };
    default("name", json!("Untitled"));
    default("email_notifications", json!({}));
    default("timeout_seconds", json!(0));
    default("max_concurrent_runs", json!(1));
    if settings.contains_key("max_retries") {
        default("min_retry_interval_millis", json!(0));
        default("retry_on_timeout", json!(false));
    }
    if let Some(Value::Object(schedule)) = shown.get_mut("schedule") {
        schedule.entry("pause_status").or_insert_with(|| json!("UNPAUSED"));
    }
    settle_driver(&mut shown);
    shown
}

/// Gives the driver of a new cluster the node type of its workers, unless it has one of its own or comes from a
/// pool (document, line 1108).
pub(super) fn settle_driver(settings: &mut Object) {
    let Some(Value::Object(cluster)) = settings.get_mut("new_cluster") else { return };
    let pools = ["instance_pool_id", "driver_instance_pool_id"];
    if pools.iter().any(|pool| cluster.contains_key(*pool)) {
        return;
    }
    if let Some(node_type) = cluster.get("node_type_id").cloned() {
        cluster.entry("driver_node_type_id").or_insert(node_type);
    }
}

/// The name of a job.
pub(super) fn name(settings: &Object) -> &str {
    settings.get("name").and_then(Value::as_str).unwrap_or("Untitled")
}

/// How many runs of a job may be active at once.
pub(super) fn max_concurrent_runs(settings: &Object) -> i64 {
    settings.get("max_concurrent_runs").and_then(Value::as_i64).unwrap_or(1)
}

/// Whether a run beyond a limit waits. The field came with later versions of the API, and no run waits
/// unless its job asks for it.
pub(super) fn queues(settings: &Object) -> bool {
    settings.get("queue").and_then(|queue| queue.get("enabled")) == Some(&Value::Bool(true))
}

/// After which time a run is stopped, in milliseconds; none if never.
pub(super) fn timeout_ms(settings: &Object) -> Option<i64> {
    let seconds = settings.get("timeout_seconds").and_then(Value::as_i64).unwrap_or(0);
    (seconds > 0).then(|| seconds.saturating_mul(1000))
}

/// Why a removal is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "Invalid value in fields_to_remove: {0}. Fields within a setting cannot be removed, but for entries \
     of tasks and job_clusters."
)]
pub(super) struct Nested(String);

/// The settings after an update (document, lines 320 to 325): first what is to be removed goes, then what
/// is set takes the place of what has the same name, and entries of a keyed list that of the entry with the
/// same key. Whether the result is valid is not looked at.
pub(super) fn updated(settings: &Object, set: &Object, remove: &[&str]) -> Result<Object, Nested> {
    let mut merged = settings.clone();
    for path in remove {
        take_away(&mut merged, path)?;
    }
    for alternatives in ALTERNATIVES {
        if alternatives.iter().any(|name| set.contains_key(*name)) {
            merged.retain(|name, _| !alternatives.contains(&name.as_str()));
        }
    }
    for (name, value) in set {
        let key = KEYED_LISTS.iter().find(|(list, _)| list == name).map(|(_, key)| *key);
        match (key, merged.get_mut(name), value) {
            (Some(key), Some(Value::Array(old)), Value::Array(new)) => merge_lists(old, new, key),
            _ => {
                merged.insert(name.clone(), value.clone());
            }
        }
    }
    Ok(merged)
}

fn take_away(settings: &mut Object, path: &str) -> Result<(), Nested> {
    let Some((list, entry)) = path.split_once('/') else {
        if path.contains('.') {
            return Err(Nested(path.to_owned()));
        }
        settings.shift_remove(path);
        return Ok(());
    };
    let Some((_, key)) = KEYED_LISTS.iter().find(|(name, _)| *name == list) else {
        return Err(Nested(path.to_owned()));
    };
    if let Some(Value::Array(entries)) = settings.get_mut(list) {
        entries.retain(|value| value.get(key).and_then(Value::as_str) != Some(entry));
    }
    Ok(())
}

fn merge_lists(old: &mut Vec<Value>, new: &[Value], key: &str) {
    for entry in new {
        let same = entry.get(key).and_then(|own| old.iter_mut().find(|o| o.get(key) == Some(own)));
        match same {
            Some(place) => *place = entry.clone(),
            None => old.push(entry.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::structures::JOB_SETTINGS;

    fn object(value: Value) -> Object {
        serde_json::from_value(value).unwrap()
    }

    #[track_caller]
    fn check(settings: Value, set: Value, remove: &[&str], expected: Value) {
        let merged = updated(&object(settings), &object(set), remove).map(Value::Object);
        assert_eq!(merged, Ok(expected));
    }

    #[test]
    fn an_update_replaces_whole_fields_and_leaves_the_others() {
        check(
            json!({"name": "a", "schedule": {"timezone_id": "UTC", "pause_status": "PAUSED"}}),
            json!({"schedule": {"timezone_id": "GMT"}}),
            &[],
            json!({"name": "a", "schedule": {"timezone_id": "GMT"}}),
        );
        check(
            json!({"libraries": [1, 2]}),
            json!({"libraries": [3]}),
            &[],
            json!({"libraries": [3]}),
        );
        check(json!({"name": "a"}), json!({}), &[], json!({"name": "a"}));
    }

    #[test]
    fn an_update_sets_one_of_the_alternatives_and_drops_the_others() {
        check(
            json!({"new_cluster": {}, "notebook_task": {}, "name": "a"}),
            json!({"existing_cluster_id": "c", "spark_jar_task": {}}),
            &[],
            json!({"name": "a", "existing_cluster_id": "c", "spark_jar_task": {}}),
        );
    }

    #[test]
    fn keyed_lists_are_merged_by_key() {
        check(
            json!({"tasks": [{"task_key": "a", "n": 1, "m": 1}, {"task_key": "b"}], "job_clusters": []}),
            json!({"tasks": [{"task_key": "c"}, {"task_key": "a", "n": 2}]}),
            &[],
            json!({
                "tasks": [{"task_key": "a", "n": 2}, {"task_key": "b"}, {"task_key": "c"}],
                "job_clusters": []
            }),
        );
    }

    #[test]
    fn fields_and_keyed_entries_are_removed() {
        check(
            json!({
                "name": "a", "libraries": [], "tasks": [{"task_key": "a"}, {"task_key": "b"}],
                "job_clusters": [{"job_cluster_key": "Default"}]
            }),
            json!({}),
            &["libraries", "schedule", "tasks/a", "job_clusters/Default", "tasks/none"],
            json!({"name": "a", "tasks": [{"task_key": "b"}], "job_clusters": []}),
        );
        check(json!({"name": "a"}), json!({"name": "b"}), &["name"], json!({"name": "b"}));
    }

    #[test]
    fn nothing_is_removed_from_within_a_setting() {
        let settings = object(json!({"schedule": {"pause_status": "PAUSED"}, "libraries": [1]}));
        for nested in ["schedule/pause_status", "schedule.pause_status", "libraries/0"] {
            let refused = updated(&settings, &Object::new(), &["libraries", nested]);
            assert_eq!(refused, Err(Nested(nested.to_owned())));
        }
    }

    #[test]
    fn what_the_contract_does_not_know_is_forgotten_at_any_depth() {
        let sent = json!({
            "name": "a", "email_notications": {}, "new_cluster": {"num_workers": 1, "nope": 1},
            "libraries": [{"jar": "dbfs:/a.jar", "nope": 1}]
        });
        let kept = json!({
            "name": "a", "new_cluster": {"num_workers": 1}, "libraries": [{"jar": "dbfs:/a.jar"}]
        });
        assert_eq!(Value::Object(known(&JOB_SETTINGS, &object(sent))), kept);
    }

    #[test]
    fn the_defaults_that_the_service_echoes_are_shown() {
        let bare = json!({
            "name": "Untitled", "email_notifications": {}, "timeout_seconds": 0,
            "max_concurrent_runs": 1
        });
        assert_eq!(Value::Object(shown(&Object::new())), bare);
        let settings = json!({
            "name": "a", "max_retries": 0, "max_concurrent_runs": 3, "timeout_seconds": 9,
            "email_notifications": {"on_start": ["a"]}, "schedule": {"timezone_id": "UTC"}
        });
        let mut expected = settings.clone();
        expected["min_retry_interval_millis"] = json!(0);
        expected["retry_on_timeout"] = json!(false);
        expected["schedule"]["pause_status"] = json!("UNPAUSED");
        assert_eq!(Value::Object(shown(&object(settings))), expected);
    }

    #[test]
    fn a_driver_is_of_the_type_of_its_workers_unless_somebody_says_otherwise() {
        let driver_of = |cluster: Value| {
            shown(&object(json!({"new_cluster": cluster})))["new_cluster"]
                .get("driver_node_type_id")
                .cloned()
        };
        assert_eq!(driver_of(json!({"node_type_id": "a"})), Some(json!("a")));
        let own = json!({"node_type_id": "a", "driver_node_type_id": "b"});
        assert_eq!(driver_of(own), Some(json!("b")));
        for pool in ["instance_pool_id", "driver_instance_pool_id"] {
            assert_eq!(driver_of(json!({"node_type_id": "a", pool: "p"})), None);
        }
    }
}
