//! Bodies that are kept while they pass. Nothing is held back but the end of a response, until it is told.

use std::{
    error::Error as StdError,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::{task::JoinHandle, time::Sleep};

use super::{
    capture::Capture,
    flight::{Flight, Upload, UploadState},
    pool::Lease,
};
use crate::exchange::Outcome;

/// The body of a request on its way up.
pub(super) enum Outgoing {
    /// There is none.
    Empty,
    /// It is there already; once it has passed, there is none left.
    Whole(Option<Bytes>, Upload),
    /// It passes as it comes.
    Passing(Incoming, Upload),
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let (body, upload) = match self.get_mut() {
            Self::Empty => return Poll::Ready(None),
            Self::Whole(body, upload) => {
                let whole = body.take();
                let mut progress = upload.progress();
                progress.state = UploadState::Ended;
                return Poll::Ready(whole.map(|whole| {
                    progress.capture.take(&whole);
                    Ok(Frame::data(whole))
                }));
            }
            Self::Passing(body, upload) => (body, upload),
        };
        let polled = Pin::new(&mut *body).poll_frame(cx);
        let mut progress = upload.progress();
        progress.state = match &polled {
            Poll::Pending => UploadState::Awaited,
            Poll::Ready(None) => UploadState::Ended,
            Poll::Ready(Some(Err(_))) => UploadState::Failed,
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(piece) = frame.data_ref() {
                    progress.capture.take(piece);
                }
                if body.is_end_stream() { UploadState::Ended } else { UploadState::Passing }
            }
        };
        polled
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Whole(body, _) => body.is_none(),
            Self::Passing(body, _) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Whole(body, _) => {
                SizeHint::with_exact(body.as_ref().map_or(0, |body| body.len() as u64))
            }
            Self::Passing(body, _) => body.size_hint(),
        }
    }
}

/// The body of a response on its way to the client.
pub(super) enum Answer {
    /// One of the deck's own, or none at all.
    Own(Full<Bytes>),
    /// It passes as it comes.
    Passing(Box<Passing>),
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Box<dyn StdError + Send + Sync>;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.get_mut() {
            Self::Own(body) => Pin::new(body).poll_frame(cx).map_err(|never| match never {}),
            Self::Passing(body) => body.poll(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Own(body) => body.is_end_stream(),
            Self::Passing(body) => matches!(body.stage, Stage::Over),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Own(body) => body.size_hint(),
            Self::Passing(body) => body.body.size_hint(),
        }
    }
}

/// A response on its way, with all that ends with it.
pub(super) struct Passing {
    body: Incoming,
    capture: Capture,
    flight: Flight,
    /// The connection it comes on, to be used again.
    lease: Option<Lease>,
    idle_timeout: Duration,
    idle: Option<Pin<Box<Sleep>>>,
    stage: Stage,
}

enum Stage {
    /// Bytes come.
    Open,
    /// It is over; its end, or that it broke off, is held back until the tap has it.
    Telling(JoinHandle<bool>, Ending),
    /// All is told.
    Over,
}

/// What is polled last.
type Ending = Option<Result<Frame<Bytes>, Box<dyn StdError + Send + Sync>>>;
type Polled = Poll<Ending>;

impl Passing {
    /// A response whose head has come.
    pub(super) fn new(
        body: Incoming,
        capture: Capture,
        flight: Flight,
        lease: Lease,
        idle_timeout: Duration,
    ) -> Self {
        Self {
            body,
            capture,
            flight,
            lease: Some(lease),
            idle_timeout,
            idle: None,
            stage: Stage::Open,
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Polled {
        match &mut self.stage {
            Stage::Over => return Poll::Ready(None),
            Stage::Telling(told, ending) => {
                // It fails only by a panic of the tap, which has been printed.
                let is_kept = ready!(Pin::new(told).poll(cx)).unwrap_or(false);
                let unkept = || Some(Err("the exchange could not be kept".into()));
                let ending = if is_kept { ending.take() } else { unkept() };
                self.stage = Stage::Over;
                return Poll::Ready(ending);
            }
            Stage::Open => {}
        }
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Pending => self.poll_idle(cx),
            Poll::Ready(Some(Ok(frame))) => {
                self.idle = None;
                if let Some(piece) = frame.data_ref() {
                    self.capture.take(piece);
                }
                // Nobody asks for more behind trailers.
                if self.body.is_end_stream() || frame.is_trailers() {
                    self.end(cx, Some(frame))
                } else {
                    Poll::Ready(Some(Ok(frame)))
                }
            }
            Poll::Ready(Some(Err(cause))) => self.fail(cx, Outcome::UpstreamFailed, cause),
            Poll::Ready(None) => self.end(cx, None),
        }
    }

    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Polled {
        let timeout = self.idle_timeout;
        let idle = self.idle.get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)));
        ready!(idle.as_mut().poll(cx));
        self.fail(cx, Outcome::UpstreamTimeout, io::Error::from(io::ErrorKind::TimedOut))
    }

    fn end(&mut self, cx: &mut Context<'_>, last: Option<Frame<Bytes>>) -> Polled {
        let body = self.capture.whole();
        self.flight.set_response_body(body);
        if let Some(lease) = self.lease.take() {
            // A connection whose upload goes on is of no use to the next request.
            if self
                .flight
                .upload()
                .is_none_or(|upload| upload.progress().state == UploadState::Ended)
            {
                lease.give_back();
            }
        }
        self.tell(cx, Outcome::Complete, last.map(Ok))
    }

    /// Breaks off: the client must not take what it has for the whole.
    fn fail(
        &mut self,
        cx: &mut Context<'_>,
        outcome: Outcome,
        cause: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Polled {
        self.keep_part();
        self.tell(cx, outcome, Some(Err(cause.into())))
    }

    fn tell(&mut self, cx: &mut Context<'_>, outcome: Outcome, ending: Ending) -> Polled {
        if let Some(told) = self.flight.tell(outcome) {
            self.stage = Stage::Telling(told, ending);
            return self.poll(cx);
        }
        self.stage = Stage::Over;
        Poll::Ready(ending)
    }

    fn keep_part(&mut self) {
        let body = self.capture.whole();
        self.flight.set_response_body(body);
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        // The flight tells of itself; it shall know how far the answer came.
        if matches!(self.stage, Stage::Open) {
            self.keep_part();
        }
    }
}
