//! What may answer in place of the upstream.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http::request::Parts;
use hyper::body::Incoming;

use super::{capture::Share, clock::Clock, convert, reading::Reading};
use crate::exchange::{Body, Reply, Request, Response};

/// Is asked before the upstream is. What it answers is neither forwarded nor told to the tap.
pub trait Front: fmt::Debug + Send + 'static {
    /// The answer to a whole request that came at `now_us` (microseconds since 1970), or none if the
    /// upstream is to be asked. Must not wait.
    fn answer(&mut self, request: &Request, now_us: u64) -> Option<Reply>;
}

/// A front with what it takes to ask it.
pub(super) struct Fronting {
    pub(super) front: Arc<Mutex<dyn Front>>,
    pub(super) clock: Clock,
    pub(super) reading: Reading,
}

/// What a front made of a request.
pub(super) enum Fronted {
    /// An answer, which has waited as long as it should.
    Answered(Response),
    /// The request is for the upstream, with its body, which takes this share of the memory.
    Passed(bytes::Bytes, Share),
    /// It was not read whole: the answer that says why.
    Refused(Response),
}

impl Fronting {
    /// Reads a request whole and asks about it. `target` is its target in origin form.
    pub(super) async fn ask(&self, head: &Parts, target: &str, body: Incoming) -> Fronted {
        let (body, share) = match self.reading.whole(head, body).await {
            Ok(read) => read,
            Err(refusal) => return Fronted::Refused(refusal),
        };
        let hop = convert::hop_by_hop(&head.headers);
        let request = Request {
            method: head.method.clone(),
            target: target.to_owned(),
            headers: convert::kept(&head.headers, &hop),
            body: Body::Whole(body.clone()),
        };
        let reply = {
            let mut front = self.front.lock().unwrap_or_else(PoisonError::into_inner);
            // Read under the lock: the times that it sees never go back.
            front.answer(&request, self.clock.now_us())
        };
        let Some(Reply { response, delay_us }) = reply else { return Fronted::Passed(body, share) };
        tokio::time::sleep(Duration::from_micros(delay_us)).await;
        Fronted::Answered(response)
    }
}
