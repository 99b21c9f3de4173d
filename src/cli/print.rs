//! Writing for people, pipes and collectors of logs. A reader that went away is no error.
//!
//! What is told on stderr is text, or with `--log json` one JSON object a line, with these keys:
//!
//! - `time`: when it was written, RFC 3339 in UTC;
//! - `kind`: `note`, `warning`, `error` or `exchange`;
//! - `message` of the first three; of an error also `hint`, if there is one;
//! - of an exchange the keys of [`Line`](crate::record::Line): `seq`, `method`, `target`, `status` (null if no
//!   answer began), `ms`, `bytes`, `outcome`, and `weather` if some struck it.
//!
//! A COMMAND that writes to the same stderr writes what it likes.

use std::{
    fmt::{self, Display},
    io::{self, Write as _},
    sync::atomic::{AtomicBool, Ordering},
};

use serde_json::{Map, Value};

use crate::{
    error::{Error, Kind, Result},
    net, record,
};

/// What stands before a note for people, and the kind that says so in JSON.
const KINDS: [(&str, &str); 3] =
    [("jobdeck: ", "note"), ("note: ", "note"), ("warning: ", "warning")];

/// Whether stderr gets JSON. Set once, before anything is told.
static AS_JSON: AtomicBool = AtomicBool::new(false);

/// Writes JSON to stderr from here on.
pub(super) fn tell_as_json() {
    AS_JSON.store(true, Ordering::Relaxed);
}

/// A line of what was asked for, on stdout.
pub(super) fn line(text: impl Display) -> Result<()> {
    print(format_args!("{text}\n"))
}

/// What was asked for as it is, on stdout.
pub(super) fn text(text: &str) -> Result<()> {
    print(format_args!("{text}"))
}

/// How many columns the terminal has that stdout is; none if it is no terminal.
pub(super) fn columns() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some(size.ws_col.into()).filter(|columns| *columns > 0)
}

fn print(text: fmt::Arguments<'_>) -> Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_fmt(text).and_then(|()| stdout.flush()) {
        Err(cause) if cause.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(Kind::Environment, "failed to write to stdout").because(cause))
        }
        _ => Ok(()),
    }
}

/// A line about what is going on, on stderr.
pub(super) fn note(text: impl Display) {
    if !AS_JSON.load(Ordering::Relaxed) {
        return tell(&text);
    }
    let text = text.to_string();
    let (kind, message) = KINDS
        .iter()
        .find_map(|(prefix, kind)| Some((*kind, text.strip_prefix(prefix)?)))
        .unwrap_or(("note", &text));
    write_object(kind, [("message".to_owned(), message.trim_end().into())]);
}

/// An exchange that was recorded, on stderr.
pub(super) fn exchange(line: &record::Line) {
    if !AS_JSON.load(Ordering::Relaxed) {
        return tell(line);
    }
    // A line is plain values, which always make an object.
    if let Ok(Value::Object(members)) = serde_json::to_value(line) {
        write_object("exchange", members);
    }
}

/// What went wrong, and what can be done about it, on stderr.
pub(super) fn error(error: &Error) {
    if AS_JSON.load(Ordering::Relaxed) {
        let hint = error.next_step().map(|hint| ("hint".to_owned(), hint.into()));
        let message = ("message".to_owned(), error.to_string().into());
        return write_object("error", [message].into_iter().chain(hint));
    }
    tell(format_args!("error: {error}"));
    if let Some(hint) = error.next_step() {
        tell(format_args!("hint: {hint}"));
    }
}

fn tell(text: impl Display) {
    // One write: stderr has no buffer, and a receipt may have many lines.
    let _ = io::stderr().lock().write_all(format!("{text}\n").as_bytes());
}

fn write_object(kind: &str, members: impl IntoIterator<Item = (String, Value)>) {
    let mut object = Map::new();
    // A clock beyond all calendars leaves the time out.
    if let Ok(time) = record::rfc_3339(net::now_us()) {
        object.insert("time".to_owned(), time.into());
    }
    object.insert("kind".to_owned(), kind.into());
    object.extend(members);
    // One write, so that lines of several writers do not mix.
    let _ = io::stderr().lock().write_all(format!("{}\n", Value::Object(object)).as_bytes());
}
