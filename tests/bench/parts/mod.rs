//! What benchmarks are made of.

pub(crate) mod answer;
pub(crate) mod deck;
pub(crate) mod memory;
pub(crate) mod nginx;
pub(crate) mod process;
pub(crate) mod recording;
pub(crate) mod window;
pub(crate) mod wrk;
