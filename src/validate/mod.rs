//! Tells everything that is wrong with a value, by the tables of the contract.

use serde_json::{Map, Value};

use crate::{
    contract::{Endpoint, Shape},
    finding::Finding,
    json::Pointer,
};

/// Everything that is wrong with the arguments of a call (in the form of [`crate::call::Call`]).
pub fn arguments(_endpoint: Endpoint, _arguments: &Map<String, Value>) -> Vec<Finding> {
    Vec::new()
}

/// Everything that is wrong with a value of this shape that stands at `at`.
pub fn value(_shape: &Shape, _value: &Value, _at: &Pointer) -> Vec<Finding> {
    Vec::new()
}
