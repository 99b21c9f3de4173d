//! Schedules as a faulty workspace reads them.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::Behaviour::*;
use crate::serve::{Workspace, schedule::Schedule, settings::Object};

/// A cron expression of a moment that does not come.
const NEVER: &str = "0 0 0 1 1 ? 2099";
/// A time zone that there is.
const UTC: &str = "UTC";
const PAUSED: &str = "PAUSED";

impl Workspace {
    /// The settings with a schedule that can be read where it cannot and is taken all the same.
    pub(in crate::serve) fn with_readable_schedule<'s>(
        &self,
        settings: &'s Object,
    ) -> Cow<'s, Object> {
        let lenient = [CronUnread, UnixCronTaken, UnknownZoneIsUtc];
        let mut read = Cow::Borrowed(settings);
        if !settings.contains_key("schedule") || !lenient.into_iter().any(|fault| self.has(fault)) {
            return read;
        }
        let Some(Value::Object(schedule)) = read.to_mut().get_mut("schedule") else { return read };
        if let Some(cron) = schedule.get("quartz_cron_expression").and_then(Value::as_str) {
            let fields: Vec<&str> = cron.split_whitespace().collect();
            let heard = match fields[..] {
                [minute, hour, day, month, _] if self.has(UnixCronTaken) => {
                    format!("0 {minute} {hour} {day} {month} ?")
                }
                [_, _, _, _, _] => cron.to_owned(),
                _ if self.has(CronUnread) && !is_readable(cron, UTC) => NEVER.to_owned(),
                _ => cron.to_owned(),
            };
            schedule.insert("quartz_cron_expression".to_owned(), heard.into());
        }
        let zone = schedule.get("timezone_id").and_then(Value::as_str);
        if self.has(UnknownZoneIsUtc) && zone.is_some_and(|zone| !is_readable(NEVER, zone)) {
            schedule.insert("timezone_id".to_owned(), UTC.into());
        }
        read
    }

    /// The settings by whose schedule a job fires, given those that it has.
    pub(in crate::serve) fn misread_schedule<'s>(
        &mut self,
        job_id: i64,
        settings: &'s Object,
    ) -> Cow<'s, Object> {
        let mut heard = self.with_readable_schedule(settings);
        if self.options.faults.is_empty() {
            return heard;
        }
        if self.has(LaterPauseIgnored)
            || self.has(LaterResumeIgnored)
            || self.has(RemovedScheduleFires)
        {
            self.keep_to_first_schedule(job_id, heard.to_mut());
        }
        if let Some(Value::Object(schedule)) = heard.to_mut().get_mut("schedule") {
            if self.has(PausedScheduleFires) {
                schedule.shift_remove("pause_status");
            }
            if self.has(ScheduleIgnoresZone) {
                schedule.insert("timezone_id".to_owned(), UTC.into());
            }
            if self.has(ScheduleNeverFires) {
                schedule.insert("pause_status".to_owned(), PAUSED.into());
            }
        }
        heard
    }

    /// Remembers the first schedule of a job, or the one before it was removed, and goes by it.
    fn keep_to_first_schedule(&mut self, job_id: i64, heard: &mut Object) {
        let outlives = self.has(RemovedScheduleFires);
        let kept = &mut self.state.memory.kept_schedules;
        if let Some(now) = heard.get("schedule")
            && (outlives || !kept.contains_key(&job_id))
        {
            kept.insert(job_id, now.clone());
        }
        let Some(schedule) = kept.get(&job_id).cloned() else { return };
        if !heard.contains_key("schedule") {
            if outlives {
                heard.insert("schedule".to_owned(), schedule);
            }
            return;
        }
        let status = schedule.get("pause_status").and_then(Value::as_str).unwrap_or("UNPAUSED");
        let sticks = if status == PAUSED { LaterResumeIgnored } else { LaterPauseIgnored };
        if self.has(sticks) {
            heard["schedule"]["pause_status"] = status.into();
        }
    }
}

fn is_readable(cron: &str, zone: &str) -> bool {
    let schedule = json!({"quartz_cron_expression": cron, "timezone_id": zone});
    Schedule::of(&Map::from_iter([("schedule".to_owned(), schedule)])).is_ok()
}
