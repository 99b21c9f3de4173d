//! Scripted roughness: which requests meet which trouble on their way, the same each time.
//!
//! A script is TOML, one table for each kind of trouble:
//!
//! ```toml
//! seed = 7                    # what `chance` draws from; needed only for that
//!
//! [[weather]]
//! path = "jobs/runs/get"      # or jobs/runs/*, or with the whole path /api/2.1/*
//! on = [2, 5]                 # the 2nd and the 5th request that fits
//! do = "throttle"             # 429, with Retry-After
//! retry_after_s = 1
//!
//! [[weather]]
//! path = "jobs/run-now"
//! method = "POST"             # any if it is not given
//! every = 3                   # the 3rd, the 6th and so on
//! do = "unavailable-after"    # 503, although the server did what was asked
//!
//! [[weather]]
//! path = "*"
//! chance = 0.1                # one in ten, the same ones each time
//! latency_ms = 250            # may stand alone, or beside `do`
//! ```
//!
//! Without `on`, `every` and `chance` every request that fits is struck. Each table counts the requests that
//! fit it, from 1, whatever became of them; if several strike the same request, the first in the script does.
//!
//! | `do` | what the client sees | the server |
//! |---|---|---|
//! | `throttle` | 429, with `retry-after` if `retry_after_s` says so | sees nothing |
//! | `unavailable-before` | 503, likewise | sees nothing |
//! | `unavailable-after` | 503, likewise | does what was asked |
//! | `drop-before` | the connection ends without an answer | sees nothing |
//! | `drop-after` | the connection ends without an answer | does what was asked |
//! | `cut` | the answer breaks off behind `bytes` bytes of its body; a shorter one stays whole | does what was asked |
//!
//! In front of a workspace (`record`) the cassette keeps what the workspace did: what it never saw has the
//! outcome `deck` and is never replayed, and where a client got something else than the workspace sent, the true
//! exchange is kept, with the place of the change in `redacted` (`/response`, or `/response/body` of a cut one).
//! So a replay gives the real answers, and rough weather only where it is told to have some: a script says what
//! a client has to survive, and not what the workspace is like.

mod script;
mod tally;

use std::sync::Arc;

use http::Method;

pub use tally::Tally;

use crate::contract::PathPattern;

/// A script, with how far it is.
#[derive(Clone, Debug, Default)]
pub struct Weather {
    rules: Vec<Rule>,
    tally: Arc<Tally>,
}

/// One table of a script.
#[derive(Clone, Debug, PartialEq)]
struct Rule {
    path: PathPattern,
    method: Option<Method>,
    when: When,
    event: Event,
    /// How many requests have fitted.
    fitted: u64,
}

/// Which of the requests that fit are struck.
#[derive(Clone, Debug, PartialEq)]
enum When {
    Always,
    /// Those with these numbers.
    On(Vec<u64>),
    /// Those whose number this divides.
    Every(u64),
    /// Those for which a number drawn from the seed and their own lies below a bound.
    Drawn {
        seed: u64,
        below: u64,
    },
}

/// What happens to a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// How long it is held back before anything else, in milliseconds.
    pub latency_ms: u64,
    /// What happens then.
    pub action: Action,
}

/// What happens to a request, or to its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    #[default]
    Pass,
    /// It gets nowhere.
    Stop(Sight),
    /// It is answered, and the client sees this instead.
    Hide(Sight),
    /// It is answered, and the client sees no more than so many bytes of the answer's body.
    Cut {
        /// So many.
        bytes: usize,
    },
}

/// What a client sees that does not see the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// An answer with this status, and in how many seconds to come again, if that is told.
    Status(u16, Option<u64>),
    /// The end of the connection.
    Nothing,
}

impl Weather {
    /// Reads a script. The error names the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        script::parse(text)
    }

    /// What happens to the next request of this method to this path.
    pub fn next(&mut self, method: &Method, path: &str) -> Event {
        let mut event = None;
        for (index, rule) in (0..).zip(&mut self.rules) {
            if rule.path.fits(path) && rule.method.as_ref().is_none_or(|own| own == method) {
                rule.fitted += 1;
                if event.is_none() && rule.when.strikes(index, rule.fitted) {
                    event = Some(rule.event);
                }
            }
        }
        let event = event.unwrap_or_default();
        if let Some(name) = event.name() {
            self.tally.count(name);
        }
        event
    }

    /// What it counts, also after it has been given away.
    pub fn tally(&self) -> Arc<Tally> {
        Arc::clone(&self.tally)
    }
}

impl Event {
    /// The name of every kind of weather: that of its `do`, or of a delay alone.
    pub const NAMES: [&str; 7] = [
        "throttle",
        "unavailable-before",
        "unavailable-after",
        "drop-before",
        "drop-after",
        "cut",
        "latency",
    ];

    /// The name of its kind; none if nothing happens.
    pub fn name(self) -> Option<&'static str> {
        let [throttle, unavailable, hidden, drop_before, drop_after, cut, latency] = Self::NAMES;
        Some(match self.action {
            Action::Pass if self.latency_ms == 0 => return None,
            Action::Pass => latency,
            Action::Stop(Sight::Status(429, _)) => throttle,
            Action::Stop(Sight::Status(..)) => unavailable,
            Action::Stop(Sight::Nothing) => drop_before,
            Action::Hide(Sight::Status(..)) => hidden,
            Action::Hide(Sight::Nothing) => drop_after,
            Action::Cut { .. } => cut,
        })
    }
}

impl When {
    fn strikes(&self, rule: u64, number: u64) -> bool {
        match self {
            Self::Always => true,
            Self::On(numbers) => numbers.contains(&number),
            Self::Every(step) => number.is_multiple_of(*step),
            Self::Drawn { seed, below } => mix(seed ^ mix(rule ^ mix(number))) < *below,
        }
    }
}

/// The finalizer of `SplitMix64`: close numbers become far ones, evenly.
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GET: &str = "/api/2.0/jobs/runs/get";

    /// Which of the first requests for a run are struck, by their numbers.
    fn struck(script: &str, count: usize) -> Vec<usize> {
        let mut weather = Weather::parse(script).expect("a script");
        let mut is_struck = || weather.next(&Method::GET, GET) != Event::default();
        (1..=count).filter(|_| is_struck()).collect()
    }

    fn rule(when: &str) -> String {
        format!("seed = 7\n[[weather]]\npath = \"jobs/runs/*\"\nlatency_ms = 1\n{when}")
    }

    #[test]
    fn a_script_says_which_requests_are_struck() {
        assert_eq!(struck(&rule(""), 3), [1, 2, 3]);
        assert_eq!(struck(&rule("on = [2, 5]"), 9), [2, 5]);
        assert_eq!(struck(&rule("every = 3"), 9), [3, 6, 9]);
        assert_eq!(struck(&rule("method = \"POST\""), 9), [0; 0]);
        assert_eq!(struck(&rule("method = \"GET\"\non = [1]"), 9), [1]);
        assert_eq!(struck("", 9), [0; 0]);
    }

    #[test]
    fn chance_is_the_same_each_time_and_as_frequent_as_it_says() {
        let first = struck(&rule("chance = 0.1"), 10_000);
        assert_eq!(struck(&rule("chance = 0.1"), 10_000), first);
        assert!((900..1100).contains(&first.len()), "{}", first.len());
        let other = rule("chance = 0.1").replace("seed = 7", "seed = 8");
        assert_ne!(struck(&other, 10_000), first);
        assert_eq!(struck(&rule("chance = 1"), 100).len(), 100);
        assert_eq!(struck(&rule("chance = 0"), 100), [0; 0]);
    }

    #[test]
    fn what_strikes_is_counted_by_its_name() {
        let [names @ .., _] = Event::NAMES;
        let tables = names.into_iter().zip(2..).map(|(name, number)| {
            let more = if name == "cut" { "bytes = 0" } else { "latency_ms = 1" };
            format!("[[weather]]\npath = \"*\"\non = [{number}]\ndo = \"{name}\"\n{more}\n")
        });
        let delay = "[[weather]]\npath = \"*\"\non = [1, 9]\nlatency_ms = 1\n".to_owned();
        let script: String = [delay].into_iter().chain(tables).collect();
        let mut weather = Weather::parse(&script).expect("a script");
        let tally = weather.tally();
        assert_eq!(tally.to_string(), "");
        let events: Vec<_> = (0..10).map(|_| weather.next(&Method::GET, GET).name()).collect();
        let latency = Some("latency");
        let in_order = names.map(Some);
        let expected = [latency].into_iter().chain(in_order).chain([None, latency, None]);
        assert_eq!(events, expected.collect::<Vec<_>>());
        assert_eq!(
            tally.to_string(),
            "throttle 1, unavailable-before 1, unavailable-after 1, drop-before 1, drop-after 1, cut 1, latency 2"
        );
    }

    #[test]
    fn the_first_that_strikes_does_and_all_that_fit_count() {
        let script = r#"
            [[weather]]
            path = "jobs/runs/get"
            on = [1]
            do = "throttle"
            retry_after_s = 2
            [[weather]]
            path = "jobs/*"
            on = [1, 2]
            do = "cut"
            bytes = 5
        "#;
        let mut weather = Weather::parse(script).expect("a script");
        let mut next = || weather.next(&Method::GET, GET).action;
        assert_eq!(next(), Action::Stop(Sight::Status(429, Some(2))));
        assert_eq!(next(), Action::Cut { bytes: 5 });
        assert_eq!(next(), Action::Pass);
    }
}
