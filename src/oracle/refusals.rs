//! Requests that break one rule of the contract are refused.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    Facts, Oracle, Tally, cut,
    history::{Answer, Entry, Redacted},
    tally::Proof,
};
use crate::{
    contract::{Endpoint, request_rules},
    finding::Finding,
    validate,
};

const NO_FAILURE: &str = "http/error/no-5xx-for-bad-input";

pub(super) const ORACLE: Oracle = Oracle { rules, judge };

fn rules() -> Vec<&'static str> {
    let of_requests = Endpoint::ALL.into_iter().flat_map(request_rules);
    of_requests.chain([NO_FAILURE]).collect()
}

fn judge(facts: &Facts<'_>, tally: &mut Tally) {
    // A submit takes what a create takes, and costs more to show that it does. Where one that breaks nothing was
    // refused, a refusal says nothing of another.
    let may_submit = facts.working.contains(&Endpoint::Create)
        && !facts.history.entries().iter().any(is_sound_submit_refused);
    for entry in facts.history.entries() {
        let (Some(endpoint), Some(arguments)) = (entry.endpoint(), entry.arguments()) else {
            continue;
        };
        // Who may not come in is told so before the request is looked at.
        if entry.request().headers.get("authorization").is_none() {
            continue;
        }
        let mut findings = validate::arguments(endpoint, arguments);
        findings.retain(|finding| !entry.is_redacted(Redacted::Request, &finding.pointer));
        let Some(first) = findings.first() else { continue };
        failure(entry, first, tally);
        let rules: BTreeSet<_> = findings.iter().map(|finding| finding.rule).collect();
        // Of several rules nobody could say which one the server did not keep.
        if rules.len() == 1 {
            let works =
                facts.working.contains(&endpoint) || endpoint == Endpoint::RunsSubmit && may_submit;
            refused(entry, endpoint, first, works, tally);
        }
    }
}

fn is_sound_submit_refused(entry: &Entry) -> bool {
    entry.endpoint() == Some(Endpoint::RunsSubmit)
        && entry.is_refused()
        && entry.arguments().is_some_and(|arguments| {
            validate::arguments(Endpoint::RunsSubmit, arguments).is_empty()
        })
}

/// A failure asks the client to try again, which makes no sense here.
fn failure(entry: &Entry, finding: &Finding, tally: &mut Tally) {
    let failed = is_failure(&entry.answer);
    if failed || entry.is_refused() {
        tally.judge(NO_FAILURE, !failed, || {
            proof(entry, finding).expected("a refusal (4xx)").got(entry.outcome())
        });
    }
}

/// Whether a server says that it failed at a request. That it is too busy, or that somebody before it is cut
/// off from it (502 to 504), says nothing of the request.
pub(super) fn is_failure(answer: &Answer) -> bool {
    matches!(answer, Answer::Unknown(Some(status)) if *status >= 500 && !(502..=504).contains(status))
}

/// `works`: the endpoint carries out some requests, so that a refusal means something.
fn refused(entry: &Entry, endpoint: Endpoint, finding: &Finding, works: bool, tally: &mut Tally) {
    let rule = finding.rule;
    let exact = endpoint.signature().invalid_status;
    let holds = match (&entry.answer, exact) {
        (Answer::Done(_), _) => false,
        (Answer::Refused(status), Some(exact)) => *status == exact,
        (answer, Some(_)) if is_failure(answer) => false,
        (Answer::Refused(_), None) => true,
        (Answer::Denied(_) | Answer::Postponed | Answer::Unknown(_), _) => return,
    };
    if holds && !works {
        return;
    }
    tally.judge(rule, holds, || {
        let expected = exact.map_or("a refusal (4xx)".to_owned(), |exact| exact.to_string());
        let Finding { pointer, expected: asked, got, .. } = finding;
        let expected = format!("{expected}, as {pointer} is {got} instead of {asked}");
        proof(entry, finding).expected(expected).got(answer(entry))
    });
}

fn proof(entry: &Entry, finding: &Finding) -> Proof {
    Proof::new(&[entry]).at(finding.pointer.clone())
}

fn answer(entry: &Entry) -> String {
    match &entry.answer {
        Answer::Refused(status) => {
            let body = entry.exchange.response.as_ref().map(|r| r.body.bytes()).unwrap_or_default();
            let body: Value = serde_json::from_slice(body).unwrap_or_default();
            format!("{status} {}", cut(&body.to_string()))
        }
        _ => entry.outcome(),
    }
}
