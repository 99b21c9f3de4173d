//! One connection of a client, from its first byte to its end: TLS if the listener speaks it, then HTTP/1.1
//! or HTTP/2, as the client chooses.
//!
//! What comes by HTTP/2 is put into the terms of HTTP/1.1 here, at the door (RFC 9113 §8.3.1, §8.2.3), so that
//! everything behind knows one kind of request.

use std::{
    future::Future,
    io,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::{HeaderMap, HeaderValue, Request, Response, Uri, header};
use hyper::{
    body::{Body, Frame, Incoming, SizeHint},
    server::conn::{http1, http2},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{net::TcpStream, sync::watch};
use tokio_rustls::TlsAcceptor;

use super::{
    deadline::Deadlines,
    framing::{Heads, Watched},
    listen::Limits,
    stream::Stream,
};

/// How many requests one HTTP/2 connection may have in flight.
const STREAMS_MAX: u32 = 128;
/// How many header fields the parser of HTTP/1.1 takes unless it is told otherwise.
const PARSER_HEADERS_MAX: usize = 100;
/// How often an HTTP/2 client is asked whether it is still there, and how long it may take to say so.
const PING_EVERY: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(20);
/// How long an HTTP/2 client that is told to go may take to do so once nothing is in flight.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(1);

/// A body that hyper can send to a client.
pub(super) trait Sendable:
    Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + Unpin + 'static
{
}

impl<B> Sendable for B where
    B: Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>>
        + Send
        + Unpin
        + 'static
{
}

/// How the connections of a listener are served.
pub(super) struct Connections {
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
    tls: Option<TlsAcceptor>,
    keep_alive: bool,
    head_timeout: Duration,
}

/// How many requests of a connection have begun, and how many of their answers have not ended.
type Requests = (u64, u64);

impl Connections {
    /// Connections within these limits. Without `keep_alive` each ends with its first answer, and none
    /// speaks HTTP/2.
    pub(super) fn new(limits: &Limits, keep_alive: bool, tls: Option<TlsAcceptor>) -> Self {
        let mut http1 = http1::Builder::new();
        if limits.headers_max != PARSER_HEADERS_MAX {
            // Its own limit costs the parser nothing, any other room that it makes anew for each head.
            http1.max_headers(limits.headers_max);
        }
        http1
            .header_read_timeout(limits.head_timeout)
            .max_header_size(limits.head_bytes_max)
            .keep_alive(keep_alive)
            // To gather a head and a piece of a body costs the system more than to copy what is as small.
            .writev(false)
            // What is served shall equal what was recorded, and that may have no date.
            .auto_date_header(false);
        let mut http2 = http2::Builder::new(TokioExecutor::new());
        http2
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(PING_TIMEOUT)
            .max_concurrent_streams(STREAMS_MAX)
            .max_header_list_size(u32::try_from(limits.head_bytes_max).unwrap_or(u32::MAX))
            .auto_date_header(false);
        Self { http1, http2, tls, keep_alive, head_timeout: limits.head_timeout }
    }

    /// Serves a connection to its end; an error of `answer` ends it (by HTTP/2: the request alone) without an
    /// answer. Once `stopped` changes it takes no more requests, and ends when those in flight are answered.
    pub(super) async fn serve<A, F, B>(
        &self,
        socket: TcpStream,
        mut stopped: watch::Receiver<()>,
        answer: A,
    ) where
        A: Fn(Heads, Request<Incoming>) -> F + Clone + Send + 'static,
        F: Future<Output = io::Result<Response<B>>> + Send + 'static,
        B: Sendable,
    {
        let begun = tokio::select! {
            begun = tokio::time::timeout(self.head_timeout, self.begin(socket)) => begun,
            // Nothing was asked yet.
            _ = stopped.changed() => return,
        };
        let Ok(Ok((stream, is_http2))) = begun else { return };
        if is_http2 && self.keep_alive {
            self.serve_http2(stream, stopped, answer).await;
            return;
        }
        let (stream, heads) = Watched::new(stream);
        let service = service_fn(move |request| answer(heads.clone(), request));
        let mut http1 = self.http1.clone();
        http1.timer(Deadlines::default());
        let mut connection = pin!(http1.serve_connection(TokioIo::new(stream), service));
        // A client that breaks off or sends nonsense has been told so by hyper.
        tokio::select! {
            _ = connection.as_mut() => return,
            _ = stopped.changed() => connection.as_mut().graceful_shutdown(),
        }
        let _ = connection.await;
    }

    async fn serve_http2<A, F, B>(
        &self,
        stream: Stream,
        mut stopped: watch::Receiver<()>,
        answer: A,
    ) where
        A: Fn(Heads, Request<Incoming>) -> F + Clone + Send + 'static,
        F: Future<Output = io::Result<Response<B>>> + Send + 'static,
        B: Sendable,
    {
        let (requests, seen) = watch::channel(Requests::default());
        let requests = Arc::new(requests);
        let service = service_fn(move |request| {
            // Frames leave no doubt about where a head ends.
            let answer = answer(Heads::default(), in_terms_of_http1(request));
            let open = Open::new(&requests);
            async move { Ok::<_, io::Error>(answer.await?.map(|body| Counted { body, _open: open })) }
        });
        let mut connection = pin!(self.http2.serve_connection(TokioIo::new(stream), service));
        tokio::select! {
            _ = connection.as_mut() => return,
            _ = stopped.changed() => {}
            () = quiet(seen.clone(), self.head_timeout) => {}
        }
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            _ = connection.as_mut() => {}
            () = quiet(seen, LEAVE_TIMEOUT) => {}
        }
    }

    async fn begin(&self, socket: TcpStream) -> io::Result<(Stream, bool)> {
        let stream = Stream::plain(socket);
        let stream = match &self.tls {
            None => stream,
            Some(tls) => Stream::wrapped(tls.accept(stream).await?),
        };
        stream.begin().await
    }
}

/// A request whose answer has not ended, as long as it lives.
struct Open(Arc<watch::Sender<Requests>>);

impl Open {
    fn new(requests: &Arc<watch::Sender<Requests>>) -> Self {
        requests.send_modify(|(begun, open)| (*begun, *open) = (*begun + 1, *open + 1));
        Self(Arc::clone(requests))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.send_modify(|(_, open)| *open -= 1);
    }
}

/// The body of an answer that has not ended, as long as it lives.
struct Counted<B> {
    body: B,
    _open: Open,
}

impl<B: Body + Unpin> Body for Counted<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Returns once no request has been in flight for so long.
async fn quiet(mut requests: watch::Receiver<Requests>, timeout: Duration) {
    loop {
        let Ok(last) = requests.wait_for(|(_, open)| *open == 0).await.map(|last| *last) else {
            // The connection is over, and whoever waits for it sees that.
            return std::future::pending().await;
        };
        let next = requests.wait_for(|(begun, _)| *begun != last.0);
        if tokio::time::timeout(timeout, next).await.is_err() {
            return;
        }
    }
}

/// A request of HTTP/2 as one of HTTP/1.1 would look: the authority in `Host`, one field of cookies.
fn in_terms_of_http1<B>(mut request: Request<B>) -> Request<B> {
    let uri = std::mem::take(request.uri_mut());
    if let Some(host) =
        uri.authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok())
        && request.headers().get(header::HOST) != Some(&host)
    {
        // Another `Host` beside it is refused like any second one.
        request.headers_mut().append(header::HOST, host);
    }
    *request.uri_mut() = match uri.path_and_query() {
        Some(target) if uri.authority().is_some() => Uri::from(target.clone()),
        _ => uri,
    };
    join_cookies(request.headers_mut());
    request
}

fn join_cookies(headers: &mut HeaderMap) {
    let cookies: Vec<_> =
        headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if cookies.len() > 1
        && let Ok(joined) = HeaderValue::from_bytes(&cookies.join(&b"; "[..]))
    {
        headers.insert(header::COOKIE, joined);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http_body_util::Empty;

    use super::*;

    #[test]
    fn a_request_of_http2_reads_as_one_of_http1() {
        let request = Request::get("https://deck.example:8421/api?a=1")
            .header("cookie", "a=1")
            .header("accept", "*/*")
            .header("cookie", "b=2")
            .body(())
            .expect("a request");
        let request = in_terms_of_http1(request);
        assert_eq!(request.uri(), "/api?a=1");
        assert_eq!(request.headers()["host"], "deck.example:8421");
        assert_eq!(request.headers()["cookie"], "a=1; b=2");
    }

    #[test]
    fn an_authority_beside_another_host_makes_two_of_them() {
        let hosts = |host: &str| {
            let request = Request::get("http://a.example/").header("host", host).body(());
            let request = in_terms_of_http1(request.expect("a request"));
            request.headers().get_all("host").iter().count()
        };
        assert_eq!((hosts("a.example"), hosts("b.example")), (1, 2));
    }

    #[test]
    fn a_request_is_open_until_its_answer_has_ended() {
        let (requests, seen) = watch::channel(Requests::default());
        let body = Empty::<Bytes>::new();
        let body = Counted { body, _open: Open::new(&Arc::new(requests)) };
        assert_eq!(*seen.borrow(), (1, 1));
        drop(body);
        assert_eq!(*seen.borrow(), (1, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_quiet_when_nothing_was_asked_for_long() {
        let (requests, seen) = watch::channel(Requests::default());
        let timeout = Duration::from_secs(75);
        let begun = tokio::time::Instant::now();
        let asking = async {
            for (pause, state) in [(70, (1, 1)), (500, (1, 0)), (70, (2, 1)), (0, (2, 0))] {
                tokio::time::sleep(Duration::from_secs(pause)).await;
                requests.send_replace(state);
            }
        };
        tokio::join!(quiet(seen, timeout), asking);
        assert_eq!(begun.elapsed().as_secs(), 70 + 500 + 70 + 75);
    }
}
