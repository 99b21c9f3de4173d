//! The time that a connection has for each head, kept by one timer of the runtime.
//!
//! hyper asks for a timer with every head and drops it when the head has come, which is most often at once. To enter
//! one among the runtime's timers and take it out again costs more than to read a short head. So a connection
//! has one that stays entered: a deadline is a number, and only a timer that goes off looks at it.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use hyper::rt;
use tokio::time::{Sleep, sleep_until};

/// The deadlines of one connection, of which one holds at a time.
#[derive(Clone, Debug, Default)]
pub(super) struct Deadlines(Arc<Mutex<Option<Pin<Box<Sleep>>>>>);

/// Waits for a deadline.
struct Deadline {
    at: Instant,
    timer: Deadlines,
}

impl rt::Timer for Deadlines {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn rt::Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, at: Instant) -> Pin<Box<dyn rt::Sleep>> {
        Box::pin(Deadline { at, timer: self.clone() })
    }

    fn now(&self) -> Instant {
        tokio::time::Instant::now().into()
    }
}

impl rt::Sleep for Deadline {}

impl Future for Deadline {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let at = self.at.into();
        // Nothing panics while it holds the lock.
        let mut entered = self.timer.0.lock().unwrap_or_else(PoisonError::into_inner);
        let timer = entered.get_or_insert_with(|| Box::pin(sleep_until(at)));
        if timer.deadline() > at {
            timer.as_mut().reset(at);
        }
        loop {
            ready!(timer.as_mut().poll(cx));
            if timer.deadline() >= at {
                return Poll::Ready(());
            }
            // It went off for a head that has come since.
            timer.as_mut().reset(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use hyper::rt::Timer as _;
    use tokio::time::{Instant, advance};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_deadline_holds_whatever_was_waited_for_before() {
        let timer = Deadlines::default();
        let begun = Instant::now();
        let second = Duration::from_secs(1);
        let waits = |deadline: Pin<Box<dyn rt::Sleep>>, waited: Duration| async move {
            assert!(tokio::time::timeout(waited, deadline).await.is_err());
        };
        // Given up, as when a head comes.
        waits(timer.sleep(10 * second), second).await;
        // Later than the one that was given up.
        timer.sleep(20 * second).await;
        assert_eq!(begun.elapsed(), 21 * second);
        waits(timer.sleep(60 * second), second).await;
        // Sooner.
        timer.sleep(5 * second).await;
        assert_eq!(begun.elapsed(), 27 * second);
        advance(100 * second).await;
        timer.sleep(second).await;
        assert_eq!(begun.elapsed(), 128 * second);
    }
}
