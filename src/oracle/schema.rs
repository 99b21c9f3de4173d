//! Every success against the tables: types, required fields, words, bounds.

use serde_json::Value;

use super::{
    Facts, Oracle, Tally, cut,
    history::{Entry, Redacted},
    tally::Proof,
};
use crate::{
    contract::{
        Constraint, Endpoint, Field, RESPONSE_TYPE_RULE, Relation, SUCCESS_RULE, Shape, Side,
        Structure, response_rules,
    },
    json::{Pointer, Whole, whole},
    validate,
};

const INT64: &str = "http/schema/int64-exact";
const EMPTY: &str = "http/schema/empty-success";
const ENVELOPE: &str = "http/schema/error-envelope";

pub(super) const ORACLE: Oracle = Oracle { rules, judge };

fn rules() -> Vec<&'static str> {
    let mut rules = vec![INT64, EMPTY, ENVELOPE];
    for endpoint in Endpoint::ALL {
        rules.extend(response_rules(endpoint));
    }
    rules
}

fn judge(facts: &Facts<'_>, tally: &mut Tally) {
    for entry in facts.history.entries() {
        let Some(endpoint) = entry.endpoint() else { continue };
        match entry.done() {
            Some(body) => success(entry, endpoint, body, tally),
            None => refusal(entry, tally),
        }
    }
}

fn success(entry: &Entry, endpoint: Endpoint, body: &Value, tally: &mut Tally) {
    let response = endpoint.signature().response;
    // Of an answer that the document says nothing of, nothing has to be there at all.
    let is_documented = response.fields.iter().any(Field::is_documented);
    if !is_documented {
        let is_empty = body.is_null() || body.as_object().is_some_and(serde_json::Map::is_empty);
        tally.judge(EMPTY, is_empty, || {
            Proof::new(&[entry]).expected("{} or nothing").got(cut(&body.to_string()))
        });
        if body.is_null() {
            return tally.held(SUCCESS_RULE);
        }
    }
    let mut findings = validate::response(endpoint, body);
    findings.retain(|finding| !entry.is_redacted(Redacted::Response, &finding.pointer));
    let mut seen = Seen { findings: findings.iter().map(|found| found.rule).collect(), tally };
    seen.note(SUCCESS_RULE);
    seen.structure(response, body);
    for finding in findings {
        tally.found(finding, vec![entry.index]);
    }
    for name in ["job_id", "run_id"] {
        if let Some(id) = body.get(name) {
            exact(entry, name, id, tally);
        }
    }
}

/// An id is a whole number, and the one that was asked for.
fn exact(entry: &Entry, name: &str, id: &Value, tally: &mut Tally) {
    let number = match id.as_number().map(whole) {
        Some(Whole::Within(number)) => Some(number),
        _ => None,
    };
    let asked =
        entry.integer(name).filter(|_| entry.endpoint().is_some_and(|e| !e.effect().is_write()));
    let holds = number.is_some() && asked.is_none_or(|asked| number == Some(asked));
    tally.judge(INT64, holds, || {
        let expected = asked.map_or("a whole number".to_owned(), |asked| asked.to_string());
        let got = cut(&id.to_string());
        Proof::new(&[entry]).at(Pointer::root().join(name)).expected(expected).got(got)
    });
}

/// Refusals are objects with a code and a message, as those of the real service.
fn refusal(entry: &Entry, tally: &mut Tally) {
    let Some(response) = entry.exchange.response.as_ref().filter(|r| r.status >= 400) else {
        return;
    };
    let body: Value = serde_json::from_slice(response.body.bytes()).unwrap_or_default();
    let has_code = body.get("error_code").is_some_and(|code| code.is_string() || code.is_number());
    let has_message = body.get("message").is_some_and(Value::is_string);
    tally.judge(ENVELOPE, has_code && has_message, || {
        Proof::new(&[entry]).expected("an object with error_code and message").got(entry.outcome())
    });
}

/// Counts the promises that a body had the occasion to break, and did not.
struct Seen<'t> {
    /// The rules that it did break.
    findings: Vec<&'static str>,
    tally: &'t mut Tally,
}

impl Seen<'_> {
    fn note(&mut self, rule: &'static str) {
        if !self.findings.contains(&rule) {
            self.tally.held(rule);
        }
    }

    fn structure(&mut self, structure: &'static Structure, value: &Value) {
        let Some(map) = value.as_object() else { return };
        let binds = structure.binds == Side::Server;
        for field in structure.fields.iter().filter(|field| field.is_documented()) {
            if let Some(rule) = field.required.filter(|_| binds) {
                self.note(rule);
            }
            let Some(value) = map.get(field.name) else { continue };
            self.note(field.type_rule.filter(|_| binds).unwrap_or(RESPONSE_TYPE_RULE));
            if binds {
                for limit in field.limits {
                    self.note(limit.rule);
                }
                if let Shape::Choice(choice) = field.shape {
                    self.note(choice.rule);
                }
            }
            self.value(&field.shape, value);
        }
        for Constraint { rule, relation } in structure.constraints.iter().filter(|_| binds) {
            if let Relation::AtMostOne(names) = relation
                && names.iter().any(|name| map.contains_key(*name))
            {
                self.note(rule);
            }
        }
    }

    fn value(&mut self, shape: &Shape, value: &Value) {
        match (shape, value) {
            (Shape::Structure(structure), Value::Object(_)) => self.structure(structure, value),
            (Shape::List(inner), Value::Array(items)) => {
                for item in items {
                    self.value(inner, item);
                }
            }
            _ => {}
        }
    }
}
