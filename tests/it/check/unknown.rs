//! What a server does about ids that it never gave.

use jobdeck::{
    contract::rules::Level,
    exchange::{Handler, Reply, Request, Response},
    serve::{self, Workspace},
};

use super::{broken, checked, options, told};

/// Answers in its own way where an id from the top of all is named to an endpoint other than one that reads.
struct Careless {
    workspace: Workspace,
    status: u16,
}

impl Handler for Careless {
    fn answer(&mut self, request: &Request, now_us: u64) -> Reply {
        let body = String::from_utf8_lossy(request.body.bytes()).into_owned();
        let asked = format!("{}{body}", request.target);
        let is_read = ["jobs/get?", "runs/get?"].iter().any(|path| asked.contains(path));
        if !is_read && asked.contains("92233720") {
            return Response::json(self.status, r#"{"run_id":7,"number_in_job":1}"#).into();
        }
        self.workspace.answer(request, now_us)
    }
}

#[track_caller]
fn check_broken(status: u16, expected: &[&str]) {
    let workspace = Workspace::new(serve::Options::default());
    let globs = ["*/unknown-job*", "*/unknown-run*", "delete/error/never-existed"];
    let outcome = checked(Careless { workspace, status }, &options(&globs, 1));
    let mut all = broken(&outcome, Level::Should);
    all.sort_unstable();
    assert_eq!(all, expected, "{status}: {}", told(&outcome));
}

#[test]
fn who_takes_or_fails_at_what_never_was_is_found() {
    let four_hundred = [
        "runs-cancel-all/error/unknown-job-400",
        "runs-cancel/error/unknown-run-400",
        "runs-get-output/error/unknown-run-400",
    ];
    check_broken(404, &four_hundred);
    let refused = [
        "reset/error/unknown-job",
        "run-now/error/unknown-job",
        "runs-export/error/unknown-run",
        "update/error/unknown-job",
    ];
    let mut taken = [&refused[..], &four_hundred].concat();
    taken.sort_unstable();
    check_broken(200, &taken);
    let settled = ["delete/error/never-existed", "runs-delete/error/unknown-run"];
    let mut failed = [&settled[..], &four_hundred].concat();
    failed.sort_unstable();
    check_broken(500, &failed);
}
