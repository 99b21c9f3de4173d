//! What becomes of a job when it is created, changed, read or deleted, beside the cases of `jobs`.

use super::*;

/// A setting of a job that was created without it.
fn default_of(trial: &mut Trial, setting: &str) -> Value {
    trial.job("/n", json!({}));
    trial.settings(1)[setting].take()
}

/// A job of the name `a`, with retries.
fn named(trial: &mut Trial) -> i64 {
    trial.job("/n", json!({"name": "a", "max_retries": 1}))
}

/// What is left of a job after the same change twice.
fn twice(trial: &mut Trial, change: Value) -> Value {
    let job_id = named(trial);
    let endpoint = if change.get("notebook_task").is_some() { Reset } else { Update };
    let arguments = json!({"job_id": job_id, "new_settings": change});
    let mut names = [Value::Null, Value::Null];
    for name in &mut names {
        trial.tell(endpoint, arguments.clone());
        *name = trial.settings(job_id)["name"].take();
    }
    names.into_iter().collect()
}

/// What a client finds of a deleted job that it goes on using.
fn deleted(trial: &mut Trial) -> Value {
    let job = json!({"job_id": named(trial)});
    trial.tell(Delete, job.clone());
    let started = trial.status(RunNow, job.clone());
    let mut change = job.clone();
    change["new_settings"] = json!({"name": "b"});
    json!([started, trial.status(Update, change), trial.status(Get, job)])
}

pub(super) fn cases() -> Vec<Case> {
    [creates(), reads(), changes(), deletes()].into_iter().flatten().collect()
}

fn creates() -> Vec<Case> {
    vec![
        case(
            "create-without-id",
            |trial| {
                trial.job("/n", json!({}));
                trial.tell(Create, notebook("/n"))
            },
            json!({"job_id": 2}),
            json!({"id": 2}),
        ),
        case(
            "create-adds-library",
            |trial| default_of(trial, "libraries"),
            Value::Null,
            json!([{"pypi": {"package": "simplejson"}}]),
        ),
        case(
            "create-adds-recipient",
            |trial| default_of(trial, "email_notifications"),
            json!({}),
            json!({"on_failure": ["someone@jobdeck.invalid"]}),
        ),
        case(
            "create-defaults-retries",
            |trial| default_of(trial, "max_retries"),
            Value::Null,
            json!(1),
        ),
        case(
            "create-defaults-retry-on-timeout",
            |trial| default_of(trial, "retry_on_timeout"),
            Value::Null,
            json!(true),
        ),
        case(
            "create-race",
            |trial| {
                let mut ids = vec![trial.job("/n", json!({})), trial.job("/n", json!({}))];
                trial.now_us += 20_000;
                ids.push(trial.job("/n", json!({})));
                json!(ids)
            },
            json!([1, 2, 3]),
            json!([1, 1, 2]),
        ),
    ]
}

fn reads() -> Vec<Case> {
    vec![
        case(
            "list-by-id",
            |trial| {
                trial.job("/n", json!({}));
                trial.tell(List, json!({}))["jobs"].is_object().into()
            },
            json!(false),
            json!(true),
        ),
        case(
            "list-shows-twice",
            |trial| {
                trial.job("/n", json!({}));
                trial.tell(List, json!({}))["jobs"].as_array().map(Vec::len).into()
            },
            json!(1),
            json!(2),
        ),
        case(
            "list-shows-submitted",
            |trial| {
                trial.submit("/n", json!({"run_name": "once"}));
                trial.tell(List, json!({})).pointer("/jobs/0/settings/name").cloned().into()
            },
            Value::Null,
            json!("once"),
        ),
        case(
            "get-without-created-time",
            |trial| {
                trial.job("/n", json!({}));
                trial.tell(Get, json!({"job_id": 1})).get("created_time").is_some().into()
            },
            json!(true),
            json!(false),
        ),
        case(
            "get-ages-job",
            |trial| {
                trial.job("/n", json!({}));
                let [one, other] = [(), ()].map(|()| trial.tell(Get, json!({"job_id": 1})));
                json!(
                    other["created_time"].as_i64().unwrap() - one["created_time"].as_i64().unwrap()
                )
            },
            json!(0),
            json!(1000),
        ),
        case(
            "job-id-as-text",
            |trial| {
                trial.job("/n", json!({}));
                trial.tell(Get, json!({"job_id": 1}))["job_id"].take()
            },
            json!(1),
            json!("1"),
        ),
        case(
            "changes-lag",
            |trial| {
                let job_id = named(trial);
                trial.tell(Update, json!({"job_id": job_id, "new_settings": {"name": "b"}}));
                let first = trial.settings(job_id)["name"].take();
                trial.pass(50);
                json!([first, trial.settings(job_id)["name"]])
            },
            json!(["b", "b"]),
            json!(["a", "b"]),
        ),
    ]
}

fn changes() -> Vec<Case> {
    vec![
        case(
            "reset-forgets-emails",
            |trial| {
                let job_id = named(trial);
                let mut new = notebook("/n");
                new["email_notifications"] = json!({"on_start": ["a@b"]});
                trial.tell(Reset, json!({"job_id": job_id, "new_settings": new}));
                trial.settings(job_id)["email_notifications"].take()
            },
            json!({"on_start": ["a@b"]}),
            json!({}),
        ),
        case(
            "reset-again-acts",
            |trial| {
                let mut new = notebook("/n");
                new["name"] = json!("b");
                twice(trial, new)
            },
            json!(["b", "b"]),
            json!(["b", "Untitled"]),
        ),
        case(
            "update-again-acts",
            |trial| twice(trial, json!({"name": "b"})),
            json!(["b", "b"]),
            json!(["b", "Untitled"]),
        ),
        case(
            "update-of-nothing-acts",
            |trial| {
                let job_id = named(trial);
                trial.tell(Update, json!({"job_id": job_id}));
                trial.settings(job_id)["name"].take()
            },
            json!("a"),
            json!("Untitled"),
        ),
        case(
            "update-renews-created-time",
            |trial| {
                let job_id = named(trial);
                trial.pass(5);
                trial.tell(Update, json!({"job_id": job_id}));
                let job = trial.tell(Get, json!({"job_id": job_id}));
                json!(job["created_time"].as_i64().unwrap() - 1_704_067_200_000)
            },
            json!(0),
            json!(5),
        ),
        case(
            "removed-name-is-empty",
            |trial| {
                let job_id = named(trial);
                trial.tell(Update, json!({"job_id": job_id, "fields_to_remove": ["name"]}));
                trial.settings(job_id)["name"].take()
            },
            json!("Untitled"),
            json!(""),
        ),
        case(
            "reset-removes-run",
            |trial| {
                let job_id = trial.job("/n", json!({"max_concurrent_runs": 0}));
                trial.run_now(job_id);
                trial.run_now(job_id);
                trial.tell(Reset, json!({"job_id": job_id, "new_settings": notebook("/n")}));
                json!(trial.listed(json!({})))
            },
            json!([2, 1]),
            json!([2]),
        ),
        case(
            "lowering-cancels",
            |trial| {
                let job_id = trial.job(SLOW, json!({"max_concurrent_runs": 2}));
                let runs = [trial.run_now(job_id), trial.run_now(job_id)];
                let fewer = json!({"max_concurrent_runs": 1});
                trial.tell(Update, json!({"job_id": job_id, "new_settings": fewer}));
                runs.map(|run_id| Value::from(trial.state(run_id))).into_iter().collect()
            },
            json!(["PENDING", "PENDING"]),
            json!(["PENDING", "TERMINATING"]),
        ),
    ]
}

fn deletes() -> Vec<Case> {
    vec![
        case(
            "delete-changes-others",
            |trial| {
                named(trial);
                let job_id = named(trial);
                trial.tell(Delete, json!({"job_id": job_id}));
                trial.settings(1)["name"].take()
            },
            json!("a"),
            json!("Untitled"),
        ),
        case("deleted-job-runs", deleted, json!([400, 400, 400]), json!([200, 400, 400])),
        case("deleted-job-revives", deleted, json!([400, 400, 400]), json!([400, 200, 200])),
    ]
}
