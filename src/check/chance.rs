//! All chance of a check comes from one number: each place draws from a stream of its own, so that what is
//! drawn there depends neither on the order nor on the choice of probes.

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sha2::{Digest, Sha256};

/// What draws values for one case at one place.
pub(super) fn runner(seed: u64, place: &str, case: u32) -> TestRunner {
    let config = Config { failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &digest(seed, place, case));
    TestRunner::new_with_rng(config, rng)
}

/// A number for a place.
pub(super) fn stamp(seed: u64, place: &str) -> u32 {
    let [a, b, c, d, ..] = digest(seed, place, 0);
    u32::from_le_bytes([a, b, c, d])
}

/// So many letters and digits, which no coding makes much shorter.
pub(super) fn text(seed: u64, place: &str, length: usize) -> String {
    let mut text = String::with_capacity(length + 64);
    for part in 0.. {
        if text.len() >= length {
            break;
        }
        for byte in digest(seed, place, part) {
            text.push(char::from(b'a' + byte % 26));
        }
    }
    text.truncate(length);
    text
}

fn digest(seed: u64, place: &str, case: u32) -> [u8; 32] {
    Sha256::new()
        .chain_update(seed.to_le_bytes())
        .chain_update(case.to_le_bytes())
        .chain_update(place.as_bytes())
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use proptest::{
        prelude::any,
        strategy::{Strategy, ValueTree},
    };

    use super::*;

    #[test]
    fn the_same_place_draws_the_same_and_others_do_not() {
        let draw = |seed, place, case| {
            any::<u64>().new_tree(&mut runner(seed, place, case)).unwrap().current()
        };
        assert_eq!(draw(7, "a", 0), draw(7, "a", 0));
        let all = [draw(7, "a", 0), draw(8, "a", 0), draw(7, "b", 0), draw(7, "a", 1)];
        assert!(all.iter().enumerate().all(|(at, one)| !all[..at].contains(one)), "{all:?}");
    }
}
