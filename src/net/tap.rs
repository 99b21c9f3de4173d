//! What a proxy tells about the exchanges that passed it.

use crate::exchange::{Exchange, Response};

/// Is told of every exchange that passed a proxy.
pub trait Tap: Send + Sync + 'static {
    /// An exchange is over. May wait. Exchanges come about in the order of their end, not of their `seq`.
    ///
    /// The client has not seen the end of the response before this returns: its last bytes, or the end of
    /// a body of unknown length, are held back until then. That is why [`Outcome::Complete`] says that
    /// the whole answer was at hand, and not that the client's machine took it.
    ///
    /// Gives whether the exchange is kept. If it is not, a client whose response was held back sees it
    /// break off.
    ///
    /// [`Outcome::Complete`]: crate::exchange::Outcome::Complete
    fn finished(&self, exchange: Exchange) -> bool;

    /// The same on the proxy's own thread, where a wait would stop every other exchange. An exchange that
    /// would have to wait now, say for the disk, is given back; `finished` then gets it on another thread.
    ///
    /// A tap that never waits has nothing to add to this.
    fn finished_at_once(&self, exchange: Exchange) -> Option<Exchange> {
        self.finished(exchange);
        None
    }

    /// The answer to every new request, if exchanges can no longer be kept. Such a request is not forwarded.
    fn refusal(&self) -> Option<Response> {
        None
    }
}
