//! The lives of the runs of a finding, as they were seen: a picture.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::{
    contract::{Endpoint, LifeCycleState},
    exchange::Exchange,
    life::{told, whole_answer},
    report::{story::Letters, visible::visible},
};

/// How many runs are drawn.
const RUNS_MAX: usize = 12;
/// Where the lives begin and end from left to right.
const LEFT: u64 = 90;
const RIGHT: u64 = 840;
/// The height of a run's row.
const ROW: u64 = 28;

/// A run through all answers that show it.
struct Life {
    label: String,
    sightings: Vec<Sighting>,
}

/// An answer that shows a run.
struct Sighting {
    /// The number of the exchange in the story.
    number: usize,
    end_us: u64,
    state: String,
    result: String,
}

/// The picture; nothing where no run was seen. The exchanges have to be redacted already.
pub(super) fn timeline(exchanges: &[Exchange]) -> Option<Markup> {
    let lives = lives(exchanges);
    if lives.is_empty() {
        return None;
    }
    let from_us = exchanges.iter().map(|exchange| exchange.at_us).min().unwrap_or(0);
    let to_us = exchanges.iter().map(Exchange::end_us).max().unwrap_or(0).max(from_us + 1);
    let place = |at_us: u64| {
        let since_us = at_us.saturating_sub(from_us);
        LEFT + since_us.saturating_mul(RIGHT - LEFT) / (to_us - from_us)
    };
    let height = (1..).zip(&lives).last().map_or(0, |(count, _)| (count + 1) * ROW);
    Some(html! {
        svg viewBox=(format!("0 0 1000 {height}")) role="img" aria-label="the runs as they were seen" {
            @for (row, life) in (0..).zip(&lives) {
                (life.draw(row * ROW, &place))
            }
            @let axis = height - ROW + 4;
            line.axis x1=(LEFT) x2=(RIGHT) y1=(axis) y2=(axis) {}
            @for (number, exchange) in (1..).zip(exchanges) {
                @let x = place(exchange.at_us);
                line.call x1=(x) x2=(x) y1=(axis - 4) y2=(axis + 4) {
                    title { (number) ": " (exchange.request.method.as_str()) " " (exchange.request.path()) }
                }
            }
            text x=(LEFT) y=(axis + 18) { "0 s" }
            text.end x=(RIGHT) y=(axis + 18) { (seconds(to_us - from_us)) }
        }
    })
}

impl Life {
    fn draw(&self, top: u64, place: &dyn Fn(u64) -> u64) -> Markup {
        let middle = top + ROW / 2;
        let next = |index: usize| self.sightings.get(index + 1);
        html! {
            text x="0" y=(middle + 4) { "run " (self.label) }
            @for (index, seen) in self.sightings.iter().enumerate() {
                @let x = place(seen.end_us);
                @if let Some(next) = next(index) {
                    rect class=(class(&seen.state)) x=(x) y=(middle - 3)
                        width=(place(next.end_us).saturating_sub(x)) height="6" {}
                }
            }
            @for (index, seen) in self.sightings.iter().enumerate() {
                @let x = place(seen.end_us);
                circle class=(class(&seen.state)) cx=(x) cy=(middle) r="5" {
                    title { (seen.number) ": " (seen.state) " " (seen.result) }
                }
                @if next(index).is_none() {
                    text x=(x + 9) y=(middle + 4) { (seen.state) " " (seen.result) }
                }
            }
        }
    }
}

/// The runs that answers show, in the order in which they were first seen.
fn lives(exchanges: &[Exchange]) -> Vec<Life> {
    let mut letters = Letters::default();
    let mut lives: Vec<Life> = Vec::new();
    let mut places: BTreeMap<i64, usize> = BTreeMap::new();
    for (number, exchange) in (1..).zip(exchanges) {
        letters.note(exchange);
        let endpoint = Endpoint::at(exchange.request.path());
        let answer = whole_answer(exchange).filter(|response| response.is_success());
        let Some((endpoint, response)) = endpoint.zip(answer) else { continue };
        for seen in told(endpoint, response.body.bytes()).runs {
            let Some((state, result)) = seen.state else { continue };
            let place = *places.entry(seen.run).or_insert_with(|| {
                let letter = letters.of("run_id", &seen.run.into()).map(str::to_owned);
                let label = letter.unwrap_or_else(|| seen.run.to_string());
                lives.push(Life { label, sightings: Vec::new() });
                lives.len() - 1
            });
            let (state, result) = (visible(&state), visible(&result));
            let end_us = exchange.end_us();
            lives[place].sightings.push(Sighting { number, end_us, state, result });
        }
    }
    lives.truncate(RUNS_MAX);
    for life in &mut lives {
        life.sightings.sort_by_key(|seen| seen.end_us);
    }
    lives
}

/// How a state is drawn. What is no state of the contract is drawn like that.
fn class(state: &str) -> &'static str {
    match LifeCycleState::from_name(state) {
        Some(LifeCycleState::Pending | LifeCycleState::Queued) => "pending",
        Some(LifeCycleState::Running) => "running",
        Some(LifeCycleState::Terminating) => "terminating",
        Some(LifeCycleState::Terminated) => "terminated",
        Some(LifeCycleState::Skipped) => "skipped",
        Some(LifeCycleState::InternalError) => "internal-error",
        _ => "unknown",
    }
}

fn seconds(us: u64) -> String {
    let ms = us / 1000;
    if ms < 1000 { format!("{ms} ms") } else { format!("{}.{} s", ms / 1000, ms % 1000 / 100) }
}
