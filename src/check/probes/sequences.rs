//! Long stories that were made up: any request after any other, to a handful of jobs and runs.
//!
//! A story is drawn whole before it is told, and names what it needs by the step that gives it; so chance
//! never depends on what the target answers, and the story can be cut down step by step.

use proptest::{
    collection,
    prelude::*,
    sample::{self, Index},
    strategy::{Strategy, ValueTree},
};
use serde_json::{Value, json};

use super::{Aim, Going, Phase, Probe, Rules, Session, scenario};
use crate::{
    check::{
        chance,
        program::{Act, Form, Poll, Program, Step, Until},
        session::object,
    },
    contract::{Endpoint, rules::Need},
};

/// How many stories are told.
const STORIES: u32 = 6;
/// How many steps a story has at most.
const STEPS_MAX: usize = 60;
/// How many tokens a story has: few, so that they meet again.
const TOKENS: usize = 4;

pub(super) const PROBES: &[Probe] = &[
    Probe {
        rules: Rules::Any,
        ..scenario("stories of jobs that may have no run", &[], &[Need::Cluster], idle)
    }
    .in_phase(Phase::Sequences),
    Probe {
        rules: Rules::Any,
        ..scenario("stories of runs", &[], &[Need::Cluster, Need::SucceedingTask], working)
    }
    .in_phase(Phase::Sequences)
    .computing(),
];

/// One thing that happens. The numbers choose among what came before.
#[derive(Clone, Debug)]
enum Move {
    Create,
    Rename(Index),
    Reset(Index, i64),
    Remove(Index, &'static str),
    GetJob(Index),
    ListJobs,
    DeleteJob(Index),
    Start(Index, Option<usize>),
    GetRun(Index),
    ListRuns(Index, u8),
    Cancel(Index),
    CancelAll(Index),
    DeleteRun(Index),
    Output(Index),
    Settle(Index),
    Wait(u64),
}

fn moves() -> BoxedStrategy<Move> {
    let which = any::<Index>;
    prop_oneof![
        3 => Just(Move::Create),
        2 => which().prop_map(Move::Rename),
        2 => (which(), 0..4_i64).prop_map(|(job, retries)| Move::Reset(job, retries)),
        1 => (which(), sample::select(vec!["libraries", "timeout_seconds", "max_retries", "name"]))
            .prop_map(|(job, name)| Move::Remove(job, name)),
        3 => which().prop_map(Move::GetJob),
        1 => Just(Move::ListJobs),
        1 => which().prop_map(Move::DeleteJob),
        6 => (which(), prop::option::of(0..TOKENS)).prop_map(|(job, token)| Move::Start(job, token)),
        4 => which().prop_map(Move::GetRun),
        3 => (which(), 0..4_u8).prop_map(|(job, filter)| Move::ListRuns(job, filter)),
        2 => which().prop_map(Move::Cancel),
        1 => which().prop_map(Move::CancelAll),
        2 => which().prop_map(Move::DeleteRun),
        2 => which().prop_map(Move::Output),
        2 => which().prop_map(Move::Settle),
        1 => (1..400_u64).prop_map(Move::Wait),
    ]
    .boxed()
}

fn idle(session: &mut Session<'_, '_>, aim: &Aim<'_>) -> Going<()> {
    tell(session, aim, "idle", 0)
}

fn working(session: &mut Session<'_, '_>, aim: &Aim<'_>) -> Going<()> {
    tell(session, aim, "working", 2)
}

fn tell(session: &mut Session<'_, '_>, aim: &Aim<'_>, kind: &str, limit: i64) -> Going<()> {
    for story in 0..STORIES {
        let mut runner = chance::runner(aim.seed, kind, story);
        let strategy = collection::vec(moves(), STEPS_MAX / 2..=STEPS_MAX);
        let Ok(tree) = strategy.new_tree(&mut runner) else { continue };
        let program = written(&tree.current(), session, limit);
        session.run(&program)?;
    }
    Ok(())
}

/// A story as a program: what it names is what an earlier step gives, or it is left out.
fn written(story: &[Move], session: &Session<'_, '_>, limit: i64) -> Program {
    let settle = session.profile().deadlines().settle;
    let base = session.profile().settings(session.profile().task.ok.as_ref());
    let (mut jobs, mut runs): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let mut steps = Vec::new();
    for (id, next) in (1..).zip(story) {
        let settings = |more: Value| {
            let mut settings = base.clone();
            settings.insert("name".to_owned(), format!("${{own}}-story{id}").into());
            settings.insert("max_concurrent_runs".to_owned(), limit.into());
            settings.extend(object(more));
            Value::Object(settings)
        };
        let job = |which: &Index| (!jobs.is_empty()).then(|| which.get(&jobs).clone());
        let run = |which: &Index| (!runs.is_empty()).then(|| which.get(&runs).clone());
        let call = |endpoint, arguments: Value| Act::Call(Form::new(endpoint, object(arguments)));
        let of_job = |endpoint, which: &Index| Some(call(endpoint, json!({"job_id": job(which)?})));
        let of_run = |endpoint, which: &Index| Some(call(endpoint, json!({"run_id": run(which)?})));
        let act = match next {
            Move::Create => {
                let libraries = json!({"libraries": [{"pypi": {"package": "simplejson"}}]});
                Some(call(Endpoint::Create, settings(libraries)))
            }
            Move::Rename(which) => job(which).map(|job| {
                let new = json!({"name": format!("${{own}}-renamed{id}"), "timeout_seconds": 600});
                call(Endpoint::Update, json!({"job_id": job, "new_settings": new}))
            }),
            Move::Reset(which, retries) => job(which).map(|job| {
                let new = settings(json!({"max_retries": retries}));
                call(Endpoint::Reset, json!({"job_id": job, "new_settings": new}))
            }),
            Move::Remove(which, name) => job(which).map(|job| {
                call(Endpoint::Update, json!({"job_id": job, "fields_to_remove": [name]}))
            }),
            Move::GetJob(which) => of_job(Endpoint::Get, which),
            Move::ListJobs => Some(call(Endpoint::List, json!({}))),
            Move::DeleteJob(which) => of_job(Endpoint::Delete, which),
            Move::Start(which, token) => job(which).map(|job| {
                let mut arguments = json!({"job_id": job});
                if let Some(token) = token {
                    arguments["idempotency_token"] = format!("${{own}}-token{token}").into();
                }
                call(Endpoint::RunNow, arguments)
            }),
            Move::GetRun(which) => of_run(Endpoint::RunsGet, which),
            Move::ListRuns(which, filter) => job(which).map(|job| {
                let mut arguments = json!({"job_id": job});
                match filter {
                    1 => arguments["active_only"] = true.into(),
                    2 => arguments["completed_only"] = true.into(),
                    3 => arguments["limit"] = 2.into(),
                    _ => {}
                }
                call(Endpoint::RunsList, arguments)
            }),
            Move::Cancel(which) => of_run(Endpoint::RunsCancel, which),
            Move::CancelAll(which) => of_job(Endpoint::RunsCancelAll, which),
            Move::DeleteRun(which) => of_run(Endpoint::RunsDelete, which),
            Move::Output(which) => of_run(Endpoint::RunsGetOutput, which),
            Move::Settle(which) => run(which).map(|run_id| {
                let within_ms = u64::try_from(settle.as_millis()).unwrap_or(u64::MAX);
                Act::Poll(Poll { run_id: run_id.into(), until: Until::Ended, within_ms })
            }),
            Move::Wait(ms) => Some(Act::WaitMs(*ms)),
        };
        match next {
            Move::Create => jobs.push(format!("${{{id}/job_id}}")),
            Move::Start(..) if act.is_some() => runs.push(format!("${{{id}/run_id}}")),
            _ => {}
        }
        steps.extend(act.map(|act| Step { id, act }));
    }
    Program { steps }
}
