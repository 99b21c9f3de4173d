//! Requests made from the contract: valid ones, and ones broken in exactly one known way.
