//! The one integration binary: what is seen from outside, area by area.

mod contract;
mod tidy;
