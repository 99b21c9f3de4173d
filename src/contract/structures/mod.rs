//! The structures, as tables: one row per field.
//!
//! Each table says what the document says and where, with the rule that a request or an answer breaks
//! otherwise. Rows whose line is 0 are known of the real service only, and promised by nobody.

#![allow(
    clippy::enum_glob_use,
    clippy::wildcard_imports,
    reason = "a row of a table reads like a row: `List(&String)`, `CharsMax(64)`"
)]

mod cluster;
mod library;
mod notifications;
mod requests;
mod responses;
mod run;
mod settings;
mod tasks;

use std::collections::BTreeMap;

use super::{
    Endpoint,
    shape::{
        Bound::{self, *},
        Choice, Constraint, DefaultValue, Field, Limit, MapShape,
        Relation::{self, *},
        Role, Secret,
        Shape::{self, *},
        Structure as Table, field, structure,
    },
};

pub use cluster::*;
pub use library::*;
pub use notifications::*;
pub use requests::*;
pub use responses::*;
pub use run::*;
pub use settings::*;
pub use tasks::*;

/// Every structure that an endpoint takes or answers, or that lies in such a one, by name.
pub fn all() -> Vec<&'static Table> {
    let mut found = BTreeMap::new();
    let mut open: Vec<_> = Endpoint::ALL
        .into_iter()
        .map(Endpoint::signature)
        .flat_map(|signature| [signature.request, signature.response])
        .collect();
    while let Some(structure) = open.pop() {
        if found.insert(structure.name, structure).is_none() {
            open.extend(structure.fields.iter().filter_map(|field| field.shape.structure()));
        }
    }
    found.into_values().collect()
}

const STRINGS: Shape = List(&String);

const fn limit(rule: &'static str, bound: Bound) -> Limit {
    Limit { rule, bound }
}

const fn holds(rule: &'static str, relation: Relation) -> Constraint {
    Constraint { rule, relation }
}
