//! Schedules: that they start runs when their time comes, and none while they are paused or once their job is
//! removed.
//!
//! Only what is plain is read of a cron expression (a second, and a minute and an hour or any), and only where
//! the clocks of its time zone go evenly: of other schedules nothing is said.

use jiff::{Timestamp, ToSpan as _, tz::TimeZoneDatabase};
use serde_json::Value;

use super::{
    Facts, Oracle, Tally,
    facts::{Job, runs},
    history::Entry,
    lists::has_more,
    tally::Proof,
};
use crate::json::Pointer;

const FIRES: &str = "settings/lifecycle/periodic-fires";
const PAUSED: &str = "settings/lifecycle/paused-does-not-fire";
const STOPS: &str = "delete/lifecycle/schedule-stops";

/// How far the clocks of judge and server may be apart, in milliseconds.
const SKEW_MS: i64 = 1000;
/// How long a time is looked through for moments at most, in milliseconds: three days.
const LOOKED_THROUGH_MS_MAX: i64 = 3 * 24 * 60 * 60 * 1000;

pub(super) const ORACLE: Oracle = Oracle { rules: || vec![FIRES, PAUSED, STOPS], judge };

fn judge(facts: &Facts<'_>, tally: &mut Tally) {
    let surroundings = &facts.history.surroundings;
    // Somebody else may change schedules, or start and delete runs.
    let (true, Some(epoch_us)) = (facts.history.is_own(), surroundings.epoch_us) else { return };
    let settle_ms = i64::try_from(surroundings.deadlines.settle.as_millis()).unwrap_or(i64::MAX);
    let clock = Clock { epoch_us, settle_ms };
    for job in facts.jobs.values() {
        for list in facts.run_lists.iter().filter(|list| !has_more(list)) {
            if list.integer("job_id") == Some(job.id) {
                watched(facts, job, list, clock, tally);
            }
            removed(job, list, clock, tally);
        }
    }
}

/// The time of day, in milliseconds since 1970.
#[derive(Clone, Copy)]
struct Clock {
    epoch_us: u64,
    /// How late a run may be.
    settle_ms: i64,
}

impl Clock {
    /// From when on, after a write, what is due is due by that write.
    fn after(self, write: &Entry) -> i64 {
        self.at(write.return_us()).saturating_add(SKEW_MS)
    }

    /// Until when what is due must be there when something is called.
    fn until(self, call: &Entry) -> i64 {
        self.at(call.call_us()).saturating_sub(SKEW_MS).saturating_sub(self.settle_ms)
    }

    fn at(self, us: u64) -> i64 {
        i64::try_from(self.epoch_us.saturating_add(us) / 1000).unwrap_or(i64::MAX)
    }
}

/// A list of all runs of a job whose schedule is known.
fn watched(facts: &Facts<'_>, job: &Job<'_>, list: &Entry, clock: Clock, tally: &mut Tally) {
    let plain = list.arguments().is_some_and(|asked| asked.len() == 1);
    let may_lack = facts.runs_of(job).any(|run| !run.deletes.is_empty());
    let Some(quiet) = job.quiet_at(list).filter(|quiet| plain && !quiet.is_removed && !may_lack)
    else {
        return;
    };
    let schedule = quiet.settings.as_ref().and_then(|settings| settings.value("schedule"));
    let (Some(schedule), Some(write)) = (schedule, quiet.after) else { return };
    let (from_ms, until_ms) = (clock.after(write), clock.until(list));
    let Some(due_ms) = moments(schedule, from_ms, until_ms).filter(|due_ms| !due_ms.is_empty())
    else {
        return;
    };
    let started_ms = started_by_schedule(list, None);
    let proof = || Proof::new(&[write, list]).at(Pointer::root().join("runs"));
    if is_paused(schedule) {
        let fired = started_ms.into_iter().find(|start_ms| *start_ms >= from_ms);
        tally.judge(PAUSED, fired.is_none(), || {
            let got = fired.map_or(String::new(), |start_ms| format!("one of {}", day(start_ms)));
            proof().expected("no run by a schedule that is paused").got(got)
        });
        return;
    }
    let is_there = |moment_ms: i64| {
        let in_time = moment_ms - SKEW_MS..=moment_ms.saturating_add(clock.settle_ms);
        started_ms.iter().any(|start_ms| in_time.contains(start_ms))
    };
    let missed = due_ms.into_iter().find(|moment_ms| !is_there(*moment_ms));
    tally.judge(FIRES, missed.is_none(), || {
        let expected = missed.map_or(String::new(), |moment_ms| {
            format!("a run with the trigger PERIODIC of {}", day(moment_ms))
        });
        let got = started_ms.iter().map(|start_ms| day(*start_ms)).collect::<Vec<_>>().join(", ");
        let got = if got.is_empty() { "none at all".to_owned() } else { format!("those of {got}") };
        proof().expected(expected).got(got)
    });
}

/// A list that could show runs of a job that was removed with its schedule.
fn removed(job: &Job<'_>, list: &Entry, clock: Clock, tally: &mut Tally) {
    let delete = job.deletes.iter().find(|delete| delete.done().is_some());
    let (Some(delete), Some(created)) = (delete, job.created) else { return };
    // As it was made; what it was changed to matters to nobody here.
    let schedule = created.arguments().and_then(|arguments| arguments.get("schedule"));
    let Some(schedule) = schedule.filter(|schedule| !is_paused(schedule)) else { return };
    let is_changed =
        job.writes.iter().any(|write| !job.deletes.iter().any(|d| d.index == write.index));
    let shows_it = list.integer("job_id").is_none_or(|id| id == job.id);
    if is_changed || !shows_it || !delete.is_before(list) || job.creates.len() > 1 {
        return;
    }
    let from_ms = clock.after(delete);
    let due_ms = moments(schedule, from_ms, clock.until(list));
    if due_ms.is_none_or(|due_ms| due_ms.is_empty()) {
        return;
    }
    let started_ms = started_by_schedule(list, Some(job.id));
    let fired = started_ms.into_iter().find(|start_ms| *start_ms >= from_ms);
    tally.judge(STOPS, fired.is_none(), || {
        let got = fired.map_or(String::new(), |start_ms| format!("one of {}", day(start_ms)));
        let proof = Proof::new(&[created, delete, list]).at(Pointer::root().join("runs"));
        proof.expected("no run of a schedule that was removed with its job").got(got)
    });
}

fn is_paused(schedule: &Value) -> bool {
    schedule.get("pause_status").and_then(Value::as_str) == Some("PAUSED")
}

/// When the runs of a list were started by a schedule, all of them or those of a job.
fn started_by_schedule(list: &Entry, job_id: Option<i64>) -> Vec<i64> {
    let of_job = |run: &&serde_json::Map<String, Value>| {
        job_id.is_none() || run.get("job_id").and_then(Value::as_i64) == job_id
    };
    let periodic = |run: &&serde_json::Map<String, Value>| {
        run.get("trigger").and_then(Value::as_str) == Some("PERIODIC")
    };
    let shown = list.done().into_iter().flat_map(runs).filter(of_job).filter(periodic);
    shown.filter_map(|run| run.get("start_time")?.as_i64()).collect()
}

/// The times at which a schedule fires, if it were not paused, between two; none if that is not known.
fn moments(schedule: &Value, from_ms: i64, until_ms: i64) -> Option<Vec<i64>> {
    if until_ms.saturating_sub(from_ms) > LOOKED_THROUGH_MS_MAX {
        return None;
    }
    let text = |name: &str| schedule.get(name).and_then(Value::as_str);
    let fields: Vec<&str> = text("quartz_cron_expression")?.split_whitespace().collect();
    let [second, minute, hour, "*", "*", "?"] = fields[..] else { return None };
    let second: i8 = second.parse().ok().filter(|second| (0..60).contains(second))?;
    let number = |field: &str| match field {
        "*" => Some(None),
        digits => digits.parse::<i8>().ok().map(Some),
    };
    let (minute, hour) = (number(minute)?, number(hour)?);
    let zone = TimeZoneDatabase::bundled().get(text("timezone_id")?).ok()?;
    let from = Timestamp::from_millisecond(from_ms).ok()?;
    let until = Timestamp::from_millisecond(until_ms).ok()?;
    if zone.to_offset(from) != zone.to_offset(until) {
        return None;
    }
    // From the beginning of a minute in UTC: no zone of today is apart from it by parts of one.
    let mut moment = Timestamp::from_second(from.as_second().div_euclid(60) * 60).ok()?;
    moment = moment.checked_add(i64::from(second).seconds()).ok()?;
    let mut found = Vec::new();
    while moment <= until {
        let local = zone.to_datetime(moment);
        let is_due = minute.is_none_or(|minute| minute == local.minute())
            && hour.is_none_or(|hour| hour == local.hour());
        if is_due && moment >= from {
            found.push(moment.as_millisecond());
        }
        moment = moment.checked_add(1.minute()).ok()?;
    }
    Some(found)
}

/// A time of day for people.
fn day(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map_or(ms.to_string(), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(cron: &str, zone: &str, [from, until]: [&str; 2], expected: Option<&[&str]>) {
        let schedule = json!({"quartz_cron_expression": cron, "timezone_id": zone});
        let ms = |text: &str| text.parse::<Timestamp>().unwrap().as_millisecond();
        let found = moments(&schedule, ms(from), ms(until));
        let found = found.map(|all| all.into_iter().map(day).collect::<Vec<_>>());
        let expected = expected.map(|all| all.iter().map(|one| (*one).to_owned()).collect());
        assert_eq!(found, expected, "{cron} in {zone}");
    }

    #[test]
    fn plain_schedules_are_read_by_the_clock_of_their_zone() {
        let minutes = ["2024-01-01T00:00:30Z", "2024-01-01T00:02:05Z"];
        let all = ["2024-01-01T00:01:00Z", "2024-01-01T00:02:00Z"];
        check("0 * * * * ?", "UTC", minutes, Some(&all));
        check(
            "30 * * * * ?",
            "Asia/Tokyo",
            minutes,
            Some(&["2024-01-01T00:00:30Z", "2024-01-01T00:01:30Z"]),
        );
        let day = ["2024-01-01T00:00:00Z", "2024-01-02T12:00:00Z"];
        check("0 30 2 * * ?", "Asia/Kolkata", day, Some(&["2024-01-01T21:00:00Z"]));
        check("0 0 0 * * ?", "UTC", day, Some(&["2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z"]));
    }

    #[test]
    fn of_others_nothing_is_known() {
        let day = ["2024-01-01T00:00:00Z", "2024-01-02T12:00:00Z"];
        for cron in ["0 0 12 ? * MON", "0 0/5 * * * ?", "* * * * * ?", "0 2 * * *", "nonsense", ""]
        {
            check(cron, "UTC", day, None);
        }
        check("0 * * * * ?", "Mars/Olympus", day, None);
        // The clocks change in between.
        let spring = ["2024-03-30T12:00:00Z", "2024-03-31T12:00:00Z"];
        check("0 0 3 * * ?", "Europe/Berlin", spring, None);
        check("0 0 3 * * ?", "UTC", ["2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z"], None);
    }
}
