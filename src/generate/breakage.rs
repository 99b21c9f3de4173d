//! Every single way in which the arguments of an endpoint can break a rule, by the tables.
//!
//! What clients and the real service treat as right is never among them: whole numbers as text or with
//! `.0`, null for an absent field, unknown fields, maps as key/value lists. Neither are fields that the
//! document does not name: nobody promised anything about them.

use std::fmt;

use super::{
    bounds::Bounds,
    fields::{Breach, Part, Step},
    values,
};
use crate::contract::{
    Bound, Choice, Constraint, Endpoint, Field, Limit, MapShape, Relation, Shape, Structure,
};

/// One way of breaking one rule at one place.
#[derive(Clone, Debug)]
pub struct Breakage {
    /// Whose arguments are broken.
    pub endpoint: Endpoint,
    /// The one rule that is broken.
    pub rule: &'static str,
    pub(super) route: Vec<Step>,
    pub(super) flaw: Flaw,
}

/// What kind of promise a breakage breaks.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A required field is there.
    Required,
    /// A value has its documented type.
    Type,
    /// A number is not wider than its type.
    Width,
    /// A word is one of a choice.
    Choice,
    /// A value keeps a bound.
    Bound(Bound),
    /// A relation between fields holds.
    Relation(Relation),
}

/// What is wrong at the end of a breakage's route.
#[derive(Clone, Debug)]
pub(super) enum Flaw {
    /// The field is absent.
    Missing,
    /// The value has another type.
    Type(Shape),
    /// The value of a map has another type.
    EntryType(&'static MapShape),
    /// The number is wider than its shape.
    Width(Shape),
    /// The word is not one of the choice.
    Word(&'static Choice),
    /// The number is beyond a bound.
    Number { bound: Bound, shape: Shape },
    /// The text is beyond a bound.
    Text { bound: Bound, within: Bounds, examples: &'static [&'static str] },
    /// The key of the map's entry is beyond a bound.
    Key { bound: Bound, within: Bounds },
    /// The list or map as a whole is beyond a bound.
    Whole { bound: Bound, name: &'static str },
    /// A constraint of the object does not hold.
    Relation { relation: Relation, breach: Breach },
}

impl Breakage {
    /// What kind of promise is broken.
    pub fn kind(&self) -> Kind {
        match self.flaw {
            Flaw::Missing => Kind::Required,
            Flaw::Type(_) | Flaw::EntryType(_) => Kind::Type,
            Flaw::Width(_) => Kind::Width,
            Flaw::Word(_) => Kind::Choice,
            Flaw::Number { bound, .. }
            | Flaw::Text { bound, .. }
            | Flaw::Key { bound, .. }
            | Flaw::Whole { bound, .. } => Kind::Bound(bound),
            Flaw::Relation { relation, .. } => Kind::Relation(relation),
        }
    }
}

impl fmt::Display for Breakage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.endpoint.signature().name)?;
        for step in &self.route {
            match step {
                Step::Field(name) => write!(f, "/{name}")?,
                Step::Item => f.write_str("/-")?,
                Step::Entry => f.write_str("/*")?,
            }
        }
        write!(f, ": {} ({})", self.flaw, self.rule)
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("left out"),
            Self::Type(shape) => write!(f, "of another type than {shape}"),
            Self::EntryType(_) => f.write_str("of another type than the values of this map"),
            Self::Width(shape) => write!(f, "too wide for {shape}"),
            Self::Word(choice) => write!(f, "another word than {}", Shape::Choice(choice)),
            Self::Number { bound, .. } | Self::Text { bound, .. } | Self::Whole { bound, .. } => {
                write!(f, "not kept: {bound}")
            }
            Self::Key { bound, .. } => write!(f, "not kept by the key: {bound}"),
            Self::Relation { relation, breach } if breach.there.is_empty() => {
                write!(f, "not kept: {relation}")
            }
            Self::Relation { relation, breach } => {
                write!(f, "not kept by `{}`: {relation}", breach.there.join("` and `"))
            }
        }
    }
}

/// Every breakage of an endpoint's arguments, in the order of the tables.
pub fn breakages(endpoint: Endpoint) -> Vec<Breakage> {
    let signature = endpoint.signature();
    let mut survey = Survey {
        endpoint,
        type_rule: signature.type_rule,
        range_rule: signature.range_rule,
        route: Vec::new(),
        found: Vec::new(),
    };
    survey.structure(signature.request, Part::Whole);
    survey.found
}

/// Walks the tables and notes what can be broken.
struct Survey {
    endpoint: Endpoint,
    /// The rule that a value of another type breaks here.
    type_rule: &'static str,
    range_rule: &'static str,
    route: Vec<Step>,
    found: Vec<Breakage>,
}

impl Survey {
    fn structure(&mut self, structure: &'static Structure, part: Part) {
        for field in structure.fields.iter().filter(|field| field.is_documented()) {
            self.route.push(Step::Field(field.name));
            let of_endpoint = self.endpoint.signature().type_rule;
            let outer =
                std::mem::replace(&mut self.type_rule, field.type_rule.unwrap_or(of_endpoint));
            if let Some(rule) = field.required
                && part == Part::Whole
            {
                self.note(rule, Flaw::Missing);
            }
            self.shape(field.shape);
            for limit in field.limits {
                self.limit(field, limit);
            }
            self.type_rule = outer;
            self.route.pop();
        }
        for (index, constraint) in structure.constraints.iter().enumerate() {
            if part.is_bound(&constraint.relation) {
                self.constraint(index, constraint);
            }
        }
    }

    fn shape(&mut self, shape: Shape) {
        if !matches!(shape, Shape::Any) {
            self.note(self.type_rule, Flaw::Type(shape));
        }
        match shape {
            Shape::Boolean | Shape::Double | Shape::String | Shape::Any => {}
            Shape::Int32 | Shape::Int64 => self.note(self.range_rule, Flaw::Width(shape)),
            Shape::Choice(choice) => self.note(choice.rule, Flaw::Word(choice)),
            Shape::Structure(structure) => self.structure(structure, Part::Whole),
            Shape::Patch(structure) => self.structure(structure, Part::Patch),
            Shape::List(inner) => self.within(Step::Item, |survey| survey.shape(*inner)),
            Shape::Map(entries) => self.within(Step::Entry, |survey| survey.entries(entries)),
        }
    }

    fn entries(&mut self, shape: &'static MapShape) {
        self.note(self.type_rule, Flaw::EntryType(shape));
        for limit in shape.keys {
            let within = values::key_bounds(shape, Bounds::NONE);
            self.note(limit.rule, Flaw::Key { bound: limit.bound, within });
        }
        for limit in shape.values {
            let within = values::entry_bounds(shape, Bounds::NONE);
            self.note(limit.rule, Flaw::Text { bound: limit.bound, within, examples: &[] });
        }
    }

    fn limit(&mut self, field: &'static Field, limit: &Limit) {
        let (rule, bound, within) = (limit.rule, limit.bound, values::bounds(field));
        match bound {
            Bound::Minimum(_) | Bound::Maximum(_) => {
                self.note(rule, Flaw::Number { bound, shape: field.shape });
            }
            Bound::CharsMin(_)
            | Bound::CharsMax(_)
            | Bound::BytesMax(_)
            | Bound::StartsWithAny(_)
            | Bound::StartsWithNone(_)
            | Bound::HasNone(_) => {
                self.note(rule, Flaw::Text { bound, within, examples: field.examples });
            }
            Bound::EntriesMax(_) | Bound::JsonBytesMax(_) | Bound::EntriesNone(_) => {
                self.note(rule, Flaw::Whole { bound, name: field.name });
            }
            Bound::Ascii => match field.shape {
                Shape::List(_) => self.within(Step::Item, |survey| {
                    let within = within.of_entry();
                    survey.note(rule, Flaw::Text { bound, within, examples: field.examples });
                }),
                Shape::Map(shape) => self.within(Step::Entry, |survey| {
                    let keys = values::key_bounds(shape, within);
                    survey.note(rule, Flaw::Key { bound, within: keys });
                    let within = values::entry_bounds(shape, within);
                    survey.note(rule, Flaw::Text { bound, within, examples: &[] });
                }),
                _ => self.note(rule, Flaw::Text { bound, within, examples: field.examples }),
            },
        }
    }

    fn constraint(&mut self, index: usize, constraint: &Constraint) {
        let mut note = |there: Vec<&'static str>, absent: Vec<&'static str>| {
            let breach = Breach { index, there, absent };
            let relation = constraint.relation;
            self.note(constraint.rule, Flaw::Relation { relation, breach });
        };
        let except = |names: &[&'static str], those: &[&str]| {
            names.iter().copied().filter(|name| !those.contains(name)).collect::<Vec<_>>()
        };
        match constraint.relation {
            Relation::AtLeastOne(names) => note(Vec::new(), names.to_vec()),
            Relation::AtMostOne(names) => {
                for (at, one) in names.iter().enumerate() {
                    for other in &names[at + 1..] {
                        note(vec![one, other], except(names, &[one, other]));
                    }
                }
            }
            Relation::Excludes(name, others) => {
                for other in others {
                    note(vec![name, other], except(others, &[other]));
                }
            }
            Relation::Needs(name, other) => note(vec![name], vec![other]),
            Relation::NotAbove(one, other)
            | Relation::Differ(one, other)
            | Relation::NotBothTrue(one, other) => note(vec![one, other], Vec::new()),
        }
    }

    fn within(&mut self, step: Step, walk: impl FnOnce(&mut Self)) {
        self.route.push(step);
        walk(self);
        self.route.pop();
    }

    fn note(&mut self, rule: &'static str, flaw: Flaw) {
        let (endpoint, route) = (self.endpoint, self.route.clone());
        self.found.push(Breakage { endpoint, rule, route, flaw });
    }
}
