//! A finding is done again, cut down to the few steps that show it, told, and kept.

use jobdeck::{
    check::{self, Act, Ask, Embedded, Found, Options, Outcome, Program},
    report::{self, Again, Proof},
    serve::{self, Fault, Workspace},
};

use super::{EPOCH_US, broken, checked, options, wrong};
use jobdeck::contract::rules::Level;

/// Checks a workspace with one fault for its rule, and does again what is found.
pub(super) fn proved(name: &str) -> (Fault, Outcome) {
    let fault = Fault::parse(name).unwrap();
    let options = Options { proofs_max: 9, ..options(&[fault.rule()], 1) };
    (fault, checked(wrong(fault), &options))
}

fn proof_of(name: &str) -> Found {
    let (_, outcome) = proved(name);
    outcome.findings.into_iter().next().unwrap()
}

/// The endpoints of a program's calls.
fn calls(program: &Program) -> Vec<&'static str> {
    let name = |ask: &Ask| match ask {
        Ask::Endpoint { name, .. } => name.signature().name,
        Ask::Raw { .. } => "raw",
    };
    let steps = program.steps.iter().map(|step| match &step.act {
        Act::Call(form) | Act::Abandon(form) => name(&form.ask),
        Act::Together(_) => "together",
        Act::Poll(_) => "poll",
        Act::WaitMs(_) => "wait",
    });
    steps.collect()
}

#[track_caller]
fn check_steps(fault: &str, expected: &[&str]) {
    let found = proof_of(fault);
    assert_eq!(found.again, Some((3, 3)), "{fault}");
    assert_eq!(calls(&found.program.unwrap()), expected, "{fault}");
}

#[test]
fn a_finding_is_cut_down_to_what_shows_it() {
    check_steps("create-deduplicates", &["create", "create"]);
    check_steps("delete-lags", &["create", "delete", "get"]);
    check_steps("token-after-delete", &["create", "run-now", "runs-delete", "run-now"]);
    check_steps("update-merges-objects", &["create", "update", "get"]);
    check_steps("number-race", &["create", "together"]);
    check_steps("unchecked:create/limit/max-concurrent-over-1000", &["create"]);
}

#[test]
fn the_arguments_are_cut_down_too() {
    let found = proof_of("unchecked:cluster/limit/tags-45");
    let program = found.program.unwrap();
    let Act::Call(form) = &program.steps[0].act else { panic!("{program:?}") };
    let Ask::Endpoint { arguments, .. } = &form.ask else { panic!("{program:?}") };
    let tags = arguments["new_cluster"]["custom_tags"].as_object().unwrap();
    assert_eq!(tags.len(), 46, "one more than there may be");
    assert!(arguments["new_cluster"].as_object().unwrap().len() <= 4, "{arguments:?}");
    assert!(arguments.get("schedule").is_none() && arguments.get("libraries").is_none());
}

#[test]
fn a_program_shows_the_fault_again_and_nothing_on_a_sound_server() {
    let (fault, outcome) = proved("submit-token-after-delete");
    let program = outcome.findings[0].program.clone().unwrap();
    // As it is kept and read again.
    let program: Program = serde_json::from_str(&serde_json::to_string(&program).unwrap()).unwrap();
    let run = |workspace: Workspace| {
        let mut target = Embedded::new(workspace, EPOCH_US);
        check::rerun(&mut target, &options(&[fault.rule()], 1), &program).unwrap()
    };
    assert_eq!(broken(&run(wrong(fault)), Level::Must), [fault.rule()]);
    assert_eq!(broken(&run(Workspace::new(serve::Options::default())), Level::Must), [""; 0]);
}

#[test]
fn what_cannot_be_seen_again_is_told_as_that() {
    // A server that is wrong once: the fault goes away with the first delete of a run.
    let found = proof_of("token-after-delete");
    let program = found.program.unwrap();
    let mut target = Embedded::new(Workspace::new(serve::Options::default()), EPOCH_US);
    let outcome = check::rerun(&mut target, &options(&[found.rule.id], 1), &program).unwrap();
    assert!(outcome.findings.is_empty());
}

#[test]
fn a_report_reads_well() {
    for name in ["token-after-delete", "result-flips", "unchecked:settings/schema/cron-required"] {
        let (_, outcome) = proved(name);
        let text = shown(&outcome);
        insta::with_settings!({ description => name.to_owned() }, {
            insta::assert_snapshot!(name.replace([':', '/'], "-"), text);
        });
    }
}

pub(super) fn again(url: &str, outcome: &Outcome) -> Again {
    let rules = outcome.verdicts.iter().map(|(rule, _)| rule.id.to_owned()).collect();
    Again { command: format!("jobdeck check {url}"), rules }
}

fn shown(outcome: &Outcome) -> String {
    let proofs: Vec<_> = outcome
        .findings
        .iter()
        .map(|found| (Proof::new(found, "http://127.0.0.1:8421", "2026-11-23T10:00:00Z"), None))
        .collect();
    report::text(outcome, &proofs, &again("http://127.0.0.1:8421", outcome))
}

#[test]
fn reports_for_programs_say_the_same() {
    let (fault, outcome) = proved("token-after-delete");
    let proofs: Vec<_> = outcome
        .findings
        .iter()
        .map(|found| (Proof::new(found, "http://a.example", "2026-11-23T10:00:00Z"), None))
        .collect();
    let json = report::json(&outcome, &proofs, &again("http://a.example", &outcome));
    assert_eq!(json["verdict"], "broken");
    assert_eq!(json["findings"][0]["rule"], fault.rule());
    assert_eq!(json["findings"][0]["level"], "must");
    assert_eq!(json["findings"][0]["again"], serde_json::json!({"seen": 3, "of": 3}));
    assert_eq!(json["counts"]["must"], serde_json::json!({"broken": 1}));
    let xml = report::junit(&outcome, &proofs).unwrap();
    assert!(xml.contains("type=\"must\">expected a refusal (4xx)"), "{xml}");
    assert!(xml.contains("name=\"deleted-run-error\" classname=\"run-now.idempotency\""), "{xml}");
}

#[test]
fn no_token_is_in_what_is_told_or_kept() {
    const TOKEN: &str = "dapi0123456789abcdef0123456789abcdef";
    let fault = Fault::parse("token-after-delete").unwrap();
    let mut options = Options { proofs_max: 9, ..options(&[fault.rule()], 1) };
    options.profile.token = Some(TOKEN.to_owned());
    let outcome = checked(wrong(fault), &options);
    let folder = tempfile::tempdir().unwrap();
    let proof = Proof::new(&outcome.findings[0], "http://a.example", "2026-11-23T10:00:00Z");
    proof.keep(folder.path()).unwrap();
    let files = crate::deck::files(folder.path());
    assert_eq!(files.len(), 3, "{files:?}");
    let mut all = shown(&outcome);
    all.extend(files.iter().map(|file| std::fs::read_to_string(file).unwrap()));
    assert!(!all.contains(TOKEN));
    jobdeck::cassette::verify(&files[0]).unwrap();
}
