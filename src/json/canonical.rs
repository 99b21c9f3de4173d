//! One text for all ways of writing the same value.

use serde_json::Value;

/// The value as compact text with the keys of every object in order. Two values are equal, numbers
/// compared as written, if and only if their canonical texts are.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            text.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(&Value::from(key.as_str()), text);
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn key_order_does_not_count_and_number_text_does() {
        let of = |text: &str| canonical(&serde_json::from_str(text).unwrap());
        assert_eq!(
            of(r#"{"b": [1, {"d":2,"c":null}], "a":"x"}"#),
            of(r#"{"a":"x","b":[1,{"c":null,"d":2}]}"#)
        );
        assert_eq!(of("9223372036854775807"), "9223372036854775807");
        assert_ne!(of("1.0"), of("1"));
        assert_ne!(of("[1,2]"), of("[2,1]"));
    }
}
