//! Where two values differ.

use serde_json::Value;

use super::Pointer;

/// One place at which two values differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The place.
    pub pointer: Pointer,
    /// What stands there in the first value, if anything.
    pub left: Option<Value>,
    /// What stands there in the second value, if anything.
    pub right: Option<Value>,
}

/// Every place at which `left` and `right` differ, the deepest that explains each difference, in the
/// order of `left`; keys that only `right` has come last in their object.
pub fn diff(left: &Value, right: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    walk(&Pointer::root(), Some(left), Some(right), &mut found);
    found
}

fn walk(at: &Pointer, left: Option<&Value>, right: Option<&Value>, found: &mut Vec<Difference>) {
    match (left, right) {
        (Some(left), Some(right)) if left == right => {}
        (Some(Value::Object(left)), Some(Value::Object(right))) => {
            for (key, value) in left {
                walk(&at.join(key), Some(value), right.get(key), found);
            }
            for (key, value) in right.iter().filter(|(key, _)| !left.contains_key(*key)) {
                walk(&at.join(key), None, Some(value), found);
            }
        }
        (Some(Value::Array(left)), Some(Value::Array(right))) => {
            for index in 0..left.len().max(right.len()) {
                walk(&at.join(index), left.get(index), right.get(index), found);
            }
        }
        (left, right) => found.push(Difference {
            pointer: at.clone(),
            left: left.cloned(),
            right: right.cloned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::diff;

    #[test]
    fn names_the_deepest_places() {
        let left = json!({"a": {"b": [1, 2]}, "gone": true, "same": "x"});
        let right = json!({"a": {"b": [1, 3, 4]}, "same": "x", "new/er": null});
        let places: Vec<_> = diff(&left, &right).iter().map(|d| d.pointer.to_string()).collect();
        assert_eq!(places, ["/a/b/1", "/a/b/2", "/gone", "/new~1er"]);
        assert!(diff(&left, &left).is_empty());
    }
}
