//! `jobdeck cassette redact`.

use std::{fs, os::unix::fs::PermissionsExt as _};

use super::{run, said};

/// A recording that was made before there was any rule.
const PLAIN: &str = r#"{
  "jobdeck": 1, "recorded": "2026-11-23T10:00:00Z", "upstream": "https://adb-7.1.azuredatabricks.net",
  "redaction": {"policy": "none", "rules": []},
  "exchanges": [
    {"seq": 1, "connection": 1, "at_us": 0, "took_us": 1,
     "request": {"method": "GET", "target": "/x?note=long-secret-of-mine", "headers": [["x-ticket", "ticket-of-mine"]]},
     "response": {"status": 200, "headers": [], "body": {"json": {"pin": "4711", "note": "order-12 of a@b.com"}}},
     "outcome": "complete"},
    {"seq": 2, "connection": 1, "at_us": 9, "took_us": 1,
     "request": {"method": "GET", "target": "/y", "headers": [["authorization", "Bearer long-secret-of-mine"]]},
     "outcome": "upstream-failed"}
  ]
}"#;

#[test]
fn a_recording_is_redacted_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let path = folder.join("x.json");
    fs::write(&path, PLAIN).unwrap();
    said(&run(folder, &["redact", "x.json"]), 3);
    assert_eq!(fs::read_to_string(&path).unwrap(), PLAIN);
    said(&run(folder, &["verify", "--reseal", "x.json"]), 1);

    let (_, told) = said(&run(folder, &["redact", "x.json", "-o", "y.json"]), 0);
    assert_eq!(told, "4 places redacted in y.json\n");
    let text = fs::read_to_string(folder.join("y.json")).unwrap();
    assert!(!text.contains("long-secret") && !text.contains("adb-7") && !text.contains("a@b"));
    assert!(
        text.contains("\"policy\": \"default@1\"") && text.contains("ticket-of-mine"),
        "{text}"
    );
    said(&run(folder, &["verify", "y.json"]), 0);

    // More rules, in place, go on with the numbers that are there.
    let more = ["redact", "y.json", "--redact-header", "x-ticket", "--redact-json", "pin"];
    let more = [&more[..], &["--redact-regex", "order-[0-9]+"]].concat();
    let (_, told) = said(&run(folder, &more), 0);
    assert_eq!(told, "3 places redacted in y.json\n");
    let text = fs::read_to_string(folder.join("y.json")).unwrap();
    insta::assert_snapshot!(text, @r#"
    {
      "jobdeck": 1,
      "recorded": "2026-11-23T10:00:00Z",
      "upstream": "https://host-1.jobdeck.invalid",
      "redaction": {"policy": "default@1", "rules": ["credential-headers", "credential-parameters", "credential-members", "secret-fields", "databricks-token", "jwt", "signature", "cloud-key", "private-key", "bearer", "url-password", "seen-elsewhere", "user-names", "emails", "hosts", "organization-ids", "unreadable-encoding", "custom"]},
      "exchanges": [
        {
          "seq": 1, "connection": 1, "at_us": 0, "took_us": 1,
          "request": {
            "method": "GET", "target": "/x?note=token-1",
            "headers": [
              ["x-ticket", "token-2"]
            ]
          },
          "response": {
            "status": 200,
            "headers": [],
            "body": {
              "json": {
                "pin": "token-3",
                "note": "token-4 of user-1@jobdeck.invalid"
              }
            }
          },
          "redacted": ["/response/body/note", "/request/target", "/request/headers/x-ticket", "/response/body/pin"],
          "outcome": "complete"
        },
        {
          "seq": 2, "connection": 1, "at_us": 9, "took_us": 1,
          "request": {
            "method": "GET", "target": "/y",
            "headers": [
              ["authorization", "Bearer token-1"]
            ]
          },
          "redacted": ["/request/headers/authorization"],
          "outcome": "upstream-failed"
        }
      ],
      "seal": {"exchanges": 2, "sha256": "afc67c4dc9800dae3bf52689d82254b813860416d8f1f0ed8d51e33a536ebf4e"}
    }
    "#);

    let (_, told) = said(&run(folder, &more), 0);
    assert_eq!(told, "0 places redacted in y.json\n");
    assert_eq!(fs::read_to_string(folder.join("y.json")).unwrap(), text);
    fs::write(folder.join("there.json"), "").unwrap();
    said(&run(folder, &["redact", "y.json", "-o", "there.json"]), 2);
    said(&run(folder, &["redact", "y.json", "-o", "./y.json"]), 0);
}

#[test]
fn what_only_its_owner_could_read_stays_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.json");
    fs::write(&path, PLAIN).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    said(&run(folder.path(), &["verify", "--reseal", "x.json"]), 1);
    said(&run(folder.path(), &["redact", "x.json"]), 0);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}
