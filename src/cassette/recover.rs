//! Saves what a recording left behind that did not end: every whole line of its journal, sealed.
//!
//! A torn last line is what a crash leaves and is left out; anything else that is no exchange is damage,
//! and told with its line. Nothing is ever overwritten.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use super::{
    document::{Header, LINE_BYTES_MAX, VERSION},
    file,
    journal::{self, Entry},
    read,
};
use crate::error::{Error, Kind, Result};

/// What was saved of a recording that did not end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The sealed file.
    pub path: PathBuf,
    /// How many exchanges it holds.
    pub exchanges: u64,
    /// Whether the last line was torn, and so left out.
    pub torn: bool,
}

/// Seals what `NAME.json.partial` holds, for the cassette at `path`: as `goal` if that is given, replacing
/// what is there; else as `NAME.json` if there is none, else as `NAME.recovered.json`; then removes it. None
/// if there is no journal, or if its recording kept nothing. Fails while its recording runs, and if nothing
/// but torn lines is left: then the journal stays.
pub fn recover(path: &Path, goal: Option<&Path>) -> Result<Option<Recovered>> {
    let path = &file::resolved(path)?;
    let partial = file::beside(path, ".partial");
    let Some(lock) = journal::lock(&partial, false)? else {
        return Ok(None);
    };
    let goal = match goal {
        Some(goal) => file::resolved(goal)?,
        None if path.exists() => beside(path),
        None => path.to_owned(),
    };
    let recovered = match seal_left_over(path, &goal, &lock)? {
        Found::Exchanges(recovered) => Some(recovered),
        Found::Nothing => None,
        Found::Damage => {
            let doing = format!("failed to recover `{}`", partial.display());
            return Err(Error::new(Kind::Cassette, doing)
                .because("it is damaged: not one whole exchange is in it")
                .hint("look what it holds; it stays until you remove it"));
        }
    };
    std::fs::remove_file(&partial).map_err(|cause| {
        Error::new(Kind::Environment, format!("failed to remove `{}`", partial.display()))
            .because(cause)
    })?;
    Ok(recovered)
}

/// What a journal held.
pub(super) enum Found {
    /// Exchanges, which are sealed now.
    Exchanges(Recovered),
    /// Nothing was recorded.
    Nothing,
    /// Bytes of which nothing can be made.
    Damage,
}

/// Seals the exchanges of a locked journal as `goal`, and leaves the journal.
pub(super) fn seal_left_over(path: &Path, goal: &Path, mut journal: &File) -> Result<Found> {
    let Some(left) = read_journal(path, &mut journal)? else {
        let is_empty = journal.metadata().is_ok_and(|data| data.len() == 0);
        return Ok(if is_empty { Found::Nothing } else { Found::Damage });
    };
    if left.index.is_empty() {
        return Ok(if left.torn { Found::Damage } else { Found::Nothing });
    }
    // A recording that continued a cassette which is no longer as it was is saved alone.
    let base = journal::base(path, &left.header).unwrap_or(None);
    let (header, index) = (&left.header, left.index);
    let exchanges = journal::write_sealed(goal, header, base.as_ref(), &mut journal, index, None)?;
    Ok(Found::Exchanges(Recovered { path: goal.to_owned(), exchanges, torn: left.torn }))
}

struct LeftOver {
    header: Header,
    index: Vec<Entry>,
    torn: bool,
}

fn read_journal(path: &Path, journal: &mut (impl Read + Seek)) -> Result<Option<LeftOver>> {
    let failed = |line: usize, cause: String| {
        Error::new(Kind::Cassette, format!("failed to recover `{}.partial:{line}`", path.display()))
            .because(cause)
            .hint("remove that line, or move the file away, and try again")
    };
    let io = |cause: std::io::Error| {
        Error::new(Kind::Environment, format!("failed to read `{}.partial`", path.display()))
            .because(cause)
    };
    journal.seek(SeekFrom::Start(0)).map_err(io)?;
    let mut reader = BufReader::with_capacity(1 << 20, journal);
    let mut bytes = Vec::new();
    let mut next = |number: usize| -> Result<Option<Vec<u8>>> {
        bytes.clear();
        (&mut reader).take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes).map_err(io)?;
        if bytes.len() as u64 == LINE_BYTES_MAX {
            return Err(failed(number, format!("the line is longer than {LINE_BYTES_MAX} bytes")));
        }
        Ok((!bytes.is_empty()).then(|| std::mem::take(&mut bytes)))
    };
    let whole = |line: &[u8]| line.last() == Some(&b'\n');
    let Some(first) = next(1)?.filter(|line| whole(line)) else {
        return Ok(None);
    };
    let header: Header =
        serde_json::from_slice(&first).map_err(|error| failed(1, error.to_string()))?;
    if header.jobdeck != VERSION {
        let cause =
            format!("it is of version {}; this jobdeck reads version {VERSION}", header.jobdeck);
        return Err(failed(1, cause));
    }
    let (mut index, mut torn) = (Vec::new(), false);
    let mut offset = first.len() as u64;
    let mut number = 1;
    loop {
        number += 1;
        let Some(line) = next(number)? else { break };
        if !whole(&line) {
            torn = true;
            break;
        }
        let bytes = line.len() as u64 - 1;
        let text = std::str::from_utf8(&line).map_err(|error| failed(number, error.to_string()))?;
        let seq = read::line(text).map_err(|cause| failed(number, cause))?.seq;
        index.push(Entry { seq, offset, bytes });
        offset += line.len() as u64;
    }
    index.sort_unstable();
    if let Some(pair) = index.windows(2).find(|pair| pair[0].seq == pair[1].seq) {
        return Err(failed(number, format!("two exchanges have the seq {}", pair[0].seq)));
    }
    Ok(Some(LeftOver { header, index, torn }))
}

/// The first free name for what is recovered beside a cassette.
pub(super) fn beside(path: &Path) -> PathBuf {
    file::free(|number| match number {
        1 => file::variant(path, "recovered"),
        _ => file::variant(path, &format!("recovered-{number}")),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{
        cassette::{
            Cassette, Journal, Mode, Options, Policy, Times,
            tests::{exchange, post},
        },
        exchange::Response,
    };

    #[test]
    fn a_journal_that_a_hand_laid_out_anew_gives_a_sound_cassette() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.json");
        let options = Options {
            mode: Mode::All,
            recorded: "2026-11-23T10:00:00Z".to_owned(),
            upstream: "http://127.0.0.1:1".to_owned(),
            volatile: Vec::new(),
            policy: Policy::default(),
            durable: false,
            queue_bytes_max: 1,
            watch: None,
            times: Times::default(),
        };
        let journal = Journal::create(&path, options).unwrap();
        let kept = exchange(1, post("/x", r#"{"a":[1,{}]}"#), Response::json(200, "{}"));
        journal.append(kept.clone()).unwrap();
        drop(journal);
        let partial = file::beside(&path, ".partial");
        let text = fs::read_to_string(&partial).unwrap();
        let edited = text.replace("\"seq\":1,", " \"seq\" : 1 , ").replace("[1,{}]", "[ 1, {} ]");
        assert_ne!(edited, text);
        fs::write(&partial, edited).unwrap();
        assert_eq!(recover(&path, None).unwrap().unwrap().exchanges, 1);
        assert_eq!(Cassette::load(&path).unwrap().exchanges, [kept]);
    }
}
