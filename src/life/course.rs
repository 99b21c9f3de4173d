//! One run through all answers that show it.

use std::fmt;

use super::Span;
use crate::contract::LifeCycleState;

/// An answer that shows the state of a run.
#[derive(Clone, Copy, Debug)]
pub struct Sighting {
    /// Which exchange it is, as whoever asks numbers them.
    pub index: usize,
    /// When it was.
    pub span: Span,
    /// The state that it shows.
    pub state: LifeCycleState,
}

/// What all answers together say of a run.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// The first answer that shows it ended.
    pub ended: Option<Span>,
    /// The answers, by their index, that show it where it cannot have been any more; the service is not always
    /// consistent.
    pub stale: Vec<usize>,
    /// The state that it was seen in last, with the first and the last of the answers that show it so.
    last: Option<(LifeCycleState, Span, Span)>,
}

impl Course {
    /// Follows a run through the answers that show it, in any order.
    pub fn of(mut sightings: Vec<Sighting>) -> Self {
        sightings.sort_by_key(|seen| seen.span.end());
        let mut course = Self::default();
        for Sighting { index, span, state } in sightings {
            course.last = match course.last {
                Some((was, _, then)) if then.before(span) && !was.can_lead_to(state) => {
                    course.stale.push(index);
                    continue;
                }
                Some((was, since, _)) if was == state => Some((state, since, span)),
                _ => Some((state, span, span)),
            };
            if state.is_terminal() {
                course.ended.get_or_insert(span);
            }
        }
        course
    }

    /// The run of this id, if it was seen, but never as ended.
    pub fn unended(&self, run: i64) -> Option<Unended> {
        let (state, since, last) = self.last.filter(|_| self.ended.is_none())?;
        Some(Unended { run, state, since, last })
    }
}

/// A run that never ends in a recording.
#[derive(Clone, Copy, Debug)]
pub struct Unended {
    /// Its id.
    pub run: i64,
    /// The state that it was seen in last.
    pub state: LifeCycleState,
    /// The first of the answers that showed it so, without another state in between.
    pub since: Span,
    /// The last of them.
    pub last: Span,
}

impl fmt::Display for Unended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { run, state, since, last } = self;
        let when = |span: &Span| {
            let tenths = span.end_us / 100_000;
            format!("exchange {} (after {}.{} s)", span.seq, tenths / 10, tenths % 10)
        };
        write!(f, "run {run} never ends in this recording: {} ", state.name())?;
        if since.seq == last.seq {
            write!(f, "in {}", when(last))
        } else {
            write!(f, "from {} to {}", when(since), when(last))
        }
    }
}
