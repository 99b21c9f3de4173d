//! Each variant beside the plain workspace: the same few calls to both, and what a client sees of them.

use super::{trial::*, *};
use crate::serve::Variant;

/// What calls show of the plain workspace, and of one that is different in this way.
#[track_caller]
fn check(variant: Variant, play: impl Fn(&mut Trial) -> Value, plain: Value, different: Value) {
    assert_eq!(play(&mut Trial::new(Options::default())), plain);
    let options = Options { variants: vec![variant], ..Options::default() };
    assert_eq!(play(&mut Trial::new(options)), different);
}

#[test]
fn refusals_have_another_status_or_form() {
    let unknown = |trial: &mut Trial| {
        trial.job("/n", json!({}));
        trial.tell(Delete, json!({"job_id": 1}));
        [(Get, "job_id"), (RunsGet, "run_id"), (RunsCancel, "run_id"), (Delete, "job_id")]
            .map(|(endpoint, id)| trial.status(endpoint, json!({id: 1})))
            .into_iter()
            .collect()
    };
    check(Variant::NotFound404, unknown, json!([400, 400, 400, 200]), json!([404, 404, 400, 200]));
    check(Variant::OtherErrors, unknown, json!([400, 400, 400, 200]), json!([422, 422, 400, 200]));
    check(
        Variant::NotFound404,
        |trial| trial.tell(Get, json!({"job_id": 1})),
        json!({"error_code": "INVALID_PARAMETER_VALUE", "message": "Job 1 does not exist."}),
        json!({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "Job 1 does not exist."}),
    );
    check(
        Variant::OtherErrors,
        |trial| trial.tell(Get, json!({"job_id": 1})),
        json!({"error_code": "INVALID_PARAMETER_VALUE", "message": "Job 1 does not exist."}),
        json!({"error": {"reason": "invalid_parameter_value", "detail": "Job 1 does not exist."}}),
    );
    let gate = |trial: &mut Trial| {
        let unknown = Request::new(Method::GET, "/api/2.0/jobs/list");
        let mut malformed = request(Create, &json!({}));
        malformed.body = Body::Whole(Bytes::from_static(b"{"));
        json!([trial.send(&unknown).0, trial.send(&malformed).0])
    };
    check(Variant::OtherErrors, gate, json!([401, 400]), json!([401, 400]));
}

#[test]
fn lists_and_settings_show_more_or_less() {
    check(
        Variant::EmptyLists,
        |trial| json!([trial.tell(List, json!({})), trial.tell(RunsList, json!({}))]),
        json!([{}, {"has_more": false}]),
        json!([{"jobs": []}, {"has_more": false, "runs": []}]),
    );
    let settings = |trial: &mut Trial| {
        trial.job("/n", json!({"name": "a"}));
        trial.settings(1)
    };
    let sent = json!({
        "existing_cluster_id": "c", "notebook_task": {"notebook_path": "/n"}, "name": "a"
    });
    let with = |more: Value| {
        let mut settings = sent.clone();
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        settings
    };
    let shown =
        with(json!({"email_notifications": {}, "timeout_seconds": 0, "max_concurrent_runs": 1}));
    check(Variant::PlainSettings, settings, shown.clone(), sent.clone());
    let nobody = json!({
        "on_start": [], "on_success": [], "on_failure": [],
        "on_duration_warning_threshold_exceeded": []
    });
    let full = with(json!({
        "email_notifications": nobody, "webhook_notifications": nobody, "libraries": [],
        "notification_settings": {
            "no_alert_for_skipped_runs": false, "no_alert_for_canceled_runs": false,
            "alert_on_last_attempt": false
        },
        "timeout_seconds": 0, "max_retries": 0, "min_retry_interval_millis": 0,
        "retry_on_timeout": false, "max_concurrent_runs": 1
    }));
    check(Variant::FullSettings, settings, shown, full);
}

#[test]
fn answers_have_fields_and_ids_of_other_kinds() {
    let conf = |trial: &mut Trial| {
        let cluster = json!({
            "spark_version": "7", "node_type_id": "n", "num_workers": 1,
            "spark_conf": {"a": true, "b": 5, "c": "x"}
        });
        let run_id =
            trial.submit("/n", json!({"existing_cluster_id": null, "new_cluster": cluster}));
        trial.run(run_id)["cluster_spec"]["new_cluster"]["spark_conf"].take()
    };
    let plain = json!({"a": true, "b": 5, "c": "x"});
    check(Variant::TextConf, conf, plain.clone(), json!({"a": "true", "b": "5", "c": "x"}));
    check(Variant::ExtraFields, conf, plain.clone(), plain);
    check(
        Variant::ExtraFields,
        |trial| {
            trial.job("/n", json!({}));
            let job = trial.tell(List, json!({}))["jobs"][0].take();
            [&job["jobdeck_extra"], &job["settings"]["notebook_task"]["jobdeck_extra"]]
                .map(Value::is_null)
                .into_iter()
                .collect()
        },
        json!([true, true]),
        json!([false, false]),
    );
    check(
        Variant::SparseRuns,
        |trial| {
            let run_id = trial.run_of("/n", json!({}));
            let run = trial.run(run_id);
            run.as_object().unwrap().keys().map(|name| json!(name)).collect()
        },
        json!([
            "job_id",
            "run_id",
            "creator_user_name",
            "number_in_job",
            "original_attempt_run_id",
            "state",
            "task",
            "cluster_spec",
            "cluster_instance",
            "start_time",
            "setup_duration",
            "execution_duration",
            "cleanup_duration",
            "end_time",
            "trigger",
            "run_name",
            "run_page_url",
            "run_type",
            "attempt_number"
        ]),
        json!([
            "job_id",
            "run_id",
            "number_in_job",
            "original_attempt_run_id",
            "state",
            "task",
            "cluster_spec",
            "cluster_instance",
            "start_time",
            "trigger",
            "run_name",
            "run_type"
        ]),
    );
    check(
        Variant::LongIds,
        |trial| {
            let job_id = trial.job("/n", json!({}));
            let run_id = trial.run_now(job_id);
            let run = trial.run(run_id);
            let url = format!("https://workspace.jobdeck.invalid/?o=0#job/{job_id}/run/{run_id}");
            assert_eq!([&run["job_id"], &run["run_id"]], [job_id, run_id]);
            assert_eq!(run["original_attempt_run_id"], run_id);
            assert_eq!(run["run_page_url"], url);
            assert_eq!(trial.tell(RunsList, json!({"job_id": job_id}))["runs"], json!([run]));
            let unknown = trial.tell(RunsGet, json!({"run_id": 1}))["message"].take();
            assert_eq!(unknown, "Run 1 does not exist.");
            json!([job_id.to_string().len(), run_id.to_string().len()])
        },
        json!([1, 7]),
        json!([19, 19]),
    );
}

#[test]
fn time_passes_otherwise() {
    let states = |trial: &mut Trial| {
        let run_id = trial.run_of(SLOW, json!({}));
        let first = trial.state(run_id);
        trial.pass(PENDING_MS / 2);
        let second = trial.state(run_id);
        trial.pass(PENDING_MS / 2);
        json!([first, second, trial.state(run_id)])
    };
    let plain = json!(["PENDING", "PENDING", "RUNNING"]);
    check(Variant::Queued, states, plain.clone(), json!(["QUEUED", "PENDING", "RUNNING"]));
    let over = "TERMINATED SUCCESS";
    check(Variant::Instant, states, plain.clone(), json!([over, over, over]));
    check(Variant::Slow, states, plain.clone(), plain);
    check(
        Variant::Slow,
        |trial| trial.workspace.answer(&request(List, &json!({})), 0).delay_us.into(),
        json!(0),
        json!(30_000),
    );
}

#[test]
fn requests_are_refused_that_another_server_would_take() {
    check(
        Variant::Throttled,
        |trial| {
            for _ in 0..49 {
                trial.job("/n", json!({}));
            }
            let (status, _) = trial.ask(Create, notebook("/n"));
            json!([status, trial.workspace.status()["jobs"], trial.status(List, json!({}))])
        },
        json!([200, 50, 200]),
        json!([429, 49, 200]),
    );
    check(
        Variant::ExactLimit1000,
        |trial| {
            [1000, 999, 0]
                .map(|limit| trial.status(RunsList, json!({"limit": limit})))
                .into_iter()
                .collect()
        },
        json!([200, 200, 200]),
        json!([400, 200, 200]),
    );
}

#[test]
fn answers_are_compressed() {
    check(
        Variant::Gzip,
        |trial| {
            let response = trial.workspace.answer(&request(Get, &json!({"job_id": 1})), 0).response;
            let coding = response.headers.get("content-encoding").map(str::to_owned);
            json!([coding, trial.tell(Get, json!({"job_id": 1}))["message"].take()])
        },
        json!([null, "Job 1 does not exist."]),
        json!(["gzip", "Job 1 does not exist."]),
    );
}
