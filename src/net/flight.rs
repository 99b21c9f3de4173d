//! An exchange while it happens: begun before it is forwarded, told to the tap exactly once, however it ends.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;
use tokio::{runtime::Handle, task::JoinHandle};

use super::{
    capture::{Budget, Capture},
    clock::Clock,
    tap::Tap,
};
use crate::exchange::{Body, Exchange, Headers, Outcome, Request, Response};

/// What all exchanges of a proxy share.
pub(super) struct Ledger {
    pub(super) tap: Arc<dyn Tap>,
    pub(super) budget: Arc<Budget>,
    clock: Clock,
    after_us: u64,
    next_seq: AtomicU64,
}

impl Ledger {
    /// The ledger of a proxy that starts now. The first exchange gets `first_seq`, and the times begin at
    /// `after_us`.
    pub(super) fn new(tap: Arc<dyn Tap>, budget: Budget, first_seq: u64, after_us: u64) -> Self {
        let next_seq = AtomicU64::new(first_seq);
        Self { tap, budget: Arc::new(budget), clock: Clock::start(), after_us, next_seq }
    }

    fn now_us(&self) -> u64 {
        self.after_us.saturating_add(self.clock.elapsed_us())
    }
}

/// An exchange in flight. Dropped before it is over, it counts as one that the client left.
pub(super) struct Flight {
    ledger: Arc<Ledger>,
    /// Taken when it is told. Apart, because a flight is moved several times.
    exchange: Option<Box<Exchange>>,
    upload: Option<Upload>,
}

impl Flight {
    /// A request came, and gets its number.
    pub(super) fn begin(
        ledger: &Arc<Ledger>,
        connection: u64,
        request: Request,
        upload: Option<Upload>,
    ) -> Self {
        let exchange = Exchange {
            seq: ledger.next_seq.fetch_add(1, Ordering::Relaxed),
            connection,
            at_us: ledger.now_us(),
            first_byte_us: None,
            took_us: 0,
            request,
            response: None,
            redacted: Vec::new(),
            outcome: Outcome::ClientAborted,
            weather: None,
        };
        Self { ledger: Arc::clone(ledger), exchange: Some(Box::new(exchange)), upload }
    }

    /// The request as it came, without its body.
    pub(super) fn request(&self) -> Option<&Request> {
        self.exchange.as_deref().map(|exchange| &exchange.request)
    }

    /// The body of the request on its way, if it has one.
    pub(super) fn upload(&self) -> Option<&Upload> {
        self.upload.as_ref()
    }

    /// Weather of this name, if any, is what it meets.
    pub(super) fn struck(&mut self, weather: Option<&'static str>) {
        if let Some(exchange) = &mut self.exchange {
            exchange.weather = weather;
        }
    }

    /// The head of the response came.
    pub(super) fn answered(&mut self, status: u16, headers: Headers) {
        let now_us = self.ledger.now_us();
        if let Some(exchange) = &mut self.exchange {
            exchange.first_byte_us = Some(now_us.saturating_sub(exchange.at_us));
            exchange.response = Some(Response { status, headers, body: Body::empty() });
        }
    }

    /// The deck itself answers, because the upstream never saw the request.
    pub(super) fn answered_by_deck(&mut self, response: Response) {
        self.answered(response.status, response.headers);
        self.set_response_body(response.body);
    }

    /// The body of the response, as far as it came.
    pub(super) fn set_response_body(&mut self, body: Body) {
        if let Some(response) =
            self.exchange.as_deref_mut().and_then(|exchange| exchange.response.as_mut())
        {
            response.body = body;
        }
    }

    /// The client got something else at this place than the upstream sent.
    pub(super) fn note_changed(&mut self, pointer: &str) {
        if let Some(exchange) = &mut self.exchange {
            exchange.redacted.push(pointer.to_owned());
        }
    }

    /// It is over: tells the tap, beside this thread if the tap has to wait. What is returned then ends
    /// when the tap has it, and gives whether it is kept.
    pub(super) fn tell(&mut self, outcome: Outcome) -> Option<JoinHandle<bool>> {
        let mut exchange = self.exchange.take()?;
        exchange.took_us = self.ledger.now_us().saturating_sub(exchange.at_us);
        exchange.outcome = outcome;
        if let Some(upload) = &self.upload {
            exchange.request.body = upload.body();
        }
        let tap = Arc::clone(&self.ledger.tap);
        let mut untold = Untold { exchange: Some(tap.finished_at_once(*exchange)?), tap };
        // Without a runtime there is nobody whom a wait could hold up.
        let runtime = Handle::try_current().ok()?;
        Some(runtime.spawn_blocking(move || untold.tell()))
    }

    /// The same, and waits until the tap has it.
    pub(super) async fn tell_and_wait(mut self, outcome: Outcome) {
        if let Some(told) = self.tell(outcome) {
            // The task cannot fail but by a panic of the tap, and that one has been printed.
            let _ = told.await;
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        // Nobody is left whose answer could be held back until the tap has it.
        drop(self.tell(Outcome::ClientAborted));
    }
}

/// An exchange for which the tap has to wait. Dropped, it is told: a runtime that ends drops the calls
/// that it has not begun, and no exchange may be lost with them.
struct Untold {
    tap: Arc<dyn Tap>,
    exchange: Option<Exchange>,
}

impl Untold {
    fn tell(&mut self) -> bool {
        self.exchange.take().is_some_and(|exchange| self.tap.finished(exchange))
    }
}

impl Drop for Untold {
    fn drop(&mut self) {
        // Nobody is left who would want to know whether it is kept.
        let _ = self.tell();
    }
}

/// The body of a request on its way up: written by the connection to the upstream, read by the flight.
#[derive(Clone)]
pub(super) struct Upload(Arc<Mutex<Progress>>);

/// How far an upload is.
pub(super) struct Progress {
    /// What has passed.
    pub(super) capture: Capture,
    /// What it waits for or how it ended.
    pub(super) state: UploadState,
}

/// Where an upload stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UploadState {
    /// The upstream has to take what came.
    Passing,
    /// The client has to send more.
    Awaited,
    /// All of it has passed.
    Ended,
    /// The client broke off.
    Failed,
}

impl Upload {
    /// An upload of which nothing has passed.
    pub(super) fn new(ledger: &Ledger) -> Self {
        let capture = Capture::new(Arc::clone(&ledger.budget));
        Self(Arc::new(Mutex::new(Progress { capture, state: UploadState::Passing })))
    }

    /// How far it is.
    pub(super) fn progress(&self) -> MutexGuard<'_, Progress> {
        // Nothing panics while it holds the lock, and counts would be sound if it did.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The body, to be sent once more; none unless all of it has passed and is kept.
    pub(super) fn rewind(&self) -> Option<Bytes> {
        let mut progress = self.progress();
        if progress.state != UploadState::Ended {
            return None;
        }
        let body = progress.capture.rewind()?;
        progress.state = UploadState::Passing;
        Some(body)
    }

    fn body(&self) -> Body {
        let mut progress = self.progress();
        match progress.state {
            UploadState::Ended => progress.capture.whole(),
            UploadState::Passing | UploadState::Awaited | UploadState::Failed => {
                progress.capture.part()
            }
        }
    }
}
