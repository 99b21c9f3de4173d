//! Clients of the jobs API that are made by chance: what they ask, what passes when several of them do it side by
//! side, and what the oracles find in that.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use http::Method;
use jobdeck::{
    check::{self, Selection},
    contract::rules::Level,
    exchange::{Body, Exchange, Handler as _, Outcome, Request, Response},
    serve::{self, Workspace},
};
use proptest::{prelude::*, sample::Index, test_runner::TestRunner};
use serde_json::{Value, json};

const START_US: u64 = 1_795_434_000_000_000;

/// What a client does next: of which kind, about which of the things that it knows, and how long it takes to
/// decide, to be heard and to hear, in milliseconds.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    kind: Kind,
    which: Index,
    decides_ms: u64,
    out_ms: u64,
    back_ms: u64,
    /// Whether it is left out: the client goes on as if it had been there.
    is_left_out: bool,
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
            is_left_out: false,
        },
    )
}

/// What clients do while they are recorded, and what others do where it is replayed.
#[derive(Clone, Debug)]
pub(crate) struct Scripts {
    recorded: Vec<Vec<Step>>,
    /// For each: the same writes, but for some that are left out, with other reads between them and at other
    /// times.
    other: Vec<Vec<Step>>,
}

pub(crate) fn scripts() -> impl Strategy<Value = Scripts> {
    let recorded =
        prop::collection::vec(prop_oneof![1 => step(writes()), 3 => step(reads())], 4..20);
    let between = (prop::bool::weighted(0.2), prop::collection::vec(step(reads()), 0..4));
    let reads = prop::collection::vec(between, 20);
    prop::collection::vec((recorded, reads), 1..4).prop_map(|scripts| Scripts {
        other: scripts.iter().map(|(recorded, reads)| another(recorded, reads)).collect(),
        recorded: scripts.into_iter().map(|(recorded, _)| recorded).collect(),
    })
}

impl Scripts {
    /// What passes between the recorded clients and a workspace.
    pub(crate) fn recording(&self, options: serve::Options) -> Vec<Exchange> {
        let mut workspace = Workspace::new(options);
        let clients = clients(&self.recorded, "recorded");
        played(clients, |_, request, now_us| workspace.answer(request, now_us).response)
    }

    /// The other clients, who make up values of their own.
    pub(crate) fn others(&self, fresh: &'static str) -> Vec<Client> {
        clients(&self.other, fresh)
    }
}

fn clients(scripts: &[Vec<Step>], fresh: &'static str) -> Vec<Client> {
    let clients = scripts.iter().cloned().enumerate();
    clients.map(|(name, script)| Client::new(name, script, fresh)).collect()
}

/// The script of another client: which writes it leaves out, and what it reads after each.
fn another(recorded: &[Step], reads: &[(bool, Vec<Step>)]) -> Vec<Step> {
    let mut reads = reads.iter().cloned();
    let mut script = Vec::new();
    for write in recorded.iter().filter(|step| step.kind.is_write()) {
        let (is_left_out, between) = reads.next().unwrap_or_default();
        let times = between.first().unwrap_or(write).clone();
        script.push(Step { kind: write.kind, which: write.which, is_left_out, ..times });
        script.extend(between);
    }
    script.extend(reads.next().unwrap_or_default().1);
    script
}

/// Somebody with a script, and the things that they know.
pub(crate) struct Client {
    /// Stands in everything that they make, so that it is told apart from that of others.
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
    fn new(name: usize, script: Vec<Step>, fresh: &'static str) -> Self {
        let script = script.into_iter();
        Self { name, script, jobs: Vec::new(), runs: Vec::new(), written: 0, fresh }
    }

    /// The same with ids of jobs and runs that it has from elsewhere, such as those in a test's own text.
    pub(crate) fn knowing(mut self, jobs: &[i64], runs: &[i64]) -> Self {
        self.jobs.extend(jobs);
        self.runs.extend(runs);
        self
    }

    /// The next request that makes sense, with its times.
    fn next(&mut self) -> Option<(Step, Request)> {
        loop {
            let step = self.script.next()?;
            self.written += usize::from(step.kind.is_write());
            if step.is_left_out {
                continue;
            }
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

/// What passes when clients follow their scripts side by side. Who answers is told the place of the client among
/// them, the request and the time in microseconds since 1970.
pub(crate) fn played(
    mut clients: Vec<Client>,
    mut answer: impl FnMut(usize, &Request, u64) -> Response,
) -> Vec<Exchange> {
    let mut calls = Vec::new();
    // When a request is heard, by whom it is sent, and when it was.
    let mut heard = BinaryHeap::new();
    let mut waiting = BTreeMap::new();
    let send = |place: usize,
                client: &mut Client,
                free_ms: u64,
                heard: &mut BinaryHeap<_>,
                waiting: &mut BTreeMap<_, _>| {
        if let Some((step, request)) = client.next() {
            let sent_ms = free_ms + step.decides_ms;
            heard.push(Reverse((sent_ms + step.out_ms, place, sent_ms)));
            waiting.insert(place, (step, request));
        }
    };
    for (place, client) in clients.iter_mut().enumerate() {
        send(place, client, 0, &mut heard, &mut waiting);
    }
    while let Some(Reverse((heard_ms, place, sent_ms))) = heard.pop() {
        let (step, request) = waiting.remove(&place).unwrap();
        let response = answer(place, &request, START_US + heard_ms * 1000);
        let client = &mut clients[place];
        if response.is_success() {
            client.learn(step.kind, response.body.bytes());
        }
        let back_ms = heard_ms + step.back_ms;
        calls.push((sent_ms, back_ms, request, response));
        send(place, client, back_ms, &mut heard, &mut waiting);
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

/// The things that a request names, the most special first.
pub(crate) fn named(request: &Request) -> Vec<String> {
    let body: Value = serde_json::from_slice(request.body.bytes()).unwrap_or_default();
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    let asked = |name: &str| {
        let written =
            body.get(name).map(|value| value.as_str().map_or(value.to_string(), str::to_owned));
        written.or_else(|| query.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
    };
    let thing = |name: &str| asked(name).map(|value| format!("{name} {value}"));
    ["idempotency_token", "run_id", "job_id"].iter().filter_map(|name| thing(name)).collect()
}

/// The things that an answer makes, the token that stands for one included.
pub(crate) fn made(request: &Request, response: &Response) -> Vec<String> {
    let makes = ["/create", "/run-now", "/submit"].iter().any(|end| request.target.ends_with(end));
    if !makes || !response.is_success() {
        return Vec::new();
    }
    let answer: Value = serde_json::from_slice(response.body.bytes()).unwrap_or_default();
    let ids = ["job_id", "run_id"].into_iter();
    let made = ids.filter_map(|name| Some(format!("{name} {}", answer.get(name)?)));
    let token = named(request).into_iter().filter(|thing| thing.starts_with("idempotency_token"));
    made.chain(token).collect()
}

/// Holds a law for so many generated worlds, or for as many as `PROPTEST_CASES` says.
#[track_caller]
pub(crate) fn hold<S: Strategy>(
    cases: u32,
    worlds: &S,
    law: impl Fn(S::Value) -> Result<(), TestCaseError>,
) {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    TestRunner::new(config).run(worlds, law).unwrap_or_else(|error| panic!("{error}"));
}

/// What the oracles find.
pub(crate) fn findings(exchanges: &[Exchange]) -> Vec<String> {
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
pub(crate) fn table(exchanges: &[Exchange]) -> String {
    let line = |exchange: &Exchange| {
        let Exchange { seq, at_us, took_us, request, response, .. } = exchange;
        let text = |body: &Body| String::from_utf8_lossy(body.bytes()).into_owned();
        let answer = response.as_ref().map(|response| text(&response.body));
        let states = answer.unwrap_or_default().replace("\"task\"", "\n            \"task\"");
        format!("{seq} {at_us}+{took_us} {} {} -> {states}\n", request.target, text(&request.body))
    };
    exchanges.iter().map(line).collect()
}
