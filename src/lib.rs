//! jobdeck, a tape deck for the Databricks Jobs API 2.0.
//!
//! `record` sits in front of a workspace and keeps what passes in a cassette; `replay` answers from a
//! cassette; `serve` is a whole reference workspace. This page is the tour of the code.
//!
//! # The flow
//!
//! ```text
//! bytes -- net --> Exchange --> cassette                      record
//! cassette --> Replayer --> Response                          replay
//! Request --> call --> validate --> Workspace --> Response    serve
//! probes --> Exchange --> oracles --> Violation --> report    check
//! cassette, cassette --> Comparison                           cassette diff
//! ```
//!
//! # The code map, from the ground up
//!
//! Every line names what a module may use of the others; a test reads the sources and fails on an edge
//! that is not listed here.
//!
//! ```text layers
//! json:
//! parts:
//! error:
//! finding:   json
//! exchange:
//! admin:     error exchange
//! contract:
//! cassette:  contract error exchange json parts
//! weather:   admin contract
//! net:       error exchange weather
//! call:      contract exchange json
//! compare:   call cassette contract exchange json
//! validate:  contract finding json
//! generate:  contract exchange json
//! life:      contract exchange json
//! model:     contract json
//! oracle:    call contract exchange finding json model validate
//! check:     contract error exchange generate json net oracle validate
//! record:    admin cassette contract error exchange life net
//! replay:    admin call cassette contract error exchange json life net parts
//! serve:     admin call contract error exchange finding json net validate
//! report:    cassette check contract error exchange life oracle
//! cli:       admin cassette check compare contract error exchange life net record replay report serve weather
//! ```
//!
//! - **Ground floor**, plain values: [`exchange`] (what passed over the wire, and the one trait of
//!   everything that answers), [`json`], [`finding`] (a promise that a peer broke), [`error`] (a failure
//!   of the world), [`admin`] (the desk beside a core). `parts` shares long work out among the processors.
//! - **First floor**, three pillars that do not know each other: [`contract`] (what the API promises, as
//!   data), [`cassette`] (the file format, its journal, redaction, HTTP archives), [`net`] (sockets and TLS).
//!   [`cassette`] reads one thing of [`contract`]: which fields hold secrets. [`weather`] (a script of
//!   roughness, which [`net`] carries out) reads how paths are named.
//! - **Second floor**, readers of the contract: [`call`] (a request as the contract reads it),
//!   [`compare`] (what is different between two recordings), [`validate`] (everything wrong with a value),
//!   [`generate`] (valid requests, and broken ones), [`life`] (what a recording shows of runs), [`model`] (what
//!   the settings of a job come to), [`oracle`] (judges what passed).
//! - **Third floor**, the verbs, none of which uses another: [`record`], [`replay`], [`serve`], [`check`].
//! - **Top**: [`report`] (what a check came to, and what it saw, told), [`cli`], which joins the verbs.
//!
//! # What never happens
//!
//! - The cores ([`replay`], [`serve`]) never read a clock, a socket or chance; the time is an argument. Only their
//!   `server.rs` knows [`net`].
//! - hyper, tokio and rustls are named in [`net`] only, clap in [`cli`] only, proptest in [`generate`] and
//!   [`check`] only, and no public signature shows them elsewhere.
//! - [`serve`] and the judging side ([`oracle`], [`model`], [`check`]) never use each other: they are two
//!   readings of the contract that are held against each other.
//! - An oracle never judges what could have been otherwise: no order but that of answers before calls, no
//!   effect of a lost answer, nothing that somebody else could have done.
//! - What is known or looks like a secret is never written: redaction works on the exchange before it
//!   reaches the journal.
//! - No field of a cassette names a file, is opened or is run.
//! - No number of a body is read into a float.
//! - No lock is held over a wait for the disk or the network, but that of a workspace with a state file, over one
//!   commit.
//!
//! # How to add
//!
//! - **A field**: a row in `contract/structures/`. Validation, generators, the OpenAPI document, redaction,
//!   replay and comparisons read it there; `jobdeck contract openapi > tests/it/openapi.json` renews the golden file.
//! - **A limit of a new kind**: a variant of [`contract::Bound`] or [`contract::Relation`]; the compiler
//!   names the readers.
//! - **A rule**: an entry in the file of its area below `contract/rules/`, and the place that breaks it in
//!   the tables if it is about the shape of a request. Else an oracle judges it (its id in the oracle's list of
//!   rules), a probe in `check/probes/` brings it about, and a fault of [`serve`] breaks it.
//! - **An endpoint**: a variant of [`contract::Endpoint`] with its signature and its row in
//!   `contract/effects.rs`; the compiler then asks [`serve`] for the operation.
//! - **A fault** of the reference workspace: a row in `serve/fault/table.rs`, a hook beside those of its kind,
//!   and a case in `serve/tests/faults/`.
//! - **A variant** of it: a line in `serve/variant/mod.rs`, and what is different in a file beside.
//! - **A kind of weather**: a name in `weather/script.rs`, and what becomes of the answer in `net/rough.rs`.
//! - **A kind of secret**: a row in `cassette/redact/rules.rs`.

pub mod json;
mod parts;

pub mod error;
pub mod exchange;

pub mod admin;
pub mod finding;

pub mod cassette;
pub mod contract;
pub mod net;
pub mod weather;

pub mod call;
pub mod compare;
pub mod generate;
pub mod life;
pub mod model;
pub mod oracle;
pub mod validate;

pub mod check;
pub mod record;
pub mod replay;
pub mod serve;

pub mod report;

pub mod cli;
