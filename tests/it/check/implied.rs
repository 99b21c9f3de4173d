//! What the document implies: a server that does otherwise is told of it.

use bytes::Bytes;
use jobdeck::{
    contract::rules::Level,
    exchange::{Body, Handler, Reply, Request, Response},
    serve::{self, Workspace},
};
use serde_json::Value;

use super::{broken, checked, options, told};

/// Takes any schedule and any removal, fails at what it does not know, and does not say that a schedule runs.
struct Careless(Workspace);

impl Handler for Careless {
    fn answer(&mut self, request: &Request, now_us: u64) -> Reply {
        let text = String::from_utf8_lossy(request.body.bytes()).into_owned();
        if text.contains("no_such_setting") || text.contains("jar_params") {
            return Response::error(500, "INTERNAL_ERROR", "No.").into();
        }
        if text.contains("fields_to_remove") {
            return Response::json(200, "{}").into();
        }
        let reply = self.0.answer(request, now_us);
        if request.target.ends_with("/create") && reply.response.status == 400 {
            let mut settings: Value = serde_json::from_str(&text).unwrap();
            settings.as_object_mut().unwrap().remove("schedule");
            let body = Body::Whole(Bytes::from(settings.to_string()));
            return self.0.answer(&Request { body, ..request.clone() }, now_us);
        }
        if request.target.contains("/get?job_id") {
            let shown = String::from_utf8_lossy(reply.response.body.bytes()).into_owned();
            let silent = shown.replace(r#","pause_status":"UNPAUSED""#, "");
            return Response::json(reply.response.status, silent).into();
        }
        reply
    }
}

#[test]
fn who_does_otherwise_than_the_document_implies_is_found() {
    let mut rules = [
        "run-now/error/params-wrong-task-type",
        "settings/error/cron-invalid",
        "settings/error/cron-unix-five-fields",
        "settings/error/timezone-invalid",
        "settings/schema/pause-status-default",
        "update/consistency/remove-unknown",
        "update/error/remove-required",
    ];
    let sound = Workspace::new(serve::Options::default());
    assert_eq!(broken(&checked(sound, &options(&rules, 1)), Level::Should), [""; 0]);
    let careless = Careless(Workspace::new(serve::Options::default()));
    let outcome = checked(careless, &options(&rules, 1));
    let mut found = broken(&outcome, Level::Should);
    found.sort_unstable();
    rules.sort_unstable();
    assert_eq!(found, rules, "{}", told(&outcome));
}
