//! What the settings of a job have to be after the writes that a server accepted.
//!
//! This is the judging side's own reading of the contract, made to be tolerant: what the document leaves
//! open is [`State::Open`], a value may be echoed in any form that means the same, and what a server adds
//! of its own is no difference.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    contract::{DefaultValue, Field, Shape, Structure, structures::JOB_SETTINGS},
    json::{Pointer, Whole, whole},
};

/// Settings of which a job has one: what becomes of the others when an update sets one, the document does
/// not say.
const ALTERNATIVES: [&[&str]; 2] = [
    &["existing_cluster_id", "new_cluster"],
    &[
        "notebook_task",
        "spark_jar_task",
        "spark_python_task",
        "spark_submit_task",
        "pipeline_task",
        "run_job_task",
    ],
];
/// A list whose entries have no key: whether an update replaces it or adds to it, the document does not say.
const KEYLESS_LIST: &str = "libraries";

/// The settings of a job, as far as the contract says what they are.
#[derive(Clone, Debug)]
pub struct Settings {
    fields: BTreeMap<&'static str, Setting>,
}

/// One setting.
#[derive(Clone, Debug)]
pub struct Setting {
    /// What it is.
    pub state: State,
    /// The last write that said so.
    pub by: Write,
    /// What it was before that write, if it was set.
    pub before: Option<Value>,
    /// Whether an update came later that did not name it.
    pub outlived_update: bool,
}

/// What a setting is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// What some client set.
    Set(Value),
    /// Nothing: absent, or its default.
    Unset,
    /// The document does not say.
    Open,
}

/// The writes that change settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Write {
    /// jobs/create.
    Create,
    /// jobs/reset.
    Reset,
    /// jobs/update.
    Update,
}

impl Settings {
    /// The settings of a job that was created with these.
    pub fn created(sent: &Map<String, Value>) -> Self {
        let field = |field: &'static Field| (field.name, Setting::new(sent, field, Write::Create));
        Self { fields: documented(&JOB_SETTINGS).map(field).collect() }
    }

    /// All settings are replaced by these.
    pub fn reset(&mut self, sent: &Map<String, Value>) {
        for field in documented(&JOB_SETTINGS) {
            let before = self.fields.remove(field.name).and_then(Setting::into_value);
            let setting = Setting { before, ..Setting::new(sent, field, Write::Reset) };
            self.fields.insert(field.name, setting);
        }
    }

    /// The settings of these names are removed, and these ones set. A path into a setting removes nothing.
    pub fn update(&mut self, set: &Map<String, Value>, removed: &[&str]) {
        for field in documented(&JOB_SETTINGS) {
            let name = field.name;
            let (is_set, is_removed) = (set.contains_key(name), removed.contains(&name));
            let Some(setting) = self.fields.get_mut(name) else { continue };
            if !is_set && !is_removed {
                setting.outlived_update = true;
                let rival = |name: &&&[&str]| {
                    name.contains(&field.name) && name.iter().any(|one| set.contains_key(*one))
                };
                if ALTERNATIVES.iter().any(|group| rival(&group)) {
                    setting.state = State::Open;
                }
                continue;
            }
            let before = setting.value().cloned();
            let appends = name == KEYLESS_LIST && before.as_ref().is_some_and(|b| !is_empty(b));
            let mut new = Setting { before, ..Setting::new(set, field, Write::Update) };
            if is_set && (is_removed || appends) {
                new.state = State::Open;
            }
            *setting = new;
        }
    }

    /// A setting by its name.
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.fields.get(name)
    }

    /// A setting that is a whole number; the default where nobody set it, none where it is open.
    pub fn integer(&self, name: &str) -> Option<i64> {
        match &self.get(name)?.state {
            State::Set(value) => integer(value),
            State::Unset => match JOB_SETTINGS.field(name)?.default {
                Some(DefaultValue::Integer(default)) => Some(default),
                _ => None,
            },
            State::Open => None,
        }
    }

    /// A setting that is `true` or `false`; `false` where nobody set it, none where it is open.
    pub fn flag(&self, name: &str) -> Option<bool> {
        match &self.get(name)?.state {
            State::Set(value) => value.as_bool(),
            State::Unset => Some(false),
            State::Open => None,
        }
    }

    /// A setting that was set.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.get(name).and_then(Setting::value)
    }
}

impl Setting {
    fn new(sent: &Map<String, Value>, field: &Field, by: Write) -> Self {
        let state = match sent.get(field.name) {
            Some(value) if !value.is_null() => State::Set(value.clone()),
            _ => State::Unset,
        };
        Self { state, by, before: None, outlived_update: false }
    }

    fn value(&self) -> Option<&Value> {
        match &self.state {
            State::Set(value) => Some(value),
            State::Unset | State::Open => None,
        }
    }

    fn into_value(self) -> Option<Value> {
        match self.state {
            State::Set(value) => Some(value),
            State::Unset | State::Open => None,
        }
    }
}

fn documented(structure: &'static Structure) -> impl Iterator<Item = &'static Field> {
    structure.fields.iter().filter(|field| field.is_documented())
}

/// Where what is shown does not mean what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The place, from the value on.
    pub pointer: Pointer,
    /// What was sent.
    pub sent: Value,
    /// What is shown, if anything.
    pub shown: Option<Value>,
}

/// The first place at which a value of this field, as it is shown, does not mean what was sent.
pub fn gap(field: &Field, sent: &Value, shown: Option<&Value>) -> Option<Gap> {
    let fields = Compared { shape: &field.shape, default: field.default };
    fields.gap(sent, shown, &Pointer::root())
}

/// Whether a value says no more than an absent one.
pub fn is_nothing(field: &Field, shown: Option<&Value>) -> bool {
    shown.is_none_or(|shown| says_nothing(&field.shape, field.default, shown))
}

/// The first field within an object that a write did not send, that was there before it, and still is.
pub fn leftover(field: &Field, before: &Value, sent: &Value, shown: &Value) -> Option<Pointer> {
    let (structure, before) = (field.shape.structure()?, before.as_object()?);
    let (sent, shown) = (sent.as_object()?, shown.as_object()?);
    documented(structure).find_map(|field| {
        let (old, now) = (before.get(field.name)?, shown.get(field.name)?);
        let at = Pointer::root().join(field.name);
        if let Some(new) = sent.get(field.name) {
            return leftover(field, old, new, now).map(|within| at.join_all(&within));
        }
        let stays = !is_nothing(field, Some(old)) && gap(field, old, Some(now)).is_none();
        (stays && !is_implied(field, now, shown)).then_some(at)
    })
}

/// Whether a field holds what it holds by default because of another: a driver is of the type of the workers,
/// unless it is told to be of another (document, line 1108).
fn is_implied(field: &Field, value: &Value, among: &Map<String, Value>) -> bool {
    field.name == "driver_node_type_id" && among.get("node_type_id") == Some(value)
}

/// The first place at which two views of the same thing do not mean the same, by its documented fields. What
/// stands in one only has to say nothing.
pub fn difference(
    structure: &'static Structure,
    one: &Map<String, Value>,
    other: &Map<String, Value>,
) -> Option<Gap> {
    documented(structure).find_map(|field| {
        let at = Pointer::root().join(field.name);
        let fields = Compared { shape: &field.shape, default: field.default };
        match (one.get(field.name), other.get(field.name)) {
            (Some(Value::Object(one)), Some(Value::Object(other)))
                if field.shape.structure().is_some() =>
            {
                let gap = difference(field.shape.structure()?, one, other)?;
                Some(Gap { pointer: at.join_all(&gap.pointer), ..gap })
            }
            (Some(one), other) => fields.gap(one, other, &at),
            (None, Some(other)) if !is_nothing(field, Some(other)) => {
                Some(Gap { pointer: at, sent: Value::Null, shown: Some(other.clone()) })
            }
            (None, _) => None,
        }
    })
}

/// A place with what is known of it.
struct Compared<'s> {
    shape: &'s Shape,
    default: Option<DefaultValue>,
}

impl Compared<'_> {
    fn gap(&self, sent: &Value, shown: Option<&Value>, at: &Pointer) -> Option<Gap> {
        let differ =
            || Some(Gap { pointer: at.clone(), sent: sent.clone(), shown: shown.cloned() });
        let Some(shown) = shown.filter(|shown| !shown.is_null()) else {
            return if says_nothing(self.shape, self.default, sent) { None } else { differ() };
        };
        match (self.shape, sent, shown) {
            (
                Shape::Structure(structure) | Shape::Patch(structure),
                Value::Object(sent),
                Value::Object(shown),
            ) => documented(structure).find_map(|field| {
                let sent = sent.get(field.name)?;
                let field_of = Compared { shape: &field.shape, default: field.default };
                field_of.gap(sent, shown.get(field.name), &at.join(field.name))
            }),
            (Shape::List(inner), Value::Array(sent), Value::Array(shown))
                if sent.len() == shown.len() =>
            {
                let entry = Compared { shape: inner, default: None };
                let pairs = sent.iter().zip(shown).enumerate();
                pairs.into_iter().find_map(|(index, (sent, shown))| {
                    entry.gap(sent, Some(shown), &at.join(index))
                })
            }
            (Shape::Map(_), Value::Object(sent), Value::Object(shown))
                if sent.len() == shown.len() =>
            {
                sent.iter().find_map(|(key, sent)| {
                    let shown = shown.get(key);
                    let same = shown.is_some_and(|shown| same_text(sent, shown));
                    (!same).then(|| Gap {
                        pointer: at.join(key),
                        sent: sent.clone(),
                        shown: shown.cloned(),
                    })
                })
            }
            (_, sent, shown) => {
                if same_scalar(sent, shown) {
                    None
                } else {
                    differ()
                }
            }
        }
    }
}

fn same_scalar(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => match (whole(one), whole(other)) {
            (Whole::Within(one), Whole::Within(other)) => one == other,
            // The same number can be written in two ways; the document shows no third.
            _ => one.as_f64() == other.as_f64(),
        },
        _ => one == other,
    }
}

/// The values of a map may be echoed as text.
fn same_text(one: &Value, other: &Value) -> bool {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    same_scalar(one, other) || text(one) == text(other)
}

fn says_nothing(shape: &Shape, default: Option<DefaultValue>, value: &Value) -> bool {
    if default.is_some_and(|default| is_default(default, value)) || value.is_null() {
        return true;
    }
    match (shape, value) {
        (Shape::Boolean, Value::Bool(flag)) => !flag,
        (Shape::List(_), Value::Array(items)) => items.is_empty(),
        (Shape::Map(_), Value::Object(map)) => map.is_empty(),
        (Shape::Structure(structure) | Shape::Patch(structure), Value::Object(map)) => {
            map.iter().all(|(name, value)| {
                let field = structure.field(name);
                field.is_none_or(|field| says_nothing(&field.shape, field.default, value))
            })
        }
        _ => false,
    }
}

fn is_default(default: DefaultValue, value: &Value) -> bool {
    match default {
        DefaultValue::Boolean(flag) => value.as_bool() == Some(flag),
        DefaultValue::Integer(number) => integer(value) == Some(number),
        DefaultValue::String(text) => value.as_str() == Some(text),
        DefaultValue::EmptyList => value.as_array().is_some_and(Vec::is_empty),
        DefaultValue::EmptyObject => value.as_object().is_some_and(Map::is_empty),
    }
}

fn integer(value: &Value) -> Option<i64> {
    match whole(value.as_number()?) {
        Whole::Within(number) => Some(number),
        Whole::Beyond | Whole::Broken => None,
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[track_caller]
    fn check_gap(name: &str, sent: &Value, shown: Option<&Value>, expected: Option<&str>) {
        let field = JOB_SETTINGS.field(name).unwrap();
        let found = gap(field, sent, shown);
        assert_eq!(found.map(|gap| gap.pointer.to_string()).as_deref(), expected);
    }

    #[test]
    fn a_value_may_be_shown_in_any_form_that_means_the_same() {
        check_gap("timeout_seconds", &json!(60), Some(&json!(60.0)), None);
        check_gap("timeout_seconds", &json!(0), None, None);
        check_gap("libraries", &json!([]), None, None);
        check_gap("email_notifications", &json!({"on_start": []}), Some(&json!({})), None);
        check_gap(
            "schedule",
            &json!({"quartz_cron_expression": "0 0 0 1 1 ?", "timezone_id": "UTC"}),
            Some(
                &json!({"quartz_cron_expression": "0 0 0 1 1 ?", "timezone_id": "UTC", "pause_status": "UNPAUSED", "more": 1}),
            ),
            None,
        );
        check_gap(
            "new_cluster",
            &json!({"spark_conf": {"a": true, "b": 1}}),
            Some(&json!({"spark_conf": {"b": "1", "a": "true"}})),
            None,
        );
    }

    #[test]
    fn what_does_not_mean_the_same_is_found_at_its_place() {
        check_gap("timeout_seconds", &json!(60), Some(&json!(61)), Some("/"));
        check_gap("timeout_seconds", &json!(60), None, Some("/"));
        check_gap("name", &json!("a"), Some(&json!("b")), Some("/"));
        check_gap(
            "libraries",
            &json!([{"jar": "dbfs:/a"}, {"pypi": {"package": "p"}}]),
            Some(&json!([{"jar": "dbfs:/a"}, {"pypi": {"package": "q"}}])),
            Some("/1/pypi/package"),
        );
        check_gap("libraries", &json!([{"jar": "dbfs:/a"}]), Some(&json!([])), Some("/"));
        check_gap(
            "new_cluster",
            &json!({"custom_tags": {"a": "1"}}),
            Some(&json!({"custom_tags": {"a": "1", "b": "2"}})),
            Some("/custom_tags"),
        );
    }

    #[test]
    fn defaults_and_empty_objects_say_nothing() {
        let nothing =
            |name: &str, shown: Value| is_nothing(JOB_SETTINGS.field(name).unwrap(), Some(&shown));
        assert!(nothing("name", json!("Untitled")) && !nothing("name", json!("")));
        assert!(nothing("max_concurrent_runs", json!(1)));
        assert!(!nothing("max_concurrent_runs", json!(0)));
        assert!(nothing("webhook_notifications", json!({"on_start": []})));
        assert!(nothing("notification_settings", json!({"alert_on_last_attempt": false})));
        assert!(!nothing("schedule", json!({"timezone_id": "UTC"})));
    }

    #[test]
    fn a_reset_takes_away_what_it_does_not_send() {
        let mut settings = Settings::created(&object(json!({"name": "a", "max_retries": 2})));
        settings.reset(&object(json!({"name": "b"})));
        let retries = settings.get("max_retries").unwrap();
        assert_eq!((&retries.state, retries.by), (&State::Unset, Write::Reset));
        assert_eq!(retries.before, Some(json!(2)));
        assert_eq!(settings.value("name"), Some(&json!("b")));
    }

    #[test]
    fn an_update_touches_what_it_names_and_opens_what_the_document_leaves_open() {
        let mut settings = Settings::created(&object(json!({
            "name": "a", "max_retries": 2, "timeout_seconds": 9, "new_cluster": {},
            "libraries": [{"jar": "dbfs:/a"}],
        })));
        settings.update(
            &object(json!({"timeout_seconds": 5, "existing_cluster_id": "c", "libraries": []})),
            &["max_retries", "name.first", "schedule"],
        );
        let state = |name: &str| settings.get(name).unwrap().state.clone();
        assert_eq!(state("name"), State::Set(json!("a")));
        assert!(settings.get("name").unwrap().outlived_update);
        assert_eq!(state("max_retries"), State::Unset);
        assert_eq!(state("timeout_seconds"), State::Set(json!(5)));
        assert_eq!(state("existing_cluster_id"), State::Set(json!("c")));
        assert_eq!(state("new_cluster"), State::Open);
        assert_eq!(state("libraries"), State::Open);
        assert_eq!(settings.integer("max_retries"), Some(0));
        assert_eq!(settings.integer("max_concurrent_runs"), Some(1));
    }

    #[test]
    fn a_driver_that_is_as_its_workers_is_not_left_over() {
        let field = JOB_SETTINGS.field("new_cluster").unwrap();
        let before = json!({"node_type_id": "a", "driver_node_type_id": "b"});
        let found = |workers: &str| {
            let sent = json!({"node_type_id": workers});
            let shown = json!({"node_type_id": workers, "driver_node_type_id": "b"});
            leftover(field, &before, &sent, &shown).map(|place| place.to_string())
        };
        assert_eq!(found("b"), None);
        assert_eq!(found("a").as_deref(), Some("/driver_node_type_id"));
    }

    #[test]
    fn what_an_object_kept_from_before_is_found() {
        let field = JOB_SETTINGS.field("email_notifications").unwrap();
        let before = json!({"on_start": ["a"], "on_failure": ["b"]});
        let sent = json!({"on_start": ["c"]});
        let found = |shown: Value| leftover(field, &before, &sent, &shown).map(|p| p.to_string());
        assert_eq!(found(json!({"on_start": ["c"]})), None);
        assert_eq!(found(json!({"on_start": ["c"], "on_failure": []})), None);
        let merged = json!({"on_start": ["c"], "on_failure": ["b"]});
        assert_eq!(found(merged).as_deref(), Some("/on_failure"));
    }
}
