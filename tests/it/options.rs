//! Values of options that could never mean anything: refused before anything starts, with what is wrong.

use crate::deck::{jobdeck, output, project};

/// The verb, the option, its value, and what is said of it.
const REFUSED: [(&str, &str, &str, &str); 43] = [
    ("record", "--upstream", "http://x:99999", "its port is none from 1 to 65535"),
    ("record", "--upstream", "http://x:0", "its port is none from 1 to 65535"),
    ("record", "--upstream", "http://x:", "its port is none from 1 to 65535"),
    ("record", "--upstream", "http://x/#a", "it has a fragment"),
    ("record", "--upstream", "http://x/?a", "it has a query"),
    ("record", "--upstream", "http://me:hunter2@x", "it holds credentials"),
    ("record", "--upstream", "http://a..b", "neither a name nor an address"),
    ("record", "--upstream", "x.example", "begins neither with https:// nor with http://"),
    ("record", "--upstream", "", "it is no URL"),
    ("record", "--allow-write", "[", "no path holds '['"),
    ("record", "--allow-write", "jobs/[cd]*", "no path holds '['"),
    ("record", "--allow-write", "jobs/?elete", "no path holds '?'"),
    ("record", "--allow-write", "x/", "no endpoint has such a path"),
    ("record", "--allow-write", "create", "no endpoint has such a path"),
    ("record", "--allow-write", "api/2.0/jobs/create", "no endpoint has such a path"),
    ("record", "--allow-write", "ALL", "`all` and `none` are written so"),
    ("record", "--allow-write", "all,jobs/create", "`all` and `none` stand alone"),
    ("record", "--allow-write", "jobs/create,", "a pattern is not empty"),
    ("record", "--allow-write", "jobs/creat", "no endpoint that writes has such a path"),
    ("record", "--allow-write", "JOBS/create", "no endpoint that writes has such a path"),
    ("record", "--allow-write", "/api/2.0/jobs/get", "no endpoint that writes has such a path"),
    ("record", "--redact-regex", ".+", "it matches whatever is there"),
    ("record", "--redact-regex", "[^x]+", "it matches whatever is there"),
    ("record", "--redact-regex", "", "it matches where nothing is"),
    ("record", "--redact-regex", "a*", "it matches where nothing is"),
    ("record", "--redact-regex", r"\b", "it matches where nothing is"),
    ("record", "--redact-regex", "(", "unclosed group"),
    ("record", "--redact-header", "a b", "invalid HTTP header name"),
    ("record", "--max-recorded-body", "1kb", "a number with KiB, MiB or GiB"),
    ("record", "--idle-timeout", "5", "such as 500ms, 30s or 5m"),
    ("record", "--volatile", "run_name", "a JSON pointer"),
    ("replay", "--volatile", "/a~2", "~0 stands for ~"),
    ("replay", "--latency", "scale=-1", "a number from 0 to 1000"),
    ("serve", "--listen", "8421", "an IP address and a port"),
    ("serve", "--listen", "localhost:8421", "an IP address and a port"),
    ("serve", "--admin", "127.0.0.1:99999", "a port up to 65535"),
    ("serve", "--host-alias", "http://deck.example", "a name alone"),
    ("serve", "--host-alias", "deck.example:80", "a name alone"),
    ("serve", "--host-alias", "", "a name alone"),
    ("serve", "--token", "", "no blanks"),
    ("serve", "--token", "a b", "no blanks"),
    ("serve", "--clock", "fast=0", "a whole number from 1"),
    ("check", "--base-path", "api", "it does not start with a slash"),
];

#[test]
fn what_could_never_mean_anything_is_a_usage_error_that_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let quickstart = project().join("cassettes/quickstart.json");
    for (verb, option, value, why) in REFUSED {
        let mut command = jobdeck([verb]);
        match verb {
            "record" if option == "--upstream" => command.arg("x.json"),
            "record" => command.args(["x.json", "--upstream", "workspace"]),
            "replay" => command.arg(&quickstart),
            "check" => command.arg("http://127.0.0.1:1"),
            _ => &mut command,
        };
        command.arg(format!("{option}={value}")).current_dir(folder.path());
        if verb != "check" {
            // Whatever is not refused ends at once.
            command.args(["--", "true"]);
        }
        let refused = output(&mut command);
        let said = String::from_utf8_lossy(&refused.stderr);
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(refused.status.code(), Some(2), "{option} {value}: {said}");
        assert!(said.contains(why), "{option} {value}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}
