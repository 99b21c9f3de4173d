//! One question of a client that polls, and its answer as a workspace gives it.

/// The header fields of the question.
pub(crate) const ASKED: [(&str, &str); 5] = [
    ("host", "adb-1234567890123456.7.azuredatabricks.net"),
    ("user-agent", "databricks-sdk-py/0.40.0 python/3.12.3 os/linux"),
    ("accept", "application/json"),
    ("accept-encoding", "identity"),
    ("authorization", concat!("Bearer da", "pi0123456789abcdef0123456789abcdef")),
];

/// The path of the question up to the id of the run.
pub(crate) const TARGET: &str = "/api/2.0/jobs/runs/get?run_id=";

/// Where a run is started.
pub(crate) const START: &str = "/api/2.0/jobs/run-now";

/// A body of about 450 bytes that starts a run. The id may be whatever stands for it.
pub(crate) fn start(run: &str) -> String {
    format!(
        "{{\"job_id\":17,\"idempotency_token\":\"nightly-{run}\",\"notebook_params\":{{\"date\":\"2026-11-23\",\
         \"region\":\"eu-central-1\",\"source\":\"abfss://landing@example.dfs.core.windows.net/orders\",\
         \"target\":\"lakehouse.sales.orders\",\"mode\":\"merge\",\"keys\":\"order_id,line_id\",\
         \"watermark\":\"2026-11-22T23:59:59Z\",\"partitions\":\"order_date\",\"checkpoint\":\"/checkpoints/orders\",\
         \"owner\":\"data-platform\",\"ticket\":\"DP-4711\",\"retries\":\"2\",\"run\":\"{run}\"}}}}"
    )
}

/// The answer to the start of a run.
pub(crate) fn started(run: u64) -> String {
    format!("{{\"run_id\":{run},\"number_in_job\":{run}}}")
}

/// The body of the answer, of about 700 bytes. The id of the run may be whatever stands for it in a text
/// that writes answers.
pub(crate) fn body(job: &str, run: &str) -> String {
    format!(
        "{{\"job_id\":{job},\"run_id\":{run},\"number_in_job\":{run},\"creator_user_name\":\"someone@example.com\",\
         \"original_attempt_run_id\":{run},\"state\":{{\"life_cycle_state\":\"TERMINATED\",\
         \"result_state\":\"SUCCESS\",\"state_message\":\"\"}},\"task\":{{\"notebook_task\":\
         {{\"notebook_path\":\"/Shared/reports/daily\"}}}},\"cluster_spec\":{{\"existing_cluster_id\":\
         \"1201-my-cluster\"}},\"cluster_instance\":{{\"cluster_id\":\"1201-my-cluster\",\"spark_context_id\":\
         \"1102398-{run}\"}},\"overriding_parameters\":{{}},\"start_time\":1795434000000,\"setup_duration\":1000,\
         \"execution_duration\":6000,\"cleanup_duration\":1000,\"trigger\":\"ONE_TIME\",\"run_name\":\"daily\",\
         \"run_page_url\":\"https://adb-1234567890123456.7.azuredatabricks.net/?o=1234567890123456#job/{job}/run/1\",\
         \"run_type\":\"JOB_RUN\"}}",
    )
}
