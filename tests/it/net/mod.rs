//! The network, seen from both ends of plain sockets.

mod deck;
mod framing;
mod gate;
mod http2;
mod proxy;
mod recording;
mod refused;
mod server;
mod tls;
mod weather;
pub(crate) mod wire;
