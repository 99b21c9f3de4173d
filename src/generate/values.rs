//! Values by their shape.

use proptest::{collection, prelude::*, sample};
use serde_json::{Map, Number, Value, json};

use super::{
    Known,
    bounds::Bounds,
    fields::{self, Aim, End, Part, Step},
    text,
};
use crate::contract::{Field, MapShape, Role, Shape};

/// How many entries a list or map has that does not fill its limit.
const ENTRIES_USUAL: usize = 3;

/// Valid values of a field, such that the aims at it and within it can be met.
pub(super) fn of_field(field: &'static Field, aims: &[Aim], known: &Known) -> BoxedStrategy<Value> {
    let site = Site { name: field.name, bounds: bounds(field), examples: field.examples };
    match field.role {
        Some(Role::JobId) => id(&known.job_ids),
        Some(Role::RunId) => id(&known.run_ids),
        _ => site.value(field.shape, aims, known),
    }
}

/// Valid values of a shape alone.
pub(super) fn of_shape(shape: Shape) -> BoxedStrategy<Value> {
    let site = Site { name: "", bounds: Bounds::NONE, examples: &[] };
    site.value(shape, &[], &Known::default())
}

/// The limits of a field. An empty text is left out of what is valid: whether it stands for an absent
/// one, the document does not say. As an entry it is one.
pub(super) fn bounds(field: &Field) -> Bounds {
    let bounds = Bounds::of(field.limits);
    Bounds { chars_min: bounds.chars_min.max(1), ..bounds }
}

fn id(known: &[i64]) -> BoxedStrategy<Value> {
    if known.is_empty() {
        prop_oneof![1..=999_i64, 1..=i64::MAX].prop_map(Value::from).boxed()
    } else {
        sample::select(known.to_vec()).prop_map(Value::from).boxed()
    }
}

/// Where a value stands: in a field, or in a list or map that is one.
#[derive(Clone, Copy)]
struct Site {
    /// The field, whose name counts where JSON is measured.
    name: &'static str,
    bounds: Bounds,
    examples: &'static [&'static str],
}

impl Site {
    fn value(self, shape: Shape, aims: &[Aim], known: &Known) -> BoxedStrategy<Value> {
        match shape {
            Shape::Boolean => proptest::bool::ANY.prop_map(Value::from).boxed(),
            Shape::Int32 | Shape::Int64 => whole(self.bounds.range(shape)),
            Shape::Double => decimal(self.bounds),
            Shape::String => text::text(self.bounds, self.examples).prop_map(Value::from).boxed(),
            Shape::Choice(choice) => sample::select(choice.words).prop_map(Value::from).boxed(),
            Shape::Structure(structure) => {
                fields::structure(structure, Part::Whole, aims, known).prop_map(Value::from).boxed()
            }
            Shape::Patch(structure) => {
                fields::structure(structure, Part::Patch, aims, known).prop_map(Value::from).boxed()
            }
            Shape::List(inner) => self.list(*inner, aims, known),
            Shape::Map(entries) => self.map(entries, aims),
            Shape::Any => anything(),
        }
    }

    /// Lists. The entry that is aimed at comes last.
    fn list(self, inner: Shape, aims: &[Aim], known: &Known) -> BoxedStrategy<Value> {
        let site = Self { bounds: self.bounds.of_entry(), ..self };
        let item = site.value(inner, &[], known);
        let last: Vec<_> = fields::behind(aims, |step| matches!(step, Step::Item));
        let last = if last.is_empty() {
            Just(None).boxed()
        } else {
            site.value(inner, &last, known).prop_map(Some).boxed()
        };
        let (name, most_bytes) = (self.name, self.bounds.json_bytes_max);
        (self.some(&item, aims), last, self.is_full(aims))
            .prop_map(move |(mut items, last, full)| {
                items.extend(last);
                let mut value = Value::from(items);
                if full {
                    fill(name, &mut value, most_bytes);
                }
                value
            })
            .boxed()
    }

    /// Maps. The entry that is aimed at comes last.
    fn map(self, shape: &'static MapShape, aims: &[Aim]) -> BoxedStrategy<Value> {
        let key = text::text(key_bounds(shape, self.bounds), &[]);
        let entry = (key, entry_value(shape, self.bounds)).boxed();
        let (name, most_bytes) = (self.name, self.bounds.json_bytes_max);
        (self.some(&entry, aims), self.is_full(aims))
            .prop_map(move |(entries, full)| {
                let mut map = Map::new();
                for (key, value) in entries {
                    let key = if map.contains_key(&key) { unused(&map) } else { key };
                    map.insert(key, value);
                }
                let mut value = Value::from(map);
                if full {
                    fill(name, &mut value, most_bytes);
                }
                value
            })
            .boxed()
    }

    /// As many entries as a list or map may have, or has to have for what is aimed at. Beside them
    /// there is room for one item more, if one is aimed at.
    fn some<T: std::fmt::Debug + 'static>(
        self,
        entry: &BoxedStrategy<T>,
        aims: &[Aim],
    ) -> BoxedStrategy<Vec<T>> {
        let limit = self.bounds.entries_max;
        let usual =
            |least: usize, most: usize| collection::vec(entry.clone(), least..=most).boxed();
        match aims.first().map(|aim| (aim.route.first(), &aim.end)) {
            None if limit == usize::MAX => usual(0, ENTRIES_USUAL),
            None => {
                // All are kept at first, and fewer while a failure shrinks.
                let kept = (proptest::bool::weighted(1.0), entry.clone());
                let full = collection::vec(kept, limit).prop_map(|entries| {
                    entries.into_iter().filter(|(kept, _)| *kept).map(|(_, entry)| entry).collect()
                });
                prop_oneof![9 => usual(0, ENTRIES_USUAL.min(limit)), 1 => full].boxed()
            }
            Some((None, End::Entries(least))) => usual(*least, least + 2),
            Some((Some(Step::Item), _)) => usual(0, ENTRIES_USUAL.min(limit).saturating_sub(1)),
            Some((None | Some(Step::Field(_) | Step::Entry), _)) => {
                usual(1, ENTRIES_USUAL.min(limit))
            }
        }
    }

    /// Whether a limit of the whole JSON text is met exactly. Not where there is an aim, which has to be
    /// found last.
    fn is_full(self, aims: &[Aim]) -> BoxedStrategy<bool> {
        text::is_full(if aims.is_empty() { self.bounds.json_bytes_max } else { usize::MAX })
    }
}

/// The limits of the keys of a map that as a whole has these.
pub(super) fn key_bounds(shape: &MapShape, whole: Bounds) -> Bounds {
    let bounds = Bounds::of(shape.keys);
    Bounds { ascii: whole.ascii, chars_min: bounds.chars_min.max(1), ..bounds }
}

/// The limits of the values of a map that as a whole has these.
pub(super) fn entry_bounds(shape: &MapShape, whole: Bounds) -> Bounds {
    Bounds { ascii: whole.ascii, ..Bounds::of(shape.values) }
}

fn entry_value(shape: &MapShape, whole: Bounds) -> BoxedStrategy<Value> {
    let text = text::text(entry_bounds(shape, whole), &[]).prop_map(Value::from);
    if shape.scalars {
        prop_oneof![
            2 => text,
            1 => proptest::bool::ANY.prop_map(Value::from),
            1 => (-9..=9999).prop_map(Value::from),
        ]
        .boxed()
    } else {
        text.boxed()
    }
}

/// A key that a map does not have.
fn unused(map: &Map<String, Value>) -> String {
    let mut number = map.len();
    loop {
        let key = format!("k{number}");
        if !map.contains_key(&key) {
            return key;
        }
        number += 1;
    }
}

/// Makes `{"NAME":VALUE}` as long as asked, by one more text in the list or map.
pub(super) fn fill(name: &str, value: &mut Value, bytes: usize) {
    let room = bytes.saturating_sub(json!({name: &*value}).to_string().len());
    match value {
        Value::Array(items) => {
            let syntax = if items.is_empty() { r#""""# } else { r#","""# }.len();
            if let Some(letters) = room.checked_sub(syntax) {
                items.push("x".repeat(letters).into());
            }
        }
        Value::Object(map) => {
            let key = unused(map);
            let syntax = if map.is_empty() { r#""":"""# } else { r#","":"""# }.len() + key.len();
            if let Some(letters) = room.checked_sub(syntax) {
                map.insert(key, "x".repeat(letters).into());
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Whole numbers: small ones mostly, the bounds often, and any.
fn whole((least, most): (i64, i64)) -> BoxedStrategy<Value> {
    let small = 0.clamp(least, most);
    prop_oneof![
        4 => small..=small.saturating_add(20).min(most),
        1 => Just(least),
        1 => Just(most),
        1 => least..=most,
    ]
    .prop_map(Value::from)
    .boxed()
}

/// Numbers with and without a fraction.
fn decimal(bounds: Bounds) -> BoxedStrategy<Value> {
    let (least, most) = bounds.range(Shape::Int32);
    let quarters = (0.clamp(least, most)..=most, 0..4_u8).prop_map(|(whole, quarters)| {
        // Digits around a point are a number of JSON.
        let text = format!("{whole}.{:02}", 25 * u32::from(quarters));
        text.parse::<Number>().map_or(whole.into(), Value::from)
    });
    prop_oneof![whole((least, most)), quarters].boxed()
}

/// Any value but null, which would count as an absent one.
fn anything() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        proptest::bool::ANY.prop_map(Value::from),
        (0..=999).prop_map(Value::from),
        text::text(Bounds::NONE, &[]).prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        let key = text::text(Bounds::NONE, &[]);
        prop_oneof![
            collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            collection::vec((key, inner), 0..3)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
    .boxed()
}
