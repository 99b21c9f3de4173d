//! The network, seen from both ends of plain sockets.

mod deck;
mod framing;
mod proxy;
mod recording;
mod server;
mod tls;
mod wire;
