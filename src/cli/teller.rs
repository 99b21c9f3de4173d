//! Tells on stderr of every exchange that is recorded.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, SyncSender, TrySendError},
    },
    thread::{self, JoinHandle},
};

use super::print;
use crate::{cassette::Watch, exchange::Exchange, record::Line};

/// How many lines may wait for whoever reads stderr.
const LINES_MAX: usize = 10_000;

/// Hands lines to a thread that writes them. A recording never waits for a terminal: what finds no place is
/// left out of what is told, and counted; the cassette has it all the same.
#[derive(Debug)]
pub(super) struct Teller {
    lines: SyncSender<Line>,
    left_out: Arc<AtomicU64>,
}

impl Teller {
    /// Gives the thread as well. It ends when the teller is gone and all lines are written.
    pub(super) fn start(write: impl FnMut(Told) + Send + 'static) -> (Self, JoinHandle<()>) {
        let (lines, waiting) = mpsc::sync_channel(LINES_MAX);
        let left_out = Arc::<AtomicU64>::default();
        let missing = Arc::clone(&left_out);
        let thread = thread::spawn(move || tell(&waiting, &missing, write));
        (Self { lines, left_out }, thread)
    }
}

/// What is told.
#[derive(Debug)]
pub(super) enum Told {
    /// An exchange.
    Exchange(Line),
    /// So many exchanges found no place.
    LeftOut(u64),
}

impl Told {
    /// Writes it to stderr.
    pub(super) fn print(self) {
        match self {
            Self::Exchange(line) => print::exchange(&line),
            Self::LeftOut(count) => print::note(format_args!(
                "jobdeck: {count} exchanges are not told here, because nobody read fast enough"
            )),
        }
    }
}

fn tell(waiting: &mpsc::Receiver<Line>, left_out: &AtomicU64, mut write: impl FnMut(Told)) {
    // Once more behind the last, for what was left out after it.
    let lines = waiting.iter().map(Some).chain([None]);
    for line in lines {
        if let Some(line) = line {
            write(Told::Exchange(line));
        }
        match left_out.swap(0, Ordering::Relaxed) {
            0 => {}
            count => write(Told::LeftOut(count)),
        }
    }
}

impl Watch for Teller {
    fn written(&self, exchange: &Exchange) {
        if let Err(TrySendError::Full(_)) = self.lines.try_send(Line::of(exchange)) {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(seq: u64) -> Exchange {
        Exchange { seq, ..Exchange::empty() }
    }

    #[test]
    fn a_reader_that_stands_still_holds_nobody_up_and_is_told_what_it_missed() {
        let (go_on, may_go_on) = mpsc::channel::<()>();
        let (told, all) = mpsc::channel();
        let (teller, thread) = Teller::start(move |what| {
            // Stands still at the first line, until the other end is gone.
            let _ = may_go_on.recv();
            told.send(what).expect("somebody listens");
        });
        let count = LINES_MAX as u64 + 100;
        for seq in 1..=count {
            teller.written(&exchange(seq));
        }
        drop((go_on, teller));
        thread.join().expect("the end");
        let (mut lines, mut missing) = (0, 0);
        for what in all {
            match what {
                Told::Exchange(_) => lines += 1,
                Told::LeftOut(count) => missing += count,
            }
        }
        assert_eq!(lines + missing, count);
        // One line may be in hand already.
        assert!((99..=100).contains(&missing), "{missing}");
    }
}
