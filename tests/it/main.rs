//! The one integration binary: what is seen from outside, area by area.

mod deck;
mod http;

mod cassettes;
mod cli;
mod clients;
mod contract;
mod crash;
mod refusals;
mod seeds;
mod tidy;
