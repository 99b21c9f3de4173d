//! Answers as a faulty workspace gives them.

use http::Method;
use serde_json::{Map, Value, json};

use super::Behaviour::{self, *};
use crate::{
    call::Call,
    contract::{Endpoint::*, LifeCycleState},
    serve::{
        Workspace, answers,
        jobs::{self, job_id},
        listing::run_id,
        output,
        run::{Run, RunType},
        runs::Filter,
    },
};

/// The setting of a cluster that names its driver's type.
const DRIVER: &str = "driver_node_type_id";

impl Workspace {
    /// Changes the answer to a call to what a faulty workspace says instead.
    pub(in crate::serve) fn misreport(&mut self, call: &Call, answer: &mut Value) {
        if self.has(TokensMixedUp) || self.has(SubmitTokensMixedUp) || self.has(CreateRace) {
            self.remember_latest(call, answer);
        }
        for behaviour in self.behaviours() {
            for shown in answers::runs(call.endpoint, answer) {
                self.distort_run(behaviour, shown);
            }
            for shown in answers::jobs(call.endpoint, answer) {
                self.misreport_a_job(behaviour, shown);
            }
            match behaviour {
                ListLosesAmidWrites => self.misreport_amid_writes(call, answer),
                WalkLosesRuns => self.remember_walk(call),
                _ => {}
            }
            match call.endpoint {
                Create => self.misreport_a_create(behaviour, call, answer),
                Get => self.misreport_a_read(behaviour, job_id(call), answer),
                RunNow | RunsSubmit => self.misreport_a_start(behaviour, call, answer),
                List => self.misreport_jobs(behaviour, answer),
                RunsGetOutput => self.misreport_an_output(behaviour, call, answer),
                RunsExport => self.misreport_views(behaviour, call, answer),
                RunsList => self.misreport_a_page(behaviour, call, answer),
                RunsGet => match behaviour {
                    RunWithoutId => without(answer, "run_id"),
                    CreatorChanges if !self.state.memory.read_runs.insert(run_id(call)) => {
                        answer["creator_user_name"] = "somebody-else@jobdeck.invalid".into();
                    }
                    _ => {}
                },
                _ => {}
            }
            if *answer == json!({}) && call.endpoint.signature().method == Method::POST {
                match behaviour {
                    SuccessAsList => *answer = json!([]),
                    SuccessSaysOk => *answer = json!({"status": "ok"}),
                    _ => {}
                }
            }
        }
    }

    fn misreport_a_job(&self, behaviour: Behaviour, shown: &mut Map<String, Value>) {
        match behaviour {
            CreatedTimeInSeconds => answers::in_seconds(shown, "created_time"),
            GetNullCreator => {
                shown.insert("creator_user_name".to_owned(), Value::Null);
            }
            PauseStatusMissing => {
                if let Some(schedule) = self.part_without(shown, "schedule", "pause_status") {
                    schedule.shift_remove("pause_status");
                }
            }
            DriverShownOtherwise => {
                if let Some(cluster) = self.part_without(shown, "new_cluster", DRIVER) {
                    cluster.insert(DRIVER.to_owned(), "Standard_D64_v3".into());
                }
            }
            _ => {}
        }
    }

    /// A part of the settings that a job is shown with, if it was set without a field of this name.
    fn part_without<'s>(
        &self,
        shown: &'s mut Map<String, Value>,
        part: &str,
        name: &str,
    ) -> Option<&'s mut Map<String, Value>> {
        let job = self.state.jobs.find(shown.get("job_id")?.as_i64()?).ok()?;
        let is_set = job.settings.get(part)?.get(name).is_some();
        let part = shown.get_mut("settings")?.get_mut(part)?.as_object_mut()?;
        (!is_set).then_some(part)
    }

    fn misreport_a_read(&mut self, behaviour: Behaviour, job_id: i64, answer: &mut Value) {
        match behaviour {
            GetWithoutCreatedTime => without(answer, "created_time"),
            JobIdAsText => answer["job_id"] = answer["job_id"].to_string().into(),
            GetAgesJob => {
                let reads = self.state.memory.reads_of_jobs.entry(job_id).or_default();
                let created_ms = answer["created_time"].as_i64().unwrap_or(0) + *reads * 1000;
                *reads += 1;
                answer["created_time"] = created_ms.into();
            }
            _ => {}
        }
    }

    fn misreport_a_start(&mut self, behaviour: Behaviour, call: &Call, answer: &mut Value) {
        let number = answer["number_in_job"].as_i64().unwrap_or(0);
        match (behaviour, call.endpoint, answer) {
            (RunNowWithoutNumber, RunNow, Value::Object(started)) => {
                drop(started.shift_remove("number_in_job"));
            }
            (RunNowNumberOff, RunNow, answer) => answer["number_in_job"] = (number + 100).into(),
            (RepeatedNumberNext, RunNow, answer) => {
                let Some(token) = call.text("idempotency_token") else { return };
                if !self.state.memory.answered_tokens.insert(token.to_owned()) {
                    answer["number_in_job"] = (number + 1).into();
                }
            }
            (SubmitWithoutId, RunsSubmit, answer) => *answer = json!({"id": answer["run_id"]}),
            _ => {}
        }
    }

    fn misreport_a_page(&self, behaviour: Behaviour, call: &Call, answer: &mut Value) {
        match behaviour {
            HasMoreAlways => answer["has_more"] = true.into(),
            HasMoreNever => answer["has_more"] = false.into(),
            HasMoreAsText => answer["has_more"] = answer["has_more"].to_string().into(),
            ListNamesOtherwise | LifeCycleMissing | SkippedSpelledOtherwise => {
                for run in answers::runs(RunsList, answer) {
                    misreport_a_listed_run(behaviour, run);
                }
            }
            OffsetWraps if answer.get("runs").is_none() && call.integer("offset") > Some(0) => {
                let mut again = call.clone();
                again.arguments.shift_remove("offset");
                *answer = self.list_runs(&again);
            }
            DeletedRunListed => {
                let asked = call.integer("job_id");
                let deleted = self.state.memory.deleted_runs.values();
                let deleted = deleted.filter(|run| asked.is_none_or(|job_id| job_id == run.job_id));
                let mut runs: Vec<_> = deleted.map(Run::shown).collect();
                if let Some(Value::Array(shown)) = answer.get_mut("runs") {
                    shown.append(&mut runs);
                } else if !runs.is_empty() {
                    answer["runs"] = runs.into();
                }
            }
            _ => {}
        }
    }

    fn misreport_a_create(&mut self, behaviour: Behaviour, call: &Call, answer: &mut Value) {
        let Some(job_id) = answer["job_id"].as_i64() else { return };
        match behaviour {
            CreateWithoutId if self.state.jobs.saved.entries().len() > 1 => {
                *answer = json!({"id": job_id});
            }
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
            ListShowsTwice => jobs.extend(jobs.first().cloned()),
            ListShowsSubmitted => {
                let submitted = Filter { run_type: Some(RunType::Submit), ..Filter::default() };
                jobs.extend(self.state.runs.matching(submitted, 0).map(|run| {
                    let settings = json!({"name": run.assignment.name});
                    json!({"job_id": run.job_id, "settings": settings, "created_time": run.start_ms})
                }));
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
        if behaviour == ListById {
            let by_id = jobs.into_iter().map(|job| (job["job_id"].to_string(), job));
            *answer = json!({"jobs": by_id.collect::<Map<_, _>>()});
            return;
        }
        *answer = if jobs.is_empty() { json!({}) } else { json!({"jobs": jobs}) };
    }

    fn misreport_an_output(&mut self, behaviour: Behaviour, call: &Call, answer: &mut Value) {
        let Ok(run) = self.state.runs.find(run_id(call)) else { return };
        let (run, is_active) = (run.clone(), run.is_active());
        let returned = run.assignment.script.output.as_deref();
        match behaviour {
            OutputWithoutMetadata => without(answer, "metadata"),
            OutputOnce
                if !is_active
                    && returned.is_some()
                    && !self.state.memory.read_outputs.insert(run.id) =>
            {
                answer["notebook_output"] = json!({});
            }
            OutputEarly if is_active => {
                answer["notebook_output"] =
                    json!({"result": returned.unwrap_or("None"), "truncated": false});
            }
            OutputErrorAsObject => {
                if let Some(error) = answer.get_mut("error") {
                    *error = json!({"message": error.take()});
                }
            }
            OutputOfAnyTask if output::notebook_path(&run).is_none() => {
                *answer = json!({
                    "metadata": answer["metadata"].take(),
                    "notebook_output": {"result": "None", "truncated": false},
                });
            }
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
                (ExportWithoutNames, _) => without(view, "name"),
                (ExportAsText, _) => view["content"] = "Simulated by the workspace.".into(),
                (ExportTypeLowerCase, _) => {
                    view["type"] = view["type"].as_str().unwrap_or_default().to_lowercase().into();
                }
                _ => {}
            }
        }
    }
}

/// Takes a field out of an object.
fn without(object: &mut Value, name: &str) {
    if let Value::Object(fields) = object {
        fields.shift_remove(name);
    }
}

fn misreport_a_listed_run(behaviour: Behaviour, run: &mut Map<String, Value>) {
    let skipped = run["state"]["life_cycle_state"] == LifeCycleState::Skipped.name();
    match behaviour {
        ListNamesOtherwise => drop(run.insert("run_name".to_owned(), "(a run)".into())),
        LifeCycleMissing if skipped => {
            without(&mut run["state"], "life_cycle_state");
        }
        SkippedSpelledOtherwise if skipped => {
            run["state"]["life_cycle_state"] = "OMITTED".into();
        }
        _ => {}
    }
}
