"""The life of a job as databricksapi drives it: its GETs carry their parameters in a body. Prints each answer.

drive_databricksapi.py BASE
"""

import json
import sys
import time

from databricksapi import Jobs

CLUSTER = "1201-my-cluster"
NOTEBOOK = {"notebook_path": "/jobdeck/exit/42"}

jobs = Jobs.Jobs(sys.argv[1], "a-token")


def show(name, answer):
    print(name, json.dumps(answer, sort_keys=True))
    return answer


def ended(run_id):
    while True:
        run = jobs.runsGet(run_id)
        if run["state"]["life_cycle_state"] in ("TERMINATED", "SKIPPED", "INTERNAL_ERROR"):
            return run["state"]["result_state"]
        time.sleep(0.05)


job_id = show(
    "create",
    # The library writes the field of this argument wrongly, which a workspace ignores.
    jobs.createJob(CLUSTER, "existing", NOTEBOOK, "notebook", "nightly", email_notications={}),
)["job_id"]
print("get", jobs.getJob(job_id)["settings"]["notebook_task"])
print("list", [job["job_id"] for job in jobs.listJobs()["jobs"]])
run_id = show("run-now", jobs.runJob(job_id, "notebook", {"a": "b"}))["run_id"]
print("runs/get", ended(run_id))
print("runs/get-output", jobs.runsGetOutput(run_id)["notebook_output"]["result"])
print("runs/export", [view["type"] for view in jobs.runsExport(run_id, "CODE")["views"]])
print("runs/list", [run["run_id"] for run in jobs.runsList("completed", job_id, 0, 5)["runs"]])
settings = {"name": "renamed", "existing_cluster_id": CLUSTER, "notebook_task": NOTEBOOK}
show("reset", jobs.resetJob(job_id, settings))
print("get", jobs.getJob(job_id)["settings"]["name"])
slow = {"notebook_path": "/jobdeck/sleep/60000"}
run_id = jobs.runsSubmit("once", CLUSTER, slow, "existing", "notebook")["run_id"]
show("runs/cancel", jobs.runsCancel(run_id))
print("runs/get", ended(run_id))
show("runs/delete", jobs.runsDelete(run_id))
show("delete", jobs.deleteJob(job_id))
print("get", jobs.getJob(job_id)["error_code"])
