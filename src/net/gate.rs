//! What a proxy asks before it forwards a request, and what becomes of one that it does not forward.

use std::fmt;

use http::Method;
use http_body_util::BodyExt;

use super::{
    convert,
    flight::Flight,
    forward::Forwarder,
    server,
    tee::{Answer, Outgoing},
};
use crate::exchange::{Outcome, Request, Response};

/// How much of a body is read that goes nowhere; behind that the connection ends.
const SWALLOWED_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Says which requests may pass a proxy. A request that may not is answered by the deck, and told to the
/// tap with [`Outcome::Deck`].
pub trait Gate: fmt::Debug + Send + Sync + 'static {
    /// The answer to a request that shall not reach the upstream; none lets it pass.
    ///
    /// Asked once for each request, when its head has come: its body is empty here. Requests that the proxy
    /// refuses by itself are not asked about. Must not wait.
    fn refusal(&self, request: &Request) -> Option<Response>;
}

impl Forwarder {
    /// Answers in place of the upstream, which sees nothing of the request.
    pub(super) async fn turn_away(
        &self,
        mut flight: Flight,
        body: Outgoing,
        answer: Response,
        method: &Method,
    ) -> http::Response<Answer> {
        // A client that asks for leave to send its body sees the answer instead.
        let asks = flight.request().is_some_and(|request| request.headers.get("expect").is_some());
        let whole = !asks && self.swallow(body).await;
        flight.answered_by_deck(answer.clone());
        flight.tell_and_wait(Outcome::Deck).await;
        if whole {
            convert::response(answer, method).map(Answer::Own)
        } else {
            server::last(answer, method).map(Answer::Own)
        }
    }

    /// Reads a body that goes nowhere, so that the recording has it and the connection can go on. Gives whether
    /// it came whole.
    pub(super) async fn swallow(&self, mut body: Outgoing) -> bool {
        let mut bytes = 0;
        while let Ok(frame) = tokio::time::timeout(self.upload_timeout, body.frame()).await {
            match frame {
                None => return true,
                Some(Ok(frame)) => bytes += frame.data_ref().map_or(0, bytes::Bytes::len),
                Some(Err(_)) => return false,
            }
            if bytes > SWALLOWED_BYTES_MAX {
                return false;
            }
        }
        false
    }
}
