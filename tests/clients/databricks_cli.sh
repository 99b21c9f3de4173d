#!/bin/sh
# The eleven endpoints that the databricks command reaches, one after the other; prints each exit code.
# The command must be on the PATH, and DATABRICKS_HOST, DATABRICKS_TOKEN and http_proxy lead to the deck.
call() {
    echo "\$ databricks $1 $2"
    answer=$(databricks "$@" 2>&1)
    code=$?
    echo "$answer"
    echo "exit code $code"
}

task='{"notebook_path": "/jobdeck/exit/done"}'
settings="{\"name\": \"nightly\", \"existing_cluster_id\": \"1201-my-cluster\", \"notebook_task\": $task}"

call jobs create --json "$settings"
call jobs list --output JSON
call jobs get --job-id 1
call jobs reset --job-id 1 --json "$settings"
call jobs run-now --job-id 1 --notebook-params '{"day": "2"}' --idempotency-token "$(date +%s)-$$"
run_id=$(echo "$answer" | sed -n 's/.*"run_id": \([0-9]*\).*/\1/p')
call runs submit --wait --json "{\"run_name\": \"once\", \"existing_cluster_id\": \"1201-my-cluster\", \"notebook_task\": $task}"
call runs list --job-id 1 --completed-only --offset 0 --limit 5 --output JSON
call runs get --run-id "$run_id"
call runs get-output --run-id "$run_id"
call runs cancel --run-id "$run_id"
call jobs delete --job-id 1
call jobs get --job-id 1
