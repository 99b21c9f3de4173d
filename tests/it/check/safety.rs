//! What a check may do to a target that could be harmed, and what it leaves there.

use std::sync::{Arc, Mutex};

use jobdeck::{
    call,
    check::{Allowed, Options, Profile, Verdict},
    contract::{Endpoint, rules::Level},
    exchange::{Handler, Reply, Request},
    serve::{self, Fault, Workspace},
};
use serde_json::Value;

use super::{broken, checked, options, told, wrong};

/// A workspace behind somebody who passes requests on, as a recorder does: it could be anybody's.
struct Relayed {
    workspace: Workspace,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    creations: usize,
    starts: usize,
    /// Runs of which a task was begun.
    begun: usize,
    mails: usize,
    unpaused: usize,
}

impl Handler for Relayed {
    fn answer(&mut self, request: &Request, now_us: u64) -> Reply {
        let mut reply = self.workspace.answer(request, now_us);
        if let (Ok(call), true) = (call::read(request), reply.response.is_success()) {
            let mut seen = self.seen.lock().unwrap();
            let text = String::from_utf8_lossy(request.body.bytes());
            let is_making = matches!(call.endpoint, Endpoint::Create | Endpoint::RunsSubmit);
            seen.creations += usize::from(is_making);
            seen.starts += usize::from(call.endpoint == Endpoint::RunNow);
            seen.begun += usize::from(call.endpoint == Endpoint::RunsSubmit);
            seen.mails += usize::from(text.contains("@jobdeck.invalid"));
            seen.unpaused += usize::from(text.contains("\"UNPAUSED\"") && !text.contains("2099"));
            let body: Value = serde_json::from_slice(reply.response.body.bytes()).unwrap();
            if call.endpoint == Endpoint::RunsGet {
                seen.begun += usize::from(body["state"]["life_cycle_state"] == "RUNNING");
            }
        }
        reply.response.headers.push("via", "1.1 somebody");
        reply
    }
}

fn relayed(workspace: Workspace, options: &Options) -> (jobdeck::check::Outcome, Seen, usize) {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let outcome = checked(Relayed { workspace, seen: Arc::clone(&seen) }, options);
    let held = outcome.count(Level::Must, |verdict| matches!(verdict, Verdict::Held(_)));
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    (outcome, seen, held)
}

fn sound() -> Workspace {
    Workspace::new(serve::Options::default())
}

#[test]
fn a_target_that_could_be_harmed_is_not_put_to_work() {
    let (outcome, seen, held) = relayed(sound(), &options(&[], 1));
    assert_eq!(broken(&outcome, Level::Must), [""; 0], "{}", told(&outcome));
    assert_eq!((seen.begun, seen.mails, seen.unpaused), (0, 0, 0));
    assert!(seen.creations <= 300, "{} things were made", seen.creations);
    assert!(held >= 150, "only {held} rules held");
    assert_eq!(outcome.left_behind, [""; 0]);
    let skipped = outcome.count(Level::Must, |verdict| matches!(verdict, Verdict::NotAllowed(_)));
    assert!(skipped > 40, "only {skipped} rules are told as not allowed");
}

#[test]
fn one_that_runs_what_allows_no_run_is_started_once() {
    let (outcome, seen, _) =
        relayed(wrong(Fault::parse("zero-concurrency-runs").unwrap()), &options(&[], 1));
    assert_eq!(seen.starts, 1);
    let found = broken(&outcome, Level::Must);
    assert!(found.contains(&"run-now/lifecycle/skipped-when-zero"), "{found:?}");
}

#[test]
fn it_is_with_leave() {
    let allowed = Allowed { compute: true, load: false };
    let (outcome, seen, _) =
        relayed(sound(), &Options { allowed, ..options(&["run/lifecycle/*"], 1) });
    assert!(seen.begun > 0);
    assert_eq!(broken(&outcome, Level::Must), [""; 0], "{}", told(&outcome));
}

#[test]
fn a_target_of_which_little_is_known_is_checked_as_far_as_that_goes() {
    let reference = Profile::of_reference();
    let profile = Profile { cluster: reference.cluster, ..Profile::default() };
    let outcome = checked(sound(), &Options { profile, ..options(&[], 1) });
    assert_eq!(broken(&outcome, Level::Must), [""; 0], "{}", told(&outcome));
    let lacking = outcome.count(Level::Must, |verdict| matches!(verdict, Verdict::Lacking(_)));
    assert!(lacking > 40, "only {lacking} rules are told as lacking something");
}
