//! The report for a terminal.

use std::fmt::Write as _;

use super::{
    again::Again,
    proof::{Kept, Proof},
    tally::{called, standing},
    visible::visible,
};
use crate::{
    check::{Outcome, Summary, Verdict},
    contract::rules::{Level, Rule, section},
};

/// The widest request of a story; a longer one pushes its answer onto a line of its own.
const REQUEST_WIDTH: usize = 70;
/// How many findings are told whole.
const TOLD_MAX: usize = 20;
/// How many rules that could not be shown are named.
const NAMED_MAX: usize = 30;

/// The whole report. `proofs` are those of the outcome's findings, with where they are kept.
pub fn text(outcome: &Outcome, proofs: &[(Proof<'_>, Option<Kept>)], again: &Again) -> String {
    let mut text = String::new();
    for (proof, kept) in proofs.iter().take(TOLD_MAX) {
        finding(&mut text, outcome, proof, kept.as_ref(), again);
    }
    if proofs.len() > TOLD_MAX {
        let _ = writeln!(text, "… and {} more broken rules\n", proofs.len() - TOLD_MAX);
    }
    unshown(&mut text, outcome);
    for level in [Level::Must, Level::Should, Level::Observed] {
        counts(&mut text, outcome, level);
    }
    let seed = outcome.seed.map_or(String::new(), |seed| format!(", seed {seed}"));
    let took = outcome.took.as_secs_f64();
    let _ = writeln!(text, "{} exchanges in {took:.1} s{seed}", outcome.requests);
    for line in standing(outcome) {
        let _ = writeln!(text, "{line}");
    }
    let _ = writeln!(text, "{}", verdict(outcome));
    if let Some(again) = outcome.again() {
        let rules: Vec<_> = outcome.verdicts.iter().map(|(rule, _)| rule.id).collect();
        let _ = writeln!(text, "{}  {}", again.name(), rules.join(", "));
    }
    text
}

fn finding(
    text: &mut String,
    outcome: &Outcome,
    proof: &Proof<'_>,
    kept: Option<&Kept>,
    again: &Again,
) {
    let found = proof.found;
    let rule = found.rule;
    let fails = if rule.level <= outcome.level { "BROKEN" } else { "broken" };
    let _ = writeln!(text, "{fails}  {}  {}", rule.level.name(), rule.id);
    let _ = writeln!(text, "  {}{}", place(rule), rule.statement);
    let pointer = found.violation.finding.pointer.as_str();
    let at = if pointer.is_empty() { String::new() } else { format!(" at {pointer}") };
    let _ = writeln!(text, "  expected  {}", proof.expected);
    let _ = writeln!(text, "  got       {}{at}", proof.got);
    let probe = found.probe.map_or(String::new(), |probe| format!(", by \"{probe}\""));
    match found.again {
        Some((0, of)) => {
            let _ = writeln!(text, "  seen      once, and not again in {of} tries{probe}");
        }
        Some((seen, of)) => {
            let _ = writeln!(text, "  seen      again alone, {seen} of {of} times{probe}");
        }
        None => {}
    }
    text.push('\n');
    for line in proof.story() {
        let times =
            if line.times > 1 { format!("  ({} times)", line.times) } else { String::new() };
        let number = line.number;
        if line.request.chars().count() > REQUEST_WIDTH {
            let _ = writeln!(text, "  {number:>4}  {}", line.request);
            let _ = writeln!(text, "        {:<REQUEST_WIDTH$}  {}{times}", "", line.answer);
        } else {
            let _ = writeln!(
                text,
                "  {number:>4}  {:<REQUEST_WIDTH$}  {}{times}",
                line.request, line.answer
            );
        }
    }
    text.push('\n');
    if let Some(command) = again.of(kept, outcome.seed) {
        let _ = writeln!(text, "  again     {command}");
    }
    if let Some(kept) = kept {
        if let Some(script) = &kept.script {
            let _ = writeln!(text, "  by curl   sh {}", script.display());
        }
        let _ = writeln!(text, "  replay    jobdeck replay {}", kept.cassette.display());
    }
    text.push('\n');
}

/// Where the document says so.
pub(super) fn place(rule: &Rule) -> String {
    let Some(lines) = rule.lines.first() else { return String::new() };
    match section(lines.first) {
        Some(section) => format!("{section}, line {}: ", lines.first),
        None => String::new(),
    }
}

/// The documented rules that were not shown to hold, but for those that nobody judges.
fn unshown(text: &mut String, outcome: &Outcome) {
    let open: Vec<_> = outcome
        .verdicts
        .iter()
        .filter(|(rule, _)| rule.level == Level::Must)
        .filter(|(_, verdict)| {
            matches!(
                verdict,
                Verdict::NotExercised
                    | Verdict::Inconclusive(_)
                    | Verdict::Lacking(_)
                    | Verdict::NotAllowed(_)
            )
        })
        .collect();
    // A recording shows what it shows.
    let is_recording = outcome.seed.is_none();
    if open.is_empty() || open.len() > NAMED_MAX || is_recording {
        return;
    }
    for (rule, verdict) in open {
        let why = reason(verdict).map_or(String::new(), |why| format!(": {why}"));
        let _ = writeln!(text, "{:<14}{}{why}", short(verdict), rule.id);
    }
    text.push('\n');
}

fn short(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Lacking(_) | Verdict::NotAllowed(_) => "skipped",
        other => other.name(),
    }
}

/// Why a rule was not shown to hold.
pub(super) fn reason(verdict: &Verdict) -> Option<String> {
    match verdict {
        Verdict::Inconclusive(why) | Verdict::Deviates(why) => Some(visible(why)),
        Verdict::Lacking(needs) => {
            let needs: Vec<_> = needs.iter().map(|need| need.about()).collect();
            Some(format!("the target lacks {}", needs.join(", ")))
        }
        Verdict::NotAllowed(safety) => Some(safety.about().to_owned()),
        Verdict::Unsupported(endpoint) => {
            Some(format!("unsupported: the target has no {}", called(*endpoint)))
        }
        Verdict::Held(_)
        | Verdict::Broken { .. }
        | Verdict::LeftOut
        | Verdict::NotExercised
        | Verdict::NotImplemented => None,
    }
}

fn counts(text: &mut String, outcome: &Outcome, level: Level) {
    let count = |is_one: &dyn Fn(&Verdict) -> bool| outcome.count(level, is_one);
    let rows: [(&str, usize); 9] = [
        ("held", count(&|v| matches!(v, Verdict::Held(_)))),
        ("broken", count(&|v| matches!(v, Verdict::Broken { .. }))),
        ("known deviations", count(&|v| matches!(v, Verdict::Deviates(_)))),
        ("left out", count(&|v| matches!(v, Verdict::LeftOut))),
        ("not exercised", count(&|v| matches!(v, Verdict::NotExercised))),
        ("inconclusive", count(&|v| matches!(v, Verdict::Inconclusive(_)))),
        ("unsupported", count(&|v| matches!(v, Verdict::Unsupported(_)))),
        ("skipped", count(&|v| matches!(v, Verdict::Lacking(_) | Verdict::NotAllowed(_)))),
        ("not implemented", count(&|v| matches!(v, Verdict::NotImplemented))),
    ];
    if rows.iter().all(|(_, count)| *count == 0) {
        return;
    }
    let shown: Vec<_> = rows
        .iter()
        .enumerate()
        .filter(|(index, (_, count))| *index < 2 || *count > 0)
        .map(|(_, (name, count))| format!("{count} {name}"))
        .collect();
    let _ = writeln!(text, "{:<10}{}", level.name(), shown.join(", "));
}

pub(super) fn verdict(outcome: &Outcome) -> String {
    let broken = outcome
        .verdicts
        .iter()
        .filter(|(rule, verdict)| {
            rule.level <= outcome.level && matches!(verdict, Verdict::Broken { .. })
        })
        .count();
    match outcome.summary() {
        Summary::Held => "verdict: held".to_owned(),
        Summary::Partial => {
            "verdict: partial, no rule broken, but not all could be shown".to_owned()
        }
        Summary::Broken => format!("verdict: broken, {broken} of the rules"),
        Summary::Nothing => "verdict: nothing was checked".to_owned(),
    }
}
