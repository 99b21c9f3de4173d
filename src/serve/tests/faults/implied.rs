//! What the document implies: schedules that mean nothing, settings that cannot be spared, and what is shown of
//! what nobody said.

use super::*;

const HOUR_MS: u64 = 60 * 60 * 1000;

/// The status of a create with a schedule, and how many runs there are three hours after midnight.
fn scheduled(trial: &mut Trial, cron: &str, zone: &str) -> Value {
    let mut settings = notebook("/n");
    settings["schedule"] = json!({"quartz_cron_expression": cron, "timezone_id": zone});
    let status = trial.status(Create, settings);
    trial.pass(3 * HOUR_MS);
    json!([status, trial.listed(json!({})).len()])
}

/// What an update answers that removes these, and whether the job has a task still.
fn removed(trial: &mut Trial, names: &Value) -> Value {
    let job_id = trial.job("/n", json!({}));
    let status = trial.status(Update, json!({"job_id": job_id, "fields_to_remove": names}));
    json!([status, trial.settings(job_id).get("notebook_task").is_some()])
}

pub(super) fn cases() -> Vec<Case> {
    [schedules(), changes(), runs()].into_iter().flatten().collect()
}

fn schedules() -> Vec<Case> {
    vec![
        case(
            "cron-unread",
            |trial| {
                json!([
                    scheduled(trial, "nonsense", "UTC"),
                    scheduled(trial, "0 2 * * *", "UTC"),
                    scheduled(trial, "nonsense", "Mars/Olympus")
                ])
            },
            json!([[400, 0], [400, 0], [400, 0]]),
            json!([[200, 0], [400, 0], [400, 0]]),
        ),
        case(
            "unix-cron-taken",
            |trial| {
                json!([
                    scheduled(trial, "nonsense", "UTC"),
                    scheduled(trial, "30 4 * * *", "UTC"),
                    scheduled(trial, "0 0 7 ? * *", "UTC")
                ])
            },
            json!([[400, 0], [400, 0], [200, 1]]),
            json!([[400, 0], [200, 1], [200, 2]]),
        ),
        case(
            "unknown-zone-is-utc",
            |trial| {
                json!([
                    scheduled(trial, "nonsense", "Mars/Olympus"),
                    scheduled(trial, "0 0 5 * * ?", "Mars/Olympus")
                ])
            },
            json!([[400, 0], [400, 0]]),
            json!([[400, 0], [200, 1]]),
        ),
        case(
            "pause-status-missing",
            |trial| {
                let schedule =
                    json!({"quartz_cron_expression": "0 0 0 1 1 ? 2099", "timezone_id": "UTC"});
                let mut paused = schedule.clone();
                paused["pause_status"] = json!("PAUSED");
                let shown = [schedule, paused].map(|schedule| {
                    let job_id = trial.job("/n", json!({"schedule": schedule}));
                    trial.settings(job_id)["schedule"]["pause_status"].take()
                });
                json!(shown)
            },
            json!(["UNPAUSED", "PAUSED"]),
            json!([null, "PAUSED"]),
        ),
    ]
}

fn changes() -> Vec<Case> {
    vec![
        case(
            "driver-shown-otherwise",
            |trial| {
                let shown = [json!({}), json!({"driver_node_type_id": "d"})].map(|driver| {
                    let mut settings = notebook("/n");
                    settings.as_object_mut().unwrap().shift_remove("existing_cluster_id");
                    let mut cluster = json!({"spark_version": "7", "node_type_id": "n"});
                    cluster["num_workers"] = json!(1);
                    cluster.as_object_mut().unwrap().extend(driver.as_object().unwrap().clone());
                    settings["new_cluster"] = cluster;
                    let job_id = trial.tell(Create, settings)["job_id"].as_i64().unwrap();
                    trial.settings(job_id)["new_cluster"]["driver_node_type_id"].take()
                });
                json!(shown)
            },
            json!(["n", "d"]),
            json!(["Standard_D64_v3", "d"]),
        ),
        case(
            "unknown-removal-fails",
            |trial| {
                json!([
                    removed(trial, &json!(["timeout_seconds"])),
                    removed(trial, &json!(["no_such_setting"]))
                ])
            },
            json!([[200, true], [200, true]]),
            json!([[200, true], [500, true]]),
        ),
        case(
            "required-removed",
            |trial| {
                json!([
                    removed(trial, &json!(["notebook_task"])),
                    removed(trial, &json!(["existing_cluster_id"])),
                    removed(trial, &json!(["name"]))
                ])
            },
            json!([[400, true], [400, true], [200, true]]),
            json!([[200, false], [200, true], [200, true]]),
        ),
    ]
}

fn runs() -> Vec<Case> {
    vec![
        case(
            "unsuited-parameters-fail",
            |trial| {
                let job_id = trial.job("/n", json!({"max_concurrent_runs": 3}));
                let start =
                    |parameters: &str, value: Value| json!({"job_id": job_id, parameters: value});
                json!([
                    trial.status(RunNow, start("notebook_params", json!({"a": "b"}))),
                    trial.status(RunNow, start("jar_params", json!(["a"])))
                ])
            },
            json!([200, 200]),
            json!([200, 500]),
        ),
        case(
            "unknown-run-exported",
            |trial| {
                let run_id = trial.submit("/n", json!({}));
                let mut statuses = [run_id, run_id + 1]
                    .map(|run_id| trial.status(RunsExport, json!({"run_id": run_id})));
                statuses[0] /= 100;
                json!(statuses)
            },
            json!([2, 400]),
            json!([2, 200]),
        ),
        case(
            "context-never-shown",
            |trial| {
                let run_id = trial.run_of(SLOW, json!({}));
                trial.pass(PENDING_MS);
                let cluster = trial.run(run_id)["cluster_instance"].take();
                json!([cluster["cluster_id"], cluster.get("spark_context_id").is_some()])
            },
            json!(["c", true]),
            json!(["c", false]),
        ),
        case(
            "retry-waits-unasked",
            |trial| {
                let at_once = json!({"max_retries": 1});
                let later = json!({"max_retries": 1, "min_retry_interval_millis": 5000});
                trial.run_of("/jobdeck/fail", at_once);
                trial.run_of("/jobdeck/fail", later);
                let mut counts = [0; 3];
                for (count, wait_ms) in counts.iter_mut().zip([4999, 1, 3000]) {
                    trial.pass(wait_ms);
                    *count = trial.listed(json!({})).len();
                }
                json!(counts)
            },
            json!([3, 4, 4]),
            json!([2, 3, 4]),
        ),
        case(
            "walk-loses-runs",
            |trial| {
                let job_id = trial.job("/n", json!({"max_concurrent_runs": 0}));
                for _ in 0..3 {
                    trial.run_now(job_id);
                }
                let mut part = |offset: i64| {
                    trial.listed(json!({"job_id": job_id, "limit": 1, "offset": offset}))
                };
                let before = [part(0), part(1)];
                let job = json!({"job_id": job_id});
                trial.tell(RunNow, job);
                let after = trial.listed(json!({"job_id": job_id, "limit": 1, "offset": 1}));
                json!([before, after])
            },
            json!([[[3], [2]], [3]]),
            json!([[[3], [2]], [1]]),
        ),
    ]
}
