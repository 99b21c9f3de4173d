//! The page: tables of jobs and of runs, each run with its life as a bar. A script of its own gets it anew every
//! second.
//!
//! Whatever a client said is text on it: every value is escaped by the templates, and the page's policy lets
//! no script or style act but the two whose digests it names.

use std::sync::LazyLock;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::view::{JobView, RunView, Span, View};
use crate::contract::LifeCycleState;

/// With the colours of the report of a check, in which runs are drawn, too.
const STYLE: &str =
    concat!(include_str!("../../report/html/style.css"), include_str!("sandbox.css"));
const LIVE: &str = include_str!("live.js");

/// What a manual clock can be moved by, in milliseconds, and what that is called.
const STEPS: [(u64, &str); 5] =
    [(100, "100 ms"), (1000, "1 s"), (60_000, "1 min"), (3_600_000, "1 h"), (86_400_000, "1 day")];
/// How wide a bar is in its own measure, and how wide at least what is shown of it.
const WIDTH: i64 = 1000;
const LEAST: i64 = 4;

/// What may act on the page: its own style and script, by their digests. No other page may hold it.
pub(super) fn policy() -> &'static str {
    static POLICY: LazyLock<String> = LazyLock::new(|| {
        let digest = |text: &str| BASE64_STANDARD.encode(Sha256::digest(text));
        format!(
            "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; connect-src 'self'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            digest(STYLE),
            digest(LIVE)
        )
    });
    &POLICY
}

/// The whole page.
pub(super) fn html(view: &View) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { "jobdeck serve" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "jobdeck serve" }
                    @for fault in &view.faults { p.warning { "wrong on purpose: " (fault) } }
                    @if view.is_clock_manual {
                        p {
                            "Let time pass: "
                            @for (ms, name) in STEPS { button data-ms=(ms) { (name) } " " }
                        }
                    }
                    p.warning #trouble {}
                }
                main {
                    p.quiet { "It is " (time(view.now_ms)) " in the workspace." }
                    (jobs(view))
                    (runs(view))
                }
                script { (PreEscaped(LIVE)) }
            }
        }
    };
    page.into_string()
}

fn jobs(view: &View) -> Markup {
    html! {
        h2 { "Jobs" }
        @if view.jobs.is_empty() { p.quiet { "none" } } @else {
            table {
                tr {
                    th { "job" } th { "name" } th { "task" } th { "schedule" } th { "active" }
                    th { "runs" }
                }
                @for job in &view.jobs { (job_row(job)) }
            }
        }
        (more(view.more_jobs))
    }
}

fn job_row(job: &JobView) -> Markup {
    html! {
        tr {
            td { a href=(format!("/?job_id={}", job.job_id)) { (job.job_id) } }
            td { bdi { (job.name) } }
            td { (job.task) }
            td {
                @if let Some(schedule) = &job.schedule { bdi { (schedule) } }
                @if let Some(next_ms) = job.next_ms { div.quiet { "next " (time(next_ms)) } }
            }
            td { (job.active_runs) " (at most " (job.max_concurrent_runs) ")" }
            td { (job.runs) }
        }
    }
}

fn runs(view: &View) -> Markup {
    let axis = Axis::of(view);
    html! {
        h2 {
            "Runs"
            @if let Some(job_id) = view.job_id { " of job " (job_id) " " a href="/" { "(show all)" } }
        }
        @if view.runs.is_empty() { p.quiet { "none" } } @else {
            table.runs {
                tr {
                    th { "run" } th { "of" }
                    th { span.end { (time(axis.until_ms)) } (time(axis.from_ms)) }
                    th { "state" }
                }
                @for run in &view.runs { (run_row(run, &axis, view.now_ms)) }
            }
        }
        (more(view.more_runs))
    }
}

fn run_row(run: &RunView, axis: &Axis, now_ms: i64) -> Markup {
    html! {
        tr {
            td {
                (run.run_id)
                @if let Some(first) = run.retry_of { div.quiet { "retry of " (first) } }
            }
            td {
                "job " (run.job_id) ", number " (run.number_in_job)
                div { bdi { (run.name) } }
            }
            td {
                svg viewBox=(format!("0 0 {WIDTH} 10")) preserveAspectRatio="none" role="img"
                    aria-label="its life" {
                    @for span in &run.life { (bar(span, run, axis, now_ms)) }
                }
                div.quiet { (told(&run.life, now_ms)) }
            }
            td { (run.state) " " @if let Some(result) = run.result { (result) } div.quiet { (run.trigger) } }
        }
    }
}

fn bar(span: &Span, run: &RunView, axis: &Axis, now_ms: i64) -> Markup {
    let end_ms = if span.state.is_terminal() { span.from_ms } else { now_ms };
    let x = axis.place(span.from_ms).min(WIDTH - LEAST);
    let width = (axis.place(span.until_ms.unwrap_or(end_ms)) - x).max(LEAST);
    let failed = span.state == LifeCycleState::Terminated && run.result != Some("SUCCESS");
    html! {
        rect class=(if failed { "failed" } else { class(span.state) }) x=(x) y="0" width=(width)
            height="10" {
            title { (span.state.name()) " from " (time(span.from_ms)) }
        }
    }
}

/// Where times stand on a bar.
struct Axis {
    from_ms: i64,
    until_ms: i64,
}

impl Axis {
    /// From the first start of a run that is shown to the last end, or to now if one has not ended.
    fn of(view: &View) -> Self {
        let from_ms = view.runs.iter().filter_map(|run| run.life.first()).map(|span| span.from_ms);
        let until_ms = view
            .runs
            .iter()
            .filter_map(|run| run.life.last())
            .map(|span| if span.state.is_terminal() { span.from_ms } else { view.now_ms });
        let from_ms = from_ms.min().unwrap_or(view.now_ms);
        Self { from_ms, until_ms: until_ms.max().unwrap_or(from_ms).max(from_ms + 1) }
    }

    fn place(&self, at_ms: i64) -> i64 {
        (at_ms - self.from_ms).saturating_mul(WIDTH) / (self.until_ms - self.from_ms)
    }
}

/// A life in words: how long a run was in each state.
fn told(life: &[Span], now_ms: i64) -> String {
    let lasting = life.iter().filter(|span| !span.state.is_terminal());
    let words = lasting.map(|span| {
        let lasted_ms = span.until_ms.unwrap_or(now_ms) - span.from_ms;
        format!("{} {}", span.state.name(), duration(lasted_ms))
    });
    words.collect::<Vec<_>>().join(", ")
}

fn more(count: usize) -> Markup {
    html! { @if count > 0 { p.quiet { "and " (count) " older ones" } } }
}

fn class(state: LifeCycleState) -> &'static str {
    match state {
        LifeCycleState::Pending | LifeCycleState::Queued => "pending",
        LifeCycleState::Running => "running",
        LifeCycleState::Terminating => "terminating",
        LifeCycleState::Terminated => "terminated",
        LifeCycleState::Skipped => "skipped",
        LifeCycleState::InternalError => "internal-error",
    }
}

fn time(ms: i64) -> String {
    let told = Timestamp::from_millisecond(ms).map(|at| at.strftime("%F %T%.3f UTC").to_string());
    told.unwrap_or_else(|_| format!("{ms} ms"))
}

fn duration(ms: i64) -> String {
    match ms {
        ..1000 => format!("{ms} ms"),
        1000..60_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        60_000..3_600_000 => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000),
        _ => format!("{} h {} min", ms / 3_600_000, ms % 3_600_000 / 60_000),
    }
}
