//! Where the real service departs from its document, side by side.

use super::{trial::*, *};

/// The same few calls to a workspace that follows the document, and to one that follows the service.
#[track_caller]
fn check(play: fn(&mut Trial) -> Value, document: Value, real: Value) {
    let mut trial = Trial::new(Options::default());
    assert_eq!(play(&mut trial), document);
    let mut trial = Trial::new(Options { manner: Manner::Real, ..Options::default() });
    assert_eq!(play(&mut trial), real);
}

#[test]
fn the_number_of_a_run_is_its_id() {
    let numbers = |trial: &mut Trial| {
        let job_id = trial.job("/n", json!({}));
        let started = trial.tell(RunNow, json!({"job_id": job_id}));
        let run = trial.run(started["run_id"].as_i64().unwrap());
        json!([started["number_in_job"], run["number_in_job"]])
    };
    check(numbers, json!([1, 1]), json!([1_000_001, 1_000_001]));
    let ids = Ids::Large { seed: 3 };
    let mut trial = Trial::new(Options { manner: Manner::Real, ids, ..Options::default() });
    let run_id = ids.id(1_000_001);
    assert_eq!(numbers(&mut trial), json!([run_id, run_id]));
}

#[test]
fn some_calls_are_answered_otherwise() {
    check(
        |trial| {
            let job_id = trial.job("/n", json!({}));
            let delete = json!({"job_id": job_id});
            [
                trial.ask(RunsGetOutput, json!({"run_id": 5})),
                trial.ask(Delete, delete.clone()),
                trial.ask(Delete, delete),
            ]
            .into_iter()
            .map(|(status, body)| json!([status, body["message"]]))
            .collect()
        },
        json!([[400, "Run 5 does not exist."], [200, null], [200, null]]),
        json!([[500, ""], [200, null], [400, "Job 1 does not exist."]]),
    );
    check(
        |trial| {
            trial.run_of("/n", json!({}));
            trial.submit("/n", json!({}));
            let both = json!({"active_only": true, "completed_only": true});
            json!([trial.status(RunsList, both), trial.listed(json!({"run_type": "JOB_RUN"}))])
        },
        json!([400, [1]]),
        json!([200, [2, 1]]),
    );
}

#[test]
fn a_list_of_very_many_jobs_is_refused() {
    check(
        |trial| {
            for _ in 0..3000 {
                trial.job("/n", json!({}));
            }
            let some = trial.status(List, json!({}));
            trial.job("/n", json!({}));
            json!([some, trial.status(List, json!({}))])
        },
        json!([200, 200]),
        json!([200, 400]),
    );
}

#[test]
fn jobs_and_runs_show_more() {
    check(
        |trial| {
            let other = trial.job("/n", json!({}));
            let cluster = json!({
                "spark_version": "7.3.x-scala2.12", "node_type_id": "n", "num_workers": 1
            });
            let job = json!({"new_cluster": cluster, "run_job_task": {"job_id": other}});
            let job_id = trial.tell(Create, job)["job_id"].as_i64().unwrap();
            trial.run_now(job_id);
            trial.pass(PENDING_MS);
            let started = trial.tell(RunsList, json!({"job_id": other}))["runs"][0].take();
            let settings = trial.settings(job_id);
            json!([
                started["trigger"],
                started["format"],
                settings["format"],
                settings["new_cluster"]["azure_attributes"]["first_on_demand"],
            ])
        },
        json!(["ONE_TIME", null, null, null]),
        json!(["RUN_JOB_TASK", "SINGLE_TASK", "SINGLE_TASK", 1]),
    );
}

#[test]
fn a_schedule_starts_no_two_runs_within_ten_seconds() {
    let starts = |manner: Manner| {
        let mut desk = Desk::of(Options { manner, ..Options::default() });
        let often = json!({"quartz_cron_expression": "0/4 * * * * ?", "timezone_id": "UTC"});
        desk.job("/n", json!({"schedule": often, "max_concurrent_runs": 9}));
        desk.pass(30_000);
        let runs = desk.runs(json!({"limit": 0}));
        let second = |run: &Value| run["start_time"].as_i64().unwrap() / 1000 % 60;
        runs.iter().rev().map(second).collect::<Vec<_>>()
    };
    assert_eq!(starts(Manner::Document), [4, 8, 12, 16, 20, 24, 28]);
    assert_eq!(starts(Manner::Real), [4, 16, 28]);
}
