//! Tells everything that is wrong with a value, by the tables of the contract.
//!
//! It reads the tables and nothing else: no field, limit or rule is named here. It never changes a value,
//! and never shows one that stands in the place of a secret.

mod describe;
mod limits;
mod relations;

use serde_json::{Map, Value};

use self::describe::Shown;
use crate::{
    contract::{Endpoint, RESPONSE_TYPE_RULE, SUCCESS_RULE, Shape, Side, Structure},
    finding::Finding,
    json::{Pointer, Whole, whole},
};

/// After so many findings no more are looked for: a large request can have a fault in every entry.
pub const FINDINGS_MAX: usize = 1000;

/// Everything that is wrong with the arguments of a call (in the form of [`crate::call::Call`]).
/// Fields that the contract does not name are let pass.
pub fn arguments(endpoint: Endpoint, arguments: &Map<String, Value>) -> Vec<Finding> {
    let mut judge = Judge::of_requests(endpoint);
    let root = judge.place(Pointer::root());
    judge.fields(endpoint.signature().request, arguments, &root, Part::Whole);
    judge.findings
}

/// Everything that is wrong with a value of this shape that stands at `at` in a request. Where the rule
/// depends on the endpoint, it is the one of jobs/create.
pub fn value(shape: &Shape, value: &Value, at: &Pointer) -> Vec<Finding> {
    let mut judge = Judge::of_requests(Endpoint::Create);
    let place = judge.place(at.clone());
    judge.value(shape, value, &place);
    judge.findings
}

/// Everything that is wrong with the body of a success. Fields that the contract does not name are let
/// pass, and of what some client once sent (the settings of a job) only the types are judged.
pub fn response(endpoint: Endpoint, body: &Value) -> Vec<Finding> {
    let mut judge = Judge {
        side: Side::Server,
        type_rule: RESPONSE_TYPE_RULE,
        range_rule: RESPONSE_TYPE_RULE,
        findings: Vec::new(),
    };
    let root = judge.place(Pointer::root());
    if let Value::Object(map) = body {
        judge.fields(endpoint.signature().response, map, &root, Part::Whole);
    } else {
        let got = describe::value(body, Shown::Open);
        judge.find(SUCCESS_RULE, &root, &"a JSON object", got);
    }
    judge.findings
}

/// What is known of the place under judgement.
#[derive(Clone)]
struct Place {
    pointer: Pointer,
    shown: Shown,
    /// The rule that a value of another type breaks here.
    type_rule: &'static str,
    /// Whether who sent it is held to more than the type.
    binding: bool,
}

impl Place {
    fn join(&self, step: impl std::fmt::Display) -> Self {
        Self { pointer: self.pointer.join(step), ..self.clone() }
    }
}

/// Whether an object is all of its structure, or the fields of it that change.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    Patch,
}

/// Walks a value along its shape. How deep it goes is bounded by the tables, not by the value.
struct Judge {
    /// Whose structures are held to more than their types.
    side: Side,
    type_rule: &'static str,
    range_rule: &'static str,
    findings: Vec<Finding>,
}

impl Judge {
    fn of_requests(endpoint: Endpoint) -> Self {
        let signature = endpoint.signature();
        Self {
            side: Side::Client,
            type_rule: signature.type_rule,
            range_rule: signature.range_rule,
            findings: Vec::new(),
        }
    }

    fn place(&self, pointer: Pointer) -> Place {
        Place { pointer, shown: Shown::Open, type_rule: self.type_rule, binding: true }
    }

    fn find(
        &mut self,
        rule: &'static str,
        at: &Place,
        expected: &dyn std::fmt::Display,
        got: String,
    ) {
        if self.findings.len() < FINDINGS_MAX {
            let (pointer, expected) = (at.pointer.clone(), expected.to_string());
            self.findings.push(Finding { rule, pointer, expected, got });
        }
    }

    fn fields(
        &mut self,
        structure: &'static Structure,
        map: &Map<String, Value>,
        at: &Place,
        part: Part,
    ) {
        let binding = structure.binds == self.side;
        for field in structure.fields.iter().filter(|field| field.is_documented()) {
            let at = Place {
                pointer: at.pointer.join(field.name),
                shown: if field.secret.is_some() { Shown::Hidden } else { at.shown },
                type_rule: field.type_rule.filter(|_| binding).unwrap_or(self.type_rule),
                binding,
            };
            match (map.get(field.name), field.required) {
                (Some(value), _) => {
                    if self.value(&field.shape, value, &at) && binding {
                        for limit in field.limits {
                            self.limit(limit, field.name, value, &at);
                        }
                    }
                }
                (None, Some(rule)) if binding && part == Part::Whole => {
                    self.find(rule, &at, &field.shape, "nothing".to_owned());
                }
                (None, _) => {}
            }
        }
        if binding {
            for constraint in structure.constraints {
                self.constraint(constraint, structure, map, at, part);
            }
        }
    }

    /// Judges a value by its shape. Whether its own type is right, so that its limits make sense.
    fn value(&mut self, shape: &Shape, value: &Value, at: &Place) -> bool {
        match (shape, value) {
            (Shape::Any, _)
            | (Shape::Boolean, Value::Bool(_))
            | (Shape::Double, Value::Number(_))
            | (Shape::String, Value::String(_)) => return true,
            (Shape::Int32 | Shape::Int64, Value::Number(number)) => {
                let fits = match whole(number) {
                    Whole::Within(number) => {
                        matches!(shape, Shape::Int64) || i32::try_from(number).is_ok()
                    }
                    Whole::Beyond => false,
                    Whole::Broken => return self.wrong_type(shape, value, at),
                };
                if !fits {
                    self.find(self.range_rule, at, shape, describe::value(value, at.shown));
                }
                return fits;
            }
            (Shape::Choice(choice), Value::String(word)) => {
                // Where nobody is bound, another version of the service may know more words.
                let known = choice.words.contains(&word.as_str()) || !at.binding;
                if !known {
                    self.find(choice.rule, at, shape, describe::value(value, at.shown));
                }
                return known;
            }
            (Shape::Structure(structure), Value::Object(map)) => {
                self.fields(structure, map, at, Part::Whole);
            }
            (Shape::Patch(structure), Value::Object(map)) => {
                self.fields(structure, map, at, Part::Patch);
            }
            (Shape::List(inner), Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(inner, item, &at.join(index));
                }
            }
            (Shape::Map(entries), Value::Object(map)) => {
                for (key, value) in map {
                    self.entry(entries, key, value, &at.join(key));
                }
            }
            (
                Shape::Boolean
                | Shape::Int32
                | Shape::Int64
                | Shape::Double
                | Shape::String
                | Shape::Choice(_)
                | Shape::Structure(_)
                | Shape::Patch(_)
                | Shape::List(_)
                | Shape::Map(_),
                _,
            ) => return self.wrong_type(shape, value, at),
        }
        true
    }

    fn wrong_type(&mut self, shape: &Shape, value: &Value, at: &Place) -> bool {
        self.find(at.type_rule, at, shape, describe::value(value, at.shown));
        false
    }
}

#[cfg(test)]
mod tests;
