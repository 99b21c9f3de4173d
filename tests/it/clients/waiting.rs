//! Clients that submit a run and wait for its end, each in its own rhythm: recordings made in another serve
//! them, and what was not recorded ends them at once.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    installed::{DATABRICKS_CLI, DATABRICKS_CLI_0_17, DATABRICKS_SDK, NUTTER, Packages},
    said,
};
use crate::{
    deck::{Deck, jobdeck, output, project},
    http::call,
};

/// A client that submits a run of a notebook and waits until it has ended.
#[derive(Clone, Copy)]
struct Waiter {
    packages: &'static Packages,
    how: How,
}

#[derive(Clone, Copy, PartialEq)]
enum How {
    /// `databricks runs submit --wait` polls the run, after 2 to 4 seconds first.
    DatabricksCli,
    /// nutter polls the output, every 5 seconds.
    Nutter,
    /// The library leaves the rhythm to its user, here ten times a second.
    DatabricksSdk,
}

const WAITERS: [Waiter; 4] = [
    Waiter { packages: &DATABRICKS_CLI, how: How::DatabricksCli },
    Waiter { packages: &DATABRICKS_CLI_0_17, how: How::DatabricksCli },
    Waiter { packages: &NUTTER, how: How::Nutter },
    Waiter { packages: &DATABRICKS_SDK, how: How::DatabricksSdk },
];

impl Waiter {
    /// Runs a replay with this client as its COMMAND.
    fn replay(self, cassette: &Path, options: &[&str], notebook: &str) -> Command {
        let bin = self.packages.folder().unwrap().join("bin");
        let script = |name: &str| project().join("tests/clients").join(name);
        let mut command = jobdeck(["replay".as_ref(), cassette.as_os_str()]);
        command.args(options).args(["--listen", "127.0.0.1:0"]);
        command.env("HOME", cassette.parent().unwrap());
        match self.how {
            How::DatabricksCli => {
                let token = fs::read_to_string("/proc/sys/kernel/random/uuid").unwrap();
                let submission = submission(notebook, Some(token.trim())).to_string();
                command.args(["--as-http-proxy", "--"]).arg(bin.join("databricks"));
                command.args(["runs", "submit", "--wait", "--json", &submission])
            }
            How::Nutter => {
                command.arg("--").arg(bin.join("python")).arg(script("nutter.py")).arg(notebook)
            }
            How::DatabricksSdk => {
                command.arg("--").arg(bin.join("python")).arg(script("databricks_sdk.py"));
                command.args([&format!("/jobdeck/exit/{notebook}"), "0.1"])
            }
        };
        command
    }

    /// What it asks for when it submits a run of this notebook, in the words of a client that makes up
    /// other names.
    fn submission(self, notebook: &str) -> Value {
        if self.how != How::Nutter {
            return submission(notebook, Some("recorded"));
        }
        let mut python = Command::new(self.packages.folder().unwrap().join("bin/python"));
        python.arg(project().join("tests/clients/nutter.py")).args(["--path", notebook]);
        let mut submission = submission("", None);
        submission["notebook_task"]["notebook_path"] = said(&mut python).trim().into();
        submission
    }

    /// Records the submission of a run, so many polls while it runs, its end an hour later, and two polls
    /// more.
    fn record(self, folder: &Path, polls: usize) -> PathBuf {
        let cassette = folder.join(format!("{polls}.json"));
        let phases = ["--pending-ms", "0", "--terminating-ms", "0"];
        let workspace = ["serve", "--clock", "manual", "--admin", "127.0.0.1:0"];
        let workspace = Deck::start(workspace.into_iter().chain(phases));
        let mut record = jobdeck(["record".as_ref(), cassette.as_os_str()]);
        record.args(["--upstream", &workspace.url]);
        if self.how == How::Nutter {
            record.args(["--volatile", "/run_name"]);
        }
        let deck = Deck::start_with(record);
        let ask = |method: &str, target: &str, body: &str| -> Value {
            let (status, body) = call(&deck.url, method, &format!("/api/2.0/jobs/{target}"), body);
            assert_eq!(status, 200, "{body}");
            serde_json::from_str(&body).unwrap()
        };
        let run = ask("POST", "runs/submit", &self.submission("done").to_string());
        let run_id = &run["run_id"];
        let state = || match self.how {
            How::Nutter => {
                let target = format!("runs/get-output?run_id={run_id}");
                ask("GET", &target, "")["metadata"]["state"]["life_cycle_state"].take()
            }
            How::DatabricksCli | How::DatabricksSdk => {
                let target = format!("runs/get?run_id={run_id}");
                ask("GET", &target, "")["state"]["life_cycle_state"].take()
            }
        };
        for _ in 0..polls {
            assert_eq!(state(), "RUNNING");
        }
        call(&workspace.admin(), "POST", "/advance", r#"{"ms": 3600000}"#);
        for _ in 0..2 {
            assert_eq!(state(), "TERMINATED");
        }
        assert_eq!(deck.stop().code, Some(0));
        workspace.stop();
        cassette
    }
}

fn submission(notebook: &str, token: Option<&str>) -> Value {
    let mut submission = json!({
        "run_name": "once",
        "existing_cluster_id": "1201-my-cluster",
        "notebook_task": {"notebook_path": format!("/jobdeck/exit/{notebook}")},
    });
    if let Some(token) = token {
        submission["idempotency_token"] = token.into();
    }
    submission
}

/// Holds something of every client that is to be had, all at a time, because they sleep.
fn for_each(holds: impl Fn(Waiter, &Path) + Sync) {
    thread::scope(|scope| {
        for waiter in WAITERS {
            // One after the other, because pip shares what it downloads.
            if waiter.packages.folder().is_some() {
                let holds = &holds;
                scope.spawn(move || holds(waiter, tempfile::tempdir().unwrap().path()));
            }
        }
    });
}

fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat()
}

#[test]
fn a_client_that_waits_is_served_from_a_recording_of_another_rhythm() {
    for_each(|waiter, folder| {
        // Many polls, folded: one sleep of the client sees the hour pass.
        let dense = waiter.record(folder, 10);
        said(&mut waiter.replay(&dense, &["--strict", "--polls", "by-state"], "done"));
        // The recorded client only saw the end.
        let sparse = waiter.record(folder, 0);
        said(&mut waiter.replay(&sparse, &["--strict"], "done"));
        if waiter.how == How::DatabricksSdk {
            let seen = said(&mut waiter.replay(&dense, &["--strict"], "done"));
            assert_eq!(seen, "RUNNING \n".repeat(10) + "TERMINATED SUCCESS\n");
        }
    });
}

#[test]
fn what_was_not_recorded_ends_a_client_at_once_and_says_what_comes_nearest() {
    const ENDS_WITHIN: Duration = Duration::from_secs(2);
    for_each(|waiter, folder| {
        let cassette = waiter.record(folder, 0);
        let started = Instant::now();
        said(&mut waiter.replay(&cassette, &[], "done"));
        // What Python takes to start is not the miss's.
        let usual = started.elapsed();

        let receipt = folder.join("receipt.json");
        let options = ["--receipt", receipt.to_str().unwrap()];
        let started = Instant::now();
        let ended = output(&mut waiter.replay(&cassette, &options, "another"));
        let took = started.elapsed();
        let text = text(&ended);
        assert!(took < usual + ENDS_WITHIN, "{took:?} instead of {usual:?}; {text}");
        assert_eq!(ended.status.code(), Some(1), "{text}");

        // Each client breaks and quotes the message in its own way. The deck's account stands behind.
        let (said, _) = text.split_once("\nserved ").unwrap_or((&text, ""));
        let letters: String = said.chars().filter(char::is_ascii_alphanumeric).collect();
        let nearest = "Thenearestisexchange1whichdiffersinnotebooktasknotebookpath";
        assert!(letters.contains(nearest), "{text}");

        let receipt: Value = serde_json::from_slice(&fs::read(&receipt).unwrap()).unwrap();
        assert_eq!((&receipt["missed"], &receipt["served"]), (&json!(1), &json!(0)), "{receipt}");
    });
}
