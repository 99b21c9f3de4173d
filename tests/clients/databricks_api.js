// The life of a job as the npm package databricks-api drives it. It knows https only, so its URLs are its user's here.
// Prints each answer.
//
// node databricks_api.js MODULES BASE

const [modules, base] = process.argv.slice(2);
const DataBricks = require(`${modules}/databricks-api`);
const api = new DataBricks({ domain: "ignored", token: "a-token" });
const plain = (part) => {
  part.requestUrl = (path) => `${base}/api/2.0${part.path}${path}`;
  return part;
};
const jobs = plain(api.Jobs);
const runs = plain(api.Runs);
const pause = () => new Promise((resolve) => setTimeout(resolve, 50));

const ended = async (run_id) => {
  for (;;) {
    const { state } = await runs.get({ run_id });
    if (["TERMINATED", "SKIPPED", "INTERNAL_ERROR"].includes(state.life_cycle_state)) return state.result_state;
    await pause();
  }
};

(async () => {
  const existing_cluster_id = "1201-my-cluster";
  const notebook_task = { notebook_path: "/jobdeck/exit/42" };
  const { job_id } = await jobs.create({ name: "nightly", existing_cluster_id, notebook_task });
  console.log("create", job_id);
  console.log("list", (await jobs.list()).jobs.map((job) => job.job_id));
  const { run_id } = await jobs.runNow({ job_id, notebook_params: { a: "b" } });
  console.log("runs/get", await ended(run_id));
  console.log("runs/get-output", (await runs.getOutput({ run_id })).notebook_output.result);
  console.log("runs/export", (await runs.export({ run_id, views_to_export: "ALL" })).views.length);
  console.log("runs/list", (await runs.list({ job_id, completed_only: true, limit: 5 })).runs.length);
  await jobs.reset({ job_id, new_settings: { name: "renamed", existing_cluster_id, notebook_task } });
  console.log("get", (await jobs.get({ job_id })).settings.name);
  const slow = { notebook_path: "/jobdeck/sleep/60000" };
  const once = await runs.submit({ run_name: "once", existing_cluster_id, notebook_task: slow });
  await runs.cancel(once);
  console.log("cancelled", await ended(once.run_id));
  console.log("runs/delete", await runs.delete(once));
  console.log("delete", await jobs.delete({ job_id }));
  await jobs.get({ job_id }).catch((error) => console.log("get", String(error).includes("INVALID_PARAMETER_VALUE")));
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
