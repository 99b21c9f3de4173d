//! How a recording is replayed.

/// How a recording is replayed.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Approximate answers are misses, and what is left unused fails the verdict.
    pub strict: bool,
    /// How often a run is seen in the same state.
    pub polls: Polls,
    /// Whose requests move one position on.
    pub sessions: Sessions,
    /// What becomes of recorded answers that a client survived.
    pub transients: Transients,
    /// JSON pointers into bodies and parameters whose values clients make up; added to the recording's.
    pub volatile: Vec<String>,
    /// Parameters of queries that do not count.
    pub ignore_query: Vec<String>,
    /// How long answers take.
    pub latency: Latency,
    /// Whether moments in answers are moved as if the recording began when the replay does.
    pub shift_times: bool,
    /// The status of a miss.
    pub miss_status: u16,
    /// How often an answer that shows a run still active is repeated beyond the recording before that is
    /// a miss; without a bound if absent.
    pub max_repeats: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            strict: false,
            polls: Polls::Recorded,
            sessions: Sessions::Shared,
            transients: Transients::Keep,
            volatile: Vec::new(),
            ignore_query: Vec::new(),
            latency: Latency::None,
            shift_times: false,
            miss_status: 424,
            max_repeats: None,
        }
    }
}

/// How often a run is seen in the same state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polls {
    /// As often as in the recording.
    Recorded,
    /// Once: consecutive answers that show the same state are one, the last of them.
    ByState,
}

/// Whose requests move one position on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sessions {
    /// Everybody's.
    Shared,
    /// Those with the same `authorization`.
    PerToken,
}

/// What becomes of recorded answers 429 and 5xx behind which the same question has another answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transients {
    /// They are given.
    Keep,
    /// They are passed over.
    Skip,
}

/// How long answers take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Latency {
    /// No time.
    None,
    /// As long as in the recording.
    Recorded,
    /// That long times this factor.
    Scale(f64),
}
