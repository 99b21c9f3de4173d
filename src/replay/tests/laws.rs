//! Laws of replay, on generated recordings and clients.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const STATES: [&str; 4] = ["PENDING", "RUNNING", "TERMINATING", "TERMINATED"];

/// A recorded run: which state each poll saw, whether by its output, and before which poll it was
/// cancelled.
#[derive(Clone, Debug)]
struct Run {
    id: i64,
    polls: Vec<(usize, bool)>,
    cancelled_at: Option<usize>,
}

impl Run {
    fn start(&self) -> String {
        format!("run-now 1 w{}", self.id)
    }

    fn get(&self) -> String {
        format!("get {}", self.id)
    }

    fn output(&self) -> String {
        format!("output {}", self.id)
    }

    fn cancel(&self) -> String {
        format!("cancel {}", self.id)
    }

    /// What was asked and answered about it, in order.
    fn script(&self) -> Vec<(String, String)> {
        let mut script = vec![(self.start(), self.id.to_string())];
        for (poll, (state, output)) in self.polls.iter().enumerate() {
            if self.cancelled_at == Some(poll) {
                script.push((self.cancel(), "{}".into()));
            }
            let question = if *output { self.output() } else { self.get() };
            script.push((question, STATES[*state].into()));
        }
        script
    }

    /// The recorded states, those from before the cancel apart from those behind it.
    fn states(&self, cancelled: bool) -> Vec<&'static str> {
        let cut = self.cancelled_at.unwrap_or(if cancelled { 0 } else { self.polls.len() });
        let polls = if cancelled { &self.polls[cut..] } else { &self.polls[..cut] };
        polls.iter().map(|(state, _)| STATES[*state]).collect()
    }
}

prop_compose! {
    fn run(id: i64)(
        mut polls in prop::collection::vec((0_usize..3, any::<bool>()), 1..7),
        cancel in any::<Option<prop::sample::Index>>(),
    ) -> Run {
        polls.sort_unstable_by_key(|(state, _)| *state);
        // A poll comes before a cancel, and the last sees the end.
        polls[0].1 = false;
        let cancelled_at = cancel.map(|index| index.index(polls.len()) + 1);
        polls.push((3, false));
        Run { id, polls, cancelled_at }
    }
}

fn runs() -> impl Strategy<Value = Vec<Run>> {
    (run(11), run(12), run(13)).prop_map(|(a, b, c)| vec![a, b, c])
}

/// Puts the scripts of runs into one order, each next step taken from the run that `picks` names.
fn interleave(runs: &[Run], picks: &[prop::sample::Index]) -> Vec<(String, String)> {
    let mut scripts: Vec<_> = runs.iter().map(|run| run.script().into_iter().peekable()).collect();
    let mut all = Vec::new();
    let mut picks = picks.iter().cycle();
    loop {
        scripts.retain_mut(|script| script.peek().is_some());
        if scripts.is_empty() {
            return all;
        }
        let pick = picks.next().map_or(0, |pick| pick.index(scripts.len()));
        all.extend(scripts[pick].next());
    }
}

fn taped(steps: &[(String, String)]) -> Recording {
    let exchanges = (1..)
        .zip(steps)
        .map(|(seq, (question, answer))| {
            let response = Some(response(question, answer));
            exchange(seq, request(question), response, seq * 10, seq * 10 + 5)
        })
        .collect();
    Recording { exchanges, ..Recording::default() }
}

fn picks() -> impl Strategy<Value = Vec<prop::sample::Index>> {
    prop::collection::vec(any::<prop::sample::Index>(), 1..40)
}

/// What a client does next: with which run, whether it rather does the next write than poll it, and
/// whether it polls the output.
fn moves() -> impl Strategy<Value = Vec<(usize, bool, bool)>> {
    prop::collection::vec((0_usize..3, prop::bool::weighted(0.3), any::<bool>()), 1..60)
}

proptest! {
    #[test]
    fn every_interleaving_gives_each_run_the_recorded_answers(
        runs in runs(), recorded in picks(), live in picks(),
    ) {
        let mut replayer = Replayer::new(taped(&interleave(&runs, &recorded)), Options::default());
        for (question, expected) in interleave(&runs, &live) {
            let given = replayer.answer(&request(&question), 0).response;
            prop_assert_eq!(given, response(&question, &expected), "{}", question);
        }
        prop_assert_eq!(replayer.receipt().verdict(true), Verdict::Clean);
        prop_assert!(replayer.receipt().unreached.is_empty());
    }

    #[test]
    fn a_client_with_another_rhythm_sees_a_history_that_could_have_happened(
        runs in runs(), recorded in picks(), moves in moves(),
    ) {
        let recording = taped(&interleave(&runs, &recorded));
        let mut replayer = Replayer::new(recording.clone(), Options::default());
        let mut again = Replayer::new(recording, Options::default());
        let mut writes = BTreeMap::<i64, usize>::new();
        let mut by_output = [false; 3];
        let mut seen = BTreeMap::<(i64, bool), Vec<String>>::new();
        for (index, write, output) in moves {
            let run = &runs[index];
            let done = writes.entry(run.id).or_default();
            let question = match *done {
                0 => run.start(),
                1 if write && run.cancelled_at.is_some() => run.cancel(),
                _ if output => run.output(),
                _ => run.get(),
            };
            let answer = ask(&mut replayer, &question);
            prop_assert_eq!(&ask(&mut again, &question), &answer, "the same again");
            // Where a client moves on by outputs, the recording may have no poll that late.
            let missed = answer.starts_with("MISS");
            by_output[index] |= question.starts_with("output");
            prop_assert!(!missed || by_output[index], "{}: {}", question, answer);
            if missed {
                continue;
            }
            if question.starts_with("get") || question.starts_with("output") {
                seen.entry((run.id, *done == 2)).or_default().push(answer);
            } else {
                *done += 1;
            }
        }
        for run in &runs {
            for cancelled in [false, true] {
                // Never an answer from before a replayed write or after one that was not replayed.
                let mut left = run.states(cancelled).into_iter().peekable();
                for state in seen.remove(&(run.id, cancelled)).unwrap_or_default() {
                    while left.peek().is_some_and(|next| *next != state) {
                        left.next();
                    }
                    prop_assert!(left.peek().is_some(), "{} of {:?}", state, run);
                }
            }
        }
    }

    #[test]
    fn no_request_brings_a_replay_down(
        runs in runs(),
        recorded in picks(),
        junk in prop::collection::vec((".{0,40}", ".{0,40}", any::<bool>()), 0..12),
        times in prop::collection::vec((0_u64..100, 0_u64..100), 40),
    ) {
        let mut recording = taped(&interleave(&runs, &recorded));
        for (exchange, (at_us, took_us)) in recording.exchanges.iter_mut().zip(times) {
            (exchange.at_us, exchange.took_us) = (at_us, took_us);
        }
        let paths = ["/api/2.0/jobs/runs/get", "/api/2.1/jobs/run-now", "/api/2.0/jobs/list", "", "/"];
        let requests: Vec<Request> = junk
            .iter()
            .zip(paths.iter().cycle())
            .flat_map(|((query, body, post), path)| {
                let method = if *post { Method::POST } else { Method::GET };
                let mut request = Request::new(method, format!("{path}?{query}"));
                request.body = Body::Whole(body.clone().into());
                let mut bare = request.clone();
                bare.target = body.clone();
                [request, bare]
            })
            .collect();
        for (index, request) in requests.iter().enumerate() {
            let response = Some(Response::json(200, "{\"run_id\":11}"));
            recording.exchanges.push(exchange(900 + index as u64, request.clone(), response, 50, 60));
        }
        let options = Options { volatile: vec!["/job_id".into(), "nonsense".into()], ..Options::default() };
        let mut replayer = Replayer::new(recording, options);
        for request in &requests {
            let reply = replayer.answer(request, 0);
            prop_assert!(reply.response.status >= 200);
        }
        for run in &runs {
            for (question, _) in run.script() {
                ask(&mut replayer, &question);
            }
        }
        let _ = replayer.receipt().to_string();
    }
}

#[test]
fn twenty_thousand_exchanges_are_no_burden() {
    let mut steps = Vec::new();
    for run in 0..4_000 {
        steps.push((format!("run-now 1 w{run}"), run.to_string()));
        steps.push((format!("get {run}"), "RUNNING".to_owned()));
        steps.push((format!("get {run}"), "TERMINATED".to_owned()));
        steps.push(("active 1".to_owned(), format!("{run}:TERMINATED")));
        steps.push((format!("create {run}"), run.to_string()));
    }
    let mut replayer = Replayer::new(taped(&steps), Options::default());
    for (question, answer) in &steps {
        assert_eq!(ask(&mut replayer, question), *answer, "{question}");
    }
    assert_eq!(replayer.receipt().verdict(true), Verdict::Clean);
}
