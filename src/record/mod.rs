//! Keeps what passes between clients and a workspace.
