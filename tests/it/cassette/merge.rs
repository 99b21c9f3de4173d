//! `jobdeck cassette merge`.

use std::fs;

use super::{committed, run, said};

#[test]
fn recordings_become_one() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (one, two) = (committed("quickstart.json"), committed("all-endpoints.json"));
    let (_, told) = said(&run(folder, &["merge", &one, &two, "-o", "x.json"]), 2);
    assert!(told.contains("http://127.0.0.1:") && told.contains("--force"), "{told}");
    assert!(!folder.join("x.json").exists());
    said(&run(folder, &["merge", &one, &two, "-o", "x.json", "--force"]), 0);
    let (verified, _) = said(&run(folder, &["verify", "x.json"]), 0);
    assert!(verified.contains("57 exchanges"), "{verified}");

    said(&run(folder, &["merge", &one, &one, "-o", "x.json"]), 2);
    fs::copy(&one, folder.join("y.json")).unwrap();
    said(&run(folder, &["merge", "y.json", "y.json", "-o", "y.json"]), 0);
    let (verified, _) = said(&run(folder, &["verify", "y.json"]), 0);
    assert!(verified.contains("30 exchanges"), "{verified}");
    said(&run(folder, &["merge", "y.json", "absent.json", "-o", "z.json"]), 3);
    said(&run(folder, &["merge", "y.json", "-o", "z.json"]), 2);
}
