//! What holds of everything that is generated, judged by `validate` and read by `call`.

use std::collections::BTreeSet;

use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Map, Value};

use super::*;
use crate::{call, contract::Structure, json::canonical, validate};

/// Runs a law on some values, the same at every run, and shows the smallest that breaks it.
#[track_caller]
fn check<T: std::fmt::Debug>(
    what: impl std::fmt::Display,
    cases: u32,
    strategy: &BoxedStrategy<T>,
    law: impl Fn(T) -> Result<(), TestCaseError>,
) {
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 4096, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    if let Err(error) = TestRunner::new_with_rng(config, rng).run(strategy, law) {
        panic!("{what}: {error}");
    }
}

fn known() -> Known {
    Known { job_ids: vec![7, 8], run_ids: vec![9] }
}

#[test]
fn valid_arguments_have_no_finding() {
    for endpoint in Endpoint::ALL {
        check(endpoint.signature().name, 100, &arguments(endpoint, &known()), |arguments| {
            prop_assert_eq!(validate::arguments(endpoint, &arguments), vec![]);
            Ok(())
        });
    }
}

#[test]
fn responses_have_a_shape_too() {
    for endpoint in Endpoint::ALL {
        let shape = Shape::Structure(endpoint.signature().response);
        check(endpoint.signature().name, 20, &value(&shape), |body| {
            prop_assert_eq!(validate::response(endpoint, &body), vec![]);
            Ok(())
        });
    }
}

#[test]
fn every_breakage_is_found_and_nothing_else() {
    for endpoint in Endpoint::ALL {
        for breakage in breakages(endpoint) {
            check(&breakage, 8, &breakage.broken(&known()), |broken| {
                let found = validate::arguments(endpoint, &broken.arguments);
                let (rule, pointer) = (broken.rule, &broken.pointer);
                prop_assert!(
                    found.iter().any(|finding| finding.rule == rule && finding.pointer == *pointer),
                    "no finding of {rule} at {pointer} in {found:?}"
                );
                prop_assert!(
                    found.iter().all(|finding| finding.rule == rule),
                    "besides {rule}: {found:?}"
                );
                Ok(())
            });
        }
    }
}

#[test]
fn every_way_of_writing_reads_the_same() {
    for endpoint in Endpoint::ALL {
        let strategy = (arguments(endpoint, &known()), style()).boxed();
        check(endpoint.signature().name, 50, &strategy, |(arguments, style)| {
            let call = call::read(&write(endpoint, &arguments, &style));
            let call = call.map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(call.endpoint, endpoint);
            prop_assert_eq!(canonical(&call.arguments.into()), canonical(&arguments.into()));
            Ok(())
        });
    }
}

#[test]
fn every_field_comes_about() {
    for endpoint in Endpoint::ALL {
        let request = endpoint.signature().request;
        let mut seen = BTreeSet::new();
        let mut runner = TestRunner::deterministic();
        let strategy = arguments(endpoint, &known());
        for _ in 0..600 {
            let arguments = strategy.new_tree(&mut runner).unwrap().current();
            note(request, &arguments, "", &mut seen);
        }
        let mut all = BTreeSet::new();
        expect(request, "", &mut all);
        let missing: Vec<_> = all.difference(&seen).collect();
        assert!(missing.is_empty(), "{}: {missing:?}", request.name);
    }
}

/// Notes the paths of all fields that a value has.
fn note(structure: &Structure, map: &Map<String, Value>, at: &str, seen: &mut BTreeSet<String>) {
    for (name, value) in map {
        let at = format!("{at}/{name}");
        let inner = structure.field(name).and_then(|field| field.shape.structure());
        if let Some(inner) = inner {
            let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            for map in items.iter().filter_map(Value::as_object) {
                note(inner, map, &at, seen);
            }
        }
        seen.insert(at);
    }
}

/// Notes the paths of all fields that a structure has.
fn expect(structure: &Structure, at: &str, all: &mut BTreeSet<String>) {
    for field in structure.fields.iter().filter(|field| field.is_documented()) {
        let at = format!("{at}/{}", field.name);
        if let Some(inner) = field.shape.structure() {
            expect(inner, &at, all);
        }
        all.insert(at);
    }
}
