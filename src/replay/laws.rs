//! Laws of replay, on generated recordings and clients.
