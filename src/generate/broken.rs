//! Arguments with one flaw: valid ones are made so that the place is there, and then changed at it.

use proptest::{
    prelude::*,
    sample::{self, Index},
};
use serde_json::{Map, Number, Value, json};

use super::{
    Known,
    bounds::width,
    breakage::{Breakage, Flaw, breakages},
    fields::{self, Aim, End, Part, Step},
    text, values,
};
use crate::{
    contract::{Bound, Choice, Endpoint, MapShape, Relation, Shape},
    json::Pointer,
};

/// Arguments that break one rule, and nothing else.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The arguments, in the form of [`crate::call::Call`].
    pub arguments: Map<String, Value>,
    /// The rule.
    pub rule: &'static str,
    /// The place in the arguments where `validate` finds it broken.
    pub pointer: Pointer,
    /// What is wrong there, as a phrase: `not kept: at most 64 characters`.
    pub how: String,
}

/// Arguments of an endpoint that break one rule, any of its breakages as likely as another. None if
/// nothing about them can be broken, as that of jobs/list, which takes none.
pub fn broken(endpoint: Endpoint, known: &Known) -> Option<BoxedStrategy<Broken>> {
    let all = breakages(endpoint);
    let known = known.clone();
    (!all.is_empty()).then(|| {
        // A smaller case of the same breakage is wanted, not one of another.
        sample::select(all)
            .no_shrink()
            .prop_flat_map(move |breakage| breakage.broken(&known))
            .boxed()
    })
}

impl Breakage {
    /// Arguments that are broken in this way.
    pub fn broken(&self, known: &Known) -> BoxedStrategy<Broken> {
        let end = match &self.flaw {
            Flaw::Relation { breach, .. } => End::Broken(breach.clone()),
            Flaw::Whole { bound: Bound::EntriesMax(most), .. } => End::Entries(most + 1),
            _ => End::There,
        };
        let aim = Aim { route: self.route.clone(), end };
        let request = self.endpoint.signature().request;
        let arguments = fields::structure(request, Part::Whole, &[aim], known);
        let Self { rule, route, flaw, .. } = self.clone();
        (arguments, edit(&flaw))
            .prop_map(move |(arguments, edit)| {
                let mut whole = Value::Object(arguments);
                let mut pointer = edit.apply(&mut whole, &route);
                if let Flaw::Relation { relation, .. } = &flaw {
                    pointer = blamed(relation)
                        .split('/')
                        .fold(pointer, |at, step| if step.is_empty() { at } else { at.join(step) });
                }
                let arguments = whole.as_object_mut().map(std::mem::take).unwrap_or_default();
                Broken { arguments, rule, pointer, how: flaw.to_string() }
            })
            .boxed()
    }
}

/// The path, from the object, at which a relation is found broken: the field that should change, if it
/// is one.
fn blamed(relation: &Relation) -> &'static str {
    match *relation {
        Relation::AtLeastOne(_)
        | Relation::AtMostOne(_)
        | Relation::Excludes(..)
        | Relation::NotBothTrue(..) => "",
        Relation::Needs(_, path) | Relation::NotAbove(_, path) | Relation::Differ(_, path) => path,
    }
}

/// How valid arguments are changed at one place.
#[derive(Clone, Debug)]
enum Edit {
    /// Not at all: they were made as they are to be.
    Keep,
    /// The field is taken out.
    Remove,
    /// Another value takes its place.
    Put(Value),
    /// The entry gets another key.
    Rename(String),
    /// The list gets one more entry.
    Insert(Value, Index),
    /// The list or map is made so long, as JSON under its name.
    Fill(&'static str, usize),
}

impl Edit {
    /// Changes the place that a route leads to, and tells which it is.
    fn apply(self, whole: &mut Value, route: &[Step]) -> Pointer {
        let Some((last, before)) = route.split_last() else { return Pointer::root() };
        let mut parent = whole;
        let mut at = Pointer::root();
        for step in before {
            let Some((name, next)) = into(parent, *step) else { return at };
            (parent, at) = (next, at.join(name));
        }
        match self {
            Self::Remove => {
                if let (Step::Field(name), Value::Object(map)) = (last, parent) {
                    map.shift_remove(*name);
                    at = at.join(name);
                }
                return at;
            }
            Self::Rename(key) => {
                if let Value::Object(map) = parent
                    && let Some(old) = map.keys().next_back().cloned()
                    && let Some(value) = map.shift_remove(&old)
                {
                    at = at.join(&key);
                    map.insert(key, value);
                }
                return at;
            }
            Self::Keep | Self::Put(_) | Self::Insert(..) | Self::Fill(..) => {}
        }
        let Some((name, place)) = into(parent, *last) else { return at };
        match self {
            Self::Put(value) => *place = value,
            Self::Insert(value, index) => {
                if let Value::Array(items) = place {
                    items.insert(index.index(items.len() + 1), value);
                }
            }
            Self::Fill(name, bytes) => values::fill(name, place, bytes),
            Self::Keep | Self::Remove | Self::Rename(_) => {}
        }
        at.join(name)
    }
}

/// The value one step further in, with its name there.
fn into(value: &mut Value, step: Step) -> Option<(String, &mut Value)> {
    match (step, value) {
        (Step::Field(name), Value::Object(map)) => {
            map.get_mut(name).map(|value| (name.to_owned(), value))
        }
        (Step::Item, Value::Array(items)) => {
            let index = items.len().checked_sub(1)?;
            items.last_mut().map(|value| (index.to_string(), value))
        }
        (Step::Entry, Value::Object(map)) => {
            map.iter_mut().next_back().map(|(key, value)| (key.clone(), value))
        }
        _ => None,
    }
}

/// The changes that make a flaw.
fn edit(flaw: &Flaw) -> BoxedStrategy<Edit> {
    match flaw {
        Flaw::Missing => Just(Edit::Remove).boxed(),
        Flaw::Relation { .. } => Just(Edit::Keep).boxed(),
        Flaw::Type(shape) => put(other_type(*shape)),
        Flaw::EntryType(shape) => put(other_entry_type(shape)),
        Flaw::Width(shape) => too_wide(*shape),
        Flaw::Word(choice) => foreign(choice),
        Flaw::Number { bound, shape } => number_beyond(*bound, *shape),
        Flaw::Text { bound, within, examples } => text::beyond(*bound, *within, examples)
            .map_or(Just(Edit::Keep).boxed(), |texts| {
                texts.prop_map(|text| Edit::Put(text.into())).boxed()
            }),
        Flaw::Key { bound, within } => text::beyond(*bound, *within, &[])
            .map_or(Just(Edit::Keep).boxed(), |texts| texts.prop_map(Edit::Rename).boxed()),
        Flaw::Whole { bound, name } => whole_beyond(*bound, name),
    }
}

fn put(values: Vec<Value>) -> BoxedStrategy<Edit> {
    sample::select(values).prop_map(Edit::Put).boxed()
}

/// Values of other types, none of which could be read as one of the shape. Lists and maps without entries
/// are not among them, as they count as absent in some places.
fn other_type(shape: Shape) -> Vec<Value> {
    match shape {
        Shape::Boolean => vec![json!("maybe"), json!(2), json!([true]), json!({"value": true})],
        Shape::Int32 | Shape::Int64 => {
            vec![
                json!("one"),
                json!("1.5"),
                json!(1.5),
                json!(true),
                json!([1]),
                json!({"value": 1}),
            ]
        }
        Shape::Double => vec![json!("much"), json!(true), json!([1]), json!({"value": 1})],
        Shape::String | Shape::Choice(_) => {
            vec![json!(7), json!(true), json!(["text"]), json!({"key": "text"})]
        }
        Shape::Structure(_) | Shape::Patch(_) => {
            vec![json!("text"), json!(7), json!(true), json!(["text"])]
        }
        Shape::List(_) => vec![json!("text"), json!(7), json!(true), json!({"0": "text"})],
        Shape::Map(_) => {
            vec![json!("text"), json!(7), json!(true), json!(["text"]), json!([{"key": "text"}])]
        }
        Shape::Any => Vec::new(),
    }
}

fn other_entry_type(shape: &MapShape) -> Vec<Value> {
    let mut values = vec![json!(["text"]), json!({"key": "text"})];
    if !shape.scalars {
        values.extend([json!(7), json!(true)]);
    }
    values
}

/// Whole numbers for which a shape has no room.
fn too_wide(shape: Shape) -> BoxedStrategy<Edit> {
    let (least, most) = width(shape);
    let (least, most) = (i128::from(least), i128::from(most));
    prop_oneof![Just(most + 1), Just(least - 1), most + 1..=most * 1000, least * 1000..=least - 1]
        .prop_map(|number| {
            // The text of a whole number is one of JSON too.
            number
                .to_string()
                .parse::<Number>()
                .map_or(Edit::Keep, |number| Edit::Put(number.into()))
        })
        .boxed()
}

/// Words that are none of the choice, and do not differ from one in case only.
fn foreign(choice: &'static Choice) -> BoxedStrategy<Edit> {
    let near =
        choice.words.iter().flat_map(|word| [format!("{word}S"), word.chars().skip(1).collect()]);
    let words: Vec<_> = [String::from("JOBDECK"), String::from("UNKNOWN")]
        .into_iter()
        .chain(near)
        .filter(|word| !choice.words.contains(&word.as_str()))
        .map(Value::from)
        .collect();
    put(words)
}

/// Numbers just beyond a bound, and anywhere beyond it that the shape has room for.
fn number_beyond(bound: Bound, shape: Shape) -> BoxedStrategy<Edit> {
    let (least, most) = width(shape);
    let numbers = match bound {
        Bound::Minimum(bound) => {
            let beyond = bound.saturating_sub(1);
            prop_oneof![Just(beyond), least..=beyond].boxed()
        }
        Bound::Maximum(bound) => {
            let beyond = bound.saturating_add(1);
            prop_oneof![Just(beyond), beyond..=most].boxed()
        }
        Bound::CharsMin(_)
        | Bound::CharsMax(_)
        | Bound::BytesMax(_)
        | Bound::EntriesMax(_)
        | Bound::JsonBytesMax(_)
        | Bound::Ascii
        | Bound::StartsWithAny(_)
        | Bound::StartsWithNone(_)
        | Bound::HasNone(_)
        | Bound::EntriesNone(_) => return Just(Edit::Keep).boxed(),
    };
    numbers.prop_map(|number| Edit::Put(number.into())).boxed()
}

/// What brings a list or map as a whole beyond a bound.
fn whole_beyond(bound: Bound, name: &'static str) -> BoxedStrategy<Edit> {
    match bound {
        Bound::JsonBytesMax(most) => prop_oneof![Just(most + 1), most + 1..=2 * most]
            .prop_map(move |bytes| Edit::Fill(name, bytes))
            .boxed(),
        Bound::EntriesNone(texts) => (sample::select(texts), any::<bool>(), any::<Index>())
            .prop_map(|(text, has_value, index)| {
                let text = if has_value { format!("{text}=1") } else { text.to_owned() };
                Edit::Insert(text.into(), index)
            })
            .boxed(),
        // Of entries there are too many from the start; the others do not speak of a whole.
        Bound::EntriesMax(_)
        | Bound::Minimum(_)
        | Bound::Maximum(_)
        | Bound::CharsMin(_)
        | Bound::CharsMax(_)
        | Bound::BytesMax(_)
        | Bound::Ascii
        | Bound::StartsWithAny(_)
        | Bound::StartsWithNone(_)
        | Bound::HasNone(_) => Just(Edit::Keep).boxed(),
    }
}
