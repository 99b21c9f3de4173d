//! Rules that a target is known to break: which, how, why that is put up with, and until when.
//!
//! ```toml
//! [[deviation]]
//! rule = "runs-get-output/error/unknown-run-400"
//! got = "a failure (500)*"        # what is there instead, as a report says it; * stands for any characters
//! reason = "known since 2020; our clients treat it like a 400"
//! source = "https://example.com/ticket/12"
//! expires = "2027-01-01"          # from that day on the rule counts again
//! ```
//!
//! A rule that is broken as an entry says is told as a known deviation, and fails nothing. An entry is stale
//! where its rule holds, is broken in another way, or has expired; that is told.

use std::{fs, path::Path};

use serde::Deserialize;

use crate::{
    contract::{fits, rules},
    error::{Error, Kind, Result},
    oracle::{Record, Tally, Violation},
};

/// What is known of the real service, from public reports.
const DATABRICKS: &str = include_str!("databricks.toml");

/// The name of the list that comes with this program.
const DATABRICKS_NAME: &str = "databricks";

/// Rules that a target is known to break.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deviations {
    #[serde(default, rename = "deviation")]
    entries: Vec<Deviation>,
    /// The day on which they are read, as `2026-11-23`.
    #[serde(skip)]
    today: String,
}

/// One rule that a target is known to break.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deviation {
    /// The id of the rule.
    pub rule: String,
    /// What is there instead, as a finding says it, in which `*` stands for any characters. It has to be said:
    /// what is put up with is one way of breaking a rule, and not all that are still to come.
    pub got: String,
    /// Why it is put up with.
    pub reason: String,
    /// Where that is known from.
    pub source: Option<String>,
    /// From which day on the rule counts again, as `2026-11-23`.
    pub expires: Option<String>,
}

/// What became of a deviation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The rule is broken as it says.
    Seen,
    /// The rule was not exercised.
    Unseen,
    /// It says what is not so any more, and how so.
    Stale(String),
}

impl Deviations {
    /// Reads a list from a TOML file, or the one that comes with this program by its name, at a time in
    /// microseconds since 1970.
    pub fn load(from: &Path, now_us: u64) -> Result<Self> {
        let failed = || {
            Error::new(Kind::Usage, format!("failed to read the deviations `{}`", from.display()))
                .hint(format!("`{DATABRICKS_NAME}` is the list that comes with jobdeck"))
        };
        let text = if from.as_os_str() == DATABRICKS_NAME {
            DATABRICKS.to_owned()
        } else {
            fs::read_to_string(from).map_err(|cause| failed().because(cause))?
        };
        Self::parse(&text, now_us).map_err(|cause| failed().because(cause))
    }

    fn parse(text: &str, now_us: u64) -> std::result::Result<Self, String> {
        let mut deviations: Self = toml::from_str(text).map_err(|cause| cause.to_string())?;
        for Deviation { rule, got, reason, expires, .. } in &deviations.entries {
            if rules::find(rule).is_none() {
                return Err(format!("there is no rule `{rule}`"));
            }
            if got.is_empty() {
                return Err(format!(
                    "`{rule}` does not say what is there instead; got = \"*\" stands for anything"
                ));
            }
            if reason.trim().is_empty() {
                return Err(format!("`{rule}` has no reason"));
            }
            let is_day = |day: &String| day.len() == 10 && day.parse::<jiff::civil::Date>().is_ok();
            if let Some(day) = expires.as_ref().filter(|day| !is_day(day)) {
                return Err(format!(
                    "`{rule}` expires on `{day}`, which is no day such as 2027-01-01"
                ));
            }
        }
        let now =
            i64::try_from(now_us).ok().and_then(|us| jiff::Timestamp::from_microsecond(us).ok());
        deviations.today = now.unwrap_or_default().strftime("%Y-%m-%d").to_string();
        Ok(deviations)
    }

    /// The entry that knows of a violation.
    fn of(&self, violation: &Violation) -> Option<&Deviation> {
        self.entries.iter().find(|entry| !self.has_expired(entry) && entry.tells_of(violation))
    }

    fn has_expired(&self, entry: &Deviation) -> bool {
        entry.expires.as_ref().is_some_and(|day| *day <= self.today)
    }

    /// Whether a violation is known.
    pub(super) fn know(&self, violation: &Violation) -> bool {
        self.of(violation).is_some()
    }

    /// Why all that was seen of a broken rule is put up with, if it is.
    pub(super) fn excuse(&self, record: &Record) -> Option<&str> {
        let mut entries = record.violations.iter().map(|violation| self.of(violation));
        let first = entries.next()??;
        entries.all(|entry| entry.is_some()).then_some(&*first.reason)
    }

    /// What became of each whose rule is asked for.
    pub(super) fn standings(
        &self,
        wants: impl Fn(&str) -> bool,
        tally: &Tally,
    ) -> Vec<(Deviation, Standing)> {
        let asked = self.entries.iter().filter(|entry| wants(&entry.rule));
        asked.map(|entry| (entry.clone(), self.standing(entry, tally.get(&entry.rule)))).collect()
    }

    fn standing(&self, entry: &Deviation, record: Option<&Record>) -> Standing {
        if let (true, Some(expires)) = (self.has_expired(entry), &entry.expires) {
            return Standing::Stale(format!("it expired on {expires}"));
        }
        let Some(record) = record else { return Standing::Unseen };
        match record.violations.first() {
            None => Standing::Stale("the rule holds".to_owned()),
            Some(_) if record.violations.iter().any(|seen| entry.tells_of(seen)) => Standing::Seen,
            Some(other) => {
                Standing::Stale(format!("the rule is broken in another way: {}", other.finding.got))
            }
        }
    }
}

impl Deviation {
    fn tells_of(&self, violation: &Violation) -> bool {
        self.rule == violation.finding.rule && fits(&self.got, &violation.finding.got)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOVEMBER_2026_US: u64 = 1_795_000_000_000_000;

    #[track_caller]
    fn check_refused(text: &str, expected: &str) {
        let error = Deviations::parse(text, NOVEMBER_2026_US).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn a_list_names_rules_and_reasons() {
        let entry = |rest: &str| format!("[[deviation]]\nrule = \"get/error/unknown-job\"\n{rest}");
        check_refused(&entry("got = \"*\""), "missing field `reason`");
        check_refused(&entry("reason = \"x\""), "missing field `got`");
        check_refused(&entry("got = \"\"\nreason = \"x\""), "does not say what is there instead");
        let unknown =
            entry("got = \"*\"\nreason = \"x\"").replace("get/error/unknown-job", "a/b/c");
        check_refused(&unknown, "no rule `a/b/c`");
        check_refused(&entry("got = \"*\"\nreason = \" \""), "has no reason");
        let soon = entry("got = \"*\"\nreason = \"x\"\nexpires = \"soon\"");
        check_refused(&soon, "no day such as");
        check_refused("[[deviations]]\nrule = \"a\"", "unknown field `deviations`");
    }

    #[test]
    fn the_list_that_comes_along_is_whole() {
        let known = Deviations::load(Path::new(DATABRICKS_NAME), NOVEMBER_2026_US).unwrap();
        assert!(known.entries.len() >= 10);
        for entry in &known.entries {
            assert!(entry.source.is_some(), "{} has no source", entry.rule);
            assert!(!known.has_expired(entry), "{}", entry.rule);
        }
    }
}
