//! Answers as a faulty workspace gives them.

use serde_json::{Map, Value, json};

use super::Behaviour::{self, *};
use crate::{
    call::Call,
    contract::Endpoint::*,
    serve::{Workspace, answers, jobs, listing::run_id, output},
};

impl Workspace {
    /// Changes the answer to a call to what a faulty workspace says instead.
    pub(in crate::serve) fn misreport(&mut self, call: &Call, answer: &mut Value) {
        for behaviour in self.behaviours() {
            for shown in answers::runs(call.endpoint, answer) {
                self.distort_run(behaviour, shown);
            }
            for shown in answers::jobs(call.endpoint, answer) {
                misreport_a_job(behaviour, shown);
            }
            match call.endpoint {
                Create => self.misreport_a_create(behaviour, call, answer),
                List => self.misreport_jobs(behaviour, answer),
                RunsGetOutput => self.misreport_an_output(behaviour, call, answer),
                RunsExport => self.misreport_views(behaviour, call, answer),
                RunsList => match behaviour {
                    HasMoreAlways => answer["has_more"] = true.into(),
                    HasMoreNever => answer["has_more"] = false.into(),
                    _ => {}
                },
                _ => {}
            }
            if behaviour == SuccessAsList && *answer == json!({}) {
                *answer = json!([]);
            }
        }
    }

    fn misreport_a_create(&mut self, behaviour: Behaviour, call: &Call, answer: &mut Value) {
        let Some(job_id) = answer["job_id"].as_i64() else { return };
        match behaviour {
            CreatedIdAsText => answer["job_id"] = job_id.to_string().into(),
            ListShowsOldSettings => {
                let name = call.arguments.get("name").cloned().unwrap_or("Untitled".into());
                self.state.memory.first_names.insert(job_id, name);
            }
            _ => {}
        }
    }

    fn misreport_jobs(&self, behaviour: Behaviour, answer: &mut Value) {
        let memory = &self.state.memory;
        let mut jobs = match answer.get_mut("jobs") {
            Some(Value::Array(jobs)) => std::mem::take(jobs),
            _ => Vec::new(),
        };
        match behaviour {
            ListOmitsLatest => {
                jobs.pop();
            }
            ListShowsDeleted => {
                let deleted = memory.deleted_jobs.iter();
                jobs.extend(deleted.map(|(job_id, (job, _))| jobs::shown(*job_id, job)));
            }
            ListShowsOldSettings => {
                for job in &mut jobs {
                    let id = job["job_id"].as_i64().unwrap_or(0);
                    if let Some(name) = memory.first_names.get(&id) {
                        job["settings"]["name"] = name.clone();
                    }
                }
            }
            _ => {}
        }
        *answer = if jobs.is_empty() { json!({}) } else { json!({"jobs": jobs}) };
    }

    fn misreport_an_output(&self, behaviour: Behaviour, call: &Call, answer: &mut Value) {
        let Ok(run) = self.state.runs.find(run_id(call)) else { return };
        let returned = run.assignment.script.output.as_deref();
        match behaviour {
            OutputAndError => {
                if answer.get("notebook_output").is_some() {
                    answer["error"] = "It is not known whether this is all.".into();
                } else if answer.get("error").is_some() {
                    answer["notebook_output"] = json!({});
                }
            }
            OutputMetadataStale => {
                answer["metadata"]["run_name"] = "(an old name)".into();
            }
            OutputCut | OutputBeyond1Mb | OutputMadeUp => {
                let Some(Value::Object(shown)) = answer.get_mut("notebook_output") else { return };
                match (behaviour, returned) {
                    (OutputCut, Some(_)) => {
                        if let Some(Value::String(text)) = shown.get_mut("result") {
                            text.pop();
                        }
                    }
                    (OutputBeyond1Mb, Some(whole)) => {
                        shown.insert("result".to_owned(), whole.into());
                        shown.insert("truncated".to_owned(), false.into());
                    }
                    (OutputMadeUp, None) => {
                        shown.insert("result".to_owned(), "None".into());
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn misreport_views(&self, behaviour: Behaviour, call: &Call, answer: &mut Value) {
        let run = self.state.runs.find(run_id(call)).ok();
        let path = run.and_then(output::notebook_path);
        for view in answer["views"].as_array_mut().into_iter().flatten() {
            match (behaviour, path) {
                (ExportNamesPath, Some(path)) if view["type"] == "NOTEBOOK" => {
                    view["name"] = path.into();
                }
                (ExportTypeLowerCase, _) => {
                    view["type"] = view["type"].as_str().unwrap_or_default().to_lowercase().into();
                }
                _ => {}
            }
        }
    }
}

fn misreport_a_job(behaviour: Behaviour, shown: &mut Map<String, Value>) {
    match behaviour {
        CreatedTimeInSeconds => answers::in_seconds(shown, "created_time"),
        GetNullCreator => {
            shown.insert("creator_user_name".to_owned(), Value::Null);
        }
        _ => {}
    }
}
