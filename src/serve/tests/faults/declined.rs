//! Valid requests that are refused.

use super::*;

/// The status of a create with more settings.
fn created(trial: &mut Trial, more: Value) -> Value {
    let mut settings = notebook("/n");
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    trial.status(Create, settings).into()
}

fn scheduled(cron: &str, zone: &str) -> Value {
    json!({"schedule": {"quartz_cron_expression": cron, "timezone_id": zone}})
}

/// The status of a submit with more settings.
fn submitted(trial: &mut Trial, more: Value) -> Value {
    let mut settings = notebook("/n");
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    trial.status(RunsSubmit, settings).into()
}

fn token_of(length: usize) -> Value {
    json!({"idempotency_token": "t".repeat(length)})
}

/// A fault that has a create refused.
fn refused(fault: &'static str, play: fn(&mut Trial) -> Value) -> Case {
    case(fault, play, json!([200, 200]), json!([200, 400]))
}

pub(super) fn cases() -> Vec<Case> {
    [creates(), others()].into_iter().flatten().collect()
}

fn creates() -> Vec<Case> {
    vec![
        refused("concurrency-1000-refused", |trial| {
            let limits = [999, 1000].map(|limit| json!({"max_concurrent_runs": limit}));
            limits.map(|limit| created(trial, limit)).into_iter().collect()
        }),
        refused("concurrency-zero-refused", |trial| {
            let limits = [1, 0].map(|limit| json!({"max_concurrent_runs": limit}));
            limits.map(|limit| created(trial, limit)).into_iter().collect()
        }),
        refused("endless-retries-refused", |trial| {
            let retries = [10, -1].map(|retries| json!({"max_retries": retries}));
            retries.map(|retries| created(trial, retries)).into_iter().collect()
        }),
        refused("pipeline-needs-cluster", |trial| {
            let pipeline = json!({"pipeline_task": {"pipeline_id": "p"}});
            let mut on_cluster = pipeline.clone();
            on_cluster["existing_cluster_id"] = json!("c");
            json!([trial.status(Create, on_cluster), trial.status(Create, pipeline)])
        }),
        refused("cron-specials-refused", |trial| {
            let crons = ["0 0 12 1 * ?", "0 0 12 L * ?"];
            crons.map(|cron| created(trial, scheduled(cron, "UTC"))).into_iter().collect()
        }),
        refused("zone-with-slash-refused", |trial| {
            let zones = ["UTC", "Europe/Berlin"];
            zones.map(|zone| created(trial, scheduled("0 0 12 1 * ?", zone))).into_iter().collect()
        }),
        refused("third-webhook-refused", |trial| {
            let hooks = |count| {
                let ids: Vec<_> = (0..count).map(|id| json!({"id": id.to_string()})).collect();
                json!({"webhook_notifications": {"on_start": ids}})
            };
            json!([created(trial, hooks(2)), created(trial, hooks(3))])
        }),
        refused("retry-on-timeout-refused", |trial| {
            let more = [json!({"max_retries": 1}), json!({"retry_on_timeout": true})];
            more.map(|more| created(trial, more)).into_iter().collect()
        }),
        refused("autoscale-refused", |trial| {
            let on = |size: Value| {
                let mut cluster = json!({"spark_version": "7.3.x-scala2.12", "node_type_id": "n"});
                cluster.as_object_mut().unwrap().extend(size.as_object().unwrap().clone());
                json!({"new_cluster": cluster, "notebook_task": {"notebook_path": "/n"}})
            };
            let scaled = json!({"autoscale": {"min_workers": 1, "max_workers": 2}});
            [json!({"num_workers": 1}), scaled]
                .map(|size| Value::from(trial.status(Create, on(size))))
                .into_iter()
                .collect()
        }),
        refused("abfss-library-refused", |trial| {
            let jars = ["dbfs:/a.jar", "abfss://a@b/a.jar"];
            jars.map(|jar| created(trial, json!({"libraries": [{"jar": jar}]})))
                .into_iter()
                .collect()
        }),
        refused("pypi-repo-refused", |trial| {
            let plain = json!({"package": "simplejson"});
            let mut of_repo = plain.clone();
            of_repo["repo"] = json!("https://my-repo.com");
            [plain, of_repo]
                .map(|package| created(trial, json!({"libraries": [{"pypi": package}]})))
                .into_iter()
                .collect()
        }),
        refused("submit-with-webhooks-refused", |trial| {
            let hooks = json!({"webhook_notifications": {"on_start": []}});
            json!([submitted(trial, json!({})), submitted(trial, hooks)])
        }),
    ]
}

fn others() -> Vec<Case> {
    vec![
        refused("token-of-64-refused", |trial| {
            trial.job("/n", json!({}));
            let start = |length| {
                let mut start = token_of(length);
                start["job_id"] = json!(1);
                start
            };
            json!([trial.status(RunNow, start(63)), trial.status(RunNow, start(64))])
        }),
        refused("submit-token-of-64-refused", |trial| {
            json!([submitted(trial, token_of(63)), submitted(trial, token_of(64))])
        }),
        refused("reset-of-schedule-refused", |trial| {
            trial.job("/n", json!({}));
            let mut new = notebook("/n");
            let plain = trial.status(Reset, json!({"job_id": 1, "new_settings": new}));
            new["schedule"] = scheduled("0 0 12 1 * ?", "UTC")["schedule"].take();
            json!([plain, trial.status(Reset, json!({"job_id": 1, "new_settings": new}))])
        }),
        refused("update-sets-or-removes", |trial| {
            trial.job("/n", json!({"libraries": []}));
            let update = json!({"job_id": 1, "new_settings": {"name": "a"}});
            let mut both = update.clone();
            both["fields_to_remove"] = json!(["libraries"]);
            json!([trial.status(Update, update), trial.status(Update, both)])
        }),
        refused("cancel-again-refused", |trial| {
            let run = json!({"run_id": trial.run_of(SLOW, json!({}))});
            json!([trial.status(RunsCancel, run.clone()), trial.status(RunsCancel, run)])
        }),
        refused("cancel-all-of-nothing-refused", |trial| {
            trial.run_of(SLOW, json!({}));
            let job = json!({"job_id": 1});
            let first = trial.status(RunsCancelAll, job.clone());
            trial.pass(WHOLE_MS);
            json!([first, trial.status(RunsCancelAll, job)])
        }),
        refused("cancelled-run-kept", |trial| {
            let skipped = trial.run_of("/n", json!({"max_concurrent_runs": 0}));
            let cancelled = trial.run_of(SLOW, json!({}));
            trial.tell(RunsCancel, json!({"run_id": cancelled}));
            trial.pass(WHOLE_MS);
            [skipped, cancelled]
                .map(|run_id| Value::from(trial.status(RunsDelete, json!({"run_id": run_id}))))
                .into_iter()
                .collect()
        }),
        refused("cancel-all-blocks", |trial| {
            let other = trial.job("/n", json!({}));
            let job = trial.job("/n", json!({}));
            trial.tell(RunsCancelAll, json!({"job_id": job}));
            [other, job]
                .map(|job_id| Value::from(trial.status(RunNow, json!({"job_id": job_id}))))
                .into_iter()
                .collect()
        }),
    ]
}
