//! Cassettes that something went wrong with: refused with the place, at a bounded price, and never a panic.

use std::{fs, path::Path, process::Command, sync::LazyLock};

use jobdeck::{
    cassette::{Cassette, recover},
    error::{Error, Kind},
};
use proptest::prelude::*;

use crate::deck::{output, project};

/// A sealed cassette of two exchanges, small enough to be damaged many thousand times.
static SEALED: LazyLock<(Cassette, String)> = LazyLock::new(|| {
    let mut cassette = Cassette::load(&project().join("cassettes/quickstart.json")).unwrap();
    cassette.exchanges.truncate(2);
    let text = cassette.to_text();
    (Cassette::parse(text.as_bytes(), "a.json").unwrap(), text)
});

/// What is wrong with these bytes.
#[track_caller]
fn refused(bytes: &[u8]) -> Error {
    let error = Cassette::parse(bytes, "a.json").expect_err("a damaged cassette");
    assert_eq!(error.kind(), Kind::Cassette, "{error}");
    // A file of another version, without a seal, or of another kind has no line to be told.
    let whole = ["is of version", "has no seal", "no cassette of jobdeck"];
    let told = error.to_string();
    let placed = told.starts_with("failed to read cassette `a.json:");
    assert!(placed || whole.iter().any(|cause| told.contains(cause)), "{error}");
    assert!(told.len() < 600, "{error}");
    error
}

#[test]
fn a_cassette_that_is_cut_anywhere_is_refused() {
    let (_, text) = &*SEALED;
    for end in 0..text.trim_end().len() {
        let cut = &text[..end];
        let told = refused(cut.as_bytes()).to_string();
        let line = cut.split('\n').count();
        assert!(told.contains(&format!("`a.json:{line}`: it is cut short")), "{end}: {told}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_byte_is_refused_or_changes_nothing(at: prop::sample::Index, change in 1..=255_u8) {
        let (cassette, text) = &*SEALED;
        let mut bytes = text.clone().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= change;
        // White space between tokens is nobody's.
        match Cassette::parse(&bytes, "a.json") {
            Ok(read) => prop_assert_eq!(&read, cassette),
            Err(_) => drop(refused(&bytes)),
        }
    }
}

#[test]
fn conflict_markers_are_told_on_whatever_line() {
    let (_, text) = &*SEALED;
    let lines: Vec<_> = text.lines().collect();
    for mark in ["<<<<<<< ours", "=======", ">>>>>>> theirs"] {
        for at in 0..=lines.len() {
            let (before, after) = lines.split_at(at);
            let merged = [before, &[mark], after].concat().join("\n");
            let told = refused(merged.as_bytes()).to_string();
            let expected = format!("`a.json:{}`: it holds the conflict markers of a merge", at + 1);
            assert!(told.contains(&expected), "{told}");
        }
    }
}

/// Every value of a document that is a number or a text, with something nested 10,000 deep in its place.
fn nested(text: &str) -> Vec<String> {
    let values = regex::Regex::new(r#": ("[^"]*"|\d+)"#).unwrap();
    let values = values.captures_iter(text).map(|found| found.get(1).unwrap().range());
    let deep = ["[".repeat(10_000), "{\"a\":".repeat(10_000)];
    let closed = ["[".repeat(10_000) + &"]".repeat(10_000)];
    let deep = deep.iter().chain(&closed);
    values
        .flat_map(|range| {
            deep.clone().map(move |deep| [&text[..range.start], deep, &text[range.end..]].concat())
        })
        .collect()
}

#[test]
fn what_nests_ten_thousand_deep_is_refused_with_its_line() {
    let (_, text) = &*SEALED;
    let nested = nested(text);
    assert!(nested.len() > 60, "{}", nested.len());
    for text in nested {
        let line = text.lines().position(|line| line.len() > 5_000).unwrap() + 1;
        let told = refused(text.as_bytes()).to_string();
        assert!(told.contains(&format!("`a.json:{line}`: it nests deeper than")), "{told}");
    }
}

/// What a recorder left behind that was killed after three exchanges.
fn journal() -> String {
    let (cassette, _) = &*SEALED;
    let exchange = |seq: u64| {
        format!(
            r#"{{"seq":{seq},"connection":1,"at_us":{seq}000,"first_byte_us":10,"took_us":20,"request":{{"method":"GET","target":"/api/2.0/jobs/get?job_id={seq}","headers":[["accept","*/*"]]}},"response":{{"status":200,"headers":[],"body":{{"json":{{"job_id":{seq}}}}}}},"outcome":"complete"}}"#
        )
    };
    let header = format!(
        r#"{{"jobdeck":1,"mode":"all","recorded":"{}","upstream":"http://127.0.0.1:1","redaction":{{"policy":"default@1","rules":[]}},"process":1}}"#,
        cassette.recorded
    );
    [header, exchange(1), exchange(2), exchange(3)].join("\n") + "\n"
}

/// Puts a journal in its place and recovers it: what comes of it is a whole cassette, or the journal stays
/// and the line is told.
fn recovers_or_stays(folder: &Path, journal: &[u8]) {
    let cassette = folder.join("x.json");
    let partial = folder.join("x.json.partial");
    fs::write(&partial, journal).unwrap();
    match recover(&cassette, None) {
        Ok(Some(recovered)) => {
            let read = Cassette::load(&recovered.path).unwrap();
            assert_eq!(read.exchanges.len() as u64, recovered.exchanges);
            fs::remove_file(&recovered.path).unwrap();
        }
        Ok(None) => {}
        Err(error) => {
            assert_eq!(error.kind(), Kind::Cassette, "{error}");
            let told = error.to_string();
            assert!(told.contains("x.json.partial:") || told.contains("not one whole"), "{told}");
            assert!(told.len() < 600 + partial.as_os_str().len(), "{told}");
            assert_eq!(fs::read(&partial).unwrap(), journal);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_journal_with_a_changed_byte_is_recovered_or_stays(
        at: prop::sample::Index,
        change in 1..=255_u8,
    ) {
        let mut bytes = journal().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= change;
        recovers_or_stays(tempfile::tempdir().unwrap().path(), &bytes);
    }
}

#[test]
fn a_journal_that_nests_ten_thousand_deep_is_recovered_or_stays() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal().replace(':', ": ").replace("http: //", "http://");
    recovers_or_stays(folder.path(), journal.as_bytes());
    for nested in nested(&journal) {
        recovers_or_stays(folder.path(), nested.as_bytes());
    }
}

/// How a replay of a file ends that may take so many times the file's size, and what it says.
fn bounded(folder: &Path, text: &str, times: usize) -> (Option<i32>, String) {
    const PROGRAM_KIB: usize = 32 << 10;
    fs::write(folder.join("x.json"), text).unwrap();
    let data_kib = times * text.len() / 1024 + PROGRAM_KIB;
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -d {data_kib} && exec \"$@\""), "sh"]);
    command.arg(env!("CARGO_BIN_EXE_jobdeck")).args(["replay", "x.json"]);
    let ended = output(command.current_dir(folder));
    (ended.status.code(), String::from_utf8_lossy(&ended.stderr).into_owned())
}

#[test]
fn a_damaged_file_costs_a_small_multiple_of_its_size() {
    let folder = tempfile::tempdir().unwrap();
    let mut large = SEALED.0.clone();
    let pair = large.exchanges.clone();
    for seq in 3..8_000 {
        let mut exchange = pair[usize::from(seq % 2 == 0)].clone();
        exchange.seq = seq;
        large.exchanges.push(exchange);
    }
    let large = large.to_text();
    let half = large.len() / 2;
    let cases = [
        ("cut", large[..large.len() - 100].to_owned()),
        ("changed", large.replacen("\"took_us\": ", "\"took_us\": 1", 1)),
        ("conflict", format!("{}\n<<<<<<< ours\n{}", &large[..half], &large[half..])),
        ("nested", "[".repeat(large.len())),
        (
            "a text for an exchange",
            large.replacen(
                "\"exchanges\": [",
                &format!("\"exchanges\": [\"{}\", ", "\\n".repeat(half)),
                1,
            ),
        ),
        ("lines", "\n".repeat(large.len())),
    ];
    for (name, text) in cases {
        let (code, told) = bounded(folder.path(), &text, 6);
        assert_eq!(code, Some(3), "{name}: {told}");
        assert!(told.starts_with("error: failed to read cassette `x.json:"), "{name}: {told}");
        assert!(told.len() < 600, "{name}: {told}");
    }
}
