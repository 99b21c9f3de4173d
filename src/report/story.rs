//! Exchanges as people read them: a line each, with letters for the ids of jobs and runs.

use std::{collections::BTreeMap, sync::LazyLock};

use regex::Regex;
use serde_json::{Map, Value};

use super::visible::visible;
use crate::{
    contract::Endpoint,
    exchange::{Exchange, Outcome},
};

/// The longest request or answer that is shown, in characters.
const SHOWN_CHARS_MAX: usize = 150;
/// How many entries of a list are shown.
const ENTRIES_SHOWN_MAX: usize = 4;

/// One exchange, or several in a row that look the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Its number among all, or in the recording.
    pub(super) number: u64,
    /// What was asked.
    pub(super) request: String,
    /// What was answered.
    pub(super) answer: String,
    /// How often, one after the other.
    pub(super) times: usize,
}

/// Exchanges as lines. They have to be redacted already.
pub(super) fn story(exchanges: &[Exchange], is_recorded: bool) -> Vec<Line> {
    let mut letters = Letters::default();
    let mut lines: Vec<Line> = Vec::new();
    for (index, exchange) in (1..).zip(exchanges) {
        let request = request(exchange, &letters);
        letters.note(exchange);
        let answer = answer(exchange, &letters);
        let number = if is_recorded { exchange.seq } else { index };
        match lines.last_mut() {
            Some(last) if last.request == request && last.answer == answer => last.times += 1,
            _ => lines.push(Line { number, request, answer, times: 1 }),
        }
    }
    lines
}

/// The ids that were given, by letter.
#[derive(Default)]
pub(super) struct Letters(BTreeMap<(&'static str, i64), String>);

impl Letters {
    pub(super) fn note(&mut self, exchange: &Exchange) {
        let Some(body) = body(exchange) else { return };
        let made = match Endpoint::at(exchange.request.path()) {
            Some(Endpoint::Create) => "job_id",
            Some(Endpoint::RunNow | Endpoint::RunsSubmit) => "run_id",
            _ => return,
        };
        if let Some(id) = body.get(made).and_then(Value::as_i64) {
            let next = self.0.len();
            self.0.entry((made, id)).or_insert_with(|| letter(next));
        }
    }

    pub(super) fn of(&self, name: &str, value: &Value) -> Option<&str> {
        let kind = match name {
            "job_id" => "job_id",
            "run_id" | "original_attempt_run_id" => "run_id",
            _ => return None,
        };
        self.0.get(&(kind, value.as_i64()?)).map(String::as_str)
    }

    /// A value as JSON text, with letters in place of ids.
    fn write(&self, name: &str, value: &Value, out: &mut String) {
        match (self.of(name, value), value) {
            (Some(letter), _) => out.push_str(letter),
            (None, Value::Object(map)) => self.write_map(map, out),
            (None, Value::Array(items)) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(',');
                    }
                    self.write("", item, out);
                }
                out.push(']');
            }
            (None, scalar) => out.push_str(&scalar.to_string()),
        }
    }

    fn write_map(&self, map: &Map<String, Value>, out: &mut String) {
        out.push('{');
        for (index, (name, value)) in map.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            out.push_str(&Value::from(name.as_str()).to_string());
            out.push(':');
            self.write(name, value, out);
        }
        out.push('}');
    }
}

/// `A` to `Z`, then `A1` and so on.
fn letter(index: usize) -> String {
    let letter = char::from(b'A' + u8::try_from(index % 26).unwrap_or(0));
    if index < 26 { letter.to_string() } else { format!("{letter}{}", index / 26) }
}

fn body(exchange: &Exchange) -> Option<Value> {
    let response = exchange.response.as_ref()?;
    serde_json::from_slice(response.body.bytes()).ok()
}

fn request(exchange: &Exchange, letters: &Letters) -> String {
    let request = &exchange.request;
    let path = request.path().strip_prefix("/api/2.0/").unwrap_or(request.path());
    let query = request.query().unwrap_or_default();
    let query: Vec<String> = form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| {
            let id = value.parse::<i64>().ok().map(Value::from);
            let letter = id.as_ref().and_then(|id| letters.of(&name, id));
            format!("{name}={}", letter.unwrap_or(&value))
        })
        .collect();
    let mut shown = format!("{:<4} {path}", request.method.as_str());
    if !query.is_empty() {
        shown.push('?');
        shown.push_str(&query.join("&"));
    }
    if let Ok(body) = serde_json::from_slice::<Value>(request.body.bytes()) {
        shown.push(' ');
        letters.write("", &body, &mut shown);
    } else {
        let text = String::from_utf8_lossy(request.body.bytes());
        if !text.is_empty() {
            shown.push(' ');
            shown.push_str(&text);
        }
    }
    if request.headers.get("authorization").is_none() {
        shown.push_str(" (no credential)");
    }
    cut(&plain(&shown))
}

fn answer(exchange: &Exchange, letters: &Letters) -> String {
    let Some(response) = &exchange.response else {
        return match exchange.outcome {
            Outcome::ClientAborted => "(the client left before the answer)".to_owned(),
            _ => "(no whole answer)".to_owned(),
        };
    };
    let status = response.status;
    let Some(body) = body(exchange) else {
        let text = String::from_utf8_lossy(response.body.bytes());
        return cut(&plain(format!("{status} {text}").trim_end()));
    };
    let endpoint = Endpoint::at(exchange.request.path()).filter(|_| response.is_success());
    let shown = match endpoint {
        Some(Endpoint::RunsGet) => run(&body, letters),
        Some(Endpoint::RunsList) => list(&body, "runs", letters, run),
        Some(Endpoint::List) => list(&body, "jobs", letters, job),
        _ => None,
    };
    let shown = shown.unwrap_or_else(|| {
        let mut out = String::new();
        letters.write("", &body, &mut out);
        out
    });
    cut(&plain(&format!("{status} {shown}")))
}

/// A run by its letter and state.
fn run(run: &Value, letters: &Letters) -> Option<String> {
    let state = run.get("state")?;
    let word = |name: &str| state.get(name).and_then(Value::as_str);
    let mut shown = String::new();
    letters.write("run_id", run.get("run_id")?, &mut shown);
    for word in ["life_cycle_state", "result_state"].into_iter().filter_map(word) {
        shown.push(' ');
        shown.push_str(word);
    }
    Some(shown)
}

/// A job by its letter.
fn job(job: &Value, letters: &Letters) -> Option<String> {
    let mut shown = String::new();
    letters.write("job_id", job.get("job_id")?, &mut shown);
    Some(shown)
}

/// A list by its first entries.
fn list(
    body: &Value,
    name: &str,
    letters: &Letters,
    show: fn(&Value, &Letters) -> Option<String>,
) -> Option<String> {
    let items = body.get(name).and_then(Value::as_array);
    let items = items.map(Vec::as_slice).unwrap_or_default();
    let first: Option<Vec<String>> =
        items.iter().take(ENTRIES_SHOWN_MAX).map(|item| show(item, letters)).collect();
    let more = items.len().saturating_sub(ENTRIES_SHOWN_MAX);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let has_more = body.get("has_more").and_then(Value::as_bool).unwrap_or(false);
    let has_more = if has_more { ", has_more" } else { "" };
    Some(format!("[{}{more}]{has_more}", first?.join(", ")))
}

/// A text as it is read: without what makes names of a check unlike all others, and with what would act made
/// visible.
pub(super) fn plain(text: &str) -> String {
    static OWN: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new("jobdeck-[0-9a-f]{8}-[0-9]{5}-").ok());
    match &*OWN {
        Some(own) => visible(&own.replace_all(text, "")),
        None => visible(text),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
