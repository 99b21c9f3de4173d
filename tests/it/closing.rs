//! The closing law: whatever clients see of a replay, the oracles that judge workspaces find nothing wrong with
//! it that is not wrong with the recording itself.

use jobdeck::{
    exchange::Handler as _,
    replay::{Options, Recording, Replayer},
    serve,
};
use proptest::prelude::*;

use crate::scripts::{findings, hold, played, scripts, table};

#[test]
fn what_a_replay_shows_could_have_been_seen_of_the_workspace() {
    let counts = std::cell::Cell::new((0, 0));
    hold(400, &scripts(), |scripts| {
        let recording = scripts.recording(serve::Options::default());
        prop_assert_eq!(findings(&recording), Vec::<String>::new());

        let taped = Recording { exchanges: recording.clone(), ..Recording::default() };
        // A list that only comes close may name what a client makes later on, and does not claim to fit.
        let mut replayer = Replayer::new(taped, Options { strict: true, ..Options::default() });
        let answer = |_, request: &_, now_us| replayer.answer(request, now_us).response;
        let mut seen = played(scripts.others("live"), answer);
        let asked = seen.len();
        // A miss says that there is no answer, and is none.
        seen.retain(|exchange| exchange.response.as_ref().is_some_and(|r| r.status != 424));
        let (hits, misses) = counts.get();
        counts.set((hits + seen.len(), misses + asked - seen.len()));
        prop_assert_eq!(
            findings(&seen),
            Vec::<String>::new(),
            "{}\nof\n{}",
            table(&seen),
            table(&recording)
        );
        Ok(())
    });
    let (hits, misses) = counts.get();
    assert!(hits > misses, "{hits} answered, {misses} missed: there was little to judge");
}
