//! Bodies that are read whole before anything is done with them, within bounds of size and time.

use std::{
    future::{Future as _, poll_fn},
    pin::Pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http::{header, request::Parts};
use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};
use tokio::time::{Instant, timeout_at};

use super::capture::{Budget, Share};
use crate::exchange::Response;

/// How much of a body that is too long is read and thrown away, so that the client gets to read why.
const DISCARDED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How bodies are read.
pub(super) struct Reading {
    /// The longest body.
    pub(super) body_bytes_max: usize,
    /// How much memory all bodies may take.
    pub(super) budget: Arc<Budget>,
    /// How long a body may stand still.
    pub(super) pause_timeout: Duration,
    /// How long it may take, however steadily it comes.
    pub(super) whole_timeout: Duration,
}

impl Reading {
    /// The body of a request with its share of the memory, or the answer that says why it is not read.
    pub(super) async fn whole(
        &self,
        head: &Parts,
        body: Incoming,
    ) -> Result<(Bytes, Share), Response> {
        let mut share = Share::new(Arc::clone(&self.budget));
        if body.is_end_stream() {
            // Most requests have none, and need no timer for it.
            return Ok((Bytes::new(), share));
        }
        let body = self.read(head, body, &mut share).await?;
        Ok((body, share))
    }

    async fn read(
        &self,
        head: &Parts,
        mut body: Incoming,
        share: &mut Share,
    ) -> Result<Bytes, Response> {
        let declared = body.size_hint().lower();
        if declared > self.body_bytes_max as u64 && head.headers.contains_key(header::EXPECT) {
            // It waits for leave to send, and does not get it.
            return Err(self.too_long());
        }
        let mut first = Bytes::new();
        let mut whole = BytesMut::new();
        let mut passed = 0;
        let mut refusal = None;
        let mut deadline = None;
        while let Some(chunk) = self.next_chunk(&mut body, &mut deadline).await? {
            passed += chunk.len();
            if passed > self.body_bytes_max {
                refusal = Some(self.too_long());
            } else if refusal.is_none() && !share.grow(chunk.len()) {
                refusal = Some(no_room());
            }
            if refusal.is_some() {
                // The client gets to read why only if it gets to send what it sends.
                if passed > self.body_bytes_max.saturating_add(DISCARDED_BYTES_MAX) {
                    break;
                }
                (first, whole) = (Bytes::new(), BytesMut::new());
                share.clear();
            } else if first.is_empty() {
                // The common body comes in one piece and is not copied.
                first = chunk;
            } else {
                if whole.is_empty() {
                    whole.extend_from_slice(&first);
                }
                whole.extend_from_slice(&chunk);
            }
        }
        match refusal {
            Some(refusal) => Err(refusal),
            None if whole.is_empty() => Ok(first),
            None => Ok(whole.freeze()),
        }
    }

    /// The next piece of a body, if it comes in time. The time for all of it begins with the first wait.
    async fn next_chunk(
        &self,
        body: &mut Incoming,
        deadline: &mut Option<Instant>,
    ) -> Result<Option<Bytes>, Response> {
        loop {
            let mut frame = body.frame();
            // Most bodies have come with their head, and need no timer.
            let come = poll_fn(|cx| Poll::Ready(Pin::new(&mut frame).poll(cx))).await;
            let frame = match come {
                Poll::Ready(frame) => frame,
                Poll::Pending => {
                    let now = Instant::now();
                    let whole = *deadline.get_or_insert_with(|| now + self.whole_timeout);
                    let pause = now + self.pause_timeout;
                    timeout_at(whole.min(pause), frame).await.map_err(|_| too_slow())?
                }
            };
            match frame {
                None => return Ok(None),
                Some(Ok(frame)) => {
                    // What is no data are trailers, and no handler asks for those.
                    if let Ok(chunk) = frame.into_data() {
                        return Ok(Some(chunk));
                    }
                }
                Some(Err(_)) => {
                    let why = "The body of this request broke off.";
                    return Err(Response::error(400, "MALFORMED_REQUEST", why));
                }
            }
        }
    }

    fn too_long(&self) -> Response {
        let message = format!("The body of this request exceeds {} bytes.", self.body_bytes_max);
        Response::error(413, "REQUEST_ENTITY_TOO_LARGE", &message)
    }
}

fn too_slow() -> Response {
    Response::error(408, "REQUEST_TIMEOUT", "The body of this request did not come in time.")
}

fn no_room() -> Response {
    let message =
        "jobdeck has no room for the body of this request beside those of others. Try again.";
    Response::error(503, "TEMPORARILY_UNAVAILABLE", message)
}
