//! The one shape of everything that answers: a request in, a reply out.

use super::{Request, Response};

/// Answers requests. The deck's cores (`replay::Replayer`, `serve::Workspace`) are handlers; they are
/// deterministic, and neither wait nor read a clock: `net` gives them the time and does the waiting.
pub trait Handler: Send + 'static {
    /// Answers one request that came at `now_us` (microseconds since 1970, never going back).
    fn answer(&mut self, request: &Request, now_us: u64) -> Reply;
}

/// What a handler decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The response.
    pub response: Response,
    /// How long to wait before it is sent, in microseconds.
    pub delay_us: u64,
}

impl From<Response> for Reply {
    fn from(response: Response) -> Self {
        Self { response, delay_us: 0 }
    }
}
