//! Programs of others that tests use: found, or installed once, or said to be absent.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use crate::deck::project;

/// Python packages in a folder of their own below `target/`, whose `bin` holds Python and their commands.
pub(crate) struct Packages {
    /// The folder's name, and that of the client in what is told of its absence.
    name: &'static str,
    specifiers: &'static [&'static str],
    folder: OnceLock<Option<PathBuf>>,
}

/// The `databricks` command and its library. Later setuptools lack `pkg_resources`, which it imports.
pub(crate) static DATABRICKS_CLI: Packages =
    Packages::new("databricks-cli-0.18.0", &["databricks-cli==0.18.0", "setuptools<80"]);

/// The command as it was before, still the one that dbx asks for.
pub(crate) static DATABRICKS_CLI_0_17: Packages =
    Packages::new("databricks-cli-0.17.8", &["databricks-cli==0.17.8", "setuptools<80"]);

/// Runs notebooks as tests, and polls their output.
pub(crate) static NUTTER: Packages =
    Packages::new("nutter-0.1.35", &["nutter==0.1.35", "setuptools<80"]);

/// The library of today, which reaches version 2.0 by path alone.
pub(crate) static DATABRICKS_SDK: Packages =
    Packages::new("databricks-sdk-0.162.0", &["databricks-sdk==0.162.0"]);

/// mitmdump.
pub(crate) static MITMPROXY: Packages = Packages::new("mitmproxy-11.0.2", &["mitmproxy==11.0.2"]);

/// A client of 2.0 whose GETs have bodies. It does not say that it needs requests.
pub(crate) static DATABRICKSAPI: Packages =
    Packages::new("databricksapi-1.1.8", &["databricksapi==1.1.8", "requests==2.32.5"]);

/// Runs projects by runs/submit.
pub(crate) static MLFLOW: Packages =
    Packages::new("mlflow-skinny-3.17.2", &["mlflow-skinny==3.17.2"]);

/// A server of the Jobs API 2.2.
pub(crate) static MINILAKE: Packages = Packages::new("minilake-1.9.0", &["minilake==1.9.0"]);

/// Another one, whose clock stands still. It does not say that it needs httpx2.
pub(crate) static SEMBLANCE: Packages =
    Packages::new("semblance-databricks-0.1.2", &["semblance-databricks==0.1.2", "httpx2"]);

/// Tests servers by their `OpenAPI` documents.
pub(crate) static SCHEMATHESIS: Packages =
    Packages::new("schemathesis-4.32.5", &["schemathesis==4.32.5"]);

impl Packages {
    pub(crate) const fn new(name: &'static str, specifiers: &'static [&'static str]) -> Self {
        Self { name, specifiers, folder: OnceLock::new() }
    }

    /// The folder; none, said aloud, where they are not to be had.
    pub(crate) fn folder(&self) -> Option<&Path> {
        let installed = || install(self.name, self.specifiers);
        self.folder.get_or_init(|| required(self.name, installed())).as_deref()
    }
}

/// Whether a command is to be had, which this asks for its version; said aloud where it is not.
pub(crate) fn has(command: &str) -> bool {
    required(command, run(Command::new(command).arg("--version"))).is_some()
}

/// A client, or none where it is not to be had and is not demanded.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
pub(crate) fn required<T>(client: &str, found: Result<T, String>) -> Option<T> {
    match found {
        Ok(found) => Some(found),
        Err(reason) if std::env::var_os("JOBDECK_REQUIRE_CLIENTS").is_some() => panic!("{reason}"),
        Err(reason) => {
            eprintln!("skipped, for want of {client}: {reason}");
            None
        }
    }
}

/// Installs Python packages into a folder below `target/`, once.
fn install(name: &str, packages: &[&str]) -> Result<PathBuf, String> {
    let folder = project().join("target/clients").join(name);
    let done = folder.join("installed");
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    // Several test processes may want it at once.
    let lock = File::create(folder.join("lock")).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    if !done.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        run(Command::new(folder.join("bin/pip"))
            .args(["install", "--quiet", "--disable-pip-version-check"])
            .args(packages))?;
        File::create(done).map_err(|error| error.to_string())?;
    }
    Ok(folder)
}

/// Installs a package of npm into a folder below `target/`, once; the folder of its modules.
pub(crate) fn node_modules(package: &'static str) -> Option<PathBuf> {
    let folder = project().join("target/clients").join(package);
    let modules = folder.join("node_modules");
    let installed = || -> Result<(), String> {
        fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let flags = ["--silent", "--no-audit", "--no-fund", "--prefix"];
        run(Command::new("npm").arg("install").args(flags).arg(&folder).arg(package))
    };
    required(package, if modules.exists() { Ok(()) } else { installed() })?;
    Some(modules)
}

/// Runs a command that must succeed; gives what it complained of if it does not.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    output.status.success().then_some(()).ok_or_else(|| format!("{command:?}: {said}"))
}
