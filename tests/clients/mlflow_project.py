"""A Spark job as the project backend of mlflow submits it, waits for it and cancels it. Prints how each ended.

Its upload of the project is left out: that goes to DBFS, which is another API. So is its tracking of the run.

DATABRICKS_HOST and DATABRICKS_TOKEN name the workspace.
"""

from mlflow.projects import databricks

CLUSTER = {"spark_version": "7.3.x-scala2.12", "node_type_id": "Standard_D3_v2", "num_workers": 1}

runner = databricks.DatabricksJobRunner("databricks")
databricks.DatabricksSubmittedRun.POLL_STATUS_INTERVAL = 0.05


def submitted(file):
    """What `mlflow run --backend databricks` comes to, for a project that is a Spark job of this file."""
    body = {
        "run_name": "MLflow Run for a project",
        "new_cluster": CLUSTER,
        "libraries": [{"pypi": {"package": "mlflow"}}],
        "spark_python_task": {"python_file": file, "parameters": ["--x", "1"]},
    }
    run_id = runner._jobs_runs_submit(body)["run_id"]
    return databricks.DatabricksSubmittedRun(run_id, None, runner)


run = submitted("dbfs:/jobdeck/succeed")
print("waited", run.wait(), run.get_status())
run = submitted("dbfs:/jobdeck/fail")
print("waited", run.wait(), run.get_status())
run = submitted("dbfs:/jobdeck/sleep/60000")
print("active", run.get_status())
run.cancel()
print("cancelled", run.get_status())
