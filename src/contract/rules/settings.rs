//! Job settings beside task and cluster: schedule, notifications, health.

use super::{
    Kind::{Consistency, Error, Lifecycle, Limit, Schema},
    Need::{Cluster, Destinations, Scheduler},
    Passive::{Always, Never},
    Rule, SETTINGS, SETTINGS_OR_SUBMIT,
    Safety::{Compute, OwnObjects, ReadOnly},
    Scope::Only,
    line, lines, must, observed, should,
};
use crate::contract::Endpoint::{Create, Get, RunsGet, RunsList};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "settings/schema/cron-required",
        lines: &[line(916)],
        statement: "A schedule without `quartz_cron_expression` is refused.",
        test: "Leave the expression out of an otherwise valid schedule.",
        needs: &[Cluster],
        ..must(Schema, SETTINGS, OwnObjects, Never)
    },
    Rule {
        id: "settings/schema/timezone-required",
        lines: &[line(917)],
        statement: "A schedule without `timezone_id` is refused.",
        test: "Leave the zone out of an otherwise valid schedule.",
        needs: &[Cluster],
        ..must(Schema, SETTINGS, OwnObjects, Never)
    },
    Rule {
        id: "settings/error/cron-invalid",
        lines: &[line(916)],
        statement: "A cron expression that Quartz cannot read should be refused.",
        test: "Try a list of broken expressions, one request for each.",
        sources: &["azure-docs#44131"],
        needs: &[Cluster],
        ..should(Error, SETTINGS, OwnObjects, Never)
    },
    Rule {
        id: "settings/error/cron-unix-five-fields",
        lines: &[line(916)],
        statement: "A cron expression of the five Unix fields should be refused, since Quartz \
            wants six or seven.",
        test: "Try `0 2 * * *` and expect a 4xx.",
        needs: &[Cluster],
        ..should(Error, SETTINGS, OwnObjects, Never)
    },
    Rule {
        id: "settings/error/cron-dom-dow-both-star",
        lines: &[line(916)],
        statement: "The real service has been seen to refuse an expression with `?` in neither of \
            its two day fields.",
        test: "Try `0 30 2 * * *` and note the answer.",
        sources: &["azure-docs#44131"],
        needs: &[Cluster],
        ..observed(Error, SETTINGS, OwnObjects, Never)
    },
    Rule {
        id: "settings/schema/cron-valid-accepted",
        lines: &[line(47), line(916)],
        statement: "Every expression that Quartz can read is accepted and kept character by \
            character.",
        test: "Create paused jobs with seven fields, lists, ranges, steps, `L`, `W` and `#`, and \
            read them back.",
        needs: &[Cluster],
        ..must(Schema, SETTINGS, OwnObjects, Never)
    },
    Rule {
        id: "settings/error/timezone-invalid",
        lines: &[line(917)],
        statement: "A time zone that Java does not know should be refused.",
        test: "Try `Mars/Olympus`; since Java quietly reads unknown zones as GMT, acceptance is \
            only a warning.",
        needs: &[Cluster],
        ..should(Error, SETTINGS, OwnObjects, Never)
    },
    Rule {
        id: "settings/schema/timezone-valid",
        lines: &[line(48), line(917)],
        statement: "Time zones that Java knows are accepted.",
        test: "Create paused schedules in `America/Los_Angeles`, `UTC` and `Europe/London`.",
        needs: &[Cluster],
        ..must(Schema, SETTINGS, OwnObjects, Never)
    },
    Rule {
        id: "settings/schema/pause-status-enum",
        lines: &[line(918)],
        statement: "`pause_status` takes `PAUSED` and `UNPAUSED` and nothing else.",
        test: "Send both words, then a third one, which is refused.",
        needs: &[Cluster],
        ..must(Schema, SETTINGS, OwnObjects, Never)
    },
    Rule {
        id: "settings/schema/pause-status-default",
        lines: &[lines(46, 48), lines(141, 144)],
        statement: "A schedule that says nothing about pausing should read back as `UNPAUSED`.",
        test: "Create a job whose cron fires in years to come, without `pause_status`, and read \
            it.",
        needs: &[Cluster],
        ..should(Schema, Only(&[Create, Get]), OwnObjects, Always)
    },
    Rule {
        id: "settings/lifecycle/periodic-fires",
        lines: &[line(96), line(1332)],
        statement: "A schedule starts runs at its times, and these carry the trigger PERIODIC.",
        test: "Let a job fire every minute, wait for a run, then pause the schedule.",
        needs: &[Cluster, Scheduler],
        ..must(Lifecycle, Only(&[Create, RunsList]), Compute, Never)
    },
    Rule {
        id: "settings/lifecycle/paused-does-not-fire",
        lines: &[line(918)],
        statement: "A paused schedule starts no run.",
        test: "Watch a job with a paused every-minute schedule for somewhat over two minutes.",
        needs: &[Cluster, Scheduler],
        ..must(Lifecycle, Only(&[Create, RunsList]), OwnObjects, Never)
    },
    Rule {
        id: "settings/schema/schedule-on-run",
        lines: &[line(626), line(1184)],
        statement: "A run shows a `schedule` if the scheduler started it, and none otherwise.",
        test: "On every run that turns up, compare the presence of `schedule` with the trigger.",
        ..must(Schema, Only(&[RunsGet]), ReadOnly, Always)
    },
    Rule {
        id: "settings/error/email-non-ascii",
        lines: &[line(968)],
        statement: "A character beyond ASCII in the e-mail lists for start, success or failure \
            makes the request fail.",
        test: "Try accented, Chinese and emoji addresses in each list, beside a plain one that \
            passes.",
        needs: &[Cluster],
        ..must(Error, SETTINGS, OwnObjects, Never)
    },
    Rule {
        id: "settings/schema/email-fields",
        lines: &[lines(971, 976)],
        statement: "The e-mail lists hold texts and `no_alert_for_skipped_runs` is a boolean; all \
            of them read back as sent.",
        test: "Create a job with addresses under a reserved domain and read it.",
        needs: &[Cluster],
        ..must(Schema, Only(&[Create, Get]), OwnObjects, Always)
    },
    Rule {
        id: "settings/consistency/email-omitted-is-empty",
        lines: &[lines(971, 975)],
        statement: "An e-mail list that a create, reset or update leaves out of \
            `email_notifications` is empty afterwards.",
        test: "Update a job with a list for starts only; the list for failures is gone.",
        needs: &[Cluster],
        ..must(Consistency, SETTINGS, OwnObjects, Never)
    },
    Rule {
        id: "settings/limit/webhook-max-3",
        lines: &[lines(978, 982)],
        statement: "More than three destinations for one event of `webhook_notifications` are \
            refused.",
        test: "Send four for each of the four events; each is refused.",
        needs: &[Cluster],
        ..must(Limit, SETTINGS_OR_SUBMIT, OwnObjects, Never)
    },
    Rule {
        id: "settings/schema/webhook-3-accepted",
        lines: &[lines(978, 982)],
        statement: "Three destinations for one event are accepted.",
        test: "Send three real destination ids for each event.",
        needs: &[Cluster, Destinations],
        ..must(Schema, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "settings/schema/webhook-id-required",
        lines: &[line(1359)],
        statement: "A webhook without an `id` is refused.",
        test: "Send an empty object in the place of a webhook.",
        needs: &[Cluster],
        ..must(Schema, SETTINGS_OR_SUBMIT, OwnObjects, Never)
    },
    Rule {
        id: "settings/error/webhook-unknown-id",
        lines: &[line(1359)],
        statement: "The real service is expected to refuse a webhook whose `id` belongs to no \
            notification destination.",
        test: "Send a random UUID and note the answer.",
        needs: &[Cluster],
        ..observed(Error, SETTINGS_OR_SUBMIT, OwnObjects, Never)
    },
    Rule {
        id: "settings/schema/notification-settings-echo",
        lines: &[lines(986, 988)],
        statement: "The flags of `notification_settings` (`alert_on_last_attempt`, \
            `no_alert_for_skipped_runs`, `no_alert_for_canceled_runs`) are booleans and read back \
            as sent.",
        test: "Create jobs with each flag set and read them.",
        needs: &[Cluster],
        ..must(Schema, Only(&[Create, Get]), OwnObjects, Always)
    },
    Rule {
        id: "settings/schema/health-metric-enum",
        lines: &[line(1056)],
        statement: "A health rule's metric is `RUN_DURATION_SECONDS`; any other is refused.",
        test: "Send the right word, then another.",
        needs: &[Cluster],
        ..must(Schema, SETTINGS, OwnObjects, Never)
    },
    Rule {
        id: "settings/schema/health-operator-enum",
        lines: &[line(1057)],
        statement: "A health rule's operator is `GREATER_THAN`; any other is refused.",
        test: "Send the right word, then another.",
        needs: &[Cluster],
        ..must(Schema, SETTINGS, OwnObjects, Never)
    },
    Rule {
        id: "settings/schema/health-value-int",
        lines: &[line(1058)],
        statement: "A health rule's threshold should be a 32-bit integer and read back as sent.",
        test: "Send a number and read it, then send a word.",
        needs: &[Cluster],
        ..should(Schema, Only(&[Create]), OwnObjects, Never)
    },
    Rule {
        id: "settings/error/validation-parity",
        lines: &[line(232), line(280), line(318)],
        statement: "What a create refuses in a setting should be refused alike by reset, update \
            and submit, as far as they take that setting.",
        test: "Send each broken setting to all of them.",
        needs: &[Cluster],
        ..should(Error, SETTINGS_OR_SUBMIT, OwnObjects, Never)
    },
    Rule {
        id: "settings/schema/every-field-accepted",
        lines: &[lines(998, 1035)],
        statement: "Each documented job setting is accepted with each documented sort of value and \
            reads back as sent.",
        test: "Create, reset and update jobs with one setting each, and with all of them together.",
        needs: &[Cluster],
        ..must(Schema, SETTINGS, OwnObjects, Never)
    },
];
