//! Programs that nobody here wrote: clients that drive the reference workspace, servers that `check` holds against
//! the contract, and an independent judge of the workspace and of the exported contract.

use std::{
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

use serde_json::Value;

use super::{
    installed::{
        DATABRICKSAPI, MINILAKE, MLFLOW, Packages, SCHEMATHESIS, SEMBLANCE, has, node_modules,
    },
    said,
};
use crate::deck::{Deck, jobdeck, output, project};

/// A workspace whose runs take no longer than their tasks.
fn workspace() -> Deck {
    Deck::start(["serve", "--pending-ms", "0", "--terminating-ms", "0"])
}

fn script(name: &str) -> std::path::PathBuf {
    project().join("tests/clients").join(name)
}

#[test]
fn databricksapi_drives_a_job_through_its_life() {
    let Some(python) = DATABRICKSAPI.folder() else { return };
    let deck = workspace();
    let mut client = Command::new(python.join("bin/python"));
    let told = said(client.arg(script("drive_databricksapi.py")).arg(&deck.url));
    let expected = "create {\"job_id\": 1}\n\
                    get {'notebook_path': '/jobdeck/exit/42'}\n\
                    list [1]\n\
                    run-now {\"number_in_job\": 1, \"run_id\": 1000001}\n\
                    runs/get SUCCESS\nruns/get-output 42\nruns/export ['NOTEBOOK']\n\
                    runs/list [1000001]\nreset {}\nget renamed\nruns/cancel {}\n\
                    runs/get CANCELED\nruns/delete {}\ndelete {}\nget INVALID_PARAMETER_VALUE\n";
    assert_eq!(told, expected);
}

#[test]
fn the_npm_client_drives_a_job_through_its_life() {
    if !has("node") || !has("npm") {
        return;
    }
    let Some(modules) = node_modules("databricks-api@2.0.4") else { return };
    let deck = workspace();
    let mut client = Command::new("node");
    client.arg(script("databricks_api.js")).arg(modules).arg(&deck.url);
    let told = said(&mut client);
    let expected = "create 1\nlist [ 1 ]\nruns/get SUCCESS\nruns/get-output 42\nruns/export 2\n\
                    runs/list 1\nget renamed\ncancelled CANCELED\nruns/delete {}\ndelete {}\n\
                    get true\n";
    assert_eq!(told, expected);
}

#[test]
#[ignore = "8 seconds of imports, and a large package; .ci/run asks for it"]
fn the_project_backend_of_mlflow_submits_waits_and_cancels() {
    let Some(python) = MLFLOW.folder() else { return };
    let deck = workspace();
    let mut client = Command::new(python.join("bin/python"));
    client.arg(script("mlflow_project.py"));
    client.env("DATABRICKS_HOST", &deck.url).env("DATABRICKS_TOKEN", "a-token");
    let expected = "waited True FINISHED\nwaited False FAILED\nactive RUNNING\ncancelled FAILED\n";
    assert_eq!(said(&mut client), expected);
}

/// A server of others that listens.
struct Stranger {
    child: Child,
    url: String,
}

impl Stranger {
    /// Starts one in a folder, where it may write.
    fn start(packages: &Packages, command: &[&str], folder: &Path) -> Option<Self> {
        let bin = packages.folder()?.join("bin");
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut server = Command::new(bin.join(command[0]));
        server.args(&command[1..]).arg("--port").arg(free.port().to_string()).current_dir(folder);
        server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = server.spawn().unwrap();
        while TcpStream::connect(free).is_err() {
            assert_eq!(child.try_wait().unwrap(), None, "{command:?} ended");
            thread::yield_now();
        }
        Some(Self { child, url: format!("http://{free}") })
    }

    /// Checks it by the command; gives what is told, and the report.
    fn checked(&self, folder: &Path, profile: &str) -> (String, Value) {
        let path = folder.join("profile.toml");
        std::fs::write(&path, profile).unwrap();
        let mut check = jobdeck(["check", &self.url, "--base-path", "/api/2.2", "--seed", "1"]);
        check.arg("--profile").arg(path).args(["--report", "json=report.json"]);
        let done = output(check.current_dir(folder));
        let text = String::from_utf8_lossy(&done.stdout).into_owned();
        assert_eq!(done.status.code(), Some(1), "{text}{}", String::from_utf8_lossy(&done.stderr));
        let report = std::fs::read(folder.join("report.json")).unwrap();
        (text, serde_json::from_slice(&report).unwrap())
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a rule has a verdict in a report.
#[track_caller]
fn check_verdict(report: &Value, rule: &str, verdict: &str) {
    let rules = report["rules"].as_array().unwrap();
    let row = rules.iter().find(|row| row["rule"] == rule).unwrap();
    assert_eq!(row["verdict"], verdict, "{rule}");
}

#[test]
#[ignore = "half a minute of requests; .ci/run asks for it"]
fn what_minilake_lacks_is_unsupported_and_what_it_breaks_is_found() {
    let command = ["minilake", "--host", "127.0.0.1"];
    let folder = tempfile::tempdir().unwrap();
    let Some(server) = Stranger::start(&MINILAKE, &command, folder.path()) else { return };
    let profile = "cluster = { existing_cluster_id = \"1201-my-cluster\" }\n\
                   runs_execute = true\n\
                   [task.ok]\n\
                   notebook_task = { notebook_path = \"/Shared/anything\" }\n";
    let (text, report) = server.checked(folder.path(), profile);
    for endpoint in ["GET jobs/runs/export (501)", "POST jobs/runs/cancel-all (501)"] {
        let line = format!("\nunsupported: {endpoint}");
        assert_eq!(text.matches(&line).count(), 1, "{text}");
    }
    check_verdict(&report, "run-now/idempotency/same-token-same-run", "broken");
    check_verdict(&report, "run-now/idempotency/no-second-run", "broken");
    check_verdict(&report, "delete/idempotency/already-removed-noop", "broken");
    check_verdict(&report, "update/consistency/unnamed-fields-kept", "broken");
    check_verdict(&report, "runs-export/schema/response", "unsupported");
    check_verdict(&report, "create/consistency/distinct-ids", "held");
    // It takes no submit, which says nothing of the limits of one.
    check_verdict(&report, "runs-submit/idempotency/token-64", "not exercised");
    assert_eq!(report["ended"], Value::Null, "{text}");
}

#[test]
#[ignore = "half a minute of waiting; .ci/run asks for it"]
fn a_server_whose_clock_stands_still_is_checked_all_the_same() {
    let command = ["semblance-databricks", "serve"];
    let folder = tempfile::tempdir().unwrap();
    let Some(server) = Stranger::start(&SEMBLANCE, &command, folder.path()) else { return };
    let profile = "cluster = { existing_cluster_id = \"1201-my-cluster\" }\n\
                   clock_is_right = false\n";
    let (text, report) = server.checked(folder.path(), profile);
    let unsupported = report["unsupported"].as_array().unwrap();
    let endpoints: Vec<_> =
        unsupported.iter().map(|row| row["endpoint"].as_str().unwrap()).collect();
    let expected = [
        "POST jobs/update",
        "POST jobs/run-now",
        "GET jobs/runs/list",
        "POST jobs/runs/cancel-all",
        "POST jobs/runs/delete",
    ];
    for endpoint in expected {
        assert!(endpoints.contains(&endpoint), "{endpoint} of {endpoints:?}; {text}");
    }
    check_verdict(&report, "runs-submit/idempotency/same-token-same-run", "broken");
    check_verdict(&report, "runs-submit/schema/default-name", "broken");
    // It gives the ids of deleted jobs again: these are not there again, they are others.
    check_verdict(&report, "create/consistency/distinct-ids", "broken");
    check_verdict(&report, "list/consistency/excludes-deleted", "held");
    assert_eq!(report["ended"], Value::Null, "{text}");
}

#[test]
#[ignore = "a minute of requests; .ci/run asks for it"]
fn schemathesis_finds_nothing_that_is_not_explained() {
    let Some(python) = SCHEMATHESIS.folder() else { return };
    let folder = tempfile::tempdir().unwrap();
    let deck = Deck::start(["serve", "--token", "the-one-token-that-is-right"]);
    let openapi = folder.path().join("openapi.json");
    std::fs::write(&openapi, said(&mut jobdeck(["contract", "openapi"]))).unwrap();
    let mut judge = Command::new(python.join("bin/st"));
    judge.arg("run").arg(&openapi).arg("--url").arg(format!("{}/api/2.0", deck.url));
    judge.args(["--header", "Authorization: Bearer the-one-token-that-is-right"]);
    judge.args(["--phases", "coverage,fuzzing,stateful", "--max-examples", "15"]);
    // The document says nothing of the status for another method: here it is 404, as for all that is not there.
    // The other two are done by the checks of the script, which know what is explained.
    let excluded = "unsupported_method,positive_data_acceptance,negative_data_rejection";
    judge.args(["--exclude-checks", excluded]);
    judge.args(["--seed", "1", "--continue-on-failure", "--no-color"]);
    judge.env("SCHEMATHESIS_HOOKS", "schemathesis_checks");
    judge.env("PYTHONPATH", script("")).env("PYTHONDONTWRITEBYTECODE", "1");
    let done = output(judge.current_dir(folder.path()));
    let told = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{told}{}", String::from_utf8_lossy(&done.stderr));
    assert!(told.contains("15 selected") || told.contains("Tested: 15"), "{told}");
}
