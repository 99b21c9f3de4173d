//! Cassettes for the eyes: a table with a line for each exchange, and single exchanges as they stand in
//! the file.
//!
//! Whatever was recorded may stand in them, so nothing that steers a terminal leaves here: control
//! characters and those that turn the direction of text are shown as JSON escapes.

use std::{borrow::Cow, collections::BTreeMap, fmt::Write as _};

use serde::Deserialize;
use serde_json::value::RawValue;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::{Cassette, write};
use crate::exchange::{Body, Exchange, Outcome, Response};

/// What stands between two columns.
const GAP: &str = "  ";
/// The least room for target and summary together, however narrow the table.
const FREE_MIN: usize = 30;

/// A table of what passed, at most so many columns of a terminal wide: number, seconds since the start,
/// method, target, status, milliseconds, and what the answer says in a few words. Long targets are cut in
/// their middle, since what they are about stands at their end.
pub fn table(cassette: &Cassette, columns: usize) -> String {
    let rows: Vec<Row> = cassette.exchanges.iter().map(Row::of).collect();
    let heads = ["SEQ", "SECONDS", "METHOD", "TARGET", "STATUS", "MS", "ANSWER"];
    let mut widths = heads.map(str::width);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(&row.0) {
            *width = cell.width().max(*width);
        }
    }
    let [seq, seconds, method, target, status, took, answer] = widths;
    let fixed = seq + seconds + method + status + took + 6 * GAP.len();
    let free = columns.saturating_sub(fixed).max(FREE_MIN);
    // What one of both does not need is the other's.
    let answer = answer.min(free.saturating_sub(target).max(free / 2));
    let target = target.min(free - answer);
    let mut out = String::new();
    let heads = Row(heads.map(Cow::Borrowed));
    for Row(cells) in std::iter::once(&heads).chain(&rows) {
        let line = [
            right(&cells[0], seq),
            right(&cells[1], seconds),
            left(&cells[2], method),
            left(&cut_middle(&cells[3], target), target),
            left(&cells[4], status),
            right(&cells[5], took),
            cut_end(&cells[6], answer).into_owned(),
        ];
        out.push_str(line.join(GAP).trim_end());
        out.push('\n');
    }
    out
}

/// An exchange as it stands in its cassette, but for the indentation.
pub fn whole(exchange: &Exchange) -> String {
    let mut line = Vec::new();
    write::line(exchange, &mut line);
    let mut text = String::new();
    write::lay_out(&String::from_utf8_lossy(&line), &mut text);
    let text = text.trim_start_matches('\n').lines().map(|line| line.strip_prefix("    "));
    let lines: Vec<_> = text.map(|line| visible(line.unwrap_or_default())).collect();
    lines.join("\n")
}

/// A text without what steers a terminal: such characters become JSON escapes, so that JSON stays JSON.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        if steers(letter) {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                // Text into memory cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(letter);
        }
    }
    Cow::Owned(out)
}

/// Whether a character does something other than to be seen.
fn steers(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// The cells of a line, in the order of [`table`].
struct Row([Cow<'static, str>; 7]);

impl Row {
    fn of(exchange: &Exchange) -> Self {
        let response = exchange.response.as_ref();
        Self([
            exchange.seq.to_string().into(),
            thousandths(exchange.at_us, 1_000_000).into(),
            visible(exchange.request.method.as_str()).into_owned().into(),
            visible(&exchange.request.target).into_owned().into(),
            response.map_or_else(|| "-".into(), |response| response.status.to_string().into()),
            thousandths(exchange.took_us, 1000).into(),
            visible(&summary(exchange)).into_owned().into(),
        ])
    }
}

/// So many microseconds in a unit, with the digits that count.
fn thousandths(us: u64, unit_us: u64) -> String {
    let (digits, scale) = if unit_us == 1000 { (1, 100) } else { (3, 1000) };
    format!("{}.{:0digits$}", us / unit_us, us % unit_us / scale)
}

/// What an exchange came to, in a few words as they were recorded: a run's state, an error, what was made.
pub fn summary(exchange: &Exchange) -> String {
    let said = exchange.response.as_ref().map(answer).unwrap_or_default();
    match (exchange.outcome, &*said) {
        (Outcome::Complete, _) => said,
        (outcome, "") => outcome.name().to_owned(),
        (outcome, _) => format!("{}: {said}", outcome.name()),
    }
}

/// What there is to read in most answers of the API, and in its errors.
#[derive(Default, Deserialize)]
struct Said<'a> {
    #[serde(borrow)]
    error_code: Option<Cow<'a, str>>,
    #[serde(borrow)]
    message: Option<Cow<'a, str>>,
    #[serde(borrow)]
    job_id: Option<&'a RawValue>,
    #[serde(borrow)]
    run_id: Option<&'a RawValue>,
    #[serde(borrow)]
    state: Option<State<'a>>,
    #[serde(borrow)]
    metadata: Option<Run<'a>>,
    #[serde(borrow)]
    runs: Option<Vec<Run<'a>>>,
    #[serde(borrow)]
    jobs: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Run<'a> {
    #[serde(borrow)]
    state: Option<State<'a>>,
}

#[derive(Deserialize)]
struct State<'a> {
    #[serde(borrow, rename = "life_cycle_state")]
    life_cycle: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "result_state")]
    result: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "state_message")]
    message: Option<Cow<'a, str>>,
}

fn answer(response: &Response) -> String {
    let bytes = match &response.body {
        Body::Whole(bytes) => bytes,
        Body::Omitted { bytes, .. } => return format!("{bytes} bytes, not kept"),
    };
    // An answer in another form says nothing in few words.
    let said: Said<'_> = serde_json::from_slice(bytes).unwrap_or_default();
    if let Some(code) = said.error_code {
        return match said.message {
            Some(message) if !message.is_empty() => format!("{code}: {message}"),
            _ => code.into_owned(),
        };
    }
    if let Some(runs) = said.runs {
        let mut states = BTreeMap::<&str, usize>::new();
        for run in &runs {
            let state = run.state.as_ref().and_then(|state| state.life_cycle.as_deref());
            *states.entry(state.unwrap_or("without a state")).or_default() += 1;
        }
        let states: Vec<_> =
            states.iter().map(|(state, count)| format!("{count} {state}")).collect();
        return listed(runs.len(), "run", &states.join(", "));
    }
    if let Some(jobs) = said.jobs {
        return listed(jobs.len(), "job", "");
    }
    if let Some(state) = said.state.or(said.metadata.and_then(|run| run.state)) {
        return told(&state);
    }
    match (said.run_id, said.job_id) {
        (Some(run), _) => format!("run {}", run.get()),
        (None, Some(job)) => format!("job {}", job.get()),
        (None, None) => String::new(),
    }
}

fn listed(count: usize, what: &str, states: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    let colon = if states.is_empty() { "" } else { ": " };
    format!("{count} {what}{plural}{colon}{states}")
}

/// A state as people say it: the message only where something went wrong.
fn told(state: &State<'_>) -> String {
    let result = state.result.as_deref().unwrap_or_default();
    let life_cycle = state.life_cycle.as_deref().unwrap_or_default();
    let mut text = format!("{life_cycle} {result}").trim().to_owned();
    let went_wrong = !matches!(result, "" | "SUCCESS") || life_cycle == "INTERNAL_ERROR";
    if let Some(message) = state.message.as_deref().filter(|m| went_wrong && !m.is_empty()) {
        text.extend([": ", message]);
    }
    text
}

fn right(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(text.width())))
}

fn left(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// The text with its end cut off if it is wider than that.
fn cut_end(text: &str, width: usize) -> Cow<'_, str> {
    if text.width() <= width {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}…", start(text, width.saturating_sub(1))))
}

/// The text with its middle cut out if it is wider than that; more is left of its end.
fn cut_middle(text: &str, width: usize) -> Cow<'_, str> {
    if text.width() <= width {
        return Cow::Borrowed(text);
    }
    let room = width.saturating_sub(1);
    let before = start(text, room / 3);
    let mut left = room - before.width();
    let after = text.char_indices().rev().take_while(|(_, letter)| {
        let wide = letter.width().unwrap_or(0);
        let fits = wide <= left;
        left = if fits { left - wide } else { 0 };
        fits
    });
    let after = after.last().map_or("", |(at, _)| &text[at..]);
    Cow::Owned(format!("{before}…{after}"))
}

/// As much of the start of a text as fits.
fn start(text: &str, width: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, letter)| {
        used += letter.width().unwrap_or(0);
        used > width
    });
    end.map_or(text, |(at, _)| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cassette::tests::{cassette, exchange, post};
    use crate::exchange::Request;

    fn get(seq: u64, target: &str, status: u16, body: &str) -> Exchange {
        let request = Request::new(http::Method::GET, target);
        exchange(seq, request, Response::json(status, body.to_owned()))
    }

    fn recording() -> Cassette {
        let run = "/api/2.0/jobs/runs/get?run_id=452";
        let mut cut = get(9, run, 200, "");
        cut.outcome = Outcome::UpstreamFailed;
        cut.response = None;
        let mut long = get(10, "/api/2.0/jobs/runs/export?run_id=452", 200, "");
        let omitted = Body::Omitted { bytes: 20_000_000, sha256: "0".repeat(64) };
        long.response.as_mut().unwrap().body = omitted;
        cassette(vec![
            exchange(
                1,
                post("/api/2.0/jobs/create", "{}"),
                Response::json(200, r#"{"job_id":9007199254740993}"#),
            ),
            exchange(
                2,
                post("/api/2.0/jobs/run-now", "{}"),
                Response::json(200, r#"{"run_id":452,"number_in_job":1}"#),
            ),
            get(3, run, 200, r#"{"run_id":452,"state":{"life_cycle_state":"RUNNING"}}"#),
            get(
                4,
                "/api/2.0/jobs/runs/get-output?run_id=452",
                200,
                r#"{"metadata":{"state":{"life_cycle_state":"TERMINATED","result_state":"FAILED",
                    "state_message":"the cluster\nis gone"}}}"#,
            ),
            get(
                5,
                "/api/2.0/jobs/runs/list?active_only=true&limit=2&offset=100",
                200,
                r#"{"runs":[{"state":{"life_cycle_state":"RUNNING"}},{"state":{"life_cycle_state":"PENDING"}},{}]}"#,
            ),
            get(6, "/api/2.0/jobs/list", 200, r#"{"jobs":[{}]}"#),
            get(
                7,
                "/api/2.0/jobs/get?job_id=3",
                400,
                r#"{"error_code":"INVALID_PARAMETER_VALUE","message":"Job 3 does not exist."}"#,
            ),
            get(8, "/login", 302, "<html>"),
            cut,
            long,
        ])
    }

    #[test]
    fn a_table_tells_what_happened() {
        insta::assert_snapshot!(table(&recording(), 140), @r"
        SEQ  SECONDS  METHOD  TARGET                                                    STATUS   MS  ANSWER
          1    0.001  POST    /api/2.0/jobs/create                                      200     0.5  job 9007199254740993
          2    0.002  POST    /api/2.0/jobs/run-now                                     200     0.5  run 452
          3    0.003  GET     /api/2.0/jobs/runs/get?run_id=452                         200     0.5  RUNNING
          4    0.004  GET     /api/2.0/jobs/runs/get-output?run_id=452                  200     0.5  TERMINATED FAILED: the cluster\u000ais gone
          5    0.005  GET     /api/2.0/jobs/runs…t?active_only=true&limit=2&offset=100  200     0.5  3 runs: 1 PENDING, 1 RUNNING, 1 without a state
          6    0.006  GET     /api/2.0/jobs/list                                        200     0.5  1 job
          7    0.007  GET     /api/2.0/jobs/get?job_id=3                                400     0.5  INVALID_PARAMETER_VALUE: Job 3 does not exist.
          8    0.008  GET     /login                                                    302     0.5
          9    0.009  GET     /api/2.0/jobs/runs/get?run_id=452                         -       0.5  upstream-failed
         10    0.010  GET     /api/2.0/jobs/runs/export?run_id=452                      200     0.5  20000000 bytes, not kept
        ");
    }

    #[test]
    fn a_narrow_table_keeps_the_ends_of_targets() {
        insta::assert_snapshot!(table(&recording(), 80), @"
        SEQ  SECONDS  METHOD  TARGET                  STATUS   MS  ANSWER
          1    0.001  POST    /api/2.0/jobs/create    200     0.5  job 9007199254740993
          2    0.002  POST    /api/2.0/jobs/run-now   200     0.5  run 452
          3    0.003  GET     /api/2.…get?run_id=452  200     0.5  RUNNING
          4    0.004  GET     /api/2.…put?run_id=452  200     0.5  TERMINATED FAILED: t…
          5    0.005  GET     /api/2.…t=2&offset=100  200     0.5  3 runs: 1 PENDING, 1…
          6    0.006  GET     /api/2.0/jobs/list      200     0.5  1 job
          7    0.007  GET     /api/2.…s/get?job_id=3  400     0.5  INVALID_PARAMETER_VA…
          8    0.008  GET     /login                  302     0.5
          9    0.009  GET     /api/2.…get?run_id=452  -       0.5  upstream-failed
         10    0.010  GET     /api/2.…ort?run_id=452  200     0.5  20000000 bytes, not …
        ");
    }

    #[test]
    fn an_exchange_stands_as_in_its_cassette() {
        let all = recording();
        let text = all.to_text();
        for exchange in &all.exchanges {
            let shown: Vec<_> =
                whole(exchange).lines().map(|line| format!("    {line}\n")).collect();
            assert!(text.contains(shown.concat().trim_end()), "{}", shown.concat());
        }
    }

    #[track_caller]
    fn check_cut(text: &str, width: usize, end: &str, middle: &str) {
        assert_eq!(cut_end(text, width), end);
        assert_eq!(cut_middle(text, width), middle);
        assert!(end.width() <= width && middle.width() <= width, "{text}");
    }

    #[test]
    fn wide_letters_take_two_columns() {
        check_cut("run_id=1", 8, "run_id=1", "run_id=1");
        check_cut("/jobs?run_id=1", 8, "/jobs?r…", "/j…_id=1");
        check_cut("夜間夜間夜間", 7, "夜間夜…", "夜…夜間");
        check_cut("夜間夜間夜間", 1, "…", "…");
    }

    #[test]
    fn nothing_recorded_steers_the_terminal() {
        let hostile = "\u{1b}]0;title\u{7} \u{9b}31m \u{202e}evil \u{7f} \u{e0041}";
        let mut exchange = get(1, "/x?\u{1b}[2J", 400, "");
        let body = format!(
            "{{\"error_code\":{},\"message\":\"\\u001b[2J \u{9b}2J\"}}",
            serde_json::Value::from(hostile)
        );
        let response = exchange.response.as_mut().unwrap();
        response.body = Body::Whole(body.into());
        response.headers.append(
            http::HeaderName::from_static("x-odd"),
            http::HeaderValue::from_bytes("\u{9b}2J".as_bytes()).unwrap(),
        );
        for shown in [whole(&exchange), table(&cassette(vec![exchange.clone()]), 400)] {
            let seen = shown.replace('\n', "");
            assert!(!seen.contains(steers), "{seen:?}");
            assert!(seen.contains("\\u001b[2J") && seen.contains("\\u202eevil"), "{seen}");
        }
        // What was escaped still means the same.
        let text = whole(&exchange);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["response"]["body"]["json"]["error_code"], hostile);
    }
}
