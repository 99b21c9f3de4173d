//! Scripts as they are written.

use http::Method;
use serde::Deserialize;
use toml::Spanned;

use super::{Action, Event, Rule, Sight, Weather, When};
use crate::contract::{Endpoint, PathPattern};

/// The longest time that a request is held back.
const LATENCY_MS_MAX: u64 = 60 * 60 * 1000;
/// The longest time after which a client is asked to come again, in seconds.
const RETRY_AFTER_S_MAX: u64 = 24 * 60 * 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Script {
    seed: Option<u64>,
    #[serde(default)]
    weather: Vec<Spanned<Table>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    path: String,
    method: Option<String>,
    on: Option<Vec<u64>>,
    every: Option<u64>,
    chance: Option<f64>,
    #[serde(default)]
    latency_ms: u64,
    #[serde(rename = "do")]
    action: Option<Name>,
    retry_after_s: Option<u64>,
    bytes: Option<usize>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Name {
    Throttle,
    UnavailableBefore,
    UnavailableAfter,
    DropBefore,
    DropAfter,
    Cut,
}

/// Reads a script. The error names the line.
pub(super) fn parse(text: &str) -> Result<Weather, String> {
    let script: Script = toml::from_str(text).map_err(|cause| {
        let line = cause.span().map_or(1, |span| line_of(text, span.start));
        format!("line {line}: {}", cause.message())
    })?;
    let seed = script.seed;
    let rules = script.weather.into_iter().map(|table| {
        let line = line_of(text, table.span().start);
        rule(table.into_inner(), seed).map_err(|why| format!("line {line}: {why}"))
    });
    Ok(Weather { rules: rules.collect::<Result<_, _>>()?, ..Weather::default() })
}

fn line_of(text: &str, byte: usize) -> usize {
    1 + text.bytes().take(byte).filter(|byte| *byte == b'\n').count()
}

fn rule(table: Table, seed: Option<u64>) -> Result<Rule, String> {
    let event = Event { latency_ms: table.latency_ms, action: action(&table)? };
    if event == Event::default() {
        return Err("nothing happens: there is neither `do` nor `latency_ms`".to_owned());
    }
    if table.latency_ms > LATENCY_MS_MAX {
        return Err(format!("`latency_ms` is at most {LATENCY_MS_MAX}"));
    }
    if table.retry_after_s.is_some_and(|seconds| seconds > RETRY_AFTER_S_MAX) {
        return Err(format!("`retry_after_s` is at most {RETRY_AFTER_S_MAX}"));
    }
    let when = when(&table, seed)?;
    let path = path(table.path)?;
    let method = table.method.map(|name| {
        let method = Method::from_bytes(name.as_bytes()).ok();
        method.ok_or_else(|| format!("`method` is none: {name:?}"))
    });
    Ok(Rule { path, method: method.transpose()?, when, event, fitted: 0 })
}

fn path(text: String) -> Result<PathPattern, String> {
    let pattern = PathPattern::new(text);
    let path = |endpoint: Endpoint| format!("/api/2.0/{}", endpoint.signature().path);
    let is_known = Endpoint::ALL.into_iter().any(|endpoint| pattern.fits(&path(endpoint)));
    let text = pattern.text();
    if text.is_empty() || text.starts_with("jobs/") && !is_known {
        return Err(format!("`path` fits no endpoint: {text:?}"));
    }
    Ok(pattern)
}

fn when(table: &Table, seed: Option<u64>) -> Result<When, String> {
    match (&table.on, table.every, table.chance) {
        (None, None, None) => Ok(When::Always),
        (Some(numbers), None, None) if !numbers.is_empty() && !numbers.contains(&0) => {
            Ok(When::On(numbers.clone()))
        }
        (Some(_), None, None) => Err("`on` lists numbers of requests, from 1".to_owned()),
        (None, Some(0), None) => Err("`every` is a number from 1".to_owned()),
        (None, Some(step), None) => Ok(When::Every(step)),
        (None, None, Some(chance)) if (0.0..=1.0).contains(&chance) => match seed {
            Some(seed) => Ok(When::Drawn { seed, below: bound(chance) }),
            None => Err("`chance` needs a `seed` at the top of the script".to_owned()),
        },
        (None, None, Some(_)) => Err("`chance` is a number from 0 to 1".to_owned()),
        _ => Err("`on`, `every` and `chance` exclude each other".to_owned()),
    }
}

/// The bound below which so large a part of all numbers lies.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a chance is no exact number, and the cast stops at the largest"
)]
fn bound(chance: f64) -> u64 {
    (chance * u64::MAX as f64) as u64
}

fn action(table: &Table) -> Result<Action, String> {
    let retry_after_s = table.retry_after_s;
    let status = |status| Sight::Status(status, retry_after_s);
    let action = match table.action {
        None => Action::Pass,
        Some(Name::Throttle) => Action::Stop(status(429)),
        Some(Name::UnavailableBefore) => Action::Stop(status(503)),
        Some(Name::UnavailableAfter) => Action::Hide(status(503)),
        Some(Name::DropBefore) => Action::Stop(Sight::Nothing),
        Some(Name::DropAfter) => Action::Hide(Sight::Nothing),
        Some(Name::Cut) => match table.bytes {
            Some(bytes) => Action::Cut { bytes },
            None => return Err("`do = \"cut\"` needs `bytes`: how many of them come".to_owned()),
        },
    };
    let tells_status =
        matches!(action, Action::Stop(Sight::Status(..)) | Action::Hide(Sight::Status(..)));
    if retry_after_s.is_some() && !tells_status {
        return Err("`retry_after_s` goes with an answer 429 or 503".to_owned());
    }
    if table.bytes.is_some() && !matches!(action, Action::Cut { .. }) {
        return Err("`bytes` goes with `do = \"cut\"`".to_owned());
    }
    Ok(action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(text: &str, expected: &str) {
        assert_eq!(parse(text).expect_err("refused"), expected);
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_line() {
        let rule = |more: &str| format!("seed = 1\n\n[[weather]]\npath = \"*\"\n{more}\n");
        check_refused(&rule(""), "line 3: nothing happens: there is neither `do` nor `latency_ms`");
        check_refused(
            &rule("do = \"cut\""),
            "line 3: `do = \"cut\"` needs `bytes`: how many of them come",
        );
        check_refused(
            &rule("latency_ms = 1\nbytes = 1"),
            "line 3: `bytes` goes with `do = \"cut\"`",
        );
        check_refused(
            &rule("do = \"drop-after\"\nretry_after_s = 1"),
            "line 3: `retry_after_s` goes with an answer 429 or 503",
        );
        check_refused(&rule("latency_ms = 3600001"), "line 3: `latency_ms` is at most 3600000");
        check_refused(
            &rule("latency_ms = 1\non = [0]"),
            "line 3: `on` lists numbers of requests, from 1",
        );
        check_refused(&rule("latency_ms = 1\nevery = 0"), "line 3: `every` is a number from 1");
        check_refused(
            &rule("latency_ms = 1\nchance = 2"),
            "line 3: `chance` is a number from 0 to 1",
        );
        check_refused(
            &rule("latency_ms = 1\non = [1]\nevery = 2"),
            "line 3: `on`, `every` and `chance` exclude each other",
        );
        check_refused(
            "[[weather]]\npath = \"*\"\nlatency_ms = 1\nchance = 0.5",
            "line 1: `chance` needs a `seed` at the top of the script",
        );
        check_refused(
            "\n[[weather]]\npath = \"jobs/creat\"\nlatency_ms = 1",
            "line 2: `path` fits no endpoint: \"jobs/creat\"",
        );
        check_refused(
            "[[weather]]\npath = \"*\"\nlatency_ms = 1\n[[weather]]\npath = \"*\"\nlatency_ms = 1\nmethod = \"a b\"",
            "line 4: `method` is none: \"a b\"",
        );
    }

    #[test]
    fn what_is_no_script_is_refused_with_its_line() {
        let line = |text: &str| parse(text).expect_err("refused");
        assert!(
            line("[[weather]]\npath = \"*\"\npaht = 1").starts_with("line 3: unknown field `paht`")
        );
        assert!(line("[[weather]]\npath = \"*\"\ndo = \"rain\"").starts_with("line 3: "));
        assert!(line("seed = 1\nseed = 2").starts_with("line 2: "));
        assert!(line("[[weather]]\ndo = \"throttle\"").starts_with("line 1: missing field `path`"));
    }
}
