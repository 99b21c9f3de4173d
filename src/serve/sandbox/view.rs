//! What the page shows: the newest jobs and runs, as many as a person can look at.

use serde::Serialize;

use crate::{
    contract::{LifeCycleState, ResultState},
    serve::{
        Clock, Workspace,
        jobs::Job,
        run::{Run, Stage},
        runs::Filter,
        script,
        settings::{self, TASKS},
    },
};

/// How many jobs are shown.
const JOBS_MAX: usize = 50;
/// How many runs are shown.
const RUNS_MAX: usize = 100;
/// How much is shown of a text that a client gave.
const TEXT_BYTES_MAX: usize = 200;

/// What is in a workspace at a time of its clock.
#[derive(Debug, Serialize)]
pub(super) struct View {
    pub(super) now_ms: i64,
    pub(super) is_clock_manual: bool,
    /// In which ways it is wrong on purpose.
    pub(super) faults: Vec<String>,
    /// The job whose runs are shown; those of all jobs without one.
    pub(super) job_id: Option<i64>,
    /// The newest first.
    pub(super) jobs: Vec<JobView>,
    /// How many jobs there are beyond those.
    pub(super) more_jobs: usize,
    /// The newest first.
    pub(super) runs: Vec<RunView>,
    /// How many runs there are beyond those.
    pub(super) more_runs: usize,
}

/// A job on the page.
#[derive(Debug, Serialize)]
pub(super) struct JobView {
    pub(super) job_id: i64,
    pub(super) name: String,
    /// The kind of its task.
    pub(super) task: &'static str,
    /// Its schedule in the words of Quartz, with the time zone.
    pub(super) schedule: Option<String>,
    /// When that fires next.
    pub(super) next_ms: Option<i64>,
    pub(super) max_concurrent_runs: i64,
    pub(super) active_runs: usize,
    pub(super) runs: usize,
}

/// A run on the page.
#[derive(Debug, Serialize)]
pub(super) struct RunView {
    pub(super) run_id: i64,
    pub(super) job_id: i64,
    pub(super) name: String,
    pub(super) number_in_job: i64,
    /// The run of which it is another attempt, if it is one.
    pub(super) retry_of: Option<i64>,
    pub(super) trigger: &'static str,
    pub(super) state: &'static str,
    pub(super) result: Option<&'static str>,
    /// The states that it was in for a while, and the one in which it is.
    pub(super) life: Vec<Span>,
}

/// How long a run was in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Span {
    #[serde(serialize_with = "by_name")]
    pub(super) state: LifeCycleState,
    pub(super) from_ms: i64,
    /// None while it is.
    pub(super) until_ms: Option<i64>,
}

impl View {
    /// What is in a workspace, with the runs of one job alone if one is given.
    pub(super) fn of(workspace: &Workspace, job_id: Option<i64>) -> Self {
        let state = &workspace.state;
        let jobs = state.jobs.saved.entries();
        let of_job = Filter {
            job_id: job_id.map(|job_id| workspace.options.ids.number(job_id)),
            ..Filter::default()
        };
        Self {
            now_ms: workspace.timeline.now_ms(),
            is_clock_manual: workspace.options.clock == Clock::Manual,
            faults: workspace.options.faults.iter().map(ToString::to_string).collect(),
            job_id,
            jobs: jobs
                .iter()
                .rev()
                .take(JOBS_MAX)
                .map(|(number, job)| JobView::of(workspace, *number, job))
                .collect(),
            more_jobs: jobs.len().saturating_sub(JOBS_MAX),
            runs: state
                .runs
                .matching(of_job, 0)
                .take(RUNS_MAX)
                .map(|run| RunView::of(workspace, run))
                .collect(),
            more_runs: state.runs.count(of_job).saturating_sub(RUNS_MAX),
        }
    }
}

impl JobView {
    fn of(workspace: &Workspace, number: i64, job: &Job) -> Self {
        let runs = |active| {
            let of_job = Filter { job_id: Some(number), active, ..Filter::default() };
            workspace.state.runs.count(of_job)
        };
        let schedule = job.settings.get("schedule").map(|schedule| {
            let text = |name: &str| schedule[name].as_str().unwrap_or_default();
            let paused = if text("pause_status") == "PAUSED" { ", paused" } else { "" };
            let [cron, zone] = ["quartz_cron_expression", "timezone_id"].map(text);
            format!("{} {}{paused}", shortened(cron), shortened(zone))
        });
        Self {
            job_id: workspace.options.ids.id(number),
            name: shortened(settings::name(&job.settings)),
            task: TASKS.into_iter().find(|task| job.settings.contains_key(*task)).unwrap_or("none"),
            schedule,
            next_ms: workspace.state.agenda.next_fire_ms(number),
            max_concurrent_runs: settings::max_concurrent_runs(&job.settings),
            active_runs: runs(Some(true)),
            runs: runs(None),
        }
    }
}

impl RunView {
    fn of(workspace: &Workspace, run: &Run) -> Self {
        let ids = workspace.options.ids;
        Self {
            run_id: ids.id(run.id),
            job_id: ids.id(run.job_id),
            name: shortened(&run.assignment.name),
            number_in_job: run.number_in_job,
            retry_of: (run.attempt_number > 0).then(|| ids.id(run.original_attempt_run_id)),
            trigger: run.trigger(),
            state: run.state().name(),
            result: run.result().map(ResultState::name),
            life: life(run),
        }
    }
}

/// The states of a run, in which it was for a while or is.
fn life(run: &Run) -> Vec<Span> {
    let queued = matches!(run.stage, Stage::Queued { .. });
    let (ran_from_ms, cleaned_from_ms, end_ms) = match run.stage {
        Stage::Queued { .. } | Stage::Pending => (None, None, None),
        Stage::Running { from_ms } => (Some(from_ms), None, None),
        Stage::Terminating { ran_from_ms, from_ms, .. } => (ran_from_ms, Some(from_ms), None),
        Stage::Terminated { ran_from_ms, cleaned_from_ms, end_ms, .. } => {
            (ran_from_ms, Some(cleaned_from_ms), Some(end_ms))
        }
        Stage::Skipped { .. } => {
            let state = LifeCycleState::Skipped;
            return vec![Span { state, from_ms: run.start_ms, until_ms: None }];
        }
    };
    let entered = [
        (LifeCycleState::Queued, Some(run.start_ms)),
        (LifeCycleState::Pending, (!queued).then_some(run.begin_ms)),
        (LifeCycleState::Running, ran_from_ms),
        (LifeCycleState::Terminating, cleaned_from_ms),
        (run.state(), end_ms),
    ];
    let entered: Vec<_> =
        entered.into_iter().filter_map(|(state, from_ms)| Some((state, from_ms?))).collect();
    let left = entered.iter().skip(1).map(|(_, from_ms)| Some(*from_ms)).chain([None]);
    let spans = entered.iter().zip(left);
    let spans = spans.map(|((state, from_ms), until_ms)| Span {
        state: *state,
        from_ms: *from_ms,
        until_ms,
    });
    spans.filter(|span| span.until_ms != Some(span.from_ms)).collect()
}

fn shortened(text: &str) -> String {
    let kept = script::cut(text, TEXT_BYTES_MAX);
    if kept.len() < text.len() { format!("{kept}…") } else { kept.to_owned() }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn by_name<S: serde::Serializer>(state: &LifeCycleState, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(state.name())
}
