//! JSON beyond `serde_json`: places in a value, one text per meaning, differences, and texts whose
//! layout can be undone and restored. Numbers are never read into floats: they stay as written.

mod canonical;
mod diff;
mod layout;
mod number;
mod outline;
mod pointer;
mod string;

pub use canonical::canonical;
pub use diff::{Difference, diff};
pub use layout::Layout;
pub use number::{Whole, whole};
pub use outline::Outline;
pub use pointer::Pointer;
pub use string::{plain_bytes, string_end, value_end};

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    /// Any JSON value of a moderate size.
    pub(crate) fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 48, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((any::<String>(), inner), 0..6)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }
}
