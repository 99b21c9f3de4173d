//! `jobdeck cassette prune`.

use std::{fs, path::Path};

use super::{committed, run, said};
use crate::{deck::Deck, http::send};

const CREATE: &str = r#"{"name": "nightly", "existing_cluster_id": "1201-my-cluster", "notebook_task": {"notebook_path": "/jobdeck/exit/42 rows"}}"#;

/// Replays a cassette to a client that only makes the job and removes it; the exit code.
fn replay(folder: &Path, cassette: &str, receipt: &str) -> Option<i32> {
    let receipt = folder.join(receipt);
    let deck =
        Deck::start(["replay", cassette, "--strict", "--receipt", receipt.to_str().unwrap()]);
    let token = "authorization: Bearer x\r\n";
    for (path, body) in [("create", CREATE), ("delete", r#"{"job_id": 1}"#)] {
        let path = format!("/api/2.0/jobs/{path}");
        assert_eq!(send(&deck.url, "POST", &path, token, body).unwrap().0, 200);
    }
    deck.stop().code
}

#[test]
fn what_was_never_asked_for_goes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let quickstart = committed("quickstart.json");
    assert_eq!(replay(folder, &quickstart, "receipt.json"), Some(1));
    let prune = ["prune", &quickstart, "--receipt", "receipt.json", "-o", "less.json"];
    let (_, told) = said(&run(folder, &prune), 0);
    assert!(told.contains("dropped: POST jobs/run-now, exchange 2\n"), "{told}");
    assert!(told.ends_with("13 dropped, 2 exchanges kept in less.json\n"), "{told}");
    let less = folder.join("less.json");
    assert_eq!(replay(folder, less.to_str().unwrap(), "again.json"), Some(0));

    // Nothing is left to drop, and a receipt is good for its own cassette only.
    let text = fs::read_to_string(&less).unwrap();
    said(&run(folder, &["prune", "less.json", "--receipt", "again.json"]), 0);
    assert_eq!(fs::read_to_string(&less).unwrap(), text);
    let (_, told) = said(&run(folder, &["prune", "less.json", "--receipt", "receipt.json"]), 2);
    assert!(told.contains("the receipt of another cassette"), "{told}");
    said(&run(folder, &prune), 2);
    fs::write(folder.join("bad.json"), "{\"served\": 1}").unwrap();
    for receipt in ["bad.json", "absent.json", ".", "less.json"] {
        said(&run(folder, &["prune", "less.json", "--receipt", receipt]), 2);
    }
    said(&run(folder, &["prune", "absent.json", "--receipt", "again.json"]), 3);
}
