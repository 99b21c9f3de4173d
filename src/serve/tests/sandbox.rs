//! The page beside the workspace, and what is on it as JSON.

use std::sync::{Arc, Mutex};

use super::*;
use crate::admin::Admin;

/// What the admin listener beside a workspace answers to a GET.
fn shown(desk: &Desk, target: &str) -> Response {
    let mut admin = Admin::new(Arc::new(Mutex::new(desk.0.clone())));
    admin.answer(&Request::new(Method::GET, target), 0).response
}

fn page(desk: &Desk, target: &str) -> String {
    let response = shown(desk, target);
    assert_eq!(response.status, 200);
    String::from_utf8(response.body.bytes().to_vec()).unwrap()
}

/// What stands on the page beside its style and script, a line for each tag.
fn main_part(desk: &Desk, target: &str) -> String {
    let page = page(desk, target);
    let (_, rest) = page.split_once("<header>").unwrap();
    let (rest, _) = rest.split_once("<script>").unwrap();
    rest.replace("><", ">\n<")
}

/// A workspace with runs in every state.
fn busy() -> Desk {
    let mut desk = Desk::new();
    let hourly = json!({"quartz_cron_expression": "0 0 * * * ?", "timezone_id": "UTC"});
    let job = desk.job("/jobdeck/fail", json!({"name": "nightly", "max_retries": 1}));
    desk.job("/a", json!({"schedule": hourly, "max_concurrent_runs": 0}));
    let queued = json!({"queue": {"enabled": true}, "name": "<b>queued</b>"});
    let queued = desk.job("/jobdeck/sleep/60000", queued);
    desk.run_now(job);
    desk.pass(WHOLE_MS);
    desk.run_now(job);
    desk.run_now(queued);
    desk.run_now(queued);
    desk.pass(PENDING_MS + 1);
    desk
}

#[test]
fn a_page_shows_jobs_runs_and_their_lives() {
    insta::assert_snapshot!("page", main_part(&busy(), "/"));
}

#[test]
fn programs_get_the_same_as_json() {
    let shown = shown(&busy(), "/lives?job_id=3");
    let shown: Value = serde_json::from_slice(shown.body.bytes()).unwrap();
    insta::assert_snapshot!("lives", format!("{shown:#}"));
}

#[test]
fn nothing_acts_on_the_page_but_its_own_style_and_script() {
    let mut desk = Desk::new();
    let harmless = page(&desk, "/").matches('<').count();
    let hostile = "</script></style><img src=x onerror=\"alert(1)\">";
    desk.job("/a", json!({"name": "ok"}));
    let tags = page(&desk, "/").matches('<').count();
    assert!(tags > harmless);
    let mut desk = Desk::new();
    desk.job("/a", json!({"name": hostile}));
    assert_eq!(page(&desk, "/").matches('<').count(), tags);
    let response = shown(&desk, "/?job_id=%3Cscript%3E");
    let policy = response.headers.get("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    for held in ["connect-src 'self'", "frame-ancestors 'none'", "form-action 'none'"] {
        assert!(policy.contains(held), "{policy}");
    }
}

#[test]
fn a_large_workspace_has_a_small_page() {
    let mut desk = Desk::new();
    let long = "n".repeat(100_000);
    let last = (0..70).map(|_| desk.job("/a", json!({"name": long}))).last().unwrap();
    for _ in 0..130 {
        let submitted = json!({"pipeline_task": {"pipeline_id": "p"}, "run_name": &long[..4096]});
        desk.ok(RunsSubmit, submitted);
    }
    let all = page(&desk, "/");
    assert!(all.len() < 200_000, "{}", all.len());
    assert!(all.contains("and 20 older ones") && all.contains("and 30 older ones"));
    assert!(all.contains(&format!("/?job_id={last}\"")) && !all.contains("/?job_id=20\""));
}

#[test]
fn times_pass_by_a_button_where_the_clock_is_manual() {
    assert!(page(&Desk::new(), "/").contains("<button data-ms=\"3600000\">1 h</button>"));
    let real = Desk(Workspace::new(Options::default()));
    assert!(!page(&real, "/").contains("<button"));
}

#[test]
fn ids_are_those_that_clients_know() {
    let ids = Ids::Large { seed: 7 };
    let mut desk = Desk::of(Options { ids, ..Options::default() });
    let job = desk.job("/a", json!({}));
    let run = desk.run_now(job);
    let shown = shown(&desk, &format!("/lives?job_id={job}"));
    let shown: Value = serde_json::from_slice(shown.body.bytes()).unwrap();
    assert_eq!(shown["jobs"][0]["job_id"], job);
    assert_eq!(shown["runs"][0]["run_id"], run);
}

#[test]
fn a_queue_is_shown_for_as_long_as_it_took() {
    let mut desk = Desk::new();
    let queue = json!({"queue": {"enabled": true}});
    let job = desk.job("/a", queue);
    desk.run_now(job);
    let [promoted, cancelled] = [desk.run_now(job), desk.run_now(job)];
    desk.pass(700);
    desk.ok(RunsCancel, json!({"run_id": cancelled}));
    desk.pass(3 * WHOLE_MS);
    let shown = shown(&desk, "/lives");
    let shown: Value = serde_json::from_slice(shown.body.bytes()).unwrap();
    let life = |run_id: i64| {
        let runs = shown["runs"].as_array().unwrap();
        let run = runs.iter().find(|run| run["run_id"] == run_id).unwrap();
        let spans = run["life"].as_array().unwrap().iter();
        let spans = spans.map(|span| match span["until_ms"].as_i64() {
            Some(until_ms) => {
                format!("{} {}", span["state"], until_ms - span["from_ms"].as_i64().unwrap())
            }
            None => span["state"].to_string(),
        });
        spans.collect::<Vec<_>>().join(", ").replace('"', "")
    };
    assert_eq!(
        life(promoted),
        "QUEUED 3500, PENDING 1000, RUNNING 2000, TERMINATING 500, TERMINATED"
    );
    assert_eq!(life(cancelled), "QUEUED 700, TERMINATED");
}
