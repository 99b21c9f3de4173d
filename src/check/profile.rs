//! What a target offers to whoever checks it: clusters, tasks, time, and whether it may be put to work.

use std::{collections::BTreeSet, env, fs, path::Path, time::Duration};

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::target::BASE_PATH;
use crate::{
    contract::rules::Need,
    error::{Error, Kind, Result},
    oracle::{Deadlines, Ending, KnownTask},
};

/// What a target offers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each answers a question of its own in the file")]
pub struct Profile {
    /// The path below which the endpoints stand.
    pub base_path: String,
    /// The token, or `env:NAME` for one in the environment.
    pub token: Option<String>,
    /// Settings that give a run a cluster: `existing_cluster_id`, or `new_cluster`.
    pub cluster: Map<String, Value>,
    /// A cluster to make for a run, where rules speak of one.
    pub new_cluster: Option<Map<String, Value>>,
    /// A pipeline.
    pub pipeline_id: Option<String>,
    /// Ids of four notification destinations.
    pub destinations: Vec<String>,
    /// Whether runs go on without help.
    pub runs_execute: bool,
    /// Whether schedules start runs, and may be waited for, which takes two minutes. A target for which nobody
    /// has to wait is always taken to have such.
    pub schedules_fire: bool,
    /// Whether nobody else uses the workspace.
    pub isolated: bool,
    /// Whether its clock is the one of the day.
    pub clock_is_right: bool,
    /// Tasks of which it is known how they end.
    pub task: Tasks,
    /// How long it may take for what it does on its own, in seconds.
    pub deadline_s: DeadlinesS,
}

/// Tasks of which it is known how they end, each with the settings that name it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table of tasks")]
pub struct Tasks {
    /// A notebook that succeeds soon, and returns nothing.
    pub ok: Option<Fragment>,
    /// One that fails soon.
    pub fail: Option<Fragment>,
    /// One that stays active for `slow_seconds`.
    pub slow: Option<Fragment>,
    /// A notebook that returns `text`.
    pub exit: Option<Fragment>,
    /// A notebook that returns its parameters as a JSON object, with `defaults`.
    pub parameters: Option<Fragment>,
    /// A task that is no notebook, and succeeds soon.
    pub python: Option<Fragment>,
    /// A notebook of which one cell writes more than 8 MB.
    pub big_cell: Option<Fragment>,
}

/// A task, and what is known of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(expecting = "a table such as { notebook_task = { notebook_path = \"/a\" } }")]
pub struct Fragment {
    /// How long a slow task stays active at least.
    pub slow_seconds: Option<u64>,
    /// What a notebook returns.
    pub text: Option<String>,
    /// The defaults of a notebook's parameters.
    #[serde(default)]
    pub defaults: Map<String, Value>,
    /// The settings, such as `notebook_task`.
    #[serde(flatten)]
    pub settings: Map<String, Value>,
}

/// How long a target may take for what it does on its own, in seconds.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table of seconds")]
pub struct DeadlinesS {
    /// Until a run that is to be skipped is `SKIPPED`.
    pub skip: u64,
    /// Until a run that was cancelled or timed out has ended.
    pub cancel: u64,
    /// Until a run of a short task has ended, and until a retry, or the run of a schedule, has started.
    pub settle: u64,
}

impl Default for DeadlinesS {
    fn default() -> Self {
        Self { skip: 5, cancel: 10, settle: 10 }
    }
}

impl Default for Profile {
    /// A target of which nothing is known but where it is.
    fn default() -> Self {
        Self {
            base_path: BASE_PATH.to_owned(),
            token: None,
            cluster: Map::new(),
            new_cluster: None,
            pipeline_id: None,
            destinations: Vec::new(),
            runs_execute: false,
            schedules_fire: false,
            isolated: false,
            clock_is_right: true,
            task: Tasks::default(),
            deadline_s: DeadlinesS::default(),
        }
    }
}

/// The token of a target that takes any.
const ANY_TOKEN: &str = "jobdeck-check";

impl Profile {
    /// What the reference workspace offers.
    pub fn of_reference() -> Self {
        let notebook = |path: &str| Fragment {
            settings: object(json!({"notebook_task": {"notebook_path": path}})),
            ..Fragment::default()
        };
        let cluster = json!({
            "spark_version": "7.3.x-scala2.12", "node_type_id": "Standard_D3_v2", "num_workers": 1,
        });
        Self {
            cluster: object(json!({"existing_cluster_id": "1201-my-cluster"})),
            new_cluster: Some(object(cluster)),
            pipeline_id: Some("a-pipeline".to_owned()),
            destinations: (1..=4).map(|number| format!("destination-{number}")).collect(),
            runs_execute: true,
            isolated: true,
            task: Tasks {
                ok: Some(notebook("/jobdeck/succeed")),
                fail: Some(notebook("/jobdeck/fail")),
                slow: Some(Fragment { slow_seconds: Some(20), ..notebook("/jobdeck/sleep/30000") }),
                exit: Some(Fragment {
                    text: Some("hello".to_owned()),
                    ..notebook("/jobdeck/exit/hello")
                }),
                parameters: Some(Fragment {
                    defaults: object(json!({"greeting": "hello", "number": "1"})),
                    ..notebook("/jobdeck/parameters/greeting=hello&number=1")
                }),
                python: Some(Fragment {
                    settings: object(
                        json!({"spark_python_task": {"python_file": "dbfs:/jobdeck/succeed.py"}}),
                    ),
                    ..Fragment::default()
                }),
                big_cell: Some(notebook("/jobdeck/print/8388609")),
            },
            // Its phases take less than a second.
            deadline_s: DeadlinesS { skip: 3, cancel: 5, settle: 3 },
            ..Self::default()
        }
    }

    /// Reads a profile from a TOML file.
    pub fn load(path: &Path) -> Result<Self> {
        let failed = || {
            let doing = format!("failed to read the profile `{}`", path.display());
            Error::new(Kind::Usage, doing)
        };
        let text = fs::read_to_string(path).map_err(|cause| failed().because(cause))?;
        Self::parse(&text).map_err(|cause| failed().because(cause))
    }

    fn parse(text: &str) -> std::result::Result<Self, String> {
        let profile: Self = toml::from_str(text).map_err(|cause| cause.to_string())?;
        if profile.cluster.is_empty() {
            return Err("it has no `cluster`: jobs need one, such as \
                        cluster = { existing_cluster_id = \"…\" }"
                .to_owned());
        }
        let slow = profile.task.slow.as_ref();
        if slow.is_some_and(|slow| slow.slow_seconds.is_none()) {
            return Err("[task.slow] does not say for how many slow_seconds it stays".to_owned());
        }
        if profile.task.exit.as_ref().is_some_and(|exit| exit.text.is_none()) {
            return Err("[task.exit] does not say which text it returns".to_owned());
        }
        Ok(profile)
    }

    /// The token that requests carry.
    pub fn token(&self) -> Result<String> {
        match self.token.as_deref() {
            None => Ok(ANY_TOKEN.to_owned()),
            Some(token) => match token.strip_prefix("env:") {
                None => Ok(token.to_owned()),
                Some(name) => env::var(name).map_err(|cause| {
                    Error::new(Kind::Usage, format!("failed to read the token in `{name}`"))
                        .because(cause)
                }),
            },
        }
    }

    /// What rules may need that is there.
    pub fn offers(&self) -> BTreeSet<Need> {
        let Self { task, .. } = self;
        let has = [
            (Need::Credentials, true),
            (Need::Cluster, !self.cluster.is_empty()),
            (Need::NewCluster, self.new_cluster.is_some()),
            (Need::Pipeline, self.pipeline_id.is_some()),
            (Need::Destinations, self.destinations.len() >= 4),
            (Need::Isolation, self.isolated),
            (Need::Executor, self.runs_execute),
            (Need::Scheduler, self.runs_execute && self.schedules_fire),
            (Need::SlowTask, task.slow.is_some()),
            (Need::SucceedingTask, task.ok.is_some() && self.runs_execute),
            (Need::FailingTask, task.fail.is_some() && self.runs_execute),
            (Need::ExitingTask, task.exit.is_some() && self.runs_execute),
            (Need::BigCellTask, task.big_cell.is_some() && self.runs_execute),
        ];
        has.into_iter().filter(|(_, has)| *has).map(|(need, _)| need).collect()
    }

    /// The settings of a run on its cluster with a task; the first task there is, if that one is not.
    pub fn settings(&self, task: Option<&Fragment>) -> Map<String, Value> {
        let Tasks { ok, fail, slow, exit, python, parameters, .. } = &self.task;
        let any = [ok, exit, python, slow, fail, parameters].into_iter().find_map(Option::as_ref);
        let mut settings = self.cluster.clone();
        if let Some(fragment) = task.or(any) {
            settings.extend(fragment.settings.clone());
        } else {
            let notebook = json!({"notebook_path": "/Shared/jobdeck-check"});
            settings.insert("notebook_task".to_owned(), notebook);
        }
        settings
    }

    /// The tasks of which it is known how they end.
    pub fn known_tasks(&self) -> Vec<KnownTask> {
        let Tasks { ok, fail, slow, exit, python, parameters, big_cell } = &self.task;
        let slow_ending = |fragment: &Fragment| {
            Ending::Stays(Duration::from_secs(fragment.slow_seconds.unwrap_or(0)))
        };
        let rows: [Row<'_>; 7] = [
            (ok, &|_| Ending::Succeeds),
            (fail, &|_| Ending::Fails),
            (slow, &slow_ending),
            (exit, &|fragment| Ending::Returns(fragment.text.clone().unwrap_or_default())),
            (python, &|_| Ending::Succeeds),
            (parameters, &|fragment| Ending::ReturnsParameters(fragment.defaults.clone())),
            (big_cell, &|_| Ending::Overflows),
        ];
        let known = rows.into_iter().filter_map(|(fragment, ending)| {
            let fragment = fragment.as_ref()?;
            Some(KnownTask { task: fragment.settings.clone(), ending: ending(fragment) })
        });
        known.collect()
    }

    /// The same as far as it is promised: where runs do not go on by themselves, nothing else does.
    pub fn promised(&self) -> Deadlines {
        let deadlines = self.deadlines();
        if self.runs_execute {
            deadlines
        } else {
            Deadlines { cancel: Duration::MAX, settle: Duration::MAX, ..deadlines }
        }
    }

    /// How long the target may take for what it does on its own, and is waited for.
    pub fn deadlines(&self) -> Deadlines {
        let DeadlinesS { skip, cancel, settle } = self.deadline_s;
        Deadlines {
            skip: Duration::from_secs(skip),
            cancel: Duration::from_secs(cancel),
            settle: Duration::from_secs(settle),
        }
    }
}

/// A task with what tells how it ends.
type Row<'r> = (&'r Option<Fragment>, &'r dyn Fn(&Fragment) -> Ending);

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_read_from_toml() {
        let profile = Profile::parse(
            r#"
            base_path = "/api/2.0"
            token = "env:DATABRICKS_TOKEN"
            cluster = { existing_cluster_id = "1201-my-cluster" }
            new_cluster = { spark_version = "7.3.x-scala2.12", node_type_id = "Standard_D3_v2", num_workers = 1 }
            runs_execute = true
            isolated = false
            [task.ok]
            notebook_task = { notebook_path = "/jobdeck/succeed" }
            [task.slow]
            notebook_task = { notebook_path = "/jobdeck/sleep/30000" }
            slow_seconds = 20
            [task.exit]
            notebook_task = { notebook_path = "/jobdeck/exit/hello" }
            text = "hello"
            [deadline_s]
            cancel = 7
            "#,
        )
        .unwrap();
        let slow = profile.task.slow.as_ref().unwrap();
        assert_eq!(slow.settings["notebook_task"]["notebook_path"], "/jobdeck/sleep/30000");
        assert_eq!(profile.deadlines().cancel, Duration::from_secs(7));
        assert!(profile.offers().contains(&Need::SlowTask));
        assert!(!profile.offers().contains(&Need::FailingTask));
    }

    #[track_caller]
    fn check_refused(text: &str, expected: &str) {
        let error = Profile::parse(text).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn a_profile_that_makes_no_sense_is_refused_with_the_reason() {
        check_refused("", "no `cluster`");
        check_refused("clutser = {}", "unknown field `clutser`");
        let cluster = "cluster = { existing_cluster_id = \"c\" }\n";
        check_refused(&format!("{cluster}[task.slow]\nnotebook_task = {{}}"), "slow_seconds");
        check_refused(&format!("{cluster}[task.exit]\nnotebook_task = {{}}"), "text");
        check_refused(&format!("{cluster}token = 1"), "token");
        check_refused("[task]\nok = 3", "expected a table such as { notebook_task");
        check_refused("task = 3", "expected a table of tasks");
        check_refused("deadline_s = 3", "expected a table of seconds");
    }
}
