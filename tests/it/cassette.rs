//! `jobdeck cassette`: what its commands say, leave behind and end with.

mod diff;
mod har;
mod merge;
mod prune;
mod redact;
mod show;

use std::{fs, path::Path, process::Output};

use crate::deck::{jobdeck, output, project};

/// A cassette that comes with the project.
fn committed(name: &str) -> String {
    project().join("cassettes").join(name).to_str().unwrap().to_owned()
}

/// Runs a command on cassettes in a folder.
fn run(folder: &Path, arguments: &[&str]) -> Output {
    output(jobdeck(["cassette"]).args(arguments).current_dir(folder))
}

/// What a command said, after it ended with this code.
#[track_caller]
fn said(ended: &Output, code: i32) -> (String, String) {
    let [stdout, stderr] =
        [&ended.stdout, &ended.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert_eq!(ended.status.code(), Some(code), "{stdout}{stderr}");
    (stdout, stderr)
}

/// What a recorder leaves behind that is killed after its first exchange.
const JOURNAL: &str = r#"{"jobdeck":1,"mode":"all","recorded":"2026-11-23T10:00:00Z","upstream":"http://127.0.0.1:1","redaction":{"policy":"default@1","rules":[]},"process":1}
{"seq":1,"connection":1,"at_us":0,"took_us":1,"request":{"method":"GET","target":"/x","headers":[]},"outcome":"client-aborted"}
"#;

#[test]
fn what_is_there_is_not_lost_to_a_recovery() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let journal = || {
        fs::write(folder.join("x.json.partial"), JOURNAL).unwrap();
    };
    journal();
    fs::write(folder.join("old.json"), "older").unwrap();
    let (_, told) = said(&run(folder, &["recover", "x.json", "-o", "old.json"]), 2);
    assert!(told.contains("is there already") && told.contains("--force"), "{told}");
    assert_eq!(fs::read_to_string(folder.join("old.json")).unwrap(), "older");
    let (path, _) = said(&run(folder, &["recover", "x.json", "-o", "new.json"]), 0);
    assert_eq!(path, "new.json\n");
    said(&run(folder, &["verify", "new.json"]), 0);
    assert!(!folder.join("x.json.partial").exists());
    journal();
    said(&run(folder, &["recover", "x.json", "-o", "old.json", "--force"]), 0);
    said(&run(folder, &["verify", "old.json"]), 0);
    said(&run(folder, &["recover", "x.json", "-o", "-"]), 2);
}

#[test]
fn what_may_be_a_secret_by_its_name_is_warned_of_until_it_is_taken_out() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let whole = fs::read_to_string(committed("quickstart.json")).unwrap();
    let edited = whole.replacen("\"job_id\": 1", "\"job_id\": 1, \"db_password\": \"hunter2\"", 1);
    assert_ne!(edited, whole);
    fs::write(folder.join("x.json"), edited).unwrap();
    let (sound, told) = said(&run(folder, &["verify", "--reseal", "x.json"]), 0);
    assert!(sound.contains("sound"), "{sound}");
    let place = "/response/body/db_password: may be a secret by its name";
    assert!(told.starts_with("warning: exchange 1, ") && told.contains(place), "{told}");
    assert!(told.contains("--redact-json db_password") && !told.contains("hunter2"), "{told}");
    said(&run(folder, &["redact", "x.json", "--redact-json", "db_password"]), 0);
    let (_, told) = said(&run(folder, &["verify", "x.json"]), 0);
    assert_eq!(told, "");
}
