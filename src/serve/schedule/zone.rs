//! Time zones as Java names them: those of the IANA database, `GMT` with an offset, and the three-letter
//! ids that Java keeps from its first version.

use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

/// The ids of Java's first version that the IANA database does not have.
const OLD_IDS: [(&str, &str); 25] = [
    ("ACT", "Australia/Darwin"),
    ("AET", "Australia/Sydney"),
    ("AGT", "America/Argentina/Buenos_Aires"),
    ("ART", "Africa/Cairo"),
    ("AST", "America/Anchorage"),
    ("BET", "America/Sao_Paulo"),
    ("BST", "Asia/Dhaka"),
    ("CAT", "Africa/Harare"),
    ("CNT", "America/St_Johns"),
    ("CST", "America/Chicago"),
    ("CTT", "Asia/Shanghai"),
    ("EAT", "Africa/Addis_Ababa"),
    ("ECT", "Europe/Paris"),
    ("IET", "America/Indiana/Indianapolis"),
    ("IST", "Asia/Kolkata"),
    ("JST", "Asia/Tokyo"),
    ("MIT", "Pacific/Apia"),
    ("NET", "Asia/Yerevan"),
    ("NST", "Pacific/Auckland"),
    ("PLT", "Asia/Karachi"),
    ("PNT", "America/Phoenix"),
    ("PRT", "America/Puerto_Rico"),
    ("PST", "America/Los_Angeles"),
    ("SST", "Pacific/Guadalcanal"),
    ("VST", "Asia/Ho_Chi_Minh"),
];

/// The time zone of this id. To Java, capitals count.
pub(super) fn find(id: &str) -> Option<TimeZone> {
    let old = OLD_IDS.iter().find(|(old, _)| *old == id);
    let name = old.map_or(id, |(_, name)| name);
    let found = TimeZoneDatabase::bundled().get(name).ok();
    let found = found.filter(|zone| zone.iana_name() == Some(name));
    found.or_else(|| gmt(id).map(Offset::to_time_zone))
}

/// The offset in `GMT+8`, `GMT-0530` or `GMT+10:00`.
fn gmt(id: &str) -> Option<Offset> {
    let offset = id.strip_prefix("GMT")?;
    let (sign, digits) = match offset.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match (digits.split_once(':'), digits.len()) {
        (Some((hours, minutes)), _) if hours.len() <= 2 && minutes.len() == 2 => (hours, minutes),
        (None, 1 | 2) => (digits, "0"),
        (None, 3 | 4) => digits.split_at_checked(digits.len() - 2)?,
        _ => return None,
    };
    let number = |text: &str, max: i32| -> Option<i32> {
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|number| is_number && *number <= max)
    };
    let seconds = number(hours, 23)? * 3600 + number(minutes, 59)? * 60;
    Offset::from_seconds(sign * seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(id: &str, expected: Option<i32>) {
        // In the northern winter.
        let at = jiff::Timestamp::from_second(1_704_067_200).unwrap();
        let minutes = find(id).map(|zone| zone.to_offset(at).seconds() / 60);
        assert_eq!(minutes, expected, "{id}");
    }

    #[test]
    fn zones_are_found_as_java_names_them() {
        check("UTC", Some(0));
        check("Europe/London", Some(0));
        check("America/Los_Angeles", Some(-480));
        check("US/Pacific", Some(-480));
        check("Etc/GMT+5", Some(-300));
        check("EST", Some(-300));
        check("PST", Some(-480));
        check("IST", Some(330));
        check("GMT+8", Some(480));
        check("GMT-0530", Some(-330));
        check("GMT+10:00", Some(600));
        check("GMT0", Some(0));
    }

    #[test]
    fn what_java_does_not_know_is_no_zone() {
        for id in [
            "",
            "Mars/Olympus",
            "europe/london",
            "utc",
            "+08:00",
            "UTC+8",
            "GMT+24",
            "GMT+1:5",
            "GMT+",
            "GMT+10:60",
            "GMT++1",
            "GMT+é",
            "GMT+12345",
        ] {
            check(id, None);
        }
    }

    #[test]
    fn the_old_ids_stand_for_zones_that_there_are() {
        for (old, name) in OLD_IDS {
            assert!(find(old).is_some_and(|zone| zone.iana_name() == Some(name)), "{old}");
        }
    }
}
