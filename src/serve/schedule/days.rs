//! The days of a cron expression: by month or by week, with Quartz's `L`, `W` and `#`.

use jiff::civil::Date;

use super::field::{DAY_OF_MONTH, DAY_OF_WEEK, Values, digits};

/// On which days of a month it fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Days {
    OfMonth(Values),
    /// So many days before the last of the month.
    BeforeLast(i16),
    /// The weekday that is nearest to a day, within the month.
    NearestWeekday(i16),
    /// The weekday that is nearest to the day so many days before the last of the month.
    NearestWeekdayBeforeLast(i16),
    OfWeek(Values),
    /// The last such day of the week in the month.
    LastOfWeek(i16),
    /// Such a day of the week for the n-th time in the month.
    NthOfWeek(i16, i16),
}

const SUNDAY: i16 = 1;
const SATURDAY: i16 = 7;

impl Days {
    /// What the two fields for days say; the one that does not count is `?`.
    pub(super) fn read(of_month: &str, of_week: &str) -> Result<Self, String> {
        match (of_month, of_week) {
            ("?", "?") => Err("the day of month and the day of week are both ?".to_owned()),
            (of_month, "?") => Self::of_month(of_month),
            ("?", of_week) => Self::of_week(of_week),
            _ => Err("one of day of month and day of week has to be ?".to_owned()),
        }
    }

    fn of_month(text: &str) -> Result<Self, String> {
        let Some(before) = text.strip_prefix('L') else {
            return match text.strip_suffix('W') {
                Some(day) => DAY_OF_MONTH.number(day).map(Self::NearestWeekday),
                None => DAY_OF_MONTH.read(text).map(Self::OfMonth),
            };
        };
        let (before, is_weekday) = match before.strip_suffix('W') {
            Some(before) => (before, true),
            None => (before, false),
        };
        let before = match before.strip_prefix('-') {
            None if before.is_empty() => Some(0),
            None => None,
            Some(days) => digits(days).filter(|days| *days <= 30),
        };
        let before = before.ok_or_else(|| format!("{text:?} is no day of month"))?;
        Ok(if is_weekday {
            Self::NearestWeekdayBeforeLast(before)
        } else {
            Self::BeforeLast(before)
        })
    }

    fn of_week(text: &str) -> Result<Self, String> {
        if text == "L" {
            return Ok(Self::OfWeek(Values::from([SATURDAY])));
        }
        if let Some((day, nth)) = text.split_once('#') {
            let nth = digits(nth).filter(|nth| (1..=5).contains(nth));
            let nth = nth.ok_or_else(|| format!("{text:?} counts no week from 1 to 5"))?;
            return Ok(Self::NthOfWeek(DAY_OF_WEEK.number(day)?, nth));
        }
        match text.strip_suffix('L') {
            Some(day) => DAY_OF_WEEK.number(day).map(Self::LastOfWeek),
            None => DAY_OF_WEEK.read(text).map(Self::OfWeek),
        }
    }

    /// The days of the month that begins on this day.
    pub(super) fn of(&self, first: Date) -> Values {
        let length = i16::from(first.days_in_month());
        let weekday = |day: i16| {
            let first = i16::from(first.weekday().to_sunday_zero_offset());
            (first + day - 1).rem_euclid(7) + 1
        };
        let those = |holds: &dyn Fn(i16) -> bool| -> Values {
            (1..=length).filter(|day| holds(*day)).collect()
        };
        match self {
            Self::OfMonth(days) => days.range(..=length).copied().collect(),
            Self::BeforeLast(before) => those(&|day| day == length - before),
            Self::NearestWeekday(day) => nearest_weekday(*day, length, weekday),
            Self::NearestWeekdayBeforeLast(before) => {
                nearest_weekday(length - before, length, weekday)
            }
            Self::OfWeek(days) => those(&|day| days.contains(&weekday(day))),
            Self::LastOfWeek(of_week) => those(&|day| weekday(day) == *of_week && day + 7 > length),
            Self::NthOfWeek(of_week, nth) => {
                those(&|day| weekday(day) == *of_week && (day + 6) / 7 == *nth)
            }
        }
    }
}

/// The weekday nearest to a day of a month of this length; none if there is no such day.
fn nearest_weekday(day: i16, length: i16, weekday: impl Fn(i16) -> i16) -> Values {
    let moved = match weekday(day) {
        SATURDAY if day == 1 => day + 2,
        SATURDAY => day - 1,
        SUNDAY if day == length => day - 2,
        SUNDAY => day + 1,
        _ => day,
    };
    if (1..=length).contains(&day) { Values::from([moved]) } else { Values::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(of_month: &str, of_week: &str, year: i16, month: i8, expected: &[i16]) {
        let days = Days::read(of_month, of_week).unwrap();
        let found = days.of(jiff::civil::date(year, month, 1));
        assert_eq!(found, expected.iter().copied().collect(), "{of_month} {of_week}");
    }

    #[test]
    fn days_are_counted_from_either_end_of_a_month() {
        check("1,31", "?", 2024, 2, &[1]);
        check("L", "?", 2024, 2, &[29]);
        check("L-3", "?", 2023, 2, &[25]);
        check("L-30", "?", 2023, 2, &[]);
    }

    #[test]
    fn the_nearest_weekday_stays_within_the_month() {
        // June 2024 begins on a Saturday and ends on a Sunday.
        check("1W", "?", 2024, 6, &[3]);
        check("15W", "?", 2024, 6, &[14]);
        check("16W", "?", 2024, 6, &[17]);
        check("30W", "?", 2024, 6, &[28]);
        check("LW", "?", 2024, 6, &[28]);
        check("L-1W", "?", 2024, 6, &[28]);
        check("12W", "?", 2024, 6, &[12]);
        check("31W", "?", 2024, 6, &[]);
    }

    #[test]
    fn days_of_the_week_are_counted_within_the_month() {
        check("?", "MON", 2024, 6, &[3, 10, 17, 24]);
        check("?", "1", 2024, 6, &[2, 9, 16, 23, 30]);
        check("?", "L", 2024, 6, &[1, 8, 15, 22, 29]);
        check("?", "6L", 2024, 6, &[28]);
        check("?", "FRI#3", 2024, 6, &[21]);
        check("?", "7#5", 2024, 6, &[29]);
        check("?", "6#5", 2024, 6, &[]);
        check("?", "*", 2023, 2, &(1..=28).collect::<Vec<_>>());
    }

    #[test]
    fn what_quartz_cannot_read_is_refused() {
        for (of_month, of_week) in [
            ("?", "?"),
            ("*", "*"),
            ("1", "MON"),
            ("L,1", "?"),
            ("1,15W", "?"),
            ("1-5W", "?"),
            ("L-31", "?"),
            ("L3", "?"),
            ("W", "?"),
            ("32", "?"),
            ("?", "6L,2L"),
            ("?", "6#6"),
            ("?", "6#0"),
            ("?", "2#1,6#3"),
            ("?", "8"),
            ("?", "0"),
            ("?", "2W"),
        ] {
            assert!(Days::read(of_month, of_week).is_err(), "{of_month} {of_week}");
        }
    }
}
