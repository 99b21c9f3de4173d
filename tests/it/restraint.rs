//! What a check does to a target that others use as well: nothing to what is not its own, nothing that costs
//! money without leave, and nothing left behind.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use http::Method;
use jobdeck::{
    check::{self, Embedded, End, Options, Outcome, Profile, Selection, Target},
    contract::rules::Level,
    exchange::{Handler, Reply, Request, Response},
    net::Sent,
    serve::{self, Workspace},
};
use serde_json::Value;

const EPOCH_US: u64 = 1_795_000_000_000_000;

/// What was asked and answered, in a few words.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<(Request, Response)>>>);

/// What is done to each answer before it is sent.
type Twist = fn(&Request, Response) -> Response;

/// A workspace that tells what it is asked.
struct Watched {
    workspace: Workspace,
    log: Log,
    twist: Twist,
}

impl Handler for Watched {
    fn answer(&mut self, request: &Request, now_us: u64) -> Reply {
        let mut reply = self.workspace.answer(request, now_us);
        reply.response = (self.twist)(request, reply.response);
        self.log.0.lock().unwrap().push((request.clone(), reply.response.clone()));
        reply
    }
}

/// A target that others use as well. Somebody wants the check of it to end after so many requests.
struct Shared {
    target: Embedded<Watched>,
    requests_left: usize,
    is_resumed: bool,
}

impl Target for Shared {
    fn name(&self) -> &str {
        self.target.name()
    }

    fn send(&mut self, requests: Vec<Request>) -> Vec<Sent> {
        self.requests_left = self.requests_left.saturating_sub(requests.len());
        self.target.send(requests)
    }

    fn abandon(&mut self, request: &Request) -> (u64, u64) {
        self.target.abandon(request)
    }

    fn now_us(&self) -> u64 {
        self.target.now_us()
    }

    fn epoch_us(&self) -> u64 {
        self.target.epoch_us()
    }

    fn wait(&mut self, duration: Duration) {
        self.target.wait(duration);
    }

    fn is_waited_for(&self) -> bool {
        false
    }

    fn is_interrupted(&mut self) -> bool {
        self.requests_left == 0 && !self.is_resumed
    }

    fn resume(&mut self) {
        self.is_resumed = true;
    }

    fn is_local(&self) -> bool {
        false
    }
}

fn as_it_is(_: &Request, response: Response) -> Response {
    response
}

/// Checks a workspace that others use as well, without leave for anything.
fn checked(globs: &[&str], twist: Twist, requests_max: usize) -> (Outcome, Log, Shared) {
    let globs: Vec<String> = globs.iter().map(|glob| (*glob).to_owned()).collect();
    let log = Log::default();
    let workspace = Workspace::new(serve::Options::default());
    let target = Embedded::new(Watched { workspace, log: log.clone(), twist }, EPOCH_US);
    let mut shared = Shared { target, requests_left: requests_max, is_resumed: false };
    let profile = Profile { isolated: false, ..Profile::of_reference() };
    let selection = Selection::new(&globs, Level::Must).unwrap();
    let options = Options { proofs_max: 0, ..Options::new(profile, selection, 1) };
    let outcome = check::check(&mut shared, &options, &mut |_| {}).unwrap();
    (outcome, log, shared)
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(request.body.bytes()).unwrap_or_default()
}

/// The names of the jobs and the submitted runs that are there.
fn names(shared: &mut Shared) -> Vec<Value> {
    let mut ask = |target: &str| -> Value {
        let mut request = Request::new(Method::GET, target);
        request.headers.push("authorization", "Bearer a-token");
        let sent = shared.target.send(vec![request]).pop().unwrap();
        serde_json::from_slice(sent.response.unwrap().body.bytes()).unwrap()
    };
    let jobs = ask("/api/2.0/jobs/list");
    let runs = ask("/api/2.0/jobs/runs/list?run_type=SUBMIT_RUN&limit=0");
    let of = |list: &Value, key: &str, name: &str| -> Vec<Value> {
        let all = list[key].as_array().cloned().unwrap_or_default();
        all.iter().map(|one| one.pointer(name).cloned().unwrap_or_default()).collect()
    };
    [of(&jobs, "jobs", "/settings/name"), of(&runs, "runs", "/run_name")].concat()
}

#[test]
fn without_leave_nothing_is_sent_that_could_hurt_others_or_cost_money() {
    let (outcome, log, mut shared) = checked(&[], as_it_is, usize::MAX);
    assert!(outcome.findings.is_empty(), "{:?}", outcome.findings);
    for (request, _) in log.0.lock().unwrap().iter() {
        let path = request.path().strip_prefix("/api/2.0/jobs/").unwrap_or_default();
        let sent = body(request);
        let is_named = |name: &str| {
            sent.get(name).is_some() || request.query().is_some_and(|query| query.contains(name))
        };
        assert_ne!(path, "runs/submit", "{sent}");
        match path {
            "delete" | "runs/cancel-all" => assert!(is_named("job_id"), "{path} {sent}"),
            "runs/delete" | "runs/cancel" if request.body.bytes().starts_with(b"{") => {
                // What is no JSON at all is no request to do something.
                let is_read = serde_json::from_slice::<Value>(request.body.bytes()).is_ok();
                assert!(!is_read || is_named("run_id"), "{path} {sent}");
            }
            _ => {}
        }
    }
    assert_eq!(names(&mut shared), Vec::<Value>::new());
}

#[test]
fn a_delete_that_was_not_carried_out_is_sent_again_or_told_of() {
    fn busy(request: &Request, response: Response) -> Response {
        response_unless(request, response, "/jobs/delete")
    }
    fn response_unless(request: &Request, response: Response, path: &str) -> Response {
        if request.path().ends_with(path) {
            return Response::error(503, "TEMPORARILY_UNAVAILABLE", "later");
        }
        response
    }
    let (outcome, _, _) = checked(&["get/*"], busy, usize::MAX);
    assert!(!outcome.left_behind.is_empty());
}

#[test]
fn an_answer_that_is_lost_leaves_nothing_behind() {
    fn lossy(request: &Request, response: Response) -> Response {
        let is_asked = |path: &str, name: &str| {
            let sent = body(request);
            let own = sent.get("name").and_then(Value::as_str).unwrap_or_default();
            request.path().ends_with(path) && own.ends_with(name)
        };
        // The third job of each case is made, and nobody is told.
        if is_asked("/create", "job3") {
            return Response::error(502, "BAD_GATEWAY", "no answer");
        }
        response
    }
    let (outcome, log, mut shared) =
        checked(&["delete/*", "x/concurrency/create-parallel"], lossy, usize::MAX);
    let lost = log.0.lock().unwrap().iter().filter(|(_, response)| response.status == 502).count();
    assert!(lost > 0);
    assert!(outcome.left_behind.is_empty(), "{:?}", outcome.left_behind);
    assert_eq!(names(&mut shared), Vec::<Value>::new());
}

#[test]
fn after_an_interrupt_all_is_removed() {
    for requests in [10, 100, 500] {
        let (outcome, log, mut shared) = checked(&[], as_it_is, requests);
        assert!(matches!(outcome.ended, Some(End::Interrupted)), "{:?}", outcome.ended);
        assert!(log.0.lock().unwrap().len() >= requests);
        assert!(outcome.left_behind.is_empty(), "{:?}", outcome.left_behind);
        assert_eq!(names(&mut shared), Vec::<Value>::new());
    }
}

#[test]
fn what_a_server_makes_by_another_method_is_removed_too() {
    struct Lenient(Watched);
    impl Handler for Lenient {
        fn answer(&mut self, request: &Request, now_us: u64) -> Reply {
            let mut request = request.clone();
            if request.path().ends_with("/jobs/create") && request.method == Method::PUT {
                request.method = Method::POST;
            }
            self.0.answer(&request, now_us)
        }
    }
    let log = Log::default();
    let workspace = Workspace::new(serve::Options::default());
    let watched = Watched { workspace, log: log.clone(), twist: as_it_is };
    let mut target = Embedded::new(Lenient(watched), EPOCH_US);
    let selection = Selection::new(&["http/error/wrong-method".to_owned()], Level::Must).unwrap();
    let options = Options { proofs_max: 0, ..Options::new(Profile::of_reference(), selection, 1) };
    let outcome = check::check(&mut target, &options, &mut |_| {}).unwrap();
    assert!(outcome.left_behind.is_empty(), "{:?}", outcome.left_behind);
    let mut request = Request::new(Method::GET, "/api/2.0/jobs/list");
    request.headers.push("authorization", "Bearer a-token");
    let sent = target.send(vec![request]).pop().unwrap().response.unwrap();
    let list: Value = serde_json::from_slice(sent.body.bytes()).unwrap();
    assert_eq!(list.get("jobs").and_then(Value::as_array).map_or(0, Vec::len), 0, "{list}");
}
