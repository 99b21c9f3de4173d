//! The network: the only home of hyper, tokio and rustls.
