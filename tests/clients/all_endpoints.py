"""Calls all 15 endpoints through databricks-cli's client library and prints what came back.

usage: all_endpoints.py BASE_URL [POLLS]

Waits for a run by polling; POLLS is how many times each poll asks (default 1). A state that is seen
again is not printed again, so the output does not depend on the polling rhythm.
"""

import json
import sys
import time
import uuid

from databricks_cli.sdk.api_client import ApiClient
from databricks_cli.sdk.service import JobsService

POLL_SECONDS = 0.05
DEADLINE_SECONDS = 30
ENDED = {"TERMINATED", "SKIPPED", "INTERNAL_ERROR"}


def main(base, polls):
    client = ApiClient(host=base, token="client-token-0123456789", api_version="2.0")
    # The library drops the port of its host.
    client.url = base.rstrip("/") + "/api/"
    jobs = JobsService(client)

    def show(name, answer):
        print(name, json.dumps(answer, sort_keys=True))
        return answer

    def wait(run_id):
        seen = None
        deadline = time.monotonic() + DEADLINE_SECONDS
        while True:
            for _ in range(polls):
                state = jobs.get_run(run_id)["state"]
                if state != seen:
                    show(f"state of {run_id}", state)
                    seen = state
            if state["life_cycle_state"] in ENDED:
                return
            if time.monotonic() > deadline:
                sys.exit(f"run {run_id} did not end")
            time.sleep(POLL_SECONDS)

    notebook = {"notebook_path": "/jobdeck/exit/done", "base_parameters": {"day": "1", "mode": "full"}}
    job_id = show("create", jobs.create_job(name="nightly", existing_cluster_id="1201-my-cluster", notebook_task=notebook))["job_id"]
    show("list", jobs.list_jobs())
    show("get", jobs.get_job(job_id))
    show("reset", jobs.reset_job(job_id, {"name": "weekly", "existing_cluster_id": "1201-my-cluster", "notebook_task": notebook, "libraries": [{"jar": "dbfs:/my.jar"}]}))
    show("update", jobs.update_job(job_id, new_settings={"name": "monthly"}, fields_to_remove=["libraries"]))
    show("get", jobs.get_job(job_id))

    token = str(uuid.uuid4())
    run_id = show("run-now", jobs.run_now(job_id, notebook_params={"day": "2"}, idempotency_token=token))["run_id"]
    show("run-now again", jobs.run_now(job_id, notebook_params={"day": "2"}, idempotency_token=token))
    wait(run_id)
    show("runs get", jobs.get_run(run_id))
    show("runs get-output", jobs.get_run_output(run_id))
    show("runs export", jobs.export_run(run_id, views_to_export="ALL"))
    show("runs list", jobs.list_runs(job_id=job_id, completed_only=True, offset=0, limit=5))

    submitted = show("runs submit", jobs.submit_run(run_name="once", existing_cluster_id="1201-my-cluster", notebook_task={"notebook_path": "/jobdeck/sleep/60000"}, idempotency_token=str(uuid.uuid4())))["run_id"]
    show("runs cancel", jobs.cancel_run(submitted))
    wait(submitted)
    show("runs list", jobs.list_runs(completed_only=True, run_type="SUBMIT_RUN"))
    show("runs cancel-all", jobs.cancel_all_runs(job_id))
    show("runs delete", jobs.delete_run(submitted))
    show("delete", jobs.delete_job(job_id))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1)
