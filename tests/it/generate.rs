//! What holds of everything that is generated, judged by `validate` and read by `call`.

use std::collections::BTreeSet;

use jobdeck::{
    call,
    contract::{Bound, Endpoint, Shape, Structure},
    generate::{Known, Style, arguments, breakages, broken, request, style, value, write},
    json::canonical,
    validate,
};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner},
};
use serde_json::{Map, Value, json};

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
            let strategy = (breakage.broken(&known()), style()).boxed();
            check(&breakage, 5, &strategy, |(broken, style)| {
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
                // No leniency makes it right.
                reads(endpoint, broken.arguments, &style)
            });
        }
    }
}

#[test]
fn any_breakage_may_come() {
    for endpoint in [Endpoint::RunNow, Endpoint::RunsList] {
        let mut runner = TestRunner::deterministic();
        let strategy = broken(endpoint, &known()).unwrap();
        let drawn = |_| strategy.new_tree(&mut runner).unwrap().current().rule;
        let drawn: BTreeSet<_> = (0..400).map(drawn).collect();
        assert_eq!(drawn, breakages(endpoint).iter().map(|breakage| breakage.rule).collect());
    }
    assert!(broken(Endpoint::List, &known()).is_none());
}

#[test]
fn every_way_of_writing_reads_the_same() {
    for endpoint in Endpoint::ALL {
        let strategy = (arguments(endpoint, &known()), style()).boxed();
        check(endpoint.signature().name, 50, &strategy, |(arguments, style)| {
            reads(endpoint, arguments, &style)
        });
    }
}

fn reads(
    endpoint: Endpoint,
    arguments: Map<String, Value>,
    style: &Style,
) -> Result<(), TestCaseError> {
    let call = call::read(&write(endpoint, &arguments, style));
    let call = call.map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(call.endpoint, endpoint);
    prop_assert_eq!(canonical(&call.arguments.into()), canonical(&arguments.into()));
    Ok(())
}

#[test]
fn requests_aim_at_what_is_known() {
    for endpoint in Endpoint::ALL {
        check(endpoint.signature().name, 20, &request(endpoint, &known()), |request| {
            let call =
                call::read(&request).map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert!(call.integer("job_id").is_none_or(|id| known().job_ids.contains(&id)));
            prop_assert!(call.integer("run_id").is_none_or(|id| known().run_ids.contains(&id)));
            prop_assert_eq!(validate::arguments(endpoint, &call.arguments), vec![]);
            Ok(())
        });
    }
}

#[test]
fn every_field_comes_about_and_every_limit_is_met() {
    for endpoint in Endpoint::ALL {
        let request = endpoint.signature().request;
        let mut wanted = Sights::default();
        wanted.want(request, "");
        let mut seen = Sights::default();
        let mut runner = TestRunner::deterministic();
        let strategy = arguments(endpoint, &known());
        for _ in 0..1500 {
            seen.note(request, &strategy.new_tree(&mut runner).unwrap().current(), "");
        }
        let unseen: Vec<_> = wanted.0.difference(&seen.0).collect();
        assert!(unseen.is_empty(), "{}: {unseen:#?}", request.name);
    }
}

#[test]
fn a_failure_shrinks_to_the_little_that_causes_it() {
    let config = Config { failure_persistence: None, cases: 1000, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let two_tags = |arguments: &Map<String, Value>| {
        let tags = arguments.get("new_cluster").and_then(|cluster| cluster.get("custom_tags"));
        tags.and_then(Value::as_object).is_some_and(|tags| tags.len() > 1)
    };
    let found = TestRunner::new_with_rng(config, rng).run(
        &arguments(Endpoint::Create, &known()),
        |arguments| {
            prop_assert!(!two_tags(&arguments));
            Ok(())
        },
    );
    let Err(TestError::Fail(_, smallest)) = found else { panic!("{found:?}") };
    let expected = json!({
        "new_cluster": {
            "num_workers": 0,
            "spark_version": "7.3.x-scala2.12",
            "node_type_id": "Standard_D3_v2",
            "custom_tags": {"a": "", "k1": ""},
        },
        "spark_submit_task": {},
    });
    assert_eq!(Value::Object(smallest), expected);
}

/// Fields by their path, and limits that are met exactly.
#[derive(Default)]
struct Sights(BTreeSet<String>);

impl Sights {
    /// What is to be seen of a structure.
    fn want(&mut self, structure: &Structure, at: &str) {
        for field in structure.fields.iter().filter(|field| field.is_documented()) {
            let at = format!("{at}/{}", field.name);
            if let Some(inner) = field.shape.structure() {
                self.want(inner, &at);
            }
            let limits = field.limits.iter().filter(|limit| has_an_edge(limit.bound));
            self.0.extend(limits.map(|limit| format!("{at}: {}", limit.bound)));
            self.0.insert(at);
        }
    }

    /// What is seen of an object.
    fn note(&mut self, structure: &Structure, map: &Map<String, Value>, at: &str) {
        for (name, value) in map {
            let field = structure.field(name).expect("no field is made up");
            let at = format!("{at}/{name}");
            if let Some(inner) = field.shape.structure() {
                let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
                for map in items.iter().filter_map(Value::as_object) {
                    self.note(inner, map, &at);
                }
            }
            let met = field.limits.iter().filter(|limit| is_met(limit.bound, name, value));
            self.0.extend(met.map(|limit| format!("{at}: {}", limit.bound)));
            self.0.insert(at);
        }
    }
}

/// Whether something can keep a bound with nothing to spare.
fn has_an_edge(bound: Bound) -> bool {
    match bound {
        Bound::Minimum(_)
        | Bound::Maximum(_)
        | Bound::CharsMin(_)
        | Bound::CharsMax(_)
        | Bound::BytesMax(_)
        | Bound::EntriesMax(_)
        | Bound::JsonBytesMax(_) => true,
        Bound::Ascii
        | Bound::StartsWithAny(_)
        | Bound::StartsWithNone(_)
        | Bound::HasNone(_)
        | Bound::EntriesNone(_) => false,
    }
}

/// Whether a value keeps a bound with nothing to spare.
fn is_met(bound: Bound, name: &str, value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    let entries = value.as_array().map(Vec::len).or(value.as_object().map(Map::len));
    match bound {
        Bound::Minimum(edge) | Bound::Maximum(edge) => value.as_i64() == Some(edge),
        Bound::CharsMin(edge) | Bound::CharsMax(edge) => text.chars().count() == edge,
        Bound::BytesMax(edge) => text.len() == edge,
        Bound::EntriesMax(edge) => entries == Some(edge),
        Bound::JsonBytesMax(edge) => json!({name: value}).to_string().len() == edge,
        Bound::Ascii
        | Bound::StartsWithAny(_)
        | Bound::StartsWithNone(_)
        | Bound::HasNone(_)
        | Bound::EntriesNone(_) => false,
    }
}
