//! Which rules the arguments of a call and the body of an answer can break, by the tables.

use std::collections::BTreeSet;

use super::{Endpoint, MapShape, RESPONSE_TYPE_RULE, SUCCESS_RULE, Shape, Side, Structure};

/// Every rule that arguments of an endpoint can break by their shape alone.
pub fn request_rules(endpoint: Endpoint) -> BTreeSet<&'static str> {
    let signature = endpoint.signature();
    let mut demands = Demands {
        side: Side::Client,
        type_rule: signature.type_rule,
        range_rule: signature.range_rule,
        rules: BTreeSet::new(),
    };
    demands.structure(signature.request, true);
    demands.rules
}

/// Every rule that the body of a success of an endpoint can break by its shape alone.
pub fn response_rules(endpoint: Endpoint) -> BTreeSet<&'static str> {
    let mut demands = Demands {
        side: Side::Server,
        type_rule: RESPONSE_TYPE_RULE,
        range_rule: RESPONSE_TYPE_RULE,
        rules: BTreeSet::from([SUCCESS_RULE]),
    };
    demands.structure(endpoint.signature().response, true);
    demands.rules
}

/// Walks the tables and gathers rules.
struct Demands {
    /// Who is held to more than types.
    side: Side,
    type_rule: &'static str,
    range_rule: &'static str,
    rules: BTreeSet<&'static str>,
}

impl Demands {
    /// The rules of a structure; if it need not be `whole`, nothing of it has to be there.
    fn structure(&mut self, structure: &'static Structure, whole: bool) {
        let binds = structure.binds == self.side;
        for field in structure.fields.iter().filter(|field| field.is_documented()) {
            let own = field.type_rule.filter(|_| binds);
            self.shape(&field.shape, own.unwrap_or(self.type_rule), binds);
            if binds {
                self.rules.extend(field.required.filter(|_| whole));
                self.rules.extend(field.limits.iter().map(|limit| limit.rule));
            }
        }
        let constraints = structure.constraints.iter().filter(|_| binds);
        let binding = constraints.filter(|c| whole || !c.relation.asks_presence());
        self.rules.extend(binding.map(|constraint| constraint.rule));
    }

    fn shape(&mut self, shape: &Shape, type_rule: &'static str, binds: bool) {
        if matches!(shape, Shape::Any) {
            return;
        }
        self.rules.insert(type_rule);
        match shape {
            Shape::Boolean | Shape::Double | Shape::String | Shape::Any => {}
            Shape::Int32 | Shape::Int64 => {
                self.rules.insert(self.range_rule);
            }
            Shape::Choice(choice) => {
                self.rules.extend(binds.then_some(choice.rule));
            }
            Shape::Structure(inner) => self.structure(inner, true),
            Shape::Patch(inner) => self.structure(inner, false),
            Shape::List(inner) => self.shape(inner, type_rule, binds),
            Shape::Map(MapShape { keys, values, .. }) => {
                let limits = keys.iter().chain(*values).filter(|_| binds);
                self.rules.extend(limits.map(|limit| limit.rule));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::breakages;

    #[test]
    fn they_are_those_that_a_request_can_be_made_to_break() {
        for endpoint in Endpoint::ALL {
            let broken: BTreeSet<_> = breakages(endpoint).iter().map(|one| one.rule).collect();
            assert_eq!(request_rules(endpoint), broken, "{endpoint:?}");
        }
    }
}
