//! Cassettes as HTTP archives (HAR 1.2), and archives of other programs as cassettes.
//!
//! Whatever an archive has no field for stands in custom fields, whose names begin with `_jobdeck`, as the
//! format allows; so a cassette that became an archive becomes the same cassette again. Archives of browsers
//! and proxies are read with tolerance, and redacted as a recording is before anything of them is written.

mod entry;
mod export;
mod format;
mod import;
mod origin;

pub use export::export;
pub use import::{Imported, Options, import, load};

#[cfg(test)]
mod tests;
