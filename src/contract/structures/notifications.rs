//! Who is told about runs, and the health rules that a warning waits for.

use super::*;

/// E-mail addresses to tell.
pub static JOB_EMAIL_NOTIFICATIONS: Table = structure(
    "JobEmailNotifications",
    "JobEmailNotifications",
    970,
    "E-mail addresses to tell about the runs of a job.",
    &[
        emails("on_start", 971, "Told when a run begins.").limits(EMAILS_ARE_ASCII),
        emails("on_success", 972, "Told when a run succeeds.").limits(EMAILS_ARE_ASCII),
        emails("on_failure", 973, "Told when a run fails, is skipped or times out.")
            .limits(EMAILS_ARE_ASCII),
        emails(
            "on_duration_warning_threshold_exceeded",
            975,
            "Told when a run takes longer than the health rule `RUN_DURATION_SECONDS` allows.",
        ),
        field("no_alert_for_skipped_runs", Boolean, 976, "No mail about a skipped run."),
    ],
);

const EMAILS_ARE_ASCII: &[Limit] = &[limit("settings/error/email-non-ascii", Ascii)];

const fn emails(name: &'static str, line: u16, about: &'static str) -> Field {
    field(name, STRINGS, line, about)
        .default(DefaultValue::EmptyList)
        .examples(&["user@jobdeck.invalid"])
        .secret(Secret::Identity)
}

/// Destinations to tell.
pub static WEBHOOK_NOTIFICATIONS: Table = structure(
    "WebhookNotifications",
    "WebhookNotifications",
    977,
    "System destinations to tell about the runs of a job.",
    &[
        webhooks("on_start", 978, "Told when a run begins."),
        webhooks("on_success", 979, "Told when a run succeeds."),
        webhooks("on_failure", 980, "Told when a run fails, is skipped or times out."),
        webhooks(
            "on_duration_warning_threshold_exceeded",
            982,
            "Told when a run takes longer than the health rule `RUN_DURATION_SECONDS` allows.",
        ),
    ],
);

const fn webhooks(name: &'static str, line: u16, about: &'static str) -> Field {
    field(name, List(&A_WEBHOOK), line, about)
        .default(DefaultValue::EmptyList)
        .limits(THREE_WEBHOOKS)
}

static A_WEBHOOK: Shape = Structure(&WEBHOOK);
const THREE_WEBHOOKS: &[Limit] = &[limit("settings/limit/webhook-max-3", EntriesMax(3))];

/// One destination.
pub static WEBHOOK: Table = structure(
    "Webhook",
    "Webhook",
    1358,
    "A system destination.",
    &[field("id", String, 1359, "Its identifier among the destinations of the workspace.")
        .required("settings/schema/webhook-id-required")],
);

/// When not to tell.
pub static JOB_NOTIFICATION_SETTINGS: Table = structure(
    "JobNotificationSettings",
    "JobNotificationSettings",
    985,
    "What the e-mail addresses and destinations of a job are not told.",
    &[
        field("no_alert_for_skipped_runs", Boolean, 986, "Nothing about a skipped run."),
        field("no_alert_for_canceled_runs", Boolean, 987, "Nothing about a cancelled run."),
        field(
            "alert_on_last_attempt",
            Boolean,
            988,
            "Nothing about the start of a retry, and of failures only the last attempt's.",
        ),
    ],
);

/// The health rules of a job.
pub static JOBS_HEALTH_RULES: Table = structure(
    "JobsHealthRules",
    "JobsHealthRules",
    1061,
    "The health rules of a job.",
    &[field("rules", List(&Structure(&JOBS_HEALTH_RULE)), 1062, "The rules.")],
);

/// One health rule.
pub static JOBS_HEALTH_RULE: Table = structure(
    "JobsHealthRule",
    "JobsHealthRule",
    1055,
    "A bound that a run of a job should keep.",
    &[
        field("metric", Choice(&HEALTH_METRIC), 1056, "What is measured."),
        field("operator", Choice(&HEALTH_OPERATOR), 1057, "How it is compared."),
        field("value", Int32, 1058, "What it is compared with.")
            .typed("settings/schema/health-value-int"),
    ],
);

/// What a health rule measures.
pub static HEALTH_METRIC: Choice = Choice {
    name: "JobsHealthMetric",
    words: &["RUN_DURATION_SECONDS"],
    rule: "settings/schema/health-metric-enum",
};

/// How a health rule compares.
pub static HEALTH_OPERATOR: Choice = Choice {
    name: "JobsHealthOperator",
    words: &["GREATER_THAN"],
    rule: "settings/schema/health-operator-enum",
};
