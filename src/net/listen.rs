//! The listening socket and the connections that it takes.

use std::{
    future::Future,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener as StdListener},
    sync::Arc,
    time::Duration,
};

use http::{Request, Response};
use hyper::body::Incoming;
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
};

use super::{
    connection::{Connections, Sendable},
    framing::Heads,
    runtime::Stop,
};
use crate::error::{Error, Kind, Result};

/// The port that a deck has unless it is told another or it is taken.
const PORT: u16 = 8421;

/// How long to wait after the system refused a connection (it is out of descriptors, as a rule).
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a listener lets its clients use.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections at a time; more wait in the system's queue.
    pub connections_max: usize,
    /// Bytes of a request's head.
    pub head_bytes_max: usize,
    /// Header fields of a request.
    pub headers_max: usize,
    /// How long a connection may take for the head of its next request, idle time included.
    pub head_timeout: Duration,
    /// How long a body may stand still.
    pub body_timeout: Duration,
    /// How long a stop waits for what is in flight.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 4096,
            head_bytes_max: 64 * 1024,
            headers_max: 100,
            head_timeout: Duration::from_secs(75),
            body_timeout: Duration::from_secs(60),
            drain_timeout: Duration::from_secs(10),
        }
    }
}

/// A socket that listens on the address given, else on the deck's own port of loopback or, if that is
/// taken, on a free one.
pub(super) fn bind(listen: Option<SocketAddr>) -> Result<(StdListener, SocketAddr)> {
    let failed = |address: SocketAddr| {
        move |cause: io::Error| {
            Error::new(Kind::Environment, format!("failed to listen on `{address}`"))
                .because(cause)
                .hint(
                    "name another address with --listen, or a free port with --listen 127.0.0.1:0",
                )
        }
    };
    let address = listen.unwrap_or_else(|| (Ipv4Addr::LOCALHOST, PORT).into());
    let listener = match StdListener::bind(address) {
        Err(cause) if listen.is_none() && cause.kind() == io::ErrorKind::AddrInUse => {
            StdListener::bind((Ipv4Addr::LOCALHOST, 0))
        }
        bound => bound,
    }
    .map_err(failed(address))?;
    listener.set_nonblocking(true).map_err(failed(address))?;
    let address = listener.local_addr().map_err(failed(address))?;
    Ok((listener, address))
}

/// The base URL, without a slash at its end, of what listens there. An unspecified address (`0.0.0.0`,
/// `[::]`) is none to connect to: clients on this machine are told loopback.
pub(super) fn url(address: SocketAddr, is_https: bool) -> String {
    let ip = match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    let scheme = if is_https { "https" } else { "http" };
    format!("{scheme}://{}", SocketAddr::new(ip, address.port()))
}

/// Serves every connection until `stop`, then finishes what is in flight, for `drain_timeout` at most.
///
/// `answer` gets the number of the connection, from 1, and what is known of its heads; an error of it ends the
/// connection without an answer.
pub(super) async fn serve<A, F, B>(
    listener: StdListener,
    limits: Limits,
    connections: Connections,
    mut stop: Stop,
    answer: A,
) where
    A: Fn(u64, Heads, Request<Incoming>) -> F + Clone + Send + 'static,
    F: Future<Output = io::Result<Response<B>>> + Send + 'static,
    B: Sendable,
{
    // Only a descriptor that is no socket could be refused here.
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    let connections = Arc::new(connections);
    let slots = Arc::new(Semaphore::new(limits.connections_max));
    let (stop_all, stopped) = watch::channel(());
    let mut number = 0;
    loop {
        let accepted = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, listener.accept().await)
        };
        let (slot, socket) = tokio::select! {
            _ = &mut stop => break,
            (slot, accepted) = accepted => {
                if let Ok((socket, _)) = accepted {
                    (slot, socket)
                } else {
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            }
        };
        number += 1;
        let (number, answer, stopped) = (number, answer.clone(), stopped.clone());
        let connections = Arc::clone(&connections);
        tokio::spawn(async move {
            let answer = move |heads, request| answer(number, heads, request);
            connections.serve(socket, stopped, answer).await;
            drop(slot);
        });
    }
    drop((listener, stopped));
    stop_all.send_replace(());
    // Each holds what tells it to stop. What has not ended by then is dropped with the runtime.
    let _ = tokio::time::timeout(limits.drain_timeout, stop_all.closed()).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: &str, expected: &str) {
        assert_eq!(url(address.parse().expect("an address"), false), expected);
    }

    #[test]
    fn clients_are_told_an_address_that_they_can_connect_to() {
        check("127.0.0.1:8421", "http://127.0.0.1:8421");
        check("192.0.2.1:80", "http://192.0.2.1:80");
        check("0.0.0.0:8421", "http://127.0.0.1:8421");
        check("[::]:8421", "http://[::1]:8421");
    }
}
