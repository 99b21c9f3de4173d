"""Tests of a program that starts a job and waits for it, by the standard library alone."""

import json
import os
import time
import urllib.error
import urllib.request
import uuid

import pytest

POLL_SECONDS = 0.01


def call(method, path, **fields):
    """Calls the Jobs API, and gives the answer."""
    query = "?" + "&".join(f"{name}={value}" for name, value in fields.items())
    request = urllib.request.Request(
        f"{os.environ['DATABRICKS_HOST']}/api/2.0/jobs/{path}{query if method == 'GET' else ''}",
        method=method,
        headers={"Authorization": f"Bearer {os.environ['DATABRICKS_TOKEN']}"},
        data=json.dumps(fields).encode() if method == "POST" else None,
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def run_and_wait(job_id):
    """Runs a job, and gives what its notebook returned."""
    token = str(uuid.uuid4())
    run_id = call("POST", "run-now", job_id=job_id, idempotency_token=token)["run_id"]
    while call("GET", "runs/get", run_id=run_id)["state"]["life_cycle_state"] != "TERMINATED":
        time.sleep(POLL_SECONDS)
    return call("GET", "runs/get-output", run_id=run_id)["notebook_output"]["result"]


def test_a_job_runs_to_its_end_and_is_deleted():
    job_id = call(
        "POST",
        "create",
        name="nightly",
        existing_cluster_id="1201-my-cluster",
        notebook_task={"notebook_path": "/jobdeck/exit/42 rows"},
    )["job_id"]
    assert run_and_wait(job_id) == "42 rows"
    call("POST", "delete", job_id=job_id)
    with pytest.raises(urllib.error.HTTPError) as gone:
        call("GET", "get", job_id=job_id)
    assert gone.value.code == 400
