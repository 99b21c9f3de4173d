//! The network: the only home of hyper, tokio and rustls.
//!
//! Two things listen: [`Server`], in front of a [`Handler`](crate::exchange::Handler), and [`Proxy`], in
//! front of an upstream. Each runs on a thread of its own, so that it serves synchronous code and code
//! under any runtime alike; no public signature shows which libraries do the work.
//!
//! ```text
//! listen -> connection -> framing -> guard -> server -> Handler
//!                                          -> front -> gate -> forward -> pool -> upstream -> sender
//!                                                     tee + flight -> Tap
//! ```
//!
//! Scripted [weather](crate::weather) strikes behind the guard, and where answers leave (`rough`).
//!
//! What comes from outside never chooses where a request goes: the upstream is fixed at start.

mod capture;
mod certificate;
mod client;
mod clock;
mod connection;
mod convert;
mod credentials;
mod deadline;
mod discovery;
mod flight;
mod forward;
mod forward_proxy;
mod framing;
mod front;
mod gate;
mod guard;
mod hosted;
mod listen;
mod pool;
mod proxy;
mod reading;
mod rough;
mod runtime;
mod sender;
mod server;
mod signals;
mod stream;
mod tap;
mod tee;
mod tls;
mod upstream;
mod via;

pub use certificate::Certificate;
pub use client::{Client, Sent};
pub use clock::now_us;
pub use credentials::Tokens;
pub use forward::UNREACHABLE_STATUS;
pub use forward_proxy::ForwardProxy;
pub use front::Front;
pub use gate::Gate;
pub(crate) use hosted::Hosted;
pub use listen::Limits;
pub use proxy::{Proxy, ProxyOptions};
pub use server::{Server, ServerOptions};
pub use signals::{Signal, stop_signals};
pub use tap::Tap;
pub use upstream::ClientCertificate;
