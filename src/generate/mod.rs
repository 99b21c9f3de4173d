//! Requests made from the contract: valid ones, and ones broken in exactly one known way.
//!
//! All of them are built along the tables, none is filtered. Every documented field comes about, and
//! every limit is met with nothing to spare often enough to be noticed. No field or rule is named here;
//! nothing here judges either, so that `validate` and the exported document can be held against it.

mod bounds;
mod breakage;
mod broken;
mod fields;
mod presence;
mod text;
mod values;
mod write;

use proptest::prelude::*;
use serde_json::{Map, Value};

pub use self::{
    breakage::{Breakage, Kind, breakages},
    broken::{Broken, broken},
    write::{Style, style, write},
};
use crate::{
    contract::{Endpoint, Shape},
    exchange::Request,
};

/// The ids of things that exist, for requests that are to meet them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// Jobs. If there is none, any positive number stands for one.
    pub job_ids: Vec<i64>,
    /// Runs. If there is none, any positive number stands for one.
    pub run_ids: Vec<i64>,
}

/// Valid values of a shape, in the form of [`crate::call::Call`].
pub fn value(shape: &Shape) -> BoxedStrategy<Value> {
    values::of_shape(*shape)
}

/// Valid arguments of an endpoint, in the form of [`crate::call::Call`].
pub fn arguments(endpoint: Endpoint, known: &Known) -> BoxedStrategy<Map<String, Value>> {
    fields::structure(endpoint.signature().request, fields::Part::Whole, &[], known)
}

/// Valid requests to an endpoint, written in any of the ways in which clients write them.
pub fn request(endpoint: Endpoint, known: &Known) -> BoxedStrategy<Request> {
    (arguments(endpoint, known), style())
        .prop_map(move |(arguments, style)| write(endpoint, &arguments, &style))
        .boxed()
}
