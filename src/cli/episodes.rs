//! `jobdeck record --mode new-episodes`: a cassette answers what it knows, the workspace the rest.

use std::sync::{Arc, Mutex, PoisonError};

use super::{exit::Exit, print};
use crate::{
    cassette::Cassette,
    exchange::{Handler as _, Reply, Request},
    net::Front,
    replay::{Options, Replayer},
};

/// A cassette in front of a workspace.
#[derive(Clone, Debug)]
pub(super) struct Episodes(Arc<Mutex<Known>>);

#[derive(Debug)]
struct Known {
    replayer: Replayer,
    /// How many requests were for the workspace.
    passed: u64,
}

impl Episodes {
    /// What this cassette knows.
    pub(super) fn of(cassette: Cassette, options: Options) -> Self {
        Self(Arc::new(Mutex::new(Known { replayer: Replayer::new(cassette, options), passed: 0 })))
    }

    /// The same as what a proxy asks first.
    pub(super) fn front(&self) -> Arc<Mutex<dyn Front>> {
        Arc::clone(&self.0) as Arc<Mutex<dyn Front>>
    }

    /// Tells what came of it. What neither the cassette nor the workspace could answer is a miss.
    pub(super) fn tell(&self) -> Exit {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let receipt = known.replayer.receipt();
        print::note(format_args!(
            "jobdeck: the cassette answered {} requests, {} were for the workspace, missed {}",
            receipt.served, known.passed, receipt.missed
        ));
        for miss in &receipt.misses {
            print::note(format_args!("missed: {}: {}", miss.request, miss.message));
        }
        if receipt.missed > 0 { Exit::Found } else { Exit::Held }
    }
}

impl Front for Known {
    fn answer(&mut self, request: &Request, now_us: u64) -> Option<Reply> {
        if let Ok(reply) = self.replayer.attempt(request, now_us) {
            return Some(reply);
        }
        // The workspace may know nothing of what was made in the recording, or something else by that id.
        if self.replayer.names_what_was_made(request) {
            return Some(self.replayer.answer(request, now_us));
        }
        self.passed += 1;
        None
    }
}
