//! Runs the `jobdeck` binary the way a user does.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    thread::{self, JoinHandle},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

/// The binary under test, with nothing of the developer's own workspace in its environment.
pub(crate) fn jobdeck<I: IntoIterator<Item = S>, S: AsRef<std::ffi::OsStr>>(
    arguments: I,
) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jobdeck"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("DATABRICKS_") || text.to_ascii_lowercase().ends_with("_proxy") {
            command.env_remove(&name);
        }
    }
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Runs a command to its end.
#[track_caller]
pub(crate) fn output(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// The folder of the project.
pub(crate) fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A deck that is listening.
pub(crate) struct Deck {
    child: Child,
    stderr: Option<JoinHandle<String>>,
    admin: mpsc::Receiver<String>,
    /// Its base URL.
    pub(crate) url: String,
}

/// How a deck ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stderr: String,
}

impl Deck {
    /// Starts one on a free port and waits until it accepts connections.
    #[track_caller]
    pub(crate) fn start<I: IntoIterator<Item = S>, S: AsRef<std::ffi::OsStr>>(
        arguments: I,
    ) -> Self {
        Self::start_with(jobdeck(arguments))
    }

    /// The same with a command that is prepared already.
    #[track_caller]
    pub(crate) fn start_with(mut command: Command) -> Self {
        command.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (told, admin) = mpsc::channel();
        let stderr = thread::spawn(move || {
            let mut text = String::new();
            for line in stderr.lines().map_while(Result::ok) {
                if let Some(url) = line.strip_prefix("jobdeck: admin on ") {
                    // Most tests do not ask.
                    let _ = told.send(url.to_owned());
                }
                text += &line;
                text.push('\n');
            }
            text
        });
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let url = url.trim().to_owned();
        assert!(url.starts_with("http"), "no URL but {url:?}; {}", {
            let _ = child.kill();
            stderr.join().unwrap()
        });
        Self { child, stderr: Some(stderr), admin, url }
    }

    /// The base URL of its admin listener.
    #[track_caller]
    pub(crate) fn admin(&self) -> String {
        self.admin.recv_timeout(Duration::from_secs(20)).expect("an admin listener")
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn stop(mut self) -> Ended {
        self.signal(Signal::TERM);
        let code = self.child.wait().unwrap().code();
        Ended { code, stderr: self.stderr.take().unwrap().join().unwrap() }
    }

    /// Kills it without warning.
    pub(crate) fn kill(mut self) {
        self.signal(Signal::KILL);
        self.child.wait().unwrap();
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// The most memory that it ever had, in MiB.
    pub(crate) fn peak_mib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }

    /// The port it listens on.
    pub(crate) fn port(&self) -> u16 {
        self.url.rsplit(':').next().unwrap().trim_end_matches('/').parse().unwrap()
    }
}

impl Drop for Deck {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Every file under a folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}
