//! One field of a cron expression: lists, ranges, steps and names.

use std::collections::BTreeSet;

/// The numbers that a field lets through.
pub(super) type Values = BTreeSet<i16>;

/// What a field can hold.
pub(super) struct Field {
    /// What it is called in refusals.
    pub(super) name: &'static str,
    pub(super) min: i16,
    pub(super) max: i16,
    /// The longest step.
    pub(super) step_max: i16,
    /// What its numbers are called, from the least on.
    pub(super) names: &'static [&'static str],
}

const fn numbers(name: &'static str, min: i16, max: i16) -> Field {
    Field { name, min, max, step_max: max, names: &[] }
}

pub(super) const SECONDS: Field = numbers("second", 0, 59);
pub(super) const MINUTES: Field = numbers("minute", 0, 59);
pub(super) const HOURS: Field = numbers("hour", 0, 23);
pub(super) const DAY_OF_MONTH: Field = numbers("day of month", 1, 31);
pub(super) const MONTH: Field = Field {
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
    ..numbers("month", 1, 12)
};
/// Weeks begin with Sunday.
pub(super) const DAY_OF_WEEK: Field = Field {
    names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
    ..numbers("day of week", 1, 7)
};
/// Quartz looks a hundred years ahead of the day; here the last year is the same on every day.
pub(super) const YEAR: Field = Field { step_max: 2199 - 1970, ..numbers("year", 1970, 2199) };

impl Field {
    /// What a text in capitals lets through.
    pub(super) fn read(&self, text: &str) -> Result<Values, String> {
        let mut values = Values::new();
        for part in text.split(',') {
            values.extend(self.part(part)?);
        }
        Ok(values)
    }

    /// One part of a list. As in Quartz, a single number with a step goes on to the end, one without a
    /// number begins at the least, and a step of 0 is none.
    fn part(&self, part: &str) -> Result<Vec<i16>, String> {
        let (range, step) = match part.split_once('/') {
            None => (part, None),
            Some((range, step)) => (range, Some(self.step(step)?)),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" || (range.is_empty() && step.is_some()) => (self.min, self.max),
            None => {
                let first = self.number(range)?;
                (first, if step.is_some_and(|step| step > 0) { self.max } else { first })
            }
            Some((first, last)) => (self.number(first)?, self.number(last)?),
        };
        let step = usize::from(step.unwrap_or(1).max(1).unsigned_abs());
        if first <= last {
            return Ok((first..=last).step_by(step).collect());
        }
        if self.max == YEAR.max {
            return Err(format!("{part} ends before it begins"));
        }
        // Such as the hours from ten in the evening to two in the morning.
        Ok((first..=self.max).chain(self.min..=last).step_by(step).collect())
    }

    /// A number of this field, or its name.
    pub(super) fn number(&self, text: &str) -> Result<i16, String> {
        let named = self.names.iter().position(|name| *name == text);
        let number = match named {
            Some(place) => i16::try_from(place).ok().map(|place| place + self.min),
            None => digits(text),
        };
        number.filter(|number| (self.min..=self.max).contains(number)).ok_or_else(|| {
            let Self { name, min, max, .. } = self;
            format!("{text:?} is no {name} ({min} to {max})")
        })
    }

    fn step(&self, text: &str) -> Result<i16, String> {
        digits(text).filter(|step| *step <= self.step_max).ok_or_else(|| {
            let Self { name, step_max, .. } = self;
            format!("a step of the {name} is a number up to {step_max}, and not {text:?}")
        })
    }
}

/// A number without a sign.
pub(super) fn digits(text: &str) -> Option<i16> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(field: &Field, text: &str, expected: &[i16]) {
        assert_eq!(field.read(text).unwrap(), expected.iter().copied().collect(), "{text}");
    }

    #[track_caller]
    fn check_refused(field: &Field, text: &str, expected: &str) {
        assert_eq!(field.read(text).unwrap_err(), expected);
    }

    #[test]
    fn lists_ranges_and_steps_are_read() {
        check(&HOURS, "7", &[7]);
        check(&HOURS, "1,7-9,23", &[1, 7, 8, 9, 23]);
        check(&HOURS, "8-17/4", &[8, 12, 16]);
        check(&HOURS, "10/6", &[10, 16, 22]);
        check(&HOURS, "*/8", &[0, 8, 16]);
        check(&HOURS, "/8", &[0, 8, 16]);
        check(&HOURS, "22-2", &[22, 23, 0, 1, 2]);
        check(&HOURS, "22-4/3", &[22, 1, 4]);
        check(&HOURS, "5/0", &[5]);
        check(&MONTH, "*", &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        check(&MONTH, "JAN-JUN/2,12", &[1, 3, 5, 12]);
        check(&DAY_OF_WEEK, "FRI-MON", &[6, 7, 1, 2]);
        check(&YEAR, "2099-2101", &[2099, 2100, 2101]);
    }

    #[test]
    fn what_a_field_cannot_hold_is_refused() {
        check_refused(&HOURS, "24", r#""24" is no hour (0 to 23)"#);
        check_refused(&HOURS, "1,", r#""" is no hour (0 to 23)"#);
        check_refused(&HOURS, "+1", r#""+1" is no hour (0 to 23)"#);
        check_refused(&HOURS, "*/24", r#"a step of the hour is a number up to 23, and not "24""#);
        check_refused(&HOURS, "1/2/3", r#"a step of the hour is a number up to 23, and not "2/3""#);
        check_refused(&MONTH, "FOO", r#""FOO" is no month (1 to 12)"#);
        check_refused(&MONTH, "?", r#""?" is no month (1 to 12)"#);
        check_refused(&YEAR, "2030-2020", "2030-2020 ends before it begins");
    }
}
