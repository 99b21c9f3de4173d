//! Who may come in, and what is no call at all.

use super::{
    Facts, Oracle, Tally,
    history::{Answer, Entry},
    tally::Proof,
};
use crate::call::Unreadable;

const UNAUTHENTICATED: &str = "http/error/unauthenticated-rejected";
const WRONG_METHOD: &str = "http/error/wrong-method";
const MALFORMED: &str = "http/error/malformed-json";
const NO_OBJECT: &str = "http/error/body-not-object";
const NO_ENDPOINT: &str = "http/error/unknown-endpoint";
const RETRY_AFTER: &str = "http/limit/429-retry-after";

pub(super) const ORACLE: Oracle = Oracle {
    rules: || vec![UNAUTHENTICATED, WRONG_METHOD, MALFORMED, NO_OBJECT, NO_ENDPOINT, RETRY_AFTER],
    judge,
};

fn judge(facts: &Facts<'_>, tally: &mut Tally) {
    for entry in facts.history.entries() {
        if entry.answer == Answer::Postponed {
            let headers = entry.exchange.response.as_ref().map(|response| &response.headers);
            let tells = headers.is_some_and(|headers| headers.get("retry-after").is_some());
            tally.judge(RETRY_AFTER, tells, || {
                Proof::new(&[entry]).expected("a Retry-After").got("429 without one")
            });
        }
        // Somebody's own client may carry its credential in other ways.
        if facts.history.surroundings.own.is_none() || facts.working.is_empty() {
            continue;
        }
        if entry.request().headers.get("authorization").is_none() {
            if entry.endpoint().is_some_and(|endpoint| facts.working.contains(&endpoint)) {
                refused(UNAUTHENTICATED, entry, tally);
            }
            continue;
        }
        match &entry.call {
            Ok(_) => {}
            Err(Unreadable::WrongMethod(_)) => refused(WRONG_METHOD, entry, tally),
            Err(Unreadable::NotJson(_)) => refused(MALFORMED, entry, tally),
            Err(Unreadable::NotAnObject) => refused(NO_OBJECT, entry, tally),
            Err(Unreadable::NoEndpoint) => {
                if entry.request().path().starts_with("/api/2.0/jobs/") {
                    refused(NO_ENDPOINT, entry, tally);
                }
            }
        }
    }
}

fn refused(rule: &'static str, entry: &Entry, tally: &mut Tally) {
    let holds = match entry.answer {
        Answer::Done(_) => false,
        Answer::Refused(_) | Answer::Denied(_) => true,
        Answer::Postponed | Answer::Unknown(_) => return,
    };
    tally.judge(rule, holds, || {
        Proof::new(&[entry]).expected("a refusal (4xx)").got(entry.outcome())
    });
}
