"""Submits a run by databricks-sdk, on the paths of version 2.0, and waits for its end.

usage: databricks_sdk.py NOTEBOOK POLL_SECONDS

Prints each state that it sees.
"""

import sys
import time
import uuid

from databricks.sdk import WorkspaceClient

ENDED = {"TERMINATED", "SKIPPED", "INTERNAL_ERROR"}


def main(notebook, poll_seconds):
    # Host, token and all else from the environment, as in a user's program.
    api = WorkspaceClient().api_client
    run_id = api.do(
        "POST",
        "/api/2.0/jobs/runs/submit",
        body={
            "run_name": "once",
            "existing_cluster_id": "1201-my-cluster",
            "notebook_task": {"notebook_path": notebook},
            "idempotency_token": str(uuid.uuid4()),
        },
    )["run_id"]
    while True:
        state = api.do("GET", "/api/2.0/jobs/runs/get", query={"run_id": run_id})["state"]
        print(state["life_cycle_state"], state.get("result_state", ""), flush=True)
        if state["life_cycle_state"] in ENDED:
            return
        time.sleep(poll_seconds)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
