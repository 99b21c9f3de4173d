//! A replay reaches nobody: neither the deck nor the COMMAND that it runs, whatever its environment knew.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpListener},
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use regex::Regex;

use crate::{
    clients::installed::{DATABRICKS_CLI, DATABRICKS_SDK, has},
    deck::{jobdeck, output, project},
};

/// Creates the job of the cassette, then asks for one that is not there.
const HIT_AND_MISS: &str = r#"
    databricks jobs create --json '{
        "name": "nightly",
        "existing_cluster_id": "1201-my-cluster",
        "notebook_task": {"notebook_path": "/jobdeck/exit/done"}
    }' || exit 9
    databricks jobs get --job-id 99 && exit 9
    true"#;

fn cassette() -> String {
    project().join("cassettes/databricks-cli.json").to_str().unwrap().to_owned()
}

/// The PATH on which the commands of these packages come first.
fn path(packages: &Path) -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    format!("{}:{path}", packages.join("bin").display())
}

#[test]
fn a_replay_and_its_command_connect_to_the_deck_alone() {
    let Some(packages) = DATABRICKS_CLI.folder().filter(|_| has("strace")) else { return };
    let folder = tempfile::tempdir().unwrap();
    let calls = folder.path().join("calls");
    let deck = jobdeck(["replay", &cassette(), "--listen", "127.0.0.1:0", "--as-http-proxy"]);
    let mut traced = Command::new("strace");
    traced.args(["-f", "-qq", "-e", "trace=connect", "-o"]).arg(&calls);
    traced.arg(deck.get_program()).args(deck.get_args());
    traced.args(["--", "sh", "-c", HIT_AND_MISS]);
    let ended = output(traced.env("PATH", path(packages)).env("HOME", folder.path()));
    let told = String::from_utf8_lossy(&ended.stderr);
    assert!(told.contains("served 1, approximate 0, missed 1"), "{told}");
    // The miss, which COMMAND passed over.
    assert_eq!(ended.status.code(), Some(1), "{told}");

    let port = Regex::new(r"listening on http://127\.0\.0\.1:(\d+)").unwrap();
    let port = &port.captures(&told).unwrap()[1];
    let deck = format!("sin_port=htons({port}), sin_addr=inet_addr(\"127.0.0.1\")");
    let calls = fs::read_to_string(&calls).unwrap();
    let network: Vec<_> = calls.lines().filter(|call| call.contains("AF_INET")).collect();
    assert_eq!(network.len(), 2, "{calls}");
    assert!(network.iter().all(|call| call.contains(&deck)), "{calls}");
}

/// What plays the real workspace, and counts who comes.
struct Workspace {
    port: u16,
    came: Arc<AtomicUsize>,
}

impl Workspace {
    fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let came = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&came);
        // It listens as long as the process lives.
        thread::spawn(move || {
            for stream in listener.incoming() {
                counted.fetch_add(1, Ordering::SeqCst);
                let mut stream = stream.unwrap();
                // Whoever goes away meanwhile has come.
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}",
                );
            }
        });
        Self { port, came }
    }

    /// How many connections it saw while this ran.
    fn sees(&self, run: impl FnOnce()) -> usize {
        let before = self.came.load(Ordering::SeqCst);
        run();
        self.came.load(Ordering::SeqCst) - before
    }

    /// All that a user's environment may know of it: also as the proxy on the way to it, which is how a
    /// client reaches it that drops the port of a host.
    fn known(&self, command: &mut Command, home: &Path) {
        let url = format!("http://127.0.0.1:{}", self.port);
        let profile = format!("host = {url}\ntoken = dapi-of-the-file\n");
        fs::write(home.join(".databrickscfg"), format!("[DEFAULT]\n{profile}[real]\n{profile}"))
            .unwrap();
        command.env("HOME", home).envs([
            ("DATABRICKS_HOST", &*url),
            ("DATABRICKS_TOKEN", "dapi-of-the-environment"),
            ("DATABRICKS_AUTH_TYPE", "pat"),
            ("DATABRICKS_CONFIG_PROFILE", "real"),
            ("DATABRICKS_CLIENT_ID", "client"),
            ("DATABRICKS_CLIENT_SECRET", "secret"),
            ("ARM_TENANT_ID", "tenant"),
            ("ARM_CLIENT_ID", "client"),
            ("ARM_CLIENT_SECRET", "secret"),
            ("http_proxy", &url),
            ("HTTP_PROXY", &url),
            ("ALL_PROXY", &url),
        ]);
        let config = home.join(".databrickscfg");
        command.env("DATABRICKS_CONFIG_FILE", config);
    }
}

#[test]
fn a_command_that_knows_a_real_workspace_does_not_reach_it() {
    let workspace = Workspace::start();
    let by_default = "from databricks.sdk import WorkspaceClient as W; \
        W().api_client.do('GET', '/api/2.0/jobs/list')";
    let by_profile = by_default.replace("W()", "W(profile='real')");
    // What each comes to with the deck in place: it is asked, or the profile is not found.
    let cases: [(_, &[&str], &[&str], _); 4] = [
        (&DATABRICKS_CLI, &["--as-http-proxy"], &["databricks", "jobs", "list"], "served 1"),
        (
            &DATABRICKS_CLI,
            &["--as-http-proxy"],
            &["databricks", "jobs", "list", "--profile", "real"],
            "served 0, approximate 0, missed 0",
        ),
        (&DATABRICKS_SDK, &[], &["python", "-c", by_default], "missed 1"),
        (&DATABRICKS_SDK, &[], &["python", "-c", &by_profile], "no real profile configured"),
    ];
    for (packages, options, client, comes_to) in cases {
        let Some(packages) = packages.folder() else { continue };
        let folder = tempfile::tempdir().unwrap();
        let run = |mut command: Command| {
            command.env("PATH", path(packages));
            workspace.known(&mut command, folder.path());
            output(&mut command)
        };
        let seen = workspace.sees(|| {
            let mut alone = Command::new(packages.join("bin").join(client[0]));
            alone.args(&client[1..]);
            run(alone);
        });
        assert!(seen > 0, "without a deck {client:?} should reach the workspace");
        let seen = workspace.sees(|| {
            let mut replay = jobdeck(["replay", &cassette(), "--listen", "127.0.0.1:0"]);
            replay.args(options).arg("--").args(client);
            let ended = run(replay);
            let told = String::from_utf8_lossy(&ended.stderr);
            assert!(told.contains(comes_to), "{client:?}: {told}");
        });
        assert_eq!(seen, 0, "{client:?} reached the workspace");
    }
}
