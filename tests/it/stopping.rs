//! Stop signals while COMMAND runs: it gets each of them once, and the deck waits for it.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use jobdeck::cassette::Cassette;
use rustix::process::{Pid, Signal, kill_process};

use crate::{
    deck::{jobdeck, project},
    http::call,
};

/// A COMMAND that tells the deck's URL and process, then every SIGINT, and ends with the first SIGTERM.
const COMMAND: &str = r#"
    trap 'kill $!; echo terminated; exit 0' TERM
    trap 'echo interrupted' INT
    sleep 60 >&- 2>&- &
    echo "$DATABRICKS_HOST"
    echo "$PPID"
    while :; do wait $!; done
"#;

/// A COMMAND that runs against its deck.
struct Running {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
    url: String,
    deck: Pid,
}

impl Running {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut line = || lines.next().unwrap().unwrap().trim().to_owned();
        let (url, deck) = (line(), line());
        let deck = Pid::from_raw(deck.parse().unwrap()).unwrap();
        Self { child, lines, url, deck }
    }

    /// Sends a signal to the deck alone.
    fn signal(&self, signal: Signal) {
        kill_process(self.deck, signal).unwrap();
    }

    /// What COMMAND tells next.
    fn told(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }

    /// The code of the deck, once it has ended.
    fn code(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

fn check(arguments: &[&str]) {
    let with_command = ["--listen", "127.0.0.1:0", "--", "sh", "-c", COMMAND];
    let mut running = Running::start(jobdeck(arguments.iter().chain(&with_command)));
    for _ in 0..2 {
        running.signal(Signal::INT);
        assert_eq!(running.told(), "interrupted");
        // The deck waits for COMMAND, and answers it.
        call(&running.url, "GET", "/api/2.0/jobs/list", "");
    }
    running.signal(Signal::TERM);
    assert_eq!(running.told(), "terminated");
    assert!(running.lines.next().is_none());
    let missed = i32::from(arguments[0] == "replay");
    assert_eq!(running.code(), Some(missed), "{arguments:?}");
}

fn recorded(folder: &Path) -> usize {
    Cassette::load(&folder.join("x.json")).unwrap().exchanges.len()
}

#[test]
fn what_is_sent_to_the_deck_is_passed_on_and_then_the_deck_ends_as_ever() {
    let folder = tempfile::tempdir().unwrap();
    let cassette = folder.path().join("x.json");
    check(&["record", cassette.to_str().unwrap(), "--upstream", "workspace"]);
    assert_eq!(recorded(folder.path()), 2);
    check(&["replay", project().join("cassettes/quickstart.json").to_str().unwrap()]);
    check(&["serve"]);
}

#[test]
fn a_terminals_interrupt_reaches_the_command_once() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("command.sh");
    fs::write(&script, COMMAND).unwrap();
    let arguments =
        ["record", "x.json", "--upstream", "workspace", "--listen", "127.0.0.1:0", "--", "sh"];
    let deck = jobdeck(arguments);
    let line = format!(
        "exec {} {} {} 2>stderr.txt",
        deck.get_program().display(),
        arguments.join(" "),
        script.display()
    );
    // Gives it a terminal of its own.
    let mut command = Command::new("script");
    command.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    command.current_dir(folder.path()).stdin(Stdio::piped());
    let mut running = Running::start(command);
    let mut keys = running.child.stdin.take().unwrap();
    call(&running.url, "GET", "/api/2.0/jobs/list", "");
    keys.write_all(b"\x03").unwrap();
    // The terminal shows the key.
    let told = running.told();
    assert!(told.ends_with("interrupted"), "{told:?}");
    // What comes next shows that nothing else came before.
    running.signal(Signal::TERM);
    assert_eq!(running.told(), "terminated");
    assert_eq!(running.code(), Some(0));
    assert_eq!(recorded(folder.path()), 1);
}
