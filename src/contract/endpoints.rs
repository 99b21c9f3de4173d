//! The 15 endpoints.

use http::Method;

use super::{Effect, Structure, effects, pattern::behind_version, structures};

/// One of the 15 endpoints, in the document's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is what its path says; `signature` has the words")]
pub enum Endpoint {
    Create,
    List,
    Delete,
    Get,
    Reset,
    Update,
    RunNow,
    RunsSubmit,
    RunsList,
    RunsGet,
    RunsExport,
    RunsCancel,
    RunsCancelAll,
    RunsGetOutput,
    RunsDelete,
}

/// How an endpoint is called and what it answers.
#[derive(Debug)]
pub struct Signature {
    /// The name by which rules call it: `runs-get`.
    pub name: &'static str,
    /// The one method it has.
    pub method: Method,
    /// The path behind `/api/2.0/`.
    pub path: &'static str,
    /// The heading under which the document describes it.
    pub section: &'static str,
    /// The line of that heading's table.
    pub line: u16,
    /// What it does, in one sentence.
    pub about: &'static str,
    /// The parameters: query of a GET, JSON body of a POST.
    pub request: &'static Structure,
    /// The body of a success.
    pub response: &'static Structure,
    /// The rule that an argument of another type breaks, where its field has none of its own.
    pub type_rule: &'static str,
    /// The rule that a number beyond its documented width breaks.
    pub range_rule: &'static str,
    /// The status of an answer to invalid arguments, where the document gives one.
    pub invalid_status: Option<u16>,
}

/// The rule that a success breaks whose body is no JSON object.
pub const SUCCESS_RULE: &str = "http/schema/success-is-json-object";
/// The rule that a field of a response breaks whose type is another than documented.
pub const RESPONSE_TYPE_RULE: &str = "http/schema/documented-types";

impl Endpoint {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Create,
        Self::List,
        Self::Delete,
        Self::Get,
        Self::Reset,
        Self::Update,
        Self::RunNow,
        Self::RunsSubmit,
        Self::RunsList,
        Self::RunsGet,
        Self::RunsExport,
        Self::RunsCancel,
        Self::RunsCancelAll,
        Self::RunsGetOutput,
        Self::RunsDelete,
    ];

    /// The endpoint that a path names. `/api/2.0/`, `2.1` and `2.2` count alike.
    pub fn at(path: &str) -> Option<Self> {
        let rest = behind_version(path)?;
        Self::ALL.into_iter().find(|endpoint| endpoint.signature().path == rest)
    }

    /// The endpoint that rules call by this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|endpoint| endpoint.signature().name == name)
    }

    /// What a success does.
    pub const fn effect(self) -> &'static Effect {
        effects::effect(self)
    }

    /// How it is called and what it answers.
    pub fn signature(self) -> &'static Signature {
        &SIGNATURES[self as usize]
    }
}

/// The signatures, in the order of [`Endpoint::ALL`].
static SIGNATURES: [Signature; 15] = [
    Signature {
        name: "create",
        method: Method::POST,
        path: "jobs/create",
        section: "Create",
        line: 21,
        about: "Creates a job.",
        request: &structures::CREATE,
        response: &structures::CREATED,
        type_rule: "create/error/wrong-type",
        range_rule: "create/limit/int32-range",
        invalid_status: None,
    },
    Signature {
        name: "list",
        method: Method::GET,
        path: "jobs/list",
        section: "List",
        line: 112,
        about: "Lists all jobs.",
        request: &structures::LIST,
        response: &structures::JOBS,
        type_rule: "http/error/no-5xx-for-bad-input",
        range_rule: "http/error/no-5xx-for-bad-input",
        invalid_status: None,
    },
    Signature {
        name: "delete",
        method: Method::POST,
        path: "jobs/delete",
        section: "Delete",
        line: 156,
        about: "Removes a job with its run history; does nothing if it is removed already.",
        request: &structures::DELETE,
        response: &structures::NOTHING,
        type_rule: "delete/schema/job-id-required",
        range_rule: "delete/schema/job-id-required",
        invalid_status: None,
    },
    Signature {
        name: "get",
        method: Method::GET,
        path: "jobs/get",
        section: "Get",
        line: 178,
        about: "Tells about one job.",
        request: &structures::GET,
        response: &structures::JOB,
        type_rule: "get/error/non-integer",
        range_rule: "get/error/non-integer",
        invalid_status: None,
    },
    Signature {
        name: "reset",
        method: Method::POST,
        path: "jobs/reset",
        section: "Reset",
        line: 237,
        about: "Replaces all settings of a job.",
        request: &structures::RESET,
        response: &structures::NOTHING,
        type_rule: "settings/error/validation-parity",
        range_rule: "settings/error/validation-parity",
        invalid_status: None,
    },
    Signature {
        name: "update",
        method: Method::POST,
        path: "jobs/update",
        section: "Update",
        line: 286,
        about: "Adds, changes or removes some settings of a job.",
        request: &structures::UPDATE,
        response: &structures::NOTHING,
        type_rule: "settings/error/validation-parity",
        range_rule: "settings/error/validation-parity",
        invalid_status: None,
    },
    Signature {
        name: "run-now",
        method: Method::POST,
        path: "jobs/run-now",
        section: "Run now",
        line: 337,
        about: "Starts a run of a job.",
        request: &structures::RUN_NOW,
        response: &structures::STARTED,
        type_rule: "run-now/error/params-type",
        range_rule: "run-now/error/params-type",
        invalid_status: None,
    },
    Signature {
        name: "runs-submit",
        method: Method::POST,
        path: "jobs/runs/submit",
        section: "Runs submit",
        line: 408,
        about: "Starts a one-time run without a job.",
        request: &structures::RUNS_SUBMIT,
        response: &structures::SUBMITTED,
        type_rule: "settings/error/validation-parity",
        range_rule: "settings/error/validation-parity",
        invalid_status: None,
    },
    Signature {
        name: "runs-list",
        method: Method::GET,
        path: "jobs/runs/list",
        section: "Runs list",
        line: 487,
        about: "Lists runs, the latest first.",
        request: &structures::RUNS_LIST,
        response: &structures::RUNS,
        type_rule: "runs-list/error/bad-bool",
        range_rule: "runs-list/pagination/limit-too-big",
        invalid_status: None,
    },
    Signature {
        name: "runs-get",
        method: Method::GET,
        path: "jobs/runs/get",
        section: "Runs get",
        line: 563,
        about: "Tells about one run.",
        request: &structures::RUNS_GET,
        response: &structures::RUN,
        type_rule: "runs-get/error/non-integer",
        range_rule: "runs-get/error/non-integer",
        invalid_status: None,
    },
    Signature {
        name: "runs-export",
        method: Method::GET,
        path: "jobs/runs/export",
        section: "Runs export",
        line: 648,
        about: "Exports the views of a notebook run as HTML.",
        request: &structures::RUNS_EXPORT,
        response: &structures::VIEWS,
        type_rule: "runs-export/schema/run-id-required",
        range_rule: "runs-export/schema/run-id-required",
        invalid_status: None,
    },
    Signature {
        name: "runs-cancel",
        method: Method::POST,
        path: "jobs/runs/cancel",
        section: "Runs cancel",
        line: 699,
        about: "Cancels a run, asynchronously; does nothing if it has ended.",
        request: &structures::RUNS_CANCEL,
        response: &structures::NOTHING,
        type_rule: "runs-cancel/error/invalid-400",
        range_rule: "runs-cancel/error/invalid-400",
        invalid_status: Some(400),
    },
    Signature {
        name: "runs-cancel-all",
        method: Method::POST,
        path: "jobs/runs/cancel-all",
        section: "Runs cancel all",
        line: 724,
        about: "Cancels all active runs of a job, asynchronously.",
        request: &structures::RUNS_CANCEL_ALL,
        response: &structures::NOTHING,
        type_rule: "runs-cancel-all/error/invalid-400",
        range_rule: "runs-cancel-all/error/invalid-400",
        invalid_status: Some(400),
    },
    Signature {
        name: "runs-get-output",
        method: Method::GET,
        path: "jobs/runs/get-output",
        section: "Runs get output",
        line: 749,
        about: "Tells the output of one run, with what runs/get tells.",
        request: &structures::RUNS_GET_OUTPUT,
        response: &structures::OUTPUT,
        type_rule: "runs-get-output/error/invalid-400",
        range_rule: "runs-get-output/error/invalid-400",
        invalid_status: Some(400),
    },
    Signature {
        name: "runs-delete",
        method: Method::POST,
        path: "jobs/runs/delete",
        section: "Runs delete",
        line: 820,
        about: "Removes a run that is not active.",
        request: &structures::RUNS_DELETE,
        response: &structures::NOTHING,
        type_rule: "runs-delete/error/missing-run-id",
        range_rule: "runs-delete/error/missing-run-id",
        invalid_status: None,
    },
];
