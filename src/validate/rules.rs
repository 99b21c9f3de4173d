//! Which rules there are to be found broken, by the tables.

use std::collections::BTreeSet;

use crate::contract::{Endpoint, RESPONSE_TYPE_RULE, SUCCESS_RULE, Shape, Side, Structure};

/// Every rule that [`arguments`](super::arguments) can find broken in a call of this endpoint.
pub fn argument_rules(endpoint: Endpoint) -> BTreeSet<&'static str> {
    let signature = endpoint.signature();
    let mut found = BTreeSet::new();
    let mut rules = Rules {
        side: Side::Client,
        type_rule: signature.type_rule,
        range_rule: signature.range_rule,
        found: &mut found,
    };
    rules.structure(signature.request);
    found
}

/// Every rule that [`response`](super::response) can find broken in a success of this endpoint.
pub fn response_rules(endpoint: Endpoint) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::from([SUCCESS_RULE]);
    let mut rules = Rules {
        side: Side::Server,
        type_rule: RESPONSE_TYPE_RULE,
        range_rule: RESPONSE_TYPE_RULE,
        found: &mut found,
    };
    rules.structure(endpoint.signature().response);
    found
}

/// Gathers the rules that a judge of this side can name.
struct Rules<'f> {
    side: Side,
    type_rule: &'static str,
    range_rule: &'static str,
    found: &'f mut BTreeSet<&'static str>,
}

impl Rules<'_> {
    fn structure(&mut self, structure: &'static Structure) {
        let binding = structure.binds == self.side;
        for field in structure.fields.iter().filter(|field| field.is_documented()) {
            let own = field.type_rule.filter(|_| binding);
            let type_rule = own.unwrap_or(self.type_rule);
            let limits = field.limits.iter().map(|limit| limit.rule);
            if binding {
                self.found.extend(limits.chain(field.required));
            }
            self.shape(&field.shape, type_rule, binding);
        }
        if binding {
            self.found.extend(structure.constraints.iter().map(|constraint| constraint.rule));
        }
    }

    fn shape(&mut self, shape: &Shape, type_rule: &'static str, binding: bool) {
        self.found.insert(type_rule);
        match shape {
            Shape::Boolean | Shape::Double | Shape::String | Shape::Any => {}
            Shape::Int32 | Shape::Int64 => {
                self.found.insert(self.range_rule);
            }
            Shape::Choice(choice) if binding => {
                self.found.insert(choice.rule);
            }
            Shape::Choice(_) => {}
            Shape::Structure(structure) | Shape::Patch(structure) => self.structure(structure),
            Shape::List(inner) => self.shape(inner, type_rule, binding),
            Shape::Map(entries) => {
                let limits = entries.keys.iter().chain(entries.values);
                self.found.extend(limits.filter(|_| binding).map(|limit| limit.rule));
            }
        }
    }
}
