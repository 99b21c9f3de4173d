//! What a proxy tells about the exchanges that passed it.

use crate::exchange::{Exchange, Response};

/// Is told of every exchange that passed a proxy.
pub trait Tap: Send + Sync + 'static {
    /// An exchange is over. It comes in the order of its end, not of its `seq`.
    ///
    /// The client has not seen the end of the response before this returns: its last bytes, or the end of
    /// a body of unknown length, are held back until then. That is why [`Outcome::Complete`] says that
    /// the whole answer was at hand, and not that the client's machine took it.
    ///
    /// [`Outcome::Complete`]: crate::exchange::Outcome::Complete
    fn finished(&self, exchange: Exchange);

    /// Whether `finished` waits, say for the disk. If so it is called beside the proxy's own thread, so that
    /// other exchanges go on; if not, it is called on it, which costs less.
    fn waits(&self) -> bool {
        false
    }

    /// The answer to every new request, if exchanges can no longer be kept. Such a request is not forwarded.
    fn refusal(&self) -> Option<Response> {
        None
    }
}
