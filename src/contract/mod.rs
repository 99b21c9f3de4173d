//! What the Jobs API 2.0 promises, as data: endpoints, structures, life cycle, effects and rules.
//!
//! Every fact stands here once, with the place in the public document that it comes from (`line` is a
//! line of its plain text); whatever needs the fact reads it here. Nothing here judges, generates or
//! serves: those are readers.

mod demands;
mod effects;
mod endpoints;
mod lifecycle;
pub mod openapi;
mod pattern;
pub mod rules;
mod shape;
pub mod structures;
mod words;

pub use demands::{request_rules, response_rules};
pub use effects::{Effect, Thing};
pub use endpoints::{Endpoint, RESPONSE_TYPE_RULE, SUCCESS_RULE, Signature};
pub use lifecycle::{LifeCycleState, ResultState};
pub use pattern::{PathPattern, behind_version, fits};
pub use shape::{
    Bound, Choice, Constraint, DefaultValue, Field, Limit, MapShape, Relation, Role, Secret, Shape,
    Side, Structure, is_one_of,
};
