//! Hands exchanges to the journal, counts how they ended, and stops the deck when one cannot be kept.

use std::sync::{
    Arc, Condvar, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use super::tally::{Counts, End, Tally};
use crate::{
    cassette::{Finished, Journal, Keep, Progress},
    error::{Error, Kind, Result},
    exchange::{Exchange, Response},
    net::Tap,
};

/// Where exchanges are kept: the journal, and in tests something that fails when told to.
pub trait Store: Send + Sync + 'static {
    /// Keeps an exchange. May wait.
    fn append(&self, exchange: Exchange) -> Result<()>;

    /// Keeps an exchange if that needs no wait now, else gives it back.
    fn append_at_once(&self, exchange: Exchange) -> Result<Option<Exchange>>;

    /// How far it is.
    fn progress(&self) -> Progress;

    /// Ends the recording.
    fn finish(self, keep: Keep) -> Result<Finished>;
}

impl Store for Journal {
    fn append(&self, exchange: Exchange) -> Result<()> {
        Self::append(self, exchange)
    }

    fn append_at_once(&self, exchange: Exchange) -> Result<Option<Exchange>> {
        Self::append_at_once(self, exchange)
    }

    fn progress(&self) -> Progress {
        Self::progress(self)
    }

    fn finish(self, keep: Keep) -> Result<Finished> {
        Self::finish(self, keep)
    }
}

/// The tap of a deck that records.
#[derive(Debug)]
pub struct Recorder<S = Journal> {
    /// Taken when the recording ends. Whoever appends has a share of it, so that many may wait for one
    /// sync, and nobody for this lock.
    store: Mutex<Option<Arc<S>>>,
    /// Somebody who appended after the end is done.
    done: Condvar,
    tally: Tally,
    failed: AtomicBool,
    failure: Mutex<Option<Error>>,
}

impl<S: Store> Recorder<S> {
    /// A recorder into this store.
    pub fn new(store: S) -> Self {
        Self {
            store: Mutex::new(Some(Arc::new(store))),
            done: Condvar::new(),
            tally: Tally::default(),
            failed: AtomicBool::new(false),
            failure: Mutex::default(),
        }
    }

    /// How the exchanges have ended so far.
    pub fn counts(&self) -> Counts {
        self.tally.counts()
    }

    /// All that is counted.
    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// How far the store is, and why it keeps nothing more, if that is so. Once the recording has ended,
    /// nothing waits.
    pub fn progress(&self) -> Progress {
        // Rings after the share below is given back.
        let _bell = Bell(self);
        let store = self.place().clone();
        let mut progress = store.as_deref().map(Store::progress).unwrap_or_default();
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(failure) = &*failure {
            progress.failure = Some(failure.to_string());
        }
        progress
    }

    /// Ends the recording, once the exchanges that are being kept are. The first failure to keep one comes
    /// out here, and then the store is left as a crash would leave it: to be recovered.
    pub fn finish(&self, keep: Keep) -> Result<Finished> {
        let store = self.take();
        if let Some(failure) = self.failure.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Err(failure);
        }
        store.ok_or_else(is_over)?.finish(keep)
    }

    /// The store, once nobody else has a share of it; none if the recording has ended before.
    fn take(&self) -> Option<S> {
        let mut place = self.place();
        let mut store = place.take()?;
        loop {
            match Arc::try_unwrap(store) {
                Ok(store) => return Some(store),
                Err(shared) => store = shared,
            }
            place = self.done.wait(place).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Keeps an exchange and counts it, or notes why it could not be kept. One that the store gives back
    /// is neither.
    fn keep(
        &self,
        end: End,
        append: impl FnOnce(&S) -> Result<Option<Exchange>>,
    ) -> Option<Exchange> {
        // Rings after the share below is given back, and that is after all is noted.
        let _bell = Bell(self);
        let store = self.place().clone();
        match store.as_deref().map_or_else(|| Err(is_over()), append) {
            Ok(Some(unkept)) => return Some(unkept),
            Ok(None) => self.tally.count(end),
            Err(error) => {
                let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
                failure.get_or_insert(error);
                self.failed.store(true, Ordering::Relaxed);
            }
        }
        None
    }

    fn place(&self) -> MutexGuard<'_, Option<Arc<S>>> {
        // Nothing panics while it holds the lock.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells whoever ends the recording, when dropped, that a share of the store was given back.
struct Bell<'a, S: Store>(&'a Recorder<S>);

impl<S: Store> Drop for Bell<'_, S> {
    fn drop(&mut self) {
        if self.0.place().is_none() {
            self.0.done.notify_all();
        }
    }
}

impl<S: Store> Tap for Recorder<S> {
    fn finished(&self, exchange: Exchange) -> bool {
        let end = End::of(&exchange);
        // `append` gives nothing back.
        let _ = self.keep(end, |store| store.append(exchange).map(|()| None));
        // Once something could not be kept, nothing is any more.
        !self.failed.load(Ordering::Relaxed)
    }

    fn finished_at_once(&self, exchange: Exchange) -> Option<Exchange> {
        let end = End::of(&exchange);
        self.keep(end, |store| store.append_at_once(exchange))
    }

    fn refusal(&self) -> Option<Response> {
        let message = "jobdeck can no longer keep what passes, and so forwards nothing. \
                       Stop it to see why.";
        self.failed
            .load(Ordering::Relaxed)
            .then(|| Response::error(507, "JOBDECK_RECORDING_FAILED", message))
    }
}

pub(super) fn is_over() -> Error {
    Error::new(Kind::Environment, "failed to keep an exchange").because("the recording has ended")
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{atomic::AtomicU64, mpsc},
        thread,
        time::Duration,
    };

    use super::*;
    use crate::exchange::Outcome;

    /// Keeps so many exchanges, and then says that the disk is full.
    struct Disk {
        kept: AtomicU64,
        room: u64,
    }

    impl Store for Disk {
        fn append(&self, _: Exchange) -> Result<()> {
            let kept = self.kept.fetch_add(1, Ordering::Relaxed) + 1;
            let full = || Error::new(Kind::Environment, format!("failed to write exchange {kept}"));
            if kept > self.room { Err(full()) } else { Ok(()) }
        }

        fn append_at_once(&self, exchange: Exchange) -> Result<Option<Exchange>> {
            self.append(exchange).map(|()| None)
        }

        fn progress(&self) -> Progress {
            Progress::default()
        }

        fn finish(self, _: Keep) -> Result<Finished> {
            let exchanges = self.kept.into_inner();
            Ok(Finished { path: None, exchanges, omitted: 0, residues: Vec::new() })
        }
    }

    fn exchange(outcome: Outcome) -> Exchange {
        Exchange { outcome, ..Exchange::empty() }
    }

    fn record(room: u64, outcomes: &[Outcome]) -> Recorder<Disk> {
        let recorder = Recorder::new(Disk { kept: AtomicU64::new(0), room });
        for outcome in outcomes {
            recorder.finished(exchange(*outcome));
        }
        recorder
    }

    /// Keeps an exchange once it is let go.
    struct Stuck {
        entered: mpsc::SyncSender<()>,
        leave: Mutex<mpsc::Receiver<()>>,
    }

    impl Store for Stuck {
        fn append(&self, _: Exchange) -> Result<()> {
            self.entered.send(()).expect("somebody listens");
            let leave = self.leave.lock().expect("the channel");
            leave.recv_timeout(Duration::from_secs(10)).expect("let go");
            Ok(())
        }

        fn append_at_once(&self, exchange: Exchange) -> Result<Option<Exchange>> {
            Ok(Some(exchange))
        }

        fn progress(&self) -> Progress {
            Progress::default()
        }

        fn finish(self, _: Keep) -> Result<Finished> {
            Ok(Finished { path: None, exchanges: 1, omitted: 0, residues: Vec::new() })
        }
    }

    #[test]
    fn whoever_waits_for_the_disk_holds_up_its_end_and_nobody_else() {
        let (entered, is_entered) = mpsc::sync_channel(1);
        let (let_go, leave) = mpsc::channel();
        let recorder = Recorder::new(Stuck { entered, leave: Mutex::new(leave) });
        thread::scope(|scope| {
            scope.spawn(|| recorder.finished(exchange(Outcome::Complete)));
            is_entered.recv().expect("it waits");
            let end = scope.spawn(|| recorder.finish(Keep::Seal));
            // Given back as long as the recording goes on, and refused once it is about to end.
            while recorder.finished_at_once(exchange(Outcome::Complete)).is_some() {
                thread::yield_now();
            }
            assert!(!end.is_finished(), "what is being kept is not cut off");
            let_go.send(()).expect("it waits");
            let error = end.join().expect("ended").expect_err("one came too late");
            assert!(error.to_string().ends_with("the recording has ended"), "{error}");
        });
        assert_eq!(recorder.counts().of(Outcome::Complete), 1);
    }

    #[test]
    fn exchanges_are_kept_and_counted_by_their_end() {
        let recorder = record(9, &[Outcome::Complete, Outcome::Deck, Outcome::Complete]);
        assert_eq!(recorder.refusal(), None);
        assert_eq!(recorder.finish(Keep::Seal).expect("a recording").exchanges, 3);
        let counts = recorder.counts();
        assert_eq!(counts.of(Outcome::Complete), 2);
        assert_eq!(counts.of(Outcome::Deck), 1);
        assert_eq!(counts.of(Outcome::ClientAborted), 0);
        assert_eq!(counts.total(), 3);
    }

    #[test]
    fn what_cannot_be_kept_ends_the_recording_and_is_its_error() {
        let recorder = record(1, &[Outcome::Complete; 3]);
        let refusal = recorder.refusal().expect("nothing more is forwarded");
        assert_eq!(refusal.status, 507);
        let error = recorder.finish(Keep::Seal).expect_err("the first failure");
        assert_eq!(error.to_string(), "failed to write exchange 2");
        assert_eq!(recorder.counts().total(), 1, "only what was kept counts");
    }

    #[test]
    fn an_exchange_after_the_end_is_a_failure() {
        let recorder = record(9, &[]);
        recorder.finish(Keep::Seal).expect("a recording");
        assert!(recorder.finish(Keep::Seal).is_err());
    }
}
