//! Ways in which the workspace is different and right all the same: where the contract leaves something
//! open, another server may have decided otherwise, and whoever tests it has to stay silent.
//!
//! `shown` changes what answers show, `extra` walks through them, `refused` has the refusals.

mod extra;
mod refused;
mod shown;

use std::sync::Arc;

use serde_json::Value;

use super::{Ids, Options, Phases, Workspace, names, refusal::Refusal, simulation::Start};
use crate::{
    call::Call,
    contract::Endpoint,
    error::Result as Outcome,
    exchange::{Body, Response, gzip},
};

/// Which of the requests a throttled workspace does not take.
const THROTTLED_EVERY: u64 = 50;
/// How long a slow workspace takes to answer.
const SLOW_US: u64 = 30_000;

/// One way in which a workspace is different, and right all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// Jobs and runs that are not there are answered 404, where the document does not say 400.
    NotFound404,
    /// Refusals have another form and, where the document names none, another status.
    OtherErrors,
    /// Lists without an entry are shown.
    EmptyLists,
    /// Settings are shown as they were sent, without a default.
    PlainSettings,
    /// Settings are shown with every documented default.
    FullSettings,
    /// Every object of every success has a field that the document does not have.
    ExtraFields,
    /// Ids of jobs and runs have 19 digits and no order.
    LongIds,
    /// Answers are compressed.
    Gzip,
    /// Connections end after each answer. The server does it; the workspace knows nothing of connections.
    Close,
    /// Every fiftieth request is answered 429, and not carried out.
    Throttled,
    /// Answers take 30 ms, and runs a few seconds.
    Slow,
    /// A run has ended as soon as it is started, whatever its task.
    Instant,
    /// A run is QUEUED for the first half of its pending phase.
    Queued,
    /// Runs lack what is 0 or false, who created them and where they are shown.
    SparseRuns,
    /// The values of `spark_conf` are shown as text.
    TextConf,
    /// runs/list takes no limit of 1000, as it is to be less than that.
    ExactLimit1000,
}

impl Variant {
    /// What each is called.
    const NAMES: [(Self, &str); 16] = [
        (Self::NotFound404, "not-found-404"),
        (Self::OtherErrors, "other-errors"),
        (Self::EmptyLists, "empty-lists"),
        (Self::PlainSettings, "plain-settings"),
        (Self::FullSettings, "full-settings"),
        (Self::ExtraFields, "extra-fields"),
        (Self::LongIds, "long-ids"),
        (Self::Gzip, "gzip"),
        (Self::Close, "close"),
        (Self::Throttled, "throttled"),
        (Self::Slow, "slow"),
        (Self::Instant, "instant"),
        (Self::Queued, "queued"),
        (Self::SparseRuns, "sparse-runs"),
        (Self::TextConf, "text-conf"),
        (Self::ExactLimit1000, "exact-limit-1000"),
    ];

    /// The variant of this name.
    pub fn parse(name: &str) -> Outcome<Self> {
        let all: Vec<_> = Self::all().map(|one| (one.name().to_owned(), one)).collect();
        let names: Vec<_> = Self::all().map(Self::name).collect();
        names::find("variant", name, &all, &format!("there are {}", names.join(", ")))
    }

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::NAMES.into_iter().map(|(variant, _)| variant)
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize].1
    }
}

/// The options with the phases and ids of their variants.
pub(super) fn settled(mut options: Options) -> Options {
    if options.variants.contains(&Variant::LongIds) {
        options.ids = Ids::Large { seed: 0 };
    }
    if options.variants.contains(&Variant::Slow) {
        options.phases = Phases { pending_ms: 1000, running_ms: 2000, terminating_ms: 1000 };
    }
    if options.variants.contains(&Variant::Instant) {
        options.phases = Phases { pending_ms: 0, running_ms: 0, terminating_ms: 0 };
    }
    options
}

impl Workspace {
    /// Whether it is different in this way.
    fn varies(&self, variant: Variant) -> bool {
        self.options.variants.contains(&variant)
    }

    /// Counts a request, and refuses it if it is one too many.
    pub(super) fn throttle(&mut self) -> Result<(), Refusal> {
        self.state.requests += 1;
        if self.varies(Variant::Throttled) && self.state.requests.is_multiple_of(THROTTLED_EVERY) {
            return Err(Refusal::too_fast());
        }
        Ok(())
    }

    /// Makes the task of a new run as short as it is to be.
    pub(super) fn hasten(&self, start: &mut Start) {
        if self.varies(Variant::Instant) {
            Arc::make_mut(&mut start.assignment).script.running_ms = Some(0);
        }
    }

    /// Reads the arguments of a call that are valid otherwise.
    pub(super) fn read_as_variant(&self, call: &Call) -> Result<(), Refusal> {
        let limit = call.integer("limit").filter(|_| call.endpoint == Endpoint::RunsList);
        if self.varies(Variant::ExactLimit1000) && limit == Some(1000) {
            return Err(Refusal::invalid("The limit has to be less than 1000."));
        }
        Ok(())
    }

    /// Changes a success to what is different in it.
    pub(super) fn answer_as_variant(&self, endpoint: Endpoint, answer: &mut Value) {
        for variant in self.options.variants.iter().copied() {
            self.show_as_variant(variant, endpoint, answer);
        }
        // What is shown is looked up by its own ids until now.
        self.write_ids(endpoint, answer);
        if self.varies(Variant::ExtraFields) {
            extra::add(endpoint, answer);
        }
    }

    /// How long the answer takes.
    pub(super) fn variant_us(&self) -> u64 {
        if self.varies(Variant::Slow) { SLOW_US } else { 0 }
    }

    /// The response as it is sent.
    pub(super) fn sent_as_variant(&self, mut response: Response) -> Response {
        if self.varies(Variant::Gzip) {
            response.headers.push("content-encoding", "gzip");
            response.body = Body::Whole(gzip(response.body.bytes()).into());
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_is_found_by_its_name() {
        for variant in Variant::all() {
            assert_eq!(Variant::parse(variant.name()).unwrap(), variant);
        }
        let unknown = Variant::parse("long-id").unwrap_err();
        assert!(
            unknown.next_step().unwrap().starts_with("did you mean `long-ids`? there are not-")
        );
    }

    #[test]
    fn every_variant_has_a_name_in_its_place() {
        for (place, (variant, _)) in Variant::NAMES.into_iter().enumerate() {
            assert_eq!(variant as usize, place);
        }
    }
}
