#!/bin/sh
# The examples of the Jobs API document, sent as it sends them: by curl, with a netrc file and --data.
# usage: documented_examples.sh BASE_URL
base=$1
netrc=$(mktemp)
trap 'rm -f "$netrc"' EXIT
host=${base#*://}
echo "machine ${host%%:*} login token password client-token-0123456789" > "$netrc"

call() {
    echo "> $*"
    method=$1 path=$2
    shift 2
    curl --silent --show-error --netrc-file "$netrc" --request "$method" "$base/api/2.0/$path" "$@" \
        --write-out '\n< %{http_code}\n'
}

cluster='"new_cluster": {"spark_version": "7.3.x-scala2.12", "node_type_id": "Standard_D3_v2", "num_workers": 10}'
libraries='"libraries": [{"jar": "dbfs:/my-jar.jar"}, {"maven": {"coordinates": "org.jsoup:jsoup:1.7.2"}}]'
schedule='"schedule": {"quartz_cron_expression": "0 15 22 * * ?", "timezone_id": "America/Los_Angeles", "pause_status": "PAUSED"}'
task='"spark_jar_task": {"main_class_name": "com.databricks.ComputeModels"}'
settings="{\"name\": \"Nightly model training\", $cluster, $libraries, \"timeout_seconds\": 3600, \"max_retries\": 1, $schedule, $task}"

call POST jobs/create --data "$settings"
call GET jobs/list
call GET 'jobs/get?job_id=1'
call GET jobs/get --get --data job_id=1
call POST jobs/create --data "$settings"
call POST jobs/reset --data "{\"job_id\": 2, \"new_settings\": $settings}"
call POST jobs/update --data '{"job_id": 1, "new_settings": {"existing_cluster_id": "1201-my-cluster", "email_notifications": {"on_start": ["someone@jobdeck.invalid"], "on_success": [], "on_failure": []}}, "fields_to_remove": ["libraries"]}'
call GET 'jobs/get?job_id=1'
call POST jobs/run-now --data '{"job_id": 2, "jar_params": ["john doe", "35"]}'
call POST jobs/runs/submit --data "{\"run_name\": \"my spark task\", $cluster, $libraries, $task}"
call GET 'jobs/runs/list?job_id=2&active_only=false&offset=0&limit=1&run_type=JOB_RUN'
call GET 'jobs/runs/get?run_id=99999999'
call GET 'jobs/runs/get-output' --get --data run_id=not-a-number
call POST jobs/runs/cancel --data '{ "run_id": 99999999 }'
call POST jobs/runs/cancel-all --data '{ "job_id": 2 }'
call POST jobs/runs/delete --data '{ }'
call POST jobs/create --data '{"name": '
call GET jobs/nope
call POST jobs/delete --data '{ "job_id": 1 }'
call POST jobs/delete --data '{ "job_id": 1 }'
