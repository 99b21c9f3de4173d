//! Requests that are broken in exactly one way, for every way there is, each between two looks at what it
//! could have changed.

use std::collections::BTreeMap;

use proptest::strategy::{Strategy, ValueTree};
use serde_json::{Map, Value, json};

use super::{Aim, Going, Phase, Probe, Rules, Session};
use crate::{
    check::{chance, cleanup, program::Form},
    contract::{
        Endpoint, Role,
        rules::{Need, Safety},
    },
    generate::{Broken, Known, breakages},
    json::Pointer,
};

/// What stands for an id while a request is made up.
const STAND_IN: i64 = 4711;
/// How many requests are made for each way.
const CASES: u32 = 2;
/// After so many requests that were taken, a rule is broken: more of them would show nothing more.
const TAKEN_MAX: u32 = 2;
/// How many ways stand between two looks, each of which takes a job of its own.
const BETWEEN_LOOKS: usize = 12;
/// The same where not much may be made.
const BETWEEN_LOOKS_SPARING: usize = 80;

/// What is shown by any broken request.
const ANY: [&str; 2] = ["http/error/no-5xx-for-bad-input", "http/schema/error-envelope"];

/// One of several parts of the ways, so that several workers share them.
#[derive(Clone, Copy)]
struct Part {
    number: usize,
    of: usize,
}

macro_rules! probe {
    ($name:literal, $endpoint:ident $(, $rule:literal)*) => {
        probe!($name, 0 of 1, $endpoint $(, $rule)*)
    };
    ($name:literal, $number:literal of $of:literal, $endpoint:ident $(, $rule:literal)*) => {
        Probe {
            name: $name,
            phase: Phase::Broken,
            rules: Rules::OfRequests(Endpoint::$endpoint, &[ANY[0], ANY[1] $(, $rule)*]),
            needs: &[Need::Cluster],
            safety: Safety::OwnObjects,
            run: |session, aim| {
                let part = Part { number: $number, of: $of };
                every(session, aim, Endpoint::$endpoint, &[$($rule),*], part)
            },
        }
    };
}

pub(super) const PROBES: &[Probe] = &[
    probe!("broken create", 0 of 4, Create, "create/error/rejected-creates-nothing"),
    probe!("broken create", 1 of 4, Create, "create/error/rejected-creates-nothing"),
    probe!("broken create", 2 of 4, Create, "create/error/rejected-creates-nothing"),
    probe!("broken create", 3 of 4, Create, "create/error/rejected-creates-nothing"),
    probe!("broken delete", Delete),
    probe!("broken get", Get),
    probe!("broken reset", 0 of 4, Reset, "reset/error/invalid-has-no-effect"),
    probe!("broken reset", 1 of 4, Reset, "reset/error/invalid-has-no-effect"),
    probe!("broken reset", 2 of 4, Reset, "reset/error/invalid-has-no-effect"),
    probe!("broken reset", 3 of 4, Reset, "reset/error/invalid-has-no-effect"),
    probe!("broken update", 0 of 4, Update, "update/error/invalid-has-no-effect"),
    probe!("broken update", 1 of 4, Update, "update/error/invalid-has-no-effect"),
    probe!("broken update", 2 of 4, Update, "update/error/invalid-has-no-effect"),
    probe!("broken update", 3 of 4, Update, "update/error/invalid-has-no-effect"),
    probe!("broken run-now", RunNow, "run-now/error/rejected-creates-no-run"),
    probe!("broken runs/submit", 0 of 4, RunsSubmit, "runs-submit/error/rejected-creates-no-run"),
    probe!("broken runs/submit", 1 of 4, RunsSubmit, "runs-submit/error/rejected-creates-no-run"),
    probe!("broken runs/submit", 2 of 4, RunsSubmit, "runs-submit/error/rejected-creates-no-run"),
    probe!("broken runs/submit", 3 of 4, RunsSubmit, "runs-submit/error/rejected-creates-no-run"),
    probe!("broken runs/list", RunsList),
    probe!("broken runs/get", RunsGet),
    probe!("broken runs/export", RunsExport),
    probe!("broken runs/cancel", RunsCancel),
    probe!("broken runs/cancel-all", RunsCancelAll),
    probe!("broken runs/get-output", RunsGetOutput),
    probe!("broken runs/delete", RunsDelete),
];

/// What the requests of an endpoint could change.
struct Ground {
    job: i64,
    run: i64,
}

/// `effects` are the rules that say that none of these requests has an effect.
fn every(
    session: &mut Session<'_, '_>,
    aim: &Aim<'_>,
    endpoint: Endpoint,
    effects: &[&str],
    part: Part,
) -> Going<()> {
    let all = effects.iter().any(|rule| (aim.wants)(rule));
    let any = ANY.iter().any(|rule| (aim.wants)(rule));
    let mut wanted = breakages(endpoint);
    // Of what any broken request shows, a few of each endpoint show enough.
    let few = !all && any && !wanted.iter().any(|breakage| (aim.wants)(breakage.rule));
    let mut index = 0;
    wanted.retain(|breakage| {
        index += 1;
        (index % part.of == part.number) && (all || few || (aim.wants)(breakage.rule))
    });
    if few {
        wanted.truncate(BETWEEN_LOOKS / part.of);
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let harmless = session.bench.is_harmless();
    let between_looks = if harmless { BETWEEN_LOOKS } else { BETWEEN_LOOKS_SPARING };
    // A lenient server may take such a request, and starts what costs money.
    if endpoint == Endpoint::RunsSubmit && !session.bench.permits(Safety::Compute) {
        let why = "a submit that was taken would start compute, which is not allowed";
        session.inconclusive.extend(wanted.iter().map(|breakage| (breakage.rule, why.to_owned())));
        return Ok(());
    }
    let mut ground = fresh(session, endpoint)?;
    let mut taken: BTreeMap<&str, u32> = BTreeMap::new();
    for (index, breakage) in wanted.iter().enumerate() {
        // Ids that a request names are put in when it is sent.
        let strategy = breakage.broken(&Known { job_ids: vec![STAND_IN], run_ids: vec![STAND_IN] });
        let place = breakage.to_string();
        for case in 0..CASES {
            if taken.get(breakage.rule).is_some_and(|times| *times >= TAKEN_MAX) {
                break;
            }
            let mut runner = chance::runner(aim.seed, &place, case);
            let Ok(tree) = strategy.new_tree(&mut runner) else { continue };
            let arguments = dressed(session, endpoint, tree.current(), &ground);
            if is_aimless(endpoint, &arguments) && !session.bench.may_be_aimless() {
                let why = "a wrong server could do it to what is not the check's own: say `isolated = \
                           true` in the profile, or --allow load";
                session.inconclusive.push((breakage.rule, why.to_owned()));
                continue;
            }
            let sent = session.send(Form::new(endpoint, arguments))?;
            if !session.is_done(sent) {
                continue;
            }
            *taken.entry(breakage.rule).or_default() += 1;
            if endpoint == Endpoint::Create {
                // It has changed nothing but what a list shows, which would grow without end.
                if let Some(made) = session.body(sent).get("job_id").and_then(Value::as_i64) {
                    cleanup::remove_job(session, made)?;
                }
                session.next_case();
                look(session, endpoint, &ground)?;
            } else if endpoint.effect().is_write() {
                // It has changed who knows what.
                look(session, endpoint, &ground)?;
                ground = fresh(session, endpoint)?;
            }
        }
        if index % between_looks == between_looks - 1 || index + 1 == wanted.len() {
            look(session, endpoint, &ground)?;
            if index + 1 < wanted.len() {
                ground = fresh(session, endpoint)?;
            }
        }
    }
    Ok(())
}

/// Whether a request removes or stops something without a word of what.
fn is_aimless(endpoint: Endpoint, arguments: &Map<String, Value>) -> bool {
    let name = match endpoint {
        Endpoint::Delete | Endpoint::RunsCancelAll => "job_id",
        Endpoint::RunsDelete | Endpoint::RunsCancel => "run_id",
        _ => return false,
    };
    !arguments.contains_key(name)
}

/// A job that starts nothing and a run of it, looked at, in a case of their own.
fn fresh(session: &mut Session<'_, '_>, endpoint: Endpoint) -> Going<Ground> {
    session.next_case();
    let job = session.idle_job(json!({}))?;
    let run = session.start(job)?;
    session.skipped(run)?;
    let ground = Ground { job, run };
    // The endpoint takes what is right: what it refuses, it refuses for what is wrong with it.
    match endpoint {
        Endpoint::Reset => {
            let mut settings = session.settings(None);
            settings.insert("max_concurrent_runs".to_owned(), 0.into());
            session.call(endpoint, json!({"job_id": job, "new_settings": settings}))?;
        }
        Endpoint::Update => {
            let new = json!({"name": session.name("renamed")});
            session.call(endpoint, json!({"job_id": job, "new_settings": new}))?;
        }
        Endpoint::RunsCancel | Endpoint::RunsGetOutput | Endpoint::RunsExport => {
            session.call(endpoint, json!({"run_id": run}))?;
        }
        Endpoint::RunsCancelAll => {
            session.call(endpoint, json!({"job_id": job}))?;
        }
        Endpoint::RunsDelete => {
            let other = session.start(job)?;
            session.skipped(other)?;
            session.call(endpoint, json!({"run_id": other}))?;
        }
        Endpoint::Delete => {
            let other = session.idle_job(json!({}))?;
            session.call(endpoint, json!({"job_id": other}))?;
        }
        Endpoint::RunsList => {
            session.list_runs(job)?;
        }
        Endpoint::Create
        | Endpoint::List
        | Endpoint::Get
        | Endpoint::RunNow
        | Endpoint::RunsSubmit
        | Endpoint::RunsGet => {}
    }
    look(session, endpoint, &ground)?;
    Ok(ground)
}

/// Looks at what the requests of an endpoint could change.
fn look(session: &mut Session<'_, '_>, endpoint: Endpoint, ground: &Ground) -> Going<()> {
    match endpoint {
        Endpoint::Create => session.call(Endpoint::List, json!({}))?,
        Endpoint::RunNow => session.list_runs(ground.job)?,
        Endpoint::RunsSubmit => {
            session.call(Endpoint::RunsList, json!({"run_type": "SUBMIT_RUN", "limit": 0}))?
        }
        Endpoint::RunsCancel | Endpoint::RunsDelete => session.get_run(ground.run)?,
        Endpoint::RunsCancelAll | Endpoint::Delete => {
            session.get(ground.job)?;
            session.get_run(ground.run)?
        }
        Endpoint::Get | Endpoint::Reset | Endpoint::Update => session.get(ground.job)?,
        Endpoint::List
        | Endpoint::RunsList
        | Endpoint::RunsGet
        | Endpoint::RunsExport
        | Endpoint::RunsGetOutput => return Ok(()),
    };
    Ok(())
}

/// Broken arguments that would do no harm if they were taken, and bear a name by which that is seen.
fn dressed(
    session: &mut Session<'_, '_>,
    endpoint: Endpoint,
    broken: Broken,
    ground: &Ground,
) -> Map<String, Value> {
    let Broken { mut arguments, pointer, .. } = broken;
    let untouched = |place: &Pointer| !pointer.as_str().starts_with(place.as_str());
    let root = Pointer::root();
    match endpoint {
        Endpoint::Create => mild(session, &mut arguments, &root, untouched),
        Endpoint::Reset | Endpoint::Update => {
            if let Some(Value::Object(new)) = arguments.get_mut("new_settings") {
                mild(session, new, &root.join("new_settings"), untouched);
            }
        }
        Endpoint::RunsSubmit => {
            let name = session.name("broken");
            if untouched(&root.join("run_name")) {
                arguments.insert("run_name".to_owned(), name.into());
            }
        }
        _ => {}
    }
    for (name, own) in [("job_id", ground.job), ("run_id", ground.run)] {
        if arguments.get(name) == Some(&STAND_IN.into()) {
            arguments.insert(name.to_owned(), own.into());
        }
        if pointer.as_str() == root.join(name).as_str()
            && is_id(endpoint, name)
            && let Some(value) = arguments.get_mut(name)
        {
            harmless_id(value, own);
        }
    }
    if !untouched(&root.join("idempotency_token")) || !arguments.contains_key("idempotency_token") {
        return arguments;
    }
    let token = session.name("token");
    arguments.insert("idempotency_token".to_owned(), token.into());
    arguments
}

fn mild(
    session: &mut Session<'_, '_>,
    settings: &mut Map<String, Value>,
    at: &Pointer,
    untouched: impl Fn(&Pointer) -> bool,
) {
    let name = session.name("broken");
    for (field, value) in [("name", Value::from(name)), ("max_concurrent_runs", 0.into())] {
        if untouched(&at.join(field)) {
            settings.insert(field.to_owned(), value);
        }
    }
    if untouched(&at.join("schedule").join("pause_status"))
        && let Some(Value::Object(schedule)) = settings.get_mut("schedule")
    {
        schedule.insert("pause_status".to_owned(), "PAUSED".into());
    }
}

fn is_id(endpoint: Endpoint, name: &str) -> bool {
    let field = endpoint.signature().request.field(name);
    field.is_some_and(|field| matches!(field.role, Some(Role::JobId | Role::RunId)))
}

/// A broken id that nobody could take for that of somebody else's: it is made from the check's own.
fn harmless_id(value: &mut Value, own: i64) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| *item = own.into()),
        Value::Object(map) => map.iter_mut().for_each(|(_, value)| *value = own.into()),
        Value::Number(number) if number.is_f64() || number.to_string().contains('.') => {
            *value = format!("{own}.5").into();
        }
        Value::String(text) if text == "1.5" => *text = format!("{own}.5"),
        Value::Bool(_) => *value = json!([own]),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(mut value: Value, expected: &Value) {
        harmless_id(&mut value, 77);
        assert_eq!(&value, expected);
    }

    #[test]
    fn a_broken_id_is_made_from_an_own_one() {
        check(json!([1]), &json!([77]));
        check(json!({"value": 1}), &json!({"value": 77}));
        check(json!(1.5), &json!("77.5"));
        check(json!("1.5"), &json!("77.5"));
        check(json!(true), &json!([77]));
        check(json!("one"), &json!("one"));
    }
}
