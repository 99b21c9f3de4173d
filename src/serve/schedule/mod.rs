//! Schedules of jobs: when one fires next, by the clock of its time zone.
//!
//! `expression` reads what Quartz reads, with `field` and `days` for its parts; `zone` knows the time zones
//! of Java. Here the two are joined: what the clocks skip, and what they repeat.

mod days;
mod expression;
mod field;
mod zone;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::Value;

use self::expression::Expression;
use super::{refusal::Refusal, settings::Object};

const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// A schedule that could be read.
#[derive(Clone, Debug)]
pub(super) struct Schedule {
    expression: Expression,
    zone: TimeZone,
    is_paused: bool,
}

impl Schedule {
    /// The schedule among these settings, if there is one.
    pub(super) fn of(settings: &Object) -> Result<Option<Self>, Refusal> {
        let Some(schedule) = settings.get("schedule") else { return Ok(None) };
        let text = |name: &str| schedule.get(name).and_then(Value::as_str);
        // Validation demands the two; a workspace that does not ask has no schedule then.
        let (Some(cron), Some(zone)) = (text("quartz_cron_expression"), text("timezone_id")) else {
            return Ok(None);
        };
        let expression =
            Expression::read(cron).map_err(|reason| Refusal::invalid_cron(cron, &reason))?;
        let zone = zone::find(zone).ok_or_else(|| Refusal::invalid_timezone(zone))?;
        Ok(Some(Self { expression, zone, is_paused: text("pause_status") == Some("PAUSED") }))
    }

    /// When it fires first after a time, if it ever does.
    pub(super) fn next_ms(&self, after_ms: i64) -> Option<i64> {
        if self.is_paused {
            return None;
        }
        let after = Timestamp::from_millisecond(after_ms).ok()?;
        let next = if self.expression.is_hourly() {
            self.next_by_instants(after)
        } else {
            self.next_by_the_clock(after)
        };
        next.map(Timestamp::as_millisecond)
    }

    /// Where no hour is left out, an hour that the clocks skip is not missed, and one that they repeat has
    /// its times twice: between two changes of the clocks, time goes on evenly.
    fn next_by_instants(&self, after: Timestamp) -> Option<Timestamp> {
        let mut offset = self.zone.to_offset(after);
        let mut local = offset.to_datetime(after);
        let mut changes = self.zone.following(after);
        loop {
            let next = offset.to_timestamp(self.expression.next(local)?).ok()?;
            let Some(change) = changes.next().filter(|change| change.timestamp() <= next) else {
                return Some(next);
            };
            // From then on, the time of the change itself included.
            offset = change.offset();
            local = offset.to_datetime(change.timestamp() - SECOND);
        }
    }

    /// Where it fires at some hours, each time counts once: one that the clocks skip comes as much later,
    /// one that they repeat the first time.
    fn next_by_the_clock(&self, after: Timestamp) -> Option<Timestamp> {
        let mut local = self.zone.to_datetime(after);
        loop {
            local = self.expression.next(local)?;
            let next = self.zone.to_timestamp(local).ok()?;
            if next > after {
                return Some(next);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn schedule(cron: &str, zone: &str) -> Schedule {
        let settings = json!({"schedule": {"quartz_cron_expression": cron, "timezone_id": zone}});
        Schedule::of(settings.as_object().unwrap()).unwrap().unwrap()
    }

    #[track_caller]
    fn check(cron: &str, zone: &str, after: &str, expected: &[&str]) {
        let schedule = schedule(cron, zone);
        let mut time_ms = after.parse::<Timestamp>().unwrap().as_millisecond();
        for next in expected {
            time_ms = schedule.next_ms(time_ms).unwrap();
            assert_eq!(Timestamp::from_millisecond(time_ms).unwrap().to_string(), *next, "{cron}");
        }
    }

    #[test]
    fn a_time_is_that_of_its_zone() {
        check(
            "0 15 22 * * ?",
            "America/Los_Angeles",
            "2024-01-01T00:00:00Z",
            &["2024-01-01T06:15:00Z", "2024-01-02T06:15:00Z"],
        );
        check("0 0 12 * * ?", "GMT-2:30", "2024-01-01T14:30:00Z", &["2024-01-02T14:30:00Z"]);
        check("0 0 12 * * ?", "UTC", "2024-01-01T11:59:59.999Z", &["2024-01-01T12:00:00Z"]);
    }

    // In Berlin, clocks go from 2:00 to 3:00 on 31 March 2024 (1:00 UTC), and from 3:00 to 2:00 on
    // 27 October (1:00 UTC).

    #[test]
    fn a_time_that_the_clocks_skip_comes_later() {
        check(
            "0 30 2 * * ?",
            "Europe/Berlin",
            "2024-03-29T12:00:00Z",
            &["2024-03-30T01:30:00Z", "2024-03-31T01:30:00Z", "2024-04-01T00:30:00Z"],
        );
    }

    #[test]
    fn a_time_that_the_clocks_repeat_counts_once() {
        check(
            "0 30 2 * * ?",
            "Europe/Berlin",
            "2024-10-26T12:00:00Z",
            &["2024-10-27T00:30:00Z", "2024-10-28T01:30:00Z"],
        );
    }

    #[test]
    fn what_fires_every_hour_does_so_through_a_change_of_the_clocks() {
        check(
            "0 0 * * * ?",
            "Europe/Berlin",
            "2024-03-30T23:30:00Z",
            &["2024-03-31T00:00:00Z", "2024-03-31T01:00:00Z", "2024-03-31T02:00:00Z"],
        );
        check(
            "0 30 * * * ?",
            "Europe/Berlin",
            "2024-10-27T00:00:00Z",
            &["2024-10-27T00:30:00Z", "2024-10-27T01:30:00Z", "2024-10-27T02:30:00Z"],
        );
    }

    #[test]
    fn a_paused_schedule_never_fires() {
        let mut schedule = schedule("* * * * * ?", "UTC");
        assert!(schedule.next_ms(0).is_some());
        schedule.is_paused = true;
        assert_eq!(schedule.next_ms(0), None);
    }

    proptest! {
        #[test]
        fn time_goes_on(
            cron in prop::sample::select(vec![
                "0 0 * * * ?", "0 0/20 2 * * ?", "0 30 1-3 ? * SUN", "* * * * * ?", "0 0 0 L * ?"
            ]),
            zone in prop::sample::select(vec![
                "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"
            ]),
            start in 0..4_000_000_000_000_i64,
        ) {
            let schedule = schedule(cron, zone);
            let first = schedule.next_ms(start).unwrap();
            prop_assert!(first > start);
            // From anywhere before it, it is still the next, but for what the clocks skip or repeat.
            if first - start > 1 {
                prop_assert_eq!(schedule.next_ms(first - 1), Some(first));
            }
        }
    }
}
