//! What jobs/get and jobs/list show of a job's settings is what the accepted writes come to.

use serde_json::Value;

use super::{
    Facts, Oracle, Tally, cut,
    facts::{Job, JobSight, Quiet},
    history::Entry,
    tally::Proof,
};
use crate::{
    contract::{Endpoint, Field, structures::JOB_SETTINGS},
    json::Pointer,
    model::{self, Setting, State, Write},
};

const ECHO: &str = "create/consistency/settings-echo";
const EMAIL: &str = "settings/schema/email-fields";
const NOTIFICATIONS: &str = "settings/schema/notification-settings-echo";
const EMAIL_OMITTED: &str = "settings/consistency/email-omitted-is-empty";
const EQUALS_NEW: &str = "reset/consistency/get-equals-new";
const FULL_REPLACE: &str = "reset/consistency/full-replace";
const OWN_WRITE: &str = "get/consistency/sees-own-write";
const KEPT: &str = "update/consistency/unnamed-fields-kept";
const REPLACED: &str = "update/consistency/struct-replaced-not-merged";
const REMOVED: &str = "update/consistency/fields-to-remove";
const REMOVED_NAME: &str = "update/consistency/removed-name-default";
const NESTED: &str = "update/error/remove-nested";
const NOOP: &str = "update/consistency/noop";
const NO_SCHEDULE: &str = "create/schema/default-no-schedule";
const UNPAUSED: &str = "settings/schema/pause-status-default";
const DRIVER: &str = "cluster/consistency/driver-node-default";

/// The settings whose default has a rule of its own.
const DEFAULTS: [(&str, &str); 8] = [
    ("name", "create/schema/default-name"),
    ("libraries", "create/schema/default-libraries"),
    ("email_notifications", "create/schema/default-email"),
    ("timeout_seconds", "create/schema/default-timeout"),
    ("max_retries", "create/schema/default-retries"),
    ("retry_on_timeout", "create/schema/default-retry-on-timeout"),
    ("max_concurrent_runs", "create/schema/default-max-concurrent"),
    ("schedule", NO_SCHEDULE),
];

pub(super) const ORACLE: Oracle = Oracle { rules, judge };

fn rules() -> Vec<&'static str> {
    let mut rules = vec![
        ECHO,
        EMAIL,
        NOTIFICATIONS,
        EMAIL_OMITTED,
        EQUALS_NEW,
        FULL_REPLACE,
        OWN_WRITE,
        KEPT,
        REPLACED,
        REMOVED,
        REMOVED_NAME,
        NESTED,
        NOOP,
        UNPAUSED,
        DRIVER,
    ];
    rules.extend(DEFAULTS.map(|(_, rule)| rule));
    rules
}

fn judge(facts: &Facts<'_>, tally: &mut Tally) {
    // Somebody else may have written in between.
    if !facts.history.is_own() {
        return;
    }
    for job in facts.jobs.values() {
        for sight in &job.sights {
            let Some(quiet) = job.quiet_at(sight.entry).filter(|quiet| !quiet.is_removed) else {
                continue;
            };
            // Where both views are at hand, a list that differs from jobs/get breaks a rule of its own.
            let is_list = sight.entry.endpoint() == Some(Endpoint::List);
            if is_list && job.gets.iter().any(|get| get.done().is_some() && quiet.holds(get)) {
                continue;
            }
            if let Some(Value::Object(shown)) = sight.job.get("settings") {
                settings(job, quiet, *sight, shown, tally);
            }
        }
    }
}

fn settings(
    job: &Job<'_>,
    quiet: &Quiet<'_>,
    sight: JobSight<'_>,
    shown: &serde_json::Map<String, Value>,
    tally: &mut Tally,
) {
    let Some(known) = &quiet.settings else { return };
    let mut wrong = false;
    for field in JOB_SETTINGS.fields.iter().filter(|field| field.is_documented()) {
        let Some(setting) = known.get(field.name) else { continue };
        let seen = Seen { job, quiet, sight, field, setting, shown: shown.get(field.name) };
        wrong |= !seen.judge(tally);
    }
    // An update that names nothing changes nothing.
    if let Some(update) = quiet.after.filter(|write| is_noop(write)) {
        tally.judge(NOOP, !wrong, || {
            seen_proof(job, update, sight).expected("no change").got("other settings")
        });
    }
}

fn is_noop(write: &Entry) -> bool {
    let arguments = write.arguments();
    let is_empty = |name: &str| {
        let value = arguments.and_then(|arguments| arguments.get(name));
        value.is_none_or(|value| match value {
            Value::Object(map) => map.is_empty(),
            Value::Array(items) => items.is_empty(),
            _ => false,
        })
    };
    write.endpoint() == Some(Endpoint::Update)
        && is_empty("new_settings")
        && is_empty("fields_to_remove")
}

fn seen_proof(job: &Job<'_>, write: &Entry, sight: JobSight<'_>) -> Proof {
    let mut evidence: Vec<&Entry> = job.created.into_iter().collect();
    if job.created.is_none_or(|created| created.index != write.index) {
        evidence.push(write);
    }
    evidence.push(sight.entry);
    Proof::new(&evidence)
}

/// One setting as it is shown.
struct Seen<'s, 'h> {
    job: &'s Job<'h>,
    quiet: &'s Quiet<'h>,
    sight: JobSight<'h>,
    field: &'static Field,
    setting: &'s Setting,
    shown: Option<&'h Value>,
}

impl Seen<'_, '_> {
    /// Whether it is as it should be.
    fn judge(&self, tally: &mut Tally) -> bool {
        match &self.setting.state {
            State::Set(sent) => self.set(sent, tally),
            State::Unset => self.unset(tally),
            State::Open => true,
        }
    }

    fn set(&self, sent: &Value, tally: &mut Tally) -> bool {
        let gap = model::gap(self.field, sent, self.shown);
        let rule = self.set_rule(gap.is_some());
        tally.judge(rule, gap.is_none(), || {
            let gap = gap.as_ref();
            let pointer = gap.map(|gap| gap.pointer.clone()).unwrap_or_default();
            self.proof(&pointer)
                .expected(gap.map(|gap| cut(&gap.sent.to_string())).unwrap_or_default())
                .got(text(gap.and_then(|gap| gap.shown.as_ref())))
        });
        if self.setting.by == Write::Create {
            self.implied(sent, tally);
        }
        // Whatever else is wrong, nothing may be left within an object that was replaced.
        let replaced = match (&self.setting.before, self.shown, self.setting.outlived_update) {
            (Some(before), Some(shown), false) if before.is_object() => {
                self.replaced(before, sent, shown, tally)
            }
            _ => true,
        };
        gap.is_none() && replaced
    }

    /// What a job that was created shows within a setting where nobody said it.
    fn implied(&self, sent: &Value, tally: &mut Tally) {
        let (rule, name) = match self.field.name {
            "schedule" => (UNPAUSED, "pause_status"),
            "new_cluster" => (DRIVER, "driver_node_type_id"),
            _ => return,
        };
        let Some(of) = self.shown.filter(|shown| shown.is_object()) else { return };
        let shown = of.get(name);
        let expected = match of.get("node_type_id").and_then(Value::as_str) {
            _ if rule == UNPAUSED => "UNPAUSED",
            // A server need not say at all what the driver is of.
            Some(workers) if shown.is_some() => workers,
            _ => return,
        };
        if sent.get(name).is_none() {
            tally.judge(rule, shown.and_then(Value::as_str) == Some(expected), || {
                self.proof(&Pointer::root().join(name)).expected(expected).got(text(shown))
            });
        }
    }

    fn replaced(&self, before: &Value, sent: &Value, shown: &Value, tally: &mut Tally) -> bool {
        let rule = match (self.field.name, self.setting.by) {
            ("email_notifications", _) => EMAIL_OMITTED,
            (_, Write::Update) => REPLACED,
            (_, Write::Reset) => FULL_REPLACE,
            (_, Write::Create) => return true,
        };
        let left = model::leftover(self.field, before, sent, shown);
        tally.judge(rule, left.is_none(), || {
            let pointer = left.clone().unwrap_or_default();
            let value = shown.pointer(pointer.as_str());
            self.proof(&pointer)
                .expected("nothing of what was there before: the object is replaced as a whole")
                .got(text(value))
        });
        left.is_none()
    }

    /// The rule that says that a setting is shown as it was sent.
    fn set_rule(&self, is_broken: bool) -> &'static str {
        let Setting { by, outlived_update, .. } = self.setting;
        let is_last = |write: Endpoint| self.quiet.after.and_then(Entry::endpoint) == Some(write);
        if is_last(Endpoint::Update) && self.names_within() {
            return NESTED;
        }
        match (by, outlived_update) {
            (Write::Create | Write::Reset, true) => KEPT,
            (Write::Create, false) => match self.field.name {
                "email_notifications" => EMAIL,
                "notification_settings" => NOTIFICATIONS,
                _ => ECHO,
            },
            (Write::Reset, false) => EQUALS_NEW,
            (Write::Update, true) if is_broken && is_last(Endpoint::Update) => KEPT,
            (Write::Update, _) => OWN_WRITE,
        }
    }

    /// Whether the last update names a path into this setting as one to remove.
    fn names_within(&self) -> bool {
        let arguments = self.quiet.after.and_then(Entry::arguments);
        let removed = arguments.and_then(|arguments| arguments.get("fields_to_remove"));
        let removed = removed.and_then(Value::as_array).into_iter().flatten();
        removed.filter_map(Value::as_str).any(|path| {
            let within = path.strip_prefix(self.field.name);
            within.is_some_and(|rest| rest.starts_with(['.', '/']))
        })
    }

    fn unset(&self, tally: &mut Tally) -> bool {
        let holds = model::is_nothing(self.field, self.shown);
        let rule = match (self.setting.by, &self.setting.before) {
            (Write::Create, _) => {
                let own = DEFAULTS.iter().find(|(name, _)| *name == self.field.name);
                own.map(|(_, rule)| *rule)
            }
            (Write::Reset, Some(_)) => Some(FULL_REPLACE),
            (Write::Update, Some(_)) => {
                if ["name", "max_concurrent_runs"].contains(&self.field.name) {
                    tally.judge(REMOVED_NAME, holds, || self.unset_proof());
                }
                Some(REMOVED)
            }
            (Write::Reset | Write::Update, None) => None,
        };
        // What nobody ever set and has no rule of its own is judged only where it is wrong.
        match rule {
            Some(rule) => tally.judge(rule, holds, || self.unset_proof()),
            None if !holds => {
                let rule = match self.setting.by {
                    Write::Create => ECHO,
                    Write::Reset => FULL_REPLACE,
                    Write::Update => REMOVED,
                };
                tally.broken(rule, self.unset_proof());
            }
            None => {}
        }
        holds
    }

    fn unset_proof(&self) -> Proof {
        self.proof(&Pointer::root()).expected("nothing, or the default").got(text(self.shown))
    }

    fn proof(&self, within: &Pointer) -> Proof {
        let mut evidence: Vec<&Entry> = self.job.created.into_iter().collect();
        // The writes up to what is shown tell the story.
        let writes = self.job.writes.iter().copied();
        evidence.extend(writes.filter(|write| write.is_before(self.sight.entry)));
        evidence.push(self.sight.entry);
        let at = Pointer::root().join("settings").join(self.field.name).join_all(within);
        Proof::new(&evidence).at(at)
    }
}

fn text(value: Option<&Value>) -> String {
    value.map_or("nothing".to_owned(), |value| cut(&value.to_string()))
}
