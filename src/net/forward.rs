//! One request on its way: taken or refused, sent up, its answer sent back.

use std::{pin::pin, sync::Arc, time::Duration};

use super::{
    capture::Capture,
    convert,
    credentials::Credentials,
    discovery,
    flight::{Flight, Ledger, Upload, UploadState},
    framing::Heads,
    front::{Fronted, Fronting},
    gate::Gate,
    guard::Guard,
    pool::{Lease, Pool},
    rough::{self, Sky},
    sender::{Sent, is_unprocessed},
    server,
    tee::{Answer, Outgoing, Passing},
    via::Via,
};
use crate::{
    exchange::{Body, Outcome, Request, Response},
    weather::{Action, Event},
};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header, request::Parts,
    uri::PathAndQuery,
};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body as _, Incoming};

/// The status of the deck's own answer ([`Outcome::Deck`]) to a request that it could not send to its upstream,
/// and to no other that it answers itself.
pub const UNREACHABLE_STATUS: u16 = 502;

/// What every request of a proxy needs.
pub(super) struct Forwarder {
    pub(super) guard: Guard,
    /// The base URL of the deck.
    pub(super) url: String,
    pub(super) ledger: Arc<Ledger>,
    pub(super) pool: Arc<Pool>,
    /// What this deck adds to `Via` of a request: its name and which of all decks it is.
    pub(super) via: Via,
    pub(super) credentials: Option<Credentials>,
    pub(super) fronting: Option<Fronting>,
    pub(super) gate: Option<Arc<dyn Gate>>,
    pub(super) sky: Option<Sky>,
    pub(super) keep_encoding: bool,
    pub(super) response_timeout: Duration,
    pub(super) idle_timeout: Duration,
    pub(super) upload_timeout: Duration,
}

/// The body of a request, before it is known where it goes.
enum Uploaded {
    Coming(Incoming),
    Whole(Bytes),
}

impl Uploaded {
    fn is_empty(&self) -> bool {
        match self {
            Self::Coming(body) => body.is_end_stream(),
            Self::Whole(body) => body.is_empty(),
        }
    }
}

/// Why no answer of the upstream's came.
enum Failure {
    /// The upstream never saw the request.
    Unsent(Box<dyn std::error::Error + Send + Sync>),
    /// The upstream broke off before it answered.
    Broken(hyper::Error),
    /// The upstream did not answer in time.
    TimedOut,
    /// The client broke off, or stopped, before the end of its request.
    Abandoned,
}

impl Forwarder {
    /// Answers one request.
    pub(super) async fn answer(
        &self,
        connection: u64,
        heads: &Heads,
        request: http::Request<Incoming>,
    ) -> http::Response<Answer> {
        let (head, body) = request.into_parts();
        let target = match self.admit(&head, heads) {
            Ok(target) => target,
            Err(refusal) => return server::last(refusal, &head.method).map(Answer::Own),
        };
        let (body, struck, _share) = match &self.fronting {
            None => (Uploaded::Coming(body), None, None),
            Some(fronting) => {
                // Before the front is asked: what weather stops has reached nobody.
                let event = self.weather(&head.method, &target).await;
                if let Action::Stop(_) = event.action {
                    (Uploaded::Coming(body), Some(event), None)
                } else {
                    match fronting.ask(&head, &target, body).await {
                        Fronted::Answered(answer) => {
                            let answer = convert::response(answer, &head.method).map(Answer::Own);
                            return rough::with(answer, event.action, &head.method);
                        }
                        Fronted::Refused(refusal) => {
                            return server::last(refusal, &head.method).map(Answer::Own);
                        }
                        // What is held of a body counts until it has been sent.
                        Fronted::Passed(body, share) => {
                            (Uploaded::Whole(body), Some(event), Some(share))
                        }
                    }
                }
            }
        };
        let hop = convert::hop_by_hop(&head.headers);
        let upload = (!body.is_empty()).then(|| Upload::new(&self.ledger));
        let headers = convert::kept(&head.headers, &hop);
        let (method, version) = (head.method.clone(), head.version);
        let request = Request { method: method.clone(), target, headers, body: Body::empty() };
        let outgoing = self.outgoing(head, &hop, body, upload.clone());
        let refusal = self.gate.as_ref().and_then(|gate| gate.refusal(&request));
        // The time for which it is held back is none of the upstream's.
        let event = match (&refusal, struck) {
            (Some(_), _) => Event::default(),
            (None, Some(event)) => event,
            (None, None) => self.weather(&method, &request.target).await,
        };
        let action = event.action;
        let mut flight = Flight::begin(&self.ledger, connection, request, upload);
        flight.struck(event.name());
        let Some(outgoing) = outgoing else {
            let refusal =
                Response::error(400, "MALFORMED_REQUEST", "The target of this request is no path.");
            return self.own_answer(flight, refusal, &method).await;
        };
        if let Some(refusal) = refusal {
            return self.turn_away(flight, outgoing.into_body(), refusal, &method).await;
        }
        if let Action::Stop(sight) = action {
            return self.stop(flight, outgoing.into_body(), sight, &method).await;
        }
        match self.send(&flight, version, outgoing).await {
            Ok((response, lease)) => {
                rough::note(&mut flight, action);
                let answer = self.pass_back(flight, response, lease, &method).await;
                rough::with(answer, action, &method)
            }
            Err(failure) => self.fail(flight, failure, &method).await,
        }
    }

    /// What the weather does to a request.
    async fn weather(&self, method: &Method, target: &str) -> Event {
        match &self.sky {
            Some(sky) => sky.next(method, target).await,
            None => Event::default(),
        }
    }

    /// The target of a request that is forwarded, or the answer to one that is not.
    fn admit(&self, head: &Parts, heads: &Heads) -> Result<String, Response> {
        let target = self.guard.admit(head, heads)?;
        let refuse = |status, code, message: &str| Err(Response::error(status, code, message));
        if self.has_passed(&head.headers) {
            return refuse(
                508,
                "JOBDECK_LOOP",
                "This request has passed this deck before: its upstream leads back to it.",
            );
        }
        if self.credentials.as_ref().is_some_and(|own| !own.admit(&head.headers)) {
            return refuse(
                401,
                "UNAUTHENTICATED",
                "This deck holds the credential of its upstream and wants its own token in exchange.",
            );
        }
        match self.ledger.tap.refusal() {
            Some(refusal) => Err(refusal),
            None => Ok(target),
        }
    }

    fn has_passed(&self, headers: &HeaderMap) -> bool {
        let own = self.via.pseudonym();
        // An intermediary may have joined several into one field.
        headers
            .get_all(header::VIA)
            .iter()
            .any(|value| value.as_bytes().windows(own.len()).any(|part| part == own))
    }

    /// The request as it goes up, if its target makes one.
    fn outgoing(
        &self,
        head: Parts,
        hop: &[HeaderName],
        body: Uploaded,
        upload: Option<Upload>,
    ) -> Option<http::Request<Outgoing>> {
        let Parts { method, uri, version, mut headers, .. } = head;
        convert::remove(&mut headers, hop);
        let body = match (upload, body) {
            (None, _) => Outgoing::Empty,
            (Some(upload), Uploaded::Whole(body)) => Outgoing::Whole(Some(body), upload),
            (Some(upload), Uploaded::Coming(body)) => Outgoing::Passing(body, upload),
        };
        self.request(method, uri.path_and_query()?, version, headers, body)
    }

    /// The same request once more, if its body is at hand.
    fn once_more(&self, flight: &Flight, version: Version) -> Option<http::Request<Outgoing>> {
        let request = flight.request()?;
        let target = PathAndQuery::try_from(request.target.as_str()).ok()?;
        let headers = HeaderMap::from(request.headers.clone());
        let body = match flight.upload() {
            None => Outgoing::Empty,
            Some(upload) => Outgoing::Whole(Some(upload.rewind()?), upload.clone()),
        };
        self.request(request.method.clone(), &target, version, headers, body)
    }

    fn request(
        &self,
        method: Method,
        target: &PathAndQuery,
        version: Version,
        mut headers: HeaderMap,
        body: Outgoing,
    ) -> Option<http::Request<Outgoing>> {
        // The deck has answered it: the body comes at once.
        headers.remove(header::EXPECT);
        // What is to be changed on its way back has to be readable whatever the client would take.
        if !self.keep_encoding || discovery::is_asked_for(target.path()) {
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        if let Some(credentials) = &self.credentials {
            credentials.replace(&mut headers);
        }
        headers.append(header::VIA, self.via.of(version));
        let mut request = http::Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = self.pool.upstream().target(target)?.into();
        *request.headers_mut() = headers;
        Some(request)
    }

    /// Sends a request up, on a connection that waits if there is one.
    ///
    /// A connection that waited may be closed by the upstream at any time. If it was before a byte of the
    /// request was written, hyper gives the whole request back, and it is sent again whatever it is. If the
    /// request may have been written, it is sent again only if it changes nothing and has no body, or if the
    /// upstream says that it did nothing with it: that is believed once.
    async fn send(
        &self,
        flight: &Flight,
        version: Version,
        mut request: http::Request<Outgoing>,
    ) -> Result<(http::Response<Incoming>, Lease), Failure> {
        let mut lease = self.pool.lease().await.map_err(|cause| Failure::Unsent(cause.into()))?;
        let mut was_refused = false;
        loop {
            let repeatable =
                request.method().is_safe() && matches!(request.body(), Outgoing::Empty);
            let mut failed = match self.send_on(&mut lease, flight, request).await? {
                Ok(response) => return Ok((response, lease)),
                Err(failed) => failed,
            };
            let unsent = failed.take_message();
            let cause = failed.into_error();
            let is_refused = !was_refused && is_unprocessed(&cause);
            request = match unsent {
                Some(request) if lease.reused => request,
                Some(_) => return Err(Failure::Unsent(cause.into())),
                None if is_refused || lease.reused && repeatable && !cause.is_parse() => {
                    self.once_more(flight, version).ok_or(Failure::Broken(cause))?
                }
                None if is_abandoned(flight) => return Err(Failure::Abandoned),
                None => return Err(Failure::Broken(cause)),
            };
            was_refused |= is_refused;
            lease = self.pool.lease_new().await.map_err(|cause| Failure::Unsent(cause.into()))?;
        }
    }

    /// Waits for the head of the answer. The wait begins anew as long as the request itself moves.
    async fn send_on(
        &self,
        lease: &mut Lease,
        flight: &Flight,
        request: http::Request<Outgoing>,
    ) -> Result<Sent<Outgoing>, Failure> {
        let mut answer = pin!(lease.send(request));
        let mut passed = 0;
        loop {
            let (wait, state) = match flight.upload() {
                None => (self.response_timeout, UploadState::Ended),
                Some(upload) => match upload.progress().state {
                    UploadState::Ended => (self.response_timeout, UploadState::Ended),
                    state => (self.upload_timeout, state),
                },
            };
            if let Ok(answer) = tokio::time::timeout(wait, &mut answer).await {
                return Ok(answer);
            }
            let Some(upload) = flight.upload() else { return Err(Failure::TimedOut) };
            let progress = upload.progress();
            let moved = progress.capture.bytes() > passed || progress.state != state;
            passed = progress.capture.bytes();
            match progress.state {
                _ if moved => {}
                UploadState::Awaited | UploadState::Failed => return Err(Failure::Abandoned),
                UploadState::Passing | UploadState::Ended => return Err(Failure::TimedOut),
            }
        }
    }

    /// Sends the upstream's answer to the client.
    async fn pass_back(
        &self,
        mut flight: Flight,
        response: http::Response<Incoming>,
        lease: Lease,
        method: &Method,
    ) -> http::Response<Answer> {
        let (head, body) = response.into_parts();
        let http::response::Parts { status, version, mut headers, .. } = head;
        if status == StatusCode::SWITCHING_PROTOCOLS {
            let cause: &str = "it switched protocols unasked";
            return self.broken(flight, cause, method).await;
        }
        let hop = convert::hop_by_hop(&headers);
        let bodiless = *method == Method::HEAD || status == StatusCode::NOT_MODIFIED;
        if !bodiless && body.size_hint().exact().is_none() {
            // A length that came beside a transfer coding says nothing (RFC 9112 §6.3).
            headers.remove(header::CONTENT_LENGTH);
        }
        flight.answered(status.as_u16(), convert::kept(&headers, &hop));
        convert::remove(&mut headers, &hop);
        headers.append(header::VIA, Via::back(version));
        let asks_where = flight.request().is_some_and(|own| discovery::is_asked_for(own.path()));
        let in_clear = headers
            .get(header::CONTENT_ENCODING)
            .is_none_or(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"));
        let body = if asks_where && in_clear {
            match self.turned(flight, body).await {
                Ok(body) => {
                    headers.remove(header::CONTENT_LENGTH);
                    Answer::Own(Full::new(body))
                }
                Err(flight) => {
                    return self.broken(flight, "its endpoints did not come", method).await;
                }
            }
        } else if body.is_end_stream() {
            if flight.upload().is_none_or(|upload| upload.progress().state == UploadState::Ended) {
                lease.give_back();
            }
            flight.tell_and_wait(Outcome::Complete).await;
            Answer::Own(Full::default())
        } else {
            let capture = Capture::new(Arc::clone(&self.ledger.budget));
            Answer::Passing(Box::new(Passing::new(body, capture, flight, lease, self.idle_timeout)))
        };
        let mut response = http::Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }

    /// A body that names endpoints, with those of the upstream turned to the deck. The exchange keeps what
    /// the upstream sent, and says that it was changed.
    async fn turned(&self, mut flight: Flight, body: Incoming) -> Result<Bytes, Flight> {
        let whole = Limited::new(body, discovery::BYTES_MAX).collect();
        let Ok(Ok(whole)) = tokio::time::timeout(self.idle_timeout, whole).await else {
            return Err(flight);
        };
        let sent = whole.to_bytes();
        let turned = discovery::turned(&sent, self.pool.upstream().url(), &self.url);
        flight.set_response_body(Body::Whole(sent.clone()));
        if turned.is_some() {
            flight.note_changed("/response/body");
        }
        flight.tell_and_wait(Outcome::Complete).await;
        Ok(turned.unwrap_or(sent))
    }

    async fn fail(
        &self,
        flight: Flight,
        failure: Failure,
        method: &Method,
    ) -> http::Response<Answer> {
        match failure {
            Failure::Unsent(cause) => {
                let message = format!("jobdeck cannot reach its upstream: {}.", sentence(&*cause));
                let code = "JOBDECK_UPSTREAM_UNREACHABLE";
                let answer = Response::error(UNREACHABLE_STATUS, code, &message);
                self.own_answer(flight, answer, method).await
            }
            Failure::Broken(cause) => self.broken(flight, &sentence(&cause), method).await,
            Failure::TimedOut => {
                flight.tell_and_wait(Outcome::UpstreamTimeout).await;
                let message = "The upstream of jobdeck did not answer in time.";
                closing(Response::error(504, "JOBDECK_UPSTREAM_TIMEOUT", message), method)
            }
            Failure::Abandoned => {
                flight.tell_and_wait(Outcome::ClientAborted).await;
                let message = "The body of this request did not come in time.";
                closing(Response::error(408, "REQUEST_TIMEOUT", message), method)
            }
        }
    }

    /// The upstream got the request, and whether it acted on it nobody knows.
    async fn broken(&self, flight: Flight, why: &str, method: &Method) -> http::Response<Answer> {
        flight.tell_and_wait(Outcome::UpstreamFailed).await;
        let message = format!("The upstream of jobdeck broke off before it answered: {why}.");
        closing(Response::error(502, "JOBDECK_UPSTREAM_FAILED", &message), method)
    }

    /// An answer of the deck's own to a request that the upstream never saw.
    async fn own_answer(
        &self,
        mut flight: Flight,
        answer: Response,
        method: &Method,
    ) -> http::Response<Answer> {
        flight.answered_by_deck(answer.clone());
        flight.tell_and_wait(Outcome::Deck).await;
        closing(answer, method)
    }
}

/// An answer after which the connection ends, because the body of the request may not have been read.
fn closing(answer: Response, method: &Method) -> http::Response<Answer> {
    server::last(answer, method).map(Answer::Own)
}

fn is_abandoned(flight: &Flight) -> bool {
    flight.upload().is_some_and(|upload| upload.progress().state == UploadState::Failed)
}

/// An error with its causes.
fn sentence(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
