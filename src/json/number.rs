//! Whole numbers, read exactly from their text: `1.0` and `1e3` are whole, as JSON Schema has it too.

use serde_json::Number;

/// What a number is as a whole number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whole {
    /// One of 64 bits.
    Within(i64),
    /// One beyond 64 bits.
    Beyond,
    /// None: it has a fraction.
    Broken,
}

/// Reads a number.
pub fn whole(number: &Number) -> Whole {
    if let Some(number) = number.as_i64() {
        return Whole::Within(number);
    }
    let text = number.to_string();
    let (sign, text) = text.strip_prefix('-').map_or(("", &*text), |rest| ("-", rest));
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{before}{after}");
    let digits = digits.trim_start_matches('0');
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Whole::Within(0);
    }
    // An exponent too long to read is one far beyond any digits that were sent.
    let scale = exponent.parse::<i64>().unwrap_or(if exponent.starts_with('-') {
        i64::MIN / 2
    } else {
        i64::MAX / 2
    });
    let zeros = digits.len() - significant.len();
    let zeros = scale.saturating_sub(length(after)).saturating_add(length_of(zeros));
    match usize::try_from(zeros) {
        Err(_) => Whole::Broken,
        // The longest number of 64 bits has 19 digits.
        Ok(zeros) if zeros > 19 => Whole::Beyond,
        Ok(zeros) => format!("{sign}{significant}{}", "0".repeat(zeros))
            .parse()
            .map_or(Whole::Beyond, Whole::Within),
    }
}

fn length(text: &str) -> i64 {
    length_of(text.len())
}

fn length_of(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Whole) {
        let number: Number = serde_json::from_str(text).unwrap();
        assert_eq!(whole(&number), expected, "{text}");
    }

    #[test]
    fn whole_numbers_are_read_exactly() {
        check("0", Whole::Within(0));
        check("-0.0", Whole::Within(0));
        check("1.0", Whole::Within(1));
        check("-12.500e1", Whole::Within(-125));
        check("1e3", Whole::Within(1000));
        check("1000e-3", Whole::Within(1));
        check("9223372036854775807.0", Whole::Within(i64::MAX));
        check("-9223372036854775808", Whole::Within(i64::MIN));
        check("9223372036854775808", Whole::Beyond);
        check("1e400", Whole::Beyond);
        check("1e99999999999999999999", Whole::Beyond);
        check("1.5", Whole::Broken);
        check("1e-99999999999999999999", Whole::Broken);
        check("12e-1", Whole::Broken);
    }
}
