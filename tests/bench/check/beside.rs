//! The same faults found by Schemathesis, which reads the exported `OpenAPI` document, in as much time.

use std::{
    collections::BTreeSet,
    error::Error,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use jobdeck::{
    check::{self, BASE_PATH, Budget, Options, Profile, Remote, Selection},
    contract::{openapi, rules::Level},
    net::{Server, ServerOptions},
    serve::{self, Fault, Workspace},
};
use serde_json::Value;

use super::broken;

/// What is installed into a folder below `target/`, where the tests look for it as well.
const PACKAGE: &str = "schemathesis==4.32.5";
/// How many connections a check has: most of its time is waiting for runs.
const WORKERS: usize = 16;

/// Tells of each fault by whom it is found within so many seconds.
pub(crate) fn print(
    faults: impl Iterator<Item = Fault>,
    seconds: u64,
) -> Result<(), Box<dyn Error>> {
    let judge = Judge::new(seconds)?;
    // What it says of a sound server is no finding.
    let sound = judge.failures(&served(Vec::new())?.url())?;
    println!("of the sound server, Schemathesis says: {sound:?}");
    println!("{:<58} {:>8} {:>12}", "fault, found in as much time by", "check", "Schemathesis");
    let (mut count, mut ours, mut theirs) = (0, 0, 0);
    for fault in faults {
        let by_check = checked(&served(vec![fault])?.url(), seconds)? > 0;
        let failures = judge.failures(&served(vec![fault])?.url())?;
        let by_judge = failures.difference(&sound).next().is_some();
        let told = |found: bool| if found { "found" } else { "-" };
        println!("{:<58} {:>8} {:>12}", fault.name(), told(by_check), told(by_judge));
        count += 1;
        ours += u32::from(by_check);
        theirs += u32::from(by_judge);
    }
    println!("\nof {count} faults, {seconds} s each: check {ours}, Schemathesis {theirs}");
    Ok(())
}

fn served(faults: Vec<Fault>) -> Result<Server, Box<dyn Error>> {
    let token = Some(Profile::of_reference().token()?);
    let workspace = Workspace::new(serve::Options { token, faults, ..serve::Options::default() });
    Ok(Server::start(Arc::new(Mutex::new(workspace)), ServerOptions::on_a_free_port())?)
}

/// How many rules a check sees broken.
fn checked(url: &str, seconds: u64) -> Result<usize, Box<dyn Error>> {
    let mut target = Remote::new(url, BASE_PATH, None)?;
    let selection = Selection::new(&[], Level::Should)?;
    let options = Options {
        workers: WORKERS,
        proofs_max: 0,
        budget: Budget { time_max: Some(Duration::from_secs(seconds)), ..Budget::default() },
        ..Options::new(Profile::of_reference(), selection, 1)
    };
    Ok(broken(&check::check(&mut target, &options, &mut |_| {})?).count())
}

/// Schemathesis, with what it needs.
struct Judge {
    command: PathBuf,
    folder: tempfile::TempDir,
    seconds: u64,
}

impl Judge {
    fn new(seconds: u64) -> Result<Self, Box<dyn Error>> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = root.join("target/clients").join(PACKAGE.replace("==", "-"));
        let command = python.join("bin/st");
        if !command.exists() {
            run(Command::new("python3").args(["-m", "venv"]).arg(&python))?;
            run(Command::new(python.join("bin/pip")).args(["install", "--quiet", PACKAGE]))?;
        }
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("openapi.json"), openapi::document().to_string())?;
        Ok(Self { command, folder, seconds })
    }

    /// What it complains of, by operation.
    fn failures(&self, url: &str) -> Result<BTreeSet<String>, Box<dyn Error>> {
        let report = self.folder.path().join("report.json");
        let token = Profile::of_reference().token()?;
        let mut command = Command::new(&self.command);
        command.args(["run", "openapi.json", "--url", &format!("{url}{BASE_PATH}")]);
        command.args(["--header", &format!("Authorization: Bearer {token}"), "--seed", "1"]);
        command.args(["--phases", "coverage,fuzzing,stateful", "--continue-on-failure"]);
        command.args(["--max-time", &self.seconds.to_string()]);
        // As in the test that holds the workspace against it.
        let excluded = "unsupported_method,positive_data_acceptance,negative_data_rejection";
        command.args(["--exclude-checks", excluded, "--report", "json", "--report-json-path"]);
        command.arg(&report).env("SCHEMATHESIS_HOOKS", "schemathesis_checks");
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
        command.env("PYTHONPATH", scripts).env("PYTHONDONTWRITEBYTECODE", "1");
        command.current_dir(self.folder.path()).stdout(Stdio::null()).status()?;
        let report: Value = serde_json::from_slice(&fs::read(&report)?)?;
        let failures = report["failures"].as_array().ok_or("a report without failures")?;
        let by_operation = failures.iter().flat_map(|failure| {
            let operations = failure["operations"].as_array().into_iter().flatten();
            operations.map(|operation| format!("{operation}: {}", failure["title"]))
        });
        Ok(by_operation.collect())
    }
}

fn run(command: &mut Command) -> Result<(), Box<dyn Error>> {
    let status = command.status()?;
    status.success().then_some(()).ok_or_else(|| format!("{command:?}: {status}").into())
}
