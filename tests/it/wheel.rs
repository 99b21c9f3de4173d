//! The wheel that holds the binary, as somebody without Rust uses it.

use std::{fs, path::Path, process::Command};

use crate::{
    clients::installed::{Packages, run},
    deck::{files, output, project},
};

/// What builds the wheel.
static MATURIN: Packages = Packages::new("maturin-1.16.0", &["maturin==1.16.0"]);

/// Runs pytest in a folder, with what an environment holds; gives whether all passed, and what it said.
fn pytest(environment: &Path, folder: &Path) -> (bool, String) {
    let bin = environment.join("bin");
    let path = std::env::var("PATH").unwrap_or_default();
    let mut pytest = Command::new(bin.join("pytest"));
    pytest.args(["-q", "-p", "no:cacheprovider", "tests/clients/pytest"]).current_dir(folder);
    pytest.env("PATH", format!("{}:{path}", bin.display())).env("PYTHONDONTWRITEBYTECODE", "1");
    let ended = output(&mut pytest);
    (ended.status.success(), String::from_utf8_lossy(&ended.stdout).into_owned())
}

#[test]
#[ignore = "links the binary once more, which takes a while; .ci/run asks for it"]
fn a_wheel_brings_the_deck_to_pytest() {
    let Some(maturin) = MATURIN.folder() else { return };
    let folder = tempfile::tempdir().unwrap();
    let wheels = folder.path().join("wheels");
    // Of the profile of the tests, so that nothing else is compiled again.
    let mut build = Command::new(maturin.join("bin/maturin"));
    build.args(["build", "--locked", "--profile", "dev", "--out"]).arg(&wheels);
    for (name, _) in std::env::vars_os() {
        // What cargo told this test of its package makes build scripts run again, and all behind them compile.
        if ["CARGO_PKG_", "CARGO_MANIFEST_"].iter().any(|of| name.to_string_lossy().starts_with(of))
        {
            build.env_remove(name);
        }
    }
    run(build.current_dir(project())).unwrap();

    let environment = folder.path().join("environment");
    run(Command::new("python3").args(["-m", "venv"]).arg(&environment)).unwrap();
    let mut pip = Command::new(environment.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "pytest==9.2.0"]);
    run(pip.args(files(&wheels))).unwrap();

    let version = output(Command::new(environment.join("bin/jobdeck")).arg("--version"));
    let expected = concat!("jobdeck ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(String::from_utf8_lossy(&version.stdout), expected);

    let (held, told) = pytest(&environment, &project());
    assert!(held && told.contains("1 passed"), "{told}");

    // The same for a program that asks for something else.
    let changed = folder.path().join("tests/clients/pytest");
    fs::create_dir_all(&changed).unwrap();
    fs::create_dir(folder.path().join("cassettes")).unwrap();
    for name in ["cassettes/quickstart.json", "tests/clients/pytest/conftest.py"] {
        fs::copy(project().join(name), folder.path().join(name)).unwrap();
    }
    let tests = fs::read_to_string(project().join("tests/clients/pytest/test_jobs.py")).unwrap();
    fs::write(changed.join("test_jobs.py"), tests.replace("\"nightly\"", "\"weekly\"")).unwrap();
    let (held, told) = pytest(&environment, folder.path());
    let miss = "The nearest is exchange 1, which differs in `/name` (asked \"weekly\"";
    assert!(!held && told.contains(miss), "{told}");
}
