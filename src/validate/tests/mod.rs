//! What is found, what is let pass, and what is never shown.

mod cases;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use self::cases::{Case, cluster, merged, object};
use super::*;
use crate::contract::{openapi, structures};

#[test]
fn each_rule_has_an_inside_and_an_outside() {
    for Case { endpoint, sound, broken, rule, pointer } in cases::all() {
        let found = arguments(endpoint, &object(sound));
        assert_eq!(found, [], "{rule}: a value inside");
        let found = arguments(endpoint, &object(broken));
        let found: Vec<_> = found.iter().map(|one| (one.rule, one.pointer.to_string())).collect();
        assert_eq!(found, [(rule, pointer)], "a value outside");
    }
}

#[test]
fn every_rule_of_the_requests_has_a_case() {
    let mut rules = BTreeSet::new();
    for endpoint in Endpoint::ALL {
        let signature = endpoint.signature();
        // jobs/list takes nothing that could be of a wrong type.
        if endpoint != Endpoint::List {
            rules.extend([signature.type_rule, signature.range_rule]);
        }
    }
    for structure in structures::all().iter().filter(|one| one.binds == Side::Client) {
        rules.extend(structure.constraints.iter().map(|constraint| constraint.rule));
        for field in structure.fields {
            rules.extend(field.required.iter().chain(&field.type_rule));
            rules.extend(field.limits.iter().map(|limit| limit.rule));
            match field.shape {
                Shape::Choice(choice) => {
                    rules.insert(choice.rule);
                }
                Shape::Map(map) => {
                    rules.extend(map.keys.iter().chain(map.values).map(|limit| limit.rule));
                }
                _ => {}
            }
        }
    }
    let covered: BTreeSet<_> = cases::all().iter().map(|case| case.rule).collect();
    assert_eq!(rules.difference(&covered).collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let broken = json!({
        "name": 1,
        "existing_cluster_id": "c",
        "notebook_task": {"notebook_path": "n"},
        "libraries": [{"jar": "dbfs:/x"}, {"jar": 2, "pypi": {}}],
        "unknown": {"name": 1},
    });
    let found: Vec<_> =
        arguments(Endpoint::Create, &object(broken)).iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            r#"/notebook_task/notebook_path: expected a text that starts with `/`, got "n" (task/error/notebook-path-absolute)"#,
            "/name: expected a string, got 1 (create/error/wrong-type)",
            "/libraries/1/jar: expected a string, got 2 (create/error/wrong-type)",
            "/libraries/1/pypi/package: expected a string, got nothing (library/schema/pypi-package-required)",
            "/libraries/1: expected at most one of `jar`, `egg`, `whl`, `pypi`, `maven` and `cran`, got `jar` and `pypi` (library/schema/one-of)",
        ]
    );
}

#[test]
fn findings_are_short_and_bounded() {
    let long = "x".repeat(100_000);
    let found = arguments(Endpoint::Update, &object(json!({"job_id": long})));
    assert!(found[0].got.len() < 100, "{}", found[0]);
    let many = vec![json!(1); 2 * FINDINGS_MAX];
    let found = arguments(Endpoint::RunNow, &object(json!({"job_id": 1, "jar_params": many})));
    assert_eq!(found.len(), FINDINGS_MAX);
}

#[test]
fn secrets_are_never_shown() {
    let broken = cluster(json!({
        "spark_conf": ["hunter2"],
        "spark_env_vars": {"PASSWORD": "hunter2é"},
        "docker_image": {"basic_auth": {"password": ["hunter2"]}},
    }));
    let broken = merged(broken, json!({"email_notifications": {"on_start": ["hunter2é"]}}));
    let found = arguments(Endpoint::Create, &object(broken));
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(!format!("{found:?}").contains("hunter2"), "{found:?}");
}

#[track_caller]
fn check_response(endpoint: Endpoint, body: &Value, expected: &[(&str, &str)]) {
    let found = response(endpoint, body);
    let found: Vec<_> =
        found.iter().map(|finding| (finding.rule, finding.pointer.to_string())).collect();
    let found: Vec<_> = found.iter().map(|(rule, pointer)| (*rule, pointer.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn responses_are_held_to_what_the_server_promises() {
    check_response(Endpoint::Create, &json!({"job_id": 1, "more": null}), &[]);
    check_response(Endpoint::Create, &json!({}), &[("create/schema/response-job-id", "/job_id")]);
    check_response(Endpoint::Create, &json!([]), &[(SUCCESS_RULE, "/")]);
    check_response(Endpoint::Delete, &json!({}), &[]);
    check_response(Endpoint::List, &json!({}), &[]);
    check_response(
        Endpoint::RunNow,
        &json!({"run_id": "1", "number_in_job": 1}),
        &[(RESPONSE_TYPE_RULE, "/run_id")],
    );
    check_response(
        Endpoint::RunsGet,
        &json!({
            "run_id": 1,
            "number_in_job": 0,
            "creator_user_name": null,
            "state": {"life_cycle_state": "DONE", "result_state": "TIMED_OUT"},
            "cluster_instance": {"cluster_id": ""},
            "setup_duration": -1,
            "run_page_url": "#job/1/run/1",
            "trigger": "CLICK",
        }),
        &[
            ("get/schema/creator-absent-not-null", "/creator_user_name"),
            ("run/consistency/number-starts-at-1", "/number_in_job"),
            ("run/schema/life-cycle-enum", "/state/life_cycle_state"),
            ("run/schema/result-enum", "/state/result_state"),
            ("run/schema/absent-not-empty", "/cluster_instance/cluster_id"),
            ("run/consistency/durations-non-negative", "/setup_duration"),
            ("run/schema/trigger-enum", "/trigger"),
            ("run/schema/run-page-url", "/run_page_url"),
        ],
    );
    check_response(
        Endpoint::RunsGetOutput,
        &json!({"metadata": {"run_id": 1, "state": {}}, "error": "e", "notebook_output": {}}),
        &[
            ("run/schema/life-cycle-always", "/metadata/state/life_cycle_state"),
            ("runs-get-output/schema/output-xor-error", "/"),
        ],
    );
}

#[test]
fn settings_in_a_response_are_held_to_their_types_only() {
    let job = json!({"job_id": 1, "created_time": 1, "settings": {
        "max_concurrent_runs": 2000,
        "schedule": {"pause_status": "RESTING"},
        "libraries": [{}],
        "new_cluster": {"autoscale": {"min_workers": 2, "max_workers": 1}},
        "tasks": [{"task_key": "a"}],
        "format": 7,
    }});
    check_response(Endpoint::Get, &job, &[]);
    let job = json!({"job_id": 1, "created_time": 1, "settings": {
        "timeout_seconds": 1_u64 << 31,
        "notebook_task": {"base_parameters": [1]},
        "schedule": {"pause_status": 1},
    }});
    check_response(
        Endpoint::Get,
        &job,
        &[
            (RESPONSE_TYPE_RULE, "/settings/notebook_task/base_parameters"),
            (RESPONSE_TYPE_RULE, "/settings/timeout_seconds"),
            (RESPONSE_TYPE_RULE, "/settings/schedule/pause_status"),
        ],
    );
}

#[test]
fn the_exported_schema_agrees_where_it_can_speak() {
    let unsaid = [
        "cluster/error/autoscale-equal",
        "cluster/error/autoscale-reversed",
        "run-now/limit/jar-params-10000",
        "run-now/limit/notebook-params-10000",
        "run-now/limit/python-params-10000",
        "run-now/limit/spark-submit-params-10000",
        "runs-submit/limit/run-name-4096",
    ];
    let document = openapi::document();
    let schemas: BTreeMap<_, _> = Endpoint::ALL
        .into_iter()
        .map(|endpoint| {
            let name = endpoint.signature().request.name;
            let schema = json!({
                "$ref": format!("#/components/schemas/{name}"),
                "components": document["components"],
            });
            (endpoint, jsonschema::draft202012::new(&schema).unwrap())
        })
        .collect();
    for Case { endpoint, sound, broken, rule, .. } in cases::all() {
        assert!(schemas[&endpoint].is_valid(&sound), "{rule}: {sound}");
        assert_eq!(
            schemas[&endpoint].is_valid(&broken),
            unsaid.contains(&rule),
            "{rule}: {broken}"
        );
    }
}
