//! The closing law: whatever clients see of a replay, the oracles that judge workspaces find nothing wrong with
//! it that is not wrong with the recording itself.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use http::Method;
use jobdeck::{
    check::{self, Selection},
    contract::rules::Level,
    exchange::{Body, Exchange, Handler, Outcome, Request},
    replay::{Options, Recording, Replayer},
    serve::{self, Workspace},
};
use proptest::{prelude::*, sample::Index, test_runner::TestRunner};
use serde_json::{Value, json};

const START_US: u64 = 1_795_434_000_000_000;

/// What a client does next: of which kind, about which of the things that it knows, and how long it takes to
/// decide, to be heard and to hear, in milliseconds.
#[derive(Clone, Debug)]
struct Step {
    kind: Kind,
    which: Index,
    decides_ms: u64,
    out_ms: u64,
    back_ms: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Create,
    RunNow,
    Submit,
    Update,
    Reset,
    Cancel,
    CancelAll,
    DeleteRun,
    DeleteJob,
    Get,
    Output,
    Job,
    Jobs,
    Runs,
    AllRuns,
}

impl Kind {
    fn is_write(self) -> bool {
        !matches!(
            self,
            Self::Get | Self::Output | Self::Job | Self::Jobs | Self::Runs | Self::AllRuns
        )
    }
}

fn writes() -> impl Strategy<Value = Kind> {
    prop_oneof![
        3 => Just(Kind::RunNow),
        2 => Just(Kind::Submit),
        1 => Just(Kind::Create),
        1 => Just(Kind::Update),
        1 => Just(Kind::Reset),
        2 => Just(Kind::Cancel),
        1 => Just(Kind::CancelAll),
        1 => Just(Kind::DeleteRun),
        1 => Just(Kind::DeleteJob),
    ]
}

fn reads() -> impl Strategy<Value = Kind> {
    prop_oneof![
        6 => Just(Kind::Get),
        2 => Just(Kind::Output),
        1 => Just(Kind::Job),
        1 => Just(Kind::Jobs),
        2 => Just(Kind::Runs),
        1 => Just(Kind::AllRuns),
    ]
}

fn step(kinds: impl Strategy<Value = Kind>) -> impl Strategy<Value = Step> {
    (kinds, any::<Index>(), 0..1500_u64, 0..400_u64, 0..400_u64).prop_map(
        |(kind, which, decides_ms, out_ms, back_ms)| Step {
            kind,
            which,
            decides_ms,
            out_ms,
            back_ms,
        },
    )
}

/// The recorded scripts, and for each the reads of another client between the same writes.
fn scripts() -> impl Strategy<Value = Vec<(Vec<Step>, Vec<Vec<Step>>)>> {
    let recorded =
        prop::collection::vec(prop_oneof![1 => step(writes()), 3 => step(reads())], 4..20);
    let others = prop::collection::vec(prop::collection::vec(step(reads()), 0..4), 20);
    prop::collection::vec((recorded, others), 1..4)
}

/// The script of another client: the same writes, other reads, other times.
fn another(recorded: &[Step], reads: &[Vec<Step>]) -> Vec<Step> {
    let mut reads = reads.iter();
    let mut script = Vec::new();
    for write in recorded.iter().filter(|step| step.kind.is_write()) {
        let between = reads.next().cloned().unwrap_or_default();
        let times = between.first().unwrap_or(write).clone();
        script.push(Step { kind: write.kind, which: write.which, ..times });
        script.extend(between);
    }
    script.extend(reads.next().cloned().unwrap_or_default());
    script
}

/// Somebody with a script, and the things that they know.
struct Client {
    name: usize,
    script: std::vec::IntoIter<Step>,
    jobs: Vec<i64>,
    runs: Vec<i64>,
    /// How many writes there were, to tell them apart.
    written: usize,
    /// Stands in everything that clients make up anew each time.
    fresh: &'static str,
}

impl Client {
    /// The next request that makes sense, with its times.
    fn next(&mut self) -> Option<(Step, Request)> {
        loop {
            let step = self.script.next()?;
            self.written += usize::from(step.kind.is_write());
            // A job comes before everything else.
            let kind =
                if self.jobs.is_empty() && step.kind.is_write() { Kind::Create } else { step.kind };
            if let Some(request) = self.request(kind, &step) {
                return Some((Step { kind, ..step }, request));
            }
        }
    }

    fn request(&self, kind: Kind, step: &Step) -> Option<Request> {
        let pick = |ids: &[i64]| (!ids.is_empty()).then(|| *step.which.get(ids));
        let (job, run) = (pick(&self.jobs), pick(&self.runs));
        let mark = format!("{}-{}", self.name, self.written);
        let token = format!("{mark}-{}", self.fresh);
        let settings = |path: &str| {
            json!({"name": mark, "existing_cluster_id": "1-a", "max_concurrent_runs": 3,
                "notebook_task": {"notebook_path": path}})
        };
        let path = ["/jobdeck/exit/42", "/jobdeck/fail", "/jobdeck/sleep/3000"][self.written % 3];
        let mut submit = settings(path);
        submit
            .as_object_mut()?
            .retain(|name, _| !["name", "max_concurrent_runs"].contains(&&**name));
        submit["run_name"] = mark.clone().into();
        submit["idempotency_token"] = token.clone().into();
        let get = |target: String| Request::new(Method::GET, format!("/api/2.0/jobs/{target}"));
        let post = |path: &str, body: Value| {
            let mut request = Request::new(Method::POST, format!("/api/2.0/jobs/{path}"));
            request.body = Body::Whole(body.to_string().into());
            request
        };
        let mut request = match kind {
            Kind::Create => post("create", settings(path)),
            Kind::RunNow => post("run-now", json!({"job_id": job?, "idempotency_token": token})),
            Kind::Submit => post("runs/submit", submit),
            Kind::Update => post("update", json!({"job_id": job?, "new_settings": {"name": mark}})),
            Kind::Reset => post("reset", json!({"job_id": job?, "new_settings": settings(path)})),
            Kind::Cancel => post("runs/cancel", json!({"run_id": run?})),
            Kind::CancelAll => post("runs/cancel-all", json!({"job_id": job?})),
            Kind::DeleteRun => post("runs/delete", json!({"run_id": run?})),
            Kind::DeleteJob => post("delete", json!({"job_id": job?})),
            Kind::Get => get(format!("runs/get?run_id={}", run?)),
            Kind::Output => get(format!("runs/get-output?run_id={}", run?)),
            Kind::Job => get(format!("get?job_id={}", job?)),
            Kind::Jobs => get("list".to_owned()),
            Kind::Runs => get(format!("runs/list?job_id={}", job?)),
            Kind::AllRuns => get("runs/list".to_owned()),
        };
        request.headers.push("authorization", "Bearer x");
        Some(request)
    }

    fn learn(&mut self, kind: Kind, answer: &[u8]) {
        let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
        let known = match kind {
            Kind::Create => (&mut self.jobs, "job_id"),
            Kind::RunNow | Kind::Submit => (&mut self.runs, "run_id"),
            _ => return,
        };
        known.0.extend(answer[known.1].as_i64());
    }
}

/// What passes when clients follow their scripts side by side.
fn played(
    scripts: Vec<Vec<Step>>,
    fresh: &'static str,
    handler: &mut impl Handler,
) -> Vec<Exchange> {
    let mut clients: Vec<Client> = scripts
        .into_iter()
        .enumerate()
        .map(|(name, script)| Client {
            name,
            script: script.into_iter(),
            jobs: Vec::new(),
            runs: Vec::new(),
            written: 0,
            fresh,
        })
        .collect();
    let mut calls = Vec::new();
    // When a request is heard, by whom it is sent, and when it was.
    let mut heard = BinaryHeap::new();
    let mut waiting = BTreeMap::new();
    let send = |client: &mut Client,
                free_ms: u64,
                heard: &mut BinaryHeap<_>,
                waiting: &mut BTreeMap<_, _>| {
        if let Some((step, request)) = client.next() {
            let sent_ms = free_ms + step.decides_ms;
            heard.push(Reverse((sent_ms + step.out_ms, client.name, sent_ms)));
            waiting.insert(client.name, (step, request));
        }
    };
    for client in &mut clients {
        send(client, 0, &mut heard, &mut waiting);
    }
    while let Some(Reverse((heard_ms, name, sent_ms))) = heard.pop() {
        let (step, request) = waiting.remove(&name).unwrap();
        let response = handler.answer(&request, START_US + heard_ms * 1000).response;
        let client = &mut clients[name];
        if response.is_success() {
            client.learn(step.kind, response.body.bytes());
        }
        let back_ms = heard_ms + step.back_ms;
        calls.push((sent_ms, back_ms, request, response));
        send(client, back_ms, &mut heard, &mut waiting);
    }
    calls.sort_by_key(|(sent_ms, ..)| *sent_ms);
    (1..)
        .zip(calls)
        .map(|(seq, (sent_ms, back_ms, request, response))| Exchange {
            seq,
            connection: 1,
            at_us: sent_ms * 1000 + seq,
            first_byte_us: None,
            took_us: (back_ms - sent_ms) * 1000 + 1,
            request,
            response: Some(response),
            redacted: Vec::new(),
            outcome: Outcome::Complete,
            weather: None,
        })
        .collect()
}

/// What the oracles find.
fn findings(exchanges: &[Exchange]) -> Vec<String> {
    let selection = Selection::new(&[], Level::Should).unwrap();
    let outcome = check::judge("history", exchanges, &selection, false);
    let told = |found: &check::Found| {
        let evidence: Vec<u64> =
            found.violation.evidence.iter().map(|at| exchanges[*at].seq).collect();
        format!("{:?} {evidence:?}", found.violation.finding)
    };
    outcome.findings.iter().map(told).collect()
}

/// A line for each exchange.
fn table(exchanges: &[Exchange]) -> String {
    let line = |exchange: &Exchange| {
        let Exchange { seq, at_us, took_us, request, response, .. } = exchange;
        let text = |body: &Body| String::from_utf8_lossy(body.bytes()).into_owned();
        let answer = response.as_ref().map(|response| text(&response.body));
        let states = answer.unwrap_or_default().replace("\"task\"", "\n            \"task\"");
        format!("{seq} {at_us}+{took_us} {} {} -> {states}\n", request.target, text(&request.body))
    };
    exchanges.iter().map(line).collect()
}

#[test]
fn what_a_replay_shows_could_have_been_seen_of_the_workspace() {
    let config =
        ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() };
    let counts = std::cell::Cell::new((0, 0));
    let result = TestRunner::new(config).run(&scripts(), |scripts| {
        let mut workspace = Workspace::new(serve::Options::default());
        let recorded: Vec<Vec<Step>> =
            scripts.iter().map(|(recorded, _)| recorded.clone()).collect();
        let recording = played(recorded, "recorded", &mut workspace);
        prop_assert_eq!(findings(&recording), Vec::<String>::new());

        let taped = Recording { exchanges: recording.clone(), ..Recording::default() };
        // A list that only comes close may name what a client makes later on, and does not claim to fit.
        let mut replayer = Replayer::new(taped, Options { strict: true, ..Options::default() });
        let others: Vec<Vec<Step>> =
            scripts.iter().map(|(recorded, reads)| another(recorded, reads)).collect();
        let mut seen = played(others, "live", &mut replayer);
        let asked = seen.len();
        // A miss says that there is no answer, and is none.
        seen.retain(|exchange| exchange.response.as_ref().is_some_and(|r| r.status != 424));
        let (hits, misses) = counts.get();
        counts.set((hits + seen.len(), misses + asked - seen.len()));
        prop_assert_eq!(
            findings(&seen),
            Vec::<String>::new(),
            "{}\nof\n{}",
            table(&seen),
            table(&recording)
        );
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    let (hits, misses) = counts.get();
    assert!(hits > misses, "{hits} answered, {misses} missed: there was little to judge");
}
