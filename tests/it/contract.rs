//! The contract from outside: its tables, what it says of the document's own examples, its export.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::collections::BTreeSet;

use bytes::Bytes;
use http::Method;
use jobdeck::{
    call,
    contract::{
        self, Bound, DefaultValue, Endpoint, MapShape, Relation, Shape, Structure, openapi, rules,
        structures,
    },
    exchange::{Body, Request},
    json::Pointer,
    validate,
};
use serde_json::{Value, json};

#[test]
fn tables_name_each_thing_once() {
    for structure in structures::all() {
        let names: BTreeSet<_> = structure.fields.iter().map(|field| field.name).collect();
        assert_eq!(names.len(), structure.fields.len(), "fields of {}", structure.name);
        assert!(!structure.about.is_empty(), "{}", structure.name);
        for field in structure.fields {
            assert!(field.about.ends_with('.'), "{}.{}", structure.name, field.name);
        }
    }
    let named = include_str!("../../src/contract/structures/mod.rs").matches("mod ").count();
    assert_eq!(named, TABLES.len(), "a file of tables is missing below");
}

/// The files of the tables, to see what is written and not only what is reached.
const TABLES: [&str; 8] = [
    include_str!("../../src/contract/structures/cluster.rs"),
    include_str!("../../src/contract/structures/library.rs"),
    include_str!("../../src/contract/structures/notifications.rs"),
    include_str!("../../src/contract/structures/requests.rs"),
    include_str!("../../src/contract/structures/responses.rs"),
    include_str!("../../src/contract/structures/run.rs"),
    include_str!("../../src/contract/structures/settings.rs"),
    include_str!("../../src/contract/structures/tasks.rs"),
];

#[test]
fn every_structure_is_reached_from_an_endpoint() {
    let written: usize = TABLES.iter().map(|file| file.matches(": Table =").count()).sum();
    assert_eq!(structures::all().len(), written);
}

#[test]
fn constraints_name_existing_fields() {
    fn check(structure: &Structure, path: &str) {
        let (name, rest) = path.split_once('/').map_or((path, None), |(a, b)| (a, Some(b)));
        let field = structure.field(name);
        let field = field.unwrap_or_else(|| panic!("{} has no {path}", structure.name));
        if let Some(rest) = rest {
            check(field.shape.structure().unwrap(), rest);
        }
    }
    for structure in structures::all() {
        for constraint in structure.constraints {
            let names = match constraint.relation {
                Relation::AtLeastOne(names) | Relation::AtMostOne(names) => names.to_vec(),
                Relation::Excludes(name, others) => [&[name], others].concat(),
                Relation::Needs(one, other)
                | Relation::NotAbove(one, other)
                | Relation::Differ(one, other)
                | Relation::NotBothTrue(one, other) => vec![one, other],
            };
            for name in names {
                check(structure, name);
            }
        }
    }
}

#[test]
fn tables_lie_in_the_section_that_they_name() {
    for endpoint in Endpoint::ALL {
        let signature = endpoint.signature();
        assert_eq!(rules::section(signature.line), Some(signature.section));
        let line = signature.request.line;
        assert_eq!(rules::section(line), Some(signature.section), "{line}");
    }
    for structure in structures::all() {
        let lines = structure.fields.iter().map(|field| field.line).chain([structure.line]);
        assert!(lines.max() <= Some(1372), "{}", structure.name);
    }
}

#[test]
fn limits_fit_their_shapes() {
    for field in structures::all().iter().flat_map(|structure| structure.fields) {
        for limit in field.limits {
            let fits = match limit.bound {
                Bound::Minimum(_) | Bound::Maximum(_) => {
                    matches!(field.shape, Shape::Int32 | Shape::Int64)
                }
                Bound::CharsMin(_)
                | Bound::CharsMax(_)
                | Bound::BytesMax(_)
                | Bound::StartsWithAny(_)
                | Bound::StartsWithNone(_)
                | Bound::HasNone(_) => matches!(field.shape, Shape::String),
                Bound::EntriesMax(_) | Bound::JsonBytesMax(_) => {
                    matches!(field.shape, Shape::List(_) | Shape::Map(_))
                }
                Bound::Ascii => matches!(
                    field.shape,
                    Shape::String | Shape::List(Shape::String) | Shape::Map(_)
                ),
                Bound::EntriesNone(_) => matches!(field.shape, Shape::List(Shape::String)),
            };
            assert!(fits, "{} of {}", limit.bound, field.name);
        }
    }
}

#[test]
fn defaults_and_examples_keep_the_limits() {
    for structure in structures::all() {
        for field in structure.fields {
            let default = field.default.map(|default| match default {
                DefaultValue::Boolean(flag) => json!(flag),
                DefaultValue::Integer(number) => json!(number),
                DefaultValue::String(text) => json!(text),
                DefaultValue::EmptyList => json!([]),
                DefaultValue::EmptyObject => json!({}),
            });
            let examples = match field.shape {
                Shape::List(_) => vec![json!(field.examples)],
                _ => field.examples.iter().map(|example| json!(example)).collect(),
            };
            for value in default.into_iter().chain(examples) {
                let value = json!({ field.name: value });
                let found = validate::value(&Shape::Patch(structure), &value, &Pointer::root());
                assert_eq!(found, [], "{}", structure.name);
            }
        }
    }
}

#[test]
fn every_rule_of_the_tables_is_in_the_catalogue() {
    let mut used = BTreeSet::from([contract::SUCCESS_RULE, contract::RESPONSE_TYPE_RULE]);
    for endpoint in Endpoint::ALL {
        used.extend([endpoint.signature().type_rule, endpoint.signature().range_rule]);
    }
    for structure in structures::all() {
        used.extend(structure.constraints.iter().map(|constraint| constraint.rule));
        for field in structure.fields {
            used.extend(field.required.iter().chain(&field.type_rule));
            used.extend(field.limits.iter().map(|limit| limit.rule));
            match field.shape {
                Shape::Choice(choice) => used.extend([choice.rule]),
                Shape::Map(MapShape { keys, values, .. }) => {
                    used.extend(keys.iter().chain(*values).map(|limit| limit.rule));
                }
                _ => {}
            }
        }
    }
    for rule in used {
        assert!(rules::find(rule).is_some(), "{rule}");
    }
}

#[track_caller]
fn check_example(endpoint: Endpoint, body: &Value) {
    let mut request = Request::new(Method::POST, format!("/api/2.0/{}", endpoint.signature().path));
    request.body = Body::Whole(Bytes::from(body.to_string()));
    let call = call::read(&request).unwrap();
    assert_eq!(validate::arguments(call.endpoint, &call.arguments), []);
    let schema =
        json!({"$ref": format!("#/components/schemas/{}", endpoint.signature().request.name)});
    let found: Vec<_> =
        validator(schema).iter_errors(body).map(|error| error.to_string()).collect();
    assert_eq!(found, Vec::<String>::new());
}

/// A schema that may refer to those of the exported document.
fn validator(mut schema: Value) -> jsonschema::Validator {
    schema["components"] = openapi::document()["components"].take();
    jsonschema::draft202012::new(&schema).unwrap()
}

fn nightly_training() -> Value {
    json!({
        "name": "Nightly model training",
        "new_cluster": {
            "spark_version": "7.3.x-scala2.12",
            "node_type_id": "Standard_D3_v2",
            "num_workers": 10
        },
        "libraries": [
            {"jar": "dbfs:/my-jar.jar"},
            {"maven": {"coordinates": "org.jsoup:jsoup:1.7.2"}}
        ],
        "timeout_seconds": 3600,
        "max_retries": 1,
        "schedule": {
            "quartz_cron_expression": "0 15 22 * * ?",
            "timezone_id": "America/Los_Angeles"
        },
        "spark_jar_task": {"main_class_name": "com.databricks.ComputeModels"}
    })
}

#[test]
fn the_examples_of_the_document_are_sound() {
    check_example(Endpoint::Create, &nightly_training());
    check_example(Endpoint::Reset, &json!({"job_id": 2, "new_settings": nightly_training()}));
    check_example(
        Endpoint::Update,
        &json!({
            "job_id": 1,
            "new_settings": {
                "existing_cluster_id": "1201-my-cluster",
                "email_notifications": {"on_start": [""], "on_success": [], "on_failure": []}
            },
            "fields_to_remove": ["libraries"]
        }),
    );
    check_example(
        Endpoint::RunNow,
        &json!({"job_id": 1, "notebook_params": {"name": "john doe", "age": "35"}}),
    );
    check_example(Endpoint::RunNow, &json!({"job_id": 2, "jar_params": ["john doe", "35"]}));
    check_example(
        Endpoint::RunsSubmit,
        &json!({
            "run_name": "my spark task",
            "new_cluster": {
                "spark_version": "7.3.x-scala2.12",
                "node_type_id": "Standard_D3_v2",
                "num_workers": 10
            },
            "libraries": [
                {"jar": "dbfs:/my-jar.jar"},
                {"maven": {"coordinates": "org.jsoup:jsoup:1.7.2"}}
            ],
            "spark_jar_task": {"main_class_name": "com.databricks.ComputeModels"}
        }),
    );
}

#[test]
fn the_export_is_the_one_that_stands_here() {
    let now = format!("{:#}\n", openapi::document());
    // Write it anew with `jobdeck contract openapi > tests/it/openapi.json`, and read the difference.
    assert!(now == include_str!("openapi.json"), "tests/it/openapi.json is not what is exported");
}

#[test]
fn the_export_is_openapi() {
    let meta = serde_json::from_str(include_str!("openapi-3.1.schema.json")).unwrap();
    let document = openapi::document();
    let meta = jsonschema::draft202012::new(&meta).unwrap();
    let found: Vec<_> = meta.iter_errors(&document).map(|error| error.to_string()).collect();
    assert_eq!(found, Vec::<String>::new());
    assert!(!meta.is_valid(&json!({"openapi": "3.1.0"})));
    // What a schema may say is beyond the schema of OpenAPI.
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(jsonschema::draft202012::meta::is_valid(schema), "{name}");
        let reference = json!({"$ref": format!("#/components/schemas/{name}")});
        validator(reference);
    }
}
