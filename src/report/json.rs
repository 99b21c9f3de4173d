//! The report for programs.

use serde_json::{Map, Value, json};

use super::{
    again, coverage,
    proof::{Kept, Proof},
    tally::called,
    text::reason,
    visible::visible,
};
use crate::{
    check::{Again, Deviation, End, Outcome, Standing, Verdict},
    contract::rules::{Level, section},
};

/// The version of the report.
const VERSION: u32 = 1;

/// The whole report, as described at [`report`](super).
pub fn json(
    outcome: &Outcome,
    proofs: &[(Proof<'_>, Option<Kept>)],
    again: &again::Again,
) -> Value {
    let counts: Map<String, Value> = [Level::Must, Level::Should, Level::Observed]
        .into_iter()
        .map(|level| (level.name().to_owned(), counts(outcome, level)))
        .collect();
    let unsupported = outcome
        .unsupported
        .iter()
        .map(|(endpoint, status)| json!({"endpoint": called(*endpoint), "status": status}));
    let broken_off =
        outcome.broken_off.iter().map(|(probe, why)| json!({"probe": probe, "why": why}));
    json!({
        "jobdeck_report": VERSION,
        "tool": concat!("jobdeck ", env!("CARGO_PKG_VERSION")),
        "target": outcome.target,
        "seed": outcome.seed,
        "level": outcome.level.name(),
        "verdict": outcome.summary().name(),
        "requests": outcome.requests,
        "took_ms": u64::try_from(outcome.took.as_millis()).unwrap_or(u64::MAX),
        "counts": counts,
        "findings": proofs.iter().map(|(proof, kept)| {
            finding(outcome, proof, kept.as_ref(), again)
        }).collect::<Vec<_>>(),
        "rules": outcome.verdicts.iter().map(|(rule, verdict)| {
            let mut row = json!({
                "rule": rule.id, "level": rule.level.name(), "verdict": verdict.name(),
            });
            match verdict {
                Verdict::Held(exercised) => row["exercised"] = (*exercised).into(),
                Verdict::Broken { broken, exercised } => {
                    row["exercised"] = (*exercised).into();
                    row["broken"] = (*broken).into();
                }
                other => {
                    if let Some(reason) = reason(other) {
                        row["reason"] = reason.into();
                    }
                }
            }
            row
        }).collect::<Vec<_>>(),
        "coverage": coverage::json(&outcome.coverage),
        "deviations": outcome.deviations.iter().map(deviation).collect::<Vec<_>>(),
        "rerun": outcome.again().map(Again::name),
        "unsupported": unsupported.collect::<Vec<_>>(),
        "broken_off": broken_off.collect::<Vec<_>>(),
        "ended": match &outcome.ended {
            None => Value::Null,
            Some(End::Interrupted) => "interrupted".into(),
            Some(End::Spent(what)) => format!("no {what} left to spend").into(),
            Some(End::Failed(error)) => error.to_string().into(),
        },
        "left_behind": outcome.left_behind,
    })
}

fn deviation((known, standing): &(Deviation, Standing)) -> Value {
    let (name, why) = match standing {
        Standing::Seen => ("seen", None),
        Standing::Unseen => ("unseen", None),
        Standing::Stale(why) => ("stale", Some(visible(why))),
    };
    let Deviation { rule, got, reason, source, expires } = known;
    json!({
        "rule": rule, "got": got, "reason": reason, "source": source, "expires": expires,
        "standing": name, "why": why,
    })
}

fn counts(outcome: &Outcome, level: Level) -> Value {
    let mut counts: Map<String, Value> = Map::new();
    for (_, verdict) in outcome.verdicts.iter().filter(|(rule, _)| rule.level == level) {
        let name = verdict.name().split(':').next().unwrap_or_default().replace(' ', "_");
        let count = counts.get(&name).and_then(Value::as_u64).unwrap_or(0);
        counts.insert(name, (count + 1).into());
    }
    counts.into()
}

fn finding(
    outcome: &Outcome,
    proof: &Proof<'_>,
    kept: Option<&Kept>,
    again: &again::Again,
) -> Value {
    let found = proof.found;
    let rule = found.rule;
    let lines: Vec<String> = rule.lines.iter().map(ToString::to_string).collect();
    json!({
        "rule": rule.id,
        "level": rule.level.name(),
        "section": rule.lines.first().and_then(|lines| section(lines.first)),
        "lines": lines,
        "statement": rule.statement,
        "pointer": found.violation.finding.pointer.as_str(),
        "expected": proof.expected,
        "got": proof.got,
        "again": found.again.map(|(seen, of)| json!({"seen": seen, "of": of})),
        "probe": found.probe,
        "steps": proof.story().iter().map(|line| {
            json!({"number": line.number, "request": line.request, "answer": line.answer, "times": line.times})
        }).collect::<Vec<_>>(),
        "rerun": again.of(kept, outcome.seed),
    })
}
