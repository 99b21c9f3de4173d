//! A cron expression as Quartz reads it: seconds, minutes, hours, day of month, month, day of week, and
//! perhaps a year; one of the two days is `?`. It knows nothing of time zones.

use jiff::civil::{Date, DateTime, Time};

use super::{
    days::Days,
    field::{HOURS, MINUTES, MONTH, SECONDS, Values, YEAR},
};

/// A cron expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expression {
    seconds: Values,
    minutes: Values,
    hours: Values,
    days: Days,
    months: Values,
    years: Values,
}

impl Expression {
    /// Reads one; the error says what is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let text = text.to_ascii_uppercase();
        let fields: Vec<_> = text.split_ascii_whitespace().collect();
        let (six, year) = match fields[..] {
            [_, _, _, _, _, _] => (&fields[..], "*"),
            [_, _, _, _, _, _, year] => (&fields[..6], year),
            _ => return Err(format!("it has {} fields instead of 6 or 7", fields.len())),
        };
        Ok(Self {
            seconds: SECONDS.read(six[0])?,
            minutes: MINUTES.read(six[1])?,
            hours: HOURS.read(six[2])?,
            days: Days::read(six[3], six[5])?,
            months: MONTH.read(six[4])?,
            years: YEAR.read(year)?,
        })
    }

    /// Whether it leaves no hour of its days out.
    pub(super) fn is_hourly(&self) -> bool {
        self.hours.len() == 24
    }

    /// The first time after this one, if there is one at all.
    pub(super) fn next(&self, after: DateTime) -> Option<DateTime> {
        let start = after.checked_add(jiff::Span::new().seconds(1)).ok()?;
        let date = self.date_from(start.date())?;
        if date == start.date()
            && let Some(time) = self.time_from(start.time())
        {
            return Some(date.to_datetime(time));
        }
        let date = if date == start.date() { self.date_from(date.tomorrow().ok()?)? } else { date };
        Some(date.to_datetime(self.time_from(Time::midnight())?))
    }

    /// The first date from this one on. A date that comes in no year is not looked for beyond the last.
    fn date_from(&self, from: Date) -> Option<Date> {
        self.years.range(from.year()..).find_map(|year| {
            let month = if *year == from.year() { from.month() } else { 1 };
            self.months.range(i16::from(month)..).find_map(|month| {
                let first = Date::new(*year, i8::try_from(*month).ok()?, 1).ok()?;
                let day = if first == from.first_of_month() { from.day() } else { 1 };
                let day = *self.days.of(first).range(i16::from(day)..).next()?;
                first.with().day(i8::try_from(day).ok()?).build().ok()
            })
        })
    }

    /// The first time of a day from this one on.
    fn time_from(&self, from: Time) -> Option<Time> {
        let [hour, minute, second] = [from.hour(), from.minute(), from.second()].map(i16::from);
        let (least_minute, least_second) = (*self.minutes.first()?, *self.seconds.first()?);
        let first = |values: &Values, from: i16| values.range(from..).next().copied();
        let within = |minute: i16, second: i16| {
            let found = self.minutes.contains(&minute).then(|| first(&self.seconds, second));
            found
                .flatten()
                .map(|second| (minute, second))
                .or_else(|| first(&self.minutes, minute + 1).map(|minute| (minute, least_second)))
        };
        let this_hour = self.hours.contains(&hour).then(|| within(minute, second)).flatten();
        let (hour, (minute, second)) = match this_hour {
            Some(found) => (hour, found),
            None => (first(&self.hours, hour + 1)?, (least_minute, least_second)),
        };
        let [hour, minute, second] = [hour, minute, second].map(i8::try_from);
        Time::new(hour.ok()?, minute.ok()?, second.ok()?, 0).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime {
        text.parse().unwrap()
    }

    #[track_caller]
    fn check(text: &str, after: &str, expected: &[&str]) {
        let expression = Expression::read(text).unwrap();
        let mut found = Vec::new();
        let mut time = at(after);
        for _ in expected {
            time = expression.next(time).unwrap();
            found.push(time);
        }
        let expected: Vec<_> = expected.iter().map(|time| at(time)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn times_follow_each_other() {
        check(
            "0 15 22 * * ?",
            "2024-02-28T22:14:59",
            &["2024-02-28T22:15:00", "2024-02-29T22:15:00", "2024-03-01T22:15:00"],
        );
        check(
            "10/25 59 23 31 dec ?",
            "2024-12-31T23:59:10",
            &["2024-12-31T23:59:35", "2025-12-31T23:59:10"],
        );
        check(
            "0 0/30 9-10 ? * MON-FRI",
            "2024-06-07T10:00:00",
            &["2024-06-07T10:30:00", "2024-06-10T09:00:00", "2024-06-10T09:30:00"],
        );
        check("0 0 0 29 2 ?", "2097-01-01T00:00:00", &["2104-02-29T00:00:00"]);
        check("0 15 10 ? * 6L 2099-2105", "2024-01-01T00:00:00", &["2099-01-30T10:15:00"]);
    }

    #[test]
    fn what_never_comes_is_never_next() {
        for never in ["0 0 0 30 2 ?", "0 0 0 1 1 ? 2020"] {
            assert_eq!(Expression::read(never).unwrap().next(at("2024-01-01T00:00:00")), None);
        }
    }

    #[test]
    fn what_quartz_cannot_read_is_refused() {
        for wrong in [
            "",
            "0 2 * * *",
            "0 30 2 * * *",
            "0 30 2,7,11,15 * * *",
            "0 0 0 ? * ?",
            "60 0 0 * * ?",
            "0 0 24 * * ?",
            "0 0 0 * 13 ?",
            "0 0 0 ? * 8",
            "0 0 0 * * ? 1969",
            "0 0 0 * * ? * *",
            "x 0 0 * * ?",
            "? 0 0 * * ?",
            "0 0 0 -1 * ?",
            "@daily",
        ] {
            assert!(Expression::read(wrong).is_err(), "{wrong:?}");
        }
    }

    fn field(min: i16, max: i16) -> impl Strategy<Value = String> {
        let number = min..=max;
        prop_oneof![
            Just("*".to_owned()),
            number.clone().prop_map(|n| n.to_string()),
            (number.clone(), number.clone()).prop_map(|(a, b)| format!("{a}-{b}")),
            (number.clone(), 1..=max).prop_map(|(a, step)| format!("{a}/{step}")),
            prop::collection::vec(number, 1..4).prop_map(|ns| ns
                .iter()
                .map(i16::to_string)
                .collect::<Vec<_>>()
                .join(",")),
        ]
    }

    fn expression() -> impl Strategy<Value = String> {
        let of_month = prop_oneof![
            3 => field(1, 31),
            1 => prop::sample::select(vec!["L", "LW", "L-5", "15W", "L-2W"]).prop_map(str::to_owned)
        ];
        let of_week = prop_oneof![
            3 => field(1, 7),
            1 => prop::sample::select(vec!["L", "3L", "SUN#2"]).prop_map(str::to_owned)
        ];
        let days = prop_oneof![
            of_month.prop_map(|day| (day, "?".to_owned())),
            of_week.prop_map(|day| ("?".to_owned(), day)),
        ];
        (field(0, 59), field(0, 59), field(0, 23), days, field(1, 12)).prop_map(
            |(second, minute, hour, (of_month, of_week), month)| {
                format!("{second} {minute} {hour} {of_month} {month} {of_week}")
            },
        )
    }

    /// Whether an expression fires at a time, by its fields alone.
    fn fires(expression: &Expression, time: DateTime) -> bool {
        expression.seconds.contains(&time.second().into())
            && expression.minutes.contains(&time.minute().into())
            && expression.hours.contains(&time.hour().into())
            && expression.months.contains(&time.month().into())
            && expression.years.contains(&time.year())
            && expression.days.of(time.date().first_of_month()).contains(&time.day().into())
    }

    proptest! {
        #[test]
        fn the_next_time_is_the_first_that_the_fields_allow(
            text in expression(), start in 0..2_000_000_000_i64, within in 1..4000_i64
        ) {
            let expression = Expression::read(&text).unwrap();
            let after = jiff::Timestamp::from_second(start).unwrap();
            let after = jiff::tz::Offset::UTC.to_datetime(after);
            let next = expression.next(after);
            if let Some(next) = next {
                prop_assert!(next > after && fires(&expression, next), "{} {}", text, next);
            }
            // None in between.
            let mut time = after;
            for _ in 0..within {
                time = time.checked_add(jiff::Span::new().seconds(1)).unwrap();
                let passed = next.is_some_and(|next| next <= time);
                prop_assert!(passed || !fires(&expression, time), "{} {} {:?}", text, time, next);
            }
        }

        #[test]
        fn nothing_that_is_read_breaks_it(text in "[0-9A-Z*?/,#LW -]{0,30}") {
            if let Ok(expression) = Expression::read(&text) {
                expression.next(at("2024-01-01T00:00:00"));
            }
        }
    }
}
