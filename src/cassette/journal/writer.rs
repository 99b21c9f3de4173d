//! The thread that redacts, writes and syncs, and the queue that leads to it.

use std::{
    fs::File,
    io::{self, Write},
    mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::{Entry, Progress, Watch};
use crate::{
    cassette::{
        Redactor, Residue, document::LINE_BYTES_MAX, redact::Outlines, redact::Redacted,
        times::Clockwork, write,
    },
    exchange::{Body, Exchange},
};

/// The longest time for which a written line may be unsynced.
const SYNC_EVERY: Duration = Duration::from_millis(150);
/// How old the oldest exchange that is not written may be before new ones wait: what clients had for a
/// second survives a kill, however slow the disk or large the load.
const LAG_MAX: Duration = Duration::from_millis(200);
/// How long exchanges are gathered before they are written: one wake-up serves them all, and few enough come that
/// their bytes are still near the processor.
const GATHER: Duration = Duration::from_millis(2);

/// What a journal is written to.
pub(in crate::cassette) trait Storage: Write + Send {
    /// Returns once what was written is on the disk.
    fn sync(&mut self) -> io::Result<()>;
}

impl Storage for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

/// How much a journal may hold, so that the cassette that it becomes can be read.
#[derive(Clone, Copy, Debug)]
pub(in crate::cassette) struct Room {
    pub(in crate::cassette) bytes: u64,
    pub(in crate::cassette) exchanges: usize,
}

/// Why nothing more is written.
pub(super) const FULL: &str = "the recording is as large as a cassette may be";

/// What the writer knows at its end.
#[derive(Debug, Default)]
pub(super) struct Ended {
    pub(super) index: Vec<Entry>,
    pub(super) omitted: u64,
    pub(super) residues: Vec<Residue>,
    pub(super) redactor: Option<Redactor>,
}

/// The queue.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    /// Something waits to be written.
    work: Condvar,
    /// Something was written, or nothing will be any more.
    progress: Condvar,
    queue_bytes_max: usize,
    durable: bool,
}

#[derive(Debug, Default)]
struct State {
    queue: Vec<Exchange>,
    /// When the first of the queue came.
    queued_since: Option<Instant>,
    /// When the first of what the writer has in hand came.
    in_hand_since: Option<Instant>,
    /// Of the queue and of what the writer has in hand.
    bytes: usize,
    written_bytes: u64,
    appended: u64,
    synced: u64,
    closed: bool,
    error: Option<String>,
}

impl State {
    /// Whether an exchange waits for longer than it should.
    fn lags(&self) -> bool {
        self.in_hand_since.or(self.queued_since).is_some_and(|since| since.elapsed() > LAG_MAX)
    }
}

impl Shared {
    pub(super) fn new(queue_bytes_max: usize, durable: bool) -> Self {
        Self {
            state: Mutex::default(),
            work: Condvar::new(),
            progress: Condvar::new(),
            queue_bytes_max,
            durable,
        }
    }

    /// Queues an exchange; the error is that of the disk.
    pub(super) fn append(&self, exchange: Exchange) -> Result<(), String> {
        let bytes = weight(&exchange);
        let mut state = self.lock();
        while self.is_behind(&state, bytes) {
            state = self.progress.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if let Some(error) = &state.error {
            return Err(error.clone());
        }
        let ticket = self.queue(&mut state, exchange, bytes);
        while self.durable && state.error.is_none() && state.synced < ticket {
            state = self.progress.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        match &state.error {
            Some(error) if self.durable && state.synced < ticket => Err(error.clone()),
            _ => Ok(()),
        }
    }

    /// Queues an exchange if that needs no wait, else gives it back; the error is that of the disk.
    pub(super) fn append_at_once(&self, exchange: Exchange) -> Result<Option<Exchange>, String> {
        let bytes = weight(&exchange);
        let mut state = self.lock();
        if let Some(error) = &state.error {
            return Err(error.clone());
        }
        if self.durable || self.is_behind(&state, bytes) {
            return Ok(Some(exchange));
        }
        self.queue(&mut state, exchange, bytes);
        Ok(None)
    }

    /// Whether an exchange of so many bytes has to wait for those before it.
    fn is_behind(&self, state: &State, bytes: usize) -> bool {
        // One that is larger than the whole queue passes alone.
        let full = state.bytes > 0 && state.bytes + bytes > self.queue_bytes_max;
        state.error.is_none() && (full || state.lags())
    }

    /// Queues an exchange and returns its number.
    fn queue(&self, state: &mut State, exchange: Exchange, bytes: usize) -> u64 {
        let urgent = self.durable || state.bytes + bytes > self.queue_bytes_max / 2;
        if state.queue.is_empty() || urgent {
            self.work.notify_one();
        }
        if state.queue.is_empty() {
            state.queued_since = Some(Instant::now());
        }
        state.queue.push(exchange);
        state.bytes += bytes;
        state.appended += 1;
        state.appended
    }

    /// Tells the writer to write what is queued and end.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.work.notify_one();
    }

    pub(super) fn progress(&self) -> Progress {
        let state = self.lock();
        Progress {
            waiting: state.queue.len(),
            waiting_bytes: state.bytes,
            written_bytes: state.written_bytes,
            failure: state.error.clone(),
        }
    }

    pub(super) fn error(&self) -> Option<String> {
        self.lock().error.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change of the state is whole before anything that could panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for exchanges until `deadline`; none at the end.
    fn take(&self, deadline: Option<Instant>) -> Option<Vec<Exchange>> {
        let mut state = self.lock();
        while state.queue.is_empty() && !state.closed {
            state = match deadline
                .map(|deadline| deadline.saturating_duration_since(Instant::now()))
            {
                None => self.work.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => return Some(Vec::new()),
                Some(left) => {
                    self.work.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        if state.queue.is_empty() {
            return None;
        }
        let until = Instant::now() + GATHER;
        while !self.durable && !state.closed && state.bytes <= self.queue_bytes_max / 2 {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            state = self.work.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.in_hand_since = state.queued_since.take();
        Some(mem::take(&mut state.queue))
    }

    /// So many bytes no longer wait.
    fn release(&self, bytes: usize) {
        let mut state = self.lock();
        state.bytes -= bytes.min(state.bytes);
        if state.bytes <= self.queue_bytes_max / 2 {
            self.progress.notify_all();
        }
    }

    fn fail(&self, error: String) {
        let mut state = self.lock();
        state.error.get_or_insert(error);
        state.queue.clear();
        state.bytes = 0;
        self.progress.notify_all();
    }
}

/// Makes waiting callers go on if the writer breaks off.
struct Alarm<'a>(&'a Shared);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.fail("its writer broke off".to_owned());
        }
    }
}

/// What becomes of an exchange before it is written.
pub(super) struct Scribe {
    pub(super) redactor: Redactor,
    pub(super) clockwork: Clockwork,
    pub(super) watch: Option<Arc<dyn Watch>>,
}

impl Scribe {
    fn prepare(&mut self, exchange: Exchange) -> (Redacted, Outlines) {
        let (mut redacted, outlines) = self.redactor.redact_with_outlines(exchange);
        if let Some(watch) = &self.watch {
            watch.written(&redacted.exchange);
        }
        self.clockwork.set(&mut redacted.exchange);
        (redacted, outlines)
    }
}

/// Starts the thread. `offset` is how much the storage holds already.
pub(super) fn start(
    shared: Arc<Shared>,
    scribe: Scribe,
    storage: Box<dyn Storage>,
    offset: u64,
    room: Room,
) -> io::Result<JoinHandle<Ended>> {
    thread::Builder::new().name("journal".to_owned()).spawn(move || {
        let alarm = Alarm(&shared);
        let mut ended = Ended::default();
        if let Err(cause) = run(&shared, scribe, storage, offset, room, &mut ended) {
            shared.fail(cause.to_string());
        }
        drop(alarm);
        ended
    })
}

fn run(
    shared: &Shared,
    mut scribe: Scribe,
    mut storage: Box<dyn Storage>,
    mut offset: u64,
    room: Room,
    ended: &mut Ended,
) -> io::Result<()> {
    let mut lines = Vec::new();
    let mut writer = write::Lines::remembering();
    let mut written = 0;
    let mut sync_by: Option<Instant> = None;
    while let Some(batch) = shared.take(sync_by) {
        let mut done_bytes = 0;
        for exchange in batch {
            done_bytes += weight(&exchange);
            let (redacted, outlines) = scribe.prepare(exchange);
            ended.residues.extend(redacted.residues);
            ended.omitted += omitted(&redacted.exchange);
            let start = lines.len();
            writer.line_with_outlines(&redacted.exchange, outlines, &mut lines);
            let length = (lines.len() - start) as u64;
            let room = offset + length < room.bytes && ended.index.len() < room.exchanges;
            if !room || length >= LINE_BYTES_MAX {
                // What was written before is whole, and stays.
                lines.truncate(start);
                storage.write_all(&lines)?;
                storage.sync()?;
                return Err(io::Error::other(FULL));
            }
            ended.index.push(Entry { seq: redacted.exchange.seq, offset, bytes: length });
            lines.push(b'\n');
            offset += length + 1;
            written += 1;
            // A batch of large bodies is not held whole a second time.
            if lines.len() > 1 << 18 {
                storage.write_all(&lines)?;
                lines.clear();
            }
            // In steps, because those who append want the lock as well.
            if done_bytes > shared.queue_bytes_max / 64 {
                shared.release(mem::take(&mut done_bytes));
            }
        }
        shared.release(done_bytes);
        storage.write_all(&lines)?;
        lines.clear();
        lines.shrink_to(1 << 20);
        {
            let mut state = shared.lock();
            state.in_hand_since = None;
            state.written_bytes = offset;
        }
        shared.progress.notify_all();
        let unsynced = shared.lock().synced < written;
        if unsynced {
            let by = *sync_by.get_or_insert_with(|| Instant::now() + SYNC_EVERY);
            if shared.durable || by <= Instant::now() {
                storage.sync()?;
                shared.lock().synced = written;
                shared.progress.notify_all();
                sync_by = None;
            }
        }
    }
    storage.sync()?;
    shared.lock().synced = written;
    ended.redactor = Some(scribe.redactor);
    Ok(())
}

/// How much memory an exchange holds, about.
fn weight(exchange: &Exchange) -> usize {
    let request = &exchange.request;
    let mut bytes = 1024 + request.target.len() + request.body.bytes().len();
    if let Some(response) = &exchange.response {
        bytes += response.body.bytes().len();
    }
    bytes
}

fn omitted(exchange: &Exchange) -> u64 {
    let response = exchange.response.as_ref().map(|response| &response.body);
    [Some(&exchange.request.body), response]
        .into_iter()
        .flatten()
        .map(|body| u64::from(matches!(body, Body::Omitted { .. })))
        .sum()
}
