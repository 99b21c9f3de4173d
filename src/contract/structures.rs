//! The structures, in the document's order.

use super::Structure;

/// Placeholder.
pub static CREATE: Structure =
    Structure { name: "CREATE", section: "", line: 0, about: "", fields: &[], constraints: &[] };

/// Placeholder.
pub static CREATED: Structure =
    Structure { name: "CREATED", section: "", line: 0, about: "", fields: &[], constraints: &[] };

/// Placeholder.
pub static JOB: Structure =
    Structure { name: "JOB", section: "", line: 0, about: "", fields: &[], constraints: &[] };

/// Placeholder.
pub static JOBS: Structure =
    Structure { name: "JOBS", section: "", line: 0, about: "", fields: &[], constraints: &[] };

/// Placeholder.
pub static JOB_REQUEST: Structure = Structure {
    name: "JOB_REQUEST",
    section: "",
    line: 0,
    about: "",
    fields: &[],
    constraints: &[],
};

/// Placeholder.
pub static LIST: Structure =
    Structure { name: "LIST", section: "", line: 0, about: "", fields: &[], constraints: &[] };

/// Placeholder.
pub static NOTHING: Structure =
    Structure { name: "NOTHING", section: "", line: 0, about: "", fields: &[], constraints: &[] };

/// Placeholder.
pub static OUTPUT: Structure =
    Structure { name: "OUTPUT", section: "", line: 0, about: "", fields: &[], constraints: &[] };

/// Placeholder.
pub static RESET: Structure =
    Structure { name: "RESET", section: "", line: 0, about: "", fields: &[], constraints: &[] };

/// Placeholder.
pub static RUN: Structure =
    Structure { name: "RUN", section: "", line: 0, about: "", fields: &[], constraints: &[] };

/// Placeholder.
pub static RUNS: Structure =
    Structure { name: "RUNS", section: "", line: 0, about: "", fields: &[], constraints: &[] };

/// Placeholder.
pub static RUNS_EXPORT: Structure = Structure {
    name: "RUNS_EXPORT",
    section: "",
    line: 0,
    about: "",
    fields: &[],
    constraints: &[],
};

/// Placeholder.
pub static RUNS_LIST: Structure =
    Structure { name: "RUNS_LIST", section: "", line: 0, about: "", fields: &[], constraints: &[] };

/// Placeholder.
pub static RUNS_SUBMIT: Structure = Structure {
    name: "RUNS_SUBMIT",
    section: "",
    line: 0,
    about: "",
    fields: &[],
    constraints: &[],
};

/// Placeholder.
pub static RUN_NOW: Structure =
    Structure { name: "RUN_NOW", section: "", line: 0, about: "", fields: &[], constraints: &[] };

/// Placeholder.
pub static RUN_REQUEST: Structure = Structure {
    name: "RUN_REQUEST",
    section: "",
    line: 0,
    about: "",
    fields: &[],
    constraints: &[],
};

/// Placeholder.
pub static STARTED: Structure =
    Structure { name: "STARTED", section: "", line: 0, about: "", fields: &[], constraints: &[] };

/// Placeholder.
pub static SUBMITTED: Structure =
    Structure { name: "SUBMITTED", section: "", line: 0, about: "", fields: &[], constraints: &[] };

/// Placeholder.
pub static UPDATE: Structure =
    Structure { name: "UPDATE", section: "", line: 0, about: "", fields: &[], constraints: &[] };

/// Placeholder.
pub static VIEWS: Structure =
    Structure { name: "VIEWS", section: "", line: 0, about: "", fields: &[], constraints: &[] };
