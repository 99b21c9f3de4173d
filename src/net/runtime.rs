//! A thread with a single-threaded runtime of its own.

use std::{future::Future, io, thread, time::Duration};

use tokio::sync::oneshot;

use crate::error::{Error, Kind, Result};

/// A running thread that ends when it is told to.
#[derive(Debug)]
pub(super) struct Worker {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

/// Resolves when the thread shall end.
pub(super) type Stop = oneshot::Receiver<()>;

/// How long a thread that ends waits for calls that block, such as one that waits for the disk.
const BLOCKING_CALLS_WAIT: Duration = Duration::from_secs(5);

impl Worker {
    /// Runs `work` on a thread of that name. `work` gets what tells it to end; once it returns,
    /// whatever it left running is dropped.
    pub(super) fn start<F>(
        name: &str,
        work: impl FnOnce(Stop) -> F + Send + 'static,
    ) -> Result<Self>
    where
        F: Future<Output = ()>,
    {
        let failed = |cause: io::Error| {
            Error::new(Kind::Environment, format!("failed to start the `{name}` thread"))
                .because(cause)
        };
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                runtime.block_on(async { work(stopped).await });
                runtime.shutdown_timeout(BLOCKING_CALLS_WAIT);
            })
            .map_err(failed)?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }

    /// Tells the thread to end and waits until it has.
    pub(super) fn stop(mut self) {
        self.signal();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked is over as well, and has said so on stderr.
            let _ = thread.join();
        }
    }

    fn signal(&mut self) {
        if let Some(stop) = self.stop.take() {
            // Nobody listens on a thread that is over already.
            let _ = stop.send(());
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.signal();
    }
}
