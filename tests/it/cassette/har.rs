//! `jobdeck cassette export` and `import`.

use std::{fs, process::Command};

use super::{committed, run, said};
use crate::{clients::installed::MITMPROXY, deck::output};

#[test]
fn an_archive_of_a_cassette_gives_the_cassette_back() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let quickstart = committed("quickstart.json");
    let (_, told) = said(&run(folder, &["export", &quickstart, "-o", "x.har"]), 0);
    assert_eq!(told, "15 exchanges in x.har\n");
    said(&run(folder, &["export", &quickstart, "-o", "x.har"]), 2);
    said(&run(folder, &["import", "x.har", "-o", "back.json"]), 0);
    assert_eq!(
        fs::read_to_string(folder.join("back.json")).unwrap(),
        fs::read_to_string(&quickstart).unwrap()
    );
    said(&run(folder, &["import", "x.har", "-o", "back.json"]), 2);
    let (text, _) = said(&run(folder, &["import", "x.har", "-o", "-"]), 0);
    assert_eq!(text, fs::read_to_string(&quickstart).unwrap());
}

#[test]
fn mitmproxy_reads_what_is_exported_and_what_it_writes_is_imported() {
    let Some(environment) = MITMPROXY.folder() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for name in ["quickstart", "all-endpoints", "databricks-cli", "documented-examples"] {
        let cassette = committed(&format!("{name}.json"));
        let archive = format!("{name}.har");
        said(&run(folder, &["export", &cassette, "-o", &archive]), 0);
        let mut mitmdump = Command::new(environment.join("bin/mitmdump"));
        mitmdump.args(["--set", "hardump=again.har", "-nr", &archive]).current_dir(folder);
        let (flows, told) = said(&output(mitmdump.env("HOME", folder)), 0);
        let (table, _) = said(&run(folder, &["show", &cassette]), 0);
        let exchanges = table.lines().count() - 1;
        assert_eq!(
            flows.lines().filter(|line| line.contains(" << ")).count(),
            exchanges,
            "{flows}{told}"
        );

        // Only the times differ, which mitmproxy rounds.
        said(&run(folder, &["import", "again.har", "-o", "again.json", "--force"]), 0);
        let (table_again, _) = said(&run(folder, &["show", "again.json"]), 0);
        let said_of = |table: &str| -> Vec<String> {
            let lines = table.lines().skip(1).map(|line| {
                let words: Vec<_> = line.split_whitespace().collect();
                [&words[2..5], &words[6..]].concat().join(" ")
            });
            lines.collect()
        };
        assert_eq!(said_of(&table_again), said_of(&table), "{name}");
    }
}

#[test]
fn no_secret_of_an_archive_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let archive = r#"{"log": {"entries": [
        {"request": {"method": "GET", "url": "https://adb-1.2.azuredatabricks.net/api/2.0/jobs/list",
            "headers": [{"name": "Authorization", "value": "Bearer dapi0123456789abcdef0123456789abcdef"},
                        {"name": "x-ticket", "value": "ticket-of-mine"}]},
         "response": {"status": 200, "content": {"text": "{\"pin\": \"pin-of-mine\"}"}}},
        {"request": {"method": "GET", "url": "https://other.example/"}}]}}"#;
    fs::write(folder.join("x.har"), archive).unwrap();
    let import =
        ["import", "x.har", "-o", "x.json", "--redact-header", "x-ticket", "--redact-json", "pin"];
    let (_, told) = said(&run(folder, &import), 0);
    assert_eq!(told, "1 exchanges in x.json\nleft out: 1 with https://other.example\n");
    let text = fs::read_to_string(folder.join("x.json")).unwrap();
    for secret in ["dapi0", "adb-1", "of-mine"] {
        assert!(!text.contains(secret), "{text}");
    }
    said(&run(folder, &["verify", "x.json"]), 0);

    for (name, code) in [("absent.har", 3), (".", 3), ("x.json", 3)] {
        said(&run(folder, &["import", name, "-o", "y.json"]), code);
        assert!(!folder.join("y.json").exists());
    }
    said(&run(folder, &["import", "x.har", "-o", "y.json", "--host", "nobody"]), 2);
}
