//! One connection to an upstream, by whichever version of HTTP it speaks.

use std::{error::Error as _, io, time::Duration};

use bytes::Bytes;
use http::Request;
use hyper::{
    body::{Body, Incoming},
    client::conn::{TrySendError, http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};

use super::stream::Stream;

/// How often an HTTP/2 connection with requests in flight is asked whether it still lives, and how long it
/// may take to say so.
const PING_EVERY: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// How much of one answer may wait for a client that does not read, and how much of all answers. The many
/// that wait leave room for the others.
const STREAM_WINDOW_BYTES: u32 = 256 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 64 * 1024 * 1024;

/// A body that hyper can send.
pub(super) trait Outward:
    Body<Data = Bytes, Error: std::error::Error + Send + Sync> + Send + Unpin + 'static
{
}

impl<B> Outward for B where
    B: Body<Data = Bytes, Error: std::error::Error + Send + Sync> + Send + Unpin + 'static
{
}

/// What sends on a connection.
pub(super) enum Sender<B> {
    /// For one request at a time.
    Http1(http1::SendRequest<B>),
    /// The same, to a forward proxy that passes each request on.
    Forwarded(http1::SendRequest<B>),
    /// For many at a time.
    Http2(http2::SendRequest<B>),
}

/// What came of sending, as hyper tells it: an answer, or an error that may hold the request.
pub(super) type Sent<B> = Result<http::Response<Incoming>, TrySendError<Request<B>>>;

impl<B: Outward> Sender<B> {
    /// Speaks HTTP/1.1 over a stream.
    pub(super) async fn http1(stream: Stream) -> io::Result<Self> {
        first_version(stream).await.map(Self::Http1)
    }

    /// The same to a forward proxy.
    pub(super) async fn forwarded(stream: Stream) -> io::Result<Self> {
        first_version(stream).await.map(Self::Forwarded)
    }

    /// Speaks HTTP/2 over a stream.
    pub(super) async fn http2(stream: Stream) -> io::Result<Self> {
        let (sender, connection) = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(PING_TIMEOUT)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(io::Error::other)?;
        carry(connection);
        Ok(Self::Http2(sender))
    }

    /// Returns once it can take a request; fails if it never will again.
    pub(super) async fn ready(&mut self) -> hyper::Result<()> {
        match self {
            Self::Http1(sender) | Self::Forwarded(sender) => sender.ready().await,
            Self::Http2(sender) => sender.ready().await,
        }
    }

    /// Whether it will take no more requests.
    pub(super) fn is_closed(&self) -> bool {
        match self {
            Self::Http1(sender) | Self::Forwarded(sender) => sender.is_closed(),
            Self::Http2(sender) => sender.is_closed(),
        }
    }

    /// Sends a request.
    pub(super) async fn send(&mut self, request: Request<B>) -> Sent<B> {
        match self {
            Self::Http1(sender) | Self::Forwarded(sender) => sender.try_send_request(request).await,
            Self::Http2(sender) => sender.try_send_request(request).await,
        }
    }
}

/// Whether the upstream says that it has done nothing with a request, so that it may be sent once more whatever it
/// is (RFC 9113 §8.7): it refused the stream, or went away and named an earlier stream as the last one that it
/// looked at. What a stream up to that last one meets is another error.
pub(super) fn is_unprocessed(error: &hyper::Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<h2::Error>());
    cause.is_some_and(|cause| {
        let is_refused = cause.is_reset() && cause.reason() == Some(h2::Reason::REFUSED_STREAM);
        cause.is_remote() && (is_refused || cause.is_go_away())
    })
}

/// Lets a connection do its work beside those who use it.
pub(super) fn carry(connection: impl Future<Output = hyper::Result<()>> + Send + 'static) {
    tokio::spawn(async move {
        // Whoever sent a request is told of the failure.
        let _ = connection.await;
    });
}

async fn first_version<B: Outward>(stream: Stream) -> io::Result<http1::SendRequest<B>> {
    let (sender, connection) = http1::Builder::new()
        // To gather a head and a piece of a body costs the system more than to copy what is as small.
        .writev(false)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(io::Error::other)?;
    carry(connection);
    Ok(sender)
}
