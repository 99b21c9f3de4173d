//! What must hold between the fields of one object.

use serde_json::{Map, Value};

use super::{Judge, Part, Place};
use crate::{
    contract::{Constraint, Relation, Shape, Structure},
    json::{self, Whole},
};

impl Judge {
    /// Judges one constraint. A finding stands at the object, or at the field that should change.
    pub(super) fn constraint(
        &mut self,
        constraint: &Constraint,
        structure: &'static Structure,
        map: &Map<String, Value>,
        at: &Place,
        part: Part,
    ) {
        if part == Part::Patch && constraint.relation.asks_presence() {
            return;
        }
        let there = |path: &str| is_there(structure, map, path);
        let broken = match constraint.relation {
            Relation::AtLeastOne(names) => (!names.iter().any(|name| there(name)))
                .then(|| (at.clone(), "none of them".to_owned())),
            Relation::AtMostOne(names) => {
                let found: Vec<_> = names.iter().copied().filter(|name| there(name)).collect();
                (found.len() > 1).then(|| (at.clone(), joined(&found)))
            }
            Relation::Excludes(name, others) => {
                let mut found = vec![name];
                found.extend(others.iter().copied().filter(|other| there(other)));
                (there(name) && found.len() > 1).then(|| (at.clone(), joined(&found)))
            }
            Relation::Needs(name, other) => {
                let fits = !there(name) || there(other) || leads_astray(map, other);
                let place = other.split('/').fold(at.clone(), |at, step| at.join(step));
                (!fits).then(|| (place, "nothing".to_owned()))
            }
            Relation::NotAbove(less, more) => match (whole(map, less), whole(map, more)) {
                (Some(a), Some(b)) if a > b => Some((at.join(more), format!("{a} and {b}"))),
                _ => None,
            },
            Relation::Differ(one, other) => match (whole(map, one), whole(map, other)) {
                (Some(a), Some(b)) if a == b => Some((at.join(other), format!("{a} and {b}"))),
                _ => None,
            },
            Relation::NotBothTrue(one, other) => {
                let is_true = |name: &str| map.get(name) == Some(&Value::Bool(true));
                (is_true(one) && is_true(other)).then(|| (at.clone(), "both true".to_owned()))
            }
        };
        if let Some((at, got)) = broken {
            self.find(constraint.rule, &at, &constraint.relation, got);
        }
    }
}

/// Whether the path leads to a value other than a list or map without entries.
fn is_there(structure: &'static Structure, map: &Map<String, Value>, path: &str) -> bool {
    let (name, rest) = path.split_once('/').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let (Some(field), Some(value)) = (structure.field(name), map.get(name)) else {
        return false;
    };
    match (rest, &field.shape, value) {
        (Some(rest), shape, Value::Object(inner)) => {
            shape.structure().is_some_and(|structure| is_there(structure, inner, rest))
        }
        (Some(_), ..) => false,
        (None, Shape::List(_), Value::Array(items)) => !items.is_empty(),
        (None, Shape::Map(_), Value::Object(map)) => !map.is_empty(),
        (None, ..) => true,
    }
}

/// Whether a path leads through a value that has no fields, of which another finding tells.
fn leads_astray(map: &Map<String, Value>, path: &str) -> bool {
    path.split_once('/').is_some_and(|(name, rest)| match map.get(name) {
        Some(Value::Object(inner)) => leads_astray(inner, rest),
        Some(_) => true,
        None => false,
    })
}

fn whole(map: &Map<String, Value>, name: &str) -> Option<i64> {
    match map.get(name)? {
        Value::Number(number) => match json::whole(number) {
            Whole::Within(number) => Some(number),
            Whole::Beyond | Whole::Broken => None,
        },
        _ => None,
    }
}

fn joined(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(" and ")
}
