//! The reference workspace.
