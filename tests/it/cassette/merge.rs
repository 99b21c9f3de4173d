//! `jobdeck cassette merge`.

use std::fs;

use super::{committed, run, said};

#[test]
fn recordings_become_one() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (one, two) = (committed("quickstart.json"), committed("all-endpoints.json"));
    // Both were made of a fresh workspace, each on a port of its own.
    let (_, told) = said(&run(folder, &["merge", &one, &two, "-o", "x.json"]), 2);
    assert!(told.contains("it makes job 1 ") && told.contains("--force"), "{told}");
    assert!(!folder.join("x.json").exists());
    said(&run(folder, &["merge", &one, &two, "-o", "x.json", "--force"]), 0);
    let (verified, _) = said(&run(folder, &["verify", "x.json"]), 0);
    assert!(verified.contains("57 exchanges"), "{verified}");

    fs::copy(&one, folder.join("y.json")).unwrap();
    said(&run(folder, &["merge", "y.json", "y.json", "-o", "y.json"]), 2);
    said(&run(folder, &["merge", "y.json", "y.json", "-o", "y.json", "--force"]), 0);
    let (verified, _) = said(&run(folder, &["verify", "y.json"]), 0);
    assert!(verified.contains("30 exchanges"), "{verified}");
    said(&run(folder, &["merge", "y.json", "absent.json", "-o", "z.json"]), 3);
    said(&run(folder, &["merge", "y.json", "-o", "z.json"]), 2);
}
