//! `jobdeck cassette diff`.

use std::fs;

use super::{committed, run, said};
use crate::deck::project;

#[test]
fn what_differs_is_told_by_words_and_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let quickstart = committed("quickstart.json");
    let (same, _) = said(&run(folder, &["diff", &quickstart, &quickstart]), 0);
    assert_eq!(same, "0 changed, 0 gone, 0 new, 9 the same\n");

    let text = fs::read_to_string(project().join("cassettes/quickstart.json")).unwrap();
    fs::write(folder.join("other.json"), text.replace("42 rows", "41 rows")).unwrap();
    said(&run(folder, &["verify", "--reseal", "other.json"]), 0);
    let (told, _) = said(&run(folder, &["diff", &quickstart, "other.json"]), 1);
    insta::assert_snapshot!(told, @r#"
    changed: POST jobs/create (exchange 1, now 1)
      ~ /request/body/notebook_task/notebook_path: "/jobdeck/exit/42 rows" -> "/jobdeck/exit/41 rows"
    changed: GET jobs/runs/get, run 1000001 (exchange 3, now 3, and 3 more alike)
      ~ /response/body/task/notebook_task/notebook_path: "/jobdeck/exit/42 rows" -> "/jobdeck/exit/41 rows"
    changed: GET jobs/runs/get-output, run 1000001 (exchange 13, now 13)
      ~ /response/body/metadata/task/notebook_task/notebook_path: "/jobdeck/exit/42 rows" -> "/jobdeck/exit/41 rows"
      ~ /response/body/notebook_output/result: "42 rows" -> "41 rows"
    6 changed, 0 gone, 0 new, 3 the same
    "#);
    let (json, _) = said(&run(folder, &["diff", &quickstart, "other.json", "--format", "json"]), 1);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["changed"][0]["fields"][0]["change"], "changed");

    said(&run(folder, &["diff", &quickstart, "other.json", "-o", "diff.txt"]), 1);
    assert_eq!(fs::read_to_string(folder.join("diff.txt")).unwrap(), told);
    said(&run(folder, &["diff", &quickstart, "other.json", "-o", "diff.txt"]), 2);
    said(&run(folder, &["diff", &quickstart, &quickstart, "-o", "diff.txt", "--force"]), 0);
    assert_eq!(fs::read_to_string(folder.join("diff.txt")).unwrap(), same);
}

#[test]
fn no_recorded_string_steers_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let quickstart = committed("quickstart.json");
    let text = fs::read_to_string(&quickstart).unwrap();
    fs::write(folder.join("other.json"), text.replace("42 rows", "\u{9b}31m\u{7f}")).unwrap();
    said(&run(folder, &["verify", "--reseal", "other.json"]), 0);
    for format in ["text", "json"] {
        let (told, _) =
            said(&run(folder, &["diff", &quickstart, "other.json", "--format", format]), 1);
        assert!(told.contains("\\u009b31m\\u007f"), "{told}");
        assert!(!told.contains(|letter: char| letter.is_control() && letter != '\n'), "{told}");
    }
}

#[test]
fn what_cannot_be_read_cannot_be_compared() {
    let folder = tempfile::tempdir().unwrap();
    let quickstart = committed("quickstart.json");
    fs::write(folder.path().join("cut.json"), "{\"jobdeck\": 1,").unwrap();
    for name in ["cut.json", "absent.json"] {
        said(&run(folder.path(), &["diff", &quickstart, name]), 3);
        said(&run(folder.path(), &["diff", name, &quickstart]), 3);
    }
}
