//! What a sound workspace does stays sound when less of it is seen: when others do a part of it, when answers
//! are lost, when nobody knows exactly when something happened.

use std::sync::{Arc, Mutex};

use jobdeck::{
    check::{self, Embedded, Options, Profile, Selection},
    contract::rules::{self, Level},
    exchange::{Exchange, Handler, Outcome, Reply, Request, Response},
    oracle::{self, History},
    serve::{self, Workspace},
};

const EPOCH_US: u64 = 1_795_000_000_000_000;

/// A workspace whose exchanges are kept.
struct Recorded(Workspace, Arc<Mutex<Vec<Exchange>>>);

impl Handler for Recorded {
    fn answer(&mut self, request: &Request, now_us: u64) -> Reply {
        let reply = self.0.answer(request, now_us);
        let mut kept = self.1.lock().unwrap();
        let seq = kept.len() as u64 + 1;
        kept.push(Exchange {
            seq,
            connection: 1,
            at_us: now_us - EPOCH_US,
            first_byte_us: None,
            took_us: 1000 + reply.delay_us,
            request: request.clone(),
            response: Some(reply.response.clone()),
            redacted: Vec::new(),
            outcome: Outcome::Complete,
            weather: None,
        });
        reply
    }
}

/// All that a check asks of a sound workspace.
fn recorded() -> Vec<Exchange> {
    let kept = Arc::default();
    let handler = Recorded(Workspace::new(serve::Options::default()), Arc::clone(&kept));
    let mut target = Embedded::new(handler, EPOCH_US);
    let selection = Selection::new(&[], Level::Must).unwrap();
    let options = Options { proofs_max: 0, ..Options::new(Profile::of_reference(), selection, 1) };
    check::check(&mut target, &options, &mut |_| {}).unwrap();
    let kept = kept.lock().unwrap();
    kept.clone()
}

/// Chance that is the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

#[track_caller]
fn check_sound(what: &str, exchanges: &[Exchange]) {
    let tally = oracle::judge(&History::observed(exchanges));
    let is_documented = |rule: &str| rules::find(rule).unwrap().level < Level::Observed;
    let broken = tally.iter().filter(|(rule, record)| record.broken > 0 && is_documented(rule));
    let findings: Vec<_> = broken.map(|(_, record)| record.violations[0].finding.clone()).collect();
    assert!(findings.is_empty(), "{what}: {findings:#?}");
}

#[test]
fn others_may_do_any_part_of_it() {
    let all = recorded();
    let mut chance = Chance(0x1234_5678_9abc_def1);
    for percent in [95, 80, 50, 20] {
        let seen: Vec<_> = all.iter().filter(|_| chance.below(100) < percent).cloned().collect();
        check_sound(&format!("{percent} of 100 are seen"), &seen);
    }
}

#[test]
fn any_answer_may_be_lost() {
    let all = recorded();
    let mut chance = Chance(0xfeed_5678_9abc_def1);
    for percent in [1, 5, 30] {
        let mut seen = all.clone();
        for exchange in &mut seen {
            if chance.below(100) >= percent {
                continue;
            }
            match chance.below(3) {
                0 => (exchange.response, exchange.outcome) = (None, Outcome::ClientAborted),
                1 => exchange.response = Some(Response::error(502, "BAD_GATEWAY", "no answer")),
                _ => {
                    (exchange.response, exchange.outcome) = (None, Outcome::UpstreamTimeout);
                    exchange.took_us += 30_000_000;
                }
            }
        }
        check_sound(&format!("{percent} of 100 are lost"), &seen);
    }
}

#[test]
fn any_exchange_may_take_longer() {
    let all = recorded();
    let mut chance = Chance(0xabcd_5678_9abc_def1);
    for most_us in [3_000, 100_000, 5_000_000] {
        let mut seen = all.clone();
        for exchange in &mut seen {
            let earlier_us = chance.below(most_us).min(exchange.at_us);
            exchange.at_us -= earlier_us;
            exchange.took_us += earlier_us + chance.below(most_us);
        }
        check_sound(&format!("up to {most_us} microseconds longer"), &seen);
    }
}
