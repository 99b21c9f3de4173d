//! A finding is done again, alone, and cut down to the few steps that show it.
//!
//! Steps are left out one at a time, from the back, with all that need them, until none can be; then the
//! arguments of what is left, one by one. What is left is done again twice more before it is believed.

use std::time::Duration;

use serde_json::{Map, Value};

use super::{
    bench::Bench,
    cleanup,
    deviations::Deviations,
    program::{Act, Ask, Form, Program},
    session::{Going, Session},
};
use crate::{
    exchange::Exchange,
    oracle::{self, Violation},
    validate,
};

/// How often a finding is tried to be seen again before it counts as not repeatable.
pub(super) const TRIES: u32 = 3;

/// A finding that was seen again.
pub(super) struct Seen {
    pub(super) program: Program,
    pub(super) violation: Violation,
    pub(super) exchanges: Vec<Exchange>,
    /// How often it showed, of how many times the final program was run.
    pub(super) again: (u32, u32),
    /// How often a program was run for all of this.
    pub(super) replays: u32,
}

/// How much the proof of one finding may take.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Requests.
    pub requests_max: u64,
    /// Time, where somebody waits for it.
    pub time_max: Duration,
}

/// Does a program again that broke a rule, and cuts it down as far as the effort allows. None if it does not
/// break the rule again.
pub(super) fn seen_again(
    bench: &mut Bench<'_>,
    rule: &'static str,
    program: Program,
    known: &Deviations,
    effort: Effort,
) -> Going<Option<Seen>> {
    let time_us = u64::try_from(effort.time_max.as_micros()).unwrap_or(u64::MAX);
    let until_us = if bench.target.is_waited_for() {
        bench.target.now_us().saturating_add(time_us)
    } else {
        u64::MAX
    };
    let mut lab =
        Lab { bench, rule, known, requests_left: effort.requests_max, until_us, replays: 0 };
    // What was found while runs were waited for is not shown without.
    lab.bench.vain_polls = 0;
    let mut first = None;
    for _ in 0..TRIES {
        first = lab.run(&program)?;
        if first.is_some() {
            break;
        }
    }
    let Some(mut shown) = first else { return Ok(None) };
    let mut program = program;
    lab.cut_steps(&mut program, &mut shown)?;
    lab.cut_arguments(&mut program, &mut shown)?;
    let mut again = (1, 1);
    for _ in 1..TRIES {
        again.1 += 1;
        if let Some(once_more) = lab.run(&program)? {
            again.0 += 1;
            shown = once_more;
        }
    }
    let replays = lab.replays;
    let Shown { violation, exchanges } = shown;
    let program = program.renumbered();
    Ok(Some(Seen { program, violation, exchanges, again, replays }))
}

/// What a run of a program showed.
struct Shown {
    violation: Violation,
    exchanges: Vec<Exchange>,
}

struct Lab<'l, 't> {
    bench: &'l mut Bench<'t>,
    rule: &'static str,
    /// What does not count.
    known: &'l Deviations,
    requests_left: u64,
    until_us: u64,
    replays: u32,
}

impl Lab<'_, '_> {
    /// Whether there is nothing left to spend.
    fn is_spent(&self) -> bool {
        self.requests_left == 0 || self.bench.target.now_us() > self.until_us
    }

    /// Runs a program, and tells whether the rule is broken.
    fn run(&mut self, program: &Program) -> Going<Option<Shown>> {
        let before = self.bench.requests();
        self.replays += 1;
        let mut session = Session::new(self.bench);
        let ran = session.run(program);
        let count = session.history.entries().len();
        // Whatever became of it, nothing is left behind.
        cleanup::remove_all(&mut session)?;
        let history = session.history;
        ran?;
        let spent = self.bench.requests() - before;
        self.requests_left = self.requests_left.saturating_sub(spent);
        let tally = oracle::judge(&history);
        let violations = tally.get(self.rule).map(|record| &*record.violations).unwrap_or_default();
        let within = |violation: &&Violation| violation.evidence.iter().all(|at| *at < count);
        let mut violations = violations.iter().filter(|seen| !self.known.know(seen));
        Ok(violations.find(within).map(|violation| Shown {
            violation: violation.clone(),
            exchanges: history.entries()[..count].iter().map(|e| e.exchange.clone()).collect(),
        }))
    }

    fn cut_steps(&mut self, program: &mut Program, shown: &mut Shown) -> Going<()> {
        loop {
            let before = program.steps.len();
            let mut index = program.steps.len();
            while index > 0 && !self.is_spent() {
                index -= 1;
                if index >= program.steps.len() {
                    continue;
                }
                let candidate = program.without(index);
                if let Some(still) = self.run(&candidate)? {
                    (*program, *shown) = (candidate, still);
                }
            }
            if program.steps.len() == before || self.is_spent() {
                return Ok(());
            }
        }
    }

    fn cut_arguments(&mut self, program: &mut Program, shown: &mut Shown) -> Going<()> {
        for step in 0..program.steps.len() {
            for place in places(&program.steps[step].act) {
                if self.is_spent() {
                    return Ok(());
                }
                let mut candidate = program.clone();
                if !remove(&mut candidate.steps[step].act, &place) {
                    continue;
                }
                // What breaks a rule all the same without a field that it needs breaks it by another story.
                let is_sound = |program: &Program| is_valid(&program.steps[step].act);
                if is_sound(program) && !is_sound(&candidate) {
                    continue;
                }
                if let Some(still) = self.run(&candidate)? {
                    (*program, *shown) = (candidate, still);
                }
            }
        }
        Ok(())
    }
}

fn forms(act: &Act) -> Option<&Form> {
    match act {
        Act::Call(form) | Act::Abandon(form) => Some(form),
        Act::Together(_) | Act::Poll(_) | Act::WaitMs(_) => None,
    }
}

/// Whether the contract has nothing against the arguments, wherever their ids come from.
fn is_valid(act: &Act) -> bool {
    let mut act = act.clone();
    act.edit(&mut |_, value| {
        if value.as_str().is_some_and(|text| text.starts_with("${") && !text.starts_with("${own}"))
        {
            *value = 1.into();
        }
    });
    let Some(Form { ask: Ask::Endpoint { name, arguments, .. }, .. }) = forms(&act) else {
        return true;
    };
    validate::arguments(*name, arguments).is_empty()
}

/// The fields of a request that could be left out, those within others first.
fn places(act: &Act) -> Vec<Vec<String>> {
    let Some(Form { ask: Ask::Endpoint { arguments, .. }, .. }) = forms(act) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    gather(arguments, &mut Vec::new(), &mut found);
    found
}

fn gather(map: &Map<String, Value>, at: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    for (name, value) in map {
        at.push(name.clone());
        // By its name a thing is found again that was left behind.
        if !value.as_str().is_some_and(|text| text.starts_with("${own}")) {
            found.push(at.clone());
        }
        if let Value::Object(inner) = value {
            gather(inner, at, found);
        }
        at.pop();
    }
}

/// Takes a field out. Whether it was there.
fn remove(act: &mut Act, place: &[String]) -> bool {
    let (Act::Call(form) | Act::Abandon(form)) = act else { return false };
    let Ask::Endpoint { arguments, .. } = &mut form.ask else { return false };
    let Some((last, before)) = place.split_last() else { return false };
    let mut map = arguments;
    for name in before {
        match map.get_mut(name) {
            Some(Value::Object(inner)) => map = inner,
            _ => return false,
        }
    }
    map.shift_remove(last).is_some()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::Endpoint;

    #[test]
    fn every_field_can_be_taken_out() {
        let arguments = json!({"a": 1, "b": {"c": {"d": 2}, "e": [1]}});
        let mut act =
            Act::Call(Form::new(Endpoint::Create, serde_json::from_value(arguments).unwrap()));
        let names: Vec<String> = places(&act).iter().map(|place| place.join("/")).collect();
        assert_eq!(names, ["a", "b", "b/c", "b/c/d", "b/e"]);
        let place = |text: &str| -> Vec<String> { text.split('/').map(str::to_owned).collect() };
        assert!(remove(&mut act, &place("b/c")));
        assert!(!remove(&mut act, &place("b/c/d")));
        let left = places(&act);
        assert_eq!(left, [place("a"), place("b"), place("b/e")]);
    }

    #[test]
    fn a_request_is_valid_whatever_the_ids_come_to() {
        let valid = |arguments: Value| {
            let arguments = serde_json::from_value(arguments).unwrap();
            is_valid(&Act::Call(Form::new(Endpoint::RunNow, arguments)))
        };
        assert!(valid(json!({"job_id": "${1/job_id}", "idempotency_token": "${own}-a"})));
        assert!(!valid(json!({"idempotency_token": "${own}-a"})));
        assert!(!valid(json!({"job_id": "a"})));
    }
}
