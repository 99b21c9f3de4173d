//! Structures, fields, bounds and relations as JSON Schema (2020-12).

use std::{collections::BTreeMap, fmt::Display};

use serde_json::{Map, Value, json};

use crate::contract::{Bound, Constraint, Field, MapShape, Relation, Shape, Side, Structure};

/// How a structure is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// In a request, with all that it demands.
    Sent,
    /// In a request, without what must be present.
    Patch,
    /// In a response, with all that it demands.
    Told,
    /// In a response, but binding the client: only the types of its fields are promised.
    Echo,
}

impl View {
    /// How a response shows a structure.
    pub(super) fn told(structure: &Structure) -> Self {
        match structure.binds {
            Side::Client => Self::Echo,
            Side::Server => Self::Told,
        }
    }

    /// How a structure is seen that is part of one seen so.
    fn of_part(self, part: &Structure) -> Self {
        match self {
            // What a patch names is replaced as a whole.
            Self::Sent | Self::Patch => Self::Sent,
            Self::Told => Self::told(part),
            Self::Echo => Self::Echo,
        }
    }

    const fn is_binding(self) -> bool {
        !matches!(self, Self::Echo)
    }

    const fn demands_presence(self) -> bool {
        matches!(self, Self::Sent | Self::Told)
    }

    const fn suffix(self) -> &'static str {
        match self {
            Self::Sent | Self::Told => "",
            Self::Patch => "Patch",
            Self::Echo => "Echo",
        }
    }
}

/// The schemas that others refer to, by name.
#[derive(Default)]
pub(super) struct Components(BTreeMap<String, Value>);

impl Components {
    /// All that were referred to.
    pub(super) fn into_schemas(self) -> Value {
        self.0.into_iter().collect::<Map<_, _>>().into()
    }

    /// A reference to a structure, whose schema is made if it is new.
    pub(super) fn reference(&mut self, structure: &'static Structure, view: View) -> Keywords {
        let name = format!("{}{}", structure.name, view.suffix());
        if !self.0.contains_key(&name) {
            let schema = self.structure(structure, view);
            self.0.insert(name.clone(), schema);
        }
        refer(&name)
    }

    fn structure(&mut self, structure: &'static Structure, view: View) -> Value {
        let mut description = structure.about.to_owned();
        let mut properties = Map::new();
        let mut required = Vec::new();
        for field in structure.fields {
            properties.insert(field.name.to_owned(), self.field(field, view));
            if field.required.is_some() && view.demands_presence() {
                required.push(field.name);
            }
        }
        let mut all_of = Vec::new();
        for Constraint { rule, relation } in structure.constraints {
            if !view.is_binding() || (relation.asks_presence() && !view.demands_presence()) {
                continue;
            }
            match relation_schema(structure, *relation) {
                Some(mut schema) => {
                    schema["x-rule"] = (*rule).into();
                    all_of.push(schema);
                }
                None => say(&mut description, relation, rule),
            }
        }
        let mut schema = json!({"description": description, "type": "object"});
        if structure.line > 0 {
            schema["x-section"] = structure.section.into();
        }
        if !required.is_empty() {
            schema["required"] = required.into();
        }
        if !properties.is_empty() {
            schema["properties"] = properties.into();
        }
        if !all_of.is_empty() {
            schema["allOf"] = all_of.into();
        }
        schema
    }

    /// The schema of a field.
    pub(super) fn field(&mut self, field: &Field, view: View) -> Value {
        if !field.is_documented() {
            let description = format!("{} The real service has it: {}.", field.about, field.shape);
            return json!({"description": description, "x-undocumented": true});
        }
        let mut description = field.about.to_owned();
        let mut keywords = self.shape(&field.shape, view);
        let mut rules = Vec::new();
        if view.demands_presence() {
            rules.extend(field.required);
        }
        if view.is_binding() {
            for limit in field.limits {
                rules.push(limit.rule);
                if !is_sayable(limit.bound) {
                    say(&mut description, &limit.bound, limit.rule);
                }
                add(&mut keywords, bound(limit.bound, &field.shape));
            }
            if let Some(default) = field.default.filter(|_| view != View::Patch) {
                keywords.insert("default".to_owned(), default.value());
            }
            if !field.examples.is_empty() {
                let examples = match field.shape {
                    Shape::List(_) => json!([field.examples]),
                    _ => json!(field.examples),
                };
                keywords.insert("examples".to_owned(), examples);
            }
        }
        if field.secret.is_some() {
            keywords.insert("x-secret".to_owned(), true.into());
        }
        if !rules.is_empty() {
            keywords.insert("x-rules".to_owned(), rules.into());
        }
        keywords.shift_insert(0, "description".to_owned(), description.into());
        keywords.into()
    }

    fn shape(&mut self, shape: &Shape, view: View) -> Keywords {
        match shape {
            Shape::Boolean => of_type("boolean"),
            Shape::Int32 => integer("int32", i32::MIN.into(), i32::MAX.into()),
            Shape::Int64 => integer("int64", i64::MIN, i64::MAX),
            Shape::Double => of_type("number"),
            Shape::Choice(choice) if view.is_binding() => {
                self.0.entry(choice.name.to_owned()).or_insert_with(
                    || json!({"type": "string", "enum": choice.words, "x-rule": choice.rule}),
                );
                refer(choice.name)
            }
            Shape::String | Shape::Choice(_) => of_type("string"),
            Shape::Structure(part) => self.reference(part, view.of_part(part)),
            Shape::Patch(part) => self.reference(part, View::Patch),
            Shape::List(entry) => {
                let mut keywords = of_type("array");
                keywords.insert("items".to_owned(), self.shape(entry, view).into());
                keywords
            }
            Shape::Map(map) if view.is_binding() => {
                self.0.entry(map.name.to_owned()).or_insert_with(|| bound_map(map));
                refer(map.name)
            }
            Shape::Map(map) => free_map(map),
            Shape::Any => Map::new(),
        }
    }
}

fn refer(name: &str) -> Keywords {
    keywords(json!({"$ref": format!("#/components/schemas/{name}")}))
}

fn of_type(name: &str) -> Keywords {
    keywords(json!({"type": name}))
}

fn integer(format: &str, minimum: i64, maximum: i64) -> Keywords {
    keywords(json!({"type": "integer", "format": format, "minimum": minimum, "maximum": maximum}))
}

/// A map of which only the types of the values are said.
fn free_map(map: &MapShape) -> Keywords {
    let types = if map.scalars { json!(["string", "number", "boolean"]) } else { json!("string") };
    keywords(json!({"type": "object", "additionalProperties": {"type": types}}))
}

/// A map with the limits of its keys and values.
fn bound_map(map: &MapShape) -> Value {
    let mut schema = free_map(map);
    let mut key = Map::new();
    let mut value = match schema.remove("additionalProperties") {
        Some(Value::Object(value)) => value,
        _ => Map::new(),
    };
    let mut description = format!("`{}` of the document.", map.name);
    for (keywords, limits) in [(&mut key, map.keys), (&mut value, map.values)] {
        for limit in limits {
            if !is_sayable(limit.bound) {
                say(&mut description, &limit.bound, limit.rule);
            }
            add(keywords, bound(limit.bound, &Shape::String));
        }
    }
    let mut rules: Vec<_> = map.keys.iter().chain(map.values).map(|limit| limit.rule).collect();
    rules.dedup();
    schema.shift_insert(0, "description".to_owned(), description.into());
    if !key.is_empty() {
        schema.insert("propertyNames".to_owned(), key.into());
    }
    schema.insert("additionalProperties".to_owned(), value.into());
    if !rules.is_empty() {
        schema.insert("x-rules".to_owned(), rules.into());
    }
    schema.into()
}

/// Whether JSON Schema can say all of a bound.
const fn is_sayable(bound: Bound) -> bool {
    match bound {
        Bound::BytesMax(_) | Bound::JsonBytesMax(_) => false,
        Bound::Minimum(_)
        | Bound::Maximum(_)
        | Bound::CharsMin(_)
        | Bound::CharsMax(_)
        | Bound::EntriesMax(_)
        | Bound::Ascii
        | Bound::StartsWithAny(_)
        | Bound::StartsWithNone(_)
        | Bound::HasNone(_)
        | Bound::EntriesNone(_) => true,
    }
}

/// A bound as keywords beside those of the shape.
fn bound(bound: Bound, shape: &Shape) -> Keywords {
    keywords(match bound {
        Bound::Minimum(least) => json!({"minimum": least}),
        Bound::Maximum(most) => json!({"maximum": most}),
        Bound::CharsMin(least) => json!({"minLength": least}),
        // A character is a byte at least, so this is part of what bytes are bound to.
        Bound::CharsMax(most) | Bound::BytesMax(most) => json!({"maxLength": most}),
        Bound::EntriesMax(most) => match shape {
            Shape::Map(_) => json!({"maxProperties": most}),
            _ => json!({"maxItems": most}),
        },
        Bound::JsonBytesMax(_) => json!({}),
        Bound::Ascii => {
            let ascii = json!({"pattern": r"^[\x00-\x7F]*$"});
            match shape {
                Shape::Map(_) => json!({"propertyNames": ascii, "additionalProperties": ascii}),
                Shape::List(_) => json!({"items": ascii}),
                _ => ascii,
            }
        }
        Bound::StartsWithAny(starts) => json!({"pattern": one_of_at_start(starts)}),
        Bound::StartsWithNone(starts) => json!({"not": {"pattern": one_of_at_start(starts)}}),
        Bound::HasNone(characters) => json!({"pattern": format!("^[^{}]*$", escaped(characters))}),
        Bound::EntriesNone(texts) => {
            json!({"items": {"not": {"pattern": format!("{}(=|$)", one_of_at_start(texts))}}})
        }
    })
}

fn one_of_at_start(starts: &[&str]) -> String {
    let starts: Vec<_> = starts.iter().map(|start| escaped(start)).collect();
    format!("^({})", starts.join("|"))
}

/// A text in a regular expression, also within a class of characters.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        if r"\^$.|?*+()[]{}".contains(character) {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// A relation, if JSON Schema can say it.
fn relation_schema(structure: &'static Structure, relation: Relation) -> Option<Value> {
    let there = |path: &str| presence(structure, path);
    let each = |paths: &[&str]| -> Vec<_> { paths.iter().map(|path| there(path)).collect() };
    let any = |paths: &[&str]| match paths {
        [path] => there(path),
        paths => json!({"anyOf": each(paths)}),
    };
    match relation {
        Relation::AtLeastOne(names) => Some(any(names)),
        Relation::AtMostOne(&[one, other]) => {
            Some(json!({"not": {"allOf": [there(one), there(other)]}}))
        }
        Relation::AtMostOne(names) => {
            let mut ways = vec![json!({"not": any(names)})];
            ways.extend(each(names));
            Some(json!({"oneOf": ways}))
        }
        Relation::Excludes(name, others) => {
            Some(json!({"not": {"allOf": [there(name), any(others)]}}))
        }
        Relation::Needs(name, other) if !other.contains('/') => {
            Some(json!({"dependentRequired": {name: [other]}}))
        }
        Relation::Needs(name, other) => Some(json!({"if": there(name), "then": there(other)})),
        Relation::NotBothTrue(one, other) => {
            let are_true = json!({one: {"const": true}, other: {"const": true}});
            Some(json!({"not": {"required": [one, other], "properties": are_true}}))
        }
        Relation::NotAbove(..) | Relation::Differ(..) => None,
    }
}

/// What holds if the path leads to a value other than a list or map without entries.
fn presence(structure: &'static Structure, path: &str) -> Value {
    let (name, rest) = path.split_once('/').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let shape = structure.field(name).map(|field| &field.shape);
    let within = match (rest, shape) {
        (Some(rest), shape) => shape.and_then(Shape::structure).map(|inner| presence(inner, rest)),
        (None, Some(Shape::List(_))) => Some(json!({"minItems": 1})),
        (None, Some(Shape::Map(_))) => Some(json!({"minProperties": 1})),
        (None, _) => None,
    };
    match within {
        Some(within) => json!({"required": [name], "properties": {name: within}}),
        None => json!({"required": [name]}),
    }
}

/// Adds to a description what no keyword says.
fn say(description: &mut String, expected: &dyn Display, rule: &str) {
    *description = format!("{description} Beyond this schema: {expected} ({rule}).");
}

/// Adds keywords to others: within those of the same meaning, or beside them where both must hold.
fn add(keywords: &mut Keywords, more: Keywords) {
    for (name, value) in more {
        match (keywords.get_mut(&name), value) {
            (Some(Value::Object(old)), Value::Object(new)) if name == "items" => add(old, new),
            // The bounds of a width give way to those of the field, which lie within.
            (Some(old), new) if name == "minimum" || name == "maximum" => *old = new,
            (Some(_), new) => {
                let also = json!({ name: new });
                match keywords.get_mut("allOf").and_then(Value::as_array_mut) {
                    Some(all) => all.push(also),
                    None => {
                        keywords.insert("allOf".to_owned(), json!([also]));
                    }
                }
            }
            (None, new) => {
                keywords.insert(name, new);
            }
        }
    }
}

type Keywords = Map<String, Value>;

/// The keywords of a schema written as an object.
fn keywords(schema: Value) -> Keywords {
    match schema {
        Value::Object(map) => map,
        // A schema that is no object is `true` or `false`; none is written here.
        _ => Map::new(),
    }
}
