#!/bin/sh
# The eleven endpoints that the databricks command reaches, one after the other; prints each exit code.
# The command must be on the PATH, and DATABRICKS_HOST, DATABRICKS_TOKEN and http_proxy lead to the deck.
call() {
    echo "\$ databricks $*"
    databricks "$@" 2>&1
    echo "exit code $?"
}

task='{"notebook_path": "/jobdeck/exit/done"}'
settings="{\"name\": \"nightly\", \"existing_cluster_id\": \"1201-my-cluster\", \"notebook_task\": $task}"

call jobs create --json "$settings"
call jobs list --output JSON
call jobs get --job-id 1
call jobs reset --job-id 1 --json "$settings"
call jobs run-now --job-id 1 --notebook-params '{"day": "2"}' --idempotency-token "$(date +%s)-$$"
call runs submit --wait --json "{\"run_name\": \"once\", \"existing_cluster_id\": \"1201-my-cluster\", \"notebook_task\": $task}"
RUN_ID=${RUN_ID:-1001}
call runs list --job-id 1 --completed-only --offset 0 --limit 5 --output JSON
call runs get --run-id "$RUN_ID"
call runs get-output --run-id "$RUN_ID"
call runs cancel --run-id "$RUN_ID"
call jobs delete --job-id 1
call jobs get --job-id 1
