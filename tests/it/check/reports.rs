//! Reports, in every format: what they say, and that nothing which a server says can break them.

use std::{process::Command, time::Duration};

use bytes::Bytes;
use http::Method;
use jobdeck::{
    check::{Deviation, Found, Outcome, Standing, Verdict},
    contract::rules::{self, Level},
    exchange::{Body, Exchange, Outcome as Ending, Request, Response},
    finding::Finding,
    json::Pointer,
    oracle::{Coverage, History, Tally, Violation},
    report::{self, Again, Kept, Proof},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    checked,
    findings::{again, proved},
    options, wrong,
};
use crate::{
    clients::installed::required,
    deck::{jobdeck, output},
};
use jobdeck::serve::Fault;

const URL: &str = "http://127.0.0.1:8421";

fn proofs(outcome: &Outcome) -> Vec<(Proof<'_>, Option<Kept>)> {
    let proof = |found| (Proof::new(found, URL, "2026-11-23T10:00:00Z"), None);
    outcome.findings.iter().map(proof).collect()
}

#[test]
fn a_step_summary_and_annotations_read_well() {
    let (_, outcome) = proved("result-flips");
    let markdown = report::markdown(&outcome, &proofs(&outcome), &again(URL, &outcome));
    insta::assert_snapshot!("markdown", markdown);
    insta::assert_snapshot!("github", report::github(&outcome, &proofs(&outcome)));
}

/// An outcome in which a server said this wherever it can say something.
fn said(text: &str) -> Outcome {
    let rule = rules::find("run/lifecycle/success").unwrap();
    let body = json!({"run_id": 7, "state": {"life_cycle_state": text, "state_message": text}});
    let exchange = |seq, body: String| Exchange {
        seq,
        at_us: seq * 1000,
        took_us: 10,
        request: Request::new(Method::GET, "/api/2.0/jobs/runs/get?run_id=7"),
        response: Some(Response {
            body: Body::Whole(Bytes::from(body)),
            ..Response::json(200, "")
        }),
        connection: 1,
        first_byte_us: None,
        redacted: Vec::new(),
        outcome: Ending::Complete,
        weather: None,
    };
    let finding = Finding {
        rule: rule.id,
        pointer: Pointer::root(),
        expected: text.to_owned(),
        got: text.to_owned(),
    };
    let found = Found {
        rule,
        violation: Violation { finding, evidence: vec![0] },
        again: Some((3, 3)),
        replays: 3,
        program: None,
        exchanges: vec![exchange(1, body.to_string()), exchange(2, format!("not {text}"))],
        probe: Some("a probe"),
    };
    let other = rules::find("run/lifecycle/failed").unwrap();
    let known = Deviation {
        rule: other.id.to_owned(),
        got: text.to_owned(),
        reason: text.to_owned(),
        source: Some(text.to_owned()),
        expires: None,
    };
    Outcome {
        base_path: "/api/2.0".to_owned(),
        target: URL.to_owned(),
        seed: Some(1),
        level: Level::Must,
        verdicts: vec![
            (rule, Verdict::Broken { broken: 1, exercised: 1 }),
            (other, Verdict::Inconclusive(text.to_owned())),
        ],
        findings: vec![found],
        coverage: Coverage::of(&History::default(), &Tally::default()),
        deviations: vec![(known, Standing::Stale(text.to_owned()))],
        is_rerun: false,
        unsupported: Vec::new(),
        broken_off: vec![("a probe", text.to_owned())],
        requests: 2,
        took: Duration::from_secs(1),
        ended: None,
        left_behind: vec![text.to_owned()],
    }
}

/// The page, the summary, the annotations, the text and the XML.
fn all(outcome: &Outcome) -> [String; 5] {
    let (proofs, again) = (proofs(outcome), Again::default());
    [
        report::html(outcome, &proofs, &again),
        report::markdown(outcome, &proofs, &again),
        report::github(outcome, &proofs),
        report::text(outcome, &proofs, &again),
        report::junit(outcome, &proofs).unwrap(),
    ]
}

#[track_caller]
fn check_said(text: &str) {
    let [page, markdown, github, terminal, xml] = all(&said(text));
    let [harmless_page, harmless_markdown, harmless_github, _, harmless_xml] = all(&said("ok"));
    let tags = |text: &str| text.matches('<').count();
    assert_eq!(tags(&page), tags(&harmless_page), "{text:?} makes a tag in {page}");
    assert_eq!(tags(&xml), tags(&harmless_xml), "{text:?} makes a tag in {xml}");
    let lines = |text: &str| text.lines().count();
    assert_eq!(lines(&markdown), lines(&harmless_markdown), "{text:?} makes lines in {markdown}");
    assert_eq!(lines(&github), lines(&harmless_github), "{text:?} makes lines in {github}");
    let acts = |letter: char| letter.is_control() && letter != '\n';
    for report in [&page, &markdown, &github, &terminal, &xml] {
        assert!(!report.contains(acts), "{text:?} controls {report:?}");
    }
    // The runner of a workflow obeys a line that starts like this, with blanks before it or not.
    let commands = terminal.lines().chain(markdown.lines()).filter(|line| {
        let line = line.trim_start();
        line.starts_with("::") || line.starts_with("##[")
    });
    assert_eq!(commands.count(), 0, "{text:?} commands in {terminal}{markdown}");
    validate(&report::json(&said(text), &proofs(&said(text)), &Again::default()));
}

#[test]
fn nothing_that_a_server_says_acts_in_a_report() {
    for text in [
        "<script>alert(1)</script>",
        "</script></style></title>--><!-- ]]>",
        "\"><img src=x onerror=alert(1)>",
        "\n::error::x\r\n::set-output name=a::b",
        "\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}31m\u{0}\u{85}",
        "```\n````\n# heading\n| a | b |\n<details>",
        "&lt;script&gt; %0A::error::",
        "\u{202e}abc\u{2028}\u{2029}",
    ] {
        check_said(text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn nothing_at_all_does(text in "(.|<|>|&|\"|'|`|\n|\r|::error|-->|\\PC|\\x00|\\x1b){0,40}") {
        check_said(&text);
    }
}

#[track_caller]
fn validate(report: &Value) {
    let schema: Value = serde_json::from_str(include_str!("../report.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<_> =
        validator.iter_errors(report).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(wrong.is_empty(), "{wrong:?} in {report:#}");
}

#[test]
fn the_json_report_is_as_its_schema_says() {
    let (_, outcome) = proved("result-flips");
    validate(&report::json(&outcome, &proofs(&outcome), &again(URL, &outcome)));
    let outcome = checked(wrong(Fault::parse("delete-lags").unwrap()), &options(&[], 1));
    validate(&report::json(&outcome, &proofs(&outcome), &again(URL, &outcome)));
    let recorded = jobdeck::check::judge("a.json", &[], &options(&[], 1).selection, false);
    validate(&report::json(&recorded, &[], &Again::default()));
}

/// The page as a browser has it after its script ran, with these words behind `#`.
fn shown(page: &std::path::Path, words: &str) -> Option<String> {
    let profile = tempfile::tempdir().unwrap();
    let mut browser = Command::new("chromium");
    browser
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg("--dump-dom")
        .arg(format!("file://{}#{words}", page.display()));
    let done = required("chromium", browser.output().map_err(|error| error.to_string()))?;
    let dom = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{dom}{}", String::from_utf8_lossy(&done.stderr));
    Some(dom)
}

#[test]
fn a_browser_shows_the_page_and_filters_it() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("report.html");
    let (_, mut outcome) = proved("result-flips");
    let hostile = said(
        "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">",
    );
    outcome.findings.extend(hostile.findings);
    let written = report::html(&outcome, &proofs(&outcome), &again(URL, &outcome));
    std::fs::write(&page, written).unwrap();
    let Some(all) = shown(&page, "") else { return };
    assert!(all.contains("<title>jobdeck check: broken"), "{all}");
    assert!(all.contains("<svg") && all.contains("TERMINATED"), "no life is drawn: {all}");
    assert!(!all.contains("hidden=\"\""), "nothing is hidden without words: {all}");
    let some = shown(&page, "result-never-changes%20must").unwrap();
    assert!(some.contains("2 of 3 shown"), "{some}");
    assert_eq!(some.matches("hidden=\"\"").count(), 1, "{some}");
    assert_eq!(shown(&page, "no-such-rule").unwrap().matches("hidden=\"\"").count(), 3);
}

#[test]
fn the_command_writes_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let mut check = jobdeck(["check", "--rules", "list/*", "--report", "github"]);
    check.current_dir(folder.path());
    for format in ["text", "json", "junit", "markdown", "html"] {
        check.args(["--report", &format!("{format}={format}.out")]);
    }
    let done = output(&mut check);
    let stdout = String::from_utf8_lossy(&done.stdout);
    assert!(stdout.starts_with("::notice title=jobdeck check::"), "{stdout}");
    let read = |format: &str| {
        std::fs::read_to_string(folder.path().join(format!("{format}.out"))).unwrap()
    };
    validate(&serde_json::from_str(&read("json")).unwrap());
    assert!(read("html").starts_with("<!DOCTYPE html>"));
    assert!(read("markdown").starts_with("## jobdeck check: "));
}
