//! Saved jobs: create, list, get, delete, reset and update.

use super::*;

/// The ids that jobs/list shows.
fn ids(trial: &mut Trial) -> Value {
    let list = trial.tell(List, json!({}));
    list["jobs"].as_array().into_iter().flatten().map(|job| job["job_id"].clone()).collect()
}

/// What becomes of an active run whose timeout is set to a second.
fn with_new_timeout(trial: &mut Trial, endpoint: Endpoint) -> Value {
    let run_id = trial.run_of(SLOW, json!({}));
    trial.pass(PENDING_MS + 1000);
    let mut new_settings = notebook(SLOW);
    new_settings["timeout_seconds"] = json!(1);
    trial.tell(endpoint, json!({"job_id": 1, "new_settings": new_settings}));
    trial.state(run_id).into()
}

/// A setting of a job after an update.
fn updated(trial: &mut Trial, before: Value, mut update: Value, setting: &str) -> Value {
    let job_id = trial.job("/n", before);
    update["job_id"] = job_id.into();
    let status = trial.status(Update, update);
    json!([status, trial.settings(job_id)[setting]])
}

pub(super) fn cases() -> Vec<Case> {
    [creates(), lists_and_deletes(), resets(), updates()].into_iter().flatten().collect()
}

fn creates() -> Vec<Case> {
    vec![
        case(
            "create-deduplicates",
            |trial| json!([trial.job("/n", json!({})), trial.job("/n", json!({}))]),
            json!([1, 2]),
            json!([1, 1]),
        ),
        case(
            "create-drops-setting",
            |trial| {
                let retries = json!({"max_retries": 1, "min_retry_interval_millis": 5});
                trial.job("/n", retries);
                trial.settings(1)["min_retry_interval_millis"].take()
            },
            json!(5),
            json!(0),
        ),
        case(
            "created-time-in-seconds",
            |trial| {
                trial.job("/n", json!({}));
                trial.tell(Get, json!({"job_id": 1}))["created_time"].take()
            },
            json!(1_704_067_200_000_i64),
            json!(1_704_067_200),
        ),
        case(
            "create-without-default-name",
            |trial| {
                trial.job("/n", json!({}));
                trial.settings(1)["name"].take()
            },
            json!("Untitled"),
            json!(""),
        ),
        case(
            "create-defaults-timeout",
            |trial| {
                trial.job("/n", json!({}));
                trial.settings(1)["timeout_seconds"].take()
            },
            json!(0),
            json!(3600),
        ),
        case(
            "created-id-as-text",
            |trial| trial.tell(Create, notebook("/n")),
            json!({"job_id": 1}),
            json!({"job_id": "1"}),
        ),
    ]
}

fn lists_and_deletes() -> Vec<Case> {
    vec![
        case(
            "list-omits-latest",
            |trial| {
                trial.job("/n", json!({}));
                trial.job("/n", json!({}));
                ids(trial)
            },
            json!([1, 2]),
            json!([1]),
        ),
        case(
            "list-shows-deleted",
            |trial| {
                trial.job("/n", json!({}));
                trial.tell(Delete, json!({"job_id": 1}));
                ids(trial)
            },
            json!([]),
            json!([1]),
        ),
        case(
            "list-shows-old-settings",
            |trial| {
                trial.job("/n", json!({"name": "old"}));
                trial.tell(Update, json!({"job_id": 1, "new_settings": {"name": "new"}}));
                trial.tell(List, json!({}))["jobs"][0]["settings"]["name"].take()
            },
            json!("new"),
            json!("old"),
        ),
        case(
            "get-null-creator",
            |trial| {
                trial.job("/n", json!({}));
                trial.tell(Get, json!({"job_id": 1}))["creator_user_name"].take()
            },
            json!("someone@jobdeck.invalid"),
            json!(null),
        ),
        case(
            "delete-again-refused",
            |trial| {
                trial.job("/n", json!({}));
                let delete = json!({"job_id": 1});
                json!([trial.status(Delete, delete.clone()), trial.status(Delete, delete)])
            },
            json!([200, 200]),
            json!([200, 400]),
        ),
        case(
            "delete-keeps-history",
            |trial| {
                let run_id = trial.run_of("/n", json!({"max_concurrent_runs": 0}));
                trial.tell(Delete, json!({"job_id": 1}));
                trial.state(run_id).into()
            },
            json!("gone"),
            json!("SKIPPED"),
        ),
        case(
            "delete-lags",
            |trial| {
                trial.job("/n", json!({}));
                let job = json!({"job_id": 1});
                trial.tell(Delete, job.clone());
                trial.pass(49);
                let early = trial.status(Get, job.clone());
                trial.pass(1);
                json!([early, trial.status(Get, job)])
            },
            json!([400, 400]),
            json!([200, 400]),
        ),
        case(
            "delete-leaves-runs-running",
            |trial| {
                let run_id = trial.run_of("/n", json!({}));
                trial.tell(Delete, json!({"job_id": 1}));
                trial.pass(PENDING_MS);
                let meanwhile = trial.state(run_id);
                trial.pass(WHOLE_MS);
                json!([meanwhile, trial.state(run_id)])
            },
            json!(["gone", "gone"]),
            json!(["RUNNING", "TERMINATED SUCCESS"]),
        ),
    ]
}

fn resets() -> Vec<Case> {
    vec![
        case(
            "reset-merges",
            |trial| {
                trial.job("/n", json!({"timeout_seconds": 9}));
                trial.tell(Reset, json!({"job_id": 1, "new_settings": notebook("/m")}));
                let settings = trial.settings(1);
                json!([settings["timeout_seconds"], settings["notebook_task"]["notebook_path"]])
            },
            json!([0, "/m"]),
            json!([9, "/m"]),
        ),
        case(
            "reset-renews-created-time",
            |trial| {
                trial.job("/n", json!({}));
                trial.pass(7);
                trial.tell(Reset, json!({"job_id": 1, "new_settings": notebook("/n")}));
                trial.tell(Get, json!({"job_id": 1}))["created_time"].take()
            },
            json!(1_704_067_200_000_i64),
            json!(1_704_067_200_007_i64),
        ),
        case(
            "reset-ignores-timeout-of-active",
            |trial| with_new_timeout(trial, Reset),
            json!("TERMINATING TIMEDOUT"),
            json!("RUNNING"),
        ),
        case(
            "reset-rewrites-runs",
            |trial| {
                let run_id = trial.run_of("/n", json!({}));
                let mut new_settings = notebook("/m");
                new_settings["existing_cluster_id"] = json!("d");
                trial.tell(Reset, json!({"job_id": 1, "new_settings": new_settings}));
                let run = trial.run(run_id);
                json!([run["task"], run["cluster_spec"]])
            },
            json!([{"notebook_task": {"notebook_path": "/n"}}, {"existing_cluster_id": "c"}]),
            json!([{"notebook_task": {"notebook_path": "/m"}}, {"existing_cluster_id": "d"}]),
        ),
    ]
}

fn updates() -> Vec<Case> {
    vec![
        case(
            "update-merges-objects",
            |trial| {
                let emails = json!({"email_notifications": {"on_start": ["a@b.c"]}});
                let update = json!({"email_notifications": {"on_failure": ["d@e.f"]}});
                let update = json!({"new_settings": update});
                updated(trial, emails, update, "email_notifications")
            },
            json!([200, {"on_failure": ["d@e.f"]}]),
            json!([200, {"on_start": ["a@b.c"], "on_failure": ["d@e.f"]}]),
        ),
        case(
            "update-ignores-removal",
            |trial| {
                let update = json!({"fields_to_remove": ["name"]});
                updated(trial, json!({"name": "a"}), update, "name")
            },
            json!([200, "Untitled"]),
            json!([200, "a"]),
        ),
        case(
            "update-forgets-others",
            |trial| {
                let update = json!({"new_settings": {"name": "a"}});
                updated(trial, json!({"timeout_seconds": 9}), update, "timeout_seconds")
            },
            json!([200, 9]),
            json!([200, 0]),
        ),
        case(
            "update-removes-nested",
            |trial| {
                let schedule = json!({
                    "quartz_cron_expression": "0 0 0 1 1 ?", "timezone_id": "UTC",
                    "pause_status": "PAUSED"
                });
                let update = json!({"fields_to_remove": ["schedule.pause_status"]});
                let mut shown = updated(trial, json!({"schedule": schedule}), update, "schedule");
                json!([shown[0].take(), shown[1]["pause_status"]])
            },
            json!([400, "PAUSED"]),
            json!([200, "UNPAUSED"]),
        ),
        case(
            "update-ignores-timeout-of-active",
            |trial| with_new_timeout(trial, Update),
            json!("TERMINATING TIMEDOUT"),
            json!("RUNNING"),
        ),
    ]
}
