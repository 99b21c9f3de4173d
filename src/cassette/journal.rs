//! What is written while recording: `NAME.json.partial`, one line for each exchange, and from it the
//! sealed cassette when the recording ends.
//!
//! Redaction, writing and syncing happen on a thread of their own. Nothing is ever dropped: when the disk
//! is slower, [`Journal::append`] waits, and [`Journal::append_at_once`], which may be called from the
//! thread that serves, gives the exchange back; when it fails,
//! every later `append` fails, and what was written stays. Until [`Journal::finish`] an existing cassette
//! is untouched.

mod writer;

use std::{
    fmt,
    fs::{File, TryLockError},
    io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
};

use serde::{Deserialize, Serialize};

use super::{
    Cassette, Policy, Recovered, Redactor, Residue,
    bare::Bare,
    document::{EXCHANGES_MAX, Header, JOURNAL_BYTES_MAX, VERSION},
    file, read,
    recover::{self, Found},
    times::{Clockwork, Times},
    write,
};
use crate::{
    error::{Error, Kind, Result},
    exchange::Exchange,
};
use writer::{Ended, FULL, Scribe, Shared};
pub(super) use writer::{Room, Storage};

/// How a recording treats the cassette that is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// It is replaced.
    #[default]
    All,
    /// Its exchanges come first, the recorded ones after them: from [`Journal::next_seq`] and
    /// [`Journal::after_us`] on.
    NewEpisodes,
}

/// Is shown what is written.
pub trait Watch: fmt::Debug + Send + Sync + 'static {
    /// An exchange is about to be written, with its secrets taken out as far as they are known by now, and with
    /// its true times. Called on the thread that writes, in the order in which exchanges ended: it must not wait.
    fn written(&self, exchange: &Exchange);
}

/// How far a recording is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// How many exchanges wait to be written.
    pub waiting: usize,
    /// How much memory those take that wait or are being written, in bytes, about.
    pub waiting_bytes: usize,
    /// How long the journal is, in bytes.
    pub written_bytes: u64,
    /// Why nothing more is written, if that is so.
    pub failure: Option<String>,
}

/// What a recording is told at its start.
#[derive(Clone, Debug)]
pub struct Options {
    /// How an existing cassette is treated.
    pub mode: Mode,
    /// When the recording starts (RFC 3339).
    pub recorded: String,
    /// The base URL of the workspace, as it is; redaction takes its host out.
    pub upstream: String,
    /// The JSON pointers whose values clients make up.
    pub volatile: Vec<String>,
    /// What is redacted.
    pub policy: Policy,
    /// What is kept of times.
    pub times: Times,
    /// Whether [`Journal::append`] returns only once the exchange is on the disk.
    pub durable: bool,
    /// How many bytes may wait for the disk before [`Journal::append`] does.
    pub queue_bytes_max: usize,
    /// Is shown what is written.
    pub watch: Option<Arc<dyn Watch>>,
}

/// What becomes of a recording that ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// It becomes the cassette.
    Seal,
    /// What it was made for failed: it becomes `NAME.failed.json`, and the cassette stays.
    Failed,
}

/// What a recording has become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// The sealed file; none if nothing was recorded, in which case nothing was written or replaced.
    pub path: Option<PathBuf>,
    /// How many exchanges were recorded.
    pub exchanges: u64,
    /// How many of their bodies were too long to keep.
    pub omitted: u64,
    /// What still looked like a credential after redaction and was blanked: the recording ends with 1.
    pub residues: Vec<Residue>,
}

/// An open recording.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    header: Header,
    /// Holds the lock for as long as the recording lasts.
    lock: File,
    shared: Arc<Shared>,
    writer: Option<JoinHandle<Ended>>,
    recovered: Option<Recovered>,
    set_aside: Option<PathBuf>,
    next_seq: u64,
    after_us: u64,
}

impl Journal {
    /// Starts a recording of the cassette at `path`. If a recording of it had crashed, what it left is saved
    /// first, beside it; a journal of which nothing can be made is kept as `NAME.json.partial.damaged`. Fails
    /// if another recording of it is running, and if something that is no file stands at `path`.
    pub fn create(path: &Path, options: Options) -> Result<Self> {
        let room = Room { bytes: JOURNAL_BYTES_MAX, exchanges: EXCHANGES_MAX };
        Self::with_storage(path, options, room, |file| Box::new(file))
    }

    pub(super) fn with_storage(
        path: &Path,
        options: Options,
        room: Room,
        storage: impl FnOnce(File) -> Box<dyn Storage>,
    ) -> Result<Self> {
        let path = &file::resolved(path)?;
        let partial = file::beside(path, ".partial");
        let failed = |cause: std::io::Error| {
            Error::new(
                Kind::Environment,
                format!("failed to start journal `{}`", partial.display()),
            )
            .because(cause)
        };
        let open = || lock(&partial, true)?.ok_or_else(|| failed(ErrorKind::NotFound.into()));
        let mut lock = open()?;
        // Before anything is saved, so that a start that fails leaves everything as it was.
        let base = match options.mode {
            Mode::NewEpisodes if path.exists() => {
                Some(Cassette::load(path).inspect_err(|_| remove_empty(&lock, &partial))?)
            }
            Mode::All | Mode::NewEpisodes => None,
        };
        // Never as the cassette itself, which this recording replaces at its end.
        let mut set_aside = None;
        let recovered = match recover::seal_left_over(path, &recover::beside(path), &lock)? {
            Found::Exchanges(recovered) => Some(recovered),
            Found::Nothing => None,
            Found::Damage => {
                let aside = damaged(&partial);
                std::fs::rename(&partial, &aside).map_err(failed)?;
                set_aside = Some(aside);
                lock = open()?;
                None
            }
        };
        let from_sha256 = match &base {
            Some(cassette) => Some(cassette.sha256.clone()),
            // A cassette that is to be replaced need not be sound.
            None => File::open(path).ok().and_then(|file| Some(Bare::of(file, 0).ok()?.sha256())),
        };
        let mut redactor = Redactor::new(options.policy, &options.upstream);
        if let Some(cassette) = &base {
            redactor.number_after(cassette);
        }
        let header = Header {
            jobdeck: VERSION,
            mode: options.mode,
            recorded: base.as_ref().map_or(options.recorded, |cassette| cassette.recorded.clone()),
            upstream: redactor.upstream(&options.upstream),
            redaction: redactor.redaction(),
            volatile: options.volatile,
            from_sha256,
            process: std::process::id(),
        };
        let mut first = serde_json::to_vec(&header).map_err(|cause| failed(cause.into()))?;
        first.push(b'\n');
        let begun = lock
            .set_len(0)
            .and_then(|()| lock.seek(SeekFrom::Start(0)))
            .and_then(|_| lock.write_all(&first))
            .and_then(|()| lock.sync_all())
            .and_then(|()| file::sync_directory(&partial));
        let file = begun.and_then(|()| lock.try_clone()).map_err(failed)?;
        // What stands in the cassette already takes its part of the room.
        let taken = base.as_ref().and_then(|_| path.metadata().ok()).map_or(0, |data| data.len());
        let held = base.as_ref().map_or(0, |cassette| cassette.exchanges.len());
        let room = Room {
            bytes: room.bytes.saturating_sub(taken),
            exchanges: room.exchanges.saturating_sub(held),
        };
        let shared = Arc::new(Shared::new(options.queue_bytes_max.max(1), options.durable));
        let ends = base.iter().flat_map(|cassette| &cassette.exchanges).map(Exchange::end_us);
        let after_us = ends.max().unwrap_or(0);
        let clockwork = Clockwork::new(options.times, after_us);
        let scribe = Scribe { redactor, clockwork, watch: options.watch };
        let writer =
            writer::start(Arc::clone(&shared), scribe, storage(file), first.len() as u64, room)
                .map_err(failed)?;
        let last = base.as_ref().and_then(|cassette| cassette.exchanges.last());
        Ok(Self {
            path: path.to_owned(),
            header,
            lock,
            shared,
            writer: Some(writer),
            recovered,
            set_aside,
            next_seq: last.map_or(1, |exchange| exchange.seq.saturating_add(1)),
            after_us,
        })
    }

    /// Where a journal of an earlier recording is now of which nothing could be made.
    pub fn set_aside(&self) -> Option<&Path> {
        self.set_aside.as_deref()
    }

    /// What was saved of an earlier recording that had crashed.
    pub fn recovered(&self) -> Option<&Recovered> {
        self.recovered.as_ref()
    }

    /// The first free `seq`: 1, or behind those of the cassette that is continued.
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// When the exchanges of the cassette that is continued ended, in microseconds: the recorded ones have
    /// later times. 0 if none is continued.
    pub fn after_us(&self) -> u64 {
        self.after_us
    }

    /// The base URL of the workspace without its secrets, as it stands in the recording.
    pub fn upstream(&self) -> &str {
        &self.header.upstream
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        self.shared.progress()
    }

    /// Keeps an exchange. Waits while the queue is full; never drops. An error tells that the disk failed,
    /// now or earlier, and that this exchange is not kept.
    pub fn append(&self, exchange: Exchange) -> Result<()> {
        self.shared.append(exchange).map_err(|cause| self.broken(cause))
    }

    /// The same without a wait: an exchange that would have to wait for the disk comes back, to be given
    /// to [`Journal::append`] on a thread that may.
    pub fn append_at_once(&self, exchange: Exchange) -> Result<Option<Exchange>> {
        self.shared.append_at_once(exchange).map_err(|cause| self.broken(cause))
    }

    /// Ends the recording. Fails if a write did; then the journal stays for [`super::recover`].
    pub fn finish(mut self, keep: Keep) -> Result<Finished> {
        self.shared.close();
        let writer = self.writer.take();
        let mut ended = writer
            .and_then(|thread| thread.join().ok())
            .ok_or_else(|| self.broken("its writer broke off".to_owned()))?;
        if let Some(cause) = self.shared.error() {
            return Err(self.broken(cause));
        }
        let partial = file::beside(&self.path, ".partial");
        let exchanges = ended.index.len() as u64;
        let path = if exchanges == 0 {
            None
        } else {
            let path = match keep {
                Keep::Seal => self.path.clone(),
                Keep::Failed => file::variant(&self.path, "failed"),
            };
            let base = base(&self.path, &self.header)?;
            let mut journal = &self.lock;
            let redactor = ended.redactor.as_mut();
            write_sealed(&path, &self.header, base.as_ref(), &mut journal, ended.index, redactor)?;
            Some(path)
        };
        std::fs::remove_file(&partial)
            .and_then(|()| file::sync_directory(&partial))
            .map_err(|cause| self.broken(cause.to_string()))?;
        Ok(Finished { path, exchanges, omitted: ended.omitted, residues: ended.residues })
    }

    fn broken(&self, cause: String) -> Error {
        let name = self.path.display();
        let saves = format!("`jobdeck cassette recover {name}` saves it");
        let hint = if cause == FULL {
            format!("what was written stays; {saves}; record the rest to another cassette")
        } else {
            format!("what was written stays; {saves}")
        };
        Error::new(Kind::Environment, format!("failed to write journal `{name}.partial`"))
            .because(cause)
            .hint(hint)
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // A journal that is not finished is left as after a crash, but with all that was appended.
        self.shared.close();
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

/// Where an exchange stands in a journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) seq: u64,
    pub(super) offset: u64,
    /// Without the line feed.
    pub(super) bytes: u64,
}

/// Opens and locks a journal; none if there is none and none is to be made.
pub(super) fn lock(partial: &Path, make: bool) -> Result<Option<File>> {
    let name = partial.display();
    let failed = || Error::new(Kind::Environment, format!("failed to open journal `{name}`"));
    loop {
        let opened =
            File::options().read(true).write(true).create(make).truncate(false).open(partial);
        let mut file = match opened {
            Err(cause) if cause.kind() == ErrorKind::NotFound && !make => return Ok(None),
            opened => opened.map_err(|cause| {
                let hint = match cause.kind() {
                    ErrorKind::NotFound => "create its folder first",
                    _ => "check that it may be written there",
                };
                failed().because(cause).hint(hint)
            })?,
        };
        match file.try_lock() {
            Ok(()) if is_at(&file, partial) => return Ok(Some(file)),
            // Its recording ended in between and took it away.
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = holder(&mut file);
                return Err(failed()
                    .because(format!("another recording writes it{holder}"))
                    .hint("wait until it ends, or record to another cassette"));
            }
            Err(TryLockError::Error(cause)) => return Err(failed().because(cause)),
        }
    }
}

/// Where a journal is put of which nothing can be made.
fn damaged(partial: &Path) -> PathBuf {
    file::free(|number| match number {
        1 => file::beside(partial, ".damaged"),
        _ => file::beside(partial, &format!(".damaged-{number}")),
    })
}

/// Removes a journal that was made for nothing.
fn remove_empty(journal: &File, partial: &Path) {
    if journal.metadata().is_ok_and(|data| data.len() == 0) {
        // Why the recording cannot start counts more than an empty file.
        let _ = std::fs::remove_file(partial);
    }
}

/// Whether a file still stands under its name.
fn is_at(file: &File, path: &Path) -> bool {
    let place = |data: std::fs::Metadata| (data.dev(), data.ino());
    match (file.metadata(), path.metadata()) {
        (Ok(own), Ok(named)) => place(own) == place(named),
        _ => false,
    }
}

fn holder(file: &mut File) -> String {
    let mut line = String::new();
    let read = BufReader::new(file.take(1 << 16)).read_line(&mut line);
    match serde_json::from_str::<Header>(&line) {
        Ok(header) if read.is_ok() => format!(" (process {})", header.process),
        _ => String::new(),
    }
}

/// The cassette whose exchanges come first.
pub(super) fn base(path: &Path, header: &Header) -> Result<Option<Cassette>> {
    match (header.mode, &header.from_sha256) {
        (Mode::NewEpisodes, Some(sha256)) => {
            let cassette = Cassette::load(path)?;
            if cassette.sha256 == *sha256 {
                return Ok(Some(cassette));
            }
            let name = path.display();
            Err(Error::new(Kind::Cassette, format!("failed to add to cassette `{name}`"))
                .because("it was changed while the recording ran")
                .hint(format!(
                    "move it away; `jobdeck cassette recover {name}` saves the recording"
                )))
        }
        _ => Ok(None),
    }
}

/// Writes a sealed document from the lines of a journal, in the order of their numbers. The redactor that
/// made them takes out what it learned to be secret only after a line was written; without one, any hand
/// may have written them.
pub(super) fn write_sealed(
    path: &Path,
    header: &Header,
    base: Option<&Cassette>,
    journal: &mut (impl Read + Seek),
    mut index: Vec<Entry>,
    mut redactor: Option<&mut Redactor>,
) -> Result<u64> {
    index.sort_unstable();
    let mut redaction = header.redaction.clone();
    if let Some(base) = base {
        redaction = base.redaction.and(&redaction);
    }
    let header = Header { redaction, ..header.clone() };
    let mut exchanges = 0;
    file::replace(path, |out| {
        let mut text = String::new();
        let mut document = write::Document::open(&header, &mut text);
        let mut line = Vec::new();
        for exchange in base.iter().flat_map(|cassette| &cassette.exchanges) {
            line.clear();
            write::line(exchange, &mut line);
            document.exchange(as_text(&line)?, &mut text);
            exchanges += 1;
        }
        let mut reader = BufReader::with_capacity(1 << 20, journal);
        let mut at = reader.seek(SeekFrom::Start(0))?;
        for entry in &index {
            // Mostly a few lines forth or back, and so within the buffer.
            reader.seek_relative(entry.offset.cast_signed() - at.cast_signed())?;
            line.resize(usize::try_from(entry.bytes).map_err(std::io::Error::other)?, 0);
            reader.read_exact(&mut line)?;
            at = entry.offset + entry.bytes;
            match redactor.as_mut() {
                Some(redactor) if redactor.knows(&line) => {
                    let exchange = read::line(as_text(&line)?).map_err(std::io::Error::other)?;
                    line.clear();
                    write::line(&redactor.redact(exchange).exchange, &mut line);
                }
                Some(_) => {}
                // Not this process wrote it, and a hand may have laid it out anew.
                None => {
                    let exchange = read::line(as_text(&line)?).map_err(std::io::Error::other)?;
                    line.clear();
                    write::line(&exchange, &mut line);
                }
            }
            document.exchange(as_text(&line)?, &mut text);
            exchanges += 1;
            if text.len() > 1 << 16 {
                out.write_all(text.as_bytes())?;
                text.clear();
            }
        }
        document.close(&mut text);
        out.write_all(text.as_bytes())
    })?;
    Ok(exchanges)
}

fn as_text(line: &[u8]) -> std::io::Result<&str> {
    std::str::from_utf8(line).map_err(std::io::Error::other)
}
