//! Tests through the public interface.

mod net;
