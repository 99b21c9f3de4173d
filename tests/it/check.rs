//! The contract tester against the embedded workspace: silent on the sound one, and on every correct one that
//! differs; loud on each that is wrong.

use jobdeck::{
    check::{self, Embedded, Options, Outcome, Profile, Selection, Verdict},
    contract::rules::Level,
    serve::{self, Workspace},
};

/// Checks a workspace in this process.
fn checked(options: serve::Options, globs: &[&str], seed: u64) -> Outcome {
    let globs: Vec<String> = globs.iter().map(|glob| (*glob).to_owned()).collect();
    let selection = Selection::new(&globs, Level::Must).unwrap();
    let mut target = Embedded::new(Workspace::new(options), 1_795_000_000_000_000);
    let options = Options::new(Profile::of_reference(), selection, seed);
    check::check(&mut target, &options, &mut |_| {}).unwrap()
}

#[test]
fn scratch() {
    let started = std::time::Instant::now();
    let outcome = checked(serve::Options::default(), &[], 1);
    let count = |level, what: &str| outcome.count(level, |verdict| verdict.name() == what);
    for level in [Level::Must, Level::Should, Level::Observed] {
        println!("{level:?}: held {} broken {} not exercised {} inconclusive {} ni {}", count(level, "held"), count(level, "broken"), count(level, "not exercised"), count(level, "inconclusive"), count(level, "not implemented"));
    }
    for (rule, verdict) in &outcome.verdicts {
        if !matches!(verdict, Verdict::Held(_)) {
            println!("{:?} {} {verdict:?}", rule.level, rule.id);
        }
    }
    for found in &outcome.findings {
        println!("{} {:?}\n {} {:?} {:?}", found.rule.id, found.rule.level, found.violation.finding, found.probe, found.again);
        for exchange in &found.exchanges {
            let short = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().take(200).collect::<String>();
            println!("    {} {} {} -> {:?}", exchange.request.method, exchange.request.target, short(exchange.request.body.bytes()), exchange.response.as_ref().map(|r| (r.status, short(r.body.bytes()))));
        }
    }
    println!("broken off {:?} requests {} took {:?} real {:?}", outcome.broken_off, outcome.requests, outcome.took, started.elapsed());
}

#[test]
#[ignore]
fn matrix() {
    for fault in serve::Fault::all() {
        let options = serve::Options { faults: vec![fault], ..serve::Options::default() };
        let outcome = std::panic::catch_unwind(|| checked_quick(options, 1));
        let Ok(outcome) = outcome else { println!("{} PANIC/ERR", fault.name()); continue };
        let broken = |level| -> Vec<&str> {
            outcome.findings.iter().filter(|f| f.rule.level == level).map(|f| f.rule.id).collect::<Vec<_>>()
        };
        let must = broken(Level::Must);
        let others: Vec<_> = must.iter().filter(|r| **r != fault.rule()).collect();
        println!("ROW    (\"{}\", &[{}]),", fault.name(), others.iter().map(|r| format!("\"{r}\"")).collect::<Vec<_>>().join(", "));
        println!("{} {} [{}] {} -- should {:?}", if must.contains(&fault.rule()) || broken(Level::Should).contains(&fault.rule()) { "ok  " } else { "MISS" }, fault.name(), fault.rule(), others.iter().map(|s| s.to_string()).collect::<Vec<_>>().join(" "), broken(Level::Should));
    }
}

fn checked_quick(options: serve::Options, seed: u64) -> Outcome {
    let selection = Selection::new(&[], Level::Must).unwrap();
    let mut target = Embedded::new(Workspace::new(options), 1_795_000_000_000_000);
    let options = Options { proofs_max: 0, ..Options::new(Profile::of_reference(), selection, seed) };
    check::check(&mut target, &options, &mut |_| {}).unwrap()
}

#[test]
#[ignore]
fn matrix2() {
    for name in ["created-id-as-text", "query-ignored", "delete-active-cancels", "reset-merges", "update-ignores-removal"] {
        let fault = serve::Fault::parse(name).unwrap();
        let options = serve::Options { faults: vec![fault], ..serve::Options::default() };
        let outcome = checked_quick(options, 1);
        println!("{name} [{}] {:?}", fault.rule(), outcome.findings.iter().map(|f| (f.rule.id, f.rule.level)).collect::<Vec<_>>());
    }
    let started = std::time::Instant::now();
    for variant in serve::Variant::all() {
        let options = serve::Options { variants: vec![variant], ..serve::Options::default() };
        let outcome = checked_quick(options, 1);
        println!("variant {} {:?}", variant.name(), outcome.findings.iter().map(|f| (f.rule.id, f.rule.level)).collect::<Vec<_>>());
        for found in outcome.findings.iter().filter(|f| f.rule.level == Level::Must) {
            println!("   {}", found.violation.finding);
        for exchange in &found.exchanges {
            let short = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().take(400).collect::<String>();
            println!("    {} {} {} -> {:?}", exchange.request.method, exchange.request.target, short(exchange.request.body.bytes()), exchange.response.as_ref().map(|r| (r.status, short(r.body.bytes()))));
        }
        }
        println!("  {:?} held {}", outcome.broken_off, outcome.count(Level::Must, |v| matches!(v, Verdict::Held(_))));
    }
    println!("{:?}", started.elapsed());
    for fault in serve::Fault::unchecked() {
        let options = serve::Options { faults: vec![fault], ..serve::Options::default() };
        let outcome = checked(options, &[fault.rule()], 1);
        if !outcome.findings.iter().any(|f| f.rule.id == fault.rule()) { println!("unseen {} {:?}", fault.name(), outcome.verdicts); }
    }
    println!("{:?}", started.elapsed());
}

#[test]
#[ignore]
fn timing() {
    let selection = Selection::new(&[], Level::Must).unwrap();
    let mut target = Embedded::new(Workspace::new(serve::Options::default()), 1_795_000_000_000_000);
    let options = Options { proofs_max: 0, ..Options::new(Profile::of_reference(), selection, 1) };
    let mut last = (String::new(), std::time::Instant::now());
    let mut rows = Vec::new();
    check::check(&mut target, &options, &mut |p| {
        rows.push((last.1.elapsed(), last.0.clone()));
        last = (p.now.to_owned(), std::time::Instant::now());
    }).unwrap();
    rows.push((last.1.elapsed(), last.0.clone()));
    rows.sort();
    rows.reverse();
    for row in rows.iter().take(14) { println!("{row:?}"); }
}
