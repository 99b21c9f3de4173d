//! Ctrl-C and SIGTERM for code that does not run under tokio. Signals are those of Unix, and so is jobdeck:
//! it builds nowhere else.

use std::{io, sync::mpsc};

use tokio::signal::unix::{self, SignalKind};

use super::runtime::Worker;
use crate::error::{Error, Kind, Result};

/// A signal that asks a process to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C (SIGINT): a terminal sends it to the deck and to COMMAND alike.
    Interrupt,
    /// SIGTERM: only the deck gets it.
    Terminate,
}

/// The stop signals of this process, from now on. As long as somebody holds the receiver, they no
/// longer end the process; the first one after that is lost, and later ones too.
pub fn stop_signals() -> Result<mpsc::Receiver<Signal>> {
    let (sender, receiver) = mpsc::channel();
    let (ready, is_ready) = mpsc::channel();
    let worker = Worker::start("signals", |_stop| async move {
        match Source::new() {
            Err(cause) => drop(ready.send(Err(cause))),
            Ok(mut source) => {
                drop(ready.send(Ok(())));
                while let Some(signal) = source.next().await {
                    if sender.send(signal).is_err() {
                        break;
                    }
                }
            }
        }
    })?;
    let failed = || Error::new(Kind::Environment, "failed to wait for stop signals");
    is_ready
        .recv()
        .map_err(|cause| failed().because(cause))?
        .map_err(|cause| failed().because(cause))?;
    // The thread lives as long as the process: it is told by its receiver, not by a handle.
    drop(worker);
    Ok(receiver)
}

struct Source {
    interrupt: unix::Signal,
    terminate: unix::Signal,
}

impl Source {
    fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: unix::signal(SignalKind::interrupt())?,
            terminate: unix::signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> Option<Signal> {
        tokio::select! {
            got = self.interrupt.recv() => got.map(|()| Signal::Interrupt),
            got = self.terminate.recv() => got.map(|()| Signal::Terminate),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{process, time::Duration};

    use super::*;

    #[track_caller]
    fn check(name: &str, expected: Signal) {
        let signals = stop_signals().expect("signals");
        let own = process::id().to_string();
        let sent = process::Command::new("kill").args([name, &own]).status().expect("kill");
        assert!(sent.success());
        assert_eq!(signals.recv_timeout(Duration::from_secs(20)), Ok(expected));
    }

    #[test]
    fn signals_come_to_whoever_waits() {
        check("-TERM", Signal::Terminate);
        check("-INT", Signal::Interrupt);
    }
}
