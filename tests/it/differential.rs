//! Two independent readings of the contract must agree: `validate`, and the `jsonschema` crate on the
//! exported document. They are asked about valid values, about values broken in every known way, and
//! about values in which any place was replaced by anything.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::collections::BTreeSet;

use jobdeck::{
    call,
    contract::{Bound, Endpoint, Relation, Shape, openapi, structures},
    finding::Finding,
    generate::{self, Kind, Known},
    validate,
};
use jsonschema::Validator;
use proptest::{
    collection,
    prelude::*,
    sample::{self, Index},
    strategy::ValueTree,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Map, Value, json};

/// Valid arguments of each endpoint, and valid responses.
const VALID: usize = 200;
/// Arguments for each single thing that can be broken.
const BROKEN: usize = 8;
/// Arguments of each endpoint with one place replaced, and such responses.
const REPLACED: usize = 500;

/// The exported schemas of the arguments of each endpoint.
fn request_schemas() -> Vec<(Endpoint, Validator)> {
    let document = openapi::document();
    let schema = |endpoint: Endpoint| {
        let name = endpoint.signature().request.name;
        (endpoint, validator(&document, &json!(format!("#/components/schemas/{name}"))))
    };
    Endpoint::ALL.into_iter().map(schema).collect()
}

/// The exported schemas of the bodies that endpoints answer with.
fn response_schemas() -> Vec<(Endpoint, Validator)> {
    let document = openapi::document();
    let schema = |endpoint: Endpoint| {
        let signature = endpoint.signature();
        let method = signature.method.as_str().to_lowercase();
        let operation = &document["paths"][format!("/{}", signature.path)][method];
        let content = &operation["responses"]["200"]["content"];
        (endpoint, validator(&document, &content["application/json"]["schema"]["$ref"]))
    };
    Endpoint::ALL.into_iter().map(schema).collect()
}

/// A validator of one of the document's components.
fn validator(document: &Value, reference: &Value) -> Validator {
    let schema = json!({"$ref": reference, "components": document["components"]});
    jsonschema::draft202012::new(&schema).unwrap()
}

/// Values of a strategy, the same at every run.
fn draw<T: std::fmt::Debug>(
    strategy: &impl Strategy<Value = T>,
    count: usize,
) -> impl Iterator<Item = T> {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(proptest::test_runner::Config::default(), rng);
    (0..count).map(move |_| strategy.new_tree(&mut runner).unwrap().current())
}

/// Whether JSON Schema has words for a bound.
fn is_sayable_bound(bound: Bound) -> bool {
    match bound {
        // It counts characters and never bytes, neither of a text nor of its own writing. (The export
        // bounds the characters by the bytes, of which there are at least as many.)
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

/// Whether JSON Schema has words for a relation.
fn is_sayable_relation(relation: Relation) -> bool {
    match relation {
        // It compares a value with constants, never with another value.
        Relation::NotAbove(..) | Relation::Differ(..) => false,
        Relation::AtLeastOne(_)
        | Relation::AtMostOne(_)
        | Relation::Excludes(..)
        | Relation::Needs(..)
        | Relation::NotBothTrue(..) => true,
    }
}

fn is_sayable(kind: Kind) -> bool {
    match kind {
        Kind::Required | Kind::Type | Kind::Width | Kind::Choice => true,
        Kind::Bound(bound) => is_sayable_bound(bound),
        Kind::Relation(relation) => is_sayable_relation(relation),
    }
}

/// Whether a number is below 64 bits by so little that, read into a float, it is the least of them: the
/// `jsonschema` crate reads numbers of that size so.
fn is_nearly_64_bits(value: &Value) -> bool {
    value.as_i64().is_none() && value.as_f64() == Some(-(2_f64.powi(63)))
}

/// The rules that the export does not hold a request to, as none of their uses can be said.
fn unsaid_rules() -> BTreeSet<&'static str> {
    let (mut said, mut unsaid) = (BTreeSet::new(), BTreeSet::new());
    let mut note = |rule, is_sayable: bool| {
        if is_sayable { &mut said } else { &mut unsaid }.insert(rule);
    };
    for structure in structures::all() {
        for limit in structure.fields.iter().flat_map(|field| field.limits) {
            note(limit.rule, is_sayable_bound(limit.bound));
        }
        for constraint in structure.constraints {
            note(constraint.rule, is_sayable_relation(constraint.relation));
        }
    }
    unsaid.difference(&said).copied().collect()
}

#[test]
fn both_let_pass_what_is_valid() {
    for (endpoint, schema) in request_schemas() {
        for arguments in draw(&generate::arguments(endpoint, &Known::default()), VALID) {
            let findings = validate::arguments(endpoint, &arguments);
            check(&schema, &Value::Object(arguments), true, &findings);
            assert_eq!(findings, []);
        }
    }
    for (endpoint, schema) in response_schemas() {
        let shape = Shape::Structure(endpoint.signature().response);
        for body in draw(&generate::value(&shape), VALID) {
            let findings = validate::response(endpoint, &body);
            check(&schema, &body, true, &findings);
            assert_eq!(findings, []);
        }
    }
}

#[test]
fn both_find_what_is_broken() {
    let mut count = 0;
    for (endpoint, schema) in request_schemas() {
        for breakage in generate::breakages(endpoint) {
            for broken in draw(&breakage.broken(&Known::default()), BROKEN) {
                count += 1;
                let findings = validate::arguments(endpoint, &broken.arguments);
                assert!(!findings.is_empty(), "{breakage} is not found in {:?}", broken.arguments);
                let value = Value::Object(broken.arguments);
                let there = value.pointer(broken.pointer.as_str());
                let passes = match breakage.kind() {
                    Kind::Bound(Bound::BytesMax(most)) => {
                        there.unwrap().as_str().unwrap().chars().count() <= most
                    }
                    Kind::Width => is_nearly_64_bits(there.unwrap()),
                    kind => !is_sayable(kind),
                };
                check(&schema, &value, passes, &findings);
            }
        }
    }
    let others = 2 * Endpoint::ALL.len() * (VALID + REPLACED);
    assert!(count + others >= 10_000, "only {count} broken values and {others} others");
}

#[test]
fn both_judge_alike_what_nobody_thought_of() {
    let unsaid = unsaid_rules();
    let is_let_pass =
        |findings: &[Finding]| findings.iter().all(|finding| unsaid.contains(finding.rule));
    for (endpoint, schema) in request_schemas() {
        let request = endpoint.signature().request;
        let known = Known { job_ids: vec![1], run_ids: vec![1] };
        let arguments = generate::arguments(endpoint, &known).prop_map(Value::from);
        let mut valid = 0;
        for mut value in draw(&replaced(arguments), REPLACED) {
            // Both judge arguments as `call` reads them.
            call::settle(&Shape::Structure(request), &mut value);
            let findings = validate::arguments(endpoint, value.as_object().unwrap());
            let passes = is_let_pass(&findings);
            check(&schema, &value, passes, &findings);
            valid += usize::from(passes);
        }
        assert!(valid > 0, "nothing was valid for {}", request.name);
        assert!(valid < REPLACED || request.fields.is_empty(), "nothing broke {}", request.name);
    }
    for (endpoint, schema) in response_schemas() {
        let response = Shape::Structure(endpoint.signature().response);
        for body in draw(&replaced(generate::value(&response)), REPLACED) {
            let findings = validate::response(endpoint, &body);
            check(&schema, &body, is_let_pass(&findings), &findings);
        }
    }
}

/// Holds the verdict of the exported schema against the expected one.
#[track_caller]
fn check(schema: &Validator, value: &Value, passes: bool, findings: &[Finding]) {
    let errors: Vec<_> = schema.iter_errors(value).map(|error| error.to_string()).collect();
    assert_eq!(errors.is_empty(), passes, "ours {findings:?}\ntheirs {errors:?}\nin {value}");
}

/// Valid values in which one value somewhere is another, or is left out.
fn replaced(valid: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    (valid, any::<Index>(), proptest::option::weighted(0.8, anything())).prop_map(
        |(mut value, index, other)| {
            let mut paths = Vec::new();
            note_paths(&value, &mut Vec::new(), &mut paths);
            if !paths.is_empty() {
                replace(&mut value, &paths[index.index(paths.len())], other);
            }
            value
        },
    )
}

/// A value of any type, with some of the numbers and texts at which readings could part; among the
/// numbers none that only differ from others where, as the `jsonschema` crate does, one reads floats.
fn anything() -> impl Strategy<Value = Value> {
    let numbers = "0 -1 1 1000 1001 1.0 1.5 -0.5 1e3 2147483647 2147483648 -2147483649 \
                   9223372036854775807 9223372036854775808 1e400 -1e400 1e-3";
    let numbers: Vec<Value> =
        numbers.split_whitespace().map(|text| serde_json::from_str(text).unwrap()).collect();
    let texts = ["", "1", "-", "/", "é", "\u{7f}", "\u{80}", "a\n", "--master", "CODE", "PAUSED"];
    let leaf = prop_oneof![
        sample::select(numbers),
        sample::select(texts.map(Value::from).to_vec()),
        ".{0,3}".prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        let key = sample::select(vec!["", "id", "destination", "jar", "a/b~c", "azure", "é"]);
        prop_oneof![
            collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            collection::vec((key, inner), 0..3).prop_map(|entries| entries
                .into_iter()
                .map(|(key, value)| (key.to_owned(), value))
                .collect::<Map<_, _>>()
                .into()),
        ]
    })
}

/// Notes the way to every value within another.
fn note_paths(value: &Value, path: &mut Vec<String>, paths: &mut Vec<Vec<String>>) {
    let entries: Vec<_> = match value {
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(at, v)| (at.to_string(), v)).collect()
        }
        _ => Vec::new(),
    };
    for (step, inner) in entries {
        path.push(step);
        paths.push(path.clone());
        note_paths(inner, path, paths);
        path.pop();
    }
}

fn replace(value: &mut Value, path: &[String], other: Option<Value>) {
    match (value, path) {
        (Value::Object(map), [last]) => {
            map.shift_remove(last);
            map.extend(other.map(|other| (last.clone(), other)));
        }
        (Value::Array(items), [last]) => {
            let at: usize = last.parse().unwrap();
            items.splice(at..=at, other);
        }
        (Value::Object(map), [first, rest @ ..]) => replace(&mut map[first], rest, other),
        (Value::Array(items), [first, rest @ ..]) => {
            replace(&mut items[first.parse::<usize>().unwrap()], rest, other);
        }
        _ => {}
    }
}
