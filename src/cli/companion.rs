//! COMMAND: the user's own program, run against the deck.

use std::{
    env,
    ffi::OsString,
    path::PathBuf,
    process::{Child, Command},
    sync::{Arc, Mutex, PoisonError, mpsc::Receiver},
    thread,
};

use rustix::{
    io::Errno,
    process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid},
};

use crate::{
    error::{Error, Kind, Result},
    net,
};

use super::exit::Exit;

/// What COMMAND is told about the deck.
pub(super) struct Surroundings {
    /// The base URL of the deck.
    pub(super) url: String,
    /// The base URL of the listener beside it, if there is one.
    pub(super) admin: Option<String>,
    /// The token to use; none leaves the user's own in place.
    pub(super) token: Option<String>,
    /// The file of the certificate that it has to trust, if the deck made one.
    pub(super) authority: Option<PathBuf>,
    /// Whether the deck is to be used as HTTP proxy.
    pub(super) as_http_proxy: bool,
    /// The variable that holds the workspace's token, if the deck holds it in COMMAND's place.
    pub(super) hidden: Option<String>,
}

/// Where COMMAND finds the listener beside the deck.
const ADMIN_VARIABLE: &str = "JOBDECK_ADMIN_URL";

/// A host that exists nowhere, for clients that reach the deck as their HTTP proxy.
const PROXIED_HOST: &str = "http://workspace.test";

impl Surroundings {
    /// The environment of COMMAND: what to set and, with no value, what to remove.
    ///
    /// Whatever else could lead a client to a real workspace is removed.
    fn variables(
        &self,
        present: impl Iterator<Item = (OsString, OsString)>,
    ) -> Vec<(OsString, Option<OsString>)> {
        let mut changes = Vec::new();
        let mut no_proxy = Vec::new();
        for (name, value) in present {
            let text = name.to_string_lossy().to_ascii_uppercase();
            let kept = text == "DATABRICKS_TOKEN" && self.token.is_none();
            let hidden = self.hidden.as_deref().is_some_and(|hidden| name == hidden);
            let of_others = text.starts_with("DATABRICKS_") || text.starts_with("ARM_");
            if of_others && !kept || hidden || text == ADMIN_VARIABLE {
                changes.push((name, None));
            } else if text == "NO_PROXY" {
                no_proxy.push(value.to_string_lossy().into_owned());
                changes.push((name, None));
            }
        }
        let host = if self.as_http_proxy { PROXIED_HOST } else { &self.url };
        let mut set = |name: &str, value: &str| changes.push((name.into(), Some(value.into())));
        set("DATABRICKS_HOST", host);
        set("DATABRICKS_AUTH_TYPE", "pat");
        set("DATABRICKS_CONFIG_FILE", "/dev/null");
        if let Some(token) = &self.token {
            set("DATABRICKS_TOKEN", token);
        }
        if let Some(admin) = &self.admin {
            set(ADMIN_VARIABLE, admin);
        }
        if let Some(authority) = &self.authority {
            let authority = authority.to_string_lossy();
            // As Python's requests, OpenSSL and Go, and Node.js read them.
            for name in ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"] {
                set(name, &authority);
            }
        }
        if self.as_http_proxy {
            set("http_proxy", &self.url);
            set("HTTP_PROXY", &self.url);
        }
        no_proxy.extend(["127.0.0.1", "localhost", "::1"].map(str::to_owned));
        let no_proxy = no_proxy.join(",");
        set("NO_PROXY", &no_proxy);
        set("no_proxy", &no_proxy);
        changes
    }
}

/// Runs COMMAND until it ends. A stop signal is for it: a terminal sends Ctrl-C to both by itself, what a process
/// sends to the deck is passed on. Either way the deck waits for the end.
pub(super) fn run(
    command: &[OsString],
    surroundings: &Surroundings,
    signals: Receiver<net::Signal>,
) -> Result<Exit> {
    let mut child = start(command, surroundings)?;
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    // Empty once COMMAND is over: its number may then be somebody else's.
    let alive = Arc::new(Mutex::new(pid));
    let told = Arc::clone(&alive);
    // The thread ends with the process at the latest: nobody else waits for it.
    thread::spawn(move || {
        for signal in signals {
            let passed_on = match signal {
                net::Signal::CtrlC => continue,
                net::Signal::Interrupt => Signal::INT,
                net::Signal::Terminate => Signal::TERM,
            };
            let alive = told.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(pid) = *alive {
                // It may have ended this moment.
                let _ = kill_process(pid, passed_on);
            }
        }
    });
    if let Some(pid) = pid {
        // Waits without taking its number away.
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while matches!(waitid(WaitId::Pid(pid), options), Err(Errno::INTR)) {}
    }
    *alive.lock().unwrap_or_else(PoisonError::into_inner) = None;
    let status = child.wait().map_err(|cause| failed(command, "wait for").because(cause))?;
    if status.success() {
        return Ok(Exit::Held);
    }
    let by_signal =
        std::os::unix::process::ExitStatusExt::signal(&status).map(|signal| 128 + signal);
    let code = status.code().or(by_signal).and_then(|code| u8::try_from(code).ok());
    Ok(Exit::Command(code.unwrap_or(u8::MAX)))
}

fn start(command: &[OsString], surroundings: &Surroundings) -> Result<Child> {
    let (program, arguments) = command
        .split_first()
        .ok_or_else(|| Error::new(Kind::Usage, "failed to run a command: none is given"))?;
    let mut started = Command::new(program);
    started.args(arguments);
    for (name, value) in surroundings.variables(env::vars_os()) {
        match value {
            Some(value) => started.env(name, value),
            None => started.env_remove(name),
        };
    }
    started.spawn().map_err(|cause| {
        failed(command, "run")
            .because(cause)
            .hint("check that the program exists and is on the PATH")
    })
}

fn failed(command: &[OsString], verb: &str) -> Error {
    let program = command.first().map(|program| program.to_string_lossy()).unwrap_or_default();
    Error::new(Kind::Environment, format!("failed to {verb} `{program}`"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn environment(
        surroundings: &Surroundings,
        present: &[(&str, &str)],
    ) -> BTreeMap<String, String> {
        let mut all: BTreeMap<_, _> =
            present.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let given = present.iter().map(|(name, value)| (name.into(), value.into()));
        for (name, value) in surroundings.variables(given) {
            let name = name.into_string().unwrap();
            match value {
                Some(value) => all.insert(name, value.into_string().unwrap()),
                None => all.remove(&name),
            };
        }
        all
    }

    #[test]
    fn nothing_of_a_real_workspace_is_left() {
        let surroundings = Surroundings {
            url: "http://127.0.0.1:8421".into(),
            admin: Some("http://127.0.0.1:8422".into()),
            token: Some("deck".into()),
            authority: Some("/tmp/deck.pem".into()),
            as_http_proxy: false,
            hidden: Some("WORKSPACE_TOKEN".into()),
        };
        let seen = environment(
            &surroundings,
            &[
                ("DATABRICKS_HOST", "https://real.example"),
                ("DATABRICKS_TOKEN", "secret"),
                ("DATABRICKS_CLIENT_SECRET", "secret"),
                ("ARM_CLIENT_SECRET", "secret"),
                ("WORKSPACE_TOKEN", "secret"),
                ("NO_PROXY", "intranet"),
                ("PATH", "/bin"),
            ],
        );
        insta::assert_debug_snapshot!(seen, @r#"
        {
            "DATABRICKS_AUTH_TYPE": "pat",
            "DATABRICKS_CONFIG_FILE": "/dev/null",
            "DATABRICKS_HOST": "http://127.0.0.1:8421",
            "DATABRICKS_TOKEN": "deck",
            "JOBDECK_ADMIN_URL": "http://127.0.0.1:8422",
            "NODE_EXTRA_CA_CERTS": "/tmp/deck.pem",
            "NO_PROXY": "intranet,127.0.0.1,localhost,::1",
            "PATH": "/bin",
            "REQUESTS_CA_BUNDLE": "/tmp/deck.pem",
            "SSL_CERT_FILE": "/tmp/deck.pem",
            "no_proxy": "intranet,127.0.0.1,localhost,::1",
        }
        "#);
    }

    #[test]
    fn a_recording_leaves_the_users_token_and_can_be_a_proxy() {
        let surroundings = Surroundings {
            url: "http://127.0.0.1:1".into(),
            admin: None,
            token: None,
            authority: None,
            as_http_proxy: true,
            hidden: None,
        };
        let seen = environment(
            &surroundings,
            &[("DATABRICKS_TOKEN", "mine"), ("JOBDECK_ADMIN_URL", "http://127.0.0.1:9")],
        );
        assert_eq!(seen["DATABRICKS_TOKEN"], "mine");
        assert_eq!(seen["DATABRICKS_HOST"], "http://workspace.test");
        assert_eq!(seen["http_proxy"], "http://127.0.0.1:1");
        assert!(!seen.contains_key("JOBDECK_ADMIN_URL"), "that is of another deck");
    }
}
