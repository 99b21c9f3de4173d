//! Scripted weather on its way through a listener.
//!
//! What shall happen to an answer travels with it, and is carried out where answers leave: whoever makes the
//! answer need not know how a connection breaks off.

use std::{
    io,
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http::{HeaderValue, Method, header};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::{Body, Frame, SizeHint};

use super::{
    convert,
    flight::Flight,
    forward::Forwarder,
    tee::{Answer, Outgoing},
};
use crate::{
    exchange::{Outcome, Response},
    weather::{Action, Event, Sight, Weather},
};

/// A script that the requests of all connections follow together.
#[derive(Debug)]
pub(super) struct Sky(Mutex<Weather>);

impl Sky {
    /// The sky of a script.
    pub(super) fn new(weather: Weather) -> Self {
        Self(Mutex::new(weather))
    }

    /// What happens to the next request of this method to this target, once it has been held back as long as
    /// the script says.
    pub(super) async fn next(&self, method: &Method, target: &str) -> Event {
        let path = target.split_once('?').map_or(target, |(path, _)| path);
        // Nothing panics while it holds the lock.
        let event = self.0.lock().unwrap_or_else(PoisonError::into_inner).next(method, path);
        if event.latency_ms > 0 {
            tokio::time::sleep(Duration::from_millis(event.latency_ms)).await;
        }
        event
    }
}

/// What shall happen to an answer, and the method that it answers.
#[derive(Clone, Debug)]
struct Fate(Action, Method);

/// An answer with what shall happen to it.
pub(super) fn with<B>(
    mut response: http::Response<B>,
    action: Action,
    method: &Method,
) -> http::Response<B> {
    if action != Action::Pass {
        response.extensions_mut().insert(Fate(action, method.clone()));
    }
    response
}

/// What a client sees in place of an answer that was never made.
pub(super) fn instead(sight: Sight, method: &Method) -> http::Response<Full<Bytes>> {
    match sight {
        Sight::Status(status, retry_after_s) => {
            convert::response(own(status, retry_after_s), method)
        }
        Sight::Nothing => with(http::Response::default(), Action::Hide(sight), method),
    }
}

fn own(status: u16, retry_after_s: Option<u64>) -> Response {
    let code = if status == 429 { "REQUEST_LIMIT_EXCEEDED" } else { "TEMPORARILY_UNAVAILABLE" };
    let message = "This answer is weather: jobdeck was told to give it (--weather).";
    let mut response = Response::error(status, code, message);
    if let Some(seconds) = retry_after_s {
        response.headers.push("retry-after", &seconds.to_string());
    }
    response
}

/// An answer as it leaves. An error ends the connection without one.
pub(super) async fn sent<B>(
    mut response: http::Response<B>,
) -> io::Result<http::Response<Either<B, Piece>>>
where
    B: Body<Data = Bytes> + Unpin,
{
    let Some(Fate(action, method)) = response.extensions_mut().remove() else {
        return Ok(response.map(Either::Left));
    };
    let broken = || io::Error::from(io::ErrorKind::ConnectionAborted);
    match action {
        Action::Pass => Ok(response.map(Either::Left)),
        Action::Stop(sight) | Action::Hide(sight) => {
            read_through(response.into_body(), 0).await;
            match sight {
                Sight::Nothing => Err(broken()),
                Sight::Status(status, retry_after_s) => {
                    let own = convert::response(own(status, retry_after_s), &method);
                    let (head, body) = own.into_parts();
                    // One of the deck's own is all at hand.
                    let (piece, _) = read_through(body, usize::MAX).await.ok_or_else(broken)?;
                    Ok(http::Response::from_parts(head, Either::Right(Piece::whole(piece))))
                }
            }
        }
        Action::Cut { bytes } => {
            let (mut head, body) = response.into_parts();
            let (piece, length) = read_through(body, bytes).await.ok_or_else(broken)?;
            if piece.len() as u64 == length {
                return Ok(http::Response::from_parts(head, Either::Right(Piece::whole(piece))));
            }
            head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
            Ok(http::Response::from_parts(head, Either::Right(Piece::part(piece))))
        }
    }
}

/// Reads a body to its end, so that all that depends on it happens. Gives the beginning, up to so many bytes,
/// and the length of the whole; nothing if it broke off.
async fn read_through<B>(mut body: B, bytes_max: usize) -> Option<(Bytes, u64)>
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut piece = BytesMut::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.ok()?.into_data() {
            length += data.len() as u64;
            let room = bytes_max.saturating_sub(piece.len());
            piece.extend_from_slice(&data[..room.min(data.len())]);
        }
    }
    Some((piece.freeze(), length))
}

/// A body of the deck's own: whole, or the beginning of one that breaks off.
pub(super) struct Piece {
    bytes: Option<Bytes>,
    then: Then,
}

enum Then {
    /// It is over.
    End,
    /// What has come gets time to leave.
    Leave,
    /// It breaks off.
    Break,
}

impl Piece {
    fn whole(bytes: Bytes) -> Self {
        Self { bytes: Some(bytes).filter(|bytes| !bytes.is_empty()), then: Then::End }
    }

    fn part(bytes: Bytes) -> Self {
        Self { then: Then::Leave, ..Self::whole(bytes) }
    }
}

impl Body for Piece {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(bytes) = self.bytes.take() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match self.then {
            Then::Leave => {
                self.then = Then::Break;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            // Less than the length header says breaks off: HTTP/1 has to end the connection for that, and a client
            // of HTTP/2 has to take it for broken (RFC 9113 §8.1.1). An error would call back what is on its way.
            Then::End | Then::Break => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none() && matches!(self.then, Then::End)
    }

    fn size_hint(&self) -> SizeHint {
        match self.then {
            Then::End => SizeHint::with_exact(self.bytes.as_ref().map_or(0, Bytes::len) as u64),
            // Its length header says how long it would have been.
            Then::Leave | Then::Break => SizeHint::default(),
        }
    }
}

impl Forwarder {
    /// Ends a request that weather keeps from the upstream.
    pub(super) async fn stop(
        &self,
        flight: Flight,
        body: Outgoing,
        sight: Sight,
        method: &Method,
    ) -> http::Response<Answer> {
        match sight {
            Sight::Status(status, retry_after_s) => {
                self.turn_away(flight, body, own(status, retry_after_s), method).await
            }
            Sight::Nothing => {
                self.swallow(body).await;
                flight.tell_and_wait(Outcome::Deck).await;
                instead(sight, method).map(Answer::Own)
            }
        }
    }
}

/// Notes on an exchange that its client does not see the answer as it is.
pub(super) fn note(flight: &mut Flight, action: Action) {
    match action {
        Action::Pass | Action::Stop(_) => {}
        Action::Hide(_) => flight.note_changed("/response"),
        Action::Cut { .. } => flight.note_changed("/response/body"),
    }
}
