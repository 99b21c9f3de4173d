//! Objects with documented fields: which of them are there, and what holds between them.

use proptest::{collection, option, prelude::*};
use serde_json::{Map, Value};

use super::{
    Known,
    presence::{self, Ask},
    values,
};
use crate::contract::{Field, Relation, Shape, Structure};

/// Whether an object is all of its structure, or the fields of it that change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    Patch,
}

impl Part {
    /// Whether a relation binds it.
    pub(super) fn is_bound(self, relation: &Relation) -> bool {
        self == Self::Whole || !relation.asks_presence()
    }
}

/// One step from a value into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// To a field.
    Field(&'static str),
    /// To the last entry of a list.
    Item,
    /// To the last entry of a map.
    Entry,
}

/// A place that a value must have, and what must be so there. All else stays valid.
#[derive(Clone, Debug)]
pub(super) struct Aim {
    pub(super) route: Vec<Step>,
    pub(super) end: End,
}

/// What must be so at the end of a route.
#[derive(Clone, Debug)]
pub(super) enum End {
    /// A value; of a list or map, one with entries.
    There,
    /// A list or map of at least so many entries, whatever limits it.
    Entries(usize),
    /// An object that breaks one of its constraints.
    Broken(Breach),
}

/// How an object breaks one of its constraints.
#[derive(Clone, Debug)]
pub(super) struct Breach {
    /// Which of the structure's constraints.
    pub(super) index: usize,
    /// The paths that have to be there.
    pub(super) there: Vec<&'static str>,
    /// The paths that must not.
    pub(super) absent: Vec<&'static str>,
}

/// What is left of those aims whose first step is this one.
pub(super) fn behind(aims: &[Aim], is_next: impl Fn(&Step) -> bool) -> Vec<Aim> {
    let first = |aim: &&Aim| aim.route.first().is_some_and(&is_next);
    aims.iter()
        .filter(first)
        .map(|aim| Aim { route: aim.route[1..].to_vec(), end: aim.end.clone() })
        .collect()
}

/// The aim at a path of a relation, such as `new_cluster/spark_conf`.
fn aim_at(path: &'static str) -> Aim {
    Aim { route: path.split('/').map(Step::Field).collect(), end: End::There }
}

/// Objects of a structure that are valid but for what is aimed at.
pub(super) fn structure(
    structure: &'static Structure,
    part: Part,
    aims: &[Aim],
    known: &Known,
) -> BoxedStrategy<Map<String, Value>> {
    let plan = Plan::new(structure, part, aims);
    let values: Vec<_> = structure.fields.iter().map(|field| plan.field(field, known)).collect();
    let count = plan.paths.len();
    let wishes = collection::vec(proptest::bool::ANY, count);
    let order = Just((0..count).collect::<Vec<_>>()).prop_shuffle();
    (values, wishes, order)
        .prop_map(move |(values, wishes, order)| plan.object(values, &wishes, &order))
        .boxed()
}

/// What is asked of the objects of one structure.
struct Plan {
    structure: &'static Structure,
    part: Part,
    /// What must hold.
    relations: Vec<Relation>,
    /// What must not hold.
    broken: Option<Relation>,
    /// The paths that relations speak of.
    paths: Vec<&'static str>,
    /// The aims that lead on from here, with those at what has to be there.
    aims: Vec<Aim>,
    /// The paths that must not be there.
    absent: Vec<&'static str>,
}

impl Plan {
    fn new(structure: &'static Structure, part: Part, aims: &[Aim]) -> Self {
        let breach = aims.iter().find_map(|aim| match (&*aim.route, &aim.end) {
            ([], End::Broken(breach)) => Some(breach.clone()),
            _ => None,
        });
        let mut relations: Vec<_> =
            structure.constraints.iter().map(|constraint| constraint.relation).collect();
        let partners = relations.iter().filter_map(|relation| partners(relation, aims));
        let mut absent: Vec<_> = partners.collect();
        let mut aims: Vec<_> = aims.iter().filter(|aim| !aim.route.is_empty()).cloned().collect();
        let mut broken = None;
        if let Some(breach) = breach {
            broken = Some(relations.remove(breach.index));
            aims.extend(breach.there.into_iter().map(aim_at));
            absent.extend(breach.absent);
        }
        relations.retain(|relation| part.is_bound(relation));
        let mut paths: Vec<_> = relations.iter().chain(&broken).flat_map(presence::paths).collect();
        paths.sort_unstable();
        paths.dedup();
        Self { structure, part, relations, broken, paths, aims, absent }
    }

    /// The values of a field, none where it is absent. A field that relations speak of has one always,
    /// so that it is there if they ask for it; one that the document does not name only if it is aimed at.
    fn field(&self, field: &'static Field, known: &Known) -> BoxedStrategy<Option<Value>> {
        let mut aims = behind(&self.aims, |step| *step == Step::Field(field.name));
        let is_unasked = !field.is_documented() && aims.is_empty();
        if is_unasked || self.absent.contains(&field.name) {
            return Just(None).boxed();
        }
        let must = !aims.is_empty()
            || (self.part == Part::Whole && field.required.is_some())
            || self.paths.contains(&field.name);
        for relation in &self.relations {
            if let Relation::Needs(_, path) = relation
                && path.contains('/')
            {
                aims.extend(behind(&[aim_at(path)], |step| *step == Step::Field(field.name)));
            }
        }
        let value = values::of_field(field, &aims, known);
        if must {
            value.prop_map(Some).boxed()
        } else {
            // Of many fields a few, so that a request stays readable and a field is often alone.
            let often = if self.structure.fields.len() > 8 { 0.2 } else { 0.5 };
            option::weighted(often, value).boxed()
        }
    }

    fn object(
        &self,
        values: Vec<Option<Value>>,
        wishes: &[bool],
        order: &[usize],
    ) -> Map<String, Value> {
        let fields = self.structure.fields.iter().zip(values);
        let mut map: Map<_, _> = fields
            .filter_map(|(field, value)| value.map(|value| (field.name.to_owned(), value)))
            .collect();
        let asked: Vec<_> = self
            .paths
            .iter()
            .zip(wishes)
            .map(|(path, wish)| (*path, self.ask(&map, path, *wish)))
            .collect();
        // The tables ask for nothing that cannot be; if they did, the laws would name the field.
        let chosen = presence::choose(&self.relations, &asked, order).unwrap_or_default();
        for ((path, wish), there) in self.paths.iter().zip(wishes).zip(chosen) {
            // A list or map without entries is there or not as it is wished: it counts as absent.
            if !there && (!wish || is_there(self.structure, &map, path)) {
                remove(&mut map, path);
            }
        }
        for relation in &self.relations {
            hold(self.structure, relation, &mut map);
        }
        if let Some(relation) = &self.broken {
            breach(self.structure, relation, &mut map);
        }
        map
    }

    fn ask(&self, map: &Map<String, Value>, path: &str, wish: bool) -> Ask {
        let leads_there = |aim: &Aim| {
            let mut steps = aim.route.iter();
            path.split('/')
                .all(|name| matches!(steps.next(), Some(Step::Field(field)) if *field == name))
        };
        let required = self.part == Part::Whole
            && self.structure.field(path).is_some_and(|field| field.required.is_some());
        if self.absent.contains(&path) || !is_there(self.structure, map, path) {
            Ask::Absent
        } else if required || self.aims.iter().any(leads_there) {
            Ask::There
        } else {
            Ask::Rather(wish)
        }
    }
}

/// The fields that are left out because what is to be broken at another one could break a relation
/// of their values as well.
fn partners(relation: &Relation, aims: &[Aim]) -> Option<&'static str> {
    let is_aim =
        |name: &str| aims.iter().any(|aim| matches!(&*aim.route, [Step::Field(at)] if *at == name));
    match *relation {
        Relation::NotAbove(one, other)
        | Relation::Differ(one, other)
        | Relation::NotBothTrue(one, other) => {
            if is_aim(one) {
                Some(other)
            } else if is_aim(other) {
                Some(one)
            } else {
                None
            }
        }
        Relation::AtLeastOne(_)
        | Relation::AtMostOne(_)
        | Relation::Excludes(..)
        | Relation::Needs(..) => None,
    }
}

/// Whether a path leads to a value other than a list or map without entries.
fn is_there(structure: &'static Structure, map: &Map<String, Value>, path: &str) -> bool {
    let (name, rest) = path.split_once('/').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let (Some(field), Some(value)) = (structure.field(name), map.get(name)) else { return false };
    match (rest, field.shape, value) {
        (Some(rest), Shape::Structure(inner) | Shape::Patch(inner), Value::Object(map)) => {
            is_there(inner, map, rest)
        }
        (Some(_), ..) => false,
        (None, Shape::Map(_), Value::Object(map)) => !map.is_empty(),
        (None, Shape::List(_), Value::Array(items)) => !items.is_empty(),
        (None, ..) => true,
    }
}

fn remove(map: &mut Map<String, Value>, path: &str) {
    match path.split_once('/') {
        None => {
            map.shift_remove(path);
        }
        Some((name, rest)) => {
            if let Some(Value::Object(inner)) = map.get_mut(name) {
                remove(inner, rest);
            }
        }
    }
}

/// Makes a relation between values hold. Those between fields hold by the choice of fields.
fn hold(structure: &'static Structure, relation: &Relation, map: &mut Map<String, Value>) {
    match *relation {
        Relation::NotAbove(less, more) => {
            if let Some((a, b)) = numbers(map, less, more)
                && a > b
            {
                map.insert(less.to_owned(), b.into());
                map.insert(more.to_owned(), a.into());
            }
        }
        Relation::Differ(one, other) => part(structure, one, other, map),
        Relation::NotBothTrue(one, other) => {
            if map.get(one) == Some(&true.into()) && map.get(other) == Some(&true.into()) {
                map.insert(other.to_owned(), false.into());
            }
        }
        Relation::AtLeastOne(_)
        | Relation::AtMostOne(_)
        | Relation::Excludes(..)
        | Relation::Needs(..) => {}
    }
}

/// Breaks a relation between values.
fn breach(structure: &'static Structure, relation: &Relation, map: &mut Map<String, Value>) {
    match *relation {
        Relation::NotAbove(less, more) => {
            part(structure, more, less, map);
            if let Some((a, b)) = numbers(map, less, more)
                && a < b
            {
                map.insert(less.to_owned(), b.into());
                map.insert(more.to_owned(), a.into());
            }
        }
        Relation::Differ(one, other) => {
            if let Some(value) = map.get(one).cloned() {
                map.insert(other.to_owned(), value);
            }
        }
        Relation::NotBothTrue(one, other) => {
            map.insert(one.to_owned(), true.into());
            map.insert(other.to_owned(), true.into());
        }
        Relation::AtLeastOne(_)
        | Relation::AtMostOne(_)
        | Relation::Excludes(..)
        | Relation::Needs(..) => {}
    }
}

/// Makes two equal numbers differ: the second is raised, or the first lowered where that has no room.
fn part(
    structure: &'static Structure,
    one: &'static str,
    other: &'static str,
    map: &mut Map<String, Value>,
) {
    let Some((a, b)) = numbers(map, one, other).filter(|(a, b)| a == b) else { return };
    let Some(field) = structure.field(other) else { return };
    let (_, most) = values::bounds(field).range(field.shape);
    if b < most {
        map.insert(other.to_owned(), (b + 1).into());
    } else {
        map.insert(one.to_owned(), (a - 1).into());
    }
}

fn numbers(map: &Map<String, Value>, one: &str, other: &str) -> Option<(i64, i64)> {
    Some((map.get(one)?.as_i64()?, map.get(other)?.as_i64()?))
}
