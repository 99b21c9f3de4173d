//! The one integration binary: what is seen from outside, area by area.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod deck;
mod http;
mod scripts;

mod bodies;
mod cassette;
mod cassettes;
mod check;
mod chosen;
mod cli;
mod clients;
mod closing;
mod contract;
mod crash;
mod damage;
mod differential;
mod disk;
mod faults;
mod forward_proxy;
mod generate;
mod guard_rails;
mod improvised;
mod manual;
mod modes;
mod net;
mod offline;
mod options;
mod record;
mod refusals;
mod replay;
mod resilience;
mod restraint;
mod sandbox;
mod secrets;
mod seeds;
mod shifted;
mod stacked;
mod state;
mod stopping;
mod tidy;
mod tls;
mod unseen;
mod variants;
mod watching;
mod weather;
mod wheel;
mod workspace;
