//! Ctrl-C, SIGINT and SIGTERM for code that does not run under tokio. Signals are those of Unix, and so is jobdeck:
//! it builds nowhere else.

use std::{sync::mpsc, thread};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::{SignalsInfo, exfiltrator::raw::WithRawSiginfo},
};

use crate::error::{Error, Kind, Result};

/// A signal that asks a process to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// A terminal's Ctrl-C: the deck and COMMAND have got it alike.
    CtrlC,
    /// SIGINT that some process sent.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

/// The stop signals of this process, from now on. As long as somebody holds the receiver, they no
/// longer end the process; the first one after that is lost, and later ones too.
pub fn stop_signals() -> Result<mpsc::Receiver<Signal>> {
    let failed =
        |cause| Error::new(Kind::Environment, "failed to wait for stop signals").because(cause);
    let mut signals = SignalsInfo::<WithRawSiginfo>::new([SIGINT, SIGTERM]).map_err(failed)?;
    let (sender, receiver) = mpsc::channel();
    // The thread lives as long as the process: nobody waits for it.
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for caught in signals.forever() {
                // What processes send has a code of zero or less (POSIX, `siginfo_t`); a terminal's has not.
                let signal = match caught.si_signo {
                    SIGINT if caught.si_code > 0 => Signal::CtrlC,
                    SIGINT => Signal::Interrupt,
                    _ => Signal::Terminate,
                };
                if sender.send(signal).is_err() {
                    break;
                }
            }
        })
        .map_err(failed)?;
    Ok(receiver)
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
